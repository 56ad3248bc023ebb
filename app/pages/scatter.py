"""Measured against predicted, drawn by the server: one path for each group of runs.

Thousands of figures as elements of their own would make a page nobody can open. Here each group is
a single path of tiny marks at whole pixels, and marks that would cover each other are drawn once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Final

#: Length of both axes, in the drawing's own units.
SIDE: Final = 272
#: Mark of each group: where it starts and ends, seen from its middle, and how it is drawn.
_MARKS: Final[dict[str, tuple[tuple[int, int], tuple[int, int], str]]] = {
    "gpu": ((0, 0), (0, 0), "h0"),
    "unified": ((-2, 0), (2, 0), "h4"),
    "cpu": ((0, -2), (0, 2), "v4"),
    "offload": ((-2, -2), (-2, 2), "l4 4m0-4l-4 4"),
    "serving": ((0, -3), (0, -3), "l3 5h-6z"),
}
#: Edges of the band: predicted a quarter below and above what was measured.
BAND: Final = (0.75, 1.25)
_AIR: Final = 0.15  # decades


@dataclass(frozen=True, slots=True)
class Tick:
    """A round figure on an axis, counted from its start."""

    at: int
    words: str


@dataclass(frozen=True, slots=True)
class Axis:
    """Both axes, which are the same: logarithmic from ``low``, so many decades long."""

    low: float
    decades: float

    def at(self, value: float) -> int:
        """Distance from the start of the axis."""
        share = (log10(value) - self.low) / self.decades
        return round(min(max(share, 0.0), 1.0) * SIDE)

    @property
    def ticks(self) -> list[Tick]:
        """The powers of ten on it."""
        powers = range(ceil(self.low), floor(self.low + self.decades) + 1)
        return [Tick(self.at(10.0**power), _power(power)) for power in powers]

    @property
    def band(self) -> str:
        """Outline of the ±25 % band; what lies beyond the axes is clipped."""
        lower, upper = (SIDE * log10(edge) / self.decades for edge in BAND)
        return f"M0 {SIDE - upper:.1f}L{SIDE} {-upper:.1f}V{-lower:.1f}L0 {SIDE - lower:.1f}z"


def axis_of(values: Iterable[float]) -> Axis:
    """An axis that holds all values with a little air around them."""
    logs = [log10(value) for value in values] or [0.0]
    low, high = min(logs) - _AIR, max(logs) + _AIR
    return Axis(low, high - low)


def marks(group: str, points: Sequence[tuple[float, float]], axis: Axis) -> str:
    """The path of one group: (measured, predicted) pairs."""
    start, end, drawn = _MARKS[group]
    places = sorted({(axis.at(x), SIDE - axis.at(y)) for x, y in points})
    parts, at = [], (0, 0)
    for x, y in places:
        to = (x + start[0], y + start[1])
        dx, dy = to[0] - at[0], to[1] - at[1]
        parts.append(f"m{dx}{'' if dy < 0 else ' '}{dy}{drawn}")
        at = (x + end[0], y + end[1])
    return "".join(parts)


def sample(group: str) -> str:
    """One mark for the legend, in the middle of a drawing of 12 by 12."""
    (x, y), _, drawn = _MARKS[group]
    return f"M{6 + x} {6 + y}{drawn}"


def _power(exponent: int) -> str:
    """1, 10, 100, 1k, 10k, ...: short enough to stand side by side."""
    if exponent >= 3:
        return f"{10 ** (exponent % 3)}{('', 'k', 'M', 'G')[min(exponent // 3, 3)]}"
    return f"{10.0**exponent:g}"

"""Small drawings the server makes: the speed whisker and the memory bar, as SVG geometry."""

from dataclasses import dataclass
from math import log10

from app.builds.assessment import Interval, MemoryPool

WHISKER_WIDTH = 90
#: The one scale of every whisker on the site: 1 to 300 tokens per second, logarithmic.
SCALE_LOW, SCALE_HIGH = 1.0, 300.0
_PAD = 5.0


@dataclass(frozen=True, slots=True)
class Whisker:
    """Where the interval, its typical value and the limit stand, in pixels."""

    low: float
    typical: float
    high: float
    limit: float


def band(speed: Interval) -> tuple[float, float, float]:
    """Low, typical and high; a missing end is where the typical value is."""
    typical = speed.typical or 0.0
    low = typical if speed.low is None else speed.low
    high = typical if speed.high is None else speed.high
    return low, typical, high


def _x(tps: float) -> float:
    share = log10(min(max(tps, SCALE_LOW), SCALE_HIGH) / SCALE_LOW) / log10(SCALE_HIGH / SCALE_LOW)
    return round(_PAD + share * (WHISKER_WIDTH - 2 * _PAD), 1)


def whisker(speed: Interval, limit_tps: float) -> Whisker | None:
    """None where the speed is unknown: nothing is drawn rather than something false."""
    if speed.typical is None or speed.typical <= 0:
        return None
    low, typical, high = band(speed)
    return Whisker(_x(low), _x(typical), _x(high), _x(limit_tps))


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of the memory bar, in percent of its length."""

    kind: str
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class MemoryBar:
    segments: list[Segment]
    capacity_x: float
    overfull: bool


def memory_bar(pool: MemoryPool) -> MemoryBar | None:
    """Weights, KV cache, overhead and what is left of one memory; longer than it where overfull."""
    parts = [("weights", pool.weights_gib), ("kv", pool.kv_gib), ("overhead", pool.overhead_gib)]
    used = sum(size for _, size in parts if size is not None)
    if pool.capacity_gib is None or pool.capacity_gib <= 0:
        return None
    whole = max(used, pool.capacity_gib)
    segments, x = [], 0.0
    for kind, size in parts:
        if size:
            width = 100 * size / whole
            segments.append(Segment(kind, round(x, 3), round(width, 3)))
            x += width
    return MemoryBar(segments, round(100 * pool.capacity_gib / whole, 3), used > pool.capacity_gib)

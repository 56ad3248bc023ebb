"""A drawing as plain shapes with roles instead of colours, and its SVG.

The page colours roles by its theme, a stand-alone picture by the light one, the PDF draws the same
shapes itself. Lengths are in the drawing's own units; y grows downwards.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal
from xml.sax.saxutils import escape, quoteattr

from app.exports.safe import clean

Role = Literal[
    "ink",
    "muted",
    "grid",
    "accent",
    "limit",
    "band",
    "paper",
    "c1",
    "c2",
    "c3",
    "c4",
    "weights",
    "kv",
    "overhead",
    "free",
    "interactive",
    "background",
    "offline",
    "nonviable",
    "unknown",
]
Anchor = Literal["start", "middle", "end"]
Point = tuple[float, float]

#: The light theme, for pictures that stand alone; the page's own values are in the style sheet.
COLOURS: Final[dict[Role, str]] = {
    "ink": "#1b1e23",
    "muted": "#5a5f68",
    "grid": "#dedbd2",
    "accent": "#0b5f60",
    "limit": "#d55e00",
    "band": "#d6e6f0",
    "paper": "#fbfaf7",
    "c1": "#0072b2",
    "c2": "#d55e00",
    "c3": "#009e73",
    "c4": "#cc79a7",
    "weights": "#0b5f60",
    "kv": "#56b4e9",
    "overhead": "#8a8c8e",
    "free": "#e9e6de",
    "interactive": "#009e73",
    "background": "#56b4e9",
    "offline": "#e69f00",
    "nonviable": "#d55e00",
    "unknown": "#8a8c8e",
}
FONT: Final = "ui-sans-serif, 'Segoe UI', 'Helvetica Neue', 'DejaVu Sans', Arial, sans-serif"


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line through points."""

    points: tuple[Point, ...]
    role: Role
    width: float = 1.0
    dash: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Area:
    """A filled shape between points."""

    points: tuple[Point, ...]
    role: Role


@dataclass(frozen=True, slots=True)
class Dot:
    """A filled circle."""

    x: float
    y: float
    radius: float
    role: Role


@dataclass(frozen=True, slots=True)
class Label:
    """Words; ``y`` is the base line."""

    x: float
    y: float
    words: str
    role: Role = "ink"
    size: float = 10.0
    anchor: Anchor = "start"
    bold: bool = False


Shape = Stroke | Area | Dot | Label


@dataclass(slots=True)
class Drawing:
    """Shapes in the order they are painted, and what they say in one sentence."""

    width: float
    height: float
    summary: str
    shapes: list[Shape] = field(default_factory=list)

    def line(
        self,
        points: Iterable[Point],
        role: Role,
        width: float = 1.0,
        dash: Sequence[float] = (),
    ) -> None:
        self.shapes.append(Stroke(tuple(points), role, width, tuple(dash)))

    def area(self, points: Iterable[Point], role: Role) -> None:
        self.shapes.append(Area(tuple(points), role))

    def box(self, x: float, y: float, width: float, height: float, role: Role) -> None:
        corners = ((x, y), (x + width, y), (x + width, y + height), (x, y + height))
        self.area(corners, role)

    def dot(self, x: float, y: float, radius: float, role: Role) -> None:
        self.shapes.append(Dot(x, y, radius, role))

    def label(
        self,
        x: float,
        y: float,
        words: str,
        role: Role = "ink",
        *,
        size: float = 10.0,
        anchor: Anchor = "start",
        bold: bool = False,
    ) -> None:
        self.shapes.append(Label(x, y, clean(words), role, size, anchor, bold))


def svg(drawing: Drawing, *, alone: bool) -> str:
    """As SVG: ``alone`` in its own colours on its own ground, else in those of the page."""
    width, height = _number(drawing.width), _number(drawing.height)
    box = f'viewBox="0 0 {width} {height}" role="img" aria-label={_quoted(drawing.summary)}'
    shapes = "".join(_shape(shape, alone) for shape in drawing.shapes)
    if not alone:
        return f'<svg class="drawing" {box}>{shapes}</svg>'
    ground = f'<rect width="{width}" height="{height}" fill="{COLOURS["paper"]}"/>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" {box} '
        f"font-family={_quoted(FONT)}>{ground}{shapes}</svg>"
    )


def _shape(shape: Shape, alone: bool) -> str:
    if isinstance(shape, Label):
        weight = ' font-weight="700"' if shape.bold else ""
        anchor = "" if shape.anchor == "start" else f' text-anchor="{shape.anchor}"'
        return (
            f'<text x="{_number(shape.x)}" y="{_number(shape.y)}" '
            f'font-size="{_number(shape.size)}"{weight}{anchor} {_fill(shape.role, alone)}>'
            f"{escape(shape.words)}</text>"
        )
    if isinstance(shape, Dot):
        where = f'cx="{_number(shape.x)}" cy="{_number(shape.y)}" r="{_number(shape.radius)}"'
        return f"<circle {where} {_fill(shape.role, alone)}/>"
    path = "M" + "L".join(f"{_number(x)} {_number(y)}" for x, y in shape.points)
    if isinstance(shape, Area):
        return f'<path d="{path}Z" {_fill(shape.role, alone)}/>'
    dash = f' stroke-dasharray="{" ".join(map(_number, shape.dash))}"' if shape.dash else ""
    colour = f'stroke="{COLOURS[shape.role]}"' if alone else f'class="st-{shape.role}"'
    return (
        f'<path d="{path}" fill="none" {colour} stroke-width="{_number(shape.width)}"{dash} '
        'stroke-linecap="round" stroke-linejoin="round"/>'
    )


def _fill(role: Role, alone: bool) -> str:
    return f'fill="{COLOURS[role]}"' if alone else f'class="fi-{role}"'


def _quoted(words: str) -> str:
    return quoteattr(clean(words))


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")

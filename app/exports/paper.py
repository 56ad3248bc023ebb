"""A sheet of A4 to write on from the top: text that wraps, tables, drawings as vectors.

Lengths are millimetres, sizes of type points. A page that runs over says so afterwards; nothing is
clipped and no page is added by itself.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Final

from fpdf import FPDF

from app.exports.drawing import COLOURS, Area, Dot, Drawing, Label, Role, Stroke
from app.exports.safe import clean
from app.language.languages import Language

FONTS: Final = Path(__file__).resolve().parents[2] / "static" / "vendor"
LEFT: Final = 14.0
TOP: Final = 12.0
RIGHT: Final = 196.0
BOTTOM: Final = 286.0
WIDTH: Final = RIGHT - LEFT
#: The font is wider than those of pages, so labels of drawings are set a little smaller.
_LABEL_SHARE: Final = 0.88
_PT: Final = 25.4 / 72
_LEADING: Final = 1.28


@dataclass(frozen=True, slots=True)
class Text:
    """Words with how they are set; a cell of a table may hold several, each on its own line."""

    words: str
    bold: bool = False
    role: Role = "ink"
    address: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column; ``indent`` keeps words that begin at its left away from the column before."""

    width: float
    right: bool = False
    indent: float = 0.0


Cell = Text | Sequence[Text]
Entry = tuple[Text, Sequence[Text]]


class Paper:
    """One document; ``scale`` sizes what is written from now on."""

    def __init__(self, title: str, made: datetime, language: Language) -> None:
        self.pdf = FPDF(format="A4")
        self.pdf.set_auto_page_break(False)
        self.pdf.add_font("D", "", FONTS / "DejaVuSans.ttf")
        self.pdf.add_font("D", "B", FONTS / "DejaVuSans-Bold.ttf")
        self.pdf.set_title(clean(title))
        self.pdf.set_author("Rigwise")
        self.pdf.set_creator("Rigwise")
        self.pdf.set_lang(language)
        self.pdf.set_creation_date(made)
        self.pdf.set_display_mode("fullwidth")
        self.scale = 1.0
        self.y = TOP
        self._dry = False
        self._widths: dict[tuple[str, bool], float] = {}

    def page(self, scale: float) -> None:
        """Begin a page."""
        self.pdf.add_page()
        self.scale, self.y = scale, TOP

    def end_of(self, write: Callable[[], None], scale: float) -> float:
        """Where a page would end if ``write`` wrote it; nothing is put on paper."""
        self._dry, self.scale, self.y = True, scale, TOP
        write()
        self._dry = False
        return self.y

    def gap(self, height: float) -> None:
        self.y += height * self.scale

    def text(
        self,
        found: Text,
        size: float,
        x: float = LEFT,
        width: float = WIDTH,
        *,
        right: bool = False,
    ) -> None:
        """A paragraph, wrapped into ``width``."""
        self.y += self._block([found], size, x, self.y, width, right=right)

    def rule(self, role: Role = "grid", weight: float = 0.2) -> None:
        """A line across."""
        self._straight(role, weight, (LEFT, self.y), (RIGHT, self.y))

    def edge(self, role: Role, top: float, weight: float = 1.0) -> None:
        """A coloured line down the left side from ``top`` to here."""
        x = LEFT + weight / 2
        self._straight(role, weight, (x, top), (x, self.y))

    def row(
        self,
        columns: Sequence[Column],
        cells: Sequence[Cell],
        size: float,
        *,
        pad: float = 0.75,
        under: Role | None = "grid",
        edge: Role | None = None,
    ) -> None:
        """One row of a table, as high as its tallest cell."""
        top, x, tallest = self.y + pad * self.scale, LEFT, 0.0
        for column, cell in zip(columns, cells, strict=True):
            parts = [cell] if isinstance(cell, Text) else cell
            begin, width = x + column.indent, column.width - column.indent - 1.2
            height = self._block(parts, size, begin, top, width, right=column.right)
            tallest = max(tallest, height)
            x += column.width
        above, self.y = self.y, top + tallest + pad * self.scale
        if edge is not None:
            self.edge(edge, above, 0.8)
        if under is not None:
            self.rule(under)

    def columns(
        self, entries: Sequence[Entry], size: float, count: int = 2, between: float = 0.6
    ) -> None:
        """Entries behind their marks in columns, down the first, then down the next."""
        width = (WIDTH - 6 * (count - 1)) / count
        top, lowest = self.y, self.y
        each = -(-len(entries) // count)
        for c in range(count):
            y, x = top, LEFT + c * (width + 6)
            for mark, texts in entries[c * each : (c + 1) * each]:
                self._block([mark], size, x, y, 8)
                hang = max(self.width_of(mark.words, size) + 1.2, 2.6)
                height = self._block(texts, size, x + hang, y, width - hang)
                y += height + between * self.scale
            lowest = max(lowest, y)
        self.y = lowest

    def draw(self, drawing: Drawing, x: float, y: float, width: float) -> float:
        """The shapes of a drawing; gives its height."""
        unit = width / drawing.width
        for shape in drawing.shapes if not self._dry else ():
            if isinstance(shape, Label):
                self._label(shape, x, y, unit)
            elif isinstance(shape, Dot):
                self._fill(shape.role)
                self.pdf.circle(x + shape.x * unit, y + shape.y * unit, shape.radius * unit, "F")
            else:
                points = [(x + px * unit, y + py * unit) for px, py in shape.points]
                self._path(shape, points, unit)
        return drawing.height * unit

    def at(self, found: Text, size: float, x: float, y: float, *, right: bool = False) -> None:
        """One line at a place; with ``right`` it ends there."""
        self._block([found], size, x if not right else x - WIDTH, y, WIDTH, right=right)

    def width_of(self, words: str, size: float, *, bold: bool = False) -> float:
        """How wide a text is."""
        key = (words, bold)
        if key not in self._widths:
            self.pdf.set_font("D", "B" if bold else "", 10)
            self._widths[key] = self.pdf.get_string_width(words)
        return self._widths[key] * size * self.scale / 10

    def bytes(self) -> bytes:
        return bytes(self.pdf.output())

    def _block(
        self,
        parts: Sequence[Text],
        size: float,
        x: float,
        y: float,
        width: float,
        *,
        right: bool = False,
    ) -> float:
        """Texts below one another; gives the height."""
        leading = size * self.scale * _PT * _LEADING
        used = 0.0
        for part in parts:
            for line in self._wrapped(clean(part.words), size, width, bold=part.bold):
                if not self._dry:
                    wide = self.width_of(line, size, bold=part.bold)
                    where = x + width - wide if right else x
                    self._line(part, line, size, where, y + used, leading)
                used += leading
        return used

    def _line(self, part: Text, line: str, size: float, x: float, y: float, leading: float) -> None:
        self.pdf.set_font("D", "B" if part.bold else "", size * self.scale)
        self.pdf.set_text_color(*_rgb(COLOURS[part.role]))
        self.pdf.text(x, y + leading * 0.76, line)
        if part.address:
            wide = self.width_of(line, size, bold=part.bold)
            self.pdf.link(x, y, wide, leading, part.address)

    def _wrapped(self, words: str, size: float, width: float, *, bold: bool) -> list[str]:
        lines, line = [], ""
        for word in words.split(" "):
            longer = f"{line} {word}" if line else word
            if self.width_of(longer, size, bold=bold) <= width:
                line = longer
                continue
            if line:
                lines.append(line)
            line = word
            while self.width_of(line, size, bold=bold) > width and len(line) > 1:
                fits = len(line) - 1
                while fits > 1 and self.width_of(line[:fits], size, bold=bold) > width:
                    fits -= 1
                fits = line.rfind("–", 0, fits) + 1 or fits  # a range breaks after its dash
                lines.append(line[:fits])
                line = line[fits:]
        return [*lines, line]

    def _label(self, shape: Label, x: float, y: float, unit: float) -> None:
        size = shape.size * unit / _PT * _LABEL_SHARE
        self.pdf.set_font("D", "B" if shape.bold else "", size)
        self.pdf.set_text_color(*_rgb(COLOURS[shape.role]))
        wide = self.pdf.get_string_width(shape.words)
        back = {"start": 0.0, "middle": wide / 2, "end": wide}[shape.anchor]
        self.pdf.text(x + shape.x * unit - back, y + shape.y * unit, shape.words)

    def _path(self, shape: Area | Stroke, points: list[tuple[float, float]], unit: float) -> None:
        if isinstance(shape, Area):
            self._fill(shape.role)
            self.pdf.polygon(points, style="F")
            return
        self._stroke(shape.role, shape.width * unit)
        if shape.dash:
            on = shape.dash[0] * unit
            self.pdf.set_dash_pattern(dash=on, gap=shape.dash[-1] * unit)
        self.pdf.polyline(points)
        if shape.dash:
            self.pdf.set_dash_pattern()

    def _straight(
        self, role: Role, weight: float, begin: tuple[float, float], end: tuple[float, float]
    ) -> None:
        if not self._dry:
            self._stroke(role, weight)
            self.pdf.line(*begin, *end)

    def _fill(self, role: Role) -> None:
        self.pdf.set_fill_color(*_rgb(COLOURS[role]))

    def _stroke(self, role: Role, weight: float) -> None:
        self.pdf.set_draw_color(*_rgb(COLOURS[role]))
        self.pdf.set_line_width(weight)


@lru_cache(maxsize=64)
def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)

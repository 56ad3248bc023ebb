"""The picture beside a link: 1200 × 630 pixels with the answer line, its whisker and verdicts."""

import io
from collections.abc import Callable, Sequence
from functools import lru_cache
from math import log10
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from app.builds.assessment import Assessment
from app.builds.styles import text
from app.builds.words import CURRENCY_SIGNS
from app.exports.drawing import COLOURS, Role
from app.exports.figures import words_of
from app.exports.paper import FONTS
from app.exports.report.recommendation import asked_verdict, recommendation
from app.exports.safe import clean, shortened
from app.exports.words import CLASS_WORDS, MARK_WORDS, TRUST, cut, short_name
from app.language.languages import Language
from app.language.speaking import said, speaking

WIDTH, HEIGHT = 1200, 630
_FINER: Final = 4
_LEFT, _RIGHT = 72, 1128
_LOW, _HIGH = 1.0, 300.0
_ROLES: Final[dict[str, Role]] = {
    "interactive": "interactive",
    "background": "background",
    "off-line": "offline",
    "non-viable": "nonviable",
    "unknown": "unknown",
}
_MARKS: Final = {"yes": "✓", "no": "✗", "maybe": "?", "unknown": "?"}
_MOST_VERDICTS: Final = 4


@lru_cache(maxsize=64)
def card_of(text_of_assessment: str, language: Language = "en") -> bytes:
    """The card as PNG; ``text_of_assessment`` is the answer's JSON as it was issued."""
    with speaking(language):
        return _drawn(text_of_assessment)


def _drawn(text_of_assessment: str) -> bytes:
    a = Assessment.model_validate_json(text_of_assessment)
    image = Image.new("RGB", (WIDTH, HEIGHT), COLOURS["paper"])
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 0, WIDTH, 14), fill=COLOURS["accent"])
    _smooth(image, (_LEFT - 6, 40, 60, 56), _logo)
    _words(pen, _LEFT + 48, 80, "Rigwise", 32, bold=True)
    found = recommendation(a)
    headline = cut(found.headline, 60)
    _words(pen, _RIGHT, 78, headline, _size(headline, 700, (26, 22, 20)), "muted", right=True)
    bottom = _title(pen, a)
    top = bottom + (440 - bottom - 126) / 2
    _speed(image, pen, a, top)
    _facts(pen, a, top + 126)
    _verdicts(pen, a)
    written = io.BytesIO()
    image.save(written, "PNG", optimize=True)
    return written.getvalue()


@lru_cache(maxsize=32)
def _font(size: int, *, bold: bool = False) -> ImageFont.FreeTypeFont:
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return ImageFont.truetype(str(FONTS / name), size)


def _words(
    pen: ImageDraw.ImageDraw,
    x: float,
    y: float,
    words: str,
    size: int,
    role: Role = "ink",
    *,
    bold: bool = False,
    right: bool = False,
) -> float:
    """Words on a base line; gives where they end."""
    font = _font(size, bold=bold)
    wide = font.getlength(words)
    begin = x - wide if right else x
    pen.text((begin, y), clean(words), fill=COLOURS[role], font=font, anchor="ls")
    return begin + wide


def _smooth(
    image: Image.Image,
    box: tuple[float, float, int, int],
    paint: Callable[[ImageDraw.ImageDraw, float], None],
) -> None:
    """Paint on a larger piece and shrink it, so that slanted lines and circles have no steps."""
    x, y, wide, high = box
    size = (wide * _FINER, high * _FINER)
    piece = Image.new("RGBA", size, (0, 0, 0, 0))
    paint(ImageDraw.Draw(piece), _FINER)
    small = piece.resize((wide, high), Image.Resampling.LANCZOS)
    image.paste(small, (round(x), round(y)), small)


def _logo(pen: ImageDraw.ImageDraw, unit: float) -> None:
    points = [(3, 20), (3, 9), (9, 16), (13, 7), (21, 20)]
    path = [(2 * px * unit, 2 * py * unit) for px, py in points]
    pen.line(path, fill=COLOURS["accent"], width=round(4.8 * unit), joint="curve")
    for x, y in (path[0], path[-1]):
        r = 2.4 * unit
        pen.ellipse((x - r, y - r, x + r, y + r), fill=COLOURS["accent"])


def _dot(pen: ImageDraw.ImageDraw, unit: float) -> None:
    pen.ellipse((0, 0, 28 * unit - 1, 28 * unit - 1), fill=COLOURS["accent"])


def _title(pen: ImageDraw.ImageDraw, a: Assessment) -> float:
    """The name of the build on one or two lines; gives the lower base line."""
    words = cut(a.title, 110)
    size = next((s for s in (46, 40, 36) if len(_broken(words, s)) <= 2), 34)
    lines = _broken(words, size)
    if len(lines) > 2:
        lines = [lines[0], shortened(" ".join(lines[1:]), len(lines[0]) - 2)]
    y = 160
    for i, line in enumerate(lines):
        y += round(size * 1.26) if i else 0
        _words(pen, _LEFT, y, line, size, bold=True)
    return y


def _broken(words: str, size: int) -> list[str]:
    """Words in lines of the card's width."""
    font = _font(size, bold=True)
    lines = [""]
    for word in words.split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and font.getlength(longer) > _RIGHT - _LEFT:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def _speed(image: Image.Image, pen: ImageDraw.ImageDraw, a: Assessment, top: float) -> None:
    """The speed, and its whisker on the scale all whiskers share."""
    speed = a.speed.decode_tps
    if speed.typical is None or speed.typical <= 0:
        words = said("does not run" if a.fit.fits is False else "speed unknown")
        _words(pen, _LEFT, top + 70, words, 64, bold=True)
        return
    end = _words(pen, _LEFT, top + 70, words_of(speed.typical, "tps"), 64, bold=True)
    left, y = max(end + 48, 460.0), top + 46
    right = _RIGHT - 190.0

    def x(value: float) -> float:
        share = log10(min(max(value, _LOW), _HIGH) / _LOW) / log10(_HIGH / _LOW)
        return left + share * (right - left)

    low, high = speed.low or speed.typical, speed.high or speed.typical
    pen.line((left, y, right, y), fill=COLOURS["grid"], width=3)
    bound = x(a.limits.interactive_decode_tps)
    for dash in range(-34, 34, 12):
        pen.line((bound, y + dash, bound, y + dash + 6), fill=COLOURS["limit"], width=3)
    pen.line((x(low), y, x(high), y), fill=COLOURS["ink"], width=6)
    for value in (low, high):
        pen.line((x(value), y - 16, x(value), y + 16), fill=COLOURS["ink"], width=6)
    middle = x(speed.typical)
    _smooth(image, (middle - 14, y - 14, 28, 28), _dot)
    ends = f"{words_of(low, 'tps')}–{words_of(high, 'tps')}".replace("\u202ftok/s", "")
    _words(pen, _RIGHT, top + 57, ends, 30, "muted", right=True)


def _facts(pen: ImageDraw.ImageDraw, a: Assessment, y: float) -> None:
    """Wait, price, fit, power, trust, in the order of every answer line."""
    price = text(a.cost.purchase.typical, "money", currency=a.cost.currency)
    if a.cost.purchase.typical is None:
        price = f"{CURRENCY_SIGNS.get(a.cost.currency, a.cost.currency)} unknown"
    elif not a.cost.complete:
        price = f"at least {price}"
    spare = "fits" if a.fit.fits else "does not fit" if a.fit.fits is False else "fit unknown"
    if a.fit.fits and a.fit.spare_gib is not None:
        spare = f"fits, {text(a.fit.spare_gib, 'gib')} spare"
    parts = [price, spare]
    if a.speed.ttft_s.typical is not None:
        parts.insert(0, f"first token {text(a.speed.ttft_s.typical, 'seconds')}")
    if a.power.load_w is not None:
        parts.append(text(a.power.load_w, "watts"))
    if a.speed.basis != "unknown":
        parts.append(f"{TRUST[a.speed.basis]} {a.speed.basis}")
    words = "  ·  ".join(said(part) for part in parts)
    _words(pen, _LEFT, y, words, _size(words, _RIGHT - _LEFT, (30, 28, 26, 24, 22, 20, 18)))


def _size(words: str, width: float, sizes: Sequence[int], *, bold: bool = False) -> int:
    """The largest of the sizes at which the words are no wider; else the smallest."""
    fits = (size for size in sizes if _font(size, bold=bold).getlength(words) <= width)
    return next(fits, sizes[-1])


def _verdicts(pen: ImageDraw.ImageDraw, a: Assessment) -> None:
    """Chips along the lower edge: use case, class, mark."""
    asked = asked_verdict(a)
    shown = a.verdicts[:_MOST_VERDICTS]
    if asked is not None and asked not in shown:
        shown = [*shown[:-1], asked]
    wide, gap, top = 246, 24, 466
    for i, verdict in enumerate(shown):
        x = _LEFT + i * (wide + gap)
        pen.rectangle((x, top, x + wide, top + 108), fill="#ffffff", outline=COLOURS["grid"])
        edge = COLOURS[_ROLES[verdict.workflow_class]]
        pen.rectangle((x, top, x + 7, top + 108), fill=edge)
        name, mark = short_name(verdict.name, 15), _MARKS[verdict.mark]
        size = _size(name, wide - 78, (26, 23, 20, 18), bold=True)
        end = _words(pen, x + 28, top + 46, name, size, bold=True)
        words = f"{mark} {said(MARK_WORDS[verdict.mark])}"
        if _font(18).getlength(words) > x + wide - 30 - end:
            words = mark  # the sign alone beside a long name
        size = _size(words, x + wide - 30 - end, (20, 18))
        _words(pen, x + wide - 18, top + 46, words, size, "muted", right=True)
        works = said(CLASS_WORDS[verdict.workflow_class])
        _words(pen, x + 28, top + 84, works, _size(works, wide - 46, (24, 22, 20, 18, 16)))

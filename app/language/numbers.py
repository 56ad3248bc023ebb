"""Figures in the way of a language: 1 234.5 in English pages, 1 234,5 in German and French ones.

Digits are grouped by narrow no-break spaces in all three, as the SI brochure (2019, 5.4.4) has it,
so that only the decimal sign differs; that one comes from the CLDR, by Babel.

People write them in more ways than we print them: 1 234.5, 1.234,5, 1'234.5 and 1,234.5 are the
same number. Where a text could be two numbers, a thousand times apart, `plain_number` asks.
"""

import re
from functools import lru_cache
from typing import Final

from babel import Locale
from babel.numbers import get_decimal_symbol

from app.language.languages import Language

_NUMBER: Final = r"[+\u2212]?(?:\d{1,3}(?:\u202f\d{3})+|\d+)(?:\.\d+)?"
_UNIT: Final = (
    r"[%‰×€$£sh°]|tok/s|[kMGT]i?B(?:/s)?|[GT]FLOP/[sB]|FLOP/B|[kM]?Wh?|[GM]Hz|GT/s|MT/s|min|ms|µs|"
    r"EUR|USD|GBP|CHF|[BT]|€/[a-z]+"
)
#: Nothing but figures and units, as `app.builds.words` writes them: "1.8 s", "19–31 tok/s".
FIGURES: Final = re.compile(
    rf"[≈≥≤<>~±]?\s?{_NUMBER}(?:\s?[–/:×-]\s?{_NUMBER})*(?:\s?(?:{_UNIT}))?"
)
_POINT: Final = re.compile(r"(?<=\d)\.(?=\d)")
#: A decimal as links, files and JSON have it.
PLAIN: Final = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_SIGNED: Final = re.compile(r"([+\u2212-]?)(.*)", re.DOTALL)
#: Groups of three with a space or an apostrophe between them, which are never a decimal sign.
_SPACED: Final = re.compile(
    r"([1-9]\d{0,2})(?:([ \u00a0\u2009\u202f'\u2019])\d{3})(?:\2\d{3})*(?:[.,]\d*)?", re.ASCII
)
#: Groups of three with one sign between them, decimals after the other.
_BOTH: Final = re.compile(r"[1-9]\d{0,2}(?:(?:\.\d{3})+,\d*|(?:,\d{3})+\.\d*)", re.ASCII)
_GROUPS: Final = re.compile(r"[1-9]\d{0,2}(?:(?:\.\d{3}){2,}|(?:,\d{3}){2,})", re.ASCII)
_ONE_SIGN: Final = re.compile(r"(\d*)([.,])(\d*)", re.ASCII)
#: 1.500, 15,000: three digits before the sign at most, exactly three after it.
_GROUP_OR_DECIMALS: Final = re.compile(r"([1-9]\d{0,2})([.,])(\d{3})", re.ASCII)
#: The sign that separates groups where it can be nothing else. In German a point may, but whoever
#: copies a figure from an English page means decimals by it.
_GROUP_SIGN: Final[dict[Language, str]] = {"en": ","}
_LONGEST: Final = 60


def localized(text: str, language: Language) -> str:
    """A figure with the language's decimal sign; a name such as "Llama 3.1" stays as it is."""
    if language == "en" or "." not in text or not FIGURES.fullmatch(text.strip()):
        return text
    return _POINT.sub(_decimal_sign(language), text)


@lru_cache
def _decimal_sign(language: Language) -> str:
    return get_decimal_symbol(Locale.parse(language))


class AmbiguousNumberError(ValueError):
    """A text is one number to some readers and another to others."""

    def __init__(self, grouped: str, decimal: str) -> None:
        """The two, as plain decimals."""
        super().__init__(f"{grouped} or {decimal}")
        self.grouped, self.decimal = grouped, decimal


def plain_number(text: str, language: Language, *, whole: bool = False) -> str | None:
    """What somebody typed as a plain decimal such as 1234.5; None where it is no number.

    One sign with exactly three digits behind it may separate a group or decimals. English settles
    that for 15,000 and 1.125, German and French for 1,125. Decimals that end in a zero are
    hardly ever meant (1.500 in English, 15,000 in German), and so are asked about.

    Args:
        text: As typed; spaces around it do not count.
        language: Of the page it was typed on.
        whole: The number can only be a whole one, so three digits behind a sign are a group.

    Raises:
        AmbiguousNumberError: it could be two numbers.
    """
    match = _SIGNED.fullmatch(text.strip())
    if match is None or len(text) > _LONGEST:
        return None
    sign, body = match[1].replace("\u2212", "-"), match[2]
    if unclear := _GROUP_OR_DECIMALS.fullmatch(body):
        return _settled(sign, *unclear.groups(), language=language, whole=whole)
    if _SPACED.fullmatch(body):
        return sign + _with_point(re.sub(r"[^\d.,]", "", body))
    if _BOTH.fullmatch(body):
        decimals = "," if body.rindex(",") > body.rindex(".") else "."
        return sign + _with_point(body.replace("." if decimals == "," else ",", ""))
    if _GROUPS.fullmatch(body):
        return sign + re.sub(r"\D", "", body)
    if _ONE_SIGN.fullmatch(body) and body not in (".", ","):
        return sign + _with_point(body)
    return sign + body if PLAIN.fullmatch(sign + body) else None


def in_field(text: str, language: Language) -> str:
    """A plain decimal as a field of a form shows it: `plain_number` reads the same back."""
    if not PLAIN.fullmatch(text) or "e" in text.lower():
        return text
    whole, point, decimals = text.partition(".")
    if len(decimals) == 3:  # 1.500 would be asked about
        decimals = decimals.rstrip("0")
    return f"{whole}{_decimal_sign(language)}{decimals}" if point and decimals else whole


def _settled(
    minus: str, head: str, sign: str, tail: str, *, language: Language, whole: bool
) -> str:
    """One of the two readings, where the field or the language leaves only one."""
    grouped = f"{minus}{head}{tail}"
    if whole or _GROUP_SIGN.get(language) == sign:
        return grouped
    if sign == _decimal_sign(language) and not tail.endswith("0"):
        return f"{minus}{head}.{tail}"
    decimals = tail.rstrip("0")
    raise AmbiguousNumberError(grouped, f"{minus}{head}.{decimals}".rstrip("."))


def _with_point(text: str) -> str:
    """Digits with at most one sign as a plain decimal."""
    whole, _, decimals = text.replace(",", ".").partition(".")
    return f"{whole or '0'}.{decimals}" if decimals else whole

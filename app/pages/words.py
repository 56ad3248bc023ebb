"""How figures read: two significant digits for speeds, quiet units, thin spaces, money in full.

Every figure of an assessment is written as a ``<data>`` element that carries the exact value and
the path it came from, so that what a page shows can be compared with what the API answered.
"""

from markupsafe import Markup, escape
from pydantic import BaseModel

from app.builds.styles import UNKNOWN, YES_NO, Value, dig, exact, in_words, text
from app.builds.words import CURRENCY_SIGNS, significant
from app.language.speaking import figure_in, said

__all__ = [
    "CURRENCY_SIGNS",
    "UNKNOWN",
    "YES_NO",
    "Figures",
    "Value",
    "dig",
    "escape_plotly",
    "exact",
    "figure",
    "significant",
    "text",
]


def figure(
    value: Value, style: str, *, path: str = "", currency: str = "EUR", unit: bool = True
) -> Markup:
    """One figure as HTML. Nothing known is said in words, never as 0."""
    if value is None:
        return Markup(f'<span class="unknown">{escape(said(UNKNOWN))}</span>')  # noqa: S704
    shown, sign = in_words(value, style, currency)
    if isinstance(value, str | bool):
        plain, spoken = str(escape(exact(value))), str(escape(said(shown)))
    else:  # digits, signs and spaces: nothing to escape, and a page has hundreds
        plain, spoken = exact(value), figure_in(shown)
    where = f' data-figure="{escape(path)}"' if path else ""
    tail = f'<span class="u">\u202f{escape(sign)}</span>' if unit and sign else ""
    # put together by hand: `Markup.format` takes five times as long
    return Markup(f'<data value="{plain}"{where}>{spoken}</data>{tail}')  # noqa: S704


class Figures:
    """Writes figures of one assessment by their path, so that path and value cannot differ."""

    def __init__(self, assessment: BaseModel, currency: str, prefix: str = "") -> None:
        """``prefix`` stands before each path where the assessment is part of a larger answer."""
        self._assessment = assessment
        self._currency = currency
        self._prefix = prefix

    def __call__(self, path: str, style: str, *, unit: bool = True) -> Markup:
        value = dig(self._assessment, path)
        where = self._prefix + path
        return figure(value, style, path=where, currency=self._currency, unit=unit)

    def range(self, path: str, style: str, *, unit: bool = True) -> Markup:
        """The 80 % interval at ``path``: 19–31."""
        low = self(f"{path}.low", style, unit=False)
        high = self(f"{path}.high", style, unit=unit)
        if dig(self._assessment, f"{path}.low") is None:
            return Markup("")
        return Markup('<span class="interval">{}–{}</span>').format(low, high)

    def text(self, path: str, style: str) -> str:
        return text(dig(self._assessment, path), style, currency=self._currency)


def escape_plotly(name: str) -> str:
    """Plotly reads a little HTML in its labels; a catalogue name must stay a name."""
    return str(escape(name)).replace("&#34;", '"').replace("&#39;", "'")

"""Figures in the way of a language: 1 234.5 in English pages, 1 234,5 in German and French ones.

Digits are grouped by narrow no-break spaces in all three, as the SI brochure (2019, 5.4.4) has it,
so that only the decimal sign differs; that one comes from the CLDR, by Babel.
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


def localized(text: str, language: Language) -> str:
    """A figure with the language's decimal sign; a name such as "Llama 3.1" stays as it is."""
    if language == "en" or "." not in text or not FIGURES.fullmatch(text.strip()):
        return text
    return _POINT.sub(_decimal_sign(language), text)


@lru_cache
def _decimal_sign(language: Language) -> str:
    return get_decimal_symbol(Locale.parse(language))

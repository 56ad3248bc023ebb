"""The language being spoken: sentences, figures and dates in it, for whatever shows them.

Pages and files are written within `speaking`; what is said inside needs no language handed on.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Final

from babel.dates import format_date

from app.language.languages import Language
from app.language.numbers import localized
from app.language.phrasebook import phrasebook_of

_speaking: ContextVar[Language] = ContextVar("speaking", default="en")
#: English as it is written here: the day before the month.
_LOCALES: Final[dict[Language, str]] = {"en": "en_GB", "de": "de", "fr": "fr"}


#: Stands in a sentence for words that are put in once it was said, as they are.
LATER: Final = "\ufffc"


class AsIs(str):
    """Text that is not turned (again): an address, a key, a class, a sentence said already."""

    __slots__ = ()


@contextmanager
def speaking(language: Language) -> Iterator[None]:
    """Within this, `said`, `figure_in` and `day_in` speak the language."""
    before = _speaking.set(language)
    try:
        yield
    finally:
        _speaking.reset(before)


def spoken() -> Language:
    """The language being spoken; English where nobody chose."""
    return _speaking.get()


def said(text: str) -> str:
    """A sentence in the language being spoken; what was said already stays."""
    language = _speaking.get()
    if isinstance(text, AsIs):
        return text
    return AsIs(text if language == "en" else phrasebook_of(language)(text))


def figure_in(text: str) -> str:
    """A figure with the signs of the language being spoken."""
    return localized(text, _speaking.get())


def day_in(day: datetime) -> str:
    """A date in full: 21 November 2026, 21. November 2026, 21 novembre 2026."""
    return AsIs(format_date(day, "long", _LOCALES[_speaking.get()]))

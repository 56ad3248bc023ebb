"""Which languages there are, and which one a reader wants."""

from collections.abc import Mapping
from typing import Final, Literal, get_args

Language = Literal["en", "de", "fr"]
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)
#: What each language calls itself.
OWN_NAMES: Final[Mapping[Language, str]] = {"en": "English", "de": "Deutsch", "fr": "Français"}
#: Preferences of an Accept-Language header that are looked at.
_PREFERENCES: Final = 20


def language_named(name: str) -> Language | None:
    """The language of a tag such as "de-AT"; None where there is none of it."""
    short = name.strip().lower().partition("-")[0]
    return next((language for language in LANGUAGES if language == short), None)


def preferred(accept_language: str) -> Language:
    """The best of our languages for an Accept-Language header; English where none fits.

    RFC 9110: "de-AT, de;q=0.9, en;q=0.5". What cannot be read counts as not said.
    """
    best: tuple[float, Language] = (0.0, "en")
    for part in accept_language.split(",")[:_PREFERENCES]:
        tag, _, quality = part.partition(";")
        language = language_named(tag)
        weight = _weight(quality)
        if language is not None and weight > best[0]:
            best = (weight, language)
    return best[1]


def _weight(quality: str) -> float:
    name, _, value = quality.strip().partition("=")
    if not name:
        return 1.0
    try:
        weight = float(value)
    except ValueError:
        return 0.0
    return weight if name.strip() == "q" and 0 <= weight <= 1 else 0.0

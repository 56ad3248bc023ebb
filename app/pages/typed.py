"""Numbers as people type them into forms: every form reads its numbers here.

A form names the language of its page in a field called ``typed``. Without it the fields are those
of a link, which writes plain decimals in any language: there 1.500 is one and a half.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from app.builds.problems import Problem
from app.language.languages import Language, language_named
from app.language.numbers import PLAIN, AmbiguousNumberError, plain_number

TYPED: Final = "typed"
Pairs = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Typed:
    """Fields with plain decimals for what was typed."""

    #: In order, without those that could be two numbers, and without the form's own.
    pairs: Pairs
    #: What has to be asked, by the name of the field.
    problems: list[Problem] = field(default_factory=list)
    #: Whether all of it stood there in this way already.
    canonical: bool = True

    @property
    def values(self) -> dict[str, str]:
        """Of a repeated name the last value counts."""
        return dict(self.pairs)

    def shown(self, raw: Mapping[str, str], wrong: Iterable[str]) -> dict[str, str]:
        """What stands in the fields when the form comes back: as typed where it is wrong."""
        return {**self.values, **{key: raw[key] for key in wrong if key in raw}}


def read_typed(
    given: Iterable[tuple[str, str]], numbers: Mapping[str, bool], page: Language
) -> Typed:
    """Read the number fields of a form or an address.

    Args:
        given: Names and values as they were sent.
        numbers: Names of fields with numbers; True for whole ones.
        page: The reader's language, for what does not say in which it was typed.

    What is no number is left as it is, for whoever checks the field to say so.
    """
    pairs = list(given)
    named = next((value for key, value in pairs if key == TYPED), None)
    language = (language_named(named) if named else None) or page
    read: Pairs = []
    problems: list[Problem] = []
    for key, text in pairs:
        if key == TYPED:
            continue
        if key not in numbers or (named is None and PLAIN.fullmatch(text.strip())):
            read.append((key, text))
            continue
        try:
            plain = plain_number(text, language, whole=numbers[key])
        except AmbiguousNumberError as two:
            sentence = f"This can be read in two ways: write {two.grouped} or {two.decimal}."
            problems.append(Problem(key, sentence))
        else:
            read.append((key, text if plain is None else plain))
    return Typed(read, problems, canonical=read == pairs)

"""The words a language's messages have: what is none of them stays, whichever message is tried.

A name such as "ovhcloud" reads like a word still to turn. Knowing that no message can turn it, the
phrasebook stops looking as soon as nothing else is left, instead of trying every way there is.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

_GAPS: Final = re.compile(r"(?:\{\d+\} ?)*\{\d+\}")
_WORD: Final = re.compile(r"[^\W\d_]+")
#: Words that are no name, as a hint of how much of a text is still to turn.
_PROSE: Final = re.compile(r"(?<![\w./_-])(?!min\b)[a-z]{2,}\b(?![/_-]|\.\w|[.\w]*[\d(])")
_KEPT: Final = 20_000


@lru_cache(maxsize=_KEPT)
def prose(text: str) -> tuple[str, ...]:
    """The words of a text that are no name, each as often as it is there."""
    return tuple(_PROSE.findall(text))


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Words of messages in small letters, and pieces of words that begin or end at a gap."""

    words: frozenset[str]
    heads: tuple[str, ...]  # before a gap: "quantis" of "quantis{0}"
    tails: tuple[str, ...]  # after one: "s" of "{0}s"

    @staticmethod
    def of(messages: Iterable[str]) -> "Vocabulary":
        """All words of these messages."""
        words: set[str] = set()
        heads: set[str] = set()
        tails: set[str] = set()
        for message in messages:
            literals = _GAPS.split(message.lower())
            last = len(literals) - 1
            for i, literal in enumerate(literals):
                for found in _WORD.finditer(literal):
                    words.add(found[0])
                    if i > 0 and not found.start():
                        tails.add(found[0])
                    if i < last and found.end() == len(literal):
                        heads.add(found[0])
        return Vocabulary(frozenset(words), tuple(heads), tuple(tails))

    def foreign(self, word: str) -> bool:
        """Whether no message has the word, whole or put together with what fills a gap."""
        if word in self.words or len(word) < 2 or word == "min":
            return False
        rests = [word.removeprefix(head) for head in self.heads if word.startswith(head)]
        rests += [word.removesuffix(tail) for tail in self.tails if word.endswith(tail)]
        return all(self.foreign(rest) for rest in rests)

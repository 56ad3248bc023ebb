"""Where figures come from, numbered as on paper."""

from typing import Final

from app.exports.report.content import Source
from app.exports.words import cut

MOST_SOURCES: Final = 12


class Numbered:
    """Numbers sources in the order in which they are first named."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def number(self, source: str | None) -> int | None:
        """The number of a source; None for none, and for those beyond the list."""
        if not source:
            return None
        number = self._numbers.setdefault(source, len(self._numbers) + 1)
        return number if number <= MOST_SOURCES else None

    def listed(self) -> list[Source]:
        """Those that have a number."""
        return [
            Source(n, _source_words(words), words if _is_address(words) else "")
            for words, n in self._numbers.items()
            if n <= MOST_SOURCES
        ]

    def left_out(self) -> int:
        """How many have none."""
        return max(0, len(self._numbers) - MOST_SOURCES)


def _is_address(words: str) -> bool:
    return words.startswith(("https://", "http://")) and not any(c in words for c in ' "<>\\')


def _source_words(words: str) -> str:
    """As much of a source as a line holds; an address without its scheme."""
    for scheme in ("https://www.", "http://www.", "https://", "http://"):
        words = words.removeprefix(scheme)
    return cut(words, 84)

"""Keeping what is the same from request to request until the data under it changes."""

from collections.abc import Callable
from typing import Generic, TypeVar

S = TypeVar("S")
T = TypeVar("T")


class Latest(Generic[S, T]):
    """What ``make`` gave last, kept while it is asked about the same object and equal details.

    Sources (a world, a catalogue) never change, so the same object means the same answer. Only the
    newest is kept: an old snapshot is never held in memory.
    """

    def __init__(self, make: Callable[..., T]) -> None:
        """``make`` takes the source and the details."""
        self._make = make
        self._kept: tuple[S, tuple[object, ...], T] | None = None

    def of(self, source: S, *details: object) -> T:
        """The answer for ``source``; made anew only where it or a detail is another."""
        kept = self._kept
        if kept is None or kept[0] is not source or kept[1] != details:
            kept = self._kept = (source, details, self._make(source, *details))
        return kept[2]

"""Keeping what is the same from request to request until the data under it changes."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

S = TypeVar("S")
K = TypeVar("K", bound=Hashable)
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


class Recent(Generic[S, K, T]):
    """As `Latest`, for several keys of one source: the last ``most`` that were asked for are kept.

    Another source (a new catalogue, a new day) empties it.
    """

    def __init__(self, make: Callable[[S, K], T], most: int) -> None:
        """``make`` takes the source and the key."""
        self._make = make
        self._most = most
        self._source: S | None = None
        self._kept: OrderedDict[K, T] = OrderedDict()
        self._lock = Lock()

    def of(self, source: S, key: K) -> T:
        """The answer for a key of ``source``; two who ask at once may both make it."""
        with self._lock:
            if self._source is not source:
                self._source, self._kept = source, OrderedDict()
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        made = self._make(source, key)
        with self._lock:
            if self._source is source:
                self._kept[key] = made
                while len(self._kept) > self._most:
                    self._kept.popitem(last=False)
        return made

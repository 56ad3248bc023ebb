"""Working something out once: for the one source that is in use, until another takes its place."""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

S = TypeVar("S")
V = TypeVar("V")


def of_newest(make: Callable[[S], V]) -> Callable[[S], V]:
    """``make``, which is asked again only for another source than the last time.

    For what is made of a catalogue or a calibration: those never change, and a process works with
    one of each until the next takes over. The sources are told apart by identity.
    """
    kept: tuple[S, V] | None = None

    @wraps(make)
    def found(source: S) -> V:
        nonlocal kept
        known = kept  # another thread may put its own in between
        if known is None or known[0] is not source:
            known = kept = (source, make(source))
        return known[1]

    return found

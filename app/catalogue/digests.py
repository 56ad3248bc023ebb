"""One digest for each kind of catalogue entry: the sum of the SHA-256 of its entries.

A sum, so that an edit takes the old entry away and adds the new one without reading the rest.
"""

import hashlib
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import cache
from typing import Any, Final

from app.catalogue.columns import plain_decimal
from app.catalogue.facts import Fact
from app.catalogue.seed_files import Alias
from app.database.digests import DamagedError

ALIASES: Final = "aliases"
_BYTES: Final = 16
_MODULUS: Final = 1 << 8 * _BYTES


def digest_of(entries: Iterable[Fact | Alias]) -> str:
    """The digest of all entries of a kind, in hexadecimal; their order does not count."""
    return _text(sum(map(_number, entries)))


def digests_of(
    facts: Mapping[str, Iterable[Fact]], aliases: Iterable[Alias] | None
) -> dict[str, str]:
    """The digest of each kind, and of the aliases where there are any to look at."""
    found = {kind: digest_of(entries) for kind, entries in facts.items()}
    return found if aliases is None else found | {ALIASES: digest_of(aliases)}


def changed(digest: str, before: Fact | None, after: Fact | None) -> str:
    """The digest of a kind in which one entry has become another; None: it is not there."""
    gone = 0 if before is None else _number(before)
    come = 0 if after is None else _number(after)
    return _text(int(digest, 16) - gone + come)


def verify(
    recorded: Mapping[str, str] | None,
    facts: Mapping[str, Iterable[Fact]],
    aliases: Iterable[Alias] | None,
) -> None:
    """Compare what was read with what was ``recorded`` when it was stored.

    Nothing recorded (None) means that a release stored it which kept no digests.

    Raises:
        DamagedError: it is not the same; the message names the kinds.
    """
    if recorded is None:
        return
    found = digests_of(facts, aliases)
    damaged = sorted(kind for kind, digest in found.items() if recorded.get(kind) != digest)
    if damaged:
        raise DamagedError(f"In the database {', '.join(damaged)} are not as they were stored.")


def _number(entry: Fact | Alias) -> int:
    # what is None or empty is left out: a column that a later release adds changes no digest
    kind: Any = type(entry)
    values = (
        f"{name}={_spelt(value)}"
        for name in _names(kind)
        if (value := getattr(entry, name)) is not None and value != [] and value != {}
    )
    found = hashlib.sha256("\0".join(values).encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(found[:_BYTES], "big")


@cache
def _names(entry: Any) -> tuple[str, ...]:
    """Fields of a class of facts, or of aliases, in an order that a release does not change."""
    fields = entry.__dataclass_fields__ if issubclass(entry, Alias) else entry.model_fields
    return tuple(sorted(fields))


def _spelt(value: object) -> object:
    return plain_decimal(value) if isinstance(value, Decimal) else value


def _text(number: int) -> str:
    return f"{number % _MODULUS:0{2 * _BYTES}x}"

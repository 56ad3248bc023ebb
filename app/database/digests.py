"""Digests: what is read from the database is what was stored in it, or it is not served.

A database file can be damaged in ways its own structure does not show: a digit of a price turned
into another. So each share, import and edit keeps a SHA-256 of its contents, and each state of the
catalogue one of every kind of entry. They guard against accidents, not against somebody who can
write to the database.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

UNSEALED: Final = ""
"""The digest of a row that a release wrote which kept none; such a row is taken as it is."""
#: What is not known, or not settled, when a row is stored.
_LEFT_OUT: Final = frozenset({"id", "digest", "published_at", "published_edit"})


class DamagedError(Exception):
    """What was read from the database is not what was stored; the message says where."""


def digest_of_row(values: Mapping[str, Any]) -> str:
    """SHA-256 of a row's values by column, in hexadecimal.

    The number of the row, the digest itself and when an import was published are left out, and so
    is what is None: a column that a later release adds changes no digest.
    """
    kept = {n: v for n, v in values.items() if n not in _LEFT_OUT and v is not None}
    text = json.dumps(kept, sort_keys=True, separators=(",", ":"), default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()


def sealed(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a row that is about to be stored, with their digest."""
    return {**values, "digest": digest_of_row(values)}


def verified(row: Mapping[str, Any], what: str) -> dict[str, Any]:
    """The row as it was read, if it is the row that was stored.

    Args:
        row: Values by column, the digest among them.
        what: What the row is, for the message: "the share".

    Raises:
        DamagedError: it is not.
    """
    values = dict(row)
    if values["digest"] not in (UNSEALED, digest_of_row(values)):
        raise DamagedError(f"In the database {what} is not as it was stored.")
    return values


def _plain(value: object) -> str:
    if isinstance(value, datetime):  # SQLite gives times back without their zone: they are UTC
        return value.replace(tzinfo=value.tzinfo or UTC).astimezone(UTC).isoformat()
    return str(value)

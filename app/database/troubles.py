"""What a database's refusal means: no room, busy, read-only, damaged, not to be reached.

The drivers say it in codes and in words of their own. Readers are told here; what whoever runs
the service is told stands in `app.operating.sentences`.
"""

import re
import sqlite3
from dataclasses import dataclass
from typing import Final

from alembic.util.exc import CommandError

from app.database.digests import DamagedError


@dataclass(frozen=True, slots=True, eq=False)
class Trouble:
    """One thing that can be wrong with a database, as readers are told."""

    status: int  #: of HTTP, for a request that met it
    title: str
    sentence: str


_LATER: Final = "Not possible at the moment"
FULL: Final = Trouble(
    507,
    "Nothing more can be stored",
    "There is no room left to store anything. Nothing was stored; everything can still be read.",
)
BUSY: Final = Trouble(
    503,
    _LATER,
    "The database does not take changes at the moment. Nothing was stored; try again.",
)
READ_ONLY: Final = Trouble(
    503, _LATER, "Nothing was stored: at present everything here can only be read."
)
UNREACHABLE: Final = Trouble(503, _LATER, "The database does not answer at the moment; try again.")
DAMAGED: Final = Trouble(
    500,
    "This cannot be shown",
    "What is stored here is damaged and therefore not shown. "
    "Whoever runs this service has to restore a backup.",
)
ANOTHER_RELEASE: Final = Trouble(
    503, _LATER, "The database belongs to another release of this service."
)
UNKNOWN: Final = Trouble(503, BUSY.title, BUSY.sentence)

_SQLITE: Final = {
    sqlite3.SQLITE_BUSY: BUSY,
    sqlite3.SQLITE_LOCKED: BUSY,
    sqlite3.SQLITE_CORRUPT: DAMAGED,
    sqlite3.SQLITE_NOTADB: DAMAGED,
    sqlite3.SQLITE_FULL: FULL,
    sqlite3.SQLITE_READONLY: READ_ONLY,
    sqlite3.SQLITE_PERM: READ_ONLY,
    sqlite3.SQLITE_CANTOPEN: UNREACHABLE,
}
#: What the system says to a write, and SQLite only as "disk I/O error": a quota or a limit.
_WRITES: Final = frozenset(
    {
        sqlite3.SQLITE_IOERR_WRITE,
        sqlite3.SQLITE_IOERR_FSYNC,
        sqlite3.SQLITE_IOERR_TRUNCATE,
        sqlite3.SQLITE_IOERR_SHMSIZE,
    }
)
#: First characters of a SQLSTATE, the longest first.
_POSTGRESQL: Final = (
    ("53100", FULL),
    ("25006", READ_ONLY),
    ("55P03", BUSY),
    ("40", BUSY),
    ("53", BUSY),
    ("08", UNREACHABLE),
    ("57P", UNREACHABLE),
    ("XX001", DAMAGED),
    ("XX002", DAMAGED),
)
_LOST_TABLES: Final = re.compile("no such (table|column)|already exists|duplicate column")


def trouble_of(error: BaseException) -> Trouble:
    """Which trouble an error of the database, of a migration or of a digest is."""
    if isinstance(error, DamagedError):
        return DAMAGED
    if isinstance(error, CommandError):
        return ANOTHER_RELEASE
    cause = getattr(error, "orig", None) or error
    if isinstance(cause, sqlite3.Error):
        return _of_sqlite(cause)
    state = getattr(cause, "sqlstate", None)
    if state is not None:
        return next((t for start, t in _POSTGRESQL if state.startswith(start)), UNKNOWN)
    if type(cause).__name__ == "OperationalError":  # psycopg: no server said anything
        return UNREACHABLE
    return UNKNOWN


def _of_sqlite(error: sqlite3.Error) -> Trouble:
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:  # raised by the driver itself, on text that is none
        return DAMAGED if "decode" in str(error).lower() else UNKNOWN
    if code in _WRITES:
        return FULL
    if code & 0xFF == sqlite3.SQLITE_ERROR and _LOST_TABLES.search(str(error)):
        return DAMAGED
    return _SQLITE.get(code & 0xFF, UNKNOWN)

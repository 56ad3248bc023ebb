"""Databases as earlier releases left them: `databases/REVISION.sql`, cut down to some rows.

Each holds what there was at its migration: 0001 the catalogue, 0002 a share too, 0003 an import,
0004 a changed GPU, a price that an editor added, and a token, 0005 the edit that published the
import. A new one is `sqlite3 rigwise.db .dump` of a small database, taken with its release.
"""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

DATABASES: Final = Path(__file__).resolve().parent / "databases"
REVISIONS: Final = tuple(sorted(path.stem for path in DATABASES.glob("*.sql")))


def unpack(revision: str, path: Path) -> Path:
    """Make the database of a revision at ``path``."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((DATABASES / f"{revision}.sql").read_text("utf-8"))
    return path

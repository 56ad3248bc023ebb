"""`rigwise backup`, `rigwise restore` and `rigwise check` on the command line."""

import argparse
import sys
from pathlib import Path
from typing import Any

from app.database import open_database
from app.operating.backup import BackupError, Contents, back_up, contents_of, database_file, restore
from app.settings import read_settings


def add_backup_commands(commands: Any) -> None:
    """Add the three to the parser's commands."""
    backup = commands.add_parser("backup", help="copy the database while the service runs")
    backup.add_argument("file", metavar="FILE", type=Path, help="where to")
    backup.add_argument("--replace", action="store_true", help="even where FILE exists")
    backup.set_defaults(run=_backup)

    again = commands.add_parser("restore", help="put a backup in the database's place")
    again.add_argument("file", metavar="FILE", type=Path, help="what `rigwise backup` wrote")
    again.set_defaults(run=_restore)

    check = commands.add_parser("check", help="read the whole database: is it as it was stored?")
    check.set_defaults(run=_check)


def _backup(options: argparse.Namespace) -> int:
    url = read_settings().database_url
    try:
        found = back_up(url, options.file, replace=options.replace)
    except OSError as error:
        raise BackupError(f"{options.file} cannot be written: {error.strerror}.") from error
    size_mb = options.file.stat().st_size / 1e6
    _say(f"{options.file}: {size_mb:.1f} MB, {_in_words(found)}.")
    return 0


def _restore(options: argparse.Namespace) -> int:
    url = read_settings().database_url
    try:
        found, aside = restore(url, options.file)
    except OSError as error:
        raise BackupError(f"{options.file} cannot be restored: {error.strerror}.") from error
    _say(f"Restored from {options.file}: {_in_words(found)}.")
    if aside is not None:
        _say(f"The database as it was before is kept as {aside}.")
    return 0


def _check(_: argparse.Namespace) -> int:
    url = read_settings().database_url
    if url.startswith("sqlite") and not database_file(url, "check").is_file():
        raise BackupError(f"There is no database {database_file(url, 'check')}.")
    engine = open_database(url)
    try:
        found = contents_of(engine)
    finally:
        engine.dispose()
    _say(f"The database is sound: {_in_words(found)}.")
    return 0


def _in_words(found: Contents) -> str:
    counted = [
        f"{count:,} {what if count == 1 else what + 's'}" for what, count in found.rows.items()
    ]
    return f"catalogue {found.revision} of {found.entries:,} entries, {', '.join(counted)}"


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")

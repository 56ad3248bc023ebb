"""Backing up a SQLite database while the service runs, restoring it, and looking a database over.

A backup is one file, checked before it takes the name it was asked for; a restored database is
checked and migrated before it takes the place of the old one, which is kept beside it.
"""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from alembic.util.exc import CommandError
from sqlalchemy import Engine, Table, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import SQLAlchemyError

from app.builds.shares import ShareRow
from app.catalogue.editing.tables import EditedItemRow, EditRow
from app.catalogue.imports import ImportRow
from app.catalogue.seed import load_seed
from app.catalogue.snapshot import read_state
from app.database import is_current, migrate, open_database, verify_file
from app.database.digests import DamagedError, verified

try:
    import fcntl
except ImportError:  # Windows: nobody can say whether the file is in use
    fcntl = None  # type: ignore[assignment]

_SEALED: Final = {
    "share": ShareRow,
    "import": ImportRow,
    "edit": EditRow,
    "edited item": EditedItemRow,
}
_BESIDE: Final = ("-wal", "-shm")
#: Where SQLite locks a file that is being read: one byte, then 510 of which readers share.
_LOCKED_FROM, _LOCKED_BYTES = 0x40000001, 511


class BackupError(Exception):
    """A backup cannot be made or restored; the message is the one sentence shown."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a database holds, every row of which was read and is as it was stored."""

    revision: str
    entries: int
    """Entries of the catalogue, of all kinds."""
    rows: dict[str, int]
    """Rows by what they are: share, import, edit, edited item."""


def contents_of(engine: Engine) -> Contents:
    """Read everything and compare it with its digests.

    Raises:
        DamagedError: something is not as it was stored.
        BackupError: there is no catalogue in it, or it is another release's.
        sqlalchemy.exc.SQLAlchemyError: it cannot be read.
    """
    verify_file(engine)
    if not is_current(engine):
        raise BackupError("The database is another release's: run `rigwise migrate` first.")
    try:
        _, catalogue = read_state(engine)
    except LookupError as error:
        raise BackupError("There is no catalogue in this database.") from error
    rows = {what: _verified_rows(engine, what) for what in _SEALED}
    entries = sum(len(found) for found in catalogue._by_kind.values())
    return Contents(catalogue.revision, entries, rows)


def back_up(url: str, target: Path, *, replace: bool = False) -> Contents:
    """Copy the database as it is at one moment into ``target``; writers go on meanwhile.

    Raises:
        BackupError: it is no SQLite file, there is none, or ``target`` exists already.
        DamagedError: the database is damaged; ``target`` is left as it was.
        sqlalchemy.exc.SQLAlchemyError: the database cannot be read.
        OSError: ``target`` cannot be written.
    """
    source = database_file(url, "backup")
    if not source.is_file():
        raise BackupError(f"There is no database {source}.")
    if target.exists() and not replace:
        raise BackupError(f"{target} exists already: name another file, or add --replace.")
    if target.resolve() == source.resolve():
        raise BackupError("A backup cannot take the place of the database itself.")
    with _copied(source, target) as copy:
        if _of_this_release(copy):
            found = _looked_over(copy)
        else:  # as before an upgrade: what it will be is looked over, what it is is kept
            with _copied(copy, copy) as later:
                _brought_up_to_date(later, source)
                found = _looked_over(later)
        _put(copy, target)
    return found


def restore(url: str, backup: Path) -> tuple[Contents, Path | None]:
    """Put a backup in the place of the database, brought up to date.

    Gives what it holds, and where the old database is kept now.

    Raises:
        BackupError: it is no SQLite file, there is no such backup, the backup is damaged or no
            database of Rigwise, or a service has the database open; it is left as it was.
        OSError: a file cannot be written.
    """
    place = database_file(url, "restore")
    if not backup.is_file():
        raise BackupError(f"There is no backup {backup}.")
    if place.exists() and backup.samefile(place):
        raise BackupError("A database cannot be restored from itself.")
    place.parent.mkdir(parents=True, exist_ok=True)
    with _copied(backup, place) as copy:
        try:
            _brought_up_to_date(copy, backup)
            found = _looked_over(copy)
        except DamagedError as error:
            raise BackupError(
                f"{backup} is damaged: nothing was changed. Take an older one. ({error})"
            ) from error
        with _alone(place):
            aside = _set_aside(place)
            _give_to_owner(copy, aside or place.parent)
            _put(copy, place)
    return found, aside


def database_file(url: str, what: str) -> Path:
    """The file of a SQLite database; ``what`` is to be done with it.

    Raises:
        BackupError: it is no file; of PostgreSQL the message has the command to use instead.
    """
    address = make_url(url)
    if address.get_backend_name() == "postgresql":
        raise BackupError(_postgresql_command(address, what))
    if address.database in (None, "", ":memory:"):
        raise BackupError("This database is kept in memory only.")
    return Path(str(address.database))


def _postgresql_command(address: URL, what: str) -> str:
    plain = address._replace(drivername="postgresql", password=None)
    name = plain.render_as_string(hide_password=False)
    command = (
        f'pg_dump --format=custom --file=rigwise.dump "{name}"'
        if what == "backup"
        else f'pg_restore --clean --if-exists --single-transaction --dbname="{name}" rigwise.dump'
    )
    return f"This database is PostgreSQL's: use {command}"


def _verified_rows(engine: Engine, what: str) -> int:
    """How many there are; each is compared with its digest."""
    table: Table = _SEALED[what].__table__  # type: ignore[attr-defined]
    count = 0
    try:
        with engine.connect() as connection:
            # one by one: a share is large
            for row in (
                connection.execution_options(yield_per=100).execute(select(table)).mappings()
            ):
                verified(dict(row), f"{what} {row['id']}")
                count += 1
    except (ArithmeticError, TypeError, ValueError) as error:
        raise DamagedError(
            f"In the database a row of the table {table.name} is not readable."
        ) from error
    return count


@contextmanager
def _copied(source: Path, target: Path) -> Iterator[Path]:
    """A copy of a database, consistent in itself, in the folder of ``target``; gone at the end."""
    copy = target.with_name(f".{target.name}.{os.getpid()}.new")
    try:
        copy.touch(mode=0o600)  # tokens' hashes and private shares are in it
        with closing(_opened(source)) as old, closing(sqlite3.connect(copy)) as new:
            old.backup(new)
            new.execute("PRAGMA journal_mode = DELETE")  # one file, nothing beside it
        yield copy
    except sqlite3.Error as error:
        raise BackupError(f"{source} cannot be copied: {error}.") from error
    finally:
        for suffix in ("", "-journal", *_BESIDE):
            copy.with_name(f"{copy.name}{suffix}").unlink(missing_ok=True)


def _opened(path: Path) -> sqlite3.Connection:
    """For reading only."""
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=5)


def _of_this_release(path: Path) -> bool:
    engine = open_database(f"sqlite:///{path}")
    try:
        verify_file(engine)
        return is_current(engine)
    finally:
        _close(engine)


def _looked_over(path: Path) -> Contents:
    engine = open_database(f"sqlite:///{path}")
    try:
        return contents_of(engine)
    finally:
        _close(engine)


def _brought_up_to_date(copy: Path, backup: Path) -> None:
    """Migrate a copy of a backup and give it this release's catalogue."""
    engine = open_database(f"sqlite:///{copy}")
    try:
        verify_file(engine)
        if not _is_ours(engine):
            raise BackupError(f"{backup} is no database of Rigwise.")
        migrate(engine)
        load_seed(engine)
    except CommandError as error:
        raise BackupError(f"{backup} was made by a newer release than this one.") from error
    except SQLAlchemyError as error:
        own = str(getattr(error, "orig", None) or error)
        raise BackupError(f"{backup} cannot be restored: {own}.") from error
    finally:
        _close(engine)


def _is_ours(engine: Engine) -> bool:
    tables = "SELECT count(*) FROM sqlite_master WHERE name IN ('alembic_version', 'gpus')"
    with engine.connect() as connection:
        return bool(connection.exec_driver_sql(tables).scalar() == 2)


def _close(engine: Engine) -> None:
    """Close a database and leave one file, with nothing beside it."""
    with suppress(SQLAlchemyError), engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA journal_mode = DELETE")
    engine.dispose()


@contextmanager
def _alone(place: Path) -> Iterator[None]:
    """Hold a database file against everybody else.

    Raises:
        BackupError: another process has it open.
    """
    if fcntl is None or not place.exists():
        yield
        return
    with place.open("r+b") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, _LOCKED_BYTES, _LOCKED_FROM)
        except OSError as error:
            raise BackupError(f"A service has {place} open: stop it first.") from error
        yield


def _set_aside(place: Path) -> Path | None:
    """Keep the old database under another name as well; what is beside it goes there for good.

    The file itself stays until the new one takes its place: there is a database at every moment.
    """
    if not place.exists():
        return None
    moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    aside = place.with_name(f"{place.name}.before-{moment}")
    if aside.exists():
        raise BackupError(f"{aside} exists already: wait a second and try again.")
    # a log that stayed would be played into the new database
    for suffix in _BESIDE:
        beside = place.with_name(f"{place.name}{suffix}")
        if beside.exists():
            beside.replace(aside.with_name(f"{aside.name}{suffix}"))
    try:
        os.link(place, aside)
    except OSError:  # a file system without links
        shutil.copy2(place, aside)
    return aside


def _give_to_owner(copy: Path, like: Path) -> None:
    """Let the service's user have it, also where somebody else restores."""
    if like.is_file():
        shutil.copymode(like, copy)
    if hasattr(os, "chown"):
        with suppress(PermissionError):
            os.chown(copy, like.stat().st_uid, like.stat().st_gid)


def _put(copy: Path, target: Path) -> None:
    """Give the copy its name, so that a power cut leaves the old file or the new one."""
    with copy.open("r+b") as file:
        os.fsync(file.fileno())
    copy.replace(target)
    if os.name == "posix":
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

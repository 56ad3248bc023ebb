"""Where the data is kept: engines, sessions and migrations for SQLite and PostgreSQL.

Every table of the program hangs on ``metadata`` (SQLModel's own), so that migrations see them all.
"""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from threading import Lock
from typing import Any, Final
from weakref import WeakKeyDictionary

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, MetaData, create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.pool import StaticPool
from sqlmodel import Session, SQLModel

from app.database.digests import DamagedError

metadata: Final[MetaData] = SQLModel.metadata

MIGRATIONS_DIR: Final = Path(__file__).resolve().parents[2] / "migrations"

_WRITER_LOCK: Final = 7_269_677_365
"""Key of PostgreSQL's advisory lock: one replica migrates or seeds, the others wait."""


def open_database(url: str) -> Engine:
    """An engine for a database URL.

    SQLite gets write-ahead logging, enforced foreign keys, five seconds of patience for a lock
    and full synchronisation. ``postgresql://`` is taken to mean the psycopg driver.

    Args:
        url: ``sqlite:///rigwise.db``, ``sqlite://`` (memory) or ``postgresql+psycopg://...``.
    """
    address = make_url(url)
    if address.get_backend_name() != "sqlite":
        if address.drivername == "postgresql":
            address = address.set(drivername="postgresql+psycopg")
        return create_engine(address, pool_pre_ping=True)
    in_memory = address.database in (None, "", ":memory:")
    if not in_memory and "uri" not in address.query:
        with suppress(OSError):  # who connects is told
            Path(str(address.database)).resolve().parent.mkdir(parents=True, exist_ok=True)
    engine = (
        create_engine(address, poolclass=StaticPool, connect_args={"check_same_thread": False})
        if in_memory
        else create_engine(address)
    )
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    for pragma in (
        "journal_mode = WAL",
        "foreign_keys = ON",
        "busy_timeout = 5000",
        "synchronous = FULL",
    ):
        connection.execute(f"PRAGMA {pragma}")


_lanes: Final[WeakKeyDictionary[Engine, Lock]] = WeakKeyDictionary()


@contextmanager
def exclusive(engine: Engine) -> Iterator[Connection]:
    """A transaction that no other process's exclusive transaction overlaps.

    Commits at the end, rolls back on an exception. On PostgreSQL an advisory lock makes others
    wait; on SQLite the write lock is taken at once instead of at the first change, and the threads
    of a process take turns: SQLite itself lets whoever asks most often go first.
    """
    lane = _lanes.setdefault(engine, Lock()) if engine.dialect.name == "sqlite" else nullcontext()
    with lane, engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _WRITER_LOCK})
        try:
            yield connection
        except BaseException:
            connection.rollback()
            raise
        connection.commit()


@contextmanager
def consistent(engine: Engine) -> Iterator[Connection]:
    """A transaction for reading in which all statements see the same state of the database."""
    options = {} if engine.dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ"}
    with engine.connect().execution_options(**options) as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN")
        try:
            yield connection
        finally:
            connection.rollback()


def migrate(engine: Engine) -> None:
    """Bring the database to the newest revision; does nothing where it is there already.

    Whole or not at all: a process that is killed meanwhile leaves the database as it was.

    Raises:
        DamagedError: there are tables, and nothing says of which revision.
        alembic.util.exc.CommandError: the database is at a revision this release does not know.
        sqlalchemy.exc.SQLAlchemyError: the database cannot be opened or written.
    """
    config = _migrations()
    with exclusive(engine) as connection:
        if inspect(connection).has_table("catalogue_revisions") and not revision_of(connection):
            raise DamagedError("The database has tables, and does not say of which revision.")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def is_current(engine: Engine) -> bool:
    """Whether the database is at this release's newest migration."""
    with engine.connect() as connection:
        return (
            revision_of(connection) == ScriptDirectory.from_config(_migrations()).get_current_head()
        )


def _migrations() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS_DIR))
    return config


def revision_of(connection: Connection) -> str | None:
    """The migration the database is at; None where it has seen none."""
    return MigrationContext.configure(connection).get_current_revision()


def verify_file(engine: Engine) -> None:
    """Read a SQLite file from end to end, and say where it is not what SQLite would have written.

    PostgreSQL looks after its own files.

    Raises:
        DamagedError: it is not sound; the message says what was found first.
        sqlalchemy.exc.SQLAlchemyError: it cannot be read at all.
    """
    if engine.dialect.name != "sqlite":
        return
    with engine.connect() as connection:
        found = connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar()
    if found != "ok":
        raise DamagedError(" ".join(f"In the database file: {found}.".split()))


@contextmanager
def session_scope(engine: Engine) -> Iterator[Session]:
    """A session that commits at the end and rolls back on an exception."""
    with Session(engine) as session:
        try:
            yield session
        except BaseException:
            session.rollback()
            raise
        session.commit()

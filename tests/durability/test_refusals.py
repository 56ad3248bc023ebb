"""What a database refuses is said in a sentence: to readers theirs, to operators theirs."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from alembic.util.exc import CommandError
from anyio.from_thread import BlockingPortal
from sqlalchemy.exc import OperationalError

from app.database import troubles
from app.database.digests import DamagedError
from app.database.troubles import Trouble, trouble_of
from app.operating.sentences import sentence_of
from app.start import Started
from tests.client import Client
from tests.durability.process import SPEC
from tests.editing.conftest import running

Serve = Callable[..., Started | str]


def test_a_database_that_is_held_too_long_stops_the_start(database: Path, serve: Serve) -> None:
    with closing(sqlite3.connect(database)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        answer = serve(database)
    assert isinstance(answer, str)
    assert "Another process has held the database for more than five seconds" in answer
    assert "database is locked" in answer


def read_only(path: Path) -> str:
    """An address under which not even root can write the file."""
    return f"sqlite:///file:{path}?mode=ro&uri=true"


def test_what_can_only_be_read_and_has_to_be_migrated_stops_the_start(
    old_database: Path, serve: Serve
) -> None:
    with closing(sqlite3.connect(old_database)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    answer = serve(old_database, read_only(old_database))
    assert isinstance(answer, str)
    assert "The database can only be read" in answer


def test_what_can_only_be_read_is_served_and_takes_nothing(
    database: Path, portal: BlockingPortal
) -> None:
    with running(read_only(database), portal) as app, Client(app, portal) as client:
        assert client.post("/api/v1/estimates", json=SPEC).status_code == 200
        answer = client.post("/api/v1/shares", json={"spec": SPEC})
    assert answer.status_code == 503
    assert "can only be read" in answer.json()["detail"]


def test_a_folder_that_cannot_be_made_stops_the_start(database: Path, serve: Serve) -> None:
    answer = serve(database / "a file is no folder" / "rigwise.db")
    assert isinstance(answer, str)
    assert "The database cannot be opened: DATABASE_URL has to name" in answer


def test_a_server_that_is_not_there_stops_the_start(tmp_path: Path, serve: Serve) -> None:
    answer = serve(tmp_path, f"postgresql://rigwise@/rigwise?host={tmp_path}")
    assert isinstance(answer, str)
    assert "a PostgreSQL server that answers" in answer


def test_a_held_database_is_busy_for_a_while(url: str, portal: BlockingPortal) -> None:
    with running(url, portal) as app, Client(app, portal) as client:
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as holder:
            holder.execute("BEGIN IMMEDIATE")
            answer = client.post("/api/v1/shares", json={"spec": SPEC})
            assert answer.status_code == 503
            assert answer.headers["Retry-After"] == "5"
            assert "locked" not in answer.text
            assert client.post("/api/v1/estimates", json=SPEC).status_code == 200
        assert client.post("/api/v1/shares", json={"spec": SPEC}).status_code == 201


def sqlite_error(code: int, words: str = "") -> OperationalError:
    error = sqlite3.OperationalError(words)
    error.sqlite_errorcode = code
    return OperationalError("INSERT", {}, error)


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        (sqlite_error(sqlite3.SQLITE_FULL), troubles.FULL),
        (sqlite_error(sqlite3.SQLITE_IOERR_WRITE), troubles.FULL),
        (sqlite_error(sqlite3.SQLITE_IOERR_READ), troubles.UNKNOWN),
        (sqlite_error(sqlite3.SQLITE_BUSY_SNAPSHOT), troubles.BUSY),
        (sqlite_error(sqlite3.SQLITE_CORRUPT_INDEX), troubles.DAMAGED),
        (sqlite_error(sqlite3.SQLITE_READONLY_DBMOVED), troubles.READ_ONLY),
        (sqlite_error(sqlite3.SQLITE_ERROR, "no such table: shares"), troubles.DAMAGED),
        (sqlite_error(sqlite3.SQLITE_ERROR, "near FORM"), troubles.UNKNOWN),
        (OperationalError("", {}, psycopg.errors.DiskFull()), troubles.FULL),
        (OperationalError("", {}, psycopg.errors.ReadOnlySqlTransaction()), troubles.READ_ONLY),
        (OperationalError("", {}, psycopg.errors.LockNotAvailable()), troubles.BUSY),
        (OperationalError("", {}, psycopg.errors.SerializationFailure()), troubles.BUSY),
        (OperationalError("", {}, psycopg.errors.AdminShutdown()), troubles.UNREACHABLE),
        (OperationalError("", {}, psycopg.errors.DataCorrupted()), troubles.DAMAGED),
        (OperationalError("", {}, psycopg.OperationalError("refused")), troubles.UNREACHABLE),
        (DamagedError("a share"), troubles.DAMAGED),
        (CommandError("Can't locate revision"), troubles.ANOTHER_RELEASE),
    ],
)
def test_each_code_is_what_it_means(error: Exception, trouble: Trouble) -> None:
    assert trouble_of(error) is trouble
    told = sentence_of(error)  # type: ignore[arg-type]
    assert told[0].isupper()
    assert "\n" not in told
    assert ("rigwise restore" in told) == (trouble in (troubles.DAMAGED, troubles.ANOTHER_RELEASE))

"""An empty database for whoever asks: SQLite, or PostgreSQL with ``--database postgresql``.

With PostgreSQL only the tests that ask for one are run: the others would be the same again.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import create_engine, text

BACK_ENDS: Final = ("sqlite", "postgresql")
NewDatabase = Callable[[], str]
USER: Final = "postgres"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database", choices=BACK_ENDS, default="sqlite", help="where data is kept")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On PostgreSQL: what asks for a database, and is not about SQLite."""
    if config.getoption("--database") == "sqlite":
        return
    kept, left = [], []
    for item in items:
        asks = "new_database" in getattr(item, "fixturenames", ())
        (kept if asks and item.get_closest_marker("sqlite") is None else left).append(item)
    items[:] = kept
    config.hook.pytest_deselected(items=left)


@pytest.fixture(scope="session")
def new_database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> NewDatabase:
    """Gives the address of another empty database each time."""
    numbers = count(1)
    if request.config.getoption("--database") == "sqlite":
        folder: Path = tmp_path_factory.mktemp("databases")
        return lambda: f"sqlite:///{folder / f'rigwise-{next(numbers)}.db'}"
    server: PostgresServer = request.getfixturevalue("postgres_server")
    return lambda: server.new_database(f"rigwise_{next(numbers)}")


@dataclass(frozen=True)
class PostgresServer:
    """A PostgreSQL server of our own, reachable only through a socket in a temporary folder."""

    programs: Path
    folder: Path

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://{USER}@/{database}?host={self.folder}"

    def new_database(self, name: str) -> str:
        """The address of an empty database made now."""
        engine = create_engine(self.url(USER), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        engine.dispose()
        return self.url(name)

    def start(self) -> None:
        options = f"-k {self.folder} -c listen_addresses='' -c fsync=off"
        self._control("-o", options, "-l", self.folder / "log", "-w", "start")

    def stop(self, how: str = "fast") -> None:
        """``how``: fast ends connections, immediate is the plug pulled."""
        self._control("-m", how, "-w", "stop")

    def _control(self, *what: str | Path) -> None:
        _run_as_server(self.programs / "pg_ctl", "-D", self.folder / "data", *what)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A running server, gone at the end."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not programs:
        pytest.skip("PostgreSQL is not installed")
    # not pytest's own folder: the server must not run as root and could not reach into that
    folder = Path(tempfile.mkdtemp(prefix="rigwise-postgresql-"))
    if os.getuid() == 0:
        shutil.chown(folder, USER)
    server = PostgresServer(programs[-1], folder)
    settings = ("-U", USER, "-A", "trust", "-E", "UTF8", "--no-sync")
    try:
        _run_as_server(server.programs / "initdb", "-D", folder / "data", *settings)
        server.start()
        yield server
        server.stop("immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run_as_server(*command: str | Path) -> None:
    """One command, as the server's own user where we are root."""
    prefix = ["runuser", "-u", USER, "--"] if os.getuid() == 0 else []
    done = subprocess.run(
        [*prefix, *map(str, command)],
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert done.returncode == 0, done.stderr

"""What most tests stand on: one world from the seed, one running application, one client."""

import os
from collections.abc import Iterator

import anyio.from_thread
import pytest
from fastapi import FastAPI

from app.builds.assess import World, load_world
from app.catalogue.seed_files import SEED_DIR
from app.catalogue.snapshot import Catalogue, catalogue_from_seed
from app.main import create_app
from app.settings import Settings
from app.start import limits_of
from tests import soak
from tests.client import Client
from tests.databases import NewDatabase

IN_CI = os.environ.get("CI", "").lower() == "true"


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--soak`: repeat the tests of endurance as often as their acceptance says."""
    parser.addoption("--soak", action="store_true", help="repeat tests of endurance in full")


def pytest_configure(config: pytest.Config) -> None:
    """Tell `tests/soak.py` which mode this is."""
    workers = config.getoption("numprocesses", None)
    soak.switch(bool(config.getoption("--soak")), passes_on=bool(workers))


@pytest.fixture(scope="session")
def settings(new_database: NewDatabase) -> Settings:
    """Defaults, with a database of our own."""
    return Settings(database_url=new_database(), shares_per_hour=1000, api_per_minute=0)


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    """The snapshot of the seed."""
    return catalogue_from_seed()


@pytest.fixture(scope="session")
def world(catalogue: Catalogue) -> World:
    """Everything an assessment depends on besides the question."""
    return load_world(catalogue, SEED_DIR, limits_of(Settings()))


@pytest.fixture(scope="session")
def portal() -> Iterator[anyio.from_thread.BlockingPortal]:
    """An event loop in a thread of its own, for tests that are not coroutines."""
    with anyio.from_thread.start_blocking_portal() as started:
        yield started


@pytest.fixture(scope="session")
def app(settings: Settings, portal: anyio.from_thread.BlockingPortal) -> Iterator[FastAPI]:
    """The application, started as a server would."""
    created = create_app(settings)
    with portal.wrap_async_context_manager(created.router.lifespan_context(created)):
        yield created


@pytest.fixture(scope="session")
def client(app: FastAPI, portal: anyio.from_thread.BlockingPortal) -> Iterator[Client]:
    """A client of the application."""
    with Client(app, portal) as opened:
        yield opened


def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI a skipped test is a failed one: nothing may go untested because it is not installed."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = len(reporter.stats.get("skipped", [])) if reporter else 0
    if IN_CI and skipped and session.exitstatus == pytest.ExitCode.OK:
        reporter.write_line(f"{skipped} skipped: with CI=true that is a failure", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED

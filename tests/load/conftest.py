"""A server of its own for each file, in a process that can be overrun and stopped."""

from collections.abc import Iterator

import pytest

from scripts.load import serving
from tests.servers import Server


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database nobody else uses."""
    return f"sqlite:///{tmp_path_factory.mktemp('load') / 'rigwise.db'}"


@pytest.fixture(scope="module")
def server(database: str) -> Iterator[Server]:
    """A server that works on few requests at a time."""
    limits = {"RIGWISE_REQUESTS_AT_ONCE": "8", "RIGWISE_REQUESTS_WAITING": "16"}
    with serving(database, **limits) as started:
        yield started

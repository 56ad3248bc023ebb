"""A service of one's own to attack."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from anyio.from_thread import BlockingPortal

from app.tokens import create_token
from tests.editing.conftest import Service, Visitor, clear_attempts, running


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, portal: BlockingPortal) -> Iterator[Service]:
    """A service with a token that may edit and publish."""
    path: Path = tmp_path_factory.mktemp("security") / "rigwise.db"
    limits = {"shares_per_hour": 1_000_000, "api_per_minute": 0}  # an attack is many requests
    with running(f"sqlite:///{path}", portal, **limits) as app:
        secret = create_token(app.state.database, "Ada", ["edit", "publish"])
        yield Service(app, portal, secret)


@pytest.fixture(autouse=True)
def nobody_is_locked_out(request: pytest.FixtureRequest) -> None:
    """What one test tried in vain does not make another wait."""
    if "service" in request.fixturenames:
        clear_attempts(request.getfixturevalue("service"))


@pytest.fixture
def visitor(service: Service) -> Visitor:
    """A browser that has signed in."""
    opened = Visitor(service)
    assert opened.sign_in(service.secret).status_code == 303
    return opened

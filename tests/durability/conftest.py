"""A database with something of everything in it, made once and copied for every test."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from anyio.from_thread import BlockingPortal

from app.cli import main
from app.start import Started
from app.tokens import create_token
from tests.client import Client
from tests.durability.process import spec_of
from tests.durability.released import REVISIONS, unpack
from tests.editing.conftest import Service, running

GPU_DRAFT = {
    "name": "Own card",
    "vendor": "Somebody",
    "memory_gib": 48,
    "bandwidth_gbs": 900,
}


@pytest.fixture(scope="session")
def used_database(tmp_path_factory: pytest.TempPathFactory, portal: BlockingPortal) -> Path:
    """The file of a service that was used: shares, an import, edits, a token; then stopped."""
    path: Path = tmp_path_factory.mktemp("used") / "rigwise.db"
    with running(f"sqlite:///{path}", portal, prepare_advisor=False) as app:
        service = Service(app, portal, create_token(app.state.database, "Ada", ["edit"]))
        with Client(app, portal) as client:
            for count in (1, 2):
                assert client.post("/api/v1/shares", json=spec_of(count)).status_code == 201
            kept = client.post("/api/v1/imports", json={"kind": "gpu", "facts": GPU_DRAFT})
            assert kept.status_code == 201, kept.text
        for slug in ("nvidia-geforce-rtx-4090", "nvidia-l40s"):
            made = service.change("gpus", slug, tdp_w=333)
            assert made.status_code == 200, made.text
    return path


@pytest.fixture
def database(used_database: Path, tmp_path: Path) -> Path:
    """A copy of it for one test to use up."""
    return Path(shutil.copy(used_database, tmp_path / "rigwise.db"))


@pytest.fixture
def url(database: Path) -> str:
    return f"sqlite:///{database}"


@pytest.fixture
def old_database(tmp_path: Path) -> Path:
    """A database of the release before the newest migration."""
    return unpack(REVISIONS[-1], tmp_path / "old.db")


class Served(Exception):  # noqa: N818  # what would have been served, got out of `rigwise serve`
    def __init__(self, started: Started) -> None:
        self.started = started


@pytest.fixture
def serve(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Started | str]:
    """Try to serve a database: what would be, or the sentence why not."""

    def run(app: Any, **_: Any) -> None:
        raise Served(app.args[0])

    monkeypatch.setattr("app.cli.uvicorn.run", run)

    def serve(path: Path, url: str = "") -> Started | str:
        monkeypatch.setenv("DATABASE_URL", url or f"sqlite:///{path}")
        capsys.readouterr()
        try:
            assert main(["serve"]) == 2
        except Served as served:
            return served.started
        return capsys.readouterr().err

    return serve

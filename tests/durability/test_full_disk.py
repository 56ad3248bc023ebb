"""No room left: what is there can be read, what is new is refused whole, and later taken (T31)."""

import re
import resource
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path

import httpx
import pytest
from anyio.from_thread import BlockingPortal
from fastapi import FastAPI
from sqlalchemy import Engine, event

from app.database import open_database
from app.operating.backup import contents_of
from app.tokens import create_token
from tests.client import Client
from tests.durability.process import SPEC, Process, rigwise, serving, share, spec_of
from tests.editing.conftest import Service, Visitor, running
from tests.soak import report_line, times

PAGE = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
ROOM_BYTES = 200_000
"""Left when the disk begins to fill: some shares still find a place."""


@contextmanager
def little_room(process: Process, database: Path) -> Iterator[None]:
    """Let no file of the running service grow beyond a little more than it has."""
    _, most = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
    files = [database, database.with_name(f"{database.name}-wal")]
    size = max(file.stat().st_size for file in files if file.exists())
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (size + ROOM_BYTES, most))
    yield
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (most, most))


def fill(client: httpx.Client) -> tuple[list[str], httpx.Response]:
    """Share until something else than a share comes back."""
    slugs: list[str] = []
    while len(slugs) < 5_000:
        answer = client.post("/api/v1/shares", json=spec_of(1 + len(slugs) % 4))
        if answer.status_code != 201:
            return slugs, answer
        slugs.append(answer.json()["slug"])
    raise AssertionError("the disk did not fill")


def fill_twice(database: Path, url: str) -> int:
    """Let the disk of a service run full, make room, and once more; the shares that were taken."""
    engine = open_database(url)
    secret = create_token(engine, "Bea", ["edit"])
    before = contents_of(engine).rows
    engine.dispose()
    headers = {"Authorization": f"Bearer {secret}"}
    taken = 0
    with serving(url) as service, service.client() as client:
        old = share(client)
        taken += 1
        for _ in range(2):
            with little_room(service, database):
                slugs, answer = fill(client)
                taken += len(slugs)
                assert answer.status_code == 507, answer.text
                assert answer.headers["Content-Type"] == "application/problem+json"
                assert answer.json()["detail"].startswith("There is no room left")
                for slug in (old, *slugs[-3:]):
                    assert client.get(f"/api/v1/shares/{slug}").status_code == 200
                assert client.post("/api/v1/estimates", json=SPEC).status_code == 200
                assert client.get("/configure", headers=PAGE).status_code == 200
                assert client.get("/readyz").status_code == 200
                edit = {
                    "changes": {"tdp_w": 444},
                    "version": "",
                    "reason": "no room for this",
                    "source": "https://example.org/spec",
                }
                place = "/api/v1/catalogue/gpus/nvidia-l40s"
                told = client.patch(place, json=edit, headers=headers)
                assert told.status_code in (409, 422), told.text  # read with the token all the same
            taken += bool(share(client))
        service.stop()
    assert rigwise(url, "check").returncode == 0
    engine = open_database(url)
    after = contents_of(engine).rows
    engine.dispose()
    assert after == {**before, "share": before["share"] + taken}
    return taken


@pytest.mark.soak
def test_a_full_disk_takes_nothing_and_shows_everything(database: Path) -> None:
    taken = []
    for number in range(times(1, 10)):
        # each time anew: what may not grow beyond the database has more room the larger that is
        copy = database.with_name(f"{number}.db")
        shutil.copyfile(database, copy)
        taken.append(fill_twice(copy, f"sqlite:///{copy}"))
        copy.unlink()
    report_line(
        "T31",
        f"{2 * len(taken)} times full: {sum(taken)} shares taken and all kept, the next refused "
        "with 507, reading went on, writing went on when there was room",
    )


@pytest.fixture
def full(url: str, portal: BlockingPortal) -> Iterator[FastAPI]:
    """The application on a database that may not have one more page."""

    def no_more(connection: object, *_: object) -> None:
        connection.execute("PRAGMA max_page_count = 1")  # type: ignore[attr-defined]

    with running(url, portal) as app:
        engine: Engine = app.state.database
        engine.dispose()
        event.listen(engine, "connect", no_more)
        yield app


def test_what_was_typed_is_kept_on_the_page(full: FastAPI, portal: BlockingPortal) -> None:
    """The page of the refusal sends the same form again."""
    query = "gpu=nvidia-l40s&model=qwen3-32b&context=8192"
    with Client(full, portal) as client:
        for _ in range(200):  # the last page may have room for some
            answer = client.post("/share", data={"query": query}, headers=PAGE)
            if answer.status_code != 303:
                break
        assert answer.status_code == 507
        assert "There is no room left" in answer.text
        field = re.search(r'<input type="hidden" name="query" value="([^"]*)">', answer.text)
        assert field is not None
        assert unescape(field[1]) == query
        assert '<form method="post" action="/share">' in answer.text


def test_an_edit_that_finds_no_room_keeps_its_form_and_changes_nothing(
    full: FastAPI, portal: BlockingPortal
) -> None:
    service = Service(full, portal)
    before = service.catalogue
    engine = open_database(str(full.state.database.url))
    service.secret = create_token(engine, "Bea", ["edit"])
    engine.dispose()
    wanted = "a reason that took a while to write. " * 12
    codes = set()
    for _ in range(60):
        answer = service.rest(
            "PATCH",
            "/catalogue/gpus/nvidia-l40s",
            {
                "changes": {"tdp_w": service.fact("gpus", "nvidia-l40s").tdp_w + 1},
                "version": service.version("gpus", "nvidia-l40s"),
                "reason": wanted,
                "source": "https://example.org/spec",
            },
        )
        codes.add(answer.status_code)
        if answer.status_code != 200:
            break
        before = service.catalogue
    assert answer.status_code == 507, codes
    assert service.catalogue is before
    history = service.rest("GET", "/catalogue/changes?kind=gpus&limit=500").json()
    last = history["items"][-1]["changes"]
    told = {change["field"]: change["new"] for change in last}
    assert told["tdp_w"] == before.gpus["nvidia-l40s"].tdp_w


def test_a_token_is_never_put_into_a_page(full: FastAPI, portal: BlockingPortal) -> None:
    visitor = Visitor(Service(full, portal))
    engine = open_database(str(full.state.database.url))
    secrets = [create_token(engine, f"Editor {n}", ["edit"]) for n in range(3)]
    engine.dispose()
    answers = [visitor.sign_in(secrets[n % 3]) for n in range(120)]
    assert answers[-1].status_code == 507
    assert not any(secret in answer.text for answer in answers for secret in secrets)

"""A damaged file is served as it was stored, or not at all (T32)."""

import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from anyio.from_thread import BlockingPortal
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, select

from app.builds.shares import ShareRow, read_share
from app.catalogue.editing.history import edits_since
from app.catalogue.snapshot import Catalogue
from app.database import open_database
from app.database.digests import DamagedError
from app.database.troubles import UNKNOWN, trouble_of
from app.start import Started
from tests.client import Client
from tests.editing.conftest import Service, running
from tests.soak import report_line, times

FLIPS = 64


@pytest.fixture(scope="module")
def whole(used_database: Path) -> "Contents":
    engine = open_database(f"sqlite:///{used_database}")
    found = Contents.of(engine)
    engine.dispose()
    return found


class Contents:
    """What readers can see of a database: shares and history, each as text or as damaged."""

    def __init__(self, shares: dict[str, str], edits: str) -> None:
        self.shares = shares
        self.edits = edits

    @classmethod
    def of(cls, engine: Any) -> "Contents":
        with Session(engine) as session:
            slugs = list(session.exec(select(ShareRow.slug)))
        return cls(
            {slug: _or_damaged(lambda slug=slug: _share(engine, slug)) for slug in slugs},
            _or_damaged(lambda: repr(edits_since(engine))),
        )


def _share(engine: Any, slug: str) -> str:
    with Session(engine) as session:
        found = read_share(session, slug)
    return "none" if found is None else f"{found.created_at} {found.assessment_json}"


def _or_damaged(read: Callable[[], str]) -> str:
    try:
        return read()
    except (DBAPIError, DamagedError) as error:
        return "damaged" if trouble_of(error) is not UNKNOWN else repr(error)


@pytest.mark.soak
def test_a_file_with_wrong_bytes_is_never_served_with_wrong_content(
    used_database: Path,
    tmp_path: Path,
    serve: Callable[[Path], Started | str],
    whole: Contents,
) -> None:
    """As many flips as the acceptance says, and single ones, which structure seldom shows."""
    refused = served = 0
    expected = serve(Path(shutil.copy(used_database, tmp_path / "whole.db")))
    assert isinstance(expected, Started)
    catalogue = expected.world.catalogue
    expected.database.dispose()
    for seed in range(times(30, 200)):
        path = tmp_path / f"{seed}.db"
        flip(used_database, path, seed, 1 if seed % 3 == 2 else FLIPS)
        answer = serve(path)
        if isinstance(answer, str):
            refused += 1
            assert answer.startswith("rigwise: "), answer
            assert answer.count("\n") == 1
            assert "`rigwise restore FILE`" in answer
        else:
            served += 1
            same_or_damaged(answer, catalogue, whole)
            answer.database.dispose()
        for left in tmp_path.glob(f"{seed}.db*"):
            left.unlink()
    assert refused
    report_line("T32", f"{refused} of {refused + served} damaged files refused, 0 wrong answers")


def flip(source: Path, target: Path, seed: int, count: int) -> None:
    """A copy in which some bytes are others."""
    chance = random.Random(seed)  # noqa: S311
    content = bytearray(source.read_bytes())
    for place in chance.sample(range(len(content)), count):
        content[place] ^= chance.randrange(1, 256)
    target.write_bytes(content)


def same_or_damaged(started: Started, catalogue: Catalogue, whole: Contents) -> None:
    assert started.world.catalogue == catalogue
    found = Contents.of(started.database)
    assert found.edits in (whole.edits, "damaged")
    for slug, share in found.shares.items():
        assert share in (whole.shares.get(slug), "damaged")


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE prices SET amount = '1.5' WHERE id = 7", "prices"),
        ("DELETE FROM gpus WHERE id = 3", "gpus"),
        ("UPDATE aliases SET slug = 'nvidia-l40s' WHERE id = 5", "aliases"),
        ("UPDATE models SET params_total_b = 'much' WHERE id = 5", "models"),
        ("DELETE FROM edited_items", "revision"),
        ("UPDATE catalogue_revisions SET seed_hash = 'x' WHERE id = 3", "revision"),
        ("DELETE FROM alembic_version", "revision"),
    ],
)
def test_content_that_nobody_stored_is_not_served(
    database: Path, serve: Callable[[Path], Started | str], statement: str, named: str
) -> None:
    engine = open_database(f"sqlite:///{database}")
    with engine.begin() as connection:
        connection.execute(text("PRAGMA foreign_keys = OFF"))
        connection.execute(text(statement))
    engine.dispose()
    answer = serve(database)
    assert isinstance(answer, str)
    assert named in answer
    assert "`rigwise restore FILE`" in answer


@pytest.mark.parametrize("content", [b"", b"this is no database" * 300])
def test_a_file_of_something_else_is_not_served(
    tmp_path: Path, serve: Callable[[Path], Started | str], content: bytes
) -> None:
    path = tmp_path / "rigwise.db"
    path.write_bytes(content)
    answer = serve(path)
    if content:
        assert isinstance(answer, str)
        assert "`rigwise restore FILE`" in answer
    else:  # an empty file is a database without tables, as on the first start
        assert isinstance(answer, Started)
        answer.database.dispose()


def test_a_release_that_knows_the_database_no_more_says_so(
    database: Path, serve: Callable[[Path], Started | str]
) -> None:
    engine = open_database(f"sqlite:///{database}")
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    answer = serve(database)
    assert isinstance(answer, str)
    assert "use the release it was made with" in answer
    assert "9999" in answer


def test_a_damaged_share_is_not_shown_and_the_others_are(url: str, portal: BlockingPortal) -> None:
    with running(url, portal) as app, Client(app, portal) as client:
        with app.state.database.begin() as connection:
            slugs = connection.execute(text("SELECT slug FROM shares ORDER BY id")).scalars().all()
            change = "UPDATE shares SET assessment = replace(assessment, '4090', '4080')"
            connection.execute(text(f"{change} WHERE slug = :slug"), {"slug": slugs[0]})
        damaged = client.get(f"/api/v1/shares/{slugs[0]}")
        assert damaged.status_code == 500
        assert damaged.headers["Content-Type"] == "application/problem+json"
        assert "damaged" in damaged.json()["detail"]
        page = client.get(f"/s/{slugs[0]}", headers={"Accept": "text/html"})
        assert page.status_code == 500
        assert "has to restore a backup" in page.text
        assert client.get(f"/api/v1/shares/{slugs[1]}").status_code == 200


def test_a_damaged_history_is_not_shown(url: str, portal: BlockingPortal) -> None:
    with running(url, portal) as app:
        service = Service(app, portal)
        with app.state.database.begin() as connection:
            connection.execute(text("UPDATE catalogue_edits SET reason = 'another' WHERE id = 1"))
        answer = service.rest("GET", "/catalogue/changes")
    assert answer.status_code == 500
    assert "damaged" in answer.json()["detail"]


def test_an_edit_keeps_the_digests_right(
    url: str, portal: BlockingPortal, serve: Callable[[Path], Started | str], database: Path
) -> None:
    with running(url, portal) as app:
        before = app.state.world.catalogue
    again = serve(database)
    assert isinstance(again, Started)
    assert again.world.catalogue == before
    assert before.gpus["nvidia-l40s"].tdp_w == 333
    again.database.dispose()

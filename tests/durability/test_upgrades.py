"""Every database a release has left is upgraded with all that is in it, killed or not (T36)."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from anyio.from_thread import BlockingPortal

from app.catalogue.snapshot import Catalogue
from app.database import open_database
from app.operating.backup import contents_of
from app.settings import Settings
from app.start import start
from tests.client import Client
from tests.durability.released import REVISIONS, unpack
from tests.editing.conftest import Service, running
from tests.servers import ROOT, environment_of
from tests.soak import report_line, times

KEPT = ("shares", "imports", "catalogue_edits", "edited_items", "tokens")


def rows_of(path: Path) -> dict[str, list[dict[str, Any]]]:
    """What people put into a database, table by table."""
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        there = {r[0] for r in connection.execute("SELECT name FROM sqlite_master")}
        return {
            table: [
                dict(row)
                for row in connection.execute(f"SELECT * FROM {table} ORDER BY id")  # noqa: S608
            ]
            for table in KEPT
            if table in there
        }


def as_before(after: list[dict[str, Any]], before: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows of after an upgrade, without the columns that it added."""
    names = before[0].keys() if before else ()
    return [{name: row[name] for name in names} for row in after]


def test_there_is_a_database_of_every_migration_before_the_newest() -> None:
    migrations = {p.name.split("_")[1] for p in (ROOT / "migrations" / "versions").glob("*_*.py")}
    assert set(REVISIONS) == migrations - {max(migrations)}


@pytest.mark.parametrize("revision", REVISIONS)
def test_what_was_stored_is_served_after_the_upgrade(
    revision: str, tmp_path: Path, portal: BlockingPortal, catalogue: Catalogue
) -> None:
    path = unpack(revision, tmp_path / "rigwise.db")
    before = rows_of(path)
    with running(f"sqlite:///{path}", portal, prepare_advisor=False) as app:
        service, served = Service(app, portal), app.state.world.catalogue
        with Client(app, portal) as client:
            for row in before.get("shares", ()):
                answer = client.get(f"/api/v1/shares/{row['slug']}")
                assert answer.status_code == 200
                assert row["assessment"] in answer.text
                assert client.get(f"/s/{row['slug']}").status_code == 200
            for row in before.get("imports", ()):
                kept = client.get(f"/api/v1/imports/{row['slug']}")
                assert kept.json()["facts"]["name"] == row["name"]
        history = service.rest("GET", "/catalogue/changes").json()["items"]
        if "catalogue_edits" in before:
            assert served.gpus["nvidia-l40s"].tdp_w == 333
            price = next(p for p in served.prices_of("gpu", "nvidia-l40s") if p.amount == 7777.5)
            assert price.source == "https://example.org/quote"
            reasons = [row["reason"] for row in before["catalogue_edits"]]
            assert [edit["reason"] for edit in history][: len(reasons)] == reasons
        else:
            assert served == catalogue
    # the release is noted in the history behind what editors did; all else is as it was
    after = rows_of(path)
    for table, rows in before.items():
        kept = after[table][: len(rows)]
        if table == "edited_items":  # of what is edited, only what the seed says has moved on
            assert [(r["kind"], r["slug"]) for r in kept] == [(r["kind"], r["slug"]) for r in rows]
        else:
            assert as_before(kept, rows) == rows, table
    engine = open_database(f"sqlite:///{path}")
    assert contents_of(engine).rows["share"] == len(before.get("shares", ()))
    engine.dispose()


@pytest.mark.soak
@pytest.mark.parametrize("revision", [REVISIONS[0], REVISIONS[-1]])
def test_an_upgrade_that_was_killed_succeeds_when_run_again(
    revision: str, tmp_path: Path, used_catalogue: dict[str, Catalogue]
) -> None:
    kills = times(5, 20)
    path = unpack(revision, tmp_path / "released.db")
    command = [sys.executable, "-m", "tests.durability.kill_starting", path, tmp_path, kills]
    killed = subprocess.run(
        [str(part) for part in command],
        cwd=ROOT,
        env=environment_of(f"sqlite:///{path}"),
        capture_output=True,
        text=True,
    )
    assert killed.returncode == 0, killed.stdout + killed.stderr
    before = rows_of(path)
    for number in range(kills):
        started = start(Settings(database_url=f"sqlite:///{tmp_path / f'{number}.db'}"))
        found = used_catalogue.setdefault(revision, started.world.catalogue)
        assert started.world.catalogue == found
        assert contents_of(started.database).rows["share"] == len(before.get("shares", ()))
        started.database.dispose()
        after = rows_of(tmp_path / f"{number}.db")
        for table in ("shares", "imports", "tokens"):
            assert as_before(after[table], before.get(table, [])) == before.get(table, [])
        history = after["catalogue_edits"]
        assert sum(row["action"] == "release" for row in history) == 1
        edits = before.get("catalogue_edits", [])
        assert as_before(history[:-1], edits) == edits
    report_line(
        "T36",
        f"upgrade from {revision} killed at {kills} of {killed.stdout.strip()} statements, "
        "every rerun succeeded",
    )


@pytest.fixture(scope="module")
def used_catalogue() -> dict[str, Catalogue]:
    """What the first restart of each revision served; all others have to serve the same."""
    return {}

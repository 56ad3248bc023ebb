"""Backup while people write, and restore: the drill that docs/operations.md describes (T33)."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from app.cli import main
from app.database import open_database
from app.operating.backup import contents_of
from tests.durability.process import rigwise, serving, share
from tests.durability.released import REVISIONS
from tests.soak import report_line

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """One command on the copy of the database: its exit code and all it said."""
    monkeypatch.setenv("DATABASE_URL", url)

    def run(*arguments: str | Path, url: str = "") -> tuple[int, str]:
        if url:
            monkeypatch.setenv("DATABASE_URL", url)
        code = main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return code, said.out + said.err

    return run


def test_the_drill(url: str, database: Path, tmp_path: Path) -> None:
    """A backup under load, a lost disk, a restore: all that was acknowledged before is back."""
    backup = tmp_path / "backups.db"
    slugs: list[str] = []
    ended = threading.Event()

    def write(client: httpx.Client) -> None:
        while not ended.is_set():
            slugs.append(share(client, 1 + len(slugs) % 4))

    with serving(url) as service, service.client() as client:
        writer = threading.Thread(target=write, args=(client,))
        writer.start()
        while len(slugs) < 5:
            time.sleep(0.01)
        before = list(slugs)
        made = rigwise(url, "backup", backup)
        during = len(slugs) - len(before)
        refused = rigwise(url, "restore", backup)
        ended.set()
        writer.join()
        answers = {slug: client.get(f"/api/v1/shares/{slug}").text for slug in before}
        service.stop()
        assert made.returncode == 0, made.stderr
        assert (refused.returncode, refused.stdout) == (2, "")
        assert "stop it first" in refused.stderr

        database.write_bytes(b"\0" * 8192)  # what is left of the disk
        assert "`rigwise restore FILE`" in rigwise(url, "serve").stderr
        began = time.monotonic()
        restored = rigwise(url, "restore", backup)
        assert restored.returncode == 0, restored.stderr
        service.start()
        took_s = time.monotonic() - began
        with service.client() as again:
            assert {slug: again.get(f"/api/v1/shares/{slug}").text for slug in before} == answers
            assert share(again)
    kept = next(tmp_path.glob("rigwise.db.before-*"))
    assert kept.read_bytes().startswith(b"\0" * 16)
    assert contents(url) == {**contents(f"sqlite:///{backup}"), "share": shares_in(url)}
    assert shares_in(f"sqlite:///{backup}") + 1 == shares_in(url)
    report_line(
        "T33",
        f"{len(before)} shares acknowledged before the backup, {during} during it; all there "
        f"after the restore; {took_s:.1f} s from the command to ready",
    )


def contents(url: str) -> dict[str, int]:
    """Rows by what they are, each compared with its digest."""
    engine = open_database(url)
    try:
        return contents_of(engine).rows
    finally:
        engine.dispose()


def shares_in(url: str) -> int:
    return contents(url)["share"]


def test_a_backup_is_one_private_file_with_everything(run: Run, url: str, tmp_path: Path) -> None:
    backup = tmp_path / "backup.db"
    code, said = run("backup", backup)
    assert code == 0
    assert "2 shares, 1 import, 2 edits, 2 edited items" in said
    assert contents(f"sqlite:///{backup}") == contents(url)
    assert backup.stat().st_mode & 0o077 == 0
    assert [path.name for path in tmp_path.glob("*backup*")] == ["backup.db"]


def test_a_backup_is_not_written_over_unless_told(run: Run, tmp_path: Path) -> None:
    backup = tmp_path / "backup.db"
    backup.write_bytes(b"another")
    code, said = run("backup", backup)
    assert (code, backup.read_bytes()) == (2, b"another")
    assert "--replace" in said
    assert run("backup", backup, "--replace")[0] == 0
    assert run("backup", backup, "--replace")[0] == 0


def test_a_damaged_database_replaces_no_backup(run: Run, url: str, tmp_path: Path) -> None:
    backup = tmp_path / "backup.db"
    assert run("backup", backup)[0] == 0
    before = backup.read_bytes()
    execute(url, "UPDATE imports SET name = 'another'")
    code, said = run("backup", backup, "--replace")
    assert (code, backup.read_bytes()) == (2, before)
    assert "`rigwise restore FILE`" in said
    assert run("check")[0] == 2
    assert run("restore", backup)[0] == 0
    assert run("check")[0] == 0


def execute(url: str, statement: str) -> None:
    engine = open_database(url)
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "There is no backup"),
        (b"something else" * 999, "cannot be copied"),
        (b"", "is no database of Rigwise"),
    ],
)
def test_what_is_no_backup_is_not_restored(
    run: Run, database: Path, tmp_path: Path, content: bytes | None, sentence: str
) -> None:
    backup, before = tmp_path / "backup", database.read_bytes()
    if content is not None:
        backup.write_bytes(content)
    code, said = run("restore", backup)
    assert code == 2
    assert sentence in said
    assert database.read_bytes() == before
    assert not list(tmp_path.glob("*before*"))


def test_a_damaged_backup_is_not_restored(run: Run, database: Path, tmp_path: Path) -> None:
    backup = tmp_path / "backup.db"
    assert run("backup", backup)[0] == 0
    execute(f"sqlite:///{backup}", "UPDATE prices SET amount = '3' WHERE id = 9")
    before = database.read_bytes()
    code, said = run("restore", backup)
    assert code == 2
    assert "Take an older one" in said
    assert database.read_bytes() == before


def test_a_backup_of_a_newer_release_is_not_restored(run: Run, tmp_path: Path) -> None:
    backup = tmp_path / "backup.db"
    assert run("backup", backup)[0] == 0
    execute(f"sqlite:///{backup}", "UPDATE alembic_version SET version_num = '9999'")
    code, said = run("restore", backup)
    assert code == 2
    assert "newer release" in said


def test_a_log_of_the_old_database_is_not_played_into_the_new_one(
    run: Run, url: str, database: Path, tmp_path: Path
) -> None:
    """As after a crash: the last commits are in the log beside the file only."""
    backup = tmp_path / "backup.db"
    assert run("backup", backup)[0] == 0
    engine = open_database(url)
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM shares"))
    log = database.with_name("rigwise.db-wal")
    left = log.read_bytes()
    engine.dispose()
    log.write_bytes(left)
    assert run("restore", backup)[0] == 0
    assert shares_in(url) == 2


def test_there_need_not_be_a_database_to_restore_to(run: Run, tmp_path: Path) -> None:
    backup = tmp_path / "backup.db"
    assert run("backup", backup)[0] == 0
    place = f"sqlite:///{tmp_path}/a/new/folder/rigwise.db"
    assert run("check", url=place)[0] == 2
    assert run("restore", backup, url=place)[0] == 0
    assert run("check", url=place)[0] == 0


def test_postgresql_has_commands_of_its_own(run: Run, tmp_path: Path) -> None:
    address = "postgresql+psycopg://rigwise:a-secret@db.example/rigwise"
    code, said = run("backup", tmp_path / "x", url=address)
    assert code == 2
    assert 'pg_dump --format=custom --file=rigwise.dump "postgresql://rigwise@db.example/' in said
    code, said = run("restore", tmp_path / "x", url=address)
    assert code == 2
    assert "pg_restore --clean --if-exists --single-transaction" in said
    assert "a-secret" not in said


def test_a_database_before_an_upgrade_can_be_backed_up(
    run: Run, old_database: Path, tmp_path: Path
) -> None:
    place, backup = f"sqlite:///{old_database}", tmp_path / "backup.db"
    assert run("backup", backup, url=place)[0] == 0
    engine = open_database(f"sqlite:///{backup}")
    with engine.connect() as connection:
        kept = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    engine.dispose()
    assert kept == REVISIONS[-1]
    assert run("check", url=place)[0] == 2
    assert run("restore", backup, url=place)[0] == 0
    assert run("check", url=place)[0] == 0

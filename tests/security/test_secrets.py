"""T50: what is secret in the environment or the database comes out nowhere."""

import logging
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from anyio.from_thread import BlockingPortal

from app.logs import JsonLines
from app.tokens import create_token
from tests.client import Client
from tests.editing.conftest import Service, Visitor, running
from tests.pages.test_validity import PAGES
from tests.security.routes import routes_of

ROOT = Path(__file__).resolve().parents[2]
CANARY = "canary-4f1d7b"
#: Nothing listens there, so a command that opens it has to complain about it.
UNREACHABLE = f"postgresql+psycopg://rigwise:{CANARY}@127.0.0.1:1/rigwise"
COMMANDS = (
    ["--help"],
    ["--version"],
    ["migrate"],
    ["seed"],
    ["token", "list"],
    ["token", "create", "--name", "x"],
    ["estimate", "--spec", "/dev/null"],
    ["openapi"],
)
#: How secrets that were committed by mistake look.
COMMITTED = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY|\brw_[A-Za-z0-9_-]{43}\b|\bAKIA[0-9A-Z]{16}\b"
    r"|\bgh[pousr]_[A-Za-z0-9]{36}|\bhf_[A-Za-z0-9]{34}\b|\bxox[abp]-[0-9A-Za-z-]{10,}"
)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_no_command_prints_it(command: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "app", *command],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "DATABASE_URL": UNREACHABLE, "SECRET_KEY": CANARY},
    )
    assert done.stdout + done.stderr
    assert CANARY not in done.stdout + done.stderr


def test_no_answer_and_no_log_holds_it(
    tmp_path: Path,
    portal: BlockingPortal,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Every page, every address and every refusal, a broken database among them."""
    monkeypatch.setenv("SECRET_KEY", CANARY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", CANARY)
    texts: list[str] = []
    folder = tmp_path / CANARY
    folder.mkdir()
    with running(f"sqlite:///{folder / 'x.db'}", portal) as app, caplog.at_level(logging.DEBUG):
        secret = create_token(app.state.database, "Ada", ["edit"])
        service = Service(app, portal, secret)
        visitor = Visitor(service)
        visitor.sign_in(secret)
        session = visitor.cookies["rigwise_session"]
        with Client(app, portal) as client:
            for path in [*PAGES, "/metrics", "/healthz", "/readyz", "/api/v1/openapi.json"]:
                texts.append(visitor.get(path).text)
            for address in routes_of(app):
                if "stream" in address.path or address.path == "/admin/sign-out":
                    continue
                headers = {"Authorization": f"Bearer {secret}"}
                answer = client.request(address.method, address.example, headers=headers, json={})
                texts.append(answer.text)
            with app.state.database.begin() as connection:
                connection.exec_driver_sql("ALTER TABLE shares RENAME TO elsewhere")
            broken = [
                client.post("/api/v1/shares", json={"spec": {}}),
                client.get("/s/" + "x" * 22),
            ]
            texts += [answer.text for answer in broken]
    assert all(answer.status_code in (500, 503) for answer in broken)
    formatter = JsonLines()
    ours = [r for r in caplog.records if r.name.startswith(("rigwise", "uvicorn", "app"))]
    log = "\n".join(formatter.format(record) for record in ours)
    assert "unexpected" in log or "database refused" in log
    assert len(texts) > 100
    for said in (*texts, log):
        assert secret not in said
        assert session not in said
        assert "AWS_SECRET" not in said
    assert not [text for text in texts if CANARY in text]
    assert CANARY not in log


def test_no_secret_is_committed() -> None:
    names = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True
    ).stdout.split("\0")
    found = [
        name
        for name in names
        if name
        and (path := ROOT / name).is_file()
        and path.suffix not in (".png", ".ttf", ".woff2")
        and COMMITTED.search(path.read_text(encoding="utf-8", errors="replace"))
        and name != str(Path(__file__).relative_to(ROOT))
    ]
    assert found == []

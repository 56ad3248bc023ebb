"""The image: linted, and its steps carried out from nothing but the Dockerfile and what it copies.

The service then runs as another user who can write to /data alone.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.docker.steps import Stage, carried_out
from tests.servers import free_port, seconds_until

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = ROOT / "Dockerfile"
UID = 10001


def test_hadolint_finds_nothing() -> None:
    hadolint = Path(sys.executable).parent / "hadolint"
    done = subprocess.run([hadolint, DOCKERFILE], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.fixture(scope="module")
def image() -> Iterator[Stage]:
    """What `docker build` would leave."""
    # not pytest's own folder, which other users cannot reach into
    work = Path(tempfile.mkdtemp(prefix="rigwise-image-"))
    work.chmod(0o755)
    try:
        yield carried_out(DOCKERFILE, work)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def as_nobody(folder: Path) -> list[str]:
    """What a command begins with to be run by a user who owns nothing.

    Where other users cannot reach this Python, root without its right to write everywhere.
    """
    if os.getuid() != 0:
        return []
    reached = subprocess.run(
        ["setpriv", f"--reuid={UID}", "--clear-groups", folder / "opt/venv/bin/python", "-V"],
        capture_output=True,
    )
    if reached.returncode == 0:
        return ["setpriv", f"--reuid={UID}", "--clear-groups", "--"]
    return ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--"]


def test_the_image_serves_as_a_user_who_can_only_write_data(image: Stage) -> None:
    assert image.user == str(UID)
    user = as_nobody(image.root)
    data = image.root / "data"
    if f"--reuid={UID}" in user:
        os.chown(data, UID, UID)
    for path in sorted(image.inside(".").rglob("*"), reverse=True):
        if not path.is_symlink():
            path.chmod(0o555 if path.is_dir() or os.access(path, os.X_OK) else 0o444)
    tried = subprocess.run([*user, "touch", image.inside("app/written")], capture_output=True)
    assert tried.returncode != 0
    port = free_port()
    settings = {**image.settings(), "PORT": str(port), "HOST": "127.0.0.1"}
    settings["DATABASE_URL"] = f"sqlite:///{data}/rigwise.db"
    program, *arguments = image.command
    server = subprocess.Popen(
        [*user, image.root / "opt" / "venv" / "bin" / program, *arguments],
        cwd=image.inside("."),
        env=settings,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

    def healthy() -> bool:
        assert server.poll() is None, "the service ended"
        program, *arguments = image.health
        python = image.root / "opt" / "venv" / "bin" / program
        check = subprocess.run([python, *arguments], env=settings, capture_output=True)
        return check.returncode == 0

    try:
        seconds_until(healthy)
        page = httpx.get(f"http://127.0.0.1:{port}/configure", timeout=60)
        assert page.status_code == 200
        for asset in ("htmx.min.js", "plotly"):
            assert asset in page.text
    finally:
        server.kill()
        server.wait()
    assert [path.name for path in data.glob("*.db")] == ["rigwise.db"]
    assert not list(image.inside(".").rglob("__pycache__"))

"""`rigwise serve` as a process of its own, to be killed, starved and looked at from outside."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 60.0
SPEC = {"machine": {"gpus": [{"gpu": "nvidia-geforce-rtx-4090"}]}}


class Process:
    """One service on a database, whichever it is; it is started and ended as often as one likes."""

    def __init__(self, url: str, log: Path, *, workers: int = 1, **settings: str) -> None:
        self.url = url
        self.workers = workers
        self._log = log
        self._settings = settings
        self._running: subprocess.Popen[bytes] | None = None
        self.port = free_port()

    @property
    def pid(self) -> int:
        assert self._running is not None
        return self._running.pid

    @property
    def log(self) -> str:
        return self._log.read_text("utf-8", "replace")

    def start(self) -> float:
        """Start it and wait until it is ready; gives the seconds that took."""
        assert self._running is None
        began = time.monotonic()
        with self._log.open("ab") as log:
            self._running = subprocess.Popen(
                [sys.executable, "-m", "app.cli", "serve", "--workers", str(self.workers)],
                cwd=ROOT,
                env=environment(self.url, PORT=str(self.port), **self._settings),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        with self.client() as client:
            while time.monotonic() - began < PATIENCE_S:
                ended = self._running.poll()
                assert ended is None, f"ended with {ended}: {self.log[-4000:]}"
                try:
                    if client.get("/readyz").status_code == 200:
                        return time.monotonic() - began
                except httpx.TransportError:
                    time.sleep(0.02)
        raise AssertionError(f"not ready in {PATIENCE_S} s: {self.log[-4000:]}")

    def kill(self) -> None:
        """End it and its workers at once, as a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End it as an operator would."""
        self._end(signal.SIGTERM)

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=30)

    def _end(self, how: signal.Signals) -> None:
        if self._running is not None:
            if how == signal.SIGKILL:
                with suppress(ProcessLookupError):
                    os.killpg(self.pid, how)  # its workers too
            else:
                self._running.send_signal(how)
            self._running.wait(PATIENCE_S)
            self._running = None


@contextmanager
def serving(url: str, folder: Path, *, workers: int = 1, **settings: str) -> Iterator[Process]:
    """A service that runs; it is ended at the end, if it still runs then."""
    process = Process(url, folder / "service.log", workers=workers, **settings)
    try:
        process.start()
        yield process
    finally:
        process.kill()


def environment(url: str, **settings: str) -> dict[str, str]:
    """What a command of ours is to find in its environment."""
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("RIGWISE_")},
        "DATABASE_URL": url,
        "RIGWISE_PREPARE_ADVISOR": "false",
        "RIGWISE_SHARES_PER_HOUR": "1000000",
        **settings,
    }


def rigwise(url: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """One command, in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "app.cli", *map(str, arguments)],
        cwd=ROOT,
        env=environment(url),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def share(client: httpx.Client, count: int = 1) -> str:
    """Freeze an answer; its slug."""
    made = client.post("/api/v1/shares", json=spec_of(count))
    assert made.status_code == 201, made.text
    slug: str = made.json()["slug"]
    return slug


def spec_of(count: int) -> dict[str, object]:
    """The body of a share: a machine with so many cards."""
    return {"spec": {"machine": {"gpus": [{"gpu": "nvidia-geforce-rtx-4090", "count": count}]}}}


__all__ = ["SPEC", "Process", "environment", "rigwise", "serving", "share", "spec_of"]

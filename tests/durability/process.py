"""`rigwise serve` ended and started again on one database, whichever that is."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from tests.servers import NO_RATES, PATIENCE_S, ROOT, Server, environment_of

SPEC = {"machine": {"gpus": [{"gpu": "nvidia-geforce-rtx-4090"}]}}


class Process:
    """A service that is started and ended as often as one likes, to be starved and killed."""

    def __init__(self, url: str, *, workers: int = 1) -> None:
        self.url = url
        self._arguments = ("--workers", str(workers))
        self._server: Server | None = None

    @property
    def pid(self) -> int:
        assert self._server is not None
        return self._server.process.pid

    def start(self) -> float:
        """Start it and wait until it is ready; gives the seconds that took."""
        assert self._server is None
        began = time.monotonic()
        self._server = Server(self.url, *self._arguments, **NO_RATES)
        self._server.ready()
        return time.monotonic() - began

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End it, and its workers, as an operator would."""
        self._end(signal.SIGTERM)

    def client(self) -> httpx.Client:
        """Somebody who speaks to it, until it ends."""
        assert self._server is not None
        return httpx.Client(base_url=self._server.url, timeout=PATIENCE_S)

    def _end(self, how: signal.Signals) -> None:
        if self._server is not None:
            self._server.send(how)
            self._server = None


@contextmanager
def serving(url: str, *, workers: int = 1) -> Iterator[Process]:
    """A service that runs; it is ended at the end, if it still runs then."""
    process = Process(url, workers=workers)
    try:
        process.start()
        yield process
    finally:
        process.stop()


def rigwise(url: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """One command, in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "app", *map(str, arguments)],
        cwd=ROOT,
        env=environment_of(url),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )


def share(client: httpx.Client, count: int = 1) -> str:
    """Freeze an answer; its slug."""
    made = client.post("/api/v1/shares", json=spec_of(count))
    assert made.status_code == 201, made.text
    slug: str = made.json()["slug"]
    return slug


def spec_of(count: int) -> dict[str, object]:
    """The body of a share: a machine with so many cards."""
    return {"spec": {"machine": {"gpus": [{"gpu": "nvidia-geforce-rtx-4090", "count": count}]}}}

"""The service as an operator runs it: a process of its own with a port and a database."""

import math
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parents[1]
#: A failure, not a measurement: the machine may be busy with other tests.
PATIENCE_S = 120.0
#: Tests and benchmarks ask more in a minute than people do.
NO_RATES = {"RIGWISE_SHARES_PER_HOUR": "1000000", "RIGWISE_API_PER_MINUTE": "0"}


def free_port() -> int:
    """A port nothing listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def environment_of(database_url: str, **settings: str) -> dict[str, str]:
    """What a command of ours finds in its environment."""
    return {
        # the settings of whoever runs the tests are not this command's
        **{n: v for n, v in os.environ.items() if not n.startswith("RIGWISE_")},
        "DATABASE_URL": database_url,
        "RIGWISE_PREPARE_ADVISOR": "false",
        **settings,
    }


class Server:
    """One `rigwise serve`, started but perhaps not ready.

    Attributes:
        ready_s: from its start until `/readyz` was answered; not a number before that.
    """

    def __init__(self, database_url: str, *arguments: str, **environment: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.database_url = database_url
        self.ready_s = math.nan
        self._began = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "app", "serve", *arguments],
            cwd=ROOT,
            env=environment_of(database_url, PORT=str(self.port), **environment),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def ready(self) -> float:
        """Wait until it answers from its catalogue; how long that took from now, in seconds.

        Raises:
            AssertionError: it ended, or is not ready within two minutes.
        """
        waited_s = seconds_until(self.is_ready)
        self.ready_s = time.monotonic() - self._began
        return waited_s

    def is_ready(self) -> bool:
        assert self.process.poll() is None, self.process.communicate()[1]
        try:
            return httpx.get(f"{self.url}/readyz", timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    def send(self, number: signal.Signals) -> int:
        """Send a signal, wait for the end; the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode

    def kill(self) -> None:
        """As when the power of the process is gone: nothing is tidied up."""
        self.send(signal.SIGKILL)


def seconds_until(done: Callable[[], bool], patience_s: float = PATIENCE_S) -> float:
    """Ask until it is so; how long that took, in seconds."""
    began = time.monotonic()
    while not done():
        assert time.monotonic() - began < patience_s, "it did not come to pass"
        time.sleep(0.02)
    return time.monotonic() - began


@contextmanager
def serving(database_url: str, *arguments: str, **environment: str) -> Iterator[Server]:
    """A server that is ready, gone at the end."""
    server = Server(database_url, *arguments, **environment)
    try:
        server.ready()
        yield server
    finally:
        server.kill()

"""How fast answers are, beside the fastest this machine and server can answer at all.

Ratios are what to watch: both sides of each run on the same machine in the same minute.
"""

import contextlib
import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from app.builds.assess import assess, load_world
from app.builds.spec import BuildSpec
from app.catalogue.seed_files import SEED_DIR
from app.catalogue.snapshot import catalogue_from_seed
from app.settings import Settings
from app.start import limits_of

SPEC = {
    "machine": {
        "cpu": "amd-epyc-9554p",
        "memory": {"module": "rdimm-ddr5-4800-32gb", "count": 12},
        "gpus": [{"gpu": "nvidia-geforce-rtx-4090", "count": 2}],
    }
}
BODY = json.dumps(SPEC)
JSON = {"Content-Type": "application/json"}
START_LIMIT_S = 60


def main() -> None:
    """Print one line a figure."""
    began = time.perf_counter()
    catalogue = catalogue_from_seed()
    tell("catalogue from the seed files", f"{time.perf_counter() - began:.2f} s")
    world = load_world(catalogue, SEED_DIR, limits_of(Settings()))
    spec = BuildSpec.model_validate(SPEC)
    per_answer = 1 / rate(lambda: assess(spec, world), 1.0)
    tell("one assessment, no web", f"{per_answer * 1000:.2f} ms")

    with tempfile.TemporaryDirectory() as folder:
        database = f"sqlite:///{Path(folder) / 'bench.db'}"
        with server(database) as (_, first_s, _):
            tell("first start, with migration and seed", f"{first_s:.2f} s")
        with server(database) as (port, second_s, _):
            tell("next start", f"{second_s:.2f} s")
            measure(port)


def measure(port: int) -> None:
    """Requests a second on one connection."""
    link = http.client.HTTPConnection("127.0.0.1", port)
    constant = rate(lambda: ask(link, "GET", "/healthz"))
    estimates = rate(lambda: ask(link, "POST", "/api/v1/estimates", BODY))
    lists = rate(lambda: ask(link, "GET", "/api/v1/cpus"))
    tell("constant answer", f"{constant:.0f} a second")
    tell("estimate", f"{estimates:.0f} a second, {estimates / constant:.2f} of constant")
    tell("list of 50 CPUs", f"{lists:.0f} a second, {lists / constant:.2f} of constant")


def ask(link: http.client.HTTPConnection, method: str, path: str, body: str | None = None) -> None:
    """One request; raises RuntimeError where it is not answered with 200."""
    link.request(method, path, body, JSON if body else {})
    answer = link.getresponse()
    answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{path} answered {answer.status}")


def rate(do: Callable[[], object], for_s: float = 2.0) -> float:
    """How often ``do`` can be done a second, after a short warm-up."""
    for _ in range(10):
        do()
    count, began = 0, time.perf_counter()
    while time.perf_counter() - began < for_s:
        do()
        count += 1
    return count / (time.perf_counter() - began)


@contextlib.contextmanager
def server(database: str) -> Iterator[tuple[int, float, int]]:
    """A server on a free port, the seconds it took to be ready, and its process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    environment = {
        **os.environ,
        "DATABASE_URL": database,
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "RIGWISE_LOG_LEVEL": "error",
        "RIGWISE_PREPARE_ADVISOR": "false",
    }
    began = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "app", "serve"], env=environment)
    try:
        wait_until_ready(port, process)
        yield port, time.perf_counter() - began, process.pid
    finally:
        process.terminate()
        process.wait(timeout=15)


def wait_until_ready(port: int, process: "subprocess.Popen[bytes]") -> None:
    """Raises RuntimeError where the server ends or takes too long."""
    began = time.perf_counter()
    while time.perf_counter() - began < START_LIMIT_S and process.poll() is None:
        with contextlib.suppress(OSError, RuntimeError, http.client.HTTPException):
            ask(http.client.HTTPConnection("127.0.0.1", port, timeout=5), "GET", "/readyz")
            return
        time.sleep(0.02)
    raise RuntimeError("the server did not start")


def tell(what: str, figure: str) -> None:
    """One line."""
    sys.stdout.write(f"{what + ':':<40}{figure}\n")


if __name__ == "__main__":
    main()

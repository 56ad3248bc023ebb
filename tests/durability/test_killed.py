"""Killed at any moment: what was acknowledged is there after the restart (T30)."""

import random
import threading
import time
from pathlib import Path

import httpx
import pytest

from app.database import open_database
from app.operating.backup import contents_of
from tests.durability.process import Process, rigwise, spec_of
from tests.soak import report_line, times

pytestmark = pytest.mark.soak
WRITERS = 4


class Writers:
    """Clients that make shares until the service goes away under them."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self.acknowledged: dict[str, int] = {}
        """Slug to the number of cards in it."""
        self.refused: list[str] = []
        self._lock = threading.Lock()

    def work_until_killed(self, least: int, pause_s: float) -> None:
        """Let them write at least so many shares and a while on; then kill the service."""
        before = len(self.acknowledged)
        threads = [threading.Thread(target=self._write, args=(n + 1,)) for n in range(WRITERS)]
        for thread in threads:
            thread.start()
        while len(self.acknowledged) < before + least and any(t.is_alive() for t in threads):
            time.sleep(0.005)
        time.sleep(pause_s)
        self._process.kill()
        for thread in threads:
            thread.join()

    def _write(self, count: int) -> None:
        with self._process.client() as client:
            while True:
                try:
                    made = client.post("/api/v1/shares", json=spec_of(count))
                except httpx.TransportError:
                    return
                with self._lock:
                    if made.status_code == 201:
                        self.acknowledged[made.json()["slug"]] = count
                    else:
                        self.refused.append(made.text)
                        return


def test_no_acknowledged_share_is_lost(tmp_path: Path) -> None:
    kills, chance = times(20, 100), random.Random(30)  # noqa: S311
    url = f"sqlite:///{tmp_path / 'rigwise.db'}"
    process = Process(url)
    writers, restarts = Writers(process), []
    try:
        process.start()
        for _ in range(kills):
            known = set(writers.acknowledged)
            writers.work_until_killed(WRITERS, chance.uniform(0, 0.2))
            assert not writers.refused
            restarts.append(process.start())
            with process.client() as client:
                for slug in writers.acknowledged.keys() - known:
                    _read(client, slug, writers.acknowledged[slug])
        with process.client() as client:
            for slug, count in writers.acknowledged.items():
                _read(client, slug, count)
        process.stop()
    finally:
        process.kill()
    engine = open_database(url)
    stored = contents_of(engine).rows["share"]
    engine.dispose()
    # a share may have been stored and the answer lost; never the other way round
    assert stored >= len(writers.acknowledged) >= WRITERS * kills
    assert rigwise(url, "check").returncode == 0
    restarts.sort()
    report_line(
        "T30",
        f"{kills} kills, {len(writers.acknowledged)} shares acknowledged, 0 lost; restart "
        f"{restarts[len(restarts) // 2]:.1f} s (median), {restarts[-1]:.1f} s (slowest)",
    )


def _read(client: httpx.Client, slug: str, count: int) -> None:
    answer = client.get(f"/api/v1/shares/{slug}")
    assert answer.status_code == 200, answer.text
    gpus = answer.json()["assessment"]["spec"]["machine"]["gpus"]
    assert [gpu["count"] for gpu in gpus] == [count]

"""T23: people at work for a while. No errors, and nothing grows."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.load import hammer, open_files, resident_mib, serving, waited_for
from tests.load.questions import mixed
from tests.servers import Server
from tests.soak import report_line, times

#: What may come on top after everything was used once.
MOST_GROWTH_MIB = 20
MOST_WAL_BYTES = 16 * 2**20
#: Connections that stay open: each has the database open once, its log and index with others.
POOL = 5


@pytest.fixture
def usual(database: str) -> Iterator[Server]:
    """A server as it is shipped, save for the shares an address may make."""
    with serving(database) as started:
        yield started


@pytest.mark.soak
def test_people_at_work_for_a_while(usual: Server, database: str) -> None:
    users, warm_s, for_s = times(ci=6, soak=50), times(ci=4, soak=120), times(ci=12, soak=480)
    thinking_s = times(ci=1, soak=15) / 5  # seconds between two clicks
    process = usual.process.pid
    wal = Path(database.removeprefix("sqlite:///") + "-wal")

    def at_work(seconds: float) -> str:
        found = waited_for(
            hammer(usual.port, mixed, connections=users, for_s=seconds, pause_s=thinking_s)
        )
        assert set(found.statuses) <= {200, 201}, found.statuses
        assert found.lost == 0
        assert found.statuses[200]
        assert found.statuses[201]
        return f"{sum(found.statuses.values())} requests, p99 {1000 * found.at(0.99):.0f} ms"

    at_work(warm_s)
    files, memory_mib = open_files(process), resident_mib(process)
    seen = at_work(for_s)
    grown_mib = resident_mib(process) - memory_mib
    ends = open_files(process)
    for kept in {*files, *ends}:
        # the database's pool fills up to its size: one file each for every connection
        most = POOL if kept.startswith(str(wal.parent)) else files[kept] + 2
        assert ends[kept] <= most, f"{kept}: {files[kept]} before, {ends[kept]} after"
    assert wal.stat().st_size <= MOST_WAL_BYTES
    if times(ci=0, soak=1):  # shorter, nothing has been used up to its limit yet
        assert grown_mib <= MOST_GROWTH_MIB
    report_line("T23", f"{users} users: {seen}, memory {grown_mib:+.1f} MiB, no errors")

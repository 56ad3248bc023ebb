"""Replicas as processes on one PostgreSQL: started together, killed, and cut off from it."""

import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from typing import Any

import httpx
import pytest
from sqlmodel import Session, col, func, select

from app.catalogue.editing.tables import EditRow
from app.catalogue.tables import RevisionRow
from app.database import open_database
from app.tokens import create_token
from tests.databases import PostgresServer
from tests.servers import NO_RATES, Server, seconds_until
from tests.soak import report_line, times

pytestmark = [pytest.mark.postgres, pytest.mark.soak]
SPEC = {"machine": {"gpus": [{"gpu": "nvidia-geforce-rtx-4090"}]}}
SLUG = "nvidia-geforce-rtx-4090"
WRITERS = 8


@pytest.fixture(scope="module")
def database_url(postgres_server: PostgresServer) -> str:
    return postgres_server.new_database("processes")


@pytest.fixture(scope="module")
def replicas(database_url: str) -> Iterator[list[Server]]:
    """Two, started at the same moment on an empty database."""
    servers = [Server(database_url, **NO_RATES) for _ in range(2)]
    try:
        waits = [server.ready() for server in servers]
        report_line("T35", f"two replicas on an empty database ready after {max(waits):.1f} s")
        yield servers
    finally:
        for server in servers:
            server.kill()


def share(server: Server) -> str:
    """The slug of a share made now."""
    made = httpx.post(f"{server.url}/api/v1/shares", json={"spec": SPEC}, timeout=30)
    assert made.status_code == 201, made.text
    return made.headers["Location"].rsplit("/", 1)[1]


def opens(server: Server, slug: str) -> bool:
    return httpx.get(f"{server.url}/s/{slug}", timeout=30).status_code == 200


def test_of_two_that_start_together_one_migrates(replicas: list[Server], database_url: str) -> None:
    database = open_database(database_url)
    with Session(database) as session:
        assert session.exec(select(func.count(col(RevisionRow.id)))).one() == 1
    database.dispose()
    assert all(server.is_ready() for server in replicas)


def test_a_share_made_on_one_opens_on_the_other(replicas: list[Server]) -> None:
    one, other = replicas
    assert opens(other, share(one))  # a process reads its templates at the first page it writes
    slug = share(one)
    seconds = seconds_until(lambda: opens(other, slug))
    report_line("T35", f"share of one opens on the other after {seconds * 1000:.0f} ms")


def edit(server: Server, secret: str, field: str, value: int) -> dict[str, Any]:
    """Set a field, on top of what others were quicker to set."""
    with httpx.Client(
        base_url=f"{server.url}/api/v1",
        headers={"Authorization": f"Bearer {secret}"},
        timeout=60,
    ) as client:
        version = client.get(f"/gpus/{SLUG}").headers["Item-Version"]
        while True:
            body = {
                "changes": {field: value},
                "version": version,
                "reason": f"{field} is {value}",
                "source": "https://example.org/spec",
            }
            made = client.patch(f"/catalogue/gpus/{SLUG}", json=body)
            told: dict[str, Any] = made.json()
            if made.status_code != 409:
                assert made.status_code == 200, made.text
                return told
            version = told["version"]


def test_editors_on_both_lose_nothing(replicas: list[Server], database_url: str) -> None:
    database = open_database(database_url)
    secret = create_token(database, "Ada", ["edit"])
    rounds = times(3, 500)
    values = {number: 100 + number for number in range(WRITERS * rounds)}

    def write(numbers: range) -> list[int]:
        turns = cycle(replicas)
        return [edit(next(turns), secret, "tdp_w", values[n])["edit"] for n in numbers]

    parts = [range(w * rounds, (w + 1) * rounds) for w in range(WRITERS)]
    with ThreadPoolExecutor(WRITERS) as pool:
        made = [number for part in pool.map(write, parts) for number in part]
    with Session(database) as session:
        rows = session.exec(select(EditRow).where(EditRow.slug == SLUG).order_by("id")).all()
    database.dispose()
    assert sorted(row.id for row in rows) == sorted(made)
    steps = [(row.changes[0]["old"], row.changes[0]["new"]) for row in rows]
    assert sorted(new for _, new in steps) == sorted(values.values())
    # each edit stands on the one before: none was made without having seen it
    assert [old for old, _ in steps[1:]] == [new for _, new in steps[:-1]]
    newest = steps[-1][1]

    def told(server: Server) -> Any:
        return httpx.get(f"{server.url}/api/v1/gpus/{SLUG}", timeout=30).json()["tdp_w"]

    seconds = seconds_until(lambda: all(told(server) == newest for server in replicas))
    report_line("T35", f"{len(made)} edits by {WRITERS} on two replicas, 0 lost; {seconds:.1f} s")


def test_killing_one_leaves_the_other_at_work(replicas: list[Server], database_url: str) -> None:
    one, other = replicas
    third = Server(database_url, **NO_RATES)
    third.ready()
    kept: list[str] = []

    def ask(server: Server) -> None:
        kept.append(share(server))

    with ThreadPoolExecutor(8) as pool:
        doomed = [pool.submit(ask, third) for _ in range(24)]
        alive = [pool.submit(ask, other) for _ in range(24)]
        seconds_until(lambda: any(done.done() for done in doomed))
        third.send(signal.SIGKILL)
    for done in alive:
        done.result()  # none of those noticed
    lost = [done for done in doomed if done.exception() is not None]
    assert all(isinstance(done.exception(), httpx.TransportError) for done in lost)
    assert len(kept) == 48 - len(lost)
    assert all(opens(one, slug) for slug in kept)
    report_line("T35", f"replica killed with {len(lost)} requests in flight: the other lost none")


def test_postgresql_restarts_under_them(
    replicas: list[Server], postgres_server: PostgresServer
) -> None:
    slug = share(replicas[0])
    postgres_server.stop("immediate")
    for server in replicas:
        # what is served from memory goes on, what needs the database is refused calmly
        spec = {"spec": SPEC}
        assert (
            httpx.post(f"{server.url}/api/v1/estimates", json=SPEC, timeout=30).status_code == 200
        )
        refused = httpx.post(f"{server.url}/api/v1/shares", json=spec, timeout=30)
        assert refused.status_code == 503
        assert refused.headers["Content-Type"] == "application/problem+json"
        assert httpx.get(f"{server.url}/readyz", timeout=30).status_code == 503
        assert httpx.get(f"{server.url}/healthz", timeout=30).status_code == 200
    postgres_server.start()
    seconds = seconds_until(lambda: all(server.is_ready() for server in replicas))
    assert all(opens(server, slug) for server in replicas)
    assert all(opens(replicas[0], share(server)) for server in replicas)
    report_line("T35", f"PostgreSQL stopped hard and started: ready again after {seconds:.1f} s")

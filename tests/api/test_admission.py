"""Who gets in, who is told to come back, and who reads the metrics."""

import asyncio
import time
from collections.abc import Iterator

import httpx
import pytest
from anyio.from_thread import BlockingPortal
from fastapi import FastAPI
from starlette.types import Message, Receive, Scope, Send

import app.serving.deadlines
from app.main import create_app
from app.serving.admission import BRAKE_S, SLICE_S, ApiRate, Crowd
from app.serving.deadlines import Deadlines, TooSlowError
from app.serving.metrics import Metrics, may_read
from app.settings import Settings, SettingsError, read_settings
from tests.client import Client

SCOPE: Scope = {"type": "http", "method": "POST", "path": "/x", "headers": [], "query_string": b""}


async def nothing(_: Message) -> None:
    """Nobody listens."""


async def empty() -> Message:
    """A request without a body."""
    return {"type": "http.request", "body": b"", "more_body": False}


def test_a_bucket_fills_evenly() -> None:
    rate = ApiRate(httpx.ASGITransport, per_minute=12, metrics=Metrics())  # type: ignore[arg-type]
    waits = [rate.wait_s("a") for _ in range(3)]
    assert waits[:2] == [0, 0], "a sixth of a minute's may come at once"
    assert 4 < waits[2] <= 5, "then one every five seconds"
    assert rate.wait_s("b") == 0


def test_who_asks_too_often_is_told_when_to_come_back(
    settings: Settings, portal: BlockingPortal
) -> None:
    created = create_app(settings.model_copy(update={"api_per_minute": 6}))
    created.state.world = created.state.database = None
    with Client(created, portal) as client:
        client.post("/api/v1/estimates", content="[]")
        answer = client.post("/api/v1/estimates", content="[]")
        page = client.get("/nowhere")
        well = client.get("/healthz")
    assert answer.status_code == 429
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert 0 < int(answer.headers["Retry-After"]) <= 10
    assert page.status_code == 404, "pages are not counted"
    assert well.status_code == 200


class Door:
    """An application that lets requests go on when it is told to."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.begun = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.begun += 1
        await self.open.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def test_a_crowd_is_let_in_a_few_at_a_time() -> None:
    async def come() -> list[int]:
        door = Door()
        crowd = Crowd(door, running=2, waiting=3, metrics=Metrics())
        statuses: list[int] = []

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])

        async def one() -> None:
            scope = {**SCOPE, "path": "/api/v1/x", "app": None, "state": {"request_id": "1"}}
            await crowd(scope, empty, send)

        asked = [asyncio.create_task(one()) for _ in range(7)]
        await asyncio.sleep(0.1)
        assert (door.begun, crowd.running, crowd.waiting) == (2, 2, 3)
        assert statuses == [], "who asks again at once would be told so without end"
        await asyncio.sleep(BRAKE_S)
        assert statuses == [503, 503], "said long before a turn comes"
        gone = asked[3]
        gone.cancel()
        await asyncio.sleep(0)
        door.open.set()
        await asyncio.gather(*asked, return_exceptions=True)
        assert (crowd.running, crowd.waiting) == (0, 0), "every place is free again"
        return sorted(statuses)

    assert asyncio.run(come()) == [200, 200, 200, 200, 503, 503]


def test_who_waits_too_long_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.serving.admission.WAIT_S", 0.05)

    async def come() -> tuple[int, int]:
        door = Door()
        crowd = Crowd(door, running=1, waiting=3, metrics=Metrics())
        statuses: list[int] = []

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])

        scope = {**SCOPE, "path": "/api/v1/x", "app": None, "state": {"request_id": "1"}}
        first = asyncio.create_task(crowd(scope, empty, send))
        await asyncio.sleep(0)
        await crowd(dict(scope), empty, send)
        assert statuses == [503]
        door.open.set()
        await first
        return crowd.running, crowd.waiting

    assert asyncio.run(come()) == (0, 0)


def test_a_slow_body_keeps_no_place() -> None:
    async def come() -> None:
        async def reads(scope: Scope, receive: Receive, send: Send) -> None:
            await receive()
            await send({"type": "http.response.body", "body": b"", "more_body": False})

        crowd = Crowd(reads, running=1, waiting=1, metrics=Metrics())
        arrives = asyncio.Event()

        async def slowly() -> Message:
            await arrives.wait()
            return await empty()

        slow = [asyncio.create_task(crowd(dict(SCOPE), slowly, nothing)) for _ in range(5)]
        await asyncio.sleep(0.05)
        assert crowd.running == 0
        await crowd(dict(SCOPE), empty, nothing)
        arrives.set()
        await asyncio.gather(*slow, return_exceptions=True)
        assert (crowd.running, crowd.waiting) == (0, 0)

    asyncio.run(come())


def work(for_s: float) -> None:
    """Keep the event loop busy."""
    ends = time.perf_counter() + for_s
    while time.perf_counter() < ends:
        pass


def test_a_body_in_many_pieces_takes_one_place_at_its_end() -> None:
    async def come() -> None:
        async def reads(scope: Scope, receive: Receive, send: Send) -> None:
            while (await receive())["more_body"]:
                work(SLICE_S / 4)  # what a piece costs; many are more than one slice
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"", "more_body": False})

        crowd = Crowd(reads, running=1, waiting=1, metrics=Metrics())
        arrives, statuses, queued = asyncio.Condition(), [], []

        async def drips() -> Message:
            async with arrives:
                await arrives.wait()
            return {"type": "http.request", "body": b"x", "more_body": True}

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])

        scope = {**SCOPE, "path": "/api/v1/x", "app": None, "state": {"request_id": "1"}}
        slow = [asyncio.create_task(crowd(dict(scope), drips, nothing)) for _ in range(20)]
        for _ in range(5):
            await asyncio.sleep(0.01)
            async with arrives:
                arrives.notify_all()
            asked = asyncio.create_task(crowd(dict(scope), empty, send))
            for _ in range(10):
                await asyncio.sleep(0)
                queued.append(crowd.waiting)
            await asked
        assert statuses == [200] * 5, "others are served between the pieces"
        assert max(queued) <= 1
        for task in slow:
            task.cancel()
        await asyncio.gather(*slow, return_exceptions=True)
        assert (crowd.running, crowd.waiting) == (0, 0)

    asyncio.run(come())


def test_who_does_not_take_the_answer_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app.serving.deadlines, "TAKE_S", 0.05)
    raised: list[BaseException] = []

    async def answers(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await send({"type": "http.response.body", "body": b"x"})
        except TooSlowError as error:
            raised.append(error)
            raise

    async def stuck(_: Message) -> None:
        await asyncio.sleep(10)

    asyncio.run(Deadlines(answers)(dict(SCOPE), empty, stuck))
    assert len(raised) == 1


@pytest.fixture
def elsewhere(app: FastAPI, portal: BlockingPortal) -> Iterator[httpx.AsyncClient]:
    """A client that is not on this machine."""
    transport = httpx.ASGITransport(app, client=("203.0.113.9", 40_000))
    client = httpx.AsyncClient(transport=transport, base_url="http://testserver")
    yield client
    portal.call(client.aclose)


def test_metrics_are_for_this_machine(
    client: Client, elsewhere: httpx.AsyncClient, portal: BlockingPortal
) -> None:
    client.get("/s/aaaaaaaaaaaaaaaaaaaaaa")
    numbers = client.get("/metrics")
    assert numbers.status_code == 200
    assert 'rigwise_requests_total{method="GET",route="/s/{slug}",status="404"}' in numbers.text
    assert "aaaaaaaaaaaaaaaaaaaaaa" not in numbers.text
    assert "process_open_fds" in numbers.text

    async def ask() -> httpx.Response:
        return await elsewhere.get("/metrics")

    refused = portal.call(ask)
    assert refused.status_code == 404
    assert refused.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("address", "allowed", "may"),
    [
        ("127.0.0.1", "127.0.0.1,::1", True),
        ("10.2.3.4", "10.0.0.0/8", True),
        ("11.2.3.4", "10.0.0.0/8", False),
        ("::1", "127.0.0.1", False),
        ("203.0.113.9", "*", True),
        ("127.0.0.1", "", False),
        ("testclient", "127.0.0.1", False),
    ],
)
def test_who_may_read_the_metrics(address: str, allowed: str, may: bool) -> None:
    assert may_read(address, Settings(metrics_from=allowed).metrics_readers) is may


def test_a_network_that_is_none_stops_the_start() -> None:
    with pytest.raises(SettingsError, match="RIGWISE_METRICS_FROM"):
        read_settings(metrics_from="somewhere")

"""Pages and lists that stay are sent again as they are, and never to somebody they are not for."""

import asyncio
import json
from collections.abc import Callable
from datetime import date
from itertools import count
from types import SimpleNamespace
from typing import Any, get_type_hints

import pytest
from fastapi import FastAPI
from starlette.types import Message, Receive, Scope, Send

import app.serving.kept
from app.serving.kept import STAYS, KeptAnswers
from app.serving.state import TheAccuracy, TheWorld
from tests.client import Client
from tests.security.routes import routes_of

BUILD = "gpu=nvidia-geforce-rtx-3090&model=qwen2.5-14b-instruct&quant=q4_k_m"
ADDRESSES = [
    "/",
    f"/configure?{BUILD}",
    f"/configure/calculation?{BUILD}",
    f"/configure/upgrades?{BUILD}",
    f"/sweep?axis=context_tokens&{BUILD}",
    "/compare",
    "/method",
    "/method/source-table",
    "/evidence",
    "/help",
    "/glossary",
    "/docs",
    "/browse",
    "/gpus",
    "/gpus.csv",
    "/gpus/nvidia-geforce-rtx-3090",
    "/gpus/nvidia-geforce-rtx-3090/fits",
    "/api/v1/gpus?limit=5",
    "/api/v1/gpus/nvidia-geforce-rtx-3090",
]
FRAGMENTS = [f"/configure/result?{BUILD}", "/browse/gpus/results?q=rtx"]
#: What clients and proxies send along; none of it may show in an answer that is sent to others.
OTHER_HEADERS = {
    "Accept": "image/webp",
    "Authorization": "Bearer rw_nobody",
    "HX-Current-URL": "http://testserver/elsewhere",
    "HX-Target": "elsewhere",
    "HX-Trigger": "elsewhere",
    "Origin": "http://testserver",
    "Referer": "http://testserver/elsewhere",
    "User-Agent": "elsewhere",
    "X-Forwarded-For": "192.0.2.77",
}
_numbers = count()


def anew() -> str:
    """A cookie nobody sent before, with which nothing can be answered from memory."""
    return f"elsewhere={next(_numbers)}"


def counted(client: Client) -> dict[str, float]:
    text = client.get("/metrics").text
    lines = [line for line in text.splitlines() if line.startswith("rigwise_pages_total")]
    return {line.split('"')[1]: float(line.split()[-1]) for line in lines}


@pytest.mark.parametrize("path", [*ADDRESSES, *FRAGMENTS])
def test_the_second_reader_gets_the_same_from_memory(client: Client, path: str) -> None:
    headers = {"Cookie": anew()} | ({"HX-Request": "true"} if path in FRAGMENTS else {})
    first, before = client.get(path, headers=headers), counted(client)
    second, after = client.get(path, headers=headers), counted(client)
    assert first.status_code == second.status_code == 200
    assert second.content == first.content
    assert (after["kept"], after["new"]) == (before["kept"] + 1, before["new"])
    own = {"x-request-id"}
    assert {k: v for k, v in second.headers.items() if k not in own} == {
        k: v for k, v in first.headers.items() if k not in own
    }
    assert second.headers["x-request-id"] != first.headers["x-request-id"]


@pytest.mark.parametrize("path", [*ADDRESSES, *FRAGMENTS])
def test_what_is_kept_was_made_from_nothing_else_a_request_says(client: Client, path: str) -> None:
    usual = {"HX-Request": "true"} if path in FRAGMENTS else {}
    plain = client.get(path, headers=usual | {"Cookie": anew()})
    odd = client.get(path, headers=OTHER_HEADERS | usual | {"Cookie": anew()})
    assert odd.content == plain.content


@pytest.mark.parametrize(
    "other",
    [
        {"Accept-Language": "de"},
        {"Cookie": "language=fr"},
        {"Cookie": "theme=dark"},
        {"Host": "rigs.example"},
    ],
)
def test_what_it_is_made_from_makes_another_answer(client: Client, other: dict[str, str]) -> None:
    plain = client.get("/docs")
    assert client.get("/docs", headers=other).content != plain.content
    assert client.get("/docs").content == plain.content


def test_a_fragment_is_never_sent_as_a_page(client: Client) -> None:
    path = f"/configure/upgrades?{BUILD}"
    inside = client.get(path, headers={"HX-Request": "true"}).text
    whole = client.get(path).text
    assert "<html" in whole
    assert "<html" not in inside


def test_whoever_has_it_is_told_so(client: Client) -> None:
    page = client.get("/gpus")
    tag = page.headers["ETag"]
    again = client.get("/gpus", headers={"If-None-Match": f'"other", {tag}'})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == tag
    assert again.headers["Vary"] == page.headers["Vary"]
    assert "Content-Security-Policy" in again.headers
    assert not {"content-length", "content-type", "content-encoding"} & set(again.headers)
    fresh = client.get("/gpus", headers={"If-None-Match": tag, "Accept-Language": "fr"})
    assert fresh.status_code == 200, "the French page is another one"
    unread = client.get("/glossary", headers={"If-None-Match": '"other"', "Cookie": anew()})
    assert unread.status_code == 200


def test_what_browsers_must_not_keep_has_no_name(client: Client) -> None:
    fragment = client.get(FRAGMENTS[0], headers={"HX-Request": "true"})
    assert fragment.headers["Cache-Control"] == "no-store"
    assert "ETag" not in fragment.headers


def test_an_editors_secret_is_not_held_in_memory(client: Client) -> None:
    before = counted(client)
    for name in ("rigwise_session", "__Host-rigwise_session"):
        headers = {"Cookie": f"theme=dark; {name}=canary"}
        assert [client.get("/glossary", headers=headers).status_code for _ in range(2)] == [200] * 2
    assert counted(client) == before


def test_compressed_and_plain_are_kept_apart(client: Client) -> None:
    packed = client.get("/glossary", headers={"Accept-Encoding": "br"})
    plain = client.get("/glossary", headers={"Accept-Encoding": "identity"})
    assert packed.headers["Content-Encoding"] == "br"
    assert "Content-Encoding" not in plain.headers
    assert packed.text == plain.text
    assert packed.headers["ETag"] != plain.headers["ETag"]


def test_only_handlers_that_know_nothing_else_are_marked(app: FastAPI) -> None:
    marked = [a for a in routes_of(app) if STAYS in a.route.dependencies]
    assert len(marked) > 60
    allowed = {TheWorld, TheAccuracy}
    for address in marked:
        assert address.method in ("GET", "HEAD"), address
        hints = get_type_hints(address.route.endpoint, include_extras=True)
        injected = {h for n, h in hints.items() if n != "return" and _is_injected(h)}
        assert injected <= allowed, f"{address} depends on more than the world"


def _is_injected(hint: Any) -> bool:
    return any(isinstance(m, type(STAYS)) for m in getattr(hint, "__metadata__", ()))


# The keeper by itself, around an application of a few lines.


def keeper_of(answer: Callable[[Scope], tuple[int, dict[str, str], bytes]], room: int) -> Any:
    """A keeper with so many bytes of room, how to ask it, and how often it asked in turn."""
    world = SimpleNamespace(asked=0, state=SimpleNamespace(world=object()))

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        world.asked += 1
        scope.setdefault("state", {})["stays"] = True
        status, headers, body = answer(scope)
        raw = [(k.encode(), v.encode()) for k, v in headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        half = len(body) // 2
        await send({"type": "http.response.body", "body": body[:half], "more_body": True})
        await send({"type": "http.response.body", "body": body[half:]})

    keeper = KeptAnswers(app, most_mib=room / (1 << 20))

    def ask(path: str, method: str = "GET") -> tuple[int, bytes]:
        heard: list[Message] = []

        async def send(message: Message) -> None:
            heard.append(message)

        async def receive() -> Message:
            return {"type": "http.request", "body": b""}

        scope = {
            "type": "http",
            "method": method,
            "scheme": "http",
            "path": path,
            "query_string": b"",
            "headers": [],
            "app": world,
        }
        asyncio.run(keeper(scope, receive, send))  # type: ignore[arg-type]
        return heard[0]["status"], b"".join(m.get("body", b"") for m in heard[1:])

    return keeper, world, ask


def test_the_oldest_give_way_when_there_is_no_more_room() -> None:
    _, world, ask = keeper_of(lambda scope: (200, {}, scope["path"].encode() * 50), room=2000)
    for path in ("/a", "/b", "/c"):
        assert ask(path) == ask(path)
    assert world.asked == 3
    for number in range(100):
        ask(f"/{number}")
    ask("/99")
    ask("/a")
    assert world.asked == 104, "the newest is still there, the oldest is not"


def test_long_questions_take_room_too() -> None:
    _, world, ask = keeper_of(lambda _: (200, {}, b"x"), room=10_000)
    for number in range(50):
        ask(f"/{number}/" + "a" * 500)
    ask("/49/" + "a" * 500)
    ask("/0/" + "a" * 500)
    assert world.asked == 51, "the newest is still there, the oldest is not"


def test_what_is_too_large_to_keep_is_sent_all_the_same() -> None:
    _, world, ask = keeper_of(lambda _: (200, {}, b"x" * 500), room=2000)
    assert [ask("/a"), ask("/a")] == [(200, b"x" * 500)] * 2
    assert world.asked == 2


@pytest.mark.parametrize(
    ("status", "headers"),
    [(404, {}), (422, {}), (303, {}), (503, {}), (200, {"set-cookie": "a=b"})],
)
def test_only_plain_answers_are_kept(status: int, headers: dict[str, str]) -> None:
    _, world, ask = keeper_of(lambda _: (status, headers, b"words"), room=100_000)
    assert [ask("/a"), ask("/a")] == [(status, b"words")] * 2
    assert world.asked == 2


def test_only_reading_is_kept_and_only_where_there_is_room() -> None:
    _, world, ask = keeper_of(lambda _: (200, {}, b"words"), room=100_000)
    ask("/a", "POST")
    ask("/a", "POST")
    assert world.asked == 2
    _, world, ask = keeper_of(lambda _: (200, {}, b"words"), room=0)
    assert [ask("/a"), ask("/a")] == [(200, b"words")] * 2
    assert world.asked == 2


def test_an_answer_about_a_world_that_went_is_not_kept() -> None:
    def answer(_: Scope) -> tuple[int, dict[str, str], bytes]:
        if world.asked == 1:
            world.state.world = object()  # the catalogue is edited while the page is written
        return 200, {}, json.dumps(world.asked).encode()

    _, world, ask = keeper_of(answer, room=100_000)
    assert [ask("/a")[1] for _ in range(3)] == [b"1", b"2", b"2"]


def test_yesterdays_page_is_not_todays(monkeypatch: pytest.MonkeyPatch) -> None:
    class Clock(date):
        day = 1

        @classmethod
        def today(cls) -> "Clock":
            return cls(2026, 3, cls.day)

    monkeypatch.setattr(app.serving.kept, "date", Clock)
    _, world, ask = keeper_of(lambda _: (200, {}, b"words"), room=100_000)
    ask("/a")
    Clock.day = 2
    ask("/a")
    ask("/a")
    assert world.asked == 2

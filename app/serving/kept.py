"""Pages and lists that stay the same until the catalogue changes are written once. Pure ASGI.

Such an answer depends on the address, on a few headers, on the world that is served and on the day
(prices age), and on nothing else. Whoever asks the same is sent the same bytes, compressed already,
or told that nothing changed.
"""

import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from datetime import date
from typing import Final

from fastapi import Depends, Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.builds.assess import World
from app.serving.access import SESSION_COOKIE
from app.serving.etags import has_already
from app.serving.metrics import Metrics

#: What of a request, besides its address, an answer that stays may be made from.
READ: Final = frozenset({b"host", b"accept-encoding", b"accept-language", b"cookie", b"hx-request"})
#: Of the room for answers one may take this share.
LARGEST: Final = 1 / 8
MIB: Final = 1 << 20
#: In the cookies of an editor who is signed in. It is a secret, and not to be held in memory.
_SECRET: Final = SESSION_COOKIE.encode()
_ABOUT_THE_BODY: Final = ("Content-Length", "Content-Encoding", "Content-Type")

Question = tuple[date, str, str, bytes, tuple[tuple[bytes, bytes], ...]]


async def _mark(request: Request) -> None:  # async: a plain function would cost a thread
    request.state.stays = True


#: A route that depends on this gives answers that stay: made from the world, the address and the
#: headers in `READ` alone, with no word of the database, the clock or who asks.
STAYS: Final = Depends(_mark)


@dataclass(frozen=True, slots=True)
class _Kept:
    question: Question
    headers: list[tuple[bytes, bytes]]
    body: bytes
    etag: str
    route: object

    @property
    def size(self) -> int:
        """Bytes, about. A question may be longer than its answer."""
        _, scheme, path, query, read = self.question
        pairs = (*read, *self.headers)
        texts = len(scheme) + len(path) + len(query) + len(self.body)
        return texts + sum(len(name) + len(value) for name, value in pairs)


class KeptAnswers:
    """Keeps the newest answers of routes that `STAYS` marks. Of one event loop."""

    def __init__(self, app: ASGIApp, most_mib: float, metrics: Metrics | None = None) -> None:
        """``most_mib``: room for answers; 0 keeps none."""
        self.app = app
        self.most_bytes = int(most_mib * MIB)
        self.hits = 0
        self.misses = 0
        self._bytes = 0
        self._world: World | None = None
        self._kept: OrderedDict[Question, _Kept] = OrderedDict()
        if metrics is not None:
            metrics.counts(
                "rigwise_pages",
                "Pages and lists that stay until the catalogue changes: from memory, or written",
                "answer",
                lambda: {"kept": self.hits, "new": self.misses},
            )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if not self.most_bytes or not _may_be_kept(scope):
            await self.app(scope, receive, send)
            return
        world = self._world_of(scope)
        question = _question(scope)
        kept = self._kept.get(question)
        if kept is None:
            await self.app(scope, receive, _Listener(self, scope, send, question, world).hear)
            return
        self.hits += 1
        self._kept.move_to_end(question)
        scope["route"] = kept.route  # by which the request is counted
        await _answer(kept, scope, send)

    def keep(self, kept: _Kept, scope: Scope, world: World | None) -> None:
        """Keep one whole answer, unless another world is served by now."""
        self.misses += 1
        if self._world_of(scope) is not world or kept.size > self.most_bytes * LARGEST:
            return
        before = self._kept.pop(kept.question, None)
        self._kept[kept.question] = kept
        self._bytes += kept.size - (before.size if before else 0)
        while self._bytes > self.most_bytes:
            _, oldest = self._kept.popitem(last=False)
            self._bytes -= oldest.size

    def _world_of(self, scope: Scope) -> World | None:
        """The world that is served; answers about another are forgotten."""
        world: World | None = getattr(scope["app"].state, "world", None)  # none before it starts
        if world is not self._world:
            self._kept.clear()
            self._world, self._bytes = world, 0
        return world


class _Listener:
    """Holds an answer that stays back until it is whole; lets all others through."""

    def __init__(
        self, keeper: KeptAnswers, scope: Scope, send: Send, question: Question, world: World | None
    ) -> None:
        self._keeper, self._scope, self._send = keeper, scope, send
        self._question, self._world = question, world
        self._start: Message | None = None
        self._pieces: list[bytes] = []

    async def hear(self, message: Message) -> None:
        """One message of the answer."""
        if message["type"] == "http.response.start" and self._stays(message):
            self._start = message
        elif self._start is None or message["type"] != "http.response.body":
            await self._send(message)
        else:
            self._pieces.append(message.get("body", b""))
            if not message.get("more_body", False):
                await self._whole(self._start, b"".join(self._pieces))

    def _stays(self, start: Message) -> bool:
        marked = self._scope.get("state", {}).get("stays", False)
        return (
            marked and start["status"] == 200 and "set-cookie" not in Headers(raw=start["headers"])
        )

    async def _whole(self, start: Message, body: bytes) -> None:
        headers = MutableHeaders(scope=start)
        headers["Content-Length"] = str(len(body))
        headers.setdefault("Cache-Control", "no-cache")
        if "ETag" not in headers and "no-store" not in headers["Cache-Control"]:
            # weak, like all of ours: a proxy may compress it differently
            headers["ETag"] = f'W/"{hashlib.sha256(body).hexdigest()[:24]}"'
        etag, route = headers.get("ETag", ""), self._scope.get("route")
        kept = _Kept(self._question, list(headers.raw), body, etag, route)
        self._keeper.keep(kept, self._scope, self._world)
        await _answer(kept, self._scope, self._send)


async def _answer(kept: _Kept, scope: Scope, send: Send) -> None:
    """Send it, or only that it is what the client has."""
    headers, status, body = MutableHeaders(raw=list(kept.headers)), 200, kept.body
    if kept.etag and has_already(Headers(scope=scope), kept.etag):
        status, body = 304, b""
        for name in _ABOUT_THE_BODY:
            del headers[name]
    await send({"type": "http.response.start", "status": status, "headers": headers.raw})
    await send({"type": "http.response.body", "body": body})


def _may_be_kept(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["method"] != "GET":
        return False
    return not any(name == b"cookie" and _SECRET in value for name, value in scope["headers"])


def _question(scope: Scope) -> Question:
    read = tuple(pair for pair in scope["headers"] if pair[0] in READ)
    return date.today(), scope["scheme"], scope["path"], scope["query_string"], read

"""Who gets in: a few requests at a time, a short queue, and an early "come back" beyond it.

Pure ASGI. A service that takes everything on gets slower for everybody until nobody is answered in
time; one that says no early keeps its speed for those it lets in.
"""

import asyncio
import math
import time
from collections import OrderedDict, deque
from contextlib import suppress
from typing import Final

import anyio.to_thread
from fastapi import Request
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.serving.errors import refuse
from app.serving.metrics import Metrics

#: Who looks after the service asks these, above all when it is busy; files cost next to nothing.
ALWAYS: Final = ("/healthz", "/readyz", "/metrics", "/static/")
#: How long a request waits for its turn before it is told to come back, seconds.
WAIT_S: Final = 2.0
LATER: Final = {"Retry-After": "2"}
#: How long a "come back" is held back, seconds. Who asks again at once, whatever it says, would
#: else keep the service busy with saying so: of 500 such clients hardly anybody was answered.
BRAKE_S: Final = 0.25
BUSY: Final = "Too many requests are under way. Nothing was changed; try again in a moment."
#: Work begun in one go before the connections are looked at again, seconds.
SLICE_S: Final = 0.005
#: Waiting requests let in at once.
AT_ONCE: Final = 4
#: Pages written, and asked of the database, at the same time. They hold the interpreter in turns of
#: 5 ms, the event loop's turn comes after theirs, and more of them get no more done.
THREADS: Final = 4

API: Final = "/api/"
MINUTE_S: Final = 60.0
#: Share of a minute's requests that may come all at once.
BURST: Final = 1 / 6
ADDRESSES: Final = 10_000


def limit_threads() -> None:
    """Let the handlers of the running event loop have `THREADS` threads in all."""
    anyio.to_thread.current_default_thread_limiter().total_tokens = THREADS


class Crowd:
    """Limits how many requests are worked on and how many wait for that. Of one event loop.

    Handlers that never wait would all begin as soon as their connections have something to read,
    and nobody else be heard before the last has ended. So after a slice of work the others queue
    up, which leaves the loop free to look at its connections between them.
    """

    def __init__(self, app: ASGIApp, running: int, waiting: int, metrics: Metrics) -> None:
        self.app = app
        self.most_running = running
        self.most_waiting = waiting
        self.running = 0
        self._queue: deque[asyncio.Future[None]] = deque()
        self._slice_ends: float | None = None
        self._metrics = metrics
        metrics.crowd(lambda: self.running, lambda: self.waiting)

    @property
    def waiting(self) -> int:
        """Requests in the queue."""
        return len(self._queue)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["path"].startswith(ALWAYS):
            await self.app(scope, receive, send)
            return
        if not await self._let_in():
            await self._brake()
            await refuse(Request(scope), 503, BUSY, headers=LATER)(scope, receive, send)
            return
        inside, whole, away = True, False, False

        def leave() -> None:
            nonlocal inside
            if inside:
                inside = False
                self.running -= 1
                self._look_again()

        async def receive_outside() -> Message:
            """The next piece of the body. Who has to wait for it does so without a place, and
            takes one again once the body is whole: a byte a second takes nobody's turn.
            """
            nonlocal inside, whole
            if whole:
                return await receive()
            leave()

            def note() -> None:
                nonlocal away
                away = True

            next_round = asyncio.get_running_loop().call_soon(note)
            message = await receive()
            next_round.cancel()
            whole = not message.get("more_body", False)
            if not whole:
                return message
            if not away:
                self.running += 1
            elif not await self._let_in():
                await self._brake()
                # an HTTPException is let through by the framework's body readers
                raise HTTPException(503, BUSY, headers=LATER)
            inside = True
            return message

        async def send_and_leave(message: Message) -> None:
            # whoever reads the last piece slowly keeps no place from others
            if message["type"] == "http.response.body" and not message.get("more_body", False):
                leave()
            await send(message)

        try:
            await self.app(scope, receive_outside, send_and_leave)
        finally:
            leave()

    async def _brake(self) -> None:
        self._metrics.refused("busy")
        await asyncio.sleep(BRAKE_S)

    async def _let_in(self) -> bool:
        """Take a place, now or in turn; False where there is none to be had."""
        if not self._queue and self._has_room():
            self.running += 1
            return True
        if self.waiting >= self.most_waiting:
            return False
        turn = asyncio.get_running_loop().create_future()
        self._queue.append(turn)
        self._look_again()
        try:
            async with asyncio.timeout(WAIT_S):
                await turn
        except TimeoutError:
            return self._give_up(turn)
        except asyncio.CancelledError:
            if self._give_up(turn):
                self.running -= 1
            raise
        return True

    def _give_up(self, turn: asyncio.Future[None]) -> bool:
        """Leave the queue; True where the turn had just come."""
        with suppress(ValueError):
            self._queue.remove(turn)
        return turn.done() and not turn.cancelled()

    def _has_room(self) -> bool:
        """Whether one more may begin in this round of the event loop."""
        now = time.perf_counter()
        if self._slice_ends is None:
            self._slice_ends = now + SLICE_S
            asyncio.get_running_loop().call_soon(self._next_round)
        return now < self._slice_ends and self.running < self.most_running

    def _look_again(self) -> None:
        if self._queue and self._slice_ends is None:
            self._slice_ends = time.perf_counter() + SLICE_S
            asyncio.get_running_loop().call_soon(self._next_round)

    def _next_round(self) -> None:
        self._slice_ends = None
        for _ in range(AT_ONCE):
            if not self._queue or self.running >= self.most_running:
                break
            turn = self._queue.popleft()
            if not turn.done():
                self.running += 1
                turn.set_result(None)
        if self.running < self.most_running:
            self._look_again()


class ApiRate:
    """Lets one address ask the REST interface so often; the oldest addresses are forgotten first.

    A token bucket: tokens come evenly and pile up to a share of a minute's. Many people may sit
    behind one address, so pages are not counted.
    """

    def __init__(self, app: ASGIApp, per_minute: int, metrics: Metrics) -> None:
        self.app = app
        self.per_minute = per_minute
        self._rate_per_s = per_minute / MINUTE_S
        self._full = max(per_minute * BURST, 1.0)
        self._tokens: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        counts = scope["type"] == "http" and self.per_minute and scope["path"].startswith(API)
        wait_s = self.wait_s((scope.get("client") or ("", 0))[0]) if counts else 0.0
        if wait_s > 0:
            self._metrics.refused("rate")
            detail = f"No more than {self.per_minute} requests a minute can be made from here."
            headers = {"Retry-After": str(math.ceil(wait_s))}
            await refuse(Request(scope), 429, detail, headers=headers)(scope, receive, send)
            return
        await self.app(scope, receive, send)

    def wait_s(self, address: str) -> float:
        """Seconds until this address may ask; 0 (and counted) where it may now."""
        now = time.monotonic()
        tokens, then = self._tokens.get(address, (self._full, now))
        tokens = min(tokens + (now - then) * self._rate_per_s, self._full)
        allowed = tokens >= 1
        self._tokens[address] = (tokens - 1 if allowed else tokens, now)
        self._tokens.move_to_end(address)
        if len(self._tokens) > ADDRESSES:
            self._tokens.popitem(last=False)
        return 0.0 if allowed else (1 - tokens) / self._rate_per_s

"""Searches that end only when they are told to, and clients that hang up."""

import threading
from collections.abc import Callable
from typing import Any

import anyio
from anyio.from_thread import BlockingPortal
from starlette.types import ASGIApp, Message, Scope

from app.advisor.advise import Progress, advise
from app.advisor.answer import Recommendations

#: One model in one format: the answer is there within a second.
FAST = "model=qwen2.5-14b-instruct&quant=q4_k_m"


class Endless:
    """Stands for `advise` on a question that takes for ever."""

    def __init__(self) -> None:
        self.started, self.stopped = threading.Event(), threading.Event()

    def __call__(
        self,
        spec: Any,
        world: Any,
        today: Any = None,
        *,
        progress: Callable[[Progress], None],
        stop: Callable[[], bool],
    ) -> Recommendations:
        self.started.set()
        progress(Progress(assessed=1234, served=5, best="GeForce RTX 5090"))
        for _ in range(2000):
            if stop():
                self.stopped.set()
                return advise(spec, world, today, stop=stop)
            threading.Event().wait(0.01)
        raise AssertionError("nobody stopped the search within 20 s")


def ask_and_hang_up(
    app: ASGIApp, portal: BlockingPortal, scope: dict[str, Any], body: bytes, when: threading.Event
) -> bytes:
    """Send a request, read what comes, and close the connection once ``when`` is set."""
    sent: list[bytes] = []

    async def run() -> None:
        asked = False

        async def receive() -> Message:
            nonlocal asked
            if not asked:
                asked = True
                return {"type": "http.request", "body": body, "more_body": False}
            while not when.is_set():  # noqa: ASYNC110  # set from another thread
                await anyio.sleep(0.01)
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            sent.append(message.get("body", b""))

        whole: Scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "scheme": "http",
            "root_path": "",
            "query_string": b"",
            "server": ("testserver", 80),
            "client": ("127.0.0.1", 1),
            **scope,
            "headers": [(b"host", b"testserver"), *scope.get("headers", [])],
            "raw_path": scope["path"].encode(),
        }
        await app(whole, receive, send)

    portal.call(run)
    return b"".join(sent)

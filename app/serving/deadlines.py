"""Clients that send or read too slowly do not hold on to the service for ever. Pure ASGI."""

import asyncio
import time
from contextlib import suppress
from typing import Final

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.serving.connections import HANG_UP

#: A body has to be whole after this many seconds, and one more for every so many bytes of it: a
#: slow line passes, a byte a second does not.
BODY_S: Final = 10.0
BODY_BYTES_PER_S: Final = 20_000
#: A client has to take in a piece of an answer within this many seconds.
TAKE_S: Final = 30.0


class TooSlowError(Exception):
    """The client does not take its answer."""


class Deadlines:
    """Ends the waiting for a body that does not come, and for a reader that does not read."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, received, whole = time.perf_counter(), 0, False

        async def receive_in_time() -> Message:
            nonlocal received, whole
            if whole:  # what comes now is that the client hangs up, some day
                return await receive()
            left_s = began + BODY_S + received / BODY_BYTES_PER_S - time.perf_counter()
            try:
                async with asyncio.timeout(max(left_s, 0.0)):
                    message = await receive()
            except TimeoutError:
                # an HTTPException is let through by the framework's body readers
                detail = "The request came too slowly. Nothing was changed."
                raise HTTPException(408, detail, headers=HANG_UP) from None
            received += len(message.get("body", b""))
            whole = not message.get("more_body", False)
            return message

        async def send_in_time(message: Message) -> None:
            try:
                async with asyncio.timeout(TAKE_S):
                    await send(message)
            except TimeoutError:
                raise TooSlowError from None

        # where an answer stays unfinished the server ends the connection
        with suppress(TooSlowError):
            await self.app(scope, receive_in_time, send_in_time)

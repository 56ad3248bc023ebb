"""The server's side of a connection: it waits for the head of a request, but not for ever.

uvicorn itself ends connections that are idle after an answer; one that sends its first head byte
by byte it would keep.
"""

import asyncio
from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

#: The head of a request has to be whole this many seconds after the connection was opened, or after
#: its first byte on a connection that is open already.
HEAD_S: Final = 10.0
#: Ends the connection with the answer.
HANG_UP: Final = {"Connection": "close"}
#: Key in the lifespan's state: an event that is set when the service begins to shut down.
STOPPING: Final = "stopping"


class PatientConnection(HttpToolsProtocol):
    """uvicorn's protocol with a deadline for heads, which tells the service when it is to end."""

    _head_due: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client connected."""
        super().connection_made(transport)
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        self._head_is_there()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """The first byte of a request."""
        super().on_message_begin()
        if self._head_due is None:
            self._wait_for_head()

    def on_headers_complete(self) -> None:
        """The whole head of a request."""
        self._head_is_there()
        super().on_headers_complete()

    def shutdown(self) -> None:
        """The server is to end: what can end early does."""
        stopping = self.app_state.get(STOPPING)
        if stopping is not None:
            stopping.set()
        super().shutdown()

    def _wait_for_head(self) -> None:
        self._head_due = self.loop.call_later(HEAD_S, self._too_slow)

    def _head_is_there(self) -> None:
        if self._head_due is not None:
            self._head_due.cancel()
            self._head_due = None

    def _too_slow(self) -> None:
        self._head_due = None
        if not self.transport.is_closing():
            self.transport.close()

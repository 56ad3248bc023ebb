"""An HTTP client without a socket, usable from plain test functions."""

from types import TracebackType
from typing import Any

import httpx
from anyio.from_thread import BlockingPortal
from starlette.types import ASGIApp

BASE_URL = "http://testserver"


class Client:
    """``httpx.AsyncClient`` on the application itself, with calls that wait for the answer."""

    def __init__(self, app: ASGIApp, portal: BlockingPortal) -> None:
        self._portal = portal
        self._client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url=BASE_URL, follow_redirects=False
        )

    def __enter__(self) -> "Client":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._portal.call(self._client.aclose)

    def request(self, method: str, url: str, **options: Any) -> httpx.Response:
        """One request; options as for ``httpx.AsyncClient.request``."""

        async def ask() -> httpx.Response:
            return await self._client.request(method, url, **options)

        return self._portal.call(ask)

    def get(self, url: str, **options: Any) -> httpx.Response:
        """GET."""
        return self.request("GET", url, **options)

    def post(self, url: str, **options: Any) -> httpx.Response:
        """POST."""
        return self.request("POST", url, **options)

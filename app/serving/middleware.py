"""What every request passes, whatever it asks for. Pure ASGI, outermost first in `add_middleware`.

Log line and request id, security headers, deadlines, a net for errors, host name, body size,
cross-site requests, rates, answers that stay, the number of requests at a time, compression.
"""

import re
import secrets
import time
from collections import OrderedDict, deque
from collections.abc import Mapping
from contextlib import suppress
from typing import Final
from urllib.parse import urlsplit

from fastapi import FastAPI, Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette_compress import CompressMiddleware

from app.accuracy.uploads import MAX_BYTES as UPLOAD_BYTES
from app.api import PREFIX
from app.logs import ERRORS, REQUESTS
from app.serving.admission import ApiRate, Crowd
from app.serving.deadlines import Deadlines, TooSlowError
from app.serving.errors import refuse
from app.serving.kept import KeptAnswers
from app.serving.metrics import NO_ROUTE, Metrics
from app.settings import Settings

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
SECURITY_HEADERS: Final = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    # not no-referrer: with that, browsers send "Origin: null" with our own forms
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
#: Where the address itself is the secret, whether something is there or not.
SECRET_HEADERS: Final = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
SHARE_PATHS: Final = frozenset({"/share", "/api/v1/shares", "/import/keep", "/api/v1/imports"})
#: What a form puts around a file: its other fields.
ENVELOPE_BYTES: Final = 64_000
#: Addresses that take a file of the largest size, in the envelope of a form.
UPLOAD_PATHS: Final = frozenset(
    {
        "/evidence/yours",
        "/api/v1/imports/llama-bench",
        "/api/v1/imports/vllm-bench",
        "/admin/import",
        "/api/v1/catalogue/imports",
    }
)
UPLOAD_LIMIT: Final = UPLOAD_BYTES + ENVELOPE_BYTES
CONFIG_PATHS: Final = ("/import", "/import/keep", "/api/v1/imports/hugging-face-config")
GGUF_PATHS: Final = ("/import/gguf", "/api/v1/imports/gguf-header")
STATIC: Final = "/static/"
HOUR_S: Final = 3600.0

_SHARE_SLUG: Final = re.compile(
    r"^(/s|/i|/api/v1/shares|/admin/publish|/api/v1/imports(?=/[A-Za-z0-9_-]{22}(?:/|$)))/[^/]+"
)


def add_middleware(app: FastAPI, settings: Settings) -> None:
    """Put all of it around ``app``."""
    metrics: Metrics = app.state.metrics
    # Starlette puts the last added outermost
    # two steps above the usual quality: 7 % less to send for the same time
    app.add_middleware(CompressMiddleware, brotli_quality=6)
    app.add_middleware(ShareRate, per_hour=settings.shares_per_hour, metrics=metrics)
    app.add_middleware(
        Crowd,
        running=settings.requests_at_once,
        waiting=settings.requests_waiting,
        metrics=metrics,
    )
    # around the crowd: what is only sent again needs no place
    app.add_middleware(KeptAnswers, most_mib=settings.kept_mib, metrics=metrics)
    app.add_middleware(ApiRate, per_minute=settings.api_per_minute, metrics=metrics)
    app.add_middleware(SameSite)
    app.add_middleware(BodyLimit, limit=settings.body_limit_bytes, larger=larger_limits(settings))
    app.add_middleware(KnownHost, hosts=settings.hosts)
    app.add_middleware(ErrorNet)
    app.add_middleware(Deadlines)
    app.add_middleware(SecurityHeaders, hsts_s=settings.hsts_seconds)
    app.add_middleware(RequestLog, metrics=metrics)


def larger_limits(settings: Settings) -> dict[str, int]:
    """Addresses that take files, with the largest body of each."""
    return {
        **dict.fromkeys(UPLOAD_PATHS, UPLOAD_LIMIT),
        # a form may bring a config twice, as a file and as text
        **dict.fromkeys(CONFIG_PATHS, 2 * settings.config_limit_bytes + ENVELOPE_BYTES),
        **dict.fromkeys(GGUF_PATHS, settings.gguf_limit_bytes + 4 * ENVELOPE_BYTES),
    }


class RequestLog:
    """Gives each request an id, answers with it, counts it and writes one line when it is done."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = secrets.token_hex(8)
        scope.setdefault("state", {})["request_id"] = request_id
        began = time.perf_counter()
        status = 0
        sent = 0

        async def send_with_id(message: Message) -> None:
            nonlocal status, sent
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = request_id
            elif message["type"] == "http.response.body":
                sent += len(message.get("body", b""))
            await send(message)

        try:
            await self.app(scope, receive, send_with_id)
        finally:
            seconds = time.perf_counter() - began
            self._metrics.answered(route_of(scope), scope["method"], status, seconds)
            fields = {
                "request_id": request_id,
                "method": scope["method"],
                "path": loggable_path(scope["path"]),
                "status": status,
                "bytes": sent,
                "ms": round(seconds * 1000, 1),
            }
            REQUESTS.info("request", extra={"fields": fields})


def loggable_path(path: str) -> str:
    """The path without share slugs: whoever reads a log must not be able to open the share."""
    return _SHARE_SLUG.sub(r"\1/…", path)


def route_of(scope: Scope) -> str:
    """The template of the route that answered, such as ``/s/{slug}``."""
    if scope["path"].startswith(STATIC):
        return STATIC
    route = getattr(scope.get("route"), "path", None)
    if route is None:
        return NO_ROUTE
    return f"{PREFIX}{route}" if scope["path"].startswith(f"{PREFIX}/") else str(route)


class SecurityHeaders:
    """Adds the security headers a response does not set itself."""

    def __init__(self, app: ASGIApp, hsts_s: int = 0) -> None:
        self.app = app
        self.hsts = {"Strict-Transport-Security": f"max-age={hsts_s}"} if hsts_s else {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        secret = scope["type"] == "http" and _SHARE_SLUG.match(scope["path"]) is not None
        always = SECURITY_HEADERS | (SECRET_HEADERS if secret else {})
        if scope.get("scheme") == "https":  # else browsers ignore it
            always |= self.hsts

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in always.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, send_with_headers)


class ErrorNet:
    """Turns an exception nobody expected into a calm answer and a traceback in the log."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def send_noting(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, send_noting)
        except TooSlowError:
            raise  # nobody is left to be told anything
        except Exception as error:
            request = Request(scope)
            fields = {"request_id": request.state.request_id}
            ERRORS.error("unexpected", exc_info=error, extra={"fields": fields})
            if started:
                raise
            detail = "Something went wrong on our side. It was written to the log."
            await refuse(request, 500, detail)(scope, receive, send)


class KnownHost:
    """Answers only to the service's own names, so that no cache or link is made for another."""

    def __init__(self, app: ASGIApp, hosts: frozenset[str]) -> None:
        self.app = app
        self.hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        checked = scope["type"] == "http" and "*" not in self.hosts
        if checked and host_of(f"//{Headers(scope=scope).get('host', '')}")[1] not in self.hosts:
            detail = "This service does not go by that host name."
            await refuse(Request(scope), 421, detail)(scope, receive, send)
            return
        await self.app(scope, receive, send)


class BodyLimit:
    """Refuses bodies above the limit: by their announced length, or as soon as they exceed it.

    Compressed ones are refused unread.

    The few addresses that take files have a larger limit.
    """

    def __init__(self, app: ASGIApp, limit: int, larger: Mapping[str, int]) -> None:
        self.app = app
        self.limit = limit
        self.larger = larger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = max(self.limit, self.larger.get(scope["path"], 0))
        detail = f"The request is larger than {limit:,} bytes."
        if scope["path"] in GGUF_PATHS:
            first = limit - 4 * ENVELOPE_BYTES
            detail += (
                " Send the beginning of the file only, which holds all that is read: "
                f"head -c {first} model.gguf > head.gguf."
            )
        headers = Headers(scope=scope)
        if headers.get("content-encoding", "identity").lower() != "identity":
            # what is small might unpack to much
            await refuse(Request(scope), 415, "Send it uncompressed.")(scope, receive, send)
            return
        announced = headers.get("content-length", "")
        if announced.isdecimal() and int(announced[:20]) > limit:
            await refuse(Request(scope), 413, detail)(scope, receive, send)
            return
        received = 0

        async def receive_counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                # an HTTPException is let through by the framework's body readers
                raise HTTPException(413, detail)
            return message

        await self.app(scope, receive_counted, send)


class SameSite:
    """Refuses changes that another site makes a browser ask for.

    A browser says where a request comes from in Sec-Fetch-Site, and where that is missing (plain
    HTTP on a local network) in Origin. Programs send neither and pass.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        unsafe = scope["type"] == "http" and scope["method"] not in SAFE_METHODS
        if unsafe and not is_same_site(Headers(scope=scope)):
            detail = "This request came from another site and was not carried out."
            await refuse(Request(scope), 403, detail)(scope, receive, send)
            return
        await self.app(scope, receive, send)


def is_same_site(headers: Headers) -> bool:
    """Whether a request comes from our own pages, from the address bar, or from a program."""
    fetched_from = headers.get("sec-fetch-site")
    if fetched_from is not None:
        return fetched_from in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is None or host_of(origin)[0] == headers.get("host", "").lower() != ""


def host_of(address: str) -> tuple[str, str]:
    """Host with its port, and without, in lower case; empty where that is no address."""
    with suppress(ValueError):
        parts = urlsplit(address)
        return parts.netloc.lower(), (parts.hostname or "").lower()
    return "", ""


class ShareRate:
    """Lets one address create so many shares an hour; the oldest addresses are forgotten first."""

    def __init__(
        self,
        app: ASGIApp,
        per_hour: int,
        addresses: int = 10_000,
        metrics: Metrics | None = None,
    ) -> None:
        self.app = app
        self._metrics = metrics or Metrics()
        self.per_hour = per_hour
        self.addresses = addresses
        self._seen: OrderedDict[str, deque[float]] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        creates = (
            scope["type"] == "http" and scope["method"] == "POST" and scope["path"] in SHARE_PATHS
        )
        wait_s = self.wait_s((scope.get("client") or ("", 0))[0]) if creates else 0.0
        if wait_s > 0:
            self._metrics.refused("shares")
            detail = (
                f"No more than {self.per_hour} share links and imports an hour can be made here."
            )
            headers = {"Retry-After": str(int(wait_s) + 1)}
            await refuse(Request(scope), 429, detail, headers=headers)(scope, receive, send)
            return
        await self.app(scope, receive, send)

    def wait_s(self, address: str) -> float:
        """Seconds until this address may create a share; 0 (and counted) where it may now."""
        now = time.monotonic()
        times = self._seen.setdefault(address, deque())
        self._seen.move_to_end(address)
        while len(self._seen) > self.addresses:
            self._seen.popitem(last=False)
        while times and now - times[0] >= HOUR_S:
            times.popleft()
        if len(times) >= self.per_hour:
            return HOUR_S - (now - times[0])
        times.append(now)
        return 0.0

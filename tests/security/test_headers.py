"""T49: what every answer says to browsers, and whom the service believes about itself."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
import uvicorn
from anyio.from_thread import BlockingPortal
from fastapi import FastAPI

from app.main import create_app
from app.serving.middleware import SECURITY_HEADERS
from app.settings import Settings
from tests.client import Client
from tests.security.routes import SAFE, routes_of

#: Answers of every kind: pages, fragments, files, refusals, redirects, static files, not modified.
KINDS = {
    "page": ("GET", "/configure", {}),
    "fragment": ("GET", "/configure/result", {"HX-Request": "true"}),
    "list": ("GET", "/api/v1/gpus", {}),
    "file": ("GET", "/configure.csv", {}),
    "picture": ("GET", "/configure/card.png", {}),
    "static": ("GET", "/static/css/rigwise.css", {}),
    "not there": ("GET", "/nothing", {"Accept": "text/html"}),
    "not allowed": ("DELETE", "/", {}),
    "not JSON": ("POST", "/api/v1/estimates", {}),
    "other site": ("POST", "/share", {"Sec-Fetch-Site": "cross-site"}),
    "sign in": ("GET", "/admin", {"Accept": "text/html"}),
    "redirect": ("POST", "/theme", {}),
    "options": ("OPTIONS", "/", {}),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_answer_carries_the_headers(kind: str, client: Client) -> None:
    method, path, given = KINDS[kind]
    headers = client.request(method, path, headers=given).headers
    for name, value in SECURITY_HEADERS.items():
        assert name in headers
        if kind not in ("file", "picture"):  # these say of themselves who may show them
            assert headers[name] == value, name
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert not {"server", "x-powered-by", "access-control-allow-origin"} & set(headers)
    assert len(headers.get_list("Content-Security-Policy")) == 1


def test_every_address_that_is_read_carries_the_policy(app: FastAPI, client: Client) -> None:
    """But for frames of a share, which other sites may show: these may load nothing else."""
    for address in routes_of(app):
        if address.method not in SAFE or "stream" in address.path:
            continue
        headers = client.request(address.method, address.example).headers
        assert headers["X-Content-Type-Options"] == "nosniff", address
        assert "default-src 'none'" in headers["Content-Security-Policy"], address
        assert "unsafe" not in headers["Content-Security-Policy"], address


@pytest.mark.parametrize(("seconds", "scheme"), [(0, "https"), (600, "http"), (600, "https")])
def test_https_is_promised_where_it_is_switched_on_and_used(
    seconds: int, scheme: str, settings: Settings, portal: BlockingPortal
) -> None:
    app = create_app(settings.model_copy(update={"hsts_seconds": seconds}))
    with Client(app, portal) as client:
        found = client.get(f"{scheme}://testserver/healthz").headers
    expected = "max-age=600" if seconds and scheme == "https" else None
    assert found.get("Strict-Transport-Security") == expected


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.example",
        "rigs.example.evil.example",
        "evil.example:80#rigs.example",
        "[",
        "[::1",
        "rigs.example@evil.example",
        "rigs.example evil",
        "rigs.example,evil.example",
        ".",
    ],
)
def test_another_host_name_is_refused_however_it_is_written(
    host: str, settings: Settings, portal: BlockingPortal
) -> None:
    app = create_app(settings.model_copy(update={"allowed_hosts": "rigs.example"}))
    with Client(app, portal) as client:
        answer = client.get("/healthz", headers={"Host": host})
        assert answer.status_code == 421
        assert client.get("/healthz", headers={"Host": "rigs.example"}).status_code == 200
    assert "evil" not in answer.text


@contextmanager
def served(app: Any, proxies: str) -> Iterator[int]:
    """The application on a port, as ``rigwise serve`` runs it."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            forwarded_allow_ips=proxies,
            lifespan="off",
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        deadline = time.monotonic() + 60
        while not server.started:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        yield listener.getsockname()[1]
        server.should_exit = True
        thread.join(timeout=30)


@pytest.mark.parametrize(("proxies", "believed"), [("127.0.0.1", True), ("192.0.2.1", False)])
def test_only_the_configured_proxy_is_believed(
    proxies: str, believed: bool, settings: Settings
) -> None:
    app = create_app(settings)
    seen: list[tuple[str, str]] = []

    async def whole(scope: Any, receive: Any, send: Any) -> None:
        seen.append((scope["client"][0], scope["scheme"]))
        await app(scope, receive, send)

    forwarded = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
    with served(whole, proxies) as port:
        answer = httpx.get(f"http://127.0.0.1:{port}/healthz", headers=forwarded, trust_env=False)
    assert answer.status_code == 200
    assert seen == [("203.0.113.9", "https") if believed else ("127.0.0.1", "http")]
    assert "server" not in answer.headers
    assert "uvicorn" not in str(answer.headers).lower()

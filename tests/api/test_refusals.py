"""Whatever goes wrong is said in one shape: a problem document, or a page for a browser."""

import logging
from collections.abc import AsyncIterator

import httpx
import pytest
from anyio.from_thread import BlockingPortal
from fastapi import FastAPI
from starlette.datastructures import Headers

from app.main import create_app
from app.serving.middleware import ShareRate, is_same_site, loggable_path
from app.settings import Settings
from tests.client import BASE_URL, Client

MEMBERS = {"type", "title", "status", "detail", "instance", "request_id"}
LIMIT = 64_000


@pytest.mark.parametrize(
    ("method", "url", "status"),
    [
        ("GET", "/api/v1/nothing", 404),
        ("GET", "/api/v1/cpus/nothing-of-that-name", 404),
        ("GET", "/api/v1/shares/nothing", 404),
        ("DELETE", "/api/v1/cpus", 405),
        ("GET", "/api/v1/estimates", 405),
        ("POST", "/api/v1/estimates", 415),
        ("GET", "/api/v1/cpus?limit=0", 422),
    ],
)
def test_every_refusal_is_a_problem_document(
    method: str, url: str, status: int, client: Client
) -> None:
    answer = client.request(method, url)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    document = answer.json()
    assert document.keys() >= MEMBERS
    assert document["status"] == status
    assert document["instance"] == url.partition("?")[0]
    assert document["request_id"] == answer.headers["X-Request-ID"]
    assert document["detail"].endswith((".", "?"))


def test_a_browser_gets_a_page_and_a_program_a_document(client: Client) -> None:
    page = client.get("/nothing", headers={"Accept": "text/html,*/*"})
    assert (page.status_code, page.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    document = client.get("/nothing", headers={"Accept": "application/json"})
    assert document.status_code == 404
    assert document.headers["Content-Type"] == "application/problem+json"


def test_a_body_of_the_limit_passes_and_one_byte_more_does_not(client: Client) -> None:
    headers = {"Content-Type": "application/json"}
    fits = b"{}".ljust(LIMIT)
    assert client.post("/api/v1/estimates", content=fits, headers=headers).status_code == 200
    answer = client.post("/api/v1/estimates", content=fits + b" ", headers=headers)
    assert answer.status_code == 413
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_large_body_of_unannounced_length_is_refused(client: Client) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(160):
            yield b" " * 65_536

    headers = {"Content-Type": "application/json"}
    answer = client.post("/api/v1/estimates", content=chunks(), headers=headers)
    assert answer.status_code == 413
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_ten_megabytes_are_refused(client: Client) -> None:
    answer = client.post("/api/v1/shares", content=b"x" * 10_000_000)
    assert answer.status_code == 413


def test_an_unexpected_error_is_calm_outside_and_complete_in_the_log(
    settings: Settings, portal: BlockingPortal, caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(settings)

    @app.get("/api/v1/broken")
    async def broken() -> None:
        raise RuntimeError("canary-secret")

    with Client(app, portal) as client, caplog.at_level(logging.ERROR):
        answer = client.get("/api/v1/broken")
    assert answer.status_code == 500
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "canary" not in answer.text
    assert "canary-secret" in caplog.text


@pytest.mark.parametrize("url", ["/api/v1/cpus", "/nothing", "/healthz", "/api/v1/openapi.json"])
def test_security_headers_are_everywhere(url: str, client: Client) -> None:
    headers = client.get(url).headers
    assert headers["Content-Security-Policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
        "connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    )
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert {"Referrer-Policy", "Permissions-Policy", "X-Request-ID"} <= {
        k.title().replace("Request-Id", "Request-ID") for k in headers
    }
    assert "server" not in headers


@pytest.mark.parametrize(
    ("site", "origin", "allowed"),
    [
        ("same-origin", None, True),
        ("same-origin", BASE_URL, True),
        ("same-origin", "null", True),
        ("none", None, True),
        ("same-site", None, False),
        ("same-site", BASE_URL, False),
        ("cross-site", None, False),
        ("cross-site", BASE_URL, False),
        ("cross-site", "https://evil.example", False),
        (None, None, True),
        (None, BASE_URL, True),
        (None, "null", False),
        (None, "https://evil.example", False),
        (None, "http://testserver.evil.example", False),
    ],
)
@pytest.mark.parametrize("url", ["/api/v1/estimates", "/api/v1/shares", "/share", "/nothing"])
def test_changes_asked_for_by_another_site_are_refused(
    url: str, site: str | None, origin: str | None, allowed: bool, client: Client
) -> None:
    given = {"Sec-Fetch-Site": site, "Origin": origin}
    headers = {name: value for name, value in given.items() if value is not None}
    assert is_same_site(Headers({**headers, "host": "testserver"})) is allowed
    if not allowed:
        assert client.post(url, headers=headers).status_code == 403


def test_reading_from_another_site_is_harmless(client: Client) -> None:
    assert client.get("/healthz", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


def test_only_its_own_host_names_are_answered(settings: Settings, portal: BlockingPortal) -> None:
    app: FastAPI = create_app(settings.model_copy(update={"allowed_hosts": "rigs.example, ::1"}))
    with Client(app, portal) as client:
        asked = {
            host: client.get("/healthz", headers={"Host": host}).status_code
            for host in ("rigs.example", "RIGS.example:8000", "[::1]:80", "evil.example", "")
        }
    assert asked == {
        "rigs.example": 200,
        "RIGS.example:8000": 200,
        "[::1]:80": 200,
        "evil.example": 421,
        "": 421,
    }


def test_one_address_creates_so_many_shares_an_hour() -> None:
    rate = ShareRate(httpx.ASGITransport, per_hour=2, addresses=2)  # type: ignore[arg-type]
    assert [rate.wait_s("a") > 0 for _ in range(3)] == [False, False, True]
    assert rate.wait_s("b") == 0


def test_too_many_shares_are_told_when_to_come_back(
    settings: Settings, portal: BlockingPortal
) -> None:
    app = create_app(settings.model_copy(update={"shares_per_hour": 1}))
    app.state.world = app.state.database = None
    with Client(app, portal) as client:
        client.post("/api/v1/shares", content="[]")
        answer = client.post("/api/v1/shares", content="[]")
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 3600


def test_a_log_line_does_not_open_a_share() -> None:
    assert loggable_path("/s/abc-DEF/report") == "/s/…/report"
    assert loggable_path("/api/v1/shares/abc") == "/api/v1/shares/…"
    assert loggable_path("/api/v1/shares") == "/api/v1/shares"


def test_a_method_that_is_not_offered_is_told_all_that_are(client: Client) -> None:
    for path, methods in (
        ("/api/v1/imports/x/publication", "GET, POST"),
        ("/api/v1/estimates", "POST"),
        ("/configure", "GET"),
    ):
        answer = client.request("DELETE", path)
        assert (answer.status_code, answer.headers["Allow"]) == (405, methods)

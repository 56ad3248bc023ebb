"""T42: no other site makes a browser change anything, at any address that changes something."""

import itertools

import pytest

from app.main import create_app
from app.settings import Settings
from tests.client import BASE_URL, Client
from tests.editing.conftest import Service, Visitor
from tests.security.routes import Address, unsafe_of

UNSAFE = unsafe_of(create_app(Settings()))
SITES = ("same-origin", "none", "same-site", "cross-site", None)
ORIGINS = (BASE_URL, "https://evil.example", "null", None)
TABLE = list(itertools.product(SITES, ORIGINS))
REFUSED = "came from another site"


def allowed(site: str | None, origin: str | None) -> bool:
    """Sec-Fetch-Site decides; where a browser sends none, Origin; a program sends neither."""
    if site is not None:
        return site in ("same-origin", "none")
    return origin in (BASE_URL, None)


def headers_of(site: str | None, origin: str | None) -> dict[str, str]:
    given = {"Sec-Fetch-Site": site, "Origin": origin, "Accept": "text/html"}
    return {name: value for name, value in given.items() if value is not None}


def test_the_table_is_over_all_that_changes_something() -> None:
    assert len(UNSAFE) >= 30
    assert {a.path for a in UNSAFE} >= {"/share", "/theme", "/admin/sign-in", "/api/v1/shares"}


@pytest.mark.parametrize("address", UNSAFE, ids=str)
def test_every_change_asked_for_by_another_site_is_refused(
    address: Address, service: Service
) -> None:
    with Client(service.app, service.portal) as client:
        for site, origin in TABLE:
            answer = client.request(
                address.method, address.example, headers=headers_of(site, origin)
            )
            refused = answer.status_code == 403 and REFUSED in answer.text
            assert refused is not allowed(site, origin), (site, origin, answer.status_code)


@pytest.mark.parametrize(
    "address",
    [a for a in UNSAFE if a.path.startswith("/admin") and a.path != "/admin/sign-in"],
    ids=str,
)
def test_a_session_counts_only_where_the_browser_names_our_page(
    address: Address, service: Service, visitor: Visitor
) -> None:
    """A cookie goes along by itself, so there silence is not enough."""
    cookie = "; ".join(f"{n}={v}" for n, v in visitor.cookies.items())
    with Client(service.app, service.portal) as client:
        answer = client.request(
            address.method, address.example, headers={"Cookie": cookie, "Accept": "text/html"}
        )
    assert answer.status_code == 403
    assert "not sent by our own page" in answer.text


@pytest.mark.parametrize(
    "origin", ["http://[", "http://[::1", "//", "http://testserver@evil", "\\"]
)
def test_an_origin_that_is_no_address_is_another_site(origin: str, service: Service) -> None:
    with Client(service.app, service.portal) as client:
        answer = client.post("/api/v1/estimates", json={}, headers={"Origin": origin})
    assert answer.status_code == 403


def test_a_program_with_a_token_needs_no_origin(service: Service) -> None:
    answer = service.rest("POST", "/catalogue/edits/4711/undo", {"reason": "a test"})
    assert answer.status_code == 404
    assert "There is no edit 4711" in answer.text

"""Who may edit: tokens and sessions, their scopes and ends, and forms of our own pages only."""

import hashlib
import logging
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from app.tokens import TokenError, create_token, find_token, list_tokens, revoke_token
from tests.client import Client
from tests.databases import NewDatabase
from tests.editing.conftest import BASE_URL, SOURCE, Service, Visitor, clear_attempts, running

SLUG = "nvidia-geforce-rtx-4080"
PAGES = (
    "/admin",
    "/admin?q=4090",
    "/admin/catalogue/gpus",
    f"/admin/catalogue/gpus/{SLUG}",
    "/admin/add/gpus",
    "/admin/old-prices",
    "/admin/history",
    "/admin/import",
    "/admin/newer",
)
FORMS = (
    f"/admin/catalogue/gpus/{SLUG}",
    "/admin/add/gpus",
    "/admin/old-prices",
    "/admin/withdraw",
    "/admin/history/1",
    "/admin/import",
    "/admin/newer",
    "/admin/sign-out",
)
WRITES = (
    ("PATCH", f"/catalogue/gpus/{SLUG}"),
    ("POST", "/catalogue/gpus"),
    ("POST", "/catalogue/withdrawals"),
    ("POST", "/catalogue/confirmations"),
    ("POST", "/catalogue/edits/1/undo"),
    ("POST", "/catalogue/imports"),
)


def test_only_a_hash_of_a_token_and_of_a_session_is_stored(
    service: Service, visitor: Visitor
) -> None:
    session = visitor.cookies["rigwise_session"]
    with service.app.state.database.connect() as connection:
        stored = [
            value
            for table in ("tokens", "editor_sessions")
            for row in connection.execute(text(f"SELECT * FROM {table}"))  # noqa: S608
            for value in row
        ]
    assert service.secret not in map(str, stored)
    assert session not in map(str, stored)
    assert hashlib.sha256(service.secret.encode()).hexdigest() in stored
    assert len(service.secret) >= 43


def test_a_session_cookie_is_for_the_server_alone(service: Service) -> None:
    answer = Visitor(service).sign_in(service.secret)
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "Path=/" in cookie
    assert service.secret not in cookie
    assert "Secure" not in cookie  # plain HTTP could not send it back


def test_behind_tls_the_cookie_is_secure_and_tied_to_the_host(service: Service) -> None:
    with Client(service.app, service.portal) as client:
        answer = client.post(
            "https://testserver/admin/sign-in",
            data={"token": service.secret},
            headers={"Sec-Fetch-Site": "same-origin"},
        )
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-rigwise_session=")
    assert "Secure" in cookie


@pytest.mark.parametrize("path", PAGES)
def test_pages_of_editors_ask_for_a_sign_in_and_show_nothing(service: Service, path: str) -> None:
    answer = Visitor(service).get(path)
    assert answer.status_code == 401
    assert "WWW-Authenticate" in answer.headers
    assert 'autocomplete="current-password"' in answer.text
    assert f'name="back" value="{path}"' in answer.text
    assert "Signed in as" not in answer.text


def test_the_way_in_leads_on_whoever_is_signed_in(service: Service, visitor: Visitor) -> None:
    assert Visitor(service).get("/admin/sign-in").status_code == 200
    assert visitor.get("/admin/sign-in").headers["Location"] == "/admin"


def test_a_program_that_asks_for_a_page_gets_a_problem_document(service: Service) -> None:
    answer = Visitor(service).get("/admin", headers={"Accept": "application/json"})
    assert answer.status_code == 401
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("path", PAGES)
def test_a_signed_in_editor_sees_them_and_no_cache_keeps_them(visitor: Visitor, path: str) -> None:
    answer = visitor.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Signed in as Ada" in answer.text


@pytest.mark.parametrize(("method", "path"), WRITES)
def test_every_change_over_rest_needs_a_good_token(
    service: Service, method: str, path: str
) -> None:
    database = service.app.state.database
    create_token(database, f"Reader {method}{len(path)}", ["history"])
    secrets = {
        "none": "",
        "unknown": "rw_" + "x" * 43,
        "history only": create_token(database, f"Only {method}{len(path)}", ["history"]),
        "revoked": create_token(database, f"Gone {method}{len(path)}", ["edit"]),
        "expired": create_token(database, f"Old {method}{len(path)}", ["edit"], days=1),
    }
    revoke_token(database, f"Gone {method}{len(path)}")
    with database.begin() as connection:
        connection.execute(
            text("UPDATE tokens SET expires_at = :then WHERE name LIKE 'Old %'"),
            {"then": (datetime.now(UTC) - timedelta(minutes=1)).isoformat(" ")},
        )
    statuses = {}
    for name, secret in secrets.items():
        answer = Service(service.app, service.portal, secret).rest(method, path, {})
        assert answer.headers["Content-Type"] == "application/problem+json"
        statuses[name] = answer.status_code
        assert ("WWW-Authenticate" in answer.headers) == (answer.status_code == 401)
    clear_attempts(service)
    assert statuses == {
        "none": 401,
        "unknown": 401,
        "history only": 403,
        "revoked": 401,
        "expired": 401,
    }


def test_a_cookie_is_no_token_for_rest(service: Service, visitor: Visitor) -> None:
    given = {"changes": {"tdp_w": 1}, "version": "x", "reason": "x", "source": SOURCE}
    answer = visitor.request("PATCH", f"/api/v1/catalogue/gpus/{SLUG}", json=given)
    assert answer.status_code == 401


def test_reading_needs_no_token_but_a_bad_one_is_said(service: Service) -> None:
    assert Service(service.app, service.portal).rest("GET", "/catalogue/changes").is_success
    bad = Service(service.app, service.portal, "rw_nobody")
    assert bad.rest("GET", "/catalogue/changes").status_code == 401
    clear_attempts(service)


@pytest.mark.parametrize(
    ("site", "origin", "allowed"),
    [
        ("same-origin", None, True),
        ("same-origin", BASE_URL, True),
        ("none", None, True),
        ("same-site", BASE_URL, False),
        ("cross-site", None, False),
        ("cross-site", BASE_URL, False),
        (None, BASE_URL, True),
        (None, None, False),
        (None, "null", False),
        (None, "https://evil.example", False),
        (None, "http://testserver.evil.example", False),
    ],
)
@pytest.mark.parametrize("path", FORMS)
def test_a_form_counts_only_from_our_own_page(
    service: Service, path: str, site: str | None, origin: str | None, allowed: bool
) -> None:
    browser = Visitor(service)
    browser.sign_in(service.secret)
    given = {"Sec-Fetch-Site": site, "Origin": origin, "Accept": "text/html"}
    headers = {name: value for name, value in given.items() if value is not None}
    cookie = {"Cookie": f"rigwise_session={browser.cookies['rigwise_session']}"}
    with Client(service.app, service.portal) as client:
        answer = client.post(path, data={"kind": "gpus"}, headers=headers | cookie)
    assert (answer.status_code == 403) is not allowed, answer.status_code


def test_signing_out_ends_the_session_in_the_database_too(
    service: Service, visitor: Visitor
) -> None:
    kept = dict(visitor.cookies)
    assert visitor.post("/admin/sign-out").status_code == 303
    visitor.cookies = kept
    assert visitor.get("/admin").status_code == 401


def test_revoking_a_token_ends_its_sessions(service: Service) -> None:
    database = service.app.state.database
    secret = create_token(database, "Guest", ["edit"])
    browser = Visitor(service)
    browser.sign_in(secret)
    assert browser.get("/admin").status_code == 200
    revoke_token(database, "Guest")
    assert browser.get("/admin").status_code == 401


def test_a_session_ends_after_its_hours(service: Service, visitor: Visitor) -> None:
    with service.app.state.database.begin() as connection:
        past = (datetime.now(UTC) - timedelta(seconds=1)).isoformat(" ")
        connection.execute(text("UPDATE editor_sessions SET expires_at = :past"), {"past": past})
    assert visitor.get("/admin").status_code == 401


def test_a_sign_in_that_fails_is_calm_and_ten_in_a_minute_pause(service: Service) -> None:
    browser = Visitor(service)
    answer = browser.sign_in("rw_wrong")
    assert answer.status_code == 401
    assert "unknown, revoked or expired" in answer.text
    assert "rw_wrong" not in answer.text
    statuses = [browser.sign_in(f"rw_wrong{n}").status_code for n in range(10)]
    assert statuses == [401] * 9 + [429]
    paused = browser.sign_in(service.secret)
    assert paused.status_code == 429
    assert 0 < int(paused.headers["Retry-After"]) <= 60
    assert service.rest("POST", "/catalogue/gpus", {}).status_code == 429
    clear_attempts(service)


@pytest.mark.parametrize(
    "back", ["https://evil.example", "//evil.example", "/\\evil.example", "/s/x", "/administrate"]
)
def test_signing_in_leads_to_our_own_pages_only(service: Service, back: str) -> None:
    browser = Visitor(service)
    answer = browser.post("/admin/sign-in", data={"token": service.secret, "back": back})
    assert answer.headers["Location"] == "/admin"


def test_a_session_signed_in_before_cannot_be_forced_on_anybody(service: Service) -> None:
    browser = Visitor(service)
    browser.cookies["rigwise_session"] = "chosen-by-somebody-else"
    browser.sign_in(service.secret)
    assert browser.cookies["rigwise_session"] != "chosen-by-somebody-else"


def test_no_secret_is_in_the_log(service: Service, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        browser = Visitor(service)
        browser.sign_in(service.secret)
        browser.get("/admin")
        service.rest("POST", "/catalogue/gpus", {})
        Visitor(service).sign_in("rw_mistyped")
    clear_attempts(service)
    said = caplog.text + "".join(str(record.__dict__) for record in caplog.records)
    assert service.secret not in said
    assert browser.cookies["rigwise_session"] not in said
    assert "rw_mistyped" not in said


def test_a_token_says_when_it_was_last_used(service: Service) -> None:
    database = service.app.state.database
    secret = create_token(database, "Grace", ["publish"], days=30)
    made = next(t for t in list_tokens(database) if t.name == "Grace")
    assert made.last_used_on is None
    assert made.expires_at is not None
    found = find_token(database, secret)
    assert found is not None
    assert found.allows("publish")
    assert found.allows("history")
    assert not found.allows("edit")
    now = next(t for t in list_tokens(database) if t.name == "Grace")
    assert now.last_used_on == datetime.now(UTC).date()


def test_a_token_that_makes_no_sense_is_refused(service: Service) -> None:
    database = service.app.state.database
    for name, scopes, days in (
        ("Ada", ["edit"], None),
        ("", ["edit"], None),
        ("<b>", ["edit"], None),
        ("x", [], None),
        ("x", ["everything"], None),
        ("x", ["edit"], 0),
    ):
        with pytest.raises(TokenError):
            create_token(database, name, scopes, days)
    with pytest.raises(TokenError, match="no token called"):
        revoke_token(database, "nobody")


def test_without_a_token_editing_is_switched_off_in_a_sentence(
    new_database: NewDatabase, service: Service
) -> None:
    with running(new_database(), service.portal) as app:
        bare = Service(app, service.portal)
        answer = bare.rest("POST", "/catalogue/gpus", {})
        assert answer.status_code == 401
        assert "rigwise token create" in answer.json()["detail"]
        page = Visitor(bare).get("/admin")
        assert page.status_code == 401
        assert "rigwise token create" in page.text
        assert '<form class="source-row sign-in"' not in page.text

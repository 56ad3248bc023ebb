"""T43: who may not edit cannot, whichever address, token or session they try."""

import ast
import inspect
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

import app.tokens
from app.main import create_app
from app.serving.access import FAILURES
from app.settings import Settings
from app.tokens import PREFIX, create_token, find_token, revoke_token
from tests.client import Client
from tests.editing.conftest import Service, Visitor, clear_attempts
from tests.security.routes import Address, unsafe_of

#: Who asks a question or keeps a link of their own needs no token.
FOR_ALL = (
    "/share",
    "/theme",
    "/language",
    "/import",
    "/evidence/yours",
    "/admin/sign-in",
    "/admin/sign-out",
    *(
        f"/api/v1/{name}"
        for name in (
            "estimates",
            "sweeps",
            "comparisons",
            "upgrades",
            "recommendations",
            "shares",
            "imports",
        )
    ),
)
WRITES = [
    address
    for address in unsafe_of(create_app(Settings()))
    if not any(address.path == p or address.path.startswith(f"{p}/") for p in FOR_ALL)
]
REST = [address for address in WRITES if address.path.startswith("/api")]


def test_what_needs_a_token_is_what_edits() -> None:
    """An address added later is in this list, or in FOR_ALL because somebody decided so."""
    assert all(a.path.startswith(("/api/v1/catalogue/", "/admin/")) for a in WRITES)
    assert len(REST) >= 6
    assert len(WRITES) >= 13


@pytest.fixture(scope="module")
def bad_tokens(service: Service) -> dict[str, str]:
    """Tokens that are not, or no longer, good for editing."""
    database = service.app.state.database
    found = {
        "unknown": PREFIX + "x" * 43,
        "empty": "",
        "spaces": "   ",
        "another's session": Visitor(service).sign_in(service.secret).cookies["rigwise_session"],
        "the hash itself": "",
        "revoked": create_token(database, "Gone", ["edit"]),
        "expired": create_token(database, "Old", ["edit"], days=1),
        "other scope": create_token(database, "Reader", ["history"]),
        "one letter more": service.secret + "x",
        "one letter less": service.secret[:-1],
        "other case": service.secret.swapcase(),
        "SQL": "' OR '1'='1",
        "not ASCII": "rw_é",
    }
    revoke_token(database, "Gone")
    with database.begin() as connection:
        connection.execute(
            text("UPDATE tokens SET expires_at = :then WHERE name = 'Old'"),
            {"then": (datetime.now(UTC) - timedelta(seconds=1)).isoformat(" ")},
        )
        row = connection.execute(text("SELECT secret_sha256 FROM tokens WHERE name = 'Ada'"))
        found["the hash itself"] = str(row.scalar_one())
    return found


@pytest.mark.parametrize("address", REST, ids=str)
def test_a_change_over_rest_needs_a_good_token(
    address: Address, service: Service, bad_tokens: dict[str, str]
) -> None:
    with Client(service.app, service.portal) as client:
        for name, secret in bad_tokens.items():
            clear_attempts(service)
            bearer = f"Bearer {secret}".encode()
            answer = client.request(
                address.method, address.example, json={}, headers={b"Authorization": bearer}
            )
            expected = 403 if name == "other scope" else 401
            assert (name, answer.status_code) == (name, expected)
            assert secret.strip() == "" or secret not in answer.text
        for scheme in ("", "Basic QWRhOkFkYQ==", f"Token {service.secret}"):
            clear_attempts(service)
            headers = {"Authorization": scheme} if scheme else {}
            answer = client.request(address.method, address.example, json={}, headers=headers)
            assert answer.status_code == 401, scheme


@pytest.mark.parametrize("address", [a for a in WRITES if a not in REST], ids=str)
def test_a_form_of_editors_needs_a_session(
    address: Address, service: Service, bad_tokens: dict[str, str]
) -> None:
    for name, secret in {**bad_tokens, "the token": service.secret}.items():
        if name == "another's session" or not secret.isascii():
            continue
        visitor = Visitor(service)
        visitor.cookies["rigwise_session"] = secret.strip() or "x"
        answer = visitor.request(address.method, address.example, data={"reason": "a test"})
        assert (name, answer.status_code) == (name, 401)
        assert "Signed in as" not in answer.text


def test_ten_wrong_tokens_in_a_minute_are_enough(service: Service) -> None:
    """At any address, and then the right token has to wait as well."""
    statuses = [
        Service(service.app, service.portal, PREFIX + str(i)).rest("POST", "/catalogue/gpus", {})
        for i in range(FAILURES + 2)
    ]
    assert [a.status_code for a in statuses] == [401] * FAILURES + [429] * 2
    assert 0 < int(statuses[-1].headers["Retry-After"]) <= 60
    assert service.rest("POST", "/catalogue/gpus", {}).status_code == 429
    assert Visitor(service).sign_in(service.secret).status_code == 429


def test_a_session_is_new_at_each_sign_in_whatever_the_browser_brought(service: Service) -> None:
    """A session planted before the sign-in opens nothing after it."""
    planted = "p" * 43
    victim = Visitor(service)
    victim.cookies["rigwise_session"] = planted
    victim.sign_in(service.secret)
    first = victim.cookies["rigwise_session"]
    victim.sign_in(service.secret)
    assert len({planted, first, victim.cookies["rigwise_session"]}) == 3
    intruder = Visitor(service)
    intruder.cookies["rigwise_session"] = planted
    assert intruder.get("/admin").status_code == 401


def test_signing_out_ends_this_session_and_no_other(service: Service) -> None:
    here, there = Visitor(service), Visitor(service)
    for one in (here, there):
        assert one.sign_in(service.secret).status_code == 303
    kept = dict(here.cookies)
    assert here.post("/admin/sign-out").status_code == 303
    here.cookies = kept  # as somebody who copied the cookie would have it
    assert here.get("/admin").status_code == 401
    assert there.get("/admin").status_code == 200


def test_a_token_that_is_nearly_right_finds_nothing(service: Service) -> None:
    database = service.app.state.database
    assert find_token(database, service.secret) is not None
    for place in range(0, len(service.secret), 6):
        other = "A" if service.secret[place] != "A" else "B"
        nearly = service.secret[:place] + other + service.secret[place + 1 :]
        assert find_token(database, nearly) is None


def test_secrets_are_compared_by_hash_and_in_constant_time() -> None:
    """What is looked up is a SHA-256, and what comes back is compared with ``compare_digest``."""
    tree = ast.parse(inspect.getsource(app.tokens))
    called = {ast.unparse(n.func) for n in ast.walk(tree) if isinstance(n, ast.Call)}
    assert {"hmac.compare_digest", "hashlib.sha256", "secrets.token_urlsafe"} <= called
    for path in Path(app.tokens.__file__).parent.rglob("*.py"):
        assert "import random" not in path.read_text(encoding="utf-8"), path

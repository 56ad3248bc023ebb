"""T48 and T52: no text becomes SQL, a formula, a header, a file name or an endless search."""

import ast
import importlib
import pkgutil
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from sqlalchemy import event

import app
from app.catalogue.kinds import KINDS
from app.catalogue.queries import filter_fields, sort_fields
from app.exports.safe import cell, file_name
from tests.client import Client
from tests.editing.conftest import SOURCE, Service, Visitor
from tests.soak import times

ROOT = Path(__file__).resolve().parents[2]
_QUOTES = ("'", '"', "`", "')", '")', "'))", "", "%27", "\\'", "’")
_TAILS = (
    " OR 1=1--",
    " OR '1'='1",
    " AND SLEEP(5)--",
    "; DROP TABLE shares--",
    " UNION SELECT name, secret_sha256 FROM tokens--",
    " UNION ALL SELECT NULL,NULL,NULL#",
    "/**/OR/**/1=1",
    "||(SELECT sqlite_version())||",
    " AND 1=CAST((SELECT version()) AS int)--",
    " ORDER BY 100--",
    ";ATTACH DATABASE '/tmp/x.db' AS x;--",
    " AND randomblob(1000000000)--",
    " LIKE '%",
    " GLOB '*",
    " IN (SELECT slug FROM shares)--",
    "\x00 OR 1=1",
    ");SELECT pg_sleep(5)--",
    " COLLATE NOCASE--",
    " AND extractvalue(1,concat(0x7e,version()))--",
    "' || '",
)
SQL = [quote + tail for quote in _QUOTES for tail in _TAILS]
TRAVERSALS = [
    prefix + climb * depth + target
    for prefix, depth in (("/static/", 3), ("/static/css/", 6))
    for climb in (
        "../",
        "..%2f",
        "%2e%2e/",
        "%2e%2e%2f",
        "..%5c",
        "..\\",
        "....//",
        "%252e%252e/",
        "..%c0%af",
        "..;/",
        "./../",
    )
    for target in ("etc/passwd", "rigwise.db", "pyproject.toml")
][:60]


def test_there_are_as_many_as_promised() -> None:
    assert len(set(SQL)) == 200
    assert len(set(TRAVERSALS)) >= 50


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_only_fields_of_the_catalogue_filter_and_sort(kind: str, client: Client) -> None:
    if kind == "exchange-rates":
        return
    for name in (*SQL[:20], "__class__", "model_fields", "slug__", "slug;", "1", "slug desc"):
        assert name not in filter_fields(kind)
        assert name not in sort_fields(kind)
        for query in ({"sort": name}, {name: "1"}):
            status = client.get(f"/api/v1/{kind}", params=query).status_code
            assert status == 422, (query, status)


def test_no_text_is_run_as_sql(service: Service, visitor: Visitor) -> None:
    """What reaches the database are statements of ours, with what was sent bound to them."""
    statements: list[tuple[str, Any]] = []
    database = service.app.state.database

    def note(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        statements.append((statement, parameters))

    event.listen(database, "before_cursor_execute", note)
    try:
        for text in SQL:
            with Client(service.app, service.portal) as client:
                answers = [
                    client.get("/api/v1/gpus", params={"q": text, "vendor": text, "slug": text}),
                    client.get("/api/v1/gpus", params={"sort": text, "cursor": text}),
                    client.get("/api/v1/catalogue/changes", params={"kind": text, "slug": text}),
                    client.get("/api/v1/catalogue/changes", params={"since": text}),
                    client.get("/admin/history", params={"q": text, "kind": text}),
                    client.post("/share", data={"query": text}),
                    service.rest("GET", "/shares/" + re.sub(r"[/?#%\x00]", "", text)),
                    service.rest(
                        "POST",
                        "/catalogue/withdrawals",
                        {"price": text, "version": "x", "reason": text, "source": SOURCE},
                    ),
                    Service(service.app, service.portal, "rw_x").rest("GET", "/gpus"),
                ]
            assert all(a.status_code < 500 for a in answers), (text, answers)
            assert all("secret_sha256" not in a.text for a in answers if "secret" not in text)
    finally:
        event.remove(database, "before_cursor_execute", note)
    assert len(statements) > 200
    marks = ("1=1", "SLEEP", "sleep(", "DROP", "UNION", "ATTACH", "randomblob", "sqlite_version")
    written = [s for s, _ in statements if any(mark in s for mark in marks)]
    assert written == []
    assert any("1=1" in str(parameters) for _, parameters in statements)


@pytest.mark.parametrize("path", TRAVERSALS)
def test_no_address_leads_out_of_the_static_files(path: str, service: Service) -> None:
    """As the server gives it: the path decoded once, whatever stood in it."""
    with Client(service.app, service.portal) as client:
        sent = client.get(path)
    raw = service.portal.call(asked_raw, service.app, unquote(path))
    for status, body in ((sent.status_code, sent.content), raw):
        assert status in (404, 405, 400), path
        assert b"root:" not in body
        assert b"[project]" not in body
        assert b"SQLite format" not in body


async def asked_raw(application: Any, path: str) -> tuple[int, bytes]:
    """The answer to a path no client would send."""
    status, body = 0, b""

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        nonlocal status, body
        status = message.get("status", status)
        body += message.get("body", b"")

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"testserver"), (b"accept", b"text/html")],
        "client": ("127.0.0.1", 1),
        "server": ("testserver", 80),
    }
    await application(scope, receive, send)
    return status, body


HOSTILE_NAMES = (
    'x"; filename="evil.exe',
    "x\r\nSet-Cookie: a=b",
    "../../etc/passwd",
    "..\\..\\boot.ini",
    "CON",
    "a" * 10_000,
    "\u202egnp.exe",
    "x\x00.pdf",
    "~/.bashrc",
    "-rf",
    "",
    "🙂",
)


@pytest.mark.parametrize("title", HOSTILE_NAMES)
def test_a_file_name_holds_letters_digits_and_hyphens_only(title: str) -> None:
    name = file_name(title, "pdf")
    assert re.fullmatch(r"rigwise-[a-z0-9][a-z0-9.-]{0,60}\.pdf", name), name
    assert ".." not in name.removesuffix(".pdf")


def test_an_export_of_a_hostile_name_has_one_plain_header(service: Service) -> None:
    for name in ('x"; filename="evil.exe', "../../etc/passwd", "=cmd|'/C calc'!A0"):
        kept = service.rest(
            "POST",
            "/imports",
            {
                "kind": "gpu",
                "facts": {
                    "name": name,
                    "vendor": "NVIDIA",
                    "memory_gib": 24,
                    "bandwidth_gbs": 900,
                    "tdp_w": 300,
                },
            },
        )
        assert kept.status_code == 201, kept.text
        with Client(service.app, service.portal) as client:
            for kind in ("csv", "xlsx", "pdf"):
                answer = client.get(f"/configure.{kind}?gpu=import.{kept.json()['slug']}")
                assert answer.status_code == 200
                said = answer.headers["Content-Disposition"]
                assert re.fullmatch(rf'attachment; filename="rigwise-[a-z0-9.-]+\.{kind}"', said)


@pytest.mark.parametrize(
    "start", ["=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "＝", "＋", "＠", " =", "\u00a0="]
)
def test_no_cell_begins_like_a_formula(start: str) -> None:
    assert cell(f'{start}HYPERLINK("http://evil.example")').startswith("'")


# ReDoS


def patterns() -> dict[str, re.Pattern[Any]]:
    """Every pattern of the product: literals given to `re`, those of fields, and compiled ones."""
    found: dict[str, re.Pattern[Any]] = {}
    for path in sorted((ROOT / "app").rglob("*.py")):
        if path.parent.name == "language":  # reads our own templates and sentences, at the start
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            called = ast.unparse(node.func)
            given = list(node.args[:1]) if called.startswith("re.") else []
            given += [k.value for k in node.keywords if k.arg == "pattern"]
            for one in given:
                if isinstance(one, ast.Constant) and isinstance(one.value, str | bytes):
                    found[f"{path.name}: {one.value!r}"] = re.compile(one.value)
    for module in pkgutil.walk_packages(app.__path__, "app."):
        if module.name.startswith("app.language"):
            continue
        for name, value in vars(importlib.import_module(module.name)).items():
            if isinstance(value, re.Pattern):
                found.setdefault(f"{module.name}: {name}", value)
    return found


def hostile(pattern: re.Pattern[Any], length: int) -> Iterator[Any]:
    """Long texts that nearly match: each literal of the pattern repeated, with a wrong end."""
    source = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode()
    literals = {w for w in re.findall(r"[A-Za-z0-9_<>/=.,: -]+", source) if len(w) < 30}
    pieces = {
        "a",
        "0",
        " ",
        "-",
        ".",
        "/",
        '"',
        "\\",
        "<",
        "\n",
        "a0",
        "0.",
        " a",
        "é",
        "a-",
        "{",
        "[",
        "(",
        *sorted(literals)[:12],
    }
    for piece in sorted(pieces):
        for end in ("!", "\n\0"):
            text = (piece * (length // len(piece) + 1))[:length] + end
            yield text if isinstance(pattern.pattern, str) else text.encode()


def seconds(pattern: re.Pattern[Any], text: Any) -> float:
    began = time.process_time()
    for use in (pattern.search, pattern.fullmatch):
        use(text)
    return time.process_time() - began


PATTERNS = patterns()


def test_all_patterns_are_found() -> None:
    assert len(PATTERNS) >= 60


@pytest.mark.soak
@pytest.mark.parametrize("name", sorted(PATTERNS))
def test_no_pattern_takes_for_ever(name: str) -> None:
    """Of what is slow at all, twice the text may take little more than twice the time."""
    pattern = PATTERNS[name]
    length = times(100_000, 400_000)
    for i, text in enumerate(hostile(pattern, length // 16)):
        if seconds(pattern, text) < 0.004:
            continue  # even if it grew with the square, 16 times the text would take a second
        small = min(seconds(pattern, text) for _ in range(3))
        double = list(hostile(pattern, length // 8))[i]
        large = min(seconds(pattern, double) for _ in range(3))
        assert large < 3 * small, f"{name}: {small:.4f} s, twice the text {large:.4f} s"
    for text in list(hostile(pattern, length))[::7]:
        assert seconds(pattern, text) < 0.5

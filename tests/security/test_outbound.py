"""T47: the service asks nobody anything: no page, question or upload makes it open a connection."""

import ast
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.client import Client
from tests.editing.conftest import Service, Visitor
from tests.pages.test_validity import PAGES

APP = Path(__file__).resolve().parents[2] / "app"
#: Whatever opens connections to elsewhere; `socket` itself is not among what the product needs.
CLIENTS = {
    "aiohttp",
    "ftplib",
    "http.client",
    "httpx",
    "requests",
    "smtplib",
    "socket",
    "subprocess",
    "telnetlib",
    "urllib.request",
    "urllib3",
    "webbrowser",
    "xmlrpc",
}
#: Addresses an attacker hopes the server fetches: itself, its network, its cloud, in every writing.
TARGETS = (
    "http://127.0.0.1/",
    "http://localhost:8000/admin",
    "http://169.254.169.254/latest/meta-data/",
    "http://[::1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://2130706433/",
    "http://0177.0.0.1/",
    "http://0x7f000001/",
    "http://127.1/",
    "http://10.0.0.1/",
    "http://[fc00::1]/",
    "https://huggingface.co/evil/model",
    "file:///etc/passwd",
    "gopher://127.0.0.1:6379/_FLUSHALL",
    "//evil.example/x",
    "\\\\evil.example\\share",
)


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_the_product_has_nothing_to_ask_with() -> None:
    found = [
        f"{path.relative_to(APP)}: {name}"
        for path in APP.rglob("*.py")
        for name in imported(ast.parse(path.read_text(encoding="utf-8")))
        if any(name == client or name.startswith(f"{client}.") for client in CLIENTS)
    ]
    assert found == []


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Connections and look-ups of names that were tried; none succeeds."""
    tried: list[Any] = []

    def refuse(*given: Any, **_: Any) -> None:
        tried.append(given[-1] if given else None)
        raise OSError("no connection leaves this test")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket, "gethostbyname", refuse)
    return tried


def test_the_guard_sees_a_connection(connections: list[Any]) -> None:
    with pytest.raises(OSError, match="no connection"):
        socket.create_connection(("192.0.2.1", 80))
    assert connections


def test_no_page_asks_anybody(service: Service, connections: list[Any]) -> None:
    with Client(service.app, service.portal) as client:
        for path in PAGES:
            assert client.get(path, headers={"Accept": "text/html"}).status_code < 500, path
    assert connections == []


@pytest.mark.parametrize("target", TARGETS)
def test_no_address_somebody_gives_is_fetched(
    target: str, service: Service, visitor: Visitor, connections: list[Any]
) -> None:
    config = {"model_type": target, "_name_or_path": target, "auto_map": {"AutoModel": target}}
    source = {"reason": target, "source": target}
    statuses = [
        visitor.get("/compare", params={"a": target}).status_code,
        visitor.get("/configure", params={"model": target}).status_code,
        visitor.post("/import", data={"text": str(config), "name": target}).status_code,
        visitor.post("/theme", data={"theme": "dark", "back": target}).status_code,
        visitor.post("/evidence/yours", data={"text": target, "build": target}).status_code,
        visitor.post("/admin/add/gpus", data={"f.slug": "x", **source}).status_code,
        service.rest("POST", "/imports/hugging-face-config", config).status_code,
        service.rest("POST", "/catalogue/gpus", {"item": {"slug": "x"}, **source}).status_code,
    ]
    assert all(status < 500 for status in statuses), statuses
    assert connections == []
    back = visitor.post("/language", data={"language": "de", "back": target})
    assert back.headers["Location"] == "/"

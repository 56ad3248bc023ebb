"""Asking the running application for pages, and reading what is on them."""

import re
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest
from anyio.from_thread import BlockingPortal
from fastapi import FastAPI
from sqlalchemy import Engine

from app.builds.assess import World
from tests.client import Client


class Site:
    """Asks for pages as a browser without history would: no cookie stays from call to call."""

    def __init__(self, app: FastAPI, portal: BlockingPortal) -> None:
        self._app = app
        self._portal = portal

    @property
    def world(self) -> World:
        return self._app.state.world

    @property
    def database(self) -> Engine:
        return self._app.state.database

    def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        with Client(self._app, self._portal) as client:
            return client.request(method, path, **more)

    def get(self, path: str, **more: Any) -> httpx.Response:
        headers = {"Accept": "text/html", **more.pop("headers", {})}
        return self.request("GET", path, headers=headers, **more)

    def fragment(self, query: str) -> httpx.Response:
        return self.get(f"/configure/result?{query}", headers={"HX-Request": "true"})

    def post(self, path: str, **fields: str) -> httpx.Response:
        return self.request("POST", path, data=fields, headers={"Accept": "text/html"})


@pytest.fixture(scope="session")
def site(app: FastAPI, portal: BlockingPortal) -> Site:
    return Site(app, portal)


class Page(HTMLParser):
    """What the tests read from a page: figures, fields, elements with their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.figures: dict[str, set[str]] = {}
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.selected: dict[str, str] = {}
        self._select = ""
        self.feed(html)
        self.text = re.sub(r"[ \n]+", " ", re.sub(r"<[^>]+>", " ", html))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.elements.append((tag, found))
        if tag == "data" and "data-figure" in found:
            self.figures.setdefault(found["data-figure"], set()).add(found["value"])
        if tag == "select":
            self._select = found.get("name", "")
        if tag == "option" and "selected" in found:
            self.selected[self._select] = found["value"]

    def find(self, tag: str, **wanted: str) -> list[dict[str, str]]:
        names = {name.replace("_", "-"): value for name, value in wanted.items()}
        return [
            attrs
            for found, attrs in self.elements
            if found == tag and all(attrs.get(n) == v for n, v in names.items())
        ]

    def field(self, key: str) -> str:
        """What stands in a field of the form."""
        inputs = [a for a in self.find("input", name=key) if a.get("type") == "text"]
        return inputs[0].get("value", "") if inputs else self.selected.get(key, "")

"""A service of one's own to edit, a token for it, and a browser without a browser."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from anyio.from_thread import BlockingPortal
from fastapi import FastAPI

from app.catalogue.editing.fields import version_of
from app.catalogue.facts import Fact
from app.main import create_app
from app.settings import Settings
from app.tokens import create_token
from tests.client import BASE_URL, Client
from tests.databases import NewDatabase

SOURCE = "https://example.org/spec"
OWN = {"Sec-Fetch-Site": "same-origin", "Accept": "text/html"}


class Service:
    """One running application on a database, with a token."""

    def __init__(self, app: FastAPI, portal: BlockingPortal, secret: str = "") -> None:
        self.app = app
        self.portal = portal
        self.secret = secret

    @property
    def catalogue(self) -> Any:
        return self.app.state.world.catalogue

    def fact(self, kind: str, slug: str) -> Fact:
        fact: Fact = self.catalogue.of_kind(kind)[slug]
        return fact

    def version(self, kind: str, slug: str) -> str:
        return version_of(self.fact(kind, slug))

    def rest(self, method: str, path: str, json: Any = None, **headers: str) -> httpx.Response:
        """One request with the token."""
        given = {"Authorization": f"Bearer {self.secret}"} if self.secret else {}
        with Client(self.app, self.portal) as client:
            return client.request(method, f"/api/v1{path}", json=json, headers=given | headers)

    def change(self, kind: str, slug: str, /, **changes: Any) -> httpx.Response:
        """An edit as the newest version allows it."""
        return self.change_from(self.version(kind, slug), kind, slug, **changes)

    def change_from(self, version: str, kind: str, slug: str, /, **changes: Any) -> httpx.Response:
        given = {
            "changes": changes,
            "version": version,
            "reason": "the vendor corrected its page",
            "source": SOURCE,
        }
        return self.rest("PATCH", f"/catalogue/{kind}/{slug}", given)


class Visitor:
    """A browser's cookies and headers, without the browser."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.cookies: dict[str, str] = {}

    def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        headers = {**OWN, **more.pop("headers", {})}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{n}={v}" for n, v in self.cookies.items())
        with Client(self.service.app, self.service.portal) as client:
            answer = client.request(method, path, headers=headers, **more)
        for name, value in answer.cookies.items():
            self.cookies[name] = value
        return answer

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.request("GET", path, **more)

    def post(self, path: str, **more: Any) -> httpx.Response:
        return self.request("POST", path, **more)

    def sign_in(self, secret: str) -> httpx.Response:
        return self.post("/admin/sign-in", data={"token": secret})


@contextmanager
def running(url: str, portal: BlockingPortal, **settings: Any) -> Iterator[FastAPI]:
    """The application on a database, started as a server would."""
    app = create_app(Settings(database_url=url, **settings))
    with portal.wrap_async_context_manager(app.router.lifespan_context(app)):
        yield app


@pytest.fixture(scope="module")
def database_url(new_database: NewDatabase) -> str:
    return new_database()


@pytest.fixture(scope="module")
def service(database_url: str, portal: BlockingPortal) -> Iterator[Service]:
    """A service with a token that may edit."""
    with running(database_url, portal) as app:
        secret = create_token(app.state.database, "Ada", ["edit"])
        yield Service(app, portal, secret)


@pytest.fixture
def visitor(service: Service) -> Visitor:
    """A browser that has signed in."""
    opened = Visitor(service)
    assert opened.sign_in(service.secret).status_code == 303
    return opened


def clear_attempts(service: Service) -> None:
    """Forget sign-ins that failed, so that one test does not lock another out."""
    service.app.state.attempts._failed.clear()


__all__ = ["BASE_URL", "OWN", "SOURCE", "Service", "Visitor", "clear_attempts", "running"]

"""A real Chromium against the real application on a free port.

Without Chromium these tests are skipped loudly; with CI=true they fail, since nobody would notice.
"""

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from app.database import open_database
from app.main import create_app
from app.settings import Settings
from app.tokens import create_token
from tests.browser.chromium import ARGUMENTS, CHROMIUM
from tests.databases import NewDatabase

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
#: Reports what the content security policy stopped, before anything of the page runs.
WATCH_POLICY = """
addEventListener("securitypolicyviolation", (e) =>
  console.error("policy: " + e.violatedDirective + " " + e.blockedURI + " " + e.sample));
"""


@pytest.fixture(scope="session")
def database_url(new_database: NewDatabase) -> str:
    """Where the served application keeps its data."""
    return new_database()


@pytest.fixture(scope="session")
def editor_token(address: str, database_url: str) -> str:  # the address: it has to run first
    """A token that may edit and publish."""
    database = open_database(database_url)
    secret = create_token(database, "Ada", ["edit", "publish"])
    database.dispose()
    return secret


@pytest.fixture(scope="session")
def address(database_url: str) -> Iterator[str]:
    """The application, served on a free port."""
    app = create_app(Settings(database_url=database_url))
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        deadline = time.monotonic() + 60
        while not server.started:
            assert time.monotonic() < deadline, "the application did not start"
            time.sleep(0.05)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join(timeout=10)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        message = f"Chromium is not at {CHROMIUM}: the pages were NOT tried in a browser"
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield opened
        opened.close()


class Watched:
    """Pages whose every complaint, in the console or by the policy, is kept."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._contexts: list[BrowserContext] = []
        self.complaints: list[str] = []

    def page(self, **options: object) -> Page:
        context = self._browser.new_context(**{"reduced_motion": "reduce", **options})  # type: ignore[arg-type]
        context.add_init_script(WATCH_POLICY)
        self._contexts.append(context)
        page = context.new_page()
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(f"page error: {error}"))
        return page

    def _console(self, message: object) -> None:
        kind, text = message.type, message.text  # type: ignore[attr-defined]
        if kind in ("error", "warning"):
            self.complaints.append(f"{kind}: {text}")

    def close(self) -> None:
        for context in self._contexts:
            context.close()


@pytest.fixture
def watched(browser: Browser) -> Iterator[Watched]:
    kept = Watched(browser)
    yield kept
    kept.close()


@pytest.fixture
def open_page(watched: Watched) -> Callable[..., Page]:
    """Opens a page in a context of its own."""
    return watched.page

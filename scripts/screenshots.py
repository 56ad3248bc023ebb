"""Writes docs/screenshots: the main pages, light and dark, narrow and wide.

Starts the application on a temporary database, walks through it in Chromium and stops it again.
"""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.chromium import ARGUMENTS, CHROMIUM

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "docs" / "screenshots"
BUILD = (
    "/configure?cpu=amd-ryzen-9-9950x&gpu=nvidia-geforce-rtx-5090"
    "&module=udimm-ddr5-5600-48gb&modules=4"
)
PAGES = {
    "home": "/",
    "configurator": BUILD,
    "advisor": "/advisor",
    "advisor-answered": (
        "/advisor?people=20&model=qwen2.5-14b-instruct&quant=q4_k_m&budget=15000&top=5"
    ),
    "share": BUILD,
    "compare": "/compare",
    "sweep": BUILD.replace("/configure?", "/sweep?axis=context_tokens&"),
    "upgrades": BUILD.replace("/configure?", "/configure/upgrades?").replace("5090", "3090"),
    "value": "/value",
    "evidence": "/evidence",
    "method": "/method",
    "source-table": "/method/source-table",
    "help": "/help",
    "glossary": "/glossary",
    "reference": "/docs",
}
#: Width of the window, and the tallest picture taken of it.
SIZES = {390: 1600, 1280: 2000}


@contextmanager
def running_app() -> Iterator[str]:
    """The application on a free port; gives its address."""
    with tempfile.TemporaryDirectory() as folder:
        command = [
            sys.executable,
            "-m",
            "uvicorn",
            "--no-access-log",
            "--factory",
            "app.main:create_app",
        ]
        server = subprocess.Popen(
            [*command, "--port", "0"],
            cwd=ROOT,
            env={**os.environ, "DATABASE_URL": f"sqlite:///{folder}/screenshots.db"},
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            yield _address(server)
        finally:
            server.terminate()
            server.wait(timeout=10)


def _address(server: "subprocess.Popen[str]") -> str:
    """Where the server says it listens."""
    assert server.stderr is not None  # noqa: S101  # opened as a pipe just above
    said = []
    for line in server.stderr:
        said.append(line)
        if found := re.search(r"running on (http://\S+)", line):
            return found.group(1)
    raise SystemExit("The application did not start:\n" + "".join(said))


def shoot(browser: Browser, base: str, name: str, theme: str, width: int) -> None:
    """One picture."""
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if theme == "dark" else "light",
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto(base + PAGES[name], wait_until="networkidle")
    if name == "share":
        page.evaluate("document.querySelector('form[action=\"/share\"]').submit()")
        page.wait_for_url("**/s/**")
    draw_charts(page)
    height = min(page.evaluate("document.documentElement.scrollHeight"), SIZES[width])
    page.set_viewport_size({"width": width, "height": height})
    page.wait_for_timeout(300)
    page.screenshot(path=str(TARGET / f"{name}-{theme}-{width}.png"))
    context.close()


def draw_charts(page: Page) -> None:
    """Charts are drawn when they come into view: pass each once, then go back up."""
    for chart in page.locator(".plot").all():
        chart.scroll_into_view_if_needed()
        chart.locator(".main-svg").first.wait_for(timeout=30_000)
    page.evaluate("scrollTo(0, 0)")


def main() -> None:
    TARGET.mkdir(parents=True, exist_ok=True)
    with running_app() as base, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=[*ARGUMENTS, "--hide-scrollbars"]
        )
        for name in PAGES:
            for theme in ("light", "dark"):
                for width in SIZES:
                    shoot(browser, base, name, theme, width)
        browser.close()


if __name__ == "__main__":
    main()

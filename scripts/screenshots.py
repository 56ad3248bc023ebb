"""Writes docs/screenshots: the main pages, or those named, light and dark, narrow and wide.

Starts the application on a temporary database, walks through it in Chromium and stops it again.
Names of pages as arguments: only these.
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

from app.database import open_database
from app.tokens import create_token
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
    "calculation": BUILD.replace("/configure?", "/configure/calculation?"),
    "advisor": "/advisor",
    "advisor-answered": (
        "/advisor?people=20&model=qwen2.5-14b-instruct&quant=q4_k_m&budget=15000&top=5"
    ),
    "share": BUILD,
    "report": BUILD,
    "compare": "/compare",
    "sweep": BUILD.replace("/configure?", "/sweep?axis=context_tokens&"),
    "upgrades": BUILD.replace("/configure?", "/configure/upgrades?").replace("5090", "3090"),
    "value": "/value",
    "import": "/import",
    "import-previewed": "/import",
    "import-kept": "/import",
    "import-gpu": "/import/gpu",
    "browse": "/browse",
    "list-gpus": "/gpus",
    "list-cpus": "/cpus?vendor=AMD&segment=server",
    "entry-gpu": "/gpus/nvidia-geforce-rtx-3090",
    "entry-model": "/models/llama-3.1-8b-instruct",
    "entry-system": "/systems/framework-desktop-128gb-ryzen-ai-max-395",
    "entry-format": "/quantizations/q4_k_m",
    "evidence": "/evidence",
    "method": "/method",
    "source-table": "/method/source-table",
    "help": "/help",
    "glossary": "/glossary",
    "reference": "/docs",
    "editing": "/admin",
    "editing-item": "/admin/catalogue/gpus/nvidia-geforce-rtx-5090",
    "editing-conflict": "/admin/catalogue/gpus/nvidia-geforce-rtx-5090",
    "editing-import": "/admin/import",
    "editing-publish": "/import",
    "editing-old-prices": "/admin/old-prices",
}
#: A config.json that leaves one figure open.
CONFIG = """{
  "model_type": "qwen3_moe", "hidden_size": 2048, "num_hidden_layers": 48, "head_dim": 128,
  "num_attention_heads": 32, "num_key_value_heads": 4, "intermediate_size": 6144,
  "moe_intermediate_size": 768, "num_experts": 128, "num_experts_per_tok": 8,
  "max_position_embeddings": 40960, "tie_word_embeddings": false
}"""
#: What an editor has done before the pictures are taken.
SOURCE = "https://www.nvidia.com/en-us/geforce/graphics-cards/50-series/rtx-5090/"
FILE = """slug,tdp_w,l2_mb
nvidia-geforce-rtx-5080,360,64
nvidia-geforce-rtx-5090,575,98
nvidia-l4,72,lots
"""
#: Width of the window, and the tallest picture taken of it.
SIZES = {390: 1600, 1280: 2000}


@contextmanager
def running_app() -> Iterator[tuple[str, str]]:
    """The application on a free port; gives its address and an editor's token."""
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
            address = _address(server)
            database = open_database(f"sqlite:///{folder}/screenshots.db")
            token = create_token(database, "Ada", ["edit", "publish"])
            database.dispose()
            yield address, token
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


def edit(browser: Browser, base: str, token: str) -> None:
    """Some edits, so that there is a history to show."""
    page = browser.new_page()
    sign_in(page, base, token)
    for field, value in (("tdp_w", "576"), ("l2_mb", "97")):
        change(page, base + PAGES["editing-item"], field, value)
    page.close()


def sign_in(page: Page, base: str, token: str) -> None:
    page.goto(f"{base}/admin/sign-in")
    page.fill("#token", token)
    page.click("main form button")


def change(page: Page, address: str, field: str, value: str) -> None:
    """Store another value of a field."""
    page.goto(address)
    page.fill(f"#f-{field}", value)
    save(page)


def save(page: Page) -> None:
    page.fill("#reason", "The vendor corrected its page")
    page.fill("#source", SOURCE)
    page.click(".edit-form .button:not(.secondary)")
    page.wait_for_load_state("networkidle")


def conflict(page: Page, base: str) -> None:
    """The page of an editor who was late."""
    address = base + PAGES["editing-item"]
    page.fill("#f-tdp_w", "600")
    other = page.context.new_page()
    other.goto(address)
    change(other, address, "tdp_w", "575" if other.input_value("#f-tdp_w") == "576" else "576")
    other.close()
    save(page)


def compare_file(page: Page) -> None:
    """The page that says what a file would change."""
    page.select_option("#kind", "gpus")
    page.fill("#csv", FILE)
    page.fill("#reason", "Figures of the vendor's list of November")
    page.fill("#source", SOURCE)
    page.click("form[aria-labelledby=file-h] .button")
    page.wait_for_load_state("networkidle")


def shoot(browser: Browser, base: str, name: str, theme: str, width: int, token: str) -> None:
    """One picture."""
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if theme == "dark" else "light",
        reduced_motion="reduce",
    )
    page = context.new_page()
    if name.startswith("editing"):
        sign_in(page, base, token)
    page.goto(base + PAGES[name], wait_until="networkidle")
    if name == "editing-conflict":
        conflict(page, base)
    if name == "editing-import":
        compare_file(page)
    if name in ("share", "report"):
        page.evaluate("document.querySelector('form[action=\"/share\"]').submit()")
        page.wait_for_url("**/s/**")
    if name in ("import-previewed", "import-kept"):
        import_model(page, keep=name == "import-kept")
    if name == "editing-publish":
        import_model(page, keep=True)
        page.get_by_role("link", name="Publish to the catalogue").click()
        page.wait_for_url("**/admin/publish/**")
    if name == "report":
        page.goto(f"{page.url}/report")
    draw_charts(page)
    fetch_parts(page)
    height = min(page.evaluate("document.documentElement.scrollHeight"), SIZES[width])
    page.set_viewport_size({"width": width, "height": height})
    page.wait_for_timeout(300)
    page.screenshot(path=str(TARGET / f"{name}-{theme}-{width}.png"))
    context.close()


def import_model(page: Page, *, keep: bool) -> None:
    """A config read, and kept with what it leaves open."""
    page.fill("#f-text", CONFIG)
    page.fill("#f-name", "Our fine-tune of Qwen3 30B-A3B")
    page.fill("#f-params_published_b", "30.5")
    page.get_by_role("button", name="Read it").click()
    if keep:
        page.fill("#f-vocab_size", "151936")
        page.get_by_role("button", name="Read it with these").click()
        page.get_by_role("button", name="Keep it and go on").click()
        page.wait_for_url("**/i/**")


def shoot_paper(browser: Browser, base: str) -> None:
    """The report's two sheets as they are printed, on one picture."""
    context = browser.new_context(viewport={"width": 794, "height": 2246}, device_scale_factor=1.5)
    page = context.new_page()
    page.goto(base + PAGES["report"], wait_until="networkidle")
    page.evaluate("document.querySelector('form[action=\"/share\"]').submit()")
    page.wait_for_url("**/s/**")
    page.goto(f"{page.url}/report")
    page.emulate_media(media="print")
    page.evaluate(
        "document.querySelectorAll('.sheet').forEach((s) => { s.style.padding = '11mm 14mm 10mm'; "
        "s.style.height = '297mm'; })"
    )
    page.screenshot(path=str(TARGET / "report-paper.png"), full_page=True)
    context.close()


def draw_charts(page: Page) -> None:
    """Charts are drawn when they come into view: pass each once, then go back up."""
    for chart in page.locator(".plot").all():
        chart.scroll_into_view_if_needed()
        chart.locator(".main-svg").first.wait_for(timeout=30_000)
    page.evaluate("scrollTo(0, 0)")


def fetch_parts(page: Page) -> None:
    """Parts that come when they are scrolled to: pass each, and wait for what it asks for."""
    for part in page.locator("[hx-trigger=revealed]").all():
        part.scroll_into_view_if_needed()
    page.wait_for_load_state("networkidle")
    page.evaluate("scrollTo(0, 0)")


def main(wanted: list[str]) -> None:
    """``wanted``: names of pages; all where there are none."""
    TARGET.mkdir(parents=True, exist_ok=True)
    with running_app() as (base, token), sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=[*ARGUMENTS, "--hide-scrollbars"]
        )
        edit(browser, base, token)
        for name in wanted or PAGES:
            for theme in ("light", "dark"):
                for width in SIZES:
                    shoot(browser, base, name, theme, width, token)
        if not wanted or "report" in wanted:
            shoot_paper(browser, base)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])

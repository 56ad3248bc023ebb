"""The report on paper: two A4 pages with text one can select, and no table beyond the edge."""

import io
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

import pytest
from fastapi import FastAPI
from playwright.sync_api import Page
from pypdf import PdfReader
from sqlmodel import Session

from app.builds.assess import World, assess
from app.builds.query import spec_from_query
from app.builds.shares import create_share
from app.language.languages import LANGUAGES, Language
from app.language.speaking import said, speaking
from tests.client import Client
from tests.exports.large import bloated
from tests.exports.readers import squeezed
from tests.exports.scenarios import SCENARIOS

pytestmark = pytest.mark.browser
Open = Callable[..., Page]
BUILDS = {
    **SCENARIOS,
    "cluster of complete systems": (
        "system=nvidia-dgx-spark-128gb-4tb&nodes=4&model=gpt-oss-120b&quant=mxfp4&users=16"
    ),
    "does not fit": "gpu=nvidia-geforce-rtx-5080&model=llama-3.3-70b-instruct",
}
#: Three builds in three languages, and the others in English.
PRINTED = [
    (name, language)
    for name in BUILDS
    for language in (LANGUAGES if name in SCENARIOS else LANGUAGES[:1])
]
#: A4 without the margins of the style sheet, in CSS pixels.
PAPER_WIDTH, PAPER_HEIGHT = round((210 - 28) / 25.4 * 96), (297 - 21) / 25.4 * 96
BEYOND = """(width) => [...document.querySelectorAll("table, tr, svg, p, li")]
  .filter((e) => e.getBoundingClientRect().width && e.getBoundingClientRect().right > width + 0.5)
  .map((e) => e.outerHTML.slice(0, 120))"""
HEIGHTS = """() => [...document.querySelectorAll(".sheet")].map((sheet) => {
  sheet.setAttribute("class", sheet.className + " measured");
  const parts = [...sheet.children].slice(0, -1);
  return parts.at(-1).getBoundingClientRect().bottom - sheet.getBoundingClientRect().top;
})"""
BESIDE_PICTURES = """() => [...document.querySelectorAll(".sheet svg.drawing")].flatMap((svg) => {
  const box = svg.viewBox.baseVal;
  return [...svg.querySelectorAll("text")].filter((text) => {
    const at = text.getBBox();
    return at.x < -1 || at.x + at.width > box.width + 1 || at.y + at.height > box.height + 4;
  }).map((text) => text.textContent);
})"""
CELLS = """() => [...document.querySelectorAll(".sheet td, .sheet th, .sheet dt, .sheet dd")].map(
  (cell) => { const shown = cell.cloneNode(true);
    shown.querySelectorAll(".vh").forEach((hidden) => hidden.remove());
    return shown.textContent; }).filter((words) => words.trim())"""
OVERLAPS = """() => [...document.querySelectorAll(".sheet td, .sheet th")].filter(
  (cell) => cell.scrollWidth > cell.clientWidth + 1).map((cell) => cell.outerHTML.slice(0, 120))"""


def shared(page: Page, address: str, query: str) -> str:
    """The address of a new share of a build."""
    form: dict[str, Any] = {"query": query}
    answer = page.request.post(f"{address}/share", form=form, max_redirects=0)
    assert answer.status == 303, dict(parse_qsl(query))
    return str(address + answer.headers["location"])


@pytest.mark.parametrize(("name", "language"), PRINTED)
def test_the_report_prints_on_exactly_two_pages(
    open_page: Open, address: str, name: str, language: Language
) -> None:
    page = open_page(viewport={"width": PAPER_WIDTH, "height": 1000}, color_scheme="dark")
    share = shared(page, address, BUILDS[name])
    page.goto(f"{share}/report?lang={language}")
    printed = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True, print_background=True)))
    page.emulate_media(media="print")
    heights = page.evaluate(HEIGHTS)
    assert all(height < PAPER_HEIGHT for height in heights), (heights, PAPER_HEIGHT)
    assert len(printed.pages) == 2, (heights, PAPER_HEIGHT)
    sizes = {
        (round(float(p.mediabox.width)), round(float(p.mediabox.height))) for p in printed.pages
    }
    assert all(abs(w - 595) <= 1 and abs(h - 842) <= 1 for w, h in sizes)
    first, second = (squeezed(p.extract_text()) for p in printed.pages)
    title = page.locator(".report h1").inner_text()
    assert squeezed(title) in first
    with speaking(language):
        for heading in ("What is bought", "What it is good for"):
            assert squeezed(said(heading)) in first
        for heading in ("What could go wrong", "Sources"):
            assert squeezed(said(heading)) in second
    for words in page.evaluate(CELLS):
        assert squeezed(words) in first, words
    assert page.evaluate(BESIDE_PICTURES) == []
    assert page.evaluate(BEYOND, PAPER_WIDTH) == []
    assert page.evaluate(OVERLAPS) == []


def test_the_largest_report_prints_on_two_pages_in_a_wide_font(
    open_page: Open, address: str, app: FastAPI, client: Client, world: World
) -> None:
    with Session(app.state.database) as session:
        answer = assess(spec_from_query(BUILDS["server with four kinds of cards"]), world)
        slug = create_share(session, bloated(answer)).slug
        session.commit()
    html = client.get(f"/s/{slug}/report").text
    page = open_page(viewport={"width": PAPER_WIDTH, "height": 1000})
    page.route("**/largest", lambda route: route.fulfill(content_type="text/html", body=html))
    page.goto(f"{address}/largest")
    page.evaluate("document.documentElement.style.setProperty('--font', 'DejaVu Sans')")
    printed = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True)))
    page.emulate_media(media="print")
    assert page.evaluate(BEYOND, PAPER_WIDTH) == []
    heights = page.evaluate(HEIGHTS)
    assert all(height < PAPER_HEIGHT for height in heights), heights
    assert len(printed.pages) == 2, (heights, PAPER_HEIGHT)


@pytest.mark.parametrize(("name", "language"), PRINTED)
def test_the_pdf_has_the_same_two_pages(
    open_page: Open, address: str, name: str, language: Language
) -> None:
    page = open_page()
    share = shared(page, address, BUILDS[name])
    written = PdfReader(io.BytesIO(page.request.get(f"{share}.pdf?lang={language}").body()))
    assert len(written.pages) == 2
    assert written.trailer["/Root"]["/Lang"] == language
    first, second = (squeezed(p.extract_text()) for p in written.pages)
    page.goto(f"{share}/report?lang={language}")
    for cells in page.locator(".sheet tbody td").all_inner_texts():
        for words in cells.split():
            assert squeezed(words) in first, words
    for heading in page.locator(".sheet >> nth=0").locator("h2").all_inner_texts():
        assert squeezed(heading) in first
    for heading in page.locator(".sheet >> nth=1").locator("h2").all_inner_texts():
        assert squeezed(heading) in second


def test_the_report_needs_no_script_and_holds_no_dark_on_paper(
    open_page: Open, address: str
) -> None:
    page = open_page(java_script_enabled=False, color_scheme="dark")
    share = shared(page, address, BUILDS["workstation"])
    page.goto(f"{share}/report")
    assert page.locator(".drawing").count() == 4
    assert page.locator(".report-tools").is_visible()
    page.emulate_media(media="print", color_scheme="dark")
    assert not page.locator(".report-tools").is_visible()
    assert not page.locator(".site-header").is_visible()


@contextmanager
def wiki(body: str) -> Iterator[str]:
    """Another site with one page; gives its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}/wiki"
        server.shutdown()


def test_a_part_shows_in_a_frame_on_another_site(open_page: Open, address: str) -> None:
    page = open_page()
    share = shared(page, address, BUILDS["workstation"])
    body = (
        f'<iframe src="{share}/embed/verdicts"></iframe>'
        f'<iframe src="{share}/report"></iframe><img src="{share}/embed/speed.svg">'
    )
    with wiki(body) as elsewhere:
        page.goto(elsewhere)
        page.frame_locator("iframe >> nth=0").locator("h1").wait_for()
        assert page.frames[2].locator(".report").count() == 0, (
            "the report itself must not be framed"
        )
        page.wait_for_function("document.querySelector('img').complete")
        assert page.evaluate("document.querySelector('img').naturalWidth") == 340

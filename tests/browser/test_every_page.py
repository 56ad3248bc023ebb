"""Every page, light and dark, narrow and wide: no violation, no complaint, nothing cut off."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page

from tests.accuracy.samples import MARKDOWN
from tests.browser.conftest import AXE, Watched
from tests.searches import FAST

pytestmark = pytest.mark.browser
Open = Callable[..., Page]
BUILD = (
    "/configure?cpu=amd-ryzen-9-9950x&gpu=nvidia-geforce-rtx-5090"
    "&module=udimm-ddr5-5600-48gb&modules=4"
)
QUERY = BUILD.partition("?")[2]
SERVER = "cpu=amd-epyc-9554p&module=rdimm-ddr5-4800-32gb&modules=12"
LARGE = QUERY.replace("5090", "4090") + "&model=llama-3.3-70b-instruct"
TOO_SMALL = "/configure?gpu=nvidia-geforce-rtx-5080&model=llama-3.3-70b-instruct"
PAGES = {
    "home": "/",
    "empty configurator": "/configure",
    "configurator": BUILD,
    "build that does not fit": TOO_SMALL,
    "bad input": f"{BUILD}&users=many",
    "compare, example": "/compare",
    "compare": f"/compare?{urlencode({'a': QUERY, 'b': SERVER, 'c': 'cpu=foo', 'd': LARGE})}",
    "compare, one build": f"/compare?{urlencode({'a': QUERY})}",
    "what if": f"/sweep?axis=quantization&{QUERY}",
    "what if, bad input": "/sweep?axis=colour",
    "what next": f"/configure/upgrades?{LARGE}",
    "advisor": "/advisor",
    "advisor, answered": f"/advisor?{FAST}&people=20&use_case=uc1,uc2&owned_gpu=RTX+3090",
    "advisor, nothing fits": f"/advisor?{FAST}&budget=500",
    "advisor, bad input": "/advisor?people=many&vendor=ACME&colour=red",
    "value": "/value?model=gpt-oss-120b&quant=mxfp4",
    "value, bad input": "/value?model=nothing&currency=JPY",
    "source table": "/method/source-table",
    "method": f"/method?{BUILD.partition('?')[2]}",
    "method, bad input": "/method?users=many",
    "evidence": "/evidence",
    "evidence, set aside": "/evidence?excluded=1&by=model&q=h100",
    "evidence, bad input": "/evidence?by=colour&class=none&page=zero",
    "own measurement": "/evidence/yours",
    "own measurement, answered": "",
    "share": "",
    "unknown share": "/s/nothing",
    "unknown page": "/nowhere",
    "signing in": "/admin",
}
GPU = "/admin/catalogue/gpus/nvidia-l4"
#: Pages of editors; those without an address are reached by a form.
EDITING = {
    "editing": "/admin",
    "editing, found": "/admin?q=4090",
    "editing, items": "/admin/catalogue/prices",
    "editing, item": GPU,
    "editing, bad input": GPU,
    "editing, two at once": GPU,
    "editing, new item": "/admin/add/models",
    "editing, new price": "/admin/add/prices?item_kind=gpu&item=nvidia-l4",
    "editing, old prices": "/admin/old-prices",
    "editing, import": "/admin/import",
    "editing, compared": "/admin/import",
    "editing, history": "/admin/history",
    "editing, one edit": "/admin/history",
    "editing, newer seed": "/admin/newer",
}
RUN_AXE = """() => axe.run(document, {
  runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
  rules: { "target-size": { enabled: true } },
}).then((result) => result.violations.map((v) =>
  `${v.id}: ${v.help} ${v.nodes.slice(0, 4).map((n) => n.html.slice(0, 160)).join(" | ")}`))"""


def visit(page: Page, address: str, name: str) -> None:
    """Open a page; the share is made from a build first, the comparison from a benchmark."""
    if name == "own measurement, answered":
        page.goto(
            f"{address}/evidence/yours?gpu=nvidia-geforce-rtx-4090&model=llama-3.1-8b-instruct"
        )
        page.fill("#text", MARKDOWN.decode())
        page.click("form[action='/evidence/yours'] button")
        page.wait_for_load_state("networkidle")
        return
    if name != "share":
        page.goto(address + PAGES[name], wait_until="networkidle")
        return
    page.goto(address + BUILD)
    page.evaluate("document.querySelector('form[action=\"/share\"]').submit()")
    page.wait_for_url("**/s/*", wait_until="networkidle")


def visit_as_editor(page: Page, address: str, name: str, token: str) -> None:
    """Open a page of the editors, signed in; what a form leads to is made first."""
    page.goto(address + EDITING[name])
    page.fill("#token", token)
    page.click("main form button")
    page.wait_for_load_state("networkidle")
    if name == "editing, bad input":
        page.fill("#f-tdp_w", "many")
        page.click(".edit-form .button >> nth=0")
    if name == "editing, two at once":
        other = page.context.new_page()
        other.goto(address + GPU)
        taken = "73" if other.input_value("#f-tdp_w") != "73" else "74"
        for one, value in ((other, taken), (page, "75")):
            one.fill("#f-tdp_w", value)
            one.fill("#reason", "a test")
            one.fill("#source", "https://example.org")
            one.click(".edit-form .button >> nth=0")
            one.wait_for_load_state("networkidle")
        other.close()
        assert page.locator(".clash").count() == 1
    if name == "editing, compared":
        page.select_option("#kind", "gpus")
        page.fill("#csv", "slug,l2_mb\nnvidia-l4,49\nnvidia-l40s,many\n")
        page.fill("#reason", "a test")
        page.fill("#source", "https://example.org")
        page.click("form[aria-labelledby=file-h] .button")
    if name == "editing, one edit":
        if page.locator(".edits-table a").count() == 0:
            visit_as_editor(page.context.new_page(), address, "editing, two at once", token)
            page.reload()
        page.click(".edits-table a >> nth=0")
    page.wait_for_load_state("networkidle")


def unexpected(complaints: list[str]) -> list[str]:
    """Chromium itself reports the status of a page that is rightly answered with 404 or 422."""
    return [c for c in complaints if "Failed to load resource" not in c]


@pytest.mark.parametrize("name", PAGES)
def test_the_policy_stops_nothing_and_the_console_is_silent(
    watched: Watched, open_page: Open, address: str, name: str
) -> None:
    page = open_page(viewport={"width": 1280, "height": 900})
    visit(page, address, name)
    for chart in page.locator(".plot").all():
        chart.scroll_into_view_if_needed()
        chart.locator(".main-svg").first.wait_for(timeout=30_000)
    assert unexpected(watched.complaints) == []


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_accessible_and_nothing_scrolls_sideways(
    open_page: Open, address: str, name: str, theme: Any, width: int
) -> None:
    if not AXE.exists():
        pytest.fail("axe-core is not installed: run npm ci")
    page = open_page(viewport={"width": width, "height": 900}, color_scheme=theme)
    visit(page, address, name)
    if width == 390 and page.locator(".rail-toggle").is_visible():
        page.click(".rail-toggle")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    assert page.evaluate(RUN_AXE) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", EDITING)
def test_pages_of_editors_are_accessible_too(
    watched: Watched,
    open_page: Open,
    address: str,
    editor_token: str,
    name: str,
    theme: Any,
    width: int,
) -> None:
    page = open_page(viewport={"width": width, "height": 900}, color_scheme=theme)
    visit_as_editor(page, address, name, editor_token)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    assert page.evaluate(RUN_AXE) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert unexpected(watched.complaints) == []


@pytest.mark.parametrize(
    "name",
    [
        "home",
        "configurator",
        "share",
        "source table",
        "method",
        "evidence",
        "compare",
        "what next",
        "advisor, answered",
    ],
)
def test_at_200_percent_text_nothing_is_cut_off(open_page: Open, address: str, name: str) -> None:
    page = open_page(viewport={"width": 640, "height": 450})
    visit(page, address, name)
    assert page.evaluate("document.documentElement.scrollWidth") <= 640


def test_the_keyboard_reaches_the_content_and_the_theme(open_page: Open, address: str) -> None:
    page = open_page()
    page.goto(address)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_the_source_of_a_figure_opens_by_keyboard(open_page: Open, address: str) -> None:
    page = open_page(viewport={"width": 1280, "height": 900})
    page.goto(address + BUILD)
    page.locator(".bom .dot").first.focus()
    page.keyboard.press("Enter")
    assert page.locator(".source-text:popover-open").is_visible()
    page.keyboard.press("Escape")
    assert page.locator(".source-text:popover-open").count() == 0


def test_axe_itself_finds_what_is_wrong(open_page: Open, address: str) -> None:
    """A check that never fails checks nothing."""
    page = open_page()
    page.goto(address)
    page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=x>')")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    assert any(found.startswith("image-alt") for found in page.evaluate(RUN_AXE))

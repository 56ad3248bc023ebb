"""Every page, light and dark, narrow and wide: no violation, no complaint, nothing cut off."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from tests.accuracy.samples import MARKDOWN
from tests.browser.conftest import AXE, Watched
from tests.catalogue.configs import PUBLISHED
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
    "calculation": f"/configure/calculation?{QUERY}",
    "calculation, bad input": "/configure/calculation?users=many",
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
    "import": "/import",
    "import, previewed": "/import",
    "import, bad input": "/import",
    "import, kept": "/import",
    "import of a GGUF file": "/import/gguf",
    "import of a GPU": "/import/gpu",
    "import of a CPU": "/import/cpu",
    "unknown import": "/i/nothing",
    "browse": "/browse",
    "list of GPUs": "/gpus",
    "list, filtered": "/cpus?vendor=AMD&q=epyc&sort=-cores&columns=cores,tdp_w,price_new_eur",
    "list, nothing found": "/models?vendor=Meta&licence=mit&architecture=moe",
    "list, bad input": "/systems?colour=red&unified_memory=perhaps&sort=weight",
    "list of memory": "/memory",
    "page of a GPU": "/gpus/nvidia-geforce-rtx-3090",
    "page of a CPU": "/cpus/amd-epyc-9554p",
    "page of memory": "/memory/rdimm-ddr5-4800-32gb",
    "page of a system": "/systems/framework-desktop-128gb-ryzen-ai-max-395",
    "page of a model": "/models/llama-3.1-8b-instruct",
    "page of a format": "/quantizations/q4_k_m",
    "page of an engine": "/engines/llama.cpp-cuda",
    "models that fit": "/gpus/nvidia-geforce-rtx-3090/fits",
    "machines for a model": "/models/llama-3.1-8b-instruct/machines",
    "unknown entry": "/gpus/nvidia-geforce-rtx-4091",
    "help": "/help",
    "glossary": "/glossary",
    "glossary, searched": "/glossary?q=bandwidth",
    "reference": "/docs",
    "share": "",
    "report": "/report",
    "embedded verdicts": "/embed/verdicts",
    "embedded chart": "/embed/cost",
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
#: Pages of a share: what follows its address.
SHARED = ("share", "report", "embedded verdicts", "embedded chart")
#: Swagger UI nests controls and leaves fields without a label; the page lists the same above it.
RUN_AXE = """() => axe.run({ include: document, exclude: ["#swagger-ui"] }, {
  runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
  rules: { "target-size": { enabled: true } },
}).then((result) => result.violations.map((v) =>
  `${v.id}: ${v.help} ${v.nodes.slice(0, 4).map((n) => n.html.slice(0, 160)).join(" | ")}`))"""


IMPORTED = {"import, previewed", "import, bad input", "import, kept"}


def bring(page: Page, name: str) -> None:
    """Have a config read; kept, or with something wrong in it."""
    config = {k: v for k, v in PUBLISHED["gpt-oss 20B"].config.items() if k != "vocab_size"}
    page.fill("#f-text", "{" if name == "import, bad input" else json.dumps(config))
    page.get_by_role("button", name="Read it", exact=True).click()
    if name == "import, kept":
        page.get_by_role("button", name="Keep it as it is").click()
        page.wait_for_url("**/i/*")
    page.wait_for_load_state("networkidle")
    for fold in page.locator("main details.fold:not(.form-fold) > summary").all():
        fold.click()


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
    if name not in SHARED:
        page.goto(address + PAGES[name], wait_until="networkidle")
        if name in IMPORTED:
            bring(page, name)
        return
    page.goto(address + BUILD)
    page.evaluate("document.querySelector('form[action=\"/share\"]').submit()")
    page.wait_for_url("**/s/*", wait_until="networkidle")
    if PAGES[name]:
        page.goto(page.url + PAGES[name], wait_until="networkidle")


OUTLINE = """() => {
  const style = getComputedStyle(document.activeElement);
  return [document.activeElement.tagName, style.outlineStyle, parseFloat(style.outlineWidth)];
}"""


def visit_as_editor(page: Page, address: str, name: str, token: str) -> None:
    """Open a page of the editors, signed in; what a form leads to is made first."""
    page.goto(address + EDITING[name])
    if page.locator("#token").count():  # else another page of the same reader signed in before
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


@pytest.mark.parametrize("name", PAGES)
def test_at_400_percent_nothing_scrolls_sideways(open_page: Open, address: str, name: str) -> None:
    """1280 pixels at 400 % are a window of 320."""
    page = open_page(viewport={"width": 320, "height": 256})
    visit(page, address, name)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize("name", ["home", "configurator", "advisor", "glossary", "compare"])
def test_in_forced_colours_the_focus_is_seen(open_page: Open, address: str, name: str) -> None:
    page = open_page(forced_colors="active", viewport={"width": 1280, "height": 900})
    visit(page, address, name)
    for _ in range(12):
        page.keyboard.press("Tab")
        tag, style, width = page.evaluate(OUTLINE)
        assert style not in ("none", "hidden"), tag
        assert width >= 1, tag


def test_in_forced_colours_verdicts_and_charts_keep_their_words(
    open_page: Open, address: str
) -> None:
    page = open_page(forced_colors="active", viewport={"width": 1280, "height": 900})
    page.goto(address + BUILD)
    expect(page.locator(".verdict-table .verdict").first).to_contain_text("interactive")
    for part in (".mb-weights", ".mb-kv"):
        fill = f"getComputedStyle(document.querySelector('{part}')).fill"
        free = "getComputedStyle(document.querySelector('.mb-free')).fill"
        assert page.evaluate(f"{fill} !== {free}")


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_nothing_moves_for_those_who_asked_for_rest(
    open_page: Open, address: str, motion: str
) -> None:
    page = open_page(reduced_motion=motion, viewport={"width": 1280, "height": 900})
    page.goto(address + BUILD)
    page.evaluate(
        """() => { window.moved = 0;
        addEventListener("animationstart", () => { window.moved += 1; }); }"""
    )
    page.fill("#users", "3")
    expect(page.locator("#rail .asked")).to_contain_text("3 requests")
    page.wait_for_timeout(200)
    moved = page.evaluate("window.moved")
    assert (moved == 0) if motion == "reduce" else (moved > 0)


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
        "report",
        "source table",
        "method",
        "evidence",
        "compare",
        "what next",
        "advisor, answered",
        "list of GPUs",
        "page of a GPU",
        "page of a model",
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

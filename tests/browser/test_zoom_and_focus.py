"""Zoom, wider spacing, forced colours, less motion, and where the focus is."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_every_page import BUILD, visit

pytestmark = pytest.mark.browser
Open = Callable[..., Page]
MAIN_PAGES = [
    "home",
    "configurator",
    "advisor, answered",
    "compare",
    "list of GPUs",
    "page of a GPU",
    "share",
    "report",
    "method",
    "evidence",
    "import",
    "glossary",
]
#: What readers may set without losing anything: WCAG 2.2, 1.4.12.
SPACED = """* { line-height: 1.5 !important; letter-spacing: .12em !important;
  word-spacing: .16em !important; } p { margin-bottom: 2em !important; }"""
READ_WITH = """(css) => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}"""
#: Elements that hide text which has no room in them; what is hidden on purpose has a clip-path.
CUT_OFF = """() => [...document.querySelectorAll("body *")].filter((e) => {
  const style = getComputedStyle(e);
  if (!e.offsetParent || e.closest("svg, .plot") || !e.textContent.trim()) return false;
  if (style.clipPath !== "none" || e.matches("select, input, textarea")) return false;
  const hides = (overflow) => ["hidden", "clip"].includes(overflow);
  return (hides(style.overflowX) && e.scrollWidth > e.clientWidth + 1)
    || (hides(style.overflowY) && e.scrollHeight > e.clientHeight + 1);
}).map((e) => e.outerHTML.slice(0, 140))"""
#: Focuses everything that Tab reaches, down and up again; tells what lies hidden under another.
OBSCURED = """() => {
  const all = [...document.querySelectorAll(
    "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']"
  )].filter((e) => !e.disabled && e.checkVisibility({ visibilityProperty: true }));
  const seen = (e) => [...e.getClientRects()].some((box) => [.1, .5, .9].some((x) =>
    [.1, .5, .9].some((y) => {
      const found = document.elementFromPoint(box.x + x * box.width, box.y + y * box.height);
      return found && (e.contains(found) || found.contains(e) && found.closest("label, summary"));
    })));
  const hidden = [];
  for (const e of [...all, ...all.toReversed()]) {
    e.focus();
    if (document.activeElement === e && !seen(e)) hidden.push(e.outerHTML.slice(0, 140));
  }
  return [all.length, hidden];
}"""
#: Lines of charts and whiskers with too little contrast to the background of forced colours.
FAINT = """() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const light = (colour) => {
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map((v) => v / 255)
      .map((v) => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
    return .2126 * r + .7152 * g + .0722 * b;
  };
  const paper = light(getComputedStyle(document.body).backgroundColor);
  const lines = [...document.querySelectorAll(".plot .js-line, .w-line")];
  return [lines.length, lines.filter((line) => {
    const ink = light(getComputedStyle(line).stroke);
    return (Math.max(ink, paper) + .05) / (Math.min(ink, paper) + .05) < 3;
  }).map((line) => line.outerHTML.slice(0, 140))];
}"""
OUTLINE = """() => {
  const style = getComputedStyle(document.activeElement);
  return [document.activeElement.tagName, style.outlineStyle, parseFloat(style.outlineWidth)];
}"""


@pytest.mark.parametrize("name", MAIN_PAGES)
def test_with_wider_spacing_nothing_is_cut_off(open_page: Open, address: str, name: str) -> None:
    page = open_page(viewport={"width": 1280, "height": 900})
    visit(page, address, name)
    page.evaluate(READ_WITH, SPACED)
    assert page.evaluate(CUT_OFF) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    page.set_viewport_size({"width": 640, "height": 450})  # the same at 200 % zoom
    if page.locator(".rail-toggle").is_visible():
        page.click(".rail-toggle")
    assert page.evaluate(CUT_OFF) == []


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("name", MAIN_PAGES)
def test_the_focus_is_never_under_something_else(
    open_page: Open, address: str, name: str, width: int
) -> None:
    page = open_page(viewport={"width": width, "height": 700})
    visit(page, address, name)
    reached, hidden = page.evaluate(OBSCURED)
    assert reached > 10
    assert hidden == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_in_forced_colours_lines_stand_out(open_page: Open, address: str, theme: Any) -> None:
    page = open_page(
        forced_colors="active", color_scheme=theme, viewport={"width": 1280, "height": 900}
    )
    page.goto(address + BUILD)
    for chart in page.locator(".plot").all():
        chart.scroll_into_view_if_needed()
        chart.locator(".main-svg").first.wait_for(timeout=30_000)
    lines, faint = page.evaluate(FAINT)
    assert lines > 3
    assert faint == []


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

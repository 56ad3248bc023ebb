"""The configurator under a person's hands."""

import contextlib
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Error, Page, Route, expect

from tests.browser.conftest import Watched

pytestmark = pytest.mark.browser
Open = Callable[..., Page]
BUILD = (
    "/configure?cpu=amd-ryzen-9-9950x&gpu=nvidia-geforce-rtx-5090"
    "&module=udimm-ddr5-5600-48gb&modules=4"
)
FIGURES = """() => Object.fromEntries([...document.querySelectorAll("data[data-figure]")]
  .map((d) => [d.dataset.figure, d.value]))"""
FIELDS = """() => Object.fromEntries(
  [...new FormData(document.getElementById("configurator"))])"""


def figure(page: Page, path: str) -> str:
    """The exact value of a figure in the rail."""
    return page.locator(f'#rail data[data-figure="{path}"]').first.get_attribute("value") or ""


def test_from_nothing_to_a_shared_answer_in_few_steps(open_page: Open, address: str) -> None:
    page = open_page(viewport={"width": 1280, "height": 900})
    page.goto(f"{address}/configure")
    page.evaluate("window.untouched = true")
    page.select_option("#cpu", "amd-ryzen-9-9950x")
    page.select_option("#module", "udimm-ddr5-5600-48gb")
    page.fill("#modules", "2")
    page.select_option("#gpu", "nvidia-geforce-rtx-5080")
    expect(page.locator("#rail .answer-line")).to_be_visible()
    expect(page).to_have_url(re.compile("gpu=nvidia-geforce-rtx-5080"))
    before = figure(page, "speed.decode_tps.typical")
    page.select_option("#gpu", "nvidia-geforce-rtx-5090")
    expect(page.locator("#rail")).to_contain_text("RTX 5090")
    assert figure(page, "speed.decode_tps.typical") != before
    assert page.evaluate("window.untouched") is True, "the page was reloaded"
    expect(page.locator("#status")).to_contain_text("Updated: ")

    shown = page.evaluate(FIGURES)
    link = page.locator("[data-copy]").get_attribute("data-copy")
    other = open_page()
    other.goto(f"{address}{link}")
    assert other.evaluate(FIGURES) == shown

    page.click("text=Share this")
    page.wait_for_url("**/s/*")
    assert page.evaluate(FIGURES) == shown


def test_what_next_comes_into_view_and_what_if_in_place(
    watched: Watched, open_page: Open, address: str
) -> None:
    page = open_page(viewport={"width": 1280, "height": 900})
    page.goto(address + BUILD, wait_until="networkidle")
    expect(page.locator("#upgrades table")).to_have_count(0)
    page.locator("#next").scroll_into_view_if_needed()
    expect(page.locator("#upgrades table").first).to_be_visible()
    page.click("#what-if >> text=More requests at once")
    page.locator("#chart-sweep .main-svg").first.wait_for(timeout=30_000)
    expect(page.locator("#sweep")).to_contain_text("Together requests get")
    page.click("#what-if >> text=Another price")
    expect(page.locator("#sweep")).to_contain_text("the cost of a million tokens rises")
    expect(page).to_have_url(re.compile("/configure"))
    page.fill("#users", "2")  # another answer: both start anew
    expect(page).to_have_url(re.compile("users=2"))
    expect(page.locator("#sweep figure")).to_have_count(0)
    assert watched.complaints == []


def test_the_copied_link_is_the_address_of_the_answer(open_page: Open, address: str) -> None:
    page = open_page(viewport={"width": 1280, "height": 900})
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=address)
    page.goto(address + BUILD)
    page.click("text=Copy link")
    expect(page.locator("[data-copy]")).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(f"{address}/configure?")
    other = open_page()
    other.goto(copied)
    assert other.evaluate(FIGURES) == page.evaluate(FIGURES)


def test_the_last_question_wins_over_a_late_answer(open_page: Open, address: str) -> None:
    page = open_page()

    held: list[Route] = []

    def hold_two(route: Route) -> None:
        if "users=2" in route.request.url:
            held.append(route)
        else:
            route.continue_()

    page.route("**/configure/result?*", hold_two)
    page.goto(address + BUILD)
    page.fill("#users", "2")
    while not held:
        page.wait_for_timeout(50)
    page.fill("#users", "5")
    expect(page).to_have_url(re.compile("users=5"))
    with contextlib.suppress(Error):  # the browser has given it up already
        held[0].continue_()
    page.wait_for_timeout(500)
    expect(page).to_have_url(re.compile("users=5"))
    expect(page.locator("#rail .asked")).to_contain_text("5 requests")


def test_typing_keeps_the_focus_and_asks_once(open_page: Open, address: str) -> None:
    page = open_page()
    page.goto(address + BUILD)
    asked: list[str] = []
    page.on("request", lambda r: asked.append(r.url) if "/configure/result" in r.url else None)
    page.focus("#context")
    page.fill("#context", "")
    page.type("#context", "16384", delay=20)
    expect(page).to_have_url(re.compile("context=16384"))
    assert len(asked) == 1
    assert page.evaluate("document.activeElement.id") == "context"
    page.keyboard.press("Tab")
    page.wait_for_timeout(500)
    assert len(asked) == 1, "leaving the field asked again"


def test_a_mistyped_figure_gets_a_sentence_and_keeps_the_answer(
    open_page: Open, address: str
) -> None:
    page = open_page(viewport={"width": 1280, "height": 900})
    page.goto(address + BUILD)
    before = figure(page, "speed.decode_tps.typical")
    page.fill("#users", "many")
    expect(page.locator("#err-users")).to_have_text("Use a whole number.")
    expect(page.locator("#users")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#rail-notice")).to_contain_text("last complete question")
    assert page.input_value("#users") == "many"
    assert figure(page, "speed.decode_tps.typical") == before
    page.fill("#users", "3")
    expect(page.locator("#err-users")).to_have_text("")
    expect(page.locator("#users")).not_to_have_attribute("aria-invalid", "true")
    expect(page.locator("#rail-notice")).to_be_hidden()


def test_choosing_a_cpu_dims_memory_it_does_not_take(open_page: Open, address: str) -> None:
    page = open_page()
    page.goto(f"{address}/configure")
    page.select_option("#cpu", "amd-epyc-9554p")
    option = page.locator('#module option[value="udimm-ddr5-5600-48gb"]')
    expect(option).to_have_text(re.compile("EPYC 9554P takes DDR5 RDIMM"))
    expect(option).to_be_disabled()
    page.select_option("#cpu", "amd-ryzen-9-9950x")
    expect(option).to_have_text("DDR5-5600 UDIMM 48 GB")
    expect(option).to_be_enabled()


def test_a_second_kind_of_gpu_can_be_added(open_page: Open, address: str) -> None:
    page = open_page()
    page.goto(f"{address}/configure")
    page.select_option("#gpu", "nvidia-geforce-rtx-5090")
    page.select_option("#gpu2", "nvidia-geforce-rtx-5080")
    expect(page).to_have_url(re.compile("gpu2=nvidia-geforce-rtx-5080"))
    expect(page.locator("#gpu3")).to_be_visible()
    expect(page.locator("#gpu3")).to_have_count(1)


def test_reloading_shows_the_same_fields_and_figures(open_page: Open, address: str) -> None:
    page = open_page(viewport={"width": 1280, "height": 900})
    page.goto(f"{address}/configure")
    page.select_option("#cpu", "amd-ryzen-9-9950x")
    page.select_option("#module", "udimm-ddr5-5600-48gb")
    page.fill("#modules", "2")
    page.select_option("#gpu", "nvidia-geforce-rtx-5090")
    page.select_option("#gpu2", "nvidia-geforce-rtx-5080")
    page.click("#fold-running summary")
    page.select_option("#kv", "q8_0")
    page.fill("#users", "3")
    expect(page).to_have_url(re.compile("users=3"))
    expect(page.locator("#rail .asked")).to_contain_text("3 requests")
    good = page.url
    fields, shown = page.evaluate(FIELDS), page.evaluate(FIGURES)
    page.reload()
    assert page.evaluate(FIELDS) == fields
    assert page.evaluate(FIGURES) == shown
    assert page.get_attribute("#fold-running", "open") is not None

    page.fill("#users", "many")  # has no answer, so no address: the last complete question stays
    expect(page.locator("#err-users")).to_have_text("Use a whole number.")
    page.reload()
    assert page.url == good
    assert page.evaluate(FIELDS) == fields
    assert page.evaluate(FIGURES) == shown


def test_on_a_narrow_screen_the_answer_opens_upward(open_page: Open, address: str) -> None:
    page = open_page(viewport={"width": 390, "height": 844})
    page.goto(address + BUILD)
    expect(page.locator("#rail .answer-line")).to_be_in_viewport()
    expect(page.locator("#rail-body")).to_be_hidden()
    page.click(".rail-toggle")
    expect(page.locator("#rail-body")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#rail-body")).to_be_hidden()
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 390, "the page scrolls sideways"


def test_without_javascript_the_form_answers(open_page: Open, address: str) -> None:
    page = open_page(java_script_enabled=False)
    page.goto(f"{address}/configure")
    page.select_option("#cpu", "amd-ryzen-9-9950x")
    page.select_option("#gpu", "nvidia-geforce-rtx-5090")
    page.click("text=Show the answer")
    expect(page.locator("#rail .answer-line")).to_contain_text("tok/s")
    assert "gpu=nvidia-geforce-rtx-5090" in page.url
    assert "=&" not in page.url
    expect(page.locator("#chart-use-cases-table table")).to_be_visible()
    expect(page.locator("#gpu2")).to_be_visible()
    page.fill("#users", "many")
    page.click("text=Show the answer")
    expect(page.locator("#err-users")).to_have_text("Use a whole number.")
    assert page.input_value("#users") == "many"


def test_charts_are_drawn_and_follow_the_theme(
    watched: Watched, open_page: Open, address: str
) -> None:
    page = open_page(viewport={"width": 1280, "height": 900}, color_scheme="light")
    page.goto(address + BUILD)
    page.locator("#chart-roofline").scroll_into_view_if_needed()
    expect(page.locator("#chart-roofline .main-svg").first).to_be_visible(timeout=30_000)
    colour = "getComputedStyle(document.querySelector('#chart-roofline .xtick text')).fill"
    before = page.evaluate(colour)
    page.click("[data-theme-button]")  # auto -> light
    page.click("[data-theme-button]")  # light -> dark
    page.wait_for_function(f"({colour}) !== '{before}'")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.select_option("#quant", "q8_0")
    expect(page).to_have_url(re.compile("quant=q8_0"))
    page.locator("#chart-use-cases").scroll_into_view_if_needed()
    expect(page.locator("#chart-use-cases .main-svg").first).to_be_visible(timeout=30_000)
    assert watched.complaints == []


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_a_german_types_a_comma(
    watched: Watched, open_page: Open, address: str, scripts: bool
) -> None:
    page = open_page(
        viewport={"width": 1280, "height": 900}, locale="de-DE", java_script_enabled=scripts
    )
    page.goto(f"{address}/configure?cpu=amd-ryzen-9-9950x&gpu=nvidia-geforce-rtx-5090")
    page.click("#fold-money > summary")

    def type_in(field: str, text: str) -> None:
        page.click(f"#{field}")
        page.keyboard.press("Control+A")
        page.keyboard.type(text)
        if not scripts:
            page.keyboard.press("Enter")

    type_in("kwh", "0,28")
    expect(page).to_have_url(re.compile(r"[?&]kwh=0\.28(&|$)"))
    expect(page.locator("#kwh")).to_have_value("0,28")
    expect(page.locator("#err-kwh")).to_be_empty()
    type_in("quote", "1.500")
    asks = "Das lässt sich auf zwei Arten lesen: Schreiben Sie 1500 oder 1,5."
    expect(page.locator("#err-quote")).to_have_text(asks)
    expect(page.locator("#quote")).to_have_value("1.500")
    type_in("quote", "1.500,50")
    expect(page).to_have_url(re.compile(r"[?&]quote=1500\.50(&|$)"))
    expect(page.locator("#err-quote")).to_be_empty()
    page.reload()
    expect(page.locator("#quote")).to_have_value("1500,50")
    expect(page.locator("#kwh")).to_have_value("0,28")
    assert "typed" not in page.url
    assert [c for c in watched.complaints if "Failed to load resource" not in c] == []

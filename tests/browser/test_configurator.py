"""The configurator under a person's hands."""

import contextlib
import random
import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import APIResponse, CDPSession, Error, Page, Route, expect

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
    frozen = page.evaluate(FIGURES)  # and those of the calculation, which is on a page of its own
    assert {figure: frozen[figure] for figure in shown} == shown


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


def test_the_last_question_wins_whatever_the_order_of_answers(
    open_page: Open, address: str
) -> None:
    """Answers take 0 to 800 ms, so that many arrive after those of later questions."""
    page = open_page()
    page.goto(address + BUILD)
    chance = random.Random(300)  # noqa: S311
    held: list[tuple[float, Route]] = []

    def hold(route: Route) -> None:
        held.append((time.monotonic() + chance.uniform(0, 0.8), route))

    def answer_for(seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for late in [due for due in held if due[0] <= time.monotonic()]:
                held.remove(late)
                with contextlib.suppress(Error):  # the browser has given it up already
                    late[1].continue_()
            page.wait_for_timeout(20)

    asked: list[str] = []
    page.route("**/configure/result?*", hold)
    page.on("request", lambda r: asked.append(r.url) if "/configure/result" in r.url else None)
    kinds = ("q8_0", "q6_k", "q5_k_m", "q4_k_m")
    for i in range(24):
        page.select_option("#quant", kinds[i % 4])
        if i % 5 == 4:
            page.fill("#users", str(i))
        answer_for(chance.uniform(0, 0.4))
    page.fill("#users", "5")
    answer_for(0.4)
    page.select_option("#quant", "q8_0")
    while held:
        answer_for(0.1)
    assert len(asked) > 24, "a change was not asked about"
    expect(page).to_have_url(re.compile("quant=q8_0.*users=5|users=5.*quant=q8_0"))
    expect(page.locator("#rail .asked")).to_contain_text("5 requests")
    expect(page.locator("#rail .rail-title")).to_contain_text("Q8_0")
    answer_for(1)
    expect(page.locator("#rail .asked")).to_contain_text("5 requests")
    expect(page.locator("#rail .rail-title")).to_contain_text("Q8_0")


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
    expect(page.locator("#err-kwh:not(:empty)")).to_have_count(0)
    type_in("quote", "1.500")
    asks = "Das lässt sich auf zwei Arten lesen: Schreiben Sie 1500 oder 1,5."
    expect(page.locator("#err-quote")).to_have_text(asks)
    expect(page.locator("#quote")).to_have_value("1.500")
    type_in("quote", "1.500,50")
    expect(page).to_have_url(re.compile(r"[?&]quote=1500\.50(&|$)"))
    expect(page.locator("#err-quote:not(:empty)")).to_have_count(0)
    page.reload()
    expect(page.locator("#quote")).to_have_value("1500,50")
    expect(page.locator("#kwh")).to_have_value("0,28")
    assert "typed" not in page.url
    assert [c for c in watched.complaints if "Failed to load resource" not in c] == []


#: Makes a change, and waits for the new answer and for the charts in view to be drawn.
CHANGE = """async ([kinds, times]) => {
  const field = document.getElementById("quant");
  const inView = (plot) => {
    const box = plot.getBoundingClientRect();
    return box.bottom > 0 && box.top < innerHeight;
  };
  const undrawn = (plot) => inView(plot) && !plot.querySelector(".main-svg");
  for (let i = 0; i < times; i++) {
    const swapped = new Promise((done) => {
      document.addEventListener("htmx:after:swap", done, { once: true });
    });
    field.value = kinds[i % kinds.length];
    field.dispatchEvent(new Event("change", { bubbles: true }));
    await swapped;
    do await new Promise(requestAnimationFrame);
    while ([...document.querySelectorAll(".plot")].some(undrawn));
  }
}"""


def test_three_hundred_changes_leave_no_memory_behind(open_page: Open, address: str) -> None:
    page = open_page(viewport={"width": 1280, "height": 400})
    page.goto(address + BUILD)
    kinds = ("q8_0", "q6_k", "q5_k_m", "q4_k_m")
    answers: dict[str, APIResponse] = {}

    def kept(route: Route) -> None:  # each is made once: it is the browser that is looked at
        quant = next(kind for kind in kinds if f"quant={kind}" in route.request.url)
        if quant not in answers:
            answers[quant] = route.fetch()
        route.fulfill(response=answers[quant])

    page.route("**/configure/result?*", kept)
    page.locator("#chart-context").scroll_into_view_if_needed()
    expect(page.locator("#chart-context .main-svg").first).to_be_visible(timeout=30_000)
    devtools = page.context.new_cdp_session(page)
    page.evaluate(CHANGE, [kinds, len(kinds)])
    heap, nodes = left_in(devtools)
    page.evaluate(CHANGE, [kinds, 300])
    assert len(answers) == len(kinds)
    heap_then, nodes_then = left_in(devtools)
    assert (heap_then - heap) / 1e6 <= 15
    assert nodes_then <= 1.25 * nodes, "parts of answers that are gone are still held"
    plots = page.locator(".plot:has(.main-svg)").count()
    assert plots >= 1
    assert page.locator(".plot .plot-container").count() == plots, "a chart was drawn twice"


def left_in(devtools: CDPSession) -> tuple[int, int]:
    """Bytes of the script heap and nodes of documents, once nothing is left to collect."""
    for _ in range(3):
        devtools.send("HeapProfiler.collectGarbage")
    counted = devtools.send("Memory.getDOMCounters")
    return devtools.send("Runtime.getHeapUsage")["usedSize"], counted["nodes"]


def test_the_folds_of_an_answer_open_its_calculation(
    watched: Watched, open_page: Open, address: str
) -> None:
    page = open_page(viewport={"width": 1280, "height": 900})
    page.goto(address + BUILD)
    page.click("#d-trace summary")
    expect(page.locator("#d-trace table")).to_be_visible()
    expect(page.locator("#d-inputs table")).to_have_count(0)
    page.select_option("#quant", "q8_0")  # what is open stays open, with the new figures
    expect(page).to_have_url(re.compile("quant=q8_0"))
    expect(page.locator("#d-trace")).to_have_attribute("open", "")
    expect(page.locator("#d-trace table")).to_be_visible()
    weights = page.locator("#d-trace tr", has_text="Weights in memory").locator("data").first
    page.goto(f"{address}/configure/calculation?{page.url.partition('?')[2]}")
    alone = page.locator("#steps tr", has_text="Weights in memory").locator("data").first
    assert alone.get_attribute("value")
    page.go_back()
    page.click("#d-trace summary")
    expect(weights).to_be_visible()
    page.click("text=JSON")
    expect(page.locator("#d-json-python")).to_contain_text("/api/v1/estimates")
    assert watched.complaints == []

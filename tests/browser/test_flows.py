"""What people come for, from end to end: with the keyboard alone, and without JavaScript."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.test_every_page import BUILD

pytestmark = pytest.mark.browser
Open = Callable[..., Page]
MOST_TABS = 700
MANY_TOKENS = "/configure?gpu=nvidia-geforce-rtx-4090&model=qwen3-32b&placement=one-gpu"


class Hands:
    """Fills in and follows: with Tab, letters and Enter, or by mouse where no script runs."""

    def __init__(self, page: Page, *, keyboard: bool) -> None:
        self.page = page
        self.keyboard = keyboard

    def reach(self, target: str) -> Locator:
        """Press Tab until the element has the focus."""
        self.page.wait_for_load_state()
        found = self.page.locator(target).first
        expect(found).to_be_attached(timeout=60_000)
        for _ in range(MOST_TABS):
            if found.evaluate("(e) => e === document.activeElement"):
                return found
            self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab does not reach {target}")

    def choose(self, field: str, value: str) -> None:
        """An option of a list, by its first letters or by the arrows."""
        if not self.keyboard:
            self.page.select_option(field, value)
            return
        found = self.reach(field)
        label = found.locator(f'option[value="{value}"]').first.evaluate("(o) => o.label")
        self.page.keyboard.type(re.split(r" [(·]", label)[0])
        for _ in range(20):
            if found.input_value() == value:
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"{label} cannot be chosen in {field} by keyboard")

    def write(self, field: str, text: str) -> None:
        if not self.keyboard:
            self.page.fill(field, text)
            return
        self.reach(field)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)

    def press(self, target: str) -> None:
        """A link, a button or a fold."""
        if self.keyboard:
            self.reach(target)
            self.page.keyboard.press("Enter")
        else:
            self.page.locator(target).first.click()

    def answer(self, *settings: str) -> None:
        """Wait for the answer to the form; without a script, ask for it."""
        if not self.keyboard:
            self.page.click("text=Show the answer")
        for setting in settings:
            expect(self.page).to_have_url(re.compile(re.escape(setting)), timeout=20_000)


@pytest.fixture(params=["keyboard", "no JavaScript"])
def hands(request: pytest.FixtureRequest, open_page: Open) -> Hands:
    keyboard = request.param == "keyboard"
    page = open_page(java_script_enabled=keyboard, viewport={"width": 1280, "height": 900})
    return Hands(page, keyboard=keyboard)


def test_a_stakeholder_finds_a_machine_and_shares_it(hands: Hands, address: str) -> None:
    page = hands.page
    page.goto(address)
    hands.choose("#use_case", "uc2")
    hands.write("#people", "20")
    hands.write("#budget", "15000")
    hands.press("button:has-text('Find builds')")
    expect(page.locator(".picks > li").first).to_be_visible(timeout=90_000)
    title = page.locator(".picks h3 a").first.inner_text()
    hands.press(".picks form[action='/share'] button")
    page.wait_for_url("**/s/*", timeout=20_000)
    expect(page.locator("h1")).to_contain_text(title.split(" · ")[0])
    expect(page.locator(".share-head")).to_contain_text("These figures stay as they were")


def test_an_engineer_builds_from_nothing_and_mends_a_conflict(hands: Hands, address: str) -> None:
    page = hands.page
    page.goto(f"{address}/configure")
    hands.choose("#model", "qwen3-32b")
    hands.write("#context", "32768")
    hands.choose("#cpu", "amd-ryzen-9-9950x")
    hands.write("#sockets", "2")
    hands.choose("#gpu", "nvidia-geforce-rtx-5090")
    hands.write("#gpus", "2")
    hands.answer("sockets=2", "gpus=2")
    expect(page.locator("#rail .checks")).to_contain_text("works alone")
    expect(page.locator("#rail .checks")).to_contain_text("Set sockets to 1")
    hands.write("#sockets", "1")
    hands.answer("gpus=2", "context=32768")
    expect(page.locator("#rail")).not_to_contain_text("works alone")
    expect(page.locator("#rail .answer-line")).to_contain_text("tok/s")


def test_a_buyer_compares_three_and_drops_one(hands: Hands, address: str) -> None:
    page = hands.page
    page.goto(address + BUILD)
    hands.press("text=Compare with another build")
    for number in (2, 3):
        page.wait_for_load_state()
        expect(page.locator(".compared-build")).to_have_count(number - 1, timeout=20_000)
        if page.locator("#d-offers[open]").count() == 0:
            hands.press("#d-offers summary")
        hands.press("#d-offers a")
    expect(page.locator(".compared-build")).to_have_count(3, timeout=20_000)
    expect(page.locator(".compare-table .tag").first).to_have_text("best")
    hands.press("text=Remove B")
    expect(page.locator(".compared-build")).to_have_count(2, timeout=20_000)


def test_an_owner_enters_own_figures_and_sees_what_else_runs(hands: Hands, address: str) -> None:
    page = hands.page
    page.goto(f"{address}/configure?gpu=nvidia-geforce-rtx-4090&model=qwen3-32b")
    hands.press("#fold-figures summary")
    hands.write('[name="gpu.memory_gib"]', "48")
    hands.write('[name="gpu.bandwidth_gbs"]', "900")
    hands.answer("gpu.memory_gib=48", "gpu.bandwidth_gbs=900")
    expect(page.locator("#rail .fit")).to_contain_text("48")
    hands.press("text=What else runs on it?")
    expect(page.locator("#advice-h")).to_be_visible(timeout=120_000)
    expect(page.locator(".picks, #unfinished, .starts").first).to_be_visible()


def test_an_engineer_lengthens_the_context_until_it_does_not_fit(
    hands: Hands, address: str
) -> None:
    page = hands.page
    page.goto(address + MANY_TOKENS)
    hands.press("#what-if a:has-text('A longer context')")
    expect(page.locator("#sweep-table")).to_be_attached(timeout=20_000)
    expect(page.locator(".sweep-chart figcaption")).to_contain_text("fit")
    if hands.keyboard:
        hands.press("#sweep-table summary")
    expect(page.locator("#sweep-table")).to_contain_text("does not fit")


def test_a_lead_counts_how_many_it_serves(hands: Hands, address: str) -> None:
    page = hands.page
    page.goto(address + BUILD)
    hands.press("#what-if a:has-text('More requests at once')")
    expect(page.locator("#sweep-table")).to_be_attached(timeout=20_000)
    if hands.keyboard:
        hands.press("#sweep-table summary")
    expect(page.locator("#sweep-table")).to_contain_text("interactive")
    expect(page.locator(".sweep-chart figcaption")).to_contain_text("requests")


def test_finance_holds_owning_against_an_api(hands: Hands, address: str) -> None:
    page = hands.page
    page.goto(f"{address}{BUILD}&model=llama-3.3-70b-instruct")
    before = page.locator("#costs .tco tfoot").inner_text()
    hands.choose("#currency", "CHF")
    hands.press("#fold-money summary")
    hands.write("#hours", "4")
    hands.write("#demand", "60")
    hands.write("#kwh", "0.40")
    hands.answer("currency=CHF", "hours=4", "demand=60", "kwh=0.4")
    expect(page.locator("#costs .tco tfoot")).to_contain_text("CHF")
    expect(page.locator("#costs .tco tfoot")).not_to_have_text(before)
    expect(page.locator("#costs .alternatives")).to_contain_text("API of")
    expect(page.locator("#cost-break-even + p")).to_be_visible()


def test_a_sceptic_sees_the_runs_behind_a_speed(hands: Hands, address: str) -> None:
    page = hands.page
    page.goto(address + BUILD)
    expect(page.locator("#rail .measured .runs").first).to_be_attached()
    hands.press("#rail .measured .dot")
    expect(page.locator(".source-text:popover-open")).to_contain_text("Source:")
    if hands.keyboard:
        page.keyboard.press("Escape")
    hands.press("nav[aria-label=Main] a:has-text('Evidence')")
    page.wait_for_url("**/evidence")
    total = page.locator("#runs ~ p[role=status]").inner_text()
    hands.choose("#f-measure", "decode")
    hands.write("#f-q", "4090")
    hands.press("form[action^='/evidence'] button")
    page.wait_for_url("**q=4090*")
    expect(page.locator("#runs ~ p[role=status]")).not_to_have_text(total)
    expect(page.locator(".runs-table tbody th").first).to_contain_text("4090")


def test_a_reader_opens_a_share_and_goes_on_from_it(hands: Hands, address: str) -> None:
    page = hands.page
    page.goto(f"{address}{BUILD}&users=3")
    hands.press("text=Share this")
    page.wait_for_url("**/s/*", timeout=20_000)
    expect(page.locator("#today-h ~ p").first).to_contain_text("the answer is the same")
    hands.press("text=Copy to my configurator")
    page.wait_for_url("**/configure?*", timeout=20_000)
    expect(page.locator("#users")).to_have_value("3")


def test_a_stranger_finds_help_and_the_meaning_of_a_word(hands: Hands, address: str) -> None:
    page = hands.page
    page.goto(f"{address}/compare")
    hands.press("footer a:has-text('Help')")
    page.wait_for_url("**/help")
    hands.press("footer a:has-text('Glossary')")
    page.wait_for_url("**/glossary")
    hands.write("#f-q", "expert")
    hands.press("main form button")
    expect(page.locator("#moe")).to_be_visible()
    expect(page.locator("#vat")).to_have_count(0)

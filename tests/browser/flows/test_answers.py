"""The flows to an answer, from end to end: F1 to F8 of the twelve."""

import re
from urllib.parse import unquote

import pytest
from playwright.sync_api import Page, expect

from tests.browser.flows.hands import Hands
from tests.browser.test_every_page import BUILD

pytestmark = pytest.mark.browser
MANY_TOKENS = "/configure?gpu=nvidia-geforce-rtx-4090&model=qwen3-32b&placement=one-gpu"
MAIN = "nav[aria-label=Main]"


def values(page: Page, figure: str) -> list[float]:
    """Exact values of the figures whose path matches."""
    found = page.locator(f'data[data-figure{figure}"]')
    return [float(e.get_attribute("value") or "nan") for e in found.all()]


def number(words: str) -> int:
    return int(re.sub(r"\D", "", words))


def test_a_stakeholder_gets_from_the_start_to_a_report(hands: Hands, address: str) -> None:
    """F1: home, advisor, "20 people ask their documents, 10 000 €", top pick, share, report."""
    page = hands.page
    page.goto(address)
    hands.press(f"{MAIN} a:has-text('Advisor')")
    page.wait_for_url("**/advisor")
    hands.press(".starts a:has-text('20 people ask their documents, 10')")
    expect(page.locator(".picks > li").first).to_be_visible(timeout=90_000)
    expect(page.locator("#people")).to_have_value("20")
    prices = values(page, '$="purchase.typical')
    assert prices
    assert max(prices) <= 10_000
    name = page.locator(".picks h3 a").first.inner_text()
    hands.press(".picks h3 a")
    page.wait_for_url("**/configure?*")
    expect(page.locator("#rail .rail-title")).to_contain_text(name)
    hands.press("text=Share this")
    page.wait_for_url("**/s/*", timeout=20_000)
    expect(page.locator(".share-head")).to_contain_text("These figures stay as they were")
    hands.press("text=Report, two pages")
    page.wait_for_url(re.compile(r"/report(\?|$)"))
    expect(page.locator(".report h1")).to_contain_text(name)
    expect(page.locator(".report .sheet")).to_have_count(2)
    written = hands.fetch(".report-tools a:has-text('PDF')")
    assert written.path().read_bytes().startswith(b"%PDF-")


def test_an_engineer_builds_from_nothing_and_mends_a_conflict(hands: Hands, address: str) -> None:
    """F2: from empty: CPU, memory, two GPUs, model, Q4, 32k context; a conflict mended."""
    page = hands.page
    page.goto(f"{address}/configure")
    hands.choose("#model", "qwen3-32b")
    hands.choose("#quant", "q4_k_m")
    hands.write("#context", "32768")
    hands.choose("#cpu", "amd-ryzen-9-9950x")
    hands.write("#sockets", "2")
    hands.choose("#module", "udimm-ddr5-5600-48gb")
    hands.write("#modules", "2")
    hands.choose("#gpu", "nvidia-geforce-rtx-5090")
    hands.write("#gpus", "2")
    hands.answer("sockets=2", "gpus=2", "modules=2")
    expect(page.locator("#rail .checks")).to_contain_text("works alone")
    expect(page.locator("#rail .checks")).to_contain_text("Set sockets to 1")
    hands.write("#sockets", "1")
    hands.answer("gpus=2", "context=32768", "module=udimm-ddr5-5600-48gb")
    expect(page.locator("#rail")).not_to_contain_text("works alone")
    expect(page.locator("#rail .rail-title")).to_contain_text("2 × GeForce RTX 5090")
    expect(page.locator("#rail .answer-line")).to_contain_text("tok/s")
    expect(page.locator("#costs .bom")).to_contain_text("UDIMM 48 GB")


def test_a_buyer_compares_three_and_drops_one(hands: Hands, address: str) -> None:
    """F3: three boxes compared, one removed."""
    page = hands.page
    page.goto(address + BUILD)
    hands.press("text=Compare with another build")
    for count in (2, 3):
        page.wait_for_load_state()
        expect(page.locator(".compared-build")).to_have_count(count - 1, timeout=20_000)
        if page.locator("#d-offers[open]").count() == 0:
            hands.press("#d-offers summary")
        hands.press("#d-offers a")
    expect(page.locator(".compared-build")).to_have_count(3, timeout=20_000)
    expect(page.locator(".compare-table .tag").first).to_have_text("best")
    left = page.locator(".compared-name").nth(2).inner_text()[1:].strip()
    hands.press("text=Remove B")
    expect(page.locator(".compared-build")).to_have_count(2, timeout=20_000)
    expect(page.locator(".compared-name").nth(1)).to_contain_text(left.split("\n")[-1].strip()[2:])


def test_an_owner_enters_own_figures_and_sees_which_models_fit(hands: Hands, address: str) -> None:
    """F4: "I own it": own memory and bandwidth of a card, and which models fit it."""
    page = hands.page
    page.goto(f"{address}/configure?gpu=nvidia-geforce-rtx-4090&model=qwen3-32b")
    hands.press("#fold-figures summary")
    hands.write('[name="gpu.memory_gib"]', "48")
    hands.write('[name="gpu.bandwidth_gbs"]', "900")
    hands.answer("gpu.memory_gib=48", "gpu.bandwidth_gbs=900")
    expect(page.locator("#rail .fit")).to_contain_text("48")
    hands.press("text=What else runs on it?")
    expect(page.locator("#advice-h")).to_contain_text("Your machine runs", timeout=60_000)
    assert page.locator(".picks > li").count() >= 5
    expect(page.locator(".picks .answer-line").first).to_contain_text("yours")
    # more to spare than the card of the catalogue has in all: it is the entered memory that counts
    assert max(values(page, '$="spare_gib')) > 24
    opened = unquote(page.locator(".picks h3 a").first.get_attribute("href") or "")
    assert "gpu.memory_gib=48" in opened
    assert "gpu.bandwidth_gbs=900" in opened


def test_an_engineer_lengthens_the_context_until_it_does_not_fit(
    hands: Hands, address: str
) -> None:
    """F5: contexts swept until one no longer fits, and why."""
    page = hands.page
    page.goto(address + MANY_TOKENS)
    hands.press("#what-if a:has-text('A longer context')")
    expect(page.locator("#sweep-table")).to_be_attached(timeout=20_000)
    said = page.locator(".sweep-chart figcaption").inner_text()
    found = re.search(r"([\d\s]+) tokens of context fit, ([\d\s]+) do not", said)
    assert found, said
    assert number(found[1]) < number(found[2])
    if hands.keyboard:
        hands.press("#sweep-table summary")
    row = page.locator("#sweep-table tbody tr", has_text="does not fit").first
    assert number(row.locator("a").inner_text()) == number(found[2])
    expect(row).to_contain_text("GiB short. It would take weights")
    hands.press("#sweep-table tr:has-text('does not fit') a")
    page.wait_for_url("**/configure?*context=*")
    expect(page.locator("#rail .fit-sentence")).to_contain_text("Does not fit: GeForce RTX 4090")


def test_a_lead_counts_how_many_it_serves(hands: Hands, address: str) -> None:
    """F6: how many at once get at least 10 tok/s each."""
    page = hands.page
    page.goto(address + BUILD)
    hands.press("#what-if a:has-text('More requests at once')")
    expect(page.locator("#sweep-table")).to_be_attached(timeout=20_000)
    said = page.locator(".sweep-chart figcaption").inner_text()
    found = re.search(
        r"Up to (\d+) at once get at least 10 tok/s each; with (\d+) they do not",
        " ".join(said.split()),
    )
    assert found, said
    if hands.keyboard:
        hands.press("#sweep-table summary")
    speeds = {
        row.locator("th a").inner_text(): float(row.locator("data").first.get_attribute("value"))  # type: ignore[arg-type]
        for row in page.locator("#sweep-table tbody tr").all()
        if row.locator("data").count() > 1
    }
    assert int(found[2]) == int(found[1]) + 1
    assert speeds[found[1]] >= 10 > speeds[found[2]]


def test_finance_holds_owning_against_an_api(hands: Hands, address: str) -> None:
    """F7: cost over years beside an API, own electricity price and hours, another currency."""
    page = hands.page
    page.goto(f"{address}{BUILD}&model=llama-3.3-70b-instruct")
    total = page.locator("#costs .tco tfoot")
    before = total.inner_text()
    hands.press("#fold-money summary")
    hands.write("#hours", "4")
    hands.write("#demand", "60")
    hands.write("#kwh", "0.40")
    hands.answer("hours=4", "demand=60", "kwh=0.4")
    expect(total).not_to_have_text(before)
    expect(page.locator("#costs .facts").first).to_contain_text("0.40")
    expect(page.locator("#costs .alternatives")).to_contain_text("API of")
    expect(page.locator("#cost-break-even + p")).to_be_visible()
    expect(total).to_contain_text("€")
    hands.choose("#currency", "CHF")
    hands.answer("currency=CHF", "hours=4")
    expect(total).to_contain_text("CHF")
    expect(total).not_to_contain_text("€")
    expect(page.locator("#costs .alternatives")).to_contain_text("CHF")
    expect(page.locator("#costs .alternatives")).not_to_contain_text("€")


def test_a_sceptic_sees_the_runs_behind_a_speed(hands: Hands, address: str) -> None:
    """F8: a prediction opened, the runs behind it, one class of them."""
    page = hands.page
    page.goto(address + BUILD)
    expect(page.locator("#rail .measured .runs").first).to_be_attached()
    hands.press("#rail .measured .dot")
    expect(page.locator(".source-text:popover-open")).to_contain_text("Source:")
    if hands.keyboard:
        page.keyboard.press("Escape")
    hands.press("#rail .measured a:has-text('beside what was predicted')")
    page.wait_for_url("**/evidence?q=*")
    status, cells = page.locator("#runs ~ p[role=status]"), page.locator(".runs-table tbody tr")
    every = number(status.inner_text().split("figure")[0])
    for row in cells.all_inner_texts():
        assert "RTX 5090" in row
    hands.choose("#f-class", "serving-one-gpu")
    hands.press("form[action^='/evidence'] button")
    page.wait_for_url("**class=serving-one-gpu*")
    left = number(status.inner_text().split("figure")[0])
    assert 0 < left < every
    for row in cells.all_inner_texts():
        assert "RTX 5090" in row
        assert "serving, one GPU" in row

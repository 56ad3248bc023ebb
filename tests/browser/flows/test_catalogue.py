"""The flows through the catalogue, from end to end: F9 to F12 of the twelve."""

import csv
import json
import re
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Watched
from tests.browser.flows.hands import Hands
from tests.catalogue.configs import PUBLISHED
from tests.catalogue.gguf_files import llama_head

pytestmark = pytest.mark.browser
CONFIG = {k: v for k, v in PUBLISHED["qwen 3 8B"].config.items() if k != "vocab_size"}
SOURCE = "https://shop.example/offer"
#: Prices that nothing else is tried with; each pair of hands moves its own.
MOVED = {True: "nvidia-rtx-a4000", False: "nvidia-rtx-4000-ada-generation"}
EDITED = {True: "nvidia-rtx-a6000", False: "amd-radeon-pro-w7900"}


def test_a_reader_filters_sorts_pages_and_takes_the_list_away(hands: Hands, address: str) -> None:
    """F9: the catalogue: facet, sort, page, CSV."""
    page = hands.page
    page.goto(address)
    hands.press("nav[aria-label=Main] a:has-text('Browse')")
    page.wait_for_url("**/browse")
    hands.press("main a[href='/cpus']")
    page.wait_for_url("**/cpus")
    hands.choose("#f-vendor", "Intel")
    hands.answer("vendor=Intel", button=".search-line button")
    hands.press("#s-cores")
    expect(page).to_have_url(re.compile("sort=-cores"))
    expect(page.locator("th[aria-sort=descending] #s-cores")).to_be_visible()
    names = page.locator(".list-table tbody th a")
    first = names.all_inner_texts()
    hands.press("a[rel=next]")
    expect(page.locator(".list-count")).to_contain_text("26 to 50")
    second = names.all_inner_texts()
    assert not set(first) & set(second)
    taken = hands.fetch(".list-links a:has-text('CSV')")
    with taken.path().open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["vendor"] for row in rows} == {"Intel"}
    assert [row["name"] for row in rows][:50] == first + second
    cores = [int(row["cores"]) for row in rows if row["cores"]]
    assert cores == sorted(cores, reverse=True)


def estimated(hands: Hands) -> None:
    """From a kept import to an answer in the configurator."""
    page = hands.page
    page.wait_for_url("**/i/*")
    hands.press("text=Use it in the configurator")
    page.wait_for_url("**/configure?*")
    hands.choose("#gpu", "nvidia-geforce-rtx-4090")
    hands.answer("gpu=nvidia-geforce-rtx-4090")
    expect(page.locator("#rail .answer-line")).to_contain_text("tok/s")
    expect(page).to_have_url(re.compile(r"model=import\.[\w-]{22}"))


def test_a_config_with_an_open_figure_becomes_an_estimate(
    watched: Watched, hands: Hands, address: str
) -> None:
    """F10: a config.json pasted, its unknown field corrected, an estimate."""
    page = hands.page
    page.goto(f"{address}/configure")
    hands.press("text=Not in the list? Import it")
    page.wait_for_url("**/import")
    hands.paste("#f-text", json.dumps(CONFIG))
    hands.write("#f-name", "Our Qwen")
    hands.write("#f-params_published_b", "8.19")
    hands.press("button:text-is('Read it')")
    expect(page.locator("#preview-h")).to_have_text("Our Qwen")
    expect(page.locator(".import-preview")).to_contain_text("Still unknown: parameters")
    hands.write("#f-vocab_size", "many")
    hands.press("text=Read it with these")
    expect(page.locator("#err-vocab_size")).to_have_text("Use a plain number such as 12.5.")
    expect(page.locator("#f-vocab_size")).to_have_value("many")
    hands.write("#f-vocab_size", "151936")
    hands.press("text=Read it with these")
    expect(page.locator(".import-preview")).to_contain_text("Agrees with the published 8.19")
    hands.press("text=Keep it and go on")
    estimated(hands)
    expect(page.locator("#model option:checked")).to_have_text(re.compile("Our Qwen"))
    assert [c for c in watched.complaints if "Failed to load resource" not in c] == []


def test_the_head_of_a_gguf_file_becomes_an_estimate(
    hands: Hands, address: str, tmp_path: Path
) -> None:
    """F10: a GGUF file's head sent, a figure of it corrected, an estimate."""
    head = tmp_path / "small.gguf"
    head.write_bytes(llama_head())
    page = hands.page
    page.goto(f"{address}/import/gguf")
    hands.upload("#f-file", head)
    hands.press("button:text-is('Read it')")
    expect(page.locator("#preview-h")).to_have_text("Small Llama")
    expect(page.locator(".import-preview")).to_contain_text("8\u202f192")
    hands.press("#correct summary")
    hands.write("#f-max_position_embeddings", "16384")
    hands.press("text=Read it again")
    expect(page.locator(".import-preview")).to_contain_text("16\u202f384")
    hands.press("text=Keep it and go on")
    estimated(hands)
    expect(page.locator("#quant")).to_have_value("q4_k_m")


def test_a_reader_opens_an_old_share_after_a_price_moved(
    hands: Hands, address: str, editor_token: str
) -> None:
    """F11: an old share after a price change: the difference read, the build copied."""
    page, gpu = hands.page, MOVED[hands.keyboard]
    query = f"cpu=amd-ryzen-9-9950x&module=udimm-ddr5-5600-48gb&modules=2&gpu={gpu}&users=3"
    made = page.request.post(f"{address}/share", form={"query": query}, max_redirects=0)
    page.goto(address + made.headers["location"])
    expect(page.locator("#today-h ~ p").first).to_contain_text("the answer is the same")
    price = page.locator(".share-head data[data-figure='cost.purchase.typical']")
    then = price.inner_text()
    double_price(hands, address, editor_token, f"gpu-{gpu}-2025-07-23")

    page.goto(address + made.headers["location"])
    expect(price).to_have_text(then)
    moved = page.locator(".moved", has_text="Prices that moved").locator("tbody tr")
    expect(moved).to_have_count(1)
    expect(moved).to_contain_text("+100.0 %")
    answer = page.locator(".moved", has_text="The answer").locator("tr", has_text="Price")
    expect(answer.locator("td").first).to_contain_text(then)
    expect(answer.locator("td").nth(1)).not_to_contain_text(then)
    now = answer.locator("td").nth(1).inner_text()
    hands.press("text=Copy to my configurator")
    page.wait_for_url("**/configure?*", timeout=20_000)
    expect(page.locator("#users")).to_have_value("3")
    expect(page.locator("#gpu")).to_have_value(gpu)
    expect(
        page.locator("#rail .answer-line data[data-figure='cost.purchase.typical']")
    ).to_have_text(now.removesuffix("\u202f€"))


def double_price(hands: Hands, address: str, token: str, slug: str) -> None:
    """Somebody edits a price while nobody looks."""
    known = hands.page.request.get(f"{address}/api/v1/prices/{slug}")
    edited = hands.page.request.patch(
        f"{address}/api/v1/catalogue/prices/{slug}",
        headers={"Authorization": f"Bearer {token}"},
        data={
            "changes": {"amount": str(2 * Decimal(known.json()["amount"]))},
            "version": known.headers["item-version"],
            "reason": "The shop raised it",
            "source": SOURCE,
        },
    )
    assert edited.ok, edited.text()


def test_an_editor_changes_a_price_and_a_late_edit_is_refused(
    watched: Watched, hands: Hands, address: str, editor_token: str
) -> None:
    """F12: a price edited with its source, found in the history, a conflicting edit refused."""
    page, slug = hands.page, EDITED[hands.keyboard]
    page.goto(address)
    hands.press("footer a:has-text('Edit the catalogue')")
    hands.write("#token", editor_token)
    hands.press("main form button")
    expect(page.get_by_text("Signed in as Ada")).to_be_visible()
    hands.write("#q", slug)
    hands.press("main form[role=search] button")
    hands.press(f"main a[href='/admin/catalogue/gpus/{slug}']")
    hands.press("a[aria-label^='Edit the price seen 2025-07-23']")
    page.wait_for_url("**/admin/catalogue/prices/*")
    before = page.locator("#f-amount").input_value()
    late = hands.another()
    late.page.goto(page.url)

    change_price(hands, "4321", "The shop lowered it")
    expect(page.get_by_role("status").filter(has_text="Stored as")).to_be_visible()
    hands.press(".admin-nav a:has-text('History')")
    page.wait_for_url("**/admin/history")
    entry = page.locator(".edits-table tbody tr").first
    for words in (slug, before, "4321", "The shop lowered it", "shop.example", "Ada"):
        expect(entry).to_contain_text(words)

    change_price(late, "4567", "Another shop")
    expect(late.page.get_by_role("alert")).to_contain_text("Somebody else changed this")
    expect(late.page.get_by_text("keep mine: 4567")).to_be_visible()
    expect(late.page.get_by_text("keep theirs: 4321")).to_be_visible()
    expect(late.page.locator("#reason")).to_have_value("Another shop")
    late.tick(".clash input[value='4567']")
    late.press("button:text('Save')")
    expect(late.page.get_by_role("status").filter(has_text="Stored as")).to_be_visible()
    expect(late.page.locator("#f-amount")).to_have_value("4567")
    assert [c for c in watched.complaints if "Failed to load resource" not in c] == []


def change_price(hands: Hands, amount: str, reason: str) -> None:
    hands.write("#f-amount", amount)
    hands.write("#reason", reason)
    hands.write("#source", SOURCE)
    hands.press("button:text('Save')")

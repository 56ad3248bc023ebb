"""The catalogue's lists in a browser: filters swap the list, the address follows, nothing jumps."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser
Open = Callable[..., Page]


def rows(page: Page) -> list[str]:
    return page.locator(".list-table tbody th a").all_inner_texts()


def test_a_filter_swaps_the_list_and_the_address_follows(open_page: Open, address: str) -> None:
    page = open_page(viewport={"width": 1280, "height": 900})
    page.goto(f"{address}/gpus", wait_until="networkidle")
    page.evaluate("window.stayed = true")
    before = rows(page)
    page.focus("#f-vendor")
    page.select_option("#f-vendor", "AMD")
    page.wait_for_url("**/gpus?vendor=AMD")
    expect(page.locator(".list-count")).to_contain_text("GPUs")
    assert rows(page) != before
    assert page.evaluate("window.stayed")
    assert page.evaluate("document.activeElement.id") == "f-vendor"
    expect(page.locator("#status")).to_contain_text("GPUs")
    # the other choices count what is left of them
    labels = page.locator("#f-architecture option").all_inner_texts()
    assert not any("Ampere" in label for label in labels)


def test_typing_searches_without_losing_the_place(open_page: Open, address: str) -> None:
    page = open_page(viewport={"width": 1280, "height": 900})
    page.goto(f"{address}/models", wait_until="networkidle")
    page.focus("#f-q")
    page.keyboard.type("qwen3 coder")
    page.wait_for_url("**/models?q=qwen3+coder")
    expect(page.locator(".list-count")).not_to_contain_text("246")
    assert all("Qwen3" in name for name in rows(page))
    assert page.input_value("#f-q") == "qwen3 coder"
    assert page.evaluate("document.activeElement.id") == "f-q"


def test_order_filter_and_page_go_together_and_back_works(open_page: Open, address: str) -> None:
    page = open_page(viewport={"width": 1280, "height": 900})
    page.goto(f"{address}/cpus", wait_until="networkidle")
    page.select_option("#f-vendor", "Intel")
    page.wait_for_url("**/cpus?vendor=Intel")
    page.click("#s-cores")
    page.wait_for_url("**/cpus?vendor=Intel&sort=-cores")
    expect(page.locator("th[aria-sort=descending] #s-cores")).to_be_visible()
    assert page.evaluate("document.activeElement.id") == "s-cores"
    first = rows(page)
    page.click("a[rel=next]")
    page.wait_for_url("**cursor=**")
    expect(page.locator(".list-count")).to_contain_text("26 to 50")
    assert not set(first) & set(rows(page))
    page.go_back()
    expect(page.locator(".list-count")).to_contain_text("1 to 25")
    assert rows(page) == first


def test_dropping_a_filter_tells_the_form(open_page: Open, address: str) -> None:
    page = open_page(viewport={"width": 1280, "height": 900})
    page.goto(f"{address}/gpus?vendor=AMD&form_factor=pcie", wait_until="networkidle")
    page.click(".chip >> nth=0")
    page.wait_for_url("**/gpus?form_factor=pcie")
    expect(page.locator("#f-vendor")).to_have_value("")
    assert page.input_value("#f-form_factor") == "pcie"


def test_columns_are_chosen_on_the_page(open_page: Open, address: str) -> None:
    page = open_page(viewport={"width": 1280, "height": 900})
    page.goto(f"{address}/gpus", wait_until="networkidle")
    page.click(".columns-fold summary")
    page.check("#c-nvlink_gbs")
    page.wait_for_url("**columns=**nvlink_gbs**")
    expect(page.locator("#s-nvlink_gbs")).to_be_visible()
    assert page.locator("#c-nvlink_gbs").is_checked()


def test_what_fits_comes_when_it_is_scrolled_to(open_page: Open, address: str) -> None:
    page = open_page(viewport={"width": 1280, "height": 700})
    page.goto(f"{address}/gpus/nvidia-geforce-rtx-4090", wait_until="networkidle")
    page.locator("#fits").scroll_into_view_if_needed()
    expect(page.locator("#fits .fits-table").first).to_be_visible(timeout=20_000)


def test_without_scripts_a_search_leads_to_an_entry_and_what_fits_it(
    open_page: Open, address: str
) -> None:
    page = open_page(java_script_enabled=False, viewport={"width": 1280, "height": 900})
    page.goto(f"{address}/gpus?vendor=AMD")
    page.fill("#f-q", "radeon")
    page.click(".search-line button")
    assert page.url == f"{address}/gpus?q=radeon&vendor=AMD"
    page.click(".list-table tbody th a >> nth=0")
    assert "/gpus/amd-" in page.url
    page.click("text=All models that fit, and how fast")
    assert page.url.endswith("/fits")
    expect(page.locator(".fits-table").first).to_be_visible()

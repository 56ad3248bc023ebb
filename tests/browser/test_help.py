"""What does this mean: by mouse, by keyboard, and without JavaScript."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import AXE, Watched
from tests.browser.test_every_page import BUILD, RUN_AXE

pytestmark = pytest.mark.browser
Open = Callable[..., Page]


def test_a_word_is_explained_where_it_stands(
    watched: Watched, open_page: Open, address: str
) -> None:
    page = open_page(viewport={"width": 1280, "height": 900})
    page.goto(address + BUILD)
    word = page.locator('#rail a.term[href="/glossary#ttft"]')
    word.click()
    said = page.get_by_role("dialog", name="Time to first token")
    expect(said).to_be_visible()
    expect(said).to_contain_text("until the first word appears")
    expect(said.get_by_role("link", name="In the glossary")).to_have_attribute(
        "href", "/glossary#ttft"
    )
    box, at = said.bounding_box(), word.bounding_box()
    assert box is not None
    assert at is not None
    assert 0 <= box["x"] <= 1280 - box["width"]
    assert box["y"] >= at["y"] + at["height"] or box["y"] + box["height"] <= at["y"]
    page.locator('#rail a.term[href="/glossary#verdict"]').click()
    expect(page.get_by_role("dialog")).to_contain_text("Interactive, background")
    expect(page.get_by_role("dialog")).to_have_count(1)
    page.mouse.click(5, 400)
    expect(page.locator("#explained")).to_be_hidden()
    assert "/configure" in page.url
    assert watched.complaints == []


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_the_keyboard_opens_and_closes_it(open_page: Open, address: str, key: str) -> None:
    page = open_page()
    page.goto(address + BUILD)
    word = page.locator('a.term[href="/glossary#quantisation"]')
    word.focus()
    expect(word).to_have_attribute("aria-expanded", "false")
    page.keyboard.press(key)
    expect(page.get_by_role("dialog", name="Quantisation")).to_be_visible()
    expect(word).to_have_attribute("aria-expanded", "true")
    assert page.evaluate("document.activeElement.id") == "explained"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('#explained') !== null")
    page.keyboard.press("Escape")
    expect(page.locator("#explained")).to_be_hidden()
    expect(word).to_be_focused()
    expect(word).to_have_attribute("aria-expanded", "false")


def test_words_of_a_new_answer_are_explained_too(open_page: Open, address: str) -> None:
    page = open_page(viewport={"width": 1280, "height": 900})
    page.goto(address + BUILD)
    page.fill("#users", "3")
    expect(page.locator("#rail .asked")).to_contain_text("3 requests")
    page.locator('#rail a.term[href="/glossary#basis"]').first.click()
    expect(page.get_by_role("dialog")).to_contain_text("What a figure rests on")


@pytest.mark.parametrize("width", [390, 1280])
def test_the_explanation_is_accessible_and_inside_the_window(
    open_page: Open, address: str, width: int
) -> None:
    page = open_page(viewport={"width": width, "height": 700})
    page.goto(f"{address}/evidence")
    page.locator('a.term[href="/glossary#interval"]').click()
    said = page.get_by_role("dialog")
    expect(said).to_be_visible()
    box = said.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    page.evaluate(AXE.read_text(encoding="utf-8"))
    assert page.evaluate(RUN_AXE) == []


def test_without_javascript_a_word_leads_to_the_glossary(open_page: Open, address: str) -> None:
    page = open_page(java_script_enabled=False)
    page.goto(address + BUILD)
    page.click("#fold-running summary")
    page.click('a.term[href="/glossary#kv-cache"]')
    expect(page).to_have_url(re.compile(r"/glossary#kv-cache$"))
    expect(page.locator("#kv-cache")).to_be_in_viewport()


def test_a_glossary_out_of_reach_is_a_link_still(open_page: Open, address: str) -> None:
    page = open_page()
    page.goto(address + BUILD)
    page.route("**/glossary", lambda route: route.abort(), times=1)
    page.locator('#rail a.term[href="/glossary#ttft"]').click()
    expect(page).to_have_url(re.compile(r"/glossary#ttft$"))


def test_a_request_is_copied_whole(open_page: Open, address: str) -> None:
    page = open_page(viewport={"width": 1280, "height": 900})
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=address)
    page.goto(address + BUILD)
    page.click("#d-json summary")
    page.click("text=Copy Python")
    expect(page.locator("[data-copy-of='d-json-python']")).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("import httpx\n")
    assert copied.strip() == page.locator("#d-json-python").inner_text().strip()


def test_the_reference_tries_a_route_under_our_policy(
    watched: Watched, open_page: Open, address: str
) -> None:
    page = open_page(viewport={"width": 1280, "height": 900})
    page.goto(f"{address}/docs", wait_until="networkidle")
    block = page.locator("#swagger-ui .opblock", has_text="/api/v1/estimates")
    block.locator(".opblock-summary-control").click()
    block.locator(".try-out__btn").click()
    expect(block.locator("textarea")).to_have_value(re.compile("nvidia-geforce-rtx-5090"))
    block.locator("button.execute").click()
    expect(block.locator(".live-responses-table .response .response-col_status")).to_contain_text(
        "200", timeout=30_000
    )
    assert watched.complaints == []
    plain = open_page(java_script_enabled=False)
    plain.goto(f"{address}/docs")
    expect(plain.get_by_role("cell", name="Assess a build: fit, speed")).to_be_visible()
    expect(plain.locator("#swagger-ui")).to_be_hidden()

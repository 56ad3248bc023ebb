"""Beside the twelve: a stranger looks for help."""

import pytest
from playwright.sync_api import expect

from tests.browser.flows.hands import Hands

pytestmark = pytest.mark.browser


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

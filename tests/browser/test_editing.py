"""An editor without scripts takes an edit back and signs out.

An edit, its history and a conflict, by keyboard and without scripts: ``flows/test_catalogue.py``.
"""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser
Open = Callable[..., Page]
SOURCE = "https://shop.example/epyc"


def test_an_edit_is_taken_back_without_javascript(
    open_page: Open, address: str, editor_token: str
) -> None:
    page = open_page(java_script_enabled=False)
    page.goto(f"{address}/admin/catalogue/cpus/amd-epyc-9554p")
    page.fill("#token", editor_token)
    page.click("main form button")
    page.fill("#f-tdp_w", "361")
    page.fill("#reason", "The vendor's page")
    page.fill("#source", SOURCE)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("It is in effect now.")).to_be_visible()
    page.click(".notice a")
    page.fill("#reason", "A slip")
    page.get_by_role("button", name="Undo this edit").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("undone")
    page.get_by_role("button", name="Sign out").click()
    expect(page.locator("#token")).to_be_visible()

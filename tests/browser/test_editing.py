"""An editor without scripts takes an edit back and signs out; an import is published and undone.

An edit, its history and a conflict, by keyboard and without scripts: ``flows/test_catalogue.py``.
"""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Watched

pytestmark = pytest.mark.browser
Open = Callable[..., Page]
SOURCE = "https://shop.example/epyc"


def focus(page: Page, *, role: str = "", name: str = "", field: str = "") -> None:
    """Tab until the control is reached, as somebody without a mouse has to."""
    wanted = page.locator(f"#{field}") if field else page.get_by_role(role, name=name).first  # type: ignore[arg-type]
    expect(wanted).to_be_attached()
    for _ in range(160):
        if wanted.evaluate("(e) => e === document.activeElement"):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"the keyboard does not reach {name or field}")


def type_into(page: Page, field: str, text: str) -> None:
    focus(page, field=field)
    page.keyboard.press("Control+A")
    page.keyboard.type(text)


def why(page: Page, reason: str) -> None:
    type_into(page, "reason", reason)
    type_into(page, "source", SOURCE)


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


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_an_import_is_published_by_keyboard_and_undone(
    watched: Watched, open_page: Open, address: str, editor_token: str, scripts: bool
) -> None:
    page = open_page(viewport={"width": 1280, "height": 900}, java_script_enabled=scripts)
    name = f"Acme Key {scripts}"
    facts = {"name": name, "vendor": "Acme", "memory_gib": 48, "bandwidth_gbs": 1500}
    kept = page.request.post(
        f"{address}/api/v1/imports", data={"kind": "gpu", "facts": facts}
    ).json()
    page.goto(kept["url"])
    assert page.get_by_role("link", name="Publish to the catalogue").count() == 0
    page.goto(f"{address}/admin")
    focus(page, field="token")
    page.keyboard.type(editor_token)
    page.keyboard.press("Enter")
    type_into(page, "import", kept["url"])
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=name)).to_be_visible()
    page.goto(kept["url"])
    focus(page, role="link", name="Publish to the catalogue")
    page.keyboard.press("Enter")
    expect(page.locator(".import-facts")).to_contain_text("1\u202f500 GB/s")
    type_into(page, "f-slug", "nvidia-l4")
    why(page, "People asked for it")
    page.keyboard.press("Enter")
    expect(page.locator("#err-slug")).to_contain_text("choose another slug")
    expect(page.locator("#reason")).to_have_value("People asked for it")
    slug = f"acme-key-{str(scripts).lower()}"
    type_into(page, "f-slug", slug)
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="It is in the catalogue")).to_be_visible()
    focus(page, role="link", name=slug)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)
    page.goto(kept["url"])
    expect(page.get_by_text("It was published")).to_be_visible()
    page.go_back()
    page.go_back()
    focus(page, role="link", name="edit ")
    page.keyboard.press("Enter")
    type_into(page, "reason", "A slip")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("taken out again")
    page.goto(kept["url"])
    expect(page.get_by_role("link", name="Publish to the catalogue")).to_be_visible()
    assert [c for c in watched.complaints if "Failed to load resource" not in c] == []

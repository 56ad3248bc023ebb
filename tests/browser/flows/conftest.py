"""Every flow is walked twice: with the keyboard alone, and without JavaScript."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser.flows.hands import Hands


@pytest.fixture(params=["keyboard", "no JavaScript"])
def hands(request: pytest.FixtureRequest, open_page: Callable[..., Page]) -> Hands:
    keyboard = request.param == "keyboard"
    page = open_page(java_script_enabled=keyboard, viewport={"width": 1280, "height": 900})
    return Hands(page, keyboard=keyboard)

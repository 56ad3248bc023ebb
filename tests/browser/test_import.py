"""What only some imports need: a file too large to send whole, a card entered by hand.

From a file to an estimate, by keyboard and without scripts: ``flows/test_catalogue.py``.
"""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Watched
from tests.catalogue.gguf_files import llama_head

pytestmark = pytest.mark.browser
Open = Callable[..., Page]


def button(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def test_of_a_large_gguf_file_only_the_beginning_is_sent(
    watched: Watched, open_page: Open, address: str, tmp_path: Path
) -> None:
    large = tmp_path / "large.gguf"
    with large.open("wb") as file:
        file.write(llama_head())
        file.truncate(3_000_000_000)  # sparse: as large as files are, and no room taken
    page = open_page()
    page.goto(f"{address}/import/gguf")
    page.set_input_files("#f-file", large)
    expect(page.locator("#sent")).to_contain_text("0.03\u202fGB of its 3\u202fGB will be sent")
    button(page, "Read it")
    expect(page.locator("#preview-h")).to_have_text("Small Llama")
    expect(page.locator(".import-preview")).to_contain_text("Bits per weight")
    button(page, "Keep it and go on")
    page.wait_for_url("**/i/*")
    page.get_by_role("link", name="Use it in the configurator").click()
    expect(page.locator("#quant")).to_have_value("q4_k_m")
    assert watched.complaints == []


def test_a_card_of_ones_own_is_entered_and_chosen(open_page: Open, address: str) -> None:
    page = open_page(java_script_enabled=False)
    page.goto(f"{address}/import/gpu")
    page.fill("#f-name", "RTX 4090 48GB")
    page.fill("#f-memory_gib", "lots")
    button(page, "Look at it")
    expect(page.locator("#err-vendor")).to_have_text("This field is needed.")
    expect(page.locator("#err-memory_gib")).to_contain_text("plain number")
    for key, value in {
        "vendor": "NVIDIA",
        "architecture": "Ada Lovelace",
        "memory_gib": "48",
        "memory_type": "GDDR6X",
        "bandwidth_gbs": "1008",
        "fp32_tflops": "82.6",
        "fp16_tflops_dense": "165.2",
        "int8_tops_dense": "660.6",
        "tdp_w": "450",
    }.items():
        page.fill(f"#f-{key}", value)
    button(page, "Look at it")
    button(page, "Keep it and go on")
    page.wait_for_url("**/i/*")
    page.get_by_role("link", name="Use it in the configurator").click()
    expect(page.locator("#gpu option:checked")).to_have_text(re.compile("RTX 4090 48GB"))
    expect(page.locator("#rail .answer-line")).to_contain_text("tok/s")

"""Import under a person's hands: a config, a figure it leaves open, an estimate; with and without
scripts.
"""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Watched
from tests.catalogue.configs import PUBLISHED
from tests.catalogue.gguf_files import llama_head

pytestmark = pytest.mark.browser
Open = Callable[..., Page]
CONFIG = {k: v for k, v in PUBLISHED["qwen 3 8B"].config.items() if k != "vocab_size"}


def button(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_a_config_with_an_open_figure_becomes_an_estimate(
    watched: Watched, open_page: Open, address: str, scripts: bool
) -> None:
    page = open_page(viewport={"width": 1280, "height": 900}, java_script_enabled=scripts)
    page.goto(f"{address}/configure")
    page.get_by_role("link", name="Not in the list? Import it").click()
    page.fill("#f-text", json.dumps(CONFIG))
    page.fill("#f-name", "Our Qwen")
    page.fill("#f-params_published_b", "8.19")
    button(page, "Read it")
    expect(page.locator("#preview-h")).to_have_text("Our Qwen")
    expect(page.locator(".import-preview")).to_contain_text("Still unknown: parameters")
    page.fill("#f-vocab_size", "many")
    button(page, "Read it with these")
    expect(page.locator("#err-vocab_size")).to_have_text("Use a plain number such as 12.5.")
    expect(page.locator("#f-vocab_size")).to_have_value("many")
    page.fill("#f-vocab_size", "151936")
    button(page, "Read it with these")
    expect(page.locator(".import-preview")).to_contain_text("Agrees with the published 8.19")
    button(page, "Keep it and go on")
    page.wait_for_url("**/i/*")
    expect(page.locator("h1")).to_have_text("Our Qwen")
    page.get_by_role("link", name="Use it in the configurator").click()
    expect(page.locator("#model option:checked")).to_have_text(re.compile("Our Qwen"))
    page.select_option("#gpu", "nvidia-geforce-rtx-4090")
    if not scripts:
        button(page, "Show the answer")
    expect(page.locator("#rail .answer-line")).to_contain_text("tok/s")
    expect(page).to_have_url(re.compile(r"model=import\.[\w-]{22}"))
    assert [c for c in watched.complaints if "Failed to load resource" not in c] == []


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

"""Your own measurement: a plain form, the answer below it, and nothing lost on the way."""

from html import unescape

import httpx
import pytest

from tests.accuracy.samples import MARKDOWN, llama_json, llama_row, vllm_json
from tests.pages.conftest import Page, Site

PATH = "/evidence/yours"
BUILD = "gpu=nvidia-geforce-rtx-4090&model=llama-3.1-8b-instruct"


def upload(site: Site, data: bytes, build: str = "", text: str = "") -> httpx.Response:
    """Send a file as a browser does."""
    return site.request(
        "POST",
        PATH,
        data={"text": text, "build": build},
        files={"file": ("bench.json", data, "application/octet-stream")},
        headers={"Accept": "text/html"},
    )


def test_the_form_is_a_plain_one(site: Site) -> None:
    answer = site.get(PATH)
    assert answer.status_code == 200
    page = Page(answer.text)
    (form,) = page.find("form", action=PATH)
    assert (form["method"], form["enctype"]) == ("post", "multipart/form-data")
    assert page.find("input", type="file", name="file")
    assert page.find("textarea", name="text")
    assert "script" not in {tag for tag, a in page.elements if a.get("src", "").startswith("http")}


def test_the_build_comes_along_in_the_address(site: Site) -> None:
    page = Page(site.get(f"{PATH}?{BUILD}").text)
    assert page.field("build") == BUILD
    assert "RTX 4090" in page.text
    wrong = site.get(f"{PATH}?gpu=nothing-like-it")
    assert wrong.status_code == 200
    assert "no GPU called" in unescape(wrong.text)


def test_the_configurator_leads_here_with_its_build(site: Site) -> None:
    page = Page(site.get(f"/configure?{BUILD}").text)
    assert page.find("a", href=f"{PATH}?{BUILD}")


def test_a_file_is_answered_with_measured_against_predicted(site: Site) -> None:
    answer = upload(site, llama_json())
    assert answer.status_code == 200
    page = Page(answer.text)
    text = unescape(page.text)
    assert "Source of the measured ones: yours" in text
    assert "NVIDIA GeForce RTX 4090 · Llama 3.1 8B Q4_K_M" in text
    assert {a["value"] for tag, a in page.elements if tag == "data"} >= {"11600.0", "141.25"}
    assert "inside the interval" in text
    assert len([a for tag, a in page.elements if tag == "svg" and a["class"] == "whisker"]) == 2
    (link,) = [
        a["href"]
        for tag, a in page.elements
        if tag == "a" and a.get("href", "").startswith("/configure?")
    ]
    assert link.endswith("&measured_decode=141.25&measured_prefill=11600")


def test_what_lies_outside_is_said_in_words(site: Site) -> None:
    slow = upload(site, llama_json(llama_row(avg_ts=10.0)))
    assert "slower than predicted" in unescape(slow.text)
    fast = upload(site, llama_json(llama_row(avg_ts=1e6)))
    assert "faster than predicted" in unescape(fast.text)
    late = upload(site, vllm_json(mean_ttft_ms=90_000.0), BUILD)
    assert "slower than predicted" in unescape(late.text)


def test_pasted_text_does_as_well_as_a_file(site: Site) -> None:
    answer = site.request(
        "POST", PATH, data={"text": MARKDOWN.decode(), "build": f"http://x/configure?{BUILD}"}
    )
    text = unescape(Page(answer.text).text)
    assert answer.status_code == 200
    assert "3 of 3 figures" in text or "of 3 figures lie" in text
    assert "Prompt and answer were timed together" in text
    assert "pp512+tg128" in text


def test_runs_that_do_not_match_say_why(site: Site) -> None:
    answer = upload(site, vllm_json())
    assert answer.status_code == 200
    assert "The file names no GPU" in unescape(answer.text)
    assert "could be compared yet" in unescape(answer.text)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"Hello", "neither llama-bench output"),
        (llama_json()[:-40], "cut off"),
        (b"\xff\xfe\x00", "UTF-16"),
        (b"x" * 1_048_577, "1,048,576 bytes"),
        (b"", "Choose a file or paste"),
    ],
)
def test_what_cannot_be_read_is_said_and_the_rest_stays(
    data: bytes, words: str, site: Site
) -> None:
    answer = upload(site, data, BUILD)
    assert answer.status_code == 422
    page = Page(answer.text)
    assert words in unescape(answer.text)
    assert page.field("build") == BUILD
    assert page.find("textarea", name="text", aria_invalid="true")


def test_pasted_text_comes_back_after_an_error(site: Site) -> None:
    typed = "\nfirst line\n<script>alert(1)</script> & more"
    answer = site.request("POST", PATH, data={"text": typed, "build": "gpu=nothing"})
    assert answer.status_code == 422
    assert "<script>alert" not in answer.text
    assert f'">\n{typed[:11]}' in answer.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; more</textarea>" in answer.text
    assert "no GPU called" in unescape(answer.text)


def test_names_out_of_a_file_are_only_text(site: Site) -> None:
    hostile = "<img src=x onerror=alert(1)>"
    answer = upload(site, llama_json(llama_row(gpu_info=hostile, model_filename=hostile)))
    assert answer.status_code == 200
    assert "<img" not in answer.text
    assert "&lt;img" in answer.text


def test_a_long_upload_is_cut_in_the_table_and_says_so(site: Site) -> None:
    rows = [llama_row(n_gen=i + 1, samples_ns=None, samples_ts=None) for i in range(230)]
    answer = upload(site, llama_json(*rows))
    assert "30 more rows are left out here" in unescape(answer.text)


def test_another_site_cannot_post_the_form(site: Site) -> None:
    headers = {"Sec-Fetch-Site": "cross-site", "Accept": "text/html"}
    assert site.request("POST", PATH, data={"text": "x"}, headers=headers).status_code == 403

"""The import pages as plain forms: nothing typed is lost, every problem beside its field."""

import json
import re
from typing import Any

import httpx
import pytest

from tests.catalogue.configs import PUBLISHED
from tests.catalogue.gguf_files import llama_head
from tests.pages.conftest import Page, Site

LLAMA = json.dumps(PUBLISHED["llama 3.1 8B"].config)
OPEN = json.dumps({k: v for k, v in PUBLISHED["llama 3.1 8B"].config.items() if k != "vocab_size"})


def send(site: Site, path: str, file: bytes = b"", **fields: str) -> httpx.Response:
    """A form as a browser sends it."""
    chosen = ("model.gguf", file) if file else ("", b"")
    parts: dict[str, Any] = {"file": (*chosen, "application/octet-stream")}
    parts |= {key: (None, value) for key, value in fields.items()}
    return site.request("POST", path, files=parts, headers={"Accept": "text/html"})


def area(response: httpx.Response) -> str:
    found = re.search(r"<textarea[^>]*>\n?(.*?)</textarea>", response.text, re.DOTALL)
    return found[1].replace("&#34;", '"') if found else ""


@pytest.mark.parametrize("path", ["/import", "/import/gguf", "/import/gpu", "/import/cpu"])
def test_every_form_opens(site: Site, path: str) -> None:
    answer = site.get(path)
    assert answer.status_code == 200
    assert 'aria-current="page"' in answer.text


def test_the_pickers_lead_to_the_forms(site: Site) -> None:
    text = site.get("/configure").text
    for path in ("/import", "/import/gpu", "/import/cpu"):
        assert f'href="{path}"' in text


def test_a_config_is_previewed_with_its_check(site: Site) -> None:
    answer = send(site, "/import", what="config", text=LLAMA, params_published_b="8.03")
    page = Page(answer.text)
    assert answer.status_code == 200
    assert "8.03 B" in page.text
    assert "131 072 bytes" in page.text.replace("\u202f", " ")
    assert "Agrees with the published 8.03 billion" in page.text
    assert area(answer) == LLAMA


def test_a_count_that_differs_is_said_to(site: Site) -> None:
    answer = send(site, "/import", what="config", text=LLAMA, params_published_b="9")
    assert "Differs from the published 9 billion" in Page(answer.text).text


def test_a_chosen_file_comes_back_as_text(site: Site) -> None:
    answer = send(site, "/import", LLAMA.encode(), what="config")
    assert answer.status_code == 200
    assert area(answer) == LLAMA


def test_a_config_that_cannot_be_read_stays_in_its_field(site: Site) -> None:
    answer = send(site, "/import", what="config", text='{"hidden_size": ', name="Ours")
    page = Page(answer.text)
    assert answer.status_code == 422
    assert "This is not JSON" in answer.text
    assert area(answer) == '{"hidden_size": '
    assert page.find("input", id="f-name")[0]["value"] == "Ours"
    assert 'href="#f-text"' in answer.text


def test_what_is_missing_is_asked_for_and_wrong_figures_stay(site: Site) -> None:
    first = send(site, "/import", what="config", text=OPEN)
    assert Page(first.text).find("input", name="vocab_size")
    wrong = send(site, "/import", what="config", text=OPEN, vocab_size="many", head_dim="1.5")
    page = Page(wrong.text)
    assert wrong.status_code == 422
    assert page.find("input", name="vocab_size")[0]["value"] == "many"
    assert page.find("input", name="head_dim")[0]["value"] == "1.5"
    assert "Use a whole number." in wrong.text
    right = send(site, "/import", what="config", text=OPEN, vocab_size="128256")
    assert "8.03 B" in Page(right.text).text


def test_keeping_leads_to_a_page_of_its_own_and_into_the_configurator(site: Site) -> None:
    done = send(site, "/import/keep", what="config", text=LLAMA, name="Our Llama")
    assert done.status_code == 303
    place = done.headers["Location"]
    assert re.fullmatch(r"/i/[\w-]{22}", place)
    kept = site.get(place)
    assert kept.status_code == 200
    assert kept.headers["X-Robots-Tag"] == "noindex"
    (link,) = [a["href"] for a in Page(kept.text).find("a") if "configure?" in a["href"]]
    assert link == f"/configure?model=import.{place.removeprefix('/i/')}"
    built = site.get(f"{link}&gpu=nvidia-geforce-rtx-4090")
    assert built.status_code == 200
    assert "Our Llama · imported" in built.text
    assert "speed.decode_tps.typical" in Page(built.text).figures


def test_keeping_what_is_wrong_keeps_nothing(site: Site) -> None:
    answer = send(site, "/import/keep", what="config", text=OPEN, vocab_size="many")
    assert answer.status_code == 422
    assert Page(answer.text).find("input", name="vocab_size")[0]["value"] == "many"
    assert send(site, "/import/keep", what="config", text="").status_code == 422
    assert send(site, "/import/keep").status_code == 422


def test_a_gguf_file_is_read_once_and_corrected_without_it(site: Site) -> None:
    first = send(site, "/import/gguf", llama_head(), what="gguf")
    page = Page(first.text)
    assert first.status_code == 200
    assert "Counted from the file" in page.text
    assert "Q6_K" in page.text
    (summary,) = page.find("input", name="summary")
    fields = {"what": "gguf", "summary": summary["value"], "name": "Mine"}
    again = send(site, "/import/gguf", **fields, num_key_value_heads="4")
    assert "2 048 bytes" in Page(again.text).text.replace("\u202f", " ")
    done = send(site, "/import/keep", **fields)
    kept = Page(site.get(done.headers["Location"]).text)
    (link,) = [a["href"] for a in kept.find("a") if "configure?" in a["href"]]
    assert "quant=q4_k_m" not in link  # the default is left out of links
    assert "model.weights_gib=0.001" in link


@pytest.mark.parametrize(
    ("fields", "file", "sentence"),
    [
        ({}, b"", "Choose a GGUF file."),
        ({}, b"not a gguf", "not a GGUF file"),
        ({}, llama_head()[:900], "is missing"),
        ({"summary": "{"}, b"", "not JSON"),
        ({"summary": "{}"}, b"", "Choose the file again"),
        ({"summary": '{"architecture": "<script>"}'}, b"", "Choose the file again"),
    ],
)
def test_a_gguf_file_that_cannot_be_read_is_said_beside_its_field(
    site: Site, fields: dict[str, str], file: bytes, sentence: str
) -> None:
    answer = send(site, "/import/gguf", file, what="gguf", **fields)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert 'id="err-file"' in answer.text


def test_a_card_is_entered_with_sources(site: Site) -> None:
    card = {
        "name": "RTX 4090 48GB",
        "vendor": "NVIDIA",
        "architecture": "Ada Lovelace",
        "memory_gib": "48",
        "source.memory_gib": "the seller",
        "source": "NVIDIA's page",
        "bandwidth_gbs": "1008",
    }
    answer = send(site, "/import/gpu", what="gpu", **card)
    page = Page(answer.text)
    assert answer.status_code == 200
    assert "Memory the seller" in page.text
    assert "Still unknown: FP32 rate, type of memory" in page.text
    for key, value in card.items():
        assert page.find("input", name=key)[0]["value"] == value
    done = send(site, "/import/keep", what="gpu", **card)
    built = site.get(f"/configure?gpu=import.{done.headers['Location'].removeprefix('/i/')}")
    assert "RTX 4090 48GB · imported" in built.text


def test_a_cpu_is_entered(site: Site) -> None:
    cpu = {
        "name": "Ours",
        "vendor": "AMD",
        "cores": "16",
        "isa": "avx-512",
        "memory_types": "ddr5-udimm",
    }
    answer = send(site, "/import/cpu", what="cpu", **cpu)
    assert answer.status_code == 200
    assert "avx2, avx-512" in Page(answer.text).text
    assert Page(answer.text).selected["memory_types"] == "ddr5-udimm"


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        ({"vendor": "x"}, "name"),
        ({"name": "x"}, "vendor"),
        ({"name": "x", "vendor": "x", "memory_gib": "lots"}, "memory_gib"),
        ({"name": "x", "vendor": "x", "memory_gib": "-1"}, "memory_gib"),
        ({"name": "x", "vendor": "x", "source": "<b>"}, "source"),
        ({"name": "x", "vendor": "x", "source.tdp_w": "<b>", "tdp_w": "1"}, "source.tdp_w"),
        ({"name": "x", "vendor": "x", "segment": "toaster"}, "segment"),
    ],
)
def test_a_figure_that_cannot_be_meant_is_said_beside_its_field(
    site: Site, fields: dict[str, str], key: str
) -> None:
    answer = send(site, "/import/gpu", what="gpu", **fields)
    assert answer.status_code == 422
    slot = re.search(rf'id="err-{re.escape(key)}">([^<]+)<', answer.text)
    assert slot is not None, answer.text[-3000:]
    assert slot[1].endswith(".")


def test_what_is_typed_is_never_markup(site: Site) -> None:
    nasty = '"><script>alert(1)</script>'
    answer = send(site, "/import", what="config", text=nasty, name=nasty, vocab_size=nasty)
    assert answer.status_code == 422
    assert "<script>alert" not in answer.text
    config = json.dumps({**json.loads(LLAMA), "model_type": nasty, "_name_or_path": nasty})
    assert "<script>alert" not in send(site, "/import", what="config", text=config).text


def test_unknown_addresses(site: Site) -> None:
    assert site.get("/import/toaster").status_code == 404
    assert site.get("/i/nothing").status_code == 404
    assert send(site, "/import/toaster").status_code == 404


def test_an_unknown_import_is_said_beside_the_picker(site: Site) -> None:
    answer = site.get("/configure?model=import." + "A" * 22)
    assert answer.status_code == 422
    assert "is the name complete?" in answer.text

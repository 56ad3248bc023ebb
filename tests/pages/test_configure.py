"""The configurator: state in the URL, sentences beside fields, nothing typed is lost."""

import json
import re
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest

from app.builds.answers.placements import LABELS
from app.builds.assess import assess
from app.builds.presets import Preset, load_presets
from app.builds.query import spec_from_query, spec_to_query
from app.builds.styles import exact
from app.language.languages import LANGUAGES
from app.pages.form import choices
from tests.pages.conftest import Page, Site

GAMING = "cpu=amd-ryzen-9-9950x&gpu=nvidia-geforce-rtx-5090&module=udimm-ddr5-5600-48gb&modules=4"


def state_of(html: str) -> dict[str, Any]:
    """What the page's script is told about the fields."""
    found = re.search(r'id="form-state"[^>]*>(.*?)</script>', html, re.S)
    assert found is not None
    return json.loads(found.group(1))


@pytest.mark.parametrize("preset", load_presets(), ids=lambda p: str(p.row))
def test_each_preset_renders_with_its_parts_chosen(site: Site, preset: Preset) -> None:
    answer = site.get(f"/configure?{spec_to_query(preset.spec)}")
    assert answer.status_code == 200
    page = Page(answer.text)
    assert page.field("model") == preset.spec.deployment.model
    assert page.field("quant") == preset.spec.deployment.quantization
    assert page.field("cpu") == (preset.spec.machine.cpu or "")
    assert "not in the catalogue" not in page.text
    assert page.figures["speed.decode_tps.typical"]


def test_the_form_says_the_same_question_as_the_address(site: Site) -> None:
    page = Page(site.get(f"/configure?{GAMING}").text)
    keys = {a["name"] for t, a in page.elements if t in ("input", "select") and a.get("name")}
    sent = {key: page.field(key) for key in keys - {"query", "back", "theme"}}
    assert spec_from_query(urlencode(sent)) == spec_from_query(GAMING)


def test_without_javascript_a_sent_form_lands_on_its_canonical_address(site: Site) -> None:
    answer = site.get(f"/configure?system=&{GAMING}&gpu2=&users=1&years=3")
    assert answer.status_code == 303
    canonical = answer.headers["location"].removeprefix("/configure?")
    assert dict(parse_qsl(canonical)) == dict(parse_qsl(GAMING))
    assert site.get(answer.headers["location"]).status_code == 200


def test_an_empty_configurator_offers_machines_to_start_from(site: Site) -> None:
    page = Page(site.get("/configure").text)
    starts = [a for a in page.find("a") if a.get("href", "").startswith("/configure?")]
    assert len(starts) >= 3
    assert "Choose a machine" in page.text


def test_no_figure_is_written_with_an_exponent(site: Site) -> None:
    html = site.get("/configure?gpu=nvidia-h100-sxm5-80gb&gpus=8").text
    shown = re.sub(r"<script.*?</script>|<data [^>]*>", "", html, flags=re.S)
    assert not re.search(r"\d[eE]\+\d", shown)


def test_bad_input_stays_in_its_field_with_a_sentence_beside_it(site: Site) -> None:
    answer = site.get(f"/configure?{GAMING}&users=many&cpu=amd-ryzen-9-9950xx&years=99")
    assert answer.status_code == 422
    page = Page(answer.text)
    assert page.field("users") == "many"
    assert page.field("years") == "99"
    assert page.field("cpu") == "amd-ryzen-9-9950xx"
    field = page.find("input", id="users")[0]
    assert field["aria-invalid"] == "true"
    assert "err-users" in field["aria-describedby"].split()
    assert re.search(r'id="err-users">Use a whole number\.<', answer.text)
    assert "err-context" not in answer.text
    assert "aria-describedby" not in page.find("input", id="context")[0]
    assert re.search(r'id="err-years">Use 10 or less\.<', answer.text)


def test_an_unknown_name_gets_a_sentence_with_the_closest_names(site: Site) -> None:
    answer = site.get("/configure?cpu=amd-ryzen-9-9950xx")
    assert answer.status_code == 422
    assert "Did you mean" in answer.text
    assert Page(answer.text).field("cpu") == "amd-ryzen-9-9950xx"


def test_an_unknown_key_is_named_and_not_swallowed(site: Site) -> None:
    answer = site.get(f"/configure?{GAMING}&colour=red")
    assert answer.status_code == 422
    assert "colour" in Page(answer.text).text


def test_a_bad_fragment_leaves_the_last_good_answer_in_place(site: Site) -> None:
    answer = site.fragment(f"{GAMING}&users=many")
    assert answer.status_code == 422
    assert 'id="rail"' not in answer.text
    assert "last complete question" in answer.text
    assert "HX-Replace-Url" not in answer.headers
    assert state_of(answer.text)["problems"] == {"users": "Use a whole number."}


def test_a_fragment_carries_the_canonical_address(site: Site) -> None:
    answer = site.fragment(f"{GAMING}&users=1&gpu2=&years=5")
    assert answer.status_code == 200
    address = answer.headers["HX-Replace-Url"]
    assert dict(parse_qsl(address.partition("?")[2])) == dict(parse_qsl(f"{GAMING}&years=5"))


def test_a_fragment_opened_in_a_window_becomes_the_page(site: Site) -> None:
    answer = site.get(f"/configure/result?{GAMING}")
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/configure?{GAMING}"


def test_choosing_a_gpu_brings_a_row_for_another_kind(site: Site) -> None:
    assert 'id="gpu-row-1"' in site.fragment(GAMING).text
    assert 'id="gpu-row-1"' not in site.fragment(f"{GAMING}&gpu2=&gpus2=").text


def test_memory_the_cpu_does_not_take_is_dimmed_with_the_reason(site: Site) -> None:
    answer = site.get("/configure?cpu=amd-epyc-9554p")
    option = re.search(r'<option value="udimm-ddr5-5600-48gb"([^>]*)>([^<]*)<', answer.text)
    assert option is not None
    assert "disabled" in option.group(1)
    assert "EPYC 9554P takes DDR5 RDIMM" in option.group(2)


def test_engines_and_formats_that_cannot_work_are_closed_with_the_reason(site: Site) -> None:
    query = "gpu=amd-radeon-rx-7900-xtx&engine=vllm-rocm"
    closed = state_of(site.fragment(query).text)["closed"]
    why = {
        (key, value): group["reason"]
        for key, groups in closed.items()
        for group in groups
        for value in group["values"]
    }
    assert why["engine", "vllm-cuda"] == "does not drive AMD cards"
    assert "two GPUs" in why["placement", "tensor-parallel"]
    reasons = [group["reason"] for group in closed["engine"]]
    assert len(reasons) == len(set(reasons)), "a reason is sent once"
    page = state_of(site.get(f"/configure?{query}").text)["closed"]
    assert {key: [group["reason"] for group in groups] for key, groups in page.items()} == {
        key: [group["reason"] for group in groups] for key, groups in closed.items()
    }


def test_one_of_a_part_is_left_to_the_placeholder(site: Site) -> None:
    """As when the part is chosen, so that a page loaded again reads the same."""
    asked = "cpu=amd-ryzen-9-9950x&gpu=nvidia-geforce-rtx-5090&module=udimm-ddr5-5600-48gb"
    page = Page(site.get(f"/configure?{asked}&gpu2=nvidia-geforce-rtx-5080&gpus2=2").text)
    counts = [page.field(key) for key in ("modules", "gpus", "gpus2")]
    assert counts == ["", "", "2"]


def test_placements_are_called_what_the_sentences_call_them(site: Site) -> None:
    found = {
        option.value: option.label
        for option in choices(site.world.catalogue)["placement"][0].options
    }
    assert found.pop("auto") == "Best that fits"
    assert {value: label.lower() for value, label in found.items()} == {
        value: label.lower() for value, label in LABELS.items()
    }
    assert found["layer-offload"] == "Some layers in RAM"


def test_what_is_chosen_is_never_dimmed(site: Site) -> None:
    """A link that asks for the impossible still shows what it asks for."""
    page = Page(site.get("/configure?cpu=amd-epyc-9554p&module=udimm-ddr5-5600-48gb").text)
    chosen = page.find("option", value="udimm-ddr5-5600-48gb")[0]
    assert "selected" in chosen
    assert "disabled" not in chosen


def test_folded_fields_say_how_many_differ_from_their_default(site: Site) -> None:
    answer = site.get(f"/configure?{GAMING}&kv=q8_0&placement=one-gpu")
    assert '<span class="count" id="count-running">2 changed</span>' in answer.text


def test_markup_in_a_parameter_is_shown_as_text(site: Site) -> None:
    for hostile in ("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{7*7}}"):
        answer = site.get("/configure?" + urlencode({"users": hostile, "cpu": hostile}))
        assert answer.status_code == 422
        assert hostile not in answer.text or hostile == "{{7*7}}"
        assert "49" not in Page(answer.text).field("users")


FOUR_KINDS = (
    "cpu=amd-epyc-9554p&module=rdimm-ddr5-4800-32gb&modules=12&gpu=nvidia-geforce-rtx-4090"
    "&gpu2=nvidia-geforce-rtx-3090&gpu3=nvidia-geforce-rtx-5090&gpu4=nvidia-geforce-rtx-5080"
    "&model=llama-3.1-8b-instruct&users=4&kv=q8_0&placement=layer-split"
)
LARGEST = spec_to_query(max(load_presets(), key=lambda preset: preset.row).spec)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("query", ["", GAMING, LARGEST, FOUR_KINDS])
def test_the_page_stays_small(site: Site, query: str, language: str) -> None:
    """At most 40 kB are sent, as a browser asks for them, in each language."""
    sent = {"Accept-Encoding": "br", "Accept-Language": language}
    answer = site.get(f"/configure?{query}", headers=sent)
    assert answer.status_code == 200
    assert answer.headers["content-language"] == language
    assert int(answer.headers["content-length"]) <= 40_000


def test_its_scripts_stay_small(site: Site) -> None:
    """At most 430 kB for everything that the page loads, at once or later."""
    html = site.get(f"/configure?{GAMING}").text
    scripts = set(re.findall(r'(?:src|data-plotly)="(/static/[^"]+\.js[^"]*)"', html))
    assert len(scripts) == 5, "htmx, Plotly and three of our own"
    sent = 0
    for script in scripts:
        answer = site.get(script, headers={"Accept-Encoding": "br"})
        assert answer.status_code == 200
        sent += answer.num_bytes_downloaded
    assert 100_000 < sent <= 430_000


def test_the_calculation_stands_on_a_page_of_its_own(site: Site) -> None:
    """What the folds of the answer ask for when they are opened, as one page without a script."""
    folds = Page(site.fragment(GAMING).text)
    asked = {f["hx-select"]: f["hx-get"] for f in folds.find("details") if "hx-get" in f}
    assert set(asked) == {"#steps", "#inputs", "#assumptions", "#requests"}
    links = {a["href"] for a in folds.find("a")}
    for part, address in asked.items():
        assert f"{address}{part}" in links
    page = Page(site.get(asked["#steps"]).text)
    assert {f"#{a['id']}" for a in page.find("div") if "id" in a} >= set(asked)
    found = assess(spec_from_query(GAMING), site.world)
    shown = page.figures
    for i, step in enumerate(found.trace):
        if step.value is not None:
            assert shown[f"trace.{i}.value"] == {exact(step.value)}
    for i, given in enumerate(found.inputs):
        if given.value is not None:
            assert shown[f"inputs.{i}.value"] == {exact(given.value)}
    for sentence in found.cost.assumptions:
        assert sentence in unescape(page.text)
    assert "/api/v1/estimates" in page.text


def test_a_calculation_of_nothing_known_says_what_is_wrong(site: Site) -> None:
    for wrong, said in (("cpu=amd-ryzen-9-9950xx", "Did you mean"), ("colour=red", "colour")):
        answer = site.get(f"/configure/calculation?{wrong}")
        assert answer.status_code == 422
        assert said in Page(answer.text).text


def test_a_model_says_its_size_once(site: Site) -> None:
    labels = {
        option.value: option.label
        for group in choices(site.world.catalogue)["model"]
        for option in group.options
    }
    assert labels["llama-3.1-8b-instruct"] == "Llama 3.1 8B"
    mixture = site.world.catalogue.models["mixtral-8x7b-instruct-v0.1"]
    assert labels[mixture.slug] == f"{mixture.name} · 46.7 B, 13 B active"


def test_machines_are_linked_by_what_is_known_to_link_them(site: Site) -> None:
    known = site.world.calibration.judged.node_hop_ms
    offered = {group.label for group in choices(site.world.catalogue)["link"]}
    assert {family.lower() for family in offered} == set(known)

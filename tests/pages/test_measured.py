"""Measured runs and own measurements on the pages."""

import json
import re
from urllib.parse import urlsplit

import pytest

from app.builds.assess import assess
from app.builds.assessment import Assessment
from app.builds.query import spec_from_query
from app.pages.form import FOLDS
from app.pages.words import exact
from tests.pages.conftest import Page, Site
from tests.pages.test_same_figures import at, shown

BUILD = "cpu=amd-ryzen-9-9950x&gpu=nvidia-geforce-rtx-4090&model=llama-3.1-8b-instruct"
MEASURED = (
    "system=framework-framework-desktop-128gb-ryzen-ai-max-395&model=gpt-oss-120b&quant=mxfp4"
)
OWN = f"{BUILD}&measured_decode=130&measured_prefill=6000"


@pytest.mark.parametrize("query", [BUILD, MEASURED, OWN])
def test_json_page_fragment_and_share_show_the_same(query: str, site: Site) -> None:
    spec = spec_from_query(query)
    answer = json.loads(assess(spec, site.world).model_dump_json())
    page = shown(Page(site.get(f"/configure?{query}").text))
    assert page == shown(Page(site.fragment(query).text))
    sent = site.post("/share", query=query)
    calculation = shown(Page(site.get(f"/configure/calculation?{query}").text))
    shared = shown(Page(site.get(urlsplit(sent.headers["location"]).path).text))
    assert page | calculation == shared
    assert {path: exact(at(answer, path)) for path in shared} == shared
    body = spec.model_dump(mode="json")
    served = site.request("POST", "/api/v1/estimates", json=body).json()
    served = served.get("assessment", served)
    assert served["speed"] == answer["speed"]
    assert served["evidence"] == answer["evidence"]
    assert "evidence.runs.0.decode_tps" in page


def test_the_rail_says_what_differs_and_whose_run_it_is(site: Site) -> None:
    page = Page(site.get(f"/configure?{BUILD}").text)
    assert "This very combination was not measured; these runs come nearest." in page.text
    assert " instead of " in page.text
    assert any(a.get("popovertarget", "").startswith("src-") for a in page.find("button"))


def test_a_measured_build_is_marked_so_in_the_answer_line(site: Site) -> None:
    text = Page(site.get(f"/configure?{MEASURED}").text).text
    assert "● measured" in re.sub(r"\s+", " ", text)
    assert "This very combination was measured: " in text


def test_an_own_measurement_is_told_beside_the_answer(site: Site) -> None:
    text = Page(site.get(f"/configure?{OWN}").text).text
    assert "Narrowed by your own measurement: 130\u202ftok/s measured" in text


def test_a_figure_of_something_else_gets_a_sentence_beside_its_field(site: Site) -> None:
    answer = site.get(f"/configure?{BUILD}&measured_decode=2000")
    assert answer.status_code == 422
    page = Page(answer.text)
    assert page.field("measured_decode") == "2000"
    assert page.find("input", id="measured_decode")[0]["aria-invalid"] == "true"
    assert "something else was measured" in answer.text
    served = site.request(
        "POST",
        "/api/v1/estimates",
        json={
            "machine": {"gpus": [{"gpu": "nvidia-geforce-rtx-4090"}]},
            "workload": {"measured_decode_tps": 20000},
        },
    )
    assert served.status_code == 422


def test_a_share_from_before_there_was_evidence_still_reads(site: Site) -> None:
    answer = json.loads(assess(spec_from_query(BUILD), site.world).model_dump_json())
    del answer["evidence"]
    assert Assessment.model_validate_json(json.dumps(answer)).evidence.runs == []


def test_every_expert_field_is_in_the_form_and_keeps_what_was_asked(site: Site) -> None:
    asked = {
        "measured_decode": "130",
        "measured_prefill": "6000",
        "cached": "100",
        "together": "0.5",
        "ubatch": "512",
        "flash_attention": "true",
        "engine_date": "2025-06",
        "gpu_layers": "99",
        "cpu_expert_layers": "0",
    }
    assert set(asked) == set(FOLDS["expert"])
    query = "&".join(f"{key}={value}" for key, value in asked.items())
    html = site.get(f"/configure?{BUILD}&{query}").text
    page = Page(html)
    assert {key: page.field(key) for key in asked} == asked
    assert '<span class="count" id="count-expert">9 changed</span>' in html

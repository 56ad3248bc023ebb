"""What if: one build along one axis, a page without scripts and a piece of the configurator."""

import json

import pytest
from plotly import graph_objects

from app.advisor.changes.sweep_points import AXES, Axis
from app.advisor.changes.sweeps import axes_of, sweep
from app.builds.assess import assess
from app.builds.presets import load_presets
from app.builds.query import spec_from_query
from app.pages.sweep_chart import sweep_spec
from tests.pages.conftest import Page, Site
from tests.pages.test_charts import drawable
from tests.pages.test_same_figures import at, shown

LARGE = (
    "cpu=amd-ryzen-9-9950x&gpu=nvidia-geforce-rtx-4090&module=udimm-ddr5-5600-48gb&modules=4"
    "&model=llama-3.3-70b-instruct"
)
CARDS = "gpu=nvidia-geforce-rtx-3090&gpus=2&model=llama-3.3-70b-instruct"


@pytest.mark.parametrize("axis", AXES)
def test_the_page_shows_the_figures_of_the_sweep(site: Site, axis: Axis) -> None:
    answer = site.get(f"/sweep?axis={axis}&{LARGE}")
    assert answer.status_code == 200
    found = sweep(spec_from_query(LARGE), axis, None, site.world)
    tree = json.loads(found.model_dump_json())
    page = Page(answer.text)
    figures = {path: v for path, v in shown(page).items() if path.startswith("points.")}
    assert len(figures) > len(found.points)
    for path, value in figures.items():
        assert value == str(at(tree, path)), path
    assert found.sentence.split(";")[0] in page.text.replace("&#34;", '"')
    links = {a["href"] for a in page.find("a") if a.get("href", "").startswith("/configure?")}
    assert {f"/configure?{p.query}" for p in found.points} <= links


@pytest.mark.parametrize("axis", AXES)
def test_every_chart_can_be_drawn(site: Site, axis: Axis) -> None:
    for preset in load_presets()[2:5]:
        if axes_of(assess(preset.spec, site.world), site.world)[axis] is not None:
            continue
        found = sweep(preset.spec, axis, None, site.world)
        spec = sweep_spec(found, site.world.limits.interactive_decode_tps)
        assert spec is not None
        graph_objects.Figure(drawable(spec))


def test_inside_the_configurator_only_the_answer_comes(site: Site) -> None:
    answer = site.get(f"/sweep?axis=price&{LARGE}", headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert "<html" not in answer.text
    page = Page(answer.text)
    assert page.find("div", id="chart-sweep")
    assert not page.figures  # the page around it has its own
    assert page.find(
        "a", href=f"/sweep?axis=price&{assess(spec_from_query(LARGE), site.world).query}"
    )


def test_the_configurator_links_what_can_be_varied_and_computes_nothing(site: Site) -> None:
    page = Page(site.get(f"/configure?{CARDS}").text)
    links = [a["href"] for a in page.find("a") if a.get("href", "").startswith("/sweep?")]
    axes = {href.partition("axis=")[2].partition("&")[0] for href in links}
    assert axes == {"context_tokens", "concurrency", "gpu_count", "quantization"}
    assert not page.find("div", id="chart-sweep")
    for href in links:
        assert site.get(href).status_code == 200


def test_without_a_machine_the_configurator_offers_no_what_if(site: Site) -> None:
    page = Page(site.get("/configure").text)
    assert not [a for a in page.find("a") if a.get("href", "").startswith("/sweep")]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        (f"axis=colour&{CARDS}", "nothing called “colour” to vary"),
        (f"axis=price&{CARDS}", "No price is known for"),
        ("axis=concurrency&users=many", "Use a whole number."),
        ("axis=concurrency&cpu=no-such-cpu", "no CPU called"),
        ("", "no machine yet"),
    ],
)
def test_what_cannot_be_answered_is_said_in_a_sentence(site: Site, query: str, words: str) -> None:
    for headers in ({}, {"HX-Request": "true"}):
        answer = site.get(f"/sweep?{query}", headers=headers)
        assert answer.status_code == 422
        assert words in Page(answer.text).text


def test_what_cannot_be_varied_says_why(site: Site) -> None:
    text = Page(site.get(f"/sweep?axis=concurrency&{CARDS}").text).text
    assert "What cannot be varied here" in text
    assert "Layers in RAM: Name a CPU and its memory first." in text


def test_a_name_in_the_address_stays_a_name(site: Site) -> None:
    answer = site.get("/sweep?axis=%3Cscript%3Ealert(1)%3C/script%3E&" + CARDS)
    assert "<script>alert" not in answer.text

"""Builds side by side: answer lines first, what differs, and each one's own colour throughout."""

import csv
import io
import json
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest
from plotly import graph_objects

from app.advisor.changes.comparison import compare
from app.builds.assess import assess
from app.builds.presets import load_presets
from app.builds.query import spec_from_query
from app.pages.charts import COLOURS, DASHES, MARKERS
from app.pages.compare import EXAMPLE_ROWS, build_query
from app.pages.overlays import overlays_of
from app.pages.words import exact
from tests.pages.builds import random_spec
from tests.pages.conftest import Page, Site
from tests.pages.test_charts import drawable
from tests.pages.test_same_figures import at, shown

GAMING = "cpu=amd-ryzen-9-9950x&gpu=nvidia-geforce-rtx-5090&module=udimm-ddr5-5600-48gb&modules=4"
SERVER = "cpu=amd-epyc-9554p&module=rdimm-ddr5-4800-32gb&modules=12"
CARDS = "gpu=nvidia-geforce-rtx-3090&gpus=2"


def address(*queries: str) -> str:
    return f"/compare?{urlencode(list(zip('abcd', queries, strict=False)))}"


def links(page: Page, start: str) -> list[str]:
    return [a["href"] for a in page.find("a") if a.get("href", "").startswith(start)]


def test_every_figure_is_that_of_the_rest_answer(site: Site) -> None:
    answer = site.get(address(GAMING, SERVER, CARDS))
    assert answer.status_code == 200
    specs = [spec_from_query(q) for q in (GAMING, SERVER, CARDS)]
    body = {"specs": [spec.model_dump(mode="json") for spec in specs]}
    tree = site.request("POST", "/api/v1/comparisons", json=body).json()
    figures = shown(Page(answer.text))
    assert {path.split(".")[1] for path in figures} == {"0", "1", "2"}
    for path, value in figures.items():
        assert value == exact(at(tree, path)), path
    for i in range(3):
        assert f"assessments.{i}.cost.purchase.typical" in figures


@pytest.mark.parametrize("seed", range(8))
def test_any_two_builds_can_be_compared(site: Site, seed: int) -> None:
    specs = [random_spec(site.world, seed), random_spec(site.world, seed + 100)]
    found = compare(specs, site.world)
    tree = json.loads(found.model_dump_json())
    answer = site.get(address(*(a.query for a in found.assessments)))
    assert answer.status_code == 200
    for path, value in shown(Page(answer.text)).items():
        assert value == exact(at(tree, path)), path


def test_the_best_of_a_row_is_said_in_a_word(site: Site) -> None:
    html = site.get(address(GAMING, SERVER)).text
    best = [a for a in Page(html).find("td") if a.get("class") == "best"]
    assert len(best) == html.count('<span class="tag">best</span>') > 5


def test_rows_that_are_equal_fold_away(site: Site) -> None:
    text = Page(site.get(address(GAMING, SERVER)).text).text
    differs, _, same = text.partition("What is the same")
    assert "First token" in differs
    assert "Use case" not in differs
    assert "Use case" in same


def test_without_builds_an_example_is_shown(site: Site) -> None:
    page = Page(site.get("/compare").text)
    assert "example" in page.text
    opened = set(links(page, "/configure?"))
    examples = [p for p in load_presets() if p.row in EXAMPLE_ROWS]
    assert len(examples) == 3
    assert len(opened) == 3
    assert "best" in page.text


def test_one_build_invites_others(site: Site) -> None:
    page = Page(site.get(address(GAMING)).text)
    assert "add another" in page.text
    offers = [href for href in links(page, "/compare?") if "b=" in href]
    assert len(offers) >= 8
    both = Page(site.get(offers[0]).text)
    assert "What differs" in both.text


def test_a_link_can_be_pasted_whole(site: Site) -> None:
    page = Page(site.get(address(GAMING)).text)
    (field,) = page.find("input", id="add-link")
    assert field["name"] == "b"
    assert page.find("input", name="a", type="hidden")[0]["value"] == GAMING
    pasted = {"a": GAMING, "b": f"https://rigwise.example/configure?{SERVER}"}
    added = Page(site.get(f"/compare?{urlencode(pasted)}").text)
    assert "EPYC 9554P" in added.text
    assert build_query(f" /configure?{SERVER} ") == SERVER


def test_four_are_the_most(site: Site) -> None:
    page = Page(site.get(address(GAMING, SERVER, CARDS, f"{GAMING}&users=2")).text)
    assert "remove one to add another" in page.text
    assert not page.find("input", id="add-link")


def test_removing_a_build_keeps_the_others(site: Site) -> None:
    page = Page(site.get(address(GAMING, SERVER, CARDS)).text)
    removals = [parse_qs(urlsplit(href).query) for href in links(page, "/compare?")]
    assert {"a": [GAMING], "b": [CARDS]} in removals


def test_a_build_that_cannot_be_read_says_so_in_its_place(site: Site) -> None:
    answer = site.get(address(GAMING, "cpu=no-such-cpu", SERVER))
    assert answer.status_code == 422
    page = Page(answer.text)
    assert "no CPU called “no-such-cpu”" in page.text
    assert "A writes fastest" in page.text
    assert page.find("a", href="/configure?cpu=no-such-cpu")
    # the others keep their letters and with them their colours
    headers = [a for a in page.find("svg") if "bk-1" in a.get("class", "")]
    assert len(headers) == 1
    assert [a for a in page.find("svg") if "bk-2" in a.get("class", "")]


def test_only_bad_builds_are_no_empty_page(site: Site) -> None:
    answer = site.get(address("cpu=no-such-cpu", "users=many"))
    assert answer.status_code == 422
    text = Page(answer.text).text
    assert "None of these builds can be read yet." in text
    assert "Use a whole number." in text


def test_a_stranger_in_the_address_is_named(site: Site) -> None:
    answer = site.get(f"{address(GAMING, SERVER)}&colour=red")
    assert answer.status_code == 422
    assert "colour" in Page(answer.text).text


def test_each_build_keeps_its_colour_dash_and_marker(site: Site) -> None:
    found = compare([spec_from_query(q) for q in (GAMING, SERVER, CARDS)], site.world)
    charts = overlays_of(found)
    assert [c.id for c in charts] == [
        "chart-compare-context",
        "chart-compare-people",
        "chart-compare-costs",
    ]
    for chart in charts:
        graph_objects.Figure(drawable(chart.spec))
        assert all(len(row) == len(chart.headers) for row in chart.rows)
    for chart in charts[:2]:
        for i, trace in enumerate(chart.spec["data"]):
            assert trace["line"]["color"] == COLOURS[i]
            assert trace["line"]["dash"] == DASHES[i]
            assert trace["marker"]["symbol"] == MARKERS[i]
    bars = charts[2].spec["data"][1]
    assert bars["marker"]["color"] == [COLOURS["ABC".index(letter)] for letter in bars["y"]]


def test_the_configurator_leads_here_with_its_build(site: Site) -> None:
    page = Page(site.get(f"/configure?{GAMING}").text)
    (href,) = links(page, "/compare?a=")
    found = parse_qs(urlsplit(href).query)["a"][0]
    assert spec_from_query(found) == spec_from_query(GAMING)
    assert href == f"/compare?a={quote(found)}"
    assert site.get(href).status_code == 200
    assert page.find("a", href="/compare")


def test_the_comparison_comes_as_csv_with_the_same_figures(site: Site) -> None:
    first = "gpu=nvidia-geforce-rtx-5090"
    second = "gpu=nvidia-geforce-rtx-4090&quant=q8_0"
    address = urlencode({"a": first, "b": second})
    assert Page(site.get(f"/compare?{address}").text).find("a", href=f"/compare.csv?{address}")
    answer = site.get(f"/compare.csv?{address}")
    assert answer.headers["Content-Disposition"].endswith('"rigwise-comparison.csv"')
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0][3].startswith("A: ")
    by_path = {row[5]: row for row in rows}
    for column, query in ((3, first), (4, second)):
        found = assess(spec_from_query(query), site.world)
        shown = by_path["speed.decode_tps.typical"][column]
        assert shown == exact(found.speed.decode_tps.typical)
        assert by_path["cost.purchase.typical"][column].startswith("at least ")


def test_builds_that_cannot_be_read_have_no_csv(site: Site) -> None:
    assert site.get("/compare.csv").status_code == 422
    answer = site.get("/compare.csv?a=cpu%3Dnothing")
    assert answer.status_code == 422

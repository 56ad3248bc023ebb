"""What next: a card that loads when it comes into view, and the same as a page."""

import json

import pytest

from app.advisor.changes.upgrades import next_steps
from app.builds.query import spec_from_query
from tests.pages.conftest import Page, Site
from tests.pages.test_same_figures import at, shown

LARGE = (
    "cpu=amd-ryzen-9-9950x&gpu=nvidia-geforce-rtx-4090&module=udimm-ddr5-5600-48gb&modules=4"
    "&model=llama-3.3-70b-instruct"
)
TOO_SMALL = "gpu=nvidia-geforce-rtx-3090&gpus=2&model=llama-3.3-70b-instruct&quant=q8_0"


@pytest.mark.parametrize("query", [LARGE, TOO_SMALL, f"{LARGE}&currency=CHF&quote=9000"])
def test_the_page_shows_the_figures_of_the_answer(site: Site, query: str) -> None:
    answer = site.get(f"/configure/upgrades?{query}")
    assert answer.status_code == 200
    found = next_steps(spec_from_query(query), site.world)
    tree = json.loads(found.model_dump_json())
    page = Page(answer.text)
    figures = shown(page)
    assert len(figures) >= 4 * len(found.paid)
    for path, value in figures.items():
        assert value == str(at(tree, path)), path
    for upgrade in [*found.paid, *found.free]:
        assert page.find("a", href=f"/configure?{upgrade.query}")
    for note in found.notes:
        assert note in page.text


def test_the_configurator_loads_the_card_when_it_comes_into_view(site: Site) -> None:
    page = Page(site.get(f"/configure?{LARGE}").text)
    (card,) = page.find("div", id="upgrades")
    assert card["hx-trigger"] == "revealed"
    assert page.find("a", href=card["hx-get"])  # without scripts it is a link
    inside = site.get(card["hx-get"], headers={"HX-Request": "true"})
    assert inside.status_code == 200
    assert "<html" not in inside.text
    assert not Page(inside.text).figures
    assert "Most speed for its money" in inside.text


def test_bad_input_gets_a_sentence(site: Site) -> None:
    answer = site.get("/configure/upgrades?users=many")
    assert answer.status_code == 422
    assert "Use a whole number." in answer.text


def test_a_frozen_answer_offers_no_changes(site: Site) -> None:
    sent = site.post("/share", query=LARGE)
    page = Page(site.get(sent.headers["location"]).text)
    assert not page.find("div", id="upgrades")

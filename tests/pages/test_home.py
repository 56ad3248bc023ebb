"""The front page: nine configurations with live verdicts, doors only to pages that exist."""

import re

from app.builds.assess import assess
from app.builds.presets import load_presets
from app.pages.advisor_form import MEDIUM
from app.pages.words import exact
from tests.pages.conftest import Page, Site


def test_all_nine_configurations_lead_to_the_configurator(site: Site) -> None:
    page = Page(site.get("/").text)
    links = {a["href"] for a in page.find("a") if "href" in a}
    for preset in load_presets():
        query = assess(preset.spec, site.world).query
        assert (
            f"/configure?{query}" in links or f"/configure?{query}".replace("&", "&amp;") in links
        )
        assert preset.name in page.text


def test_each_configuration_shows_its_live_speed(site: Site) -> None:
    page = Page(site.get("/").text)
    for preset in load_presets():
        speed = assess(preset.spec, site.world).speed.decode_tps.typical
        assert exact(speed) in page.figures["speed.decode_tps.typical"]


def test_every_door_opens(site: Site) -> None:
    page = Page(site.get("/").text)
    doors = {a["href"] for a in page.find("a") if a.get("href", "").startswith("/")}
    for door in doors:
        assert site.get(door).status_code == 200, door


def test_each_configuration_names_the_engine_its_speed_is_for(site: Site) -> None:
    page = Page(site.get("/").text)
    for preset in load_presets():
        answer = assess(preset.spec, site.world)
        engine = site.world.catalogue.engines[str(answer.resolved["engine"])].name
        model = answer.title.rsplit(" · ", 1)[-1]
        assert f"{model} · {engine}" in page.text


def test_the_first_door_asks_the_advisor(site: Site) -> None:
    html = site.get("/").text
    form = re.search(r'<form class="ask find" action="/advisor".*?</form>', html, re.S)
    assert form is not None
    names = set(re.findall(r'name="([^"]*)"', form.group(0)))
    assert names == {"use_case", "people", "budget", "model", "quant", "typed"}
    assert f'value="{MEDIUM}"' in form.group(0)
    assert site.get("/advisor").status_code == 200

"""Every entry of the catalogue has a page: its facts as REST has them, and what follows from it."""

import html as markup
import json
import re
from time import perf_counter

import pytest
from fastapi import FastAPI

from app.advisor.advise import advise
from app.advisor.query import question_from_pairs
from app.builds.assess import assess
from app.builds.items.fits import model_fits
from app.builds.items.listing import RUN_FIELD, listings_of
from app.builds.items.machine import machine_of
from app.builds.items.memory import USUAL_CONTEXT, model_memory
from app.builds.items.prices import SOLD
from app.builds.query import spec_from_query
from app.builds.spec import BuildSpec, DeploymentSpec
from app.catalogue.nearest import GONE, nearest, still_sold
from app.pages.browse.fields import fact_fields
from app.pages.browse.shelves import SHELVES
from app.pages.words import exact
from tests.pages.conftest import Page, Site

PATHS = list(SHELVES)
#: What a template shows where something was not there.
HOLES = re.compile(r"(?<![\w/.:-])(None(?! of)|nan|NaN|inf|Undefined|Decimal\()(?![\w-])")
EXAMPLES = {
    "gpus": "nvidia-geforce-rtx-3090",
    "cpus": "amd-epyc-9554p",
    "memory": "rdimm-ddr5-4800-32gb",
    "systems": "framework-desktop-128gb-ryzen-ai-max-395",
    "models": "llama-3.1-8b-instruct",
    "quantizations": "q4_k_m",
    "engines": "llama.cpp-cuda",
}


def shown(value: object) -> str:
    """A fact of the REST answer as a page carries it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return ",".join(map(str, value))
    return exact(value)  # type: ignore[arg-type]


@pytest.mark.parametrize("path", PATHS)
def test_every_entry_has_a_page_with_its_facts(site: Site, path: str) -> None:
    shelf = SHELVES[path]
    slowest = 0.0
    for slug, fact in site.world.catalogue.of_kind(shelf.kind).items():
        began = perf_counter()
        answered = site.get(f"/{path}/{slug}")
        slowest = max(slowest, perf_counter() - began)
        assert answered.status_code == 200, slug
        table = answered.text.partition('class="entry-table all-facts"')[2].partition("</table>")[0]
        rest = json.loads(fact.model_dump_json())
        holes = HOLES.search(re.sub(r"<script.*?</script>|<[^>]+>", " ", table, flags=re.DOTALL))
        assert holes is None, (slug, holes)
        figures = Page(table).figures
        for field in fact_fields(shelf.kind):
            value = rest[field.name]
            if value in (None, []):
                assert field.name not in figures, (slug, field.name)
            elif field.name in figures:
                assert figures[field.name] == {shown(value)}, (slug, field.name)
            else:
                assert field.name.endswith(("_slug", "_slugs")), (slug, field.name)
        unknown = sum(rest[f.name] in (None, []) for f in fact_fields(shelf.kind))
        said = table.count('class="unknown"') + table.count("does not apply")
        assert said == unknown, slug
        assert table.count('class="cite"') == len(fact_fields(shelf.kind)) - unknown
    assert slowest < 3.0


@pytest.mark.parametrize("path", PATHS)
def test_a_page_shows_no_hole_anywhere(site: Site, path: str) -> None:
    entries = list(site.world.catalogue.of_kind(SHELVES[path].kind))
    for slug in entries[:: max(1, len(entries) // 25)]:
        text = Page(
            re.sub(r"<script.*?</script>", "", site.get(f"/{path}/{slug}").text, flags=re.S)
        )
        found = HOLES.search(text.text)
        assert found is None, (slug, text.text[max(0, found.start() - 60) : found.end() + 20])


@pytest.mark.parametrize("path", PATHS)
def test_sources_are_numbered_and_each_number_is_there(site: Site, path: str) -> None:
    html = site.get(f"/{path}/{EXAMPLES[path]}").text
    page = Page(html)
    ids = [attrs["id"] for _, attrs in page.elements if "id" in attrs]
    assert len(ids) == len(set(ids))
    cited = [a["href"][1:] for a in page.find("a", **{"class": "cite"})]
    assert cited
    assert set(cited) <= set(ids)
    fact = site.world.catalogue.of_kind(SHELVES[path].kind)[EXAMPLES[path]]
    for source in {fact.source, *fact.cell_sources.values()}:
        words = source.split(" (")[0].split("http")[0][:30]
        assert words in markup.unescape(page.text), source


@pytest.mark.parametrize(("path", "slug"), EXAMPLES.items())
def test_an_entry_leads_on(site: Site, path: str, slug: str) -> None:
    page = Page(site.get(f"/{path}/{slug}").text)
    addresses = [a["href"] for a in page.find("a") if a.get("href", "").startswith("/")]
    for start in ("/configure?", f"/api/v1/{SHELVES[path].kind}/"):
        address = next(a for a in addresses if a.startswith(start))
        assert site.get(address).status_code == 200, address
    for address in addresses:
        if address.startswith(("/evidence", "/compare", "/value", f"/{path}/")):
            assert site.get(address).status_code == 200, address


@pytest.mark.parametrize("path", ["gpus", "cpus", "systems", "memory"])
def test_what_fits_is_what_the_configurator_says(site: Site, path: str) -> None:
    kind, slug = SHELVES[path].kind, EXAMPLES[path]
    machine = machine_of(kind, slug, site.world.catalogue)
    assert machine is not None
    fits = model_fits(machine.machine, site.world)
    assert len(fits.models) == len(site.world.catalogue.models)
    for found in fits.models[::17]:
        for cell in found.formats:
            answer = assess(spec_from_query(cell.query), site.world)
            assert cell.fits == answer.fit.fits, cell.query
            if cell.fits:
                assert cell.decode_tps == answer.speed.decode_tps.typical, cell.query
    html = site.get(f"/{path}/{slug}/fits", headers={"HX-Request": "true"}).text
    assert "<html" not in html
    assert html.count('<th scope="row">') == len(fits.fitting)
    whole = site.get(f"/{path}/{slug}/fits")
    assert whole.status_code == 200
    assert "<html" in whole.text
    assert Page(site.get(f"/{path}/{slug}").text).find("a", href=f"/{path}/{slug}/fits")


def test_what_fits_is_kept_until_the_world_changes(site: Site) -> None:
    machine = machine_of("gpus", "nvidia-geforce-rtx-4090", site.world.catalogue)
    assert machine is not None
    assert model_fits(machine.machine, site.world) is model_fits(machine.machine, site.world)


def test_the_cheapest_machine_is_the_advisors(site: Site) -> None:
    html = site.get("/models/llama-3.1-8b-instruct/machines", headers={"HX-Request": "true"}).text
    assert "<html" not in html
    page = Page(html)
    asked = [a["href"] for a in page.find("a") if a["href"].startswith("/advisor?")]
    builds = [a["href"] for a in page.find("a") if a["href"].startswith("/configure?")]
    assert len(asked) == len(builds) == 4
    for question, build in zip(asked, builds, strict=True):
        pairs = [tuple(p.split("=")) for p in question.partition("?")[2].split("&")]
        found = advise(question_from_pairs(pairs), site.world)  # type: ignore[arg-type]
        assert build == f"/configure?{found.builds[0].query}"


def test_when_too_many_search_a_sentence_stands_in_for_the_machines(
    site: Site, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app.state.searches, "_inside", 1000)
    address = "/models/qwen2.5-7b-instruct/machines"
    inside = site.get(address, headers={"HX-Request": "true"})
    assert inside.status_code == 503
    assert inside.headers["Retry-After"]
    assert "<html" not in inside.text
    assert "Too many searches" in inside.text
    whole = site.get(address)
    assert whole.status_code == 503
    assert "<html" in whole.text


def test_a_short_context_is_no_obstacle_to_a_machine(site: Site) -> None:
    answered = site.get("/models/llama-2-7b-hf/machines")
    assert answered.status_code == 200
    assert "was made for" in answered.text or "/configure?" in answered.text


def test_what_a_dense_model_cannot_have_is_not_called_unknown(site: Site) -> None:
    html = site.get("/models/llama-3.1-8b-instruct").text
    table = html.partition('class="entry-table all-facts"')[2].partition("</table>")[0]
    assert table.count("does not apply") == 8
    assert 'class="unknown"' not in table


def test_a_model_without_known_size_says_so(site: Site) -> None:
    unknown = [
        m.slug for m in site.world.catalogue.models.values() if m.kv_bytes_per_token_f16 is None
    ]
    html = site.get(f"/models/{unknown[0]}").text
    assert "not known" in html


def test_the_sizes_of_a_model_are_those_of_an_assessment(site: Site) -> None:
    world = site.world
    memory = model_memory(world.catalogue.models["qwen2.5-14b-instruct"], world.catalogue)
    for name in ("q4_k_m", "q8_0", "f16"):
        spec = BuildSpec(
            machine=spec_from_query(
                "gpu=nvidia-rtx-pro-6000-blackwell-workstation-edition"
            ).machine,
            deployment=DeploymentSpec(model="qwen2.5-14b-instruct", quantization=name),
        )
        pool = assess(spec, world).fit.pools[0]
        found = memory.of(name)
        assert found is not None
        assert found.weights_gib == pytest.approx(pool.weights_gib)
        assert found.total_gib == pytest.approx((pool.weights_gib or 0) + (pool.kv_gib or 0))
    assert USUAL_CONTEXT in [point.context_tokens for point in memory.contexts]


@pytest.mark.parametrize("path", ["gpus", "cpus", "models", "quantizations", "engines"])
def test_runs_are_counted_and_the_link_finds_them(site: Site, path: str) -> None:
    kind, slug = SHELVES[path].kind, EXAMPLES[path]
    field = RUN_FIELD[kind]
    number = sum(getattr(run, field) == slug for run in site.world.catalogue.measurements)
    figures = listings_of(site.world).of(kind).figures
    assert figures.values["measured_runs"][slug] == number
    page = Page(site.get(f"/{path}/{slug}").text)
    links = [a["href"] for a in page.find("a") if a["href"].startswith("/evidence?q=")]
    assert bool(links) == (number > 0)
    if number:
        listed = site.get(links[0].partition("#")[0])
        assert listed.status_code == 200
        assert "No figure matches" not in Page(listed.text).text


@pytest.mark.parametrize("path", ["gpus", "systems"])
def test_the_price_chart_holds_every_dated_price_with_its_source(site: Site, path: str) -> None:
    catalogue, kind = site.world.catalogue, SHELVES[path].kind
    checked = 0
    for slug in catalogue.of_kind(kind):
        seen = catalogue.prices_of(SOLD[kind], slug)
        dated = [p for p in seen if p.usable and p.observed_from]
        if len(dated) < 2:
            continue
        html = site.get(f"/{path}/{slug}").text
        spec = re.search(r'id="chart-prices-spec">(.*?)</script>', html)
        assert spec is not None, slug
        data = json.loads(spec.group(1))["data"]
        days = sorted(day for trace in data for day in trace["x"])
        assert days == sorted(p.observed_from.isoformat() for p in dated if p.observed_from)
        assert all(trace["line"]["shape"] == "hv" for trace in data)
        checked += 1
        if checked == 6:
            break
    assert checked


def test_a_thing_no_longer_sold_names_what_is(site: Site) -> None:
    catalogue = site.world.catalogue
    figures = listings_of(site.world).of("gpus").figures
    named = 0
    for slug, gpu in list(catalogue.gpus.items())[::5]:
        successor = still_sold(catalogue, "gpus", slug, figures)
        html = site.get(f"/gpus/{slug}").text
        assert ("No longer current" in html) == (successor is not None), slug
        if successor is not None:
            assert gpu.status in GONE
            assert f'href="/gpus/{successor.slug}"' in html
            assert getattr(successor, "status", None) == "current"
            named += 1
    assert named


@pytest.mark.parametrize(("path", "slug"), EXAMPLES.items())
def test_what_comes_near_is_never_itself(site: Site, path: str, slug: str) -> None:
    kind = SHELVES[path].kind
    figures = listings_of(site.world).of(kind).figures
    near = nearest(site.world.catalogue, kind, slug, 5, figures)
    assert len({fact.slug for fact in near} - {slug}) == 5
    page = Page(site.get(f"/{path}/{slug}").text)
    for fact in near:
        assert page.find("a", href=f"/{path}/{fact.slug}")


def test_the_nearest_of_a_twin_is_its_twin(site: Site) -> None:
    figures = listings_of(site.world).of("cpus").figures
    near = nearest(site.world.catalogue, "cpus", "amd-epyc-9554p", 3, figures)
    assert "amd-epyc-9554" in [fact.slug for fact in near]


@pytest.mark.parametrize("path", PATHS)
def test_an_unknown_name_is_told_what_comes_close(site: Site, path: str) -> None:
    slug = EXAMPLES[path]
    for address in (f"/{path}/{slug[:-1]}zz", f"/{path}/no-such-thing-at-all"):
        answered = site.get(address)
        assert answered.status_code == 404
        page = Page(answered.text)
        assert page.find("a", href=f"/{path}")
    close = Page(site.get(f"/{path}/{slug[:-1]}zz").text)
    assert [a for a in close.find("a") if a.get("href", "").startswith(f"/{path}/")]


def test_another_name_leads_to_the_entry(site: Site) -> None:
    answered = site.get("/gpus/RTX 4090")
    assert answered.status_code == 301
    assert answered.headers["location"] == "/gpus/nvidia-geforce-rtx-4090"


@pytest.mark.parametrize("slug", ["<script>alert(1)</script>", "a" * 3000, "%00", "..%2f.."])
def test_a_strange_name_is_answered_calmly(site: Site, slug: str) -> None:
    answered = site.get(f"/gpus/{slug}")
    assert answered.status_code == 404
    assert "<script>alert" not in answered.text

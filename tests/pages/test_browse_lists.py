"""Lists of the catalogue: complete under every order, counted right, the same as REST and CSV."""

import csv
import io
import itertools
import re
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from app.builds.items.listing import listings_of
from app.catalogue.queries import list_all, list_items
from app.pages.browse.asked import read
from app.pages.browse.lists import PER_PAGE, answer
from app.pages.browse.shelves import SHELVES, Shelf
from app.pages.words import exact
from tests.pages.conftest import Page, Site

PATHS = list(SHELVES)
FILTERED = {
    "gpus": "vendor=NVIDIA&memory_gib_min=24",
    "cpus": "vendor=AMD&segment=server&q=epyc",
    "memory": "memory_type=ddr5-rdimm",
    "systems": "unified_memory=true&gpu_usable_memory_gib_min=48",
    "models": "architecture=moe&params_total_b_max=130",
    "quantizations": "kind=weights&body_bits_max=5",
    "engines": "gpu_vendors=NVIDIA",
}


def slugs_on(html: str, path: str) -> list[str]:
    """Entries of a list page, in order."""
    table = html.partition('class="list-table"')[2].partition("</table>")[0]
    return re.findall(rf'<th scope="row"><a href="/{path}/([^"]+)"', table)


def walked(site: Site, address: str) -> list[str]:
    """Every entry behind an address, page by page as a reader follows “Next”."""
    slugs: list[str] = []
    while address:
        answered = site.get(address)
        assert answered.status_code == 200, address
        page = Page(answered.text)
        slugs += slugs_on(answered.text, urlsplit(address).path.strip("/"))
        following = page.find("a", rel="next")
        address = following[0]["href"] if following else ""
    return slugs


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("query", ["", "sort=name", "filtered"])
def test_next_leads_through_the_whole_list_once(site: Site, path: str, query: str) -> None:
    shelf = SHELVES[path]
    chosen = FILTERED[path] if query == "filtered" else query
    found = walked(site, f"/{path}?{chosen}".rstrip("?"))
    asked, _ = read(shelf, parse_qsl(chosen))
    figures = listings_of(site.world).of(shelf.kind).figures
    whole = list_all(site.world.catalogue, shelf.kind, asked.filters, asked.sort, figures)
    assert found == [fact.slug for fact in whole]
    assert len(found) == len(set(found)) > 0


@pytest.mark.parametrize("path", PATHS)
def test_every_column_sorts_either_way_without_gaps(site: Site, path: str) -> None:
    shelf, catalogue = SHELVES[path], site.world.catalogue
    figures = listings_of(site.world).of(shelf.kind).figures
    everything = set(catalogue.of_kind(shelf.kind))
    for name, sign in itertools.product([f.name for f in shelf.fields] + ["name"], ("", "-")):
        slugs, cursor = [], None
        while True:
            limit = PER_PAGE if name in shelf.columns else 200
            found = list_items(catalogue, shelf.kind, {}, sign + name, cursor, limit, figures)
            assert found.start == len(slugs)
            slugs += [fact.slug for fact in found.items]
            cursor = found.next_cursor
            if cursor is None:
                break
        assert len(slugs) == len(everything), (name, sign)
        assert set(slugs) == everything, (name, sign)


@pytest.mark.parametrize("path", PATHS)
def test_previous_leads_back_the_same_way(site: Site, path: str) -> None:
    pages, address = [], f"/{path}?sort=name"
    for _ in range(3):
        html = site.get(address).text
        pages.append(slugs_on(html, path))
        following = Page(html).find("a", rel="next")
        if not following:
            break
        address = following[0]["href"]
    for before in reversed(pages[:-1]):
        back = re.search(r'href="([^"]+)"[^>]*>Previous', html)
        assert back is not None
        html = site.get(back.group(1).replace("&amp;", "&")).text
        assert slugs_on(html, path) == before


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("filtered", [False, True])
def test_counts_beside_choices_are_what_one_finds(site: Site, path: str, filtered: bool) -> None:
    shelf = SHELVES[path]
    asked, _ = read(shelf, parse_qsl(FILTERED[path]) if filtered else [])
    found = answer(asked, {}, site.world)
    figures = listings_of(site.world).of(shelf.kind).figures
    assert [choices.facet for choices in found.choices] == list(shelf.facets)
    for choices in found.choices:
        assert choices.options, choices.facet.name
        for option in choices.options:
            chosen = {**asked.filters, choices.facet.name: option.value}
            brute = list_items(
                site.world.catalogue, shelf.kind, chosen, limit=1, figures=figures
            ).total
            assert option.count == brute, (choices.facet.name, option)


@pytest.mark.parametrize("path", PATHS)
def test_the_page_shows_what_rest_answers(site: Site, path: str) -> None:
    page = site.get(f"/{path}?{FILTERED[path]}").text
    link = re.search(r'href="(/api/v1/[^"]+)"[^>]*>REST', page)
    assert link is not None
    rest = site.request("GET", link.group(1).replace("&amp;", "&") + f"&limit={PER_PAGE}").json()
    assert slugs_on(page, path) == [item["slug"] for item in rest["items"]]
    figures = Page(page).figures
    assert figures
    for where, values in figures.items():
        _, place, name = where.split(".")
        value = rest["items"][int(place)][name]
        shown = str(value).lower() if isinstance(value, bool) else exact(value)
        assert values == {shown}, where


def csv_rows(site: Site, address: str) -> list[dict[str, str]]:
    answered = site.get(address)
    assert answered.headers["content-type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answered.content.decode("utf-8"))))


@pytest.mark.parametrize("path", PATHS)
def test_the_csv_holds_the_list_with_every_fact_and_source(site: Site, path: str) -> None:
    shelf = SHELVES[path]
    asked, _ = read(shelf, parse_qsl(FILTERED[path]))
    listing = listings_of(site.world).of(shelf.kind)
    facts = list_all(site.world.catalogue, shelf.kind, asked.filters, asked.sort, listing.figures)
    rows = csv_rows(site, f"/{path}.csv?{FILTERED[path]}")
    assert [row["slug"] for row in rows] == [fact.slug for fact in facts]
    for row, fact in zip(rows, facts, strict=True):
        assert row["source"].lstrip("'") == fact.source
        for name, value in fact:
            if isinstance(value, bool):
                assert row[name] == str(value).lower()
            elif isinstance(value, int | float):
                assert float(row[name]) == float(value)
            elif value is None:
                assert row[name] == ""
        if listing.prices:
            new = listing.prices[fact.slug].new
            assert bool(row["price_new_eur"]) == (new is not None)
            if new is not None:
                assert row["price_new_seen_on"] == (new.observed_on or "")
                assert row["price_new_source"]


def test_text_in_a_csv_is_never_a_formula(site: Site) -> None:
    for path in PATHS:
        for row in csv_rows(site, f"/{path}.csv"):
            for name, text in row.items():
                if text.startswith(("=", "+", "@", "\t", "\r")):
                    pytest.fail(f"{path} {row['slug']} {name}: {text[:40]}")
                if text.startswith("-"):
                    assert float(text) < 0, (path, name, text)


def test_a_csv_of_a_bad_question_is_refused(site: Site) -> None:
    assert site.get("/gpus.csv?colour=red").status_code == 422


@pytest.mark.parametrize("path", PATHS)
def test_with_htmx_only_the_results_come_and_the_address_is_told(site: Site, path: str) -> None:
    address = f"/browse/{path}/results?{FILTERED[path]}&sort=name&vendor="
    part = site.get(address, headers={"HX-Request": "true"})
    assert part.status_code == 200
    assert "<html" not in part.text
    assert "<form" not in part.text
    pushed = part.headers["HX-Push-Url"]
    assert pushed.startswith(f"/{path}?")
    assert "vendor=&" not in pushed
    assert part.headers["Cache-Control"] == "no-store"
    whole = site.get(pushed)
    assert whole.status_code == 200
    assert slugs_on(whole.text, path) == slugs_on(part.text, path)
    bare = site.get(address)
    assert (bare.status_code, bare.headers["location"]) == (303, pushed)


def test_a_form_sent_without_scripts_is_answered_at_its_canonical_address(site: Site) -> None:
    sent = urlencode(
        [("q", " 4090 "), ("vendor", ""), ("columns", "tdp_w"), ("columns", "memory_gib")]
    )
    answered = site.get(f"/gpus?{sent}")
    assert answered.status_code == 303
    assert answered.headers["location"] == "/gpus?q=4090&columns=memory_gib%2Ctdp_w"
    page = site.get(answered.headers["location"])
    assert page.status_code == 200
    heads = re.findall(r'id="s-(\w+)"', page.text)
    assert heads == ["name", "memory_gib", "tdp_w"]


def test_what_was_typed_and_chosen_stays_in_the_form(site: Site) -> None:
    page = Page(site.get("/cpus?q=epyc&vendor=amd&columns=cores&sort=-cores").text)
    assert page.field("q") == "epyc"
    assert page.field("vendor") == "AMD"
    ticked = [a["value"] for a in page.find("input", name="columns") if "checked" in a]
    assert ticked == ["cores"]
    assert page.find("input", type="hidden", name="sort", value="-cores", form="browse")


def test_several_values_of_one_filter_mean_any(site: Site) -> None:
    both = site.get("/gpus?vendor=AMD%2CIntel")
    assert both.status_code == 200
    assert "AMD or Intel" in both.text
    page = answer(read(SHELVES["gpus"], [("vendor", "AMD,Intel")])[0], {}, site.world).page
    brute = [g for g in site.world.catalogue.gpus.values() if g.vendor in ("AMD", "Intel")]
    assert page.total == len(brute)


def test_nothing_found_names_the_filter_to_drop_with_counts(site: Site) -> None:
    html = site.get("/gpus?vendor=Apple&form_factor=pcie&memory_gib_min=64").text
    text = Page(html).text
    assert "No GPU matches all of this." in text
    gpus = site.world.catalogue.gpus.values()
    large = [g for g in gpus if g.memory_gib and g.memory_gib >= 64]
    cards = [g for g in large if g.form_factor == "pcie"]
    apple = [g for g in large if g.vendor == "Apple"]
    best = max(len(cards), len(apple))
    assert f"{best} GPUs remain" in text
    dropped = site.get("/gpus?form_factor=pcie&memory_gib_min=64").text
    assert f"{len(cards)} GPUs" in Page(dropped).text


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("colour=red", "There is no filter called “colour” for GPUs."),
        ("sort=colour", "The list cannot be sorted by that"),
        ("memory_gib_min=much", "memory_gib_min must be a number"),
        ("unified_memory=perhaps", "unified_memory must be true or false"),
        ("cursor=x", "The cursor is damaged"),
        ("columns=colour", "There is no column called “colour”."),
        ("q=" + "a" * 500, "Use at most 400 characters."),
        ("&".join(f"x{i}=1" for i in range(80)), "A link holds at most 60 settings."),
    ],
)
def test_what_cannot_be_asked_is_said_and_the_rest_is_shown(
    site: Site, query: str, sentence: str
) -> None:
    answered = site.get(f"/gpus?{query}")
    assert answered.status_code == 422
    assert sentence in Page(answered.text).text
    assert slugs_on(answered.text, "gpus")


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", '"><b>', "%00", "😀", "=1+1"])
def test_strange_text_is_shown_as_text(site: Site, text: str) -> None:
    answered = site.get("/models", params={"q": text})
    assert answered.status_code == 200
    assert "<script>alert" not in answered.text
    assert '"><b>' not in answered.text


def test_the_entry_page_counts_every_kind_and_leads_there(site: Site) -> None:
    answered = site.get("/browse")
    page = Page(answered.text)
    for path, shelf in SHELVES.items():
        assert page.find("a", href=f"/{path}")
        assert page.figures[shelf.kind] == {str(len(site.world.catalogue.of_kind(shelf.kind)))}
        for _, query in shelf.starts:
            asked, problems = read(shelf, parse_qsl(query))
            assert not problems
            found = answer(asked, {}, site.world)
            assert found.page.total
            assert not found.problems
            assert page.find("a", href=asked.address())


def test_browse_is_reached_from_the_start_and_from_every_page(site: Site) -> None:
    for address in ("/", "/configure", "/evidence"):
        assert Page(site.get(address).text).find("a", href="/browse")
    doors = Page(site.get("/").text).find("a", **{"class": "door"})
    assert "/browse" in [door["href"] for door in doors]


@pytest.mark.parametrize("shelf", SHELVES.values(), ids=PATHS)
def test_old_prices_are_marked(site: Site, shelf: Shelf) -> None:
    listing = listings_of(site.world).of(shelf.kind)
    stale = [slug for slug, p in listing.prices.items() if p.new is not None and p.new.stale]
    if not stale:
        assert shelf.kind not in ("gpus", "cpus"), "the seed has old prices of these"
        return
    name = site.world.catalogue.of_kind(shelf.kind)[stale[0]].name
    html = site.get(f"/{shelf.path}", params={"q": name}).text
    row = html.partition(f'href="/{shelf.path}/{stale[0]}"')[2].partition("</tr>")[0]
    assert "old" in Page(row).text

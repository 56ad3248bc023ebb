"""Help: every term that is used is explained, every explanation is found, and help stands in one
place.
"""

import re
from pathlib import Path

import pytest

from app.pages.terms import GLOSSARY, TERMS, start_page, term
from tests.pages.conftest import Page, Site

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
BUILD = "/configure?cpu=amd-ryzen-9-9950x&gpu=nvidia-geforce-rtx-5090&users=4"
PLACES = ["/", BUILD, "/advisor", "/compare", "/method", "/evidence", "/nowhere", "/help"]


def used_terms() -> dict[str, set[str]]:
    """The terms that templates explain, by the template."""
    found: dict[str, set[str]] = {}
    for path in TEMPLATES.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        slugs = set(re.findall(r'term\("([^"]+)"', text))
        for table in re.findall(r"set meanings = \{(.*?)\}", text):
            slugs |= set(re.findall(r': "([^"]+)"', table))
        found[str(path.relative_to(TEMPLATES))] = slugs
    return found


def test_every_term_that_is_used_is_explained() -> None:
    unknown = [
        f"{name}: {slug}" for name, used in used_terms().items() for slug in used - set(TERMS)
    ]
    assert not unknown, f"app/pages/terms.py has no entry for {unknown}"


@pytest.mark.parametrize(
    "room", ["configure", "advisor", "result", "compare", "evidence", "method"]
)
def test_each_kind_of_page_explains_its_terms(room: str) -> None:
    assert any(used for name, used in used_terms().items() if name.startswith(f"{room}/"))


def test_every_explanation_is_reached_from_a_page_or_from_another() -> None:
    reached: set[str] = set()
    following = set().union(*used_terms().values())
    while following:
        reached |= following
        following = {other for slug in following for other in TERMS[slug].see} - reached
    assert set(TERMS) <= reached, f"nothing leads to {set(TERMS) - reached}"


def test_entries_are_short_and_lead_on() -> None:
    assert sum(len(entries) for entries in GLOSSARY.values()) == len(TERMS), "a slug occurs twice"
    for entry in TERMS.values():
        assert entry.see, entry.slug
        assert set(entry.see) <= set(TERMS) - {entry.slug}, entry.slug
        assert len(entry.words.split()) <= 45, f"{entry.slug} is long"
        assert entry.words.endswith("."), entry.slug


def test_every_formula_an_entry_names_stands_on_the_method_page(site: Site) -> None:
    ids = {attrs["id"] for _, attrs in Page(site.get("/method").text).elements if "id" in attrs}
    for entry in TERMS.values():
        if entry.formula:
            path, _, anchor = entry.formula.partition("#")
            assert path == "/method", entry.slug
            assert anchor in ids, f"{entry.slug}: the method page has no {entry.formula}"


def test_a_term_is_linked_once_a_page() -> None:
    start_page()
    assert term("ttft", "first token") == ('<a class="term" href="/glossary#ttft">first token</a>')
    assert term("ttft", "first token") == "first token"
    assert "&lt;b&gt;" in term("decode", "<b>")
    start_page()
    assert "href" in term("ttft")


def test_an_unknown_term_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError):
        term("no-such-word")


@pytest.mark.parametrize(
    "path", [BUILD, "/advisor", "/compare", "/evidence", "/sweep?gpu=rtx-4090"]
)
def test_terms_on_pages_lead_to_their_entry(site: Site, path: str) -> None:
    entries = {
        a["id"]
        for t, a in Page(site.get("/glossary").text).elements
        if t == "section" and "id" in a
    }
    links = [a["href"] for a in Page(site.get(path).text).find("a", **{"class": "term"})]
    assert links
    assert len(links) == len(set(links))
    for link in links:
        page, _, entry = link.partition("#")
        assert page == "/glossary"
        assert entry in entries


def test_the_glossary_is_searched_without_a_script(site: Site) -> None:
    words = Page(site.get("/glossary?q=Memory+BANDWIDTH").text)
    assert "memory-bandwidth" in {a.get("id") for _, a in words.elements}
    assert "vat" not in {a.get("id") for _, a in words.elements}
    assert words.field("q") == "Memory BANDWIDTH"
    nothing = site.get("/glossary?q=%3Cb%3Ezebra")
    assert nothing.status_code == 200
    assert "&lt;b&gt;zebra" in nothing.text
    assert "0 of" in nothing.text


@pytest.mark.parametrize("path", PLACES)
def test_help_stands_in_the_same_place_on_every_page(site: Site, path: str) -> None:
    html = site.get(path).text
    nav = re.search(r'<footer.*?<nav[^>]*aria-label="Help">(.*?)</nav>', html, re.DOTALL)
    assert nav is not None
    assert re.findall(r'href="([^"]+)"', nav[1]) == ["/help", "/glossary", "/method", "/docs"]


def test_links_of_the_help_page_lead_somewhere(site: Site) -> None:
    for link in Page(site.get("/help").text).find("a"):
        if link["href"].startswith("/") and "people=20" not in link["href"]:
            assert site.get(link["href"].partition("#")[0]).status_code == 200, link["href"]


def test_the_reference_lists_every_route_without_a_script(site: Site) -> None:
    html = site.get("/docs").text
    schema = site.request("GET", "/api/v1/openapi.json").json()
    for path in schema["paths"]:
        assert f"<code>{path}</code>" in html
    assert "swagger-ui-bundle.js?v=" in html

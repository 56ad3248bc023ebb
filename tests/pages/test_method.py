"""The source table: stated beside computed, and a rule for every difference."""

from app.builds.presets import load_presets
from app.pages.home import assessed_presets
from tests.pages.conftest import Page, Site


def test_stated_figures_stand_beside_ours(site: Site) -> None:
    page = Page(site.get("/method/source-table").text)
    for preset in load_presets():
        assert preset.name in page.text
    assert "2\u202f291" in page.text
    assert "295" in page.text


def test_every_mark_that_differs_names_the_rule_that_decided(site: Site) -> None:
    from html import unescape

    text = unescape(Page(site.get("/method/source-table").text).text)
    differing = [
        verdict
        for found in assessed_presets(site.world)
        for verdict in found.assessment.verdicts
        if found.preset.stated.marks.get(verdict.use_case) != verdict.mark
    ]
    assert differing
    for verdict in differing:
        assert verdict.rule in text


def test_the_nine_rows_are_the_documents() -> None:
    rows = load_presets()
    assert [preset.row for preset in rows] == list(range(1, 10))
    assert all(set(p.stated.marks) == {"uc1", "uc2", "uc3", "uc4"} for p in rows)

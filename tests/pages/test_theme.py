"""Light and dark: kept in a cookie, set before the first paint, back where it was chosen."""

import pytest

from tests.pages.conftest import Page, Site


@pytest.mark.parametrize("theme", ["auto", "light", "dark"])
def test_the_cookie_sets_the_theme_in_the_first_byte_of_html(site: Site, theme: str) -> None:
    answer = site.get("/", headers={"Cookie": f"theme={theme}"})
    assert Page(answer.text).find("html", data_theme=theme)


def test_a_strange_cookie_means_auto(site: Site) -> None:
    assert Page(site.get("/", headers={"Cookie": "theme=pink"}).text).find(
        "html", data_theme="auto"
    )


def test_choosing_goes_back_to_the_page(site: Site) -> None:
    answer = site.post("/theme", theme="dark", back="/configure?users=2")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/configure?users=2"
    assert "theme=dark" in answer.headers["set-cookie"]


@pytest.mark.parametrize("back", ["https://example.com/", "//example.com", "/\\example.com", "x"])
def test_it_never_leads_to_another_site(site: Site, back: str) -> None:
    assert site.post("/theme", theme="dark", back=back).headers["location"] == "/"

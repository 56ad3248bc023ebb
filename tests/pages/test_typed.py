"""Forms take numbers as people write them, in three languages, and links keep plain decimals."""

from urllib.parse import parse_qs, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.builds.query import NUMBERS, spec_from_mapping
from app.builds.spec import BuildSpec
from app.language.languages import LANGUAGES, Language
from app.language.numbers import in_field
from app.pages.form import values_of
from app.pages.typed import TYPED, read_typed
from tests.builds.test_query import specs
from tests.client import Client
from tests.pages.conftest import Page, Site
from tests.searches import FAST

BUILD = "cpu=amd-ryzen-9-9950x&gpu=nvidia-geforce-rtx-5090&module=udimm-ddr5-5600-48gb&modules=4"
ASKS = {
    "en": "This can be read in two ways: write 1500 or 1.5.",
    "de": "Das lässt sich auf zwei Arten lesen: Schreiben Sie 1500 oder 1,5.",
    "fr": "Cela peut se lire de deux façons\u202f: écrivez 1500 ou 1,5.",
}


def speaking(language: str) -> dict[str, str]:
    return {"Accept-Language": language}


@given(specs, st.sampled_from(LANGUAGES))
def test_the_form_of_any_build_asks_the_same_in_any_language(
    spec: BuildSpec, language: Language
) -> None:
    shown = {k: in_field(v, language) if k in NUMBERS else v for k, v in values_of(spec).items()}
    typed = read_typed({**shown, TYPED: language}.items(), NUMBERS, "en")
    assert not typed.problems
    assert spec_from_mapping(typed.values) == spec


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("text", ["0,28", "0.28", " 0,28 "])
def test_the_configurator_reads_a_comma(site: Site, language: str, text: str) -> None:
    query = f"{BUILD}&{urlencode({'kwh': text, 'quote': '12 345,5', TYPED: language})}"
    sent = site.get(f"/configure?{query}")
    assert sent.status_code == 303
    asked = parse_qs(sent.headers["location"].partition("?")[2])
    assert (asked["kwh"], asked["quote"]) == (["0.28"], ["12345.5"])
    page = Page(site.get(sent.headers["location"], headers=speaking(language)).text)
    assert page.field("kwh") == ("0.28" if language == "en" else "0,28")
    part = site.get(f"/configure/result?{query}", headers={"HX-Request": "true"})
    assert part.headers["HX-Replace-Url"] == sent.headers["location"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_could_be_two_numbers_is_asked_about_and_stays(site: Site, language: str) -> None:
    query = f"{BUILD}&{urlencode({'quote': '1.500', 'kwh': '0,3', TYPED: language})}"
    for path, headers in (
        ("/configure", {}),
        ("/configure/result", {"HX-Request": "true"}),
    ):
        answer = site.get(f"{path}?{query}", headers=speaking(language) | headers)
        assert answer.status_code == 422
        assert ASKS[language] in answer.text
    page = Page(site.get(f"/configure?{query}", headers=speaking(language)).text)
    assert page.field("quote") == "1.500"
    assert page.find("input", name="quote")[0]["aria-invalid"] == "true"
    assert page.field("kwh") == ("0.3" if language == "en" else "0,3")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_link_and_rest_mean_plain_decimals(site: Site, client: Client, language: str) -> None:
    page = site.get(f"/configure?{BUILD}&quote=1.500", headers=speaking(language))
    assert page.status_code == 200
    assert Page(page.text).field("quote") == ("1.5" if language == "en" else "1,5")
    for sent, status in (("1.500", 200), ("1,5", 422), ("1 500", 422)):
        body = {"economics": {"quoted_price": sent}}
        answer = client.post("/api/v1/estimates", json=body, headers=speaking(language))
        assert answer.status_code == status, sent
        if status == 200:
            assert float(answer.json()["spec"]["economics"]["quoted_price"]) == 1.5


@pytest.mark.parametrize(
    ("language", "text", "budget"),
    [
        ("en", "15,000", "15000"),
        ("de", "15 000", "15000"),
        ("fr", "15\u202f000,5", "15000.5"),
        ("de", "12.500,5", "12500.5"),
        ("en", "15.000", None),
        ("de", "15.000", None),
        ("de", "15,000", None),
        ("fr", "15.000", None),
    ],
)
def test_a_budget_is_never_a_thousand_times_off(
    site: Site, language: str, text: str, budget: str | None
) -> None:
    query = f"{FAST}&{urlencode({'budget': text, 'people': '', TYPED: language})}"
    answer = site.get(f"/advisor?{query}", headers=speaking(language))
    if budget is not None:
        assert parse_qs(answer.headers["location"].partition("?")[2])["budget"] == [budget]
        return
    assert answer.status_code == 422
    assert "15000" in answer.text
    page = Page(answer.text)
    assert page.field("budget") == text
    assert page.find("input", name="budget")[0]["aria-invalid"] == "true"


def test_the_language_of_the_form_counts_and_not_the_readers(site: Site) -> None:
    query = f"{BUILD}&{urlencode({'quote': '1,125', TYPED: 'de'})}"
    answer = site.get(f"/configure?{query}", headers=speaking("en"))
    assert "quote=1.125" in answer.headers["location"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_whole_numbers_take_groups_and_own_cards_a_count(site: Site, language: str) -> None:
    sent = {"context": "32.768", "users": "1,000", TYPED: language}
    answer = site.get(f"/configure?{BUILD}&{urlencode(sent)}", headers=speaking(language))
    asked = parse_qs(answer.headers["location"].partition("?")[2])
    assert (asked["context"], asked["users"]) == (["32768"], ["1000"])
    wrong = site.get(f"/configure?{BUILD}&{urlencode(sent | {'users': '2,5'})}")
    assert wrong.status_code == 422
    assert "Use a whole number." in wrong.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_card_is_imported_with_figures_as_people_write_them(site: Site, language: str) -> None:
    fields = {
        "name": "Acme",
        "vendor": "Acme",
        "memory_gib": "47,5",
        "bandwidth_gbs": "1.555,2",
        "tdp_w": "1 000",
        TYPED: language,
    }
    page = site.request("POST", "/import/gpu", data=fields, headers=speaking(language))
    assert page.status_code == 200, page.text
    comma = "." if language == "en" else ","
    assert f"<strong>47{comma}5</strong>" in page.text
    assert Page(page.text).field("bandwidth_gbs") == f"1555{comma}2"
    asked = site.request(
        "POST", "/import/gpu", data=fields | {"tdp_w": "1.500"}, headers=speaking(language)
    )
    assert asked.status_code == 422
    assert ASKS[language] in asked.text
    assert Page(asked.text).field("tdp_w") == "1.500"
    assert Page(asked.text).field("memory_gib") == f"47{comma}5"

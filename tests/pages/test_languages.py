"""German and French: every sentence is there, and pages leave nothing in English."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from app.catalogue.seed_files import SEED_DIR
from app.language import speaking
from app.language.languages import Language
from app.language.phrasebook import Phrasebook, messages_of
from app.language.templates import tokens_of
from app.pages import language as pages_language
from app.pages import rendering
from app.pages.browse.fields import fact_fields
from scripts.messages import HERE, up_to_date, written
from tests.pages.conftest import Page, Site
from tests.pages.test_validity import FRAGMENTS, PAGES

LANGUAGES: tuple[Language, ...] = ("de", "fr")
BUILD = "/configure?cpu=amd-ryzen-9-9950x&gpu=nvidia-geforce-rtx-5090&module=udimm-ddr5-5600-48gb"
#: What the pages of the test were asked for, and say back.
ASKED = {"<script>", "foo", "colour", "nothing", "'perhaps'", "voipmonitor community 2"}
#: Parts of a format that are the same in every language.
FORMATS = re.compile(r"%-?[a-zA-Z]\b|%\{[^}]*\}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_catalogue_of_a_language_has_every_sentence(language: Language) -> None:
    catalog = up_to_date(language)
    path = HERE / f"{language}.po"
    assert path.read_bytes() == written(catalog), "run make messages, then translate what is new"
    missing = [message.id for message in catalog if message.id and not message.string]
    assert not missing, f"{len(missing)} messages have no translation, such as {missing[:5]}"
    for message in catalog:
        if message.id:
            assert tokens_of(message.string) == tokens_of(message.id), message.id
            assert FORMATS.findall(message.string) == FORMATS.findall(message.id), message.id


@pytest.fixture
def heard(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[set[str]]:
    """What a phrasebook of the language in ``request.param`` could not turn."""
    language: Language = request.param
    found: set[str] = set()
    book = Phrasebook(language, messages_of(language), missing=found.add)
    for module in (pages_language, speaking):
        monkeypatch.setattr(module, "phrasebook_of", lambda _: book)
    rendering._environment.cache_clear()
    yield found
    rendering._environment.cache_clear()


def own_texts() -> str:
    """Names, notes and sources as their makers wrote them: these stay as they are."""
    files = [path for pattern in ("*.csv", "*.json", "*/*.csv") for path in SEED_DIR.glob(pattern)]
    whole = "\n".join(path.read_text(encoding="utf-8") for path in files)
    return whole.replace('""', '"').replace('\\"', '"').lower()


def is_own(text: str, own: str) -> bool:
    """Whether a text, or each part of it that has words, is one of the catalogue's."""
    parts = re.split(r" · | \+ |, | \(|\)|; |: | \d+ × |^\d+ × ", text)
    after_maker = text.lower().partition(" ")[2].strip(" .")  # "OEM", an engine before its version
    return (
        text in own
        or (after_maker and after_maker in own)
        or all(
            part.strip(" .,;:()“”").lower() in own or not re.search(r"[a-z]{3}", part)
            for part in parts
        )
    )


@pytest.mark.parametrize(("heard", "language"), [(x, x) for x in LANGUAGES], indirect=["heard"])
def test_pages_leave_nothing_in_english(heard: set[str], language: str, site: Site) -> None:
    for path in [*PAGES, *FRAGMENTS]:
        answer = site.get(path, headers={"Accept-Language": language})
        assert answer.status_code < 500, path
    own = own_texts()
    left = sorted(text for text in heard - ASKED if not is_own(text, own))
    assert not left, f"{len(left)} texts were not turned: {left[:400]}"


def test_the_reader_chooses(site: Site) -> None:
    page = Page(site.get("/", headers={"Accept-Language": "de-AT,de;q=0.9"}).text)
    assert "Konfigur" in page.text
    answer = site.post("/language", language="fr", back="/method?x=1")
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/method?x=1"
    chosen = answer.headers["Set-Cookie"].partition(";")[0]
    answer = site.get("/", headers={"Accept-Language": "de", "Cookie": chosen})
    assert '<html lang="fr"' in answer.text
    assert answer.headers["Content-Language"] == "fr"
    assert "Accept-Language" in answer.headers["Vary"]
    elsewhere = site.post("/language", language="xx", back="//evil.example")
    assert elsewhere.headers["Location"] == "/"
    assert elsewhere.headers["Set-Cookie"].startswith("language=en;")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_figures_are_the_same_in_every_language(language: str, site: Site) -> None:
    english = Page(site.get(BUILD).text)
    other = Page(site.get(BUILD, headers={"Accept-Language": language}).text)
    assert other.figures == english.figures
    assert len(english.figures) > 50
    assert other.field("module") == english.field("module")


def test_a_share_is_read_in_the_readers_language(site: Site) -> None:
    made = site.post("/share", query=BUILD.partition("?")[2])
    address = made.headers["Location"]
    english = site.get(address).text
    german = site.get(address, headers={"Accept-Language": "de"}).text
    assert "These figures stay as they were" in english
    assert "These figures stay as they were" not in german
    report = site.get(f"{address}/report", headers={"Accept-Language": "fr"}).text
    assert '<html lang="fr"' in report


FILES = ("pdf", "xlsx")
PICTURES = ("card.png", "embed/speed.svg", "embed/memory.svg")


@pytest.fixture(scope="module")
def share(site: Site) -> str:
    made = site.post("/share", query=BUILD.partition("?")[2])
    return urlsplit(made.headers["Location"]).path


@pytest.mark.parametrize("end", [*(f".{kind}" for kind in FILES), *(f"/{p}" for p in PICTURES)])
def test_a_file_speaks_the_language_of_its_address_else_the_readers(
    site: Site, share: str, end: str
) -> None:
    english = site.get(f"{share}{end}")
    assert english.headers["Content-Language"] == "en"
    assert "Accept-Language" in english.headers["Vary"]
    assert "Cookie" in english.headers["Vary"]
    for language in LANGUAGES:
        asked = site.get(f"{share}{end}", headers={"Accept-Language": language})
        assert asked.headers["Content-Language"] == language
        assert asked.content != english.content
        assert asked.headers["ETag"] != english.headers["ETag"]
        chosen = {"Accept-Language": "en", "Cookie": f"language={language}"}
        assert site.get(f"{share}{end}", headers=chosen).content == asked.content
        stated = site.get(f"{share}{end}?lang={language}", headers={"Cookie": "language=en"})
        assert stated.content == asked.content
        assert "Accept-Language" not in stated.headers.get("Vary", "")
        tag = {"If-None-Match": english.headers["ETag"], "Accept-Language": language}
        assert site.get(f"{share}{end}", headers=tag).status_code == 200
    assert site.get(f"{share}{end}?lang=xx").content == english.content


def test_a_csv_is_the_same_in_every_language(site: Site, share: str) -> None:
    english = site.get(f"{share}.csv")
    for language in LANGUAGES:
        other = site.get(f"{share}.csv?lang={language}", headers={"Accept-Language": language})
        assert other.content == english.content
        assert other.headers["ETag"] == english.headers["ETag"]
    assert "Accept-Language" not in english.headers.get("Vary", "")


@pytest.mark.parametrize("kind", FILES)
def test_a_build_and_the_interface_give_files_in_a_language(
    site: Site, share: str, kind: str
) -> None:
    query = BUILD.partition("?")[2]
    german = site.get(f"/configure.{kind}?{query}&lang=de")
    assert german.status_code == 200
    assert german.headers["Content-Language"] == "de"
    export = f"/api/v1/shares{share.removeprefix('/s')}/export.{kind}"
    french = {"Accept-Language": "fr"}
    assert site.request("GET", export, headers=french).headers["Content-Language"] == "en"
    over_rest = site.request("GET", f"{export}?lang=fr")
    assert over_rest.content == site.get(f"{share}.{kind}?lang=fr").content
    assert site.request("GET", f"{export}?lang=xx").status_code == 422


@pytest.mark.parametrize("language", LANGUAGES)
def test_links_and_previews_carry_the_language_of_their_page(
    site: Site, share: str, language: str
) -> None:
    page = Page(site.get(share, headers={"Accept-Language": language}).text)
    for kind in FILES:
        assert page.find("a", href=f"{share}.{kind}?lang={language}")
    assert page.find("a", href=f"{share}.csv")
    meta = {m["property"]: m["content"] for m in page.find("meta") if "property" in m}
    assert meta["og:locale"] == {"de": "de_DE", "fr": "fr_FR"}[language]
    assert meta["og:image"] == f"http://testserver{share}/card.png?lang={language}"
    assert meta["og:url"] == f"http://testserver{share}"
    assert {"de": "erstes Token", "fr": "premier token"}[language] in meta["og:description"]
    stated = Page(site.get(f"{share}?lang={language}").text)
    meta = {m["property"]: m["content"] for m in stated.find("meta") if "property" in m}
    assert meta["og:url"] == f"http://testserver{share}?lang={language}"
    back = site.post("/language", language="en", back=f"{share}?lang={language}")
    assert back.headers["Location"] == share


@pytest.mark.parametrize("language", LANGUAGES)
def test_embeds_and_reports_are_of_one_language(site: Site, share: str, language: str) -> None:
    words = {"de": "Wie schnell schreibt es?", "fr": "À quelle vitesse écrit-il\u202f?"}[language]
    for end in ("/embed/speed", "/embed/verdicts", "/report"):
        html = site.get(f"{share}{end}?lang={language}").text
        assert f'<html lang="{language}"' in html
        assert "How fast" not in html
        assert "What it is good for" not in html
    assert words in site.get(f"{share}/embed/speed?lang={language}").text
    assert words in site.get(f"{share}/report?lang={language}").text
    snippet = site.get(f"{share}?lang={language}").text
    assert f"{share}/embed/verdicts?lang={language}&#34;" in snippet


#: Signs and abbreviations that are the same in every language.
SAME_EVERYWHERE = {"CPU", "ECC", "FP32", "GPU", "GPUs"}


@pytest.mark.parametrize("language", [x for x in LANGUAGES if x != "en"])
def test_every_fact_has_a_name_in_the_language(language: Language) -> None:
    known, book = messages_of(language), Phrasebook(language, messages_of(language))
    kinds = ("cpus", "gpus", "memory-modules", "systems", "models", "quantizations", "engines")
    labels = {fact.label for kind in kinds for fact in fact_fields(kind)}
    assert len(labels) > 80
    assert not {x for x in labels - SAME_EVERYWHERE if x not in known and book(x) == x}

"""Files in three languages: nothing beyond its place, nothing cut, numbers as they are."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import combinations

import pytest
from fpdf import FPDF
from openpyxl import load_workbook
from PIL import Image
from pypdf import PdfReader

from app.builds.assess import World, assess
from app.builds.assessment import Assessment
from app.builds.query import spec_from_query
from app.builds.words import seconds
from app.exports import card, paper
from app.exports.card import card_of
from app.exports.csv_file import csv_of
from app.exports.pdf_file import pdf_of
from app.exports.report.make import report_of
from app.exports.xlsx_file import xlsx_of
from app.language import speaking
from app.language.languages import LANGUAGES, Language
from app.language.phrasebook import Phrasebook, messages_of
from tests.exports.large import bloated
from tests.exports.readers import pages_of_pdf
from tests.exports.scenarios import SCENARIOS
from tests.pages.test_languages import is_own, own_texts

MADE = datetime(2026, 3, 21, 20, 15, tzinfo=UTC)
DATES = {"en": "21 March 2026", "de": "21. März 2026", "fr": "21 mars 2026"}
OTHERS: tuple[Language, ...] = ("de", "fr")


@pytest.fixture(scope="module")
def answers(world: World) -> dict[str, Assessment]:
    return {name: assess(spec_from_query(query), world) for name, query in SCENARIOS.items()}


def pdf(answer: Assessment, language: Language) -> bytes:
    address = "https://rigwise.example/s/0123456789abcdefghijkl"
    return pdf_of(report_of(answer, MADE, frozen=True, address=address, language=language))


@dataclass(frozen=True)
class Placed:
    """Words on paper: where they begin and end, in millimetres."""

    page: int
    left: float
    right: float
    top: float
    bottom: float
    words: str

    def covers(self, other: "Placed") -> bool:
        """Whether both are at the same place."""
        return (
            self.page == other.page
            and min(self.right, other.right) - max(self.left, other.left) > 0.3
            and min(self.bottom, other.bottom) - max(self.top, other.top) > 0.3
        )


@pytest.fixture
def placed(monkeypatch: pytest.MonkeyPatch) -> list[Placed]:
    """Everything that is written into PDFs."""
    found: list[Placed] = []

    class Noted(FPDF):
        def text(self, x: float, y: float, text: str = "") -> None:
            high = self.font_size  # letters stand on y and reach about 0.75 of it above
            right = x + self.get_string_width(text)
            found.append(Placed(self.page, x, right, y - 0.75 * high, y + 0.15 * high, text))
            super().text(x, y, text)

    monkeypatch.setattr(paper, "FPDF", Noted)
    return found


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", SCENARIOS)
def test_two_pages_and_no_words_beyond_their_place(
    answers: dict[str, Assessment], placed: list[Placed], name: str, language: Language
) -> None:
    reader = PdfReader(io.BytesIO(pdf(answers[name], language)))
    sizes = [
        (round(float(p.mediabox.width)), round(float(p.mediabox.height))) for p in reader.pages
    ]
    assert sizes == [(595, 842)] * 2
    assert reader.trailer["/Root"]["/Lang"] == language
    written = [found for found in placed if found.words.strip()]
    assert len(written) > 150
    for found in written:
        assert found.left >= paper.LEFT - 0.1, found
        assert found.right <= paper.RIGHT + 0.1, found
        assert found.bottom <= paper.BOTTOM + 2.5, found
    for one, other in combinations(written, 2):
        assert not one.covers(other), (one, other)


@pytest.mark.parametrize("language", OTHERS)
def test_the_largest_report_is_two_pages_in_every_language(
    answers: dict[str, Assessment], placed: list[Placed], language: Language
) -> None:
    content = pdf(bloated(answers["server with four kinds of cards"]), language)
    pages = pages_of_pdf(content)
    assert len(pages) == 2
    assert max(found.bottom for found in placed) <= paper.BOTTOM + 2.5


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("name", SCENARIOS)
def test_what_is_whole_in_english_is_whole(
    answers: dict[str, Assessment], name: str, language: Language
) -> None:
    english, other = (
        "".join(pages_of_pdf(pdf(answers[name], spoken))) for spoken in ("en", language)
    )
    assert other.count("…") <= english.count("…")


def test_letters_of_each_language_can_be_selected(answers: dict[str, Assessment]) -> None:
    ttft = answers["workstation"].speed.ttft_s
    assert ttft is not None
    wait = seconds(ttft.typical)
    assert "." in wait
    for language in LANGUAGES:
        content = pdf(answers["workstation"], language)
        text = "".join(pages_of_pdf(content))
        assert DATES[language] in text
        assert "€" in text
        assert all(letter in text for letter in {"en": "", "de": "üöä", "fr": "éèàê’"}[language])
        assert (wait if language == "en" else wait.replace(".", ",")) in text
    title = PdfReader(io.BytesIO(pdf(answers["workstation"], "fr"))).metadata
    assert title is not None
    assert title.title == "Ryzen 9 9950X · GeForce RTX 5090 · Qwen2.5 14B à Q4_K_M"


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("name", SCENARIOS)
def test_the_spreadsheet_has_the_same_numbers_and_other_words(
    answers: dict[str, Assessment], name: str, language: Language
) -> None:
    english, other = (
        load_workbook(io.BytesIO(xlsx_of(answers[name], MADE, spoken)))
        for spoken in ("en", language)
    )
    assert english.sheetnames != other.sheetnames
    assert other.properties.title
    for sheet, translated in zip(english.worksheets, other.worksheets, strict=True):
        cells, turned = (list(book.iter_rows(values_only=True)) for book in (sheet, translated))
        assert len(cells) == len(turned)
        head = 2 if sheet.title == "Summary" else 0  # below a title and a date
        alike = {"Region", "Source", "Condition", "Note"}  # in French
        for word, its in zip(cells[head], turned[head], strict=True):
            assert its != word or word in alike, word
        for row, its in zip(cells, turned, strict=True):
            for value, shown in zip(row, its, strict=True):
                assert type(value) is type(shown)
                if not isinstance(value, str):
                    assert value == shown


def test_a_csv_has_no_language(answers: dict[str, Assessment]) -> None:
    english = csv_of(answers["workstation"])
    with speaking.speaking("de"):
        assert csv_of(answers["workstation"]) == english


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", SCENARIOS)
def test_words_on_the_card_stay_on_it_and_apart(
    answers: dict[str, Assessment],
    name: str,
    language: Language,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written: list[Placed] = []
    write = card._words

    def noted(pen, x, y, words, size, *more, bold=False, right=False):  # type: ignore[no-untyped-def]
        end = write(pen, x, y, words, size, *more, bold=bold, right=right)
        wide = card._font(size, bold=bold).getlength(words)
        written.append(Placed(1, end - wide, end, y - 0.75 * size, y + 0.2 * size, words))
        return end

    monkeypatch.setattr(card, "_words", noted)
    card_of.cache_clear()
    picture = card_of(answers[name].model_dump_json(), language)
    with Image.open(io.BytesIO(picture)) as image:
        assert image.size == (card.WIDTH, card.HEIGHT)
    assert len(written) > 10
    for found in written:
        assert 60 <= found.left < found.right <= 1140, found
    for one, other in combinations(written, 2):
        assert not one.covers(other), (one, other)
    assert language == "en" or picture != card_of(answers[name].model_dump_json(), "en")


@pytest.fixture
def heard(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[set[str]]:
    """What the phrasebook of the language in ``request.param`` could not turn."""
    language: Language = request.param
    found: set[str] = set()
    book = Phrasebook(language, messages_of(language), missing=found.add)
    monkeypatch.setattr(speaking, "phrasebook_of", lambda _: book)
    card_of.cache_clear()
    yield found
    card_of.cache_clear()


@pytest.mark.parametrize(("heard", "language"), [(x, x) for x in OTHERS], indirect=["heard"])
def test_files_leave_nothing_in_english(
    answers: dict[str, Assessment], heard: set[str], language: Language
) -> None:
    for answer in answers.values():
        pdf(answer, language)
        xlsx_of(answer, MADE, language)
        card_of(answer.model_dump_json(), language)
    own = own_texts()
    left = sorted(text for text in heard if not is_own(text, own))
    assert not left, left

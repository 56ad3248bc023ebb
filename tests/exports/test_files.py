"""Files of an assessment: numbers stay numbers, nothing in them runs, the same bytes every time."""

import io
from datetime import UTC, datetime

import pytest
from openpyxl import load_workbook
from PIL import Image
from pypdf import PdfReader

from app.builds.assess import World, assess
from app.builds.assessment import Assessment
from app.builds.query import spec_from_query
from app.exports.card import card_of
from app.exports.charts import charts_of
from app.exports.csv_file import csv_of
from app.exports.drawing import svg
from app.exports.pdf_file import pdf_of
from app.exports.report.make import report_of
from app.exports.safe import cell, file_name, shortened
from app.exports.xlsx_file import xlsx_of
from tests.exports.readers import figures_of_csv, pages_of_pdf, sheets_of, squeezed

QUERY = "cpu=amd-ryzen-9-9950x&gpu=nvidia-geforce-rtx-5090&module=udimm-ddr5-5600-48gb&modules=4"
MADE = datetime(2026, 11, 21, 20, 15, tzinfo=UTC)
ATTACKS = (
    '=HYPERLINK("http://evil.example","x")',
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1)",
    "\t=1+1",
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert('1')>",
    "{{7*7}}",
    "]]></text><script>alert(1)</script>",
    "javascript:alert(1)",
    "name\x00with\x1bcontrols",
    "مرحبا 你好 🙂",
)


@pytest.fixture(scope="module")
def answer(world: World) -> Assessment:
    return assess(spec_from_query(QUERY), world)


def attacked(answer: Assessment, words: str) -> Assessment:
    """An answer whose every free text says ``words``."""
    lines = [
        line.model_copy(update={"item": words, "source": words, "condition": words, "note": words})
        for line in answer.cost.lines
    ]
    cost = answer.cost.model_copy(update={"lines": lines, "assumptions": [words]})
    pools = [pool.model_copy(update={"name": words}) for pool in answer.fit.pools]
    verdicts = [
        v.model_copy(update={"name": words, "description": words, "rule": words})
        for v in answer.verdicts
    ]
    inputs = [i.model_copy(update={"label": words, "source": words}) for i in answer.inputs]
    return answer.model_copy(
        update={
            "title": words,
            "cost": cost,
            "fit": answer.fit.model_copy(update={"pools": pools, "sentence": words}),
            "verdicts": verdicts,
            "inputs": inputs,
        }
    )


def test_the_same_answer_gives_the_same_bytes(answer: Assessment) -> None:
    report = report_of(answer, MADE, frozen=True, address="https://rigwise.example/s/x")
    assert pdf_of(report) == pdf_of(report)
    assert xlsx_of(answer, MADE) == xlsx_of(answer, MADE)
    assert csv_of(answer) == csv_of(answer)


def test_numbers_in_the_spreadsheet_are_numbers_with_a_unit_beside(answer: Assessment) -> None:
    sheets = sheets_of(xlsx_of(answer, MADE))
    assert list(sheets) == ["Summary", "Bill", "Verdicts", "Assumptions", "Sources"]
    rows = {row[5]: row for row in sheets["Summary"] if row[5]}
    price = rows["cost.purchase.typical"]
    assert isinstance(price[3], (int, float))
    assert price[4] == "EUR"
    assert rows["speed.decode_tps.low"][4] == "tok/s"
    bill = sheets["Bill"]
    assert all(isinstance(row[4], (int, float)) for row in bill[1:-1])
    assert bill[-1][4] == pytest.approx(float(answer.cost.purchase.typical or 0))


@pytest.mark.parametrize("words", ATTACKS)
def test_no_name_becomes_a_formula_or_a_link(answer: Assessment, words: str) -> None:
    bad = attacked(answer, words)
    book = load_workbook(io.BytesIO(xlsx_of(bad, MADE)))
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for found in row:
                assert found.data_type != "f", found.coordinate
                assert found.hyperlink is None
    for line in csv_of(bad).decode("utf-8-sig").splitlines()[1:]:
        for part in line.split(","):
            assert not part.strip('"').startswith(("=", "+", "@", "\t")), part


@pytest.mark.parametrize("words", ATTACKS)
def test_no_name_breaks_out_of_a_drawing_a_pdf_or_a_card(answer: Assessment, words: str) -> None:
    bad = attacked(answer, words)
    for chart in charts_of(bad):
        for alone in (True, False):
            drawn = svg(chart.drawing, alone=alone)
            assert "<script" not in drawn
            assert "<img" not in drawn
            assert "onerror=alert" not in drawn.replace("&lt;img src=x onerror=alert", "")
    pdf = pdf_of(report_of(bad, MADE, frozen=True))
    assert b"/JavaScript" not in pdf
    assert b"/JS" not in pdf
    assert len(pages_of_pdf(pdf)) == 2
    with Image.open(io.BytesIO(card_of(bad.model_dump_json()))) as card:
        assert card.size == (1200, 630)


def test_a_negative_number_is_no_formula_and_stays_a_number() -> None:
    assert cell("-2+3") == "'-2+3"
    assert cell("  =1") == "'  =1"
    assert cell("Ryzen 9") == "Ryzen 9"


def test_a_file_name_is_plain_whatever_the_title() -> None:
    assert file_name("Ryzen 9 9950X · RTX 5090", "pdf") == "rigwise-ryzen-9-9950x-rtx-5090.pdf"
    assert file_name('../../etc/"passwd"\r\nX: y', "csv") == "rigwise-etc-passwd-x-y.csv"
    assert file_name("你好", "csv") == "rigwise-build.csv"


def test_words_are_cut_between_words_and_say_so() -> None:
    assert shortened("one two three four", 16) == "one two three…"
    assert shortened("one two", 12) == "one two"
    assert len(shortened("x" * 500, 40)) == 40


def test_the_pdf_is_two_a4_pages_of_text_with_a_title_and_a_date(answer: Assessment) -> None:
    content = pdf_of(report_of(answer, MADE, frozen=True, address="https://r.example/s/x"))
    reader = PdfReader(io.BytesIO(content))
    assert [round(float(page.mediabox.width)) for page in reader.pages] == [595, 595]
    assert reader.metadata is not None
    assert reader.metadata.title == answer.title
    assert reader.metadata.creation_date == MADE
    first, second = pages_of_pdf(content)
    assert squeezed(answer.title) in squeezed(first)
    assert "What is bought" in first
    assert "What could go wrong" in second
    assert "21 November 2026, 20:15 UTC" in first


def test_unknown_figures_are_empty_in_csv_and_never_zero(world: World) -> None:
    answer = assess(
        spec_from_query("gpu=nvidia-geforce-rtx-5080&model=llama-3.3-70b-instruct"), world
    )
    assert figures_of_csv(csv_of(answer))["speed.decode_tps.typical"] == ""

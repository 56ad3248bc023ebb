"""The report's content: bounded for any build, and its first sentence follows from the marks."""

from datetime import UTC, datetime

import pytest

from app.builds.assess import World, assess
from app.builds.assessment import Assessment
from app.builds.query import spec_from_query
from app.exports.pdf_file import pdf_of
from app.exports.report.basis import MOST_ASSUMPTIONS
from app.exports.report.content import Report
from app.exports.report.make import report_of
from app.exports.report.money import MOST_LINES
from app.exports.report.recommendation import recommendation
from app.exports.report.risks import MOST_RISKS
from app.exports.report.sources import MOST_SOURCES
from tests.exports.large import bloated
from tests.exports.readers import pages_of_pdf
from tests.pages.builds import random_spec

QUERY = "cpu=amd-ryzen-9-9950x&gpu=nvidia-geforce-rtx-5090&module=udimm-ddr5-5600-48gb&modules=4"
LARGE = (
    "cpu=amd-epyc-9554p&module=rdimm-ddr5-4800-32gb&modules=12"
    "&gpu=nvidia-rtx-pro-6000-blackwell-workstation-edition&gpus=8&gpu2=nvidia-geforce-rtx-4090"
    "&gpus2=2&gpu3=nvidia-geforce-rtx-3090&gpu4=nvidia-geforce-rtx-5080"
    "&model=llama-3.3-70b-instruct&years=4&demand=100&cooling=0.4&shipping=300&spares=0.1"
    "&loss=0.3&admin_hours=4&admin_rate=80&use_case=agent-step&currency=CHF"
)
MADE = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.fixture(scope="module")
def answer(world: World) -> Assessment:
    return assess(spec_from_query(QUERY), world)


def with_mark(answer: Assessment, mark: str) -> Assessment:
    verdicts = [
        v.model_copy(update={"mark": mark}) if v.use_case == "uc2" else v for v in answer.verdicts
    ]
    return answer.model_copy(update={"verdicts": verdicts})


def test_nothing_grows_without_bound(answer: Assessment) -> None:
    report = report_of(bloated(answer), MADE, frozen=True)
    assert len(report.bill) == MOST_LINES
    assert "16 more lines stand in the spreadsheet" in report.bill_notes[0]
    assert len(report.risks) == MOST_RISKS
    assert "more stand with the full answer" in report.risks[-1].words
    assert len(report.assumptions) == MOST_ASSUMPTIONS
    assert len(report.sources) <= MOST_SOURCES


@pytest.mark.parametrize("query", [QUERY, LARGE, "gpu=nvidia-geforce-rtx-5080", ""])
def test_any_build_is_two_pages(world: World, query: str) -> None:
    found = assess(spec_from_query(query), world)
    assert len(pages_of_pdf(pdf_of(report_of(found, MADE, frozen=True)))) == 2


def test_a_share_of_an_older_release_without_years_and_demand_is_written(
    answer: Assessment,
) -> None:
    gone = {"tco": None, "break_even": None, "demand": None, "per_million_output": None}
    old = answer.model_copy(update={"cost": answer.cost.model_copy(update=gone), "curves": []})
    report = report_of(Assessment.model_validate_json(old.model_dump_json()), MADE, frozen=True)
    assert report.years == []
    assert [chart.name for chart in report.charts] == ["speed", "wait", "memory"]
    assert len(pages_of_pdf(pdf_of(report))) == 2


def test_what_was_measured_is_said_once(world: World) -> None:
    query = "system=nvidia-dgx-spark-128gb-4tb&model=gpt-oss-120b&quant=mxfp4"
    report = report_of(assess(spec_from_query(query), world), MADE, frozen=True)
    assert report.evidence.count("This very combination was measured") == 1


def test_the_largest_report_still_ends_above_its_foot(answer: Assessment) -> None:
    pages = pages_of_pdf(pdf_of(report_of(bloated(answer), MADE, frozen=True)))
    assert len(pages) == 2
    assert pages[0].rstrip().endswith("1 of 2")


@pytest.mark.parametrize(
    ("mark", "advice", "headline"),
    [
        ("yes", "yes", "Order it"),
        ("maybe", "maybe", "Try it before you order"),
        ("no", "no", "Not for UC2"),
        ("unknown", "unknown", "Not enough is known to advise"),
    ],
)
def test_the_mark_decides_the_advice(
    answer: Assessment, mark: str, advice: str, headline: str
) -> None:
    found = recommendation(with_mark(answer, mark))
    assert (found.advice, found.headline) == (advice, headline)


def test_what_does_not_fit_is_not_ordered_however_fast(world: World) -> None:
    query = "gpu=nvidia-geforce-rtx-5080&model=llama-3.3-70b-instruct"
    found = recommendation(assess(spec_from_query(query), world))
    assert found.advice == "no"
    assert found.sentence.startswith("Does not fit")
    assert "at least" in found.money


def test_a_missing_price_asks_for_a_quote_first(answer: Assessment) -> None:
    cost = answer.cost.model_copy(update={"complete": False, "unpriced": ["Mainboard"]})
    found = recommendation(answer.model_copy(update={"cost": cost}))
    assert found.headline == "Right for the work; get a quote first"
    assert "No price is known for Mainboard." in found.money


@pytest.mark.parametrize("seed", range(30))
def test_any_report_can_be_written(world: World, seed: int) -> None:
    report = report_of(assess(random_spec(world, seed), world), MADE, frozen=True)
    assert isinstance(report, Report)
    assert report.advice.sentence
    numbers = [line.source for line in report.bill if line.source]
    assert set(numbers) <= {s.number for s in report.sources}
    levels = [risk.level for risk in report.risks]
    order = ["problem", "warning", "note"]
    assert levels == sorted(levels, key=order.index)

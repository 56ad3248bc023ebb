"""The cost part of an answer: the bill, the years, a million tokens, against APIs and rent."""

import json
from datetime import UTC, datetime

import pytest
from fastapi import FastAPI
from plotly import graph_objects
from sqlmodel import Session

from app.builds.assess import assess
from app.builds.query import spec_from_query
from app.builds.shares import ShareRow
from app.pages.cost_chart import cost_charts_of
from tests.pages.conftest import Page, Site
from tests.pages.test_charts import drawable

QUERY = (
    "cpu=amd-ryzen-9-9950x&gpu=nvidia-geforce-rtx-4090&module=udimm-ddr5-5600-48gb&modules=2"
    "&model=llama-3.1-8b-instruct&demand=200&country=germany-household&shipping=90&loss=0.3"
    "&admin_hours=1&admin_rate=60"
)
HEADINGS = (
    "What is bought",
    "What it costs over the years",
    "What a million tokens cost",
    "Against hosted APIs and rented GPUs",
)


def test_the_cost_part_has_its_four_tables_and_ways_to_them(site: Site) -> None:
    page = Page(site.get(f"/configure?{QUERY}").text)
    assert all(heading in page.text for heading in HEADINGS)
    for anchor in ("cost-bill", "cost-years", "cost-tokens", "cost-break-even"):
        assert page.find("a", href=f"#{anchor}")
        assert page.find("h3", id=anchor)


@pytest.mark.parametrize(
    "path",
    [
        "cost.lines.0.low",
        "cost.tco.lines.1.amounts.2.typical",
        "cost.tco.totals.0.high",
        "cost.per_million_input.typical",
        "cost.per_million_output.high",
        "cost.break_even.per_month.typical",
        "cost.break_even.alternatives.0.input_per_million",
        "cost.break_even.points.1.owned.typical",
        "cost.demand.busy_share.typical",
    ],
)
def test_its_figures_are_those_of_the_answer(site: Site, path: str) -> None:
    answer = json.loads(assess(spec_from_query(QUERY), site.world).model_dump_json())
    for part in path.split("."):
        answer = answer[int(part)] if isinstance(answer, list) else answer[part]
    page = Page(site.get(f"/configure?{QUERY}").text)
    assert page.figures[path] == {str(answer)}


def test_an_old_price_is_marked_beside_the_sum_and_on_its_line(site: Site) -> None:
    page = Page(site.get(f"/configure?{QUERY}").text)
    assert page.text.count("old price") >= 3
    assert page.find("span", **{"class": "old"})
    quoted = Page(site.get(f"/configure?{QUERY}&quote=4000").text)
    bill = quoted.text.split(HEADINGS[0])[-1].split(HEADINGS[1])[0]
    assert "4 000" in bill.replace("\u202f", " ")
    assert "old price" not in bill


def test_the_fields_show_what_was_asked(site: Site) -> None:
    page = Page(site.get(f"/configure?{QUERY}").text)
    assert page.field("demand") == "200"
    assert page.field("country") == "germany-household"
    assert page.field("shipping") == "90"
    assert page.field("loss") == "0.3"
    assert page.field("admin_rate") == "60"


def test_hours_of_work_without_a_price_get_a_sentence_beside_the_field(site: Site) -> None:
    answer = site.get(f"/configure?{QUERY.replace('&admin_rate=60', '')}")
    assert answer.status_code == 422
    page = Page(answer.text)
    assert page.find("input", id="admin_rate", aria_invalid="true")
    assert "Say what an hour of this work costs, or leave the hours empty." in page.text


def test_an_unknown_country_gets_a_sentence_with_the_choices(site: Site) -> None:
    answer = site.get("/configure?cpu=amd-ryzen-9-9950x&country=atlantis")
    assert answer.status_code == 422
    page = Page(answer.text)
    assert page.find("select", id="country", aria_invalid="true")
    assert (
        "No electricity price is known for “atlantis”. Use one of: belgium-household" in page.text
    )


def test_money_over_time_can_be_drawn_and_is_in_a_table(site: Site) -> None:
    (chart,) = cost_charts_of(assess(spec_from_query(QUERY), site.world))
    graph_objects.Figure(drawable(chart.spec))
    assert chart.question.endswith("?")
    assert chart.answer.startswith("After 36 months: owned ")
    assert [row[0].striptags() for row in chart.rows] == ["0", "12", "24", "36"]  # type: ignore[union-attr]
    assert all(len(row) == len(chart.headers) for row in chart.rows)


def test_nothing_is_drawn_where_a_part_has_no_price(site: Site) -> None:
    query = "gpu=nvidia-geforce-rtx-4090&model=llama-3.1-8b-instruct"
    assert cost_charts_of(assess(spec_from_query(query), site.world)) == []


def test_a_share_from_before_shows_what_it_has(site: Site, app: FastAPI) -> None:
    answer = json.loads(assess(spec_from_query(QUERY), site.world).model_dump_json())
    for key in ("demand", "tco", "prefill_share", "per_million_input", "per_million_output"):
        del answer["cost"][key]
    for key in ("break_even", "stale_prices", "electricity_stale"):
        del answer["cost"][key]
    for line in answer["cost"]["lines"]:
        for key in ("region", "vat", "age_days", "stale"):
            del line[key]
    answer["spec"]["economics"] = {"currency": "EUR", "years": 3}
    with Session(app.state.database) as session:
        session.add(
            ShareRow(
                slug="from-an-older-release",
                created_at=datetime.now(UTC),
                spec=answer["spec"],
                assessment=json.dumps(answer),
                estimator_version="0.0",
                calibration_version="0",
                catalogue_revision="0",
            )
        )
        session.commit()
    found = site.get("/s/from-an-older-release")
    assert found.status_code == 200
    page = Page(found.text)
    assert page.figures["cost.purchase.typical"] == {answer["cost"]["purchase"]["typical"]}
    assert "What is bought" in page.text
    assert "over the years" not in page.text.split("What is bought")[1]

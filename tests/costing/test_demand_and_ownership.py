"""Requests and what they keep busy; what is left of a machine; when owning is cheaper."""

from decimal import Decimal

import numpy as np
import pytest

from app.costing.demand import capacity_per_hour, per_year, prefill_share
from app.costing.ownership import admin_per_year, break_even_months, residual_value, share_of


def test_four_requests_of_72_seconds_each_are_200_an_hour() -> None:
    assert capacity_per_hour(4.0, 72.0) == pytest.approx(200)


def test_waiting_for_a_place_serves_nobody_more() -> None:
    # two places and 10 s of work: with four in the house each stays 20 s
    assert capacity_per_hour(4.0, 20.0) == capacity_per_hour(2.0, 10.0)


def test_a_whole_sweep_of_requests_goes_through_the_same_formula() -> None:
    seconds = np.array([36.0, 72.0])
    assert capacity_per_hour(np.array([1.0, 1.0]), seconds) == pytest.approx([100, 50])


def test_two_seconds_of_prompt_and_eight_of_answer() -> None:
    assert prefill_share(2.0, 8.0) == pytest.approx(0.2)


def test_a_hundred_an_hour_for_ten_hours_a_day() -> None:
    assert per_year(100.0, 10) == pytest.approx(365_250)


def test_a_machine_that_loses_a_quarter_a_year_is_worth_27_of_64_after_three() -> None:
    assert residual_value(Decimal(6400), 0.25, 3) == Decimal(2700)


def test_what_loses_all_its_value_is_worth_nothing() -> None:
    assert residual_value(Decimal(6400), 1.0, 1) == 0


def test_what_loses_nothing_keeps_its_price() -> None:
    assert residual_value(Decimal(6400), 0.0, 5) == 6400


def test_two_hours_a_month_at_fifty() -> None:
    assert admin_per_year(2, Decimal(50)) == 1200


def test_shares_of_money_are_exact() -> None:
    assert share_of(Decimal("100.10"), 0.1) == Decimal("10.010")


@pytest.mark.parametrize(
    ("upfront", "own", "other", "months"),
    [("6000", "50", "300", 24), ("6000", "300", "300", None), ("6000", "301", "300", None)],
)
def test_the_purchase_is_earned_back_by_what_each_month_saves(
    upfront: str, own: str, other: str, months: float | None
) -> None:
    assert break_even_months(Decimal(upfront), Decimal(own), Decimal(other)) == months


def test_a_machine_that_costs_nothing_is_cheaper_at_once() -> None:
    assert break_even_months(Decimal(0), Decimal(10), Decimal(10)) == 0
    assert break_even_months(Decimal(0), Decimal(11), Decimal(10)) is None

"""Kilowatt-hours, their price, and the price of a million tokens."""

from decimal import Decimal

import numpy as np
import pytest

from app.costing.energy import energy_cost, kwh_per_year
from app.costing.per_token import per_million, tokens_per_year, yearly_cost


def test_a_machine_at_1000_w_around_the_clock_takes_8766_kwh_a_year() -> None:
    assert kwh_per_year(1000.0, 0.0, 24) == pytest.approx(8766)


def test_eight_hours_of_work_and_sixteen_idle() -> None:
    assert kwh_per_year(450.0, 100.0, 8) == pytest.approx((3600 + 1600) * 365.25 / 1000)


def test_a_whole_sweep_goes_through_the_same_formula() -> None:
    load = np.array([500.0, 1000.0])
    assert kwh_per_year(load, load * 0.1, 8) == pytest.approx(
        [kwh_per_year(500.0, 50.0, 8), kwh_per_year(1000.0, 100.0, 8)]
    )


def test_a_day_has_no_25_hours() -> None:
    with pytest.raises(ValueError, match="24"):
        kwh_per_year(100.0, 10.0, 25)


def test_a_kilowatt_hour_costs_what_the_bill_says() -> None:
    assert energy_cost(1000.0, Decimal("0.2872")) == Decimal("287.2")


def test_thirty_tokens_a_second_for_an_hour_a_day() -> None:
    assert tokens_per_year(30.0, 1) == pytest.approx(30 * 3600 * 365.25)


def test_a_million_tokens_carry_their_share_of_purchase_and_energy() -> None:
    cost = yearly_cost(Decimal(3000), Decimal(500), years=3)
    assert per_million(cost, 100_000_000) == Decimal(15)


def test_no_tokens_no_price_per_token() -> None:
    assert per_million(Decimal(100), 0.0) is None

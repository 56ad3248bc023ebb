"""Kilowatt-hours, their price, and the price of a million tokens."""

from decimal import Decimal

import numpy as np
import pytest

from app.costing.energy import energy_cost, kwh_per_year
from app.costing.per_token import per_million, priced_tokens, tokens_per_year


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


def test_a_million_tokens_carry_their_share_of_the_costs_of_a_year() -> None:
    assert per_million(Decimal(1500), 100_000_000) == Decimal(15)


def test_an_api_bills_prompts_and_answers_at_their_own_prices() -> None:
    bill = priced_tokens(40_000_000.0, 2_500_000.0, Decimal("0.15"), Decimal("0.60"))
    assert bill == Decimal("7.5")


def test_a_machine_half_busy_takes_half_its_load_and_is_idle_besides() -> None:
    # 4 h at 450 W and 20 h at 100 W
    assert kwh_per_year(450.0, 100.0, 8, 0.5) == pytest.approx(3800 * 365.25 / 1000)


def test_nobody_is_busy_more_than_all_the_time() -> None:
    with pytest.raises(ValueError, match="busy_share"):
        kwh_per_year(450.0, 100.0, 8, 1.5)


def test_no_tokens_no_price_per_token() -> None:
    assert per_million(Decimal(100), 0.0) is None

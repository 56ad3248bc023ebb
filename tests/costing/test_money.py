"""Amounts, ranges and exchange rates."""

from decimal import Decimal

import pytest

from app.costing.money import (
    AmountRange,
    UnknownCurrencyError,
    convert,
    exchange_factor,
    to_cents,
    total,
)

RATES = {"USD": Decimal("1.1172"), "CHF": Decimal("0.9194")}


def test_a_dollar_price_becomes_euros_at_the_rate_of_the_day() -> None:
    assert to_cents(convert(Decimal("8900"), "USD", "EUR", RATES)) == Decimal("7966.34")


def test_francs_and_dollars_meet_over_the_euro() -> None:
    assert exchange_factor("USD", "CHF", RATES) == Decimal("0.9194") / Decimal("1.1172")


def test_going_there_and_back_changes_nothing() -> None:
    there = convert(Decimal("1234.56"), "USD", "CHF", RATES)
    assert to_cents(convert(there, "CHF", "USD", RATES)) == Decimal("1234.56")


def test_a_currency_without_a_rate_is_an_error_not_a_guess() -> None:
    with pytest.raises(UnknownCurrencyError, match="TWD"):
        convert(Decimal(1), "TWD", "EUR", RATES)


def test_half_a_cent_is_rounded_up_as_in_a_shop() -> None:
    assert to_cents(Decimal("0.125")) == Decimal("0.13")


def test_the_sum_of_nothing_is_unknown_not_zero() -> None:
    assert total([]) is None


def test_ranges_add_end_by_end() -> None:
    whole = total([AmountRange.between(Decimal(10), Decimal(20)), AmountRange.exactly(Decimal(5))])
    assert whole == AmountRange(Decimal(15), Decimal(20), Decimal(25))


def test_an_old_price_gets_a_wider_range_around_the_same_middle() -> None:
    widened = AmountRange(Decimal(80), Decimal(100), Decimal(120)).widened(Decimal("1.25"))
    assert widened == AmountRange(Decimal(64), Decimal(100), Decimal(150))

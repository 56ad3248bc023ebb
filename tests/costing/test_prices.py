"""Which observed price counts."""

from datetime import date
from decimal import Decimal

from app.costing.prices import Choice, Observation, age_days, choose, spread


def seen(
    amount: int,
    day: date | None,
    condition: str | None = "new",
    kind: str = "retail",
    currency: str = "USD",
    *,
    usable: bool = True,
    own: bool = True,
) -> Observation:
    return Observation(
        Decimal(amount), currency, day, str(day), condition, "test", kind, usable=usable, own=own
    )


def pick(*observations: Observation, conditions: tuple[str | None, ...] = ("new",)) -> Choice:
    choice = choose(
        observations, conditions=conditions, currency="EUR", fresh_days=120, range_days=365
    )
    assert choice is not None
    return choice


SUMMER_2025 = date(2025, 7, 23)
SPRING_2026 = date(2026, 5, 10)
SUMMER_2026 = date(2026, 8, 31)


def test_the_newest_price_counts() -> None:
    assert pick(seen(1999, SUMMER_2025), seen(3600, SUMMER_2026)).chosen.amount == 3600


def test_a_used_price_does_not_price_a_new_card() -> None:
    assert pick(seen(700, SUMMER_2026, "used"), seen(1500, SUMMER_2025)).chosen.amount == 1500


def test_a_price_too_weak_to_cost_with_is_left_out() -> None:
    assert pick(seen(1, SUMMER_2026, usable=False), seen(9, SUMMER_2025)).chosen.amount == 9


def test_a_shop_beats_an_estimate_of_the_same_season() -> None:
    guess = seen(2500, SUMMER_2026, kind="estimate")
    assert pick(guess, seen(3000, SPRING_2026)).chosen.amount == 3000


def test_a_year_old_shop_price_does_not_beat_a_fresh_estimate() -> None:
    guess = seen(2500, SUMMER_2026, kind="estimate")
    assert pick(guess, seen(1000, SUMMER_2025)).chosen.amount == 2500


def test_the_module_itself_beats_the_price_per_gib_of_its_kind() -> None:
    assert pick(seen(300, SUMMER_2026, own=False), seen(280, SPRING_2026)).chosen.own


def test_a_price_in_the_buyers_currency_is_preferred() -> None:
    euros = seen(3300, SPRING_2026, currency="EUR")
    assert pick(euros, seen(3600, SUMMER_2026)).chosen.currency == "EUR"


def test_a_low_and_a_high_end_seen_the_same_day_meet_in_the_middle() -> None:
    same_day = [seen(amount, SUMMER_2026) for amount in (500, 750, 800)]
    assert pick(*same_day).chosen.amount == 750


def test_nothing_acceptable_means_no_price() -> None:
    offers = [seen(700, SUMMER_2026, "used")]
    found = choose(offers, conditions=("new",), currency="EUR", fresh_days=120, range_days=365)
    assert found is None


def test_zero_is_no_price() -> None:
    assert pick(seen(0, SUMMER_2026), seen(700, SPRING_2026)).chosen.amount == 700
    free = [seen(0, SUMMER_2026)]
    assert choose(free, conditions=("new",), currency="EUR", fresh_days=120, range_days=365) is None


def test_undated_prices_are_a_last_resort() -> None:
    assert pick(seen(5, None), seen(9, SUMMER_2025)).chosen.amount == 9
    assert pick(seen(5, None)).chosen.amount == 5


def test_the_range_comes_from_prices_within_a_year() -> None:
    choice = pick(seen(100, SUMMER_2026), seen(140, SPRING_2026), seen(20, SUMMER_2025))
    found = spread(choice.chosen.amount, [o.amount for o in choice.neighbours], Decimal("0.15"))
    assert (found.low, found.typical, found.high) == (100, 100, 140)


def test_a_price_seen_alone_is_given_fifteen_percent_either_way() -> None:
    found = spread(Decimal(1000), [], Decimal("0.15"))
    assert (found.low, found.high) == (850, 1150)


def test_age_is_counted_from_the_first_day_a_date_can_mean() -> None:
    assert age_days(date(2026, 1, 1), date(2026, 1, 31)) == 30
    assert age_days(None, date(2026, 1, 31)) is None

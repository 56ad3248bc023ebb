"""Figures read the same everywhere and nothing unknown becomes a number."""

from decimal import Decimal

import pytest

from app.builds.assessment import Interval, MemoryPool
from app.pages.graphics import memory_bar, whisker
from app.pages.words import escape_plotly, figure, significant, text


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.84312, "0.84"),
        (2.449, "2.4"),
        (9.96, "10"),
        (23.847, "24"),
        (99.6, "100"),
        (2291.0, "2\u202f300"),
    ],
)
def test_speeds_have_two_significant_digits(value: float, shown: str) -> None:
    assert significant(value) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0.0431, "0.043 s"), (1.84, "1.8 s"), (42.4, "42 s"), (200.0, "3.3 min"), (9000.0, "2.5 h")],
)
def test_waits_are_said_as_people_say_them(seconds: float, shown: str) -> None:
    assert text(seconds, "seconds").replace("\u202f", " ") == shown


def test_nothing_is_ever_minus_zero() -> None:
    assert text(-0.02, "gib").startswith("0.0")
    assert text(-0.2, "gib").startswith("\u22120.2")
    assert text(-3.2, "gap").startswith("3.2")


def test_money_is_whole_above_a_hundred() -> None:
    assert text(Decimal("4950.40"), "money") == "4\u202f950\u202f€"
    assert text(Decimal("0.42"), "money", currency="CHF") == "0.42\u202fCHF"


def test_unknown_is_a_word_and_carries_no_value() -> None:
    assert "<data" not in figure(None, "tps", path="speed")
    assert "unknown" in figure(None, "tps")


def test_the_exact_value_travels_with_the_shown_one() -> None:
    html = figure(23.84712345678901, "tps", path="speed.decode_tps.typical")
    assert 'value="23.84712345678901"' in html
    assert ">24<" in html


def test_names_cannot_bring_markup_into_a_chart() -> None:
    assert escape_plotly("<b>RTX</b> & co") == "&lt;b&gt;RTX&lt;/b&gt; &amp; co"


def test_the_whisker_puts_its_limit_at_the_same_place_for_every_build() -> None:
    slow = whisker(Interval(low=2, typical=3, high=4), 10)
    fast = whisker(Interval(low=90, typical=100, high=110), 10)
    assert slow is not None
    assert fast is not None
    assert slow.limit == fast.limit
    assert slow.high < slow.limit < fast.low
    assert whisker(Interval(low=None, typical=None, high=None), 10) is None


def test_the_whiskers_tick_is_where_the_limit_was_set() -> None:
    drawn = whisker(Interval(low=2, typical=2.5, high=4), 2.5)
    assert drawn is not None
    assert drawn.limit == drawn.typical


@pytest.mark.parametrize(
    ("value", "style", "shown"),
    [(2.5, "limit", "2.5 s"), (300, "limit", "5 min"), (12.75, "limit-tps", "12.75 tok/s")],
)
def test_limits_are_never_rounded(value: float, style: str, shown: str) -> None:
    assert text(value, style).replace("\u202f", " ") == shown


def test_an_overfull_memory_bar_shows_where_the_memory_ends() -> None:
    pool = MemoryPool(
        name="GPU",
        capacity_gib=24,
        weights_gib=40,
        kv_gib=6,
        overhead_gib=2,
        free_gib=-24,
    )
    bar = memory_bar(pool)
    assert bar is not None
    assert bar.overfull
    assert bar.capacity_x == 50
    assert sum(s.width for s in bar.segments) == pytest.approx(100)


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("0.0042", "0.0042"),
        ("0.4249", "0.42"),
        ("4.2", "4.20"),
        ("0", "0.00"),
        ("268718", "268\u202f718"),
    ],
)
def test_prices_far_below_a_cent_keep_two_digits(amount: str, shown: str) -> None:
    assert text(Decimal(amount), "small-money") == f"{shown}\u202f€"

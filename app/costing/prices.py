"""Which of many price observations to believe, and how wide the range around it is.

Plain tuples in, one choice out. The rules, in order:

1. Only usable observations of an accepted condition compete; nothing costs zero.
2. Of those, only the fresh ones: seen within ``fresh_days`` of the newest. Hardware prices move
   too fast for an old shop price to beat a new one (DDR5 went from 2.3 to 11 USD a GB in a year).
3. Among the fresh, the better kind of evidence wins (a shop's price before a wholesale average
   before somebody's estimate), then a price of the very item before one derived from its kind,
   then the preferred currency, then the newest; of equals the one in the middle.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from app.costing.money import AmountRange

#: How good a kind of price is, best first. What is not named is worth as much as a wholesale price.
_FIRM = 0
_SOFT = 1
_WEAK = 2
_GRADES = {
    "retail": _FIRM,
    "retail-median": _FIRM,
    "retail-average": _FIRM,
    "street-median": _FIRM,
    "deal-median": _FIRM,
    "purchase": _FIRM,
    "list": _FIRM,
    "statistic": _FIRM,
    "estimate": _WEAK,
    "used-estimate": _WEAK,
    "assumption": _WEAK,
    "component-estimate": _WEAK,
    "forecast": _WEAK,
}


@dataclass(frozen=True, slots=True)
class Observation:
    """A price of ONE item (a kit already divided by its count), seen by somebody on a day."""

    amount: Decimal
    currency: str
    observed_from: date | None
    observed_on: str | None
    condition: str | None
    source: str
    kind: str | None = None
    region: str | None = None
    usable: bool = True
    own: bool = True
    """False where the price is derived: per GiB of the same memory type, for example."""
    vat: Literal["included", "excluded", "unknown"] = "unknown"


@dataclass(frozen=True, slots=True)
class Choice:
    """The observation that counts, and those seen around the same time that set its range."""

    chosen: Observation
    neighbours: tuple[Observation, ...]


def choose(
    observations: Iterable[Observation],
    *,
    conditions: Sequence[str | None],
    currency: str,
    fresh_days: int,
    range_days: int,
) -> Choice | None:
    """Pick the price to believe; None where nothing usable of these conditions was seen.

    ``range_days`` says how far, in days before or after the chosen one, an observation still says
    something about today's spread.
    """
    usable = [o for o in observations if o.usable and o.amount > 0 and o.condition in conditions]
    if not usable:
        return None
    newest = max((o.observed_from for o in usable if o.observed_from), default=None)
    fresh = [o for o in usable if _within(o.observed_from, newest, fresh_days)] or usable
    chosen = _middle_of_the_best(fresh, currency)
    neighbours = tuple(
        o
        for o in usable
        if o is not chosen
        and o.own == chosen.own
        and grade(o) <= max(grade(chosen), _SOFT)
        and _within(o.observed_from, chosen.observed_from, range_days)
    )
    return Choice(chosen, neighbours)


def grade(observation: Observation) -> int:
    """0 for a shop's or buyer's price, 1 for wholesale and the like, 2 for somebody's estimate."""
    return _GRADES.get(observation.kind or "", _SOFT)


def spread(
    chosen: Decimal, neighbours: Sequence[Decimal], single_price_spread: Decimal
) -> AmountRange:
    """Range around a chosen price, all amounts in one currency.

    Other observations around the same time set the ends; a price seen alone gets
    ``single_price_spread`` (0.15 for 15 %) to either side.
    """
    if not neighbours:
        return AmountRange(
            chosen * (1 - single_price_spread), chosen, chosen * (1 + single_price_spread)
        )
    return AmountRange(min(chosen, *neighbours), chosen, max(chosen, *neighbours))


def age_days(observed_from: date | None, today: date) -> int | None:
    """Days since the first day an observation can mean; None where it is undated."""
    return None if observed_from is None else (today - observed_from).days


def _within(seen: date | None, anchor: date | None, days: int) -> bool:
    if anchor is None:
        return seen is None
    return seen is not None and abs(seen - anchor) <= timedelta(days=days)


def _middle_of_the_best(fresh: Sequence[Observation], currency: str) -> Observation:
    """The best observation; of several equally good ones the one in the middle by amount.

    A source that gives a low and a high end on one day must not be read as its low end.
    """
    ranked = [(_preference(o, currency), o) for o in fresh]
    rank, best = min(ranked, key=lambda pair: pair[0])
    equals = [o for other, o in ranked if other == rank and o.currency == best.currency]
    return sorted(equals, key=lambda o: o.amount)[len(equals) // 2]


def _preference(observation: Observation, currency: str) -> tuple[int, bool, bool, int]:
    """Smallest is best."""
    day = observation.observed_from.toordinal() if observation.observed_from else 0
    return (
        grade(observation),
        not observation.own,
        observation.currency != currency,
        -day,
    )

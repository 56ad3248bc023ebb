"""When owning becomes cheaper than an API or rented GPUs, for the same requests."""

from collections.abc import Sequence
from decimal import Decimal

from app.builds.assessment import Alternative, BreakEven, BreakEvenPoint, Interval, MoneyRange
from app.builds.costs.alternatives import Elsewhere, Offers
from app.builds.costs.owning import Owning, each, money, money_words, sentences
from app.builds.words import Words, grouped
from app.costing.money import AmountRange, to_cents
from app.costing.ownership import MONTHS_PER_YEAR, break_even_months

#: Prices per million tokens and per hour are often below a cent.
_FINE = Decimal("0.0001")
#: From here on a span is told without decimals.
_MANY = 10
#: Years after which a break-even counts as never in a sentence.
_NEVER_SEEN = 50
_NEVER = Interval(low=None, typical=None, high=None)


def break_even_of(owning: Owning, apis: Offers, rents: Offers) -> BreakEven:
    """Owning against every offer. What the machine may still fetch is left out: it comes later."""
    economics = owning.economics
    currency = economics.currency
    upfront = owning.upfront
    running = _monthly(owning.running_per_year)
    offers = (*apis.found, *rents.found)
    alternatives = [_alternative(offer, upfront, running, owning) for offer in offers]
    return BreakEven(
        basis="full use" if economics.requests_per_hour is None else "stated demand",
        sentence=_summary(alternatives, owning.unknown, apis, rents),
        upfront=money(upfront, currency),
        per_month=money(running, currency),
        alternatives=alternatives,
        api_note=apis.note,
        rented_note=rents.note,
        points=[
            BreakEvenPoint(
                month=month,
                owned=_owned(upfront, running, month, currency),
                alternatives=[_spent(offer.per_year, month) for offer in offers],
            )
            for month in _months_shown(economics.years)
        ],
    )


def _months_shown(years: int) -> range:
    """Every year; of a single one also its half."""
    step = MONTHS_PER_YEAR // 2 if years == 1 else MONTHS_PER_YEAR
    return range(0, years * MONTHS_PER_YEAR + 1, step)


def _alternative(
    offer: Elsewhere, upfront: AmountRange | None, running: AmountRange | None, owning: Owning
) -> Alternative:
    economics = owning.economics
    monthly = _monthly(offer.per_year)
    months = _months(upfront, running, monthly)
    prices = [price.typical for price in offer.prices]
    first = max(offer.prices, key=lambda price: price.age_days or 0)
    yearly = offer.per_year
    return Alternative(
        kind=offer.kind,
        provider=offer.provider,
        offer=offer.offer,
        input_per_million=_fine(prices[0]) if offer.kind == "api" else None,
        output_per_million=_fine(prices[1]) if offer.kind == "api" else None,
        per_hour=_fine(offer.per_hour),
        per_month=money(monthly, economics.currency),
        over_years=money(yearly.times(economics.years) if yearly else None, economics.currency),
        break_even_months=months,
        sentence=_sentence(offer, months, upfront, running, monthly, owning),
        source="; ".join(dict.fromkeys(price.source or "" for price in offer.prices)),
        observed_on=first.observed_on,
        region=first.region,
        vat=first.vat,
        age_days=first.age_days,
        stale=any(price.stale for price in offer.prices),
        note=sentences(note for price in offer.prices for note in price.notes),
    )


def _months(
    upfront: AmountRange | None, running: AmountRange | None, other: AmountRange | None
) -> Interval:
    """Earliest: a cheap machine against dear others; latest the other way round."""
    if upfront is None or running is None or other is None:
        return _NEVER
    return Interval(
        low=break_even_months(upfront.low, running.low, other.high),
        typical=break_even_months(upfront.typical, running.typical, other.typical),
        high=break_even_months(upfront.high, running.high, other.low),
    )


def _sentence(
    offer: Elsewhere,
    months: Interval,
    upfront: AmountRange | None,
    running: AmountRange | None,
    other: AmountRange | None,
    owning: Owning,
) -> str:
    if other is None:
        return "What this work costs there is unknown, because the speed or a rate is."
    if upfront is None or running is None:
        return f"{owning.unknown}."
    currency, years = owning.economics.currency, owning.economics.years
    months = Interval(
        low=_foreseen(months.low), typical=_foreseen(months.typical), high=_foreseen(months.high)
    )
    if months.typical is None:
        there, here = money_words(other.typical, currency), money_words(running.typical, currency)
        early = "" if months.low is None else f" At the best after {' '.join(_span(months.low))}."
        return f"Owning does not pay: {there} a month there, {here} to run the machine.{early}"
    late = "" if months.typical <= years * MONTHS_PER_YEAR else ", longer than it is used"
    return f"Owning is cheaper after {' '.join(_span(months.typical))}{late}{_between(months)}."


def _foreseen(months: float | None) -> float | None:
    """Months until a break-even worth telling; None for one that nobody will see."""
    return None if months is None or months > _NEVER_SEEN * MONTHS_PER_YEAR else months


def _between(months: Interval) -> str:
    """The earliest and the latest: "(11 to 22 months)", "(16 months to 3.1 years)"."""
    if months.low is None or months.low == months.high:
        return ""
    first, unit = _span(months.low)
    if months.high is None:
        return f" ({first} {unit} to never)"
    last, last_unit = _span(months.high)
    if (first, unit) == (last, last_unit):
        return ""
    shared = unit.rstrip("s") == last_unit.rstrip("s")
    return (
        f" ({first} to {last} {last_unit})"
        if shared
        else f" ({first} {unit} to {last} {last_unit})"
    )


def _span(months: float) -> Words:
    """Months as people say them: 14 months; 6.5 years from two years on."""
    if months >= 2 * MONTHS_PER_YEAR:
        years = months / MONTHS_PER_YEAR
        return grouped(years, 1 if years < _MANY else 0), "years"
    shown = grouped(months, 0 if months >= _MANY else 1)
    return shown, "month" if shown == "1.0" else "months"


def _summary(
    alternatives: Sequence[Alternative], unknown: str | None, apis: Offers, rents: Offers
) -> str:
    """The cheapest API and the cheapest rent, or why there is nothing to compare with."""
    if unknown is not None:
        return f"{unknown}."
    said = []
    for kind, offers, words in (("api", apis, "the API of"), ("rented", rents, "renting from")):
        cheapest = min(
            (a for a in alternatives if a.kind == kind and a.per_month.typical is not None),
            key=lambda a: a.per_month.typical or Decimal(0),
            default=None,
        )
        if cheapest is not None:
            said.append(f"Against {words} {cheapest.provider}: {_lowered(cheapest.sentence)}")
        elif offers.note is not None:
            said.append(offers.note)
    return " ".join(said) or "There is nothing to compare with."


def _lowered(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


def _monthly(yearly: AmountRange | None) -> AmountRange | None:
    return None if yearly is None else each(yearly, lambda end: end / MONTHS_PER_YEAR)


def _owned(
    upfront: AmountRange | None, running: AmountRange | None, month: int, currency: str
) -> MoneyRange:
    if upfront is None or running is None:
        return money(None, currency)
    spent = running.times(month)
    return money(
        AmountRange(
            upfront.low + spent.low, upfront.typical + spent.typical, upfront.high + spent.high
        ),
        currency,
    )


def _spent(per_year: AmountRange | None, month: int) -> Decimal | None:
    return None if per_year is None else to_cents(per_year.typical * month / MONTHS_PER_YEAR)


def _fine(amount: Decimal | None) -> Decimal | None:
    return None if amount is None else amount.quantize(_FINE)

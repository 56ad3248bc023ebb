"""What a build costs to buy, to run, and per million tokens."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from app.builds.assessment import Cost, Interval, MoneyRange, Power, PurchaseLine
from app.builds.assumptions import CostAssumptions
from app.builds.costs.bill import Line, bill_of
from app.builds.costs.pricing import ItemPrice, Pricer, newest_rates
from app.builds.parts import Parts
from app.builds.power import supply_watts
from app.builds.spec import BuildSpec
from app.builds.words import listed
from app.catalogue.snapshot import Catalogue
from app.costing.energy import energy_cost, kwh_per_year
from app.costing.money import AmountRange, to_cents, total
from app.costing.per_token import per_million, tokens_per_year, yearly_cost

#: Costs per million tokens are often below a cent.
_FINE = Decimal("0.0001")


def cost_of(
    parts: Parts,
    spec: BuildSpec,
    catalogue: Catalogue,
    data: CostAssumptions,
    decode_total_tps: Interval | None,
    power: Power,
    today: date,
) -> Cost:
    """Everything about money for one build, in the currency of the request.

    Args:
        parts: What is bought.
        spec: The question; its ``economics`` say how the money is counted.
        catalogue: Prices and exchange rates.
        data: Assumptions and the prices of what no part list covers.
        decode_total_tps: Tokens generated a second, all requests together; None where unknown.
        power: Watts at the wall of the whole build.
        today: The day from which a price's age counts.
    """
    economics = spec.economics
    pricer = Pricer(
        catalogue=catalogue,
        data=data,
        currency=economics.currency,
        condition=economics.condition,
        today=today,
        rates=newest_rates(catalogue.exchange_rates),
    )
    bill = _quote(economics.quoted_price) or bill_of(
        parts, pricer, supply_watts(power, parts.nodes)
    )
    priced = [line.price.amounts.times(line.quantity) for line in bill if line.price.amounts]
    purchase = total(priced)
    unpriced = [_name(line) for line in bill if _is_missing(line)]
    complete = bool(bill) and not unpriced
    electricity, electricity_source = _electricity(spec, pricer)
    kwh = _energy(power, economics.hours_per_day)
    energy = None if kwh is None or electricity is None else energy_cost(kwh, electricity)
    whole = purchase if complete else None
    tokens = _tokens(decode_total_tps, economics.hours_per_day)
    return Cost(
        currency=economics.currency,
        lines=[_purchase_line(line) for line in bill],
        purchase=_money(purchase, economics.currency),
        complete=complete,
        unpriced=unpriced,
        exchange_note=pricer.exchange_note(line.price.currency for line in bill),
        electricity_per_kwh=None if electricity is None else electricity.quantize(_FINE),
        electricity_source=electricity_source,
        energy_kwh_per_year=kwh,
        energy_per_year=None if energy is None else to_cents(energy),
        energy_per_million_generated=_fine(
            None if energy is None or tokens is None else per_million(energy, tokens[1])
        ),
        cost_over_years=_money(_over_years(whole, energy, economics.years), economics.currency),
        per_million_tokens=_per_million(whole, energy, tokens, spec),
        tokens_per_year=None if tokens is None else tokens[1],
        assumptions=_assumptions(spec, bill, power, data, unpriced),
    )


def _quote(amount: Decimal | None) -> list[Line]:
    """The one line of a quoted machine; empty where there is no quote."""
    if amount is None:
        return []
    price = ItemPrice(AmountRange.exactly(amount), "quoted", notes=("Your own quote.",))
    return [Line("The whole machine, as quoted", "quote", None, 1, price)]


def _electricity(spec: BuildSpec, pricer: Pricer) -> tuple[Decimal | None, str | None]:
    own = spec.economics.electricity_per_kwh
    if own is not None:
        return own, "Your own figure"
    found = pricer.electricity()
    return (None, None) if found is None else found


def _energy(power: Power, hours_per_day: float) -> float | None:
    """kWh a year; None where a power that is needed is unknown."""
    if power.load_w is None or (power.idle_w is None and hours_per_day < 24):
        return None
    return kwh_per_year(power.load_w, power.idle_w or 0.0, hours_per_day)


def _tokens(tps: Interval | None, hours_per_day: float) -> tuple[float, float, float] | None:
    """Tokens a year at the low, typical and high speed."""
    if tps is None or tps.low is None or tps.typical is None or tps.high is None:
        return None
    low, typical, high = (
        tokens_per_year(speed, hours_per_day) for speed in (tps.low, tps.typical, tps.high)
    )
    return low, typical, high


def _over_years(
    purchase: AmountRange | None, energy_per_year: Decimal | None, years: int
) -> AmountRange | None:
    if purchase is None or energy_per_year is None:
        return None
    return purchase.plus(energy_per_year * years)


def _per_million(
    purchase: AmountRange | None,
    energy_per_year: Decimal | None,
    tokens: tuple[float, float, float] | None,
    spec: BuildSpec,
) -> MoneyRange:
    """Cheap and fast is the low end, dear and slow the high end."""
    currency = spec.economics.currency
    if purchase is None or energy_per_year is None or tokens is None:
        return _money(None, currency)
    slow, typical, fast = tokens
    ends = [
        per_million(yearly_cost(amount, energy_per_year, spec.economics.years), count)
        for amount, count in (
            (purchase.low, fast),
            (purchase.typical, typical),
            (purchase.high, slow),
        )
    ]
    low, middle, high = (_fine(end) for end in ends)
    return MoneyRange(low=low, typical=middle, high=high, currency=currency)


def _purchase_line(line: Line) -> PurchaseLine:
    price = line.price
    amounts = None if price.amounts is None else price.amounts.times(line.quantity)
    return PurchaseLine(
        item=line.item,
        kind=line.kind,
        slug=line.slug,
        quantity=line.quantity,
        unit_price=None if price.amounts is None else to_cents(price.amounts.typical),
        low=None if amounts is None else to_cents(amounts.low),
        typical=None if amounts is None else to_cents(amounts.typical),
        high=None if amounts is None else to_cents(amounts.high),
        condition=price.condition,
        observed_on=price.observed_on,
        source=price.source,
        basis=price.basis,
        note=" ".join(price.notes) or None,
    )


def _assumptions(
    spec: BuildSpec, bill: Sequence[Line], power: Power, data: CostAssumptions, unpriced: list[str]
) -> list[str]:
    economics = spec.economics
    sentences = [
        f"Under load {economics.hours_per_day:g} hours a day, every day; switched on but idle the "
        "rest of the time.",
        f"Used for {economics.years} {'year' if economics.years == 1 else 'years'}, after which "
        "nothing is counted for what the machine is still worth.",
        "Work, space, cooling of the room, network and repairs are not counted.",
    ]
    if power.load_w is not None and power.source and "Sum of" in power.source:
        sentences.append(
            "Energy is counted at the parts' rated power, which is an upper bound: a card waiting "
            "for its memory draws less."
        )
    sentences.extend(_tax_sentences(bill))
    if any(line.price.basis == "range" for line in bill):
        share = data.amount("single_price_spread") * 100
        sentences.append(
            f"A price seen once is given ±{share:.0f} %; board, power supply, case, storage and "
            "cooler are dated ranges for the platform."
        )
    if unpriced:
        sentences.append(
            f"No price is known for {listed(unpriced)}: the purchase sum is a lower bound, and "
            "costs over the years and per token are left open."
        )
    return sentences


def _tax_sentences(bill: Sequence[Line]) -> list[str]:
    regions = {line.price.region for line in bill if line.price.amounts is not None}
    sentences = []
    if "US" in regions:
        sentences.append("Prices seen in the US are without sales tax; none is added.")
    if any(
        line.price.amounts is not None
        and line.price.region != "US"
        and line.price.currency in ("EUR", "GBP", "CHF")
        and line.price.basis == "priced"
        for line in bill
    ):
        sentences.append("Prices seen in European shops are taken as they stand, with VAT.")
    if any(line.price.basis == "quoted" for line in bill):
        sentences.append("Whether the quote contains VAT is up to the quote.")
    return sentences


def _is_missing(line: Line) -> bool:
    return line.price.amounts is None and line.price.basis != "included"


def _name(line: Line) -> str:
    return line.item if line.quantity == 1 else f"{line.quantity} × {line.item}"


def _money(amounts: AmountRange | None, currency: str) -> MoneyRange:
    if amounts is None:
        return MoneyRange(low=None, typical=None, high=None, currency=currency)
    return MoneyRange(
        low=to_cents(amounts.low),
        typical=to_cents(amounts.typical),
        high=to_cents(amounts.high),
        currency=currency,
    )


def _fine(amount: Decimal | None) -> Decimal | None:
    return None if amount is None else amount.quantize(_FINE)

"""What a build costs to buy, to run, and per million tokens."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from app.builds.assessment import Cost, MoneyRange, Power, PurchaseLine
from app.builds.assumptions import CostAssumptions
from app.builds.costs.alternatives import hosted, rented
from app.builds.costs.bill import Line, bill_of, without_owned
from app.builds.costs.break_even import break_even_of
from app.builds.costs.electricity import electricity_price
from app.builds.costs.owning import Owning, money, part_of, sentences, tco_of
from app.builds.costs.pricing import ItemPrice, pricer_of
from app.builds.costs.words import assumptions
from app.builds.costs.work import CASES, Case, Load, Work, demand_of, loads_of
from app.builds.parts import Parts
from app.builds.power import supply_watts
from app.builds.problems import InvalidSpecError, Problem
from app.builds.spec import BuildSpec, EconomicsSpec
from app.catalogue.snapshot import Catalogue
from app.costing.energy import HOURS_PER_DAY, kwh_per_year
from app.costing.money import AmountRange, to_cents, total
from app.costing.per_token import per_million

#: Costs per million tokens are often below a cent.
_FINE = Decimal("0.0001")
#: Digits before the point from which on an amount says nothing and cannot be rounded exactly.
_MOST_DIGITS = 15


def cost_of(
    parts: Parts,
    spec: BuildSpec,
    catalogue: Catalogue,
    data: CostAssumptions,
    work: Work,
    power: Power,
    today: date,
) -> Cost:
    """Everything about money for one build, in the currency of the request.

    Args:
        parts: What is bought.
        spec: The question; its ``economics`` say how the money is counted.
        catalogue: Prices and exchange rates.
        data: Assumptions and the prices of what no part list covers.
        work: The asked request and how fast the build serves it.
        power: Watts at the wall of the whole build.
        today: The day from which a price's age counts.

    Raises:
        InvalidSpecError: hours of work are given without what an hour costs.
    """
    economics = spec.economics
    _check_admin(economics)
    currency = economics.currency
    pricer = pricer_of(catalogue, data, currency, economics.condition, today)
    bill = _quote(economics.quoted_price) or without_owned(
        bill_of(parts, pricer, supply_watts(power, parts.nodes)), economics.owned_gpus
    )
    priced = [line.price.amounts.times(line.quantity) for line in bill if line.price.amounts]
    purchase = total(priced)
    unpriced = [_name(line) for line in bill if _is_missing(line)]
    complete = bool(bill) and not unpriced
    electricity = electricity_price(economics, pricer)
    loads = loads_of(work, economics)
    kwh = _energy(power, economics.hours_per_day, loads)
    whole = purchase if complete else None
    gap = _no_energy(power, loads) if kwh is None else None
    owning = Owning(economics, bill, whole, electricity, kwh, gap)
    energy, over_years = owning.energy_per_year, owning.over(economics.years)
    per_input, per_output = _shared(over_years, work, loads, economics)
    apis = hosted(parts, pricer, work, loads)
    rents = rented(parts, pricer, economics.hours_per_day)
    seen_in = [line.price.currency for line in bill]
    seen_in += [p.currency for offer in (*apis.found, *rents.found) for p in offer.prices]
    return Cost(
        currency=currency,
        lines=[_purchase_line(line) for line in bill],
        purchase=money(purchase, currency),
        complete=complete,
        unpriced=unpriced,
        exchange_note=pricer.exchange_note([*seen_in, electricity.currency]),
        electricity_per_kwh=_fine(electricity.typical),
        electricity_source=_dated_source(electricity),
        energy_kwh_per_year=None if kwh is None else kwh["typical"],
        energy_per_year=None if energy is None else to_cents(energy.typical),
        energy_per_million_generated=_energy_per_million(energy, loads["typical"]),
        cost_over_years=money(over_years, currency),
        per_million_tokens=_per_million(over_years, loads, economics),
        tokens_per_year=loads["typical"].generated,
        assumptions=assumptions(spec, bill, power, data, unpriced),
        stale_prices=_stale(bill),
        electricity_stale=electricity.stale,
        demand=demand_of(work, loads, economics),
        tco=tco_of(owning),
        prefill_share=work.prefill_share,
        per_million_input=per_input,
        per_million_output=per_output,
        break_even=break_even_of(owning, apis, rents),
    )


def _check_admin(economics: EconomicsSpec) -> None:
    if economics.admin_hours_per_month and economics.admin_rate_per_hour is None:
        sentence = "Say what an hour of this work costs, or leave the hours empty."
        raise InvalidSpecError([Problem("economics.admin_rate_per_hour", sentence)])


def _quote(amount: Decimal | None) -> list[Line]:
    """The one line of a quoted machine; empty where there is no quote."""
    if amount is None:
        return []
    price = ItemPrice(AmountRange.exactly(amount), "quoted", notes=("Your own quote.",))
    return [Line("The whole machine, as quoted", "quote", None, 1, price)]


def _energy(
    power: Power, hours_per_day: float, loads: dict[Case, Load]
) -> dict[Case, float] | None:
    """kWh a year in each case; None where a power or a busy share that is needed is unknown."""
    found: dict[Case, float] = {}
    for case in CASES:
        busy = loads[case].busy_share
        if busy is None or power.load_w is None:
            return None
        if power.idle_w is None and hours_per_day * busy < HOURS_PER_DAY:
            return None
        found[case] = kwh_per_year(power.load_w, power.idle_w or 0.0, hours_per_day, busy)
    return found


def _no_energy(power: Power, loads: dict[Case, Load]) -> str:
    """Which figure the energy waits for."""
    if power.load_w is None:
        return "its power under load"
    return "its speed" if loads["typical"].busy_share is None else "its idle power"


def _energy_per_million(energy: AmountRange | None, load: Load) -> Decimal | None:
    if energy is None or load.generated is None:
        return None
    return _fine(per_million(energy.typical, load.generated))


def _per_million(
    over_years: AmountRange | None, loads: dict[Case, Load], economics: EconomicsSpec
) -> MoneyRange:
    """All costs by the tokens written: cheap and fast is the low end, dear and slow the high."""
    tokens = {case: loads[case].generated for case in CASES}
    return _spread_over(over_years, tokens, economics)


def _shared(
    over_years: AmountRange | None, work: Work, loads: dict[Case, Load], economics: EconomicsSpec
) -> tuple[MoneyRange, MoneyRange]:
    """Cost per million prompt tokens and per million generated ones.

    The costs are shared in proportion to the time the machine spends on each.
    """
    share = work.prefill_share
    if share is None or over_years is None:
        nothing = money(None, economics.currency)
        return nothing, nothing
    return (
        _spread_over(
            part_of(over_years, share),
            {case: _times(loads[case].requests, work.prompt_tokens) for case in CASES},
            economics,
        ),
        _spread_over(
            part_of(over_years, 1 - share),
            {case: _times(loads[case].requests, work.generated_tokens) for case in CASES},
            economics,
        ),
    )


def _times(requests: float | None, tokens: int) -> float | None:
    return None if requests is None else requests * tokens


def _spread_over(
    over_years: AmountRange | None, tokens: dict[Case, float | None], economics: EconomicsSpec
) -> MoneyRange:
    """Costs of all years over the tokens of as many, per million."""
    ends: dict[Case, Decimal | None] = {}
    for case in CASES:
        count = tokens[case]
        if over_years is None or count is None:
            return money(None, economics.currency)
        ends[case] = _fine(per_million(getattr(over_years, case) / economics.years, count))
    return MoneyRange(**ends, currency=economics.currency)


def _stale(bill: Sequence[Line]) -> list[str]:
    return [_name(line) for line in bill if line.price.stale]


def _dated_source(price: ItemPrice) -> str | None:
    if price.source is None or price.observed_on is None:
        return price.source
    return f"{price.source} ({price.observed_on})"


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
        note=sentences(price.notes),
        region=price.region,
        vat=price.vat,
        age_days=price.age_days,
        stale=price.stale,
    )


def _is_missing(line: Line) -> bool:
    return line.price.amounts is None and line.price.basis != "included"


def _name(line: Line) -> str:
    return line.item if line.quantity == 1 else f"{line.quantity} × {line.item}"


def _fine(amount: Decimal | None) -> Decimal | None:
    """To a hundredth of a cent; None for what so few tokens share that it is no price any more."""
    if amount is None or amount.adjusted() > _MOST_DIGITS:
        return None
    return amount.quantize(_FINE)

"""The cost of owning a build over years, line by line."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.builds.assessment import CostKind, CostLine, MoneyRange, Tco, Vat
from app.builds.costs.bill import Line
from app.builds.costs.electricity import OWN_FIGURE
from app.builds.costs.pricing import ItemPrice
from app.builds.costs.work import CASES, Case
from app.builds.spec import EconomicsSpec
from app.builds.words import CURRENCY_SIGNS, THIN, grouped, listed, percent
from app.costing.energy import energy_cost
from app.costing.money import AmountRange, to_cents, total
from app.costing.ownership import admin_per_year, residual_value, share_of

#: Years every answer counts, beside those asked for.
HORIZONS = (1, 3, 5)


@dataclass(frozen=True, slots=True)
class Owning:
    """What goes into the sums; amounts in the requested currency, None where unknown."""

    economics: EconomicsSpec
    bill: Sequence[Line]
    purchase: AmountRange | None
    electricity: ItemPrice
    kwh: dict[Case, float] | None
    """A year's energy of the machine in each case."""
    no_energy: str | None = None
    """Why that is not known: "its idle power"."""

    @property
    def unknown(self) -> str | None:
        """What keeps the sums open, as the beginning of a sentence; None where nothing does."""
        missing = [
            "the price of all its parts" if self.purchase is None else None,
            "a price of electricity" if self.electricity.amounts is None else None,
            self.no_energy,
        ]
        named = [each for each in missing if each is not None]
        if not named:
            return None
        return f"Open until {listed(named)} {'is' if len(named) == 1 else 'are'} known"

    @property
    def energy_per_year(self) -> AmountRange | None:
        """A year of electricity for the machine itself."""
        return self._electricity(1.0)

    @property
    def cooling_per_year(self) -> AmountRange | None:
        """A year of electricity for cooling."""
        return self._electricity(self.economics.cooling_factor)

    @property
    def admin_per_year(self) -> Decimal:
        """A year of work."""
        rate = self.economics.admin_rate_per_hour
        return admin_per_year(self.economics.admin_hours_per_month, rate or Decimal(0))

    @property
    def running_per_year(self) -> AmountRange | None:
        """Energy, cooling and work."""
        energy, cooling = self.energy_per_year, self.cooling_per_year
        if energy is None or cooling is None:
            return None
        both = total((energy, cooling))
        return None if both is None else both.plus(self.admin_per_year)

    @property
    def spares(self) -> AmountRange | None:
        """Spare parts bought with the machine."""
        if self.purchase is None:
            return None
        return part_of(self.purchase, self.economics.spares_share)

    @property
    def upfront(self) -> AmountRange | None:
        """Everything paid on the first day."""
        if self.purchase is None or self.spares is None:
            return None
        both = total((self.purchase, self.spares))
        return None if both is None else both.plus(self.economics.shipping or Decimal(0))

    def resale(self, years: int) -> AmountRange | None:
        """What the machine fetches after some years: of each case's own purchase."""
        if self.purchase is None:
            return None
        loss = self.economics.depreciation_per_year
        return each(self.purchase, lambda end: residual_value(end, loss, years))

    def over(self, years: int) -> AmountRange | None:
        """All costs over some years, less what is got back."""
        upfront, running, resale = self.upfront, self.running_per_year, self.resale(years)
        if upfront is None or running is None or resale is None:
            return None
        return total((upfront, running.times(years), resale.times(-1)))

    def _electricity(self, share: float) -> AmountRange | None:
        price = self.electricity.amounts
        if self.kwh is None or price is None:
            return None
        ends = {case: energy_cost(self.kwh[case] * share, getattr(price, case)) for case in CASES}
        return AmountRange(**ends)


def tco_of(owning: Owning) -> Tco:
    """The cost of ownership over 1, 3 and 5 years and those asked for."""
    years = sorted({*HORIZONS, owning.economics.years})
    currency = owning.economics.currency
    return Tco(
        years=years,
        lines=_lines(owning, years),
        totals=[money(owning.over(count), currency) for count in years],
        note=None if owning.unknown is None else f"{owning.unknown}.",
    )


def _lines(owning: Owning, years: Sequence[int]) -> list[CostLine]:
    """Purchase and energy always; the rest where somebody asked for it."""
    economics = owning.economics
    lines = [_purchase(owning, years)]
    if economics.shipping:
        once = AmountRange.exactly(economics.shipping)
        lines.append(_own("shipping", "Shipping", [once for _ in years], economics))
    if economics.spares_share:
        label = f"Spare parts, {percent(economics.spares_share)}"
        lines.append(_own("spares", label, [owning.spares for _ in years], economics))
    lines.append(_powered("energy", "Electricity", owning.energy_per_year, owning, years))
    if economics.cooling_factor:
        label = f"Cooling, {percent(economics.cooling_factor)} of it"
        lines.append(_powered("cooling", label, owning.cooling_per_year, owning, years))
    if economics.admin_hours_per_month:
        label = f"Work, {economics.admin_hours_per_month:g} h a month"
        yearly = AmountRange.exactly(owning.admin_per_year)
        lines.append(_own("admin", label, _by_year(yearly, years), economics))
    if economics.depreciation_per_year < 1:
        label = f"Resale, losing {percent(economics.depreciation_per_year)} a year"
        back = [None if (r := owning.resale(n)) is None else r.times(-1) for n in years]
        lines.append(_own("resale", label, back, economics))
    return lines


def _purchase(owning: Owning, years: Sequence[int]) -> CostLine:
    """The bill as one line: as old as its oldest price."""
    priced = [line.price for line in owning.bill if line.price.amounts is not None]
    quoted = any(price.basis == "quoted" for price in priced)
    oldest = max(priced, key=lambda price: price.age_days or 0, default=None)
    return CostLine(
        kind="purchase",
        label="Purchase",
        amounts=[money(owning.purchase, owning.economics.currency) for _ in years],
        source=OWN_FIGURE if quoted else "The bill: each part has its own source and date",
        observed_on=None if oldest is None else oldest.observed_on,
        age_days=None if oldest is None else oldest.age_days,
        vat=_same(price.vat for price in priced),
        region=None,
        stale=any(price.stale for price in priced),
    )


def _powered(
    kind: CostKind, label: str, yearly: AmountRange | None, owning: Owning, years: Sequence[int]
) -> CostLine:
    price = owning.electricity
    return CostLine(
        kind=kind,
        label=label,
        amounts=[money(r, owning.economics.currency) for r in _by_year(yearly, years)],
        source=price.source,
        observed_on=price.observed_on,
        region=price.region,
        vat=price.vat,
        age_days=price.age_days,
        stale=price.stale,
    )


def _own(
    kind: CostKind, label: str, ranges: Sequence[AmountRange | None], economics: EconomicsSpec
) -> CostLine:
    amounts = [money(r, economics.currency) for r in ranges]
    return CostLine(kind=kind, label=label, amounts=amounts, source=OWN_FIGURE)


def _by_year(yearly: AmountRange | None, years: Sequence[int]) -> list[AmountRange | None]:
    return [None if yearly is None else yearly.times(count) for count in years]


def each(amounts: AmountRange, change: Callable[[Decimal], Decimal]) -> AmountRange:
    """Every end changed in the same way."""
    return AmountRange(change(amounts.low), change(amounts.typical), change(amounts.high))


def part_of(amounts: AmountRange, share: float) -> AmountRange:
    """A share of every end."""
    return each(amounts, lambda end: share_of(end, share))


def _same(flags: Iterable[Vat]) -> Vat:
    """What all say; unknown where they differ."""
    said = set(flags)
    return said.pop() if len(said) == 1 else "unknown"


def money(amounts: AmountRange | None, currency: str) -> MoneyRange:
    """A range as it is answered, to the cent."""
    if amounts is None:
        return MoneyRange(low=None, typical=None, high=None, currency=currency)
    return MoneyRange(
        low=to_cents(amounts.low),
        typical=to_cents(amounts.typical),
        high=to_cents(amounts.high),
        currency=currency,
    )


def sentences(notes: Iterable[str]) -> str | None:
    """Notes one after the other, each ended by a full stop; None where there are none."""
    ended = (note if note.endswith((".", "!", "?")) else f"{note}." for note in notes)
    return " ".join(dict.fromkeys(ended)) or None


def money_words(amount: Decimal, currency: str) -> str:
    """An amount in a sentence: cents below a hundred."""
    sign = CURRENCY_SIGNS.get(currency, currency)
    return f"{grouped(amount, 2 if abs(amount) < 100 else 0)}{THIN}{sign}"

"""The price of one item, in the requested currency, with its range, age and source.

The order of belief: the newest price of the very item, then (memory) the newest price per GiB of
its type, then the list price at launch, then "unknown". Nothing is ever made up.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Literal

from app.builds.assessment import Vat
from app.builds.assumptions import CostAssumptions, Remainder
from app.builds.spec import Condition
from app.catalogue.dates import first_day
from app.catalogue.facts import CpuFacts, ExchangeRateFacts, GpuFacts, MemoryModuleFacts, PriceFacts
from app.catalogue.snapshot import Catalogue
from app.costing.money import AmountRange, UnknownCurrencyError, convert, exchange_factor
from app.costing.prices import Choice, Observation, age_days, choose, spread
from app.estimator.kept import of_newest

#: Catalogue statuses of things no longer sold new.
SOLD_USED_ONLY = ("used", "used-market", "discontinued")
_ACCEPTED: dict[Condition, tuple[str | None, ...]] = {
    "new": ("new", None),
    "used": ("used",),
    "any": ("new", "used", None),
}


@dataclass(frozen=True, slots=True)
class ItemPrice:
    """What one item costs, in the requested currency; ``amounts`` is None where nobody knows."""

    amounts: AmountRange | None
    basis: str
    condition: str | None = None
    observed_on: str | None = None
    source: str | None = None
    notes: tuple[str, ...] = ()
    currency: str | None = None
    """Currency the price was seen in."""
    region: str | None = None
    vat: Vat = "unknown"
    age_days: int | None = None
    stale: bool = False
    """Old or undated; the range is widened already."""

    @property
    def typical(self) -> Decimal | None:
        """The typical amount; None where nobody knows it."""
        return None if self.amounts is None else self.amounts.typical


UNKNOWN = ItemPrice(None, "unknown")
#: Somebody entered nothing, or a slip: what is there already is said in the question instead.
FREE = ItemPrice(None, "unknown", notes=("The only price seen is zero, which is no price.",))


@dataclass(frozen=True)
class Pricer:
    """Prices items of one catalogue for one buyer: currency, condition and day."""

    catalogue: Catalogue
    data: CostAssumptions
    currency: str
    condition: Condition
    today: date
    rates: Mapping[str, ExchangeRateFacts] = field(default_factory=dict)
    _kept: dict[Hashable, tuple[object, ItemPrice]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @cached_property
    def per_eur(self) -> dict[str, Decimal]:
        """Units of each currency for one euro."""
        return {currency: rate.per_eur for currency, rate in self.rates.items()}

    def item(self, kind: str, slug: str, *, sold_used_only: bool = False) -> ItemPrice:
        """An item by slug, from what it was seen sold for.

        A thing ``sold_used_only`` has no shop price any more: where the last one is old, its used
        price counts even for a buyer of new things.
        """
        seen = [_observation(price) for price in self.catalogue.prices_of(kind, slug)]
        price = self._best(seen, _ACCEPTED[self.condition])
        if self.condition == "new" and sold_used_only and not self._is_current(price):
            used = self._best(seen, ("used",))
            if used is not None:
                return _noted(used, "No longer sold new: this is a used price.")
        if price is None and self.condition == "used":
            price = self._best(seen, ("new", None))
            return _noted(price, "No used price is known: this is a price of a new one.")
        return price or (FREE if any(o.usable and o.amount <= 0 for o in seen) else UNKNOWN)

    def system(self, slug: str) -> ItemPrice:
        """A complete machine; one that was only seen used is given at its used price."""
        return self._once(("system", slug), self, lambda: self._system(slug))

    def part(self, kind: str, fact: CpuFacts | GpuFacts) -> ItemPrice:
        """A CPU or GPU: as `item`, and failing that its list price at launch."""
        return self._once((kind, fact.slug), fact, lambda: self._part(kind, fact))

    def memory(self, module: MemoryModuleFacts) -> ItemPrice:
        """One module: its own recent price, else GiB times the recent price of its type."""
        return self._once(("memory-module", module.slug), module, lambda: self._module(module))

    def remainder(self, row: Remainder) -> ItemPrice:
        """A component of a self-built machine, as a dated range."""
        return self._once(("remainder", id(row)), row, lambda: self._remainder(row))

    def tariff(self, price: PriceFacts) -> ItemPrice:
        """One published price, taken as it stands: of a kWh, a million tokens or a GPU-hour.

        It has no spread of its own; where it is old its range is widened like any other.
        """
        return self._once(("tariff", id(price)), price, lambda: self._tariff(price))

    def memory_gib(self, memory_type: str, gib: float) -> ItemPrice:
        """An amount of memory of a type, where the modules are not named."""
        return self._memory([], memory_type, gib, except_slug=None)

    def _once(self, key: Hashable, of: object, work: Callable[[], ItemPrice]) -> ItemPrice:
        """What ``work`` found the first time it was asked for ``key``.

        ``of`` is the very thing that is priced: another one of the same name (a figure of it
        overridden) is priced anew.
        """
        known = self._kept.get(key)
        if known is None or known[0] is not of:
            known = (of, work())
            self._kept[key] = known
        return known[1]

    def _system(self, slug: str) -> ItemPrice:
        price = self.item("system", slug)
        if price.amounts is not None:
            return price
        used = self._best(map(_observation, self.catalogue.prices_of("system", slug)), ("used",))
        return _noted(used, "Seen used only: this is a used price.")

    def _part(self, kind: str, fact: CpuFacts | GpuFacts) -> ItemPrice:
        price = self.item(kind, fact.slug, sold_used_only=fact.status in SOLD_USED_ONLY)
        if price.amounts is not None or fact.launch_price_usd is None or self.condition == "used":
            return price
        launch = Observation(
            amount=fact.launch_price_usd,
            currency="USD",
            observed_from=first_day(fact.launch_date),
            observed_on=fact.launch_date,
            condition="new",
            source=fact.cell_sources.get("launch_price_usd", fact.source),
            region="US",
            vat="excluded",
        )
        found = self._priced(Choice(launch, ()), "launch-price")
        return _noted(found, "List price at launch; nobody was seen selling it at that price.")

    def _module(self, module: MemoryModuleFacts) -> ItemPrice:
        if module.size_gib is None:
            return self.item("memory-module", module.slug)
        own = [_observation(p) for p in self.catalogue.prices_of("memory-module", module.slug)]
        return self._memory(own, module.memory_type, module.size_gib, except_slug=module.slug)

    def _remainder(self, row: Remainder) -> ItemPrice:
        amounts = AmountRange.between(row.low, row.high)
        if row.low == row.high:
            amounts = spread(row.low, (), self.data.amount("single_price_spread"))
        found = ItemPrice(
            amounts=self._converted(amounts, row.currency),
            basis="range",
            observed_on=row.observed_on,
            source=row.source,
            notes=(row.notes,) if row.notes else (),
            currency=row.currency,
            region="US" if row.currency == "USD" else None,
            vat="excluded" if row.currency == "USD" else "unknown",
        )
        return self._aged(found, first_day(row.observed_on))

    def _tariff(self, price: PriceFacts) -> ItemPrice:
        try:
            amount = convert(
                price.amount / price.quantity, price.currency, self.currency, self.per_eur
            )
        except UnknownCurrencyError as error:
            return ItemPrice(None, "unknown", notes=(str(error),))
        found = ItemPrice(
            amounts=AmountRange.exactly(amount),
            basis="priced",
            observed_on=price.observed_on,
            source=price.source,
            currency=price.currency,
            region=price.region,
            vat=vat_of(price),
        )
        return self._aged(found, price.observed_from)

    def exchange_note(self, currencies: Iterable[str | None]) -> str | None:
        """The dated rates by which prices seen in ``currencies`` were converted; None if none."""
        foreign = {c for c in currencies if c is not None and c != self.currency}
        used = sorted((foreign | {self.currency} if foreign else set()) - {"EUR"})
        known = [self.rates[c] for c in used if c in self.rates]
        if not known:
            return None
        rates = ", ".join(f"{rate.per_eur.normalize():f} {rate.currency}" for rate in known)
        oldest = min(rate.observed_on for rate in known)
        return f"1 EUR = {rates} on {oldest.isoformat()}. Source: {known[0].source}"

    def _memory(
        self, own: list[Observation], memory_type: str, gib: float, except_slug: str | None
    ) -> ItemPrice:
        size = Decimal(repr(gib))
        of_type = [
            _observation(price, size)
            for price in self.catalogue.memory_prices_of(memory_type)
            if price.memory_gib and (except_slug is None or price.item_slug != except_slug)
        ]
        conditions = _ACCEPTED[self.condition]
        found = self._best(own + of_type, conditions, "memory_price_range_days")
        if found is None and self.condition == "used":
            found = self._best(own + of_type, ("new", None), "memory_price_range_days")
            return _noted(found, "No used price is known: this is a price of new memory.")
        return found or UNKNOWN

    def _best(
        self,
        seen: Iterable[Observation],
        conditions: Sequence[str | None],
        range_key: Literal["price_range_days", "memory_price_range_days"] = "price_range_days",
    ) -> ItemPrice | None:
        choice = choose(
            seen,
            conditions=conditions,
            currency=self.currency,
            fresh_days=int(self.data.amount("fresh_price_days")),
            range_days=int(self.data.amount(range_key)),
        )
        if choice is None:
            return None
        found = self._priced(choice, "priced" if choice.chosen.own else "per-gib")
        if choice.chosen.own:
            return found
        return _noted(found, "From the newest price per GiB of this type of memory.")

    def _priced(self, choice: Choice, basis: str) -> ItemPrice:
        chosen = choice.chosen
        try:
            neighbours = [
                convert(o.amount, o.currency, self.currency, self.per_eur)
                for o in choice.neighbours
            ]
            amount = convert(chosen.amount, chosen.currency, self.currency, self.per_eur)
        except UnknownCurrencyError as error:
            return ItemPrice(None, "unknown", notes=(str(error),))
        found = ItemPrice(
            amounts=spread(amount, neighbours, self.data.amount("single_price_spread")),
            basis=basis,
            condition=chosen.condition,
            observed_on=chosen.observed_on,
            source=chosen.source,
            notes=_kind_notes(chosen.kind),
            currency=chosen.currency,
            region=chosen.region,
            vat=chosen.vat,
        )
        return self._aged(found, chosen.observed_from)

    def _is_current(self, price: ItemPrice | None) -> bool:
        """True for a price that is known and not old."""
        return price is not None and self._is_recent(first_day(price.observed_on))

    def _is_recent(self, seen: date | None) -> bool:
        age = age_days(seen, self.today)
        return age is not None and age <= self.data.amount("stale_price_days")

    def _aged(self, price: ItemPrice, seen: date | None) -> ItemPrice:
        """Say how old a price is; widen the range of an old or undated one."""
        price = replace(price, age_days=age_days(seen, self.today))
        if price.amounts is None or self._is_recent(seen):
            return price
        words = (
            "The price is undated."
            if seen is None
            else f"The price is old ({price.observed_on}): its range is widened."
        )
        widened = price.amounts.widened(self.data.amount("stale_price_widening"))
        return _noted(replace(price, amounts=widened, stale=True), words)

    def _converted(self, amounts: AmountRange, currency: str) -> AmountRange | None:
        try:
            return amounts.times(exchange_factor(currency, self.currency, self.per_eur))
        except UnknownCurrencyError:
            return None


#: Buyers remembered: four currencies, three conditions, and the day before at midnight.
_BUYERS = 24


@of_newest
def _pricers(_: Catalogue) -> dict[tuple[str, Condition, date], Pricer]:
    """The pricers of one catalogue: what each worked out stays worked out."""
    return {}


def pricer_of(
    catalogue: Catalogue, data: CostAssumptions, currency: str, condition: Condition, today: date
) -> Pricer:
    """The pricer for a buyer, the same one while catalogue and day are the same."""
    known = _pricers(catalogue)
    found = known.get((currency, condition, today))
    if found is None or found.data is not data:
        rates = newest_rates(catalogue.exchange_rates)
        found = Pricer(catalogue, data, currency, condition, today, rates)
        while len(known) >= _BUYERS:
            known.pop(next(iter(known)), None)
        known[currency, condition, today] = found
    return found


def newest_rates(rates: Iterable[ExchangeRateFacts]) -> dict[str, ExchangeRateFacts]:
    """The newest stored rate of each currency."""
    newest: dict[str, ExchangeRateFacts] = {}
    for rate in rates:
        if rate.currency not in newest or newest[rate.currency].observed_on < rate.observed_on:
            newest[rate.currency] = rate
    return newest


def _observation(price: PriceFacts, of_gib: Decimal | None = None) -> Observation:
    """A stored price as the price of one item, or of ``of_gib`` GiB of the same kind of memory."""
    amount = price.amount / price.quantity
    if of_gib is not None and price.memory_gib:
        amount = price.amount / Decimal(repr(price.memory_gib)) * of_gib
    return Observation(
        amount=amount,
        currency=price.currency,
        observed_from=price.observed_from,
        observed_on=price.observed_on,
        condition=price.condition,
        source=price.source,
        kind=price.price_kind,
        region=price.region,
        usable=price.usable,
        own=of_gib is None,
        vat=vat_of(price),
    )


def vat_of(price: PriceFacts) -> Vat:
    """Whether a price contains VAT or sales tax.

    As its own row says, in its field or in words. Else: prices seen in the US are before sales
    tax, as they are always given there; shops in Europe have to show theirs with VAT.
    """
    if price.vat == "included" or price.vat == "excluded":
        return price.vat
    said = f"{price.name} {price.notes or ''}".lower()
    if "vat included" in said or "incl. vat" in said or "incl. taxes" in said:
        return "included"
    if "vat" in said:
        return "unknown"
    if price.region == "US":
        return "excluded"
    european = price.region is not None and price.currency in ("EUR", "GBP", "CHF")
    return "included" if european and price.price_kind == "retail" else "unknown"


def _kind_notes(kind: str | None) -> tuple[str, ...]:
    words = {
        "wholesale": "A wholesale price: shops ask more.",
        "spot": "A wholesale price: shops ask more.",
        "estimate": "Somebody's estimate, not an offer.",
        "used-estimate": "Somebody's estimate, not an offer.",
        "sum-of-parts": "The sum of its parts' prices on that day.",
        "list": "The vendor's list price.",
    }
    return (words[kind],) if kind in words else ()


def _noted(price: ItemPrice | None, note: str) -> ItemPrice:
    """The price with one more note; unknown stays unknown and needs none."""
    if price is None or price.amounts is None:
        return price or UNKNOWN
    return replace(price, notes=(*price.notes, note))

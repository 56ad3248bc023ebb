"""What one catalogued thing costs new and used today, and what it was seen sold for before."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, Literal

from app.builds.assess import World
from app.builds.assessment import Vat
from app.builds.costs.pricing import ItemPrice, Pricer, pricer_of, vat_of
from app.builds.spec import Condition, Currency
from app.catalogue.facts import Fact, MemoryModuleFacts, PriceFacts
from app.costing.money import UnknownCurrencyError, convert

#: Kinds of things one can buy, and what prices call one of them.
SOLD: Final[Mapping[str, str]] = {
    "cpus": "cpu",
    "gpus": "gpu",
    "memory-modules": "memory-module",
    "systems": "system",
}
Sale = Literal["new", "used"]
SALES: Final[tuple[Sale, ...]] = ("new", "used")


@dataclass(frozen=True, slots=True)
class CurrentPrices:
    """The price to believe, new and used; None where nobody was seen selling it so.

    Where even ``new`` is None, ``at_launch`` may say what it cost then.
    """

    new: ItemPrice | None
    used: ItemPrice | None
    at_launch: ItemPrice | None = None

    def of(self, sale: Sale) -> ItemPrice | None:
        """One of the two."""
        return self.new if sale == "new" else self.used


NO_PRICES: Final = CurrentPrices(None, None)


@dataclass(frozen=True, slots=True)
class Seen:
    """One price somebody saw: as it was asked, and in the reader's currency at today's rate."""

    facts: PriceFacts
    amount: Decimal | None
    each: Decimal
    vat: Vat

    @property
    def dated(self) -> bool:
        """Whether it can stand on a time axis, and is believed."""
        return (
            self.facts.observed_from is not None and self.amount is not None and self.facts.usable
        )


def current_prices(
    kind: str, world: World, today: date, currency: Currency = "EUR"
) -> dict[str, CurrentPrices]:
    """Today's prices of everything of a kind, by slug; empty for kinds nobody sells.

    They are the ones a bill of materials counts with, as `Pricer` chooses them.
    """
    if kind not in SOLD:
        return {}
    pricers = {sale: _pricer(world, today, currency, sale) for sale in SALES}
    return {
        slug: _prices(kind, fact, pricers) for slug, fact in world.catalogue.of_kind(kind).items()
    }


def prices_seen(
    kind: str, slug: str, world: World, today: date, currency: Currency = "EUR"
) -> list[Seen]:
    """All prices of one thing, newest first and undated last."""
    if kind not in SOLD:
        return []
    pricer = _pricer(world, today, currency, "any")
    return [_seen(price, pricer) for price in world.catalogue.prices_of(SOLD[kind], slug)]


def exchange_note(seen: list[Seen], world: World, today: date, currency: Currency = "EUR") -> str:
    """The dated rates that foreign prices were converted by; empty where none was."""
    pricer = _pricer(world, today, currency, "any")
    return pricer.exchange_note(price.facts.currency for price in seen) or ""


def _pricer(world: World, today: date, currency: Currency, condition: Condition) -> Pricer:
    return pricer_of(world.catalogue, world.costs, currency, condition, today)


def _prices(kind: str, fact: Fact, pricers: Mapping[Sale, Pricer]) -> CurrentPrices:
    new = _asked(kind, fact, pricers["new"])
    used = _asked(kind, fact, pricers["used"])
    at_launch = None
    if new is not None and new.basis == "launch-price":
        new, at_launch = None, new
    return CurrentPrices(
        new=new if new is not None and new.condition != "used" else None,
        used=used if used is not None and used.condition == "used" else None,
        at_launch=at_launch,
    )


def _asked(kind: str, fact: Fact, pricer: Pricer) -> ItemPrice | None:
    if isinstance(fact, MemoryModuleFacts):
        found = pricer.memory(fact)
    else:
        found = pricer.item(SOLD[kind], fact.slug)
        if found.amounts is None and kind in ("cpus", "gpus"):
            found = pricer.part(SOLD[kind], fact)  # type: ignore[arg-type]  # of these kinds
    return None if found.amounts is None else found


def _seen(price: PriceFacts, pricer: Pricer) -> Seen:
    each = price.amount / price.quantity
    try:
        amount = convert(each, price.currency, pricer.currency, pricer.per_eur)
    except UnknownCurrencyError:
        amount = None
    return Seen(price, amount, each, vat_of(price))

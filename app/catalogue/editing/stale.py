"""Prices that are older than the catalogue lets a price be, where nothing newer is known."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from app.catalogue.facts import PriceFacts

_Key = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class StalePrice:
    """The newest usable price of an item, and how old it is; None where it is undated."""

    price: PriceFacts
    age_days: int | None


def stale_prices(
    prices: Iterable[PriceFacts], older_than_days: float, today: date
) -> list[StalePrice]:
    """The newest price of each item and condition that is too old, oldest first, undated last."""
    newest: dict[_Key, PriceFacts] = {}
    for price in prices:
        if not price.usable:
            continue
        key = _key(price)
        known = newest.get(key)
        if known is None or _day(known) < _day(price):
            newest[key] = price
    found = [StalePrice(price, _age(price, today)) for price in newest.values()]
    old = [s for s in found if s.age_days is None or s.age_days > older_than_days]
    return sorted(old, key=lambda s: (s.age_days is None, -(s.age_days or 0), s.price.slug))


def _key(price: PriceFacts) -> _Key:
    """What a newer price of would make this one old news."""
    item = price.item_slug or price.name
    return (price.item_kind, item, price.condition, price.provider, price.token_direction)


def _day(price: PriceFacts) -> date:
    return price.observed_from or date.min


def _age(price: PriceFacts, today: date) -> int | None:
    return None if price.observed_from is None else (today - price.observed_from).days

"""A catalogue with prices of our own, so that a test stands when the shipped ones are renewed."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal

from app.catalogue.facts import ExchangeRateFacts, PriceFacts
from app.catalogue.snapshot import Catalogue, _price_index


def with_prices(
    catalogue: Catalogue,
    prices: Iterable[PriceFacts],
    rates: Iterable[ExchangeRateFacts] | None = None,
) -> Catalogue:
    """The same parts and models at other prices and, where given, other exchange rates."""
    kept = tuple(prices)
    return replace(
        catalogue,
        prices=kept,
        exchange_rates=catalogue.exchange_rates if rates is None else tuple(rates),
        _prices=_price_index(kept),
    )


def price(
    catalogue: Catalogue, kind: str, item: str | None, amount: str, day: str, **more: object
) -> PriceFacts:
    """One price: in EUR, new, for one, from a shop in Germany, unless said otherwise."""
    months = [int(part) for part in day.split("-")]
    given: dict[str, object] = {
        "slug": f"{kind}-{item}-{day}-{more.get('token_direction', '')}",
        "name": item or kind,
        "source": "example",
        "notes": None,
        "item_kind": kind,
        "item_slug": item,
        "amount": Decimal(amount),
        "currency": "EUR",
        "quantity": Decimal(1),
        "unit": "each",
        "condition": "new",
        "region": "DE",
        "observed_on": day,
        "observed_from": date(*months),
        "usable": True,
        "price_kind": "retail",
        "memory_type": None,
        "memory_gib": None,
        "provider": None,
        "token_direction": None,
        **more,
    }
    return catalogue.prices[0].model_copy(update=given)


def dollars(catalogue: Catalogue, per_eur: str) -> ExchangeRateFacts:
    """What one euro is worth on 30 October 2026."""
    return catalogue.exchange_rates[0].model_copy(
        update={
            "slug": "eur-usd-example",
            "currency": "USD",
            "per_eur": Decimal(per_eur),
            "observed_on": date(2026, 10, 30),
        }
    )

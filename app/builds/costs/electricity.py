"""Which electricity price counts: the buyer's own, else the newest of the country asked for."""

import re
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from app.builds.costs.pricing import UNKNOWN, ItemPrice, Pricer
from app.builds.problems import InvalidSpecError, Problem
from app.builds.spec import EconomicsSpec
from app.catalogue.facts import PriceFacts
from app.catalogue.snapshot import Catalogue, slugify
from app.costing.money import AmountRange
from app.estimator.kept import of_newest

FIELD = "economics.electricity_country"
DEFAULT_TARIFF = "eu-household"
OWN_FIGURE = "Your own figure"
#: What a row's name says besides whose price it is.
_NOT_OF_THE_NAME = re.compile(r", incl\. taxes|, per kWh| average\b")


@of_newest
def tariffs(catalogue: Catalogue) -> Mapping[str, PriceFacts]:
    """The newest price of a kWh of each kind of customer, by slug: ``germany-household``."""
    newest: dict[str, PriceFacts] = {}
    for price in catalogue.prices:
        if price.item_kind != "electricity" or not price.usable or price.observed_from is None:
            continue
        slug = slugify(tariff_name(price))
        known = newest.get(slug)
        if (
            known is None
            or known.observed_from is None
            or known.observed_from < price.observed_from
        ):
            newest[slug] = price
    return MappingProxyType(dict(sorted(newest.items())))


def tariff_name(price: PriceFacts) -> str:
    """Whose price it is: "Germany household", "EU non-household"."""
    return _NOT_OF_THE_NAME.sub("", price.name)


def tariff_slug(asked: str | None, catalogue: Catalogue) -> str | None:
    """The slug of the tariff somebody means: itself, or a country with one household price.

    Raises:
        InvalidSpecError: no tariff is called that; the sentence names those there are.
    """
    if asked is None:
        return None
    known, wanted = tariffs(catalogue), slugify(asked)
    for slug in (wanted, f"{wanted}-household"):
        if slug in known:
            return slug
    sentence = f"No electricity price is known for “{asked}”. Use one of: {', '.join(known)}."
    raise InvalidSpecError([Problem(FIELD, sentence)])


def electricity_price(economics: EconomicsSpec, pricer: Pricer) -> ItemPrice:
    """What a kWh costs, in the requested currency: the buyer's own price wins."""
    if economics.electricity_per_kwh is not None:
        own = AmountRange.exactly(economics.electricity_per_kwh)
        return ItemPrice(own, "quoted", source=OWN_FIGURE)
    found = tariffs(pricer.catalogue).get(economics.electricity_country or DEFAULT_TARIFF)
    if found is None:
        return UNKNOWN
    price = pricer.tariff(found)
    return replace(price, source=f"{found.name}: {found.source}")

"""The same work done elsewhere: hosted APIs of the very model, rent of the very GPUs."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from operator import itemgetter
from typing import Literal

from app.builds.costs.pricing import ItemPrice, Pricer
from app.builds.costs.work import CASES, Case, Load, Work
from app.builds.parts import Parts
from app.catalogue.facts import PriceFacts
from app.catalogue.snapshot import Catalogue
from app.costing.demand import per_year
from app.costing.money import AmountRange, total
from app.costing.per_token import priced_tokens
from app.estimator.kept import of_newest

#: Offers shown of each kind; all of them are in the catalogue.
MOST_SHOWN = 6
#: Kinds of rent somebody can take and keep. Spot machines are taken away, averages nobody offers.
_OFFERED = ("on-demand", "community", "marketplace")
_ORGANISATION = re.compile(r"^[\w.-]+/")
_PROVIDER_AND_DIRECTION = re.compile(r"\s{0,4}\([^()]*\)\s{1,4}(input|output)$")
_SPELLED_POINT = re.compile(r"(?<=\d)[p_](?=\d)")


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """One offer. ``per_year`` is in the requested currency, by case: None where unknown.

    The low case is the owner's: fast, so that more is served and the others cost more.
    """

    kind: Literal["api", "rented"]
    provider: str
    offer: str
    prices: tuple[ItemPrice, ...]
    """Of an API input and output per million tokens; of rent an hour of each kind of GPU."""
    per_year: AmountRange | None
    per_hour: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Offers:
    """The offers of a kind, and what is to be said where there are none or too many."""

    found: tuple[Elsewhere, ...]
    note: str | None


def hosted(parts: Parts, pricer: Pricer, work: Work, loads: Mapping[Case, Load]) -> Offers:
    """APIs that serve the build's model, newest price first, then the cheapest."""
    pairs: dict[tuple[str, str], dict[str, PriceFacts]] = {}
    for price in _hosted_prices(pricer.catalogue).of(parts.model.slug):
        name = _PROVIDER_AND_DIRECTION.sub("", price.name)
        known = pairs.setdefault((price.provider or "", name), {})
        _keep_newest(known, price.token_direction or "", price)
    found = [
        _api(provider, name, both["input"], both["output"], pricer, work, loads)
        for (provider, name), both in pairs.items()
        if {"input", "output"} <= both.keys()
    ]
    if not found:
        return Offers((), f"No hosted price of {parts.model.name} is known.")
    return _shown(found, "hosted prices are shown: the newest, then the cheapest")


def rented(parts: Parts, pricer: Pricer, hours_per_day: float) -> Offers:
    """The build's GPUs by the hour, for the hours under load, cheapest first.

    Of each provider the prices of its newest day count; all must be of one season with the newest.
    A build with several kinds of GPU is not compared: nobody offers such a machine.
    """
    if not parts.gpus:
        return Offers((), "There are no GPUs to rent.")
    names = " and ".join(dict.fromkeys(group.gpu.name for group in parts.gpus))
    unknown = f"Nobody in the catalogue rents out {names}."
    if len({group.gpu.slug for group in parts.gpus}) > 1:
        return Offers((), "Rent is compared for GPUs of one kind only.")
    count = sum(group.count for group in parts.gpus) * parts.nodes
    prices = _offered(pricer, parts.gpus[0].gpu.slug)
    found = [_rent(price, count, pricer, hours_per_day) for price in prices]
    return _shown(found, "offers of rent are shown: the cheapest") if found else Offers((), unknown)


@dataclass(frozen=True, slots=True)
class HostedPrices:
    """Prices per token of a catalogue, each with its place in it, by what says whose they are."""

    by_slug: Mapping[str, Sequence[tuple[int, PriceFacts]]]
    by_name: Mapping[str, Sequence[tuple[int, PriceFacts]]]  # of prices without a slug

    def of(self, model: str) -> list[PriceFacts]:
        """Prices of a model: by its slug, else by a name that is only spelled otherwise.

        A name with anything more ("turbo", "fp8", a month) may be another model and is left out.
        """
        found = [*self.by_slug.get(model, ()), *self.by_name.get(_bare(model), ())]
        return [price for _, price in sorted(found, key=itemgetter(0))]


@of_newest
def _hosted_prices(catalogue: Catalogue) -> HostedPrices:
    by_slug: dict[str, list[tuple[int, PriceFacts]]] = {}
    by_name: dict[str, list[tuple[int, PriceFacts]]] = {}
    for place, price in enumerate(catalogue.prices):
        if price.item_kind == "api-mtok" and price.usable:
            index, key = (by_slug, price.item_slug) if price.item_slug else (by_name, "")
            index.setdefault(key or _bare(price.name), []).append((place, price))
    return HostedPrices(by_slug, by_name)


def _bare(name: str) -> str:
    """ "Meta-Llama-3_3-70B-Instruct (ovhcloud) input" -> "llama3.370binstruct"."""
    plain = _ORGANISATION.sub("", _PROVIDER_AND_DIRECTION.sub("", name)).lower()
    return _SPELLED_POINT.sub(".", plain).removeprefix("meta-").replace("-", "")


def _keep_newest(known: dict[str, PriceFacts], key: str, price: PriceFacts) -> None:
    if key not in known or _day(known[key]) < _day(price):
        known[key] = price


def _api(
    provider: str,
    name: str,
    price_in: PriceFacts,
    price_out: PriceFacts,
    pricer: Pricer,
    work: Work,
    loads: Mapping[Case, Load],
) -> Elsewhere:
    prices = (pricer.tariff(price_in), pricer.tariff(price_out))
    return Elsewhere("api", provider, name, prices, _api_year(prices, work, loads))


def _api_year(
    prices: tuple[ItemPrice, ItemPrice], work: Work, loads: Mapping[Case, Load]
) -> AmountRange | None:
    """What the served requests cost there in a year; a fast machine serves more of them."""
    per_input, per_output = prices[0].amounts, prices[1].amounts
    requests: dict[Case, float | None] = {
        "low": loads["high"].requests,
        "typical": loads["typical"].requests,
        "high": loads["low"].requests,
    }
    if per_input is None or per_output is None:
        return None
    ends: dict[Case, Decimal] = {}
    for case in CASES:
        count = requests[case]
        if count is None:
            return None
        ends[case] = priced_tokens(
            count * work.input_tokens,
            count * work.generated_tokens,
            getattr(per_input, case),
            getattr(per_output, case),
        )
    return AmountRange(**ends)


def _offered(pricer: Pricer, gpu: str) -> list[PriceFacts]:
    """Prices somebody asks now: each provider's newest, all within a season of the newest."""
    seen = [
        price
        for price in pricer.catalogue.prices_of("cloud-gpu-hour", gpu)
        if price.usable and price.price_kind in _OFFERED
    ]
    newest_of: dict[tuple[str, str | None], date] = {}
    for price in seen:
        newest_of[_seller(price)] = max(newest_of.get(_seller(price), date.min), _day(price))
    newest = max(newest_of.values(), default=date.min)
    season = timedelta(days=int(pricer.data.amount("fresh_price_days")))
    return [p for p in seen if _day(p) == newest_of[_seller(p)] and newest - _day(p) <= season]


def _seller(price: PriceFacts) -> tuple[str, str | None]:
    """Whose price it is: "runpod secure" and "runpod" are one house."""
    return (price.provider or "").split(" ")[0].lower(), price.price_kind


def _rent(price: PriceFacts, count: int, pricer: Pricer, hours_per_day: float) -> Elsewhere:
    found = pricer.tariff(price)
    hours = Decimal(repr(per_year(1.0, hours_per_day)))
    every = None if found.amounts is None else found.amounts.times(count)
    return Elsewhere(
        "rented",
        price.provider or "unnamed",
        f"{count} × {price.name}" if count > 1 else price.name,
        (found,),
        None if every is None else every.times(hours),
        None if every is None else every.typical,
    )


def _shown(found: Iterable[Elsewhere], which: str) -> Offers:
    ranked = sorted(found, key=_rank)
    note = None
    if len(ranked) > MOST_SHOWN:
        note = f"{MOST_SHOWN} of {len(ranked)} {which}."
    return Offers(tuple(ranked[:MOST_SHOWN]), note)


def _rank(offer: Elsewhere) -> tuple[int, Decimal, str]:
    """APIs newest first; rent is one season already, so cheapest first. Unknown comes last."""
    age = max(price.age_days or 0 for price in offer.prices) if offer.kind == "api" else 0
    known = [price.amounts.typical for price in offer.prices if price.amounts is not None]
    asked = total(AmountRange.exactly(amount) for amount in known)
    cost = offer.per_year.typical if offer.per_year else asked.typical if asked else Decimal("Inf")
    return age, cost, offer.offer


def _day(price: PriceFacts) -> date:
    return price.observed_from or date.min

"""Changing one price changes what rests on it, and nothing else."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from app.builds.assess import World, assess
from app.builds.query import spec_from_query
from app.catalogue.facts import PriceFacts
from tests.builds.pinned import with_prices

TODAY = date(2026, 11, 21)
BUILD = (
    "cpu=amd-ryzen-9-9950x&module=udimm-ddr5-5600-48gb&modules=2&gpu=nvidia-geforce-rtx-4090"
    "&model=llama-3.1-8b-instruct&demand=300&spares=0.1&loss=0.4&cooling=0.2"
)
#: What follows from the sum of the purchase.
FROM_PURCHASE = {
    "purchase",
    "cost_over_years",
    "per_million_tokens",
    "per_million_input",
    "per_million_output",
    "tco.lines.purchase",
    "tco.lines.spares",
    "tco.lines.resale",
    "tco.totals",
    "break_even.sentence",
    "break_even.upfront",
    "break_even.points",
    "break_even.alternatives.api",
    "break_even.alternatives.rented",
}
FROM_ELECTRICITY = {
    "electricity_per_kwh",
    "energy_per_year",
    "energy_per_million_generated",
    "cost_over_years",
    "per_million_tokens",
    "per_million_input",
    "per_million_output",
    "tco.lines.energy",
    "tco.lines.cooling",
    "tco.totals",
    "break_even.sentence",
    "break_even.per_month",
    "break_even.points",
    "break_even.alternatives.api",
    "break_even.alternatives.rented",
}


def pieces(world: World) -> dict[str, Any]:
    """The answer in named pieces: the cost line by line, everything else whole."""
    answer = assess(spec_from_query(BUILD), world, TODAY).model_dump(mode="json")
    cost = answer.pop("cost")
    tco, against = cost.pop("tco"), cost.pop("break_even")
    found = {f"answer.{key}": value for key, value in answer.items()}
    for line in cost.pop("lines"):
        found[f"lines.{line['kind']}"] = line
    for line in tco.pop("lines"):
        found[f"tco.lines.{line['kind']}"] = line
    for kind in ("api", "rented"):
        offers = [a for a in against["alternatives"] if a["kind"] == kind]
        found[f"break_even.alternatives.{kind}"] = offers
    del against["alternatives"]
    found |= {f"tco.{key}": value for key, value in tco.items()}
    found |= {f"break_even.{key}": value for key, value in against.items()}
    return found | cost


def changed(world: World, other: World) -> set[str]:
    before, after = pieces(world), pieces(other)
    assert before.keys() == after.keys()
    return {key for key in before if before[key] != after[key]}


def dearer(world: World, is_it: Callable[[PriceFacts], bool]) -> World:
    """The same world, in which the prices that ``is_it`` finds are a tenth higher."""
    catalogue = world.catalogue
    raised = [
        p.model_copy(update={"amount": p.amount * Decimal("1.1")}) if is_it(p) else p
        for p in catalogue.prices
    ]
    assert sum(a is not b for a, b in zip(raised, catalogue.prices, strict=True)) > 0
    return replace(world, catalogue=with_prices(catalogue, raised))


def test_the_price_of_a_gpu_moves_its_line_and_what_is_summed_from_it(world: World) -> None:
    other = dearer(
        world, lambda p: (p.item_kind, p.item_slug) == ("gpu", "nvidia-geforce-rtx-4090")
    )
    assert changed(world, other) == {"lines.gpu", *FROM_PURCHASE}


def test_the_price_of_another_gpu_moves_nothing(world: World) -> None:
    other = dearer(
        world, lambda p: (p.item_kind, p.item_slug) == ("gpu", "nvidia-geforce-rtx-3090")
    )
    assert changed(world, other) == set()


def test_the_price_of_electricity_moves_running_costs_only(world: World) -> None:
    other = dearer(world, lambda p: p.name.startswith("EU average household"))
    assert changed(world, other) == FROM_ELECTRICITY


def test_the_electricity_of_another_country_moves_nothing(world: World) -> None:
    other = dearer(world, lambda p: p.region == "Germany")
    assert changed(world, other) == set()


def test_the_price_of_an_api_moves_the_comparison_with_it_only(world: World) -> None:
    other = dearer(
        world,
        lambda p: (p.item_kind, p.item_slug) == ("api-mtok", "llama-3.1-8b-instruct"),
    )
    assert changed(world, other) == {
        "break_even.alternatives.api",
        "break_even.points",
        "break_even.sentence",
    }


def test_the_price_of_rent_moves_the_comparison_with_it_only(world: World) -> None:
    rent = ("cloud-gpu-hour", "nvidia-geforce-rtx-4090")
    other = dearer(world, lambda p: (p.item_kind, p.item_slug) == rent)
    assert changed(world, other) == {
        "break_even.alternatives.rented",
        "break_even.points",
        "break_even.sentence",
    }


def test_an_exchange_rate_moves_every_price_seen_in_that_currency(world: World) -> None:
    catalogue = world.catalogue
    rates = [
        r.model_copy(update={"per_eur": r.per_eur * 2}) if r.currency == "USD" else r
        for r in catalogue.exchange_rates
    ]
    other = replace(world, catalogue=with_prices(catalogue, catalogue.prices, rates))
    before, after = pieces(world), pieces(other)
    lines = {key for key in before if key.startswith("lines.")}
    assert changed(world, other) == {*lines, *FROM_PURCHASE, "exchange_note"}
    for key in lines:
        assert Decimal(after[key]["typical"]) == pytest.approx(
            Decimal(before[key]["typical"]) / 2, abs=Decimal("0.01")
        )


def test_an_exchange_rate_of_a_currency_nobody_asked_in_moves_nothing(world: World) -> None:
    catalogue = world.catalogue
    rates = [
        r.model_copy(update={"per_eur": r.per_eur * 2}) if r.currency == "CHF" else r
        for r in catalogue.exchange_rates
    ]
    other = replace(world, catalogue=with_prices(catalogue, catalogue.prices, rates))
    assert changed(world, other) == set()

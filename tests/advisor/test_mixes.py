"""Cards of two kinds in one computer: the asker's own beside others."""

from collections import Counter
from datetime import date
from decimal import Decimal

import numpy as np
import pytest

from app.advisor.advise import Search, prepare
from app.advisor.question import AdvisorSpec, Limits, ModelChoice, Owned
from app.advisor.search.best import Builds
from app.advisor.search.pairs import Block
from app.advisor.search.serving import serve
from app.advisor.space.library import library_of
from app.builds.answers.verdicts import plain_limits
from app.builds.assess import World, assess
from app.builds.spec import GpuSlot
from tests.advisor.sample import as_builds, everything

TODAY = date(2026, 11, 21)
OWN, OTHER = "nvidia-geforce-rtx-3090", "nvidia-geforce-rtx-5070-ti"


def question(*owned: tuple[str, int], **limits: object) -> AdvisorSpec:
    """70B on the cards somebody has, beside others."""
    return AdvisorSpec(
        service="any",
        models=ModelChoice(models=("llama-3.3-70b-instruct",), quantizations=("q4_k_m",)),
        limits=Limits.model_validate({"condition": "any", **limits}),
        owned=Owned(gpus=tuple(GpuSlot(gpu=gpu, count=count) for gpu, count in owned)),
    )


def with_cards(ready: Search, *cards: tuple[str, int]) -> Builds:
    """Builds with just these cards that hold the model by layers split over them."""
    market = ready.offers.market
    for block in everything(ready).blocks():
        mine = np.array(
            [
                c < len(market.plugged) and market.plugged[c].name == cards
                for c in block.machines.cards
            ],
            dtype=bool,
        )
        if block.rows.placement == "layer-split" and mine.any():
            return of(ready, block.some(mine))
    raise AssertionError(f"no builds with {cards}")


def of(ready: Search, block: Block) -> Builds:
    limits = plain_limits(ready.world.limits)
    return as_builds(ready, block, serve(ready.tables, block.rows, ready.needs, limits))


def test_cards_we_have_are_billed_at_nothing_beside_those_we_buy(world: World) -> None:
    """One of two RTX 3090 is there already, and two RTX 5070 Ti are bought.

    So the bill has one line at zero and two cards at their price, and the advisor's price is its
    sum: parts of the computer, twice the card, and a power supply for all three.
    """
    ready = prepare(question((OWN, 1), open_frame=True), world, TODAY)
    builds = with_cards(ready, (OWN, 1), (OTHER, 2))
    spec = ready.spec_of(builds, 0)
    assert spec.economics.owned_gpus == 1
    assert [(slot.gpu, slot.count) for slot in spec.machine.gpus] == [(OWN, 1), (OTHER, 2)]
    found = assess(spec, world, TODAY)
    lines = [line for line in found.cost.lines if line.kind == "gpu"]
    assert [(line.slug, line.quantity, line.basis == "owned") for line in lines] == [
        (OWN, 1, True),
        (OTHER, 2, False),
    ]
    assert lines[0].typical == 0
    each = Decimal(str(ready.offers.gpu_cost[OTHER]))
    assert lines[1].typical == pytest.approx(2 * each, abs=Decimal("0.01"))
    rest = [line.typical or Decimal(0) for line in found.cost.lines if line.kind != "gpu"]
    assert found.cost.purchase.typical == pytest.approx(sum(rest) + 2 * each, abs=Decimal("0.05"))
    assert found.cost.purchase.typical == Decimal(int(builds.cost_cents[0])) / 100


def test_of_a_kind_we_have_too_few_of_only_the_rest_is_paid(world: World) -> None:
    """One RTX 3090 and one RTX 5070 Ti are there: of two RTX 5070 Ti one is bought."""
    ready = prepare(question((OWN, 1), (OTHER, 1), open_frame=True), world, TODAY)
    builds = with_cards(ready, (OWN, 1), (OTHER, 2))
    spec = ready.spec_of(builds, 0)
    assert spec.economics.owned_gpus == 2
    found = assess(spec, world, TODAY)
    paid = {
        (line.slug, line.basis == "owned"): line.quantity
        for line in found.cost.lines
        if line.kind == "gpu"
    }
    assert paid == {(OWN, True): 1, (OTHER, True): 1, (OTHER, False): 1}
    assert found.cost.purchase.typical == Decimal(int(builds.cost_cents[0])) / 100


def test_every_set_of_cards_is_there_once(world: World) -> None:
    """Two kinds that are both owned are one set, named by the kind that is all owned."""
    owned = {OWN: 2, OTHER: 1}
    ready = prepare(question(*owned.items()), world, TODAY)
    mixed = [added for added in ready.offers.market.plugged if len(added.groups) == 2]
    assert mixed
    sets = Counter((frozenset(added.name), added.link) for added in mixed)
    assert set(sets.values()) == {1}
    for added in mixed:
        first, second = added.groups
        assert first.count <= owned[first.gpu.slug]
        assert first.gpu.slug != second.gpu.slug
    both = {added.name for added in mixed if {slug for slug, _ in added.name} == set(owned)}
    assert {((OWN, 1), (OTHER, 1)), ((OWN, 2), (OTHER, 6)), ((OTHER, 1), (OWN, 3))} <= both
    assert ((OTHER, 1), (OWN, 1)) not in both


def test_who_has_no_cards_searches_the_market_as_it_is(world: World) -> None:
    """Nothing is added for the many, and what was found out about computers is shared."""
    library = library_of(world)
    ready = prepare(question(), world, TODAY)
    with_own = prepare(question((OWN, 1)), world, TODAY)
    assert ready.offers.market is library.market
    assert ready.offers.market.cards.of.any_mixed is False
    assert with_own.offers.market.hosts is library.market.hosts
    assert with_own.offers.cpus is ready.offers.cpus
    assert prepare(question((OWN, 1)), world, TODAY).offers is with_own.offers

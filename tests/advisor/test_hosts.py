"""Computers the search leaves out are beaten by one it keeps, and being beaten is never faster."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from app.advisor.advise import prepare
from app.advisor.question import AdvisorSpec, ModelChoice
from app.advisor.search.rows import Request, Rows, Tables, estimate_rows
from app.advisor.space.hosts import Index
from app.advisor.space.library import library_of
from app.advisor.space.offers import Buyer, Offers
from app.builds.assess import World
from app.builds.spec import Condition, Currency
from app.estimator.workload import Placement

TODAY = date(2026, 11, 21)
#: Rounding of a sum of terms in another order.
HAIR = 1e-12
MODELS = ("llama-3.1-8b-instruct", "qwen3-30b-a3b", "qwen3-next-80b-a3b-instruct")
ENGINES = ("llama.cpp-cpu", "ik_llama.cpp-cpu", "llama.cpp-cuda", "ik_llama.cpp-cuda")


def beats(offers: Offers, one: Index, other: int) -> np.ndarray:
    """Which of some computers equal or beat another in price, watts and strength."""
    found = (offers.host_cost[one] <= offers.host_cost[other]) & (
        offers.host_watts_dc[one] <= offers.host_watts_dc[other]
    )
    for column in (*offers.strength.answers, *offers.strength.others):
        found &= np.nan_to_num(column[one], nan=-1.0) >= np.nan_to_num(column[other], nan=-1.0)
    return found


@pytest.mark.parametrize("currency", ["EUR", "USD"])
@pytest.mark.parametrize("condition", ["new", "any"])
def test_what_is_left_out_is_beaten(currency: Currency, condition: Condition, world: World) -> None:
    offers = library_of(world).offers(Buyer(currency, condition, TODAY))
    memory = offers.market.hosts.rows.figures["memory_gib"]
    for_sale = ~np.isnan(offers.host_cost + offers.host_watts_dc)
    chance = np.random.default_rng(5)
    for least in (0.0, 17.0, 64.0, 500.0):
        kept = offers.hosts_of_size(int(np.searchsorted(offers.sizes_gib, least)))
        assert np.all(memory[kept] >= least)
        assert np.all(for_sale[kept])
        out = np.setdiff1d(np.flatnonzero(for_sale & (memory >= least)), kept)
        for host in chance.choice(out, size=min(400, out.size), replace=False):
            assert beats(offers, kept, int(host)).any()
        for host in chance.choice(kept, size=min(50, kept.size), replace=False):
            others = kept[kept != host]
            assert not beats(offers, others, int(host)).any(), "two of them say the same"
    beyond = int(np.searchsorted(offers.sizes_gib, float(memory.max()) + 1))
    assert not offers.hosts_of_size(beyond).size


@pytest.fixture(scope="module")
def tables(world: World) -> Tables:
    """Every computer there is, with a few models."""
    question = AdvisorSpec(
        models=ModelChoice(models=MODELS, quantizations=("q4_k_m", "q8_0"), engines=ENGINES)
    )
    ready = prepare(question, world, TODAY)
    market = ready.offers.market
    return replace(
        ready.tables, cpus=market.cpus, cpu_row=np.arange(len(market.cpus), dtype=np.intp)
    )


def some_rows(
    tables: Tables, placement: Placement, cpus: Index, cards: Index, deployment: int
) -> Rows:
    on_cpu = placement == "cpu-only"
    return Rows(
        placement=placement,
        serving=bool(tables.deployments.serving[deployment]),
        linear=bool(tables.deployments.linear[deployment]),
        cards=np.zeros(0, dtype=np.intp) if on_cpu else cards,
        cpus=cpus,
        deployment=np.full(len(cpus), deployment, dtype=np.intp),
    )


@pytest.mark.parametrize("placement", ["cpu-only", "layer-offload", "expert-offload"])
@pytest.mark.parametrize("active", [1.0, 6.0])
def test_a_stronger_computer_is_never_slower(
    placement: Placement, active: float, world: World, tables: Tables
) -> None:
    """Pairs of which one beats the other: more bandwidth, cores or PCIe never slows a build.

    Among several requests that holds for the whole answer and for its pace. The first token alone
    may come later on the stronger one: where answers are sooner done, prompts queue up sooner.
    """
    offers = library_of(world).offers(Buyer("EUR", "any", TODAY))
    hosts, market = offers.market.hosts, offers.market
    for_sale = np.flatnonzero(~np.isnan(offers.host_cost + offers.host_watts_dc))
    chance = np.random.default_rng(9)
    weaker = chance.choice(for_sale, size=150, replace=False)
    pairs = [
        (int(better), int(worse))
        for worse in weaker
        for better in for_sale[beats(offers, for_sale, int(worse))][:40:8]
        if better != worse
    ]
    assert len(pairs) > 200
    better, worse = np.array(pairs, dtype=np.intp).T
    # one card in each computer, linked as that computer links it
    gpu = "nvidia-geforce-rtx-4090"
    rows = {p.link.pcie_gen: i for i, p in enumerate(market.plugged) if p.name == ((gpu, 1),)}
    card = max(rows)
    cards_of = [
        np.array([rows.get(min(card, gen), -1) for gen in hosts.pcie_gen[side]], dtype=np.intp)
        for side in (better, worse)
    ]
    linked = (cards_of[0] >= 0) & (cards_of[1] >= 0)
    better, worse = better[linked], worse[linked]
    request = Request(1000.0, 300.0, 2048.0, 1.0)
    compared = 0
    deployed = tables.deployments
    for d in range(len(deployed)):
        engine = deployed.engines[deployed.engine[d]]
        if placement not in engine.placements:
            continue
        if placement == "expert-offload" and not deployed.figures["n_experts"][d] > 0:
            continue
        fast, slow = (
            estimate_rows(
                tables,
                some_rows(tables, placement, side, side_cards[linked], d),
                request,
                np.full(len(side), active),
            )
            for side, side_cards in ((better, cards_of[0]), (worse, cards_of[1]))
        )
        known = ~np.isnan(np.asarray(slow.total_s.typical))
        assert np.all(~np.isnan(np.asarray(fast.total_s.typical))[known])
        for name in ("total_s", "ttft_s") if active == 1 else ("total_s",):
            quick = np.asarray(getattr(fast, name).typical)[known]
            assert np.all(quick <= np.asarray(getattr(slow, name).typical)[known] * (1 + HAIR))
        rate = np.asarray(fast.decode_tps.typical)[known]
        assert np.all(rate >= np.asarray(slow.decode_tps.typical)[known] * (1 - HAIR))
        compared += int(known.sum())
    assert compared > 500


@pytest.mark.parametrize("placement", ["cpu-only", "layer-offload", "expert-offload"])
def test_more_memory_of_the_same_kind_changes_no_speed(
    placement: Placement, tables: Tables
) -> None:
    figures = dict(tables.cpus.figures)
    figures["memory_gib"] = figures["memory_gib"] * 4
    larger = replace(tables, cpus=replace(tables.cpus, figures=figures))
    chance = np.random.default_rng(3)
    cpus = chance.choice(len(tables.cpus), size=60, replace=False).astype(np.intp)
    cards = np.zeros(len(cpus), dtype=np.intp)
    compared = 0
    for d in range(len(tables.deployments)):
        engine = tables.deployments.engines[tables.deployments.engine[d]]
        if placement not in engine.placements:
            continue
        some = [
            estimate_rows(
                which,
                some_rows(which, placement, cpus, cards, d),
                Request(1000.0, 300.0, 2048.0, 1.0),
                np.full(len(cpus), 3.0),
            )
            for which in (tables, larger)
        ]
        for name in ("decode_tps", "ttft_s", "total_s"):
            one, other = (np.asarray(getattr(found, name).typical) for found in some)
            assert np.array_equal(one, other, equal_nan=True)
        assert np.all(np.asarray(some[0].memory.fits) <= np.asarray(some[1].memory.fits))
        compared += len(cpus)
    assert compared > 0

"""Models a machine has to hold besides the one it is bought for: how much memory they ask.

A model is held where it fits on the cards, with experts or layers in RAM, or in RAM alone, in any
format and engine the question allows, for one request at a time. So beside given cards it asks for
a certain memory of the computer, and no more.
"""

from collections.abc import Iterator

import numpy as np

from app.advisor.search.needs import Needs
from app.advisor.search.pairs import ON_CARDS, can_lie
from app.advisor.search.rows import Rows, Tables, fit_rows, ram_needed_gib
from app.advisor.space.hosts import Column, Index
from app.advisor.space.machines import NONE, MustHold
from app.advisor.space.offers import Offers
from app.builds.engines import runs_on_cpu
from app.catalogue.facts import EngineFacts
from app.estimator.workload import OFFLOADS, Placement

_NOTHING = np.zeros(0, dtype=np.intp)


def must_hold(offers: Offers, tables: Tables, needs: Needs) -> MustHold:
    """What all models of ``tables`` ask of computers and systems."""
    market, deployed = offers.market, tables.deployments
    beside = np.zeros(len(market.cards))
    bare = 0.0
    for model in np.unique(deployed.model):
        mine = np.flatnonzero(deployed.model == model)
        alone = _on_cpu(tables, mine, needs)
        beside = np.maximum(beside, np.minimum(_beside_cards(tables, mine, needs, offers), alone))
        bare = max(bare, alone)
    cards, cpu = market.system_cards, market.system_cpu
    memory = np.where(cpu == NONE, 0.0, market.cpus.figures["memory_gib"][cpu])
    asked = np.where(cards == NONE, bare, np.append(beside, bare)[cards])
    systems = (np.nan_to_num(memory) >= asked) if len(cards) else np.zeros(0, dtype=bool)
    return MustHold(beside, bare, systems)


def _beside_cards(tables: Tables, deployments: Index, needs: Needs, offers: Offers) -> Column:
    """Memory a computer needs beside each row of cards; none where the cards hold it all."""
    least = np.full(len(tables.cards), np.inf)
    every = np.arange(len(tables.cards))
    as_sold = every >= len(offers.market.plugged)
    for facts, placement, d in _ways(tables, deployments):
        fine = can_lie(placement, tables.cards, every, as_sold=as_sold)
        usable = every[fine & tables.cards.driven_by(facts.gpu_vendors, every)]
        for alike in tables.cards.alike(usable):
            cards = usable[alike]
            c, pair = np.tile(cards, len(d)), np.repeat(d, len(cards))
            need = np.full(len(c), np.inf)
            for linear in np.unique(tables.deployments.linear[pair]):
                some = np.flatnonzero(tables.deployments.linear[pair] == linear)
                rows = Rows(placement, False, bool(linear), c[some], _NOTHING, pair[some])
                need[some] = _need(tables, rows, needs)
            np.minimum.at(least, c, need)
    return least


def _ways(tables: Tables, deployments: Index) -> Iterator[tuple[EngineFacts, Placement, Index]]:
    """Engines and places with the deployments that go with them."""
    deployed = tables.deployments
    for engine in np.unique(deployed.engine[deployments]):
        facts, mine = deployed.engines[engine], deployments[deployed.engine[deployments] == engine]
        for placement in facts.placements:
            if placement in ON_CARDS or placement in OFFLOADS:
                mixture = deployed.figures["n_experts"][mine] > 0
                yield facts, placement, mine[mixture] if placement == "expert-offload" else mine


def _need(tables: Tables, rows: Rows, needs: Needs) -> Column:
    """Memory of the computer for one request of the hungriest use case; infinite: never enough."""
    need, one = np.zeros(len(rows)), np.ones(len(rows))
    for use in needs.uses:
        if rows.placement in ON_CARDS:
            fits = np.asarray(fit_rows(tables, rows, use.request, one).fits)
            asked = np.where(fits == 1.0, 0.0, np.inf)
        else:
            asked = ram_needed_gib(tables, rows, use.request, one)
        need = np.maximum(need, asked)
    return np.nan_to_num(need, nan=np.inf)


def _on_cpu(tables: Tables, deployments: Index, needs: Needs) -> float:
    """Memory in which the smallest format lies by itself; infinite where no engine does that."""
    deployed = tables.deployments
    mine = np.array(
        [d for d in deployments if runs_on_cpu(deployed.engines[deployed.engine[d]])],
        dtype=np.intp,
    )
    least = np.inf
    for linear in np.unique(deployed.linear[mine]):
        some = mine[deployed.linear[mine] == linear]
        rows = Rows("cpu-only", False, bool(linear), _NOTHING, _NOTHING, some)
        least = min(least, float(_need(tables, rows, needs).min()))
    return least

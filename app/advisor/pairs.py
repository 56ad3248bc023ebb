"""Machines and what runs on them, pair by pair: every place a model can lie, in blocks.

The rules of where a model can lie are those of `builds.answers.placements`, for many at once.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from app.advisor.deployments import Deployments
from app.advisor.hosts import Column, Index
from app.advisor.machines import NONE, Machines, Shelf
from app.advisor.needs import Needs
from app.advisor.rows import Rows, Tables, ram_needed_gib
from app.builds.engines import runs_on_cpu
from app.catalogue.facts import EngineFacts
from app.estimator.workload import OFFLOADS, READING_RAM, Placement

#: Rows that are worked on at once: small enough for a processor's cache.
BLOCK = 16_384
ON_CARDS: tuple[Placement, ...] = ("unified-memory", "one-gpu", "tensor-parallel", "layer-split")


@dataclass(frozen=True, slots=True)
class Block:
    """Builds: machines beside the rows the estimator takes."""

    machines: Machines
    rows: Rows

    def __len__(self) -> int:
        return len(self.rows)

    def some(self, which: NDArray[np.bool_] | Index) -> "Block":
        """A selection."""
        return Block(self.machines.some(which), self.rows.some(which))


def blocks(shelf: Shelf, tables: Tables, needs: Needs) -> Iterator[Block]:
    """Every build the question allows, place by place, in blocks of bounded size.

    Builds whose model needs more memory once several requests run are found by `Larger`.
    """
    on_cards, without_gpu = shelf.holding_on_cards(), shelf.systems_without_gpu()
    with_cards = shelf.with_cpu_and_cards()
    deployed = tables.deployments
    for engine, facts in enumerate(deployed.engines):
        mine = deployed.engine == engine
        for placement in facts.placements:
            if placement in ON_CARDS:
                machines = _that_can(on_cards, placement, facts, shelf)
                yield from _crossed(machines, mine, placement, tables)
            elif placement in OFFLOADS:
                some = mine & _offloaded_so(placement, facts, deployed)
                machines = _that_can(with_cards, placement, facts, shelf)
                yield from _crossed(machines, some, placement, tables)
                cards = _driven(shelf.cards_in_computers(), facts, shelf)
                yield from _in_computers(cards, some, placement, shelf, tables, needs)
        if runs_on_cpu(facts):
            yield from _crossed(without_gpu, mine, "cpu-only", tables)
            if shelf.bare_allowed:
                nothing = np.array([NONE], dtype=np.intp)
                yield from _in_computers(nothing, mine, "cpu-only", shelf, tables, needs)


@dataclass
class Larger:
    """Which computers each pair of cards and deployment was tried in, by the memory they have.

    A computer that was left out because a cheaper one is as fast may have the memory that one
    lacks, for the demand or for more people than that. Exact: a computer beaten by one that runs
    short needs at least as much memory as it, so it is among those with that much that no other
    one beats.
    """

    shelf: Shelf
    tables: Tables
    needs: Needs
    tried: dict[tuple[Placement, int, int], frozenset[float]] = field(default_factory=dict)
    more: dict[tuple[frozenset[float], float], Index] = field(default_factory=dict)

    def blocks(self, block: Block, short: NDArray[np.bool_], active: Column) -> Iterator[Block]:
        """The builds of ``block`` that run short with ``active`` requests, in larger computers.

        No computer is tried twice with the same cards and deployment.
        """
        rows = block.rows
        if rows.placement not in READING_RAM or not (short & (block.machines.host != NONE)).any():
            return
        which = np.flatnonzero(short & (block.machines.host != NONE))
        bare = replace(rows.some(which), cpus=np.zeros(0, dtype=np.intp))
        cards = bare.cards if bare.cards.size else np.full(len(which), NONE, dtype=np.intp)
        first = np.full(len(which), float(self.needs.active_requests or 1))
        columns = [
            cards,
            bare.deployment,
            self._size(_need_gib(bare, first, self.tables, self.needs)),
            self._size(_need_gib(bare, active[which], self.tables, self.needs)),
        ]
        pairs = np.unique(np.stack(columns, axis=1).astype(float), axis=0)
        pairs = pairs[np.isfinite(pairs).all(axis=1)]
        found = [self._untried(rows.placement, *map(float, pair)) for pair in pairs]
        yield from _expanded(
            pairs[:, 0].astype(np.intp),
            pairs[:, 1].astype(np.intp),
            enumerate(found),
            rows.placement,
            self.shelf,
            self.tables,
        )

    def _size(self, need_gib: Column) -> Column:
        """The smallest memory of any computer that is enough; NaN where none is."""
        sizes = np.append(self.shelf.memory_sizes, np.nan)
        least = np.maximum(need_gib, self.shelf.spec.limits.ram_gib_min)
        where: Column = sizes[np.searchsorted(sizes[:-1], least)]
        return np.where(np.isnan(least), np.nan, where)

    def _untried(
        self, placement: Placement, cards: float, deployment: float, first: float, size: float
    ) -> Index:
        """Computers with so much memory that were not yet tried."""
        pair = (placement, int(cards), int(deployment))
        before = self.tried.get(pair, frozenset({first}))
        self.tried[pair] = before | {size}
        if (before, size) not in self.more:
            found = self.shelf.computers_with(size)
            for other in before:
                found = np.setdiff1d(found, self.shelf.computers_with(other))
            self.more[before, size] = found
        return self.more[before, size]


def _crossed(
    machines: Machines, deployments: NDArray[np.bool_], placement: Placement, tables: Tables
) -> Iterator[Block]:
    """Every machine with every deployment."""
    deployed = tables.deployments
    if not len(machines):
        return
    for serving, linear, some in _alike(deployments, deployed):
        at_once = max(1, BLOCK // len(machines))
        for start in range(0, len(some), at_once):
            part = some[start : start + at_once]
            m = np.tile(np.arange(len(machines)), len(part))
            d = np.repeat(part, len(machines))
            chosen = machines.some(m)
            if placement == "tensor-parallel":
                keeps = _heads_divide(chosen, d, tables)
                chosen, d = chosen.some(keeps), d[keeps]
            if len(chosen):
                rows = _rows(chosen, d, placement, tables, serving=serving, linear=linear)
                yield Block(chosen, rows)


def _in_computers(
    cards: Index,
    deployments: NDArray[np.bool_],
    placement: Placement,
    shelf: Shelf,
    tables: Tables,
    needs: Needs,
) -> Iterator[Block]:
    """Cards (or none) with deployments, in every computer that holds what the cards do not."""
    if not len(cards):
        return
    at_once = max(1, BLOCK // len(cards))
    every = np.flatnonzero(deployments)
    for start in range(0, len(every), at_once):
        part = every[start : start + at_once]
        c, d = np.tile(cards, len(part)), np.repeat(part, len(cards))
        for serving, linear, some in _alike_among(d, tables.deployments):
            rows = Rows(
                placement,
                serving,
                linear,
                c[some] if placement in OFFLOADS else np.zeros(0, dtype=np.intp),
                np.zeros(0, dtype=np.intp),
                d[some],
            )
            active = float(needs.active_requests or 1)
            need = _need_gib(rows, np.full(len(rows), active), tables, needs)
            known = ~np.isnan(need)
            order = np.argsort(need[known], kind="stable")
            found = ((int(i), shelf.computers_with(float(need[known][i]))) for i in order)
            yield from _expanded(c[some][known], d[some][known], found, placement, shelf, tables)


def _expanded(
    cards: Index,
    deployments: Index,
    computers: Iterable[tuple[int, Index]],
    placement: Placement,
    shelf: Shelf,
    tables: Tables,
) -> Iterator[Block]:
    """Pairs of cards and deployment, each (by its row) in some computers."""
    hosts: list[Index] = []
    of: list[Index] = []
    size = 0
    for i, some in computers:
        found = some
        if placement in OFFLOADS:
            found = found[shelf.takes(found, cards[i])]
        hosts.append(found)
        of.append(np.full(len(found), i, dtype=np.intp))
        size += len(found)
        if size >= BLOCK:
            yield from _blocks_of(hosts, of, cards, deployments, placement, shelf, tables)
            hosts, of, size = [], [], 0
    if size:
        yield from _blocks_of(hosts, of, cards, deployments, placement, shelf, tables)


def _blocks_of(
    hosts: list[Index],
    of: list[Index],
    cards: Index,
    deployments: Index,
    placement: Placement,
    shelf: Shelf,
    tables: Tables,
) -> Iterator[Block]:
    pair = np.concatenate(of)
    machines = shelf.in_hosts(cards[pair], np.concatenate(hosts))
    deployment = deployments[pair]
    fine = shelf.are_allowed(machines)
    machines, deployment = machines.some(fine), deployment[fine]
    for serving, linear, some in _alike_among(deployment, tables.deployments):
        chosen = machines.some(some)
        rows = _rows(chosen, deployment[some], placement, tables, serving=serving, linear=linear)
        yield Block(chosen, rows)


def _rows(
    machines: Machines,
    deployment: Index,
    placement: Placement,
    tables: Tables,
    *,
    serving: bool,
    linear: bool,
) -> Rows:
    nothing = np.zeros(0, dtype=np.intp)
    return Rows(
        placement=placement,
        serving=serving,
        linear=linear,
        cards=nothing if placement == "cpu-only" else machines.cards,
        cpus=tables.cpu_row[machines.cpu] if placement in READING_RAM else nothing,
        deployment=deployment,
    )


def _need_gib(rows: Rows, active: Column, tables: Tables, needs: Needs) -> Column:
    """Memory of the computer that the hungriest use case takes; NaN where cards do it all."""
    need = np.zeros(len(rows))
    for use in needs.uses:
        need = np.maximum(need, ram_needed_gib(tables, rows, use.request, active))
    if rows.placement in OFFLOADS:
        kept = tables.deployments.figures["host_reserved_gib"][rows.deployment]
        need = np.where(need > kept, need, np.nan)  # nothing is left to the CPU
    return need


def _that_can(
    machines: Machines, placement: Placement, engine: EngineFacts, shelf: Shelf
) -> Machines:
    """Machines on which an engine can put a model in one kind of place."""
    cards = shelf.offers.market.cards
    count, unified = cards.count[machines.cards], cards.unified[machines.cards]
    one_node = cards.nodes[machines.cards] == 1
    bought_for_it = machines.system != NONE  # nobody buys a card to leave it idle
    fine = {
        "unified-memory": unified & (count == 1),
        "one-gpu": ~unified & ((count == 1) | bought_for_it),
        "tensor-parallel": count > 1,
        "layer-split": count > 1,
    }.get(placement, ~unified & one_node)
    some = machines.some(fine & _drives(machines.cards, engine, shelf))
    if placement == "tensor-parallel":
        return some.some(_worth_their_link(some, cards.figures["peer_link_gbs"][some.cards]))
    if placement in ON_CARDS:
        return some.some(_cheapest_of_group(some))
    return some


def _drives(cards: Index, engine: EngineFacts, shelf: Shelf) -> NDArray[np.bool_]:
    vendors = shelf.vendor_of_cards()
    return np.isin(vendors[cards], list(engine.gpu_vendors))


def _driven(cards: Index, engine: EngineFacts, shelf: Shelf) -> Index:
    return cards[_drives(cards, engine, shelf)]


def _cheapest_of_group(machines: Machines) -> Index:
    """One row of each group: where links play no part, the cheapest machine is the best."""
    order = np.lexsort((machines.watts, machines.cost_cents, machines.group))
    _, first = np.unique(machines.group[order], return_index=True)
    return np.sort(order[first])


def _worth_their_link(machines: Machines, link_gbs: Column) -> Index:
    """Rows of each group but those that cost no less than one with as wide a link."""
    order = np.lexsort((machines.watts, machines.cost_cents, machines.group))
    kept: list[int] = []
    group, widest = NONE, -np.inf
    for i in order:
        if machines.group[i] != group:
            group, widest = int(machines.group[i]), -np.inf
        width = float(np.nan_to_num(link_gbs[i], nan=-1.0))
        if width > widest:
            kept.append(int(i))
            widest = width
    return np.array(sorted(kept), dtype=np.intp)


def _heads_divide(machines: Machines, deployment: Index, tables: Tables) -> NDArray[np.bool_]:
    heads = tables.deployments.figures["n_heads"][deployment]
    rest = np.mod(heads, tables.cards.count[machines.cards])
    fine: NDArray[np.bool_] = np.isnan(rest) | (rest == 0)
    return fine


def _offloaded_so(
    placement: Placement, engine: EngineFacts, deployed: Deployments
) -> NDArray[np.bool_]:
    """Mixtures leave their experts in RAM where the engine can; all others whole layers."""
    mixture = deployed.figures["n_experts"] > 0
    if placement == "expert-offload":
        return mixture
    return ~mixture if "expert-offload" in engine.placements else np.ones(len(deployed), dtype=bool)


def _alike(
    deployments: NDArray[np.bool_], deployed: Deployments
) -> Iterator[tuple[bool, bool, Index]]:
    """Deployments apart by what the estimator takes for all rows alike."""
    rows = np.flatnonzero(deployments)
    for serving, linear, some in _alike_among(rows, deployed):
        yield serving, linear, rows[some]


def _alike_among(deployment: Index, deployed: Deployments) -> Iterator[tuple[bool, bool, Index]]:
    for serving in (False, True):
        for linear in (False, True):
            same = (deployed.serving[deployment] == serving) & (
                deployed.linear[deployment] == linear
            )
            if same.any():
                yield serving, linear, np.flatnonzero(same)

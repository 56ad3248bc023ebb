"""Machines and what runs on them, pair by pair: every place a model can lie, in blocks.

The rules of where a model can lie are those of `builds.answers.placements`, for many at once.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from app.advisor.search.bounds import Bound, Speeds
from app.advisor.search.needs import Needs
from app.advisor.search.rows import Rows, Tables
from app.advisor.search.spilling import leaves_some, need_gib
from app.advisor.space.cards import Cards
from app.advisor.space.deployments import Deployments
from app.advisor.space.hosts import Column, Index
from app.advisor.space.machines import NONE, Machines, Shelf
from app.builds.engines import runs_on_cpu
from app.catalogue.facts import EngineFacts
from app.estimator.verdicts import Limits
from app.estimator.workload import OFFLOADS, READING_RAM, Placement

#: Rows that are worked on at once: small enough for a processor's cache.
BLOCK = 16_384
#: Pairs that are looked at before rows are made of those that matter.
GLANCE = 1 << 19
ON_CARDS: tuple[Placement, ...] = ("unified-memory", "one-gpu", "tensor-parallel", "layer-split")
_NOTHING = np.zeros(0, dtype=np.intp)


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


@dataclass(frozen=True, slots=True)
class Batch:
    """Deployments under one engine that the estimator can take in one go."""

    engine: int
    facts: EngineFacts
    serving: bool
    linear: bool
    deployments: Index


@dataclass
class Pairs:
    """All builds of a question. ``bound`` tells at any time what need not be worked out."""

    shelf: Shelf
    tables: Tables
    needs: Needs
    limits: Limits
    bound: Callable[[], Bound]

    def __post_init__(self) -> None:
        self.speeds = Speeds(self.tables)
        self._tried: set[tuple[Placement, int, int, int]] = set()
        self.size_group = self.tables.deployments.size_group

    def blocks(self) -> Iterator[Block]:
        """Every build that can matter, in blocks of bounded size.

        Builds whose model needs more memory once several requests run are found by
        `in_computers_for`.
        """
        on_cards, without_gpu = self.shelf.holding_on_cards(), self.shelf.systems_without_gpu()
        with_cards = self.shelf.with_cpu_and_cards()
        batches = list(self._batches())
        for batch in batches:
            for placement in batch.facts.placements:
                if placement in ON_CARDS:
                    machines = self._that_can(on_cards, placement, batch.facts)
                    yield from self._crossed(machines, batch, placement)
        for batch in batches:
            if runs_on_cpu(batch.facts):
                yield from self._crossed(without_gpu, batch, "cpu-only")
                if self.shelf.bare_allowed:
                    yield from self._in_computers(np.array([NONE]), batch, "cpu-only")
        for batch in batches:
            for placement in batch.facts.placements:
                if placement in OFFLOADS:
                    some = self._offloaded_so(batch, placement)
                    machines = self._that_can(with_cards, placement, batch.facts)
                    yield from self._crossed(machines, some, placement)
                    cards = self.shelf.cards_in_computers()
                    cards = cards[self.tables.cards.driven_by(batch.facts.gpu_vendors, cards)]
                    for alike in self.tables.cards.alike(cards):
                        yield from self._in_computers(cards[alike], some, placement)

    def in_computers_for(
        self, block: Block, which: NDArray[np.bool_], active: Column
    ) -> Iterator[Block]:
        """Builds of a block in all computers here with the memory that ``active`` requests take.

        So a computer that was left out because a cheaper one is as fast is found where that one
        has too little memory, for the demand or for more people than that: a computer beaten by
        one that runs short needs at least as much memory as it.
        """
        rows = block.rows
        some = np.flatnonzero(which & (block.machines.host != NONE))
        if rows.placement not in READING_RAM or not some.size:
            return
        bare = replace(rows.some(some), cpus=_NOTHING)
        cards = bare.cards if bare.cards.size else np.full(len(some), NONE, dtype=np.intp)
        need = need_gib(self.tables, bare, self.needs, active[some])
        pairs, of = np.unique(
            np.stack([cards, bare.deployment], axis=1), axis=0, return_inverse=True
        )
        least = np.full(len(pairs), np.inf)
        np.minimum.at(least, of.ravel(), np.nan_to_num(need, nan=np.inf))
        known = np.isfinite(least) & self._first_time(pairs, least, rows.placement)
        yield from self._expanded(
            pairs[known, 0], pairs[known, 1], least[known], self._batch_of(rows), rows.placement
        )

    def _first_time(
        self, pairs: Index, need_gib: Column, placement: Placement
    ) -> NDArray[np.bool_]:
        """Pairs of cards and deployment that were not yet put into computers of that memory."""
        steps = self.shelf.memory_steps(np.nan_to_num(need_gib, posinf=0.0), pairs[:, 0])
        asked = [
            (placement, int(cards), int(deployment), int(step))
            for (cards, deployment), step in zip(pairs, steps, strict=True)
        ]
        new = np.array([key not in self._tried for key in asked], dtype=bool)
        self._tried.update(asked)
        return new

    def _batches(self) -> Iterator[Batch]:
        """Deployments by engine and by what the estimator takes for all rows alike.

        The quick to read come first, then the large: what they do soon rules others out.
        """
        deployed = self.tables.deployments
        order = _telling_order(deployed, self.speeds.reading("one-gpu").whole_bytes)
        for engine, facts in enumerate(deployed.engines):
            mine = order[deployed.engine[order] == engine]
            for serving in (False, True):
                for linear in (False, True):
                    same = (deployed.serving[mine] == serving) & (deployed.linear[mine] == linear)
                    if same.any():
                        yield Batch(engine, facts, serving, linear, mine[same])

    def _batch_of(self, rows: Rows) -> Batch:
        engine = int(self.tables.deployments.engine[rows.deployment[0]])
        facts = self.tables.deployments.engines[engine]
        return Batch(engine, facts, rows.serving, rows.linear, rows.deployment)

    def _crossed(self, machines: Machines, batch: Batch, placement: Placement) -> Iterator[Block]:
        """Every machine with every deployment."""
        if not len(machines) or not len(batch.deployments):
            return
        at_once = max(1, GLANCE // len(machines))
        for start in range(0, len(batch.deployments), at_once):
            some = batch.deployments[start : start + at_once]
            fastest = self._fastest(machines, batch, some[:, None], placement)
            if placement == "tensor-parallel":
                fastest = np.where(self._heads_divide(machines, some[:, None]), fastest, np.nan)
            soonest = self._soonest(machines, batch, some[:, None], placement)
            d, m = np.nonzero(self._matters(machines, some[:, None], fastest, soonest))
            blocks = self._sliced(machines.some(m), some[d], batch, placement)
            if placement in OFFLOADS:
                shared = (self._shared(block) for block in blocks)
                yield from (block for block in shared if len(block))
            else:
                yield from blocks

    def _fastest(
        self, machines: Machines, batch: Batch, deployments: Index, placement: Placement
    ) -> Column:
        """Tokens a second that reading the weights allows; deployments and machines broadcast."""
        speeds, cards = self.speeds, machines.cards
        whole = speeds.reading(placement).whole_bytes[deployments]
        if placement == "cpu-only":
            cpus = self.tables.cpu_row[machines.cpu]
            return 1 / (speeds.in_ram(batch.engine, placement, deployments, cpus) * whole)
        on_cards = speeds.on_cards(batch.engine, batch.serving, placement, deployments, cards)
        if placement not in OFFLOADS:
            return 1 / (on_cards * whole)
        cpus = self.tables.cpu_row[machines.cpu]
        in_ram = speeds.in_ram(batch.engine, placement, deployments, cpus)
        return self._fastest_shared(cards, deployments, placement, on_cards, in_ram)

    def _soonest(
        self, machines: Machines, batch: Batch, deployments: Index, placement: Placement
    ) -> Column | float:
        """Seconds to the first token that a prompt's arithmetic takes at least."""
        prompt = max(use.request.prompt_tokens for use in self.needs.uses)
        if placement == "cpu-only":
            cpus = self.tables.cpu_row[machines.cpu]
            return prompt * self.speeds.token_on_cpu(batch.engine, deployments, cpus)
        if placement in OFFLOADS:
            return prompt * self.speeds.token_carried(
                batch.engine, placement, deployments, machines.cards, prompt
            )
        token_s = self.speeds.token_on_cards(
            batch.engine, batch.serving, placement, deployments, machines.cards, prompt
        )
        return prompt * token_s

    def _fastest_shared(
        self,
        cards: Index,
        deployments: Index,
        placement: Placement,
        on_cards: Column,
        in_ram: Column,
    ) -> Column:
        """The same where RAM holds what the cards at their fullest do not."""
        reading = self.speeds.reading(placement)
        away = self.speeds.away(placement, deployments, cards)
        experts, shared = reading.expert_bytes[deployments], reading.shared_bytes[deployments]
        # were the cards the slower, filling them would be no bound: then nothing is on them
        quicker = np.minimum(on_cards, in_ram)
        moved = experts * ((1 - away) * quicker + away * in_ram)
        return 1 / (shared * on_cards + moved)

    def _in_computers(self, cards: Index, batch: Batch, placement: Placement) -> Iterator[Block]:
        """Cards (or none) with deployments, in every computer that holds what the cards do not."""
        if not len(cards) or not len(batch.deployments):
            return
        hosts = self.shelf.computers(self.shelf.least_step, NONE)
        if not hosts.size:
            return
        at_once = max(1, GLANCE // len(cards))
        for start in range(0, len(batch.deployments), at_once):
            some = batch.deployments[start : start + at_once]
            d, c = np.nonzero(self._could_matter(hosts, cards, some[:, None], batch, placement))
            for first in range(0, len(d), BLOCK):
                part = slice(first, first + BLOCK)
                deployment, card = some[d[part]], cards[c[part]]
                rows = Rows(
                    placement,
                    batch.serving,
                    batch.linear,
                    card if placement in OFFLOADS else _NOTHING,
                    _NOTHING,
                    deployment,
                )
                fine, need = self._reasonable(rows)
                yield from self._expanded(
                    card[fine], deployment[fine], need[fine], batch, placement
                )

    def _could_matter(
        self, hosts: Index, cards: Index, deployments: Index, batch: Batch, placement: Placement
    ) -> NDArray[np.bool_]:
        """What could matter in the cheapest of some computers, were it their fastest too.

        Cards and deployments broadcast.
        """
        cpus = self.tables.cpu_row[hosts]
        machines = self.shelf.in_cheapest(hosts, cards)
        soonest: Column | float = 0.0
        in_ram = self.speeds.quickest_in_ram(batch.engine, placement, deployments, cpus)
        if placement == "cpu-only":
            fastest = 1 / (in_ram * self.speeds.reading(placement).whole_bytes[deployments])
            fastest = np.broadcast_to(fastest, np.broadcast_shapes(fastest.shape, cards.shape))
        else:
            on_cards = self.speeds.on_cards(
                batch.engine, batch.serving, placement, deployments, cards
            )
            fastest = self._fastest_shared(cards, deployments, placement, on_cards, in_ram)
            soonest = self._soonest(machines, batch, deployments, placement)
        return self._matters(machines, deployments, fastest, soonest)

    def _expanded(
        self,
        cards: Index,
        deployments: Index,
        need_gib: Column,
        batch: Batch,
        placement: Placement,
    ) -> Iterator[Block]:
        """Pairs of cards and deployment in every computer with the memory they need."""
        steps = self.shelf.memory_steps(need_gib, cards)
        slots = np.full(len(cards), NONE)
        if placement in OFFLOADS:
            slots = self.shelf.slots[cards]
        order = np.lexsort((slots, steps))
        ends = np.flatnonzero(np.diff(steps[order]) | np.diff(slots[order])) + 1
        waiting: list[tuple[Index, Index]] = []
        size = 0
        for some in np.split(order, ends):
            if not some.size:
                continue
            hosts = self.shelf.computers(int(steps[some[0]]), int(slots[some[0]]))
            if not hosts.size:
                continue
            alike = some[
                self._could_matter(hosts, cards[some], deployments[some], batch, placement)
            ]
            at_once = max(1, GLANCE // len(hosts))
            for start in range(0, len(alike), at_once):
                pair = alike[start : start + at_once]
                waiting.append((np.repeat(pair, len(hosts)), np.tile(hosts, len(pair))))
                size += len(pair) * len(hosts)
                if size >= GLANCE // 2:
                    yield from self._joined(waiting, cards, deployments, batch, placement)
                    waiting, size = [], 0
        if size:
            yield from self._joined(waiting, cards, deployments, batch, placement)

    def _joined(
        self,
        waiting: list[tuple[Index, Index]],
        cards: Index,
        deployments: Index,
        batch: Batch,
        placement: Placement,
    ) -> Iterator[Block]:
        pair = np.concatenate([pairs for pairs, _ in waiting])
        machines = self.shelf.in_hosts(cards[pair], np.concatenate([hosts for _, hosts in waiting]))
        yield from self._those_allowed(machines, deployments[pair], batch, placement)

    def _those_allowed(
        self, machines: Machines, deployments: Index, batch: Batch, placement: Placement
    ) -> Iterator[Block]:
        """Of machines beside their deployments, those within the limits that can matter."""
        fine = self.shelf.are_allowed(machines)
        machines, deployments = machines.some(fine), deployments[fine]
        if not len(machines):
            return
        fastest = self._fastest(machines, batch, deployments, placement)
        soonest = self._soonest(machines, batch, deployments, placement)
        which = np.flatnonzero(self._matters(machines, deployments, fastest, soonest))
        yield from self._sliced(machines.some(which), deployments[which], batch, placement)

    def _sliced(
        self, machines: Machines, deployments: Index, batch: Batch, placement: Placement
    ) -> Iterator[Block]:
        for alike in self.tables.cards.alike(machines.cards):
            for start in range(0, len(alike), BLOCK):
                part = alike[start : start + BLOCK]
                chosen = machines.some(part)
                yield Block(chosen, self._rows(chosen, deployments[part], batch, placement))

    def _rows(
        self, machines: Machines, deployment: Index, batch: Batch, placement: Placement
    ) -> Rows:
        return Rows(
            placement=placement,
            serving=batch.serving,
            linear=batch.linear,
            cards=_NOTHING if placement == "cpu-only" else machines.cards,
            cpus=self.tables.cpu_row[machines.cpu] if placement in READING_RAM else _NOTHING,
            deployment=deployment,
        )

    def _matters(
        self,
        machines: Machines,
        deployments: Index,
        fastest: Column,
        soonest: Column | float = 0.0,
    ) -> NDArray[np.bool_]:
        bound, deployed = self.bound(), self.tables.deployments
        group = self.size_group[deployments] if bound.by_model else machines.group
        return bound.matters(
            machines.cost_cents,
            group,
            deployed.size_b[deployments],
            deployed.bits[deployments],
            fastest,
            soonest,
        )

    def _shared(self, block: Block) -> Block:
        """Builds that leave something to the computer's memory."""
        return block.some(self._reasonable(replace(block.rows, cpus=_NOTHING))[0])

    def _reasonable(self, rows: Rows) -> tuple[NDArray[np.bool_], Column]:
        """Which rows have a reason to use the computer's memory, and what they need of it.

        That is for one request, or for as many as are given; ``rows`` name no CPU.
        """
        active = np.full(len(rows), float(self.needs.active_requests or 1))
        need = need_gib(self.tables, rows, self.needs, active)
        if rows.placement not in OFFLOADS:
            return ~np.isnan(need), need
        return leaves_some(self.tables, rows, self.needs, self.limits, need), need

    def _that_can(self, machines: Machines, placement: Placement, engine: EngineFacts) -> Machines:
        """Machines on which an engine can put a model in one kind of place."""
        cards = self.tables.cards
        fine = can_lie(placement, cards, machines.cards, as_sold=machines.system != NONE)
        some = machines.some(fine & cards.driven_by(engine.gpu_vendors, machines.cards))
        if placement == "tensor-parallel":
            return some.some(_worth_their_link(some, cards.figures["peer_link_gbs"][some.cards]))
        return some.some(_cheapest_of_group(some)) if placement in ON_CARDS else some

    def _heads_divide(self, machines: Machines, deployments: Index) -> NDArray[np.bool_]:
        heads = self.tables.deployments.figures["n_heads"][deployments]
        rest = np.mod(heads, self.tables.cards.count[machines.cards])
        fine: NDArray[np.bool_] = np.isnan(rest) | (rest == 0)
        return fine

    def _offloaded_so(self, batch: Batch, placement: Placement) -> Batch:
        """Mixtures leave their experts in RAM where the engine can; all others whole layers."""
        mixture = self.tables.deployments.figures["n_experts"][batch.deployments] > 0
        if placement == "expert-offload":
            return replace(batch, deployments=batch.deployments[mixture])
        if "expert-offload" in batch.facts.placements:
            return replace(batch, deployments=batch.deployments[~mixture])
        return batch


def can_lie(
    placement: Placement, cards: Cards, rows: Index, *, as_sold: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """On which cards a model can lie in one kind of place, whatever its engine."""
    count, unified = cards.count[rows], cards.unified[rows]
    found: dict[Placement, NDArray[np.bool_]] = {
        "unified-memory": unified & (count == 1),
        "one-gpu": ~unified & ((count == 1) | as_sold),  # nobody buys a card to leave it idle
        "tensor-parallel": (count > 1) & ~cards.are_mixed(rows),
        "layer-split": count > 1,
    }
    sharing: NDArray[np.bool_] = ~unified & (cards.nodes[rows] == 1)
    return found.get(placement, sharing)


def _telling_order(deployed: Deployments, read_bytes: Column) -> Index:
    """A few of the quickest to read first, then the largest models, the finest format first."""
    quick = np.argsort(np.nan_to_num(read_bytes, nan=np.inf), kind="stable")[
        : max(1, len(deployed) // 50)
    ]
    large = np.lexsort((-deployed.bits, -deployed.size_b))
    return np.concatenate([quick, large[~np.isin(large, quick)]])


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

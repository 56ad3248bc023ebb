"""Machines one could order, as rows: what computes, what it costs, what it draws.

For a model that lies on the cards the computer around them matters by its price alone, so each row
of cards comes in the cheapest computer that takes them. Where the CPU works along, every computer
that no other one beats is a row of its own.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.advisor.question import AdvisorSpec
from app.advisor.space.hosts import Column, Index
from app.advisor.space.offers import UNAFFORDABLE, Offers, in_cents
from app.builds.parts import GpuGroup
from app.builds.traits import is_self_build
from app.catalogue.facts import GpuFacts
from app.estimator.numbers import or_unknown

NONE = -1


@dataclass(frozen=True, slots=True)
class Machines:
    """One machine a row; -1 where it has no such part."""

    cards: Index  # row of the market's cards
    cpu: Index  # row of the market's CPUs
    host: Index  # a self-built computer
    system: Index  # a complete system
    group: Index  # what it is known by: its cards, its system or its CPU
    cost_cents: NDArray[np.int64]
    watts: Column  # at the wall, under load; NaN where unknown

    def __len__(self) -> int:
        return len(self.cards)

    def some(self, which: NDArray[np.bool_] | Index) -> "Machines":
        """A selection of the rows."""
        return Machines(
            self.cards[which],
            self.cpu[which],
            self.host[which],
            self.system[which],
            self.group[which],
            self.cost_cents[which],
            self.watts[which],
        )

    @staticmethod
    def joined(parts: Sequence["Machines"]) -> "Machines":
        """Several lists as one."""
        return Machines(
            *(
                np.concatenate([getattr(part, name) for part in parts])
                for name in ("cards", "cpu", "host", "system", "group", "cost_cents", "watts")
            )
        )


@dataclass(frozen=True, slots=True)
class MustHold:
    """Memory that models which have to fit as well ask of a computer, by the cards in it."""

    ram_gib: Column  # by row of the market's cards; infinite where no memory is enough
    ram_gib_bare: float  # without cards
    systems: NDArray[np.bool_]  # which complete systems hold them all

    @staticmethod
    def nothing(offers: Offers) -> "MustHold":
        """No such models."""
        market = offers.market
        return MustHold(np.zeros(len(market.cards)), 0.0, np.ones(len(market.systems), dtype=bool))


@dataclass
class Shelf:
    """The machines of some offers that a question allows.

    Groups are numbered: cards by kind and number first, then systems, then CPUs.
    """

    offers: Offers
    spec: AdvisorSpec
    must: "MustHold"
    each_speed: bool = False  # see `Offers.hosts_of_size`

    def __post_init__(self) -> None:
        market, limits = self.offers.market, self.spec.limits
        self.owned = owned_cards(self.spec)
        n = len(market.plugged)
        self._budget_cents = UNAFFORDABLE - 1 if limits.budget is None else int(limits.budget * 100)
        self._watts = np.inf if limits.watts_max is None else limits.watts_max
        allowed = [
            all(self._vendor_allowed(group.gpu) for group in p.groups)
            and (limits.open_frame or p.fits_a_case)
            for p in market.plugged
        ]
        self_built = not limits.form_factors or "self-build" in limits.form_factors
        self._cards_allowed = np.array(allowed, dtype=bool) & self_built
        self._hosts_allowed = self_built
        self.cards_cost = np.array([self._cost_of(p.groups) for p in market.plugged], dtype=float)
        self.cards_watts_dc = np.array([or_unknown(p.tdp_w) for p in market.plugged], dtype=float)
        self._link_gen = np.array([p.link.pcie_gen for p in market.plugged], dtype=float)
        self._link_split = np.array([p.link.split for p in market.plugged], dtype=bool)
        self._card_gen = np.array([or_unknown(p.pcie_gen) for p in market.plugged], dtype=float)
        asked = np.stack([self._link_gen, self._link_split, self._card_gen, market.cards.count[:n]])
        self._slot_first, self._slot = np.unique(
            np.nan_to_num(asked, nan=-1.0), axis=1, return_index=True, return_inverse=True
        )[1:]
        self._computers: dict[tuple[int, int], Index] = {}
        names: dict[tuple[tuple[str, int], ...], int] = {}
        self._card_group = np.array(
            [names.setdefault(p.name, len(names)) for p in market.plugged], dtype=np.intp
        )
        self._first_system_group = len(names)
        self._first_cpu_group = self._first_system_group + len(market.systems)

    def __len__(self) -> int:
        """More than there are groups."""
        return self._first_cpu_group + len(self.offers.market.hosts.parts) + 1

    def holding_on_cards(self) -> Machines:
        """Machines whose model lies on their GPUs: each row of cards in its cheapest computer."""
        cards = np.flatnonzero(self._cards_allowed)
        steps = self.memory_steps(np.zeros(len(cards)), cards)
        alike = [self._in_cheapest_computers(cards[steps == s], int(s)) for s in np.unique(steps)]
        return self.allowed(Machines.joined([*alike, self._systems(with_gpu=True)]))

    def _in_cheapest_computers(self, cards: Index, step: int) -> Machines:
        """Each row of cards in the cheapest computer with at least a size of memory."""
        hosts = self._strongest_first(self.offers.hosts_of_size(step))
        cost = self.offers.host_cost[hosts][:, None] + self.cards_cost[cards]
        watts_dc = self.offers.host_watts_dc[hosts][:, None] + self.cards_watts_dc[cards]
        cost = cost + self.offers.supplies.cost(watts_dc)
        cost[~self.takes(hosts[:, None], cards)] = np.nan
        cost[~self._within_watts(self.offers.wall_watts(watts_dc))] = np.nan
        some = ~np.isnan(cost).all(axis=0)
        host = hosts[_least(in_cents(cost[:, some]), watts_dc[:, some])]
        return self.in_hosts(cards[some], host)

    def with_cpu_and_cards(self) -> Machines:
        """Complete systems in which CPU and cards can share the work."""
        systems = self._systems(with_gpu=True)
        return self.allowed(systems.some(systems.cpu != NONE))

    def systems_without_gpu(self) -> Machines:
        """Complete systems whose CPU does all the work."""
        return self.allowed(self._systems(with_gpu=False))

    @property
    def bare_allowed(self) -> bool:
        """Whether a self-built computer without a card is allowed."""
        vendors = self.spec.limits.gpu_vendors
        return self._hosts_allowed and (not vendors or "none" in vendors)

    def cards_in_computers(self) -> Index:
        """Rows of cards that can be put into a self-built computer."""
        priced = ~np.isnan(self.cards_cost + self.cards_watts_dc)
        return np.flatnonzero(self._cards_allowed & priced)

    def memory_steps(self, need_gib: Column, cards: Index) -> Index:
        """Which size of memory, in the order of sizes, is the least that will do beside cards."""
        of_cards = np.append(self.must.ram_gib, self.must.ram_gib_bare)[cards]  # -1: none, the last
        least = np.maximum(np.maximum(need_gib, of_cards), self.spec.limits.ram_gib_min)
        steps: Index = np.searchsorted(self.offers.sizes_gib, least)
        return steps

    @property
    def least_step(self) -> int:
        """The least memory any computer here has, in the order of sizes."""
        return int(np.searchsorted(self.offers.sizes_gib, self.spec.limits.ram_gib_min))

    def computers(self, step: int, slot: int) -> Index:
        """Computers with so much memory that no other one beats, and that offer such slots.

        ``slot`` is a place in what `slots` gives, or -1 where no card is plugged in.
        """
        hosts = self.offers.hosts_of_size(step, each_speed=self.each_speed)
        if slot == NONE:
            return hosts
        if (step, slot) not in self._computers:
            card = np.array(int(self._slot_first[slot]))
            self._computers[step, slot] = hosts[self.takes(hosts, card)]
        return self._computers[step, slot]

    @property
    def slots(self) -> Index:
        """What each row of cards asks of a computer: equal numbers, equal slots."""
        return self._slot

    def in_hosts(self, cards: Index, hosts: Index) -> Machines:
        """Cards in computers, pair by pair; without any where ``cards`` is -1."""
        if not (cards != NONE).any():
            return self._bare(hosts)
        watts_dc = self.offers.host_watts_dc[hosts] + self.cards_watts_dc[cards]
        cost = self.offers.host_whole_cost(hosts, self.cards_watts_dc[cards])
        return Machines(
            cards=cards,
            cpu=hosts,
            host=hosts,
            system=np.full(len(cards), NONE, dtype=np.intp),
            group=self._card_group[cards],
            cost_cents=in_cents(cost + self.cards_cost[cards]),
            watts=self.offers.wall_watts(watts_dc),
        )

    def in_cheapest(self, hosts: Index, cards: Index) -> Machines:
        """Cards as if in a computer that costs the least of some; only a bound, no machine."""
        cost = float(self.offers.host_cost[hosts].min()) + float(self.offers.supplies.price.min())
        bare = not (cards != NONE).any()
        least = cost + (0.0 if bare else self.cards_cost[cards])
        none = np.full(len(cards), NONE, dtype=np.intp)
        return Machines(
            cards=cards,
            cpu=none,
            host=none,
            system=none,
            # a CPU's group is not known before the CPU is
            group=none if bare else self._card_group[cards],
            cost_cents=in_cents(np.broadcast_to(np.asarray(least, dtype=float), cards.shape)),
            watts=np.full(len(cards), np.nan),
        )

    def allowed(self, machines: Machines) -> Machines:
        """Those within budget and watts."""
        return machines.some(self.are_allowed(machines))

    def are_allowed(self, machines: Machines) -> NDArray[np.bool_]:
        """Which are within budget and watts. Unknown watts are not within a limit."""
        affordable: NDArray[np.bool_] = machines.cost_cents <= self._budget_cents
        return affordable & self._within_watts(machines.watts)

    def orderable(self) -> int:
        """Machines within the limits on their kind, whatever they cost."""
        offers, market = self.offers, self.offers.market
        systems = len(self._systems(with_gpu=True)) + len(self._systems(with_gpu=False))
        sizes = market.hosts.rows.figures["memory_gib"]
        hosts = np.flatnonzero(
            ~np.isnan(offers.host_cost + offers.host_watts_dc)
            & (sizes >= self.spec.limits.ram_gib_min)
        )
        whole = systems + (len(hosts) if self.bare_allowed else 0)
        kinds, of = np.unique(
            np.stack(
                [
                    market.hosts.pcie_gen[hosts],
                    market.hosts.gpus_max[hosts],
                    market.hosts.gpus_max_x16[hosts],
                ]
            ),
            axis=1,
            return_counts=True,
        )
        cards = self.cards_in_computers()
        for (gen, most, full), count in zip(kinds.T, of, strict=True):
            taken = (
                (np.fmin(gen, self._card_gen[cards]) == self._link_gen[cards])
                & ((market.cards.count[cards] > full) == self._link_split[cards])
                & (market.cards.count[cards] <= most)
            )
            whole += int(count) * int(taken.sum())
        return whole

    def title_of_group(self, group: int) -> str:
        """What a group is known by, for people."""
        market = self.offers.market
        if group >= self._first_cpu_group:
            cpu = market.hosts.parts[group - self._first_cpu_group].cpu
            return "" if cpu is None else cpu.name
        if group >= self._first_system_group:
            system = market.systems[group - self._first_system_group].system
            return "The box you own" if system is None else system.name
        return market.plugged[int(np.flatnonzero(self._card_group == group)[0])].title

    def owned_of(self, cards: int) -> int:
        """How many of the cards of a row the asker has already."""
        groups = self.offers.market.plugged[cards].groups
        return sum(min(group.count, self.owned[group.gpu.slug]) for group in groups)

    def _cost_of(self, groups: Sequence[GpuGroup]) -> float:
        """What is paid for cards; those the asker has cost nothing, sold or not."""
        bought = [(g.gpu.slug, max(0, g.count - self.owned[g.gpu.slug])) for g in groups]
        each = self.offers.gpu_cost
        return sum(number * each.get(slug, np.nan) for slug, number in bought if number)

    def _within_watts(self, watts: Column) -> NDArray[np.bool_]:
        if np.isinf(self._watts):
            return np.ones(watts.shape, dtype=bool)
        return np.less_equal(watts, self._watts)

    def takes(self, hosts: Index, cards: Index) -> NDArray[np.bool_]:
        """Which computers take which rows of cards, in just that link."""
        market = self.offers.market
        gen = np.fmin(market.hosts.pcie_gen[hosts], self._card_gen[cards])
        count = market.cards.count[cards]
        taken: NDArray[np.bool_] = (
            (gen == self._link_gen[cards])
            & ((count > market.hosts.gpus_max_x16[hosts]) == self._link_split[cards])
            & (count <= market.hosts.gpus_max[hosts])
        )
        return taken

    def _strongest_first(self, hosts: Index) -> Index:
        """By the bandwidth of their memory, so that the better of two equal prices is taken."""
        bandwidth = self.offers.market.hosts.rows.figures["dram_bandwidth_gbs"][hosts]
        return hosts[np.argsort(-bandwidth, kind="stable")]

    def _bare(self, hosts: Index) -> Machines:
        none = np.full(len(hosts), NONE, dtype=np.intp)
        return Machines(
            cards=none,
            cpu=hosts,
            host=hosts,
            system=none,
            group=self._first_cpu_group + self.offers.market.hosts.cpu[hosts],
            cost_cents=in_cents(self.offers.host_whole_cost(hosts)),
            watts=self.offers.wall_watts(self.offers.host_watts_dc[hosts]),
        )

    def _systems(self, *, with_gpu: bool) -> Machines:
        market = self.offers.market
        rows = np.array(
            [
                i
                for i, parts in enumerate(market.systems)
                if bool(parts.gpus) == with_gpu
                and not np.isnan(self.offers.system_cost[i])
                and self.must.systems[i]
                and self._system_allowed(i)
            ],
            dtype=np.intp,
        )
        return Machines(
            cards=market.system_cards[rows],
            cpu=market.system_cpu[rows],
            host=np.full(len(rows), NONE, dtype=np.intp),
            system=rows,
            group=self._first_system_group + rows,
            cost_cents=in_cents(self.offers.system_cost[rows]),
            watts=self.offers.system_watts[rows],
        )

    def _system_allowed(self, row: int) -> bool:
        parts = self.offers.market.systems[row]
        kinds = self.spec.limits.form_factors
        system = parts.system
        named = (
            not kinds
            or system is None
            or system.system_class in kinds
            or ("self-build" in kinds and is_self_build(system))
        )
        vendors = self.spec.limits.gpu_vendors
        mine = [self._vendor_allowed(group.gpu) for group in parts.gpus]
        return named and (all(mine) if mine else not vendors or "none" in vendors)

    def _vendor_allowed(self, gpu: GpuFacts) -> bool:
        vendors = self.spec.limits.gpu_vendors
        return not vendors or gpu.vendor in vendors


def owned_cards(spec: AdvisorSpec) -> Counter[str]:
    """Cards the asker has, by slug."""
    owned: Counter[str] = Counter()
    for slot in spec.owned.gpus:
        owned[slot.gpu] += slot.count
    return owned


def _least(cents: NDArray[np.int64], watts: Column) -> Index:
    """Row of the lowest price in every column; of equal prices the fewest watts, then the first."""
    if not cents.size:  # nobody sells any of the cards
        return np.zeros(0, dtype=np.intp)
    lowest = cents == cents.min(axis=0)
    row: Index = np.argmin(np.where(lowest, watts, np.inf), axis=0)
    return row

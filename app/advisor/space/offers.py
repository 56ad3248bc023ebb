"""What one buyer can order, and at what price: computers, cards, complete systems.

A thing without a price cannot be ordered; a list price at launch counts only while the thing is
sold. Costs are those of `builds.costs`, added up column by column.
"""

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.advisor.search.pareto import not_dominated
from app.advisor.space.hosts import Column, CpuRows, Hosts, Index
from app.advisor.space.market import Market
from app.builds.assessment import Cost
from app.builds.assumptions import CostAssumptions
from app.builds.costs import cost_of
from app.builds.costs.pricing import SOLD_USED_ONLY, ItemPrice, Pricer, pricer_of
from app.builds.costs.work import Work
from app.builds.parts import Parts
from app.builds.power import power_of, supply_rating
from app.builds.spec import BuildSpec, Condition, Currency, EconomicsSpec
from app.builds.traits import is_self_build
from app.catalogue.snapshot import Catalogue
from app.estimator.calibration import Calibration
from app.estimator.cpu_bandwidth import machine_bandwidth_gbs, peak_tflops
from app.estimator.effects import Devices, Regime, multiples_table
from app.estimator.efficiency import Confidence, Costs
from app.estimator.hardware import Cpu

#: Parts of a self-built computer that no list of parts names, besides the power supply.
_REST: Final = ("board", "case", "storage")
#: Systems that can be bought in each condition, by what the catalogue says of them.
_SOLD: Final[dict[Condition, frozenset[str | None]]] = {
    "new": frozenset({"current", None}),
    "used": frozenset({"used", "discontinued", "superseded"}),
    "any": frozenset({"current", "used", "discontinued", "superseded", None}),
}
#: What a machine does all day, where only its price matters.
_NO_WORK: Final = Work(1, 1, 1, 1)
#: Hundredths of any currency that nobody has.
UNAFFORDABLE: Final = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class Buyer:
    """Whose prices count, and what is there already."""

    currency: Currency
    condition: Condition
    today: date


@dataclass(frozen=True, slots=True)
class Supplies:
    """Power supplies: up to so many watts behind the supply, at such a price."""

    watts_max: Column
    price: Column

    def cost(self, watts_dc: Column) -> Column:
        """The smallest that gives enough with room for peaks, or several of the largest."""
        rating = supply_rating(watts_dc)
        which = np.searchsorted(self.watts_max, rating, side="left")
        last = len(self.watts_max) - 1
        count = np.where(which > last, np.ceil(rating / self.watts_max[last]), 1.0)
        cost: Column = count * self.price[np.minimum(which, last)]
        return np.where(np.isnan(watts_dc), np.nan, cost)


@dataclass(frozen=True, slots=True)
class Strength:
    """Everything of each host that a speed can depend on, whatever runs; more is never slower."""

    answers: tuple[Column, ...]  # what generating tokens depends on
    others: tuple[Column, ...]  # what only prompts do, what can be plugged in, who made it


@dataclass
class Offers:
    """Prices and watts of everything on a market, in one buyer's currency; NaN: not for sale."""

    market: Market
    buyer: Buyer
    host_cost: Column  # without a power supply
    host_watts_dc: Column
    gpu_cost: Mapping[str, float]  # of one card
    system_cost: Column
    system_watts: Column  # at the wall, under load
    supplies: Supplies
    psu_efficiency: float
    strength: "Strength"
    _fronts: dict[tuple[int | None, bool], Index] = field(default_factory=dict)

    def host_whole_cost(self, hosts: Index, added_watts_dc: Column | float = 0.0) -> Column:
        """A computer with the power supply it needs beside cards of so many watts."""
        watts = self.host_watts_dc[hosts] + added_watts_dc
        return self.host_cost[hosts] + self.supplies.cost(watts)

    def wall_watts(self, watts_dc: Column) -> Column:
        """Watts at the wall for so many behind the supply."""
        return watts_dc / self.psu_efficiency

    @cached_property
    def cpus(self) -> tuple[CpuRows, Index]:
        """The CPUs a question can come to, and where each of the market's is among them (or -1)."""
        return self._cpus_of(self.unbeaten)

    @cached_property
    def cpus_of_each_speed(self) -> tuple[CpuRows, Index]:
        """The same with the computers of `hosts_of_size` that are slower than dearer ones."""
        return self._cpus_of(self._unbeaten_of_each_speed)

    def _cpus_of(self, hosts: Index) -> tuple[CpuRows, Index]:
        market = self.market
        own = np.arange(len(market.hosts), len(market.cpus), dtype=np.intp)
        used = np.concatenate([hosts, own])
        row = np.full(len(market.cpus), -1, dtype=np.intp)
        row[used] = np.arange(len(used))
        figures = {name: column[used] for name, column in market.cpus.figures.items()}
        return CpuRows(Devices([market.cpus.kinds.kinds[i] for i in used]), figures), row

    @cached_property
    def sizes_gib(self) -> Column:
        """Sizes of memory that computers come with, ascending."""
        return np.unique(self.market.hosts.rows.figures["memory_gib"])

    def hosts_of_size(self, step: int, *, each_speed: bool = False) -> Index:
        """Computers with at least the memory at a place of ``sizes_gib`` that no other one beats.

        Left out is what another computer equals or beats in price, watts and everything a speed
        can depend on: it can be no better answer to any question, but for one. Where requests wait
        for one another, quicker answers bring the next prompts sooner, and each then waits longer
        for its first token; with ``each_speed`` a computer is left out only for one that answers
        just as fast. None beyond the largest size.
        """
        if step >= len(self.sizes_gib):
            return np.zeros(0, dtype=np.intp)
        if (step, each_speed) not in self._fronts:
            least = float(self.sizes_gib[step])
            self._fronts[step, each_speed] = (
                self._front_of_each_speed(least, self._unbeaten_of_each_speed)
                if each_speed
                else self._front(least, self.unbeaten)
            )
        return self._fronts[step, each_speed]

    @property
    def unbeaten(self) -> Index:
        """Computers that no other one beats where memory counts too: all others are among them."""
        if (None, False) not in self._fronts:
            sizes = self.market.hosts.rows.figures["memory_gib"]
            self._fronts[None, False] = self._front(0.0, np.arange(len(self.market.hosts)), sizes)
        return self._fronts[None, False]

    @property
    def _unbeaten_of_each_speed(self) -> Index:
        if (None, True) not in self._fronts:
            every = np.arange(len(self.market.hosts))
            sizes = self.market.hosts.rows.figures["memory_gib"]
            self._fronts[None, True] = self._front_of_each_speed(0.0, every, sizes)
        return self._fronts[None, True]

    def on(self, market: Market) -> "Offers":
        """The same prices on a market with other cards, but with the very same computers.

        What was found out about computers is shared, and so is what will be.
        """
        found = copy(self)
        found.market = market
        return found

    def at_no_cost(self) -> "Offers":
        """The same for somebody who has all of it already."""
        return replace(self, system_cost=np.zeros(len(self.system_cost)))

    def _front(self, least_gib: float, among: Index, *more: Column) -> Index:
        rows = self._for_sale(least_gib, among)
        strength = (*self.strength.answers, *self.strength.others, *more)
        return rows[not_dominated(self._ends(rows, strength))] if rows.size else rows

    def _front_of_each_speed(self, least_gib: float, among: Index, *more: Column) -> Index:
        rows = self._for_sale(least_gib, among)
        if not rows.size:
            return rows
        answers = np.stack([np.nan_to_num(c[rows], nan=-1.0) for c in self.strength.answers])
        speed = np.unique(answers, axis=1, return_inverse=True)[1].ravel()
        ends = self._ends(rows, (*self.strength.others, *more))
        order = np.argsort(speed, kind="stable")
        alike = np.split(order, np.flatnonzero(np.diff(speed[order])) + 1)
        found = np.concatenate([some[not_dominated(ends[some])] for some in alike])
        chosen: Index = rows[np.sort(found)]
        return chosen

    def _for_sale(self, least_gib: float, among: Index) -> Index:
        sizes = self.market.hosts.rows.figures["memory_gib"][among]
        cost = self.host_cost[among] + self.host_watts_dc[among]
        return among[(sizes >= least_gib) & ~np.isnan(cost)]

    def _ends(self, rows: Index, strength: Sequence[Column]) -> Column:
        """What should be small: price, watts, and strength the other way round."""
        lacking = [-np.nan_to_num(column[rows], nan=-1.0) for column in strength]
        return np.stack([self.host_cost[rows], self.host_watts_dc[rows], *lacking], axis=1)


def offers_of(
    market: Market,
    buyer: Buyer,
    catalogue: Catalogue,
    calibration: Calibration,
    data: CostAssumptions,
) -> Offers:
    """All prices on a market for one buyer."""
    pricer = pricer_of(catalogue, data, buyer.currency, buyer.condition, buyer.today)
    hosts = market.hosts
    cost, watts = _hosts(hosts, pricer, data)
    system_cost, system_watts = _systems(market, buyer, catalogue, data)
    return Offers(
        market=market,
        buyer=buyer,
        host_cost=cost,
        host_watts_dc=watts,
        gpu_cost={
            slug: _amount(pricer.part("gpu", gpu), gpu.status, buyer.condition)
            for slug, gpu in catalogue.gpus.items()
        },
        system_cost=system_cost,
        system_watts=system_watts,
        supplies=_supplies(pricer, data),
        psu_efficiency=data.figure("psu_efficiency"),
        strength=_strength(hosts, calibration),
    )


def in_cents(amount: Column) -> NDArray[np.int64]:
    """Amounts in hundredths, half up as shops round; a hair of binary error is forgiven.

    An unknown amount is more than anybody has.
    """
    cents = np.floor(np.nan_to_num(amount) * 100 + 0.5 + 1e-6).astype(np.int64)
    return np.where(np.isnan(amount), UNAFFORDABLE, cents)


def _amount(price: ItemPrice, status: str | None, condition: Condition) -> float:
    """The typical price of something that can be ordered, else NaN."""
    if price.amounts is None:
        return float("nan")
    gone = _is_gone(price.basis, price.condition, status, condition)
    return float("nan") if gone else float(price.amounts.typical)


def _is_gone(basis: str, seen: str | None, status: str | None, condition: Condition) -> bool:
    """Whether a price is of something no longer sold that way; ``seen``: new or used."""
    gone = basis == "launch-price" and status in SOLD_USED_ONLY
    return gone or (condition == "new" and seen == "used")


def _hosts(hosts: Hosts, pricer: Pricer, data: CostAssumptions) -> tuple[Column, Column]:
    """Cost without a power supply, and watts behind one, of every computer."""
    cpu_cost = np.array([_cpu_and_board(parts, pricer, data) for parts in hosts.parts], dtype=float)
    condition = pricer.condition
    module_cost = np.array(
        [_amount(pricer.memory(m), None, condition) for m in hosts.modules], dtype=float
    )
    tdp = np.array(
        [np.nan if p.cpu is None or p.cpu.tdp_w is None else p.cpu.tdp_w for p in hosts.parts],
        dtype=float,
    )
    gib = hosts.rows.figures["memory_gib"]
    watts = tdp[hosts.cpu] + gib * data.figure("memory_w_per_gib") + data.figure("platform_w")
    return cpu_cost[hosts.cpu] + module_cost[hosts.module] * hosts.module_count, watts


def _cpu_and_board(parts: Parts, pricer: Pricer, data: CostAssumptions) -> float:
    """CPU, board, case, drive and cooler; NaN where one of them has no price."""
    cpu, platform = parts.cpu, parts.platform
    if cpu is None or platform is None:
        return float("nan")
    cost = _amount(pricer.part("cpu", cpu), cpu.status, pricer.condition) * parts.sockets
    for component in _REST:
        row = data.remainder(component, platform.slug)
        cost += float("nan") if row is None else _of(pricer.remainder(row))
    cooler = data.remainder("cooling", platform.slug)
    return cost + (
        float("nan") if cooler is None else _of(pricer.remainder(cooler)) * parts.sockets
    )


def _of(price: ItemPrice) -> float:
    return float("nan") if price.amounts is None else float(price.amounts.typical)


def _supplies(pricer: Pricer, data: CostAssumptions) -> Supplies:
    rows = sorted(
        (row for row in data.remainders if row.component == "psu"),
        key=lambda row: row.watts_max or 0.0,
    )
    return Supplies(
        watts_max=np.array([row.watts_max or 0.0 for row in rows], dtype=float),
        price=np.array([_of(pricer.remainder(row)) for row in rows], dtype=float),
    )


def _systems(
    market: Market, buyer: Buyer, catalogue: Catalogue, data: CostAssumptions
) -> tuple[Column, Column]:
    """What each complete system costs and draws; NaN where its price is not whole."""
    costs, watts = [], []
    question = BuildSpec(
        economics=EconomicsSpec(currency=buyer.currency, condition=buyer.condition)
    )
    for parts in market.systems:
        power = power_of(parts, data)
        sold = (
            parts.system is not None
            and parts.system.status in _SOLD[buyer.condition]
            and not _lacks_memory(parts)
        )
        cost = None
        if sold:
            cost = cost_of(parts, question, catalogue, data, _NO_WORK, power, buyer.today)
        whole = None
        if cost is not None and cost.complete and _is_sold(cost, catalogue, buyer.condition):
            whole = cost.purchase.typical
        costs.append(np.nan if whole is None else float(whole))
        watts.append(np.nan if power.load_w is None else power.load_w)
    return np.array(costs, dtype=float), np.array(watts, dtype=float)


def _lacks_memory(parts: Parts) -> bool:
    """Parts to put together of which nobody says how much memory belongs: no price is whole."""
    system = parts.system
    return is_self_build(system) and system is not None and system.memory_gib is None


def _is_sold(cost: Cost, catalogue: Catalogue, condition: Condition) -> bool:
    """Whether every part of a machine that is sold in parts can still be had at its price."""
    status = {
        line.slug: fact.status
        for line in cost.lines
        if line.kind in ("cpu", "gpu")
        and (
            fact := (catalogue.cpus if line.kind == "cpu" else catalogue.gpus).get(line.slug or "")
        )
    }
    return not any(
        _is_gone(line.basis, line.condition, status.get(line.slug), condition)
        for line in cost.lines
        if line.kind in ("cpu", "gpu", "memory-module")
    )


def _strength(hosts: Hosts, calibration: Calibration) -> Strength:
    """Bandwidth and arithmetic, as they are and over what the calibration says a CPU makes of them.

    Effects of an engine or a format are the same for all CPUs of one maker, so makers are told
    apart by a column and its negative, which nothing beats in both.
    """
    figures = hosts.rows.figures
    nothing = Costs({}, {}, Confidence("calibrated", "", 1.0, 1.0, ""))
    cpu = Cpu(name="", **figures, numa_bandwidth=1.0, costs=nothing)
    bandwidth = np.asarray(machine_bandwidth_gbs(cpu))
    peak = np.asarray(peak_tflops(cpu))
    if not len(hosts):
        return Strength((), ())
    kinds = hosts.rows.kinds
    some = [kinds.kinds[0]]

    def cost(regime: Regime, term: str) -> Column:
        column: Column = multiples_table(calibration.effects, regime, some, kinds)[term][0]
        return column

    makers = sorted({kind.cpu_vendor or "" for kind in kinds.kinds})
    maker = np.array([makers.index(kind.cpu_vendor or "") for kind in kinds.kinds], dtype=float)
    cores = peak / cost("cpu-prefill", "compute")
    return Strength(
        answers=(
            bandwidth,
            bandwidth / cost("cpu-decode", "weights"),
            bandwidth / cost("offload-decode", "host"),
            peak,
            peak / cost("cpu-decode", "compute"),
        ),
        others=(
            cores,
            cores / cost("offload-prefill", "cores"),
            hosts.pcie_gen,
            hosts.gpus_max,
            hosts.gpus_max_x16,
            maker,
            -maker,
        ),
    )

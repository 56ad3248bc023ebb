"""What a build can be at best, so that one that cannot matter need not be worked out.

Price, size of the model and bits are known beforehand. No step of an answer is shorter than reading
its weights takes: that bounds the speed. A build that even so is beaten by what was found already
is left out, and the answer stays the same.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from app.advisor.question import Goal
from app.advisor.search.rows import Tables
from app.advisor.space.deployments import FORMAT_FIGURES, MODEL_FIGURES, Deployments
from app.advisor.space.hosts import Column, Index
from app.estimator.cpu_bandwidth import machine_bandwidth_gbs, peak_tflops
from app.estimator.effects import regime_of
from app.estimator.efficiency import Confidence, Costs
from app.estimator.hardware import Cpu
from app.estimator.numbers import GB, GIB, Number
from app.estimator.prefill import body_flop_per_token, layer_split_speedup
from app.estimator.weights import (
    all_expert_bytes,
    expert_bytes,
    read_bytes,
    shared_bytes,
    stored_bytes,
)
from app.estimator.workload import OFFLOADS, Model, Placement, WeightFormat

if TYPE_CHECKING:
    from app.advisor.search.best import Builds

#: Speeds are compared after rounding: a bound this much too high loses nothing.
SLACK: Final = 1 + 1e-6
Keys = tuple[NDArray[np.float64] | NDArray[np.int64], ...]


@dataclass(frozen=True, slots=True)
class Steps:
    """A front as steps: the highest worth for at most such a price."""

    cost: NDArray[np.int64]
    worth: Column

    @staticmethod
    def of(builds: "Builds | None") -> "Steps":
        """The steps of a front of price against speed."""
        if builds is None:
            return Steps(np.zeros(0, dtype=np.int64), np.zeros(0))
        return Steps(builds.cost_cents, builds.decode_tps)

    @staticmethod
    def people(builds: "Builds | None") -> "Steps":
        """The steps of a front of price against people."""
        if builds is None:
            return Steps.of(None)
        return Steps(builds.cost_cents, builds.requests_per_hour)

    def at(self, cost: NDArray[np.int64]) -> Column:
        """The highest worth found for no more than each price; below zero where there is none."""
        if not self.cost.size:
            return np.full(cost.shape, -1.0)
        step = np.searchsorted(self.cost, cost, side="right") - 1
        found: Column = np.where(step >= 0, self.worth[np.maximum(step, 0)], -1.0)
        return found


@dataclass(frozen=True, slots=True)
class Bound:
    """What was found so far, as far as it rules anything out."""

    goal: Goal
    slowest_good_tps: float  # a build that will do is faster than this
    latest_good_s: float  # and its first token comes sooner than this
    last: Keys | None  # of the last group that would be listed; None: the list is not full
    groups: Index  # those found, ascending
    best: Keys  # of each group's best
    front: Steps
    missed: Steps
    first_cents: int | None  # price of the first of the list
    all_that_do: bool = False  # every build that could do what is asked matters

    @property
    def by_model(self) -> bool:
        """Whether a group is a size of model rather than a machine."""
        return self.goal == "best-model"

    def matters(
        self,
        cost: NDArray[np.int64],
        group: Index,
        size_b: Column,
        bits: Column,
        fastest_tps: Column,
        soonest_s: Column | float = 0.0,
    ) -> NDArray[np.bool_]:
        """Which builds could be listed, or lie on a front. All arguments broadcast.

        ``fastest_tps`` and ``soonest_s``: no answer is faster, no first token comes sooner.
        """
        fastest = fastest_tps * SLACK
        could_do = (fastest > self.slowest_good_tps) & (soonest_s < self.latest_good_s * SLACK)
        found: NDArray[np.bool_] = could_do
        if not self.all_that_do:
            listed = self._could_be_listed(cost, group, size_b, bits, fastest)
            found = could_do & (listed | (fastest > self.front.at(cost)))
        near = fastest > self.missed.at(cost)
        if self.first_cents is not None:
            near &= cost < self.first_cents
        return found | (~could_do & near)

    def _could_be_listed(
        self, cost: NDArray[np.int64], group: Index, size_b: Column, bits: Column, fastest: Column
    ) -> NDArray[np.bool_]:
        keys = leading_keys(self.goal, cost, size_b, bits, fastest)
        good = np.ones(np.broadcast_shapes(fastest.shape, cost.shape), dtype=bool)
        if self.last is not None:
            good &= not_after(keys, self.last)
        if self.groups.size:
            place = np.minimum(np.searchsorted(self.groups, group), len(self.groups) - 1)
            known = self.groups[place] == group
            good &= ~known | not_after(keys, tuple(key[place] for key in self.best))
        return good


def leading_keys(
    goal: Goal, cost: NDArray[np.int64], size_b: Column, bits: Column, decode_tps: Column
) -> Keys:
    """What a goal ranks by, smallest first.

    Where most users are the goal nothing: people served come first, and have no bound.
    """
    keys: dict[Goal, Keys] = {
        "cheapest": (cost, -size_b, -bits, -decode_tps),
        "fastest": (-decode_tps, cost, -size_b, -bits),
        "most-users": (),
        "best-model": (-size_b, -bits, cost, -decode_tps),
    }
    return keys[goal]


def not_after(keys: Keys, other: Keys) -> NDArray[np.bool_]:
    """Whether keys come before others, or tie with them: the first that differ decide."""
    result: NDArray[np.bool_] = np.array(True)
    for key, against in reversed(list(zip(keys, other, strict=True))):
        result = (key < against) | ((key == against) & result)
    return result


@dataclass(frozen=True, slots=True)
class Reading:
    """Bytes of weights a step for one request reads, and how they can be shared out."""

    shared_bytes: Column
    expert_bytes: Column
    kept_gib: Column  # of what has to stay on the cards
    movable_gib: Column  # of what can lie in RAM

    @property
    def whole_bytes(self) -> Column:
        return self.shared_bytes + self.expert_bytes


def reading_of(deployments: Deployments, placement: Placement) -> Reading:
    """What each deployment reads. Under layer offload all of it can lie in RAM."""
    model = _model(deployments)
    fmt = _format(deployments)
    one = np.ones(len(deployments))
    shared = np.asarray(shared_bytes(model, fmt))
    experts = np.asarray(expert_bytes(model, fmt, one))
    stored = np.asarray(stored_bytes(model, fmt)) / GIB
    movable = np.asarray(all_expert_bytes(model, fmt)) / GIB
    if placement != "expert-offload":
        return Reading(np.zeros(len(one)), shared + experts, np.zeros(len(one)), stored)
    return Reading(shared, experts, stored - movable, movable)


@dataclass
class Speeds:
    """How fast weights can be read, by everything that may run on everything there is."""

    tables: Tables

    def __post_init__(self) -> None:
        self.flop = np.asarray(body_flop_per_token(_model(self.tables.deployments)))
        self._peak_tflops = np.asarray(peak_tflops(_cpus(self.tables)))
        self._readings: dict[Placement, Reading] = {}
        self._passes: dict[tuple[Placement, float], Column] = {}
        self._in_ram: dict[tuple[int, Placement], Column] = {}

    def reading(self, placement: Placement) -> Reading:
        """What each deployment reads."""
        if placement not in self._readings:
            self._readings[placement] = reading_of(self.tables.deployments, placement)
        return self._readings[placement]

    def on_cards(
        self, engine: int, serving: bool, placement: Placement, deployments: Index, cards: Index
    ) -> Column:
        """Seconds a card takes for one byte of a deployment's weights; both indices broadcast."""
        own: Placement = "one-gpu" if placement in OFFLOADS else placement
        table = self.tables.costs(regime_of(own, serving, "decode"), engine)
        kind = table.kind[self.tables.deployments.kind[deployments]]
        figures = self.tables.cards.figures
        at_once = figures["count"][cards] if serving and placement == "tensor-parallel" else 1.0

        def of(cards: Index) -> Column:
            times = table.terms["weights"][kind, table.device[cards]]
            result: Column = times / (figures["bandwidth_gbs"][cards] * GB * at_once)
            return result

        return of(cards) if serving or own == "one-gpu" else self._in_turn(of, cards)

    def _in_turn(self, of: Callable[[Index], Column], cards: Index) -> Column:
        """Seconds where layers are split: of each kind of card for the layers that lie on it."""
        held = self.tables.cards
        if not held.of.any_mixed:
            return of(cards)
        second = held.share_of_second(cards)
        result: Column = (1 - second) * of(held.of.first[cards]) + second * of(
            held.of.second[cards]
        )
        return result

    def token_on_cards(
        self,
        engine: int,
        serving: bool,
        placement: Placement,
        deployments: Index,
        cards: Index,
        prompt_tokens: float,
    ) -> Column:
        """Seconds that the matrix arithmetic of one prompt token takes on cards; broadcast."""
        tables = self.tables
        table = tables.costs(regime_of(placement, serving, "prefill"), engine)
        kind = table.kind[tables.deployments.kind[deployments]]
        count = tables.cards.count[cards]
        at_once: Number = 1.0
        split = not serving and placement in ("layer-split", "tensor-parallel")
        if serving:
            at_once = count if placement == "tensor-parallel" else 1.0
        elif split:
            ubatch = tables.deployments.ubatch_tokens[deployments]
            ubatch = np.where(np.isnan(ubatch), tables.cards.chunk_tokens[cards], ubatch)
            at_once = layer_split_speedup(prompt_tokens, ubatch, count, tables.judged.pipeline)

        def of(cards: Index) -> Column:
            times = table.terms["compute"][kind, table.device[cards]]
            peak = tables.cards.figures["compute_tflops"][cards]
            if serving:
                peak = tables.cards.serving_tflops[cards, tables.deployments.peak[deployments]]
            result: Column = times * self.flop[deployments] / (peak * 1e12 * at_once)
            return result

        return self._in_turn(of, cards) if split else of(cards)

    def token_carried(
        self,
        engine: int,
        placement: Placement,
        deployments: Index,
        cards: Index,
        prompt_tokens: float,
    ) -> Column:
        """The same with weights in RAM: the card's arithmetic, and carrying to it what it lacks.

        Zero for an engine that leaves those weights to the CPU: who does how much is not known
        before the memory is.
        """
        tables, deployed = self.tables, self.tables.deployments
        ubatch = np.minimum(deployed.ubatch_tokens[deployments], prompt_tokens)
        streams = ubatch >= deployed.streams_from_tokens[deployments]
        table = tables.costs(regime_of(placement, False, "prefill"), engine)
        times = table.terms["carried"].min(axis=1)[table.kind[deployed.kind[deployments]]]
        link = tables.cards.figures["host_link_gbs"][cards] * GB
        away = self.away(placement, deployments, cards)
        carried = times * away * self._pass_bytes(placement, prompt_tokens)[deployments]
        own = self.token_on_cards(engine, False, "one-gpu", deployments, cards, prompt_tokens)
        return np.where(streams, own + carried / (link * ubatch), 0.0)

    def away(self, placement: Placement, deployments: Index, cards: Index) -> Column:
        """Of the weights that can lie in RAM, the share that does when the cards are full."""
        reading, room = self.reading(placement), self.tables.cards.room_gib(cards)
        kept, movable = reading.kept_gib[deployments], reading.movable_gib[deployments]
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.clip(1 - (room - kept) / movable, 0.0, 1.0)

    def _pass_bytes(self, placement: Placement, prompt_tokens: float) -> Column:
        """Bytes that can lie in RAM and that one pass over a prompt reads, by deployment."""
        if (placement, prompt_tokens) not in self._passes:
            deployed = self.tables.deployments
            model = _model(deployed)
            fmt = _format(deployed)
            ubatch = np.minimum(deployed.ubatch_tokens, prompt_tokens)
            read = expert_bytes if placement == "expert-offload" else read_bytes
            self._passes[placement, prompt_tokens] = np.asarray(read(model, fmt, ubatch))
        return self._passes[placement, prompt_tokens]

    def token_on_cpu(self, engine: int, deployments: Index, cpus: Index) -> Column:
        """The same on a CPU, by its row in the tables."""
        table = self.tables.costs("cpu-prefill", engine)
        kind = table.kind[self.tables.deployments.kind[deployments]]
        times = table.terms["compute"][kind, table.device[cpus]]
        result: Column = times * self.flop[deployments] / (self._peak_tflops[cpus] * 1e12)
        return result

    def in_ram(self, engine: int, placement: Placement, deployments: Index, cpus: Index) -> Column:
        """The same for the memory of CPUs, by their rows in the tables; both indices broadcast."""
        table = self.tables.costs(regime_of(placement, False, "decode"), engine)
        kind = table.kind[self.tables.deployments.kind[deployments]]
        result: Column = self._of_engine(engine, placement)[kind, cpus]
        return result

    def quickest_in_ram(
        self, engine: int, placement: Placement, deployments: Index, cpus: Index
    ) -> Column:
        """The least of that over some CPUs, for each deployment."""
        table = self.tables.costs(regime_of(placement, False, "decode"), engine)
        least = self._of_engine(engine, placement)[:, cpus].min(axis=1)
        kind = table.kind[self.tables.deployments.kind[deployments]]
        result: Column = least[kind]
        return result

    def _of_engine(self, engine: int, placement: Placement) -> Column:
        """Every kind of deployment under an engine on every CPU."""
        if (engine, placement) not in self._in_ram:
            self._in_ram.clear()  # of the engine before
            table = self.tables.costs(regime_of(placement, False, "decode"), engine)
            times = table.terms["weights" if placement == "cpu-only" else "host"][:, table.device]
            bandwidth = np.asarray(machine_bandwidth_gbs(_cpus(self.tables))) * GB
            self._in_ram[engine, placement] = times / bandwidth
        return self._in_ram[engine, placement]


def _model(deployments: Deployments) -> Model:
    figures = {name: deployments.figures[name] for name in MODEL_FIGURES}
    return Model("", **figures, linear_attention=False)


def _format(deployments: Deployments) -> WeightFormat:
    return WeightFormat("", **{name: deployments.figures[name] for name in FORMAT_FIGURES})


def _cpus(tables: Tables) -> Cpu:
    """All CPUs at their best: two sockets read at most twice as fast as one."""
    nothing = Costs({}, {}, Confidence("calibrated", "", 1.0, 1.0, ""))
    return Cpu("", **tables.cpus.figures, numa_bandwidth=2.0, costs=nothing)

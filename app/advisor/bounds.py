"""What a build can be at best, so that one that cannot matter need not be worked out.

Price, size of the model and bits are known beforehand. No step of an answer is shorter than reading
its weights takes: that bounds the speed. A build that even so is beaten by what was found already
is left out, and the answer stays the same.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from app.advisor.deployments import FORMAT_FIGURES, MODEL_FIGURES, Deployments
from app.advisor.hosts import Column, Index
from app.advisor.question import Goal
from app.advisor.rows import Tables
from app.estimator.cpu_bandwidth import machine_bandwidth_gbs
from app.estimator.effects import regime_of
from app.estimator.efficiency import Confidence, Costs
from app.estimator.hardware import Cpu
from app.estimator.numbers import GB, GIB
from app.estimator.weights import (
    all_expert_bytes,
    expert_bytes,
    shared_bytes,
    stored_bytes,
)
from app.estimator.workload import Model, Placement, WeightFormat

if TYPE_CHECKING:
    from app.advisor.search import Builds

#: Speeds are compared after rounding: a bound this much too high loses nothing.
_SLACK: Final = 1 + 1e-6
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
    last: Keys | None  # of the last group that would be listed; None: the list is not full
    groups: Index  # those found, ascending
    best: Keys  # of each group's best
    front: Steps
    missed: Steps
    first_cents: int | None  # price of the first of the list
    everything: bool = False  # nothing is ruled out

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
    ) -> NDArray[np.bool_]:
        """Which builds could be listed, or lie on a front. All arguments broadcast."""
        fastest = fastest_tps * _SLACK
        if self.everything:
            return np.broadcast_to(
                ~np.isnan(fastest), np.broadcast_shapes(fastest.shape, cost.shape)
            )
        could_do = fastest > self.slowest_good_tps
        listed = self._could_be_listed(cost, group, size_b, bits, fastest)
        on_front = fastest > self.front.at(cost)
        found: NDArray[np.bool_] = could_do & (listed | on_front)
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
    """What a goal ranks by before anything else, smallest first."""
    keys: dict[Goal, Keys] = {
        "cheapest": (cost, -size_b, -bits, -decode_tps),
        "fastest": (-decode_tps, cost),
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
    figures = deployments.figures
    model = Model("", **{n: figures[n] for n in MODEL_FIGURES}, linear_attention=False)
    fmt = WeightFormat("", **{n: figures[n] for n in FORMAT_FIGURES})
    one = np.ones(len(deployments))
    shared = np.asarray(shared_bytes(model, fmt))
    experts = np.asarray(expert_bytes(model, fmt, one))
    stored = np.asarray(stored_bytes(model, fmt)) / GIB
    movable = np.asarray(all_expert_bytes(model, fmt)) / GIB
    if placement != "expert-offload":
        return Reading(np.zeros(len(one)), shared + experts, np.zeros(len(one)), stored)
    return Reading(shared, experts, stored - movable, movable)


def seconds_per_byte_on_cards(
    tables: Tables, engine: int, serving: bool, placement: Placement, kind: Index, cards: Index
) -> Column:
    """Seconds a card takes to read one byte of weights: (kinds of deployment x cards)."""
    own: Placement = "one-gpu" if placement in ("layer-offload", "expert-offload") else placement
    table = tables.costs(regime_of(own, serving, "decode"), engine)
    times = table.terms["weights"][np.ix_(table.kind[kind], table.device[cards])]
    figures = tables.cards.figures
    at_once = figures["count"][cards] if serving and placement == "tensor-parallel" else 1.0
    result: Column = times / (figures["bandwidth_gbs"][cards] * GB * at_once)
    return result


def seconds_per_byte_in_ram(
    tables: Tables, engine: int, placement: Placement, kind: Index
) -> Column:
    """The same for the memory of every CPU in the tables: (kinds of deployment x CPUs)."""
    regime = regime_of(placement, False, "decode")
    table = tables.costs(regime, engine)
    term = "weights" if placement == "cpu-only" else "host"
    times = table.terms[term][table.kind[kind]][:, table.device]
    nothing = Costs({}, {}, Confidence("calibrated", "", 1.0, 1.0, ""))
    # two sockets read at most twice as fast as one
    cpu = Cpu(name="", **tables.cpus.figures, numa_bandwidth=2.0, costs=nothing)
    result: Column = times / (np.asarray(machine_bandwidth_gbs(cpu)) * GB)
    return result

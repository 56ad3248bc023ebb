"""The search itself: every build a question allows is worked out, and the best are kept.

Exact. What is left out without being worked out is a computer that another one equals or beats in
price, watts and everything a speed depends on (`Offers.hosts_with`), dearer machines around the
same cards where the machine plays no part, and builds that cannot hold their model.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.advisor.hosts import Column, Index
from app.advisor.machines import Shelf
from app.advisor.needs import Needs
from app.advisor.pairs import Block, Larger, blocks
from app.advisor.pareto import front
from app.advisor.question import Goal
from app.advisor.rows import Tables
from app.advisor.serving import Served, holding, most_requests, serve
from app.estimator.verdicts import CLASSES, Limits
from app.estimator.workload import PLACEMENTS

#: Blocks worked on at the same time.
WORKERS: Final = 2
#: Speeds nearer than this share are equal: so that the order of two builds never hangs on rounding.
_DIGITS: Final = 1e9
_UNKNOWN: Final = CLASSES.index("unknown")


@dataclass(frozen=True, slots=True)
class Builds:
    """Builds that were worked out, one a row: what they are and how they do."""

    cards: Index
    host: Index
    system: Index
    group: Index
    deployment: Index
    placement: Index  # as its place in `PLACEMENTS`
    cost_cents: NDArray[np.int64]
    watts: Column
    active: Column
    decode_tps: Column
    ttft_s: Column
    worst_class: NDArray[np.int64]
    size_b: Column
    bits: Column
    requests_per_hour: Column  # most it serves; NaN where not counted

    def __len__(self) -> int:
        return len(self.cards)

    def some(self, which: NDArray[np.bool_] | Index) -> "Builds":
        """A selection."""
        return Builds(*(getattr(self, name)[which] for name in _COLUMNS))

    @staticmethod
    def joined(parts: Sequence["Builds"]) -> "Builds":
        """Several lists as one."""
        return Builds(*(np.concatenate([getattr(p, name) for p in parts]) for name in _COLUMNS))


_COLUMNS: Final = tuple(Builds.__dataclass_fields__)


@dataclass
class Tally:
    """How much was looked at."""

    assessed: int = 0
    held: int = 0
    served: int = 0


@dataclass
class Kept:
    """The best so far: of each group its best, and what lies on the fronts."""

    goal: Goal
    best: Builds | None = None
    cost_speed: Builds | None = None
    cost_requests: Builds | None = None
    missed: Builds | None = None
    tally: Tally = field(default_factory=Tally)

    def add(self, found: Builds) -> None:
        """Take in builds that do what is asked."""
        if not len(found):
            return
        self.best = best_of_groups(_with(self.best, found), self.goal)
        self.cost_speed = _front(_with(self.cost_speed, found), "decode_tps")
        counted = found.some(~np.isnan(found.requests_per_hour))
        if len(counted):
            whole = _with(self.cost_requests, counted)
            self.cost_requests = _front(whole, "requests_per_hour")

    def add_missed(self, found: Builds) -> None:
        """Take in builds that run but do not do what is asked; the fastest of each price stay."""
        if len(found):
            self.missed = _front(_with(self.missed, found), "decode_tps")


def search(
    shelf: Shelf,
    tables: Tables,
    needs: Needs,
    limits: Limits,
    goal: Goal,
    *,
    count_people: bool,
    stop: Callable[[], bool] = lambda: False,
) -> Iterator[Kept]:
    """Work through all builds; yields the best so far after every block, at the end the answer.

    ``count_people``: also how many requests an hour every build that will do could serve.
    """
    kept = Kept(goal)
    work = _Work(shelf, tables, needs, limits, count_people)
    larger = Larger(shelf, tables, needs)
    with ThreadPoolExecutor(WORKERS) as pool:
        waiting: list[Future[_Done]] = []
        for block in blocks(shelf, tables, needs):
            if stop():
                break
            waiting.append(pool.submit(work.on, block))
            if len(waiting) > WORKERS:
                _take(waiting.pop(0).result(), kept, pool, waiting, work, larger)
                yield kept
        while waiting and not stop():
            _take(waiting.pop(0).result(), kept, pool, waiting, work, larger)
            yield kept
        for future in waiting:
            future.cancel()
    yield kept


def best_of_groups(builds: Builds, goal: Goal) -> Builds:
    """The best build of each group, best group first. For the best model a group is a model."""
    order = builds.some(ranking(builds, goal))
    groups = order.size_b if goal == "best-model" else order.group
    _, first = np.unique(groups, return_index=True)
    return order.some(np.sort(first))


def ranking(builds: Builds, goal: Goal) -> Index:
    """Rows from best to worst. What decides a tie stands behind what decides."""
    speed = -rounded(builds.decode_tps)
    people = -rounded(np.nan_to_num(builds.requests_per_hour, nan=-1.0))
    finer = (-rounded(builds.size_b), -rounded(builds.bits))
    cost = builds.cost_cents
    keys: dict[Goal, tuple[NDArray[np.float64] | NDArray[np.int64], ...]] = {
        "cheapest": (cost, *finer, speed),
        "fastest": (speed, cost, *finer),
        "most-users": (people, cost, *finer, speed),
        "best-model": (*finer, cost, speed),
    }
    last = (
        builds.watts,
        builds.deployment,
        builds.placement,
        builds.system,
        builds.cards,
        builds.host,
    )
    order: Index = np.lexsort(tuple(reversed((*keys[goal], *last))))
    return order


def rounded(figures: Column) -> Column:
    """Figures to nine digits behind the point."""
    return np.round(figures * _DIGITS) / _DIGITS


@dataclass(frozen=True, slots=True)
class _Done:
    block: Block
    short: NDArray[np.bool_]
    active: Column
    good: Builds
    missed: Builds
    assessed: int
    held: int


@dataclass(frozen=True, slots=True)
class _Work:
    """What is done with a block."""

    shelf: Shelf
    tables: Tables
    needs: Needs
    limits: Limits
    count_people: bool

    def on(self, block: Block) -> _Done:
        assessed = len(block)
        block = block.some(holding(self.tables, block.rows, self.needs))
        if not len(block):
            nothing = np.zeros(0, dtype=bool)
            empty = self.builds(block, None, nothing)
            return _Done(block, nothing, np.zeros(0), empty, empty, assessed, 0)
        served = serve(self.tables, block.rows, self.needs, self.limits)
        known = (served.fits == 1.0) & (served.worst_class != _UNKNOWN)
        good = known & served.keeps_up & (served.worst_class <= self.needs.worst_class)
        people, crowd = np.full(len(block), np.nan), np.zeros(len(block))
        if self.count_people and good.any():
            rows = block.rows.some(good)
            people[good], crowd[good] = most_requests(self.tables, rows, self.needs, self.limits)
        return _Done(
            block=block,
            # too little memory for the demand, or for more people than that
            short=(served.keeps_up & (served.fits == 0.0)) | (crowd > 0),
            active=np.where(crowd > 0, crowd, served.active),
            good=self.builds(block, served, good, people),
            # that run, but not as asked; how many people they could serve is not counted
            missed=self.builds(block, served, ~good & known),
            assessed=assessed,
            held=len(block),
        )

    def builds(
        self,
        block: Block,
        served: Served | None,
        which: NDArray[np.bool_],
        people: Column | None = None,
    ) -> Builds:
        block = block.some(which)
        n = len(block)
        some = Served.nothing() if served is None else served.some(which)
        deployed, machines, d = self.tables.deployments, block.machines, block.rows.deployment
        return Builds(
            cards=machines.cards,
            host=machines.host,
            system=machines.system,
            group=machines.group,
            deployment=d,
            placement=np.full(n, PLACEMENTS.index(block.rows.placement), dtype=np.intp),
            cost_cents=machines.cost_cents,
            watts=machines.watts,
            active=some.active,
            decode_tps=some.decode_tps,
            ttft_s=some.ttft_s,
            worst_class=some.worst_class,
            size_b=deployed.size_b[d],
            bits=deployed.bits[d],
            requests_per_hour=np.full(n, np.nan) if people is None else people[which],
        )


def _take(
    done: _Done,
    kept: Kept,
    pool: ThreadPoolExecutor,
    waiting: list[Future[_Done]],
    work: _Work,
    larger: Larger,
) -> None:
    kept.tally.assessed += done.assessed
    kept.tally.held += done.held
    kept.tally.served += len(done.good)
    kept.add(done.good)
    kept.add_missed(done.missed)
    more = larger.blocks(done.block, done.short, done.active)
    waiting.extend(pool.submit(work.on, block) for block in more)


def _with(before: Builds | None, found: Builds) -> Builds:
    return found if before is None else Builds.joined([before, found])


def _front(builds: Builds, worth: str) -> Builds:
    return builds.some(front(builds.cost_cents.astype(float), rounded(getattr(builds, worth))))


def people_served(requests_per_hour: float, of_one_person: float) -> int:
    """People whose busiest hour a build serves."""
    return int(requests_per_hour / of_one_person + 1e-9)

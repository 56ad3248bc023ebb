"""The search itself: every build a question allows is worked out, and the best are kept.

Exact. What is left out without being worked out is a computer that another one equals or beats in
price, watts and everything a speed depends on (`Offers.hosts_of_size`), dearer machines around the
same cards where the machine plays no part, and builds that cannot hold their model. Where a build
fails only because its requests wait for one another, slower computers are tried as well.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.advisor.question import Goal
from app.advisor.search.bounds import SLACK, Bound, Steps, leading_keys
from app.advisor.search.needs import Needs
from app.advisor.search.pairs import Block, Pairs
from app.advisor.search.pareto import front
from app.advisor.search.rows import Tables
from app.advisor.search.serving import (
    Served,
    holding,
    most_requests,
    most_requests_but_for_waiting,
    serve,
)
from app.advisor.space.hosts import Column, Index
from app.advisor.space.machines import NONE, Shelf
from app.estimator.verdicts import CLASSES, Limits
from app.estimator.workload import PLACEMENTS, READING_RAM

#: Blocks worked on at the same time.
WORKERS: Final = 2
#: Speeds nearer than this share are equal: so that the order of two builds never hangs on rounding.
_DIGITS: Final = 1e9
_UNKNOWN: Final = CLASSES.index("unknown")
_INTERACTIVE: Final = CLASSES.index("interactive")


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
    size_group: Index
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

    def bound(self, top: int, limits: Limits | None, *, all_that_do: bool) -> Bound:
        """What need not be worked out any more, after what was found.

        ``limits``: what an interactive build has to keep; None where none has to be interactive.
        """
        best = self.best
        none = np.zeros(0, dtype=np.intp)
        bound = Bound(
            self.goal,
            slowest_good_tps=0.0 if limits is None else limits.interactive_decode_tps,
            latest_good_s=np.inf if limits is None else limits.interactive_ttft_s,
            last=None,
            groups=none,
            best=(),
            front=Steps.of(self.cost_speed),
            missed=Steps.of(self.missed),
            first_cents=None,
            all_that_do=all_that_do,
        )
        if best is None or not len(best):
            return bound
        keys = leading_keys(self.goal, best.cost_cents, best.size_b, best.bits, best.decode_tps)
        groups = best.size_group if bound.by_model else best.group
        order = np.argsort(groups)
        return replace(
            bound,
            last=tuple(key[top - 1] for key in keys) if len(best) >= top else None,
            groups=groups[order],
            best=tuple(key[order] for key in keys),
            first_cents=int(best.cost_cents[0]),
        )

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

    def requests_of_groups(self, group: Index) -> Column:
        """Most requests an hour found in each group; below zero where there is none of it."""
        best = self.best
        if best is None:
            return np.full(len(group), -1.0)
        known, place = np.unique(best.group, return_index=True)
        at = np.minimum(np.searchsorted(known, group), len(known) - 1)
        most = np.nan_to_num(best.requests_per_hour, nan=-1.0)[place]
        return np.where(known[at] == group, most[at], -1.0)

    def take(self, done: "_Done") -> None:
        """Take in what came of a block."""
        self.tally.assessed += done.assessed
        self.tally.held += done.held
        self.tally.served += len(done.good)
        self.add(done.good)
        self.add_missed(done.missed)

    def add_missed(self, found: Builds) -> None:
        """Take in builds that run but do not do what is asked; the fastest of each price stay."""
        if len(found):
            self.missed = _front(_with(self.missed, found), "decode_tps")


@dataclass(frozen=True, slots=True)
class Field:
    """Where is searched: machines, and the estimator's columns for them."""

    shelf: Shelf
    tables: Tables


def search(
    field: Field,
    each_speed: Callable[[], Field],
    needs: Needs,
    limits: Limits,
    goal: Goal,
    top: int,
    *,
    count_people: bool,
    stop: Callable[[], bool] = lambda: False,
) -> Iterator[Kept]:
    """Work through all builds; yields the best so far after every block, at the end the answer.

    ``each_speed`` gives the same with computers that are slower than dearer ones, should they
    matter. ``count_people``: also how many requests an hour every build that will do could serve.
    """
    kept = Kept(goal)
    kept_limits = limits if needs.worst_class == _INTERACTIVE else None
    # how many people a build serves has no bound here: where they are counted, all count
    bounds = Newest(lambda: kept.bound(top, kept_limits, all_that_do=count_people))
    late: list[Late] = []

    def through(
        field: Field, blocks: Callable[[Pairs], Iterator[Block]], pool: ThreadPoolExecutor
    ) -> Iterator[Kept]:
        pairs = Pairs(field.shelf, field.tables, needs, limits, bounds)
        work = Worker.of(field.tables, needs, limits, count_people=count_people)
        waiting: list[Future[_Done]] = []

        def take() -> None:
            done = waiting.pop(0).result()
            kept.take(done)
            bounds.forget()
            late.extend(done.late)
            more = pairs.in_computers_for(done.block, done.short, done.active)
            waiting.extend(pool.submit(work.on, block) for block in more)

        for block in blocks(pairs):
            if stop():
                break
            waiting.append(pool.submit(work.on, block))
            if len(waiting) > WORKERS:
                take()
                yield kept
        while waiting and not stop():
            take()
            yield kept
        for future in waiting:
            future.cancel()

    with ThreadPoolExecutor(WORKERS) as pool:
        yield from through(field, Pairs.blocks, pool)
        # of the slower computers one may be the better only where a dearer one fails by waiting
        again = [some for some in late if some.those_that_matter(bounds(), kept).any()]
        if again and not stop():
            yield from through(
                each_speed(),
                lambda pairs: (
                    block
                    for some in again
                    for block in pairs.in_computers_for(
                        some.block, some.those_that_matter(bounds(), kept), some.active
                    )
                ),
                pool,
            )
    yield kept


@dataclass
class Newest:
    """The bound after what was found last, made when somebody asks."""

    make: Callable[[], Bound]
    _kept: Bound | None = None

    def __call__(self) -> Bound:
        if self._kept is None:
            self._kept = self.make()
        return self._kept

    def forget(self) -> None:
        """Something was found."""
        self._kept = None


def best_of_groups(builds: Builds, goal: Goal) -> Builds:
    """The best build of each group, best group first. For the best model a group is a model."""
    order = builds.some(ranking(builds, goal))
    groups = order.size_group if goal == "best-model" else order.group
    _, first = np.unique(groups, return_index=True)
    return order.some(np.sort(first))


def ranking(builds: Builds, goal: Goal) -> Index:
    """Rows from best to worst. What decides a tie stands behind what decides."""
    keys = leading_keys(
        "cheapest" if goal == "most-users" else goal,
        builds.cost_cents,
        rounded(builds.size_b),
        rounded(builds.bits),
        rounded(builds.decode_tps),
    )
    if goal == "most-users":
        keys = (-rounded(np.nan_to_num(builds.requests_per_hour, nan=-1.0)), *keys)
    last = (
        builds.watts,
        builds.deployment,
        builds.placement,
        builds.system,
        builds.cards,
        builds.host,
    )
    order: Index = np.lexsort(tuple(reversed((*keys, *last))))
    return order


def rounded(figures: Column) -> Column:
    """Figures to nine digits behind the point."""
    return np.round(figures * _DIGITS) / _DIGITS


@dataclass(frozen=True, slots=True)
class Late:
    """Builds whose requests wait too long for one another, and what slower ones could be at best.

    A computer that answers more slowly asks for prompts less often, so that each waits less.
    """

    block: Block
    builds: Builds
    asked: NDArray[np.bool_]  # they wait too long under the demand; else with more people only
    active: Column  # requests at once with which they do
    requests_per_hour: Column  # no slower computer serves more; NaN where not counted

    def those_that_matter(self, bound: Bound, kept: Kept) -> NDArray[np.bool_]:
        """Which could still be listed or lie on a front, in a slower and dearer computer."""
        builds = self.builds
        # a computer without cards is known by its CPU, and that would be another
        group = np.where(builds.cards == NONE, NONE, builds.group)
        if bound.by_model:
            group = builds.size_group
        matters = self.asked & replace(bound, all_that_do=False).matters(
            builds.cost_cents, group, builds.size_b, builds.bits, builds.decode_tps
        )
        people = Steps.people(kept.cost_requests).at(builds.cost_cents)
        more = np.greater(self.requests_per_hour * SLACK, people)
        if bound.goal == "most-users":
            more |= self.requests_per_hour * SLACK >= kept.requests_of_groups(group)
            matters &= more
        return matters | more


@dataclass(frozen=True, slots=True)
class _Done:
    block: Block
    short: NDArray[np.bool_]
    active: Column
    good: Builds
    missed: Builds
    late: list[Late]
    assessed: int
    held: int


@dataclass(frozen=True, slots=True)
class Worker:
    """What is done with a block."""

    tables: Tables
    needs: Needs
    limits: Limits
    count_people: bool
    size_group: Index

    @staticmethod
    def of(tables: Tables, needs: Needs, limits: Limits, *, count_people: bool = False) -> "Worker":
        """One that works for a question."""
        return Worker(tables, needs, limits, count_people, tables.deployments.size_group)

    def on(self, block: Block) -> _Done:
        assessed = len(block)
        block = block.some(holding(self.tables, block.rows, self.needs))
        if not len(block):
            nothing = np.zeros(0, dtype=bool)
            empty = self.builds(block, None, nothing)
            return _Done(block, nothing, np.zeros(0), empty, empty, [], assessed, 0)
        served = serve(self.tables, block.rows, self.needs, self.limits)
        known = (served.fits == 1.0) & (served.worst_class != _UNKNOWN)
        good = known & served.keeps_up & (served.worst_class <= self.needs.worst_class)
        people, crowd = np.full(len(block), np.nan), np.zeros(len(block))
        waited = np.where(served.waits, served.active, 0.0)
        if self.count_people and good.any():
            most = most_requests(self.tables, block.rows.some(good), self.needs, self.limits)
            people[good], crowd[good], waited[good] = most.per_hour, most.ran_out, most.waited
        return _Done(
            block=block,
            # too little memory for the demand, or for more people than that
            short=(served.keeps_up & (served.fits == 0.0)) | (crowd > 0),
            active=np.where(crowd > 0, crowd, served.active),
            good=self.builds(block, served, good, people),
            # that run, but not as asked; how many people they could serve is not counted
            missed=self.builds(block, served, ~good & known),
            late=self.late(block, served, waited),
            assessed=assessed,
            held=len(block),
        )

    def late(self, block: Block, served: Served, waited: Column) -> list[Late]:
        """What fails by waiting alone, where another computer could help; ``waited``: with so many.

        Nothing but the computer decides how long prompts wait where it works along.
        """
        which = (waited > 0) & (block.machines.host != NONE)
        if block.rows.placement not in READING_RAM or not which.any():
            return []
        some = block.some(which)
        most = np.full(len(some), np.nan)
        if self.count_people:
            most = most_requests_but_for_waiting(self.tables, some.rows, self.needs, self.limits)
        return [
            Late(
                block=some,
                builds=self.builds(block, served, which),
                asked=served.waits[which],
                active=waited[which],
                requests_per_hour=most,
            )
        ]

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
            size_group=self.size_group[d],
            bits=deployed.bits[d],
            requests_per_hour=np.full(n, np.nan) if people is None else people[which],
        )


def _with(before: Builds | None, found: Builds) -> Builds:
    return found if before is None else Builds.joined([before, found])


def _front(builds: Builds, worth: str) -> Builds:
    return builds.some(front(builds.cost_cents.astype(float), rounded(getattr(builds, worth))))


def people_served(requests_per_hour: float, of_one_person: float) -> int | None:
    """People whose busiest hour a build serves; None where its requests were not counted."""
    if np.isnan(requests_per_hour):
        return None
    return int(requests_per_hour / of_one_person + 1e-9)

"""advise(): one AdvisorSpec in, Recommendations out. Page, REST and command line call this."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from time import perf_counter
from typing import Final

import numpy as np

from app.advisor.answer import (
    DemandAnswer,
    FrontPoint,
    NearMiss,
    Recommendations,
    Recommended,
    Relaxation,
    Searched,
)
from app.advisor.explain import (
    STOPPED,
    amount,
    demand_sentence,
    headline,
    near_miss_sentence,
    risks_of,
    sensitivity_of,
    why,
)
from app.advisor.query import NOT_A_MACHINE, question_to_query
from app.advisor.question import AdvisorSpec
from app.advisor.relaxations import relaxed
from app.advisor.search.best import Builds, Field, Kept, people_served, search
from app.advisor.search.must_hold import must_hold
from app.advisor.search.needs import Needs, needs_of, require_entries, with_own_names
from app.advisor.search.rows import Rows, Tables
from app.advisor.search.serving import requests_per_hour_max
from app.advisor.space.candidates import deployments_for
from app.advisor.space.deployments import Deployments
from app.advisor.space.hosts import Index
from app.advisor.space.library import Library, library_of
from app.advisor.space.machines import NONE, MustHold, Shelf, owned_cards
from app.advisor.space.market import market_of_one
from app.advisor.space.offers import Buyer, Offers
from app.builds.answers.verdicts import plain_limits
from app.builds.assess import World, assess
from app.builds.assessment import Assessment
from app.builds.problems import InvalidSpecError, Problem
from app.builds.query import spec_to_query
from app.builds.spec import (
    BuildSpec,
    DeploymentSpec,
    EconomicsSpec,
    GpuSlot,
    MachineSpec,
    MemorySpec,
    WorkloadSpec,
)
from app.estimator.verdicts import CLASSES
from app.estimator.workload import PLACEMENTS, READING_RAM

#: Models, formats and engines up to which it is counted how many people every build serves.
FEW_DEPLOYMENTS: Final = 120
#: Cheaper builds that will not do, named beside the answer.
NEAR_MISSES: Final = 3


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a search is, with the best so far."""

    assessed: int
    served: int
    best: str | None


@dataclass(frozen=True)  # no slots: what is made when needed is kept beside the fields
class Search:
    """A question made ready to be worked through."""

    spec: AdvisorSpec
    world: World
    today: date
    needs: Needs
    offers: Offers
    shelf: Shelf
    deployments: Deployments
    tables: Tables

    def work(
        self,
        stop: Callable[[], bool] = lambda: False,
        *,
        only_best: bool = False,
        every_group: bool = False,
    ) -> Iterator[Kept]:
        """The best so far, block by block; at the end the answer.

        ``only_best``: the first build is all that is wanted. ``every_group``: the best of each
        group is, however many there are. How many people builds serve is counted for neither, nor
        where very much may run: it has no bound by which any could be left out.
        """
        few = len(self.deployments) <= FEW_DEPLOYMENTS and not only_best and not every_group
        top = 1 if only_best else self.spec.top
        yield from search(
            Field(self.shelf, self.tables),
            lambda: self.each_speed,
            self.needs,
            plain_limits(self.world.limits),
            self.spec.goal,
            len(self.shelf) if every_group else top,
            count_people=few or self.spec.goal == "most-users",
            stop=stop,
        )

    @cached_property
    def each_speed(self) -> Field:
        """Where is searched, with computers that are slower than dearer ones; made when needed."""
        shelf = Shelf(self.offers, self.spec, self.shelf.must, each_speed=True)
        library = library_of(self.world)
        return Field(shelf, library.tables(self.offers, self.deployments, each_speed=True))

    def spec_of(self, builds: Builds, row: int) -> BuildSpec:
        """One build as the question that `assess` answers."""
        deployed, d = self.deployments, int(builds.deployment[row])
        limits = self.spec.limits
        return BuildSpec(
            machine=self._machine(builds, row),
            deployment=DeploymentSpec(
                model=deployed.models[deployed.model[d]].slug,
                quantization=deployed.quantizations[deployed.quantization[d]].slug,
                kv_dtype=self.needs.kv.slug.removeprefix("kv-"),
                engine=deployed.engines[deployed.engine[d]].slug,
                context_tokens=int(self.spec.models.context_tokens),
                placement=PLACEMENTS[builds.placement[row]],
            ),
            workload=WorkloadSpec(
                use_case=self.needs.main.case.slug, concurrency=int(builds.active[row])
            ),
            economics=EconomicsSpec(
                currency=limits.currency,
                condition=limits.condition,
                requests_per_hour=self.spec.demand.people * self.spec.demand.requests_per_hour,
                owned_gpus=self._owned_gpus(builds, row),
                quoted_price=Decimal(0) if self.spec.owned.machine is not None else None,
            ),
        )

    def _machine(self, builds: Builds, row: int) -> MachineSpec:
        market = self.offers.market
        if self.spec.owned.machine is not None:
            return self.spec.owned.machine
        if builds.system[row] != NONE:
            system = market.systems[builds.system[row]].system
            return MachineSpec(system=system.slug if system is not None else None)
        host = market.hosts.parts_of(int(builds.host[row]))
        gpus: tuple[GpuSlot, ...] = ()
        if builds.cards[row] != NONE:
            added = market.plugged[builds.cards[row]]
            gpus = tuple(GpuSlot(gpu=g.gpu.slug, count=g.count) for g in added.groups)
        memory = None
        if host.module is not None:
            memory = MemorySpec(module=host.module.slug, count=host.module_count)
        return MachineSpec(cpu=host.cpu.slug if host.cpu else None, memory=memory, gpus=gpus)

    def _owned_gpus(self, builds: Builds, row: int) -> int:
        """How many of a build's cards the asker has already."""
        if builds.host[row] == NONE or builds.cards[row] == NONE:
            return 0
        return self.shelf.owned_of(int(builds.cards[row]))

    def requests_per_hour(self, builds: Builds, row: int) -> float:
        """Most requests an hour one build serves; NaN where not even one."""
        counted = float(builds.requests_per_hour[row])
        if not np.isnan(counted):
            return counted
        placement = PLACEMENTS[builds.placement[row]]
        host, system = builds.host[row], builds.system[row]
        cpu = host if host != NONE else self.offers.market.system_cpu[system]
        tables = self.tables
        reads_ram = placement in READING_RAM
        if reads_ram and tables.cpu_row[cpu] == NONE:
            tables = self.each_speed.tables
        # what runs on cards alone may have no CPU at all
        rows = self._rows(builds, row, tables.cpu_row[[cpu] if reads_ram else []])
        limits = plain_limits(self.world.limits)
        return float(requests_per_hour_max(tables, rows, self.needs, limits)[0])

    def _rows(self, builds: Builds, row: int, cpu: Index) -> Rows:
        placement, d = PLACEMENTS[builds.placement[row]], builds.deployment[row]
        nothing = np.zeros(0, dtype=np.intp)
        return Rows(
            placement=placement,
            serving=bool(self.deployments.serving[d]),
            linear=bool(self.deployments.linear[d]),
            cards=nothing if placement == "cpu-only" else builds.cards[row : row + 1],
            cpus=cpu if placement in READING_RAM else nothing,
            deployment=builds.deployment[row : row + 1],
        )


def prepare(
    spec: AdvisorSpec, world: World, today: date | None = None, *, like: Search | None = None
) -> Search:
    """Look everything up that a question names.

    ``like``: a question that may ask for the same models, whose tables then serve again.

    Raises:
        InvalidSpecError: a name is unknown, or the wishes contradict each other.
    """
    require_entries(world.catalogue)
    library = library_of(world)
    day = today or date.today()
    spec = with_own_names(spec, world.catalogue)
    needs = needs_of(spec, world.catalogue)
    offers = _offers(spec, library, day)
    same = like is not None and like.offers is offers and like.spec.models == spec.models
    if like is not None and same:
        deployments, tables, must = like.deployments, like.tables, like.shelf.must
    else:
        deployments = deployments_for(spec.models, needs, library)
        tables = library.tables(offers, deployments)
        must = _must_hold(spec, offers, needs, library)
    return Search(
        spec=spec,
        world=world,
        today=day,
        needs=needs,
        offers=offers,
        shelf=Shelf(offers, spec, must),
        deployments=deployments,
        tables=tables,
    )


def _must_hold(spec: AdvisorSpec, offers: Offers, needs: Needs, library: Library) -> MustHold:
    """What models that have to fit as well ask of every machine."""
    if not spec.models.must_run:
        return MustHold.nothing(offers)
    wanted = spec.models.model_copy(
        update={"models": spec.models.must_run, "size_min_b": None, "released_since": None}
    )
    try:
        deployments = deployments_for(wanted, needs, library)
    except InvalidSpecError as error:
        raise InvalidSpecError(
            [Problem("models.must_run", problem.message) for problem in error.problems]
        ) from error
    return must_hold(offers, library.tables(offers, deployments), needs)


def _offers(spec: AdvisorSpec, library: Library, today: date) -> Offers:
    buyer = Buyer(spec.limits.currency, spec.limits.condition, today)
    if spec.owned.machine is None:
        return library.offers(buyer, owned_cards(spec))
    if not (spec.owned.machine.system or spec.owned.machine.cpu or spec.owned.machine.gpus):
        raise InvalidSpecError([Problem("owned.machine", NOT_A_MACHINE)])
    world = library.world
    market = market_of_one(spec.owned.machine, world.catalogue, world.calibration)
    return library.prices(market, buyer).at_no_cost()


def advise(
    spec: AdvisorSpec,
    world: World,
    today: date | None = None,
    *,
    progress: Callable[[Progress], None] = lambda _: None,
    stop: Callable[[], bool] = lambda: False,
) -> Recommendations:
    """Answer ``spec``: which builds do what is asked, how they rank, why, and what else to know.

    ``progress`` hears of every step; ``stop`` is asked between steps and ends the search early, in
    which case the answer says that it is not complete.

    Raises:
        InvalidSpecError: a name is unknown, or the wishes contradict each other.
    """
    started = perf_counter()
    ready = prepare(spec, world, today)
    kept = Kept(spec.goal)
    for kept in ready.work(stop):
        progress(_progress(kept, ready))
    return _answer(ready, kept, started, stop)


def _progress(kept: Kept, ready: Search) -> Progress:
    best = None
    if kept.best is not None and len(kept.best):
        best = ready.shelf.title_of_group(int(kept.best.group[0]))
    return Progress(kept.tally.assessed, kept.tally.served, best)


def _answer(ready: Search, kept: Kept, started: float, stop: Callable[[], bool]) -> Recommendations:
    spec, world = ready.spec, ready.world
    best, stopped = kept.best, stop()
    listed: list[Recommended] = []
    first: Assessment | None = None
    if best is not None:
        for row in range(min(spec.top, len(best))):
            assessment = assess(ready.spec_of(best, row), world, ready.today)
            first = first or assessment
            listed.append(_recommended(ready, best, row, assessment, listed))
    misses = _near_misses(ready, kept, listed)
    relaxations = _relaxations(ready, stop) if not listed and not stopped else []
    return Recommendations(
        question=spec,
        query=question_to_query(spec),
        catalogue_revision=world.catalogue.revision,
        calibration_version=world.calibration.version,
        sentence=headline(spec, listed, misses) if listed or not stopped else STOPPED,
        demand=DemandAnswer(
            people=spec.demand.people,
            requests_per_hour=spec.demand.people * spec.demand.requests_per_hour,
            sentence=demand_sentence(ready.needs, spec, listed[0] if listed else None, first),
        ),
        builds=listed,
        cost_against_speed=_front(ready, kept.cost_speed, listed),
        cost_against_people=_front(ready, kept.cost_requests, listed),
        near_misses=misses,
        relaxations=relaxations,
        sensitivity=(
            sensitivity_of(spec, listed, first, world.limits) if first is not None else None
        ),
        searched=Searched(
            orderable=ready.shelf.orderable() * len(ready.deployments),
            assessed=kept.tally.assessed,
            held=kept.tally.held,
            served=kept.tally.served,
            complete=not stop(),
            seconds=round(perf_counter() - started, 3),
        ),
    )


def _recommended(
    ready: Search, builds: Builds, row: int, found: Assessment, before: list[Recommended]
) -> Recommended:
    deployed, d = ready.deployments, int(builds.deployment[row])
    rate = ready.requests_per_hour(builds, row)
    mix = {use.case.slug for use in ready.needs.uses}
    title = ready.shelf.title_of_group(int(builds.group[row]))
    if ready.spec.goal == "best-model":
        title = f"{deployed.models[deployed.model[d]].name} on {title}"
    return Recommended(
        rank=row + 1,
        title=title,
        machine=_machine_line(found),
        model=deployed.models[deployed.model[d]].name,
        quantization=deployed.quantizations[deployed.quantization[d]].name,
        engine=deployed.engines[deployed.engine[d]].name,
        placement=found.fit.placement_label or "",
        active_requests=int(builds.active[row]),
        people_served=people_served(rate, ready.spec.demand.requests_per_hour),
        workflow_class=CLASSES[builds.worst_class[row]],
        decode_tps=found.speed.decode_tps,
        ttft_s=found.speed.ttft_s,
        purchase=found.cost.purchase,
        stale_prices=found.cost.stale_prices,
        load_w=found.power.load_w,
        basis=found.speed.basis,
        spare_gib=found.fit.spare_gib,
        verdicts=[v for v in found.verdicts if v.use_case in mix] or found.verdicts,
        why=why(ready.spec, before, found),
        risks=risks_of(found, ready.spec, ready.world.limits),
        query=spec_to_query(found.spec),
        spec=found.spec,
    )


def _machine_line(found: Assessment) -> str:
    """Everything that is bought: "Ryzen 5 9600X + 2 × DDR5 16 GB + GeForce RTX 5070"."""
    kinds = ("system", "cpu", "memory-module", "gpu", "quote")
    lines = [line for line in found.cost.lines if line.kind in kinds]
    names = [f"{n.quantity} × {n.item}" if n.quantity > 1 else n.item for n in lines]
    return " + ".join(names)


def _front(ready: Search, builds: Builds | None, listed: list[Recommended]) -> list[FrontPoint]:
    if builds is None:
        return []
    points = []
    ranks = {found.query: found.rank for found in listed}
    deployed = ready.deployments
    for row in range(len(builds)):
        d = int(builds.deployment[row])
        query = spec_to_query(ready.spec_of(builds, row))
        rate = float(builds.requests_per_hour[row])
        points.append(
            FrontPoint(
                title=ready.shelf.title_of_group(int(builds.group[row])),
                model=deployed.models[deployed.model[d]].name,
                quantization=deployed.quantizations[deployed.quantization[d]].name,
                cost=Decimal(int(builds.cost_cents[row])) / 100,
                decode_tps=float(builds.decode_tps[row]),
                people_served=people_served(rate, ready.spec.demand.requests_per_hour),
                listed=ranks.get(query),
                query=query,
            )
        )
    return points


def _near_misses(ready: Search, kept: Kept, listed: list[Recommended]) -> list[NearMiss]:
    """The fastest of the builds that cost less than the first of the list and will not do."""
    missed = kept.missed
    if missed is None or not len(missed):
        return []
    first = listed[0].purchase.typical if listed else None
    cheaper = missed
    if first is not None:
        cheaper = missed.some(missed.cost_cents < int(first * 100))
    found = []
    for row in range(len(cheaper) - 1, max(-1, len(cheaper) - 1 - NEAR_MISSES), -1):
        spec = ready.spec_of(cheaper, row)
        assessment = assess(spec, ready.world, ready.today)
        found.append(
            NearMiss(
                title=ready.shelf.title_of_group(int(cheaper.group[row])),
                cost=Decimal(int(cheaper.cost_cents[row])) / 100,
                sentence=near_miss_sentence(
                    assessment, ready.needs, ready.spec, ready.world.limits
                ),
                query=spec_to_query(spec),
            )
        )
    return found


def _relaxations(ready: Search, stop: Callable[[], bool]) -> list[Relaxation]:
    """Each limit that brings an answer if given up by itself, cheapest first."""
    found = []
    for steps in relaxed(ready.spec):
        helping = (_relaxation(words, spec, ready, stop) for words, spec in steps)
        first = next((change for change in helping if change is not None), None)
        if first is not None:
            found.append(first)
    return sorted(found, key=lambda r: r.cost if r.cost is not None else Decimal(10**12))


def _relaxation(
    words: str, spec: AdvisorSpec, before: Search, stop: Callable[[], bool]
) -> Relaxation | None:
    """What giving one limit up buys; None where that alone does not help, or nobody waits."""
    if stop():
        return None
    try:
        ready = prepare(spec, before.world, before.today, like=before)
    except InvalidSpecError:
        return None
    *_, kept = ready.work(stop, only_best=True)
    if stop() or kept.best is None or not len(kept.best):
        return None
    best, deployed = kept.best, ready.deployments
    cost = assess(ready.spec_of(best, 0), ready.world, ready.today).cost.purchase.typical
    title = ready.shelf.title_of_group(int(best.group[0]))
    model = deployed.models[deployed.model[int(best.deployment[0])]].name
    price = "" if cost is None else f" for {amount(cost, spec)}"
    return Relaxation(
        change=words,
        sentence=f"Then {title} runs {model}{price}.",
        cost=cost,
        question=spec,
        query=question_to_query(spec),
    )

"""Many builds as columns of one `Setting`, so that the estimator answers them all at once.

Nothing is computed here: figures are gathered from the tables of cards, CPUs and deployments, and
`estimate` gives what it gives for a single build.
"""

from dataclasses import dataclass, replace
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from app.advisor.space.cards import Cards
from app.advisor.space.deployments import FORMAT_FIGURES, MODEL_FIGURES, Deployments
from app.advisor.space.hosts import Column, CpuRows, Index
from app.estimator.calibration import Judgements
from app.estimator.effects import (
    Effects,
    Phase,
    Regime,
    device_fields_of,
    multiples_table,
    regime_of,
)
from app.estimator.efficiency import Confidence, Costs, OffloadCosts
from app.estimator.estimate import Estimate, Setting, Widening, estimate
from app.estimator.hardware import Cpu, Gpu, Machine
from app.estimator.memory import MemoryFit, fit_of
from app.estimator.numbers import UNKNOWN
from app.estimator.workload import (
    OFFLOADS,
    PLACEMENTS,
    Engine,
    Model,
    Placement,
    WeightFormat,
    Workload,
)

#: Figures of cost tables kept at once: 200 MB of them.
FIGURES_KEPT = 25_000_000
#: Only typical figures are compared; intervals belong to the builds that are shown.
_NO_INTERVAL = Confidence("calibrated", "", 1.0, 1.0, "")
_NO_WIDENING = {placement: Widening(1.0, 1.0) for placement in PLACEMENTS}
_NOTHING = Costs({}, {}, _NO_INTERVAL)


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of every build alike: one request's size and the context kept for it."""

    prompt_tokens: float
    generated_tokens: float
    context_tokens: float
    kv_scale: float


@dataclass(frozen=True, slots=True)
class Rows:
    """Builds whose model lies in one kind of place, under one engine; at least one row.

    Indices into the tables: ``cards`` and ``cpus`` are empty where the placement needs none. Cards
    are of one kind in every row, or of two in every row.
    """

    placement: Placement
    serving: bool
    linear: bool
    cards: Index
    cpus: Index
    deployment: Index

    def __len__(self) -> int:
        return len(self.deployment)

    def some(self, which: Index | slice | NDArray[np.bool_]) -> "Rows":
        """A selection of the rows."""
        return Rows(
            self.placement,
            self.serving,
            self.linear,
            self.cards[which] if self.cards.size else self.cards,
            self.cpus[which] if self.cpus.size else self.cpus,
            self.deployment[which],
        )


@dataclass(frozen=True, slots=True)
class CostTable:
    """`multiples` of one regime under one engine: term -> (its kinds x kinds of device)."""

    terms: dict[str, Column]
    kind: Index  # of each kind of deployment, its row; -1 under another engine
    device: Index  # of each device, its column

    @property
    def size(self) -> int:
        """How many figures it holds."""
        return sum(table.size for table in self.terms.values())

    def of(self, kind: Index, device: Index) -> dict[str, Column]:
        """The multiples of rows, by term."""
        row, column = self.kind[kind], self.device[device]
        return {term: table[row, column] for term, table in self.terms.items()}


@dataclass
class Tables:
    """Cards, CPUs and deployments, and what their terms cost; costs are looked up when needed.

    ``cpu_row`` says where each of the market's CPUs is in ``cpus``; -1 for one that is not.
    """

    cards: Cards
    cpus: CpuRows
    cpu_row: Index
    deployments: Deployments
    effects: Effects
    judged: Judgements

    def __post_init__(self) -> None:
        self._lock = Lock()
        self._costs: dict[tuple[Regime, int], CostTable] = {}

    def costs(self, regime: Regime, engine: int) -> CostTable:
        """The multiples of a regime under one engine. Not more are kept than `FIGURES_KEPT`."""
        with self._lock:
            found = self._costs.get((regime, engine))
            if found is None:
                found = self._table(regime, engine)
                while self._costs and self._size() + found.size > FIGURES_KEPT:
                    del self._costs[next(iter(self._costs))]
                self._costs[regime, engine] = found
        return found

    def _size(self) -> int:
        return sum(table.size for table in self._costs.values())

    def _table(self, regime: Regime, engine: int) -> CostTable:
        deployed = self.deployments
        mine = np.unique(deployed.kind[deployed.engine == engine])
        row = np.full(len(deployed.kinds), -1, dtype=np.intp)
        row[mine] = np.arange(len(mine))
        on_cpu = regime.startswith(("cpu", "offload"))
        devices = self.cpus.kinds if on_cpu else self.cards.kinds
        different, column = devices.different(device_fields_of(regime))
        kinds = [deployed.kinds[k] for k in mine]
        return CostTable(multiples_table(self.effects, regime, kinds, different), row, column)


def fit_rows(tables: Tables, rows: Rows, request: Request, concurrency: Column) -> MemoryFit:
    """Whether each build holds its model: `fit_of`, row by row."""
    s = setting_of(tables, rows, request, concurrency, costs=False)
    return fit_of(s.machine, s.model, s.fmt, s.engine, s.workload, rows.placement)


def ram_needed_gib(tables: Tables, rows: Rows, request: Request, concurrency: Column) -> Column:
    """Memory of the computer that each build takes, with what the system keeps for itself.

    ``rows`` name no CPU. NaN where the cards cannot hold their part, whatever the memory.
    """
    s = setting_of(tables, rows, request, concurrency, costs=False)
    boundless = Cpu("", *(np.inf,) * 9, costs=_NOTHING)
    fit = fit_of(
        replace(s.machine, cpu=boundless), s.model, s.fmt, s.engine, s.workload, rows.placement
    )
    pool = fit.pools[-1]
    needed = pool.weights_gib + pool.kv_gib
    return np.where(np.equal(fit.fits, 1.0), needed + s.engine.host_reserved_gib, np.nan)


def estimate_rows(tables: Tables, rows: Rows, request: Request, concurrency: Column) -> Estimate:
    """How fast each build is: `estimate`, row by row. Intervals are left out."""
    return estimate(setting_of(tables, rows, request, concurrency, costs=True), rows.placement)


def setting_of(
    tables: Tables, rows: Rows, request: Request, concurrency: Column, *, costs: bool
) -> Setting:
    """The rows as one `Setting`; without ``costs`` it says only where everything lies."""
    cards, deployed = tables.cards, tables.deployments
    d = rows.deployment
    figures = deployed.figures
    model = Model(
        name="",
        **{name: figures[name][d] for name in MODEL_FIGURES},
        linear_attention=rows.linear,
    )
    gpus = _gpus(tables, rows, costs=costs)
    machine = Machine(
        cpu=_cpu(tables, rows, costs=costs) if rows.cpus.size else None,
        gpus=gpus,
        unified_memory=rows.placement == "unified-memory",
        nodes=cards.nodes[rows.cards] if gpus else 1.0,
        node_hop_s=(
            cards.hop_s[rows.cards] + cards.hop_s_per_value[rows.cards] * model.hidden_size
            if gpus
            else 0.0
        ),
    )
    ubatch = deployed.ubatch_tokens[d]
    if gpus:
        ubatch = np.where(np.isnan(ubatch), cards.chunk_tokens[rows.cards], ubatch)
    return Setting(
        machine=machine,
        model=model,
        fmt=WeightFormat("", **{name: figures[name][d] for name in FORMAT_FIGURES}),
        engine=Engine(
            name="",
            serving=rows.serving,
            ubatch_tokens=ubatch,
            overhead_gib=figures["overhead_gib"][d],
            memory_utilization=figures["memory_utilization"][d],
            host_reserved_gib=figures["host_reserved_gib"][d],
        ),
        workload=Workload(
            prompt_tokens=request.prompt_tokens,
            generated_tokens=request.generated_tokens,
            concurrency=concurrency,
            context_tokens=request.context_tokens,
            kv_scale=request.kv_scale,
        ),
        offload=_offload(tables, rows, costs=costs),
        pipeline=tables.judged.pipeline,
        ttft_factor=UNKNOWN,
        widening=_NO_WIDENING,
    )


def _gpus(tables: Tables, rows: Rows, *, costs: bool) -> tuple[Gpu, ...]:
    """Cards of each kind, in the order the estimator takes them from a build.

    Where one card works for all, in every row the one with most memory has to come first.
    """
    cards, c = tables.cards, rows.cards
    if not c.size:
        return ()
    if not cards.are_mixed(c[:1])[0]:
        return (_gpu(tables, rows, c, cards.count[c], costs=costs),)
    first, second, seconds = cards.of.first[c], cards.of.second[c], cards.of.seconds[c]
    firsts = cards.count[c] - seconds
    if rows.serving or rows.placement in OFFLOADS:
        memory = cards.figures["memory_gib"]
        turned = memory[second] > memory[first]
        first, second = np.where(turned, second, first), np.where(turned, first, second)
        firsts, seconds = np.where(turned, seconds, firsts), np.where(turned, firsts, seconds)
    return (
        _gpu(tables, rows, first, firsts, costs=costs),
        _gpu(tables, rows, second, seconds, costs=costs),
    )


def _gpu(tables: Tables, rows: Rows, kind: Index, count: Column, *, costs: bool) -> Gpu:
    """So many cards of one kind; ``kind`` is a row of the cards with its figures."""
    cards = tables.cards
    found = _NOTHING
    if costs:
        # the card's own part of an offload costs what it costs without a CPU
        place: Placement = "one-gpu" if rows.placement in OFFLOADS else rows.placement
        found = _costs(tables, rows, kind, place)
    figures = {name: column[kind] for name, column in cards.figures.items() if name != "count"}
    return Gpu(
        name="",
        count=count,
        **figures,
        serving_tflops=cards.serving_tflops[kind, tables.deployments.peak[rows.deployment]],
        costs=found,
    )


def _cpu(tables: Tables, rows: Rows, *, costs: bool) -> Cpu:
    found = _costs(tables, rows, rows.cpus, "cpu-only") if costs else _NOTHING
    return Cpu(
        name="",
        **{name: column[rows.cpus] for name, column in tables.cpus.figures.items()},
        numa_bandwidth=tables.deployments.numa_bandwidth[rows.deployment],
        costs=found,
    )


def _costs(tables: Tables, rows: Rows, device: Index, placement: Placement) -> Costs:
    kind = tables.deployments.kind[rows.deployment]
    engine = int(tables.deployments.engine[rows.deployment[0]])

    def multiples(phase: Phase) -> dict[str, Column]:
        regime = regime_of(placement, rows.serving, phase)
        return tables.costs(regime, engine).of(kind, device)

    return Costs(multiples("decode"), multiples("prefill"), _NO_INTERVAL)


def _offload(tables: Tables, rows: Rows, *, costs: bool) -> OffloadCosts:
    if not costs or rows.placement not in OFFLOADS:
        return OffloadCosts({}, {}, _NO_INTERVAL, UNKNOWN)
    found = _costs(tables, rows, rows.cpus, rows.placement)
    streams = tables.deployments.streams_from_tokens[rows.deployment]
    return OffloadCosts(found.decode, found.prefill, _NO_INTERVAL, streams)

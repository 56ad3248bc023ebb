"""What can run: every model in every format under every engine, as rows the estimator takes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import sqrt
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from app.advisor.space.cards import PEAKS
from app.advisor.space.hosts import Column, Index, bare_parts
from app.builds.engines import reads
from app.builds.figures.cpu import numa_bandwidth
from app.builds.figures.engine import engine_figures
from app.builds.figures.kind import base_kind
from app.builds.figures.model import format_figures, model_figures
from app.builds.ledger import Ledger
from app.builds.spec import BuildSpec
from app.catalogue.facts import EngineFacts, Fact, ModelFacts, QuantizationFacts
from app.catalogue.snapshot import Catalogue
from app.estimator.calibration import Calibration, Judgements, streams_from_tokens
from app.estimator.effects import Kind
from app.estimator.numbers import Number
from app.estimator.workload import Engine, Model, WeightFormat

F = TypeVar("F", bound=Fact)

MODEL_FIGURES = (
    "params_total_b",
    "params_active_b",
    "read_per_token_b",
    "n_layers",
    "n_full_attention_layers",
    "n_linear_layers",
    "hidden_size",
    "n_heads",
    "head_dim",
    "vocab_size",
    "n_experts",
    "n_experts_per_token",
    "kv_heads",
    "sliding_window",
    "kv_bytes_per_token_f16",
    "kv_fixed_bytes_per_seq",
)
FORMAT_FIGURES = ("body_bits", "non_expert_bits", "head_bits", "embedding_bits")
ENGINE_FIGURES = ("overhead_gib", "memory_utilization", "host_reserved_gib")


@dataclass(frozen=True, slots=True)
class Deployments:
    """Models, formats and engines that go together, one combination a row."""

    models: tuple[ModelFacts, ...]
    quantizations: tuple[QuantizationFacts, ...]
    engines: tuple[EngineFacts, ...]
    model: Index
    quantization: Index
    engine: Index
    kinds: tuple[Kind, ...]  # the distinct ones
    kind: Index  # into `kinds`
    figures: dict[str, Column]
    ubatch_tokens: Column  # NaN: the engine picks it by the card
    streams_from_tokens: Column
    peak: Index  # into `PEAKS`
    size_b: Column  # of the model, see `size_b`
    bits: Column  # of a weight
    numa_bandwidth: Column  # of two sockets relative to one, as the engine uses them
    serving: NDArray[np.bool_]
    linear: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.model)

    @property
    def size_group(self) -> Index:
        """Models of one size are one group where the best model is sought. Sorts all rows."""
        return np.unique(self.size_b, return_inverse=True)[1]


def size_b(model: ModelFacts) -> float:
    """How much a model can know, 10^9 parameters: of a mixture sqrt(total x active).

    A rule of thumb, for want of a measured quality: a mixture answers like a dense model of the
    geometric mean of its counts. Source: docs/advisor.md.
    """
    if model.params_total_b is None or model.params_active_b is None:
        return float("nan")
    return sqrt(model.params_total_b * model.params_active_b)


def deployments_of(
    models: Iterable[ModelFacts],
    quantizations: Iterable[QuantizationFacts],
    engines: Sequence[EngineFacts],
    catalogue: Catalogue,
    calibration: Calibration,
) -> Deployments:
    """Every combination of a model, a format and an engine that reads it."""
    nothing, question = bare_parts(catalogue), BuildSpec()
    formats = list(quantizations)
    known_engines = [
        _KnownEngine(
            facts,
            engine_figures(facts, question, nothing, calibration.judged, Ledger({})),
            tuple(q for q in formats if reads(facts, q)),
        )
        for facts in engines
    ]
    rows: list[_Row] = []
    kinds: dict[Kind, int] = {}
    for facts in models:
        model = model_figures(facts, Ledger({}))
        parts = replace(nothing, model=facts)
        idle = _idle_share(facts)
        written: dict[str, WeightFormat] = {}
        for known in known_engines:
            for quantization in known.formats:
                whole = replace(parts, quantization=quantization)
                if quantization.slug not in written:
                    written[quantization.slug] = format_figures(whole, Ledger({}))
                kind = base_kind(question, whole, known.facts, calibration, Ledger({}))
                number = kinds.setdefault(kind, len(kinds))
                streams = streams_from_tokens(calibration.judged, kind, idle)
                fmt = written[quantization.slug]
                rows.append(_Row(facts, model, quantization, fmt, known, number, streams))
    return _columns(rows, tuple(kinds), calibration.judged)


@dataclass(frozen=True, slots=True)
class _KnownEngine:
    facts: EngineFacts
    figures: Engine
    formats: tuple[QuantizationFacts, ...]


@dataclass(frozen=True, slots=True)
class _Row:
    facts: ModelFacts
    model: Model
    quantization: QuantizationFacts
    fmt: WeightFormat
    engine: _KnownEngine
    kind: int
    streams_from_tokens: float


def _columns(rows: Sequence[_Row], kinds: tuple[Kind, ...], judged: Judgements) -> Deployments:
    models, model = _numbered([row.facts for row in rows])
    formats, quantization = _numbered([row.quantization for row in rows])
    engines, engine = _numbered([row.engine.facts for row in rows])
    figures = {name: _column([getattr(r.model, name) for r in rows]) for name in MODEL_FIGURES}
    figures |= {name: _column([getattr(r.fmt, name) for r in rows]) for name in FORMAT_FIGURES}
    figures |= {
        name: _column([getattr(r.engine.figures, name) for r in rows]) for name in ENGINE_FIGURES
    }
    chosen = [r.engine.facts.ubatch_tokens is not None for r in rows]
    stated = _column([r.engine.figures.ubatch_tokens for r in rows])
    of_kind = [kinds[r.kind].weight_format for r in rows]
    numa = [numa_bandwidth(facts, judged) for facts in engines]
    return Deployments(
        models=models,
        quantizations=formats,
        engines=engines,
        model=model,
        quantization=quantization,
        engine=engine,
        kinds=kinds,
        kind=np.array([r.kind for r in rows], dtype=np.intp),
        figures=figures,
        ubatch_tokens=np.where(chosen, stated, np.nan),
        streams_from_tokens=_column([r.streams_from_tokens for r in rows]),
        peak=np.array(
            [PEAKS.index(key) if key in PEAKS else PEAKS.index("") for key in of_kind],
            dtype=np.intp,
        ),
        size_b=_column([size_b(r.facts) for r in rows]),
        bits=_column([r.fmt.body_bits for r in rows]),
        numa_bandwidth=_column(numa)[engine],
        serving=np.array([r.engine.figures.serving for r in rows], dtype=bool),
        linear=np.array([r.model.linear_attention for r in rows], dtype=bool),
    )


def _numbered(facts: Sequence[F]) -> tuple[tuple[F, ...], Index]:
    """The different facts in the order they come, and which of them each row has."""
    number: dict[str, int] = {}
    first: list[F] = []
    for fact in facts:
        if fact.slug not in number:
            number[fact.slug] = len(first)
            first.append(fact)
    return tuple(first), np.array([number[fact.slug] for fact in facts], dtype=np.intp)


def _column(figures: Sequence[Number]) -> Column:
    return np.array([float(figure) for figure in figures], dtype=float)


def _idle_share(model: ModelFacts) -> float:
    """Experts in all for each one a token wakes."""
    experts, awake = model.n_experts, model.n_experts_per_token
    return experts / awake if experts and awake else 1.0


def chosen(deployments: Deployments, which: NDArray[np.bool_]) -> Deployments:
    """A selection of the rows, with only the kinds it needs."""
    kinds, kind = np.unique(deployments.kind[which], return_inverse=True)
    return replace(
        deployments,
        model=deployments.model[which],
        quantization=deployments.quantization[which],
        engine=deployments.engine[which],
        kinds=tuple(deployments.kinds[k] for k in kinds),
        kind=kind.astype(np.intp),
        figures={name: column[which] for name, column in deployments.figures.items()},
        ubatch_tokens=deployments.ubatch_tokens[which],
        streams_from_tokens=deployments.streams_from_tokens[which],
        peak=deployments.peak[which],
        size_b=deployments.size_b[which],
        bits=deployments.bits[which],
        numa_bandwidth=deployments.numa_bandwidth[which],
        serving=deployments.serving[which],
        linear=deployments.linear[which],
    )

"""A calibration: what fitting on measurements said, and how to look it up.

The figures live in one reviewed file in ``seed/``; this module only knows their shape and the
order in which to fall back when a very combination was never measured. Every step of that fall is
named in the `Confidence` it returns.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from app.estimator.efficiency import (
    Basis,
    Confidence,
    CpuEfficiency,
    GpuEfficiency,
    OffloadEfficiency,
)

MICRO = 1e-6


@dataclass(frozen=True, slots=True)
class GpuRow:
    """Efficiencies of one engine on one family of devices, as fitted."""

    engine: str
    family: str
    weights: float
    layer_us: float
    layer_moe_us: float
    attention: float
    compute: float
    layer_prefill_us: float
    layer_prefill_moe_us: float
    device_class: str


@dataclass(frozen=True, slots=True)
class BackendRow:
    """What holds for an engine on every device it drives."""

    attention_prefill: float
    hop_us: float


@dataclass(frozen=True, slots=True)
class GuessRow:
    """Judged efficiencies of a device family nobody measured."""

    weights: float
    compute: float


@dataclass(frozen=True, slots=True)
class ServingRow:
    """Continuous batching: how one engine differs from the common fit."""

    weights: float
    compute_cost: float
    layer_us: float


@dataclass(frozen=True, slots=True)
class ServingCommon:
    """The common fit of serving engines."""

    weights: float
    kv: float
    compute_cost: float  # peak time is multiplied by this
    attention_cost: float
    allreduce_bytes: float
    allreduce_growth: float  # of latency, per doubling of the cards
    amd_layer: float
    moe_layer: float
    weights_by_format: Mapping[str, float]
    compute_cost_by_format: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class CpuFit:
    """CPU only."""

    weights_by_segment: Mapping[str, float]
    weights_other: float
    moe_weights: float
    compute_by_engine: Mapping[str, float]
    compute_other: float
    flop_per_cycle: Mapping[str, float]  # wide: AVX-512; narrow: AVX2, NEON
    numa_bandwidth: float
    numa_aware_bandwidth: float
    numa_aware_engines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OffloadFit:
    """Experts or layers in RAM."""

    expert_weights: float
    expert_by_engine: Mapping[str, float]
    expert_by_format: Mapping[str, float]
    expert_bandwidth_exponent: float
    expert_bandwidth_at_gbs: float
    dense_weights: float
    gpu_weights: float
    attention: float
    layer_expert_us: float
    layer_dense_us: float
    cpu_compute: float
    host_link_passes: float


@dataclass(frozen=True, slots=True)
class Pipeline:
    """What of a perfect pipeline a layer split reaches, by number of cards."""

    cards: tuple[float, ...]
    shares: tuple[float, ...]
    one_batch: float  # a prompt of a single micro-batch gains nothing, and loses this much


@dataclass(frozen=True, slots=True)
class Factors:
    """Half-widths of 80 % intervals, as factors, by class and situation."""

    decode_by_class: Mapping[str, float]
    prefill_by_class: Mapping[str, float]
    decode_other: float
    prefill_other: float
    decode_new_family: float
    prefill_new_family: float
    missing_input: float
    batch: float
    ttft_under_load: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """Everything fitted or judged, in one immutable value."""

    version: str
    statement: str
    gpu: Mapping[tuple[str, str], GpuRow]
    backends: Mapping[str, BackendRow]
    related_engines: Mapping[str, tuple[str, ...]]
    related_families: Mapping[str, tuple[str, ...]]
    guesses: Mapping[str, GuessRow]
    kv_base: float
    weights_prefill: float
    kv_time_log: Mapping[str, float]  # by attention kind or engine family
    weight_time_log: Mapping[str, float]  # by format family
    linear_layer_log: float
    moe_compute: float
    serving: Mapping[str, ServingRow]
    serving_common: ServingCommon
    cpu: CpuFit
    offload: OffloadFit
    pipeline: Pipeline
    factors: Factors
    peer_latency_us: Mapping[str, float]
    peer_link_gbs: Mapping[str, float]
    link_share: float
    host_link_gbs: Mapping[str, float]
    node_hop_ms: Mapping[str, float]  # handing a token's activations on, by link family
    node_latency_us: Mapping[str, float]  # before a first byte, where a link states none
    host_reserved_gib: float
    chunk_tokens: int  # prompt tokens per pass where an engine picks its own
    unified_usable_share: Mapping[str, float]
    unified_small_gib: float  # up to here the smaller share holds


@dataclass(frozen=True, slots=True)
class Kind:
    """The categories that pick an efficiency."""

    engine: str
    engine_family: str
    backend: str
    vendor: str
    family: str
    memory_kind: str  # hbm, gddr, lpddr
    weight_format: str
    attention: str
    is_moe: bool
    is_linear: bool


def gpu_efficiency(calibration: Calibration, kind: Kind) -> GpuEfficiency | None:
    """Efficiency of a GPU engine; ``None`` where nothing is known of the engine on this vendor."""
    if kind.engine_family in calibration.serving:
        return _serving_efficiency(calibration, kind)
    found = _find_row(calibration, kind)
    if found is None:
        return None
    row, basis, sentence = found
    weight_log = calibration.weight_time_log.get(kind.weight_format, 0.0)
    layer_log = 0.0
    if kind.is_linear:
        weight_log += calibration.weight_time_log.get("hybrid-linear", 0.0)
        layer_log = calibration.linear_layer_log
    layer_us = row.layer_moe_us if kind.is_moe else row.layer_us
    prefill_us = row.layer_prefill_moe_us if kind.is_moe else row.layer_prefill_us
    backend = calibration.backends[_backend_key(calibration, kind)]
    return GpuEfficiency(
        # a fitted share may exceed what the bus can carry; an estimate may not
        weights=min(1.0, row.weights / math.exp(weight_log)),
        weights_prefill=calibration.weights_prefill,
        kv=calibration.kv_base / math.exp(_kv_log(calibration, kind)),
        attention=row.attention,
        layer_s=layer_us * MICRO * math.exp(layer_log),
        compute=row.compute * (calibration.moe_compute if kind.is_moe else 1.0),
        attention_prefill=backend.attention_prefill,
        layer_prefill_s=prefill_us * MICRO,
        hop_s=backend.hop_us * MICRO,
        allreduce_bytes=calibration.serving_common.allreduce_bytes,
        allreduce_growth=calibration.serving_common.allreduce_growth,
        confidence=_gpu_confidence(calibration, row.device_class, basis, sentence),
    )


def cpu_efficiency(
    calibration: Calibration, segment: str | None, engine_family: str, is_moe: bool
) -> CpuEfficiency:
    """Efficiency of CPU-only inference."""
    fit = calibration.cpu
    known_segment = segment in fit.weights_by_segment
    share = fit.weights_by_segment.get(segment or "", fit.weights_other)
    aware = engine_family in fit.numa_aware_engines
    factor = calibration.factors.decode_by_class["cpu"]
    prefill = calibration.factors.prefill_by_class["cpu"]
    basis: Basis = "calibrated" if known_segment else "theoretical"
    words = f"CPU-only runs on {segment} CPUs" if known_segment else "CPUs of other kinds"
    if not known_segment:
        wider = calibration.factors.missing_input
        factor, prefill = factor * wider, prefill * wider
    return CpuEfficiency(
        weights=share * (fit.moe_weights if is_moe else 1.0),
        compute=fit.compute_by_engine.get(engine_family, fit.compute_other),
        numa_bandwidth=fit.numa_aware_bandwidth if aware else fit.numa_bandwidth,
        confidence=Confidence(basis, "cpu", factor, prefill, f"Calibrated on {words}."),
    )


def offload_efficiency(
    calibration: Calibration, engine_family: str, weight_format: str, cpu_bandwidth_gbs: float
) -> OffloadEfficiency:
    """Efficiency where part of the model stays in RAM, for one CPU's read bandwidth in GB/s."""
    fit, factors = calibration.offload, calibration.factors
    slope = (cpu_bandwidth_gbs / fit.expert_bandwidth_at_gbs) ** fit.expert_bandwidth_exponent
    measured = engine_family in fit.expert_by_engine
    expert = (
        fit.expert_weights
        * fit.expert_by_engine.get(engine_family, 1.0)
        * fit.expert_by_format.get(weight_format, 1.0)
        * slope
    )
    basis: Basis = "calibrated" if measured else "theoretical"
    return OffloadEfficiency(
        expert_weights=expert if math.isnan(expert) else min(1.0, expert),
        dense_weights=fit.dense_weights,
        gpu_weights=fit.gpu_weights,
        attention=fit.attention,
        layer_expert_s=fit.layer_expert_us * MICRO,
        layer_dense_s=fit.layer_dense_us * MICRO,
        cpu_compute=fit.cpu_compute,
        host_link_passes=fit.host_link_passes,
        expert_confidence=Confidence(
            basis,
            "expert-offload",
            factors.decode_by_class["expert-offload"],
            factors.prefill_by_class["expert-offload"],
            "Calibrated on runs with experts in RAM; prompt speed is an order of magnitude.",
        ),
        dense_confidence=Confidence(
            "theoretical",
            "layer-offload",
            factors.decode_by_class["layer-offload"],
            factors.prefill_by_class["layer-offload"],
            "Only four measured runs have layers in RAM; the physics is checked, not fitted.",
        ),
    )


def _find_row(calibration: Calibration, kind: Kind) -> tuple[GpuRow, Basis, str] | None:
    """The closest fitted row: same engine and family, else a relative, else a judgement."""
    rows = calibration.gpu
    row = rows.get((kind.engine, kind.family))
    if row is not None:
        return row, "calibrated", f"Calibrated on {kind.engine} runs on {kind.family} devices."
    for family in calibration.related_families.get(kind.family, ()):
        row = rows.get((kind.engine, family))
        if row is not None:
            words = f"No {kind.engine} run on {kind.family} is in the fit; {family} stands in."
            return row, "theoretical", words
    for engine in calibration.related_engines.get(kind.engine, ()):
        row = rows.get((engine, kind.family))
        if row is not None:
            words = f"No {kind.engine} run on {kind.family} is in the fit; {engine} stands in."
            return row, "theoretical", words
    return _guess(calibration, kind)


def _guess(calibration: Calibration, kind: Kind) -> tuple[GpuRow, Basis, str] | None:
    """A family without runs: judged efficiencies, overheads of the engine's other devices."""
    guess = calibration.guesses.get(f"{kind.vendor}-{kind.memory_kind}")
    engines = (kind.engine, *calibration.related_engines.get(kind.engine, ()))
    like = next((r for e in engines for (name, _), r in calibration.gpu.items() if name == e), None)
    if guess is None or like is None:
        return None
    row = GpuRow(
        engine=kind.engine,
        family=kind.family,
        weights=guess.weights,
        layer_us=like.layer_us,
        layer_moe_us=like.layer_moe_us,
        attention=like.attention,
        compute=guess.compute,
        layer_prefill_us=like.layer_prefill_us,
        layer_prefill_moe_us=like.layer_prefill_moe_us,
        device_class="new-family",
    )
    return row, "theoretical", f"Nothing was measured on {kind.family}; efficiencies are judged."


def _gpu_confidence(
    calibration: Calibration, device_class: str, basis: Basis, sentence: str
) -> Confidence:
    factors = calibration.factors
    decode = factors.decode_by_class.get(device_class, factors.decode_other)
    prefill = factors.prefill_by_class.get(device_class, factors.prefill_other)
    if basis != "calibrated":
        decode = max(decode, factors.decode_new_family)
        prefill = max(prefill, factors.prefill_new_family)
    return Confidence(basis, device_class, decode, prefill, sentence)


def _serving_efficiency(calibration: Calibration, kind: Kind) -> GpuEfficiency:
    own, common = calibration.serving[kind.engine_family], calibration.serving_common
    layer = own.layer_us * (common.moe_layer if kind.is_moe else 1.0)
    if kind.vendor == "amd":
        layer *= common.amd_layer
    cost = common.compute_cost * own.compute_cost
    cost *= common.compute_cost_by_format.get(kind.weight_format, 1.0)
    weights = common.weights * own.weights * common.weights_by_format.get(kind.weight_format, 1.0)
    return GpuEfficiency(
        weights=weights,
        weights_prefill=weights,
        kv=common.kv,
        attention=math.inf,  # paged attention kernels: the fit found no cost beyond the bytes
        layer_s=layer * MICRO,
        compute=1 / cost,
        attention_prefill=1 / common.attention_cost,
        layer_prefill_s=layer * MICRO,
        hop_s=calibration.backends["cuda"].hop_us * MICRO,
        allreduce_bytes=common.allreduce_bytes,
        allreduce_growth=common.allreduce_growth,
        confidence=_gpu_confidence(
            calibration,
            "serving",
            "calibrated" if kind.vendor in ("nvidia", "amd") else "theoretical",
            f"Calibrated on {kind.engine_family} and other serving engines.",
        ),
    )


def _backend_key(calibration: Calibration, kind: Kind) -> str:
    """Llamafile, MLX and the like have figures of their own; others share their backend's."""
    return kind.engine_family if kind.engine_family in calibration.backends else kind.backend


def _kv_log(calibration: Calibration, kind: Kind) -> float:
    logs = calibration.kv_time_log
    return logs.get(kind.attention, 0.0) + logs.get(kind.engine_family, 0.0)

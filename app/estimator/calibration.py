"""A calibration: what fitting measured runs said, and how to look it up.

The fitted effects live in one reviewed file in ``seed/``; this module only knows their shape, and
says in the `Confidence` it returns how near the measured runs come to the one asked about.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from app.estimator.effects import Effects, Kind, Regime, multiples
from app.estimator.efficiency import Basis, Confidence, Costs, OffloadCosts
from app.estimator.hardware import Machine
from app.estimator.kept import of_newest
from app.estimator.numbers import UNKNOWN


@dataclass(frozen=True, slots=True)
class Pipeline:
    """What a layer split gains of a perfect pipeline of micro-batches."""

    gain: float  # share of the perfect pipeline's gain over one card
    one_batch: float  # what handing over costs a prompt, as a factor of its speed


@dataclass(frozen=True, slots=True)
class Judgements:
    """Figures nobody fitted: link rates, reserves, rules of thumb. Each has its reason in docs."""

    missing_input: float  # interval factor for each figure that was stood in for
    unmeasured: float  # interval factor beyond a class's own where an engine or vendor is new
    peer_latency_us: Mapping[str, float]
    peer_link_gbs: Mapping[str, float]
    allreduce_growth: float  # of an all-reduce's latency, per doubling of the cards
    link_share: float
    host_link_gbs: Mapping[str, float]
    node_hop_ms: Mapping[str, float]  # handing a token's activations on, by link family
    node_latency_us: Mapping[str, float]  # before a first byte, where a link states none
    numa_bandwidth: float  # of both sockets relative to one, for each doubling of sockets
    numa_aware_bandwidth: float
    numa_aware_engines: tuple[str, ...]
    streaming_from: Mapping[str, float]  # tokens a pass from which an engine carries weights
    streaming_since: Mapping[str, float]  # year from which builds of an engine do so
    streaming_per_expert: tuple[str, ...]  # engines that count those tokens per busy expert
    flop_per_cycle: Mapping[str, float]  # wide: AVX-512; narrow: AVX2, NEON
    flash_attention_since: float  # year from which llama.cpp uses it unasked
    host_reserved_gib: float
    chunk_tokens: int  # prompt tokens per pass where an engine picks its own
    large_chunk_tokens: int  # the same on a card of at least
    large_card_gib: float
    unified_usable_share: Mapping[str, float]
    unified_small_gib: float  # up to here the smaller share holds
    pipeline: Pipeline
    serving_engines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Factor:
    """Half-widths of an 80 % interval, as factors: product among the fitted ones, or not."""

    known: float
    new: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """Everything fitted or judged, in one immutable value."""

    version: str
    statement: str
    data_hash: str  # of the measured runs and facts that were fitted
    current_year: float  # how new today's builds are taken to be
    effects: Effects
    intervals: Mapping[str, Mapping[str, Factor]]  # by regime and class; "all" for the rest
    ttft_intervals: Mapping[str, Factor]  # by class, "all" for the rest
    judged: Judgements


#: The term whose effects tell what was measured, and the effect that names the product.
_TELLS: Mapping[str, tuple[str, str]] = {
    "gpu-decode": ("weights", "product"),
    "gpu-prefill": ("compute", "product"),
    "cpu-decode": ("weights", "cpu-product"),
    "cpu-prefill": ("compute", "cpu-product"),
    "offload-decode": ("host", "cpu-product"),
    "offload-prefill": ("cores", "cpu-product"),
    "serving-decode": ("weights", "product"),
    "serving-prefill": ("compute", "product"),
}


#: Kinds of which the costs are kept: more than anybody looks at between two catalogues.
_KINDS = 4096


@of_newest
def _known_costs(_: Calibration) -> dict[tuple[Regime, Regime, Kind, str], Costs]:
    return {}


def costs_of(
    calibration: Calibration, decode: Regime, prefill: Regime, kind: Kind, device_class: str
) -> Costs:
    """Costs of one device under one engine, from the effects of everything it has in common."""
    known = _known_costs(calibration)
    key = (decode, prefill, kind, device_class)
    found = known.get(key)
    if found is None:
        while len(known) >= _KINDS:
            known.pop(next(iter(known)), None)
        found = known[key] = _costs_of(calibration, *key)
    return found


def _costs_of(
    calibration: Calibration, decode: Regime, prefill: Regime, kind: Kind, device_class: str
) -> Costs:
    return Costs(
        decode=multiples(calibration.effects, decode, kind),
        prefill=multiples(calibration.effects, prefill, kind),
        confidence=_confidence(calibration, decode, prefill, kind, device_class),
        kind=kind,
    )


def offload_costs(
    calibration: Calibration, kind: Kind, device_class: str, idle_share: float
) -> OffloadCosts:
    """Costs of the parts where a card and a CPU share one model.

    ``idle_share``: experts in all for each one a token wakes (1 for a dense model).
    """
    return OffloadCosts(
        decode=multiples(calibration.effects, "offload-decode", kind),
        prefill=multiples(calibration.effects, "offload-prefill", kind),
        confidence=_confidence(
            calibration, "offload-decode", "offload-prefill", kind, device_class
        ),
        streams_from_tokens=streams_from_tokens(calibration.judged, kind, idle_share),
        kind=kind,
    )


def streams_from_tokens(judged: Judgements, kind: Kind, idle_share: float) -> float:
    """Tokens a pass from which an engine carries weights to the card; infinite where it does not.

    ``idle_share`` as in `offload_costs`.
    """
    tokens = judged.streaming_from.get(kind.engine_family, math.inf)
    if kind.year < judged.streaming_since.get(kind.engine_family, 0.0):
        return math.inf
    return tokens * idle_share if kind.engine_family in judged.streaming_per_expert else tokens


def product_known(calibration: Calibration, regime: Regime, kind: Kind) -> bool:
    """Whether a run on this very product was fitted."""
    term, effect = _TELLS[regime]
    product = kind.cpu_product if effect == "cpu-product" else kind.product
    return f"{effect}:{product}" in calibration.effects.get(regime, {}).get(term, {})


def device_class_of(
    kind: Kind, *, cpu_only: bool, offload: str | None, split: str | None, unified: bool
) -> str:
    """The class of run that errors and intervals are reported by."""
    if cpu_only:
        return "cpu"
    if offload is not None:
        return offload
    if split == "tensor-parallel" or split == "one-serving":
        return "serving-tensor-parallel" if split == "tensor-parallel" else "serving-one-gpu"
    if split == "layer-split":
        return "layer-split"
    if kind.engine_family == "llamafile":
        return "localscore"
    if kind.vendor == "apple":
        return "apple-mlx" if kind.engine_family == "mlx" else "apple"
    if unified:
        return "unified-soc"
    if kind.engine_family in ("llama.cpp", "ik_llama.cpp", "ollama"):
        return kind.vendor or "other"
    return "other"


def interval_factor(
    calibration: Calibration, regime: Regime, device_class: str, kind: Kind
) -> float:
    """Half-width of the 80 % interval for a run of this kind."""
    by_class = calibration.intervals.get(regime, {})
    factor = by_class.get(device_class) or by_class.get("all")
    if factor is None:
        return calibration.judged.unmeasured
    wide = factor.known if product_known(calibration, regime, kind) else factor.new
    return wide * (
        1.0 if _family_known(calibration, regime, kind) else calibration.judged.unmeasured
    )


def ttft_factor(calibration: Calibration, machine: Machine) -> float:
    """Half-width of the first token's interval by class; unknown where only the prompt's is."""
    gpus, cpu = machine.gpus, machine.cpu
    costs = gpus[0].costs if gpus else cpu.costs if cpu is not None else None
    if costs is None or costs.kind is None:
        return UNKNOWN
    factor = calibration.ttft_intervals.get(costs.confidence.device_class)
    if factor is None:
        return UNKNOWN
    regime: Regime = "serving-prefill" if gpus else "cpu-prefill"
    return factor.known if product_known(calibration, regime, costs.kind) else factor.new


def _family_known(calibration: Calibration, regime: Regime, kind: Kind) -> bool:
    """Whether the engine, and the driver on this vendor, were fitted at all."""
    term, _ = _TELLS[regime]
    fitted = calibration.effects.get(regime, {}).get(term, {})
    engine = f"engine:{kind.engine_family}" in fitted
    driver = f"driver:{kind.backend}-{kind.vendor}"
    has_drivers = any(name.startswith("driver:") for name in fitted)
    return engine and (not has_drivers or driver in fitted)


def _confidence(
    calibration: Calibration, decode: Regime, prefill: Regime, kind: Kind, device_class: str
) -> Confidence:
    decode_factor = interval_factor(calibration, decode, device_class, kind)
    prefill_factor = interval_factor(calibration, prefill, device_class, kind)
    known = product_known(calibration, decode, kind)
    family = _family_known(calibration, decode, kind)
    basis: Basis = "calibrated" if family else "theoretical"
    engine = kind.engine_family
    cpu = decode in ("cpu-decode", "offload-decode")
    what = "CPU" if cpu else "device"
    if known and family:
        words = f"Calibrated on {engine} and related runs, this very {what} among them."
    elif family:
        words = f"Calibrated on {engine} and related runs; this very {what} was never measured."
    else:
        words = f"No {engine} run of this kind was measured; what comes closest stands in."
    return Confidence(basis, device_class, decode_factor, prefill_factor, words)

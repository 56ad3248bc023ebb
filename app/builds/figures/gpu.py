"""GPUs as plain figures: memory, bandwidth, peaks, and the shares of them that are reached."""

import math
from types import MappingProxyType

from app.builds.engines import choose_format, drives_all, reads
from app.builds.figures.kind import gpu_kind
from app.builds.figures.links import host_link_gbs, peer_link
from app.builds.ledger import BOTH, Ledger
from app.builds.parts import GpuGroup, Parts
from app.builds.words import gib, percent
from app.catalogue.facts import EngineFacts, GpuFacts, SystemFacts
from app.estimator.calibration import Calibration, Judgements, costs_of, device_class_of
from app.estimator.effects import Kind
from app.estimator.efficiency import Confidence, Costs
from app.estimator.hardware import Gpu
from app.estimator.numbers import UNKNOWN, known, or_unknown

#: Weight formats whose products have a peak of their own, and the fact that states it.
_PEAK_COLUMNS = {"fp8": "fp8_tflops_dense", "nv": "fp4_tflops_dense"}
#: NVIDIA architectures the calibration counts at twice FP32: no tensor cores, or (Volta) tensor
#: cores that llama.cpp's kernels do not reach.
TWICE_FP32 = frozenset({"Pascal", "Maxwell 2.0", "Kepler 2.0", "Volta"})


def gpu_figures(
    index: int,
    group: GpuGroup,
    parts: Parts,
    engine: EngineFacts | None,
    ledger: Ledger,
    calibration: Calibration,
    base: Kind,
) -> Gpu:
    facts, prefix = group.gpu, f"gpu.{index}"
    fp32 = ledger.fact(
        facts, "fp32_tflops", "FP32 peak", "TFLOPS", path=f"{prefix}.fp32_tflops", part="gpu"
    )
    judged = calibration.judged
    costs = _costs(group, parts, engine, ledger, calibration, base, prefix)
    peer_gbs, peer_s = peer_link(facts, parts, judged, ledger, prefix)
    return Gpu(
        name=facts.name,
        count=float(group.count * parts.nodes),
        memory_gib=_gpu_memory(facts, parts, ledger, judged, prefix),
        bandwidth_gbs=_gpu_bandwidth(facts, parts, ledger, prefix),
        compute_tflops=_compute_tflops(facts, fp32, ledger, prefix),
        serving_tflops=_serving_tflops(facts, fp32, engine, judged, ledger, prefix, base),
        fp32_tflops=fp32,
        power_w=_power_w(facts, ledger, prefix),
        host_link_gbs=host_link_gbs(facts, parts, judged, ledger, prefix),
        peer_link_gbs=peer_gbs,
        peer_latency_s=peer_s,
        allreduce_growth=judged.allreduce_growth,
        costs=costs,
    )


def _power_w(facts: GpuFacts, ledger: Ledger, prefix: str) -> float:
    """What the card may draw; without a figure its power limits nothing."""
    path, label = f"{prefix}.power_w", "power the GPU may draw"
    cap = ledger.overrides.get("gpu.power_cap_w")
    if cap is not None:
        return ledger.note(path, label, cap, "W", "user", "Your figure")
    stated = ledger.overrides.get("gpu.tdp_w", facts.tdp_w)
    if stated is None:
        ledger.stand_in(
            f"nobody states what power {facts.name} may draw; no limit is assumed", "gpu", "prefill"
        )
        return math.inf
    source = facts.cell_sources.get("tdp_w", facts.source)
    return ledger.note(path, label, stated, "W", "catalogue", source)


def _costs(
    group: GpuGroup,
    parts: Parts,
    engine: EngineFacts | None,
    ledger: Ledger,
    calibration: Calibration,
    base: Kind,
    prefix: str,
) -> Costs:
    """Looked-up costs; all unknown where the engine or the device cannot be placed."""
    facts = group.gpu
    usable = engine is not None and drives_all(engine, parts, cpu_only=False)
    if engine is not None and not reads(engine, parts.quantization):
        ledger.ask(choose_format(engine, parts.quantization), "gpu")
        return UNKNOWN_COSTS
    kind = gpu_kind(base, group, parts)
    if engine is None or not usable or kind is None:
        name = engine.name if engine else "any engine"
        ledger.gap(f"how fast {name} runs on {facts.name}", "gpu")
        return UNKNOWN_COSTS
    serving = engine.family in calibration.judged.serving_engines
    cards = parts.gpu_count * parts.nodes
    split = None
    if serving:
        split = "tensor-parallel" if cards > 1 else "one-serving"
    elif cards > 1:
        split = "layer-split"
    found = costs_of(
        calibration,
        "serving-decode" if serving else "gpu-decode",
        "serving-prefill" if serving else "gpu-prefill",
        kind,
        device_class_of(
            kind, cpu_only=False, offload=None, split=split, unified=facts.unified_memory
        ),
    )
    for phase, term, label in (
        ("decode", "weights", "share of the bandwidth reached"),
        ("prefill", "compute", "share of the compute peak reached"),
    ):
        multiples = found.decode if phase == "decode" else found.prefill
        ledger.note(
            f"{prefix}.share.{term}",
            label,
            1 / float(multiples[term]),
            "",
            "calibrated",
            found.confidence.sentence,
        )
    return found


def _gpu_memory(
    facts: GpuFacts, parts: Parts, ledger: Ledger, judged: Judgements, prefix: str
) -> float:
    """What one card may hold; where a system states what its GPUs may use, that."""
    path = f"{prefix}.memory_gib"
    given = ledger.overrides.get("gpu.memory_gib")
    if given is not None:
        return ledger.note(path, "GPU memory", given, "GiB", "user", None)
    system = parts.system if parts.gpus_from_system else None
    usable = system.gpu_usable_memory_gib if system else None
    if system is not None and usable is not None:
        per_card = usable / max(1, system.gpu_count)
        if facts.unified_memory or facts.memory_gib is None or per_card < facts.memory_gib:
            source = system.cell_sources.get("gpu_usable_memory_gib", system.source)
            label = "memory one GPU may use"
            return ledger.note(path, label, per_card, "GiB", "catalogue", source)
    if not facts.unified_memory:
        return ledger.fact(facts, "memory_gib", "GPU memory", "GiB", path=path, part="gpu")
    return _usual_share(facts, system, ledger, judged, path)


def _usual_share(
    facts: GpuFacts,
    system: SystemFacts | None,
    ledger: Ledger,
    judged: Judgements,
    path: str,
) -> float:
    """Of a memory shared with the CPU, what systems usually let the GPU have."""
    whole = ledger.overrides.get("memory.size_gib") or (
        system.memory_gib if system else facts.memory_gib
    )
    if whole is None:
        ledger.gap(f"how much memory {facts.name} may use", "gpu")
        return UNKNOWN
    small = whole <= judged.unified_small_gib
    share = judged.unified_usable_share["small" if small else "large"]
    words = f"Usual limit for {gib(whole)} of unified memory: {percent(share)} of it"
    return ledger.note(path, "memory the GPU may use", whole * share, "GiB", "default", words)


def _gpu_bandwidth(facts: GpuFacts, parts: Parts, ledger: Ledger, prefix: str) -> float:
    """The card's bandwidth; a unified part in a system with slower memory gets that."""
    path, system = f"{prefix}.bandwidth_gbs", parts.system
    label, override = "memory bandwidth", "gpu.bandwidth_gbs"
    one_memory = facts.unified_memory or bool(system and system.unified_memory)
    shared = one_memory and parts.gpus_from_system and system is not None
    if shared and system is not None and override not in ledger.overrides:
        stated = system.memory_bandwidth_gbs
        if stated is None and facts.bandwidth_gbs is not None:
            ledger.stand_in(
                f"nobody states the memory bandwidth of {system.name}; the chip's full bandwidth "
                "stands in",
                "gpu",
                *BOTH,
            )
        if stated is not None and (facts.bandwidth_gbs is None or stated < facts.bandwidth_gbs):
            return ledger.fact(system, "memory_bandwidth_gbs", label, "GB/s", path=path)
    return ledger.fact(
        facts, "bandwidth_gbs", label, "GB/s", path=path, override=override, part="gpu"
    )


def _compute_tflops(facts: GpuFacts, fp32: float, ledger: Ledger, prefix: str) -> float:
    """Peak that prompt processing draws on.

    NVIDIA with tensor cores: half the INT8 rate, which is what 16-bit matrix products with 16-bit
    accumulation reach (the FP32-accumulate column of GeForce is half of it). Everything else:
    twice FP32. Data-centre parts whose INT8 was cut back keep their FP16 rate.
    """
    path, label = f"{prefix}.compute_tflops", "compute peak for prompts"
    given = ledger.overrides.get("gpu.compute_tflops")
    if given is not None:
        return ledger.note(path, label, given, "TFLOPS", "user", "Your figure")
    fp16, int8 = or_unknown(facts.fp16_tflops_dense), or_unknown(facts.int8_tops_dense)
    tensor = facts.vendor == "NVIDIA" and (known(fp16) or known(int8))
    expected = facts.vendor != "NVIDIA" or facts.architecture in TWICE_FP32
    if expected or not tensor:
        if not expected:
            ledger.stand_in(
                f"{facts.name}: no tensor rate is stated; twice FP32 stands in", "gpu", "prefill"
            )
        return ledger.note(path, label, 2 * fp32, "TFLOPS", "derived", "2 × FP32 peak")
    if not known(int8):
        if facts.segment != "soc":
            ledger.stand_in(
                f"{facts.name}: no INT8 rate is stated; the FP16 rate stands in", "gpu", "prefill"
            )
        return ledger.note(path, label, fp16, "TFLOPS", "derived", "dense FP16 tensor rate")
    if known(fp16) and fp16 > int8 / 2:
        return ledger.note(path, label, fp16, "TFLOPS", "derived", "dense FP16 tensor rate")
    if not known(fp16) and facts.segment == "datacentre":
        ledger.stand_in(
            f"{facts.name}: no FP16 rate is stated; half of INT8 does", "gpu", "prefill"
        )
    return ledger.note(path, label, int8 / 2, "TFLOPS", "derived", "half the dense INT8 rate")


def _serving_tflops(
    facts: GpuFacts,
    fp32: float,
    engine: EngineFacts | None,
    judged: Judgements,
    ledger: Ledger,
    prefix: str,
    kind: Kind,
) -> float:
    """Peak of the arithmetic a serving engine uses for this weight format, dense TFLOPS."""
    path, label = f"{prefix}.serving_tflops", "compute peak while serving"
    given = ledger.overrides.get("gpu.compute_tflops")
    if given is not None:
        return ledger.note(path, label, given, "TFLOPS", "user", "Your figure")
    weight_key = kind.weight_format
    own = _PEAK_COLUMNS.get(weight_key)
    wanted = getattr(facts, own) if own else None
    peak = wanted if wanted is not None else facts.fp16_tflops_dense
    serving = engine is not None and engine.family in judged.serving_engines
    if peak is None:
        words = f"{facts.name}: no matrix rate is stated; twice FP32 stands in"
        if serving:
            ledger.stand_in(words, "gpu", *BOTH)
        return ledger.note(path, label, 2 * fp32, "TFLOPS", "derived", "2 × FP32 peak")
    if wanted is None and own and serving:
        name = own.split("_", 1)[0].upper()
        words = f"{facts.name}: no {name} rate is stated; the FP16 rate stands in"
        ledger.stand_in(words, "gpu", *BOTH)
    column = _PEAK_COLUMNS.get(weight_key if wanted is not None else "", "fp16_tflops_dense")
    source = facts.cell_sources.get(column, facts.source)
    return ledger.note(path, label, peak, "TFLOPS", "catalogue", source)


def is_unified(parts: Parts) -> bool:
    return bool(parts.gpus) and all(group.gpu.unified_memory for group in parts.gpus)


_UNKNOWN_TERMS = MappingProxyType(dict.fromkeys(("weights", "compute", "layers"), UNKNOWN))
UNKNOWN_COSTS = Costs(
    decode=_UNKNOWN_TERMS,
    prefill=_UNKNOWN_TERMS,
    confidence=Confidence(
        "theoretical", "unknown", UNKNOWN, UNKNOWN, "No engine is known to run here."
    ),
)

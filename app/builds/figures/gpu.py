"""GPUs as plain figures: memory, bandwidth, peaks, and the shares of them that are reached."""

from app.builds.engines import choose_format, drives_all, reads
from app.builds.figures.links import host_link_gbs, peer_link
from app.builds.ledger import BOTH, Ledger
from app.builds.parts import GpuGroup, Parts
from app.builds.words import gib, percent
from app.catalogue.facts import EngineFacts, GpuFacts, SystemFacts
from app.estimator.calibration import Calibration, Kind, gpu_efficiency
from app.estimator.efficiency import Confidence, GpuEfficiency
from app.estimator.families import device_family, memory_kind
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
    weight_key: str,
) -> Gpu:
    facts, prefix = group.gpu, f"gpu.{index}"
    fp32 = ledger.fact(
        facts, "fp32_tflops", "FP32 peak", "TFLOPS", path=f"{prefix}.fp32_tflops", part="gpu"
    )
    efficiency = _gpu_efficiency(facts, parts, engine, ledger, calibration, weight_key, prefix)
    peer_gbs, peer_s = peer_link(facts, parts, calibration, ledger, prefix)
    return Gpu(
        name=facts.name,
        count=float(group.count * parts.nodes),
        memory_gib=_gpu_memory(facts, parts, ledger, calibration, prefix),
        bandwidth_gbs=_gpu_bandwidth(facts, parts, ledger, prefix),
        compute_tflops=_compute_tflops(facts, fp32, ledger, prefix),
        serving_tflops=_serving_tflops(
            facts, fp32, weight_key, engine, calibration, ledger, prefix
        ),
        fp32_tflops=fp32,
        host_link_gbs=host_link_gbs(facts, parts, calibration, ledger, prefix),
        peer_link_gbs=peer_gbs,
        peer_latency_s=peer_s,
        efficiency=efficiency,
    )


def _gpu_efficiency(
    facts: GpuFacts,
    parts: Parts,
    engine: EngineFacts | None,
    ledger: Ledger,
    calibration: Calibration,
    weight_key: str,
    prefix: str,
) -> GpuEfficiency:
    """Looked-up efficiency; all unknown where the engine or the device cannot be placed."""
    found = None
    kind = memory_kind(facts.memory_type, facts.unified_memory)
    family = device_family(facts.vendor, facts.architecture, facts.name, kind, facts.unified_memory)
    usable = engine is not None and drives_all(engine, parts, cpu_only=False)
    if engine is not None and not reads(engine, parts.quantization):
        ledger.ask(choose_format(engine, parts.quantization), "gpu")
        return UNKNOWN_GPU
    if engine is not None and usable and family is not None and kind is not None:
        found = gpu_efficiency(
            calibration,
            Kind(
                engine=engine.slug,
                engine_family=engine.family,
                backend=engine.backend,
                vendor=facts.vendor.lower(),
                family=family,
                memory_kind=kind,
                weight_format=weight_key,
                attention=parts.model.attention or "",
                is_moe=parts.model.architecture == "moe",
                is_linear=parts.model.attention == "hybrid-linear",
            ),
        )
    if found is None:
        name = engine.name if engine else "any engine"
        ledger.gap(f"how fast {name} runs on {facts.name}", "gpu")
        return UNKNOWN_GPU
    ledger.note(
        f"{prefix}.efficiency.weights",
        "share of the bandwidth reached",
        float(found.weights),
        "",
        "calibrated",
        found.confidence.sentence,
    )
    ledger.note(
        f"{prefix}.efficiency.compute",
        "share of the compute peak reached",
        float(found.compute),
        "",
        "calibrated",
        found.confidence.sentence,
    )
    return found


def _gpu_memory(
    facts: GpuFacts, parts: Parts, ledger: Ledger, calibration: Calibration, prefix: str
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
    return _usual_share(facts, system, ledger, calibration, path)


def _usual_share(
    facts: GpuFacts,
    system: SystemFacts | None,
    ledger: Ledger,
    calibration: Calibration,
    path: str,
) -> float:
    """Of a memory shared with the CPU, what systems usually let the GPU have."""
    whole = ledger.overrides.get("memory.size_gib") or (
        system.memory_gib if system else facts.memory_gib
    )
    if whole is None:
        ledger.gap(f"how much memory {facts.name} may use", "gpu")
        return UNKNOWN
    small = whole <= calibration.unified_small_gib
    share = calibration.unified_usable_share["small" if small else "large"]
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
    weight_key: str,
    engine: EngineFacts | None,
    calibration: Calibration,
    ledger: Ledger,
    prefix: str,
) -> float:
    """Peak of the arithmetic a serving engine uses for this weight format, dense TFLOPS."""
    path, label = f"{prefix}.serving_tflops", "compute peak while serving"
    given = ledger.overrides.get("gpu.compute_tflops")
    if given is not None:
        return ledger.note(path, label, given, "TFLOPS", "user", "Your figure")
    own = _PEAK_COLUMNS.get(weight_key)
    wanted = getattr(facts, own) if own else None
    peak = wanted if wanted is not None else facts.fp16_tflops_dense
    serving = engine is not None and engine.family in calibration.serving
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


UNKNOWN_GPU = GpuEfficiency(
    weights=UNKNOWN,
    weights_prefill=UNKNOWN,
    kv=UNKNOWN,
    attention=UNKNOWN,
    layer_s=UNKNOWN,
    compute=UNKNOWN,
    attention_prefill=UNKNOWN,
    layer_prefill_s=UNKNOWN,
    hop_s=UNKNOWN,
    allreduce_bytes=UNKNOWN,
    allreduce_growth=UNKNOWN,
    confidence=Confidence(
        "theoretical", "unknown", UNKNOWN, UNKNOWN, "No engine is known to run here."
    ),
)

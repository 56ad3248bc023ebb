"""One estimate: fit, decode, prefill, first token and whole answer, each with its interval."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from app.estimator import decode as dec
from app.estimator import prefill as pre
from app.estimator.calibration import Pipeline
from app.estimator.efficiency import Confidence, OffloadEfficiency
from app.estimator.hardware import Cpu, Gpu, Machine
from app.estimator.kv_cache import mean_window_fill
from app.estimator.memory import MemoryFit, fit_of, largest
from app.estimator.numbers import Interval, Number, around, at_least, at_most, where
from app.estimator.workload import Engine, Model, Placement, WeightFormat, Workload


@dataclass(frozen=True, slots=True)
class Widening:
    """Factors by which stand-ins for missing figures widen the intervals."""

    decode: float
    prefill: float


@dataclass(frozen=True, slots=True)
class Setting:
    """Everything an estimate depends on. Any figure may be a column; all columns one length."""

    machine: Machine
    model: Model
    fmt: WeightFormat
    engine: Engine
    workload: Workload
    offload: OffloadEfficiency
    pipeline: Pipeline
    batch_factor: float  # interval widened by this when requests share a step
    ttft_under_load_factor: float
    widening: Mapping[Placement, Widening]  # for inputs that were stood in for


@dataclass(frozen=True, slots=True)
class Estimate:
    """Speeds in tokens per second, times in seconds; per user unless named total."""

    placement: Placement
    memory: MemoryFit
    decode_tps: Interval
    decode_total_tps: Interval
    prefill_tps: Interval
    ttft_s: Interval
    total_s: Interval
    step: dec.Step
    decode_terms: dec.Terms
    prefill_terms: dec.Terms
    prefill_speedup: Number
    queue_s: Number
    confidence: Confidence


def estimate(setting: Setting, placement: Placement) -> Estimate:
    """How fast ``setting`` runs under one placement.

    Returns figures of the shape of the inputs; NaN wherever a needed input is unknown. Whether it
    fits is in ``memory.fits``; speeds are given as if it did.

    Raises:
        ValueError: the machine lacks a part this placement needs.
    """
    s = setting
    memory = fit_of(s.machine, s.model, s.fmt, s.engine, s.workload, placement)
    step = _mean_step(s, memory)
    decode_terms = _decode_terms(s, placement, memory, step)
    prefill_terms, speedup = _prefill_terms(s, placement, memory)
    confidence = _confidence(s, placement)

    step_s = dec.total_s(decode_terms)
    token_s = dec.total_s(prefill_terms) / speedup
    running = memory.running
    prompt_s = s.workload.prompt_tokens * token_s
    answer_s = s.workload.generated_tokens * step_s
    # Each other request is reading its prompt this share of its time, and is in the way then.
    reading = prompt_s / (prompt_s + answer_s)
    shared_s = prompt_s * (1 + (running - 1) * reading)
    # Closed system by Little's law: users beyond the running requests wait for a place.
    queue_s = (shared_s + answer_s) * at_least(s.workload.concurrency / running - 1, 0.0)
    ttft_s = queue_s + shared_s + step_s

    ceiling_s = dec.total_s(_decode_terms(_perfect(s), placement, memory, step))
    crowded = np.greater(s.workload.concurrency, 1)
    decode_factor = confidence.decode_factor * where(crowded, s.batch_factor, 1.0)
    ttft_factor = where(
        crowded,
        at_least(s.ttft_under_load_factor, confidence.prefill_factor),
        confidence.prefill_factor,
    )
    decode = _below(around(1 / step_s, decode_factor), 1 / ceiling_s)
    return Estimate(
        placement=placement,
        memory=memory,
        decode_tps=decode,
        decode_total_tps=Interval(
            running * decode.low, running * decode.typical, running * decode.high
        ),
        prefill_tps=around(1 / token_s, confidence.prefill_factor),
        ttft_s=around(ttft_s, ttft_factor),
        total_s=Interval(
            ttft_s / ttft_factor + s.workload.generated_tokens / decode.high,
            ttft_s + answer_s,
            ttft_s * ttft_factor + s.workload.generated_tokens / decode.low,
        ),
        step=step,
        decode_terms=decode_terms,
        prefill_terms={k: v / speedup for k, v in prefill_terms.items()},
        prefill_speedup=speedup,
        queue_s=queue_s,
        confidence=confidence,
    )


def _below(interval: Interval, ceiling: Number) -> Interval:
    """No end of an interval lies above what the memory's peak bandwidth allows."""
    return Interval(
        interval.low,
        interval.typical,
        at_least(interval.typical, at_most(interval.high, ceiling)),
    )


def _perfect(s: Setting) -> Setting:
    """The same build if every byte moved at peak bandwidth and nothing else took time."""
    gpus = tuple(
        replace(
            g,
            efficiency=replace(
                g.efficiency,
                weights=at_least(g.efficiency.weights, 1.0),
                kv=at_least(g.efficiency.kv, 1.0),
                attention=math.inf,
                layer_s=0.0,
                compute=math.inf,
                attention_prefill=math.inf,
                hop_s=0.0,
            ),
            peer_latency_s=0.0,
            peer_link_gbs=math.inf,
        )
        for g in s.machine.gpus
    )
    cpu = s.machine.cpu
    if cpu is not None:
        cpu = replace(cpu, efficiency=replace(cpu.efficiency, weights=1.0, compute=math.inf))
    offload = replace(
        s.offload,
        expert_weights=1.0,
        dense_weights=1.0,
        gpu_weights=1.0,
        attention=math.inf,
        layer_expert_s=0.0,
        layer_dense_s=0.0,
    )
    return replace(
        s, machine=replace(s.machine, cpu=cpu, gpus=gpus, node_hop_s=0.0), offload=offload
    )


def layer_shares(gpus: tuple[Gpu, ...]) -> list[Number]:
    """Share of the layers all cards of a kind hold: in proportion to their memory."""
    total = sum((g.count * g.memory_gib for g in gpus), start=0.0)
    return [g.count * g.memory_gib / total for g in gpus]


def cards(gpus: tuple[Gpu, ...]) -> Number:
    """Number of cards of all kinds."""
    return sum((g.count for g in gpus), start=0.0)


def _mean_step(s: Setting, memory: MemoryFit) -> dec.Step:
    """The average step of the answer, its windows as full as they are on average."""
    window = mean_window_fill(
        s.workload.prompt_tokens, s.workload.generated_tokens, s.model.sliding_window
    )
    return dec.step_of(s.workload, memory.running, window)


def _decode_terms(s: Setting, placement: Placement, memory: MemoryFit, step: dec.Step) -> dec.Terms:
    if placement == "cpu-only":
        return dec.cpu_terms(_cpu(s), s.model, s.fmt, step)
    if placement == "layer-offload":
        gpu = largest(s.machine.gpus)
        return dec.layer_offload_terms(
            gpu, _cpu(s), s.offload, s.model, s.fmt, step, memory.gpu_share
        )
    if placement == "expert-offload":
        gpu = largest(s.machine.gpus)
        return dec.expert_offload_terms(
            gpu, _cpu(s), s.offload, s.model, s.fmt, step, memory.host_share
        )
    if s.engine.serving:
        gpu, count = _serving_cards(s, placement)
        return dec.serving_terms(gpu, s.model, s.fmt, step, count)
    if placement in ("one-gpu", "unified-memory"):
        return dec.gpu_terms(largest(s.machine.gpus), s.model, s.fmt, step, 1.0)
    return _split_terms(s, step)


def _split_terms(s: Setting, step: dec.Step) -> dec.Terms:
    """Layer split: cards work one after another, and hand over between them."""
    gpus = s.machine.gpus
    shares = layer_shares(gpus)
    stages = [dec.gpu_terms(g, s.model, s.fmt, step, x) for g, x in zip(gpus, shares, strict=True)]
    node_hops = s.machine.nodes - 1
    card_hops = cards(gpus) - 1 - node_hops
    hops = card_hops * gpus[0].efficiency.hop_s
    hops = hops + where(np.greater(node_hops, 0), node_hops * s.machine.node_hop_s, 0.0)
    return {**dec.add_terms(stages), "hops": hops}


def _prefill_terms(s: Setting, placement: Placement, memory: MemoryFit) -> tuple[dec.Terms, Number]:
    """Seconds per prompt token by term, and the pipeline's speed-up to divide them by."""
    prompt = s.workload.prompt_tokens
    if placement == "cpu-only":
        return pre.cpu_prefill_terms(_cpu(s), s.model, prompt), 1.0
    gpus = s.machine.gpus
    gpu = largest(gpus)
    if placement == "layer-offload":
        terms = pre.layer_offload_prefill_terms(
            gpu, _cpu(s), s.offload, s.model, s.fmt, s.engine, prompt, memory.gpu_share
        )
        return terms, 1.0
    if placement == "expert-offload":
        terms = pre.expert_offload_prefill_terms(
            gpu, _cpu(s), s.offload, s.model, s.fmt, s.engine, prompt, memory.host_share
        )
        return terms, 1.0
    if s.engine.serving:
        card, count = _serving_cards(s, placement)
        return pre.serving_prefill_terms(card, s.model, s.fmt, s.engine, prompt, count), 1.0
    if placement in ("one-gpu", "unified-memory"):
        return pre.gpu_prefill_terms(gpu, s.model, s.fmt, s.engine, prompt, 1.0), 1.0
    stages = [
        pre.gpu_prefill_terms(g, s.model, s.fmt, s.engine, prompt, x)
        for g, x in zip(gpus, layer_shares(gpus), strict=True)
    ]
    speedup = pre.layer_split_speedup(prompt, s.engine.ubatch_tokens, cards(gpus), s.pipeline)
    return dec.add_terms(stages), speedup


def _serving_cards(s: Setting, placement: Placement) -> tuple[Gpu, Number]:
    """The card all ranks are as slow as, and how many take part."""
    gpu = s.machine.gpus[0] if placement == "tensor-parallel" else largest(s.machine.gpus)
    return gpu, gpu.count if placement == "tensor-parallel" else 1.0


def _confidence(s: Setting, placement: Placement) -> Confidence:
    """The widest confidence of the parts that take part, widened for stood-in inputs."""
    parts: list[Confidence]
    if placement == "cpu-only":
        parts = [_cpu(s).efficiency.confidence]
    elif placement == "expert-offload":
        parts = [s.offload.expert_confidence, largest(s.machine.gpus).efficiency.confidence]
    elif placement == "layer-offload":
        parts = [s.offload.dense_confidence, largest(s.machine.gpus).efficiency.confidence]
    elif placement == "layer-split":
        parts = [g.efficiency.confidence for g in s.machine.gpus]
    else:
        parts = [largest(s.machine.gpus).efficiency.confidence]
    first = parts[0]
    weakest = next((p for p in parts if p.basis == "theoretical"), first)
    decode, prefill = first.decode_factor, first.prefill_factor
    for part in parts[1:]:
        decode = at_least(decode, part.decode_factor)
        prefill = at_least(prefill, part.prefill_factor)
    return Confidence(
        basis=weakest.basis,
        device_class=first.device_class,
        decode_factor=decode * s.widening[placement].decode,
        prefill_factor=prefill * s.widening[placement].prefill,
        sentence=weakest.sentence,
    )


def _cpu(s: Setting) -> Cpu:
    if s.machine.cpu is None:
        raise ValueError("This placement needs a CPU with memory.")
    return s.machine.cpu

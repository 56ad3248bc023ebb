"""One estimate: fit, decode, prefill, first token and whole answer, each with its interval."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from app.estimator import decode as dec
from app.estimator import prefill as pre
from app.estimator.calibration import Pipeline
from app.estimator.effects import Phase
from app.estimator.efficiency import Confidence, Costs, OffloadCosts, Terms, scaled
from app.estimator.hardware import Cpu, Gpu, Machine
from app.estimator.kv_cache import mean_window_fill
from app.estimator.memory import MemoryFit, fit_of, largest
from app.estimator.numbers import (
    UNKNOWN,
    Interval,
    Number,
    around,
    at_least,
    at_most,
    known,
    where,
)
from app.estimator.queueing import prompt_among_others_s
from app.estimator.workload import OFFLOADS, Engine, Model, Placement, WeightFormat, Workload


@dataclass(frozen=True, slots=True)
class Widening:
    """Factors by which stand-ins for missing figures widen the intervals."""

    decode: float
    prefill: float


@dataclass(frozen=True, slots=True)
class Correction:
    """What measured runs of this very build add to the calibration; by itself nothing."""

    decode: Number = 1.0  # times every term of a decode step
    prefill: Number = 1.0  # times every term of a prompt token
    decode_factor: Number = UNKNOWN  # half-widths in place of the calibration's; NaN: its own
    prefill_factor: Number = UNKNOWN
    ttft_factor: Number = UNKNOWN


UNCORRECTED = Correction()


@dataclass(frozen=True, slots=True)
class Setting:
    """Everything an estimate depends on. Any figure may be a column; all columns one length."""

    machine: Machine
    model: Model
    fmt: WeightFormat
    engine: Engine
    workload: Workload
    offload: OffloadCosts
    pipeline: Pipeline
    ttft_factor: Number  # half-width of the first token's interval; NaN: that of the prompt
    widening: Mapping[Placement, Widening]  # for inputs that were stood in for
    correction: Correction = UNCORRECTED


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
    decode_terms: Terms
    prefill_terms: Terms
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
    decode_terms, peak_terms = _decode_terms(s, placement, memory, step)
    decode_terms = _times(decode_terms, s.correction.decode)
    prefill_terms, speedup = _prefill_terms(s, placement, memory)
    prefill_terms = _times(prefill_terms, s.correction.prefill)
    confidence = _confidence(s, placement)

    carried = carried_s(peak_terms)
    step_s = at_least(dec.total_s(decode_terms), carried)
    token_s = dec.total_s(prefill_terms) / speedup
    running = memory.running
    prompt_s = s.workload.prompt_tokens * token_s
    answer_s = s.workload.generated_tokens * step_s
    # Prompts of the others are in every step of an answer; their order moves only the first token.
    whole_s = prompt_s + answer_s
    a_pass = pre.prompts_a_pass(s.engine, s.workload)
    beside_s = dec.total_s(pre.beside_others(prefill_terms, a_pass)) / speedup
    shared_s = prompt_among_others_s(
        prompt_s,
        s.workload.prompt_tokens * beside_s,
        answer_s,
        running,
        s.workload.together,
        a_pass,
    )
    # Closed system by Little's law: users beyond the running requests wait for a place.
    queue_s = whole_s * at_least(s.workload.concurrency / running - 1, 0.0)
    # A prompt's last pass gives the first token; beside others it waits for half a step to end.
    half_s = step_s / 2 * at_least(1 - 1 / running, 0.0)
    ttft_s = queue_s + at_most(shared_s + half_s, whole_s)

    decode_factor = confidence.decode_factor
    wider = s.ttft_factor * s.widening[placement].prefill
    ttft_factor = _first_known(s.correction.ttft_factor, wider, confidence.prefill_factor)
    decode = _below(around(1 / step_s, decode_factor), 1 / carried)
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
            (queue_s + prompt_s) / ttft_factor + s.workload.generated_tokens / decode.high,
            queue_s + whole_s,
            (queue_s + prompt_s) * ttft_factor + s.workload.generated_tokens / decode.low,
        ),
        step=step,
        decode_terms=decode_terms,
        prefill_terms={k: v / speedup for k, v in prefill_terms.items()},
        prefill_speedup=speedup,
        queue_s=queue_s,
        confidence=confidence,
    )


def _times(terms: Terms, factor: Number) -> Terms:
    return {name: seconds * factor for name, seconds in terms.items()}


def _first_known(*values: Number) -> Number:
    """The first figure that is known."""
    *rest, found = values
    for value in reversed(rest):
        found = where(known(value), value, found)
    return found


def _below(interval: Interval, ceiling: Number) -> Interval:
    """No end of an interval lies above what the memory's peak bandwidth allows."""
    return Interval(
        interval.low,
        interval.typical,
        at_least(interval.typical, at_most(interval.high, ceiling)),
    )


def carried_s(terms: Terms) -> Number:
    """Seconds in which memory at its peak carries what a step reads: no step is shorter."""
    return sum((terms[name] for name in ("weights", "kv", "host") if name in terms), start=0.0)


def layer_shares(gpus: tuple[Gpu, ...]) -> list[Number]:
    """Share of the layers all cards of a kind hold: in proportion to their memory."""
    total = sum((g.count * g.memory_gib for g in gpus), start=0.0)
    return [g.count * g.memory_gib / total for g in gpus]


def cards(gpus: tuple[Gpu, ...]) -> Number:
    """Number of cards of all kinds."""
    return sum((g.count for g in gpus), start=0.0)


def working_card(machine: Machine, placement: Placement) -> Gpu:
    """The card whose costs the work has: with tensor parallelism the one all ranks are as slow as.

    Raises:
        ValueError: the machine has no card.
    """
    gpus = machine.gpus
    return gpus[0] if placement == "tensor-parallel" and gpus else largest(gpus)


def _mean_step(s: Setting, memory: MemoryFit) -> dec.Step:
    """The average step of the answer, its windows as full as they are on average."""
    window = mean_window_fill(
        s.workload.start_tokens, s.workload.generated_tokens, s.model.sliding_window
    )
    return dec.step_of(s.workload, memory.running, window)


def _decode_terms(
    s: Setting, placement: Placement, memory: MemoryFit, step: dec.Step
) -> tuple[Terms, Terms]:
    """One step as it really runs, every part's terms times what they cost it, and at the peaks.

    Handing over between cards takes the same in both.
    """
    if _split_by_layers(s, placement):
        stages, hops = _stages(s, step), _hops(s)
        really = [scaled(terms, _of(gpu.costs, "decode")) for gpu, terms in stages]
        peak = [terms for _, terms in stages]
        return dec.add_terms([*really, hops]), dec.add_terms([*peak, hops])
    terms = _peak_decode_terms(s, placement, memory, step)
    return scaled(terms, _multiples(s, placement, "decode")), terms


def _peak_decode_terms(
    s: Setting, placement: Placement, memory: MemoryFit, step: dec.Step
) -> Terms:
    """A step at the machine's peaks, where its parts are of one kind."""
    if placement == "cpu-only":
        return dec.cpu_terms(_cpu(s), s.model, s.fmt, step)
    if placement == "layer-offload":
        gpu = largest(s.machine.gpus)
        return dec.layer_offload_terms(gpu, _cpu(s), s.model, s.fmt, step, memory.gpu_share)
    if placement == "expert-offload":
        gpu = largest(s.machine.gpus)
        return dec.expert_offload_terms(gpu, _cpu(s), s.model, s.fmt, step, memory.host_share)
    if s.engine.serving:
        gpu, count = _serving_cards(s, placement)
        return dec.serving_terms(gpu, s.model, s.fmt, step, count)
    return dec.gpu_terms(largest(s.machine.gpus), s.model, s.fmt, step, 1.0)


def _split_by_layers(s: Setting, placement: Placement) -> bool:
    """Whether cards work one after another.

    An engine that splits tensors without continuous batching is taken to split layers: too few
    such runs were measured to tell them apart.
    """
    return not s.engine.serving and placement in ("layer-split", "tensor-parallel")


def _stages(s: Setting, step: dec.Step) -> list[tuple[Gpu, Terms]]:
    """Layer split: kinds of card work one after another, each on its share of the layers."""
    gpus = s.machine.gpus
    return [
        (g, dec.gpu_terms(g, s.model, s.fmt, step, x))
        for g, x in zip(gpus, layer_shares(gpus), strict=True)
    ]


def _hops(s: Setting) -> Terms:
    """Handing over between cards, and between nodes."""
    gpus = s.machine.gpus
    node_hops = s.machine.nodes - 1
    card_hops = cards(gpus) - 1 - node_hops
    hops = card_hops * dec.HOP_S * gpus[0].costs.decode.get("hops", 1.0)
    return {"hops": hops + where(np.greater(node_hops, 0), node_hops * s.machine.node_hop_s, 0.0)}


def _multiples(s: Setting, placement: Placement, phase: Phase) -> dict[str, Number]:
    """What each term costs where one kind of device, or a card with a CPU, does the work."""
    if placement == "cpu-only":
        return _of(_cpu(s).costs, phase)
    own = _of(working_card(s.machine, placement).costs, phase)
    if placement not in OFFLOADS:
        return own
    shared = dict(s.offload.decode if phase == "decode" else s.offload.prefill)
    host = _cpu(s).costs.prefill.get("compute", 1.0)
    mixed = {name: own.get(name, 1.0) * shared.get(name, 1.0) for name in {*own, *shared}}
    return {**mixed, "host-batch": host, "cores": host * shared.get("cores", 1.0)}


def _of(costs: Costs, phase: Phase) -> dict[str, Number]:
    """Multiples of a phase; arithmetic of other requests costs a step what a prompt's does."""
    if phase == "prefill":
        return dict(costs.prefill)
    return {"batch": costs.prefill.get("compute", 1.0), **costs.decode}


def _prefill_terms(s: Setting, placement: Placement, memory: MemoryFit) -> tuple[Terms, Number]:
    """Seconds per prompt token by term, and the pipeline's speed-up to divide them by."""
    if _split_by_layers(s, placement):
        gpus = s.machine.gpus
        stages = [
            scaled(
                pre.gpu_prefill_terms(g, s.model, s.fmt, s.engine, s.workload, x), g.costs.prefill
            )
            for g, x in zip(gpus, layer_shares(gpus), strict=True)
        ]
        speedup = pre.layer_split_speedup(
            s.workload.prompt_tokens, s.engine.ubatch_tokens, cards(gpus), s.pipeline
        )
        return dec.add_terms(stages), speedup
    terms = _peak_prefill_terms(s, placement, memory)
    return scaled(terms, _multiples(s, placement, "prefill")), 1.0


def _peak_prefill_terms(s: Setting, placement: Placement, memory: MemoryFit) -> Terms:
    """A prompt token at the machine's peaks, where its parts are of one kind."""
    if placement == "cpu-only":
        return pre.cpu_prefill_terms(_cpu(s), s.model, s.fmt, s.engine, s.workload)
    gpu = largest(s.machine.gpus)
    streams = s.offload.streams_from_tokens
    if placement == "layer-offload":
        return pre.layer_offload_prefill_terms(
            gpu, _cpu(s), s.model, s.fmt, s.engine, s.workload, memory.gpu_share, streams
        )
    if placement == "expert-offload":
        return pre.expert_offload_prefill_terms(
            gpu, _cpu(s), s.model, s.fmt, s.engine, s.workload, memory.host_share, streams
        )
    if s.engine.serving:
        card, count = _serving_cards(s, placement)
        return pre.serving_prefill_terms(card, s.model, s.engine, s.workload, count)
    return pre.gpu_prefill_terms(gpu, s.model, s.fmt, s.engine, s.workload, 1.0)


def _serving_cards(s: Setting, placement: Placement) -> tuple[Gpu, Number]:
    """The card all ranks are as slow as, and how many take part."""
    gpu = working_card(s.machine, placement)
    return gpu, gpu.count if placement == "tensor-parallel" else 1.0


def _confidence(s: Setting, placement: Placement) -> Confidence:
    """The widest confidence of the parts that take part, widened for stood-in inputs."""
    parts: list[Confidence]
    if placement == "cpu-only":
        parts = [_cpu(s).costs.confidence]
    elif placement in OFFLOADS:
        parts = [s.offload.confidence, largest(s.machine.gpus).costs.confidence]
    elif placement == "layer-split":
        parts = [g.costs.confidence for g in s.machine.gpus]
    else:
        parts = [largest(s.machine.gpus).costs.confidence]
    first = parts[0]
    weakest = next((p for p in parts if p.basis == "theoretical"), first)
    decode, prefill = first.decode_factor, first.prefill_factor
    if placement == "layer-split":
        for part in parts[1:]:
            decode = at_least(decode, part.decode_factor)
            prefill = at_least(prefill, part.prefill_factor)
    return Confidence(
        basis=weakest.basis,
        device_class=first.device_class,
        decode_factor=_first_known(
            s.correction.decode_factor, decode * s.widening[placement].decode
        ),
        prefill_factor=_first_known(
            s.correction.prefill_factor, prefill * s.widening[placement].prefill
        ),
        sentence=weakest.sentence,
    )


def _cpu(s: Setting) -> Cpu:
    if s.machine.cpu is None:
        raise ValueError("This placement needs a CPU with memory.")
    return s.machine.cpu

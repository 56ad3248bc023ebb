"""Time of one decode step: what each part of the machine adds to it, in seconds.

The terms are added, not maximised: a step reads weights, then cache, then waits for launches, and
on measured runs the sum is right where the maximum is 40 % off.
"""

from dataclasses import dataclass

import numpy as np

from app.estimator.attention import decode_flop, prefill_flop_per_token
from app.estimator.cpu_bandwidth import machine_bandwidth_gbs, peak_tflops
from app.estimator.efficiency import OffloadEfficiency
from app.estimator.hardware import Cpu, Gpu
from app.estimator.kv_cache import read_bytes_per_step
from app.estimator.numbers import GB, Number, at_least, where
from app.estimator.weights import expert_bytes, expert_params_b, read_bytes, shared_bytes
from app.estimator.workload import Model, WeightFormat, Workload

#: Seconds by what they are spent on; the sum is the step.
Terms = dict[str, Number]


@dataclass(frozen=True, slots=True)
class Step:
    """One decode step: so many sequences at such a depth of context."""

    sequences: Number
    depth_tokens: Number
    window_fill: Number
    prompt_per_generated: Number  # prompt tokens others bring for each token they generate
    prompt_tokens: Number
    kv_scale: Number


def step_of(workload: Workload, sequences: Number, window_fill: Number) -> Step:
    """The average step of an answer: halfway through it."""
    return Step(
        sequences=sequences,
        depth_tokens=workload.prompt_tokens + workload.generated_tokens / 2,
        window_fill=window_fill,
        prompt_per_generated=workload.prompt_tokens / workload.generated_tokens,
        prompt_tokens=workload.prompt_tokens,
        kv_scale=workload.kv_scale,
    )


def gpu_terms(gpu: Gpu, model: Model, fmt: WeightFormat, step: Step, share: Number) -> Terms:
    """A card that holds ``share`` of the layers and runs them for all sequences.

    Weights and cache at the card's bandwidth, attention arithmetic on its FP32 units, a fixed cost
    per layer, and, for more than one sequence, arithmetic of the others' tokens.
    """
    e, sequences = gpu.efficiency, step.sequences
    bandwidth = gpu.bandwidth_gbs * GB
    return {
        "weights": share * read_bytes(model, fmt, sequences) / (bandwidth * e.weights),
        "kv": share * sequences * _kv_bytes(model, step) / (bandwidth * e.kv),
        "attention": share
        * sequences
        * decode_flop(model, step.depth_tokens)
        / (gpu.fp32_tflops * 1e12 * e.attention),
        "layers": share * model.n_layers * e.layer_s,
        "batch": share * batch_flop(model, step) / (gpu.compute_tflops * 1e12 * e.compute),
    }


def serving_terms(gpu: Gpu, model: Model, fmt: WeightFormat, step: Step, cards: Number) -> Terms:
    """A step of a continuous-batching engine on ``cards`` cards with tensor parallelism.

    Arithmetic counts for every sequence, with the prompts of the others sharing the step; every
    layer ends in two all-reduces between the cards.
    """
    e, sequences = gpu.efficiency, step.sequences
    bandwidth = gpu.bandwidth_gbs * GB
    others = sequences - 1
    flop = 2 * model.read_per_token_b * 1e9 * (sequences + others * step.prompt_per_generated)
    prompts = others * step.prompt_per_generated
    attention = prefill_flop_per_token(model, step.prompt_tokens) * prompts
    tokens = sequences + prompts
    shards = np.minimum(cards, model.kv_heads)
    return {
        "weights": read_bytes(model, fmt, sequences) / (cards * bandwidth * e.weights),
        "kv": sequences * _kv_bytes(model, step) / (shards * bandwidth * e.kv),
        "prompts": attention / (cards * gpu.serving_tflops * 1e12 * e.attention_prefill),
        "layers": model.n_layers * e.layer_s,
        "tokens": flop / (cards * gpu.serving_tflops * 1e12 * e.compute),
        "allreduce": 2 * model.n_layers * allreduce_s(gpu, model, tokens, cards),
    }


def allreduce_s(gpu: Gpu, model: Model, tokens: Number, cards: Number) -> Number:
    """One all-reduce of ``tokens`` activations over ``cards`` cards, seconds.

    A ring moves 2 (g-1)/g of the data; latency grows with every doubling of g. None at g=1.
    """
    moved = tokens * model.hidden_size * 2 * 2 * (cards - 1) / cards
    latency = gpu.peer_latency_s * gpu.efficiency.allreduce_growth ** (np.log2(cards) - 1)
    seconds = latency + moved * gpu.efficiency.allreduce_bytes / (gpu.peer_link_gbs * GB)
    return where(np.greater(cards, 1), seconds, 0.0)


def cpu_terms(cpu: Cpu, model: Model, fmt: WeightFormat, step: Step) -> Terms:
    """All layers in the CPU's memory, read by its cores."""
    bandwidth = machine_bandwidth_gbs(cpu) * GB * cpu.efficiency.weights
    return {
        "weights": read_bytes(model, fmt, step.sequences) / bandwidth,
        "kv": step.sequences * _kv_bytes(model, step) / bandwidth,
        "batch": batch_s(batch_flop(model, step), peak_tflops(cpu) * 1e12 * cpu.efficiency.compute),
    }


def layer_offload_terms(
    gpu: Gpu,
    cpu: Cpu,
    offload: OffloadEfficiency,
    model: Model,
    fmt: WeightFormat,
    step: Step,
    gpu_share: Number,
) -> Terms:
    """``gpu_share`` of the layers on the card, the rest read by the CPU, one after the other."""
    card = gpu_terms(gpu, model, fmt, step, gpu_share)
    host_bandwidth = machine_bandwidth_gbs(cpu) * GB * offload.dense_weights
    cores = peak_tflops(cpu) * 1e12 * cpu.efficiency.compute
    return {
        **card,
        "host": (1 - gpu_share) * step_read_bytes(model, fmt, step) / host_bandwidth,
        "batch": card["batch"] + (1 - gpu_share) * batch_s(batch_flop(model, step), cores),
        "layers": model.n_layers * offload.layer_dense_s,
    }


def expert_offload_terms(
    gpu: Gpu,
    cpu: Cpu,
    offload: OffloadEfficiency,
    model: Model,
    fmt: WeightFormat,
    step: Step,
    host_share: Number,
) -> Terms:
    """``host_share`` of the experts in the CPU's memory, everything else on the card."""
    experts = expert_bytes(model, fmt, step.sequences)
    on_card = shared_bytes(model, fmt) + (1 - host_share) * experts
    bandwidth = gpu.bandwidth_gbs * GB * offload.gpu_weights
    host_bandwidth = machine_bandwidth_gbs(cpu) * GB * offload.expert_weights
    others = batch_flop(model, step)
    away = host_share * model.n_experts_per_token * expert_params_b(model) / model.read_per_token_b
    cores = peak_tflops(cpu) * 1e12 * offload.cpu_compute
    return {
        "weights": on_card / bandwidth,
        "host": host_share * experts / host_bandwidth,
        "kv": step.sequences * _kv_bytes(model, step) / bandwidth,
        "attention": step.sequences
        * decode_flop(model, step.depth_tokens)
        / (gpu.fp32_tflops * 1e12 * offload.attention),
        "layers": model.n_layers * offload.layer_expert_s,
        "batch": (1 - away) * others / (gpu.compute_tflops * 1e12 * gpu.efficiency.compute)
        + batch_s(away * others, cores),
    }


def batch_s(flop: Number, flop_per_s: Number) -> Number:
    """Seconds for the others' arithmetic; none for a single request, whatever the peak."""
    return where(np.equal(flop, 0), 0.0, flop / flop_per_s)


def step_read_bytes(model: Model, fmt: WeightFormat, step: Step) -> Number:
    """Bytes one step reads for all its sequences: weights once, every cache."""
    return read_bytes(model, fmt, step.sequences) + step.sequences * _kv_bytes(model, step)


def batch_flop(model: Model, step: Step) -> Number:
    """Arithmetic the other sequences bring to a step: their tokens and their prompts' share.

    Zero for a single sequence, whose own arithmetic hides behind reading the weights.
    """
    others = at_least(step.sequences - 1, 0.0)
    return 2 * model.read_per_token_b * 1e9 * others * (1 + step.prompt_per_generated)


def add_terms(parts: list[Terms]) -> Terms:
    """Stages that run one after another: their terms add up by name."""
    total: Terms = {}
    for terms in parts:
        for name, seconds in terms.items():
            total[name] = total.get(name, 0.0) + seconds
    return total


def total_s(terms: Terms) -> Number:
    """Seconds of the whole step."""
    return sum(terms.values(), start=0.0)


def _kv_bytes(model: Model, step: Step) -> Number:
    return read_bytes_per_step(model, step.depth_tokens, step.window_fill, step.kv_scale)

"""Seconds of one decode step at a machine's peaks, by what they are spent on.

The terms are added, not maximised: a step reads weights, then cache, then waits for launches, and
on measured runs the sum is right where the maximum is 40 % off. What each term really costs is said
by `effects.py`; here every byte moves at peak bandwidth and every operation runs at peak rate.
"""

from dataclasses import dataclass

import numpy as np

from app.estimator.attention import decode_flop
from app.estimator.cpu_bandwidth import machine_bandwidth_gbs, peak_tflops
from app.estimator.efficiency import Terms
from app.estimator.hardware import Cpu, Gpu
from app.estimator.kv_cache import read_bytes_per_step
from app.estimator.numbers import GB, Number, at_least, where
from app.estimator.weights import expert_bytes, expert_params_b, read_bytes, shared_bytes
from app.estimator.workload import Model, WeightFormat, Workload, blocks

#: What one block of layers costs at least, however small it is: the unit its multiple counts.
BLOCK_S = 1e-6
#: What one hand-over between cards costs: the unit its multiple counts.
HOP_S = 1e-3
#: FP32 operations to unpack one weight: the unit its multiple counts.
UNPACK_FLOP = 1.0


@dataclass(frozen=True, slots=True)
class Step:
    """One decode step: so many sequences at such a depth of context."""

    sequences: Number
    depth_tokens: Number
    window_fill: Number
    prompt_per_generated: Number  # prompt tokens others bring for each token they generate
    kv_scale: Number


def step_of(workload: Workload, sequences: Number, window_fill: Number) -> Step:
    """The average step of an answer: halfway through it."""
    return Step(
        sequences=sequences,
        depth_tokens=workload.start_tokens + workload.generated_tokens / 2,
        window_fill=window_fill,
        prompt_per_generated=workload.prompt_tokens / workload.generated_tokens,
        kv_scale=workload.kv_scale,
    )


def gpu_terms(gpu: Gpu, model: Model, fmt: WeightFormat, step: Step, share: Number) -> Terms:
    """A card that holds ``share`` of the layers and runs them for all sequences.

    Weights and cache at the card's bandwidth, unpacking and attention on its FP32 units, a fixed
    cost per block of layers, and, for more than one sequence, arithmetic of the others' tokens.
    """
    sequences = step.sequences
    bandwidth = gpu.bandwidth_gbs * GB
    fp32 = gpu.fp32_tflops * 1e12
    return {
        "weights": share * read_bytes(model, fmt, sequences) / bandwidth,
        "kv": share * sequences * _kv_bytes(model, step) / bandwidth,
        "attention": share * sequences * decode_flop(model, step.depth_tokens) / fp32,
        "dequantize": share * model.read_per_token_b * 1e9 * UNPACK_FLOP / fp32,
        "layers": share * blocks(model) * BLOCK_S,
        "batch": share * batch_flop(model, step) / (gpu.compute_tflops * 1e12),
    }


def serving_terms(gpu: Gpu, model: Model, fmt: WeightFormat, step: Step, cards: Number) -> Terms:
    """A step of a continuous-batching engine on ``cards`` cards with tensor parallelism.

    Arithmetic counts for every sequence, with the prompts of the others sharing the step; every
    layer ends in two all-reduces between the cards.
    """
    sequences = step.sequences
    bandwidth = gpu.bandwidth_gbs * GB
    others = sequences - 1
    flop = 2 * model.read_per_token_b * 1e9 * (sequences + others * step.prompt_per_generated)
    prompts = others * step.prompt_per_generated
    tokens = sequences + prompts
    shards = np.minimum(cards, model.kv_heads)
    return {
        "weights": read_bytes(model, fmt, sequences) / (cards * bandwidth),
        "kv": sequences * _kv_bytes(model, step) / (shards * bandwidth),
        "layers": blocks(model) * BLOCK_S,
        "tokens": flop / (cards * gpu.serving_tflops * 1e12),
        "allreduce": allreduce_s(gpu, model, cards),
        "exchange": exchange_s(gpu, model, tokens, cards),
    }


def allreduce_s(gpu: Gpu, model: Model, cards: Number) -> Number:
    """Latency of a step's all-reduces, two a layer, seconds; none on one card."""
    growth = gpu.allreduce_growth ** (np.log2(cards) - 1)
    return where(np.greater(cards, 1), 2 * model.n_layers * gpu.peer_latency_s * growth, 0.0)


def exchange_s(gpu: Gpu, model: Model, tokens: Number, cards: Number) -> Number:
    """Moving the activations of ``tokens`` tokens in those all-reduces, seconds.

    A ring moves 2 (g-1)/g of the data; 16-bit activations.
    """
    moved = tokens * model.hidden_size * 2 * 2 * (cards - 1) / cards
    return where(np.greater(cards, 1), 2 * model.n_layers * moved / (gpu.peer_link_gbs * GB), 0.0)


def cpu_terms(cpu: Cpu, model: Model, fmt: WeightFormat, step: Step) -> Terms:
    """All layers in the CPU's memory, read and multiplied by its cores."""
    bandwidth = machine_bandwidth_gbs(cpu) * GB
    peak = peak_tflops(cpu) * 1e12
    own = 2 * model.read_per_token_b * 1e9
    return {
        "weights": read_bytes(model, fmt, step.sequences) / bandwidth,
        "kv": step.sequences * _kv_bytes(model, step) / bandwidth,
        "compute": (own + batch_flop(model, step)) / peak,
        "attention": step.sequences * decode_flop(model, step.depth_tokens) / peak,
        "layers": blocks(model) * BLOCK_S,
    }


def layer_offload_terms(
    gpu: Gpu, cpu: Cpu, model: Model, fmt: WeightFormat, step: Step, gpu_share: Number
) -> Terms:
    """``gpu_share`` of the layers on the card, the rest read by the CPU, one after the other."""
    host_bandwidth = machine_bandwidth_gbs(cpu) * GB
    return {
        **gpu_terms(gpu, model, fmt, step, gpu_share),
        "host": (1 - gpu_share) * step_read_bytes(model, fmt, step) / host_bandwidth,
        "host-batch": (1 - gpu_share) * batch_s(batch_flop(model, step), peak_tflops(cpu) * 1e12),
    }


def expert_offload_terms(
    gpu: Gpu, cpu: Cpu, model: Model, fmt: WeightFormat, step: Step, host_share: Number
) -> Terms:
    """``host_share`` of the experts in the CPU's memory, everything else on the card."""
    experts = expert_bytes(model, fmt, step.sequences)
    on_card = shared_bytes(model, fmt) + (1 - host_share) * experts
    host_bandwidth = machine_bandwidth_gbs(cpu) * GB
    others = batch_flop(model, step)
    away = host_share * model.n_experts_per_token * expert_params_b(model) / model.read_per_token_b
    card = gpu_terms(gpu, model, fmt, step, 1.0)
    return {
        **card,
        "weights": on_card / (gpu.bandwidth_gbs * GB),
        "dequantize": (1 - away) * card["dequantize"],
        "batch": (1 - away) * card["batch"],
        "host": host_share * experts / host_bandwidth,
        "host-batch": batch_s(away * others, peak_tflops(cpu) * 1e12),
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

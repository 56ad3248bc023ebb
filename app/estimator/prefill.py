"""Time to process a prompt, in seconds per prompt token, by what it is spent on."""

import numpy as np

from app.estimator.attention import prefill_flop_per_token
from app.estimator.calibration import Pipeline
from app.estimator.cpu_bandwidth import peak_tflops
from app.estimator.decode import Terms, allreduce_s
from app.estimator.efficiency import OffloadEfficiency
from app.estimator.hardware import Cpu, Gpu
from app.estimator.numbers import GB, Number, at_least, at_most, where
from app.estimator.weights import (
    all_expert_bytes,
    expert_params_b,
    head_params_b,
    read_bytes,
    stored_bytes,
)
from app.estimator.workload import Engine, Model, WeightFormat


def body_flop_per_token(model: Model) -> Number:
    """Operations per prompt token without attention: 2 (R - V h); the head runs once a prompt."""
    return 2 * (model.read_per_token_b - head_params_b(model)) * 1e9


def gpu_prefill_terms(
    gpu: Gpu, model: Model, fmt: WeightFormat, engine: Engine, prompt: Number, share: Number
) -> Terms:
    """A card that holds ``share`` of the layers and works through micro-batches of the prompt."""
    e = gpu.efficiency
    ubatch = at_most(prompt, engine.ubatch_tokens)
    peak = gpu.compute_tflops * 1e12
    return {
        "compute": share * body_flop_per_token(model) / (peak * e.compute),
        "attention": share * prefill_flop_per_token(model, prompt) / (peak * e.attention_prefill),
        "weights": share
        * read_bytes(model, fmt, ubatch)
        / (gpu.bandwidth_gbs * GB * e.weights_prefill)
        / ubatch,
        "layers": share * model.n_layers * e.layer_prefill_s / ubatch,
    }


def serving_prefill_terms(
    gpu: Gpu,
    model: Model,
    fmt: WeightFormat,
    engine: Engine,
    prompt: Number,
    cards: Number,
) -> Terms:
    """The same under continuous batching, shared out over ``cards`` cards."""
    e = gpu.efficiency
    chunk = at_most(prompt, engine.ubatch_tokens)
    peak = cards * gpu.serving_tflops * 1e12
    bandwidth = cards * gpu.bandwidth_gbs * GB
    return {
        "compute": body_flop_per_token(model) / (peak * e.compute),
        "attention": prefill_flop_per_token(model, prompt) / (peak * e.attention_prefill),
        "weights": read_bytes(model, fmt, chunk) / (bandwidth * e.weights_prefill) / chunk,
        "layers": model.n_layers * e.layer_s / chunk,
        "allreduce": 2 * model.n_layers * allreduce_s(gpu, model, chunk, cards) / chunk,
    }


def cpu_prefill_terms(cpu: Cpu, model: Model, prompt: Number) -> Terms:
    """All layers on the CPU's cores."""
    peak = peak_tflops(cpu) * 1e12 * cpu.efficiency.compute
    return {
        "compute": body_flop_per_token(model) / peak,
        "attention": prefill_flop_per_token(model, prompt) / peak,
    }


def layer_split_speedup(
    prompt: Number, ubatch: Number, cards: Number, pipeline: Pipeline
) -> Number:
    """How much faster a prompt runs when its micro-batches flow through ``cards`` cards.

    A pipeline of m micro-batches gains m g / (m + g - 1), less what the hand-overs cost. A prompt
    of a single micro-batch gains nothing and loses a little. Measured with llama.cpp on up to
    eight cards.
    """
    batches = at_least(prompt / ubatch, 1.0)
    share = np.interp(cards, pipeline.cards, pipeline.shares)
    speedup = batches * cards / (batches + cards - 1) * share
    return where(np.greater(cards, 1), at_least(speedup, pipeline.one_batch), 1.0)


def layer_offload_prefill_terms(
    gpu: Gpu,
    cpu: Cpu,
    offload: OffloadEfficiency,
    model: Model,
    fmt: WeightFormat,
    engine: Engine,
    prompt: Number,
    gpu_share: Number,
) -> Terms:
    """Layers left in RAM are computed by the cores, or carried to the card and computed there.

    Never faster than the card with all layers in its own memory: what is carried has to be
    computed as well, and attention of every layer is the card's.
    """
    whole = gpu_prefill_terms(gpu, model, fmt, engine, prompt, 1.0)
    cores = body_flop_per_token(model) / (peak_tflops(cpu) * 1e12 * cpu.efficiency.compute)
    carried = offload.host_link_passes * stored_bytes(model, fmt) / (gpu.host_link_gbs * GB)
    resident = whole["compute"] + whole["weights"] + whole["layers"]
    host = at_least(faster_of(cores, carried / prompt + resident), resident)
    return {
        "compute": gpu_share * whole["compute"],
        "attention": whole["attention"],
        "weights": gpu_share * whole["weights"],
        "layers": gpu_share * whole["layers"],
        "host": (1 - gpu_share) * host,
    }


def expert_offload_prefill_terms(
    gpu: Gpu,
    cpu: Cpu,
    offload: OffloadEfficiency,
    model: Model,
    fmt: WeightFormat,
    engine: Engine,
    prompt: Number,
    host_share: Number,
) -> Terms:
    """Experts left in RAM: computed by the cores, or carried to the card and computed there.

    The card's own part is everything but those experts; what is carried is never faster than on
    the card. An order of magnitude rather than a figure: batch size and build decide it.
    """
    experts_b = model.n_experts_per_token * expert_params_b(model)
    cores = 2 * experts_b * 1e9 * host_share / (peak_tflops(cpu) * 1e12 * offload.cpu_compute)
    carried = (offload.host_link_passes * all_expert_bytes(model, fmt) * host_share) / (
        gpu.host_link_gbs * GB
    )
    card = gpu_prefill_terms(gpu, model, fmt, engine, prompt, 1.0)
    away = host_share * experts_b / model.read_per_token_b
    resident = away * (card["compute"] + card["weights"])
    return {
        **card,
        "compute": card["compute"] * (1 - away),
        "weights": card["weights"] * (1 - away),
        "host": at_least(faster_of(cores, carried / prompt + resident), resident),
    }


def faster_of(one_s: Number, other_s: Number) -> Number:
    """Two ways that share the work: their rates add up. Nothing to do takes no time."""
    both = one_s + other_s
    idle = np.equal(both, 0)
    return where(idle, 0.0, one_s * other_s / where(idle, 1.0, both))

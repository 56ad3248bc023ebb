"""Seconds to process one prompt token at a machine's peaks, by what they are spent on."""

import numpy as np

from app.estimator.attention import prefill_flop_per_token
from app.estimator.calibration import Pipeline
from app.estimator.cpu_bandwidth import machine_bandwidth_gbs, peak_tflops
from app.estimator.decode import BLOCK_S, exchange_s
from app.estimator.efficiency import Terms
from app.estimator.hardware import Cpu, Gpu
from app.estimator.numbers import GB, Number, at_least, at_most, where
from app.estimator.weights import (
    expert_bytes,
    expert_params_b,
    head_params_b,
    read_bytes,
)
from app.estimator.workload import Engine, Model, WeightFormat, Workload, blocks

#: Operations a joule buys at the unit its multiple counts, per watt and second.
FLOP_PER_J = 1e12
#: What sending a token to its experts costs a block: the unit its multiple counts.
ROUTING_S = 1e-6


def body_flop_per_token(model: Model) -> Number:
    """Operations per prompt token without attention: 2 (R - V h); the head runs once a prompt."""
    return 2 * (model.read_per_token_b - head_params_b(model)) * 1e9


def gpu_prefill_terms(
    gpu: Gpu, model: Model, fmt: WeightFormat, engine: Engine, workload: Workload, share: Number
) -> Terms:
    """A card that holds ``share`` of the layers and works through micro-batches of the prompt.

    The energy term holds what a power limit takes: the same operations, paid in joules.
    """
    prompt = workload.prompt_tokens
    ubatch = at_most(prompt, engine.ubatch_tokens)
    peak = gpu.compute_tflops * 1e12
    flop = body_flop_per_token(model)
    attention = prefill_flop_per_token(model, prompt, workload.cached_tokens)
    return {
        "compute": share * flop / peak,
        "attention": share * attention / peak,
        "weights": share * read_bytes(model, fmt, ubatch) / (gpu.bandwidth_gbs * GB) / ubatch,
        "layers": share * blocks(model) * BLOCK_S / ubatch,
        "routing": share * routing_s(model),
        "energy": share * flop / (gpu.power_w * FLOP_PER_J),
    }


def routing_s(model: Model) -> Number:
    """Sending one token to its experts and collecting what they made of it, seconds; all blocks.

    It takes time for every token, however fast the card multiplies: measured on cards whose
    arithmetic differs three times over. None where a model has no experts.
    """
    return where(np.greater(model.n_experts, 0), blocks(model) * ROUTING_S, 0.0)


def serving_prefill_terms(
    gpu: Gpu, model: Model, engine: Engine, workload: Workload, cards: Number
) -> Terms:
    """The same under continuous batching, shared out over ``cards`` cards.

    Reading the weights is not counted: the step that a prompt's tokens ride on reads them anyway.
    """
    prompt = workload.prompt_tokens
    chunk = at_most(prompt, engine.ubatch_tokens)
    peak = cards * gpu.serving_tflops * 1e12
    attention = prefill_flop_per_token(model, prompt, workload.cached_tokens)
    return {
        "compute": body_flop_per_token(model) / peak,
        "attention": attention / peak,
        "layers": blocks(model) * BLOCK_S / chunk,
        "exchange": exchange_s(gpu, model, chunk, cards) / chunk,
    }


def prompts_a_pass(engine: Engine, workload: Workload) -> Number:
    """Prompts that one pass of a serving engine holds; one where it is longer, and elsewhere."""
    if not engine.serving:
        return 1.0
    return at_least(engine.ubatch_tokens / workload.prompt_tokens, 1.0)


def beside_others(terms: Terms, a_pass: Number) -> Terms:
    """What a prompt token adds to a full pass: launching it is shared by the prompts it holds."""
    return {k: v / a_pass if k == "layers" else v for k, v in terms.items()}


def cpu_prefill_terms(
    cpu: Cpu, model: Model, fmt: WeightFormat, engine: Engine, workload: Workload
) -> Terms:
    """All layers on the CPU's cores."""
    peak = peak_tflops(cpu) * 1e12
    ubatch = at_most(workload.prompt_tokens, engine.ubatch_tokens)
    attention = prefill_flop_per_token(model, workload.prompt_tokens, workload.cached_tokens)
    bandwidth = machine_bandwidth_gbs(cpu) * GB
    return {
        "compute": body_flop_per_token(model) / peak,
        "attention": attention / peak,
        "weights": read_bytes(model, fmt, ubatch) / bandwidth / ubatch,
        "layers": blocks(model) * BLOCK_S / ubatch,
    }


def layer_split_speedup(
    prompt: Number, ubatch: Number, cards: Number, pipeline: Pipeline
) -> Number:
    """How much faster a prompt runs when its micro-batches flow through ``cards`` cards.

    A perfect pipeline of m micro-batches gains m g / (m + g - 1); a share of the gain over one card
    is reached, and handing over costs a little. Measured with llama.cpp on up to eight cards.
    """
    batches = at_least(prompt / ubatch, 1.0)
    perfect = batches * cards / (batches + cards - 1)
    speedup = (1 + (perfect - 1) * pipeline.gain) * pipeline.one_batch
    return where(np.greater(cards, 1), speedup, 1.0)


def layer_offload_prefill_terms(
    gpu: Gpu,
    cpu: Cpu,
    model: Model,
    fmt: WeightFormat,
    engine: Engine,
    workload: Workload,
    gpu_share: Number,
    streams_from: Number,
) -> Terms:
    """Layers left in RAM are computed by the cores, or carried to the card and computed there.

    An engine that carries weights does so once for every micro-batch of at least ``streams_from``
    tokens: the card then does all the arithmetic, and the link is what the prompt waits for.
    """
    ubatch = at_most(workload.prompt_tokens, engine.ubatch_tokens)
    streams = np.greater_equal(ubatch, streams_from)
    away = 1 - gpu_share
    whole = gpu_prefill_terms(gpu, model, fmt, engine, workload, 1.0)
    mine = where(streams, 1.0, gpu_share)
    carried = away * read_bytes(model, fmt, ubatch) / (gpu.host_link_gbs * GB) / ubatch
    cores = away * body_flop_per_token(model) / (peak_tflops(cpu) * 1e12)
    host = away * read_bytes(model, fmt, ubatch) / (machine_bandwidth_gbs(cpu) * GB) / ubatch
    return {
        **{name: mine * seconds for name, seconds in whole.items()},
        "attention": whole["attention"],
        "layers": whole["layers"],  # a pass over a layer is one wherever it lies
        "carried": where(streams, carried, 0.0),
        "cores": where(streams, 0.0, cores),
        "host": where(streams, 0.0, host),
    }


def expert_offload_prefill_terms(
    gpu: Gpu,
    cpu: Cpu,
    model: Model,
    fmt: WeightFormat,
    engine: Engine,
    workload: Workload,
    host_share: Number,
    streams_from: Number,
) -> Terms:
    """Experts left in RAM: computed by the cores, or carried to the card and computed there."""
    ubatch = at_most(workload.prompt_tokens, engine.ubatch_tokens)
    streams = np.greater_equal(ubatch, streams_from)
    whole = gpu_prefill_terms(gpu, model, fmt, engine, workload, 1.0)
    experts_b = model.n_experts_per_token * expert_params_b(model)
    away = host_share * experts_b / model.read_per_token_b
    mine = where(streams, 1.0, 1 - away)
    carried = host_share * expert_bytes(model, fmt, ubatch) / (gpu.host_link_gbs * GB) / ubatch
    cores = 2 * experts_b * 1e9 * host_share / (peak_tflops(cpu) * 1e12)
    read = host_share * expert_bytes(model, fmt, ubatch)
    host = read / (machine_bandwidth_gbs(cpu) * GB) / ubatch
    return {
        **whole,
        "compute": whole["compute"] * mine,
        "energy": whole["energy"] * mine,
        "routing": whole["routing"] * mine,
        "weights": whole["weights"] * mine,
        "carried": where(streams, carried, 0.0),
        "cores": where(streams, 0.0, cores),
        "host": where(streams, 0.0, host),
    }

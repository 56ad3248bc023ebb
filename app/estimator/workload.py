"""What runs and what is asked of it, as plain figures."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from app.estimator.numbers import UNKNOWN, Number, where

Placement = Literal[
    "one-gpu",
    "unified-memory",
    "layer-split",
    "tensor-parallel",
    "layer-offload",
    "expert-offload",
    "cpu-only",
]
PLACEMENTS: tuple[Placement, ...] = get_args(Placement)
#: Where GPU and CPU share the work, and where the CPU's memory is read at all.
OFFLOADS: tuple[Placement, ...] = ("expert-offload", "layer-offload")
READING_RAM: tuple[Placement, ...] = ("cpu-only", *OFFLOADS)


@dataclass(frozen=True, slots=True)
class Model:
    """A model's architecture. Parameter counts are in billions."""

    name: str
    params_total_b: Number
    params_active_b: Number
    read_per_token_b: Number  # weights one decode step reads
    n_layers: Number
    n_full_attention_layers: Number
    n_linear_layers: Number
    hidden_size: Number
    n_heads: Number
    head_dim: Number
    vocab_size: Number
    n_experts: Number  # 0 for a dense model
    n_experts_per_token: Number
    kv_heads: Number  # cache copies that tensor parallelism can share out (1 for MLA)
    sliding_window: Number  # tokens; infinite where no layer has a window
    kv_bytes_per_token_f16: Number
    kv_fixed_bytes_per_seq: Number
    linear_attention: bool  # fixed bytes are a recurrent state, read and written every step


@dataclass(frozen=True, slots=True)
class WeightFormat:
    """Bits a weight takes, by where it sits."""

    name: str
    body_bits: Number
    non_expert_bits: Number
    head_bits: Number
    embedding_bits: Number


@dataclass(frozen=True, slots=True)
class Engine:
    """How an engine batches and what memory it keeps for itself."""

    name: str
    serving: bool  # continuous batching: prompts of others share the decode step
    ubatch_tokens: Number
    overhead_gib: Number  # per GPU, besides weights and KV
    memory_utilization: Number  # share of a GPU's memory it may take
    host_reserved_gib: Number  # RAM left to the operating system
    gpu_layers: Number = UNKNOWN  # layers it was told to keep on the GPUs; NaN: as many as fit
    cpu_expert_layers: Number = UNKNOWN  # layers whose experts stay in RAM; NaN: as few as must


@dataclass(frozen=True, slots=True)
class Workload:
    """One request's size, how many run at once, and the context each may grow to."""

    prompt_tokens: Number
    generated_tokens: Number
    concurrency: Number
    context_tokens: Number
    kv_scale: Number  # bytes of a cache element relative to 16 bit
    cached_tokens: Number = 0.0  # already in the cache before the prompt
    together: Number = 0.0  # share of requests that come with all others at the same moment

    @property
    def start_tokens(self) -> Number:
        """Context when the first token of the answer is generated."""
        return self.cached_tokens + self.prompt_tokens


def blocks(model: Model) -> Number:
    """Pairs of a mixer (attention or recurrence) and a feed-forward part.

    A published layer usually is such a pair. Some hybrids count every part as a layer of its own:
    there the mixers are fewer than the layers, and two layers make a block.
    """
    if not model.linear_attention:
        return model.n_layers
    mixers = model.n_full_attention_layers + model.n_linear_layers
    halves = np.less(mixers, 0.9 * model.n_layers)
    return where(halves, model.n_layers / 2, model.n_layers)

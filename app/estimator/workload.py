"""What runs and what is asked of it, as plain figures."""

from dataclasses import dataclass
from typing import Literal, get_args

from app.estimator.numbers import Number

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


@dataclass(frozen=True, slots=True)
class Workload:
    """One request's size, how many run at once, and the context each may grow to."""

    prompt_tokens: Number
    generated_tokens: Number
    concurrency: Number
    context_tokens: Number
    kv_scale: Number  # bytes of a cache element relative to 16 bit

"""What a model's dimensions imply: parameters, cache bytes a token, bytes a sequence keeps.

One layer is a `Mixer` (attention, or what stands in its place) and a `FeedForward`. Each function
below counts one kind of them from its dimensions; `totals` adds a stack up. Unknown dimensions are
NaN and make unknown whatever needs them.

h is the hidden size, a the attention heads, g the KV heads, d the size of a head.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

F16_BYTES = 2.0
STATE_BYTES = 4.0
"""Engines keep a recurrent state in 32 bit, and the inputs of its convolution in 16."""


@dataclass(frozen=True, slots=True)
class Mixer:
    """How tokens see each other in one layer, and what a sequence leaves behind there."""

    params: float
    cached_values: float = 0.0
    """Values a token leaves in the cache."""
    window_tokens: float = math.inf
    """How many tokens the cache holds; infinite where it grows with the context."""
    state_bytes: float = 0.0
    """A recurrent state, whatever the context."""
    attends: bool = False
    recurs: bool = False


@dataclass(frozen=True, slots=True)
class FeedForward:
    """The other half of a layer. ``params`` are read for every token, experts only when chosen."""

    params: float = 0.0
    expert_params: float = 0.0
    experts: float = 0.0
    experts_per_token: float = 0.0


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer with its norms."""

    mixer: Mixer
    feed_forward: FeedForward
    norm_params: float = 0.0


@dataclass(frozen=True, slots=True)
class Totals:
    """Parameters (not billions) and bytes of a whole model."""

    params: float
    active_params: float
    read_params: float
    kv_bytes_per_token_f16: float
    kv_fixed_bytes_per_seq: float
    n_full_attention_layers: int
    n_linear_layers: int
    n_windowed_layers: int


NO_MIXER = Mixer(0.0)
NO_FEED_FORWARD = FeedForward()


def totals(
    layers: Sequence[Layer], *, embedding_params: float, tied: bool | None, other_params: float
) -> Totals:
    """Add a stack of layers up.

    The input embedding is looked up and not read; where it is tied it is the output head as well.
    ``other_params`` are read for every token: the last norm, for instance.
    """
    body = other_params + sum(
        layer.mixer.params + layer.feed_forward.params + layer.norm_params for layer in layers
    )
    every = sum(_of_experts(layer.feed_forward, rest=False) for layer in layers)
    chosen = sum(_of_experts(layer.feed_forward, rest=True) for layer in layers)
    tables = math.nan if tied is None else embedding_params * (1 if tied else 2)
    read = embedding_params + body + chosen
    mixers = [layer.mixer for layer in layers]
    return Totals(
        params=body + every + tables,
        active_params=body + chosen + tables,
        read_params=read,
        kv_bytes_per_token_f16=kv_bytes_per_token_f16(mixers),
        kv_fixed_bytes_per_seq=kv_fixed_bytes_per_seq(mixers),
        n_full_attention_layers=sum(m.attends and math.isinf(m.window_tokens) for m in mixers),
        n_linear_layers=sum(m.recurs for m in mixers),
        n_windowed_layers=sum(m.attends and not math.isinf(m.window_tokens) for m in mixers),
    )


def _of_experts(feed_forward: FeedForward, *, rest: bool) -> float:
    count = feed_forward.experts_per_token if rest else feed_forward.experts
    return count * feed_forward.expert_params


def kv_bytes_per_token_f16(mixers: Sequence[Mixer]) -> float:
    """Bytes each token of context adds to a 16-bit cache: 2 x values of the growing layers.

    Grouped attention leaves 2 g d values a layer, latent attention its rank and rotary part.
    """
    growing = (m.cached_values for m in mixers if math.isinf(m.window_tokens))
    return F16_BYTES * sum(growing, 0.0)


def kv_fixed_bytes_per_seq(mixers: Sequence[Mixer]) -> float:
    """Bytes a sequence keeps whatever its length: full windows and recurrent states."""
    windows = (
        F16_BYTES * m.cached_values * m.window_tokens
        for m in mixers
        if not math.isinf(m.window_tokens)
    )
    return sum(windows, 0.0) + sum((m.state_bytes for m in mixers), 0.0)


def attention(
    h: float,
    heads: float,
    kv_heads: float,
    key_dim: float,
    value_dim: float,
    *,
    window_tokens: float = math.inf,
    qkv_bias: bool = False,
    out_bias: bool = False,
    extra_params: float = 0.0,
    gated: bool = False,
    values_are_keys: bool = False,
) -> Mixer:
    """Multi-head attention, grouped or not: h a d + 2 h g d + a d h parameters.

    ``gated``: the query projection gives a gate for the output as well. ``values_are_keys``: one
    projection serves both, as some models do in their global layers; both are cached.
    """
    queries = heads * key_dim * (2 if gated else 1)
    keys, values = kv_heads * key_dim, kv_heads * value_dim
    projected = queries + keys + (0.0 if values_are_keys else values)
    output = heads * value_dim * h
    biases = (projected if qkv_bias else 0.0) + (h if out_bias else 0.0)
    return Mixer(
        params=h * projected + output + biases + extra_params,
        cached_values=keys + values,
        window_tokens=window_tokens,
        attends=True,
    )


def latent_attention(
    h: float,
    heads: float,
    q_rank: float | None,
    kv_rank: float,
    nope_dim: float,
    rope_dim: float,
    value_dim: float,
    *,
    extra_params: float = 0.0,
) -> Mixer:
    """Multi-head latent attention (DeepSeek-V2, 2024): the cache holds one latent a token."""
    key_dim = nope_dim + rope_dim
    if q_rank is None:
        queries = h * heads * key_dim
    else:
        queries = h * q_rank + q_rank + q_rank * heads * key_dim
    latent = h * (kv_rank + rope_dim) + kv_rank
    unfolded = kv_rank * heads * (nope_dim + value_dim)
    return Mixer(
        params=queries + latent + unfolded + heads * value_dim * h + extra_params,
        cached_values=kv_rank + rope_dim,
        attends=True,
    )


def gated_delta_net(
    h: float, key_heads: float, value_heads: float, key_dim: float, value_dim: float, kernel: float
) -> Mixer:
    """Gated DeltaNet (Yang and others, 2024) as in Qwen3-Next: a matrix of state for each head."""
    keys, values = key_heads * key_dim, value_heads * value_dim
    mixed = 2 * keys + values
    projected = h * (mixed + values + 2 * value_heads)
    small = mixed * kernel + 2 * value_heads + value_dim
    return Mixer(
        params=projected + small + values * h,
        state_bytes=value_heads * key_dim * value_dim * STATE_BYTES
        + mixed * (kernel - 1) * F16_BYTES,
        recurs=True,
    )


def kimi_delta_attention(h: float, heads: float, head_dim: float, kernel: float) -> Mixer:
    """Kimi Delta Attention (2025): gates of rank d for decay and output."""
    width = heads * head_dim
    gates = 2 * (h * head_dim + head_dim * width) + h * heads + 2 * width + heads
    return Mixer(
        params=3 * (h * width + width * kernel) + gates + head_dim + width * h,
        state_bytes=heads * head_dim**2 * STATE_BYTES + 3 * width * (kernel - 1) * F16_BYTES,
        recurs=True,
    )


def mamba2(
    h: float, heads: float, head_dim: float, groups: float, state: float, kernel: float
) -> Mixer:
    """Mamba-2 (Dao and Gu, 2024): ``state`` values for each of the inner channels."""
    inner = heads * head_dim
    mixed = inner + 2 * groups * state
    projected = h * (inner + mixed + heads)
    return Mixer(
        params=projected + mixed * (kernel + 1) + 3 * heads + inner + inner * h,
        state_bytes=inner * state * STATE_BYTES + mixed * (kernel - 1) * F16_BYTES,
        recurs=True,
    )


def mamba1(h: float, inner: float, state: float, kernel: float, dt_rank: float) -> Mixer:
    """Mamba (Gu and Dao, 2023), with Jamba's norms of the projected inputs."""
    projected = 2 * h * inner + inner * (dt_rank + 2 * state) + dt_rank * inner + inner
    small = inner * (kernel + 1) + inner * state + inner + dt_rank + 2 * state
    return Mixer(
        params=projected + small + inner * h,
        state_bytes=inner * state * STATE_BYTES + inner * (kernel - 1) * F16_BYTES,
        recurs=True,
    )


def lightning_attention(h: float, heads: float, head_dim: float) -> Mixer:
    """Lightning attention (MiniMax-01, 2025): a matrix of state a head, and an output gate."""
    width = heads * head_dim
    return Mixer(
        params=h * 4 * width + width + width * h,
        state_bytes=heads * head_dim**2 * STATE_BYTES,
        recurs=True,
    )


def short_convolution(h: float, kernel: float) -> Mixer:
    """LFM2's gated short convolution: it remembers ``kernel`` - 1 tokens."""
    return Mixer(
        params=3 * h * h + h * kernel + h * h,
        state_bytes=h * (kernel - 1) * F16_BYTES,
        recurs=True,
    )


def beside(one: Mixer, other: Mixer) -> Mixer:
    """Two mixers in one layer, as Falcon-H1 has attention and Mamba."""
    cached = one if one.attends else other
    return Mixer(
        params=one.params + other.params,
        cached_values=one.cached_values + other.cached_values,
        window_tokens=cached.window_tokens,
        state_bytes=one.state_bytes + other.state_bytes,
        attends=one.attends or other.attends,
        recurs=one.recurs or other.recurs,
    )


def mlp_params(h: float, width: float, *, gated: bool = True, bias: bool = False) -> float:
    """A feed-forward network: three matrices with a gate, two without."""
    inner = 2 * width if gated else width
    return h * inner + width * h + (inner + h if bias else 0.0)


def dense(h: float, width: float, *, gated: bool = True, bias: bool = False) -> FeedForward:
    """One network that every token passes."""
    return FeedForward(params=mlp_params(h, width, gated=gated, bias=bias))


def mixture(
    h: float,
    width: float,
    experts: float,
    experts_per_token: float,
    *,
    shared_width: float = 0.0,
    shared_gate: bool = False,
    router_bias: bool = False,
    gated: bool = True,
    bias: bool = False,
    latent: float | None = None,
) -> FeedForward:
    """Routed experts, with those every token passes. ``latent``: the size experts work at."""
    inside = h if latent is None else latent
    router = h * experts + (experts if router_bias else 0.0)
    folding = 0.0 if latent is None else 2 * h * latent
    shared = mlp_params(h, shared_width, gated=gated) if shared_width else 0.0
    return FeedForward(
        params=router + folding + shared + (h if shared_gate else 0.0),
        expert_params=mlp_params(inside, width, gated=gated, bias=bias),
        experts=experts,
        experts_per_token=experts_per_token,
    )

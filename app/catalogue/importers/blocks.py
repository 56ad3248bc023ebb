"""From the keys of a config to the blocks of `app.estimator.architecture`, layer by layer."""

import math
from dataclasses import dataclass
from typing import Any

from app.catalogue.importers.config_keys import Keys
from app.catalogue.importers.schedule import Kind
from app.catalogue.importers.traits import Traits
from app.estimator import architecture as counted
from app.estimator.architecture import FeedForward, Mixer

UNKNOWN = math.nan


@dataclass(frozen=True, slots=True)
class Mixture:
    """What the config says about experts; without experts the model is dense."""

    experts: float
    per_token: float
    width: float
    shared_width: float


@dataclass(frozen=True, slots=True)
class Dimensions:
    """The figures every layer shares."""

    model_type: str
    hidden: float
    layers: int
    heads: float
    kv_heads: float
    head_dim: float
    vocabulary: float
    latent: bool
    mixture: Mixture | None


def dimensions_of(keys: Keys, model_type: str, layers: int) -> Dimensions:
    """Read and derive what all layers share."""
    latent = keys.get("kv_lora_rank") is not None
    hidden, heads = keys.need("hidden_size"), keys.need("num_attention_heads")
    if latent:
        head_dim = keys.need("qk_nope_head_dim") + keys.need("qk_rope_head_dim")
    else:
        head_dim = keys.derive("head_dim", hidden / heads, "hidden size divided by the heads")
    return Dimensions(
        model_type=model_type,
        hidden=hidden,
        layers=layers,
        heads=heads,
        kv_heads=_kv_heads(keys, heads),
        head_dim=head_dim,
        vocabulary=keys.need("vocab_size"),
        latent=latent,
        mixture=_mixture(keys, model_type),
    )


def _kv_heads(keys: Keys, heads: float) -> float:
    falcon = keys.config.get("model_type") == "falcon"
    if falcon and keys.flag("multi_query") and not keys.flag("new_decoder_architecture"):
        keys.derived["num_key_value_heads"] = "multi-query attention has one"
        return 1.0
    if keys.config.get("multi_query") is True and not falcon:
        keys.derived["num_key_value_heads"] = "multi-query attention has one"
        return 1.0
    return keys.derive("num_key_value_heads", heads, "as many as attention heads")


def _mixture(keys: Keys, model_type: str) -> Mixture | None:
    experts = keys.get("num_experts")
    if not experts or experts == 1:
        return None
    own = keys.get("moe_intermediate_size")
    width = keys.need("intermediate_size") if own is None else own
    shared = keys.get("shared_expert_intermediate_size")
    if model_type == "llama4_text":
        shared = width
    count = keys.get("n_shared_experts")
    if model_type in _SHARED_IS_A_SUM and shared is not None:
        count = None
    if shared is None and count:
        shared = width
    return Mixture(
        experts, keys.need("num_experts_per_tok"), width, (shared or 0.0) * (count or 1.0)
    )


#: Families that state the width of all shared experts together.
_SHARED_IS_A_SUM = frozenset({"nemotron_h", "qwen2_moe", "qwen3_next", "granitemoehybrid"})


def mixer_of(kind: Kind, keys: Keys, dims: Dimensions, traits: Traits) -> Mixer:
    """What one layer of a kind attends with."""
    match kind:
        case "full" if dims.latent:
            return _latent(keys, dims)
        case "full":
            return _attention(keys, dims, traits, windowed=False)
        case "window":
            return _attention(keys, dims, traits, windowed=True)
        case "delta":
            return counted.gated_delta_net(
                dims.hidden,
                keys.need("linear_num_key_heads"),
                keys.need("linear_num_value_heads"),
                keys.need("linear_key_head_dim"),
                keys.need("linear_value_head_dim"),
                keys.need("linear_conv_kernel_dim"),
            )
        case "kda":
            return _kimi_delta(keys, dims)
        case "mamba":
            return _mamba(keys, dims)
        case "lightning":
            return counted.lightning_attention(dims.hidden, dims.heads, dims.head_dim)
        case "convolution":
            return counted.short_convolution(dims.hidden, keys.need("conv_L_cache"))
        case "beside":
            attention = _attention(keys, dims, traits, windowed=False)
            return counted.beside(attention, _mamba(keys, dims))
        case "only-mlp" | "only-moe":
            return counted.NO_MIXER
        case _:
            return Mixer(UNKNOWN, UNKNOWN, math.inf, UNKNOWN)


def _attention(keys: Keys, dims: Dimensions, traits: Traits, *, windowed: bool) -> Mixer:
    heads, kv_heads, key_dim = dims.heads, dims.kv_heads, dims.head_dim
    value_dim = keys.get("v_head_dim") or key_dim
    same = False
    config = keys.config
    if windowed:
        heads = _own(config, "swa_num_attention_heads", heads)
        kv_heads = _own(config, "swa_num_key_value_heads", kv_heads)
        key_dim = _own(config, "swa_head_dim", key_dim)
        value_dim = _own(config, "swa_v_head_dim", value_dim)
    elif dims.model_type == "gemma4_text":
        key_dim = value_dim = _own(config, "global_head_dim", key_dim)
        kv_heads = _own(config, "num_global_key_value_heads", kv_heads)
        same = keys.flag("attention_k_eq_v")
    norms = 0.0
    if traits.head_norms and keys.flag("use_qk_norm", default=True):
        norms = 2 * key_dim
    elif traits.wide_norms and keys.flag("use_qk_norm", default=True):
        norms = heads * key_dim + kv_heads * key_dim
    elif keys.flag("use_qk_norm", "qk_layernorm"):
        norms = 2 * key_dim
    bias = keys.flag("attention_bias", "qkv_bias", "use_qkv_bias", "bias", default=traits.qkv_bias)
    return counted.attention(
        dims.hidden,
        heads,
        kv_heads,
        key_dim,
        value_dim,
        window_tokens=keys.need("sliding_window") if windowed else math.inf,
        qkv_bias=bias,
        out_bias=traits.out_bias,
        extra_params=norms + (heads if traits.sinks else 0.0),
        gated=traits.gated_attention,
        values_are_keys=same,
    )


def _own(config: Any, name: str, otherwise: float) -> float:
    value = config.get(name)
    usable = isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**6
    return float(value) if usable else otherwise


def _latent(keys: Keys, dims: Dimensions) -> Mixer:
    q_rank = keys.get("q_lora_rank") or None
    indexer = 0.0
    index_heads = _own(keys.config, "index_n_heads", 0.0)
    if index_heads:
        size = _own(keys.config, "index_head_dim", UNKNOWN)
        width = index_heads * size
        indexer = (q_rank or dims.hidden) * width + dims.hidden * (size + index_heads) + 2 * size
    value_dim = keys.need("v_head_dim")
    if keys.flag("mla_use_output_gate"):
        indexer += dims.hidden * dims.heads * value_dim
    return counted.latent_attention(
        dims.hidden,
        dims.heads,
        q_rank,
        keys.need("kv_lora_rank"),
        keys.need("qk_nope_head_dim"),
        keys.need("qk_rope_head_dim"),
        value_dim,
        extra_params=indexer,
    )


def _kimi_delta(keys: Keys, dims: Dimensions) -> Mixer:
    stated = keys.config.get("linear_attn_config")
    own = stated if isinstance(stated, dict) else {}
    return counted.kimi_delta_attention(
        dims.hidden,
        _own(own, "num_heads", UNKNOWN),
        _own(own, "head_dim", UNKNOWN),
        _own(own, "short_conv_kernel_size", UNKNOWN),
    )


def _mamba(keys: Keys, dims: Dimensions) -> Mixer:
    state, kernel = keys.need("mamba_d_state"), keys.need("mamba_d_conv")
    if dims.model_type == "jamba":
        inner = dims.hidden * _own(keys.config, "mamba_expand", 2.0)
        rank = keys.derive("mamba_dt_rank", -(-dims.hidden // 16), "a sixteenth of the hidden size")
        return counted.mamba1(dims.hidden, inner, state, kernel, rank)
    heads = keys.need("mamba_n_heads")
    inner = _own(keys.config, "mamba_d_ssm", dims.hidden * _own(keys.config, "mamba_expand", 2.0))
    size = keys.derive("mamba_d_head", inner / heads, "inner width divided by the Mamba heads")
    groups = keys.need("mamba_n_groups")
    return counted.mamba2(dims.hidden, heads, size, groups, state, kernel)


def feed_forward_of(
    kind: Kind, index: int, keys: Keys, dims: Dimensions, traits: Traits
) -> FeedForward:
    """What one layer does with each token besides."""
    alone = dims.model_type == "nemotron_h"
    if kind == "only-mlp" or (not alone and not _has_experts(index, keys, dims)):
        return _dense(keys, dims, traits)
    if alone and kind != "only-moe":
        return counted.NO_FEED_FORWARD
    mixture = dims.mixture
    if mixture is None:
        return FeedForward(UNKNOWN)
    residual = keys.flag("parallel_attn_mlp_res")
    found = counted.mixture(
        dims.hidden,
        mixture.width,
        mixture.experts,
        mixture.per_token,
        shared_width=mixture.shared_width,
        shared_gate=traits.shared_gate and mixture.shared_width > 0,
        router_bias=traits.router_bias,
        gated=traits.gated,
        bias=traits.expert_bias,
        latent=_own(keys.config, "moe_latent_size", 0.0) or None,
    )
    if not residual:
        return found
    beside = _dense(keys, dims, traits).params
    return FeedForward(
        found.params + beside, found.expert_params, found.experts, found.experts_per_token
    )


def _dense(keys: Keys, dims: Dimensions, traits: Traits) -> FeedForward:
    width = keys.get("intermediate_size")
    if dims.model_type == "llama4_text":
        width = _own(keys.config, "intermediate_size_mlp", width or UNKNOWN)
    if dims.model_type == "granitemoehybrid" and dims.mixture is None:
        width = keys.get("shared_expert_intermediate_size") or width
    if dims.model_type in ("lfm2", "lfm2_moe") and width is not None:
        width = _lfm2_width(keys, width)
    if width is None and dims.model_type in _FOUR_TIMES:
        width = 4 * dims.hidden
        keys.derived["intermediate_size"] = "four times the hidden size, as this family has it"
    if width is None:
        width = keys.need("intermediate_size")
    bias = keys.flag("mlp_bias", "use_bias", "bias", default=traits.mlp_bias)
    return counted.dense(dims.hidden, width, gated=traits.gated, bias=bias)


_FOUR_TIMES = frozenset({"falcon", "gptj", "gpt2", "gpt_bigcode"})


def _lfm2_width(keys: Keys, width: float) -> float:
    """LFM2 takes two thirds of the stated width, up to a whole multiple."""
    if not keys.flag("block_auto_adjust_ff_dim"):
        return width
    multiple = _own(keys.config, "block_multiple_of", 256.0)
    stretch = keys.config.get("block_ffn_dim_multiplier")
    factor = float(stretch) if isinstance(stretch, int | float) else 1.0
    return multiple * math.ceil(int(factor * int(2 * width / 3)) / multiple)


def _has_experts(index: int, keys: Keys, dims: Dimensions) -> bool:
    """Whether the layer at ``index`` has experts, in the many ways that configs say it."""
    if dims.mixture is None:
        return False
    config = keys.config
    only_dense = keys.numbers("mlp_only_layers")
    if only_dense is not None and index in only_dense:
        return False
    chosen = keys.numbers("moe_layers")
    if chosen is not None:
        return index in chosen
    frequency = keys.numbers("moe_layer_freq")
    if frequency is not None:
        return index < len(frequency) and bool(frequency[index])
    if index < (keys.get("first_k_dense_replace") or 0):
        return False
    period, offset = config.get("expert_layer_period"), config.get("expert_layer_offset", 0)
    if isinstance(period, int) and period > 0 and isinstance(offset, int):
        return index % period == offset
    for name in ("decoder_sparse_step", "interleave_moe_layer_step", "moe_layer_freq"):
        step = config.get(name)
        if isinstance(step, int) and not isinstance(step, bool) and step > 1:
            return (index + 1) % step == 0
    return True

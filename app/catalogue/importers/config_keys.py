"""The keys of a config.json under all the names they go by; what is missing is asked for."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from app.catalogue.importers.json_text import UnreadableError

LARGEST: Final = 1e9
MOST_LAYERS: Final = 2000

#: Key as current models spell it -> what it is called on the page, and older spellings.
KEYS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "hidden_size": ("Hidden size", ("n_embd", "d_model", "model_dim", "dim")),
    "num_hidden_layers": ("Layers", ("n_layer", "n_layers", "num_layers")),
    "num_attention_heads": ("Attention heads", ("n_head", "n_heads", "num_heads")),
    "num_key_value_heads": ("KV heads", ("num_kv_heads", "n_head_kv", "multi_query_group_num")),
    "head_dim": ("Size of a head", ("kv_channels", "attention_head_dim", "d_head")),
    "v_head_dim": ("Size of a value head", ()),
    "vocab_size": ("Vocabulary", ("padded_vocab_size",)),
    "intermediate_size": (
        "Width of the feed-forward network",
        ("n_inner", "ffn_dim", "ffn_hidden_size", "d_ff", "ff_dim", "block_ff_dim"),
    ),
    "max_position_embeddings": (
        "Longest context",
        ("n_positions", "seq_length", "max_sequence_length", "max_seq_len", "n_ctx"),
    ),
    "num_experts": (
        "Experts",
        ("num_local_experts", "n_routed_experts", "moe_num_experts", "num_moe_experts"),
    ),
    "num_experts_per_tok": (
        "Experts per token",
        ("num_experts_per_token", "moe_topk", "moe_top_k", "moe_k", "experts_per_token", "top_k"),
    ),
    "moe_intermediate_size": ("Width of an expert", ("expert_ffn_hidden_size",)),
    "n_shared_experts": ("Shared experts", ("num_shared_experts", "moe_num_shared_experts")),
    "shared_expert_intermediate_size": (
        "Width of the shared experts",
        ("moe_shared_expert_intermediate_size", "shared_intermediate_size", "share_expert_dim"),
    ),
    "first_k_dense_replace": ("First dense layers", ("moe_layer_start_index", "num_dense_layers")),
    "kv_lora_rank": ("Rank of the cached latent", ()),
    "q_lora_rank": ("Rank of the queries", ()),
    "qk_nope_head_dim": ("Head size without rotation", ()),
    "qk_rope_head_dim": ("Head size with rotation", ()),
    "sliding_window": ("Attention window", ("sliding_window_size", "attention_chunk_size")),
    "linear_num_key_heads": ("Key heads of linear attention", ()),
    "linear_num_value_heads": ("Value heads of linear attention", ()),
    "linear_key_head_dim": ("Key head size of linear attention", ()),
    "linear_value_head_dim": ("Value head size of linear attention", ()),
    "linear_conv_kernel_dim": ("Convolution of linear attention", ()),
    "mamba_n_heads": ("Mamba heads", ("mamba_num_heads",)),
    "mamba_d_head": ("Size of a Mamba head", ("mamba_head_dim",)),
    "mamba_n_groups": ("Mamba groups", ("n_groups",)),
    "mamba_d_state": ("Mamba state", ("ssm_state_size",)),
    "mamba_d_conv": ("Mamba convolution", ("conv_kernel",)),
    "mamba_dt_rank": ("Rank of Mamba's time step", ()),
    "conv_L_cache": ("Short convolution", ()),
}
CORRECTABLE: Final = tuple(KEYS)


@dataclass(frozen=True, slots=True)
class Ask:
    """A figure the config does not state and the answer needs."""

    key: str
    label: str


@dataclass(slots=True)
class Keys:
    """Reads numbers of one config. ``given`` ones come from the reader and go before the file's."""

    config: Mapping[str, Any]
    given: Mapping[str, float] = field(default_factory=dict)
    asks: dict[str, Ask] = field(default_factory=dict)
    derived: dict[str, str] = field(default_factory=dict)

    def get(self, key: str) -> float | None:
        """A whole number of the config under any of its names; None where it is not stated.

        Raises:
            UnreadableError: it is stated and cannot be meant.
        """
        if key in self.given:
            return self.given[key]
        for name in (key, *KEYS[key][1]):
            value = self.config.get(name)
            if isinstance(value, list) and value and len(set(map(str, value))) == 1:
                value = value[0]
            if value is None or isinstance(value, bool | list | dict | str):
                continue
            return _whole(name, value)
        return None

    def need(self, key: str) -> float:
        """As `get`; what is missing is NaN and is asked for."""
        found = self.get(key)
        if found is not None:
            return found
        self.asks.setdefault(key, Ask(key, KEYS[key][0]))
        return math.nan

    def derive(self, key: str, value: float, how: str) -> float:
        """The stated figure, else one that the others imply; ``how`` is said on the page."""
        found = self.get(key)
        if found is not None:
            return found
        if not math.isnan(value):
            self.derived[key] = how
        return value

    def flag(self, *names: str, default: bool = False) -> bool:
        """A yes or no under any of these names."""
        found = next((v for n in names if isinstance(v := self.config.get(n), bool)), None)
        return default if found is None else found

    def texts(self, *names: str) -> list[str] | None:
        """A list of words, one a layer."""
        found = next((v for n in names if isinstance(v := self.config.get(n), list) and v), None)
        if found is None or not all(isinstance(word, str) for word in found):
            return None
        return [str(word) for word in found]

    def numbers(self, name: str) -> list[int] | None:
        """A list of whole numbers."""
        found = self.config.get(name)
        if not isinstance(found, list) or not found:
            return None
        if not all(isinstance(n, int) and not isinstance(n, bool) for n in found):
            return None
        return found[: MOST_LAYERS + 1]


def _whole(name: str, value: Any) -> float:
    if not isinstance(value, int | float) or not 0 <= value <= LARGEST:
        raise UnreadableError(f"“{name}” is {str(value)[:20]}: that is out of bounds.")
    if value != int(value):
        raise UnreadableError(f"“{name}” is {str(value)[:20]}: it should be a whole number.")
    return float(value)

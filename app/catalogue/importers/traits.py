"""What a config leaves unsaid because its ``model_type`` says it: the shape of the blocks."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final


@dataclass(frozen=True, slots=True)
class Traits:
    """One family's blocks. Defaults are those of Llama."""

    tied: bool | None = False
    """Whether input embedding and head are one table where the config does not say."""
    gated: bool = True
    qkv_bias: bool = False
    out_bias: bool = False
    mlp_bias: bool = False
    norms: int = 2
    """Norms of hidden size a layer has."""
    norm_bias: bool = False
    head_norms: bool = False
    """Queries and keys normalised by head."""
    wide_norms: bool = False
    """Queries and keys normalised over all heads."""
    sinks: bool = False
    gated_attention: bool = False
    shared_gate: bool = False
    router_bias: bool = False
    expert_bias: bool = False
    alternates: int = 0
    """Every n-th layer has full attention where the config names a window and no pattern."""
    windows_unasked: bool = True
    """A window in the config is in use unless it says otherwise."""
    learnt_positions: bool = False
    missing: str = ""
    """Parts nobody could count from the config alone."""


LLAMA: Final = Traits()
_QWEN2: Final = Traits(qkv_bias=True, windows_unasked=False)
_QWEN3: Final = Traits(head_norms=True, windows_unasked=False)
_QWEN3_NEXT: Final = Traits(
    head_norms=True, gated_attention=True, shared_gate=True, windows_unasked=False
)
_GEMMA2: Final = Traits(tied=True, norms=4, alternates=2)
_GEMMA3: Final = Traits(tied=True, norms=4, head_norms=True, alternates=6)
_GPT: Final = Traits(
    gated=False, norm_bias=True, qkv_bias=True, out_bias=True, mlp_bias=True, tied=True
)
_DEEPSEEK: Final = Traits(router_bias=True)
_COHERE: Final = Traits(tied=True, norms=1)
_GEMMA3N: Final = Traits(
    tied=True, norms=4, head_norms=True, alternates=5, missing="embeddings of each layer"
)

TRAITS: Final[Mapping[str, Traits]] = {
    "llama": LLAMA,
    "llama4_text": replace(LLAMA, alternates=4),
    "mllama_text_model": replace(LLAMA, missing="layers that look at the picture"),
    "mistral": LLAMA,
    "ministral3": LLAMA,
    "mistral3": LLAMA,
    "mixtral": LLAMA,
    "qwen2": _QWEN2,
    "qwen2_moe": replace(_QWEN2, shared_gate=True),
    "qwen3": _QWEN3,
    "qwen3_moe": _QWEN3,
    "qwen3_vl_text": _QWEN3,
    "qwen3_vl_moe_text": _QWEN3,
    "qwen3_next": _QWEN3_NEXT,
    "qwen3_5_text": _QWEN3_NEXT,
    "qwen3_5_moe_text": _QWEN3_NEXT,
    "gemma": Traits(tied=True),
    "gemma2": _GEMMA2,
    "gemma3": _GEMMA3,
    "gemma3_text": _GEMMA3,
    "gemma3n_text": _GEMMA3N,
    "gemma4_text": _GEMMA3,
    "phi": replace(_GPT, norms=1, tied=False),
    "phi3": LLAMA,
    "phimoe": replace(LLAMA, qkv_bias=True, out_bias=True, norm_bias=True),
    "deepseek_v2": LLAMA,
    "deepseek_v3": _DEEPSEEK,
    "deepseek_v32": _DEEPSEEK,
    "deepseek_v4": replace(_DEEPSEEK, missing="compressed attention"),
    "kimi_k2": _DEEPSEEK,
    "kimi_linear": _DEEPSEEK,
    "glm4": replace(LLAMA, qkv_bias=True, norms=4),
    "glm4_moe": replace(LLAMA, qkv_bias=True, router_bias=True),
    "glm4_moe_lite": _DEEPSEEK,
    "glm_moe_dsa": _DEEPSEEK,
    "gpt_oss": replace(
        LLAMA,
        qkv_bias=True,
        out_bias=True,
        sinks=True,
        router_bias=True,
        expert_bias=True,
        alternates=2,
    ),
    "cohere": _COHERE,
    "cohere2": replace(_COHERE, alternates=4),
    "falcon": Traits(tied=True, gated=False, norms=1, norm_bias=True),
    "falcon_h1": LLAMA,
    "gptj": replace(_GPT, qkv_bias=False, out_bias=False, norms=1, tied=False),
    "gpt_neox": replace(_GPT, tied=False),
    "gpt2": replace(_GPT, learnt_positions=True),
    "gpt_bigcode": replace(_GPT, learnt_positions=True),
    "starcoder2": _GPT,
    "stablelm": replace(LLAMA, norm_bias=True),
    "granite": LLAMA,
    "granitemoe": LLAMA,
    "granitemoehybrid": replace(LLAMA, tied=True),
    "jamba": LLAMA,
    "bamba": LLAMA,
    "nemotron": replace(LLAMA, gated=False, norm_bias=True),
    "nemotron_h": replace(LLAMA, gated=False, norms=1, router_bias=True),
    "minimax": LLAMA,
    "minimax_text_01": LLAMA,
    "minimax_m1": LLAMA,
    "minimax_m2": replace(LLAMA, wide_norms=True, router_bias=True),
    "olmo": replace(LLAMA, norms=0),
    "olmo2": replace(LLAMA, wide_norms=True),
    "olmo3": replace(LLAMA, wide_norms=True, alternates=4),
    "olmoe": replace(LLAMA, wide_norms=True),
    "exaone4": replace(LLAMA, head_norms=True, alternates=4),
    "smollm3": replace(LLAMA, tied=True, windows_unasked=False),
    "seed_oss": replace(LLAMA, qkv_bias=True),
    "ernie4_5": replace(LLAMA, tied=True),
    "ernie4_5_moe": replace(LLAMA, tied=True),
    "hunyuan_v1_moe": replace(LLAMA, tied=True, head_norms=True),
    "bailing_moe": replace(LLAMA, head_norms=True),
    "bailing_moe_v2": replace(LLAMA, head_norms=True, router_bias=True),
    "dots1": replace(LLAMA, head_norms=True, router_bias=True),
    "lfm2": Traits(tied=True, head_norms=True),
    "lfm2_moe": Traits(tied=True, head_norms=True, router_bias=True),
    "mimo_v2_flash": replace(LLAMA, router_bias=True),
    "longcat_flash": replace(LLAMA, missing="two attentions a layer and empty experts"),
    "recurrent_gemma": replace(LLAMA, missing="its recurrent blocks"),
    "rwkv": replace(LLAMA, missing="its recurrent blocks"),
    "rwkv7": replace(LLAMA, missing="its recurrent blocks"),
    "mamba": replace(LLAMA, missing="its recurrent blocks"),
    "t5": replace(LLAMA, missing="an encoder beside the decoder"),
}

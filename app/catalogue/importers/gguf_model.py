"""From the head of a GGUF file to model facts: dimensions, exact counts, the mix of formats."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.catalogue.importers.config_keys import KEYS
from app.catalogue.importers.drafts import YOUR_FIGURE, Bytes, ModelDraft, Text
from app.catalogue.importers.ggml_types import FILE_TYPES, TENSOR_TYPES
from app.catalogue.importers.gguf import MOST_TENSORS, Header, LongArray, Tensor, read_header
from app.catalogue.importers.hugging_face import FACTS, Reading, read_mapping
from app.catalogue.importers.json_text import UnreadableError, read_json_object

COUNTED: Final = "Counted from the file's list of tensors"
_SOURCE: Final = "GGUF header"
_MOST_BLOCKS: Final = 2000

#: The file's architecture -> the family whose blocks these are, where the names differ.
_FAMILIES: Final[Mapping[str, str]] = {
    "qwen2moe": "qwen2_moe",
    "qwen3moe": "qwen3_moe",
    "qwen3next": "qwen3_next",
    "qwen3vl": "qwen3",
    "qwen3vlmoe": "qwen3_moe",
    "qwen35": "qwen3_next",
    "qwen35moe": "qwen3_next",
    "gemma3": "gemma3_text",
    "gemma3n": "gemma3n_text",
    "gemma4": "gemma4_text",
    "phi2": "phi",
    "deepseek2": "deepseek_v3",
    "deepseek4": "deepseek_v4",
    "glm4moe": "glm4_moe",
    "glm-dsa": "glm_moe_dsa",
    "gpt-oss": "gpt_oss",
    "command-r": "cohere",
    "falcon-h1": "falcon_h1",
    "gptneox": "gpt_neox",
    "granitehybrid": "granitemoehybrid",
    "llama4": "llama4_text",
    "minimax-m2": "minimax_m2",
    "kimi-linear": "kimi_linear",
    "lfm2moe": "lfm2_moe",
    "mimo2": "mimo_v2_flash",
    "ernie4_5-moe": "ernie4_5_moe",
    "bailingmoe": "bailing_moe",
    "bailingmoe2": "bailing_moe_v2",
    "smollm3": "smollm3",
    "seed_oss": "seed_oss",
    "nemotron_h_moe": "nemotron_h",
    "mistral3": "mistral",
}
#: Every n-th layer sees everything, as llama.cpp has it for these; where a file says nothing.
_PATTERNS: Final[Mapping[str, int]] = {
    "gemma2": 2,
    "gemma3": 6,
    "gemma3n": 5,
    "gpt-oss": 2,
    "llama4": 4,
    "cohere2": 4,
    "exaone4": 4,
    "olmo2": 4,
    "olmo3": 4,
}
_KEYS: Final[Mapping[str, str]] = {
    "hidden_size": "embedding_length",
    "num_hidden_layers": "block_count",
    "num_attention_heads": "attention.head_count",
    "num_key_value_heads": "attention.head_count_kv",
    "head_dim": "attention.key_length",
    "v_head_dim": "attention.value_length",
    "intermediate_size": "feed_forward_length",
    "max_position_embeddings": "context_length",
    "vocab_size": "vocab_size",
    "num_experts": "expert_count",
    "num_experts_per_tok": "expert_used_count",
    "n_shared_experts": "expert_shared_count",
    "moe_intermediate_size": "expert_feed_forward_length",
    "first_k_dense_replace": "leading_dense_block_count",
    "sliding_window": "attention.sliding_window",
    "kv_lora_rank": "attention.kv_lora_rank",
    "q_lora_rank": "attention.q_lora_rank",
    "mamba_d_conv": "ssm.conv_kernel",
    "mamba_d_state": "ssm.state_size",
    "mamba_n_groups": "ssm.group_count",
    "mamba_n_heads": "ssm.time_step_rank",
    "conv_L_cache": "shortconv.l_cache",
}
_BLOCK: Final = re.compile(r"^blk\.(\d{1,4})\.([a-z0-9_]+)")


class Summary(BaseModel):
    """What is taken from a header: enough to compute everything again without the file."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    architecture: Text
    name: Text
    version: int
    tensors: Annotated[int, Field(ge=0, le=MOST_TENSORS)]
    parts: int | None = Field(default=None, description="Of a file split into several")
    config: dict[Text, Any] = Field(max_length=64)
    exact: dict[Text, Annotated[float, Field(ge=0)]] = Field(max_length=8)
    weights_bytes: Bytes | None = None
    weights_format: Text | None = None
    bits_per_weight: float | None = None
    tensor_types: dict[Text, Bytes] = Field(default_factory=dict, max_length=64)


def read_gguf(
    data: bytes, name: str = "", given: Mapping[str, float] | None = None
) -> tuple[Reading, Summary]:
    """Read the head of a GGUF file; ``given`` figures complete or correct it, as for a config.

    Raises:
        GgufError: the head cannot be read; `TruncatedError` where more of it is needed.
        UnreadableError: it is no language model's.
    """
    summary = summary_of(read_header(data))
    return reading_of(summary, name, given), summary


def summary_of(header: Header) -> Summary:
    """What a header tells, in a shape that can be kept.

    Raises:
        UnreadableError: it does not say which model this is, or adds up to what cannot be.
    """
    metadata = header.metadata
    architecture = metadata.get("general.architecture")
    if not isinstance(architecture, str) or not architecture:
        raise UnreadableError("Its metadata do not say which architecture it has.")
    config = _config(header, architecture)
    parts = metadata.get("split.count")
    split = isinstance(parts, int) and not isinstance(parts, bool) and parts > 1
    try:
        return Summary(
            architecture=_clean(architecture, "unknown"),
            name=_name(metadata, architecture),
            version=header.version,
            tensors=len(header.tensors),
            parts=parts if split else None,
            config=config,
            exact={} if split or not header.tensors else _counts(header, config),
            **({} if split else _formats(header)),
        )
    except ValidationError as error:
        field = str(error.errors()[0]["loc"][0])
        raise UnreadableError(f"What its tensors add up to cannot be ({field}).") from error


def summary_from_text(text: str) -> Summary:
    """A summary as a form carried it.

    Raises:
        UnreadableError: it is none.
    """
    try:
        return Summary.model_validate(read_json_object(text))
    except ValidationError as error:
        raise UnreadableError("Choose the file again: its summary was lost.") from error


def reading_of(
    summary: Summary, name: str = "", given: Mapping[str, float] | None = None
) -> Reading:
    """The facts a summary tells; ``given`` figures go first.

    Raises:
        UnreadableError: it is no language model's.
    """
    exact = summary.exact
    own = {key: value for key, value in (given or {}).items() if key in KEYS or key in FACTS}
    reading = read_mapping(summary.config, name or summary.name, {**exact, **own})
    draft = reading.draft
    notes = [n for n in draft.notes if "does not know" not in n or not exact]
    if summary.parts:
        notes.append(
            f"It is one of {summary.parts} parts: the tensors of the others are not in it, so "
            "parameters are computed from the dimensions and bytes stay open."
        )
    sources = dict(draft.sources)
    sources |= {key: COUNTED for key in exact if key not in own}
    sources |= {key: YOUR_FIGURE for key in own if key in sources}
    facts = draft.model_dump() | {
        "source": _SOURCE,
        "sources": sources,
        "notes": tuple(notes[:24]),
        "weights_bytes": summary.weights_bytes,
        "weights_format": summary.weights_format,
        "bits_per_weight": summary.bits_per_weight,
        "tensor_types": summary.tensor_types,
    }
    try:
        found = ModelDraft(**facts)
    except ValidationError as error:
        field = str(error.errors()[0]["loc"][0])
        raise UnreadableError(f"What its tensors add up to cannot be ({field}).") from error
    return Reading(found, reading.asks, summary.architecture, reading.kinds)


def _clean(text: str, otherwise: str) -> str:
    clean = "".join(c for c in text if c.isprintable() and c not in "<>").strip()
    return clean[:120] or otherwise


def _name(metadata: Mapping[str, Any], architecture: str) -> str:
    stated = metadata.get("general.name")
    said = stated if isinstance(stated, str) and stated.strip() else architecture
    return _clean(said, "Imported model")


def _config(header: Header, architecture: str) -> dict[str, Any]:
    """The metadata under the names that `read_mapping` knows."""
    metadata = header.metadata
    found: dict[str, Any] = {"model_type": _FAMILIES.get(architecture, architecture)}
    for key, theirs in _KEYS.items():
        value = metadata.get(f"{architecture}.{theirs}")
        if isinstance(value, list):
            value = _one_of(value)
        if isinstance(value, int) and not isinstance(value, bool):
            found[key] = value
    _layers_without_next(found, metadata, architecture)
    tokens = metadata.get("tokenizer.ggml.tokens")
    embedding = next((t for t in header.tensors if t.name == "token_embd.weight"), None)
    if embedding is not None and len(embedding.shape) == 2:
        found["vocab_size"] = embedding.shape[1]
    elif isinstance(tokens, LongArray):
        found.setdefault("vocab_size", tokens.length)
    if header.tensors:
        found["tie_word_embeddings"] = not any(t.name == "output.weight" for t in header.tensors)
    _latent(found, metadata, architecture)
    _recurrent(found, metadata, architecture)
    layers = found.get("num_hidden_layers")
    if isinstance(layers, int) and 0 < layers <= _MOST_BLOCKS:
        kinds = _kinds(header, architecture, layers, found)
        if kinds is not None:
            found["layer_types"] = kinds
    if not found.get("sliding_window"):
        found.pop("sliding_window", None)
    return found


def _one_of(values: list[Any]) -> Any:
    """One figure for a list by layer: that of the layers that have any."""
    some = {v for v in values if v}
    return some.pop() if len(some) == 1 else None


def _layers_without_next(
    found: dict[str, Any], metadata: Mapping[str, Any], architecture: str
) -> None:
    """Blocks that predict further tokens are counted as blocks in the file."""
    extra = metadata.get(f"{architecture}.nextn_predict_layers")
    layers = found.get("num_hidden_layers")
    if isinstance(extra, int) and isinstance(layers, int) and 0 < extra < layers:
        found["num_hidden_layers"] = layers - extra
        found["num_nextn_predict_layers"] = int(extra)


def _latent(found: dict[str, Any], metadata: Mapping[str, Any], architecture: str) -> None:
    if "kv_lora_rank" not in found:
        return
    rope = metadata.get(f"{architecture}.rope.dimension_count")
    keys = metadata.get(f"{architecture}.attention.key_length_mla", found.get("head_dim"))
    values = metadata.get(f"{architecture}.attention.value_length_mla", found.get("v_head_dim"))
    if isinstance(rope, int) and isinstance(keys, int) and isinstance(values, int):
        found |= {
            "qk_rope_head_dim": rope,
            "qk_nope_head_dim": max(keys - rope, 0),
            "v_head_dim": values,
        }


def _recurrent(found: dict[str, Any], metadata: Mapping[str, Any], architecture: str) -> None:
    """The state of recurrent blocks, which files describe in Mamba's words."""
    inner = metadata.get(f"{architecture}.ssm.inner_size")
    heads, state = found.get("mamba_n_heads"), found.get("mamba_d_state")
    if isinstance(inner, int) and isinstance(heads, int) and heads > 0:
        found |= {"mamba_d_ssm": inner, "mamba_d_head": inner // heads}
        found |= {
            "linear_num_value_heads": heads,
            "linear_num_key_heads": found.get("mamba_n_groups"),
            "linear_key_head_dim": state,
            "linear_value_head_dim": inner // heads,
            "linear_conv_kernel_dim": found.get("mamba_d_conv"),
        }
    if architecture == "jamba":
        found["mamba_dt_rank"] = heads
    size = metadata.get(f"{architecture}.kda.head_dim")
    if isinstance(size, int):
        found["linear_attn_config"] = {
            "head_dim": size,
            "num_heads": found.get("num_attention_heads"),
            "short_conv_kernel_size": found.get("mamba_d_conv"),
        }


def _kinds(
    header: Header, architecture: str, layers: int, config: Mapping[str, Any]
) -> list[str] | None:
    """What each block is, as its tensors tell; None where a window's place is not known."""
    parts: dict[int, set[str]] = {}
    for tensor in header.tensors:
        if match := _BLOCK.match(tensor.name):
            parts.setdefault(int(match[1]), set()).add(match[2])
    windows = _windows(header.metadata, architecture, layers, config)
    if windows is None:
        return ["not told"] * layers
    if any(index not in parts for index in range(layers)):
        if any(name.startswith(f"{architecture}.ssm.") for name in header.metadata):
            return None
        return ["sliding_attention" if w else "full_attention" for w in windows]
    family = config["model_type"]
    return [_kind(parts[i], windows[i], str(family)) for i in range(layers)]


def _kind(parts: set[str], windowed: bool, family: str) -> str:
    attends = any(p in parts for p in ("attn_k", "attn_kv_a_mqa", "attn_output")) or (
        "attn_qkv" in parts and not any(p.startswith("ssm_") for p in parts)
    )
    recurs = any(p.startswith("ssm_") for p in parts)
    if any(p.startswith("shortconv") for p in parts):
        return "conv"
    if recurs and family == "kimi_linear":
        return "kda"
    if recurs and family == "qwen3_next":
        return "linear_attention"
    if recurs:
        return "hybrid" if attends and "attn_k" in parts else "mamba"
    if attends:
        return "sliding_attention" if windowed else "full_attention"
    if any(p.startswith("ffn_") and p.endswith("_exps") for p in parts):
        return "moe"
    return "mlp" if any(p.startswith("ffn_") for p in parts) else "not told"


def _windows(
    metadata: Mapping[str, Any], architecture: str, layers: int, config: Mapping[str, Any]
) -> list[bool] | None:
    window, context = config.get("sliding_window"), config.get("max_position_embeddings")
    if not window or (isinstance(context, int) and window >= context):
        return [False] * layers
    pattern = metadata.get(f"{architecture}.attention.sliding_window_pattern")
    if isinstance(pattern, list) and len(pattern) >= layers:
        return [bool(p) for p in pattern[:layers]]
    every = pattern if isinstance(pattern, int) else _PATTERNS.get(architecture)
    if isinstance(every, int) and every > 0:
        return [(i + 1) % every != 0 for i in range(layers)]
    return [True] * layers if architecture in ("phi3", "llama", "mistral3", "starcoder2") else None


def _counts(header: Header, config: Mapping[str, Any]) -> dict[str, float]:
    """Parameters from the tensors: all of them, what a token wakes, what a step reads."""
    layers = config.get("num_hidden_layers")
    total = experts = embedding = 0
    for tensor in header.tensors:
        match = _BLOCK.match(tensor.name)
        if match and isinstance(layers, int) and int(match[1]) >= layers:
            continue  # predicts further tokens
        if tensor.name.startswith(("rope_", "v.", "a.", "mm.")):
            continue  # tables, and what sees or hears
        total += tensor.values
        experts += tensor.values if match and "_exps." in tensor.name else 0
        embedding += tensor.values if tensor.name == "token_embd.weight" else 0
    if total == 0:
        return {}
    found = {"params_total_b": total / 1e9}
    count, chosen = config.get("num_experts"), config.get("num_experts_per_tok")
    resting = 0.0
    if experts:
        if not count or not chosen:
            return found
        resting = experts * (1 - min(chosen / count, 1))
    active = total - resting
    untied = config.get("tie_word_embeddings") is False
    found["params_active_b"] = active / 1e9
    found["active_read_per_token_b"] = (active - (embedding if untied else 0)) / 1e9
    return {key: value for key, value in found.items() if value > 0}


def _formats(header: Header) -> dict[str, Any]:
    """Bytes by type of tensor, bits a weight takes on average, and what the mix is called."""
    sizes: dict[str, float] = {}
    unknown = False
    for tensor in header.tensors:
        size = bytes_of(tensor)
        if size is None:
            unknown = True
            continue
        name = TENSOR_TYPES[tensor.type_number][0]
        sizes[name] = sizes.get(name, 0.0) + size
    values = sum(tensor.values for tensor in header.tensors)
    ordered = dict(sorted(sizes.items(), key=lambda pair: -pair[1]))
    found: dict[str, Any] = {"tensor_types": ordered}
    if not unknown and values and (total := sum(sizes.values())):
        found |= {"weights_bytes": total, "bits_per_weight": 8 * total / values}
    kind = header.metadata.get("general.file_type")
    if isinstance(kind, int) and kind in FILE_TYPES:
        found["weights_format"] = FILE_TYPES[kind]
    return found


def bytes_of(tensor: Tensor) -> int | None:
    """Bytes of a tensor's weights: whole blocks a row; None for a type nobody knows yet."""
    known = TENSOR_TYPES.get(tensor.type_number)
    if known is None:
        return None
    _, block, size = known
    row = tensor.shape[0] if tensor.shape else 1
    rows = tensor.values // row if row else 0
    return rows * -(-row // block) * size

"""A Hugging Face config.json as model facts: dimensions read, parameters and KV bytes computed.

What the config does not state and its family does not settle stays unknown and is asked for.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError

from app.catalogue.importers.blocks import Dimensions, dimensions_of, feed_forward_of, mixer_of
from app.catalogue.importers.config_keys import CORRECTABLE, KEYS, MOST_LAYERS, Ask, Keys
from app.catalogue.importers.drafts import YOUR_FIGURE, ModelDraft
from app.catalogue.importers.json_text import UnreadableError, read_json_object
from app.catalogue.importers.schedule import Kind, kinds_of
from app.catalogue.importers.traits import LLAMA, TRAITS, Traits
from app.estimator.architecture import Layer, Totals, totals

COMPUTED: Final = "Computed from the dimensions"
_IN_CONFIG: Final = "config.json"
_NESTED: Final = ("text_config", "llm_config", "language_config", "thinker_config")

#: Facts of the result that a reader may give or correct, with what they are called.
FACTS: Final[Mapping[str, str]] = {
    "params_total_b": "Parameters",
    "params_active_b": "Active parameters",
    "active_read_per_token_b": "Weights read per token",
    "n_full_attention_layers": "Layers with full attention",
    "n_linear_layers": "Recurrent layers",
    "kv_bytes_per_token_f16": "KV cache per token",
    "kv_fixed_bytes_per_seq": "KV cache per sequence",
    "params_published_b": "Published parameter count",
}
GIVABLE: Final = (*CORRECTABLE, *FACTS)
_WHOLE_FACTS: Final = frozenset({"n_full_attention_layers", "n_linear_layers"})
_ALWAYS: Final = ("hidden_size", "num_hidden_layers", "num_attention_heads", "vocab_size")


@dataclass(frozen=True, slots=True)
class Reading:
    """A config as it was understood."""

    draft: ModelDraft
    asks: tuple[Ask, ...]
    model_type: str
    kinds: Mapping[str, int]
    """How many layers of each kind there are."""


def read_config(
    text: str | bytes, name: str = "", given: Mapping[str, float] | None = None
) -> Reading:
    """Read a config; ``given`` figures (`GIVABLE`) complete or correct it.

    Raises:
        UnreadableError: it is no config of a language model; the message says why.
    """
    return read_mapping(read_json_object(text), name, given)


def read_mapping(
    config: Mapping[str, Any], name: str = "", given: Mapping[str, float] | None = None
) -> Reading:
    """As `read_config`, of the object itself."""
    given = given or {}
    inner = _language_part(config)
    keys = Keys(inner, {k: v for k, v in given.items() if k in KEYS})
    if all(keys.get(key) is None for key in _ALWAYS):
        raise UnreadableError(
            "This does not look like a model's config.json: it states neither hidden_size nor "
            "num_hidden_layers."
        )
    model_type = _text(inner, "model_type") or _text(config, "model_type")
    if any(keys.get(key) == 0 for key in _ALWAYS):
        wrong = next(key for key in _ALWAYS if keys.get(key) == 0)
        raise UnreadableError(f"“{wrong}” is 0: a model has more than that.")
    traits = TRAITS.get(model_type, LLAMA)
    notes = _notes(config, inner, model_type, traits)
    count = keys.need("num_hidden_layers")
    if not math.isnan(count) and count > MOST_LAYERS:
        raise UnreadableError(f"“num_hidden_layers” is {count:.0f}: that is out of bounds.")
    layers = 0 if math.isnan(count) else int(count)
    dims = dimensions_of(keys, model_type, layers)
    kinds = kinds_of(keys, layers, traits, model_type)
    if "unknown" in kinds:
        notes.append(
            "Some layers are of a kind Rigwise does not know; what depends on them is open."
        )
    if isinstance(inner.get("block_configs"), list):
        notes.append("Its layers differ one by one (block_configs), which is not read.")
    tied = _tied(config, inner, traits, model_type)
    found = None if layers == 0 else _totals(keys, dims, kinds, traits, tied)
    uncounted = bool(traits.missing) or _per_layer_tables(inner) or "block_configs" in inner
    values = _facts(keys, dims, kinds, found, uncounted, tied)
    notes.extend(_derived_words(keys))
    return _reading(
        values, keys, name or _name(config, model_type), notes, given, model_type, kinds
    )


def _language_part(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """The part of a multimodal config that is about the language model."""
    for _ in range(3):
        nested = next((config[n] for n in _NESTED if isinstance(config.get(n), dict)), None)
        if nested is None:
            return config
        config = nested
    return config


def _text(config: Mapping[str, Any], key: str) -> str:
    value = config.get(key)
    return value[:80] if isinstance(value, str) else ""


def _name(config: Mapping[str, Any], model_type: str) -> str:
    path = _text(config, "_name_or_path").rstrip("/")
    said = path.rsplit("/", 1)[-1] or model_type or "Imported model"
    return "".join(c for c in said if c.isprintable() and c not in "<>")[:120] or "Imported model"


def _tied(
    config: Mapping[str, Any], inner: Mapping[str, Any], traits: Traits, model_type: str
) -> bool | None:
    """Whether embedding and head are one: stated, or settled by the family."""
    for part in (inner, config):
        if isinstance(value := part.get("tie_word_embeddings"), bool):
            return value
    return traits.tied if model_type in TRAITS else None


def _notes(
    config: Mapping[str, Any], inner: Mapping[str, Any], model_type: str, traits: Traits
) -> list[str]:
    notes = []
    if model_type not in TRAITS:
        said = "".join(c for c in model_type if c.isprintable() and c not in "<>")
        called = f"“{said}” is a kind of model" if said else "It names no model_type"
        notes.append(
            f"{called} Rigwise does not know; its layers are counted like Llama's."
            if said
            else f"{called}; its layers are counted like Llama's."
        )
    if traits.missing:
        notes.append(f"Its config alone does not tell the size of everything: {traits.missing}.")
    elif _per_layer_tables(inner):
        notes.append("It has embeddings of each layer, which are not counted.")
    if inner is not config and any(k in config for k in ("vision_config", "audio_config")):
        notes.append("Only the language model is counted, not what sees or hears.")
    extra = inner.get("num_nextn_predict_layers", inner.get("mtp_num_hidden_layers"))
    if isinstance(extra, int) and extra > 0:
        notes.append("Layers that predict further tokens (MTP) are not counted.")
    return notes


def _per_layer_tables(inner: Mapping[str, Any]) -> bool:
    return bool(inner.get("hidden_size_per_layer_input"))


def _totals(
    keys: Keys, dims: Dimensions, kinds: list[Kind], traits: Traits, tied: bool | None
) -> Totals:
    norms = traits.norms * dims.hidden * (2 if traits.norm_bias else 1)
    layers = []
    for index, kind in enumerate(kinds):
        layers.append(
            Layer(
                mixer_of(kind, keys, dims, traits),
                feed_forward_of(kind, index, keys, dims, traits),
                norms,
            )
        )
    last = dims.hidden * (2 if traits.norm_bias else 1) if traits.norms else 0.0
    positions = keys.need("max_position_embeddings") * dims.hidden if traits.learnt_positions else 0
    return totals(
        layers,
        embedding_params=dims.vocabulary * dims.hidden,
        tied=tied,
        other_params=last + positions,
    )


def _facts(
    keys: Keys,
    dims: Dimensions,
    kinds: list[Kind],
    found: Totals | None,
    uncounted: bool,
    tied: bool | None,
) -> dict[str, float | str | bool | None]:
    """Everything a model's row holds; NaN where it is unknown."""
    mixture = dims.mixture
    values: dict[str, float | str | bool | None] = {
        "architecture": "dense" if mixture is None else "moe",
        "n_layers": dims.layers or None,
        "hidden_size": dims.hidden,
        "n_heads": dims.heads,
        "n_kv_heads": dims.kv_heads,
        "head_dim": dims.head_dim,
        "vocab_size": dims.vocabulary,
        "intermediate_size": keys.get("intermediate_size"),
        "tied_embeddings": tied,
        "context_max_tokens": keys.get("max_position_embeddings"),
        "kv_lora_rank": keys.get("kv_lora_rank"),
        "qk_rope_head_dim": keys.get("qk_rope_head_dim") if dims.latent else None,
        "native_dtype": _text(keys.config, "torch_dtype") or _text(keys.config, "dtype") or None,
    }
    if mixture is not None:
        values |= {
            "n_experts": mixture.experts,
            "n_experts_per_token": mixture.per_token,
            "moe_intermediate_size": mixture.width,
            "n_shared_experts": keys.get("n_shared_experts"),
            "first_k_dense_layers": keys.get("first_k_dense_replace"),
        }
    if found is None:
        return values
    values |= {
        "attention": _attention_word(dims, kinds, found),
        "n_full_attention_layers": found.n_full_attention_layers,
        "n_linear_layers": found.n_linear_layers,
        "sliding_window": keys.get("sliding_window") if found.n_windowed_layers else None,
        "kv_bytes_per_token_f16": found.kv_bytes_per_token_f16,
        "kv_fixed_bytes_per_seq": found.kv_fixed_bytes_per_seq,
    }
    if isinstance(shared := keys.config.get("num_kv_shared_layers"), int) and shared > 0:
        values |= {"kv_bytes_per_token_f16": math.nan, "kv_fixed_bytes_per_seq": math.nan}
    if not uncounted:
        values |= {
            "params_total_b": found.params / 1e9,
            "params_active_b": found.active_params / 1e9,
            "active_read_per_token_b": found.read_params / 1e9,
        }
    if "unknown" in kinds:
        values |= {"attention": None, "n_full_attention_layers": None}
    return values


def _attention_word(dims: Dimensions, kinds: list[Kind], found: Totals) -> str | None:
    if found.n_linear_layers:
        return "hybrid-linear"
    if dims.latent:
        return "mla"
    if found.n_windowed_layers:
        return "sliding"
    if math.isnan(dims.kv_heads) or math.isnan(dims.heads):
        return None
    if dims.kv_heads == dims.heads:
        return "mha"
    return "mqa" if dims.kv_heads == 1 else "gqa"


def _derived_words(keys: Keys) -> list[str]:
    return [f"{KEYS[key][0]}: not stated; {how}." for key, how in keys.derived.items()]


def _reading(
    values: dict[str, float | str | bool | None],
    keys: Keys,
    name: str,
    notes: list[str],
    given: Mapping[str, float],
    model_type: str,
    kinds: list[Kind],
) -> Reading:
    """The draft with the reader's own figures in it, and what is still open."""
    said: dict[str, Any] = {}
    for key, value in values.items():
        unknown = value is None or (isinstance(value, float) and math.isnan(value))
        if not unknown:
            said[key] = _plain(value)
    sources: dict[str, str] = {key: COMPUTED for key in _COMPUTED if key in said}
    for key, value in given.items():
        if key in FACTS:
            said[key] = int(value) if key in _WHOLE_FACTS else value
            sources[key] = YOUR_FIGURE
        elif (fact := _FACT_OF_KEY.get(key)) in said:
            sources[str(fact)] = YOUR_FIGURE
    asks = [*keys.asks.values()]
    if not asks:
        asks = [Ask(k, FACTS[k]) for k in _WANTED if k not in said]
    try:
        draft = ModelDraft(
            name=name, source=_IN_CONFIG, sources=sources, notes=tuple(notes[:24]), **said
        )
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0]) if first["loc"] else ""
        raise UnreadableError(
            f"{FACTS.get(field) or field}: {str(first['input'])[:24]} is out of bounds."
        ) from error
    tally: dict[str, int] = {}
    for kind in kinds:
        tally[kind] = tally.get(kind, 0) + 1
    return Reading(draft, tuple(asks), model_type, tally)


_COMPUTED: Final = (
    "params_total_b",
    "params_active_b",
    "active_read_per_token_b",
    "kv_bytes_per_token_f16",
    "kv_fixed_bytes_per_seq",
    "n_full_attention_layers",
    "n_linear_layers",
)
_WANTED: Final = (
    "params_total_b",
    "params_active_b",
    "n_full_attention_layers",
    "kv_bytes_per_token_f16",
    "kv_fixed_bytes_per_seq",
)
_FACT_OF_KEY: Final = {
    "hidden_size": "hidden_size",
    "num_hidden_layers": "n_layers",
    "num_attention_heads": "n_heads",
    "num_key_value_heads": "n_kv_heads",
    "head_dim": "head_dim",
    "vocab_size": "vocab_size",
    "intermediate_size": "intermediate_size",
    "max_position_embeddings": "context_max_tokens",
    "num_experts": "n_experts",
    "num_experts_per_tok": "n_experts_per_token",
    "sliding_window": "sliding_window",
}


def _plain(value: float | str | bool | None) -> float | str | bool | int | None:
    """Counts as whole numbers."""
    whole = isinstance(value, float) and value.is_integer()
    return int(value) if whole and isinstance(value, float) else value

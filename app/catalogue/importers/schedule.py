"""Which kind of block each layer of a config is: one word a layer."""

from collections.abc import Mapping
from typing import Any, Final, Literal

from app.catalogue.importers.config_keys import Keys
from app.catalogue.importers.json_text import UnreadableError
from app.catalogue.importers.traits import Traits

Kind = Literal[
    "full",
    "window",
    "delta",
    "kda",
    "mamba",
    "lightning",
    "convolution",
    "beside",
    "only-mlp",
    "only-moe",
    "unknown",
]

_WORDS: Final[Mapping[str, Kind]] = {
    "full_attention": "full",
    "attention": "full",
    "global": "full",
    "sliding_attention": "window",
    "chunked_attention": "window",
    "local": "window",
    "mamba": "mamba",
    "mamba2": "mamba",
    "conv": "convolution",
    "hybrid": "beside",
    "kda": "kda",
    "mlp": "only-mlp",
    "moe": "only-moe",
}
_NEMOTRON: Final[Mapping[str, Kind]] = {
    "M": "mamba",
    "*": "full",
    "-": "only-mlp",
    "E": "only-moe",
}
_LINEAR: Final[Mapping[str, Kind]] = {
    "minimax": "lightning",
    "minimax_text_01": "lightning",
    "minimax_m1": "lightning",
    "kimi_linear": "kda",
}


def kinds_of(keys: Keys, layers: int, traits: Traits, model_type: str) -> list[Kind]:
    """One word for each layer, from whichever way the config says it.

    Raises:
        UnreadableError: what it says does not fit its number of layers.
    """
    linear = _LINEAR.get(model_type, "delta")
    stated = _stated(keys, layers, linear)
    found = _by_rule(keys, layers, traits, linear) if stated is None else stated
    if len(found) < layers:
        sentence = f"The config lists the kinds of {len(found)} layers and says it has {layers}."
        raise UnreadableError(sentence)
    found = found[:layers]
    window, context = keys.get("sliding_window"), keys.get("max_position_embeddings")
    # a window as long as the context never moves; one stated as null is none
    endless = bool(window) and context is not None and (window or 0) >= context
    if endless or (not window and "sliding_window" in keys.config):
        found = ["full" if kind == "window" else kind for kind in found]
    return found


def _stated(keys: Keys, layers: int, linear: Kind) -> list[Kind] | None:
    """A word, letter or number for each layer."""
    words = keys.texts("layer_types", "layers_block_type", "block_types")
    if words is not None:
        if len(words) < layers and "block_types" in keys.config:
            words = [words[i % len(words)] for i in range(layers)]
        return [linear if w == "linear_attention" else _WORDS.get(w, "unknown") for w in words]
    pattern = keys.config.get("hybrid_override_pattern")
    if isinstance(pattern, str):
        letters = pattern.replace("|", "")
        return [_NEMOTRON.get(letter, "unknown") for letter in letters[: layers + 1]]
    if (codes := keys.numbers("attn_type_list")) is not None:
        return [linear if code == 0 else "full" for code in codes]
    if (codes := keys.numbers("hybrid_layer_pattern")) is not None:
        return ["window" if code else "full" for code in codes]
    if (full := keys.numbers("full_attn_idxs")) is not None:
        return ["full" if i in full else "convolution" for i in range(layers)]
    split = keys.config.get("linear_attn_config")
    if isinstance(split, dict) and isinstance(split.get("full_attn_layers"), list):
        full = [n for n in split["full_attn_layers"] if isinstance(n, int)]
        return ["full" if i + 1 in full else "kda" for i in range(layers)]
    return None


def _by_rule(keys: Keys, layers: int, traits: Traits, linear: Kind) -> list[Kind]:
    """A period, an offset, or one kind for all."""
    config = keys.config
    if isinstance(every := config.get("full_attention_interval"), int) and every > 0:
        return ["full" if (i + 1) % every == 0 else linear for i in range(layers)]
    if isinstance(period := config.get("attn_layer_period"), int) and period > 0:
        offset = config.get("attn_layer_offset")
        offset = offset if isinstance(offset, int) else 0
        return ["full" if i % period == offset else "mamba" for i in range(layers)]
    if isinstance(full := config.get("attn_layer_indices"), list):
        return ["full" if i in full else "mamba" for i in range(layers)]
    if config.get("model_type") == "falcon_h1":
        return ["beside"] * layers
    return _windows(config, layers, traits)


def _windows(config: Mapping[str, Any], layers: int, traits: Traits) -> list[Kind]:
    used = config.get("use_sliding_window", traits.windows_unasked)
    if not used or _no_window(config):
        return ["full"] * layers
    pattern = config.get("sliding_window_pattern", config.get("_sliding_window_pattern"))
    if isinstance(pattern, str) and pattern:
        letters = [pattern[i % len(pattern)] for i in range(layers)]
        return ["window" if letter == "L" else "full" for letter in letters]
    every = pattern if isinstance(pattern, int) and pattern > 0 else traits.alternates
    if not every:
        first = config.get("max_window_layers")
        first = first if isinstance(first, int) and "use_sliding_window" in config else 0
        return ["full" if i < first else "window" for i in range(layers)]
    return ["full" if (i + 1) % every == 0 else "window" for i in range(layers)]


def _no_window(config: Mapping[str, Any]) -> bool:
    names = ("sliding_window", "sliding_window_size", "attention_chunk_size")
    found = [config[name] for name in names if name in config]
    return all(value is None for value in found)

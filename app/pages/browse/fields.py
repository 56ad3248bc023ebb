"""What each fact is called, in which unit it stands and how it is written, on lists and entries.

A unit ends the name of a fact (`_gib`, `_gbs`, `_w`), so most of it follows from the name.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any, Final

from markupsafe import Markup, escape

from app.builds.answers.placements import LABELS
from app.builds.traits import memory_type_words
from app.builds.words import capital
from app.catalogue.facts import Fact
from app.catalogue.kinds import KINDS
from app.pages.options import QUANT_HEADINGS
from app.pages.words import YES_NO, figure

#: Facts every entry has, told elsewhere on its page.
_TOLD_ELSEWHERE: Final = frozenset({"slug", "name", "source", "cell_sources", "notes"})
#: End of a name -> unit.
_UNITS: Final = (
    ("_bytes_per_token_f16", "bytes"),
    ("_bytes_per_seq", "bytes"),
    ("_bytes_per_clk", "bytes"),
    ("_tokens", "tokens"),
    ("_tflops_dense", "TFLOPS"),
    ("_tops_dense", "TOPS"),
    ("_tflops", "TFLOPS"),
    ("_gib_eur", "€"),
    ("_gib_max", "GiB"),
    ("_gib", "GiB"),
    ("_mts_max_1dpc", "MT/s"),
    ("_mts_max", "MT/s"),
    ("mts", "MT/s"),
    ("_gbs", "GB/s"),
    ("_ghz", "GHz"),
    ("_mb", "MB"),
    ("_gb", "GB"),
    ("_usd", "$"),
    ("_eur", "€"),
    ("_db", "dB"),
    ("_bus_bits", "bit"),
    ("_b", "B"),
    ("_w", "W"),
)
_LABELS: Final = {
    "active_read_per_token_b": "weights read per token",
    "all_core_ghz": "all-core clock",
    "attention": "attention",
    "backend": "backend",
    "bandwidth_gbs": "memory bandwidth",
    "base_ghz": "base clock",
    "batching": "batching",
    "bf16_tflops_dense": "BF16, dense",
    "bits_per_weight": "bits per weight",
    "body_bits": "bits of the layers",
    "boost_ghz": "boost clock",
    "ccd_read_bytes_per_clk": "read width of a chiplet per clock",
    "ccds": "core chiplets",
    "channel_bandwidth_gbs": "bandwidth of a channel",
    "codename": "codename",
    "context_max_tokens": "longest context",
    "count_check": "counted against published",
    "cpu_name": "CPU",
    "cpu_slug": "CPU",
    "ecc": "ECC",
    "engine_slugs": "engines",
    "engines": "engines",
    "family": "family",
    "fclk_ghz": "fabric clock",
    "file_bits_llama31_8b": "bits in a Llama 3.1 8B file",
    "first_k_dense_layers": "dense layers before experts",
    "form_factor": "form factor",
    "formats": "formats",
    "fp16_or_bf16_tflops_dense": "FP16 or BF16, dense",
    "fp16_tflops_dense": "FP16, dense",
    "fp32_tflops": "FP32",
    "fp4_tflops_dense": "FP4, dense",
    "fp8_tflops_dense": "FP8, dense",
    "gpu_count": "GPUs",
    "gpu_name": "GPU",
    "gpu_slug": "GPU",
    "gpu_usable_memory_gib": "memory a GPU can use",
    "gpu_vendors": "GPUs of",
    "head_bits": "bits of the output head",
    "head_dim": "head size",
    "hf_id": "repository",
    "igpu": "built-in graphics",
    "int8_tops_dense": "INT8, dense",
    "intermediate_size": "feed-forward size",
    "isa": "instruction sets",
    "kind": "used for",
    "kv_bytes_per_token_f16": "KV cache per token",
    "kv_fixed_bytes_per_seq": "KV cache per sequence",
    "kv_lora_rank": "KV compression rank",
    "kv_slugs": "KV cache formats",
    "l2_mb": "L2 cache",
    "l3_mb": "L3 cache",
    "launch_date": "launched",
    "launch_price_usd": "price at launch",
    "launch_year": "launched in",
    "licence": "licence",
    "link_slug": "link between nodes",
    "measured_runs": "measured runs",
    "memory_bandwidth_gbs": "memory bandwidth",
    "memory_bus_bits": "memory bus",
    "memory_gib": "memory",
    "memory_gib_max": "memory, at most",
    "memory_mts": "memory speed",
    "memory_mts_max": "memory speed, at most",
    "memory_overhead_gib": "overhead per GPU",
    "memory_type": "memory type",
    "memory_utilization": "share of a GPU's memory it takes",
    "microarchitecture": "microarchitecture",
    "moe_intermediate_size": "feed-forward size of an expert",
    "mts": "speed",
    "n_experts": "experts",
    "n_experts_per_token": "experts per token",
    "n_full_attention_layers": "full-attention layers",
    "n_heads": "attention heads",
    "n_kv_heads": "KV heads",
    "n_layers": "layers",
    "n_linear_layers": "linear-attention layers",
    "n_shared_experts": "shared experts",
    "native_dtype": "published as",
    "nodes": "nodes",
    "noise_db": "noise",
    "non_expert_bits": "bits of a mixture's shared weights",
    "nvlink_gbs": "NVLink, both directions",
    "params_active_b": "active parameters",
    "params_published_b": "parameters as published",
    "params_total_b": "parameters",
    "pcie_gen": "PCIe generation",
    "pcie_lanes": "PCIe lanes",
    "perplexity_delta_llama3_8b": "perplexity lost on Llama 3 8B",
    "placements": "placements",
    "platform_slug": "platform",
    "power_idle_w": "power, idle",
    "power_max_w": "power, at most",
    "price_new_eur": "new",
    "price_per_gib_eur": "new, per GiB",
    "price_used_eur": "used",
    "psu_recommended_w": "recommended power supply",
    "psu_w": "power supply",
    "qk_rope_head_dim": "rotary part of a head",
    "ranks": "ranks",
    "release_date": "released",
    "release_year": "released in",
    "runs_on": "runs on",
    "segment": "segment",
    "size_gib": "size",
    "slot_width": "slots covered",
    "sockets": "sockets",
    "sockets_max": "sockets, at most",
    "status": "status",
    "storage_gb": "storage",
    "system_class": "class",
    "tdp_w": "power (TDP)",
    "tied_embeddings": "embeddings tied",
    "ubatch_tokens": "prompt tokens a pass",
    "unified_memory": "unified memory",
    "vendor": "vendor",
    "vocab_size": "vocabulary",
    "weight_only": "weights only",
    "weights": "weights",
}
#: What a value stands for where the catalogue's own word needs another.
_VALUES: Final[Mapping[str, Mapping[str, str]]] = {
    "architecture": {"moe": "mixture of experts", "dense": "dense"},
    "attention": {
        "gqa": "grouped-query",
        "mha": "multi-head",
        "mqa": "multi-query",
        "mla": "latent (MLA)",
        "sliding": "sliding window",
        "hybrid-linear": "hybrid, linear",
    },
    "backend": {
        "cpu": "CPU",
        "cuda": "CUDA",
        "rocm": "ROCm",
        "sycl": "SYCL",
        "metal": "Metal",
        "vulkan": "Vulkan",
    },
    "batching": {"slots": "fixed slots", "continuous": "continuous"},
    "form_factor": {
        "pcie": "PCIe card",
        "sxm": "SXM",
        "oam": "OAM",
        "soc": "part of a chip",
        "mobile": "laptop",
        "superchip": "superchip",
    },
    "kind": {"weights": "weights", "kv": "KV cache", "internal": "inside other formats"},
    "system_class": {
        "mini-pc": "mini PC",
        "gpu-server": "GPU server",
        "rack-server": "rack server",
        "soc-board": "board",
    },
    "family": {
        **QUANT_HEADINGS,
        "kv-cache": "KV cache",
        "integer": "integers",
    },
    "placements": LABELS,
    "status": {"used": "sold used", "used-market": "sold used"},
    "segment": {
        "mobile-soc": "laptop",
        "soc": "part of a chip",
        "apple": "Apple",
        "datacentre": "data centre",
    },
}
#: Fields whose values are plain words rather than names.
_WORDS_OF_OURS: Final = frozenset(_VALUES) - {"family", "backend"}
#: What a model of another make does not have: field -> (the fact that decides, its value).
_ONLY_OF: Final = {
    **dict.fromkeys(
        (
            "n_experts",
            "n_experts_per_token",
            "n_shared_experts",
            "moe_intermediate_size",
            "first_k_dense_layers",
        ),
        ("architecture", "moe"),
    ),
    "kv_lora_rank": ("attention", "mla"),
    "qk_rope_head_dim": ("attention", "mla"),
    "sliding_window": ("attention", "sliding"),
    "n_linear_layers": ("attention", "hybrid-linear"),
}
#: Fields that name other entries, and the kind of those.
REFERENCES: Final = {
    "cpu_slug": "cpus",
    "gpu_slug": "gpus",
    "engine_slugs": "engines",
    "kv_slugs": "quantizations",
}
#: Column styles: fixed decimals line up where whole figures would be too coarse.
_DECIMALS: Final = {
    "one-decimal": ("fp16_tflops_dense", "fp32_tflops", "channel_bandwidth_gbs", "params_total_b",
                    "params_active_b", "fp16_or_bf16_tflops_dense", "fp8_tflops_dense",
                    "bf16_tflops_dense", "fp4_tflops_dense", "int8_tops_dense",
                    "memory_overhead_gib"),
    "two-decimals": ("bits_per_weight", "body_bits", "head_bits", "non_expert_bits",
                     "price_per_gib_eur", "base_ghz", "boost_ghz", "all_core_ghz"),
    "three-decimals": ("perplexity_delta_llama3_8b",),
}  # fmt: skip
_COLUMN_STYLE: Final = {name: style for style, names in _DECIMALS.items() for name in names}
#: Ends of names whose columns read best without decimals.
_WHOLE: Final = ("_gbs", "_w", "mts", "_mts_max", "_eur", "_usd")


@dataclass(frozen=True, slots=True)
class Field:
    """One fact or figure of a kind."""

    name: str
    label: str
    unit: str
    numeric: bool
    hint: str

    @property
    def style(self) -> str:
        """How a column of it is written."""
        whole = "count" if self.name.endswith(_WHOLE) else "stated"
        return _COLUMN_STYLE.get(self.name, whole)


@cache
def field_of(kind: str, name: str, value_type: type | None = None) -> Field:
    """A field of a kind; ``value_type`` for a figure that is no fact."""
    info = KINDS[kind].facts.model_fields.get(name)
    hint = "" if info is None else info.description or ""
    if value_type is None and info is not None:
        value_type = _plain_type(info.annotation)
    numeric = value_type in (int, float, Decimal)
    return Field(name, _label(name), _unit(name) if numeric else "", numeric, hint)


@cache
def fact_fields(kind: str) -> tuple[Field, ...]:
    """Every fact of a kind that its page lists, in the order the catalogue has them."""
    names = KINDS[kind].facts.model_fields
    return tuple(field_of(kind, name) for name in names if name not in _TOLD_ELSEWHERE)


def value_words(name: str, value: Any) -> str:
    """A word of the catalogue as people say it."""
    if value is None or isinstance(value, bool):
        return YES_NO[value]
    text = str(value)
    if name in ("memory_type", "memory_types"):
        return memory_type_words(text) if "-" in text else text
    if name == "isa":
        return text.upper()
    return _VALUES.get(name, {}).get(text, text)


def capital_words(name: str, value: Any) -> str:
    """The same at the start of a line; makers, licences and formats keep their own spelling."""
    words = value_words(name, value)
    return capital(words) if name in _WORDS_OF_OURS else words


def cell(field: Field, value: Any, path: str = "") -> Markup:
    """A value in a column of a list: a quiet dash where it is unknown.

    ``path`` is its place in the REST answer to the same question.
    """
    if value is None or value == []:
        return Markup('<span class="none" title="unknown">–</span>')
    return _written(field, value, field.style, path, unit=False)


def applies(name: str, fact: Fact) -> bool:
    """Whether an entry could have a fact at all: a dense model has no experts to count."""
    deciding, wanted = _ONLY_OF.get(name, ("", ""))
    own = getattr(fact, deciding, None)
    return own is None or own == wanted


def fact_value(field: Field, fact: Fact) -> Markup:
    """A fact on its page: as its source states it, with its unit."""
    value = getattr(fact, field.name)
    if value is None or value == []:
        if not applies(field.name, fact):
            return Markup('<span class="u">does not apply</span>')
        return figure(None, "stated")
    if isinstance(value, list):
        words = ", ".join(value_words(field.name, item) for item in value)
        return Markup('<data value="{}" data-figure="{}">{}</data>').format(
            ",".join(map(str, value)), field.name, words
        )
    return _written(field, value, "stated", field.name, unit=True)


def _written(field: Field, value: Any, style: str, path: str, *, unit: bool) -> Markup:
    if not field.numeric:
        spelling = str(value).lower() if isinstance(value, bool) else str(value)
        where = Markup(' data-figure="{}"').format(path) if path else ""
        shown = value_words(field.name, value)
        return Markup('<data value="{}"{}>{}</data>').format(spelling, where, shown)
    found = figure(value, style, path=path)
    tail = Markup('<span class="u">\u202f{}</span>').format(field.unit) if field.unit else ""
    return found + tail if unit else found


def _label(name: str) -> str:
    if name in _LABELS:
        return _LABELS[name]
    for end, _ in _UNITS:
        name = name.removesuffix(end)
    return str(escape(name.replace("_", " ")))


def _unit(name: str) -> str:
    return next((unit for end, unit in _UNITS if name.endswith(end)), "")


def _plain_type(annotation: Any) -> Any:
    """The type of a fact that may be unknown."""
    options = [a for a in getattr(annotation, "__args__", (annotation,)) if a is not type(None)]
    return options[0] if len(options) == 1 else None

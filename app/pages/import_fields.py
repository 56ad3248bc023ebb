"""What the import pages ask and show: fields of the hardware forms, facts of a draft in words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from app.builds.importing import FIGURES
from app.builds.traits import memory_type_words
from app.builds.words import THIN, grouped, significant
from app.catalogue.importers.drafts import CpuDraft, Draft, GpuDraft, Kind, ModelDraft
from app.catalogue.snapshot import Catalogue
from app.estimator.numbers import GIB


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a hardware form."""

    key: str
    label: str
    unit: str = ""
    hint: str = ""
    placeholder: str = ""
    mode: str = "decimal"
    options: tuple[tuple[str, str], ...] = ()
    needed: bool = False


GPU_FIELDS: Final = (
    Field("name", "Name", hint="As you want to read it: RTX 4090 48GB.", mode="text", needed=True),
    Field("vendor", "Vendor", hint="Decides which engines run on it.", mode="text", needed=True),
    Field(
        "architecture",
        "Architecture",
        hint="Decides whose measured runs count: Ada Lovelace, RDNA 3.",
        mode="text",
    ),
    Field("memory_gib", "Memory", "GiB", "What its maker calls GB."),
    Field("memory_type", "Type of memory", hint="GDDR6X, HBM3, LPDDR5X.", mode="text"),
    Field("bandwidth_gbs", "Memory bandwidth", "GB/s"),
    Field("fp32_tflops", "FP32 rate", "TFLOPS"),
    Field("fp16_tflops_dense", "FP16 rate, dense", "TFLOPS"),
    Field("int8_tops_dense", "INT8 rate, dense", "TOPS", "Not the sparse one, which is twice it."),
    Field("tdp_w", "Power", "W"),
    Field("fp8_tflops_dense", "FP8 rate, dense", "TFLOPS"),
    Field("pcie_gen", "PCIe generation"),
    Field("pcie_lanes", "PCIe lanes", mode="numeric"),
    Field("nvlink_gbs", "NVLink", "GB/s", "Both directions together, as vendors quote it."),
    Field("slot_width", "Slots it covers"),
    Field(
        "segment",
        "Made for",
        options=(
            ("consumer", "Desktops"),
            ("workstation", "Workstations"),
            ("datacentre", "Data centres"),
        ),
    ),
)
CPU_FIELDS: Final = (
    Field("name", "Name", hint="As you want to read it: EPYC 9555P.", mode="text", needed=True),
    Field("vendor", "Vendor", mode="text", needed=True),
    Field("cores", "Cores", mode="numeric"),
    Field("all_core_ghz", "Clock of all cores", "GHz"),
    Field("base_ghz", "Base clock", "GHz"),
    Field(
        "isa",
        "Vector instructions",
        options=(
            ("avx-512", "AVX-512"),
            ("amx", "AVX-512 and AMX"),
            ("avx2", "AVX2"),
            ("neon", "NEON"),
            ("sve2", "SVE2"),
        ),
    ),
    Field("memory_channels", "Memory channels", "of one socket", mode="numeric"),
    Field("memory_mts_max", "Memory speed", "MT/s"),
    Field("memory_types", "Modules it takes", options=()),
    Field("sockets_max", "Sockets", hint="How many of it one board can have.", mode="numeric"),
    Field("ccds", "Core chiplets", hint="AMD: each has its own link to memory.", mode="numeric"),
    Field("ccd_read_bytes_per_clk", "Chiplet link", "bytes per clock"),
    Field("fclk_ghz", "Fabric clock", "GHz"),
    Field("pcie_gen", "PCIe generation"),
    Field("pcie_lanes", "PCIe lanes", mode="numeric"),
    Field("tdp_w", "Power", "W"),
    Field(
        "segment",
        "Made for",
        options=(
            ("desktop", "Desktops"),
            ("workstation", "Workstations"),
            ("server", "Servers"),
        ),
    ),
)
HARDWARE: Final[Mapping[str, tuple[Field, ...]]] = {"gpu": GPU_FIELDS, "cpu": CPU_FIELDS}
#: Fields with numbers, and whether these are whole ones.
NUMBERS: Final[Mapping[str, bool]] = {
    **FIGURES,
    **{
        each.key: each.mode == "numeric"
        for fields in HARDWARE.values()
        for each in fields
        if each.mode != "text" and not each.options and each.key != "memory_types"
    },
}
#: The first field of each form that folds away with all after it.
MORE_FROM: Final = {"gpu": "fp8_tflops_dense", "cpu": "memory_types"}
#: A choice of vector instructions and what it includes.
INSTRUCTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "avx2": ("avx2",),
    "avx-512": ("avx2", "avx-512"),
    "amx": ("avx2", "avx-512", "amx"),
    "neon": ("neon",),
    "sve2": ("neon", "sve2"),
}
CLASSES: Final[Mapping[Kind, type[Draft]]] = {"gpu": GpuDraft, "cpu": CpuDraft, "model": ModelDraft}


def suggestions(catalogue: Catalogue) -> dict[str, list[str]]:
    """What the catalogue has in the free-text fields, offered while typing."""
    gpus, cpus = catalogue.gpus.values(), catalogue.cpus.values()
    return {
        "vendor": sorted({g.vendor for g in gpus} | {c.vendor for c in cpus}),
        "architecture": sorted({g.architecture for g in gpus if g.architecture}),
        "memory_type": sorted({g.memory_type for g in gpus if g.memory_type}),
    }


def module_types(catalogue: Catalogue) -> list[tuple[str, str]]:
    """Types of memory modules one can buy, with their words."""
    found = sorted({m.memory_type for m in catalogue.memory_modules.values()})
    return [(name, memory_type_words(name)) for name in found]


@dataclass(frozen=True, slots=True)
class Row:
    """One fact in words."""

    label: str
    value: str
    unit: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """A draft in words: what matters first, then everything else that is known."""

    first: list[Row]
    rest: list[Row] = field(default_factory=list)


def counted(value_b: float) -> tuple[str, str]:
    """Parameters as makers write them, to four digits: 8.03 B, 494 M."""
    return (f"{value_b:.4g}", "B") if value_b >= 1 else (f"{value_b * 1e3:.4g}", "M")


def binary(value: float) -> tuple[str, str]:
    """Bytes in the largest unit that keeps them above one."""
    for unit, size in (("GiB", GIB), ("MiB", 2.0**20), ("KiB", 1024.0)):
        if value >= size:
            return f"{value / size:.4g}", unit
    return grouped(value), "bytes"


def _bytes_in_full(value: float) -> tuple[str, str]:
    """Exact bytes, and the same in a handier unit."""
    handy, unit = binary(value)
    exact = f"{grouped(value)}{THIN}bytes"
    return (exact, "") if unit == "bytes" else (exact, f"= {handy}{THIN}{unit}")


_ATTENTION: Final = {
    "mha": "every head has its own keys (MHA)",
    "gqa": "heads share keys in groups (GQA)",
    "mqa": "all heads share keys (MQA)",
    "mla": "a latent in place of keys (MLA)",
    "sliding": "windows in some layers",
    "hybrid-linear": "recurrent layers beside attention",
}
_Words = Callable[[float], tuple[str, str]]


def _plain(unit: str = "") -> _Words:
    return lambda value: (grouped(value), unit)


def _exact(unit: str = "") -> _Words:
    return lambda value: (grouped(value) if value == int(value) else f"{value:.6g}", unit)


_FIRST: Final[Mapping[str, tuple[str, _Words]]] = {
    "params_total_b": ("Parameters", counted),
    "params_active_b": ("Active per token", counted),
    "kv_bytes_per_token_f16": ("KV cache per token, 16 bit", _bytes_in_full),
    "kv_fixed_bytes_per_seq": ("KV cache per sequence besides", _bytes_in_full),
    "weights_bytes": ("Size of the weights", _bytes_in_full),
    "bits_per_weight": ("Bits per weight", lambda v: (significant(v, 3), "")),
    "context_max_tokens": ("Longest context", _plain("tokens")),
}
_REST: Final[Mapping[str, tuple[str, _Words]]] = {
    "active_read_per_token_b": ("Weights read per token", counted),
    "n_layers": ("Layers", _plain()),
    "n_full_attention_layers": ("Layers with full attention", _plain()),
    "n_linear_layers": ("Recurrent layers", _plain()),
    "sliding_window": ("Attention window", _plain("tokens")),
    "hidden_size": ("Hidden size", _plain()),
    "n_heads": ("Attention heads", _plain()),
    "n_kv_heads": ("KV heads", _plain()),
    "head_dim": ("Size of a head", _plain()),
    "kv_lora_rank": ("Rank of the cached latent", _plain()),
    "intermediate_size": ("Width of the feed-forward network", _plain()),
    "n_experts": ("Experts", _plain()),
    "n_experts_per_token": ("Experts per token", _plain()),
    "n_shared_experts": ("Shared experts", _plain()),
    "moe_intermediate_size": ("Width of an expert", _plain()),
    "first_k_dense_layers": ("First dense layers", _plain()),
    "vocab_size": ("Vocabulary", _plain("tokens")),
}


def facts_of(draft: Draft) -> Facts:
    """A draft in words."""
    if isinstance(draft, ModelDraft):
        return _model_facts(draft)
    kind = "gpu" if isinstance(draft, GpuDraft) else "cpu"
    rows = []
    for each in HARDWARE[kind]:
        value = getattr(draft, each.key)
        if each.key == "name" or value in (None, ()):
            continue
        options = dict(each.options)
        if isinstance(value, tuple):
            words = ", ".join(value)
        elif isinstance(value, float | int):
            words, _ = _exact()(value)
        else:
            words = options.get(value, value)
        rows.append(Row(each.label, words, each.unit, draft.sources.get(each.key, draft.source)))
    return Facts(rows)


def _model_facts(draft: ModelDraft) -> Facts:
    first = [r for key in _FIRST if (r := _row(draft, key, _FIRST[key])) is not None]
    rest = [r for key in _REST if (r := _row(draft, key, _REST[key])) is not None]
    if draft.architecture:
        words = {"dense": "dense", "moe": "mixture of experts"}[draft.architecture]
        rest.insert(0, Row("Kind", words, source=draft.source))
    if draft.attention:
        rest.insert(1, Row("Attention", _ATTENTION[draft.attention], source=draft.source))
    if draft.tied_embeddings is not None:
        words = "one table" if draft.tied_embeddings else "two tables"
        rest.append(Row("Embedding and head", words, source=draft.source))
    return Facts(first, rest)


def _row(draft: ModelDraft, key: str, how: tuple[str, _Words]) -> Row | None:
    value = getattr(draft, key)
    if value is None or (key in ("n_linear_layers", "first_k_dense_layers") and not value):
        return None
    words, unit = how[1](float(value))
    return Row(how[0], words, unit, draft.sources.get(key, draft.source))


def mix_of(draft: ModelDraft) -> list[tuple[str, str, str]]:
    """The types of a file's tensors: name, size, share of the bytes."""
    whole = sum(draft.tensor_types.values())
    if not whole:
        return []
    return [
        (name, f"{binary(size)[0]}{THIN}{binary(size)[1]}", f"{100 * size / whole:.1f}{THIN}%")
        for name, size in draft.tensor_types.items()
    ]

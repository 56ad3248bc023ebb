"""What can be chosen in each field, in the order people look for it, and why some of it cannot.

An impossible option stays in its list, dimmed, with the reason: a reader should never wonder where
the thing they wanted went. Only what the catalogue knows to be impossible is closed; where it knows
nothing, everything stays open.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from app.builds.answers.placements import LABELS
from app.builds.costs import electricity
from app.builds.engines import reads
from app.builds.spec import PLACEMENTS
from app.builds.traits import memory_type_words
from app.builds.words import significant
from app.catalogue.facts import (
    CpuFacts,
    EngineFacts,
    Fact,
    GpuFacts,
    InterconnectFacts,
    ModelFacts,
    QuantizationFacts,
    SystemFacts,
    UseCaseFacts,
)
from app.catalogue.snapshot import Catalogue

#: Memory channels of a desktop's or laptop's CPU.
FEW_CHANNELS: Final = 2

SYSTEM_CLASSES = {
    "mini-pc": "Mini PCs",
    "desktop": "Desktops",
    "workstation": "Workstations",
    "laptop": "Laptops",
    "soc-board": "Boards",
    "gpu-server": "GPU servers",
    "rack-server": "Rack servers",
    "cluster": "Clusters",
}
USE_CASE_HEADINGS = {
    "source-document": "Common work",
    "localscore": "LocalScore tests",
    "mlperf": "MLPerf",
    "tensorrt-llm": "TensorRT-LLM",
    "trace": "Recorded traffic",
    "agentic": "Agents",
    "vendor-profile": "Published profiles",
    "benchmark": "Benchmarks",
}
QUANT_HEADINGS = {
    "k-quant": "GGUF K-quants",
    "gguf-legacy": "GGUF, older",
    "i-quant": "GGUF I-quants",
    "i-quant-ik": "GGUF I-quants of ik_llama.cpp",
    "ternary": "Ternary",
    "fp16": "16 bit",
    "fp32": "32 bit",
    "fp8": "FP8",
    "int8": "INT8",
    "gptq-awq": "GPTQ and AWQ",
    "mx": "MX formats",
    "nv": "NVFP4",
    "nf4": "NF4",
    "mlx-affine": "MLX",
    "exl": "EXL",
}
#: Families people reach for first; the others follow in alphabetical order.
QUANT_ORDER = (
    "k-quant",
    "gguf-legacy",
    "fp16",
    "fp8",
    "gptq-awq",
    "i-quant",
    "mx",
    "nv",
    "mlx-affine",
)
SOC_SEGMENTS = frozenset({"apple", "soc"})
#: Families of links that join machines: those whose hand-over is known.
NODE_LINKS = frozenset({"Ethernet", "InfiniBand", "Thunderbolt"})
#: How far a name's size may lie from the parameters counted, as names are rounded.
SIZE_MARGIN = 0.1
_SIZE_IN_NAME = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)([MBT])\b")
_ACTIVE_IN_NAME = re.compile(r"-A\d+(?:\.\d+)?B\b")
_BILLIONS = {"M": 1e-3, "B": 1.0, "T": 1e3}


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Group:
    """Options under one heading of a list."""

    label: str
    options: list[Option] = field(default_factory=list)


FactT = TypeVar("FactT", bound=Fact)


def _grouped(
    facts: Iterable[FactT],
    heading: Callable[[FactT], str],
    label: Callable[[FactT], str],
    order: Callable[[FactT], Any],
) -> list[Group]:
    """Facts under headings, each list in ``order``, headings in order of their first member."""
    groups: dict[str, list[Option]] = {}
    for fact in sorted(facts, key=order):
        groups.setdefault(heading(fact), []).append(Option(fact.slug, label(fact)))
    return [Group(name, options) for name, options in groups.items()]


def _newest(launched: str | None) -> tuple[int, ...]:
    """Sort key that puts the latest date first and the undated last."""
    return tuple(-ord(c) for c in launched) if launched else (0,)


def systems(catalogue: Catalogue) -> list[Group]:
    classes = list(SYSTEM_CLASSES)

    def order(s: SystemFacts) -> tuple[Any, ...]:
        known = s.system_class in SYSTEM_CLASSES
        return (classes.index(s.system_class or "") if known else 99, s.vendor, s.name)

    return _grouped(
        catalogue.systems.values(),
        lambda s: SYSTEM_CLASSES.get(s.system_class or "", "Other"),
        lambda s: s.name if s.name.startswith(s.vendor) else f"{s.vendor} {s.name}",
        order,
    )


def cpus(catalogue: Catalogue) -> list[Group]:
    """CPUs a machine of one's own can have: not those that only a cloud rents out."""
    found = [cpu for cpu in catalogue.cpus.values() if cpu.status != "cloud-only"]
    newest: dict[str, tuple[int, ...]] = {}
    for cpu in found:
        name = _cpu_family(cpu)
        newest[name] = min(newest.get(name, (1,)), _newest(cpu.launch_date))

    def label(cpu: CpuFacts) -> str:
        # with two channels the memory decides, however many cores there are
        few = (cpu.memory_channels or 0) <= FEW_CHANNELS
        return cpu.name if few or not cpu.cores else f"{cpu.name} · {cpu.cores} cores"

    return _grouped(
        found,
        _cpu_family,
        label,
        lambda c: (newest[_cpu_family(c)], _cpu_family(c), -(c.cores or 0), c.name),
    )


def _cpu_family(cpu: CpuFacts) -> str:
    family = cpu.family or "other"
    return family if family.startswith(cpu.vendor) else f"{cpu.vendor} {family}"


def gpus(catalogue: Catalogue) -> list[Group]:
    """Cards only: graphics built into a chip or a laptop come with their complete system."""
    vendors = {"NVIDIA": 0, "AMD": 1, "Intel": 2}
    segments = {"consumer": 0, "workstation": 1, "datacentre": 2}
    return _grouped(
        (
            g
            for g in catalogue.gpus.values()
            if g.segment not in SOC_SEGMENTS and g.form_factor != "mobile"
        ),
        lambda g: f"{g.vendor} {g.segment or 'other'}",
        lambda g: f"{g.name} · {g.memory_gib:g} GiB" if g.memory_gib else g.name,
        lambda g: (
            vendors.get(g.vendor, 9),
            g.vendor,
            segments.get(g.segment or "", 9),
            _newest(g.launch_date),
            g.name,
        ),
    )


def modules(catalogue: Catalogue) -> list[Group]:
    return _grouped(
        catalogue.memory_modules.values(),
        lambda m: memory_type_words(m.memory_type),
        lambda m: m.name,
        lambda m: (
            _generation(m.memory_type),
            m.memory_type,
            -(m.mts or 0),
            m.size_gib or 0,
            m.name,
        ),
    )


def _generation(memory_type: str) -> int:
    return next((i for i, g in enumerate(("ddr5", "ddr4")) if memory_type.startswith(g)), 9)


def models(catalogue: Catalogue) -> list[Group]:
    def label(m: ModelFacts) -> str:
        if not m.params_total_b or _says_size(m):
            return m.name
        size = f"{significant(m.params_total_b, 3)} B"
        if m.architecture == "moe" and m.params_active_b:
            size += f", {significant(m.params_active_b)} B active"
        return f"{m.name} · {size}"

    return _grouped(
        catalogue.models.values(),
        lambda m: m.vendor or "Other",
        label,
        lambda m: ((m.vendor or "~").lower(), _newest(m.release_date), m.name),
    )


def _says_size(model: ModelFacts) -> bool:
    """Whether a name such as "Qwen3 30B-A3B" holds about the size: said twice it only tires."""
    total, active = model.params_total_b or 0.0, model.params_active_b
    stated = [float(number) * _BILLIONS[unit] for number, unit in _SIZE_IN_NAME.findall(model.name)]
    says_active = _ACTIVE_IN_NAME.search(model.name) is not None
    return any(abs(size / total - 1) <= SIZE_MARGIN for size in stated) and (
        says_active or model.architecture != "moe" or active is None
    )


def quantizations(catalogue: Catalogue) -> list[Group]:
    def order(q: QuantizationFacts) -> tuple[Any, ...]:
        known = q.family in QUANT_ORDER
        return (
            QUANT_ORDER.index(q.family) if known else 99,
            q.family,
            -(q.bits_per_weight or 0),
            q.name,
        )

    return _grouped(
        (q for q in catalogue.quantizations.values() if q.kind == "weights"),
        lambda q: QUANT_HEADINGS.get(q.family, q.family),
        lambda q: f"{q.name} · {q.bits_per_weight:.3g} bit" if q.bits_per_weight else q.name,
        order,
    )


def kv_formats(catalogue: Catalogue) -> list[Group]:
    found = [q for q in catalogue.quantizations.values() if q.kind == "kv"]
    found.sort(key=lambda q: -(q.bits_per_weight or 0))
    formats = [Option(q.slug.removeprefix("kv-"), q.name.removeprefix("KV ")) for q in found]
    return [Group("", formats)]


def tariffs(catalogue: Catalogue) -> list[Group]:
    """Electricity prices, each with its day; households first."""
    found = electricity.tariffs(catalogue).items()
    options = [
        Option(slug, f"{electricity.tariff_name(p)}, {p.amount} {p.currency} ({p.observed_on})")
        for slug, p in sorted(found, key=lambda pair: not pair[0].endswith("-household"))
    ]
    return [Group("", options)]


def engines(catalogue: Catalogue) -> list[Group]:
    return _grouped(
        catalogue.engines.values(),
        lambda e: e.family,
        lambda e: e.name,
        lambda e: (e.family, e.backend, e.name),
    )


def use_cases(catalogue: Catalogue) -> list[Group]:
    """The document's four first; its class limits are rules, not something to ask for."""

    def label(u: UseCaseFacts) -> str:
        name = (
            f"{u.name} · {u.description}" if u.slug.startswith("uc") and u.description else u.name
        )
        if u.prompt_tokens is None or u.generated_tokens is None:
            return name
        return f"{name} · {u.prompt_tokens} → {u.generated_tokens}"

    def order(u: UseCaseFacts) -> tuple[Any, ...]:
        return (u.category != "source-document", u.category, u.slug)

    return _grouped(
        (u for u in catalogue.use_cases.values() if u.category != "source-document-limit"),
        lambda u: USE_CASE_HEADINGS.get(u.category, u.category.capitalize()),
        label,
        order,
    )


def links(catalogue: Catalogue) -> list[Group]:
    """What machines can be linked by; PCIe, NVLink and their like stay within one."""

    def order(i: InterconnectFacts) -> tuple[Any, ...]:
        return (i.family, -(i.gbs_per_direction or 0), i.name)

    found = (i for i in catalogue.interconnects.values() if i.family in NODE_LINKS)
    return _grouped(found, lambda i: i.family, lambda i: i.name, order)


def placements() -> list[Group]:
    """Said as the sentences about them say it."""
    words = {"auto": "best that fits", **LABELS}
    return [Group("", [Option(p, words[p][:1].upper() + words[p][1:]) for p in PLACEMENTS])]


@dataclass(frozen=True, slots=True)
class Chosen:
    """The parts chosen so far, as far as the catalogue knows them."""

    cpu: CpuFacts | None = None
    gpus: tuple[GpuFacts, ...] = ()
    engine: EngineFacts | None = None


def closed_options(
    catalogue: Catalogue, chosen: Chosen, impossible: Mapping[str, str]
) -> dict[str, dict[str, str]]:
    """By field, the values that cannot work with what is chosen, each with its reason.

    ``impossible``: placements the assessment rules out, with its sentences.
    """
    return {
        "module": _closed_modules(catalogue, chosen.cpu),
        "engine": _closed_engines(catalogue, chosen.gpus),
        "quant": _closed_quantizations(catalogue, chosen.engine),
        "kv": _closed_kv(catalogue, chosen.engine),
        "placement": {name: reason.rstrip(".") for name, reason in impossible.items()},
    }


def _closed_modules(catalogue: Catalogue, cpu: CpuFacts | None) -> dict[str, str]:
    if cpu is None or not cpu.memory_types:
        return {}
    takes = " or ".join(memory_type_words(t) for t in cpu.memory_types)
    reason = f"{cpu.name} takes {takes}"
    return {
        m.slug: reason
        for m in catalogue.memory_modules.values()
        if m.memory_type not in cpu.memory_types
    }


def _closed_engines(catalogue: Catalogue, cards: tuple[GpuFacts, ...]) -> dict[str, str]:
    vendors = sorted({card.vendor for card in cards})
    closed = {}
    for engine in catalogue.engines.values():
        if not engine.gpu_vendors:
            continue
        missing = [vendor for vendor in vendors if vendor not in engine.gpu_vendors]
        if missing:
            closed[engine.slug] = f"does not drive {' or '.join(missing)} cards"
    return closed


def _closed_quantizations(catalogue: Catalogue, engine: EngineFacts | None) -> dict[str, str]:
    if engine is None:
        return {}
    return {
        q.slug: f"{engine.name} does not load it"
        for q in catalogue.quantizations.values()
        if q.kind == "weights" and q.engine_slugs and not reads(engine, q)
    }


def _closed_kv(catalogue: Catalogue, engine: EngineFacts | None) -> dict[str, str]:
    if engine is None or not engine.kv_slugs:
        return {}
    return {
        q.slug.removeprefix("kv-"): f"{engine.name} does not offer it"
        for q in catalogue.quantizations.values()
        if q.kind == "kv" and q.slug not in engine.kv_slugs
    }

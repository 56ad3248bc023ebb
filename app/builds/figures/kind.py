"""The categories of a run that the calibration looks its costs up by."""

import re
from dataclasses import replace

from app.builds.ledger import Ledger
from app.builds.parts import GpuGroup, Parts
from app.builds.spec import BuildSpec
from app.catalogue.facts import CpuFacts, EngineFacts, GpuFacts
from app.estimator.calibration import Calibration
from app.estimator.effects import Kind
from app.estimator.families import device_family, memory_kind

#: Engines that use flash attention unasked only since the judged date.
_ASKED_FOR_FLASH = frozenset({"llama.cpp", "ollama", "llamafile"})
_ISA = (
    ("amx", frozenset({"amx"})),
    ("avx-512", frozenset({"avx-512", "avx512"})),
    ("avx2", frozenset({"avx2"})),
    ("sve", frozenset({"sve", "sve2"})),
    ("neon", frozenset({"neon"})),
)
_EARLIEST_YEAR = 2023.5


def base_kind(
    spec: BuildSpec,
    parts: Parts,
    engine: EngineFacts | None,
    calibration: Calibration,
    ledger: Ledger,
) -> Kind:
    """What is the same for every device of a build: engine, model, format, age of the engine."""
    year = engine_year(spec.deployment.engine_date, calibration.current_year)
    if spec.deployment.engine_date is not None:
        ledger.word(
            "deployment.engine_date",
            "age of the engine's build",
            spec.deployment.engine_date,
            "user",
            None,
        )
    family = engine.family if engine else ""
    flash = spec.deployment.flash_attention
    if flash is None:
        since = calibration.judged.flash_attention_since
        flash = family not in _ASKED_FOR_FLASH or year >= since
    return Kind(
        engine=engine.slug if engine else "",
        engine_family=family,
        backend=engine.backend if engine else "",
        weight_format=weight_format_key(parts),
        attention=parts.model.attention or "",
        is_moe=parts.model.architecture == "moe",
        is_linear=parts.model.attention == "hybrid-linear",
        year=year,
        flash_attention=flash,
    )


def gpu_kind(base: Kind, group: GpuGroup, parts: Parts) -> Kind | None:
    """The kind on one group of cards; ``None`` where architecture or memory are unknown."""
    facts = group.gpu
    memory = memory_kind(facts.memory_type, facts.unified_memory)
    family = device_family(
        facts.vendor, facts.architecture, facts.name, memory, facts.unified_memory
    )
    if memory is None or family is None:
        return None
    return replace(
        base,
        vendor=facts.vendor.lower(),
        family=family,
        product=facts.slug,
        memory_kind=memory,
        cards=max(1, parts.gpu_count * parts.nodes),
        narrow_host=_is_single_board(parts.cpu),
        through_host=_passed_on(facts),
    )


def cpu_kind(base: Kind, facts: CpuFacts, sockets: int, bandwidth_gbs: float) -> Kind:
    """The kind on a CPU."""
    names = set(facts.isa)
    return replace(
        base,
        cpu_vendor=facts.vendor.lower(),
        cpu_segment=facts.segment,
        cpu_product=facts.slug,
        isa=next((name for name, any_of in _ISA if names & any_of), None),
        sockets=sockets,
        cpu_bandwidth_gbs=bandwidth_gbs,
    )


def engine_year(stated: str | None, current_year: float) -> float:
    """A date as precise as it was given, as a year with its fraction; today's without one.

    Kept within the years that measured runs cover: a slope says nothing beyond them.
    """
    if stated is None:
        return current_year
    parts = [int(x) for x in re.findall(r"\d+", stated)]
    year = parts[0] + ((parts[1] - 0.5) / 12 if len(parts) > 1 else 0.5)
    return min(max(year, _EARLIEST_YEAR), current_year)


def weight_format_key(parts: Parts) -> str:
    """The name the calibration knows a weight format by: its family, finer where that matters."""
    slug, family = parts.quantization.slug, parts.quantization.family
    if slug == "q8_0":
        return slug
    if family == "i-quant-ik":
        return "ik-trellis" if slug.endswith("kt") else "i-quant"
    return family


def _is_single_board(cpu: CpuFacts | None) -> bool:
    """Few slow cores behind a narrow link hold a card up: boards such as a Raspberry Pi."""
    return cpu is not None and cpu.vendor == "Broadcom"


def _passed_on(facts: GpuFacts) -> bool:
    """Whether data goes through the host's memory: no GeForce may read another card's."""
    return facts.vendor == "NVIDIA" and facts.segment == "consumer"

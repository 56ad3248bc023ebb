"""What kind of machine a build is: questions that checks, power and costs answer alike."""

from collections import Counter

from app.builds.parts import Parts
from app.catalogue.facts import SystemFacts

_SELF_BUILD = "self-build"
_SOLDERED = "soldered"


def is_self_build(system: SystemFacts | None) -> bool:
    """True for a machine put together from parts, whether or not the catalogue has a recipe."""
    return system is None or system.vendor == _SELF_BUILD


def is_as_sold(parts: Parts) -> bool:
    """True where CPU, sockets, memory and GPUs are the system's own, all of them."""
    system = parts.system
    if system is None or parts.module is not None:
        return False
    same_cpu = parts.cpu is None or parts.cpu.slug == system.cpu_slug
    same_sockets = system.sockets is None or parts.sockets == system.sockets
    return same_cpu and same_sockets and _has_its_gpus(parts, system)


def adds_no_gpu(parts: Parts) -> bool:
    """True where every GPU is one the system is sold with, however its maker fitted it in."""
    system = parts.system
    if system is None:
        return False
    return all(
        slug == system.gpu_slug and count <= system.gpu_count
        for slug, count in _gpu_counts(parts).items()
    )


def has_soldered_memory(parts: Parts) -> bool:
    """True where all memory is soldered beside the CPU, so that no module can be added."""
    cpu, platform = parts.cpu, parts.platform
    if cpu is not None and cpu.memory_types:
        return all(is_soldered_type(kind) for kind in cpu.memory_types)
    return platform is not None and (
        platform.dimm_slots_per_channel == 0 or platform.socket == _SOLDERED
    )


def is_soldered_type(memory_type: str) -> bool:
    """True for memory that is no module: ``lpddr5x-soldered``."""
    return memory_type.endswith(_SOLDERED)


def memory_type_words(memory_type: str) -> str:
    """``ddr5-rdimm`` -> ``DDR5 RDIMM``, ``lpddr5x-soldered`` -> ``LPDDR5X soldered``."""
    return memory_type.replace("-", " ").upper().replace(_SOLDERED.upper(), _SOLDERED)


def _has_its_gpus(parts: Parts, system: SystemFacts) -> bool:
    if parts.gpus_from_system or not parts.gpus:
        return True
    return _gpu_counts(parts) == {system.gpu_slug: system.gpu_count}


def _gpu_counts(parts: Parts) -> Counter[str]:
    """Cards of each kind, however many lines they are named on."""
    counts: Counter[str] = Counter()
    for group in parts.gpus:
        counts[group.gpu.slug] += group.count
    return counts

"""Boards a memory module goes into, with one of it in every channel."""

from dataclasses import dataclass

from app.builds.words import number
from app.catalogue.facts import MemoryModuleFacts, PlatformFacts
from app.catalogue.snapshot import Catalogue
from app.estimator.cpu_bandwidth import dram_bandwidth_gbs
from app.estimator.numbers import or_unknown


@dataclass(frozen=True, slots=True)
class Board:
    """A platform with every channel filled. The CPU plugged in may allow less speed."""

    platform: PlatformFacts
    modules: int
    memory_gib: float | None
    mts: float | None
    bandwidth_gbs: float | None
    """All sockets together."""


def boards_for(module: MemoryModuleFacts, catalogue: Catalogue) -> list[Board]:
    """Platforms that take the module's type, the widest first; those of unknown width are left."""
    found = []
    for platform in catalogue.platforms.values():
        if module.memory_type not in platform.memory_types or platform.memory_channels is None:
            continue
        count = platform.memory_channels * platform.sockets
        limits = [mts for mts in (module.mts, platform.mts_max_1dpc) if mts is not None]
        mts = min(limits) if limits else None
        gbs = dram_bandwidth_gbs(platform.memory_channels, or_unknown(mts)) * platform.sockets
        size = None if module.size_gib is None else module.size_gib * count
        found.append(Board(platform, count, size, mts, number(gbs)))
    return sorted(found, key=lambda b: (-(b.bandwidth_gbs or 0), b.platform.slug))

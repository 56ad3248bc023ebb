"""Which memory channels are really filled, and how fast the modules in them really run.

A CPU has so many channels, but a channel without a module gives no bandwidth; a module may be
rated faster than the CPU or the board runs it; and a second module on a channel usually costs
speed. The bandwidth of CPU inference follows from these three facts.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from app.builds.parts import Parts
from app.builds.spec import OverrideKey
from app.catalogue.facts import MemoryModuleFacts, SystemFacts

#: A BuildSpec's own figures, whether still typed by key or already plain.
Overrides = Mapping[str, float] | Mapping[OverrideKey, float]


@dataclass(frozen=True, slots=True)
class MemoryPopulation:
    """Main memory of ONE node as it is really plugged in. ``None`` is unknown.

    Attributes:
        channels_populated_per_socket: 64-bit channels with at least one module, of one socket.
        mts: million transfers a second the modules run at, after every known limit.
        size_gib_total: GiB of the node, all sockets together.
    """

    channels_populated_per_socket: int | None
    mts: float | None
    size_gib_total: float | None


def effective_memory(parts: Parts, overrides: Overrides) -> MemoryPopulation:
    """The memory of one node: from the named modules, else from the complete system.

    ``overrides`` are the BuildSpec's: ``memory.size_gib`` (GiB of one node), ``memory.mts`` and
    ``memory.channels`` (populated channels of one socket) win over everything found here.
    """
    if parts.module is not None and parts.module_count > 0:
        found = _from_modules(parts, parts.module)
    elif parts.system is not None:
        found = _from_system(parts, parts.system)
    else:
        found = MemoryPopulation(None, None, None)
    channels = overrides.get("memory.channels")
    return MemoryPopulation(
        channels_populated_per_socket=(
            found.channels_populated_per_socket if channels is None else max(1, round(channels))
        ),
        mts=overrides.get("memory.mts", found.mts),
        size_gib_total=overrides.get("memory.size_gib", found.size_gib_total),
    )


def channels_of(parts: Parts) -> int | None:
    """Memory channels of one socket: the CPU's own, else what its platform offers."""
    if parts.cpu is not None and parts.cpu.memory_channels is not None:
        return parts.cpu.memory_channels
    return parts.platform.memory_channels if parts.platform is not None else None


def dimms_per_channel(modules: int, sockets: int, channels: int) -> int:
    """Modules on the fullest channel when ``modules`` are spread as evenly as they go."""
    return math.ceil(modules / (sockets * channels))


def speed_limits(parts: Parts, per_channel: int) -> tuple[float | None, float | None]:
    """MT/s that the CPU, and its boards with so many modules a channel, run; None if not stated."""
    cpu, platform = parts.cpu, parts.platform
    board = None
    if platform is not None:
        board = platform.mts_max_1dpc if per_channel <= 1 else platform.mts_max_2dpc
    return None if cpu is None else cpu.memory_mts_max, board


def _from_modules(parts: Parts, module: MemoryModuleFacts) -> MemoryPopulation:
    size = None if module.size_gib is None else module.size_gib * parts.module_count
    channels = channels_of(parts)
    if channels is None:
        return MemoryPopulation(None, module.mts, size)
    per_socket = parts.module_count // parts.sockets  # the emptier socket sets the pace
    fullest = dimms_per_channel(parts.module_count, parts.sockets, channels)
    mts = _slowest(module.mts, *speed_limits(parts, fullest))
    return MemoryPopulation(min(channels, per_socket), mts, size)


def _slowest(rated_mts: float | None, *limits: float | None) -> float | None:
    """The rated speed under every limit somebody states."""
    if rated_mts is None:
        return None
    return min([rated_mts, *(limit for limit in limits if limit is not None)])


def _from_system(parts: Parts, system: SystemFacts) -> MemoryPopulation:
    channels = None
    if system.memory_channels is not None:
        channels = max(1, system.memory_channels // (system.sockets or parts.sockets))
    mts = system.memory_mts
    cpu = parts.cpu
    if cpu is not None and cpu.slug != system.cpu_slug:
        # another CPU in the same machine may read less of its memory
        if channels is not None and cpu.memory_channels is not None:
            channels = min(channels, cpu.memory_channels)
        mts = _slowest(mts, cpu.memory_mts_max)
    return MemoryPopulation(channels, mts, system.memory_gib)

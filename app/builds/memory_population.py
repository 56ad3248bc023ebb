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
from app.builds.words import grouped

#: A BuildSpec's own figures, whether still typed by key or already plain.
Overrides = Mapping[str, float] | Mapping[OverrideKey, float]


@dataclass(frozen=True, slots=True)
class MemoryPopulation:
    """Main memory of ONE node as it is really plugged in. ``None`` is unknown; ``notes`` say why.

    Attributes:
        channels_populated_per_socket: 64-bit channels with at least one module, of one socket.
        mts: million transfers a second the modules run at, after every known limit.
        dimms_per_channel: modules on the fullest channel.
        size_gib_total: GiB of the node, all sockets together.
        notes: what was limited, and which limit nobody states.
    """

    channels_populated_per_socket: int | None
    mts: float | None
    dimms_per_channel: int | None
    size_gib_total: float | None
    notes: tuple[str, ...] = ()


def effective_memory(parts: Parts, overrides: Overrides) -> MemoryPopulation:
    """The memory of one node: from the named modules, else from the complete system.

    ``overrides`` are the BuildSpec's: ``memory.size_gib`` (GiB of one node), ``memory.mts`` and
    ``memory.channels`` (populated channels of one socket) win over everything found here.
    """
    if parts.module is not None and parts.module_count > 0:
        found = _from_modules(parts)
    elif parts.system is not None:
        found = _from_system(parts)
    else:
        found = MemoryPopulation(None, None, None, None, ("No memory is named.",))
    channels = overrides.get("memory.channels")
    return MemoryPopulation(
        channels_populated_per_socket=(
            found.channels_populated_per_socket if channels is None else max(1, round(channels))
        ),
        mts=overrides.get("memory.mts", found.mts),
        dimms_per_channel=found.dimms_per_channel,
        size_gib_total=overrides.get("memory.size_gib", found.size_gib_total),
        notes=found.notes,
    )


def channels_of(parts: Parts) -> int | None:
    """Memory channels of one socket: the CPU's own, else what its platform offers."""
    if parts.cpu is not None and parts.cpu.memory_channels is not None:
        return parts.cpu.memory_channels
    return parts.platform.memory_channels if parts.platform is not None else None


def dimms_per_channel(modules: int, sockets: int, channels: int) -> int:
    """Modules on the fullest channel when ``modules`` are spread as evenly as they go."""
    return math.ceil(modules / (sockets * channels))


def speed_limits(parts: Parts, per_channel: int) -> list[tuple[str, float | None]]:
    """What caps the speed of the named modules: (in words, MT/s or None where nobody states it)."""
    cpu, platform = parts.cpu, parts.platform
    board = None
    if platform is not None:
        board = platform.mts_max_1dpc if per_channel <= 1 else platform.mts_max_2dpc
    ordinal = "one module" if per_channel <= 1 else f"{_count(per_channel)} modules"
    return [
        (
            cpu.name if cpu is not None else "the CPU",
            cpu.memory_mts_max if cpu is not None else None,
        ),
        (
            f"{platform.name if platform is not None else 'the'} boards with {ordinal} a channel",
            board,
        ),
    ]


def _from_modules(parts: Parts) -> MemoryPopulation:
    module = parts.module
    assert module is not None  # noqa: S101 - the caller looked
    notes: list[str] = []
    per_socket = parts.module_count // parts.sockets
    if parts.module_count % parts.sockets:
        notes.append(
            f"{parts.module_count} modules do not divide over {parts.sockets} sockets: "
            f"the emptier socket, with {per_socket}, sets the pace."
        )
    size = None if module.size_gib is None else module.size_gib * parts.module_count
    channels = channels_of(parts)
    if channels is None:
        notes.append("Nobody states how many memory channels this CPU has.")
        return MemoryPopulation(None, module.mts, None, size, tuple(notes))
    populated = min(channels, per_socket)
    fullest = dimms_per_channel(parts.module_count, parts.sockets, channels)
    if populated < channels:
        notes.append(f"{populated} of {channels} memory channels a socket are filled.")
    mts, speed_notes = _speed(parts, module.mts, fullest)
    return MemoryPopulation(populated, mts, fullest, size, tuple(notes + speed_notes))


def _speed(parts: Parts, rated_mts: float | None, fullest: int) -> tuple[float | None, list[str]]:
    """The slowest of the module and every known limit, and what was limited or not known."""
    if rated_mts is None:
        return None, ["Nobody states how fast this module is."]
    notes = []
    mts = rated_mts
    for who, limit in speed_limits(parts, fullest):
        if limit is None:
            notes.append(f"Nobody states the fastest memory of {who}: no limit is applied for it.")
        elif limit < rated_mts:
            notes.append(
                f"Modules rated {grouped(rated_mts)} MT/s: {who} run at {grouped(limit)} MT/s "
                "at most."
            )
            mts = min(mts, limit)
    return mts, notes


def _from_system(parts: Parts) -> MemoryPopulation:
    system = parts.system
    assert system is not None  # noqa: S101 - the caller looked
    notes: list[str] = []
    channels = None
    if system.memory_channels is None:
        notes.append(f"Nobody states how many memory channels of {system.name} are filled.")
    else:
        channels = max(1, system.memory_channels // (system.sockets or parts.sockets))
    if system.memory_mts is None:
        notes.append(f"Nobody states how fast the memory of {system.name} runs.")
    if system.memory_gib is None:
        notes.append(f"Nobody states how much memory {system.name} has.")
    mts = system.memory_mts
    replaced = parts.cpu is not None and parts.cpu.slug != system.cpu_slug
    if replaced and parts.cpu is not None:  # another CPU in the same machine may read less of it
        if channels is not None and parts.cpu.memory_channels is not None:
            channels = min(channels, parts.cpu.memory_channels)
        if mts is not None and parts.cpu.memory_mts_max is not None:
            mts = min(mts, parts.cpu.memory_mts_max)
    return MemoryPopulation(channels, mts, None, system.memory_gib, tuple(notes))


def _count(number: int) -> str:
    return {2: "two", 3: "three", 4: "four"}.get(number, str(number))

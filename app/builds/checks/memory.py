"""Do the memory modules fit: kind, number, balance, speed, size."""

from app.builds.assessment import Check
from app.builds.checks.findings import finding
from app.builds.memory_population import channels_of, dimms_per_channel, speed_limits
from app.builds.parts import Parts
from app.builds.traits import has_soldered_memory, is_soldered_type, memory_type_words
from app.builds.words import grouped, percent
from app.catalogue.facts import CpuFacts, MemoryModuleFacts


def memory_checks(parts: Parts) -> list[Check]:
    """Do the modules fit the CPU and its boards, and how fast do they run there?"""
    module = parts.module
    if module is None:
        return []
    if parts.cpu is None:
        return [
            finding(
                "note",
                "memory-without-cpu",
                "machine.cpu",
                "Memory is named but no CPU: nothing says whether the modules fit.",
                "Add a CPU.",
            )
        ]
    kind = _memory_kind(parts, parts.cpu, module)
    if any(check.level == "problem" for check in kind):
        return kind  # counting slots of the wrong kind says nothing
    return [
        *kind,
        *_memory_count(parts, parts.cpu, module),
        *_memory_size(parts, parts.cpu, module),
    ]


def _memory_kind(parts: Parts, cpu: CpuFacts, module: MemoryModuleFacts) -> list[Check]:
    field = "machine.memory.module"
    if has_soldered_memory(parts):
        return [
            finding(
                "problem",
                "memory-soldered",
                field,
                f"The memory of the {cpu.name} is soldered: modules cannot be added.",
                "Take the modules out, or pick a complete system with enough memory.",
            )
        ]
    if not cpu.memory_types:
        return [
            finding(
                "note",
                "memory-kind-unknown",
                field,
                f"Nobody states which memory the {cpu.name} takes.",
            )
        ]
    if module.memory_type not in cpu.memory_types:
        takes = kinds_in_words(cpu.memory_types)
        return [
            finding(
                "problem",
                "memory-kind",
                field,
                f"{module.name} does not fit the {cpu.name}, which takes {takes}.",
                f"Pick {takes} modules.",
            )
        ]
    generations = {kind.split("-")[0] for kind in cpu.memory_types if not is_soldered_type(kind)}
    if len(generations) > 1:
        return [
            finding(
                "note",
                "memory-board",
                field,
                f"Boards for the {cpu.name} take either {' or '.join(sorted(generations)).upper()}"
                f": choose one for {memory_type_words(module.memory_type)}.",
            )
        ]
    return []


def _memory_count(parts: Parts, cpu: CpuFacts, module: MemoryModuleFacts) -> list[Check]:
    field = "machine.memory.count"
    channels = channels_of(parts)
    if channels is None:
        return [
            finding(
                "note",
                "channels-unknown",
                field,
                f"Nobody states how many memory channels the {cpu.name} has.",
            )
        ]
    if parts.module_count < parts.sockets:
        return [
            finding(
                "problem",
                "socket-without-memory",
                field,
                f"{parts.sockets} sockets but {parts.module_count} module: every socket needs its "
                "own memory.",
                f"Use {parts.sockets * channels} modules, one for each channel.",
            )
        ]
    per_channel = dimms_per_channel(parts.module_count, parts.sockets, channels)
    slots = parts.platform.dimm_slots_per_channel if parts.platform is not None else None
    if slots is not None and per_channel > slots:
        most = slots * channels * parts.sockets
        return [
            finding(
                "problem",
                "memory-slots",
                field,
                f"{parts.module_count} modules do not fit: boards of this platform have {most} "
                f"slots at most ({parts.sockets} × {channels} channels × {slots}).",
                f"Use {most} modules or fewer, of a larger size if needed.",
            )
        ]
    found = _balance(parts, channels)
    if slots is None:
        found.append(
            finding(
                "note",
                "memory-slots-unknown",
                field,
                "Nobody states how many memory slots boards of this platform have.",
            )
        )
    return [*found, *_memory_speed(parts, cpu, module, per_channel)]


def _balance(parts: Parts, channels: int) -> list[Check]:
    """Channels left empty, or filled unevenly."""
    field, whole = "machine.memory.count", channels * parts.sockets
    full = f"Use {whole} modules, one for each channel."
    if parts.module_count < whole:
        share = parts.module_count / whole
        return [
            finding(
                "warning",
                "memory-channels",
                field,
                f"{parts.module_count} of {whole} memory channels are filled: CPU inference gets "
                f"about {percent(share)} of the memory bandwidth.",
                full,
            )
        ]
    if parts.module_count % whole:
        return [
            finding(
                "warning",
                "memory-unbalanced",
                field,
                f"{parts.module_count} modules do not spread evenly over {whole} channels: part "
                "of the memory is read at a lower bandwidth.",
                f"{full[:-1]}, or a multiple of that.",
            )
        ]
    return []


def _memory_speed(
    parts: Parts, cpu: CpuFacts, module: MemoryModuleFacts, per_channel: int
) -> list[Check]:
    """What CPU and board make of the modules' rated speed."""
    if module.mts is None:
        return []
    found: list[Check] = []
    cpu_limit, board_limit = speed_limits(parts, per_channel)
    if cpu_limit is not None and module.mts > cpu_limit:
        found.append(
            finding(
                "note",
                "memory-faster-than-cpu",
                "machine.memory.module",
                f"The modules are rated {_mts(module.mts)}, the {cpu.name} runs {_mts(cpu_limit)} "
                "by its specification: that is what is counted.",
                "If your board runs them faster (EXPO, XMP), enter the speed as memory.mts.",
            )
        )
    reached = min(module.mts, cpu_limit or module.mts)
    if per_channel > 1:
        found.append(_two_per_channel(parts, per_channel, reached, board_limit))
    elif board_limit is not None and board_limit < reached:
        found.append(
            finding(
                "note",
                "memory-faster-than-board",
                "machine.memory.module",
                f"Boards of this platform run {_mts(board_limit)} at most.",
            )
        )
    return found


def _two_per_channel(
    parts: Parts, per_channel: int, reached: float, board_limit: float | None
) -> Check:
    field = "machine.memory.count"
    if board_limit is None:
        return finding(
            "note",
            "memory-two-per-channel-unknown",
            field,
            f"With {per_channel} modules a channel memory usually runs slower; nobody states how "
            f"much on this platform, so {_mts(reached)} is counted, which may be too fast.",
            "Use fewer, larger modules: one for each channel.",
        )
    if board_limit < reached:
        return finding(
            "warning",
            "memory-two-per-channel",
            field,
            f"With {per_channel} modules a channel memory runs at {_mts(board_limit)} instead of "
            f"{_mts(reached)}: {percent(1 - board_limit / reached)} less bandwidth for the CPU.",
            "Use fewer, larger modules: one for each channel.",
        )
    return finding(
        "note",
        "memory-two-per-channel",
        field,
        f"{per_channel} modules a channel still run at {_mts(reached)}.",
    )


def _memory_size(parts: Parts, cpu: CpuFacts, module: MemoryModuleFacts) -> list[Check]:
    if module.size_gib is None:
        return []
    total = module.size_gib * parts.module_count
    limits = []
    if cpu.memory_gib_max is not None:
        limits.append(cpu.memory_gib_max * parts.sockets)
    if parts.platform is not None and parts.platform.memory_gib_max is not None:
        boards = max(1, parts.sockets // parts.platform.sockets)
        limits.append(parts.platform.memory_gib_max * boards)
    field = "machine.memory.count"
    if not limits:
        words = f"Nobody states how much memory the {cpu.name} takes at most."
        return [finding("note", "memory-maximum-unknown", field, words)]
    if total > min(limits):
        return [
            finding(
                "problem",
                "memory-maximum",
                field,
                f"{grouped(total)} GiB are more than the {grouped(min(limits))} GiB "
                "this platform takes.",
                f"Use modules that add up to {grouped(min(limits))} GiB or less.",
            )
        ]
    return []


def kinds_in_words(kinds: list[str]) -> str:
    """The kinds of modules in a list of memory types, for a sentence."""
    return " or ".join(memory_type_words(kind) for kind in kinds if not is_soldered_type(kind))


def _mts(speed: float) -> str:
    return f"{grouped(speed)} MT/s"

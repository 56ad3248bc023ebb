"""The CPU side as plain figures: cores, clocks and what its memory really delivers."""

from dataclasses import replace

from app.builds.assessment import Origin
from app.builds.engines import choose_format, reads
from app.builds.figures.kind import cpu_kind
from app.builds.ledger import BOTH, Ledger
from app.builds.memory_population import MemoryPopulation, effective_memory
from app.builds.parts import Parts
from app.catalogue.facts import CpuFacts, EngineFacts
from app.estimator.calibration import Calibration, Judgements, costs_of, device_class_of
from app.estimator.cpu_bandwidth import (
    dram_bandwidth_gbs,
    fabric_bandwidth_gbs,
    read_bandwidth_gbs,
)
from app.estimator.effects import Kind
from app.estimator.efficiency import Costs
from app.estimator.hardware import Cpu
from app.estimator.numbers import UNKNOWN, known

_WIDE = frozenset({"avx-512", "avx512", "amx"})
_NARROW = frozenset({"avx2", "neon", "sve", "sve2"})
_WIDE_MEMORY_VENDORS = frozenset({"Apple", "NVIDIA"})


def cpu_figures(
    parts: Parts, engine: EngineFacts | None, ledger: Ledger, calibration: Calibration, base: Kind
) -> Cpu | None:
    """The CPU side of one machine; ``None`` where no CPU is named."""
    facts = parts.cpu
    if facts is None:
        return None
    stated = effective_memory(parts, ledger.overrides)
    memory = _or_guessed(facts, parts, stated, ledger)
    dram, fabric = _cpu_bandwidth(facts, parts, memory, ledger)
    cores = ledger.fact(
        facts, "cores", "cores", "cores", path="cpu.cores", override="cpu.cores", part="cpu"
    )
    if engine is not None and not reads(engine, parts.quantization):
        ledger.ask(choose_format(engine, parts.quantization), "cpu")
        cores = dram = UNKNOWN
    read = float(read_bandwidth_gbs(dram, fabric))
    return Cpu(
        name=facts.name,
        sockets=float(parts.sockets),
        cores=cores,
        clock_ghz=_clock_ghz(facts, ledger),
        flop_per_cycle=_flop_per_cycle(facts, ledger, calibration.judged),
        threads=ledger.overrides.get("cpu.threads", UNKNOWN),
        dram_bandwidth_gbs=dram,
        fabric_bandwidth_gbs=fabric,
        memory_gib=_memory_gib(parts, memory, ledger),
        numa_bandwidth=numa_bandwidth(engine, calibration.judged),
        costs=_costs(
            replace(
                cpu_kind(base, facts, parts.sockets, read), memory_guessed=memory is not stated
            ),
            calibration,
            ledger,
        ),
    )


def _or_guessed(
    facts: CpuFacts, parts: Parts, memory: MemoryPopulation, ledger: Ledger
) -> MemoryPopulation:
    """The memory as stated; where only its size is, every channel at the CPU's rated speed.

    Runs on machines of which nobody says more are slower than that: the fit knows by how much.
    """
    whole = memory.channels_populated_per_socket is not None and memory.mts is not None
    only_size = parts.module is None and parts.system is None
    if whole or not only_size or "memory.size_gib" not in ledger.overrides:
        return memory
    if facts.memory_channels is None or facts.memory_mts_max is None:
        return memory
    # named, but no wider: the intervals of CPUs come from runs of which nobody says more
    words = f"nobody states how the memory beside {facts.name} is plugged in"
    ledger.stand_in(f"{words}; all its channels at its rated speed stand in", "cpu")
    return MemoryPopulation(
        channels_populated_per_socket=memory.channels_populated_per_socket or facts.memory_channels,
        mts=memory.mts or facts.memory_mts_max,
        size_gib_total=memory.size_gib_total,
    )


def _memory_gib(parts: Parts, memory: MemoryPopulation, ledger: Ledger) -> float:
    """RAM of one machine."""
    origin, source = _memory_origin(parts, "memory.size_gib", "modules × size of one", ledger)
    size = ledger.note("memory.size_gib", "RAM", memory.size_gib_total, "GiB", origin, source)
    if not known(size):
        ledger.ask("pick memory modules and their number", "cpu")
    return size


def _memory_origin(
    parts: Parts, override: str, derivation: str, ledger: Ledger
) -> tuple[Origin, str | None]:
    """Where a figure of the memory comes from: the user, the modules they named, or the system."""
    if override in ledger.overrides:
        return "user", None
    if parts.module is not None:
        return "derived", f"{derivation}, {parts.module.name}"
    return "catalogue", parts.system.source if parts.system is not None else None


def numa_bandwidth(engine: EngineFacts | None, judged: Judgements) -> float:
    """Bandwidth of two sockets relative to one, as the engine lays out its weights."""
    if engine is not None and engine.family in judged.numa_aware_engines:
        return judged.numa_aware_bandwidth
    return judged.numa_bandwidth


def _costs(kind: Kind, calibration: Calibration, ledger: Ledger) -> Costs:
    if kind.cpu_segment is None:
        words = "nobody states the segment of this CPU; what all kinds reach stands in"
        ledger.stand_in(words, "cpu", *BOTH)
    name = device_class_of(kind, cpu_only=True, offload=None, split=None, unified=False)
    found = costs_of(calibration, "cpu-decode", "cpu-prefill", kind, name)
    ledger.note(
        "cpu.share.weights",
        "share of the CPU's bandwidth reached",
        1 / float(found.decode["weights"]),
        "",
        "calibrated",
        found.confidence.sentence,
    )
    return found


def _cpu_bandwidth(
    facts: CpuFacts, parts: Parts, memory: MemoryPopulation, ledger: Ledger
) -> tuple[float, float]:
    """Memory and fabric bandwidth of one socket; the user's own figure replaces both."""
    given = ledger.overrides.get("cpu.bandwidth_gbs")
    if given is not None:
        path = "cpu.bandwidth_gbs"
        return ledger.note(path, "CPU bandwidth", given, "GB/s", "user", None), UNKNOWN
    return _dram_bandwidth(parts, memory, ledger), _fabric_bandwidth(facts, ledger)


def _fabric_bandwidth(facts: CpuFacts, ledger: Ledger) -> float:
    """What the cores can draw from memory at most; unknown where nobody states their links."""
    ccds = ledger.fact(facts, "ccds", "core chiplets", "", path="cpu.ccds", part=None)
    width = ledger.fact(
        facts,
        "ccd_read_bytes_per_clk",
        "chiplet link",
        "B/clk",
        path="cpu.ccd_read_bytes_per_clk",
        part=None,
    )
    clock = ledger.fact(facts, "fclk_ghz", "fabric clock", "GHz", path="cpu.fclk_ghz", part=None)
    fabric = float(fabric_bandwidth_gbs(ccds, width, clock))
    if not known(fabric):
        _without_fabric(facts, ledger)
    return ledger.note(
        "cpu.fabric_bandwidth_gbs",
        "chiplet links together",
        fabric,
        "GB/s",
        "derived",
        "chiplets × bytes per clock × fabric clock",
    )


def _without_fabric(facts: CpuFacts, ledger: Ledger) -> None:
    """A monolithic CPU reads all its memory gives; of others we say what we do not know."""
    if facts.vendor in _WIDE_MEMORY_VENDORS:
        # their memory is built for the GPU beside the cores, which read a fraction of it
        ledger.stand_in(
            f"nobody states how much of its memory's bandwidth the cores of {facts.name} can read; "
            "what other such cores reach stands in",
            "cpu",
            *BOTH,
        )
    elif facts.vendor == "AMD":
        ledger.stand_in(
            f"{facts.name}: nobody states what its chiplet links carry; the memory's bandwidth "
            "stands in",
            "cpu",
            *BOTH,
        )


def _dram_bandwidth(parts: Parts, memory: MemoryPopulation, ledger: Ledger) -> float:
    """Bandwidth of one socket's memory as it is plugged in."""
    origin, source = _memory_origin(
        parts, "memory.channels", "modules spread over the channels", ledger
    )
    label = "memory channels filled, one socket"
    populated = memory.channels_populated_per_socket
    channels = ledger.note("memory.channels", label, populated, "", origin, source)
    origin, source = _memory_origin(
        parts, "memory.mts", "the slowest of module, CPU and board", ledger
    )
    mts = ledger.note("memory.mts", "memory speed", memory.mts, "MT/s", origin, source)
    if channels == 0:  # fewer modules than sockets
        ledger.ask("put at least one memory module on every socket", "cpu")
        channels = UNKNOWN
    bandwidth = float(dram_bandwidth_gbs(channels, mts))
    path = "memory.bandwidth_gbs"
    stated = parts.system.memory_bandwidth_gbs if parts.system else None
    if not known(bandwidth) and stated is not None and parts.module is None:
        words = f"As {parts.system.source if parts.system else ''} states"
        per_socket = stated / parts.sockets
        return ledger.note(path, "memory bandwidth", per_socket, "GB/s", "catalogue", words)
    if not known(bandwidth):
        ledger.ask("pick memory modules and their number", "cpu")
    words = "channels × 8 bytes × MT/s"
    return ledger.note(path, "memory bandwidth, one socket", bandwidth, "GB/s", "derived", words)


def _clock_ghz(facts: CpuFacts, ledger: Ledger) -> float:
    clock = ledger.fact(
        facts,
        "all_core_ghz",
        "all-core clock",
        "GHz",
        path="cpu.all_core_ghz",
        override="cpu.all_core_ghz",
        part=None,
    )
    if known(clock):
        return clock
    base = ledger.fact(facts, "base_ghz", "base clock", "GHz", path="cpu.base_ghz", part=None)
    if not known(base):
        return _boost_ghz(facts, ledger)
    # an answer waits for memory: its arithmetic moves by a few percent at most
    ledger.stand_in(
        f"{facts.name}: the all-core clock is not stated; the base clock stands in",
        "cpu",
        "prefill",
    )
    return base


def _boost_ghz(facts: CpuFacts, ledger: Ledger) -> float:
    """The highest clock, where nobody states a lower one."""
    label = "clock" if facts.boost_ghz is None else "highest clock"
    boost = ledger.fact(facts, "boost_ghz", label, "GHz", path="cpu.boost_ghz", part="cpu")
    if known(boost):
        words = f"{facts.name}: no clock of all cores is stated; the highest clock stands in"
        ledger.stand_in(words, "cpu", *BOTH)
    return boost


def _flop_per_cycle(facts: CpuFacts, ledger: Ledger, judged: Judgements) -> float:
    """FP32 operations of a core in one cycle, as the calibration of prompt speed counts them."""
    names, rates = set(facts.isa), judged.flop_per_cycle
    rate = UNKNOWN
    if names & _WIDE:
        rate = rates["wide"]
    elif names & _NARROW:
        rate = rates["narrow"]
    else:
        ledger.gap(f"vector instructions of {facts.name}", "cpu")
    words = f"{rates['wide']:g} with AVX-512, {rates['narrow']:g} with AVX2 or NEON"
    label = "FP32 operations per core and cycle"
    return ledger.note("cpu.flop_per_cycle", label, rate, "FLOP", "calibrated", words)

"""The CPU side as plain figures: cores, clocks and what its memory really delivers."""

from app.builds.ledger import BOTH, Ledger
from app.builds.memory_population import effective_memory
from app.builds.parts import Parts
from app.catalogue.facts import CpuFacts, EngineFacts
from app.estimator.calibration import Calibration, cpu_efficiency
from app.estimator.cpu_bandwidth import dram_bandwidth_gbs, fabric_bandwidth_gbs
from app.estimator.efficiency import CpuEfficiency
from app.estimator.hardware import Cpu
from app.estimator.numbers import UNKNOWN, known

AVX512_FLOP_PER_CYCLE = 64.0
VECTOR_FLOP_PER_CYCLE = 32.0
_WIDE = frozenset({"avx-512", "avx512", "amx"})
_NARROW = frozenset({"avx2", "neon", "sve", "sve2"})


def cpu_figures(
    parts: Parts, engine: EngineFacts | None, ledger: Ledger, calibration: Calibration
) -> Cpu | None:
    facts = parts.cpu
    if facts is None:
        return None
    dram, fabric = _cpu_bandwidth(facts, parts, ledger)
    memory = effective_memory(parts, ledger.overrides)
    size = ledger.note(
        "memory.size_gib",
        "RAM",
        memory.size_gib_total,
        "GiB",
        "user" if "memory.size_gib" in ledger.overrides else "catalogue",
        _memory_source(parts),
    )
    if not known(size):
        ledger.gap("how much RAM there is: pick modules or enter its size", "cpu")
    cores = ledger.fact(
        facts, "cores", "cores", "cores", path="cpu.cores", override="cpu.cores", part="cpu"
    )
    return Cpu(
        name=facts.name,
        sockets=float(parts.sockets),
        cores=cores,
        clock_ghz=_clock_ghz(facts, ledger),
        flop_per_cycle=_flop_per_cycle(facts, ledger),
        dram_bandwidth_gbs=dram,
        fabric_bandwidth_gbs=fabric,
        memory_gib=size * parts.nodes if known(size) else UNKNOWN,
        efficiency=_cpu_share(facts, parts, engine, calibration, ledger),
    )


def _cpu_share(
    facts: CpuFacts,
    parts: Parts,
    engine: EngineFacts | None,
    calibration: Calibration,
    ledger: Ledger,
) -> CpuEfficiency:
    family = engine.family if engine else ""
    found = cpu_efficiency(calibration, facts.segment, family, parts.model.architecture == "moe")
    ledger.note(
        "cpu.efficiency.weights",
        "share of the CPU's bandwidth reached",
        float(found.weights),
        "",
        "calibrated",
        found.confidence.sentence,
    )
    return found


def _cpu_bandwidth(facts: CpuFacts, parts: Parts, ledger: Ledger) -> tuple[float, float]:
    """Memory and fabric bandwidth of one socket; the user's own figure replaces both."""
    given = ledger.overrides.get("cpu.bandwidth_gbs")
    if given is not None:
        path = "cpu.bandwidth_gbs"
        return ledger.note(path, "CPU bandwidth", given, "GB/s", "user", "Your figure"), UNKNOWN
    dram = _dram_bandwidth(facts, parts, ledger)
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
    if not known(fabric) and facts.vendor == "AMD":
        ledger.stand_in(
            f"{facts.name}: nobody states what its chiplet links carry; the memory's bandwidth "
            "stands in",
            "cpu",
            *BOTH,
        )
    ledger.note(
        "cpu.fabric_bandwidth_gbs",
        "chiplet links together",
        fabric,
        "GB/s",
        "derived",
        "chiplets × bytes per clock × fabric clock",
    )
    return dram, fabric


def _dram_bandwidth(facts: CpuFacts, parts: Parts, ledger: Ledger) -> float:
    memory = effective_memory(parts, ledger.overrides)
    source = _memory_source(parts)
    origin = "user" if "memory.mts" in ledger.overrides else "catalogue"
    channels = ledger.note(
        "memory.channels",
        "memory channels filled, one socket",
        memory.channels_populated_per_socket,
        "",
        "user" if "memory.channels" in ledger.overrides else "catalogue",
        source,
    )
    mts = ledger.note(
        "memory.mts",
        "memory speed",
        memory.mts,
        "MT/s",
        "user" if origin == "user" else "catalogue",
        source,
    )
    if channels == 0:  # fewer modules than sockets
        ledger.gap("memory for every socket: at least one module each", "cpu")
        channels = UNKNOWN
    bandwidth = float(dram_bandwidth_gbs(channels, mts))
    stated = parts.system.memory_bandwidth_gbs if parts.system else None
    if not known(bandwidth) and stated is not None and parts.module is None:
        per_socket = stated / parts.sockets
        words = f"As {parts.system.source if parts.system else ''} states"
        return ledger.note(
            "memory.bandwidth_gbs", "memory bandwidth", per_socket, "GB/s", "catalogue", words
        )
    if not known(bandwidth):
        ledger.gap("how the memory is populated: pick modules and their number", "cpu")
    return ledger.note(
        "memory.bandwidth_gbs",
        "memory bandwidth, one socket",
        bandwidth,
        "GB/s",
        "derived",
        "channels × 8 bytes × MT/s",
    )


def _memory_source(parts: Parts) -> str | None:
    if parts.module is not None:
        return parts.module.source
    return parts.system.source if parts.system is not None else None


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
    base = ledger.fact(facts, "base_ghz", "base clock", "GHz", path="cpu.base_ghz", part="cpu")
    if known(base):
        ledger.stand_in(
            f"{facts.name}: the all-core clock is not stated; the base clock stands in",
            "cpu",
            "prefill",
        )
    return base


def _flop_per_cycle(facts: CpuFacts, ledger: Ledger) -> float:
    names = set(facts.isa)
    rate = UNKNOWN
    if names & _WIDE:
        rate = AVX512_FLOP_PER_CYCLE
    elif names & _NARROW:
        rate = VECTOR_FLOP_PER_CYCLE
    else:
        ledger.gap(f"vector instructions of {facts.name}", "cpu")
    return ledger.note(
        "cpu.flop_per_cycle",
        "FP32 operations per core and cycle",
        rate,
        "FLOP",
        "derived",
        "64 with AVX-512, 32 with AVX2 or NEON",
    )

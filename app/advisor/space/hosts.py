"""Computers one could build without cards: every CPU with every way to plug memory in.

Made once for a catalogue and a calibration; prices come later, as they depend on the buyer. Each
figure is taken by the functions that assemble a single build.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from app.builds.checks.memory import memory_checks
from app.builds.figures.cpu import cpu_figures
from app.builds.figures.kind import base_kind, cpu_kind
from app.builds.ledger import Ledger
from app.builds.memory_population import MemoryPopulation, channels_of, effective_memory
from app.builds.parts import Parts, platform_of
from app.builds.spec import BuildSpec
from app.builds.traits import has_soldered_memory
from app.catalogue.facts import CpuFacts, MemoryModuleFacts
from app.catalogue.snapshot import Catalogue
from app.estimator.calibration import Calibration
from app.estimator.cpu_bandwidth import dram_bandwidth_gbs, read_bandwidth_gbs
from app.estimator.effects import Devices, Kind
from app.estimator.hardware import Cpu
from app.estimator.numbers import UNKNOWN, or_unknown

Column = NDArray[np.float64]
Index = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class CpuRows:
    """CPUs with their memory, one a row; figures as in `hardware.Cpu`, without their costs."""

    kinds: Devices
    figures: dict[str, Column]

    def __len__(self) -> int:
        return len(self.kinds)


#: What of a `Cpu` is a number.
CPU_FIGURES = (
    "sockets",
    "cores",
    "clock_ghz",
    "flop_per_cycle",
    "threads",
    "dram_bandwidth_gbs",
    "fabric_bandwidth_gbs",
    "memory_gib",
)


@dataclass(frozen=True, slots=True)
class Hosts:
    """Computers one could build, one a row."""

    parts: tuple[Parts, ...]  # one for each CPU, without memory
    modules: tuple[MemoryModuleFacts, ...]
    cpu: Index  # into `parts`
    module: Index  # into `modules`
    module_count: NDArray[np.int64]
    rows: CpuRows
    pcie_gen: Column  # NaN where nobody states it
    gpus_max: Column
    gpus_max_x16: Column

    def __len__(self) -> int:
        return len(self.cpu)

    def parts_of(self, row: int) -> Parts:
        """One computer as a build names it."""
        return replace(
            self.parts[int(self.cpu[row])],
            module=self.modules[self.module[row]],
            module_count=int(self.module_count[row]),
        )


def bare_parts(catalogue: Catalogue) -> Parts:
    """No machine at all; model and formats are the catalogue's first and stand for any."""
    return Parts(
        system=None,
        cpu=None,
        sockets=1,
        platform=None,
        module=None,
        module_count=0,
        gpus=(),
        gpus_from_system=False,
        nodes=1,
        link=None,
        model=next(iter(catalogue.models.values())),
        quantization=next(q for q in catalogue.quantizations.values() if q.kind == "weights"),
        kv=next(q for q in catalogue.quantizations.values() if q.kind == "kv"),
        engine=None,
        use_case=next(iter(catalogue.use_cases.values())),
    )


def any_kind(parts: Parts, calibration: Calibration) -> Kind:
    """What runs is left open: only the hardware's side of the kind says something."""
    return base_kind(BuildSpec(), parts, None, calibration, Ledger({}))


def hosts_of(catalogue: Catalogue, calibration: Calibration) -> Hosts:
    """Every computer whose CPU, board and memory are known to go together, with one socket.

    Boards for two sockets have no price in the catalogue, so nobody could order them here.
    """
    nothing = bare_parts(catalogue)
    modules = tuple(m for m in catalogue.memory_modules.values() if m.size_gib is not None)
    computers: list[Parts] = []
    cpus: list[Cpu] = []
    found: list[tuple[int, int, int]] = []
    plugged: list[MemoryPopulation] = []
    for facts in catalogue.cpus.values():
        computer = replace(nothing, cpu=facts, platform=platform_of(facts, 1, catalogue))
        if computer.platform is None or has_soldered_memory(computer):
            continue
        ways = list(_populations(computer, facts, modules))
        if not ways:
            continue
        ledger = Ledger({})
        cpu = cpu_figures(computer, None, ledger, calibration, any_kind(computer, calibration))
        if cpu is None:
            continue
        found += [(len(computers), module, count) for module, count, _ in ways]
        plugged += [population for *_, population in ways]
        computers.append(computer)
        cpus.append(cpu)
    index = np.array(found, dtype=np.intp).reshape(-1, 3)
    return Hosts(
        parts=tuple(computers),
        modules=modules,
        cpu=index[:, 0],
        module=index[:, 1],
        module_count=index[:, 2].astype(np.int64),
        rows=_cpu_rows(computers, cpus, index[:, 0], plugged, calibration),
        pcie_gen=_column(c.cpu.pcie_gen if c.cpu else None for c in computers)[index[:, 0]],
        gpus_max=_column(c.platform.gpus_max if c.platform else None for c in computers)[
            index[:, 0]
        ],
        gpus_max_x16=_column(c.platform.gpus_max_x16 if c.platform else None for c in computers)[
            index[:, 0]
        ],
    )


def rows_of(cpus: Sequence[Cpu]) -> CpuRows:
    """CPUs that were assembled one by one, as rows."""
    figures = {
        name: np.array([float(getattr(cpu, name)) for cpu in cpus], dtype=float)
        for name in CPU_FIGURES
    }
    kinds = [cpu.costs.kind for cpu in cpus]
    return CpuRows(Devices([kind for kind in kinds if kind is not None]), figures)


def joined(first: CpuRows, second: CpuRows) -> CpuRows:
    """Two lists of CPUs as one."""
    return CpuRows(
        Devices(first.kinds.kinds + second.kinds.kinds),
        {name: np.concatenate([first.figures[name], second.figures[name]]) for name in CPU_FIGURES},
    )


def _populations(
    computer: Parts, facts: CpuFacts, modules: Sequence[MemoryModuleFacts]
) -> Iterator[tuple[int, int, MemoryPopulation]]:
    """Modules and their number that fit a board: one channel, pairs of channels, all, all twice."""
    channels = channels_of(computer)
    if channels is None:
        return
    counts = sorted({1, *range(2, channels + 1, 2), channels, 2 * channels})
    for i, module in enumerate(modules):
        if module.memory_type not in facts.memory_types:
            continue
        for count in counts:
            whole = replace(computer, module=module, module_count=count)
            if not any(check.level == "problem" for check in memory_checks(whole)):
                yield i, count, effective_memory(whole, {})


def _cpu_rows(
    computers: Sequence[Parts],
    cpus: Sequence[Cpu],
    of: Index,
    plugged: Sequence[MemoryPopulation],
    calibration: Calibration,
) -> CpuRows:
    figures = {
        name: np.array([float(getattr(cpu, name)) for cpu in cpus], dtype=float)[of]
        for name in CPU_FIGURES
    }
    figures["dram_bandwidth_gbs"] = np.asarray(
        dram_bandwidth_gbs(
            _column(p.channels_populated_per_socket for p in plugged),
            _column(p.mts for p in plugged),
        )
    )
    figures["memory_gib"] = _column(p.size_gib_total for p in plugged)
    read = np.asarray(
        read_bandwidth_gbs(figures["dram_bandwidth_gbs"], figures["fabric_bandwidth_gbs"])
    )
    bases = [
        cpu_kind(any_kind(c, calibration), c.cpu, 1, UNKNOWN)
        for c in computers
        if c.cpu is not None
    ]
    kinds = [
        replace(bases[i], cpu_bandwidth_gbs=float(gbs)) for i, gbs in zip(of, read, strict=True)
    ]
    return CpuRows(Devices(kinds), figures)


def _column(figures: Iterable[float | int | None]) -> Column:
    return np.array([or_unknown(figure) for figure in figures], dtype=float)

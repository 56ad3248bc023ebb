"""Everything a catalogue offers, before anybody names a price: computers, cards, systems.

Made once for a catalogue and a calibration.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from app.advisor.space.cards import Cards, Link, cards_of, plugged, usable_cards
from app.advisor.space.hosts import (
    CpuRows,
    Hosts,
    Index,
    any_kind,
    bare_parts,
    hosts_of,
    joined,
    rows_of,
)
from app.builds.checks.machine import CASE_SLOTS
from app.builds.figures.cpu import cpu_figures
from app.builds.ledger import Ledger
from app.builds.parts import GpuGroup, Parts, resolve_parts
from app.builds.problems import InvalidSpecError, Problem
from app.builds.spec import BuildSpec, DeploymentSpec, MachineSpec, WorkloadSpec
from app.catalogue.facts import GpuFacts
from app.catalogue.snapshot import Catalogue
from app.estimator.calibration import Calibration
from app.estimator.hardware import Cpu


@dataclass(frozen=True, slots=True)
class Plugged:
    """Cards in a self-built computer, of one kind or of two."""

    groups: tuple[GpuGroup, ...]
    link: Link  # of the card with the newer PCIe, which decides what computer it is in

    @property
    def count(self) -> int:
        """Cards of all kinds."""
        return sum(group.count for group in self.groups)

    @property
    def name(self) -> tuple[tuple[str, int], ...]:
        """What it is known by: every kind with its number."""
        return tuple((group.gpu.slug, group.count) for group in self.groups)

    @property
    def title(self) -> str:
        """The same for people: "RTX 3090 + 2 × RTX 5090"."""
        return " + ".join(
            group.gpu.name if group.count == 1 else f"{group.count} × {group.gpu.name}"
            for group in self.groups
        )

    @property
    def pcie_gen(self) -> float | None:
        """Of the card with the newest; None where a card does not state its own."""
        stated = [group.gpu.pcie_gen for group in self.groups]
        known = [gen for gen in stated if gen is not None]
        return max(known) if len(known) == len(stated) else None

    @property
    def tdp_w(self) -> float | None:
        """Watts of all cards; None where one does not state its own."""
        stated = [group.gpu.tdp_w for group in self.groups]
        known = [tdp for tdp in stated if tdp is not None]
        if len(known) < len(stated):
            return None
        return sum(tdp * g.count for tdp, g in zip(known, self.groups, strict=True))

    @property
    def fits_a_case(self) -> bool:
        """Whether a large case takes the cards; of unknown width that is not ruled out."""
        covered = sum((group.gpu.slot_width or 0.0) * group.count for group in self.groups)
        return covered <= CASE_SLOTS


@dataclass(frozen=True, slots=True)
class Market:
    """Rows of cards: first those in self-built computers, then those of systems.

    Rows of CPUs: first the hosts', then those of systems.
    """

    hosts: Hosts
    plugged: tuple[Plugged, ...]
    systems: tuple[Parts, ...]
    cards: Cards
    cpus: CpuRows
    system_cards: Index  # row of a system's cards; -1 where it has none
    system_cpu: Index  # row of a system's CPU; -1 where none is known


def market_of(catalogue: Catalogue, calibration: Calibration) -> Market:
    """All computers, cards and systems of a catalogue that the calibration can place."""
    hosts = hosts_of(catalogue, calibration)
    added = [a for a in plugged(catalogue, hosts) if usable_cards(a[-1], calibration)]
    systems = [
        parts
        for slug in catalogue.systems
        if _can_be_placed(
            parts := resolve_parts(system_question(slug, catalogue), catalogue), calibration
        )
    ]
    return _market(hosts, added, systems, calibration)


def market_of_one(machine: MachineSpec, catalogue: Catalogue, calibration: Calibration) -> Market:
    """A market in which only one machine exists: the one somebody owns.

    Raises:
        InvalidSpecError: a name is unknown, or the machine mixes kinds of GPU.
    """
    question = BuildSpec(machine=machine, deployment=any_deployment(catalogue))
    parts = resolve_parts(question, catalogue)
    if parts.gpus and not usable_cards(parts, calibration):
        sentence = (
            "The search takes a machine with GPUs of one kind, of a known architecture. "
            "The configurator answers for any other, model by model."
        )
        raise InvalidSpecError([Problem("owned.machine.gpus", sentence)])
    overrides = {str(key): value for key, value in machine.overrides.items()}
    empty = hosts_of(replace(catalogue, cpus={}), calibration)
    return _market(empty, [], [parts], calibration, overrides)


def any_deployment(catalogue: Catalogue) -> DeploymentSpec:
    """Names that exist, where only the hardware matters."""
    nothing = bare_parts(catalogue)
    return DeploymentSpec(
        model=nothing.model.slug,
        quantization=nothing.quantization.slug,
        kv_dtype=nothing.kv.slug.removeprefix("kv-"),
    )


def any_workload(catalogue: Catalogue) -> WorkloadSpec:
    """A request that can be asked of any machine."""
    case = bare_parts(catalogue).use_case.slug
    return WorkloadSpec(use_case=case, prompt_tokens=1, generated_tokens=1)


def system_question(slug: str, catalogue: Catalogue) -> BuildSpec:
    """A complete system as it is sold."""
    return BuildSpec(
        machine=MachineSpec(system=slug),
        deployment=any_deployment(catalogue),
        workload=any_workload(catalogue),
    )


def _can_be_placed(parts: Parts, calibration: Calibration) -> bool:
    """A system whose GPUs, if any, are of one known kind, or whose CPU is in the catalogue."""
    return usable_cards(parts, calibration) if parts.gpus else parts.cpu is not None


def _market(
    hosts: Hosts,
    added: Sequence[tuple[GpuFacts, int, Link, Parts]],
    systems: Sequence[Parts],
    calibration: Calibration,
    overrides: Mapping[str, float] = MappingProxyType({}),
) -> Market:
    with_cards = [parts for parts in systems if parts.gpus]
    first_card = len(added)
    numbers = iter(range(first_card, first_card + len(with_cards)))
    system_cards = [next(numbers) if parts.gpus else -1 for parts in systems]
    cpus: list[Cpu] = []
    system_cpu: list[int] = []
    for parts in systems:
        ledger = Ledger(dict(overrides))
        kind = any_kind(parts, calibration)
        cpu = cpu_figures(parts, None, ledger, calibration, kind)
        system_cpu.append(-1 if cpu is None else len(hosts) + len(cpus))
        if cpu is not None:
            cpus.append(cpu)
    everything = [*(parts for *_, parts in added), *with_cards]
    return Market(
        hosts=hosts,
        plugged=tuple(Plugged((GpuGroup(gpu, count),), link) for gpu, count, link, _ in added),
        systems=tuple(systems),
        cards=cards_of(everything, calibration, overrides),
        cpus=joined(hosts.rows, rows_of(cpus)),
        system_cards=np.array(system_cards, dtype=np.intp),
        system_cpu=np.array(system_cpu, dtype=np.intp),
    )

"""What does the arithmetic: graphics cards by number and link, and the GPUs of complete systems.

Made once for a catalogue and a calibration. A row is one kind of card, so many of them, linked in
one way; every figure is that of a build assembled by itself. A row of two kinds is made of two such
rows: among so many cards and in such slots each card is what it is among as many of its own kind.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from app.advisor.space.hosts import Column, Hosts, Index, any_kind
from app.builds.figures.engine import usual_chunk
from app.builds.figures.gpu import gpu_figures, is_unified
from app.builds.figures.kind import gpu_kind
from app.builds.figures.links import node_hop_s
from app.builds.ledger import Ledger
from app.builds.parts import GpuGroup, Parts
from app.catalogue.facts import GpuFacts
from app.catalogue.snapshot import Catalogue
from app.estimator.calibration import Calibration
from app.estimator.effects import Devices, Kind
from app.estimator.hardware import Gpu

#: Weight formats for which a card has a peak of its own; all others share one.
PEAKS = ("fp8", "nv", "")
GPU_FIGURES = (
    "count",
    "memory_gib",
    "bandwidth_gbs",
    "compute_tflops",
    "fp32_tflops",
    "power_w",
    "host_link_gbs",
    "peer_link_gbs",
    "peer_latency_s",
    "allreduce_growth",
)


@dataclass(frozen=True, slots=True)
class Kinds:
    """Which kinds of card each row has: rows with the figures of one card of each kind.

    In the order a build names them. Where there is one kind, both are the row itself.
    """

    first: Index
    second: Index
    seconds: Column  # cards of the second kind; 0 where there is one kind
    any_mixed: bool

    @staticmethod
    def one_each(rows: int) -> "Kinds":
        """Every row of one kind."""
        itself = np.arange(rows, dtype=np.intp)
        return Kinds(itself, itself, np.zeros(rows), False)


@dataclass(frozen=True, slots=True)
class Cards:
    """Accelerators, one way to have them a row; figures as in `hardware.Gpu`.

    Of two kinds the figures are those of the one with most memory, which works where one card does;
    the count is that of both.
    """

    parts: tuple[Parts, ...]
    kinds: Devices
    figures: dict[str, Column]
    serving_tflops: Column  # rows x `PEAKS`
    chunk_tokens: Column  # prompt tokens a pass, where the engine picks it at start
    vendor: NDArray[np.str_]  # who makes the GPU
    unified: NDArray[np.bool_]
    nodes: Column
    hop_s: Column  # from node to node, without the activations
    hop_s_per_value: Column  # more, for each value of the model's hidden size
    of: Kinds

    def __len__(self) -> int:
        return len(self.kinds)

    @property
    def count(self) -> Column:
        return self.figures["count"]

    def are_mixed(self, rows: Index) -> NDArray[np.bool_]:
        """Which rows have two kinds of card; -1 has none."""
        found: NDArray[np.bool_] = (rows >= 0) & (self.of.seconds[rows] > 0)
        return found

    def alike(self, rows: Index) -> list[Index]:
        """Places of rows with cards of one kind, and with two: they are never computed at once.

        Empty lists are left out.
        """
        if not self.of.any_mixed:
            return [np.arange(len(rows))] if len(rows) else []
        mixed = self.are_mixed(rows)
        return [some for some in (np.flatnonzero(~mixed), np.flatnonzero(mixed)) if some.size]

    def driven_by(self, vendors: Collection[str], rows: Index) -> NDArray[np.bool_]:
        """Which rows have GPUs of these makers only."""
        fine = np.isin(self.vendor, list(vendors))
        driven: NDArray[np.bool_] = fine[self.of.first[rows]] & fine[self.of.second[rows]]
        return driven

    def room_gib(self, rows: Index) -> Column:
        """Memory of all cards together."""
        seconds, gib = self.of.seconds[rows], self.figures["memory_gib"]
        firsts = self.count[rows] - seconds
        if not self.of.any_mixed:
            return firsts * gib[rows]
        second = np.where(seconds > 0, seconds * gib[self.of.second[rows]], 0.0)
        result: Column = firsts * gib[self.of.first[rows]] + second
        return result

    def share_of_second(self, rows: Index) -> Column:
        """The share of the layers on cards of the second kind: that of their memory."""
        seconds = self.of.seconds[rows]
        on_second = seconds * self.figures["memory_gib"][self.of.second[rows]]
        return np.where(seconds > 0, on_second / self.room_gib(rows), 0.0)


@dataclass(frozen=True, slots=True)
class Link:
    """What decides how fast cards in a computer are linked: the slots' generation and lanes."""

    pcie_gen: float
    split: bool  # more cards than slots with sixteen lanes


def cards_of(
    machines: Sequence[Parts],
    calibration: Calibration,
    overrides: Mapping[str, float] = MappingProxyType({}),
) -> Cards:
    """The GPUs of some machines as rows; ``overrides`` are figures their owner knows better.

    Raises:
        ValueError: a machine has none, or several kinds.
    """
    gpus: list[Gpu] = []
    kinds: list[Kind] = []
    serving: list[list[float]] = []
    for parts in machines:
        (group,) = parts.gpus
        base = any_kind(parts, calibration)
        kind = gpu_kind(base, group, parts)
        if kind is None:
            raise ValueError("usable_cards lets no GPU of unknown kind through")
        peaks = [
            gpu_figures(
                0,
                group,
                parts,
                None,
                Ledger(dict(overrides)),
                calibration,
                replace(base, weight_format=peak),
            )
            for peak in PEAKS
        ]
        gpus.append(peaks[-1])
        kinds.append(kind)
        serving.append([float(gpu.serving_tflops) for gpu in peaks])
    judged = calibration.judged
    hop = [
        [float(node_hop_s(p, judged, Ledger({}), size)) for size in (0.0, 1.0)] for p in machines
    ]
    hops = np.array(hop, dtype=float).reshape(-1, 2)
    return Cards(
        parts=tuple(machines),
        kinds=Devices(kinds),
        figures={
            name: np.array([float(getattr(gpu, name)) for gpu in gpus], dtype=float)
            for name in GPU_FIGURES
        },
        serving_tflops=np.array(serving, dtype=float).reshape(-1, len(PEAKS)),
        chunk_tokens=np.array([usual_chunk(p, judged) for p in machines], dtype=float),
        vendor=np.array([gpu.gpu.vendor for p in machines for gpu in p.gpus], dtype=str),
        unified=np.array([is_unified(p) for p in machines], dtype=bool),
        nodes=np.array([p.nodes for p in machines], dtype=float),
        hop_s=hops[:, 0],
        hop_s_per_value=hops[:, 1] - hops[:, 0],
        of=Kinds.one_each(len(gpus)),
    )


def usable_cards(parts: Parts, calibration: Calibration) -> bool:
    """Whether a machine's GPUs are of one kind, and of one that the calibration can place."""
    if len(parts.gpus) != 1:
        return False
    return gpu_kind(any_kind(parts, calibration), parts.gpus[0], parts) is not None


def plugged(catalogue: Catalogue, hosts: Hosts) -> Iterator[tuple[GpuFacts, int, Link, Parts]]:
    """Every card that can be added to a computer, in every number and link some computer offers."""
    some: dict[tuple[float, float, float], Parts] = {}
    for i in range(len(hosts.parts)):
        rows = np.flatnonzero(hosts.cpu == i)
        offer = (hosts.pcie_gen[rows[0]], hosts.gpus_max_x16[rows[0]], hosts.gpus_max[rows[0]])
        if not np.isnan(offer).any():
            some.setdefault(offer, hosts.parts[i])
    for gpu in catalogue.gpus.values():
        if (gpu.form_factor or "pcie") != "pcie" or gpu.unified_memory or gpu.memory_gib is None:
            continue
        seen: set[tuple[int, Link]] = set()
        for (gen, full, most), computer in some.items():
            slower = min(gen, gpu.pcie_gen) if gpu.pcie_gen is not None else gen
            for count in range(1, int(most) + 1):
                link = Link(slower, count > full)
                if (count, link) not in seen:
                    seen.add((count, link))
                    yield gpu, count, link, replace(computer, gpus=(GpuGroup(gpu, count),))

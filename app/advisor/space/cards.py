"""What does the arithmetic: graphics cards by number and link, and the GPUs of complete systems.

Made once for a catalogue and a calibration. A row is one kind of card, so many of them, linked in
one way; every figure is that of a build assembled by itself.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from app.advisor.space.hosts import Column, Hosts, any_kind
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
class Cards:
    """Accelerators, one way to have them a row; figures as in `hardware.Gpu`."""

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

    def __len__(self) -> int:
        return len(self.kinds)

    @property
    def count(self) -> Column:
        return self.figures["count"]


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

"""Every published run that can stand as evidence, as columns to measure distances on.

Built once for each catalogue; runs that were set aside as suspect are not in it.
"""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from app.catalogue.facts import CpuFacts, Fact, GpuFacts, MeasurementFacts, QuantizationFacts
from app.catalogue.snapshot import Catalogue
from app.estimator.cpu_bandwidth import dram_bandwidth_gbs
from app.estimator.kept import of_newest

Column = NDArray[np.float64]
Where = Literal["gpu", "layer-offload", "expert-offload", "cpu"]
Split = Literal["tensor", "layer", ""]

#: LocalScore's figures are means over nine tests; one answer at this depth gives about the same.
LOCALSCORE_DEPTH = 1840.0
#: Tokens added before depths are compared: up to here the cache is small beside the weights.
DEPTH_FLOOR = 2048.0
#: Depths within so many doublings of each other, after that, are comparable.
COMPARABLE = 1.0
#: A run nobody dated is taken to be this many years old.
UNDATED_YEARS = 2.0
#: Cores at work within so many doublings read memory about as fast.
ABOUT_CORES = 0.5
_NAMED_SPLITS: dict[str, Split] = {
    "tensor": "tensor",
    "layer": "layer",
    "rpc": "layer",
    "pipeline": "layer",
}
_OFFLOADS: dict[str, Where] = {
    "layer-offload": "layer-offload",
    "expert-offload": "expert-offload",
}


@dataclass(frozen=True, slots=True)
class Sight:
    """What a run, or a question, looks like to the distance: names as they are, sizes as log2."""

    gpu: str | None
    cpu: str | None
    where: Where
    split: Split
    cards: float  # of one kind, all nodes; sockets on a CPU
    nodes: float
    model: str
    quantization: str
    engine: str
    users: float
    depth_tokens: float  # in the cache when the answer's first token is written
    bandwidth_gbs: float
    memory_gbs: float  # of the CPU's memory, all sockets; NaN: not stated
    busy_cores: float  # of the CPU, all sockets; NaN: not known
    power_cap_w: float


@dataclass(frozen=True, slots=True)
class Run:
    """One published run as the question it answers. Speeds are those of one request."""

    facts: MeasurementFacts
    sight: Sight
    decode_tps: float | None
    whole_run: bool  # the decode speed counts the time prompts took as well


@dataclass(frozen=True, slots=True)
class Names:
    """A column of names as numbers, which compare in a fraction of the time."""

    codes: NDArray[np.intp]
    known: Mapping[str, int]

    @staticmethod
    def of(names: Iterable[str]) -> "Names":
        """Number the names in the order they come."""
        known: dict[str, int] = {}
        codes = [known.setdefault(name, len(known)) for name in names]
        return Names(np.array(codes, dtype=np.intp), known)

    def are(self, *names: str) -> NDArray[np.bool_]:
        """Which rows have one of these names."""
        same = np.zeros(self.codes.shape, dtype=bool)
        for name in names:
            same |= self.codes == self.known.get(name, -1)
        return same


@dataclass(frozen=True)
class Runs:
    """All usable runs of a catalogue, and columns of what tells them apart."""

    catalogue: Catalogue
    runs: tuple[Run, ...]

    def column(self, name: str) -> Names:
        """Names of one kind, one a run; empty where there is none."""
        return Names.of(getattr(r.sight, name) or "" for r in self.runs)

    def logs(self, name: str, plus: float = 0.0) -> Column:
        """log2 of a size, one a run."""
        sizes = np.array([getattr(r.sight, name) + plus for r in self.runs], dtype=float)
        logs: Column = np.log2(sizes)
        return logs

    @cached_property
    def device(self) -> Names:
        """The device that does most of the work."""
        return Names.of(device_of(r.sight) for r in self.runs)

    @cached_property
    def cpu(self) -> Names:
        return self.column("cpu")

    @cached_property
    def on_cpu(self) -> NDArray[np.bool_]:
        return np.array([r.sight.where == "cpu" for r in self.runs], dtype=bool)

    @cached_property
    def vendor(self) -> Names:
        return Names.of(family_of(r.sight, self.catalogue)[0] for r in self.runs)

    @cached_property
    def family(self) -> Names:
        return Names.of(family_of(r.sight, self.catalogue)[1] for r in self.runs)

    @cached_property
    def where(self) -> Names:
        return self.column("where")

    @cached_property
    def split(self) -> Names:
        return self.column("split")

    @cached_property
    def model(self) -> Names:
        return self.column("model")

    @cached_property
    def moe(self) -> NDArray[np.bool_]:
        models = self.catalogue.models
        return np.array([models[r.sight.model].architecture == "moe" for r in self.runs])

    @cached_property
    def sizes(self) -> tuple[Column, Column]:
        """log2 of a model's active and of all its parameters."""
        sizes = [model_sizes(r.sight.model, self.catalogue) for r in self.runs]
        return np.array([s[0] for s in sizes]), np.array([s[1] for s in sizes])

    @cached_property
    def quantization(self) -> Names:
        return self.column("quantization")

    @cached_property
    def bits(self) -> Column:
        return np.array([log_bits(r.sight.quantization, self.catalogue) for r in self.runs])

    @cached_property
    def engine_family(self) -> Names:
        engines = self.catalogue.engines
        return Names.of(engines[r.sight.engine].family for r in self.runs)

    @cached_property
    def backend(self) -> Names:
        engines = self.catalogue.engines
        return Names.of(engines[r.sight.engine].backend for r in self.runs)

    @cached_property
    def cards(self) -> Column:
        return self.logs("cards")

    @cached_property
    def nodes(self) -> Column:
        return self.logs("nodes")

    @cached_property
    def users(self) -> Column:
        return self.logs("users")

    @cached_property
    def depth(self) -> Column:
        return self.logs("depth_tokens", DEPTH_FLOOR)

    @cached_property
    def bandwidth(self) -> Column:
        return self.logs("bandwidth_gbs")

    @cached_property
    def memory(self) -> Column:
        return self.logs("memory_gbs")

    @cached_property
    def busy_cores(self) -> Column:
        return self.logs("busy_cores")

    @cached_property
    def power_cap(self) -> Column:
        return self.logs("power_cap_w")

    @cached_property
    def decoded(self) -> NDArray[np.bool_]:
        return np.array([r.decode_tps is not None for r in self.runs])

    @cached_property
    def year(self) -> Column:
        return np.array([year_of(r.facts.observed_on) for r in self.runs])

    @cached_property
    def age(self) -> Column:
        """What the years between a run and the newest one add to its distance."""
        known = self.year[~np.isnan(self.year)]
        newest = float(known.max()) if known.size else 0.0
        years = np.clip(np.nan_to_num(newest - self.year, nan=UNDATED_YEARS), 0.0, None)
        cost: Column = 0.1 * years
        return cost

    @cached_property
    def silence(self) -> Column:
        """What it adds that a run does not say how fast answers came."""
        return (~self.decoded).astype(np.float64)


@of_newest
def runs_of(catalogue: Catalogue) -> Runs:
    """The runs of a catalogue, the same ones while it is the same snapshot."""
    found = (_run(row, catalogue) for row in catalogue.measurements if row.usable)
    return Runs(catalogue, tuple(run for run in found if run is not None))


def device_of(sight: Sight) -> str:
    """The device whose product a run is known by."""
    return f"cpu:{sight.cpu}" if sight.where == "cpu" else f"gpu:{sight.gpu}"


def family_of(sight: Sight, catalogue: Catalogue) -> tuple[str, str]:
    """Vendor and architecture of that device."""
    if sight.where == "cpu":
        cpu = catalogue.cpus[sight.cpu or ""]
        return cpu.vendor, cpu.microarchitecture or cpu.slug
    gpu = catalogue.gpus[sight.gpu or ""]
    return gpu.vendor, gpu.architecture or gpu.slug


def model_sizes(slug: str, catalogue: Catalogue) -> tuple[float, float]:
    """log2 of the active and of all parameters, in 10^9."""
    model = catalogue.models[slug]
    total = model.params_total_b or math.nan
    return math.log2(model.params_active_b or total), math.log2(total)


def log_bits(slug: str, catalogue: Catalogue) -> float:
    """log2 of the bits a weight takes."""
    return _log_bits(catalogue.quantizations[slug])


def _log_bits(quantization: QuantizationFacts) -> float:
    return math.log2(quantization.body_bits or quantization.bits_per_weight or math.nan)


def year_of(date: str | None) -> float:
    """A date as precise as it was given, as a year; NaN where nobody gave one."""
    found = re.match(r"(20\d\d)(?:-(\d\d))?", date or "")
    if found is None:
        return math.nan
    return float(found[1]) + ((float(found[2]) - 0.5) / 12 if found[2] else 0.5)


def cpu_memory_gbs(cpu: CpuFacts | None, sockets: float) -> float:
    """Peak of the memory of all sockets where every channel is filled at the CPU's own speed."""
    if cpu is None or cpu.memory_channels is None or cpu.memory_mts_max is None:
        return math.nan
    return sockets * float(dram_bandwidth_gbs(cpu.memory_channels, cpu.memory_mts_max))


def busy_cores(cpu: CpuFacts | None, sockets: float, threads: float | None) -> float:
    """Cores at work: one for each thread, every one where nobody says how many threads."""
    if cpu is None or cpu.cores is None:
        return math.nan
    return min(threads or math.inf, cpu.cores * sockets)


def _run(row: MeasurementFacts, catalogue: Catalogue) -> Run | None:
    """A row as evidence; ``None`` where it names something the catalogue does not have."""
    engine = catalogue.engines.get(row.engine_slug or "")
    if (
        engine is None
        or row.model_slug not in catalogue.models
        or row.quantization_slug not in catalogue.quantizations
    ):
        return None
    gpu, cpu = catalogue.gpus.get(row.gpu_slug or ""), catalogue.cpus.get(row.cpu_slug or "")
    on_cpu = row.kind == "cpu" or (row.gpu_slug is None and row.gpu_name is None)
    if (cpu if on_cpu else gpu) is None or not (row.decode_tps or row.prefill_tps or row.ttft_ms):
        return None
    cards = float((row.sockets if on_cpu else row.gpu_count) or 1)
    users = _users(row, continuous=engine.batching == "continuous")
    whole = row.decode_kind == "end_to_end" and row.decode_tps_per_user is None
    sight = Sight(
        gpu=None if on_cpu or gpu is None else gpu.slug,
        cpu=cpu.slug if cpu is not None else None,
        where="cpu" if on_cpu else _OFFLOADS.get(row.parallelism or "", "gpu"),
        split=_split(row, cards, continuous=engine.batching == "continuous"),
        cards=cards,
        nodes=max(2.0, cards) if row.kind == "multi-node" else 1.0,
        model=row.model_slug or "",
        quantization=row.quantization_slug or "",
        engine=engine.slug,
        users=users,
        depth_tokens=_depth(row, users, localscore=engine.family == "llamafile"),
        bandwidth_gbs=_bandwidth(cpu if on_cpu else gpu, cards),
        memory_gbs=_memory_gbs(row),
        busy_cores=busy_cores(cpu, float(row.sockets or 1), row.threads),
        power_cap_w=row.power_cap_w or math.nan,
    )
    return Run(row, sight, _decode_tps(row, users), whole)


def _bandwidth(device: Fact | None, cards: float) -> float:
    if isinstance(device, GpuFacts):
        return device.bandwidth_gbs or math.nan
    return cpu_memory_gbs(device, cards) if isinstance(device, CpuFacts) else math.nan


def _memory_gbs(row: MeasurementFacts) -> float:
    if row.memory_channels is None or row.memory_mts is None:
        return math.nan
    return float(dram_bandwidth_gbs(row.memory_channels, row.memory_mts))


def _split(row: MeasurementFacts, cards: float, *, continuous: bool) -> Split:
    """How several cards shared the model; what the engine does by itself where nobody says."""
    if cards == 1 or row.kind == "cpu" or row.parallelism in _OFFLOADS:
        return ""
    return _NAMED_SPLITS.get(row.parallelism or "", "tensor" if continuous else "layer")


def _users(row: MeasurementFacts, *, continuous: bool) -> float:
    """Requests at once; NaN where an offline run took as many as there was room for."""
    if row.concurrency is not None:
        return max(1.0, row.concurrency)
    if row.decode_tps and row.decode_tps_per_user:
        return max(1.0, row.decode_tps / row.decode_tps_per_user)
    return math.nan if continuous and row.decode_kind == "end_to_end" else 1.0


def _decode_tps(row: MeasurementFacts, users: float) -> float | None:
    """Tokens a second of one request."""
    if row.decode_tps_per_user:
        return row.decode_tps_per_user
    if not row.decode_tps or math.isnan(users):
        return None
    return row.decode_tps / users


def _depth(row: MeasurementFacts, users: float, *, localscore: bool) -> float:
    """Tokens in the cache when the answer begins, as its author or the benchmark says."""
    prompt, depth = row.prompt_tokens or 0.0, row.context_depth
    if localscore:
        return LOCALSCORE_DEPTH
    if row.decode_kind == "end_to_end":
        return prompt + (depth or 0.0)
    if depth is None or (depth == 0 and users > 1):
        return prompt
    return depth

"""Measured runs beside an estimate: those of the very combination, else the nearest.

The very combination is the same product and number of GPUs (CPU and sockets where the CPU does
the work, with memory as fast), model, weight format, engine on the same backend, the model lying in
the same place, and requests at once within 25 %.

How near another run is, is a sum a person can follow (`_distances`): the device counts most, then
the engine, then how much larger the model, how many more bits, cards, requests and tokens of
context, each in doublings, and last how old the run is.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.builds.answers.evidence_words import Question, measured_sentence, shown
from app.builds.answers.measured_runs import (
    ABOUT_CORES,
    COMPARABLE,
    DEPTH_FLOOR,
    Column,
    Runs,
    Sight,
    Split,
    Where,
    busy_cores,
    cpu_memory_gbs,
    device_of,
    family_of,
    log_bits,
    model_sizes,
    runs_of,
)
from app.builds.assemble import Assembled
from app.builds.assessment import Evidence
from app.builds.spec import BuildSpec
from app.catalogue.snapshot import Catalogue
from app.estimator.calibration import Calibration
from app.estimator.estimate import UNCORRECTED, Correction, Estimate
from app.estimator.kept import of_newest
from app.estimator.numbers import UNKNOWN
from app.estimator.workload import OFFLOADS, Placement

#: Runs shown, and the distance beyond which a run says nothing about the build.
SHOWN: Final = 5
FURTHEST: Final = 6.0
#: "The same": requests at once and memory bandwidth within a quarter.
ABOUT: Final = math.log2(1.25)
#: Engines that share their kernels.
RELATED: Final = frozenset({"llama.cpp", "ik_llama.cpp", "llamafile", "ollama"})
#: Runs put in order at first, in the hope that no more are needed.
_LOOKED_AT: Final = 64
#: Own figures of these parts make another device of it.
_OWN_GPU: Final = frozenset({"gpu.bandwidth_gbs", "gpu.compute_tflops"})
_OWN_CPU: Final = frozenset({"cpu.cores", "cpu.all_core_ghz", "cpu.bandwidth_gbs"})


@dataclass(frozen=True, slots=True)
class Found:
    """What was measured, and what it does to the estimate's interval."""

    evidence: Evidence
    correction: Correction = UNCORRECTED

    @property
    def measured(self) -> bool:
        """Whether this very combination was measured."""
        return self.evidence.basis == "measured"

    @property
    def narrowed(self) -> bool:
        """Whether runs at a comparable depth cap both speeds' intervals."""
        own = self.correction
        return not math.isnan(float(own.decode_factor) + float(own.prefill_factor))


def evidence_for(
    spec: BuildSpec,
    assembled: Assembled,
    found: Estimate | None,
    catalogue: Catalogue,
    calibration: Calibration,
) -> Found:
    """The measured runs a build's speed can be held against."""
    question = _question(spec, assembled, found)
    if question is None or found is None:
        return Found(Evidence())
    runs = runs_of(catalogue)
    if not runs.runs:
        return Found(Evidence(sentence="No run was measured yet."))
    very = _very(question, runs)
    depths = np.abs(runs.depth - math.log2(question.sight.depth_tokens + DEPTH_FLOOR))
    distances = _distances(question, runs, depths)
    if very.any():
        order = np.flatnonzero(very)[np.argsort(distances[very], kind="stable")]
        return _measured(order, depths, question, runs, assembled, found, calibration)
    chosen = _nearest(distances, runs)
    sentence = (
        "This very combination was not measured; these runs come nearest."
        if chosen
        else "Nobody measured anything near this combination."
    )
    return Found(
        Evidence(
            basis="nearest" if chosen else "none",
            sentence=sentence,
            runs=[shown(runs.runs[i], question, catalogue) for i in chosen],
        )
    )


def _question(spec: BuildSpec, assembled: Assembled, found: Estimate | None) -> Question | None:
    """The build as a run would be described; ``None`` where nothing runs or its size is unknown."""
    parts, engine = assembled.parts, assembled.engine
    if found is None or engine is None or float(found.memory.fits) == 0.0:
        return None
    if parts.model.params_total_b is None:
        return None
    on_cpu = found.placement == "cpu-only"
    group = max(parts.gpus, key=lambda g: g.count) if parts.gpus and not on_cpu else None
    if (parts.cpu if on_cpu else group) is None:
        return None
    cpu = assembled.setting.machine.cpu
    memory = UNKNOWN if cpu is None else float(cpu.dram_bandwidth_gbs) * float(cpu.sockets)
    overrides = spec.machine.overrides
    if group is None:
        cards, usual = float(parts.sockets), cpu_memory_gbs(parts.cpu, float(parts.sockets))
        bandwidth = usual if math.isnan(memory) else memory
    else:
        cards = float(parts.gpu_count * parts.nodes)
        cards = 1.0 if found.placement == "one-gpu" else cards
        bandwidth = group.gpu.bandwidth_gbs or UNKNOWN
    own = {*overrides} & ((_OWN_CPU if on_cpu else _OWN_GPU) | {"model.weights_gib"})
    return Question(
        Sight(
            gpu=group.gpu.slug if group else None,
            cpu=parts.cpu.slug if parts.cpu else None,
            where=_where(found.placement),
            split=_split(found.placement),
            cards=cards,
            nodes=float(parts.nodes),
            model=parts.model.slug,
            quantization=parts.quantization.slug,
            engine=engine.slug,
            users=float(spec.workload.concurrency),
            depth_tokens=float(assembled.setting.workload.start_tokens),
            bandwidth_gbs=bandwidth,
            memory_gbs=memory,
            busy_cores=busy_cores(parts.cpu, float(parts.sockets), overrides.get("cpu.threads")),
            power_cap_w=overrides.get("gpu.power_cap_w", UNKNOWN),
        ),
        engine=engine,
        mixed=len(parts.gpus) > 1 and not on_cpu and found.placement != "one-gpu",
        own_figures=bool(own),
    )


def _where(placement: Placement) -> Where:
    if placement in ("layer-offload", "expert-offload"):
        return "layer-offload" if placement == "layer-offload" else "expert-offload"
    return "cpu" if placement == "cpu-only" else "gpu"


def _split(placement: Placement) -> Split:
    if placement == "tensor-parallel":
        return "tensor"
    return "layer" if placement == "layer-split" else ""


def _very(question: Question, runs: Runs) -> NDArray[np.bool_]:
    """Which runs are of this very combination and say how fast it answers."""
    ask = question.sight
    if question.mixed or question.own_figures:
        return np.zeros(len(runs.runs), dtype=bool)
    same: NDArray[np.bool_] = (
        runs.device.are(device_of(ask))
        & runs.model.are(ask.model)
        & runs.quantization.are(ask.quantization)
        & runs.engine_family.are(question.engine.family)
        & runs.backend.are(question.engine.backend)
        & runs.where.are(ask.where)
        & runs.split.are(ask.split)
        & (runs.cards == math.log2(ask.cards))
        & (runs.nodes == math.log2(ask.nodes))
        & runs.decoded
        & (np.abs(runs.users - math.log2(ask.users)) <= ABOUT)
        & _capped(runs.power_cap, ask.power_cap_w)
    )
    if ask.where == "cpu":
        same &= ~(_gap(runs.busy_cores, ask.busy_cores) > ABOUT_CORES)
    if ask.where != "gpu":  # the CPU's memory does much of the work
        same &= runs.cpu.are(ask.cpu or "") & ~(_gap(runs.memory, ask.memory_gbs) > ABOUT)
    return same


def _capped(caps: Column, asked_w: float) -> NDArray[np.bool_]:
    """Whether a run's power limit is the asked one, or neither has any."""
    if math.isnan(asked_w):
        return np.isnan(caps)
    return _gap(caps, asked_w) <= math.log2(1.1)


def _gap(column: Column, value: float) -> Column:
    """Doublings between a column of log2 and one value; NaN where either is unknown."""
    return np.abs(column - math.log2(value)) if value > 0 else np.full(column.shape, np.nan)


def _distances(question: Question, runs: Runs, depths: Column) -> Column:
    """How far each run is from the question; a sum in which a doubling of size counts about 1."""
    users = 0.5 * np.nan_to_num(np.abs(runs.users - math.log2(question.sight.users)), nan=6.0)
    distance: Column = _from_the_build(question, runs) + users + 0.3 * depths + runs.age
    return distance + runs.silence


#: Builds of which the distances are kept: one is a row of numbers, one for each run.
_BUILDS_KEPT: Final = 128


@of_newest
def _kept_distances(_: Runs) -> dict[tuple[object, ...], Column]:
    return {}


def _from_the_build(question: Question, runs: Runs) -> Column:
    """The part of the distances that lies in machine, model and engine, kept for the next time.

    How long the prompts are and how many people ask changes from question to question; the build
    far less often.
    """
    ask, known = question.sight, _kept_distances(runs)
    key = (
        *(ask.gpu, ask.cpu, ask.where, ask.split, ask.cards, ask.nodes, ask.bandwidth_gbs),
        *(ask.model, ask.quantization, question.engine.family, question.engine.backend),
    )
    found = known.get(key)
    if found is None:
        while len(known) >= _BUILDS_KEPT:
            known.pop(next(iter(known)), None)
        found = known[key] = _build_distances(question, runs)
        found.flags.writeable = False
    return found


def _build_distances(question: Question, runs: Runs) -> Column:
    ask, catalogue = question.sight, runs.catalogue
    vendor, family = family_of(ask, catalogue)
    active, total = model_sizes(ask.model, catalogue)
    bandwidth = np.minimum(np.nan_to_num(_gap(runs.bandwidth, ask.bandwidth_gbs), nan=1.0), 2.0)
    device = np.select(
        [
            runs.device.are(device_of(ask)),
            runs.on_cpu != (ask.where == "cpu"),
            runs.vendor.are(vendor) & runs.family.are(family),
            runs.vendor.are(vendor),
        ],
        [0.0, 2 * FURTHEST, 2.0 + bandwidth, 3.0 + bandwidth],
        4.0 + bandwidth,
    )
    related = runs.engine_family.are(*(RELATED if question.engine.family in RELATED else ()))
    engine = np.select(
        [runs.engine_family.are(question.engine.family), related], [0.0, 0.5], 1.5
    ) + 0.75 * ~runs.backend.are(question.engine.backend)
    actives, totals = runs.sizes
    model = np.where(
        runs.model.are(ask.model),
        0.0,
        0.25
        + np.nan_to_num(np.abs(actives - active), nan=2.0)
        + 0.5 * np.nan_to_num(np.abs(totals - total), nan=2.0)
        + 0.5 * (runs.moe != (catalogue.models[ask.model].architecture == "moe")),
    )
    gap_bits = np.abs(runs.bits - log_bits(ask.quantization, catalogue))
    bits = 0.1 * ~runs.quantization.are(ask.quantization) + np.nan_to_num(gap_bits, nan=1.0)
    place = 1.5 * ~runs.where.are(ask.where) + 0.5 * ~runs.split.are(ask.split)
    if ask.where != "gpu":
        place = place + 0.5 * ~runs.cpu.are(ask.cpu or "")
    count = np.abs(runs.cards - math.log2(ask.cards)) + (runs.nodes != math.log2(ask.nodes))
    distance: Column = device + engine + model + bits + place + count
    return distance


def _nearest(distances: Column, runs: Runs) -> list[int]:
    """The nearest runs, of each combination only its nearest."""
    chosen: list[int] = []
    seen = set()
    for i in _in_order(distances):
        if len(chosen) == SHOWN or distances[i] > FURTHEST:
            break
        sight = runs.runs[i].sight
        combination = (
            device_of(sight),
            sight.where,
            sight.cards,
            sight.model,
            sight.quantization,
            sight.engine,
            sight.users,
        )
        if combination not in seen:
            seen.add(combination)
            chosen.append(int(i))
    return chosen


def _in_order(distances: Column) -> Iterator[np.intp]:
    """Places from the nearest to the furthest; of equals the earlier one first.

    The few that are looked at as a rule are found without putting all in order.
    """
    done = 0
    if distances.size > _LOOKED_AT:
        near = np.flatnonzero(distances <= np.partition(distances, _LOOKED_AT)[_LOOKED_AT])
        yield from near[np.argsort(distances[near], kind="stable")]
        done = near.size
    yield from np.argsort(distances, kind="stable")[done:]


def _measured(
    order: NDArray[np.intp],
    depths: Column,
    question: Question,
    runs: Runs,
    assembled: Assembled,
    found: Estimate,
    calibration: Calibration,
) -> Found:
    """The answer where this very combination was measured; ``order`` is nearest first."""
    pure = [i for i in order if not runs.runs[i].whole_run]
    near = [i for i in pure if depths[i] <= COMPARABLE]
    told = [runs.runs[i] for i in (near or pure or order)]
    evidence = Evidence(
        basis="measured",
        sentence=measured_sentence(told, len(order), question.sight),
        found=len(order),
        runs=[shown(runs.runs[i], question, runs.catalogue) for i in order[:SHOWN]],
    )
    if not near:
        return Found(evidence)
    prompts = any(runs.runs[i].facts.prefill_tps for i in near)
    serving = bool(assembled.setting.engine.serving)
    capping = _capping(found, calibration, serving=serving, prompts=prompts)
    return Found(evidence, capping)


def _capping(
    found: Estimate, calibration: Calibration, *, serving: bool, prompts: bool
) -> Correction:
    """No wider than what is said of a product that was fitted, under engines that were fitted."""
    if found.placement == "cpu-only":
        regime = "cpu"
    elif found.placement in OFFLOADS:
        regime = "offload"
    else:
        regime = "serving" if serving else "gpu"

    def capped(phase: str, factor: float) -> float:
        by_class = calibration.intervals.get(f"{regime}-{phase}", {})
        known = by_class.get(found.confidence.device_class) or by_class.get("all")
        return factor if known is None else min(factor, known.known)

    own = found.confidence
    return Correction(
        decode_factor=capped("decode", float(own.decode_factor)),
        prefill_factor=capped("prefill", float(own.prefill_factor)) if prompts else UNKNOWN,
    )

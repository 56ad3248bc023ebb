"""Where a model can lie on a machine, which place is chosen, and why another is not possible."""

import math

from app.builds.assemble import Assembled
from app.builds.engines import runs_on_cpu
from app.builds.problems import InvalidSpecError, Problem
from app.catalogue.facts import EngineFacts
from app.estimator.estimate import Estimate, estimate
from app.estimator.workload import OFFLOADS, Placement

LABELS: dict[str, str] = {
    "one-gpu": "on one GPU",
    "unified-memory": "in unified memory",
    "layer-split": "layers split over the GPUs",
    "tensor-parallel": "tensor parallel over the GPUs",
    "layer-offload": "some layers in RAM",
    "expert-offload": "experts in RAM",
    "cpu-only": "on the CPU",
}
#: Tried in this order; of those that fit the fastest is taken, the earlier where equal.
ORDER: tuple[Placement, ...] = (
    "unified-memory",
    "one-gpu",
    "tensor-parallel",
    "layer-split",
    "expert-offload",
    "layer-offload",
    "cpu-only",
)


def choose(assembled: Assembled, asked: str) -> Estimate | None:
    """Estimate of the asked placement, or of the best possible one for ``auto``.

    ``None`` where no placement is possible at all (nothing to compute on, or no engine).

    Raises:
        InvalidSpecError: the asked placement is impossible; the problem says why.
    """
    if asked != "auto":
        placement: Placement = next(p for p in ORDER if p == asked)
        reason = why_not(assembled, placement)
        if reason is not None:
            raise InvalidSpecError([Problem("deployment.placement", reason)])
        return estimate(assembled.setting, placement)
    possible = [p for p in ORDER if why_not(assembled, p) is None]
    if "expert-offload" in possible:  # what people do with a mixture, and what was measured
        possible = [p for p in possible if p != "layer-offload"]
    estimates = [estimate(assembled.setting, p) for p in possible]
    return max(estimates, key=_merit) if estimates else None


def why_not(assembled: Assembled, placement: Placement) -> str | None:
    """Why this placement is impossible here; ``None`` where it is possible."""
    parts, engine = assembled.parts, assembled.engine
    cards = parts.gpu_count * parts.nodes
    unified = assembled.setting.machine.unified_memory
    if engine is None:
        return "No engine in the catalogue runs on this hardware."
    if placement == "cpu-only":
        return _why_not_cpu(assembled, engine)
    if not parts.gpus:
        return "This machine has no GPU: choose “on the CPU”, or add a GPU."
    if engine.backend == "cpu":
        return f"{engine.name} uses no GPU: choose another engine."
    if placement not in engine.placements:
        return f"{engine.name} does not run a model {LABELS[placement]}."
    if placement == "unified-memory":
        if not unified:
            return "These GPUs have memory of their own."
        return None if cards == 1 else "Several devices need the layers split over them."
    if placement == "one-gpu":
        return "This GPU shares the machine's memory." if unified else None
    if placement == "layer-split":
        return None if cards > 1 else "Splitting layers needs at least two GPUs."
    if placement == "tensor-parallel":
        return _why_not_tensor(assembled, cards)
    return _why_not_offload(assembled, placement, unified)


def _why_not_cpu(assembled: Assembled, engine: EngineFacts) -> str | None:
    if assembled.parts.cpu is None:
        return "Name a CPU and its memory first."
    if assembled.parts.nodes > 1:
        return "Inference on the CPUs of several machines is not modelled: use one."
    if not runs_on_cpu(engine):
        return f"{engine.name} needs a GPU: choose a CPU engine such as llama.cpp (CPU)."
    return None


def _why_not_tensor(assembled: Assembled, cards: int) -> str | None:
    heads = assembled.parts.model.n_heads
    if cards < 2:
        return "Tensor parallelism needs at least two GPUs."
    if len(assembled.parts.gpus) > 1:
        return "Tensor parallelism needs GPUs of one kind."
    if heads is not None and heads % cards:
        return f"{heads} attention heads do not divide over {cards} GPUs: use a divisor of {heads}."
    return None


def _why_not_offload(assembled: Assembled, placement: Placement, unified: bool) -> str | None:
    parts = assembled.parts
    if unified:
        return "CPU and GPU share one memory here: there is nowhere to offload to."
    if parts.nodes > 1:
        return "Offloading to RAM is only modelled for a single machine."
    if parts.cpu is None:
        return "Name a CPU and its memory first."
    if assembled.setting.machine.cpu is None or math.isnan(
        float(assembled.setting.machine.cpu.memory_gib)
    ):
        return "Name the memory modules first: offloading needs to know the RAM."
    if placement == "expert-offload" and parts.model.architecture != "moe":
        return f"{parts.model.name} has no experts to keep in RAM."
    return None


def impossible(assembled: Assembled) -> dict[str, str]:
    """Every placement that cannot be used here, with its reason."""
    reasons = {placement: why_not(assembled, placement) for placement in ORDER}
    return {placement: reason for placement, reason in reasons.items() if reason is not None}


def no_placement(assembled: Assembled) -> str:
    """Why nothing is possible, in a sentence: the reason of the placement closest at hand."""
    engine = assembled.engine
    closest = _closest(assembled)
    known = [p for p in closest if engine is None or p in engine.placements]
    reasons = [why_not(assembled, p) for p in (*known, *closest)]
    return next((r for r in reasons if r is not None), "Nothing here can run a model.")


def _closest(assembled: Assembled) -> tuple[Placement, ...]:
    parts = assembled.parts
    if not parts.gpus:
        return ("cpu-only",)
    if parts.gpu_count * parts.nodes > 1:
        return ("layer-split", "tensor-parallel")
    return ("unified-memory",) if assembled.setting.machine.unified_memory else ("one-gpu",)


def _merit(found: Estimate) -> tuple[float, float]:
    """Fits on the devices, fits with offload, unknown, does not; then the sooner whole answer.

    The whole answer counts waiting for a place, which the speed of a running request does not.
    Among misfits the smaller shortfall.
    """
    fits = float(found.memory.fits)
    if fits == 1.0:
        answer_s = float(found.total_s.typical)
        return 2.0 if found.placement in OFFLOADS else 3.0, -math.inf if math.isnan(
            answer_s
        ) else -answer_s
    if math.isnan(fits):
        return 1.0, 0.0
    return 0.0, float(found.memory.spare_gib)

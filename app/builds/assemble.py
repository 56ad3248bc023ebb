"""From facts to figures: names in a BuildSpec become the plain numbers the estimator takes.

Every figure is noted in a `Ledger` with its origin. Where a fact is missing and physics allows a
stand-in, the stand-in is named and the interval widened; otherwise the figure stays unknown.
"""

from dataclasses import dataclass, replace

from app.builds.engines import usual_engine
from app.builds.figures.cpu import cpu_figures
from app.builds.figures.engine import engine_figures, note_engine
from app.builds.figures.gpu import gpu_figures, is_unified
from app.builds.figures.kind import base_kind
from app.builds.figures.links import node_hop_s
from app.builds.figures.model import format_figures, model_figures, scaled_to_known_size
from app.builds.ledger import Ledger
from app.builds.parts import Parts
from app.builds.spec import BuildSpec
from app.catalogue.facts import EngineFacts
from app.catalogue.snapshot import Catalogue
from app.estimator.calibration import (
    Calibration,
    device_class_of,
    offload_costs,
    ttft_factor,
)
from app.estimator.effects import Kind
from app.estimator.efficiency import OffloadCosts
from app.estimator.estimate import Setting, Widening
from app.estimator.hardware import Cpu, Gpu, Machine
from app.estimator.numbers import or_unknown
from app.estimator.workload import PLACEMENTS, Placement, Workload


@dataclass(frozen=True, slots=True)
class Assembled:
    """What the estimator needs, and the account of how it came about."""

    parts: Parts
    engine: EngineFacts | None
    setting: Setting
    ledger: Ledger


@dataclass(frozen=True, slots=True)
class RequestSize:
    """Tokens of one request."""

    prompt_tokens: int
    generated_tokens: int


def assemble(
    spec: BuildSpec, parts: Parts, catalogue: Catalogue, calibration: Calibration
) -> Assembled:
    """Turn looked-up parts into a `Setting` for the workload ``spec`` asks about."""
    ledger = Ledger(overrides={str(k): v for k, v in spec.machine.overrides.items()})
    cpu_only = spec.deployment.placement == "cpu-only" or not parts.gpus
    engine = parts.engine or usual_engine(parts, cpu_only, catalogue)
    note_engine(ledger, engine, parts)
    model = model_figures(parts.model, ledger)
    fmt = format_figures(parts, ledger)
    base = base_kind(spec, parts, engine, calibration, ledger)
    judged = calibration.judged
    cpu = cpu_figures(parts, engine, ledger, calibration, base)
    gpus = tuple(
        gpu_figures(i, group, parts, engine, ledger, calibration, base)
        for i, group in enumerate(parts.gpus)
    )
    machine = Machine(
        cpu=cpu,
        gpus=gpus,
        unified_memory=is_unified(parts),
        nodes=float(parts.nodes),
        node_hop_s=node_hop_s(parts, judged, ledger, or_unknown(parts.model.hidden_size)),
    )
    size = request_size(spec, parts)
    offload = _offload(spec, parts, base, cpu, gpus, calibration)
    setting = Setting(
        machine=machine,
        model=model,
        fmt=scaled_to_known_size(model, fmt, ledger),
        engine=engine_figures(engine, spec, parts, judged, ledger),
        workload=workload_of(spec, parts, size),
        offload=offload,
        pipeline=judged.pipeline,
        ttft_factor=ttft_factor(calibration, machine),
        widening={p: _widening(ledger, p, judged.missing_input) for p in PLACEMENTS},
    )
    return Assembled(parts, engine, setting, ledger)


def _offload(
    spec: BuildSpec,
    parts: Parts,
    base: Kind,
    cpu: Cpu | None,
    gpus: tuple[Gpu, ...],
    calibration: Calibration,
) -> OffloadCosts:
    """What is shared between a card and a CPU, known by both of them."""
    kind = base
    if cpu is not None and cpu.costs.kind is not None:
        kind = cpu.costs.kind
    card = gpus[0].costs.kind if gpus else None
    if card is not None:
        kind = replace(kind, vendor=card.vendor, family=card.family, product=card.product)
    expert = base.is_moe and spec.deployment.placement != "layer-offload"
    name = device_class_of(
        kind,
        cpu_only=False,
        offload="expert-offload" if expert else "layer-offload",
        split=None,
        unified=False,
    )
    experts, awake = parts.model.n_experts, parts.model.n_experts_per_token
    idle = experts / awake if experts and awake else 1.0
    return offload_costs(calibration, kind, name, idle)


def _widening(ledger: Ledger, placement: Placement, factor: float) -> Widening:
    """Each stand-in that matters under a placement widens its speeds' intervals once."""
    return Widening(
        decode=factor ** len(ledger.stood_in(placement, "decode")),
        prefill=factor ** len(ledger.stood_in(placement, "prefill")),
    )


def request_size(spec: BuildSpec, parts: Parts) -> RequestSize:
    """Tokens in and out: the user's figures, else the use case's (checked to exist before)."""
    workload, case = spec.workload, parts.use_case
    prompt = workload.prompt_tokens or case.prompt_tokens
    generated = workload.generated_tokens or case.generated_tokens
    if prompt is None or generated is None:
        raise ValueError("resolve_parts lets no use case without lengths through")
    return RequestSize(prompt, generated)


def workload_of(spec: BuildSpec, parts: Parts, size: RequestSize) -> Workload:
    """One request size under the spec's context and concurrency.

    A request longer than the context asked for needs the context it needs.
    """
    cached = spec.workload.cached_tokens
    needed = cached + size.prompt_tokens + size.generated_tokens
    context = max(spec.deployment.context_tokens, needed)
    return Workload(
        prompt_tokens=float(size.prompt_tokens),
        generated_tokens=float(size.generated_tokens),
        concurrency=float(spec.workload.concurrency),
        context_tokens=float(context),
        kv_scale=or_unknown(parts.kv.bits_per_weight) / 16,
        cached_tokens=float(cached),
        together=spec.workload.together,
    )

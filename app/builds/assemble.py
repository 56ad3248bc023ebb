"""From facts to figures: names in a BuildSpec become the plain numbers the estimator takes.

Every figure is noted in a `Ledger` with its origin. Where a fact is missing and physics allows a
stand-in, the stand-in is named and the interval widened; otherwise the figure stays unknown.
"""

from dataclasses import dataclass

from app.builds.engines import usual_engine
from app.builds.figures.cpu import cpu_figures
from app.builds.figures.engine import engine_figures, note_engine
from app.builds.figures.gpu import gpu_figures, is_unified
from app.builds.figures.links import node_hop_s
from app.builds.figures.model import format_figures, model_figures, scaled_to_known_size
from app.builds.ledger import Ledger
from app.builds.parts import Parts
from app.builds.spec import BuildSpec
from app.catalogue.facts import EngineFacts
from app.catalogue.snapshot import Catalogue
from app.estimator.calibration import Calibration, offload_efficiency
from app.estimator.cpu_bandwidth import read_bandwidth_gbs
from app.estimator.estimate import Setting, Widening
from app.estimator.hardware import Machine
from app.estimator.numbers import UNKNOWN, or_unknown
from app.estimator.workload import PLACEMENTS, Placement, Workload


@dataclass(frozen=True, slots=True)
class Assembled:
    """What the estimator needs, and the account of how it came about."""

    parts: Parts
    engine: EngineFacts | None
    engine_is_default: bool
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
    weight_key = weight_format_key(parts)
    cpu = cpu_figures(parts, engine, ledger, calibration)
    gpus = tuple(
        gpu_figures(i, group, parts, engine, ledger, calibration, weight_key)
        for i, group in enumerate(parts.gpus)
    )
    machine = Machine(
        cpu=cpu,
        gpus=gpus,
        unified_memory=is_unified(parts),
        nodes=float(parts.nodes),
        node_hop_s=node_hop_s(parts, calibration, ledger, or_unknown(parts.model.hidden_size)),
    )
    host_bandwidth = UNKNOWN
    if cpu is not None:
        host_bandwidth = float(read_bandwidth_gbs(cpu.dram_bandwidth_gbs, cpu.fabric_bandwidth_gbs))
    size = request_size(spec, parts)
    factors = calibration.factors
    setting = Setting(
        machine=machine,
        model=model,
        fmt=scaled_to_known_size(model, fmt, ledger),
        engine=engine_figures(engine, calibration, ledger),
        workload=workload_of(spec, parts, size),
        offload=offload_efficiency(
            calibration, engine.family if engine else "", weight_key, host_bandwidth
        ),
        pipeline=calibration.pipeline,
        batch_factor=factors.batch,
        ttft_under_load_factor=factors.ttft_under_load,
        widening={p: _widening(ledger, p, factors.missing_input) for p in PLACEMENTS},
    )
    return Assembled(parts, engine, parts.engine is None, setting, ledger)


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
    context = max(spec.deployment.context_tokens, size.prompt_tokens + size.generated_tokens)
    return Workload(
        prompt_tokens=float(size.prompt_tokens),
        generated_tokens=float(size.generated_tokens),
        concurrency=float(spec.workload.concurrency),
        context_tokens=float(context),
        kv_scale=or_unknown(parts.kv.bits_per_weight) / 16,
    )


def weight_format_key(parts: Parts) -> str:
    """The name the calibration knows a weight format by: its family, finer where that matters."""
    slug, family = parts.quantization.slug, parts.quantization.family
    if slug == "q8_0":
        return slug
    if family == "i-quant-ik":
        return "ik-trellis" if slug.endswith("kt") else "i-quant"
    return family

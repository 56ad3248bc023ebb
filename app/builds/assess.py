"""assess(): one BuildSpec in, one Assessment out. Every face of the product calls this."""

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from app import __version__
from app.builds.answers.curves import curves_of
from app.builds.answers.evidence import evidence_for
from app.builds.answers.fit import fit_answer
from app.builds.answers.placements import choose
from app.builds.answers.rooflines import roofline_of
from app.builds.answers.speed import speed_answer
from app.builds.answers.trace import trace_of
from app.builds.answers.verdicts import USE_CASES, plain_limits, verdict_for
from app.builds.assemble import Assembled, RequestSize, assemble, request_size
from app.builds.assessment import Assessment, Speed, Verdict, VerdictLimits
from app.builds.assumptions import CostAssumptions, load_cost_data
from app.builds.checks import checks_of
from app.builds.costs import cost_of
from app.builds.costs.electricity import tariff_slug
from app.builds.costs.work import Work, work_of
from app.builds.own_measurement import hear, note_own_measurement
from app.builds.parts import Parts, resolve_parts
from app.builds.power import power_of
from app.builds.query import spec_to_query
from app.builds.spec import BuildSpec, GpuSlot
from app.catalogue.snapshot import Catalogue
from app.estimator.calibration import Calibration
from app.estimator.estimate import UNCORRECTED, Correction, Estimate, estimate
from app.evidence.calibration import load_calibration


@dataclass(frozen=True, slots=True)
class World:
    """Everything an assessment depends on besides the question."""

    catalogue: Catalogue
    calibration: Calibration
    costs: CostAssumptions
    limits: VerdictLimits


def load_world(catalogue: Catalogue, seed_dir: Path, limits: VerdictLimits) -> World:
    """A world on ``catalogue`` with calibration and cost assumptions from ``seed_dir``.

    Raises:
        CalibrationError: the calibration file cannot be used.
    """
    return World(
        catalogue=catalogue,
        calibration=load_calibration(seed_dir / "calibration.json"),
        costs=load_cost_data(seed_dir),
        limits=limits,
    )


def assess(spec: BuildSpec, world: World, today: date | None = None) -> Assessment:
    """Answer ``spec``: fit, speed, verdicts, checks, cost, and how it all came about.

    ``today`` is the day prices are judged old on; the present day by default.

    Raises:
        InvalidSpecError: a name is unknown or the asked placement is impossible.
    """
    parts = resolve_parts(spec, world.catalogue)
    spec = _canonical(spec, parts, tariff_slug(spec.economics.electricity_country, world.catalogue))
    assembled = assemble(spec, parts, world.catalogue, world.calibration)
    found = choose(assembled, spec.deployment.placement)
    fit = fit_answer(assembled, found, world.catalogue)
    evidence = evidence_for(spec, assembled, found, world.catalogue, world.calibration)
    heard = hear(spec, found, evidence.correction)
    assembled, found = _corrected(assembled, found, heard.correction)
    note_own_measurement(assembled.ledger, spec)
    speed = speed_answer(assembled, found, evidence, heard.sentence)
    power = power_of(parts, world.costs, assembled.ledger.overrides)
    checks = checks_of(parts, spec, fit, power)
    return Assessment(
        title=title_of(parts),
        spec=spec,
        resolved=_resolved(assembled, found),
        query=spec_to_query(spec),
        estimator_version=__version__,
        calibration_version=world.calibration.version,
        catalogue_revision=world.catalogue.revision,
        buildable=not any(check.level == "problem" for check in checks),
        fit=fit,
        speed=speed,
        evidence=evidence.evidence.model_copy(update={"own": heard.sentence}),
        verdicts=_verdicts(spec, assembled, found, world),
        limits=world.limits,
        checks=checks,
        cost=cost_of(
            parts,
            spec,
            world.catalogue,
            world.costs,
            _work(spec, parts, speed),
            power,
            today or date.today(),
        ),
        power=power,
        roofline=roofline_of(assembled, found),
        curves=curves_of(assembled, found, world.limits.interactive_decode_tps),
        inputs=assembled.ledger.values,
        trace=trace_of(assembled, found),
    )


def _work(spec: BuildSpec, parts: Parts, speed: Speed) -> Work:
    size, workload = request_size(spec, parts), spec.workload
    return work_of(
        size.prompt_tokens,
        size.generated_tokens,
        workload.cached_tokens,
        workload.concurrency,
        speed,
    )


def _corrected(
    assembled: Assembled, found: Estimate | None, correction: Correction
) -> tuple[Assembled, Estimate | None]:
    """The same build and its estimate after what measured runs of it add."""
    if found is None or correction is UNCORRECTED:
        return assembled, found
    setting = replace(assembled.setting, correction=correction)
    return replace(assembled, setting=setting), estimate(setting, found.placement)


def title_of(parts: Parts) -> str:
    """A build in one line: "Ryzen 9 9950X · 2 × GeForce RTX 3090 · Qwen2.5 14B at Q4_K_M"."""
    machine: list[str] = []
    if parts.system is not None:
        machine.append(parts.system.name)
    if parts.cpu is not None and parts.system is None:
        times = f"{parts.sockets} × " if parts.sockets > 1 else ""
        machine.append(f"{times}{parts.cpu.name}")
    if not parts.gpus_from_system:
        machine += [
            f"{group.count} × {group.gpu.name}" if group.count > 1 else group.gpu.name
            for group in parts.gpus
        ]
    if parts.nodes > 1 and parts.system is None:
        machine.append(f"{parts.nodes} nodes")
    machine.append(f"{parts.model.name} at {parts.quantization.name}")
    return " · ".join(machine)


def _canonical(spec: BuildSpec, parts: Parts, tariff: str | None) -> BuildSpec:
    """The same question with every alias replaced by the catalogue's own slug."""
    machine, deployment = spec.machine, spec.deployment
    memory = machine.memory
    if memory is not None and parts.module is not None:
        memory = memory.model_copy(update={"module": parts.module.slug})
    gpus = (
        tuple(GpuSlot(gpu=group.gpu.slug, count=group.count) for group in parts.gpus)
        if machine.gpus
        else ()
    )
    return spec.model_copy(
        update={
            "machine": machine.model_copy(
                update={
                    "system": parts.system.slug if parts.system else None,
                    "cpu": parts.cpu.slug if machine.cpu and parts.cpu else None,
                    "memory": memory,
                    "gpus": gpus,
                    "link": parts.link.slug if machine.link and parts.link else None,
                }
            ),
            "deployment": deployment.model_copy(
                update={
                    "model": parts.model.slug,
                    "quantization": parts.quantization.slug,
                    "kv_dtype": parts.kv.slug.removeprefix("kv-"),
                    "engine": parts.engine.slug if parts.engine else None,
                }
            ),
            "workload": spec.workload.model_copy(update={"use_case": parts.use_case.slug}),
            "economics": spec.economics.model_copy(update={"electricity_country": tariff}),
        }
    )


def _resolved(assembled: Assembled, found: Estimate | None) -> dict[str, str | int | float | None]:
    """What the server filled in."""
    workload = assembled.setting.workload
    return {
        "engine": assembled.engine.slug if assembled.engine else None,
        "placement": found.placement if found else None,
        "prompt_tokens": int(workload.prompt_tokens),
        "generated_tokens": int(workload.generated_tokens),
        "context_tokens": int(workload.context_tokens),
    }


def _verdicts(
    spec: BuildSpec, assembled: Assembled, found: Estimate | None, world: World
) -> list[Verdict]:
    """UC1 to UC4, and the asked use case where it is another or has other lengths."""
    limits = plain_limits(world.limits)
    cases = [c for slug in USE_CASES if (c := world.catalogue.use_cases.get(slug)) is not None]
    sized = [
        (case, RequestSize(case.prompt_tokens, case.generated_tokens))
        for case in cases
        if case.prompt_tokens is not None and case.generated_tokens is not None
    ]
    asked, size = assembled.parts.use_case, request_size(spec, assembled.parts)
    if (asked, size) not in sized:
        as_stated = (asked.prompt_tokens, asked.generated_tokens) == (
            size.prompt_tokens,
            size.generated_tokens,
        )
        yours = {"slug": "yours", "name": "Yours", "description": f"{asked.name}, your lengths"}
        sized.append((asked if as_stated else asked.model_copy(update=yours), size))
    return [verdict_for(case, size, spec, assembled, found, limits) for case, size in sized]

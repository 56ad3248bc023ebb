"""The terms of a step, taken apart: seconds at the machine's peak, times what makes them longer.

The peak comes from asking the estimator once more with every cost set to one, so that nothing is
calculated here a second way. What a cost is made of is read from the calibration's effects.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from app.builds.answers.speed import TERM_LABELS
from app.builds.answers.trace import DECODE_FORMULAS, PREFILL_FORMULAS
from app.builds.assemble import Assembled
from app.builds.words import capital, number
from app.estimator.calibration import Calibration
from app.estimator.decode import total_s
from app.estimator.effects import PLAN, Kind, Phase, Regime, effects_on, regime_of
from app.estimator.efficiency import Costs
from app.estimator.estimate import Estimate, Setting, estimate, working_card
from app.estimator.workload import OFFLOADS

FORMULAS: dict[Phase, dict[str, str]] = {"decode": DECODE_FORMULAS, "prefill": PREFILL_FORMULAS}


@dataclass(frozen=True, slots=True)
class Effect:
    """One reason why a term takes longer or shorter, as a factor."""

    name: str  # as in the calibration: "engine:llama.cpp"
    factor: float
    fitted: bool  # some measured run had it


@dataclass(frozen=True, slots=True)
class Cost:
    """What one fit says of a term: all its effects, and their product."""

    regime: Regime
    term: str
    device: str
    multiple: float
    effects: list[Effect]


@dataclass(frozen=True, slots=True)
class Term:
    """One term of a step, from its peak to what it really takes. None where a figure is unknown."""

    name: str
    label: str
    formula: str
    peak_s: float | None
    multiple: float | None
    seconds: float | None
    share: float | None
    costs: list[Cost]  # their product is the multiple, where one kind of device does the work


@dataclass(frozen=True, slots=True)
class Account:
    """All terms of a phase, the longest first."""

    phase: Phase
    terms: list[Term]
    total_s: float | None


def account_of(
    assembled: Assembled, found: Estimate, calibration: Calibration, phase: Phase
) -> Account:
    """Take a decode step, or a prompt token, apart."""
    really = _terms(found, phase)
    peak = _terms(estimate(at_peak(assembled.setting), found.placement), phase)
    whole = float(total_s(dict(really)))
    known = math.isfinite(whole)
    terms = [
        Term(
            name=name,
            label=capital(TERM_LABELS[name]),
            formula=FORMULAS[phase][name],
            peak_s=number(peak[name]),
            # what cannot run costs nothing in particular
            multiple=number(seconds / peak[name]) if peak[name] and known else None,
            seconds=number(seconds),
            share=number(seconds / whole) if whole else None,
            costs=_costs(assembled, found, calibration, phase, name),
        )
        for name, seconds in really.items()
        if seconds != 0.0 or math.isnan(seconds)
    ]
    terms.sort(key=lambda term: -(term.seconds or 0.0))
    return Account(phase, terms, number(whole))


def at_peak(setting: Setting) -> Setting:
    """The same machine with an engine that reaches every peak."""
    machine, cpu = setting.machine, setting.machine.cpu
    return replace(
        setting,
        machine=replace(
            machine,
            cpu=None if cpu is None else replace(cpu, costs=_free(cpu.costs)),
            gpus=tuple(replace(gpu, costs=_free(gpu.costs)) for gpu in machine.gpus),
        ),
        offload=replace(setting.offload, decode={}, prefill={}),
    )


def _free(costs: Costs) -> Costs:
    return replace(costs, decode={}, prefill={})


def _terms(found: Estimate, phase: Phase) -> dict[str, float]:
    terms = found.decode_terms if phase == "decode" else found.prefill_terms
    return {name: float(seconds) for name, seconds in terms.items()}


def _costs(
    assembled: Assembled, found: Estimate, calibration: Calibration, phase: Phase, term: str
) -> list[Cost]:
    """Everything a term's time is multiplied by, in the order it is applied."""
    return [
        _cost(calibration, regime, name, device, kind)
        for regime, name, device, kind in _sources(assembled.setting, found, phase, term)
        if kind is not None and name in PLAN[regime]
    ]


def _sources(
    setting: Setting, found: Estimate, phase: Phase, term: str
) -> Iterator[tuple[Regime, str, str, Kind | None]]:
    """Fits, their term, and the device they are about: the rules `estimate.py` multiplies by."""
    machine, placement = setting.machine, found.placement
    serving = setting.engine.serving
    cpu = machine.cpu
    if placement == "cpu-only":
        if cpu is not None:
            yield regime_of("cpu-only", False, phase), term, cpu.name, cpu.costs.kind
        return
    if placement == "layer-split" and not serving:
        cards = machine.gpus[:1] if term == "hops" else machine.gpus
        for gpu in cards:
            if term == "batch":
                yield "gpu-prefill", "compute", gpu.name, gpu.costs.kind
            else:
                yield regime_of("one-gpu", False, phase), term, gpu.name, gpu.costs.kind
        return
    gpu = working_card(machine, placement)
    if placement in OFFLOADS and cpu is not None and term in ("host-batch", "cores"):
        yield "cpu-prefill", "compute", cpu.name, cpu.costs.kind
    elif term == "batch":
        yield regime_of("one-gpu", serving, "prefill"), "compute", gpu.name, gpu.costs.kind
    else:
        yield regime_of("one-gpu", serving, phase), term, gpu.name, gpu.costs.kind
    if placement in OFFLOADS:
        both = f"{gpu.name} and {cpu.name}" if cpu is not None else gpu.name
        yield regime_of(placement, False, phase), term, both, setting.offload.kind


def _cost(calibration: Calibration, regime: Regime, term: str, device: str, kind: Kind) -> Cost:
    fitted = calibration.effects.get(regime, {}).get(term, {})
    effects = [
        Effect(name, math.exp(fitted.get(name, 0.0) * by), name in fitted)
        for name, by in effects_on(regime, term, kind)
    ]
    return Cost(regime, term, device, math.prod(e.factor for e in effects), effects)

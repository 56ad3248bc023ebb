"""Measured runs as material for fitting: what each is made of at its machine's peaks.

The terms come out of the estimator itself, asked under a calibration without effects; so what is
fitted is what is estimated, term by term.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.accuracy.predict import assembled_for, placement_of
from app.accuracy.rows import NoMatch, Question, questions_of
from app.builds.assemble import Assembled
from app.catalogue.facts import MeasurementFacts
from app.catalogue.snapshot import Catalogue
from app.estimator.calibration import Calibration
from app.estimator.decode import total_s
from app.estimator.effects import Kind, Regime, effects_on, regime_of
from app.estimator.efficiency import Terms
from app.estimator.estimate import Setting, estimate
from app.estimator.prefill import beside_others, prompts_a_pass
from app.estimator.queueing import at_once_s
from app.estimator.workload import OFFLOADS, Placement
from app.evidence.fit import Run, balanced_weights

#: Up to so many a first token waits little longer than its own prompt takes.
FEW_REQUESTS = 16
#: From so many on, a step of a whole run holds about as much prompt as its requests bring.
MANY_REQUESTS = 4
#: A first token that takes so many times what a machine needs at its peaks waited for something
#: else, such as an engine that was still starting, and says nothing of prompts.
SLOWEST_FIRST = 15
#: What a run counts whose machine is only guessed at.
STAND_IN_WEIGHT = 0.3


@dataclass(frozen=True, slots=True)
class Example:
    """One measured quantity with everything fitting and grouping needs to know of it."""

    row: MeasurementFacts
    question: Question
    placement: Placement
    regime: Regime
    kind: Kind
    device: str
    device_class: str
    twice: bool  # a time to the first token whose prompt another figure of the row speaks of


def examples_of(
    rows: Iterable[MeasurementFacts], catalogue: Catalogue, calibration: Calibration
) -> tuple[list[Example], list[str]]:
    """Every quantity of every row that the catalogue and the estimator know enough about.

    Beside them, for each row that cannot be asked about, why.
    """
    found: list[Example] = []
    lost: list[str] = []
    for row in rows:
        try:
            questions = questions_of(row, catalogue)
        except NoMatch as reason:
            lost.append(str(reason))
            continue
        reasons = []
        asked = {question.quantity for question in questions}
        for question in questions:
            twice = question.quantity == "ttft_ms" and "prefill_tps" in asked
            try:
                found.append(_example(row, question, catalogue, calibration, twice=twice))
            except NoMatch as reason:
                reasons.append(str(reason))
        if len(reasons) == len(questions):
            lost.append(reasons[0])
    return found, lost


def _example(
    row: MeasurementFacts,
    question: Question,
    catalogue: Catalogue,
    calibration: Calibration,
    *,
    twice: bool,
) -> Example:
    assembled = assembled_for(question, catalogue, calibration)
    placement = placement_of(question)
    kind = _kind(assembled, placement)
    phase = "decode" if question.quantity == "decode_tps" else "prefill"
    found = estimate(assembled.setting, placement)
    if not total_s(found.decode_terms if phase == "decode" else found.prefill_terms) > 0:
        raise NoMatch("a figure the estimate needs is not known")
    parts = assembled.parts
    device = parts.gpus[0].gpu.slug if parts.gpus and placement not in OFFLOADS else ""
    return Example(
        row=row,
        question=question,
        placement=placement,
        regime=regime_of(placement, assembled.setting.engine.serving, phase),  # type: ignore[arg-type]
        kind=kind,
        device=device or (parts.cpu.slug if parts.cpu else ""),
        device_class=found.confidence.device_class,
        twice=twice,
    )


def _kind(assembled: Assembled, placement: Placement) -> Kind:
    machine = assembled.setting.machine
    if placement in OFFLOADS:
        kind = assembled.setting.offload.kind
    elif placement == "cpu-only":
        kind = machine.cpu.costs.kind if machine.cpu else None
    else:
        kind = machine.gpus[0].costs.kind if machine.gpus else None
    if kind is None:
        raise NoMatch("the engine does not run on this device")
    return kind


def trainable(example: Example) -> bool:
    """Whether a quantity is fitted: usable, of one kind of device, and a time of its own."""
    if not example.row.usable or example.row.kind == "multi-node":
        return False
    workload = example.question.spec.workload
    if example.question.quantity == "ttft_ms":
        if example.regime == "gpu-prefill":
            # LocalScore's two figures are means that see long prompts differently
            own = not example.twice or example.kind.engine_family == "llamafile"
            return workload.concurrency == 1 and own
        few = (example.row.concurrency or math.inf) <= FEW_REQUESTS
        return example.regime == "serving-prefill" and few
    if example.question.quantity == "prefill_tps":
        return workload.concurrency == 1
    if not example.question.whole_run:
        if example.regime == "serving-decode":
            return not _crowd_unknown(example.row)
        # of few requests beside each other nothing was measured on most devices
        return workload.concurrency == 1 and not _crowd_hidden(example.row)
    if example.row.prompt_tokens is None:
        return False
    # the steps of a whole run hold the prompts of the others: of few requests, too few of them
    few = workload.concurrency < MANY_REQUESTS
    long = (workload.prompt_tokens or 0) > (workload.generated_tokens or 1) / 2
    return example.regime == "serving-decode" and not (few and long)


def fitted_by(regime: Regime, examples: Iterable[Example]) -> list[Example]:
    """The examples a regime is fitted on, in their order."""
    return [e for e in examples if e.regime == regime and trainable(e)]


def _crowd_unknown(row: MeasurementFacts) -> bool:
    """Whether nobody says how many requests shared the steps."""
    return row.concurrency is None and row.decode_tps_per_user is None


def _crowd_hidden(row: MeasurementFacts) -> bool:
    """Whether a row says that several requests ran, but not how many."""
    return row.concurrency is None and "concurrency not stated" in (row.notes or "")


def runs_of(
    examples: Sequence[Example], catalogue: Catalogue, calibration: Calibration
) -> list[Run]:
    """What each example is made of, for fitting one regime.

    ``calibration`` holds the effects of every other regime the terms rest on (a card's own, where
    it shares a model with a CPU), and none of this one.
    """
    weights = balanced_weights(
        [e.row.source for e in examples],
        [e.device for e in examples],
        [_trust(e) for e in examples],
    )
    return [
        _run(example, weight, catalogue, calibration)
        for example, weight in zip(examples, weights, strict=True)
    ]


def _trust(example: Example) -> float:
    """The weight a row states; less where another CPU stands in for one it does not name."""
    stood_in = example.placement in OFFLOADS and example.row.cpu_slug is None
    return (example.row.weight or 1.0) * (STAND_IN_WEIGHT if stood_in else 1.0)


def _run(example: Example, weight: float, catalogue: Catalogue, calibration: Calibration) -> Run:
    question = example.question
    assembled = assembled_for(question, catalogue, calibration)
    found = estimate(assembled.setting, example.placement)
    measured = question.measured / question.replicas
    if question.quantity == "decode_tps":
        terms = found.decode_terms
        # all running requests share a step; a whole run pays for its prompts in the same steps
        seconds = float(found.memory.running) / measured
    elif question.quantity == "prefill_tps":
        terms, seconds = found.prefill_terms, 1 / measured
    else:
        terms = _with_turns(found.prefill_terms, assembled.setting)
        seconds = measured / 1000 / float(assembled.setting.workload.prompt_tokens)
        late = seconds > SLOWEST_FIRST * float(total_s(terms))
        if example.regime == "serving-prefill" and late:
            weight = 0.0
    return Run(
        seconds=seconds,
        terms={name: float(value) for name, value in terms.items()},
        effects={name: effects_on(example.regime, name, example.kind) for name in terms},
        weight=weight,
    )


def _with_turns(terms: Terms, setting: Setting) -> Terms:
    """Seconds per prompt token with those of the prompts that came at the same moment and go first.

    Of the others few requests leave no queue worth counting.
    """
    work = setting.workload
    a_pass = prompts_a_pass(setting.engine, work)
    ahead = work.together * at_once_s(0.0, 1.0, work.concurrency, a_pass)
    beside = beside_others(terms, a_pass)
    return {name: seconds + ahead * beside[name] for name, seconds in terms.items()}

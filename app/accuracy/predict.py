"""What the estimator says of a measured run, exactly as a user would have been told."""

from dataclasses import dataclass

from app.accuracy.rows import NoMatch, Question
from app.builds.answers.placements import why_not
from app.builds.assemble import Assembled, assemble
from app.builds.parts import resolve_parts
from app.builds.problems import InvalidSpecError
from app.catalogue.snapshot import Catalogue
from app.estimator.calibration import Calibration
from app.estimator.estimate import Estimate, estimate
from app.estimator.numbers import Interval
from app.estimator.workload import Placement


@dataclass(frozen=True, slots=True)
class Prediction:
    """One predicted quantity in the unit of the measured one, with its 80 % interval."""

    low: float
    typical: float
    high: float
    basis: str
    device_class: str


def predict(question: Question, catalogue: Catalogue, calibration: Calibration) -> Prediction:
    """The estimate for a question.

    Raises:
        NoMatch: the build cannot exist, or a figure the estimate needs is unknown.
    """
    assembled = assembled_for(question, catalogue, calibration)
    found = estimate(assembled.setting, placement_of(question))
    return prediction_of(question, found)


def assembled_for(question: Question, catalogue: Catalogue, calibration: Calibration) -> Assembled:
    """The build of a question as plain figures. Raises NoMatch where it cannot exist."""
    try:
        parts = resolve_parts(question.spec, catalogue)
    except InvalidSpecError as error:
        raise NoMatch("; ".join(p.message for p in error.problems)) from error
    assembled = assemble(question.spec, parts, catalogue, calibration)
    reason = why_not(assembled, placement_of(question))
    if reason is not None:
        raise NoMatch(reason)
    return assembled


def placement_of(question: Question) -> Placement:
    """The placement the run used; rows never leave it open."""
    asked = question.spec.deployment.placement
    if asked == "auto":
        raise ValueError("a measured run has a placement")
    return asked


def prediction_of(question: Question, found: Estimate) -> Prediction:
    """The quantity that was measured, out of an estimate. Raises NoMatch where it is unknown."""
    interval = _quantity(question, found)
    if interval.typical != interval.typical:
        raise NoMatch("a figure the estimate needs is not known")
    return Prediction(
        low=float(interval.low),
        typical=float(interval.typical),
        high=float(interval.high),
        basis=found.confidence.basis,
        device_class=found.confidence.device_class,
    )


def _quantity(question: Question, found: Estimate) -> Interval:
    if question.quantity == "prefill_tps":
        return found.prefill_tps
    if question.quantity == "ttft_ms":
        s = found.ttft_s
        return Interval(s.low * 1000, s.typical * 1000, s.high * 1000)
    copies = question.replicas
    if not question.whole_run:
        one = found.decode_total_tps
        return Interval(copies * one.low, copies * one.typical, copies * one.high)
    # every request's tokens over its whole time, all running requests together
    tokens = (
        copies * question.spec.workload.concurrency * (question.spec.workload.generated_tokens or 1)
    )
    total = found.total_s
    return Interval(tokens / total.high, tokens / total.typical, tokens / total.low)

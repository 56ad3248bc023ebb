"""A user's own measurement of the build: the estimate moves towards it and grows surer.

One measured run is shrunk, never taken for the truth. In logarithms, with s the standard deviation
of the estimate and m that of one run against what the same question gives another time:

    estimate + (measured - estimate) x s^2 / (s^2 + m^2),   spread sqrt(s^2 m^2 / (s^2 + m^2))

which is the mean of two independent normal statements (Bayes). The factor found at the measured
workload is one of the build: it holds for its other lengths too.
"""

import math
from dataclasses import dataclass, replace
from typing import Final

from app.builds.assessment import InputValue
from app.builds.ledger import Ledger
from app.builds.problems import InvalidSpecError, Problem
from app.builds.spec import BuildSpec
from app.builds.words import THIN, significant
from app.estimator.decode import total_s
from app.estimator.estimate import Correction, Estimate

#: Half of an 80 % interval, in standard deviations of a normal distribution.
HALF_WIDTH: Final = 1.2816
#: Standard deviation, in logarithms, of one measured decode speed. Judged: two people who publish
#: the same combination differ by 10.6 % in the median; one's own machine differs less from itself,
#: but its one run is at another length, warmth and build of the engine than the next.
DECODE_SD: Final = 0.10
#: The same of a prefill speed, which depends more on batch sizes and on what else runs.
PREFILL_SD: Final = 0.15
#: A run further from the estimate than this factor measured something else than was asked.
FURTHEST: Final = 3.0


@dataclass(frozen=True, slots=True)
class Shrunk:
    """A speed after a measurement was heard, and the factor that 80 % of outcomes lie within."""

    tps: float
    factor: float


@dataclass(frozen=True, slots=True)
class Heard:
    """What became of a user's own figures."""

    correction: Correction
    sentence: str


def shrunk(estimated_tps: float, factor: float, measured_tps: float, sd: float) -> Shrunk:
    """The estimate after one measured run with standard deviation ``sd`` in logarithms."""
    s = math.log(max(factor, 1.0)) / HALF_WIDTH
    share = s**2 / (s**2 + sd**2)
    moved = share * math.log(measured_tps / estimated_tps)
    spread = math.sqrt(s**2 * sd**2 / (s**2 + sd**2))
    return Shrunk(estimated_tps * math.exp(moved), math.exp(HALF_WIDTH * spread))


def hear(spec: BuildSpec, found: Estimate | None, correction: Correction) -> Heard:
    """Add the user's own figures to what is known of this very build already.

    Raises:
        InvalidSpecError: a figure lies so far from the estimate that it is of something else.
    """
    workload = spec.workload
    decode, prefill = workload.measured_decode_tps, workload.measured_prefill_tps
    if decode is None and prefill is None:
        return Heard(correction, "")
    if found is None or float(found.memory.fits) == 0.0:
        return Heard(correction, "")  # the sentence that it does not run says enough
    _refuse_other_things(spec, found)
    parts: list[str] = []
    estimated = float(found.decode_tps.typical)
    if decode is not None and math.isfinite(estimated):
        factor = float(found.confidence.decode_factor)
        speed = shrunk(estimated, factor, decode, DECODE_SD)
        step_s = float(total_s(found.decode_terms))
        correction = replace(
            correction, decode=1 / (speed.tps * step_s), decode_factor=speed.factor
        )
        parts.append(f"{_rate(decode)} measured, {significant(estimated)} estimated")
    estimated = float(found.prefill_tps.typical)
    if prefill is not None and math.isfinite(estimated):
        factor = float(found.confidence.prefill_factor)
        speed = shrunk(estimated, factor, prefill, PREFILL_SD)
        correction = replace(
            correction,
            prefill=estimated / speed.tps,
            prefill_factor=speed.factor,
            ttft_factor=_ttft_factor(found, prefill),
        )
        parts.append(f"prompt {_rate(prefill)} measured, {significant(estimated)} estimated")
    sentence = f"Narrowed by your own measurement: {'; '.join(parts)}." if parts else ""
    return Heard(correction, sentence)


def note_own_measurement(ledger: Ledger, spec: BuildSpec) -> None:
    """Note the user's own figures among what went in."""
    workload = spec.workload
    for field, label in (
        ("measured_decode_tps", "decode you measured"),
        ("measured_prefill_tps", "prefill you measured"),
    ):
        value = getattr(workload, field)
        if value is not None:
            ledger.values.append(
                InputValue(
                    field=f"workload.{field}",
                    label=label,
                    value=value,
                    unit="tok/s",
                    origin="user",
                    source="yours",
                )
            )


def _ttft_factor(found: Estimate, measured_tps: float) -> float:
    """The wait is one prompt where one request runs; among several it also is their turns."""
    first = found.ttft_s
    factor = float(first.high) / float(first.typical)
    if float(found.memory.running) > 1 or float(found.queue_s) > 0:
        return factor
    typical = float(found.prefill_tps.typical)
    return shrunk(typical, factor, measured_tps, PREFILL_SD).factor


def _refuse_other_things(spec: BuildSpec, found: Estimate) -> None:
    workload = spec.workload
    problems = [
        Problem(f"workload.{field}", _too_far(measured, float(speed.typical)))
        for field, measured, speed in (
            ("measured_decode_tps", workload.measured_decode_tps, found.decode_tps),
            ("measured_prefill_tps", workload.measured_prefill_tps, found.prefill_tps),
        )
        if measured is not None
        and abs(math.log(measured / float(speed.typical))) > math.log(FURTHEST)
    ]
    if problems:
        raise InvalidSpecError(problems)


def _too_far(measured: float, estimated: float) -> str:
    ratio = measured / estimated
    times = significant(max(ratio, 1 / ratio))
    than = "the" if ratio > 1 else "less than the"
    return (
        f"{_rate(measured)} is {times} times {than} {_rate(estimated)} expected here for one "
        "request: something else was measured. Check model, format, engine and lengths, or leave "
        "this empty."
    )


def _rate(tokens_per_second: float) -> str:
    return f"{significant(tokens_per_second)}{THIN}tok/s"

"""How far off: errors and coverage by class, from predictions whose truth is known."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.accuracy.cross_validation import Ranged
from app.accuracy.predict import Prediction, predict
from app.accuracy.record import ALL, ClassAccuracy
from app.accuracy.rows import QUANTITIES, NoMatch, Quantity, questions_of
from app.catalogue.facts import MeasurementFacts
from app.catalogue.snapshot import Catalogue
from app.estimator.calibration import Calibration


@dataclass(frozen=True, slots=True)
class Matched:
    """One row of a file with what was predicted of it, or why nothing was."""

    row: MeasurementFacts
    reason: str | None
    predictions: dict[Quantity, Prediction]
    measured: dict[Quantity, float]


def predict_rows(
    rows: Iterable[MeasurementFacts], catalogue: Catalogue, calibration: Calibration
) -> list[Matched]:
    """Every row predicted with the calibration as it is."""
    return [_matched(row, catalogue, calibration) for row in rows]


def _matched(row: MeasurementFacts, catalogue: Catalogue, calibration: Calibration) -> Matched:
    measured: dict[Quantity, float] = {
        quantity: float(value)
        for quantity in QUANTITIES
        if (value := getattr(row, quantity)) is not None
    }
    try:
        questions = questions_of(row, catalogue)
    except NoMatch as reason:
        return Matched(row, str(reason), {}, measured)
    predictions: dict[Quantity, Prediction] = {}
    reasons = []
    for question in questions:
        try:
            predictions[question.quantity] = predict(question, catalogue, calibration)
        except NoMatch as reason:
            reasons.append(str(reason))
    return Matched(row, None if predictions else reasons[0], predictions, measured)


def summary_of(matched: Sequence[Matched]) -> dict[str, Any]:
    """Rows, matched share and errors by class, as the accuracy command writes them.

    Nothing is left out of the fit here, so that no class counts groups.
    """
    lines = []
    found: dict[tuple[str, str], list[tuple[float, Prediction]]] = {}
    for one in matched:
        for quantity, prediction in one.predictions.items():
            measure = quantity.split("_", 1)[0]
            key = (measure, prediction.device_class)
            found.setdefault(key, []).append((one.measured[quantity], prediction))
            found.setdefault((measure, ALL), []).append((one.measured[quantity], prediction))
    for (measure, device_class), pairs in sorted(found.items()):
        errors = [p.typical / m - 1 for m, p in pairs]
        inside = [p.low <= m <= p.high for m, p in pairs]
        widths = [math.sqrt(p.high / p.low) for _, p in pairs if p.low > 0]
        lines.append(
            _line(measure, device_class, errors, 0, inside, widths),
        )
    unmatched = counted(one.reason for one in matched if one.reason is not None)
    total = len(matched)
    return {
        "rows": total,
        "matched": total - sum(unmatched.values()),
        "matched_share": (total - sum(unmatched.values())) / total if total else None,
        "classes": [line.model_dump() for line in lines],
        "unmatched": unmatched,
    }


def counted(reasons: Iterable[str]) -> dict[str, int]:
    """How many rows each reason lost, the commonest first."""
    return dict(sorted(Counter(reasons).items(), key=lambda item: (-item[1], item[0])))


def classes_of(found: Sequence[Ranged]) -> list[ClassAccuracy]:
    """Held-out errors by class, with the coverage of intervals taken from the other folds."""
    by_class: dict[tuple[str, str], list[Ranged]] = {}
    for one, factor in found:
        measure = one.example.question.quantity.split("_", 1)[0]
        device_class = one.example.device_class
        by_class.setdefault((measure, device_class), []).append((one, factor))
        by_class.setdefault((measure, ALL), []).append((one, factor))
    lines = []
    for (measure, device_class), members in sorted(by_class.items()):
        errors = [math.exp(one.log_error) - 1 for one, _ in members]
        given = [(one, factor) for one, factor in members if factor is not None]
        inside = [abs(one.log_error) <= math.log(factor) for one, factor in given]
        widths = [factor for _, factor in given]
        groups = len({one.group for one, _ in members})
        lines.append(_line(measure, device_class, errors, groups, inside, widths))
    return lines


def _line(
    measure: str,
    device_class: str,
    errors: Sequence[float],
    groups: int,
    inside: Sequence[bool],
    widths: Sequence[float],
) -> ClassAccuracy:
    absolute = np.abs(errors)
    return ClassAccuracy(
        measure=measure,
        device_class=device_class,
        rows=len(errors),
        groups=groups,
        median_error=round(float(np.median(absolute)), 4),
        p90_error=round(float(np.percentile(absolute, 90)), 4),
        bias=round(float(np.median(errors)), 4),
        coverage=round(float(np.mean(inside)), 4) if inside else None,
        width=round(float(np.median(widths)), 3) if widths else None,
    )


def table_of(lines: Sequence[ClassAccuracy]) -> str:
    """The same as text, aligned for a terminal."""
    head = f"{'':8} {'class':24} {'rows':>5} {'groups':>6} {'median':>7} {'p90':>6} {'bias':>6}"
    out = [f"{head} {'covers':>7} {'factor':>7}"]
    for x in lines:
        coverage = "" if x.coverage is None else f"{x.coverage:.0%}"
        width = "" if x.width is None else f"{x.width:.2f}"
        groups = str(x.groups) if x.groups else ""
        out.append(
            f"{x.measure:8} {x.device_class:24} {x.rows:5d} {groups:>6} {x.median_error:7.1%} "
            f"{x.p90_error:6.0%} {x.bias:+6.0%} {coverage:>7} {width:>7}"
        )
    return "\n".join(out)

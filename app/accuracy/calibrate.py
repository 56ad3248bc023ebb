"""`rigwise calibrate`: from the shipped measurements to one reviewed file, the same every time."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from app.accuracy.cross_validation import (
    BYS,
    By,
    Ranged,
    factor_tables,
    fit_all,
    held_out,
    intervals,
)
from app.accuracy.record import ClassAccuracy
from app.accuracy.report import classes_of, counted
from app.accuracy.training import Example, examples_of
from app.catalogue.snapshot import Catalogue
from app.estimator.calibration import Calibration

#: The newest builds that measured runs were made with are today's.
CURRENT_YEAR = 2026.7
STATEMENT = (
    "Fitted on the published measurements in seed/measurements: additive terms at the machine's "
    "peaks times effects of engine, driver, architecture, product and format; robust loss, "
    "shrinkage. Intervals hold four of five runs on hardware (new) or models (known) that were "
    "left out of the fit."
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What calibrating gives: the file's tree, and the held-out accuracy beside it."""

    calibration: dict[str, Any]
    accuracy: dict[str, Any]


def data_hash(catalogue: Catalogue) -> str:
    """Hash of everything the fit rests on: measurements and the facts they are joined to."""
    digest = hashlib.sha256()
    for kind in ("cpus", "gpus", "models", "quantizations", "engines"):
        for slug, fact in sorted(catalogue.of_kind(kind).items()):
            digest.update(f"{kind}/{slug}".encode())
            digest.update(
                fact.model_dump_json(exclude={"notes", "source", "cell_sources"}).encode()
            )
    for row in catalogue.measurements:
        digest.update(row.model_dump_json().encode())
    return digest.hexdigest()


def blank(calibration: Calibration) -> Calibration:
    """A calibration that knows nothing yet."""
    return replace(
        calibration, effects={}, intervals={}, ttft_intervals={}, current_year=CURRENT_YEAR
    )


def training_examples(
    catalogue: Catalogue, calibration: Calibration, *, excluded: bool = False
) -> tuple[list[Example], list[str]]:
    """Examples from the shipped rows; with ``excluded`` those set aside as suspect as well.

    ``calibration`` is a blank one. Beside them, for each row that gives none, why.
    """
    rows = [row for row in catalogue.measurements if row.usable or excluded]
    return examples_of(rows, catalogue, calibration)


def calibrate(catalogue: Catalogue, calibration: Calibration) -> Outcome:
    """Fit on all shipped rows, and say how well that does on what it never saw.

    ``calibration`` gives the judgements; its effects are not looked at.
    """
    start = blank(calibration)
    examples, unmatched = training_examples(catalogue, start)
    left_out = {by: held_out(examples, catalogue, start, by) for by in BYS}
    ranged = {by: intervals(found) for by, found in left_out.items()}
    regimes, ttft = factor_tables(left_out["hardware"], left_out["model"])
    digest = data_hash(catalogue)
    effects = _sorted(fit_all(examples, catalogue, start))
    fitted = hashlib.sha256(f"{digest}{json.dumps(effects)}".encode()).hexdigest()
    tree = {
        "version": f"2026.11-{fitted[:8]}",
        "statement": STATEMENT,
        "data_hash": digest,
        "current_year": CURRENT_YEAR,
        "effects": effects,
        "intervals": {
            regime: {name: asdict(factor) for name, factor in by_class.items()}
            for regime, by_class in regimes.items()
        },
        "ttft_intervals": {name: asdict(factor) for name, factor in ttft.items()},
    }
    everything, _ = training_examples(catalogue, start, excluded=True)
    with_excluded = intervals(held_out(everything, catalogue, start, "hardware"))
    accuracy = {
        "calibration": tree["version"],
        "rows": sum(1 for row in catalogue.measurements if row.usable),
        "rows_excluded": sum(1 for row in catalogue.measurements if not row.usable),
        "rows_matched": len({e.row.row_id for e in examples}),
        "unmatched": counted(unmatched),
        "by": {
            by: [line.model_dump() for line in classes_of(found)] for by, found in ranged.items()
        },
        "with_excluded": [line.model_dump() for line in classes_of(with_excluded)],
        "points": _points(ranged["hardware"]),
    }
    return Outcome(tree, accuracy)


def cross_validated(
    catalogue: Catalogue, calibration: Calibration, by: By, *, excluded: bool = False
) -> list[ClassAccuracy]:
    """Errors by class with whole groups left out of the fit."""
    start = blank(calibration)
    examples, _ = training_examples(catalogue, start, excluded=excluded)
    return classes_of(intervals(held_out(examples, catalogue, start, by)))


def write(outcome: Outcome, seed_dir: Path) -> None:
    """Write ``calibration.json`` and ``accuracy.json``, byte for byte the same for one input."""
    for name, tree in (("calibration", outcome.calibration), ("accuracy", outcome.accuracy)):
        text = json.dumps(tree, indent=1, sort_keys=name == "accuracy", ensure_ascii=False)
        (seed_dir / f"{name}.json").write_text(f"{text}\n", encoding="utf-8")


def _points(found: Sequence[Ranged]) -> list[list[Any]]:
    """Each held-out quantity: row, quantity, class, measured, predicted, half-width."""
    return sorted(
        [
            one.example.row.row_id,
            one.example.question.quantity,
            one.example.device_class,
            one.example.question.measured,
            float(f"{one.prediction.typical:.4g}"),
            None if factor is None else round(factor, 3),
        ]
        for one, factor in found
    )


def _sorted(effects: Any) -> dict[str, Any]:
    return {
        regime: {
            term: dict(sorted(values.items())) for term, values in sorted(effects[regime].items())
        }
        for regime in sorted(effects)
    }

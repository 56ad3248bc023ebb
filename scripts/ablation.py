"""What each physical term and each effect buys: held-out error without it, `make ablation`.

Every regime is fitted with one term, or one effect on all terms, left out, in ten folds with whole
groups (hardware, then models) held out, as `rigwise accuracy --cross-validate` does. Printed is
the median and 90th percentile of the absolute error of the speed, and the mean absolute log error,
which sees both ends. A term that buys nothing has no place in `app/estimator/effects.py`.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from app.accuracy.calibrate import blank, training_examples
from app.accuracy.cross_validation import FOLDS, GROUP, folds_of
from app.accuracy.priors import PRIORS, SCALES
from app.accuracy.training import Example, fitted_by, runs_of
from app.catalogue.seed_files import SEED_DIR
from app.catalogue.snapshot import catalogue_from_seed
from app.estimator.effects import PLAN, Regime
from app.evidence.calibration import load_calibration
from app.evidence.fit import Run, fit_effects, fitted_seconds

REGIMES: tuple[Regime, ...] = (
    "gpu-decode",
    "gpu-prefill",
    "cpu-decode",
    "cpu-prefill",
    "serving-decode",
)
Keep = Callable[[str, str], bool]


def main() -> None:
    catalogue = catalogue_from_seed()
    start = blank(load_calibration(SEED_DIR / "calibration.json"))
    examples, _ = training_examples(catalogue, start)
    print("| regime | without | hardware left out | model left out |")
    print("|---|---|---|---|")
    made: dict[Regime, tuple[list[Example], list[Run]]] = {}
    for regime in REGIMES:
        own = fitted_by(regime, examples)
        made[regime] = (own, runs_of(own, catalogue, start))
    # terms of every regime first: they are what physics says
    for what, regime in [(w, r) for w in ("nothing", "term", "effect") for r in REGIMES]:
        own, runs = made[regime]
        for name, keep_term, keep_effect in _variants(regime):
            if not name.startswith(what):
                continue
            kept = [_without(run, keep_term, keep_effect) for run in runs]
            cells = [_errors(own, kept, regime, by) for by in ("hardware", "model")]
            print(f"| {regime} | {name} | {cells[0]} | {cells[1]} |", flush=True)


def _variants(regime: Regime) -> list[tuple[str, Keep, Keep]]:
    def everything(_: str, __: str) -> bool:
        return True

    found: list[tuple[str, Keep, Keep]] = [("nothing", everything, everything)]
    for term in PLAN[regime]:
        found.append((f"term {term}", lambda t, _, gone=term: t != gone, everything))
    effects = sorted({name for names in PLAN[regime].values() for name in names} - {"base"})
    for effect in effects:
        found.append(
            (
                f"effect {effect}",
                everything,
                lambda _, name, gone=effect: name.split(":", 1)[0] != gone,
            )
        )
    return found


def _without(run: Run, keep_term: Keep, keep_effect: Keep) -> Run:
    return replace(
        run,
        terms={t: s for t, s in run.terms.items() if keep_term(t, "")},
        effects={
            t: [(n, by) for n, by in effects if keep_effect(t, n)]
            for t, effects in run.effects.items()
        },
    )


def _errors(examples: Sequence[Example], runs: Sequence[Run], regime: Regime, by: str) -> str:
    groups = [GROUP[by](e) for e in examples]  # type: ignore[index]
    fold_of = folds_of(set(groups))
    logs = []
    for fold in range(FOLDS):
        kept = [r for r, g in zip(runs, groups, strict=True) if fold_of[g] != fold]
        gone = [r for r, g in zip(runs, groups, strict=True) if fold_of[g] == fold]
        if not gone:
            continue
        fitted = fit_effects(kept, PRIORS[regime], SCALES[regime])
        logs += [math.log(r.seconds / fitted_seconds(r, fitted)) for r in gone]
    errors = np.abs(np.expm1(logs))
    return (
        f"{np.median(errors):.1%} / {np.percentile(errors, 90):.0%} / {np.mean(np.abs(logs)):.3f}"
    )


if __name__ == "__main__":
    main()

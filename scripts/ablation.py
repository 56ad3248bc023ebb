"""What each physical term and each effect buys: held-out error without it.

Every regime is fitted with one term, or one effect on all terms, left out, in twenty folds with
whole groups (hardware, then models) held out. Printed is the median and 90th percentile of the
absolute error of the speed, and the mean absolute log error, which sees both ends. A term that buys
nothing has no place in `app/estimator/effects.py`.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from app.accuracy.calibrate import blank, training_examples
from app.accuracy.cross_validation import GROUP, By, folds_of
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
    "serving-prefill",
)
BYS: tuple[By, ...] = ("hardware", "model")
FOLDS = 20
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
            cells = [_errors(own, kept, regime, by) for by in BYS]
            print(f"| {regime} | {name} | {cells[0]} | {cells[1]} |", flush=True)


def _variants(regime: Regime) -> list[tuple[str, Keep, Keep]]:
    found: list[tuple[str, Keep, Keep]] = [("nothing", _everything, _everything)]
    found += [(f"term {term}", _all_but_term(term), _everything) for term in PLAN[regime]]
    effects = sorted({name for names in PLAN[regime].values() for name in names} - {"base"})
    found += [(f"effect {name}", _everything, _all_but_effect(name)) for name in effects]
    return found


def _everything(_term: str, _effect: str) -> bool:
    return True


def _all_but_term(gone: str) -> Keep:
    return lambda term, _: term != gone


def _all_but_effect(gone: str) -> Keep:
    return lambda _, effect: effect.split(":", 1)[0] != gone


def _without(run: Run, keep_term: Keep, keep_effect: Keep) -> Run:
    return replace(
        run,
        terms={t: s for t, s in run.terms.items() if keep_term(t, "")},
        effects={
            t: [(n, by) for n, by in effects if keep_effect(t, n)]
            for t, effects in run.effects.items()
        },
    )


def _errors(examples: Sequence[Example], runs: Sequence[Run], regime: Regime, by: By) -> str:
    groups = [GROUP[by](e) for e in examples]
    fold_of = folds_of(set(groups), FOLDS)
    whole = fit_effects(runs, PRIORS[regime], SCALES[regime])
    logs = []
    for fold in range(FOLDS):
        kept = [r for r, g in zip(runs, groups, strict=True) if fold_of[g] != fold]
        gone = [r for r, g in zip(runs, groups, strict=True) if fold_of[g] == fold]
        fitted = fit_effects(kept, PRIORS[regime], SCALES[regime], start=whole)
        logs += [math.log(r.seconds / fitted_seconds(r, fitted)) for r in gone if r.weight > 0]
    errors = np.abs(np.expm1(logs))
    return (
        f"{np.median(errors):.1%} / {np.percentile(errors, 90):.0%} / {np.mean(np.abs(logs)):.3f}"
    )


if __name__ == "__main__":
    main()

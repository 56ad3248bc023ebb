"""Errors on what the fit never saw: whole groups left out, the rest fitted, the group predicted.

Every prediction goes the way a user's question goes; only the calibration is one that never saw
the group.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np

from app.accuracy.predict import Prediction, predict
from app.accuracy.priors import PRIORS, SCALES
from app.accuracy.rows import NoMatch
from app.accuracy.training import Example, fitted_by, runs_of
from app.catalogue.snapshot import Catalogue
from app.estimator.calibration import Calibration, Factor
from app.estimator.effects import REGIMES, Effects, Regime
from app.evidence.fit import Run, fit_effects

By = Literal["hardware", "model", "source"]
BYS: tuple[By, ...] = get_args(By)
FOLDS = 20
#: Fitted on their own; the others share a model between two devices and rest on these.
_ALONE: tuple[Regime, ...] = tuple(r for r in REGIMES if not r.startswith("offload"))
_SHARED: tuple[Regime, ...] = tuple(r for r in REGIMES if r.startswith("offload"))
#: Four of five outcomes should lie within an interval.
LEVEL = 0.8
#: Fewer groups than this say nothing of their own class.
FEWEST_GROUPS = 4
NARROWEST = 1.05
#: How much less a run counts in a group of many: the group's runs to this power.
CROWDED = 0.25

GROUP: Mapping[By, Callable[[Example], str]] = {
    "hardware": lambda e: e.device,
    "model": lambda e: e.row.model_slug or "",
    "source": lambda e: e.row.source,
}


@dataclass(frozen=True, slots=True)
class HeldOut:
    """One quantity predicted by a fit that never saw its group."""

    example: Example
    group: str
    fold: int
    prediction: Prediction

    @property
    def log_error(self) -> float:
        """log(predicted / measured)."""
        return math.log(self.prediction.typical / self.example.question.measured)


#: A prediction and the half-width of its interval, as a factor; None where no class has one.
Ranged = tuple[HeldOut, float | None]


def fit_all(
    examples: Sequence[Example],
    catalogue: Catalogue,
    calibration: Calibration,
    alone: Mapping[Regime, Sequence[Run]] | None = None,
) -> Effects:
    """Effects of every regime, those that rest on others last.

    ``calibration`` gives the judgements; its effects are not looked at. ``alone`` may hold the
    runs of the first regimes, made before, in the order of the examples.
    """
    effects: dict[str, Mapping[str, Mapping[str, float]]] = {}
    for regime in (*_ALONE, *_SHARED):
        own = fitted_by(regime, examples)
        if not own:
            continue
        if alone is not None and regime in alone:
            runs = list(alone[regime])
        else:
            runs = runs_of(own, catalogue, replace(calibration, effects=dict(effects)))
        effects[regime] = fit_effects(runs, PRIORS[regime], SCALES[regime])
    return effects


def held_out(
    examples: Sequence[Example], catalogue: Catalogue, calibration: Calibration, by: By
) -> list[HeldOut]:
    """Every example predicted without its group; those that cannot be predicted are left out.

    ``calibration`` is a blank one.
    """
    fold_of = folds_of({GROUP[by](e) for e in examples})
    prepared = {regime: _prepared(examples, regime, catalogue, calibration) for regime in _ALONE}
    found = []
    for fold in range(FOLDS):
        left_out = [e for e in examples if fold_of[GROUP[by](e)] == fold]
        if not left_out:
            continue
        kept = [e for e in examples if fold_of[GROUP[by](e)] != fold]
        alone = {
            regime: [run for e, run in pairs if fold_of[GROUP[by](e)] != fold]
            for regime, pairs in prepared.items()
        }
        fitted = replace(calibration, effects=fit_all(kept, catalogue, calibration, alone))
        for example in left_out:
            try:
                prediction = predict(example.question, catalogue, fitted)
            except NoMatch:
                continue
            found.append(HeldOut(example, GROUP[by](example), fold, prediction))
    return found


def _prepared(
    examples: Sequence[Example], regime: Regime, catalogue: Catalogue, blank: Calibration
) -> list[tuple[Example, Run]]:
    own = fitted_by(regime, examples)
    return list(zip(own, runs_of(own, catalogue, blank), strict=True))


def folds_of(groups: Iterable[str]) -> dict[str, int]:
    """Groups dealt out over the folds, the same way every time."""
    names = sorted(groups)
    order = np.random.default_rng(0).permutation(len(names))
    return {names[int(i)]: n % FOLDS for n, i in enumerate(order)}


Key = tuple[str, str]


def key_of(found: HeldOut) -> Key:
    """What an interval is given by: the regime (or the first token), and the class."""
    example = found.example
    first = example.question.quantity == "ttft_ms"
    return ("ttft" if first else example.regime, example.device_class)


def factors(found: Sequence[HeldOut]) -> dict[Key, float]:
    """Half-widths of 80 % intervals by class, and "all" for each regime.

    Split conformal over groups: the quantile of absolute log errors, a run counting less the more
    its group has, and the log widened by one part in the number of groups. A class of few groups
    has none of its own.
    """
    by_key: dict[Key, list[HeldOut]] = {}
    for one in found:
        if not one.example.row.usable:
            continue
        regime, device_class = key_of(one)
        by_key.setdefault((regime, device_class), []).append(one)
        by_key.setdefault((regime, "all"), []).append(one)
    result = {}
    for key, members in by_key.items():
        groups: dict[str, int] = {}
        for one in members:
            groups[one.group] = groups.get(one.group, 0) + 1
        if key[1] != "all" and len(groups) < FEWEST_GROUPS:
            continue
        errors = np.array([abs(one.log_error) for one in members])
        weights = np.array([groups[one.group] ** -CROWDED for one in members])
        half = _quantile(errors, weights, LEVEL)
        few = 1.0 if key[1] == "all" else 1 + 1 / len(groups)
        result[key] = max(NARROWEST, math.exp(half * few))
    return result


def _quantile(
    values: "np.ndarray[tuple[int], np.dtype[np.float64]]",
    weights: "np.ndarray[tuple[int], np.dtype[np.float64]]",
    level: float,
) -> float:
    order = np.argsort(values)
    share = np.cumsum(weights[order]) / weights.sum()
    index = min(int(np.searchsorted(share, level)), len(values) - 1)
    return float(values[order][index])


def intervals(found: Sequence[HeldOut]) -> list[Ranged]:
    """Each prediction, in order, with the factor its class had in all other folds."""
    others = {
        fold: factors([one for one in found if one.fold != fold])
        for fold in {one.fold for one in found}
    }
    result: list[Ranged] = []
    for one in found:
        regime, device_class = key_of(one)
        by_key = others[one.fold]
        result.append((one, by_key.get((regime, device_class)) or by_key.get((regime, "all"))))
    return result


def factor_tables(
    new: Sequence[HeldOut], known: Sequence[HeldOut]
) -> tuple[dict[str, dict[str, Factor]], dict[str, Factor]]:
    """Factors of the regimes, and of the first token, for new products and for known ones."""
    of_new, of_known = factors(new), factors(known)
    regimes: dict[str, dict[str, Factor]] = {}
    ttft: dict[str, Factor] = {}
    for key in sorted(of_new):
        wide = of_new[key]
        near = min(wide, of_known.get(key, wide))
        factor = Factor(known=round(near, 3), new=round(wide, 3))
        if key[0] == "ttft":
            ttft[key[1]] = factor
        else:
            regimes.setdefault(key[0], {})[key[1]] = factor
    return regimes, ttft

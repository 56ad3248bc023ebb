"""Errors on what the fit never saw: whole groups left out, the rest fitted, the group predicted.

Every prediction goes the way a user's question goes; only the calibration is one that never saw
the group.
"""

import math
from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
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
#: Fitted on their own; the others share a model between two devices and rest on these.
_ALONE: tuple[Regime, ...] = tuple(r for r in REGIMES if not r.startswith("offload"))
_SHARED: tuple[Regime, ...] = tuple(r for r in REGIMES if r.startswith("offload"))
#: Regimes that an answer in one of a kind is made of: whole runs take both phases.
_RESTS_ON: Mapping[str, tuple[Regime, ...]] = {
    "gpu": ("gpu-decode", "gpu-prefill"),
    "cpu": ("cpu-decode", "cpu-prefill"),
    "serving": ("serving-decode", "serving-prefill"),
    "offload": (*_ALONE, *_SHARED),
}
#: Every device and every model is left out by itself; sources are many, and dealt out over these.
MOST_FOLDS: Mapping[By, int] = {"hardware": 1000, "model": 1000, "source": 20}
#: Four of five outcomes should lie within an interval.
LEVEL = 0.8
#: A class counts what its regime has as if so many groups of a single run said so.
POOLED = 2.0
NARROWEST = 1.05

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
    regimes: Container[Regime] = REGIMES,
    alone: Mapping[Regime, Sequence[Run]] | None = None,
    start: Effects | None = None,
) -> Effects:
    """Effects of the regimes wanted, those that rest on others last.

    ``calibration`` gives the judgements; its effects are not looked at. ``alone`` may hold the
    runs of the first regimes, made before, in the order of the examples; ``start`` a solution
    for nearly the same examples.
    """
    near = start or {}
    effects: dict[str, Mapping[str, Mapping[str, float]]] = {}
    for regime in (*_ALONE, *_SHARED):
        own = fitted_by(regime, examples) if regime in regimes else []
        if not own:
            continue
        if alone is not None and regime in alone:
            runs = list(alone[regime])
        else:
            runs = runs_of(own, catalogue, replace(calibration, effects=dict(effects)))
        effects[regime] = fit_effects(runs, PRIORS[regime], SCALES[regime], near.get(regime))
    return effects


def held_out(
    examples: Sequence[Example], catalogue: Catalogue, calibration: Calibration, by: By
) -> list[HeldOut]:
    """Every example predicted by a fit that never saw its group.

    Those that cannot be predicted are left out. ``calibration`` is a blank one.
    """
    group_of = GROUP[by]
    prepared = {regime: _prepared(examples, regime, catalogue, calibration) for regime in _ALONE}
    made = {regime: [run for _, run in pairs] for regime, pairs in prepared.items()}
    whole = fit_all(examples, catalogue, calibration, alone=made)
    fold_of = folds_of({group_of(e) for e in examples}, MOST_FOLDS[by])
    found = []
    for fold in range(len(set(fold_of.values()))):
        left_out = [e for e in examples if fold_of[group_of(e)] == fold]
        kept = [e for e in examples if fold_of[group_of(e)] != fold]
        alone = {
            regime: [run for e, run in pairs if fold_of[group_of(e)] != fold]
            for regime, pairs in prepared.items()
        }
        wanted = {regime for e in left_out for regime in _RESTS_ON[e.regime.rsplit("-", 1)[0]]}
        effects = fit_all(kept, catalogue, calibration, wanted, alone, whole)
        fitted = replace(calibration, effects=effects)
        for example in left_out:
            try:
                prediction = predict(example.question, catalogue, fitted)
            except NoMatch:
                continue
            found.append(HeldOut(example, group_of(example), fold, prediction))
    return found


def _prepared(
    examples: Sequence[Example], regime: Regime, catalogue: Catalogue, blank: Calibration
) -> list[tuple[Example, Run]]:
    own = fitted_by(regime, examples)
    return list(zip(own, runs_of(own, catalogue, blank), strict=True))


def folds_of(groups: Iterable[str], most: int) -> dict[str, int]:
    """Groups dealt out over at most so many folds, the same way every time."""
    names = sorted(groups)
    order = np.random.default_rng(0).permutation(len(names))
    return {names[int(i)]: n % min(most, len(names)) for n, i in enumerate(order)}


Key = tuple[str, str]


def key_of(found: HeldOut) -> Key:
    """What an interval is given by: the regime (or the first token), and the class.

    Of a serving engine's prompts people only ever see the first token.
    """
    example = found.example
    first = example.question.quantity == "ttft_ms" or example.regime == "serving-prefill"
    return ("ttft" if first else example.regime, example.device_class)


def factors(found: Sequence[HeldOut]) -> dict[Key, float]:
    """Half-widths of 80 % intervals by class, and "all" for each regime.

    Split conformal over groups: the quantile of absolute log errors. Few groups say little of their
    class: its log is shrunk towards that of the whole regime as if `POOLED` groups of the class had
    said so. A group of n runs says more than one run and less than n that have nothing in common:
    it counts as the root of n.
    """
    by_key: dict[Key, list[HeldOut]] = {}
    for one in found:
        if not one.example.row.usable:
            continue
        regime, device_class = key_of(one)
        by_key.setdefault((regime, device_class), []).append(one)
        by_key.setdefault((regime, "all"), []).append(one)
    halves = {key: _half_width(members) for key, members in by_key.items()}
    result = {}
    for (regime, device_class), (half, groups) in halves.items():
        whole, _ = halves[(regime, "all")]
        shrunk = (groups * half + POOLED * whole) / (groups + POOLED)
        result[(regime, device_class)] = max(NARROWEST, math.exp(shrunk))
    return result


def _half_width(members: Sequence[HeldOut]) -> tuple[float, float]:
    """The quantile of absolute log errors, and how many groups of a single run it is worth."""
    errors = np.sort([abs(one.log_error) for one in members])
    runs = Counter(one.group for one in members)
    worth = sum(math.sqrt(runs[group]) for group in sorted(runs))
    return float(errors[math.ceil(LEVEL * len(errors)) - 1]), worth


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
            if key[1] == "all" or key[1].startswith("serving"):
                regimes.setdefault("serving-prefill", {})[key[1]] = factor
        else:
            regimes.setdefault(key[0], {})[key[1]] = factor
    return regimes, ttft

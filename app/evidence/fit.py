"""Fitting effects on measured times: additive terms, log errors, robust loss, shrinkage.

A measured time t is modelled as the sum over terms k of base_k exp(sum of effects on k), where
base_k is the term at the machine's peaks. Minimised is

    sum_i w_i rho((log model_i - log t_i) / scale) + sum_j ((b_j - m_j) / s_j)^2

with rho the soft-L1 loss 2 (sqrt(1 + r^2) - 1) and a Gaussian prior (m_j, s_j) on every effect:
what few runs speak for stays near what it has in common with others. Solved by Levenberg-Marquardt
on the exact Jacobian; the result depends on nothing but the input.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

MAX_STEPS = 80
_TOLERANCE = 1e-8
_TINY_S = 1e-15


@dataclass(frozen=True, slots=True)
class Run:
    """One measured time and what it is made of."""

    seconds: float
    terms: Mapping[str, float]  # seconds at peak
    effects: Mapping[str, Sequence[tuple[str, float]]]  # on each term
    weight: float


@dataclass(frozen=True, slots=True)
class Prior:
    """Where an effect lies without runs, and how far from it runs may pull it."""

    mean: float
    deviation: float


#: term -> name of the effect before its colon -> prior
Priors = Mapping[str, Mapping[str, Prior]]
Fitted = dict[str, dict[str, float]]


def fit_effects(
    runs: Sequence[Run],
    priors: Priors,
    scale: float,
    start: Mapping[str, Mapping[str, float]] | None = None,
) -> Fitted:
    """Effects by term and name.

    Args:
        runs: measured times, all of one regime.
        priors: one for every kind of effect that occurs.
        scale: log error beyond which a run counts as an outlier.
        start: a solution for nearly the same runs, to save steps; without it, the priors' means.

    Raises:
        KeyError: an effect has no prior.
    """
    names = _names(runs)
    design = _design(runs, names)
    mean = np.array([priors[t][_kind(n)].mean for t, n in names])
    deviation = np.array([priors[t][_kind(n)].deviation for t, n in names])
    weight = np.sqrt(np.array([run.weight for run in runs]))
    log_seconds = np.log(np.array([run.seconds for run in runs]))

    def residuals(b: Array) -> tuple[Array, Array]:
        """Robust residuals with the prior's behind them, and their Jacobian."""
        parts = {t: base * np.exp(np.clip(x @ b, -30, 30)) for t, (base, x) in design.items()}
        total = sum(parts.values(), start=np.zeros(len(runs)))
        r = (np.log(total) - log_seconds) / scale
        root = np.sqrt(1 + r * r)
        robust = np.sign(r) * np.sqrt(2 * (root - 1))
        slope = np.where(np.abs(r) < 1e-6, 1.0, (r / root) / np.where(robust == 0, 1.0, robust))
        jacobian = sum(
            ((parts[t] / total)[:, None] * x for t, (_, x) in design.items()),
            start=np.zeros((len(runs), len(names))),
        )
        jacobian *= (weight * slope / scale)[:, None]
        return (
            np.concatenate([weight * robust, (b - mean) / deviation]),
            np.vstack([jacobian, np.diag(1 / deviation)]),
        )

    near = start or {}
    first = [near.get(t, {}).get(n, m) for (t, n), m in zip(names, mean, strict=True)]
    best = _least_squares(residuals, np.array(first))
    fitted: Fitted = {}
    for (term, name), value in zip(names, best, strict=True):
        # four decimals are far below what runs can tell, and the same on every machine
        fitted.setdefault(term, {})[name] = round(float(value), 4)
    return fitted


def fitted_seconds(run: Run, fitted: Mapping[str, Mapping[str, float]]) -> float:
    """What the fit makes of a run: each term's seconds at peak times exp of its effects."""
    return sum(
        seconds
        * math.exp(
            sum(fitted.get(term, {}).get(name, 0.0) * by for name, by in run.effects.get(term, ()))
        )
        for term, seconds in run.terms.items()
    )


def balanced_weights(
    sources: Sequence[str], devices: Sequence[str], given: Sequence[float]
) -> list[float]:
    """Weights under which neither a source nor a product outvotes the others.

    A run counts by (runs of its source on its device)^-0.5 times (weight of its source)^-0.35,
    times the weight its row states; the mean is 1.
    """
    pairs = list(zip(sources, devices, strict=True))
    many: dict[tuple[str, str], int] = {}
    for pair in pairs:
        many[pair] = many.get(pair, 0) + 1
    first = [many[pair] ** -0.5 for pair in pairs]
    of_source: dict[str, float] = {}
    for source, weight in zip(sources, first, strict=True):
        of_source[source] = of_source.get(source, 0.0) + weight
    weights = [w * of_source[s] ** -0.35 * g for w, s, g in zip(first, sources, given, strict=True)]
    mean = sum(weights) / len(weights) if weights else 1.0
    return [w / mean for w in weights]


def _kind(name: str) -> str:
    return name.split(":", 1)[0]


def _names(runs: Sequence[Run]) -> list[tuple[str, str]]:
    found = {
        (term, name)
        for run in runs
        for term, effects in run.effects.items()
        if run.terms.get(term, 0.0) > 0
        for name, _ in effects
    }
    return sorted(found)


def _design(
    runs: Sequence[Run], names: Sequence[tuple[str, str]]
) -> dict[str, tuple[Array, Array]]:
    """For each term its seconds at peak, (runs,), and what its effects count, (runs, effects)."""
    column = {name: j for j, name in enumerate(names)}
    terms = sorted({term for run in runs for term, s in run.terms.items() if s > 0})
    design = {}
    for term in terms:
        base = np.array([max(run.terms.get(term, 0.0), _TINY_S) for run in runs])
        x = np.zeros((len(runs), len(names)))
        for i, run in enumerate(runs):
            for name, by in run.effects.get(term, ()):
                j = column.get((term, name))
                if j is not None:
                    x[i, j] += by
        design[term] = (base, x)
    return design


def _least_squares(residuals: object, start: Array) -> Array:
    """Levenberg-Marquardt with Marquardt's scaling."""
    assert callable(residuals)  # noqa: S101  # for the type checker
    b = start
    f, jacobian = residuals(b)
    cost, damping = float(f @ f), 1e-2
    for _ in range(MAX_STEPS):
        normal, gradient = jacobian.T @ jacobian, jacobian.T @ f
        step = np.linalg.solve(normal + damping * np.diag(np.diag(normal)), -gradient)
        tried, tried_jacobian = residuals(b + step)
        tried_cost = float(tried @ tried)
        if tried_cost < cost:
            done = cost - tried_cost < _TOLERANCE * cost
            b, f, jacobian, cost = b + step, tried, tried_jacobian, tried_cost
            damping = max(damping / 5, 1e-9)
            if done:
                break
        else:
            damping *= 5
            if damping > 1e8:
                break
    return np.asarray(b)

"""Numbers that may be scalars or columns, and what "unknown" looks like among them.

Inside the estimator an unknown figure is NaN: it flows through arithmetic by itself and can never
turn into a plausible constant. At the edges (`app.builds`) NaN becomes ``None`` and back.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Number: TypeAlias = "float | NDArray[np.float64]"

UNKNOWN = float("nan")

#: Types of one figure. Most estimates are of one figure each, where a call of numpy costs ten times
#: what the arithmetic does; so `where` and its like do those themselves, to the same bits.
_SCALARS = frozenset({float, int, np.float64})
_TRUTHS = frozenset({bool, np.bool_})

GIB = float(2**30)
GB = 1e9


@dataclass(frozen=True, slots=True)
class Interval:
    """80 % interval: three numbers of one unit, low <= typical <= high (or all NaN)."""

    low: Number
    typical: Number
    high: Number


def around(typical: Number, factor: Number) -> Interval:
    """The interval [typical / factor, typical x factor] of a quantity whose error is a ratio."""
    return Interval(typical / factor, typical, typical * factor)


def or_unknown(value: float | int | None) -> float:
    """A catalogue figure as the estimator wants it: ``None`` becomes NaN."""
    return UNKNOWN if value is None else float(value)


def known(value: Number) -> Any:
    """Whether a figure is known; elementwise for columns."""
    return ~np.isnan(value) if isinstance(value, np.ndarray) else not math.isnan(value)


def where(condition: Any, yes: Number, no: Number) -> Number:
    """``np.where`` that gives a plain float for scalar arguments."""
    if type(condition) in _TRUTHS and type(yes) in _SCALARS and type(no) in _SCALARS:
        return float(yes if condition else no)
    result = np.where(condition, yes, no)
    return float(result) if result.ndim == 0 else result


def first_true(conditions: Sequence[Any], codes: Sequence[int], default: int) -> Any:
    """``np.select`` that gives a plain int for scalar conditions: the first one's code that is."""
    if all(type(condition) in _TRUTHS for condition in conditions):
        return next((code for true, code in zip(conditions, codes, strict=True) if true), default)
    chosen = np.select(conditions, codes, default=default)
    return int(chosen) if chosen.ndim == 0 else chosen


def at_most(value: Number, limit: Number) -> Number:
    """The smaller of two numbers; unknown if either is."""
    if type(value) in _SCALARS and type(limit) in _SCALARS:
        return float(value if value < limit or value != value else limit)
    return _plain(np.minimum(value, limit))


def at_least(value: Number, limit: Number) -> Number:
    """The larger of two numbers; unknown if either is."""
    if type(value) in _SCALARS and type(limit) in _SCALARS:
        return float(value if value > limit or value != value else limit)
    return _plain(np.maximum(value, limit))


def clip(value: Number, low: Number, high: Number) -> Number:
    """``value`` held between ``low`` and ``high``; unknown if any is."""
    return at_least(at_most(value, high), low)


def whole(value: Number) -> Number:
    """The largest whole number not above ``value``."""
    return _plain(np.floor(value))


def root(value: Number) -> Number:
    """The square root; unknown of what is below zero."""
    if type(value) in _SCALARS and value >= 0:
        return math.sqrt(value)
    return _plain(np.sqrt(value))


def divide(dividend: Number, divisor: Number) -> Number:
    """Division in which x / 0 is infinite and 0 / 0 unknown, for scalars as for columns."""
    if type(dividend) in _SCALARS and type(divisor) in _SCALARS and divisor != 0:
        return float(dividend / divisor)
    with np.errstate(divide="ignore", invalid="ignore"):
        return _plain(np.divide(dividend, divisor))


def not_above(need: Number, have: Number) -> Number:
    """1.0 where ``need`` <= ``have``, 0.0 where not, NaN where either is unknown."""
    if type(need) in _SCALARS and type(have) in _SCALARS:
        return UNKNOWN if need != need or have != have else float(need <= have)
    unknown = np.isnan(need) | np.isnan(have)
    return where(unknown, UNKNOWN, np.less_equal(need, have).astype(float))


def _plain(value: Any) -> Number:
    array = np.asarray(value, dtype=float)
    return float(array) if array.ndim == 0 else array

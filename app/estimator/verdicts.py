"""Is it good enough? The document's workflow classes and purchase marks, from an estimate.

Works on columns too: codes instead of words inside, names at the edge.
"""

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

from app.estimator.numbers import Interval, Number, first_true

WorkflowClass = Literal["interactive", "background", "off-line", "non-viable", "unknown"]
Mark = Literal["yes", "maybe", "no", "unknown"]
#: Workflow classes from best to worst; the position is the code.
CLASSES: tuple[WorkflowClass, ...] = get_args(WorkflowClass)
#: Purchase marks; the position is the code.
MARKS: tuple[Mark, ...] = get_args(Mark)


_NOT_VIABLE = CLASSES.index("non-viable")
_UNKNOWN_CLASS = CLASSES.index("unknown")


@dataclass(frozen=True, slots=True)
class Limits:
    """Where one class ends and the next begins. Every limit is a setting."""

    interactive_ttft_s: float
    interactive_decode_tps: float
    background_total_s: float
    offline_total_s: float
    mark_ttft_s: float
    mark_decode_tps: float


def workflow_class(
    fits: Number, ttft_s: Number, decode_tps: Number, total_s: Number, limits: Limits
) -> Any:
    """Code of the workflow class (see `CLASSES`) for typical times.

    Interactive: first token sooner than its limit and decode faster than its limit. Background:
    whole answer within its limit. Off-line: within hours. Otherwise, or where the model does not
    fit, non-viable. Unknown where a needed time is unknown.
    """
    interactive = np.less(ttft_s, limits.interactive_ttft_s) & np.greater(
        decode_tps, limits.interactive_decode_tps
    )
    unknown = np.isnan(fits) | np.isnan(ttft_s) | np.isnan(decode_tps) | np.isnan(total_s)
    return first_true(
        [
            np.equal(fits, 0),
            unknown,
            interactive,
            np.less_equal(total_s, limits.background_total_s),
            np.less_equal(total_s, limits.offline_total_s),
        ],
        [
            _NOT_VIABLE,
            _UNKNOWN_CLASS,
            *map(CLASSES.index, ("interactive", "background", "off-line")),
        ],
        default=_NOT_VIABLE,
    )


def purchase_mark(fits: Number, ttft_s: Interval, decode_tps: Interval, limits: Limits) -> Any:
    """Code of the purchase mark (see `MARKS`): would it meet the limits even if we are wrong?

    Yes when the slow end of both intervals meets them, no when the fast end misses one, maybe when
    a limit lies inside an interval.
    """
    surely = np.less_equal(ttft_s.high, limits.mark_ttft_s) & np.greater_equal(
        decode_tps.low, limits.mark_decode_tps
    )
    never = np.greater(ttft_s.low, limits.mark_ttft_s) | np.less(
        decode_tps.high, limits.mark_decode_tps
    )
    unknown = np.isnan(fits) | np.isnan(ttft_s.typical) | np.isnan(decode_tps.typical)
    return first_true(
        [np.equal(fits, 0), unknown, surely, never],
        [*map(MARKS.index, ("no", "unknown", "yes", "no"))],
        default=MARKS.index("maybe"),
    )

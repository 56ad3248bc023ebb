"""The source document's classes and marks, at their limits and on either side."""

import numpy as np
import pytest

from app.estimator.numbers import UNKNOWN, Interval
from app.estimator.verdicts import CLASSES, MARKS, Limits, purchase_mark, workflow_class

LIMITS = Limits(3, 10, 300, 4 * 3600, 10, 10)


@pytest.mark.parametrize(
    ("ttft_s", "decode_tps", "total_s", "expected"),
    [
        (2.9, 10.1, 20, "interactive"),
        (3.0, 50, 20, "background"),  # the limit itself is not under the limit
        (2.9, 10.0, 20, "background"),
        (2.9, 5, 300, "background"),
        (2.9, 5, 301, "off-line"),
        (60, 0.2, 4 * 3600, "off-line"),
        (60, 0.2, 4 * 3600 + 1, "non-viable"),
        (UNKNOWN, 20, 20, "unknown"),
        (1, UNKNOWN, 20, "unknown"),
    ],
)
def test_a_workflow_class_follows_its_limits(
    ttft_s: float, decode_tps: float, total_s: float, expected: str
) -> None:
    assert CLASSES[workflow_class(1.0, ttft_s, decode_tps, total_s, LIMITS)] == expected


def test_what_does_not_fit_is_not_viable_however_fast() -> None:
    assert CLASSES[workflow_class(0.0, 0.1, 500, 1, LIMITS)] == "non-viable"


def interval(low: float, typical: float, high: float) -> Interval:
    return Interval(low, typical, high)


@pytest.mark.parametrize(
    ("ttft", "decode", "expected"),
    [
        ((1, 2, 10), (10, 15, 20), "yes"),
        ((1, 2, 10.1), (10, 15, 20), "maybe"),
        ((1, 2, 3), (9.9, 15, 20), "maybe"),
        ((1, 2, 3), (5, 7, 9.9), "no"),
        ((10.1, 20, 30), (50, 60, 70), "no"),
        ((UNKNOWN,) * 3, (50, 60, 70), "unknown"),
    ],
)
def test_a_mark_asks_whether_it_holds_even_if_we_are_wrong(
    ttft: tuple[float, float, float], decode: tuple[float, float, float], expected: str
) -> None:
    found = purchase_mark(1.0, interval(*ttft), interval(*decode), LIMITS)
    assert MARKS[found] == expected


def test_columns_are_judged_like_single_figures() -> None:
    ttft = np.array([1.0, 5.0, 5.0, UNKNOWN])
    speed = np.array([20.0, 20.0, 0.01, 20.0])
    total = np.array([10.0, 100.0, 1e6, 10.0])
    codes = workflow_class(np.ones(4), ttft, speed, total, LIMITS)
    assert [CLASSES[c] for c in codes] == ["interactive", "background", "non-viable", "unknown"]

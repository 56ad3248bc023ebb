"""Which of many things no other one beats."""

import numpy as np
from numpy.typing import NDArray


def not_dominated(costs: NDArray[np.float64]) -> NDArray[np.intp]:
    """Rows of ``costs`` (things x what should be small) that no other row equals or beats in all.

    Of equal rows the first stays. Exact: every row left out is beaten or equalled by one that
    stays. NaN is not allowed.
    """
    order = np.lexsort(costs.T[::-1])  # stable: of equal rows the first comes first
    kept = np.empty_like(costs)
    found: list[int] = []
    for i in order:
        row = costs[i]
        if found and np.all(kept[: len(found)] <= row, axis=1).any():
            continue
        kept[len(found)] = row
        found.append(int(i))
    return np.sort(np.array(found, dtype=np.intp))


def front(cost: NDArray[np.float64], worth: NDArray[np.float64]) -> NDArray[np.intp]:
    """The front of low cost against high worth, cheapest first; of equal points the first."""
    order = np.lexsort((-worth, cost))
    best = np.maximum.accumulate(worth[order])
    rises = np.concatenate([[True], best[1:] > best[:-1]]) if order.size else np.zeros(0, bool)
    kept: NDArray[np.intp] = order[rises]
    return kept

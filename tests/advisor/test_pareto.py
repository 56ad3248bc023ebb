"""What no other one beats: against the definition, pair by pair."""

import numpy as np
import pytest
from numpy.typing import NDArray

from app.advisor.search.pareto import front, not_dominated

Rows = NDArray[np.float64]


def drawn(seed: int, ends: int) -> Rows:
    """Rows with many ties; some of them equal throughout."""
    chance = np.random.default_rng(seed)
    rows = chance.integers(0, 5 if seed % 2 else 40, size=(int(chance.integers(1, 120)), ends))
    return rows.astype(float)


@pytest.mark.parametrize("ends", [1, 2, 3, 6])
@pytest.mark.parametrize("seed", range(25))
def test_what_stays_is_what_nothing_equals_or_beats(seed: int, ends: int) -> None:
    rows = drawn(seed, ends)
    kept = not_dominated(rows)
    expected = []
    for i, row in enumerate(rows):
        beaten = any(
            np.all(other <= row) and (np.any(other < row) or j < i)
            for j, other in enumerate(rows)
            if j != i
        )
        if not beaten:
            expected.append(i)
    assert kept.tolist() == expected
    for row in rows:
        assert any(np.all(rows[k] <= row) for k in kept)


@pytest.mark.parametrize("seed", range(50))
def test_the_front_is_every_point_nothing_equals_or_beats(seed: int) -> None:
    cost, worth = drawn(seed, 2).T
    kept = front(cost, worth)
    expected = [
        i
        for i in range(len(cost))
        if not any(
            cost[j] <= cost[i]
            and worth[j] >= worth[i]
            and (cost[j] < cost[i] or worth[j] > worth[i] or j < i)
            for j in range(len(cost))
            if j != i
        )
    ]
    assert sorted(kept.tolist()) == expected
    assert np.all(np.diff(cost[kept]) > 0)
    assert np.all(np.diff(worth[kept]) > 0)


def test_of_nothing_nothing_stays() -> None:
    assert not len(front(np.zeros(0), np.zeros(0)))
    assert not len(not_dominated(np.zeros((0, 3))))

"""Prompts among others: what turns cost, alone, in a crowd and at the same moment."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.estimator.queueing import at_once_s, prompt_among_others_s, spread_s

seconds = st.floats(0.001, 1000)
requests = st.floats(1, 512)


@given(seconds, seconds, st.floats(0, 1))
def test_alone_a_prompt_waits_for_nobody(prompt_s: float, answer_s: float, together: float) -> None:
    assert prompt_among_others_s(prompt_s, answer_s, 1, together) == pytest.approx(prompt_s)


@given(seconds, seconds, requests)
def test_turns_follow_the_mean_value_equation(
    prompt_s: float, answer_s: float, running: float
) -> None:
    found = spread_s(prompt_s, answer_s, running)
    ahead = (running - 1) * found / (found + answer_s)
    assert found == pytest.approx(prompt_s * (1 + ahead), rel=1e-6)
    assert prompt_s * (1 - 1e-9) <= found <= running * prompt_s * (1 + 1e-9)


def test_long_answers_leave_no_queue_and_none_leave_all_in_it() -> None:
    assert spread_s(1.0, 1e6, 10) == pytest.approx(1.0, rel=1e-4)
    assert spread_s(1.0, 1e-9, 10) == pytest.approx(10.0)


def test_it_is_near_what_a_simulated_server_shows() -> None:
    """Ten requests, one reader of prompts, exponential times: within a fifth of the average."""
    rng = np.random.default_rng(3)
    prompt_s, answer_s, running = 1.0, 5.0, 10
    arrivals = sorted(rng.exponential(answer_s, running))
    free, waits = 0.0, []
    for _ in range(20_000):
        sent = arrivals.pop(0)
        free = max(free, sent) + rng.exponential(prompt_s)
        waits.append(free - sent)
        arrivals.append(free + rng.exponential(answer_s))
        arrivals.sort()
    assert spread_s(prompt_s, answer_s, running) == pytest.approx(np.mean(waits[1000:]), rel=0.2)


@given(seconds, requests)
def test_at_once_half_of_the_others_go_first(prompt_s: float, running: float) -> None:
    waits = prompt_s * np.arange(1, round(running) + 1)
    assert at_once_s(prompt_s, round(running)) == pytest.approx(waits.mean())


def test_a_share_lies_between_the_two() -> None:
    spread, at_once = spread_s(1.0, 9.0, 8), at_once_s(1.0, 8)
    assert prompt_among_others_s(1.0, 9.0, 8, 0.25) == pytest.approx(0.75 * spread + 0.25 * at_once)


def test_columns_give_what_single_figures_give() -> None:
    running = np.array([1.0, 4.0, 64.0])
    column = prompt_among_others_s(0.5, 3.0, running, 0.1)
    assert column.tolist() == [prompt_among_others_s(0.5, 3.0, float(n), 0.1) for n in running]

"""Prompts among others: what turns cost, alone, in a crowd and at the same moment."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.estimator.queueing import at_once_s, prompt_among_others_s, spread_s

seconds = st.floats(0.001, 1000)
shares = st.floats(0.01, 1)
requests = st.floats(1, 512)
passes = st.floats(1, 64)


@given(seconds, shares, seconds, st.floats(0, 1), passes)
def test_alone_a_prompt_waits_for_nobody(
    prompt_s: float, share: float, answer_s: float, together: float, a_pass: float
) -> None:
    found = prompt_among_others_s(prompt_s, share * prompt_s, answer_s, 1, together, a_pass)
    assert found == pytest.approx(prompt_s)


@given(seconds, shares, seconds, requests)
def test_turns_follow_the_mean_value_equation(
    prompt_s: float, share: float, answer_s: float, running: float
) -> None:
    beside_s = share * prompt_s
    found = spread_s(prompt_s, beside_s, answer_s, running)
    ahead = (running - 1) * found / (found + answer_s)
    assert found == pytest.approx(prompt_s + beside_s * ahead, rel=1e-6)
    longest = prompt_s + (running - 1) * beside_s
    assert prompt_s * (1 - 1e-9) <= found <= longest * (1 + 1e-9)


def test_long_answers_leave_no_queue_and_none_leave_all_in_it() -> None:
    assert spread_s(1.0, 1.0, 1e6, 10) == pytest.approx(1.0, rel=1e-4)
    assert spread_s(1.0, 1.0, 1e-9, 10) == pytest.approx(10.0)
    assert spread_s(1.0, 0.5, 1e-9, 10) == pytest.approx(5.5)


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
    found = spread_s(prompt_s, prompt_s, answer_s, running)
    assert found == pytest.approx(np.mean(waits[1000:]), rel=0.2)


@given(seconds, requests)
def test_at_once_half_of_the_others_go_first(prompt_s: float, running: float) -> None:
    waits = prompt_s * np.arange(1, round(running) + 1)
    assert at_once_s(prompt_s, prompt_s, round(running), 1.0) == pytest.approx(waits.mean())


@pytest.mark.parametrize(("running", "a_pass"), [(12, 4), (12, 12), (8, 1), (6, 2)])
def test_prompts_of_one_pass_end_together(running: int, a_pass: int) -> None:
    waits = 0.5 * a_pass * (1 + np.arange(running) // a_pass)
    assert at_once_s(0.5, 0.5, running, a_pass) == pytest.approx(waits.mean())


def test_a_pass_that_holds_more_than_there_are_is_no_longer_for_it() -> None:
    assert at_once_s(1.0, 0.25, 5, 100.0) == pytest.approx(1.0 + 0.25 * 4)


def test_a_share_lies_between_the_two() -> None:
    spread, at_once = spread_s(1.0, 0.5, 9.0, 8), at_once_s(1.0, 0.5, 8, 2.0)
    found = prompt_among_others_s(1.0, 0.5, 9.0, 8, 0.25, 2.0)
    assert found == pytest.approx(0.75 * spread + 0.25 * at_once)


def test_columns_give_what_single_figures_give() -> None:
    running = np.array([1.0, 4.0, 64.0])
    column = prompt_among_others_s(0.5, 0.3, 3.0, running, 0.1, 4.0)
    alone = [prompt_among_others_s(0.5, 0.3, 3.0, float(n), 0.1, 4.0) for n in running]
    assert column.tolist() == alone

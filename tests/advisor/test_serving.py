"""Requests at once: Little's law by hand, and the quick way to the least number against all."""

from datetime import date

import numpy as np
import pytest

from app.advisor.advise import Search, prepare
from app.advisor.question import AdvisorSpec, DemandSpec, Limits, ModelChoice, UseShare
from app.advisor.search.needs import ACTIVE_MAX, requests_per_s
from app.advisor.search.pairs import Block
from app.advisor.search.rows import estimate_rows
from app.advisor.search.serving import (
    LADDER,
    active_requests,
    most_requests,
    requests_per_hour_max,
    serve,
)
from app.builds.answers.verdicts import plain_limits
from app.builds.assess import World
from app.estimator.verdicts import workflow_class
from tests.advisor.sample import sample

TODAY = date(2026, 11, 21)
NUMBERS = np.arange(1.0, ACTIVE_MAX + 1)


def test_littles_law_by_hand() -> None:
    # 600 requests an hour are one every six seconds; one that takes 20 s sees 3.3 others come
    assert requests_per_s(DemandSpec(people=100, requests_per_hour=6)) == pytest.approx(1 / 6)
    assert active_requests(1 / 6, np.array([20.0])).tolist() == [4.0]
    # one person, once in ten minutes: one request, however quick
    assert active_requests(6 / 3600, np.array([0.5, 30.0, 599.0])).tolist() == [1.0, 1.0, 1.0]
    # just as many come as one takes time for: no request more
    assert active_requests(0.5, np.array([2.0, 4.0, 2.0000001])).tolist() == [1.0, 2.0, 2.0]


def question(people: int, service: str, *cases: str) -> AdvisorSpec:
    return AdvisorSpec.model_validate(
        {
            "service": service,
            "demand": DemandSpec(
                people=people,
                requests_per_hour=10,
                mix=tuple(UseShare(use_case=case, share=i + 1) for i, case in enumerate(cases)),
            ),
            "models": ModelChoice(
                models=("llama-3.1-8b-instruct", "qwen3-30b-a3b", "qwen3-next-80b-a3b-instruct"),
                quantizations=("q4_k_m", "fp8"),
                engines=("llama.cpp-cuda", "llama.cpp-metal", "vllm-cuda", "ik_llama.cpp-cpu"),
            ),
            "limits": Limits(condition="any"),
        }
    )


@pytest.mark.parametrize(
    ("people", "service", "cases"),
    [
        (5, "any", ("uc2",)),
        (60, "any", ("uc1", "uc3")),
        (60, "interactive", ("uc2",)),
        (400, "background", ("uc4", "uc2")),
        (3000, "any", ("uc1",)),
    ],
)
def test_the_least_number_is_found(
    people: int, service: str, cases: tuple[str, ...], world: World
) -> None:
    """The least n with n >= arrivals x W(n), tried one by one, is what halving finds."""
    ready = prepare(question(people, service, *cases), world, TODAY)
    limits = plain_limits(world.limits)
    crowds, good_ones = 0, 0
    for block in sample(ready, 12, seed=people):
        served = serve(ready.tables, block.rows, ready.needs, limits)
        count = most_requests(ready.tables, block.rows, ready.needs, limits)
        most, ran_out = count.per_hour, count.ran_out
        again = requests_per_hour_max(ready.tables, block.rows, ready.needs, limits)
        assert np.array_equal(most, again, equal_nan=True)
        for row in range(len(block)):
            fits, worst, service_s, decode = one_by_one(ready, block, row)
            enough = ready.needs.requests_per_s * service_s - 1e-9 <= NUMBERS
            least = int(np.argmax(enough)) if enough.any() else None
            good = fits & (worst <= ready.needs.worst_class)
            will_do = least is not None and bool(good[least])
            said = bool(
                served.keeps_up[row]
                and served.fits[row] == 1.0
                and served.worst_class[row] <= ready.needs.worst_class
            )
            assert said == will_do
            if least is not None and will_do:
                assert served.active[row] == least + 1
                assert served.decode_tps[row] == pytest.approx(decode[least], rel=1e-9)
                crowds += least > 0
            good_ones += will_do
            more_is_no_faster(fits, worst, service_s)
            rates = []
            for step in LADDER:
                if not good[step - 1]:
                    assert bool(ran_out[row] == step) == bool(not fits[step - 1])
                    break
                rates.append(step / service_s[step - 1] * 3600)
            else:
                assert ran_out[row] == 0
            assert most[row] == pytest.approx(max(rates, default=np.nan), rel=1e-9, nan_ok=True)
    assert good_ones > 0
    assert crowds > 0 or people < 60


def more_is_no_faster(fits: np.ndarray, worst: np.ndarray, service_s: np.ndarray) -> None:
    """What the search relies on: more requests hold no more, and neither class nor time gains."""
    assert np.all(np.diff(fits.astype(int)) <= 0)
    if np.isnan(service_s).any():
        return  # of an unknown time nothing is said
    assert np.all(np.diff(worst) >= 0)
    assert np.all(np.diff(service_s) >= -1e-9 * service_s[1:])


def one_by_one(
    ready: Search, block: Block, row: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """One build at every number of requests: whether it fits, class, seconds, tok/s."""
    rows = block.rows.some(np.full(len(NUMBERS), row))
    fits, worst = np.ones(len(NUMBERS), dtype=bool), np.zeros(len(NUMBERS), dtype=int)
    service_s, decode = np.zeros(len(NUMBERS)), np.zeros(len(NUMBERS))
    limits = plain_limits(ready.world.limits)
    for use in ready.needs.uses:
        found = estimate_rows(ready.tables, rows, use.request, NUMBERS)
        fits &= np.equal(found.memory.fits, 1.0)
        code = workflow_class(
            found.memory.fits,
            found.ttft_s.typical,
            found.decode_tps.typical,
            found.total_s.typical,
            limits,
        )
        worst = np.maximum(worst, code)
        service_s = service_s + use.share * found.total_s.typical
        if use is ready.needs.main:
            decode = np.broadcast_to(found.decode_tps.typical, NUMBERS.shape)
    return fits, worst, service_s, decode

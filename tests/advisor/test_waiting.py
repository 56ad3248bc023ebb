"""Requests that wait for one another: there a slower, dearer computer may be the one that will do.

Held against the search of all computers that differ in the speed of their answers.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import numpy as np
import pytest

from app.advisor.advise import Search, prepare
from app.advisor.question import AdvisorSpec
from app.advisor.search.best import Builds, Field, Kept, Late, search
from app.builds.answers.verdicts import plain_limits
from app.builds.assess import World
from app.builds.spec import BuildSpec
from app.estimator.queueing import spread_s

TODAY = date(2026, 11, 21)


def question(goal: str, model: str, people: int, budget: int) -> AdvisorSpec:
    return AdvisorSpec.model_validate(
        {
            "goal": goal,
            "models": {"models": [model], "context_tokens": 2048},
            "demand": {"people": people, "requests_per_hour": 20, "mix": [{"use_case": "uc4"}]},
            "limits": {"condition": "any", "budget": budget},
        }
    )


def found(ready: Search, field: Field, *, counted: bool) -> Kept:
    *_, kept = search(
        field,
        lambda: ready.each_speed,
        ready.needs,
        plain_limits(ready.world.limits),
        ready.spec.goal,
        ready.spec.top,
        count_people=counted,
    )
    return kept


@contextmanager
def none_tried_again(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setattr(Late, "those_that_matter", lambda late, *_: np.zeros(len(late.builds), bool))
        yield


def test_quicker_answers_make_prompts_wait() -> None:
    # four users, a prompt of one second: after answers of 20 s each finds nobody before it, nearly;
    # after answers of 2 s it finds one or two
    assert spread_s(1.0, 1.0, 20.0, 4.0) == pytest.approx((-16 + np.sqrt(16**2 + 80)) / 2)
    assert spread_s(1.0, 1.0, 2.0, 4.0) == pytest.approx((2 + np.sqrt(4 + 8)) / 2)
    assert spread_s(1.0, 1.0, 20.0, 4.0) < spread_s(1.0, 1.0, 2.0, 4.0)


@pytest.mark.parametrize(
    ("goal", "model", "people", "budget"),
    [
        ("cheapest", "qwen3-next-80b-a3b-instruct", 5, 6000),
        ("most-users", "qwen3-next-80b-a3b-instruct", 5, 6000),
        ("fastest", "qwen3-next-80b-a3b-instruct", 5, 3000),
        ("cheapest", "qwen3-30b-a3b", 10, 6000),
        ("best-model", "gpt-oss-120b", 5, 6000),
    ],
)
def test_no_computer_is_missed(
    goal: str, model: str, people: int, budget: int, world: World
) -> None:
    ready = prepare(question(goal, model, people, budget), world, TODAY)
    for counted in {goal == "most-users", True}:
        quick = found(ready, Field(ready.shelf, ready.tables), counted=counted)
        whole = found(ready, ready.each_speed, counted=counted)
        assert quick.tally.assessed < whole.tally.assessed
        assert listed(quick.best) == listed(whole.best)
        assert points(quick.cost_speed, "decode_tps") == points(whole.cost_speed, "decode_tps")
        if counted:
            people_served = "requests_per_hour"
            assert points(quick.cost_requests, people_served) == points(
                whole.cost_requests, people_served
            )


def test_without_slower_computers_one_is_missed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The case is real: a dearer computer lets the same cards answer in time."""
    ready = prepare(question("cheapest", "qwen3-next-80b-a3b-instruct", 5, 6000), world, TODAY)
    with none_tried_again(monkeypatch):
        short = found(ready, Field(ready.shelf, ready.tables), counted=True)
    whole = found(ready, Field(ready.shelf, ready.tables), counted=True)
    assert short.best is not None
    assert whole.best is not None
    assert set(whole.best.group[: ready.spec.top]) - set(short.best.group[: ready.spec.top])


def listed(best: Builds | None) -> list[tuple[int, int, float]]:
    """Groups with price and speed; a CPU that another one beats need not be among them."""
    assert best is not None
    best = best.some(np.arange(min(len(best), 10)))
    with_cards = best.some(best.cards >= 0)
    return [
        (int(group), int(cents), round(float(tps), 6))
        for group, cents, tps in zip(
            with_cards.group, with_cards.cost_cents, with_cards.decode_tps, strict=True
        )
    ]


def points(front: Builds | None, worth: str) -> list[tuple[int, float]]:
    assert front is not None
    return [
        (int(cents), round(float(value), 6))
        for cents, value in zip(front.cost_cents, getattr(front, worth), strict=True)
    ]


def test_what_is_found_there_is_a_build_like_any_other(world: World) -> None:
    ready = prepare(question("cheapest", "qwen3-next-80b-a3b-instruct", 5, 6000), world, TODAY)
    kept = found(ready, Field(ready.shelf, ready.tables), counted=True)
    assert kept.best is not None
    slower = [
        row
        for row in range(len(kept.best))
        if kept.best.host[row] >= 0 and ready.tables.cpu_row[kept.best.host[row]] < 0
    ]
    for row in slower:
        assert isinstance(ready.spec_of(kept.best, row), BuildSpec)
        assert ready.requests_per_hour(kept.best, row) > 0

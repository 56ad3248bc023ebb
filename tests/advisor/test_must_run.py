"""Models a machine has to hold besides the one it is bought for."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from app.advisor.advise import advise
from app.advisor.answer import Recommendations, Recommended
from app.advisor.question import AdvisorSpec
from app.builds.assess import World, assess
from app.builds.problems import InvalidSpecError
from app.builds.spec import DeploymentSpec

TODAY = date(2026, 11, 21)
SMALL, LARGE = "llama-3.1-8b-instruct", "llama-3.3-70b-instruct"


def ask(world: World, *must: str, **more: Any) -> Recommendations:
    models = {"models": [SMALL], "quantizations": ["q4_k_m"], "must_run": must}
    question = {"models": models, "top": 50, **more}
    return advise(AdvisorSpec.model_validate(question), world, TODAY)


def holds(build: Recommended, world: World) -> bool:
    """Whether a build holds the large model somehow, in the same format."""
    for placement in ("auto", "cpu-only"):
        deployment = DeploymentSpec(model=LARGE, quantization="q4_k_m", placement=placement)
        try:
            found = assess(build.spec.model_copy(update={"deployment": deployment}), world, TODAY)
        except InvalidSpecError:
            continue
        if found.fit.fits:
            return True
    return False


def cost(build: Recommended) -> Decimal:
    assert build.purchase.typical is not None
    return build.purchase.typical


@pytest.fixture(scope="module")
def free(world: World) -> Recommendations:
    return ask(world)


@pytest.fixture(scope="module")
def bound(world: World) -> Recommendations:
    return ask(world, LARGE)


def test_every_build_listed_holds_it(world: World, bound: Recommendations) -> None:
    assert len(bound.builds) > 10
    assert all(holds(build, world) for build in bound.builds)


def test_no_cheaper_machine_that_holds_it_is_left_out(
    world: World, free: Recommendations, bound: Recommendations
) -> None:
    """What is listed without the wish and holds the model all the same is listed with it."""
    prices = {build.title: cost(build) for build in bound.builds}
    dearest = max(prices.values())
    kept = lost = 0
    for build in free.builds:
        if holds(build, world):
            assert cost(build) > dearest or prices[build.title] == cost(build), build.title
            kept += 1
        elif build.title in prices:
            assert prices[build.title] > cost(build), build.title
            lost += 1
    assert kept
    assert lost, "no build had to grow: nothing was tested"


def test_a_model_nothing_holds_leaves_nothing(world: World) -> None:
    found = ask(world, "deepseek-r1", limits={"budget": 3000})
    assert found.builds == []
    assert [change.change for change in found.relaxations] == ["Raise the budget"]


def test_an_unknown_model_is_named(world: World) -> None:
    with pytest.raises(InvalidSpecError, match="no model called") as caught:
        ask(world, "no-such-model")
    assert [problem.field for problem in caught.value.problems] == ["models.must_run"]

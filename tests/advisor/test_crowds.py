"""Cards that hold a model for one request, but not for as many as come at once.

Few questions come to that, so they are made here rather than drawn.
"""

from decimal import Decimal

import pytest

from app.advisor.advise import prepare
from app.advisor.question import (
    AdvisorSpec,
    DemandSpec,
    Limits,
    ModelChoice,
    Owned,
    Service,
    UseShare,
)
from app.builds.assess import World, assess
from app.builds.spec import GpuSlot
from tests.advisor.brute_force import Enumeration
from tests.advisor.small import Draw
from tests.advisor.test_brute_force import BUILDS_MOST, TODAY, Case, same_front, same_list

SMALL, OTHER = "nvidia-geforce-rtx-5070", "nvidia-geforce-rtx-5060-ti-16gb"


def case_of(
    world: World,
    people: int,
    context: int,
    *owned: tuple[str, int],
    service: Service = "background",
) -> Case:
    """A computer with room for two cards, two kinds of card, and long contexts."""
    catalogue = world.catalogue
    cpu = catalogue.cpus["amd-ryzen-9-7950x"]
    modules = [
        m
        for m in catalogue.memory_modules.values()
        if m.memory_type in cpu.memory_types and m.size_gib in (16, 32)
    ][:2]
    small = Draw(world, 1)._of(
        [cpu],
        modules,
        [catalogue.gpus[SMALL], catalogue.gpus[OTHER]],
        [],
        [catalogue.models["llama-3.1-8b-instruct"]],
        [catalogue.quantizations["q4_k_m"]],
    )
    question = AdvisorSpec(
        service=service,
        demand=DemandSpec(people=people, requests_per_hour=20, mix=(UseShare(use_case="uc2"),)),
        models=ModelChoice(context_tokens=context, quantizations=("q4_k_m",)),
        limits=Limits(condition="any", ram_gib_min=0, budget=Decimal(10**6)),
        owned=Owned(gpus=tuple(GpuSlot(gpu=gpu, count=count) for gpu, count in owned)),
    )
    slow = Enumeration(question, small, TODAY).answer(BUILDS_MOST)
    assert slow is not None
    ready = prepare(question, small, TODAY)
    *_, kept = ready.work()
    return Case(0, small, question, slow, ready, kept)


@pytest.mark.parametrize("owned", [(), ((SMALL, 1),)])
@pytest.mark.parametrize(("people", "context"), [(52, 26000), (36, 42000), (40, 42000)])
def test_what_too_many_at_once_drive_off_the_cards_is_searched(
    world: World, people: int, context: int, owned: tuple[tuple[str, int], ...]
) -> None:
    """The search finds what going through everything finds, with a part of the model in RAM."""
    case = case_of(world, people, context, *owned)
    assert any(build.crowded for build in case.slow.good)
    assert case.ready is not None
    assert case.kept is not None
    same_list(case, case.ready, case.kept.best)
    same_front(case, case.kept.cost_speed, "decode_tps")
    same_front(case, case.kept.cost_requests, "requests_per_hour")


def test_such_a_build_is_what_the_configurator_says_of_it(world: World) -> None:
    """Its card holds one request; with two at once a part of the model lies in RAM, and it fits."""
    case = case_of(world, 36, 42000)
    assert case.ready is not None
    assert case.kept is not None
    assert case.kept.best is not None
    specs = [case.ready.spec_of(case.kept.best, row) for row in range(len(case.kept.best))]
    shared = next(spec for spec in specs if spec.deployment.placement == "layer-offload")
    assert shared.workload.concurrency == 2
    assert assess(shared, case.world, TODAY).fit.fits
    for concurrency, fits in ((1, True), (2, False)):
        alone = shared.model_copy(
            update={
                "deployment": shared.deployment.model_copy(update={"placement": "one-gpu"}),
                "workload": shared.workload.model_copy(update={"concurrency": concurrency}),
            }
        )
        assert assess(alone, case.world, TODAY).fit.fits is fits

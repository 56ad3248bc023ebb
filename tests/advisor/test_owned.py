"""A machine that is there already, described as far as its owner knows it."""

from datetime import date

from app.advisor.advise import advise
from app.advisor.question import AdvisorSpec
from app.builds.assess import World


def test_a_card_alone_is_answered_without_its_computer(world: World) -> None:
    machine = {
        "gpus": [{"gpu": "nvidia-geforce-rtx-4090", "count": 1}],
        "overrides": {"gpu.memory_gib": 48, "gpu.bandwidth_gbs": 900},
    }
    asked = AdvisorSpec.model_validate(
        {
            "goal": "best-model",
            "models": {"models": ["llama-3.1-8b-instruct"], "quantizations": ["q4_k_m"]},
            "owned": {"machine": machine},
        }
    )
    found = advise(asked, world, date(2026, 11, 21))
    assert found.builds
    assert all(build.people_served is None or build.people_served > 0 for build in found.builds)

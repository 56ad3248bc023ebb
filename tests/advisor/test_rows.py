"""What the search works out for a build in a column is what the build says of itself."""

from collections import Counter
from datetime import date
from decimal import Decimal

import pytest

from app.advisor.advise import Search, prepare
from app.advisor.question import AdvisorSpec, DemandSpec, Limits, ModelChoice, Owned, UseShare
from app.advisor.search.best import Builds
from app.advisor.search.serving import serve
from app.builds.answers.verdicts import plain_limits
from app.builds.assess import World, assess
from app.builds.spec import GpuSlot
from app.estimator.verdicts import CLASSES
from app.estimator.workload import PLACEMENTS
from tests.advisor.sample import as_builds, sample

TODAY = date(2026, 11, 21)
#: Speeds agree to this share.
NEAR = 1e-9
EACH = 5
ROWS_LEAST = 100
MIXED_LEAST = 50
MODELS = (
    "llama-3.1-8b-instruct",
    "qwen3-30b-a3b",
    "llama-3.3-70b-instruct",
    "qwen3-235b-a22b",
    "qwen3-next-80b-a3b-instruct",
)
ENGINES = (
    "llama.cpp-cuda",
    "llama.cpp-rocm",
    "llama.cpp-sycl",
    "llama.cpp-metal",
    "llama.cpp-cpu",
    "ik_llama.cpp-cpu",
    "vllm-cuda",
    "vllm-rocm",
    "sglang-cuda",
    "exllamav3",
    "mlx",
    "ktransformers",
)
QUESTIONS = {
    "alone": AdvisorSpec(
        service="any",
        models=ModelChoice(models=MODELS, quantizations=("q4_k_m", "fp8"), engines=ENGINES),
        limits=Limits(condition="any", open_frame=True),
    ),
    "a crowd": AdvisorSpec(
        service="any",
        demand=DemandSpec(
            people=60,
            requests_per_hour=4,
            mix=(UseShare(use_case="uc1"), UseShare(use_case="uc2", share=3)),
        ),
        models=ModelChoice(
            models=MODELS[:3],
            quantizations=("q8_0", "awq-4-bit-g128", "mlx-4-bit-g64", "fp16-bf16-safetensors"),
            engines=ENGINES,
        ),
        limits=Limits(condition="any", currency="USD", open_frame=True),
    ),
    "eight at once": AdvisorSpec(
        service="any",
        demand=DemandSpec(active_requests=8, mix=(UseShare(use_case="uc3"),)),
        models=ModelChoice(models=MODELS[1:4], quantizations=("q4_k_m", "fp8"), engines=ENGINES),
        limits=Limits(currency="CHF"),
    ),
    "cards of our own": AdvisorSpec(
        service="any",
        demand=DemandSpec(people=5, mix=(UseShare(use_case="uc1"),)),
        models=ModelChoice(
            models=MODELS,
            quantizations=("q4_k_m", "fp8"),
            engines=(*ENGINES, "llama.cpp-vulkan", "ik_llama.cpp-cuda"),
        ),
        limits=Limits(condition="any", open_frame=True),
        owned=Owned(
            gpus=(
                GpuSlot(gpu="nvidia-geforce-rtx-3090", count=2),
                GpuSlot(gpu="amd-radeon-rx-7900-xtx", count=1),
                GpuSlot(gpu="nvidia-tesla-p40", count=1),
            )
        ),
    ),
    "several machines": AdvisorSpec(
        service="any",
        models=ModelChoice(models=MODELS, quantizations=("q4_k_m", "fp8"), engines=ENGINES),
        limits=Limits(condition="any", form_factors=("cluster",)),
    ),
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_row_is_the_build_it_stands_for(name: str, world: World) -> None:
    seen: Counter[str] = Counter()
    mixed: Counter[str] = Counter()
    ready = prepare(QUESTIONS[name], world, TODAY)
    limits = plain_limits(world.limits)
    for block in sample(ready, EACH, seed=len(name)):
        served = serve(ready.tables, block.rows, ready.needs, limits)
        builds = as_builds(ready, block, served)
        for row in range(len(builds)):
            compare(ready, builds, row, bool(served.fits[row] == 1.0))
        seen[block.rows.placement] += len(builds)
        if ready.tables.cards.are_mixed(builds.cards).any():
            mixed[block.rows.placement] += len(builds)
    if name == "several machines":
        assert seen["layer-split"] > 0
        assert seen["tensor-parallel"] > 0
    else:
        assert set(seen) == set(PLACEMENTS), "not every place was compared"
        assert seen.total() >= ROWS_LEAST
    if ready.spec.owned.gpus:
        assert set(mixed) == {"layer-split", "layer-offload", "expert-offload"}
        assert mixed.total() >= MIXED_LEAST


def compare(ready: Search, builds: Builds, row: int, fits: bool) -> None:
    """One row against the assessment of the build it becomes."""
    spec = ready.spec_of(builds, row)
    found = assess(spec, ready.world, TODAY)
    named = spec.model_dump_json(exclude_defaults=True)
    if found.fit.fits is not None:
        assert found.fit.fits == fits, named
    assert found.spec.workload.concurrency == int(builds.active[row])
    if fits:  # what does not fit has no speed to show
        assert found.speed.decode_tps.typical == near(builds.decode_tps[row]), named
        assert found.speed.ttft_s.typical == near(builds.ttft_s[row]), named
        assert found.buildable, (named, found.checks[0])
    assert found.cost.complete, (named, found.cost.unpriced)
    assert found.cost.purchase.typical == Decimal(int(builds.cost_cents[row])) / 100, named
    assert found.power.load_w == near(builds.watts[row]), named
    if found.fit.fits and len({use.case.slug for use in ready.needs.uses}) == 1:
        verdict = next(v for v in found.verdicts if v.use_case == ready.needs.main.case.slug)
        assert verdict.workflow_class == CLASSES[int(builds.worst_class[row])], named


def near(figure: float) -> object:
    """The figure, to within `NEAR`; an unknown one as an assessment writes it."""
    return None if figure != figure else pytest.approx(figure, rel=NEAR)

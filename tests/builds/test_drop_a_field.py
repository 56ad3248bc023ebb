"""Take any one fact away: the answer says unknown, or widens and says why. Never a constant."""

from dataclasses import replace
from types import MappingProxyType

import pytest

from app.builds.assess import World, assess
from app.builds.assessment import Assessment
from app.builds.problems import InvalidSpecError
from app.builds.query import spec_from_query

#: One build of every kind; between them they use every fact the estimator knows.
BUILDS = {
    "one GPU": "cpu=amd-ryzen-9-9950x&module=udimm-ddr5-5600-48gb&modules=2"
    "&gpu=nvidia-geforce-rtx-5090",
    "serving": "gpu=nvidia-h100-sxm5-80gb&gpus=4&engine=vllm-cuda&users=16"
    "&model=llama-3.3-70b-instruct&quant=fp8-block-128x128",
    "CPU only": "cpu=amd-epyc-9554p&module=rdimm-ddr5-4800-32gb&modules=12",
    "experts in RAM": "cpu=amd-epyc-9554p&module=rdimm-ddr5-4800-32gb&modules=12"
    "&gpu=nvidia-geforce-rtx-4090&model=qwen3-235b-a22b",
    "unified": "system=apple-mac-studio-m3-ultra-80-core-gpu-256gb&model=gpt-oss-20b&quant=mxfp4",
    "linked": "system=nvidia-2x-dgx-spark-linked-256gb&model=llama-3.3-70b-instruct",
}
KINDS = {
    "cpus": "cpu",
    "gpus": "gpu.0",
    "memory_modules": "module",
    "systems": "system",
    "models": "model",
    "quantizations": "quantization",
    "engines": "engine",
    "interconnects": "link",
    "platforms": "platform",
}
IDENTITY = {"slug", "name", "source", "cell_sources", "notes"}


def cases() -> list[tuple[str, str, str]]:
    from app.catalogue import facts

    classes = {
        "cpus": facts.CpuFacts,
        "gpus": facts.GpuFacts,
        "memory_modules": facts.MemoryModuleFacts,
        "systems": facts.SystemFacts,
        "models": facts.ModelFacts,
        "quantizations": facts.QuantizationFacts,
        "engines": facts.EngineFacts,
        "interconnects": facts.InterconnectFacts,
        "platforms": facts.PlatformFacts,
    }
    return [
        (build, kind, field)
        for build in BUILDS
        for kind, cls in classes.items()
        for field in cls.model_fields
        if field not in IDENTITY
    ]


@pytest.fixture(scope="module")
def whole(world: World) -> dict[str, Assessment]:
    return {name: assess(spec_from_query(query), world) for name, query in BUILDS.items()}


@pytest.mark.parametrize(("build", "kind", "field"), cases())
def test_a_missing_fact_is_never_papered_over(
    build: str, kind: str, field: str, world: World, whole: dict[str, Assessment]
) -> None:
    before = whole[build]
    poorer = without(world, kind, field)
    if poorer is None:
        return  # this field cannot be empty: the catalogue refuses the row
    try:
        after = assess(spec_from_query(BUILDS[build]), poorer)
    except InvalidSpecError:
        return  # refused with a sentence at its field: tests elsewhere read those
    if figures(after) == figures(before):
        return  # the fact plays no part in this build's speed
    if after.fit.placement != before.fit.placement or after.resolved != before.resolved:
        return  # another machine is judged now; the answer names placement and engine
    for name, was in figures(before).items():
        now = figures(after)[name]
        if now is None or was is None or now == was:
            continue
        assert after.speed.basis_sentence != before.speed.basis_sentence, f"{name}: no word"
        assert now[2] / now[0] > was[2] / was[0] * 1.001, f"{name} got no wider: {was} to {now}"
    if figures(after)["decode"] is None:
        assert "Unknown" in after.speed.basis_sentence or after.fit.fits is False


def figures(found: Assessment) -> dict[str, tuple[float, float, float] | None]:
    intervals = {
        "decode": found.speed.decode_tps,
        "prefill": found.speed.prefill_tps,
        "first token": found.speed.ttft_s,
    }
    return {
        name: None
        if i.typical is None or i.low is None or i.high is None
        else (i.low, i.typical, i.high)
        for name, i in intervals.items()
    }


def without(world: World, kind: str, field: str) -> World | None:
    """The same world, in which no row of ``kind`` has ``field``."""
    rows = getattr(world.catalogue, kind)
    sample = next(iter(rows.values()))
    default = type(sample).model_fields[field]
    if default.is_required() or default.annotation is bool:
        return None  # a yes or no is never empty
    empty = default.get_default(call_default_factory=True)
    poorer = {slug: row.model_copy(update={field: empty}) for slug, row in rows.items()}
    by_kind = {**world.catalogue._by_kind, kind.replace("_", "-"): MappingProxyType(poorer)}
    catalogue = replace(
        world.catalogue, **{kind: MappingProxyType(poorer)}, _by_kind=MappingProxyType(by_kind)
    )
    return replace(world, catalogue=catalogue)

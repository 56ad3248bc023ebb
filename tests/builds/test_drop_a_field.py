"""Take any one fact away: the answer says unknown, or widens and says why. Never a constant."""

from dataclasses import replace
from types import MappingProxyType

import pytest

from app.builds.assess import World, assess
from app.builds.assessment import Assessment
from app.builds.problems import InvalidSpecError
from app.builds.query import spec_from_query

#: One build of every kind of placement.
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
_MODEL = {
    "models.active_read_per_token_b",
    "models.architecture",
    "models.attention",
    "models.n_layers",
    "models.n_full_attention_layers",
    "models.hidden_size",
    "models.n_heads",
    "models.head_dim",
    "models.vocab_size",
    "models.kv_bytes_per_token_f16",
    "models.kv_fixed_bytes_per_seq",
    "quantizations.bits_per_weight",
    "quantizations.body_bits",
    "quantizations.head_bits",
    "quantizations.engine_slugs",
}
_MIXTURE = {
    "models.params_total_b",
    "models.params_active_b",
    "models.n_experts",
    "models.n_experts_per_token",
    "quantizations.non_expert_bits",
}
_GPU = {"gpus.architecture", "gpus.memory_type", "engines.gpu_vendors", "engines.placements"}
_CPU = {
    "cpus.cores",
    "cpus.all_core_ghz",
    "cpus.ccds",
    "cpus.fclk_ghz",
    "cpus.ccd_read_bytes_per_clk",
    "cpus.isa",
    "memory_modules.mts",
}
#: Facts without which a build's speed has to change: what a hidden constant would keep alive.
MATTERS = {
    "one GPU": _MODEL
    | _GPU
    | {"gpus.bandwidth_gbs", "gpus.fp32_tflops", "gpus.int8_tops_dense", "engines.ubatch_tokens"},
    "serving": _MODEL
    | _GPU
    | {
        "gpus.bandwidth_gbs",
        "gpus.memory_gib",
        "gpus.fp8_tflops_dense",
        "gpus.nvlink_gbs",
        "gpus.form_factor",
        "models.n_kv_heads",
        "models.params_active_b",
        "engines.memory_overhead_gib",
    },
    "CPU only": _MODEL | _CPU | {"cpus.segment", "engines.ubatch_tokens"},
    "experts in RAM": _MODEL
    | _MIXTURE
    | _GPU
    | (_CPU - {"cpus.cores", "cpus.isa", "cpus.all_core_ghz"})  # the card does the arithmetic
    | {
        "cpus.pcie_gen",
        "gpus.bandwidth_gbs",
        "gpus.fp32_tflops",
        "gpus.int8_tops_dense",
        "gpus.memory_gib",
        "gpus.pcie_gen",
        "memory_modules.size_gib",
        "engines.memory_overhead_gib",
        "engines.ubatch_tokens",
    },
    "unified": _MODEL
    | _MIXTURE
    | _GPU
    | {
        "gpus.fp32_tflops",
        "models.sliding_window",
        "systems.gpu_slug",
        "systems.gpu_count",
        "systems.memory_bandwidth_gbs",
        "engines.ubatch_tokens",
    },
    "linked": _MODEL
    | _GPU
    | {
        "gpus.fp32_tflops",  # FP16 and INT8 state one peak here: either carries it alone
        "systems.gpu_slug",
        "systems.gpu_count",
        "systems.nodes",
        "systems.link_slug",
        "systems.memory_bandwidth_gbs",
        "interconnects.gbs_per_direction",
        "interconnects.realistic_fraction",
        "engines.ubatch_tokens",
    },
}
#: A stand-in that moves a speed by less than this need not widen its interval.
SLIGHT = 0.05
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
        assert f"{kind}.{field}" not in MATTERS[build], "the speed stayed as if the fact were there"
        return  # the fact plays no part in this build's speed
    if after.fit.placement != before.fit.placement or after.resolved != before.resolved:
        return  # another machine is judged now; the answer names placement and engine
    for name, was in figures(before).items():
        now = figures(after)[name]
        if now is None or was is None or now == was:
            continue
        assert after.speed.basis_sentence != before.speed.basis_sentence, f"{name}: no word"
        if abs(now[1] / was[1] - 1) < SLIGHT:
            continue  # far inside the interval: a word is enough
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

"""Placement, curves, trace and roofline: what is said follows from what was computed."""

from collections.abc import Callable

import pytest

from app.builds.assess import World, assess
from app.builds.assessment import Assessment, Curve
from app.builds.explain import explain
from app.builds.query import spec_from_query

Ask = Callable[[str], Assessment]
RTX_4090 = "cpu=amd-epyc-9554p&module=rdimm-ddr5-4800-32gb&modules=12&gpu=nvidia-geforce-rtx-4090"
SERVED = "gpu=nvidia-h100-sxm5-80gb&engine=vllm-cuda&quant=fp8-block-128x128&users=4"


@pytest.fixture(scope="module")
def ask(world: World) -> Ask:
    return lambda query: assess(spec_from_query(query), world)


def curve(found: Assessment, axis: str) -> Curve:
    return next(c for c in found.curves if c.axis == axis)


@pytest.mark.parametrize(
    ("query", "placement"),
    [
        (RTX_4090, "one-gpu"),
        (f"{RTX_4090}&model=llama-3.3-70b-instruct", "layer-offload"),
        (f"{RTX_4090}&model=gpt-oss-120b&quant=mxfp4", "expert-offload"),
        (f"{RTX_4090}&gpus=2&model=llama-3.3-70b-instruct", "layer-split"),
        (f"{SERVED}&gpus=4&model=llama-3.3-70b-instruct", "tensor-parallel"),
        ("system=framework-framework-desktop-128gb-ryzen-ai-max-395", "unified-memory"),
        ("cpu=amd-epyc-9554p&module=rdimm-ddr5-4800-32gb&modules=12", "cpu-only"),
    ],
)
def test_the_placement_people_would_choose_is_chosen(query: str, placement: str, ask: Ask) -> None:
    found = ask(query)
    assert found.fit.placement == placement
    assert found.fit.fits is True


def test_the_context_sentence_says_the_limit_that_fit_says(ask: Ask) -> None:
    found = ask(f"{RTX_4090}&model=qwen2.5-32b-instruct")
    most = found.fit.context_max_tokens
    assert most is not None
    assert ask(f"{RTX_4090}&model=qwen2.5-32b-instruct&context={most}").fit.fits is True
    assert (
        ask(f"{RTX_4090}&model=qwen2.5-32b-instruct&context={most + 64}&placement=one-gpu").fit.fits
        is False
    )
    shown = f"{most:,}".replace(",", "\u202f")
    assert f"It holds {shown} tokens; more does not fit." in curve(found, "context_tokens").sentence


def test_a_model_made_for_more_than_is_drawn_is_not_called_full_too_early(ask: Ask) -> None:
    found = ask(
        "gpu=nvidia-h200-sxm-141gb&gpus=8&model=llama-4-scout-17b-16e-instruct&context=16384"
    )
    sentence = curve(found, "context_tokens").sentence
    assert "1\u202f048\u202f576 tokens the model" not in sentence


def test_the_number_of_users_named_is_the_last_that_is_fluent(ask: Ask) -> None:
    fixed = f"{RTX_4090}&placement=one-gpu"
    sentence = curve(ask(fixed), "concurrency").sentence
    users = int(sentence.split()[2])
    speed = ask(f"{fixed}&users={users}").speed.decode_tps.typical
    assert speed is not None
    assert speed >= 10
    more = ask(f"{fixed}&users={users + 1}")
    assert more.fit.fits is False or (more.speed.decode_tps.typical or 0) < 10


def test_serving_names_its_own_terms(ask: Ask) -> None:
    names = {step.name for step in ask(f"{SERVED}&gpus=4&model=llama-3.3-70b-instruct").trace}
    assert {"decode.tokens", "decode.allreduce", "decode.exchange"} <= names
    assert not {"decode.batch", "decode.attention"} & names


@pytest.mark.parametrize(
    "query", [RTX_4090, f"{SERVED}&gpus=2", f"{RTX_4090}&engine=llamafile-cuda"]
)
def test_an_own_compute_peak_slows_prompts_on_every_engine(query: str, ask: Ask) -> None:
    before, after = (
        ask(query).speed.prefill_tps,
        ask(f"{query}&gpu.compute_tflops=5").speed.prefill_tps,
    )
    assert before.typical is not None
    assert after.typical is not None
    assert after.typical < before.typical / 4


@pytest.mark.parametrize(
    ("gpu", "chunk"),
    [
        ("nvidia-h100-sxm5-80gb", 8192),
        ("nvidia-a100-sxm4-80gb", 2048),
        ("nvidia-geforce-rtx-4090", 2048),
        ("nvidia-gb10-grace-blackwell-dgx-spark", 2048),
    ],
)
def test_passes_are_as_large_as_the_engine_chooses_for_the_card(
    gpu: str, chunk: int, ask: Ask
) -> None:
    query = f"gpu={gpu}&engine=vllm-cuda&quant=fp16-bf16-safetensors"
    (used,) = [x.value for x in ask(query).inputs if x.field == "engine.ubatch_tokens"]
    assert used == chunk
    (own,) = [
        x.value for x in ask(f"{query}&ubatch=512").inputs if x.field == "engine.ubatch_tokens"
    ]
    assert own == 512


def test_cards_that_may_not_read_each_other_exchange_more_slowly(world: World) -> None:
    def multiple(gpu: str) -> float:
        query = f"gpu={gpu}&gpus=2&engine=vllm-cuda&quant=awq-4-bit-g128"
        terms = explain(spec_from_query(query), world).accounts[0].terms
        return next(t.multiple for t in terms if t.name == "exchange") or 0.0

    assert multiple("nvidia-geforce-rtx-4090") > 1.2 * multiple("nvidia-rtx-6000-ada-generation")


def test_what_cannot_run_has_no_costs(world: World) -> None:
    query = f"{RTX_4090}&gpus=2&engine=vllm-cuda&quant=q4_k_m&placement=tensor-parallel"
    for account in explain(spec_from_query(query), world).accounts:
        assert {term.multiple for term in account.terms} == {None}


def test_every_term_and_its_formula_are_explained(ask: Ask) -> None:
    for query in (RTX_4090, f"{SERVED}&gpus=4", f"{RTX_4090}&model=gpt-oss-120b&quant=mxfp4"):
        for step in ask(query).trace:
            assert step.label
            assert step.formula
            assert step.value is not None


def test_cores_of_a_mac_are_guessed_at_until_measured(ask: Ask) -> None:
    mac = "system=apple-mac-studio-m3-ultra-80-core-gpu-512gb&placement=cpu-only"
    guessed = ask(mac).speed
    assert "cores of Apple M3 Ultra can read" in guessed.basis_sentence
    assert "highest clock stands in" in guessed.basis_sentence
    assert guessed.basis == "theoretical"
    own = ask(f"{mac}&cpu.all_core_ghz=3.5&cpu.bandwidth_gbs=200").speed
    assert "cores of Apple M3 Ultra can read" not in own.basis_sentence


def test_cores_and_channels_are_counted() -> None:
    from app.builds.parts import COUNTED_OVERRIDES

    assert set(COUNTED_OVERRIDES) == {"cpu.cores", "memory.channels"}


def test_an_engine_that_does_not_read_the_format_has_no_speed(ask: Ask) -> None:
    found = ask("gpu=nvidia-geforce-rtx-3090&engine=vllm-cuda&quant=q4_k_m")
    assert found.speed.decode_tps.typical is None
    assert "choose a format that vLLM (CUDA) reads" in found.speed.basis_sentence
    assert found.buildable is False


def test_nothing_can_be_swapped_that_is_soldered(ask: Ask) -> None:
    mac = ask("system=apple-mac-studio-m3-ultra-80-core-gpu-512gb&gpu=nvidia-geforce-rtx-4090")
    spark = ask("system=nvidia-dgx-spark-128gb-4tb&cpu=amd-epyc-9554p")
    assert {"no-cards-in-a-mac"} <= {c.code for c in mac.checks}
    assert {"cpu-soldered"} <= {c.code for c in spark.checks}
    assert mac.buildable is False
    assert spark.buildable is False


def test_machines_that_stand_idle_are_named(ask: Ask) -> None:
    found = ask(f"{RTX_4090}&nodes=4&link=10-gbe")
    assert found.fit.placement == "one-gpu"
    assert "idle-machines" in {c.code for c in found.checks}


def test_a_misfit_names_the_pool_that_lacks_most(world: World) -> None:
    """With layers in RAM a GPU that is full to the brim is not what stands in the way."""
    query = "cpu=amd-ryzen-9-9950x&module=udimm-ddr5-5600-48gb&modules=4&users=192"
    query += "&gpu=nvidia-geforce-rtx-5090"
    found = assess(spec_from_query(query), world)
    assert found.fit.fits is False
    short = min(found.fit.pools, key=lambda pool: pool.free_gib or 0.0)
    assert short.name.startswith("RAM")
    assert found.fit.sentence.startswith(f"Does not fit: {short.name} is ")

"""One question in, one answer out: what a person would say about it."""

import json
from collections.abc import Callable
from datetime import date

import pytest

from app.builds.assess import World, assess
from app.builds.assessment import Assessment
from app.builds.problems import InvalidSpecError
from app.builds.query import spec_from_query, spec_to_query
from app.builds.spec import BuildSpec

Ask = Callable[[str], Assessment]
RTX_5090 = "cpu=amd-ryzen-9-9950x&module=udimm-ddr5-5600-48gb&modules=2&gpu=nvidia-geforce-rtx-5090"
EPYC = "cpu=amd-epyc-9554p&module=rdimm-ddr5-4800-32gb"


@pytest.fixture(scope="module")
def ask(world: World) -> Ask:
    return lambda query: assess(spec_from_query(query), world, date(2026, 11, 21))


def typical(found: Assessment) -> float:
    assert found.speed.decode_tps.typical is not None
    return found.speed.decode_tps.typical


def test_a_card_that_holds_the_model_answers_interactively(ask: Ask) -> None:
    found = ask(RTX_5090)
    assert found.fit.fits is True
    assert found.fit.placement == "one-gpu"
    assert [v.workflow_class for v in found.verdicts] == ["interactive"] * 4
    assert found.speed.basis == "calibrated"


def test_a_dense_70b_on_two_24_gib_cards_is_split_by_layers(ask: Ask) -> None:
    found = ask("gpu=nvidia-geforce-rtx-3090&gpus=2&model=llama-3.3-70b-instruct")
    assert found.fit.placement == "layer-split"
    assert 12 < typical(found) < 20


def test_half_the_channels_cost_speed_but_arithmetic_stays(ask: Ask) -> None:
    full, half = ask(f"{EPYC}&modules=12"), ask(f"{EPYC}&modules=6")
    assert 0.5 < typical(half) / typical(full) < 0.8


def test_a_model_that_does_not_fit_says_by_how_much_and_what_would_help(ask: Ask) -> None:
    found = ask("gpu=nvidia-geforce-rtx-4090&model=llama-3.3-70b-instruct")
    assert found.fit.fits is False
    assert "short" in found.fit.sentence
    assert found.fit.suggestions
    assert found.speed.decode_tps.typical is None
    assert {v.workflow_class for v in found.verdicts} == {"non-viable"}
    assert found.buildable is False


@pytest.mark.parametrize("index", [0, 1, 2])
def test_each_suggestion_really_makes_it_fit(index: int, ask: Ask) -> None:
    base = "gpu=nvidia-geforce-rtx-3090&gpus=2&model=llama-3.3-70b-instruct&quant=q6_k"
    ideas = ask(base).fit.suggestions
    if index >= len(ideas):
        return
    idea = ideas[index]
    if idea.startswith("Use a context"):
        number = "".join(ch for ch in idea if ch.isdigit())
        assert ask(f"{base}&context={number}&use_case=uc1").fit.fits
    elif "of these GPUs" in idea:
        count = next(word for word in idea.split() if word.isdigit())
        assert ask(base.replace("gpus=2", f"gpus={count}")).fit.fits
    else:
        assert idea.startswith("Use ")
        name = idea.split()[1]
        assert ask(base.replace("q6_k", name.lower())).fit.fits


def test_a_mixture_too_large_for_the_card_keeps_experts_in_ram(ask: Ask) -> None:
    found = ask(f"{EPYC}&modules=12&gpu=nvidia-geforce-rtx-4090&model=qwen3-235b-a22b")
    assert found.fit.placement == "expert-offload"
    assert [p.name for p in found.fit.pools] == ["GeForce RTX 4090", "RAM of EPYC 9554P"]


def test_users_beyond_the_cache_wait_and_the_answer_says_so(ask: Ask) -> None:
    found = ask("gpu=nvidia-h100-sxm5-80gb&engine=vllm-cuda&users=500&model=llama-3.1-8b-instruct")
    assert found.speed.running_requests is not None
    assert found.speed.running_requests < 500
    assert "wait" in found.fit.sentence


def test_a_cluster_takes_turns(ask: Ask) -> None:
    found = ask("system=apple-2x-mac-studio-m3-ultra-512gb-linked-1tb&model=deepseek-r1&quant=q8_0")
    assert found.fit.placement == "layer-split"
    assert 8 < typical(found) < 25


def test_nothing_bought_is_asked_for_kindly(ask: Ask) -> None:
    found = ask("")
    assert found.fit.sentence.startswith("Pick a system")
    assert found.speed.basis == "unknown"
    assert found.curves == []


def test_the_users_own_figures_win_and_are_named(ask: Ask) -> None:
    found = ask(f"{RTX_5090}&gpu.bandwidth_gbs=896")
    assert typical(found) < typical(ask(RTX_5090))
    own = [i for i in found.inputs if i.origin == "user"]
    assert [(i.field, i.value) for i in own] == [("gpu.0.bandwidth_gbs", 896.0)]


def test_a_known_file_size_replaces_the_computed_one(ask: Ask) -> None:
    found = ask(f"{RTX_5090}&model.weights_gib=12.5")
    assert sum(p.weights_gib or 0 for p in found.fit.pools) == pytest.approx(12.5)


def test_every_input_has_an_origin_and_catalogue_facts_a_source(ask: Ask) -> None:
    for value in ask(RTX_5090).inputs:
        assert value.origin
        if value.origin == "catalogue" and value.value is not None:
            assert value.source, value.field


def test_the_trace_ends_in_the_figures_shown(ask: Ask) -> None:
    found = ask(RTX_5090)
    steps = {step.name: step.value for step in found.trace}
    assert steps["decode_tps"] == found.speed.decode_tps.typical
    assert steps["ttft"] == found.speed.ttft_s.typical
    assert steps["total"] == found.speed.total_s.typical
    parts = [
        s.value for s in found.trace if s.name.startswith("decode.") and s.name != "decode.step"
    ]
    assert sum(float(p or 0) for p in parts) == pytest.approx(float(steps["decode.step"] or 0))


def test_shares_of_the_terms_add_up(ask: Ask) -> None:
    speed = ask(RTX_5090).speed
    assert sum(t.share for t in speed.decode_terms) == pytest.approx(1)
    assert sum(t.share for t in speed.prefill_terms) == pytest.approx(1)


def test_the_asked_point_lies_on_the_context_curve(ask: Ask) -> None:
    found = ask(f"{RTX_5090}&context=8192&prompt=7936&generate=256")
    curve = next(c for c in found.curves if c.axis == "context_tokens")
    point = next(p for p in curve.points if p.x == 8192)
    assert point.decode_tps.typical == pytest.approx(typical(found), rel=1e-12)


def test_the_asked_point_lies_on_the_users_curve(ask: Ask) -> None:
    found = ask(f"{RTX_5090}&users=5")
    curve = next(c for c in found.curves if c.axis == "concurrency")
    point = next(p for p in curve.points if p.x == 5)
    assert point.decode_tps.typical == pytest.approx(typical(found), rel=1e-12)


def test_no_roofline_point_lies_above_its_roof(ask: Ask) -> None:
    for query in (RTX_5090, f"{EPYC}&modules=12", "gpu=nvidia-geforce-rtx-3090&gpus=4"):
        found = ask(query)
        roofs = {r.name: r for r in found.roofline.roofs}
        assert found.roofline.points
        for point in found.roofline.points:
            roof = roofs[point.device]
            assert roof.peak_tflops is not None
            assert roof.bandwidth_gbs is not None
            limit = min(roof.peak_tflops, point.flop_per_byte * roof.bandwidth_gbs / 1000)
            assert point.tflops <= limit


def test_the_query_it_gives_asks_the_same_question(ask: Ask, world: World) -> None:
    first = ask(f"{RTX_5090}&users=3&kwh=0.31")
    again = assess(spec_from_query(first.query), world, date(2026, 11, 21))
    assert again.model_dump_json() == first.model_dump_json()


def test_aliases_are_answered_with_the_canonical_slug(ask: Ask) -> None:
    found = ask("gpu=RTX 4090&model=Llama-3.1-8B-Instruct&quant=Q4_K_M")
    assert found.spec.machine.gpus[0].gpu == "nvidia-geforce-rtx-4090"
    assert found.spec.deployment.model == "llama-3.1-8b-instruct"


def test_an_answer_survives_json(ask: Ask) -> None:
    found = ask(RTX_5090)
    text = found.model_dump_json()
    assert Assessment.model_validate_json(text).model_dump_json() == text
    assert "NaN" not in json.dumps(json.loads(text), allow_nan=False)


@pytest.mark.parametrize(
    ("query", "field", "words"),
    [
        ("gpu=nvidia-geforce-rtx-9999", "machine.gpus.0.gpu", "no GPU called"),
        ("cpu=nope", "machine.cpu", "no CPU called"),
        ("system=nope", "machine.system", "no system called"),
        ("gpu=nvidia-geforce-rtx-4090&model=nope", "deployment.model", "no model called"),
        ("gpu=nvidia-geforce-rtx-4090&quant=kv-q8_0", "deployment.quantization", "not a format"),
        ("gpu=nvidia-geforce-rtx-4090&placement=layer-split", "deployment.placement", "two GPUs"),
        ("placement=cpu-only&gpu=nvidia-geforce-rtx-4090", "deployment.placement", "Name a CPU"),
        ("use_case=agent-append-p50", "workload.generated_tokens", "no answer length"),
    ],
)
def test_what_cannot_be_answered_is_refused_at_its_field(
    query: str, field: str, words: str, ask: Ask
) -> None:
    with pytest.raises(InvalidSpecError) as refused:
        ask(query)
    problem = refused.value.problems[0]
    assert problem.field == field
    assert words in problem.message


def test_three_cards_on_a_board_for_two_are_a_problem_at_the_cards(ask: Ask) -> None:
    found = ask(f"{RTX_5090}&gpus=3")
    assert any(c.level == "problem" and c.field.startswith("machine.gpus") for c in found.checks)
    assert found.buildable is False


def test_every_system_and_every_model_gives_an_answer(world: World) -> None:
    for slug in world.catalogue.systems:
        assess(BuildSpec.model_validate({"machine": {"system": slug}}), world)
    for slug in world.catalogue.models:
        spec = {
            "machine": {"gpus": [{"gpu": "nvidia-h100-sxm5-80gb", "count": 8}]},
            "deployment": {"model": slug},
        }
        assess(BuildSpec.model_validate(spec), world)
    for slug in world.catalogue.gpus:
        assess(BuildSpec.model_validate({"machine": {"gpus": [{"gpu": slug}]}}), world)
    for slug in world.catalogue.cpus:
        assess(BuildSpec.model_validate({"machine": {"cpu": slug}}), world)


def test_a_default_question_has_an_empty_query() -> None:
    assert spec_to_query(BuildSpec()) == ""

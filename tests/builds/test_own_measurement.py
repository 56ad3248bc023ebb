"""A user's own measurement: heard, never taken for the whole truth."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.builds.assess import World, assess
from app.builds.assessment import Assessment, Interval
from app.builds.own_measurement import DECODE_SD, FURTHEST, PREFILL_SD, shrunk
from app.builds.problems import InvalidSpecError
from app.builds.query import spec_from_query, spec_to_query

BUILDS = {
    "one GPU": "cpu=amd-ryzen-9-9950x&gpu=nvidia-geforce-rtx-4090&model=llama-3.1-8b-instruct",
    "CPU": "cpu=amd-epyc-9554p&module=rdimm-ddr5-4800-32gb&modules=12",
    "two GPUs": "gpu=nvidia-geforce-rtx-3090&gpus=2&model=llama-3.3-70b-instruct",
    "experts in RAM": (
        "cpu=amd-epyc-9554p&module=rdimm-ddr5-4800-32gb&modules=12"
        "&gpu=nvidia-geforce-rtx-4090&model=gpt-oss-120b&quant=mxfp4"
    ),
    "served": (
        "gpu=nvidia-h100-sxm5-80gb&gpus=4&engine=vllm-cuda&quant=fp8-block-128x128&users=32"
        "&model=llama-3.3-70b-instruct"
    ),
}
speeds = st.floats(1.0, 1e5)
factors = st.floats(1.01, 6.0)
ratios = st.floats(1 / FURTHEST, FURTHEST)


def asked(world: World, query: str) -> Assessment:
    return assess(spec_from_query(query), world)


def typical(interval: Interval) -> float:
    assert interval.typical is not None
    return interval.typical


def width(interval: Interval) -> float:
    """The lower half: the upper one may be cut off by what memory can carry."""
    assert interval.low is not None
    return typical(interval) / interval.low


@given(speeds, factors, ratios, st.sampled_from((DECODE_SD, PREFILL_SD)))
def test_the_result_lies_between_and_is_surer(
    estimated: float, factor: float, ratio: float, sd: float
) -> None:
    found = shrunk(estimated, factor, estimated * ratio, sd)
    low, high = sorted((estimated, estimated * ratio))
    assert low * (1 - 1e-9) <= found.tps <= high * (1 + 1e-9)
    assert 1.0 < found.factor < factor
    assert found.factor <= math.exp(1.2816 * sd) * (1 + 1e-9)


@given(speeds, ratios)
def test_the_less_sure_the_estimate_the_more_a_measurement_counts(
    estimated: float, ratio: float
) -> None:
    moves = [
        abs(math.log(shrunk(estimated, f, estimated * ratio, DECODE_SD).tps / estimated))
        for f in (1.05, 1.3, 2.0, 5.0)
    ]
    assert moves == sorted(moves)


@pytest.mark.parametrize("name", list(BUILDS))
@pytest.mark.parametrize("ratio", [0.5, 0.9, 1.1])
def test_the_build_answers_between_estimate_and_measurement(
    name: str, ratio: float, world: World
) -> None:
    before = asked(world, BUILDS[name])
    speed = before.speed
    decode, prefill = typical(speed.decode_tps) * ratio, typical(speed.prefill_tps) * ratio
    query = f"{BUILDS[name]}&measured_decode={decode}&measured_prefill={prefill}"
    after = asked(world, query)
    for had, got, measured in (
        (speed.decode_tps, after.speed.decode_tps, decode),
        (speed.prefill_tps, after.speed.prefill_tps, prefill),
    ):
        low, high = sorted((typical(had), measured))
        assert low * (1 - 1e-9) <= typical(got) <= high * (1 + 1e-9)
        assert width(got) < width(had)
    assert after.fit == before.fit
    assert after.speed.basis_sentence.startswith("Narrowed by your own measurement: ")


@pytest.mark.parametrize("name", list(BUILDS))
def test_it_holds_for_the_builds_other_lengths_too(name: str, world: World) -> None:
    before = asked(world, BUILDS[name])
    decode = typical(before.speed.decode_tps) * 0.8
    after = asked(world, f"{BUILDS[name]}&measured_decode={decode}")
    changes = [
        typical(new.decode_tps) / typical(old.decode_tps)
        for old, new in zip(before.verdicts, after.verdicts, strict=True)
    ]
    whole = typical(after.speed.decode_tps) / typical(before.speed.decode_tps)
    assert whole < 1
    assert changes == pytest.approx([whole] * len(changes), rel=1e-6)
    # a first token may come sooner: slower answers leave more time between prompts
    for new, old in zip(after.verdicts, before.verdicts, strict=True):
        assert typical(new.total_s) > typical(old.total_s)


def test_a_measured_prefill_shortens_the_wait_and_leaves_the_answer(world: World) -> None:
    before = asked(world, BUILDS["one GPU"])
    prefill = typical(before.speed.prefill_tps) * 1.3
    after = asked(world, f"{BUILDS['one GPU']}&measured_prefill={prefill}")
    assert typical(after.speed.ttft_s) < typical(before.speed.ttft_s)
    assert width(after.speed.ttft_s) < width(before.speed.ttft_s)
    assert after.speed.decode_tps == before.speed.decode_tps


def test_the_account_names_the_figure_and_the_step(world: World) -> None:
    after = asked(world, f"{BUILDS['one GPU']}&measured_decode=130")
    figure = next(i for i in after.inputs if i.field == "workload.measured_decode_tps")
    assert (figure.value, figure.origin, figure.source) == (130.0, "user", "yours")
    assert any(step.name == "decode.own" for step in after.trace)
    assert after.evidence.own.startswith("Narrowed by your own measurement: 130")
    assert after.evidence.own in after.speed.basis_sentence


@pytest.mark.parametrize("key", ["decode", "prefill"])
@pytest.mark.parametrize("ratio", [0.3, 3.1])
def test_what_lies_too_far_off_is_refused_with_the_reason(
    key: str, ratio: float, world: World
) -> None:
    before = getattr(asked(world, BUILDS["one GPU"]).speed, f"{key}_tps")
    query = f"{BUILDS['one GPU']}&measured_{key}={typical(before) * ratio}"
    with pytest.raises(InvalidSpecError) as refused:
        asked(world, query)
    (problem,) = refused.value.problems
    assert problem.field == f"workload.measured_{key}_tps"
    assert "something else was measured" in problem.message


def test_without_an_estimate_there_is_nothing_to_narrow(world: World) -> None:
    misfit = "gpu=nvidia-geforce-rtx-4090&model=llama-3.1-405b-instruct&measured_decode=5"
    found = asked(world, misfit)
    assert found.speed.decode_tps.typical is None
    assert found.evidence.own == ""
    assert asked(world, "measured_decode=5").speed.basis == "unknown"


def test_a_link_says_it_again() -> None:
    query = "measured_decode=24.5&measured_prefill=900"
    spec = spec_from_query(query)
    assert spec.workload.measured_decode_tps == 24.5
    assert spec_to_query(spec) == query

"""What if one value were another: every point is the assessment of the changed question."""

from decimal import Decimal

import pytest

from app.advisor.changes.sweep_points import AXES, Axis, SweepPoint
from app.advisor.changes.sweeps import DEFAULT_POINTS, axes_of, sweep
from app.builds.assess import World, assess
from app.builds.presets import Preset, load_presets
from app.builds.problems import InvalidSpecError
from app.builds.query import spec_from_query
from app.builds.spec import BuildSpec
from tests.pages.builds import random_spec

GAMING = "cpu=amd-ryzen-9-9950x&gpu=nvidia-geforce-rtx-5090&module=udimm-ddr5-5600-48gb&modules=4"
LARGE = GAMING.replace("5090", "4090") + "&model=llama-3.3-70b-instruct"
MIXTURE = GAMING.replace("5090", "3090") + "&model=qwen3-235b-a22b"
CARDS = "gpu=nvidia-geforce-rtx-3090&gpus=2&model=llama-3.3-70b-instruct"


def same_as_assessed(point: SweepPoint, world: World) -> bool:
    """Whether a point says what the assessment of its own question says."""
    found = assess(spec_from_query(point.query), world)
    return (
        point.decode_tps == found.speed.decode_tps
        and point.decode_total_tps == found.speed.decode_total_tps
        and point.ttft_s == found.speed.ttft_s
        and point.fits == found.fit.fits
        and point.memory_gib == found.fit.required_gib
        and point.purchase == found.cost.purchase
        and point.cost_over_years == found.cost.cost_over_years
        and point.per_million_tokens == found.cost.per_million_tokens
    )


@pytest.mark.parametrize("axis", AXES)
def test_every_point_opens_as_a_build_with_the_same_figures(axis: Axis, world: World) -> None:
    found = sweep(spec_from_query(LARGE), axis, None, world)
    assert 2 <= len(found.points) <= DEFAULT_POINTS
    answered = [p for p in found.points if p.decode_tps.typical is not None]
    assert len(answered) >= 2
    assert all(same_as_assessed(p, world) for p in answered)
    assert found.sentence.endswith(".")


@pytest.mark.parametrize("axis", ["concurrency", "gpu_count", "quantization", "price"])
def test_the_asked_value_is_a_point_with_the_figures_of_the_question(
    axis: Axis, world: World
) -> None:
    spec = spec_from_query(GAMING)
    found = sweep(spec, axis, None, world)
    (asked,) = [p for p in found.points if p.asked]
    now = assess(spec, world)
    assert asked.query == now.query
    assert asked.decode_tps == now.speed.decode_tps
    assert asked.per_million_tokens == now.cost.per_million_tokens


def test_the_asked_electricity_price_is_the_default_to_the_cent(world: World) -> None:
    spec = spec_from_query(f"{GAMING}&currency=CHF")
    (asked,) = [p for p in sweep(spec, "electricity", None, world).points if p.asked]
    assert asked.cost_over_years == assess(spec, world).cost.cost_over_years


def test_a_longer_context_is_slower_until_it_does_not_fit(world: World) -> None:
    found = sweep(spec_from_query(CARDS), "context_tokens", None, world)
    speeds = [p.decode_tps.typical for p in found.points if p.fits]
    assert speeds == sorted(speeds, key=lambda tps: -(tps or 0))
    assert found.points[-1].fits is False
    assert found.points[-1].decode_tps.typical is None
    last = [p for p in found.points if p.fits][-1]
    first_misfit = next(p for p in found.points if not p.fits)
    fit = f"{last.label} tokens of context fit, {first_misfit.label} do not; the speed falls"
    assert found.sentence.startswith(fit)


def test_where_the_model_has_to_move_the_sentence_says_so(world: World) -> None:
    found = sweep(spec_from_query(GAMING), "context_tokens", None, world)
    labels = {p.placement_label for p in found.points}
    assert {"on one GPU", "some layers in RAM"} <= labels
    assert "some layers in RAM instead of on one GPU" in found.sentence


@pytest.mark.parametrize("query", [LARGE, MIXTURE])
def test_more_layers_in_ram_are_slower(query: str, world: World) -> None:
    points = sweep(spec_from_query(query), "offloaded_layers", None, world).points
    speeds = [p.decode_tps.typical or 0.0 for p in points if p.fits]
    assert points[0].value == 0
    assert points[0].fits is False
    assert points[-1].fits is True
    assert speeds == sorted(speeds, reverse=True)


def test_formats_are_those_the_engine_reads_finest_first(world: World) -> None:
    found = sweep(
        spec_from_query(f"{GAMING}&engine=vllm-cuda&quant=f16"), "quantization", None, world
    )
    formats = [world.catalogue.quantizations[str(p.value)] for p in found.points]
    assert all("vllm-cuda" in fmt.engine_slugs for fmt in formats)
    assert found.points[0].memory_gib is not None
    assert found.points[-1].memory_gib is not None
    assert found.points[0].memory_gib > found.points[-1].memory_gib


def test_a_known_file_size_is_not_taken_for_that_of_another_format(world: World) -> None:
    spec = spec_from_query(f"{GAMING}&model.weights_gib=9.5")
    points = sweep(spec, "quantization", ["q8_0", "q4_k_m"], world).points
    eight, asked = points
    assert asked.asked
    assert eight.memory_gib is not None
    assert asked.memory_gib is not None
    assert eight.memory_gib > asked.memory_gib * 1.3


def test_a_dearer_machine_costs_more_per_token_and_is_as_fast(world: World) -> None:
    points = sweep(spec_from_query(GAMING), "price", None, world).points
    amounts = [p.value for p in points]
    assert all(isinstance(a, Decimal) for a in amounts)
    costs = [p.per_million_tokens.typical for p in points]
    assert costs == sorted(costs, key=lambda c: c or Decimal(0))
    assert len({p.decode_tps.typical for p in points}) == 1


def test_a_speed_measured_on_the_build_says_nothing_about_another(world: World) -> None:
    spec = spec_from_query(f"{GAMING}&measured_decode=110")
    found = sweep(spec, "gpu_count", ["1", "2"], world)
    plain = sweep(spec_from_query(GAMING), "gpu_count", ["1", "2"], world)
    assert found.points == plain.points
    assert any("measured" in note for note in found.notes)
    priced = sweep(spec, "electricity", None, world)  # this does not touch the speed
    assert "measured_decode=110" in priced.points[0].query


@pytest.mark.parametrize(
    ("query", "axis", "words"),
    [
        (CARDS, "offloaded_layers", "Name a CPU"),
        (CARDS, "price", "No price is known for"),
        ("cpu=amd-epyc-9554p", "gpu_count", "no GPU"),
        ("system=apple-mac-studio-2025-m3-ultra-512gb", "gpu_count", "complete system"),
        ("", "context_tokens", "no machine yet"),
        ("", "price", "Nothing here has a price"),
        ("gpu=nvidia-geforce-rtx-3090", "electricity", "power of this build is unknown"),
    ],
)
def test_an_axis_that_makes_no_sense_is_refused_in_one_sentence(
    query: str, axis: Axis, words: str, world: World
) -> None:
    if query.startswith("system="):
        slug = next(s.slug for s in world.catalogue.systems.values() if s.unified_memory)
        query = f"system={slug}"
    spec = spec_from_query(query)
    with pytest.raises(InvalidSpecError, match=words) as refusal:
        sweep(spec, axis, None, world)
    assert [p.field for p in refusal.value.problems] == ["axis"]
    reason = axes_of(assess(spec, world), world)[axis]
    assert reason is not None
    assert words in reason


def test_prices_can_be_tried_where_none_is_known(world: World) -> None:
    spec = spec_from_query(CARDS)
    points = sweep(spec, "price", ["2500", "3000.50"], world).points
    assert [p.purchase.typical for p in points] == [Decimal("2500.00"), Decimal("3000.50")]


@pytest.mark.parametrize(
    ("axis", "values", "field", "words"),
    [
        ("concurrency", ["2", "many"], "values.1", "whole number"),
        ("concurrency", ["0"], "values.0", "Use 1 or more"),
        ("gpu_count", ["1", "1000"], "values.1", "Use 128 or less"),
        ("electricity", ["dear"], "values.0", "plain number"),
        ("concurrency", ["1_0"], "values.0", "whole number"),
        ("concurrency", ["١٢"], "values.0", "whole number"),
        ("price", ["1e-99999"], "values.0", "plain number"),
        ("electricity", ["NaN"], "values.0", "plain number"),
        ("price", ["-1"], "values.0", "Use 0 or more"),
        ("offloaded_layers", ["81"], "values.0", "0 to 80"),
        ("quantization", [""], "values.0", "empty"),
        ("concurrency", [], "values", "at least one"),
        ("concurrency", [str(i) for i in range(1, 102)], "values", "At most 100"),
    ],
)
def test_a_value_that_cannot_be_read_is_named(
    axis: Axis, values: list[str], field: str, words: str, world: World
) -> None:
    with pytest.raises(InvalidSpecError, match=words) as refusal:
        sweep(spec_from_query(LARGE), axis, values, world)
    assert [p.field for p in refusal.value.problems] == [field]


def test_a_value_that_cannot_be_assessed_carries_the_reason(world: World) -> None:
    points = sweep(spec_from_query(GAMING), "quantization", ["q9_z", "q8_0"], world).points
    assert points[0].decode_tps.typical is None
    assert points[0].purchase.typical is None
    assert "no format called" in (points[0].reason or "")
    assert points[1].reason is None


def test_what_cannot_be_built_says_why(world: World) -> None:
    points = sweep(spec_from_query(GAMING), "gpu_count", ["2", "8"], world).points
    assert points[0].buildable is True
    assert points[1].buildable is False
    assert "2 GPUs" in (points[1].reason or "")


@pytest.mark.parametrize("preset", load_presets(), ids=lambda p: str(p.row))
def test_each_preset_can_be_swept_where_the_axis_makes_sense(preset: Preset, world: World) -> None:
    possible = axes_of(assess(preset.spec, world), world)
    for axis, reason in possible.items():
        if reason is None:
            assert sweep(preset.spec, axis, None, world).sentence


@pytest.mark.parametrize("seed", range(12))
def test_any_build_gives_a_sweep_or_a_sentence(seed: int, world: World) -> None:
    spec = random_spec(world, seed)
    for axis, reason in axes_of(assess(spec, world), world).items():
        if reason is None:
            assert len(sweep(spec, axis, None, world).points) <= DEFAULT_POINTS
        else:
            assert reason.endswith((".", "?"))


def test_a_build_that_is_no_build_is_refused_as_an_estimate_is(world: World) -> None:
    spec = BuildSpec.model_validate({"machine": {"cpu": "no-such-cpu"}})
    with pytest.raises(InvalidSpecError) as refusal:
        sweep(spec, "concurrency", None, world)
    assert [p.field for p in refusal.value.problems] == ["machine.cpu"]


def test_the_last_number_at_once_that_is_quick_is_found_among_all(world: World) -> None:
    spec = spec_from_query(GAMING)
    limit = world.limits.interactive_decode_tps
    found = sweep(spec, "concurrency", None, world)
    speeds = {int(p.value): p.decode_tps.typical or 0.0 for p in found.points}
    assert list(speeds) == sorted(speeds)
    last = max(users for users, speed in speeds.items() if speed >= limit)
    assert speeds[last + 1] < limit, "the number after it is among the points"
    words = f"Up to {last} at once get at least 10 tok/s each; with {last + 1} they do not."
    assert found.sentence.startswith(words)


def test_where_the_model_cannot_move_the_curve_says_the_same_number(world: World) -> None:
    spec = spec_from_query(f"{GAMING}&placement=one-gpu")
    said = sweep(spec, "concurrency", None, world).sentence
    curve = next(c for c in assess(spec, world).curves if c.axis == "concurrency").sentence
    assert said.split()[2] == curve.split()[2]
    assert f"Up to {said.split()[2]} at once" in said
    assert f"Up to {said.split()[2]} requests at once" in curve


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (["1", "2"], "Up to 2 at once get at least 10 tok/s each, the most that was tried."),
        (["16", "4", "12"], "Up to 12 at once get at least 10 tok/s each; with 16 they do not."),
        (["24", "16"], "Nobody gets 10 tok/s."),
    ],
)
def test_of_given_numbers_at_once_only_those_are_spoken_of(
    values: list[str], words: str, world: World
) -> None:
    found = sweep(spec_from_query(GAMING), "concurrency", values, world)
    assert [p.label for p in found.points] == values
    assert found.sentence.startswith(words)

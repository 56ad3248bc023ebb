"""Builds side by side: what is best, what differs, and when nobody can say."""

from decimal import Decimal
from typing import Any

import pytest

from app.advisor.changes.comparison import Comparison, compare
from app.advisor.changes.comparison_rows import Row
from app.builds.assess import World, assess
from app.builds.presets import load_presets
from app.builds.problems import InvalidSpecError
from app.builds.query import spec_from_query
from app.builds.spec import BuildSpec

GAMING = "cpu=amd-ryzen-9-9950x&gpu=nvidia-geforce-rtx-5090&module=udimm-ddr5-5600-48gb&modules=4"
SERVER = "cpu=amd-epyc-9554p&module=rdimm-ddr5-4800-32gb&modules=12"
NO_HOST = "gpu=nvidia-geforce-rtx-3090"


def compared(world: World, *queries: str) -> Comparison:
    return compare([spec_from_query(query) for query in queries], world)


def row(found: Comparison, key: str) -> Row:
    return next(r for r in found.rows if r.key == key)


def at(found: Any, path: str) -> Any:
    for part in path.split("."):
        found = found[part] if isinstance(found, dict) else getattr(found, part)
    return found


def test_each_figure_is_the_one_of_its_own_assessment(world: World) -> None:
    specs = [preset.spec for preset in load_presets()[:4]]
    found = compare(specs, world)
    assert found.assessments == [assess(spec, world) for spec in specs]
    figures = [r for r in found.rows if r.unit is not None]
    assert len(figures) > 12
    for figure in figures:
        assert figure.values == [at(a, figure.key) for a in found.assessments]


def test_the_fastest_the_cheapest_and_the_cheapest_per_token_are_named(world: World) -> None:
    found = compared(world, GAMING, SERVER)
    assert row(found, "speed.decode_tps.typical").best == [0]
    assert row(found, "speed.ttft_s.typical").best == [0]
    assert row(found, "cost.purchase.typical").best == [0]
    assert row(found, "fit.spare_gib").best == [1]
    assert row(found, "verdicts.uc1").best == [0]
    assert "A writes fastest" in found.sentence
    assert "A is cheapest to buy" in found.sentence


def test_equal_builds_differ_in_nothing_and_none_is_best(world: World) -> None:
    found = compared(world, GAMING, GAMING)
    assert not [r.label for r in found.rows if r.differs]
    assert not [r.label for r in found.rows if r.best]


def test_a_lower_bound_is_never_the_cheapest(world: World) -> None:
    found = compared(world, NO_HOST, GAMING)
    purchase = row(found, "cost.purchase.typical")
    assert purchase.lower_bound == [True, False]
    assert isinstance(purchase.values[0], Decimal)
    assert purchase.best == []  # the one without a host may cost more or less in the end
    assert "cheapest" not in found.sentence


def test_amounts_in_two_currencies_are_not_ranked(world: World) -> None:
    found = compared(world, GAMING, f"{SERVER}&currency=CHF")
    assert row(found, "cost.purchase.typical").best == []
    assert any("currencies" in words for words in found.caveats)


@pytest.mark.parametrize("change", ["years=5", "hours=24", "kwh=0.1"])
def test_other_terms_make_running_costs_incomparable_but_not_prices(
    change: str, world: World
) -> None:
    found = compared(world, GAMING, f"{SERVER}&{change}")
    assert row(found, "cost.cost_over_years.typical").best == []
    assert row(found, "cost.purchase.typical").best == [0]
    assert found.caveats


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("&use_case=uc3", "different requests"),
        ("&users=8", "different requests"),
        ("&model=llama-3.3-70b-instruct", "different models"),
        ("&quant=q8_0", "different formats"),
    ],
)
def test_unlike_questions_are_said_to_be_unlike(change: str, words: str, world: World) -> None:
    assert any(words in said for said in compared(world, GAMING, GAMING + change).caveats)
    assert compared(world, GAMING, SERVER).caveats == []


def test_a_build_that_does_not_hold_the_model_has_no_speed(world: World) -> None:
    found = compared(world, f"{NO_HOST}&model=llama-3.3-70b-instruct", f"{GAMING}&quant=q4_k_m")
    assert row(found, "speed.decode_tps.typical").values[0] is None
    assert row(found, "speed.decode_tps.typical").best == []
    assert row(found, "fit.fits").best == [1]
    assert "Only B holds the model." in found.sentence


def test_an_interval_that_reaches_as_far_is_mentioned(world: World) -> None:
    found = compared(world, GAMING, GAMING.replace("5090", "4090"))
    one, other = (a.speed.decode_tps for a in found.assessments)
    assert one.low is not None
    assert other.high is not None
    overlaps = other.high >= one.low
    assert ("overlaps its own" in found.sentence) is overlaps


def test_one_build_is_no_comparison_yet(world: World) -> None:
    found = compared(world, GAMING)
    assert "add another" in found.sentence
    assert not [r for r in found.rows if r.best or r.differs]


@pytest.mark.parametrize("count", [0, 5])
def test_one_to_four_builds(count: int, world: World) -> None:
    with pytest.raises(InvalidSpecError, match="one to 4"):
        compare([BuildSpec()] * count, world)


def test_a_bad_build_is_named_by_its_place(world: World) -> None:
    bad = BuildSpec.model_validate({"machine": {"cpu": "no-such-cpu"}})
    with pytest.raises(InvalidSpecError) as refusal:
        compare([BuildSpec(), bad], world)
    assert [p.field for p in refusal.value.problems] == ["specs.1.machine.cpu"]

"""What the source documents state, our formulas reproduce, or the difference is explained."""

import pytest

from app.builds.assess import World
from app.builds.source_facts import SourceFact, source_facts
from app.catalogue.seed_files import SEED_DIR

#: Kinds whose value follows from a formula; the others are prices and field reports.
FORMULA_KINDS = frozenset(
    {
        "cpu_memory_bandwidth",
        "decode_ceiling",
        "ccd_bandwidth_rule",
        "family_bandwidth",
        "weights_and_bandwidth",
        "system",
        "flops_per_byte",
        "pcie",
    }
)


@pytest.fixture(scope="module")
def facts(world: World) -> dict[str, SourceFact]:
    return {fact.id: fact for fact in source_facts(SEED_DIR / "source_facts.csv", world.catalogue)}


def ids() -> list[str]:
    lines = (SEED_DIR / "source_facts.csv").read_text(encoding="utf-8").splitlines()[1:]
    return [line.split(",", 1)[0] for line in lines if line]


@pytest.mark.parametrize("name", ids())
def test_a_stated_formula_agrees_within_its_tolerance(
    name: str, facts: dict[str, SourceFact]
) -> None:
    fact = facts[name]
    if fact.kind in FORMULA_KINDS or fact.kind == "decode_ceiling":
        assert fact.agrees is True, f"{fact.given}: {fact.from_inputs} against {fact.stated}"
    else:
        assert fact.explanation, f"{name} is no formula and has no explanation"


def test_every_formula_has_a_figure_of_ours(facts: dict[str, SourceFact]) -> None:
    formulas = [f for f in facts.values() if f.kind in FORMULA_KINDS]
    assert len(formulas) >= 30
    assert all(f.from_inputs is not None or f.from_catalogue is not None for f in formulas)


def test_a_difference_beyond_the_tolerance_is_seen(world: World) -> None:
    from app.builds.source_facts import within

    assert within(57.6, 57.6, 0.001)
    assert not within(58.0, 57.6, 0.001)

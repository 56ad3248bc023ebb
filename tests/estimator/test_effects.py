"""Costs of many builds at once are those of each by itself, and effects read what they say."""

import math
import random
from dataclasses import fields, replace
from typing import Any

import pytest

from app.builds.assess import World
from app.estimator.effects import (
    DEVICE_FIELDS,
    EFFECTS,
    PLAN,
    READS,
    REGIMES,
    Devices,
    Kind,
    Regime,
    multiples,
    multiples_table,
)

KINDS = 40


class Watched:
    """A kind that notes which of its fields somebody looks at."""

    def __init__(self, kind: Kind) -> None:
        """Nobody has looked yet."""
        self.kind = kind
        self.read: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        """The field, with a note that it was read."""
        self.read.add(name)
        return getattr(self.kind, name)


@pytest.fixture(scope="module")
def kinds(world: World) -> list[Kind]:
    """Kinds whose categories are those the calibration knows, with unknown ones among them."""
    chance = random.Random(11)  # noqa: S311  # a draw, no secret
    named: dict[str, set[str]] = {}
    for terms in world.calibration.effects.values():
        for effects in terms.values():
            for effect in effects:
                kind, _, value = effect.partition(":")
                named.setdefault(kind, set()).add(value)

    def one_of(name: str, *more: str | None) -> Any:
        return chance.choice([*sorted(named.get(name, {""})), *more])

    return [
        Kind(
            engine=one_of("engine-family", "none").split("@")[0],
            engine_family=one_of("engine", "none"),
            backend=chance.choice(("cuda", "rocm", "vulkan", "cpu", "metal")),
            weight_format=one_of("format", "none"),
            attention=one_of("attention", ""),
            is_moe=chance.random() < 0.5,
            is_linear=chance.random() < 0.3,
            year=chance.uniform(2023.5, 2026.9),
            flash_attention=chance.random() < 0.5,
            vendor=chance.choice(("nvidia", "amd", "intel", "apple", None)),
            family=one_of("family", None),
            product=one_of("product", None),
            memory_kind=chance.choice(("hbm", "gddr", "lpddr", None)),
            cards=chance.choice((1, 2, 4, 8)),
            narrow_host=chance.random() < 0.2,
            through_host=chance.random() < 0.5,
            cpu_vendor=one_of("cpu-vendor", None),
            cpu_segment=one_of("cpu-segment", None),
            cpu_product=one_of("cpu-product", None),
            isa=one_of("isa", None),
            sockets=chance.choice((1, 2)),
            cpu_bandwidth_gbs=chance.choice((math.nan, chance.uniform(20, 900))),
            memory_guessed=chance.random() < 0.2,
        )
        for _ in range(KINDS)
    ]


@pytest.mark.parametrize("regime", REGIMES)
def test_a_table_of_costs_is_the_cost_of_each_pair(
    world: World, kinds: list[Kind], regime: Regime
) -> None:
    effects = world.calibration.effects
    deployments, devices = kinds[: KINDS // 2], kinds[KINDS // 2 :]
    table = multiples_table(effects, regime, deployments, Devices(devices))
    assert set(table) == set(PLAN[regime])
    differ = 0
    for i, deployment in enumerate(deployments):
        for j, device in enumerate(devices):
            hardware = {name: getattr(device, name) for name in DEVICE_FIELDS}
            single = multiples(effects, regime, replace(deployment, **hardware))
            for term, value in single.items():
                assert table[term][i, j] == pytest.approx(value, rel=1e-12)
            differ += len({round(value, 6) for value in single.values()}) > 1
    assert differ > 0, "every cost is the same: nothing was compared"


def test_every_effect_reads_just_the_fields_it_says(kinds: list[Kind]) -> None:
    assert set(READS) == set(EFFECTS)
    for name, carried_by in EFFECTS.items():
        read: set[str] = set()
        for kind in kinds:
            watched = Watched(kind)
            list(carried_by(watched))  # type: ignore[arg-type]
            read |= watched.read
        assert read == set(READS[name]), name


def test_every_field_of_a_kind_is_the_hardwares_or_that_of_what_runs() -> None:
    names = {field.name for field in fields(Kind)}
    assert names >= DEVICE_FIELDS
    assert {name for reads in READS.values() for name in reads} <= names


def test_effects_named_in_the_plan_exist() -> None:
    assert {e for terms in PLAN.values() for names in terms.values() for e in names} <= set(EFFECTS)


def test_devices_that_differ_in_no_field_looked_at_are_one(kinds: list[Kind]) -> None:
    devices = Devices(kinds)
    some, which = devices.different(("vendor", "cards"))
    assert len({(kind.vendor, kind.cards) for kind in some.kinds}) == len(some) < len(kinds)
    for kind, like in zip(kinds, which, strict=True):
        assert (kind.vendor, kind.cards) == (some.kinds[like].vendor, some.kinds[like].cards)
    assert devices.different(("vendor", "cards"))[0] is some
    nothing, all_alike = devices.different(())
    assert len(nothing) == 1
    assert not all_alike.any()

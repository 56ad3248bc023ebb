"""Watts at the wall, and what the power supply must deliver for them."""

from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any

import pytest

from app.builds.assessment import Check, Power
from app.builds.assumptions import CostAssumptions, load_cost_data
from app.builds.checks.machine import machine_checks
from app.builds.costs import cost_of
from app.builds.costs.work import Work
from app.builds.parts import Parts, resolve_parts
from app.builds.power import power_of, supply_watts
from app.builds.spec import BuildSpec
from app.builds.traits import adds_no_gpu, has_soldered_memory, is_as_sold, memory_type_words
from app.builds.words import grouped
from app.catalogue.seed_files import SEED_DIR
from app.catalogue.snapshot import Catalogue, catalogue_from_seed

WORKSTATION = {
    "cpu": "amd-epyc-9554p",
    "memory": {"module": "rdimm-ddr5-4800-32gb", "count": 12},
    "gpus": [{"gpu": "nvidia-rtx-pro-6000-blackwell-workstation-edition", "count": 2}],
}
WORKSTATION_W = 360 + 1200 + 384 * 0.18 + 45
FRAMEWORK = "framework-desktop-128gb-ryzen-ai-max-395"
GEFORCE = {"gpu": "nvidia-geforce-rtx-3090"}


@cache
def shipped() -> tuple[Catalogue, CostAssumptions]:
    return catalogue_from_seed(), load_cost_data(SEED_DIR)


def resolved(machine: dict[str, Any]) -> tuple[Parts, BuildSpec]:
    spec = BuildSpec.model_validate({"machine": machine})
    return resolve_parts(spec, shipped()[0]), spec


def power(machine: dict[str, Any]) -> Power:
    parts, spec = resolved(machine)
    return power_of(parts, shipped()[1], spec.machine.overrides)


def supply_checks(machine: dict[str, Any]) -> dict[str, Check]:
    found = machine_checks(resolved(machine)[0], power(machine))
    return {check.code: check for check in found if check.code.startswith("psu")}


def test_power_is_summed_from_rated_parts_and_every_part_names_its_source() -> None:
    found = power(WORKSTATION)
    assert found.load_w == pytest.approx(WORKSTATION_W / 0.92)
    assert all(entry.source for entry in found.lines)


def test_a_stated_power_beats_a_sum() -> None:
    spark = power({"system": "nvidia-dgx-spark-128gb-4tb"})
    assert (spark.load_w, spark.idle_w) == (150, 40)


def test_a_lower_power_limit_lowers_the_load() -> None:
    limited = power({**WORKSTATION, "overrides": {"gpu.tdp_w": 300}})
    assert limited.load_w == pytest.approx((power(WORKSTATION).load_w or 0) - 600 / 0.92)
    assert any(entry.origin == "user" for entry in limited.lines)


def test_a_part_of_unknown_power_leaves_the_power_open() -> None:
    machine = {"cpu": "amd-epyc-9554p", "gpus": [{"gpu": "huawei-ascend-910c"}]}
    found = power(machine)
    assert found.load_w is None
    assert supply_watts(found, 1) is None


def test_a_pair_sold_as_one_is_not_counted_twice() -> None:
    pair = "apple-2x-mac-studio-m3-ultra-512gb-linked-1tb"
    assert power({"system": pair}).load_w == 540


def test_a_supply_delivers_the_rated_watts_of_one_node() -> None:
    assert supply_watts(power(WORKSTATION), 1) == pytest.approx(WORKSTATION_W)
    two = power({**WORKSTATION, "nodes": 2})
    assert supply_watts(two, 2) == pytest.approx(WORKSTATION_W)


def test_a_card_in_a_stated_system_adds_its_rated_watts_behind_the_supply() -> None:
    alone = supply_watts(power({"system": FRAMEWORK}), 1)
    both = supply_watts(power({"system": FRAMEWORK, "gpus": [GEFORCE]}), 1)
    stated = shipped()[0].systems[FRAMEWORK].power_max_w
    assert alone == pytest.approx((stated or 0) * 0.92)
    assert both == pytest.approx((alone or 0) + 350)
    message = supply_checks({"system": FRAMEWORK, "gpus": [GEFORCE]})["psu"].message
    assert f"rated {both:.0f} W together" in message


def test_the_check_and_the_bill_ask_for_the_same_supply() -> None:
    catalogue, data = shipped()
    parts, spec = resolved(WORKSTATION)
    watts = supply_watts(power(WORKSTATION), 1) or 0
    assert "1\u202f674 W together" in supply_checks(WORKSTATION)["psu-size"].message
    row, count = data.psu_for(watts / 0.8)
    bill = cost_of(
        parts,
        spec,
        catalogue,
        data,
        Work(4096, 256, 4096, 1),
        power(WORKSTATION),
        date(2026, 11, 21),
    ).lines
    bought = next(line for line in bill if line.kind == "psu")
    assert bought.quantity == count
    assert f"{count} × up to {grouped(row.watts_max or 0)} W" in bought.item


def test_two_lines_of_the_same_card_count_as_two_cards() -> None:
    system = next(s for s in shipped()[0].systems.values() if s.gpu_slug and s.gpu_count == 2)
    halves = [{"gpu": system.gpu_slug, "count": 1}] * 2
    parts = resolved({"system": system.slug, "gpus": halves})[0]
    assert is_as_sold(parts)
    assert adds_no_gpu(parts)
    more = resolved({"system": system.slug, "gpus": [*halves, halves[0]]})[0]
    assert not adds_no_gpu(more)


@pytest.mark.parametrize(
    ("memory_type", "words"),
    [("ddr5-rdimm", "DDR5 RDIMM"), ("lpddr5x-soldered", "LPDDR5X soldered")],
)
def test_a_memory_type_in_words(memory_type: str, words: str) -> None:
    assert memory_type_words(memory_type) == words


def test_memory_nobody_states_is_judged_by_the_boards_of_the_platform() -> None:
    parts = resolved(WORKSTATION)[0]
    assert parts.cpu is not None
    assert parts.platform is not None
    silent = replace(parts, cpu=parts.cpu.model_copy(update={"memory_types": []}))
    assert not has_soldered_memory(silent)
    no_slots = parts.platform.model_copy(update={"dimm_slots_per_channel": 0})
    assert has_soldered_memory(replace(silent, platform=no_slots))

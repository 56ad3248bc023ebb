"""What a build costs, on the prices of the shipped catalogue."""

from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

import pytest

from app.builds.assessment import Cost, Interval, PurchaseLine
from app.builds.assumptions import CostAssumptions, first_day, load_cost_data
from app.builds.costs import cost_of
from app.builds.costs.work import Work
from app.builds.parts import resolve_parts
from app.builds.power import power_of
from app.builds.spec import BuildSpec
from app.catalogue.seed_files import SEED_DIR
from app.catalogue.snapshot import Catalogue, catalogue_from_seed

TODAY = date(2026, 11, 21)
SPEED = Interval(low=20, typical=25, high=30)
WORKSTATION = {
    "cpu": "amd-epyc-9554p",
    "memory": {"module": "rdimm-ddr5-4800-32gb", "count": 12},
    "gpus": [{"gpu": "nvidia-rtx-pro-6000-blackwell-workstation-edition", "count": 2}],
}
DESKTOP = {
    "cpu": "amd-ryzen-9-9950x",
    "memory": {"module": "udimm-ddr5-5600-48gb", "count": 2},
    "gpus": [{"gpu": "nvidia-geforce-rtx-3090", "count": 1}],
}


@cache
def shipped() -> tuple[Catalogue, CostAssumptions]:
    return catalogue_from_seed(), load_cost_data(SEED_DIR)


def cost(
    machine: dict[str, Any],
    speed: Interval | None = SPEED,
    today: date = TODAY,
    **economics: object,
) -> Cost:
    catalogue, data = shipped()
    spec = BuildSpec.model_validate({"machine": machine, "economics": economics})
    parts = resolve_parts(spec, catalogue)
    watts = power_of(parts, data, spec.machine.overrides)
    work = Work(4096, 256, 4096, 1, speed or Interval(low=None, typical=None, high=None))
    return cost_of(parts, spec, catalogue, data, work, watts, today)


def line(found: Cost, kind: str) -> PurchaseLine:
    return next(entry for entry in found.lines if entry.kind == kind)


def test_a_self_build_lists_cpu_memory_gpus_and_everything_around_them() -> None:
    items = [entry.item for entry in cost(WORKSTATION).lines]
    assert items[:3] == [
        "EPYC 9554P",
        "DDR5-4800 RDIMM 32 GB",
        "RTX PRO 6000 Blackwell Workstation Edition",
    ]
    assert {"Mainboard", "Case", "2 TB SSD", "CPU cooler"} < set(items)
    assert any(item.startswith("Power supply") for item in items)


def test_every_priced_line_says_when_and_by_whom() -> None:
    for entry in cost(WORKSTATION).lines:
        assert entry.typical is None or (entry.source and entry.observed_on)


def test_the_sum_is_the_sum_of_its_lines() -> None:
    found = cost(WORKSTATION)
    assert found.complete
    assert sum(entry.typical or 0 for entry in found.lines) == pytest.approx(
        found.purchase.typical, abs=Decimal("0.05")
    )


def test_two_nodes_cost_twice_one_node_and_the_network_between_them_is_open() -> None:
    one, two = cost(DESKTOP), cost({**DESKTOP, "nodes": 2})
    assert line(two, "gpu").typical == pytest.approx(2 * (line(one, "gpu").typical or 0))
    assert not two.complete
    assert any("Network" in name for name in two.unpriced)


def test_a_complete_system_with_a_price_is_one_line() -> None:
    found = cost({"system": "nvidia-dgx-spark-128gb-4tb"}, currency="USD")
    assert [entry.kind for entry in found.lines] == ["system"]
    assert found.purchase.typical == Decimal("4699.00")


def test_two_sparks_are_two_systems() -> None:
    found = cost({"system": "nvidia-dgx-spark-128gb-4tb", "nodes": 2}, currency="USD")
    assert line(found, "system").quantity == 2


def test_a_card_added_to_a_system_is_a_line_of_its_own() -> None:
    machine = {
        "system": "framework-desktop-128gb-ryzen-ai-max-395",
        "gpus": [{"gpu": "nvidia-geforce-rtx-3090"}],
    }
    assert [entry.kind for entry in cost(machine).lines] == ["system", "gpu"]


def test_a_server_nobody_prices_stays_open_but_shows_what_its_parts_cost() -> None:
    found = cost({"system": "dell-poweredge-xe7740-8x-h200-nvl"})
    assert not found.complete
    assert found.purchase.typical is not None
    assert found.cost_over_years.typical is None
    assert found.per_million_tokens.typical is None
    assert any("lower bound" in sentence for sentence in found.assumptions)


def test_memory_without_a_price_of_its_own_takes_the_newest_price_per_gib() -> None:
    entry = line(cost(WORKSTATION, currency="USD"), "memory-module")
    assert entry.basis == "per-gib"
    assert entry.unit_price == Decimal("1142.40")  # 35.70 USD a GiB in August 2026


def test_a_cpu_nobody_sells_publicly_is_given_at_its_list_price_and_says_so() -> None:
    entry = line(cost(WORKSTATION), "cpu")
    assert entry.basis == "launch-price"
    assert "List price at launch" in (entry.note or "")


def test_a_list_price_at_launch_does_not_price_a_used_cpu() -> None:
    found = cost(WORKSTATION, condition="used")
    assert line(found, "cpu").basis == "unknown"
    assert "EPYC 9554P" in found.unpriced


def test_a_card_no_longer_sold_new_is_given_at_its_used_price() -> None:
    entry = line(cost(DESKTOP), "gpu")
    assert entry.condition == "used"
    assert "No longer sold new" in (entry.note or "")


def test_modules_without_any_price_stay_unknown() -> None:
    machine = {
        "cpu": "intel-xeon-6980p",
        "memory": {"module": "mrdimm-ddr5-8800-64gb", "count": 12},
    }
    entry = line(cost(machine), "memory-module")
    assert (entry.basis, entry.typical) == ("unknown", None)


def test_my_own_quote_replaces_the_whole_bill() -> None:
    found = cost(WORKSTATION, quoted_price="24500")
    assert [entry.basis for entry in found.lines] == ["quoted"]
    assert found.purchase.low == found.purchase.high == Decimal("24500.00")
    assert found.complete


def test_dollars_become_euros_at_a_dated_rate_that_is_shown() -> None:
    euros, dollars = cost(WORKSTATION), cost(WORKSTATION, currency="USD")
    assert "1 EUR = 1.1172 USD on 2026-10-30" in (euros.exchange_note or "")
    assert line(dollars, "cpu").typical == pytest.approx(
        (line(euros, "cpu").typical or 0) * Decimal("1.1172"), abs=Decimal("0.02")
    )


def test_a_price_older_than_a_year_says_so_and_is_less_certain() -> None:
    machine = {"system": "nvidia-dgx-spark-128gb-4tb"}
    fresh = line(cost(machine, today=date(2026, 6, 1)), "system")
    old = line(cost(machine, today=date(2027, 11, 21)), "system")
    assert "old" not in (fresh.note or "")
    assert "The price is old" in (old.note or "")
    assert old.typical == fresh.typical
    assert (old.low or 0) < (fresh.low or 0)
    assert (old.high or 0) > (fresh.high or 0)


def test_electricity_is_the_eu_average_until_i_say_otherwise() -> None:
    assert cost(DESKTOP).electricity_per_kwh == Decimal("0.2872")
    assert "2025-H1" in (cost(DESKTOP).electricity_source or "")
    assert cost(DESKTOP, electricity_per_kwh="0.19").electricity_source == "Your own figure"


def test_three_years_cost_the_purchase_and_three_years_of_energy() -> None:
    found = cost(WORKSTATION, years=3)
    assert found.purchase.typical is not None
    assert found.energy_per_year is not None
    assert found.cost_over_years.typical == pytest.approx(
        found.purchase.typical + 3 * found.energy_per_year, abs=Decimal("0.03")
    )


def test_a_slow_machine_makes_dear_tokens() -> None:
    per_million = cost(WORKSTATION).per_million_tokens
    assert per_million.low is not None
    assert per_million.typical is not None
    assert per_million.high is not None
    assert per_million.low < per_million.typical < per_million.high


def test_without_a_speed_there_is_no_price_per_token() -> None:
    assert cost(WORKSTATION, speed=None).per_million_tokens.typical is None


def test_a_machine_that_never_works_makes_no_tokens() -> None:
    found = cost(WORKSTATION, hours_per_day=0)
    assert found.per_million_tokens.typical is None
    assert found.energy_per_year is not None


def test_an_empty_machine_costs_nothing_that_could_be_said() -> None:
    found = cost({})
    assert found.purchase.typical is None
    assert not found.complete


def test_us_prices_are_said_to_be_without_sales_tax() -> None:
    assert any("without sales tax" in sentence for sentence in cost(WORKSTATION).assumptions)


def test_a_part_of_unknown_power_leaves_the_energy_open() -> None:
    machine = {"cpu": "amd-epyc-9554p", "gpus": [{"gpu": "huawei-ascend-910c"}]}
    assert cost(machine).energy_per_year is None


@pytest.mark.parametrize("slug", ["am5", "lga1700", "lga1851", "str5-trx50", "str5-wrx90", "sp3"])
def test_boards_of_the_usual_platforms_have_a_sourced_price(slug: str) -> None:
    row = shipped()[1].remainder("board", slug)
    assert row is not None
    assert row.source


def test_a_big_machine_gets_two_power_supplies() -> None:
    row, count = shipped()[1].psu_for(3400)
    assert (row.watts_max, count) == (2000, 2)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026", date(2026, 1, 1)),
        ("2025-H2", date(2025, 7, 1)),
        ("2024-Q3", date(2024, 7, 1)),
        ("2026-08", date(2026, 8, 1)),
        ("2026-08-31", date(2026, 8, 31)),
        ("undated", None),
        (None, None),
    ],
)
def test_dates_are_read_as_precisely_as_they_are_written(text: str, day: date | None) -> None:
    assert first_day(text) == day


def test_every_system_of_the_catalogue_can_be_costed() -> None:
    for slug in shipped()[0].systems:
        found = cost({"system": slug})
        assert found.complete == (not found.unpriced), slug

"""The three examples of docs/costs.md, worked there by hand: the product must say the same cents.

Nothing below is computed by the code under test: every expected figure is copied from the document.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from app.builds.assessment import Cost, Interval, MoneyRange
from app.builds.assumptions import COMPONENTS, CostAssumptions, Remainder, load_cost_data
from app.builds.costs import cost_of
from app.builds.costs.work import Work
from app.builds.parts import resolve_parts
from app.builds.power import power_of
from app.builds.spec import BuildSpec
from app.catalogue.facts import PriceFacts
from app.catalogue.seed_files import SEED_DIR
from app.catalogue.snapshot import Catalogue
from tests.builds.pinned import dollars, price, with_prices

TODAY = date(2026, 11, 21)
Cents = tuple[str, str, str]


def around_the_parts() -> CostAssumptions:
    """Board, power supply, case, SSD and cooler of the first example, seen on 31 August 2026."""
    ranges = {
        "board": ("200", "300"),
        "psu": ("120", "180"),
        "case": ("80", "120"),
        "storage": ("140", "160"),
        "cooling": ("60", "100"),
    }
    rows = tuple(
        Remainder(
            platform_slug="*",
            component=component,
            watts_max=1000.0 if component == "psu" else None,
            low=Decimal(ranges[component][0]),
            high=Decimal(ranges[component][1]),
            currency="EUR",
            observed_on="2026-08-31",
            source="example",
            notes=None,
        )
        for component in COMPONENTS
    )
    return replace(load_cost_data(SEED_DIR), remainders=rows)


def cost(
    catalogue: Catalogue,
    prices: Sequence[PriceFacts],
    work: Work,
    watts: tuple[float, float],
    spec: dict[str, Any],
) -> Cost:
    pinned = with_prices(catalogue, prices, [dollars(catalogue, "1.12")])
    asked = BuildSpec.model_validate(spec)
    parts, data = resolve_parts(asked, pinned), around_the_parts()
    drawn = {"load_w": watts[0], "idle_w": watts[1]}  # the parts' own watts size the supply only
    power = power_of(parts, data).model_copy(update=drawn)
    return cost_of(parts, asked, pinned, data, work, power, TODAY)


@pytest.fixture(scope="module")
def desktop(catalogue: Catalogue) -> Cost:
    """Example 1."""
    module = "udimm-ddr5-5600-48gb"
    used = {"condition": "used", "currency": "USD", "region": "US"}
    prices = [
        price(catalogue, "cpu", "amd-ryzen-9-9950x", "480", "2026-10-01"),
        price(catalogue, "memory-module", module, "390", "2026-11-01"),
        price(catalogue, "gpu", "nvidia-geforce-rtx-3090", "700", "2026-09-15", **used),
    ]
    work = Work(
        prompt_tokens=1000,
        generated_tokens=200,
        input_tokens=1000,
        concurrency=1,
        decode_total_tps=Interval(low=20, typical=25, high=30),
        total_s=Interval(low=8, typical=10, high=12.5),
        prompt_s=2,
        answer_s=8,
    )
    machine = {
        "cpu": "amd-ryzen-9-9950x",
        "memory": {"module": module, "count": 2},
        "gpus": [{"gpu": "nvidia-geforce-rtx-3090"}],
    }
    economics = {"electricity_per_kwh": "0.30"}
    return cost(catalogue, prices, work, (500, 90), {"machine": machine, "economics": economics})


@pytest.fixture(scope="module")
def system(catalogue: Catalogue) -> Cost:
    """Example 2."""
    spark = "nvidia-dgx-spark-128gb-4tb"
    german = {"name": "Germany household, incl. taxes, per kWh", "region": "Germany", "unit": "kwh"}
    prices = [
        price(catalogue, "system", spark, "4480", "2025-10-15", currency="USD", region="US"),
        price(
            catalogue,
            "electricity",
            None,
            "0.40",
            "2025-01-01",
            observed_on="2025-H1",
            price_kind="statistic",
            **german,
        ),
    ]
    economics = {"hours_per_day": 10, "electricity_country": "germany-household"}
    spec = {"machine": {"system": spark}, "economics": economics}
    return cost(catalogue, prices, Work(1000, 200, 1000, 1), (150, 30), spec)


@pytest.fixture(scope="module")
def quoted(catalogue: Catalogue) -> Cost:
    """Example 3."""
    model = "llama-3.1-8b-instruct"
    api = {"currency": "USD", "region": None, "price_kind": "list", "provider": "somebody"}
    rent = {**api, "price_kind": "on-demand", "name": "RTX 3090 24GB on somebody"}
    prices = [
        price(
            catalogue,
            "api-mtok",
            model,
            amount,
            "2026-11-01",
            name=f"{model} (somebody) {direction}",
            token_direction=direction,
            **api,
        )
        for direction, amount in (("input", "0.56"), ("output", "0.84"))
    ]
    card = "nvidia-geforce-rtx-3090"
    prices.append(price(catalogue, "cloud-gpu-hour", card, "0.56", "2026-09-20", **rent))
    work = Work(
        prompt_tokens=2000,
        generated_tokens=400,
        input_tokens=2000,
        concurrency=4,
        decode_total_tps=Interval(low=40, typical=50, high=60),
        total_s=Interval(low=57.6, typical=72, high=90),
        prompt_s=6,
        answer_s=24,
    )
    spec = {
        "machine": {"gpus": [{"gpu": card, "count": 2}]},
        "deployment": {"model": model},
        "economics": {
            "quoted_price": "6000",
            "hours_per_day": 10,
            "requests_per_hour": 100,
            "electricity_per_kwh": "0.25",
            "cooling_factor": 0.3,
            "shipping": "150",
            "spares_share": 0.05,
            "depreciation_per_year": 0.25,
            "admin_hours_per_month": 2,
            "admin_rate_per_hour": "50",
        },
    }
    return cost(catalogue, prices, work, (800, 100), spec)


def cents(found: MoneyRange | None) -> Cents:
    assert found is not None
    return str(found.low), str(found.typical), str(found.high)


def table(found: Cost) -> dict[str, list[Cents]]:
    """The cost over the years: each line by its kind, and the totals."""
    assert found.tco is not None
    assert found.tco.years == [1, 3, 5]
    lines = {line.kind: [cents(a) for a in line.amounts] for line in found.tco.lines}
    return {**lines, "total": [cents(a) for a in found.tco.totals]}


def same(amount: str) -> Cents:
    return amount, amount, amount


def test_the_parts_of_the_desktop_cost_what_the_example_says(desktop: Cost) -> None:
    amounts = {
        line.kind: (str(line.low), str(line.typical), str(line.high)) for line in desktop.lines
    }
    assert amounts == {
        "cpu": ("408.00", "480.00", "552.00"),
        "memory-module": ("663.00", "780.00", "897.00"),
        "gpu": ("531.25", "625.00", "718.75"),
        "board": ("200.00", "250.00", "300.00"),
        "psu": ("120.00", "150.00", "180.00"),
        "case": ("80.00", "100.00", "120.00"),
        "storage": ("140.00", "150.00", "160.00"),
        "cooling": ("60.00", "80.00", "100.00"),
    }
    assert cents(desktop.purchase) == ("2202.25", "2615.00", "3027.75")


def test_the_desktop_over_the_years_to_the_cent(desktop: Cost) -> None:
    assert table(desktop) == {
        "purchase": [("2202.25", "2615.00", "3027.75")] * 3,
        "energy": [same("596.09"), same("1788.26"), same("2980.44")],
        "total": [
            ("2798.34", "3211.09", "3623.84"),
            ("3990.51", "4403.26", "4816.01"),
            ("5182.69", "5595.44", "6008.19"),
        ],
    }
    assert cents(desktop.cost_over_years) == ("3990.51", "4403.26", "4816.01")


def test_the_desktop_s_tokens(desktop: Cost) -> None:
    assert desktop.per_million_input is not None
    assert desktop.per_million_output is not None
    assert str(desktop.per_million_input.typical) == "0.2791"
    assert str(desktop.per_million_output.typical) == "5.5812"
    assert str(desktop.per_million_tokens.typical) == "5.5812"


def test_the_system_over_the_years_to_the_cent(system: Cost) -> None:
    assert table(system) == {
        "purchase": [("2720.00", "4000.00", "5750.00")] * 3,
        "energy": [
            ("224.41", "280.51", "350.64"),
            ("673.23", "841.54", "1051.92"),
            ("1122.05", "1402.56", "1753.20"),
        ],
        "total": [
            ("2944.41", "4280.51", "6100.64"),
            ("3393.23", "4841.54", "6801.92"),
            ("3842.05", "5402.56", "7503.20"),
        ],
    }


def test_both_old_prices_of_the_system_are_marked(system: Cost) -> None:
    assert [(line.stale, line.age_days, line.vat) for line in system.lines] == [
        (True, 402, "excluded")
    ]
    assert system.tco is not None
    energy = next(line for line in system.tco.lines if line.kind == "energy")
    assert (energy.stale, energy.age_days, energy.vat) == (True, 689, "included")
    assert system.stale_prices == [system.lines[0].item]
    assert system.electricity_stale


def test_the_quoted_machine_over_the_years_to_the_cent(quoted: Cost) -> None:
    assert table(quoted) == {
        "purchase": [same("6000.00")] * 3,
        "shipping": [same("150.00")] * 3,
        "spares": [same("300.00")] * 3,
        "energy": [
            ("474.83", "538.74", "618.64"),
            ("1424.48", "1616.23", "1855.93"),
            ("2374.13", "2693.72", "3093.21"),
        ],
        "cooling": [
            ("142.45", "161.62", "185.59"),
            ("427.34", "484.87", "556.78"),
            ("712.24", "808.12", "927.96"),
        ],
        "admin": [same("1200.00"), same("3600.00"), same("6000.00")],
        "resale": [same("-4500.00"), same("-2531.25"), same("-1423.83")],
        "total": [
            ("3767.27", "3850.37", "3954.23"),
            ("9370.57", "9619.85", "9931.45"),
            ("14112.53", "14528.01", "15047.35"),
        ],
    }


def test_the_quoted_machine_is_as_busy_as_its_demand_makes_it(quoted: Cost) -> None:
    demand = quoted.demand
    assert demand is not None
    assert demand.capacity_per_hour == Interval(low=160, typical=200, high=250)
    assert demand.busy_share == Interval(low=0.4, typical=0.5, high=0.625)
    assert demand.requests_per_year.typical == 365_250
    assert demand.input_tokens_per_year == 730_500_000
    assert demand.output_tokens_per_year == 146_100_000


def test_the_quoted_machine_s_tokens(quoted: Cost) -> None:
    assert quoted.per_million_input is not None
    assert quoted.per_million_output is not None
    assert str(quoted.per_million_input.typical) == "0.8779"
    assert str(quoted.per_million_output.typical) == "17.5585"
    assert str(quoted.per_million_tokens.typical) == "21.9481"


def test_the_quoted_machine_against_api_and_rent(quoted: Cost) -> None:
    found = quoted.break_even
    assert found is not None
    assert cents(found.upfront) == same("6450.00")
    assert cents(found.per_month) == ("151.44", "158.36", "167.02")
    api, rent = found.alternatives
    assert (str(api.input_per_million), str(api.output_per_million)) == ("0.5000", "0.7500")
    assert cents(api.per_month) == same("39.57")
    assert cents(api.over_years) == same("1424.48")
    assert api.break_even_months == Interval(low=None, typical=None, high=None)
    assert api.sentence.startswith("Owning does not pay: 39.57")
    assert str(rent.per_hour) == "1.0000"
    assert cents(rent.per_month) == same("304.38")
    assert cents(rent.over_years) == same("10957.50")
    months = rent.break_even_months
    assert months.low == pytest.approx(42.1746, abs=1e-4)
    assert months.typical == pytest.approx(44.1747, abs=1e-4)
    assert months.high == pytest.approx(46.9585, abs=1e-4)
    assert "longer than it is used" in rent.sentence


@pytest.mark.parametrize("example", ["desktop", "system", "quoted"])
def test_every_amount_of_an_example_stands_in_the_document(
    example: str, request: pytest.FixtureRequest
) -> None:
    document = (SEED_DIR.parent / "docs" / "costs.md").read_text(encoding="utf-8")
    worked = document.split("## Three examples by hand")[1].split("## Not counted")[0]
    for ranges in table(request.getfixturevalue(example)).values():
        for amount in {Decimal(each) for ends in ranges for each in ends}:
            assert f"{abs(amount):,}" in worked.replace(",000 EUR", ",000.00 EUR"), amount

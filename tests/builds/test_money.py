"""Demand, the years, electricity by country, tax and age, APIs and rent, on the shipped prices."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from app.builds.assess import World, assess
from app.builds.assessment import Assessment, Cost
from app.builds.costs.electricity import tariffs
from app.builds.problems import InvalidSpecError
from app.builds.query import spec_from_query
from tests.builds.pinned import price, with_prices

TODAY = date(2026, 11, 21)
DESKTOP = "cpu=amd-ryzen-9-9950x&module=udimm-ddr5-5600-48gb&modules=2&gpu=nvidia-geforce-rtx-4090"
LLAMA = f"{DESKTOP}&model=llama-3.1-8b-instruct"


def cost(world: World, query: str) -> Cost:
    return assess(spec_from_query(query), world, TODAY).cost


def problem(world: World, query: str) -> tuple[str, str]:
    with pytest.raises(InvalidSpecError) as caught:
        cost(world, query)
    (found,) = caught.value.problems
    return found.field, found.message


def energy(found: Cost) -> Decimal:
    assert found.energy_per_year is not None
    return found.energy_per_year


def test_a_machine_with_little_to_do_uses_less(world: World) -> None:
    flat_out, little = cost(world, LLAMA), cost(world, f"{LLAMA}&demand=100")
    assert energy(little) < energy(flat_out)
    assert little.demand is not None
    assert little.demand.over_capacity is False
    assert "keep it busy" in little.demand.sentence


def test_without_requests_it_is_idle_all_day(world: World) -> None:
    found = cost(world, f"{LLAMA}&demand=0")
    idle = assess(spec_from_query(LLAMA), world, TODAY).power.idle_w
    assert idle is not None
    assert found.energy_kwh_per_year == pytest.approx(idle * 24 * 365.25 / 1000)
    assert found.per_million_tokens.typical is None


def test_more_than_it_can_serve_is_said_and_the_capacity_counts(world: World) -> None:
    found, flat_out = cost(world, f"{LLAMA}&demand=1e6"), cost(world, LLAMA)
    assert found.demand is not None
    assert flat_out.demand is not None
    assert found.demand.over_capacity is True
    assert "more than it can serve" in found.demand.sentence
    assert found.demand.requests_per_year == flat_out.demand.requests_per_year
    assert energy(found) == energy(flat_out)


def test_a_demand_on_a_machine_of_unknown_speed_leaves_the_energy_open(world: World) -> None:
    found = cost(world, "gpu=nvidia-geforce-rtx-4090&model=llama-3.3-70b-instruct&demand=10")
    assert found.demand is not None
    assert "unknown" in found.demand.sentence
    assert found.energy_per_year is None


def test_a_machine_of_unknown_idle_power_says_what_its_costs_wait_for(world: World) -> None:
    found = cost(world, "system=nvidia-2x-dgx-spark-linked-256gb&model=llama-3.1-8b-instruct")
    assert found.tco is not None
    assert found.tco.note == "Open until its idle power is known."
    assert all(total.typical is None for total in found.tco.totals)


@pytest.mark.parametrize("demand", ["1e-300", "1e-12", "1e9"])
def test_a_strange_demand_is_answered(world: World, demand: str) -> None:
    found = cost(world, f"{LLAMA}&demand={demand}&hours=0.001")
    assert found.cost_over_years.typical is not None
    assert found.per_million_tokens.typical is None or found.per_million_tokens.typical > 0


def test_what_pays_off_in_a_hundred_years_does_not_pay(world: World) -> None:
    found = cost(world, f"{LLAMA}&quote=40000&kwh=0.2872").break_even
    assert found is not None
    late = next(a for a in found.alternatives if "community" in a.offer)
    assert (late.break_even_months.typical or 0) > 50 * 12
    assert late.sentence.startswith("Owning does not pay: ")


def test_flat_out_an_answer_s_token_costs_what_all_costs_by_the_answers_say(world: World) -> None:
    found = cost(world, LLAMA)
    assert found.per_million_output is not None
    assert found.per_million_output.typical == found.per_million_tokens.typical


def test_prompts_and_answers_share_all_costs(world: World) -> None:
    found = cost(world, f"{LLAMA}&demand=200")
    assert found.demand is not None
    assert found.per_million_input is not None
    assert found.per_million_output is not None
    prompts = found.per_million_input.typical, found.demand.input_tokens_per_year
    answers = found.per_million_output.typical, found.demand.output_tokens_per_year
    spent = sum(float(each or 0) * (count or 0) / 1e6 for each, count in (prompts, answers))
    assert spent * 3 == pytest.approx(float(found.cost_over_years.typical or 0), rel=1e-3)


def test_the_asked_years_stand_beside_one_three_and_five(world: World) -> None:
    found = cost(world, f"{LLAMA}&years=4")
    assert found.tco is not None
    assert found.tco.years == [1, 3, 4, 5]
    assert found.tco.totals[2] == found.cost_over_years


def test_every_line_says_where_its_price_comes_from(world: World) -> None:
    query = f"{LLAMA}&shipping=90&spares=0.1&loss=0.5&cooling=0.3&admin_hours=1&admin_rate=60"
    found = cost(world, query)
    assert found.tco is not None
    kinds = [line.kind for line in found.tco.lines]
    assert kinds == ["purchase", "shipping", "spares", "energy", "cooling", "admin", "resale"]
    for line in found.tco.lines:
        assert line.source
        assert line.source == "Your own figure" or line.observed_on
    for line in found.lines:
        assert line.source
        assert line.age_days is not None


def test_what_nobody_entered_is_said_not_to_be_counted(world: World) -> None:
    sentences = " ".join(cost(world, f"{LLAMA}&cooling=0.3").assumptions)
    assert "Work, shipping, spare parts, space, network and repairs are not counted." in sentences


def test_electricity_of_a_country_counts_by_its_slug_or_name(world: World) -> None:
    by_slug = cost(world, f"{LLAMA}&country=germany-household")
    assert by_slug.electricity_per_kwh == Decimal("0.3720")
    assert "2026-01" in (by_slug.electricity_source or "")
    by_name = assess(spec_from_query(f"{LLAMA}&country=Germany"), world, TODAY)
    assert by_name.cost.electricity_per_kwh == Decimal("0.3720")
    assert by_name.spec.economics.electricity_country == "germany-household"


def test_a_price_of_ones_own_beats_the_country(world: World) -> None:
    found = cost(world, f"{LLAMA}&country=germany-household&kwh=0.2")
    assert (found.electricity_per_kwh, found.electricity_source) == (
        Decimal("0.2000"),
        "Your own figure",
    )
    assert not found.electricity_stale


def test_dollars_a_kilowatt_hour_are_converted(world: World) -> None:
    found = cost(world, f"{LLAMA}&country=us-new-england-residential")
    assert found.electricity_per_kwh == (Decimal("0.2707") / Decimal("1.1172")).quantize(
        Decimal("0.0001")
    )


def test_a_country_nobody_knows_is_answered_with_those_there_are(world: World) -> None:
    field, message = problem(world, f"{LLAMA}&country=atlantis")
    assert field == "economics.electricity_country"
    assert message.startswith("No electricity price is known for “atlantis”. Use one of: ")
    assert all(slug in message for slug in tariffs(world.catalogue))


def test_hours_of_work_need_a_price(world: World) -> None:
    field, message = problem(world, f"{LLAMA}&admin_hours=3")
    assert field == "economics.admin_rate_per_hour"
    assert message == "Say what an hour of this work costs, or leave the hours empty."


def test_an_old_electricity_price_is_marked_and_widens_the_years(world: World) -> None:
    old, own = cost(world, LLAMA), cost(world, f"{LLAMA}&kwh=0.2872")
    assert old.electricity_stale
    assert old.cost_over_years.typical == own.cost_over_years.typical
    assert (old.cost_over_years.low or 0) < (own.cost_over_years.low or 0)
    assert (old.cost_over_years.high or 0) > (own.cost_over_years.high or 0)


def test_a_stale_part_is_flagged_on_its_line_and_in_the_sum(world: World) -> None:
    found = cost(world, LLAMA)
    stale = [line for line in found.lines if line.stale]
    assert [line.item for line in stale] == found.stale_prices
    assert "GeForce RTX 4090" in found.stale_prices
    limit = world.costs.figure("stale_price_days")
    assert all((line.age_days or 0) > limit for line in stale)
    assert found.tco is not None
    assert found.tco.lines[0].stale


def test_a_quote_is_never_old(world: World) -> None:
    found = cost(world, f"{LLAMA}&quote=4000")
    assert found.stale_prices == []
    assert not any(line.stale for line in found.lines)


@pytest.mark.parametrize(
    ("more", "vat"),
    [
        ({"region": "US", "currency": "USD"}, "excluded"),
        ({"region": "DE"}, "included"),
        ({"region": "DE", "price_kind": "estimate"}, "unknown"),
        ({"region": "EU", "notes": "VAT treatment not stated"}, "unknown"),
        ({"region": None, "notes": "lowest listing; VAT included."}, "included"),
        ({"region": None, "currency": "USD"}, "unknown"),
    ],
)
def test_a_line_says_whether_tax_is_in_it(world: World, more: dict[str, str], vat: str) -> None:
    catalogue = world.catalogue
    seen = price(catalogue, "gpu", "nvidia-geforce-rtx-5090", "3000", "2026-11-01", **more)
    kept = [p for p in catalogue.prices if p.item_slug != "nvidia-geforce-rtx-5090"]
    other = replace(world, catalogue=with_prices(catalogue, [*kept, seen]))
    found = cost(other, "gpu=nvidia-geforce-rtx-5090")
    line = next(line for line in found.lines if line.kind == "gpu")
    assert (line.vat, line.region) == (vat, more["region"])


def test_an_api_of_another_spelling_of_the_model_counts(world: World) -> None:
    found = cost(world, "gpu=nvidia-h100-sxm5-80gb&gpus=4&model=llama-3.3-70b-instruct").break_even
    assert found is not None
    offers = [a.offer for a in found.alternatives if a.kind == "api"]
    assert "Meta-Llama-3_3-70B-Instruct" in offers
    assert not any("Turbo" in offer or "specdec" in offer for offer in offers)


def test_a_model_nobody_hosts_is_said_to_have_no_price(world: World) -> None:
    found = cost(world, f"{DESKTOP}&model=qwen2.5-14b-instruct").break_even
    assert found is not None
    assert found.api_note == "No hosted price of Qwen2.5 14B is known."
    assert all(a.kind == "rented" for a in found.alternatives)


def test_a_card_nobody_rents_out_is_said_so(world: World) -> None:
    found = cost(world, "system=nvidia-dgx-spark-128gb-4tb&model=llama-3.1-8b-instruct").break_even
    assert found is not None
    assert (found.rented_note or "").startswith("Nobody in the catalogue rents out")


def test_rent_is_of_all_cards_for_the_hours_under_load(world: World) -> None:
    card = "gpu=nvidia-l40s&cpu=amd-epyc-9554p&module=rdimm-ddr5-4800-32gb&modules=12"
    one, two = (cost(world, f"{card}&gpus={n}&hours=6").break_even for n in (1, 2))
    assert one is not None
    assert two is not None
    first, second = one.alternatives[0], two.alternatives[0]
    assert first.per_hour is not None
    assert second.per_hour == pytest.approx(first.per_hour * 2, abs=Decimal("0.0002"))
    assert first.over_years.typical == pytest.approx(
        first.per_hour * Decimal("6574.5"), rel=Decimal("0.001")
    )


def test_spot_machines_averages_and_old_offers_do_not_count_as_rent(world: World) -> None:
    found = cost(world, "gpu=nvidia-h200-sxm-141gb&model=llama-3.1-8b-instruct").break_even
    assert found is not None
    offers = [a.offer for a in found.alternatives if a.kind == "rented"]
    assert offers
    assert not any("average" in offer or "spot" in offer or "index" in offer for offer in offers)


def test_owning_pays_where_rent_costs_more_than_the_purchase(world: World) -> None:
    found = cost(world, f"{LLAMA}&quote=500").break_even
    assert found is not None
    secure = next(a for a in found.alternatives if "secure" in a.offer)
    months = secure.break_even_months
    assert months.low is not None
    assert months.typical is not None
    assert months.low <= months.typical < 36
    assert secure.sentence.startswith("Owning is cheaper after ")


def test_an_unpriced_machine_leaves_break_even_open(world: World) -> None:
    query = "gpu=nvidia-geforce-rtx-4090&model=llama-3.1-8b-instruct"
    found = cost(world, query).break_even
    assert found is not None
    assert found.sentence == (
        "Open until the price of all its parts and its power under load are known."
    )
    assert all(a.break_even_months.typical is None for a in found.alternatives)
    assert found.alternatives[0].per_month.typical is not None


def test_an_api_bills_what_a_machine_of_ones_own_keeps_in_its_cache(world: World) -> None:
    alone, cached = cost(world, f"{LLAMA}&demand=50"), cost(world, f"{LLAMA}&demand=50&cached=4096")
    assert alone.break_even is not None
    assert cached.break_even is not None
    first, second = alone.break_even.alternatives[0], cached.break_even.alternatives[0]
    assert first.kind == second.kind == "api"
    assert (second.per_month.typical or 0) > (first.per_month.typical or 0)


def test_an_answer_stored_before_all_this_can_still_be_read(world: World) -> None:
    answer = json.loads(assess(spec_from_query(LLAMA), world, TODAY).model_dump_json())
    new = (
        *("stale_prices", "electricity_stale", "demand", "tco", "prefill_share"),
        *("per_million_input", "per_million_output", "break_even"),
    )
    for key in new:
        del answer["cost"][key]
    for line in answer["cost"]["lines"]:
        for key in ("region", "vat", "age_days", "stale"):
            del line[key]
    economics = answer["spec"]["economics"]
    answer["spec"]["economics"] = {
        key: economics[key]
        for key in ("currency", "years", "hours_per_day", "electricity_per_kwh", "condition")
    }
    read = Assessment.model_validate(answer)
    assert read.cost.tco is None
    assert read.cost.lines[0].vat == "unknown"
    assert read.spec.economics.depreciation_per_year == 1

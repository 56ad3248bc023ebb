"""What next: changes of one thing, each assessed as a build of its own, best value first."""

from decimal import Decimal

import pytest

from app.advisor.changes import upgrades as module
from app.advisor.changes.single_changes import candidates
from app.advisor.changes.upgrades import MOST_ASSESSED, NextSteps, Upgrade, next_steps, upgrades
from app.builds.assess import World, assess
from app.builds.presets import Preset, load_presets
from app.builds.query import spec_from_query
from tests.pages.builds import random_spec

LARGE = (
    "cpu=amd-ryzen-9-9950x&gpu=nvidia-geforce-rtx-4090&module=udimm-ddr5-5600-48gb&modules=4"
    "&model=llama-3.3-70b-instruct"
)
CPU_ONLY = "cpu=amd-epyc-9554p&module=rdimm-ddr5-4800-32gb&modules=6"
TOO_SMALL = "gpu=nvidia-geforce-rtx-3090&gpus=2&model=llama-3.3-70b-instruct&quant=q8_0"
DESKTOP = "cpu=amd-ryzen-9-9950x&gpu=nvidia-geforce-rtx-3090&module=udimm-ddr5-5600-48gb&modules=2"


@pytest.fixture(scope="module")
def large(world: World) -> NextSteps:
    return next_steps(spec_from_query(LARGE), world)


def labelled(found: NextSteps, words: str) -> Upgrade:
    return next(u for u in [*found.paid, *found.free] if words in u.label)


def test_each_upgrade_opens_as_a_build_with_the_same_figures(
    large: NextSteps, world: World
) -> None:
    assert large.paid
    assert large.free
    for upgrade in [*large.paid, *large.free]:
        then = assess(spec_from_query(upgrade.query), world)
        assert then.speed.decode_tps == upgrade.decode_tps
        assert then.speed.ttft_s == upgrade.ttft_s
        assert then.fit.fits is True
        assert upgrade.gained_tps == pytest.approx(
            (then.speed.decode_tps.typical or 0) - (large.decode_tps.typical or 0)
        )


def test_bought_ones_are_ranked_by_speed_per_money(large: NextSteps) -> None:
    values = [u.gained_tps_per_1000 for u in large.paid if u.gained_tps_per_1000 is not None]
    assert values == sorted(values, reverse=True)
    best = large.paid[0]
    assert best.extra_cost is not None
    assert best.gained_tps_per_1000 == pytest.approx(
        (best.gained_tps or 0) / float(best.extra_cost / 1000)
    )
    assert "add a second GeForce RTX 4090" in large.sentence


def test_a_second_card_costs_its_price_and_the_larger_power_supply(
    large: NextSteps, world: World
) -> None:
    second = labelled(large, "second GeForce RTX 4090")
    now = assess(spec_from_query(LARGE), world)
    then = assess(spec_from_query(second.query), world)
    card = next(line for line in now.cost.lines if line.kind == "gpu")
    supply = next(line for line in then.cost.lines if line.kind == "psu")
    assert card.typical is not None
    assert supply.typical is not None
    assert second.extra_cost is not None
    assert abs(second.extra_cost - card.typical - supply.typical) <= Decimal("0.01")
    assert second.purchase_difference is not None
    assert second.extra_cost > second.purchase_difference  # the old supply gives nothing back


def test_a_swapped_card_costs_all_of_the_new_one(large: NextSteps, world: World) -> None:
    swap = labelled(large, "RTX PRO 6000 Blackwell Workstation")
    then = assess(spec_from_query(swap.query), world)
    card = next(line for line in then.cost.lines if line.kind == "gpu")
    assert swap.extra_cost is not None
    assert card.typical is not None
    assert swap.extra_cost >= card.typical
    assert {v.name: v.class_after for v in swap.verdicts}["UC3"] == "interactive"


def test_free_changes_are_listed_apart(large: NextSteps) -> None:
    assert {u.kind for u in large.free} >= {"engine", "coarser", "finer", "kv-cache"}
    assert all(u.extra_cost is None and u.gained_tps_per_1000 is None for u in large.free)
    assert {u.kind for u in large.paid} <= {"add-gpu", "swap-gpu", "memory", "cpu"}
    finer = labelled(large, "Finer weights")
    assert any("Perplexity lost" in note for note in finer.notes)


def test_what_makes_a_build_run_counts_all_its_speed(world: World) -> None:
    found = next_steps(spec_from_query(TOO_SMALL), world)
    assert found.decode_tps.typical is None
    assert found.paid
    for upgrade in found.paid:
        assert upgrade.makes_it_run
        assert upgrade.gained_tps == upgrade.decode_tps.typical
    assert found.sentence.startswith("Best way to make it run:")


def test_empty_memory_channels_are_filled_first(world: World) -> None:
    found = next_steps(spec_from_query(CPU_ONLY), world)
    filled = labelled(found, "12 modules, one in each memory channel")
    assert (filled.gained_tps or 0) > 0.2 * (found.decode_tps.typical or 0)
    cpus = [u for u in found.paid if u.kind == "cpu"]
    assert all("EPYC" in u.label for u in cpus)
    cards = [u for u in found.paid if u.kind == "add-gpu"]
    assert cards
    assert any("Runs under llama.cpp (CUDA)" in note for u in cards for note in u.notes)


def test_no_change_brings_a_problem(world: World) -> None:
    three = DESKTOP + "&gpus=2"  # boards of this socket take two cards
    found = next_steps(spec_from_query(three), world)
    assert not [u for u in found.paid if u.kind == "add-gpu"]
    for upgrade in [*found.paid, *found.free]:
        checks = assess(spec_from_query(upgrade.query), world).checks
        assert not [c for c in checks if c.level == "problem"]


def test_memory_and_cpu_are_left_alone_where_they_take_no_part(world: World) -> None:
    found = next_steps(spec_from_query(DESKTOP), world)
    assert not {"memory", "cpu"} & {u.kind for u in found.paid}
    assert {"swap-gpu"} <= {u.kind for u in found.paid}


def test_own_figures_of_a_card_do_not_travel_to_another(world: World) -> None:
    found = next_steps(spec_from_query(f"{DESKTOP}&gpu.bandwidth_gbs=900"), world)
    swaps = [u for u in found.paid if u.kind == "swap-gpu"]
    assert swaps
    assert all("bandwidth_gbs" not in u.query for u in swaps)


def test_a_quote_and_a_measured_speed_are_left_out_and_said_so(world: World) -> None:
    plain = next_steps(spec_from_query(DESKTOP), world)
    quoted = next_steps(spec_from_query(f"{DESKTOP}&quote=9000&measured_decode=60"), world)
    assert [u.model_dump() for u in quoted.paid] == [u.model_dump() for u in plain.paid]
    assert len(quoted.notes) == 2
    spec = spec_from_query(f"{DESKTOP}&quote=9000")
    assert upgrades(spec, assess(spec, world), world) == [*plain.paid, *plain.free]


def test_an_unknown_price_leaves_the_value_open_and_comes_last(world: World) -> None:
    used = next_steps(spec_from_query(f"{DESKTOP}&condition=used&currency=USD"), world)
    unpriced = [u for u in used.paid if u.extra_cost is None]
    assert all(u.gained_tps_per_1000 is None for u in unpriced)
    assert used.paid[len(used.paid) - len(unpriced) :] == unpriced


@pytest.mark.parametrize("preset", load_presets(), ids=lambda p: str(p.row))
def test_work_is_bounded(preset: Preset, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    count = 0

    def counted(*args: object) -> object:
        nonlocal count
        count += 1
        return assess(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "assess", counted)
    found = next_steps(preset.spec, world)
    assert count == found.tried + 1 <= MOST_ASSESSED
    assert len(candidates(assess(preset.spec, world), world)) == found.tried


def test_without_a_machine_there_is_nothing_to_change(world: World) -> None:
    found = next_steps(spec_from_query(""), world)
    assert found.paid == found.free == []
    assert "no machine yet" in found.sentence


@pytest.mark.parametrize("seed", range(15))
def test_any_build_gets_an_answer(seed: int, world: World) -> None:
    found = next_steps(random_spec(world, seed), world)
    assert found.sentence.endswith(".")
    assert len({u.query for u in found.paid}) == len(found.paid)
    assert found.query not in {u.query for u in [*found.paid, *found.free]}

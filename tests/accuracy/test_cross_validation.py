"""Who is left out with whom, and what an interval owes to its class and to its regime."""

import math
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from app.accuracy.cross_validation import (
    NARROWEST,
    POOLED,
    HeldOut,
    factor_tables,
    factors,
    folds_of,
    intervals,
    key_of,
)


def left_out(
    group: str,
    log_error: float,
    device_class: str = "nvidia",
    fold: int = 0,
    **other: Any,
) -> HeldOut:
    """A prediction off by so much, of a run in a group."""
    about = {"regime": "gpu-decode", "quantity": "decode_tps", "usable": True} | other
    example = SimpleNamespace(
        row=SimpleNamespace(usable=about["usable"]),
        question=SimpleNamespace(quantity=about["quantity"], measured=1.0),
        regime=about["regime"],
        device_class=device_class,
    )
    prediction = SimpleNamespace(typical=math.exp(log_error))
    return HeldOut(cast("Any", example), group, fold, cast("Any", prediction))


def test_every_group_has_a_fold_of_its_own_where_there_is_room() -> None:
    groups = {f"card {n}" for n in range(50)}
    assert sorted(folds_of(groups, 1000).values()) == list(range(50))
    dealt = folds_of(groups, 20)
    assert dealt == folds_of(sorted(groups, reverse=True), 20)
    assert {sum(f == fold for f in dealt.values()) for fold in range(20)} == {2, 3}


def test_nothing_held_out_gives_no_factor() -> None:
    assert factors([]) == {}


def test_many_groups_that_agree_give_their_own_quantile() -> None:
    found = [left_out(f"g{n}", 0.01 * (n % 100 + 1), fold=n) for n in range(1000)]
    log = math.log(factors(found)["gpu-decode", "nvidia"])
    assert log == pytest.approx(0.80, abs=0.01)
    inside = [abs(one.log_error) <= math.log(f) for one, f in intervals(found) if f is not None]
    assert sum(inside) / len(inside) == pytest.approx(0.8, abs=0.02)


def test_a_class_of_one_group_leans_on_its_regime() -> None:
    wide = [left_out(f"g{n}", 0.5, "amd") for n in range(20)]
    lone = [left_out("only", 0.1, "intel")]
    found = factors(wide + lone)
    expected = (0.1 + POOLED * 0.5) / (1 + POOLED)
    assert math.log(found["gpu-decode", "intel"]) == pytest.approx(expected)
    assert found["gpu-decode", "intel"] < found["gpu-decode", "all"]


def test_many_runs_of_one_group_count_as_their_root() -> None:
    wide = [left_out(f"g{n}", 0.5, "amd") for n in range(40)]
    one = [left_out("only", 0.1, "intel") for _ in range(9)]
    found = factors(wide + one)
    expected = (3 * 0.1 + POOLED * 0.5) / (3 + POOLED)
    assert math.log(found["gpu-decode", "intel"]) == pytest.approx(expected)


def test_no_interval_is_narrower_than_runs_repeat() -> None:
    assert factors([left_out(f"g{n}", 0.0) for n in range(9)])["gpu-decode", "all"] == NARROWEST


def test_suspect_rows_shape_no_interval() -> None:
    good = [left_out(f"g{n}", 0.1) for n in range(9)]
    assert factors([*good, left_out("g", 9.0, usable=False)]) == factors(good)


def test_a_served_prompt_is_judged_by_its_first_token() -> None:
    served = {"regime": "serving-prefill", "quantity": "prefill_tps"}
    assert key_of(left_out("g", 0.1, "serving-one-gpu", **served)) == ("ttft", "serving-one-gpu")
    found = [left_out(f"g{n}", 0.4, "serving-one-gpu", **served) for n in range(9)]
    regimes, ttft = factor_tables(found, [replace(one) for one in found])
    assert regimes["serving-prefill"] == ttft
    assert set(ttft) == {"serving-one-gpu", "all"}


def test_what_was_fitted_is_never_given_the_wider_interval() -> None:
    unseen = [left_out(f"g{n}", 0.2) for n in range(9)]
    worse = [left_out(f"g{n}", 0.9) for n in range(9)]
    regimes, _ = factor_tables(unseen, worse)
    factor = regimes["gpu-decode"]["nvidia"]
    assert factor.known == factor.new

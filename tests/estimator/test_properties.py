"""Laws that hold whatever the numbers: better hardware is never slower, more is never free."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.estimator.decode import step_read_bytes
from app.estimator.estimate import Estimate, Setting, estimate
from app.estimator.memory import fit_of
from app.estimator.workload import Placement, WeightFormat
from tests.estimator.settings import (
    GPT_OSS_20B,
    LLAMA_8B,
    QWEN_30B_A3B,
    epyc,
    every_placement,
    rtx_4090,
    setting,
)

PLACEMENTS = [p for p, _ in every_placement()]
MODELS = [LLAMA_8B, QWEN_30B_A3B, GPT_OSS_20B]
positive = st.floats(0.05, 50, allow_nan=False)
tokens = st.integers(1, 200_000)
#: A hair of rounding is not a law broken.
HAIR = 1 + 1e-9

asked = st.fixed_dictionaries(
    {
        "prompt_tokens": tokens,
        "generated_tokens": st.integers(1, 20_000),
        "concurrency": st.integers(1, 300),
        "context_tokens": st.integers(256, 300_000),
    }
)


def ask(placement: Placement, model: Any, workload: dict[str, Any]) -> Setting:
    found = dict(every_placement(**workload))[placement]
    return found if placement == "expert-offload" else replace(found, model=model)


def with_bandwidth(s: Setting, factor: float) -> Setting:
    """The same machine with all memory ``factor`` times as fast."""
    cpu = s.machine.cpu
    assert cpu is not None
    machine = replace(
        s.machine,
        cpu=replace(
            cpu,
            dram_bandwidth_gbs=cpu.dram_bandwidth_gbs * factor,
            fabric_bandwidth_gbs=cpu.fabric_bandwidth_gbs * factor,
        ),
        gpus=tuple(replace(g, bandwidth_gbs=g.bandwidth_gbs * factor) for g in s.machine.gpus),
    )
    return replace(s, machine=machine)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(PLACEMENTS), st.sampled_from(MODELS), asked, st.floats(1, 20))
def test_more_bandwidth_never_slows_decode(
    placement: Placement, model: Any, workload: dict[str, Any], factor: float
) -> None:
    s = ask(placement, model, workload)
    slow, fast = estimate(s, placement), estimate(with_bandwidth(s, factor), placement)
    assert fast.decode_tps.typical * HAIR >= slow.decode_tps.typical
    assert fast.prefill_tps.typical * HAIR >= slow.prefill_tps.typical


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(PLACEMENTS), st.sampled_from(MODELS), asked, st.integers(0, 300_000))
def test_a_longer_context_never_needs_less_memory(
    placement: Placement, model: Any, workload: dict[str, Any], more: int
) -> None:
    s = ask(placement, model, workload)
    longer = replace(s.workload, context_tokens=s.workload.context_tokens + more)
    here, there = _fit(s, placement), _fit(replace(s, workload=longer), placement)
    if s.engine.serving:  # fewer requests may run at once, but none of them takes less
        assert there.concurrency_max <= here.concurrency_max
    else:
        assert there.required_gib * HAIR >= here.required_gib


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(PLACEMENTS), st.sampled_from(MODELS), asked, st.floats(1, 16), positive)
def test_a_smaller_quantisation_never_needs_more_memory(
    placement: Placement, model: Any, workload: dict[str, Any], bits: float, shrink: float
) -> None:
    s = ask(placement, model, workload)
    fewer = bits / (1 + shrink)
    big = replace(s, fmt=WeightFormat("big", bits, bits, bits, bits))
    small = replace(s, fmt=WeightFormat("small", fewer, fewer, fewer, fewer))
    big_weights = sum(p.weights_gib for p in _fit(big, placement).pools)
    small_weights = sum(p.weights_gib for p in _fit(small, placement).pools)
    assert small_weights <= big_weights * HAIR
    if not s.engine.serving:
        assert _fit(small, placement).required_gib <= _fit(big, placement).required_gib * HAIR


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(PLACEMENTS), st.sampled_from(MODELS), asked, st.integers(1, 200))
def test_more_users_never_raise_the_speed_of_one(
    placement: Placement, model: Any, workload: dict[str, Any], more: int
) -> None:
    s = ask(placement, model, workload)
    crowd = replace(s.workload, concurrency=s.workload.concurrency + more)
    here, there = estimate(s, placement), estimate(replace(s, workload=crowd), placement)
    assert there.decode_tps.typical <= here.decode_tps.typical * HAIR
    if "offload" not in placement:
        # with offload more caches push weights into RAM: everybody answers more slowly, and
        # spends a smaller share of the time reading prompts in the others' way
        assert there.ttft_s.typical * HAIR >= here.ttft_s.typical


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(PLACEMENTS), st.sampled_from(MODELS), asked, st.integers(1, 100_000))
def test_a_longer_prompt_never_answers_sooner(
    placement: Placement, model: Any, workload: dict[str, Any], more: int
) -> None:
    s = ask(placement, model, workload | {"concurrency": 1})
    longer = replace(s.workload, prompt_tokens=s.workload.prompt_tokens + more)
    here, there = estimate(s, placement), estimate(replace(s, workload=longer), placement)
    assert there.ttft_s.typical * HAIR >= here.ttft_s.typical
    assert there.decode_tps.typical <= here.decode_tps.typical * HAIR


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(PLACEMENTS), st.sampled_from(MODELS), asked)
def test_the_interval_holds_its_typical_value(
    placement: Placement, model: Any, workload: dict[str, Any]
) -> None:
    found = estimate(ask(placement, model, workload), placement)
    for part in (found.decode_tps, found.prefill_tps, found.ttft_s, found.total_s):
        assert 0 < part.low < part.typical <= part.high
    # no first token comes after the answer; of one request's longer answer it comes before
    assert found.total_s.typical >= found.ttft_s.typical
    if workload["generated_tokens"] > 1 and workload["concurrency"] == 1:
        assert found.total_s.typical > found.ttft_s.typical


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(PLACEMENTS), st.sampled_from(MODELS), asked)
def test_no_speed_lies_above_what_the_memory_can_carry(
    placement: Placement, model: Any, workload: dict[str, Any]
) -> None:
    s = ask(placement, model, workload)
    found = estimate(s, placement)
    cpu = s.machine.cpu
    assert cpu is not None
    everything = sum(g.count * g.bandwidth_gbs for g in s.machine.gpus) + cpu.dram_bandwidth_gbs
    read = step_read_bytes(s.model, s.fmt, found.step) / 1e9
    assert found.decode_tps.high <= everything / read * HAIR


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(["layer-offload", "expert-offload"]), asked, st.floats(4, 40))
def test_a_prompt_is_never_faster_with_weights_in_ram(
    placement: Placement, workload: dict[str, Any], memory_gib: float
) -> None:
    s = ask(placement, LLAMA_8B, workload)
    small = replace(s, machine=replace(s.machine, gpus=(rtx_4090(memory_gib=memory_gib),)))
    whole = replace(s, machine=replace(s.machine, gpus=(rtx_4090(memory_gib=1e6),)))
    away = estimate(small, placement).prefill_tps.typical
    assert away <= estimate(whole, "one-gpu").prefill_tps.typical * HAIR


def test_ten_thousand_scalar_calls_agree_with_one_call_on_columns() -> None:
    rng = np.random.default_rng(20261121)
    n = 10_000 // len(PLACEMENTS) + 1
    worst, cases = 0.0, 0
    for placement, base in every_placement():
        columns = {
            "prompt_tokens": np.floor(rng.uniform(1, 50_000, n)),
            "generated_tokens": np.floor(rng.uniform(1, 4_000, n)),
            "concurrency": np.floor(rng.uniform(1, 100, n)),
            "context_tokens": np.floor(rng.uniform(256, 100_000, n)),
            "kv_scale": rng.uniform(0.25, 1, n),
        }
        gpu_columns = {
            "bandwidth_gbs": rng.uniform(100, 8000, n),
            "memory_gib": rng.uniform(8, 192, n),
            "compute_tflops": rng.uniform(10, 1000, n),
            "fp32_tflops": rng.uniform(5, 100, n),
        }
        cpu_columns = {
            "sockets": rng.choice([1.0, 2.0, 4.0], n),
            "cores": np.floor(rng.uniform(4, 192, n)),
            "dram_bandwidth_gbs": rng.uniform(40, 900, n),
            "fabric_bandwidth_gbs": np.where(rng.random(n) < 0.3, np.nan, rng.uniform(40, 900, n)),
            "memory_gib": rng.uniform(8, 2048, n),
        }
        together = estimate(_changed(base, columns, gpu_columns, cpu_columns), placement)
        for i in range(n):
            alone = estimate(
                _changed(
                    base,
                    {k: float(v[i]) for k, v in columns.items()},
                    {k: float(v[i]) for k, v in gpu_columns.items()},
                    {k: float(v[i]) for k, v in cpu_columns.items()},
                ),
                placement,
            )
            worst = max(worst, _largest_difference(together, alone, i))
            cases += 1
    assert cases >= 10_000
    assert worst <= 1e-12


def test_a_placement_without_its_part_says_so() -> None:
    s = setting(gpus=())
    with pytest.raises(ValueError, match="needs a GPU"):
        estimate(s, "one-gpu")
    with pytest.raises(ValueError, match="needs a GPU"):
        estimate(s, "layer-split")
    bare = replace(s, machine=replace(s.machine, cpu=None, gpus=(rtx_4090(),)))
    with pytest.raises(ValueError, match="needs a CPU"):
        estimate(bare, "cpu-only")


def test_two_sockets_without_placement_are_slower_than_one() -> None:
    one = estimate(setting(cpu=epyc()), "cpu-only").decode_tps.typical
    two = estimate(setting(cpu=epyc(sockets=2)), "cpu-only").decode_tps.typical
    assert two < one


def test_an_unknown_bandwidth_makes_an_unknown_speed_but_not_an_unknown_fit() -> None:
    found = estimate(setting(gpus=(rtx_4090(bandwidth_gbs=float("nan")),)), "one-gpu")
    assert np.isnan(found.decode_tps.typical)
    assert found.memory.fits == 1.0


def test_a_layer_split_gives_memory_not_speed() -> None:
    one = estimate(setting(), "one-gpu")
    four = estimate(setting(gpus=(rtx_4090(count=4),)), "layer-split")
    assert four.memory.available_gib == 4 * one.memory.available_gib
    assert 0.75 < four.decode_tps.typical / one.decode_tps.typical < 1


def _fit(s: Setting, placement: Placement) -> Any:
    return fit_of(s.machine, s.model, s.fmt, s.engine, s.workload, placement)


def _changed(
    s: Setting, workload: dict[str, Any], gpu: dict[str, Any], cpu: dict[str, Any]
) -> Setting:
    assert s.machine.cpu is not None
    machine = replace(
        s.machine,
        cpu=replace(s.machine.cpu, **cpu),
        gpus=tuple(replace(g, **gpu) for g in s.machine.gpus),
    )
    return replace(s, workload=replace(s.workload, **workload), machine=machine)


def _largest_difference(together: Estimate, alone: Estimate, i: int) -> float:
    pairs = [
        (getattr(getattr(together, name), end), getattr(getattr(alone, name), end))
        for name in ("decode_tps", "decode_total_tps", "prefill_tps", "ttft_s", "total_s")
        for end in ("low", "typical", "high")
    ]
    pairs += [
        (getattr(together.memory, name), getattr(alone.memory, name))
        for name in ("required_gib", "running", "concurrency_max", "context_max_tokens", "fits")
    ]
    worst = 0.0
    for column, value in pairs:
        theirs = float(
            np.broadcast_to(
                np.asarray(column, dtype=float),
                (i + 1,) if np.ndim(column) == 0 else np.shape(column),
            )[i]
        )
        if theirs == value:  # equal, or both infinite
            continue
        worst = max(worst, abs(theirs - float(value)) / max(abs(theirs), 1e-300))
    return worst

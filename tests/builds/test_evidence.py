"""Measured first: runs of the very combination, else the nearest and what differs."""

import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from app.builds.answers.evidence import FURTHEST, SHOWN
from app.builds.answers.evidence_words import origin
from app.builds.answers.measured_runs import runs_of
from app.builds.assess import World, assess
from app.builds.assessment import Assessment
from app.builds.query import spec_from_query
from app.catalogue.facts import MeasurementFacts

Ask = Callable[..., Assessment]
HOST = "cpu=amd-ryzen-9-9950x&module=udimm-ddr5-5600-48gb&modules=2"
BUILD = f"{HOST}&gpu=nvidia-geforce-rtx-4090&model=llama-3.1-8b-instruct"


def run(number: int, **facts: object) -> MeasurementFacts:
    """A run of `BUILD` at its own length, unless said otherwise."""
    return MeasurementFacts.model_validate(
        {
            "slug": f"run-{number}",
            "name": f"run {number}",
            "row_id": str(number),
            "source": f"https://github.com/people/bench-{number}/issues/1",
            "kind": "gpu",
            "decode_kind": "pure",
            "gpu_slug": "nvidia-geforce-rtx-4090",
            "gpu_count": 1,
            "parallelism": "none",
            "model_slug": "llama-3.1-8b-instruct",
            "quantization_slug": "q4_k_m",
            "engine_slug": "llama.cpp-cuda",
            "concurrency": 1,
            "prompt_tokens": 4096,
            "generated_tokens": 128,
            "context_depth": 4096,
            "decode_tps": 120.0,
            "prefill_tps": 6000.0,
            "observed_on": "2026-05-01",
            **facts,
        }
    )


@pytest.fixture(scope="module")
def ask(world: World) -> Ask:
    """Assess a question in a world that measured only the given runs."""

    def answer(query: str, *runs: MeasurementFacts) -> Assessment:
        catalogue = replace(world.catalogue, measurements=runs) if runs else world.catalogue
        return assess(spec_from_query(query), replace(world, catalogue=catalogue))

    return answer


def test_a_measured_combination_says_so_and_names_its_runs(ask: Ask) -> None:
    found = ask(BUILD, run(1), run(2, decode_tps=131.0), run(3, model_slug="qwen2.5-14b-instruct"))
    assert found.speed.basis == "measured"
    assert found.evidence.basis == "measured"
    assert found.evidence.found == 2
    assert [r.row_id for r in found.evidence.runs] == ["1", "2"]
    assert [r.differs for r in found.evidence.runs] == [[], []]
    words = found.speed.basis_sentence.replace("\u202f", " ")
    assert words.startswith(
        "This very combination was measured: 2 runs by people/bench-1 and people/bench-2 lie at "
        "120–130 tok/s with 4 096 tokens of context (yours: 4 096)."
    )


def test_the_typical_value_stays_the_estimators(ask: Ask) -> None:
    measured, unmeasured = ask(BUILD, run(1)), ask(BUILD, run(1, gpu_slug="amd-radeon-rx-7900-xtx"))
    assert measured.speed.decode_tps.typical == unmeasured.speed.decode_tps.typical


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        (
            {"gpu_slug": "nvidia-geforce-rtx-5090"},
            "GeForce RTX 5090 instead of GeForce RTX 4090",
        ),
        ({"gpu_count": 2, "parallelism": "layer"}, "2 cards instead of 1"),
        ({"model_slug": "qwen2.5-14b-instruct"}, "Qwen2.5 14B instead of Llama 3.1 8B"),
        ({"quantization_slug": "q8_0"}, "Q8_0 instead of Q4_K_M"),
        (
            {"engine_slug": "llama.cpp-vulkan"},
            "llama.cpp (Vulkan) instead of llama.cpp (CUDA)",
        ),
        ({"concurrency": 8}, "8 requests at once instead of 1"),
        ({"power_cap_w": 250}, "limited to 250 W"),
    ],
)
def test_what_differs_is_said_and_makes_it_a_near_run(
    facts: dict[str, object], sentence: str, ask: Ask
) -> None:
    found = ask(BUILD, run(1, **facts))
    assert found.speed.basis != "measured"
    assert found.evidence.basis == "nearest"
    said = [words.replace("\u202f", " ") for words in found.evidence.runs[0].differs]
    assert said == [sentence]


def test_another_length_is_still_the_combination_but_is_said(ask: Ask) -> None:
    found = ask(BUILD, run(1, context_depth=0, decode_tps=150.0))
    assert found.evidence.basis == "measured"
    assert [d.replace("\u202f", " ") for d in found.evidence.runs[0].differs] == [
        "an empty context instead of 4 096"
    ]


def test_runs_set_aside_are_never_shown(ask: Ask, world: World) -> None:
    found = ask(BUILD, run(1, usable=False, exclude_reason="throttled"), run(2))
    assert [r.row_id for r in found.evidence.runs] == ["2"]
    usable = {m.row_id for m in world.catalogue.measurements if m.usable}
    assert {r.facts.row_id for r in runs_of(world.catalogue).runs} <= usable


def test_a_run_at_this_length_takes_back_what_stand_ins_widened(ask: Ask) -> None:
    build = (
        "gpu=nvidia-h100-sxm5-80gb&engine=vllm-cuda&quant=fp8-block-128x128"
        "&model=llama-3.1-8b-instruct"
    )
    facts = {
        "gpu_slug": "nvidia-h100-sxm5-80gb",
        "engine_slug": "vllm-cuda",
        "quantization_slug": "fp8-block-128x128",
    }
    near = ask(build, run(1, **facts))
    far = ask(build, run(1, **facts, context_depth=131072))
    silent = ask(build, run(1, **{**facts, "prefill_tps": None}))

    def factor(found: Assessment) -> float:
        low, typical = found.speed.prefill_tps.low, found.speed.prefill_tps.typical
        assert low is not None
        assert typical is not None
        return typical / low

    assert {found.evidence.basis for found in (near, far, silent)} == {"measured"}
    assert factor(near) < factor(far) == factor(silent)
    assert "widened" not in near.speed.basis_sentence
    assert "widened" in far.speed.basis_sentence
    assert "widened" in silent.speed.basis_sentence


def test_own_figures_of_the_device_are_not_what_was_measured(ask: Ask) -> None:
    found = ask(f"{BUILD}&gpu.bandwidth_gbs=900", run(1))
    assert found.speed.basis != "measured"
    assert found.evidence.runs[0].differs == ["the catalogue's figures instead of your own"]


def test_a_cpu_counts_with_its_sockets_and_its_memory(ask: Ask) -> None:
    build = "cpu=amd-epyc-9554p&module=rdimm-ddr5-4800-32gb&modules=12&model=llama-3.1-8b-instruct"
    facts = {
        "kind": "cpu",
        "gpu_slug": None,
        "cpu_slug": "amd-epyc-9554p",
        "engine_slug": "llama.cpp-cpu",
        "memory_channels": 12,
        "memory_mts": 4800,
        "decode_tps": 40.0,
    }
    assert ask(build, run(1, **facts)).evidence.basis == "measured"
    half = ask(build, run(1, **{**facts, "memory_channels": 6})).evidence
    assert half.basis == "nearest"
    assert half.runs[0].differs == ["memory of 230 GB/s instead of 461"]
    assert ask(build, run(1, **{**facts, "sockets": 2})).evidence.basis == "nearest"
    idle = ask(build, run(1, **facts, threads=16)).evidence
    assert idle.basis == "nearest"
    assert idle.runs[0].differs == ["16 cores at work instead of 64"]
    assert ask(f"{build}&cpu.threads=16", run(1, **facts, threads=16)).evidence.found == 1


def test_the_same_device_comes_first_and_no_combination_twice(ask: Ask) -> None:
    found = ask(
        BUILD,
        run(1, gpu_slug="nvidia-geforce-rtx-5090"),
        run(2, model_slug="qwen2.5-14b-instruct"),
        run(3, model_slug="qwen2.5-14b-instruct", context_depth=0),
        run(4, gpu_slug="amd-radeon-rx-7900-xtx", engine_slug="llama.cpp-vulkan"),
    )
    assert [r.row_id for r in found.evidence.runs] == ["2", "1", "4"]


def test_a_run_of_another_world_says_nothing(ask: Ask) -> None:
    cpu = run(1, kind="cpu", gpu_slug=None, cpu_slug="amd-epyc-9554p", engine_slug="llama.cpp-cpu")
    found = ask(BUILD, cpu)
    assert (found.evidence.basis, found.evidence.runs) == ("none", [])
    assert FURTHEST > 0


def test_many_requests_are_compared_by_what_one_of_them_gets(ask: Ask) -> None:
    several = run(1, concurrency=8, decode_tps=400.0, decode_tps_per_user=None)
    found = ask(f"{BUILD}&users=8", several)
    assert found.evidence.basis == "measured"
    assert found.evidence.runs[0].decode_tps == 50.0
    assert "for each request" in found.speed.basis_sentence


def test_what_does_not_run_has_no_evidence(ask: Ask) -> None:
    found = ask("gpu=nvidia-geforce-rtx-4090&model=llama-3.1-405b-instruct")
    assert found.fit.fits is False
    assert found.evidence.basis == "none"
    assert found.evidence.sentence == ""


def test_shipped_runs_are_found_quickly(ask: Ask) -> None:
    found = ask(BUILD)
    assert 0 < len(found.evidence.runs) <= SHOWN
    started = time.process_time()
    for _ in range(20):
        ask(BUILD)
    assert (time.process_time() - started) / 20 < 0.05  # generous: machines are shared


@pytest.mark.parametrize(
    ("source", "who"),
    [
        ("https://github.com/ggml-org/llama.cpp/discussions/4167", "ggml-org/llama.cpp"),
        ("ggml-org/llama.cpp:benches/dgx-spark.md", "ggml-org/llama.cpp"),
        ("https://rocm.blogs.amd.com (AMD blog)", "rocm.blogs.amd.com"),
        ("d893a/localscore-insights:assets/localscore_results.tsv (test 421)", "LocalScore"),
        (None, "an unnamed source"),
    ],
)
def test_a_source_is_named_shortly(source: str | None, who: str) -> None:
    assert origin(source) == who

"""What a measured row is taken to have asked: lengths, crowd, chunk and copies."""

from typing import Any

import pytest

from app.accuracy.rows import (
    CLOSED_LOOP,
    LOCALSCORE_PROMPTS,
    RESENT,
    STAYING_TOGETHER,
    Question,
    questions_of,
)
from app.catalogue.facts import MeasurementFacts
from app.catalogue.snapshot import Catalogue, catalogue_from_seed

SERVED: dict[str, Any] = {
    "slug": "test-1",
    "name": "Llama 3.1 8B on RTX 4090",
    "row_id": "test:1",
    "source": "a test",
    "kind": "gpu",
    "gpu_name": "NVIDIA GeForce RTX 4090",
    "gpu_slug": "nvidia-geforce-rtx-4090",
    "gpu_count": 1,
    "engine_name": "vllm",
    "engine_slug": "vllm-cuda",
    "model_name": "meta-llama/Llama-3.1-8B-Instruct",
    "model_slug": "llama-3.1-8b-instruct",
    "quantization_name": "FP8",
    "quantization_slug": "fp8-w8a8-per-tensor-channel",
    "concurrency": 16.0,
    "prompt_tokens": 1024.0,
    "generated_tokens": 256.0,
    "ttft_ms": 90.0,
    "use": "ok",
}
LOCAL: dict[str, Any] = SERVED | {
    "engine_name": "llama.cpp",
    "engine_slug": "llama.cpp-cuda",
    "quantization_name": "Q4_K_M",
    "quantization_slug": "q4_k_m",
    "concurrency": None,
    "prefill_tps": 9000.0,
    "decode_tps": 120.0,
    "ttft_ms": None,
}


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return catalogue_from_seed()


def asked(catalogue: Catalogue, row: dict[str, Any], **changed: Any) -> dict[str, Question]:
    known = {k: v for k, v in (row | changed).items() if k in MeasurementFacts.model_fields}
    rows = questions_of(MeasurementFacts.model_validate(known), catalogue)
    return {question.quantity: question for question in rows}


@pytest.mark.parametrize(
    ("notes", "together"),
    [
        (None, CLOSED_LOOP),
        ("Poisson arrivals", 0.0),
        ("8 req/s offered", 0.0),
        ("all prompts at once", 1.0),
        ("llama-benchy", 1.0),
        ("160 requests", 0.1),
        ("16 prompts", 1.0),
        ("8 prompts", 1.0),
        ("Poisson 32 req/s, 64 prompts", 0.25),
        ("1000 prompts at 16 req/s (1000 = all at once)", 0.016),
        ("1000 prompts at 1000 req/s (1000 = all at once)", 1.0),
        ("160 requests; TTFT is the median (mean 90 ms)", 0.0),
        ("20 requests; TTFT is the median (mean 90 ms)", 1.0),
        ("160 requests, random prompts", STAYING_TOGETHER),
        ("random prompts; TTFT is the median (mean 90 ms)", STAYING_TOGETHER),
    ],
)
def test_how_many_requests_come_together(
    notes: str | None, together: float, catalogue: Catalogue
) -> None:
    workload = asked(catalogue, SERVED, notes=notes)["ttft_ms"].spec.workload
    assert workload.together == together


@pytest.mark.parametrize(
    ("notes", "prompt"),
    [
        ("ShareGPT; TTFT is the median (mean 90 ms)", 563),
        ("ShareGPT, Poisson 4 req/s", 1024),
        ("random prompts; TTFT is the median (mean 90 ms)", 1024),
        (None, 1024),
    ],
)
def test_a_median_of_uneven_prompts_is_that_of_a_short_one(
    notes: str | None, prompt: int, catalogue: Catalogue
) -> None:
    whole = {"decode_tps": 900.0, "decode_kind": "end_to_end"}
    found = asked(catalogue, SERVED, notes=notes, **whole)
    assert found["ttft_ms"].spec.workload.prompt_tokens == prompt
    # what all requests got together is that of their mean prompt
    assert found["decode_tps"].spec.workload.prompt_tokens == 1024


def test_a_mean_wait_of_nine_tests_holds_their_mean_attention(catalogue: Catalogue) -> None:
    tests = LOCALSCORE_PROMPTS
    mean = sum(tests) / len(tests)
    score = {"engine_slug": "llamafile-cuda", "engine_name": "llamafile", "concurrency": 1.0}
    found = asked(catalogue, LOCAL, **score, prompt_tokens=mean, ttft_ms=300.0)
    work = found["ttft_ms"].spec.workload
    seen = (work.prompt_tokens or 0) * ((work.cached_tokens or 0) + (work.prompt_tokens or 0) / 2)
    assert seen == pytest.approx(sum(p * p / 2 for p in tests) / len(tests), rel=0.002)
    # the mean speed of the nine is another figure
    assert found["prefill_tps"].spec.workload.cached_tokens in (None, 0)


def test_a_single_request_is_with_nobody(catalogue: Catalogue) -> None:
    assert asked(catalogue, SERVED, concurrency=1.0)["ttft_ms"].spec.workload.together == 0


def test_a_wait_behind_nobody_knows_how_many_is_not_asked(catalogue: Catalogue) -> None:
    open_ended = {"concurrency": None, "decode_tps": 1800.0}
    assert set(asked(catalogue, SERVED, **open_ended)) == {"decode_tps"}
    assert set(asked(catalogue, SERVED, **open_ended, decode_tps_per_user=60.0)) == {
        "decode_tps",
        "ttft_ms",
    }
    # an engine that takes requests one by one has no crowd
    assert "ttft_ms" in asked(catalogue, LOCAL, ttft_ms=100.0)


def test_prompt_over_first_token_is_not_asked_twice(catalogue: Catalogue) -> None:
    assert set(asked(catalogue, SERVED, prefill_tps=11000.0)) == {"ttft_ms"}
    assert set(asked(catalogue, LOCAL, ttft_ms=110.0)) == {"prefill_tps", "decode_tps", "ttft_ms"}


def test_a_depth_that_is_sent_again_is_part_of_the_prompt(catalogue: Catalogue) -> None:
    kept = asked(catalogue, LOCAL, context_depth=4096.0)["prefill_tps"].spec.workload
    assert (kept.prompt_tokens, kept.cached_tokens) == (1024, 4096)
    again = asked(catalogue, LOCAL, context_depth=4096.0, notes=f"{RESENT} each time")
    sent = again["prefill_tps"].spec.workload
    assert (sent.prompt_tokens, sent.cached_tokens) == (5120, 0)


def test_copies_share_cards_and_requests(catalogue: Catalogue) -> None:
    found = asked(
        catalogue,
        SERVED,
        gpu_count=8,
        parallelism="tensor",
        concurrency=64.0,
        decode_tps=4000.0,
        notes="4 engine replica(s)",
    )["decode_tps"]
    assert found.replicas == 4
    assert found.spec.machine.gpus[0].count == 2
    assert found.spec.workload.concurrency == 16


@pytest.mark.parametrize(
    ("note", "chunk"),
    [
        ("-ub 2048", 2048),
        ("--chunk 4096", 4096),
        ("--max-num-batched-tokens 16384", 16384),
        ("nothing of it", None),
    ],
)
def test_the_chunk_is_what_the_options_say(
    note: str, chunk: int | None, catalogue: Catalogue
) -> None:
    found = asked(catalogue, SERVED, notes=note)["ttft_ms"]
    assert found.spec.deployment.ubatch_tokens == chunk


def test_a_sweep_reads_each_prompt_in_one_pass(catalogue: Catalogue) -> None:
    swept = {
        "engine_slug": "ik_llama.cpp-cuda",
        "engine_name": "ik_llama.cpp",
        "context_depth": 8192.0,
    }
    found = asked(catalogue, LOCAL, **swept, prompt_tokens=2048.0)
    assert found["prefill_tps"].spec.deployment.ubatch_tokens == 2048
    usual = asked(catalogue, LOCAL, context_depth=8192.0, prompt_tokens=2048.0)
    assert usual["prefill_tps"].spec.deployment.ubatch_tokens is None


@pytest.mark.parametrize(
    ("engine", "quantization", "kv"),
    [
        ("vllm-cuda", "nvfp4-modelopt", "fp8"),
        ("vllm-cuda", "fp8-w8a8-per-tensor-channel", "f16"),
        ("tensorrt-llm", "fp8-w8a8-per-tensor-channel", "fp8"),
        ("vllm-cuda", "awq-4-bit-g128", "f16"),
    ],
)
def test_a_cache_nobody_describes_is_what_the_checkpoint_says(
    engine: str, quantization: str, kv: str, catalogue: Catalogue
) -> None:
    row = {"engine_slug": engine, "quantization_slug": quantization}
    found = asked(catalogue, SERVED, **row)["ttft_ms"]
    assert found.spec.deployment.kv_dtype == kv
    assert asked(catalogue, SERVED, **row, kv_dtype="int8")["ttft_ms"].spec.deployment.kv_dtype


def test_requests_of_all_copies_start_together(catalogue: Catalogue) -> None:
    found = asked(
        catalogue,
        SERVED,
        gpu_count=4,
        concurrency=64.0,
        notes="4 engine replica(s); 64 requests",
    )["ttft_ms"]
    assert found.spec.workload.concurrency == 16
    assert found.spec.workload.together == 1.0

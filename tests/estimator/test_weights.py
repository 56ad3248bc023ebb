"""Bytes of weights come out as the files on disk and the published counts say."""

import pytest

from app.estimator.numbers import GIB
from app.estimator.weights import (
    expert_params_b,
    experts_touched,
    non_expert_params_b,
    read_bytes,
    stored_bytes,
)
from tests.estimator.settings import GPT_OSS_20B, LLAMA_8B, Q4_K_M, Q8_0, QWEN_30B_A3B


def test_a_q4_k_m_file_of_llama_8b_has_the_size_llama_cpp_prints() -> None:
    assert stored_bytes(LLAMA_8B, Q4_K_M) / GIB == pytest.approx(4.58, rel=0.01)


def test_a_q8_0_file_of_llama_8b_has_the_size_llama_cpp_prints() -> None:
    assert stored_bytes(LLAMA_8B, Q8_0) / GIB == pytest.approx(7.95, rel=0.01)


def test_a_dense_model_reads_all_but_the_input_embedding() -> None:
    embedding_b = 128256 * 4096 / 1e9
    assert read_bytes(LLAMA_8B, Q8_0, 1) == pytest.approx(
        (8.0303 - embedding_b) * 1e9 * 8.5 / 8, rel=1e-4
    )


def test_a_dense_model_reads_the_same_for_any_batch() -> None:
    assert read_bytes(LLAMA_8B, Q4_K_M, 64) == read_bytes(LLAMA_8B, Q4_K_M, 1)


def test_one_expert_of_qwen3_30b_follows_from_its_dimensions() -> None:
    gate_up_down = 3 * 2048 * 768 * 48 / 1e9
    assert expert_params_b(QWEN_30B_A3B) == pytest.approx(gate_up_down, rel=1e-3)


def test_what_is_no_expert_and_no_head_is_attention_and_router() -> None:
    attention = 2048 * 32 * 128 * 2 + 2 * 2048 * 4 * 128
    router = 2048 * 128
    assert non_expert_params_b(QWEN_30B_A3B) == pytest.approx(
        48 * (attention + router) / 1e9, rel=0.01
    )


def test_a_mixture_reads_only_its_active_experts_for_one_token() -> None:
    assert read_bytes(QWEN_30B_A3B, Q8_0, 1) == pytest.approx(3.0419e9 * 8.5 / 8, rel=1e-3)


def test_a_large_batch_wakes_every_expert() -> None:
    assert experts_touched(QWEN_30B_A3B, 1) == pytest.approx(8)
    assert experts_touched(QWEN_30B_A3B, 10_000) == pytest.approx(128)
    assert experts_touched(LLAMA_8B, 10_000) == 0


def test_a_dense_model_has_no_experts_to_count() -> None:
    assert expert_params_b(LLAMA_8B) == 0
    assert stored_bytes(GPT_OSS_20B, Q8_0) == pytest.approx(20.9147e9 * 8.5 / 8, rel=1e-3)

"""The KV cache has the size that published architectures give it."""

import numpy as np
import pytest

from app.estimator.kv_cache import (
    mean_window_fill,
    read_bytes_per_step,
    stored_bytes_per_sequence,
    window_fill,
)
from app.estimator.numbers import GIB
from tests.estimator.settings import GPT_OSS_20B, LLAMA_8B


def test_llama_8b_keeps_one_gib_for_8192_tokens() -> None:
    assert stored_bytes_per_sequence(LLAMA_8B, 8192, 1.0) / GIB == 1.0


def test_an_8_bit_cache_takes_a_little_over_half() -> None:
    assert stored_bytes_per_sequence(LLAMA_8B, 8192, 8.5 / 16) / GIB == pytest.approx(
        0.53, abs=0.01
    )


def test_a_sliding_window_stops_growing_when_it_is_full() -> None:
    short = stored_bytes_per_sequence(GPT_OSS_20B, 64, 1.0)
    full = stored_bytes_per_sequence(GPT_OSS_20B, 128, 1.0)
    later = stored_bytes_per_sequence(GPT_OSS_20B, 1128, 1.0)
    assert full - short == pytest.approx(64 * 24576 + 3145728 / 2)
    assert later - full == pytest.approx(1000 * 24576)


@pytest.mark.parametrize(
    ("start", "length", "window"), [(0, 100, 50), (60, 100, 50), (0, 40, 50), (30, 7, 33)]
)
def test_mean_fill_is_the_mean_of_the_fill(start: float, length: float, window: float) -> None:
    depths = np.linspace(start, start + length, 200_001)
    mean = float(np.mean(window_fill(depths, window)))
    assert mean_window_fill(start, length, window) == pytest.approx(mean, rel=1e-4)


def test_no_window_means_no_windowed_bytes() -> None:
    assert mean_window_fill(100, 100, np.inf) == 0
    assert read_bytes_per_step(LLAMA_8B, 1000, 0.0, 1.0) == 131072 * 1000

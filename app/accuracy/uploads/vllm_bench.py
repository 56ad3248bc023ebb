"""A serving benchmark's result file: ``vllm bench serve --save-result`` and its relatives.

The fields are those that vLLM's benchmark script saves (SGLang's writes most of them too). The
file names no hardware, unless its author added it with ``--metadata gpu=… tensor_parallel_size=…``.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from app.accuracy.uploads.runs import (
    MAX_MS,
    MAX_TOKENS,
    MAX_TPS,
    UploadedRun,
    UploadError,
    count_of,
    number_of,
    text_of,
)

_MARKS: Final = ("output_throughput", "total_output_tokens", "mean_tpot_ms", "mean_ttft_ms")
_GPU_KEYS = ("gpu", "gpu_name", "gpu_type", "device", "hardware", "accelerator")
_COUNT_KEYS = ("tensor_parallel_size", "tp_size", "tp", "num_gpus", "gpu_count")
_LATENCY = ("mean_ttft_ms", "median_ttft_ms"), ("mean_tpot_ms", "median_tpot_ms")


def is_row(row: Mapping[str, Any]) -> bool:
    """Whether an object is a serving benchmark's result."""
    return sum(name in row for name in _MARKS) >= 2


def run_of(row: Mapping[str, Any], where: str) -> UploadedRun:
    """One benchmark, all its requests together.

    Raises:
        UploadError: it served nothing, or a figure is absurd or no number.
    """
    served = count_of(row, "completed", where)
    prompts = number_of(row, "total_input_tokens", where, most=MAX_TOKENS * 1e3)
    answers = number_of(row, "total_output_tokens", where, most=MAX_TOKENS * 1e3)
    if not served or not prompts or not answers:
        raise UploadError(f"{where} does not say how many requests and tokens were completed.")
    ttft, tpot = (_first(row, keys, where) for keys in _LATENCY)
    throughput = number_of(row, "output_throughput", where, most=MAX_TPS, above_zero=True)
    if throughput is None:
        raise UploadError(f"{where} states no output_throughput.")
    return UploadedRun(
        tool="vllm-bench",
        engine=text_of(row, "backend", "endpoint_type"),
        engine_version=text_of(row, "vllm_version", "engine_version", "version"),
        device_text=text_of(row, *_GPU_KEYS),
        model_text=text_of(row, "model_id", "model"),
        quantization_text=text_of(row, "quantization"),
        type_k=text_of(row, "kv_cache_dtype"),
        n_prompt=prompts / served,
        n_gen=answers / served,
        stddev_tps=None,
        concurrency=_at_once(row, served, where),
        gpu_count=next((n for key in _COUNT_KEYS if (n := count_of(row, key, where))), None),
        ttft_ms=ttft,
        tpot_ms=tpot,
        output_throughput=throughput,
        date=_date(text_of(row, "date")),
    )


def _first(row: Mapping[str, Any], keys: tuple[str, ...], where: str) -> float | None:
    """The first of some figures that is given and not 0."""
    return next((v for key in keys if (v := number_of(row, key, where, most=MAX_MS))), None)


def _at_once(row: Mapping[str, Any], served: int, where: str) -> int | None:
    """Requests running at the same time; unknown where their number was not limited."""
    limit = count_of(row, "max_concurrency", where)
    if limit:
        return min(limit, served)
    return 1 if served == 1 else None


def _date(text: str | None) -> str | None:
    """``20251007-131635`` -> ``2025-10-07``."""
    found = re.match(r"(20\d\d)-?([01]\d)-?([0-3]\d)", text or "")
    return "-".join(found.groups()) if found else None

"""Benchmark files as the tools write them: the same fields in the same order, our own figures."""

import json
from typing import Any

LLAMA_FIELDS: dict[str, Any] = {
    "build_commit": "3af34b9f2",
    "build_number": 6829,
    "cpu_info": "AMD Ryzen 9 7950X 16-Core Processor",
    "gpu_info": "NVIDIA GeForce RTX 4090",
    "backends": "CUDA",
    "model_filename": "models/Meta-Llama-3.1-8B-Instruct-Q4_K_M.gguf",
    "model_type": "llama 8B Q4_K - Medium",
    "model_size": 4912898304,
    "model_n_params": 8030261312,
    "n_batch": 2048,
    "n_ubatch": 512,
    "n_threads": 16,
    "cpu_mask": "0x0",
    "cpu_strict": False,
    "poll": 50,
    "type_k": "f16",
    "type_v": "f16",
    "n_gpu_layers": 99,
    "n_cpu_moe": 0,
    "split_mode": "layer",
    "main_gpu": 0,
    "no_kv_offload": False,
    "flash_attn": True,
    "devices": "auto",
    "tensor_split": "0.00",
    "tensor_buft_overrides": "none",
    "use_mmap": True,
    "use_direct_io": False,
    "embeddings": False,
    "no_op_offload": 0,
    "no_host": False,
    "n_prompt": 512,
    "n_gen": 0,
    "n_depth": 0,
    "test_time": "2026-06-14T11:57:09Z",
    "avg_ns": 44000000,
    "stddev_ns": 400000,
    "avg_ts": 11600.0,
    "stddev_ts": 105.5,
}
PREFILL = LLAMA_FIELDS | {"samples_ns": [44000000, 44100000], "samples_ts": [11600.0, 11610.0]}
DECODE = PREFILL | {"n_prompt": 0, "n_gen": 128, "avg_ts": 141.25, "stddev_ts": 0.43}


def llama_row(**changed: Any) -> dict[str, Any]:
    """One decode test with some fields changed; ``None`` takes a field out."""
    return {k: v for k, v in (DECODE | changed).items() if v is not None}


def llama_json(*rows: dict[str, Any]) -> bytes:
    """``llama-bench -o json``."""
    return json.dumps(list(rows or (PREFILL, DECODE)), indent=2).encode()


def llama_jsonl(*rows: dict[str, Any]) -> bytes:
    """``llama-bench -o jsonl``."""
    return "".join(json.dumps(row) + "\n" for row in rows or (PREFILL, DECODE)).encode()


def llama_csv(*rows: dict[str, Any]) -> bytes:
    """``llama-bench -o csv``: a bare header, every cell quoted."""
    header = list(LLAMA_FIELDS)
    lines = [",".join(header)]
    for row in rows or (PREFILL, DECODE):
        cells = [row[k] for k in header]
        plain = [str(int(c)) if isinstance(c, bool) else str(c) for c in cells]
        lines.append(",".join('"' + c.replace('"', '""') + '"' for c in plain))
    return ("\n".join(lines) + "\n").encode()


MARKDOWN = """\
ggml_cuda_init: GGML_CUDA_FORCE_MMQ:    no
ggml_cuda_init: found 1 CUDA devices:
  Device 0: NVIDIA GeForce RTX 4090, compute capability 8.9, VMM: yes
| model                          |       size |     params | backend    | ngl | fa |            test |                  t/s |
| ------------------------------ | ---------: | ---------: | ---------- | --: | -: | --------------: | -------------------: |
| llama 8B Q4_K - Medium         |   4.58 GiB |     8.03 B | CUDA       |  99 |  1 |           pp512 |    11600.00 ± 105.50 |
| llama 8B Q4_K - Medium         |   4.58 GiB |     8.03 B | CUDA       |  99 |  1 |   pp512 @ d4096 |      9700.10 ± 20.00 |
| llama 8B Q4_K - Medium         |   4.58 GiB |     8.03 B | CUDA       |  99 |  1 |           tg128 |        141.25 ± 0.43 |
| llama 8B Q4_K - Medium         |   4.58 GiB |     8.03 B | CUDA       |  99 |  1 |     pp512+tg128 |        650.00 ± 1.00 |

build: 3af34b9f2 (6829)
""".encode()  # noqa: E501

VLLM: dict[str, Any] = {
    "date": "20260614-131635",
    "endpoint_type": "vllm",
    "backend": "vllm",
    "label": None,
    "model_id": "meta-llama/Llama-3.1-8B-Instruct",
    "tokenizer_id": "meta-llama/Llama-3.1-8B-Instruct",
    "num_prompts": 128,
    "request_rate": "inf",
    "burstiness": 1.0,
    "max_concurrency": 16,
    "duration": 19.3,
    "completed": 128,
    "failed": 0,
    "total_input_tokens": 131072,
    "total_output_tokens": 16384,
    "request_throughput": 6.63,
    "request_goodput": None,
    "output_throughput": 848.9,
    "total_token_throughput": 7640.0,
    "mean_ttft_ms": 210.0,
    "median_ttft_ms": 190.0,
    "std_ttft_ms": 80.0,
    "p99_ttft_ms": 420.0,
    "mean_tpot_ms": 17.0,
    "median_tpot_ms": 17.1,
    "std_tpot_ms": 0.7,
    "p99_tpot_ms": 18.4,
    "mean_itl_ms": 17.0,
    "median_itl_ms": 16.2,
    "std_itl_ms": 4.0,
    "p99_itl_ms": 40.0,
}


def vllm_json(**changed: Any) -> bytes:
    """``vllm bench serve --save-result``."""
    return json.dumps(VLLM | changed).encode()

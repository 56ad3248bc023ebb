"""What every adapter shares: the loop from cases to answers, and the facts of a case.

A case is what `bench_accuracy.case_of` writes. An answer holds any of `decode` (tok/s of all
requests together), `low` and `high` (the peer's own range of it), `prefill` (tok/s) and
`ttft_ms`; or `unanswered` with the reason.
"""

import json
import re
import sys
from collections.abc import Callable
from typing import Any

Case = dict[str, Any]
Answer = dict[str, Any]

GIB = 1024**3


class NotAnswered(Exception):  # noqa: N818  # says what is wrong, as its reader sees it
    """The peer has no such device, model, format or kind of run."""


def main(answer: Callable[[Case], Answer]) -> None:
    """Answer every case of standard input."""
    answers: dict[str, Answer] = {}
    for case in json.load(sys.stdin):
        try:
            answers[case["id"]] = answer(case)
        except NotAnswered as reason:
            answers[case["id"]] = {"unanswered": str(reason)}
        except Exception as error:  # a peer that fails has not answered
            words = f"{type(error).__name__}: {error}".split()
            told = " ".join("…" if word.startswith(("/", "'/")) else word for word in words)
            answers[case["id"]] = {"unanswered": told[:160]}
    json.dump(answers, sys.stdout)


def sold_as(gpu: dict[str, Any]) -> str:
    """A GPU's name as shops write it: with its vendor, without our remarks."""
    name = re.sub(r" \(.*\)| \d+-core GPU", "", gpu["name"])
    vendor = {"nvidia": "NVIDIA", "amd": "AMD", "intel": "Intel", "apple": "Apple"}
    return f"{vendor.get(gpu['vendor'].lower(), gpu['vendor'])} {name}"


def memory_gib(case: Case) -> float:
    """Memory the GPU, or the whole machine where they share one, has."""
    gpu = case["gpu"]
    if gpu and gpu["unified_memory"] and case["memory_gib"]:
        return float(case["memory_gib"])
    size = gpu["memory_gib"] if gpu else case["memory_gib"]
    return float(size or 64.0)


def tflops(gpu: dict[str, Any]) -> float:
    """Dense 16-bit rate from the data sheet; Apple's GPUs do 16-bit at their 32-bit rate."""
    for key in ("bf16_tflops_dense", "fp16_tflops_dense", "fp32_tflops"):
        if gpu[key]:
            return float(gpu[key])
    raise NotAnswered("no arithmetic rate is published for that GPU")


#: Beginnings of model names -> the model type of their config.json; dense models only.
DENSE_TYPES = {
    "llama-": "llama",
    "meta-llama-": "llama",
    "codellama-": "llama",
    "tinyllama-": "llama",
    "deepseek-r1-distill-llama-": "llama",
    "mistral-": "mistral",
    "qwen2": "qwen2",
    "qwq-": "qwen2",
    "deepseek-r1-distill-qwen-": "qwen2",
    "gemma-2-": "gemma2",
    "qwen3-": "qwen3",
}
ARCHITECTURES = {
    "llama": "LlamaForCausalLM",
    "mistral": "MistralForCausalLM",
    "qwen2": "Qwen2ForCausalLM",
    "gemma2": "Gemma2ForCausalLM",
    "qwen3": "Qwen3ForCausalLM",
}


def hf_config(model: dict[str, Any]) -> dict[str, Any]:
    """The config.json a peer would fetch for a dense model, from the same figures."""
    kind = next((v for k, v in DENSE_TYPES.items() if model["slug"].startswith(k)), None)
    if kind is None or model["architecture"] != "dense":
        raise NotAnswered("that model's architecture is not one it reads")
    return {
        "_name_or_path": model["slug"],
        "model_type": kind,
        "architectures": [ARCHITECTURES[kind]],
        "hidden_size": model["hidden_size"],
        "num_hidden_layers": model["n_layers"],
        "num_attention_heads": model["n_heads"],
        "num_key_value_heads": model["n_kv_heads"],
        "head_dim": model["head_dim"],
        "intermediate_size": model["intermediate_size"],
        "vocab_size": model["vocab_size"],
        "max_position_embeddings": model["context_max_tokens"] or 8192,
        "tie_word_embeddings": bool(model["tied_embeddings"]),
    }

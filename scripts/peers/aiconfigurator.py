"""aiconfigurator: times of single kernels, measured on data-centre GPUs, added up for an engine.

Asked with `cli_estimate`, as `aiconfigurator cli estimate` does. Models are those whose
configuration it carries, or a dense one described by a config.json in a folder.
"""

import contextlib
import json
import logging
import os
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from scripts.peers.common import Answer, Case, NotAnswered, hf_config, main

#: Our GPU -> its system. The serving cases are those on these, under these engines.
SYSTEMS = {
    "nvidia-a100-pcie-80gb": "a100_pcie",
    "nvidia-a100-sxm4-80gb": "a100_sxm",
    "nvidia-b200-sxm-hgx-180gb": "b200_sxm",
    "nvidia-gb300-per-gpu": "gb300",
    "nvidia-h100-pcie-80gb": "h100_pcie",
    "nvidia-h100-sxm5-80gb": "h100_sxm",
    "nvidia-h200-sxm-141gb": "h200_sxm",
    "nvidia-l4": "l4",
    "nvidia-l40s": "l40s",
    "nvidia-rtx-pro-6000-blackwell-server-edition": "rtx_pro_6000_server",
}
BACKENDS = {"vllm-cuda": "vllm", "sglang-cuda": "sglang", "tensorrt-llm": "trtllm"}
#: Our format -> its mode of matrix products; None: as the model's own configuration says.
MODES = {
    "bf16": "bfloat16",
    "fp16-bf16-safetensors": "bfloat16",
    "fp8-w8a8-per-tensor-channel": "fp8",
    "nvfp4-modelopt": "nvfp4",
    "awq-4-bit-g128": "int4_wo",
    "gptq-4-bit-g128": "int4_wo",
    "gptq-8-bit-g128": "int8_wo",
    "mxfp4": None,
    "w4a16-compressed-tensors-g128": None,
}
#: Our model -> its name, where neither the Hub's name nor a suffix for the format gives it.
NAMES = {
    "llama-3.1-405b-instruct": "meta-llama/Meta-Llama-3.1-405B",
    "llama-3.1-70b-instruct": "meta-llama/Meta-Llama-3.1-70B",
    "llama-3.1-8b-instruct": "meta-llama/Meta-Llama-3.1-8B",
    "llama-3.3-70b-instruct": "meta-llama/Meta-Llama-3.1-70B",
    "llama-4-maverick-17b-128e-instruct": "meta-llama/Llama-4-Maverick-17B-128E-Instruct",
    "mixtral-8x7b-instruct-v0.1": "mistralai/Mixtral-8x7B-v0.1",
}


def answer(case: Case) -> Answer:
    """Speed of all requests together, and the time to the first token."""
    if case["group"] != "serving":
        raise NotAnswered("it has serving engines on data-centre GPUs only")
    if case["quantization"] not in MODES:
        raise NotAnswered("it has no such format")
    found: Answer = {}
    if "decode" in case:
        run = case["decode"]
        result = ask(case, run)
        users, tokens = run["concurrency"], run["generated_tokens"]
        found["decode"] = users * 1000 / float(result.tpot)
        if run["whole_run"]:
            total_ms = float(result.ttft) + (tokens - 1) * float(result.tpot)
            found["decode"] = users * tokens * 1000 / total_ms
    if "ttft" in case:
        found["ttft_ms"] = float(ask(case, case["ttft"]).ttft)
    if "prefill" in case:
        seconds = float(ask(case, case["prefill"]).ttft) / 1000
        found["prefill"] = case["prefill"]["prompt_tokens"] / seconds
    return found


def ask(case: Case, run: dict[str, Any]) -> Any:
    """Its estimate for that load."""
    return estimate(json.dumps(case), json.dumps(run | {"whole_run": None}))


@cache
def estimate(asked: str, load: str) -> Any:
    """The same, once for each load: one estimate has every figure of it."""
    from aiconfigurator.cli.api import cli_estimate

    logging.disable(logging.CRITICAL)
    case, run = json.loads(asked), json.loads(load)
    cards = case["gpu_count"]
    mode = MODES[case["quantization"]]
    model = model_of(json.dumps(case["model"]), case["quantization"])
    more: dict[str, Any] = {}
    if case["model"]["architecture"] == "moe":
        spread = min(cards, case["expert_parallel"] or 1)
        more = {"moe_ep_size": spread, "moe_tp_size": cards // spread}
    if mode and not carries(model, mode):
        more |= {"gemm_quant_mode": mode}
        if case["model"]["architecture"] == "moe":
            more |= {"moe_quant_mode": mode}
    with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stdout(nowhere):
        return cli_estimate(
            model,
            SYSTEMS[case["gpu"]["slug"]],
            backend_name=BACKENDS[case["engine"]],
            isl=max(1, run["prompt_tokens"] + run["cached_tokens"]),
            osl=max(2, run["generated_tokens"]),
            batch_size=run["concurrency"],
            tp_size=cards,
            **more,
        )


@cache
def carried() -> dict[str, dict[str, Any]]:
    """Names of the models it carries -> their configuration."""
    import aiconfigurator_core

    folder = Path(aiconfigurator_core.__file__).parent / "model_configs"
    return {
        path.name.removesuffix("_config.json").replace("--", "/"): json.loads(path.read_text())
        for path in folder.glob("*_config.json")
        if not path.name.endswith("_hf_quant_config.json")
    }


def listed() -> set[str]:
    """Those of them that it reads by name without the Hub."""
    from aiconfigurator_core.sdk.common import DefaultHFModels

    return set(DefaultHFModels)


def carries(model: str, mode: str) -> bool:
    """Whether the model's own configuration says that format."""
    kept = carried().get(model, {})
    kept = kept.get("text_config", kept)
    words = f"{model} {kept.get('quantization_config')}".lower()
    return {"fp8": "fp8", "nvfp4": "nvfp4"}.get(mode, "\0") in words


@cache
def model_of(facts: str, quantization: str) -> str:
    """Its name of the model in that format; a folder with a config.json where it has none."""
    model = json.loads(facts)
    ours = NAMES.get(model["slug"], model["hf_id"] or model["slug"])
    short = ours.split("/")[-1].removesuffix("-BF16")
    suffix = {"fp8-w8a8-per-tensor-channel": "-FP8", "nvfp4-modelopt": "-NVFP4"}
    wanted = [f"{ours}{suffix[quantization]}"] if quantization in suffix else []
    wanted += [f"nvidia/{short}{suffix[quantization]}"] if quantization in suffix else []
    for name in (*wanted, ours):
        for known in carried():
            if known.lower() == name.lower():
                return known if known in listed() else folder_of(carried()[known])
    return folder_of(hf_config(model))


def folder_of(config: dict[str, Any]) -> str:
    """A folder such as a model's files lie in."""
    folder = Path(tempfile.mkdtemp(prefix="peer-model-"))
    (folder / "config.json").write_text(json.dumps(config))
    return str(folder)


if __name__ == "__main__":
    main(answer)

"""servcalc: a roofline of one GPU under vLLM or an Ollama server, dense models only.

Asked with `estimate(model, gpu, workload=, profile=)`. Cards are its own; one it lacks is
described to it as its documentation says (`GpuSpec`), from the data sheet.
"""

from typing import Any

from scripts.peers.common import (
    GIB,
    Answer,
    Case,
    NotAnswered,
    hf_config,
    main,
    memory_gib,
    sold_as,
    tflops,
)

#: A decode test of fewer tokens is asked as one of this many: its prompt would outweigh it.
LEAST_TOKENS = 128
#: Our slug -> its name, where that is not the one on the box.
NAMES = {
    "nvidia-a100-pcie-80gb": "A100 80GB",
    "nvidia-a100-sxm4-40gb": "A100 40GB",
    "nvidia-a100-sxm4-80gb": "A100 80GB",
    "nvidia-b200-sxm-hgx-180gb": "B200",
    "nvidia-geforce-rtx-3060-12gb": "RTX 3060",
    "nvidia-geforce-rtx-3080-10gb": "RTX 3080",
    "nvidia-geforce-rtx-4060-ti-16gb": "RTX 4060 Ti",
    "nvidia-geforce-rtx-4070-gddr6x": "RTX 4070",
    "nvidia-h100-sxm5-80gb": "H100 80GB",
    "nvidia-h200-sxm-141gb": "H200",
    "nvidia-rtx-6000-ada-generation": "RTX 6000 Ada",
    "nvidia-tesla-v100-sxm2-16gb": "V100 16GB",
    "nvidia-tesla-v100-sxm2-32gb": "V100 32GB",
}
#: Our format -> its name under llama.cpp, and under vLLM.
GGUF = {
    "f16": None,
    "bf16": None,
    "q8_0": "gguf_q8_0",
    "q6_k": "gguf_q6_k",
    "q5_k_m": "gguf_q5_k_m",
    "q4_k_m": "gguf_q4_k_m",
    "q4_0": "gguf_q4_0",
}
SERVED = {
    "bf16": None,
    "fp16-bf16-safetensors": None,
    "fp8-w8a8-per-tensor-channel": "fp8",
    "awq-4-bit-g128": "awq",
    "gptq-4-bit-g128": "gptq",
    "gptq-8-bit-g128": "gptq_8",
}


def answer(case: Case) -> Answer:
    """Speed of one GPU, with its own low and high."""
    if not case["gpu"] or case["gpu_count"] > 1:
        raise NotAnswered("it has one GPU only")
    found: Answer = {}
    if "decode" in case:
        load = case["decode"]
        if case["group"] != "serving":
            load = {**load, "generated_tokens": max(LEAST_TOKENS, load["generated_tokens"])}
        point = ask(case, load)
        speed = whole if load["whole_run"] else total if case["group"] == "serving" else alone
        for name, edge in (("decode", "mid"), ("low", "high"), ("high", "low")):
            ttft_ms, itl_ms = (getattr(r, edge) for r in (point.ttft_ms, point.itl_ms))
            found[name] = speed(load["concurrency"], load["generated_tokens"], ttft_ms, itl_ms)
    for name in ("prefill", "ttft"):
        if name in case:
            point = ask(case, case[name])
            if point.ttft_ms and name == "ttft":
                found["ttft_ms"] = point.ttft_ms.mid
            elif point.ttft_ms:
                found["prefill"] = case[name]["prompt_tokens"] / point.ttft_ms.mid * 1000
    return found


def whole(users: int, tokens: int, ttft_ms: float, itl_ms: float) -> float:
    """Tokens of all requests over their whole time, prompts included."""
    return users * tokens / (ttft_ms + (tokens - 1) * itl_ms) * 1000


def total(users: int, tokens: int, ttft_ms: float, itl_ms: float) -> float:
    """Tokens of all requests while they are written."""
    return users / itl_ms * 1000


def alone(users: int, tokens: int, ttft_ms: float, itl_ms: float) -> float:
    """Without the next prompt, whose share its server adds to every token.

    There itl = step + prompt / (tokens - 1) and ttft = prompt + step / 2.
    """
    share = 1 / (tokens - 1)
    return (1 - share / 2) / (itl_ms - share * ttft_ms) * 1000


def ask(case: Case, run: dict[str, Any]) -> Any:
    """Its one point for that load."""
    from servcalc import Workload, estimate
    from servcalc.profiles import ollama, vllm
    from vramcalc import Arch

    prompt = max(1, run["prompt_tokens"] + run["cached_tokens"])
    load = Workload(prompt, max(2, run["generated_tokens"]), (run["concurrency"],))
    formats = SERVED if case["group"] == "serving" else GGUF
    if case["quantization"] not in formats:
        raise NotAnswered("it has no such format")
    quant = formats[case["quantization"]]
    if case["group"] != "serving":
        room = max(2048, prompt + load.gen_len)
        profile = ollama(num_parallel=1, num_ctx=room, quant=quant)
    elif case["engine"].startswith("vllm"):
        profile = vllm(quant=quant)
    else:
        raise NotAnswered("it has no such engine")
    arch = Arch.from_config(hf_config(case["model"]))
    return estimate(arch, gpu_of(case), workload=load, profile=profile).points[0]


def gpu_of(case: Case) -> Any:
    """Its own card, or one described to it."""
    from servcalc.gpus import GpuSpec, resolve

    gpu = case["gpu"]
    try:
        return resolve(NAMES.get(gpu["slug"]) or sold_as(gpu))
    except KeyError:
        if not gpu["bandwidth_gbs"]:
            raise NotAnswered("no memory bandwidth is published for that GPU") from None
        size = int(memory_gib(case) * GIB)
        return GpuSpec(gpu["name"], size, gpu["bandwidth_gbs"], tflops(gpu))


if __name__ == "__main__":
    main(answer)

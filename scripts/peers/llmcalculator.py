"""llmcalculator: memory bandwidth over bytes and arithmetic over parameters.

Asked as its command line does (`check --gpu-name NAME --vram GB --quant FORMAT`): `estimate` on a
machine with that GPU. The model's figures are those its `--hf` would fetch. It has no users.
"""

from typing import Any

from scripts.peers.common import GIB, Answer, Case, NotAnswered, main, memory_gib, sold_as

#: Our format -> its name; the rest are the same in capitals.
FORMATS = {
    "f16": "fp16",
    "bf16": "bf16",
    "mlx-4-bit-g64": "mlx-4bit",
    "mlx-8-bit-g64": "mlx-8bit",
}


def answer(case: Case) -> Answer:
    """Speed of one request alone."""
    from llmcalculator import quant
    from llmcalculator.estimate import estimate

    if case["group"] == "serving":
        raise NotAnswered("it has no serving")
    name = FORMATS.get(case["quantization"], case["quantization"])
    if name.lower() not in quant.FORMATS:
        raise NotAnswered("it has no such format")
    device = "cpu" if not case["gpu"] else "all-gpus" if case["gpu_count"] > 1 else "gpu"
    run = case.get("decode") or case["prefill"]
    found = estimate(
        model_of(case["model"]),
        hardware_of(case),
        quant_name=name,
        context=max(1, run["cached_tokens"] + run["generated_tokens"]),
        device=device,
    )
    if not found.fits:
        raise NotAnswered("it says that the model does not fit")
    if not found.tokens_per_sec:
        raise NotAnswered("it knows no memory bandwidth of that GPU")
    return {"decode": found.tokens_per_sec, "prefill": found.prefill_tokens_per_sec or None}


def hardware_of(case: Case) -> Any:
    """The machine, with bandwidth and arithmetic out of its own table."""
    from llmcalculator.hardware import gpu_db
    from llmcalculator.hardware.base import CPU, Accelerator, HardwareProfile

    cpu = CPU("Specified CPU", 8, 16, bandwidth_gbs=50.0)
    if not case["gpu"]:
        facts = case["cpu"]
        bandwidth = gpu_db.cpu_bandwidth("x86_64", facts["name"])
        cpu = CPU(facts["name"], facts["cores"] or 8, facts["threads"] or 16, 0, "", bandwidth)
        return HardwareProfile(cpu, 4096 * GIB)
    name = sold_as(case["gpu"])
    bandwidth, rate = gpu_db.lookup(name)
    card = Accelerator(
        name=name,
        vendor=case["gpu"]["vendor"].lower(),
        memory_bytes=int(memory_gib(case) * GIB),
        bandwidth_gbs=bandwidth,
        fp16_tflops=rate,
        unified_memory=case["gpu"]["unified_memory"],
    )
    return HardwareProfile(cpu, 4096 * GIB, [card] * case["gpu_count"])


def model_of(facts: dict[str, Any]) -> Any:
    """The model as its own Hub reader would fill it in."""
    from llmcalculator.models.spec import ModelSpec

    if not all(facts[key] for key in ("n_layers", "hidden_size", "n_heads", "n_kv_heads")):
        raise NotAnswered("the model's dimensions are not known")
    return ModelSpec(
        name=facts["slug"],
        params=facts["params_total_b"] * 1e9,
        active_params=(facts["params_active_b"] or facts["params_total_b"]) * 1e9,
        n_layers=facts["n_layers"],
        hidden_size=facts["hidden_size"],
        n_heads=facts["n_heads"],
        n_kv_heads=facts["n_kv_heads"],
        head_dim=facts["head_dim"],
        max_context=facts["context_max_tokens"] or 8192,
    )


if __name__ == "__main__":
    main(answer)

"""whichllm: memory bandwidth over bytes, with one efficiency a format and a maker.

Its command line fetches models from the Hub, so it is asked one step below, as its ranking does:
`check_compatibility`, `estimate_tok_per_sec`, `estimate_speed_uncertainty`. Cards come from its
own lookup (`--gpu NAME`). It has no prompt speed and no users.
"""

from typing import Any

from scripts.peers.common import GIB, Answer, Case, NotAnswered, main, memory_gib, sold_as

#: Names it knows otherwise.
NAMES = {
    "amd-radeon-8050s-ryzen-ai-max-390-385-strix-halo": "Strix Halo",
    "amd-radeon-8060s-ryzen-ai-max-395-strix-halo": "Strix Halo",
    "amd-instinct-mi50-32gb": "Radeon Instinct MI50 32 GB",
    "amd-instinct-mi100": "Radeon Instinct MI100",
    "amd-instinct-mi210": "Radeon Instinct MI210",
    "amd-instinct-mi300x": "Radeon Instinct MI300X",
    "nvidia-gb10-grace-blackwell-dgx-spark": "DGX Spark",
    "nvidia-geforce-rtx-4070-laptop-8gb": "GeForce RTX 4070 Mobile",
    "nvidia-geforce-rtx-5090-laptop-24gb": "GeForce RTX 5090 Mobile",
}
#: Formats that are not GGUF files: it reads them out of the repository's name.
SUFFIXES = {"mlx-4-bit-g64": "4bit", "mlx-8-bit-g64": "8bit"}


def answer(case: Case) -> Answer:
    """Speed of one request alone."""
    from whichllm.engine.compatibility import check_compatibility
    from whichllm.engine.performance import estimate_speed_uncertainty, estimate_tok_per_sec
    from whichllm.engine.ranking import _MULTI_GPU_SPEED_FACTOR
    from whichllm.hardware.types import HardwareInfo

    if case["group"] == "serving":
        raise NotAnswered("it has no serving")
    model, variant = model_of(case)
    gpus = [gpu_of(case)] * case["gpu_count"] if case["gpu"] else []
    hardware = HardwareInfo(gpus=gpus, ram_bytes=int(max(64.0, case["memory_gib"] or 0) * GIB))
    if case["group"] == "CPU only":
        hardware.ram_bytes = 4096 * GIB
    fit = check_compatibility(model, variant, hardware, 4096)
    if not fit.can_run:
        raise NotAnswered("it says that the model does not fit")
    gpu = gpus[0] if gpus else None
    speed = estimate_tok_per_sec(model, variant, gpu, fit.fit_type)
    if not speed:
        raise NotAnswered("it knows no memory bandwidth of that GPU")
    if fit.uses_multi_gpu:
        speed *= _MULTI_GPU_SPEED_FACTOR
    _, span, _ = estimate_speed_uncertainty(model, variant, gpu, fit.fit_type, speed)
    if fit.uses_multi_gpu:
        span = (speed * 0.35, speed * 2.0)
    return {"decode": speed, "low": span[0], "high": span[1]} if span else {"decode": speed}


def gpu_of(case: Case) -> Any:
    """Its own card of that name; another card with the nearest name is no answer."""
    from whichllm.hardware.gpu_simulator import create_synthetic_gpu

    gpu = case["gpu"]
    name = NAMES.get(gpu["slug"]) or sold_as(gpu).replace("GB", " GB")
    if gpu["unified_memory"]:
        return create_synthetic_gpu(name.removeprefix("Apple "), memory_gib(case))
    try:
        found = create_synthetic_gpu(name)
    except ValueError:
        # the memory size is not part of its name where there is but one
        found = create_synthetic_gpu(name.rsplit(" ", 2)[0] if name.endswith(" GB") else name)
    if abs(found.vram_bytes / GIB / gpu["memory_gib"] - 1) > 0.1:
        raise NotAnswered(f"its nearest name is another card: {found.name}")
    return found


def model_of(case: Case) -> tuple[Any, Any]:
    """The model and file that it would find on the Hub."""
    from whichllm.data.quantization import QUANT_BYTES_PER_WEIGHT
    from whichllm.models.types import GGUFVariant, ModelInfo

    facts, quant = case["model"], case["quantization"].upper()
    moe = facts["architecture"] == "moe"
    model = ModelInfo(
        id=facts["hf_id"] or facts["slug"],
        family_id=facts["slug"],
        name=facts["slug"],
        parameter_count=int(facts["params_total_b"] * 1e9),
        parameter_count_active=int(facts["params_active_b"] * 1e9) if moe else None,
        is_moe=moe,
    )
    if case["quantization"] in SUFFIXES:
        model.id += "-" + SUFFIXES[case["quantization"]]
        return model, None
    if quant not in QUANT_BYTES_PER_WEIGHT:
        raise NotAnswered("it has no such format")
    size = (case["weights_gib"] or 0) * GIB
    size = size or model.parameter_count * QUANT_BYTES_PER_WEIGHT[quant]
    return model, GGUFVariant(f"{facts['slug']}.{quant}.gguf", quant, int(size))


if __name__ == "__main__":
    main(answer)

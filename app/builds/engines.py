"""Which engine runs a build when the user names none, and why another would not."""

from app.builds.parts import Parts
from app.catalogue.facts import EngineFacts, QuantizationFacts
from app.catalogue.snapshot import Catalogue

#: The usual engine per GPU vendor, best first; the first that takes the weights is chosen.
USUAL: dict[str, tuple[str, ...]] = {
    "NVIDIA": ("llama.cpp-cuda", "vllm-cuda", "exllamav2", "exllamav3", "ik_llama.cpp-cuda"),
    "AMD": ("llama.cpp-rocm", "llama.cpp-vulkan", "vllm-rocm", "sglang-rocm", "exllamav2"),
    "Intel": ("llama.cpp-sycl", "llama.cpp-vulkan", "vllm-xpu"),
    "Apple": ("llama.cpp-metal", "mlx"),
}
USUAL_CPU = ("llama.cpp-cpu", "ik_llama.cpp-cpu", "llamafile-cpu")
USUAL_MIXED = ("llama.cpp-vulkan",)


def usual_engine(parts: Parts, cpu_only: bool, catalogue: Catalogue) -> EngineFacts | None:
    """The engine most people would run this on; ``None`` where none in the catalogue can."""
    vendors = {group.gpu.vendor for group in parts.gpus}
    names: tuple[str, ...]
    if cpu_only or not vendors:
        names = USUAL_CPU
    elif len(vendors) == 1:
        names = USUAL.get(next(iter(vendors)), ())
    else:
        names = USUAL_MIXED
    drives = [
        e for n in names if (e := catalogue.engines.get(n)) and drives_all(e, parts, cpu_only)
    ]
    takes = [e for e in drives if reads(e, parts.quantization)]
    return next(iter(takes or drives), None)


def drives_all(engine: EngineFacts, parts: Parts, cpu_only: bool) -> bool:
    """Whether the engine runs on every device that would take part."""
    if cpu_only or not parts.gpus:
        return runs_on_cpu(engine)
    return all(group.gpu.vendor in engine.gpu_vendors for group in parts.gpus)


def runs_on_cpu(engine: EngineFacts) -> bool:
    """Whether the engine can do without a GPU."""
    return engine.backend == "cpu" or "cpu-only" in engine.placements


def reads(engine: EngineFacts, quantization: QuantizationFacts) -> bool:
    """Whether the engine is known to run weights of this format."""
    return engine.slug in quantization.engine_slugs


def choose_format(engine: EngineFacts, quantization: QuantizationFacts) -> str:
    """What to do about a format the engine does not read."""
    return f"choose a format that {engine.name} reads: {quantization.name} is not one"

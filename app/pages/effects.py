"""Effects of the calibration in words: what "engine:llama.cpp" and "hbm" mean to a reader."""

from typing import Final

from app.builds.answers.terms import Cost, Effect
from app.builds.words import significant
from app.catalogue.snapshot import Catalogue, UnknownSlug
from app.estimator.effects import REFERENCE_CPU_GBS, Regime

#: A factor nearer to one than this is not worth a word.
NOTHING: Final = 0.005

#: Each kind of effect in words; what a category is called takes the place of {}.
EFFECT_WORDS: Final[dict[str, str]] = {
    "base": "every run of this kind",
    "engine": "engine {}",
    "driver": "{}",
    "vendor": "{} cards",
    "family": "{} generation",
    "engine-family": "{}",
    "product": "{} itself",
    "format": "{} weights",
    "engine-format": "{}",
    "narrow-host": "a single-board computer as host",
    "hbm": "HBM memory",
    "moe": "mixture of experts",
    "driver-moe": "mixture of experts on {}",
    "linear": "linear attention",
    "attention": "{} attention",
    "no-flash-attention": "no flash attention",
    "date": "how new the engine is",
    "driver-date": "how new the engine is, {}",
    "through-host": "cards that hand over through the host's memory",
    "cards": "several cards",
    "cpu-vendor": "{} CPUs",
    "engine-cpu-vendor": "{} CPUs",
    "cpu-segment": "{} CPUs",
    "cpu-product": "{} itself",
    "isa": "{} instructions",
    "two-sockets": "two sockets",
    "memory-guessed": "memory nobody describes",
    "cpu-bandwidth": f"memory faster or slower than {REFERENCE_CPU_GBS:g} GB/s",
}
#: The fits, by what they are about.
REGIME_WORDS: Final[dict[Regime, str]] = {
    "gpu-decode": "GPU",
    "gpu-prefill": "GPU",
    "cpu-decode": "CPU",
    "cpu-prefill": "CPU",
    "offload-decode": "GPU and RAM",
    "offload-prefill": "GPU and RAM",
    "serving-decode": "serving",
    "serving-prefill": "serving",
}
_NAMES: Final = {
    "amd": "AMD",
    "nvidia": "NVIDIA",
    "intel": "Intel",
    "apple": "Apple",
    "aws": "AWS",
    "cuda": "CUDA",
    "rocm": "ROCm",
    "sycl": "SYCL",
    "vulkan": "Vulkan",
    "metal": "Metal",
    "vllm": "vLLM",
    "sglang": "SGLang",
    "tensorrt-llm": "TensorRT-LLM",
    "mlx": "MLX",
    "ollama": "Ollama",
    "avx2": "AVX2",
    "avx-512": "AVX-512",
    "amx": "AMX",
    "sve": "SVE",
    "neon": "NEON",
    "gqa": "grouped-query",
    "mha": "multi-head",
    "mla": "latent (MLA)",
    "mqa": "multi-query",
    "sliding": "sliding-window",
    "hybrid-linear": "hybrid linear",
    "mobile-soc": "mobile",
    "k-quant": "K-quant",
    "i-quant": "I-quant",
    "ik-trellis": "trellis (ik)",
    "gguf-legacy": "legacy GGUF",
    "mlx-affine": "MLX affine",
    "gptq-awq": "GPTQ or AWQ",
    "mx": "MXFP4",
    "nv": "NVFP4",
    "fp16": "FP16",
    "fp8": "FP8",
    "int8": "INT8",
    "q8_0": "Q8_0",
}
_OF_A_PAIR: Final = ("driver", "driver-moe", "driver-date")


def effect_words(name: str, catalogue: Catalogue) -> str:
    """An effect of the calibration as a reader would say it."""
    effect, _, category = name.partition(":")
    words = EFFECT_WORDS.get(effect, effect.replace("-", " "))  # a new one keeps its own name
    return words.format(_category(effect, category, catalogue))


def _category(effect: str, category: str, catalogue: Catalogue) -> str:
    if effect == "product":
        return _catalogue_name("gpus", category, catalogue)
    if effect == "cpu-product":
        return _catalogue_name("cpus", category, catalogue)
    if effect in _OF_A_PAIR:
        backend, _, vendor = category.rpartition("-")
        return f"{_named(backend)} on {_named(vendor)}"
    if effect == "engine-family":
        engine, _, family = category.partition("@")
        return f"{_catalogue_name('engines', engine, catalogue)} on {_family(family)}"
    if effect == "engine-cpu-vendor":
        engine, _, vendor = category.partition("@")
        return f"{_named(engine)} on {_named(vendor)}"
    if effect == "engine-format":
        engine, _, weights = category.partition("@")
        return f"{_named(engine)} with {_named(weights)} weights"
    return _family(category) if effect == "family" else _named(category)


def _catalogue_name(kind: str, slug: str, catalogue: Catalogue) -> str:
    try:
        return str(catalogue.get(kind, slug).name)
    except UnknownSlug:
        return slug


def _named(word: str) -> str:
    return _NAMES.get(word, word)


def _family(word: str) -> str:
    """ "ada" -> "Ada", "apple-m4" -> "Apple M4", "rdna3" -> "RDNA3"."""
    parts = word.split("-")
    return " ".join(p.upper() if any(c.isdigit() for c in p) else p.capitalize() for p in parts)


def reasons(cost: Cost, catalogue: Catalogue) -> list[str]:
    """What a cost is made of, factor by factor; what changes nothing is left out."""
    said = []
    for effect in cost.effects:
        words = effect_words(effect.name, catalogue)
        if _never_measured(effect):
            said.append(f"{words}: never measured")
        elif abs(effect.factor - 1) >= NOTHING:
            said.append(f"× {significant(effect.factor, 3)} {words}")
    return said


def _never_measured(effect: Effect) -> bool:
    return not effect.fitted and effect.name.partition(":")[0] in ("product", "cpu-product")

"""The kinds of things the catalogue knows, in one table: name, facts, seed files, references.

The names are those of the REST resources. ``exchange-rates`` is stored and served in the snapshot
but is no resource of its own.
"""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from app.catalogue import facts


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind: the class of its facts, its seed files and the fields that name other entities."""

    name: str
    facts: type[facts.Fact]
    seed_files: tuple[str, ...]
    references: tuple[tuple[str, str], ...] = ()
    """Pairs of field and the kind whose slugs it holds; the field may be a list."""


_ALL: Final = (
    Kind(
        "engines",
        facts.EngineFacts,
        ("engines.csv",),
        (("kv_slugs", "quantizations"),),
    ),
    Kind(
        "quantizations",
        facts.QuantizationFacts,
        ("quantizations.csv",),
        (("engine_slugs", "engines"),),
    ),
    Kind("platforms", facts.PlatformFacts, ("platforms.csv",)),
    Kind("cpus", facts.CpuFacts, ("cpus.csv",), (("platform_slug", "platforms"),)),
    Kind("gpus", facts.GpuFacts, ("gpus.csv",)),
    Kind("memory-modules", facts.MemoryModuleFacts, ("memory_modules.csv",)),
    Kind("interconnects", facts.InterconnectFacts, ("interconnects.csv",)),
    Kind(
        "systems",
        facts.SystemFacts,
        ("systems.csv",),
        (("cpu_slug", "cpus"), ("gpu_slug", "gpus"), ("link_slug", "interconnects")),
    ),
    Kind("models", facts.ModelFacts, ("models.csv",)),
    Kind("use-cases", facts.UseCaseFacts, ("use_cases.csv",)),
    Kind("prices", facts.PriceFacts, ("prices.csv",)),
    Kind("exchange-rates", facts.ExchangeRateFacts, ("exchange_rates.csv",)),
    Kind(
        "measurements",
        facts.MeasurementFacts,
        (
            "measurements/gpu_apple.csv",
            "measurements/cpu_hybrid_soc.csv",
            "measurements/serving.csv",
            "measurements/harvest2.csv",
            "measurements/harvest3.csv",
            "measurements/harvest4.csv",
            "measurements/harvest5.csv",
        ),
        (
            ("cpu_slug", "cpus"),
            ("gpu_slug", "gpus"),
            ("model_slug", "models"),
            ("quantization_slug", "quantizations"),
            ("engine_slug", "engines"),
        ),
    ),
)

KINDS: Final = MappingProxyType({kind.name: kind for kind in _ALL})

PRICED_KINDS: Final = MappingProxyType(
    {
        "cpu": "cpus",
        "gpu": "gpus",
        "memory-module": "memory-modules",
        "platform": "platforms",
        "system": "systems",
        "cloud-gpu-hour": "gpus",
        "api-mtok": "models",
    }
)
"""Which kind the ``item_slug`` of a price belongs to, by ``item_kind``."""

ALIASES_FILE: Final = "aliases.csv"

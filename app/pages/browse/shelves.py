"""The kinds people browse: addresses, words, and what their lists show and filter by."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from app.builds.items.listing import FIGURE_TYPES
from app.catalogue.queries import sort_fields
from app.pages.browse.fields import Field, field_of


@dataclass(frozen=True, slots=True)
class Facet:
    """A filter with a fixed choice of values: those a field has, or steps of a bound."""

    name: str
    label: str
    steps: tuple[str, ...] = ()
    unit: str = ""
    every: str = "any"
    """What no choice is called."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """One kind as people browse it. ``path`` is its address, ``kind`` its name over REST."""

    path: str
    kind: str
    title: str
    one: str
    many: str
    about: str
    columns: tuple[str, ...]
    facets: tuple[Facet, ...]
    sort: str
    configure: str
    """Setting of the configurator that an entry goes into."""
    starts: tuple[tuple[str, str], ...] = ()
    """Good places to start: in words, and as a query of its list."""

    @property
    def fields(self) -> tuple[Field, ...]:
        """Everything a column can show, those shown at first in front."""
        every = [*FIGURE_TYPES[self.kind], *sort_fields(self.kind)]
        hidden = {"slug", "name", "source", "notes", "price_source", *self.columns}
        names = [*self.columns, *(name for name in every if name not in hidden)]
        return tuple(self.field(name) for name in names)

    def field(self, name: str) -> Field:
        """One column."""
        return field_of(self.kind, name, FIGURE_TYPES[self.kind].get(name))

    @property
    def filters(self) -> tuple[str, ...]:
        """Names of its facets."""
        return tuple(facet.name for facet in self.facets)


_LAUNCHED: Final = Facet("launch_year", "Launched")
_STATUS: Final = Facet("status", "Status")

_ALL: Final = (
    Shelf(
        path="gpus",
        kind="gpus",
        title="GPUs",
        one="GPU",
        many="GPUs",
        about="Graphics cards, accelerators and the graphics side of systems on a chip.",
        columns=(
            "memory_gib",
            "memory_type",
            "bandwidth_gbs",
            "fp16_tflops_dense",
            "tdp_w",
            "launch_date",
            "measured_runs",
            "price_new_eur",
            "price_used_eur",
        ),
        facets=(
            Facet("vendor", "Maker"),
            Facet(
                "memory_gib_min",
                "Memory, at least",
                ("8", "12", "16", "24", "32", "48", "80", "128", "192"),
                "GiB",
            ),
            Facet("architecture", "Architecture"),
            Facet("form_factor", "Form"),
            Facet("unified_memory", "Unified memory"),
            _LAUNCHED,
        ),
        sort="-measured_runs",
        configure="gpu",
        starts=(
            ("24 GiB and more", "memory_gib_min=24"),
            ("most bandwidth for cards", "form_factor=pcie&sort=-bandwidth_gbs"),
            ("with a price, cheapest first", "sort=price_new_eur&price_new_eur_min=1"),
        ),
    ),
    Shelf(
        path="cpus",
        kind="cpus",
        title="CPUs",
        one="CPU",
        many="CPUs",
        about="Server, workstation, desktop and laptop CPUs, with what decides their memory speed.",
        columns=(
            "cores",
            "memory_channels",
            "memory_mts_max",
            "memory_bandwidth_gbs",
            "memory_gib_max",
            "tdp_w",
            "launch_date",
            "measured_runs",
            "price_new_eur",
        ),
        facets=(
            Facet("vendor", "Maker"),
            Facet("segment", "For"),
            Facet("memory_types", "Memory"),
            Facet("microarchitecture", "Architecture"),
            _STATUS,
            _LAUNCHED,
        ),
        sort="-measured_runs",
        configure="cpu",
        starts=(
            ("most memory bandwidth", "status=current&sort=-memory_bandwidth_gbs"),
            ("servers with 12 channels", "memory_channels=12"),
            ("desktop", "segment=desktop"),
        ),
    ),
    Shelf(
        path="memory",
        kind="memory-modules",
        title="Memory modules",
        one="memory module",
        many="memory modules",
        about="Modules by type, size and speed; those without an offer of their own are priced "
        "by the GiB of their type.",
        columns=(
            "memory_type",
            "size_gib",
            "mts",
            "channel_bandwidth_gbs",
            "ecc",
            "price_new_eur",
            "price_per_gib_eur",
            "price_used_eur",
        ),
        facets=(
            Facet("memory_type", "Type"),
            Facet("size_gib", "Size", unit="GiB"),
            Facet("mts", "Speed", unit="MT/s"),
            Facet("ecc", "ECC"),
        ),
        sort="price_per_gib_eur",
        configure="module",
        starts=(
            ("cheapest per GiB", "sort=price_per_gib_eur"),
            ("DDR5 RDIMM", "memory_type=ddr5-rdimm"),
            ("64 GiB and more", "size_gib_min=64"),
        ),
    ),
    Shelf(
        path="systems",
        kind="systems",
        title="Systems",
        one="system",
        many="systems",
        about="Complete machines, from mini PCs to GPU servers and clusters.",
        columns=(
            "system_class",
            "gpu_usable_memory_gib",
            "memory_gib",
            "memory_bandwidth_gbs",
            "power_max_w",
            "launch_date",
            "price_new_eur",
            "price_used_eur",
        ),
        facets=(
            Facet("vendor", "Maker"),
            Facet("system_class", "Class"),
            Facet(
                "gpu_usable_memory_gib_min",
                "GPU memory, at least",
                ("16", "24", "32", "48", "96", "128", "192", "384", "768"),
                "GiB",
            ),
            Facet("unified_memory", "Unified memory"),
            _STATUS,
            _LAUNCHED,
        ),
        sort="-launch_date",
        configure="system",
        starts=(
            ("unified memory, 96 GiB and more", "unified_memory=true&gpu_usable_memory_gib_min=96"),
            ("mini PCs", "system_class=mini-pc"),
            ("GPU servers", "system_class=gpu-server"),
        ),
    ),
    Shelf(
        path="models",
        kind="models",
        title="Models",
        one="model",
        many="models",
        about="Language models with the architecture that sets their bytes and their arithmetic.",
        columns=(
            "params_total_b",
            "params_active_b",
            "architecture",
            "attention",
            "context_max_tokens",
            "kv_bytes_per_token_f16",
            "licence",
            "release_date",
            "measured_runs",
        ),
        facets=(
            Facet("vendor", "Maker"),
            Facet(
                "params_total_b_max",
                "Parameters, at most",
                ("2", "4", "9", "15", "35", "80", "130", "250"),
                "B",
            ),
            Facet("architecture", "Dense or mixture"),
            Facet("attention", "Attention"),
            Facet("licence", "Licence"),
            Facet("release_year", "Released"),
        ),
        sort="-measured_runs",
        configure="model",
        starts=(
            ("up to 15 B", "params_total_b_max=15"),
            ("mixtures of experts", "architecture=moe"),
            ("contexts of 256k and more", "context_max_tokens_min=262144"),
        ),
    ),
    Shelf(
        path="quantizations",
        kind="quantizations",
        title="Quantisations",
        one="quantisation",
        many="quantisations",
        about="Number formats of weights and of the KV cache, with the bits they really take.",
        columns=(
            "family",
            "kind",
            "bits_per_weight",
            "body_bits",
            "head_bits",
            "perplexity_delta_llama3_8b",
            "engines",
            "measured_runs",
        ),
        facets=(
            Facet("kind", "Used for"),
            Facet("family", "Family"),
            Facet("body_bits_max", "Bits, at most", ("2", "3", "4", "5", "6", "8", "16"), "bit"),
            Facet("engine_slugs", "Engine that reads it"),
        ),
        sort="-measured_runs",
        configure="quant",
        starts=(
            ("GGUF K-quants", "family=k-quant"),
            ("about 4 bit", "kind=weights&body_bits_min=4&body_bits_max=5"),
            ("KV cache", "kind=kv"),
        ),
    ),
    Shelf(
        path="engines",
        kind="engines",
        title="Engines",
        one="engine",
        many="engines",
        about="Inference engines, one entry for each backend they run on.",
        columns=(
            "family",
            "backend",
            "runs_on",
            "batching",
            "formats",
            "memory_overhead_gib",
            "measured_runs",
        ),
        facets=(
            Facet("family", "Family"),
            Facet("backend", "Backend"),
            Facet("gpu_vendors", "GPUs of"),
            Facet("placements", "Placement"),
            Facet("batching", "Batching"),
        ),
        sort="-measured_runs",
        configure="engine",
        starts=(
            ("on AMD GPUs", "gpu_vendors=amd"),
            ("continuous batching", "batching=continuous"),
            ("tensor parallel", "placements=tensor-parallel"),
        ),
    ),
)

SHELVES: Final[Mapping[str, Shelf]] = MappingProxyType({shelf.path: shelf for shelf in _ALL})
#: Address of the page of an entry, by kind; kinds without pages are missing.
PATHS: Final[Mapping[str, str]] = MappingProxyType({shelf.kind: shelf.path for shelf in _ALL})

"""What a list of the catalogue shows and sorts by besides facts: prices, bandwidths, runs, years.

Worked out once for a world and a day, so that a list is answered from memory.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from app.builds.assess import World
from app.builds.items.prices import SALES, SOLD, CurrentPrices, current_prices
from app.builds.words import number
from app.catalogue.facts import CpuFacts, EngineFacts, Fact, MeasurementFacts, MemoryModuleFacts
from app.catalogue.queries import Figures, Sortable
from app.estimator.cpu_bandwidth import (
    dram_bandwidth_gbs,
    fabric_bandwidth_gbs,
    read_bandwidth_gbs,
)
from app.estimator.numbers import or_unknown
from app.latest import Latest

#: Field of a measured run that names an entry of a kind.
RUN_FIELD: Final[Mapping[str, str]] = {
    "cpus": "cpu_slug",
    "gpus": "gpu_slug",
    "models": "model_slug",
    "quantizations": "quantization_slug",
    "engines": "engine_slug",
}
_PRICES: Final = {f"price_{sale}_eur": Decimal for sale in SALES}
_SMALL: Final = Decimal("0.0001")
#: Columns of each kind besides its facts, and their types.
FIGURE_TYPES: Final[Mapping[str, Mapping[str, type]]] = {
    "cpus": {"memory_bandwidth_gbs": float, "launch_year": int, "measured_runs": int, **_PRICES},
    "gpus": {"launch_year": int, "measured_runs": int, **_PRICES},
    "memory-modules": {"channel_bandwidth_gbs": float, **_PRICES, "price_per_gib_eur": Decimal},
    "systems": {"launch_year": int, **_PRICES},
    "models": {"release_year": int, "measured_runs": int},
    "quantizations": {"engines": int, "measured_runs": int},
    "engines": {"runs_on": str, "formats": int, "measured_runs": int},
}


@dataclass(frozen=True, slots=True)
class Listing:
    """One kind as a list shows it."""

    figures: Figures
    prices: Mapping[str, CurrentPrices]


@dataclass
class Listings:
    """All kinds of one world on one day; each is made when it is first asked for."""

    world: World
    today: date
    _made: dict[str, Listing]

    def of(self, kind: str) -> Listing:
        """One kind; without figures where it has none."""
        found = self._made.get(kind)
        if found is None:
            found = self._made[kind] = _listing(kind, self.world, self.today)
        return found


def _listings(world: World, today: date) -> Listings:
    return Listings(world, today, {})


_latest: Latest[World, Listings] = Latest(_listings)


def listings_of(world: World) -> Listings:
    """The lists of a world as of today."""
    return _latest.of(world, date.today())


def run_counts(world: World, field: str) -> Counter[str]:
    """Measured runs by what a field of them names."""
    slugs = (getattr(run, field) for run in world.catalogue.measurements)
    return Counter(slug for slug in slugs if slug is not None)


def _listing(kind: str, world: World, today: date) -> Listing:
    types = FIGURE_TYPES.get(kind, {})
    prices = current_prices(kind, world, today)
    columns = {name: _column(name, kind, world, prices) for name in types}
    return Listing(Figures(types, columns), prices)


def _column(
    name: str, kind: str, world: World, prices: Mapping[str, CurrentPrices]
) -> Mapping[str, Sortable | None]:
    entries = world.catalogue.of_kind(kind)
    make: Callable[[Any], Sortable | None]
    if name == "measured_runs":
        runs = run_counts(world, RUN_FIELD[kind])
        return {slug: runs[slug] for slug in entries}
    if name.startswith("price_"):
        return {slug: _amount(name, entries[slug], prices[slug]) for slug in entries}
    if name == "formats":
        formats = world.catalogue.quantizations.values()
        read = Counter(engine for q in formats for engine in set(q.engine_slugs))
        return {slug: read[slug] for slug in entries}
    make = _MADE[name]
    return {slug: make(fact) for slug, fact in entries.items()}


def _amount(name: str, fact: Fact, prices: CurrentPrices) -> Decimal | None:
    found = prices.used if name == "price_used_eur" else prices.new
    amount = None if found is None else found.typical
    if name != "price_per_gib_eur" or amount is None:
        return amount
    size = fact.size_gib if isinstance(fact, MemoryModuleFacts) else None
    return (amount / Decimal(repr(size))).quantize(_SMALL) if size else None


def cpu_bandwidth_gbs(cpu: CpuFacts) -> float | None:
    """Peak of one socket with all channels at the CPU's fastest, within what its chiplets carry."""
    return number(
        read_bandwidth_gbs(
            dram_bandwidth_gbs(or_unknown(cpu.memory_channels), or_unknown(cpu.memory_mts_max)),
            fabric_bandwidth_gbs(
                or_unknown(cpu.ccds),
                or_unknown(cpu.ccd_read_bytes_per_clk),
                or_unknown(cpu.fclk_ghz),
            ),
        )
    )


def channel_bandwidth_gbs(module: MemoryModuleFacts) -> float | None:
    """Peak of one channel with such a module at its rated speed."""
    return number(dram_bandwidth_gbs(1, or_unknown(module.mts)))


def runs_on(engine: EngineFacts) -> str:
    """The hardware an engine drives: "AMD, NVIDIA", "CPU"."""
    cpu = [] if engine.gpu_vendors and "cpu-only" not in engine.placements else ["CPU"]
    return ", ".join([*sorted(engine.gpu_vendors), *cpu])


def _year(field: str) -> Callable[[Fact], int | None]:
    def year(fact: Fact) -> int | None:
        text = str(getattr(fact, field) or "")[:4]
        return int(text) if text.isdigit() else None

    return year


_MADE: Final[Mapping[str, Callable[[Any], Sortable | None]]] = {
    "memory_bandwidth_gbs": cpu_bandwidth_gbs,
    "channel_bandwidth_gbs": channel_bandwidth_gbs,
    "launch_year": _year("launch_date"),
    "release_year": _year("release_date"),
    "engines": lambda quantization: len(set(quantization.engine_slugs)),
    "runs_on": runs_on,
}


def runs_of(world: World, kind: str, slug: str) -> list[MeasurementFacts]:
    """Measured runs of one entry, newest first and undated last; a system's are its GPUs' or CPU's.

    Of a system those count whose device, number of GPUs and model of CPU are its own.
    """
    field = RUN_FIELD.get(kind)
    runs = world.catalogue.measurements
    if field is not None:
        found = [run for run in runs if getattr(run, field) == slug]
    elif kind == "systems":
        system = world.catalogue.systems[slug]
        found = [
            run
            for run in runs
            if (run.gpu_slug is not None or run.cpu_slug is not None)
            and run.gpu_slug == system.gpu_slug
            and (system.gpu_slug is not None or run.cpu_slug == system.cpu_slug)
            and (run.gpu_count or 1) == max(system.gpu_count * system.nodes, 1)
        ]
    else:
        found = []
    return sorted(found, key=lambda run: run.observed_on or "", reverse=True)


#: Kinds whose lists carry prices.
PRICED: Final = frozenset(SOLD)

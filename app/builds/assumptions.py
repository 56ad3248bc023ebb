"""Figures that cost and power rest on and that no catalogue entry carries.

Two reviewed seed files: what the rest of a self-built machine costs on each platform, and the
assumptions, each with its unit and source.
"""

import csv
import json
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Literal, cast, get_args

from app.catalogue.dates import first_day

Component = Literal["board", "psu", "case", "storage", "cooling"]
COMPONENTS: tuple[Component, ...] = get_args(Component)
ANY_PLATFORM = "*"

AssumptionKey = Literal[
    "stale_price_days",
    "stale_price_widening",
    "fresh_price_days",
    "price_range_days",
    "memory_price_range_days",
    "single_price_spread",
    "psu_efficiency",
    "memory_w_per_gib",
    "platform_w",
    "gpu_idle_w",
    "gpu_idle_hbm_w",
    "host_idle_desktop_w",
    "host_idle_server_w",
]


@dataclass(frozen=True, slots=True)
class Assumption:
    """One assumed figure: what it is, its unit and why it has this value."""

    label: str
    value: Decimal
    unit: str
    source: str


@dataclass(frozen=True, slots=True)
class Remainder:
    """What one component of a self-built machine costs on a platform, as a dated range."""

    platform_slug: str
    component: Component
    watts_max: float | None
    low: Decimal
    high: Decimal
    currency: str
    observed_on: str
    source: str
    notes: str | None


@dataclass(frozen=True, slots=True)
class CostAssumptions:
    """Both seed files, read and checked."""

    assumptions: dict[AssumptionKey, Assumption]
    remainders: tuple[Remainder, ...]

    def figure(self, key: AssumptionKey) -> float:
        """An assumption as a float, for physics."""
        return float(self.assumptions[key].value)

    def amount(self, key: AssumptionKey) -> Decimal:
        """An assumption as a decimal, for money."""
        return self.assumptions[key].value

    def remainder(self, component: Component, platform_slug: str) -> Remainder | None:
        """The component's price on this platform, else the one that holds for any."""
        return self._first(component, platform_slug) or self._first(component, ANY_PLATFORM)

    def psu_for(self, watts: float) -> tuple[Remainder, int]:
        """The smallest class of power supply that gives ``watts``, and how many of them."""
        classes = sorted(
            (r for r in self.remainders if r.component == "psu"), key=lambda r: r.watts_max or 0.0
        )
        for row in classes:
            if (row.watts_max or 0.0) >= watts:
                return row, 1
        largest = classes[-1]
        return largest, int(-(-watts // (largest.watts_max or 1.0)))

    def _first(self, component: Component, platform_slug: str) -> Remainder | None:
        for row in self.remainders:
            if row.component == component and row.platform_slug == platform_slug:
                return row
        return None


def load_cost_data(seed_dir: Path) -> CostAssumptions:
    """Read ``platform_remainders.csv`` and ``cost_assumptions.json`` from ``seed_dir``.

    Raises:
        FileNotFoundError: a file is missing.
        ValueError: an assumption is missing or unknown, or a row makes no sense.
    """
    raw = json.loads((seed_dir / "cost_assumptions.json").read_text(encoding="utf-8"))
    expected = set(get_args(AssumptionKey))
    if set(raw) != expected:
        raise ValueError(f"cost_assumptions.json: wrong keys {sorted(set(raw) ^ expected)}")
    assumptions = {
        cast(AssumptionKey, key): Assumption(
            entry["label"], Decimal(entry["value"]), entry["unit"], entry["source"]
        )
        for key, entry in raw.items()
    }
    with (seed_dir / "platform_remainders.csv").open(encoding="utf-8", newline="") as file:
        remainders = tuple(_remainder(row) for row in csv.DictReader(file))
    return CostAssumptions(assumptions, remainders)


def _remainder(row: dict[str, str]) -> Remainder:
    low, high = Decimal(row["low"]), Decimal(row["high"])
    sensible = row["component"] in COMPONENTS and 0 < low <= high and row["source"]
    if not sensible or first_day(row["observed_on"]) is None:
        raise ValueError(f"platform_remainders.csv: {row}")
    return Remainder(
        platform_slug=row["platform_slug"],
        component=cast(Component, row["component"]),
        watts_max=float(row["watts_max"]) if row["watts_max"] else None,
        low=low,
        high=high,
        currency=row["currency"],
        observed_on=row["observed_on"],
        source=row["source"],
        notes=row["notes"] or None,
    )

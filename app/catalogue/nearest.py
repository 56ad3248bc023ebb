"""Entries that come near another: by what decides speed and size, each difference in doublings."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import log2
from typing import Any, Final

from app.catalogue.facts import Fact
from app.catalogue.queries import NO_FIGURES, Figures
from app.catalogue.snapshot import Catalogue


@dataclass(frozen=True, slots=True)
class _Measure:
    """What counts for a kind: figures by their ratio, names by being the same."""

    figures: Mapping[str, float]
    names: Mapping[str, float]


_MEASURES: Final[Mapping[str, _Measure]] = {
    "gpus": _Measure(
        {"memory_gib": 1, "bandwidth_gbs": 1, "fp16_tflops_dense": 0.5, "price_new_eur": 0.5},
        {"unified_memory": 1, "form_factor": 0.25},
    ),
    "cpus": _Measure(
        {"memory_bandwidth_gbs": 1, "cores": 0.5, "memory_gib_max": 0.25, "price_new_eur": 0.5},
        {"segment": 0.5, "socket": 0.25},
    ),
    "memory-modules": _Measure({"size_gib": 1, "mts": 2}, {"memory_type": 4, "ecc": 0.5}),
    "systems": _Measure(
        {
            "gpu_usable_memory_gib": 1,
            "memory_gib": 0.5,
            "memory_bandwidth_gbs": 1,
            "price_new_eur": 0.5,
        },
        {"system_class": 0.5, "gpu_slug": 0.5, "unified_memory": 1},
    ),
    "models": _Measure(
        {"params_total_b": 1, "params_active_b": 1, "context_max_tokens": 0.1},
        {"architecture": 1, "attention": 0.25},
    ),
    "quantizations": _Measure({"body_bits": 4}, {"kind": 8, "family": 1, "weight_only": 0.25}),
    "engines": _Measure(
        {"memory_utilization": 0.5}, {"family": 1, "backend": 1, "batching": 1, "runs_on": 0.5}
    ),
}
#: What counts for a figure that only one of two entries states, and for one that neither does.
_ONE_UNKNOWN: Final = 2.0
_BOTH_UNKNOWN: Final = 0.5
#: What something that could be bought instead has in common with what is no longer sold.
_ALIKE: Final[Mapping[str, tuple[str, ...]]] = {
    "gpus": ("vendor", "segment", "form_factor"),
    "cpus": ("vendor", "segment"),
    "systems": ("vendor", "system_class"),
}
#: Statuses of what is still sold new, and of what is not.
SOLD: Final = "current"
GONE: Final = frozenset({"used", "used-market", "discontinued", "superseded"})


def nearest(
    catalogue: Catalogue, kind: str, slug: str, count: int, figures: Figures = NO_FIGURES
) -> list[Fact]:
    """The entries that come nearest to one, nearest first."""
    entries = catalogue.of_kind(kind)
    own = entries[slug]
    others = (fact for fact in entries.values() if fact.slug != slug)
    ranked = sorted(others, key=lambda fact: (_distance(kind, own, fact, figures), fact.slug))
    return ranked[:count]


def still_sold(
    catalogue: Catalogue, kind: str, slug: str, figures: Figures = NO_FIGURES
) -> Fact | None:
    """Of something no longer sold new, the nearest by its maker that is, of its sort and as large.

    None for what is still sold, and where its maker sells nothing of its sort any more.
    """
    own = catalogue.of_kind(kind)[slug]
    if kind not in _ALIKE or getattr(own, "status", None) not in GONE:
        return None
    return next(
        (
            fact
            for fact in nearest(catalogue, kind, slug, len(catalogue.of_kind(kind)), figures)
            if getattr(fact, "status", None) == SOLD
            and all(getattr(fact, name) == getattr(own, name) for name in _ALIKE[kind])
            and (getattr(fact, "memory_gib", None) or 0) >= (getattr(own, "memory_gib", None) or 0)
        ),
        None,
    )


def _distance(kind: str, one: Fact, other: Fact, figures: Figures) -> float:
    measure = _MEASURES[kind]
    apart = 0.0
    for name, weight in measure.figures.items():
        apart += weight * _doublings(_value(one, name, figures), _value(other, name, figures))
    for name, weight in measure.names.items():
        apart += weight * (_value(one, name, figures) != _value(other, name, figures))
    return apart


def _doublings(one: Any, other: Any) -> float:
    """How far two positive figures are apart, as log2 of their ratio."""
    if not one and not other:
        return _BOTH_UNKNOWN
    if not one or not other:
        return _ONE_UNKNOWN
    return abs(log2(float(one) / float(other)))


def _value(fact: Fact, name: str, figures: Figures) -> Any:
    if name in figures.types:
        return figures.values[name].get(fact.slug)
    return getattr(fact, name, None)

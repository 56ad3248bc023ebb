"""What makes a run slower than its machine's peaks: effects on each term, and what they depend on.

The formulas of `decode.py` and `prefill.py` give the seconds a machine would take at its peaks. A
real engine takes a multiple of each. The logarithm of that multiple is a sum of effects: one of the
engine, one of the driver on this vendor, one of the architecture, and so on down to the product,
each shrunk towards zero, so that what nobody measured falls back on what it has in common with what
somebody did. Fitting and estimating use this one list.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from app.estimator.workload import Placement

Regime = Literal[
    "gpu-decode",
    "gpu-prefill",
    "cpu-decode",
    "cpu-prefill",
    "offload-decode",
    "offload-prefill",
    "serving-decode",
    "serving-prefill",
]
REGIMES: tuple[Regime, ...] = get_args(Regime)
Phase = Literal["decode", "prefill"]

#: Fitted logarithms: regime -> term -> effect -> value.
Effects = Mapping[str, Mapping[str, Mapping[str, float]]]
#: Which effects each term has: regime -> term -> their names in `EFFECTS`, in order.
Plan = Mapping[Regime, Mapping[str, tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class Kind:
    """The categories a run is known by. ``None`` is a category nobody knows."""

    engine: str
    engine_family: str
    backend: str
    weight_format: str
    attention: str
    is_moe: bool
    is_linear: bool
    year: float  # of the engine's build
    flash_attention: bool
    vendor: str | None = None  # of the GPU
    family: str | None = None
    product: str | None = None
    memory_kind: str | None = None  # hbm, gddr, lpddr
    cards: int = 1
    narrow_host: bool = False  # a single-board computer drives the card
    through_host: bool = False  # what one card sends another goes through the host's memory
    cpu_vendor: str | None = None
    cpu_segment: str | None = None
    cpu_product: str | None = None
    isa: str | None = None
    sockets: int = 1
    cpu_bandwidth_gbs: float = math.nan
    memory_guessed: bool = False  # how the memory is plugged in is not stated


#: Effects that slide with a figure rather than belong to a category, and where they are zero.
REFERENCE_YEAR = 2026.0
REFERENCE_CPU_GBS = 100.0

_Found = Iterator[tuple[str, float]]


def _category(name: str, of: Callable[[Kind], str | None]) -> Callable[[Kind], _Found]:
    def found(kind: Kind) -> _Found:
        value = of(kind)
        if value is not None:
            yield f"{name}:{value}", 1.0

    return found


def _flag(name: str, of: Callable[[Kind], bool]) -> Callable[[Kind], _Found]:
    def found(kind: Kind) -> _Found:
        if of(kind):
            yield name, 1.0

    return found


def _slope(name: str, of: Callable[[Kind], float]) -> Callable[[Kind], _Found]:
    def found(kind: Kind) -> _Found:
        value = of(kind)
        if math.isfinite(value) and value != 0.0:
            yield name, value

    return found


def _driver(kind: Kind) -> str | None:
    return None if kind.vendor is None else f"{kind.backend}-{kind.vendor}"


def _driver_date(kind: Kind) -> _Found:
    driver = _driver(kind)
    if driver is not None:
        yield f"driver-date:{driver}", kind.year - REFERENCE_YEAR


def _driver_moe(kind: Kind) -> str | None:
    return _driver(kind) if kind.is_moe else None


def _engine_cpu_vendor(kind: Kind) -> str | None:
    return None if kind.cpu_vendor is None else f"{kind.engine_family}@{kind.cpu_vendor}"


def _log_bandwidth(kind: Kind) -> float:
    return math.log(kind.cpu_bandwidth_gbs / REFERENCE_CPU_GBS)


#: Every effect there is, by name: which categories or slides of a `Kind` carry it.
EFFECTS: Mapping[str, Callable[[Kind], _Found]] = {
    "base": _flag("base", lambda k: True),
    "engine": _category("engine", lambda k: k.engine_family),
    "driver": _category("driver", _driver),
    "vendor": _category("vendor", lambda k: k.vendor),
    "family": _category("family", lambda k: k.family),
    "engine-family": _category(
        "engine-family", lambda k: None if k.family is None else f"{k.engine}@{k.family}"
    ),
    "product": _category("product", lambda k: k.product),
    "format": _category("format", lambda k: k.weight_format),
    "engine-format": _category("engine-format", lambda k: f"{k.engine_family}@{k.weight_format}"),
    "cards": _slope("cards", lambda k: math.log2(k.cards)),
    "narrow-host": _flag("narrow-host", lambda k: k.narrow_host),
    "hbm": _flag("hbm", lambda k: k.memory_kind == "hbm"),
    "moe": _flag("moe", lambda k: k.is_moe),
    "driver-moe": _category("driver-moe", _driver_moe),
    "linear": _flag("linear", lambda k: k.is_linear),
    "attention": _category("attention", lambda k: k.attention or None),
    "no-flash-attention": _flag("no-flash-attention", lambda k: not k.flash_attention),
    "date": _slope("date", lambda k: k.year - REFERENCE_YEAR),
    "driver-date": _driver_date,
    "through-host": _flag("through-host", lambda k: k.through_host),
    "cpu-vendor": _category("cpu-vendor", lambda k: k.cpu_vendor),
    "engine-cpu-vendor": _category("engine-cpu-vendor", _engine_cpu_vendor),
    "cpu-segment": _category("cpu-segment", lambda k: k.cpu_segment),
    "cpu-product": _category("cpu-product", lambda k: k.cpu_product),
    "isa": _category("isa", lambda k: k.isa),
    "two-sockets": _flag("two-sockets", lambda k: k.sockets > 1),
    "memory-guessed": _flag("memory-guessed", lambda k: k.memory_guessed),
    "cpu-bandwidth": _slope("cpu-bandwidth", _log_bandwidth),
}

#: The fields of a `Kind` each effect looks at.
READS: Mapping[str, tuple[str, ...]] = {
    "base": (),
    "engine": ("engine_family",),
    "driver": ("backend", "vendor"),
    "vendor": ("vendor",),
    "family": ("family",),
    "engine-family": ("engine", "family"),
    "product": ("product",),
    "format": ("weight_format",),
    "engine-format": ("engine_family", "weight_format"),
    "cards": ("cards",),
    "narrow-host": ("narrow_host",),
    "hbm": ("memory_kind",),
    "moe": ("is_moe",),
    "driver-moe": ("backend", "vendor", "is_moe"),
    "linear": ("is_linear",),
    "attention": ("attention",),
    "no-flash-attention": ("flash_attention",),
    "date": ("year",),
    "driver-date": ("backend", "vendor", "year"),
    "through-host": ("through_host",),
    "cpu-vendor": ("cpu_vendor",),
    "engine-cpu-vendor": ("engine_family", "cpu_vendor"),
    "cpu-segment": ("cpu_segment",),
    "cpu-product": ("cpu_product",),
    "isa": ("isa",),
    "two-sockets": ("sockets",),
    "memory-guessed": ("memory_guessed",),
    "cpu-bandwidth": ("cpu_bandwidth_gbs",),
}
#: Fields that belong to the hardware; the others belong to what runs on it.
DEVICE_FIELDS = frozenset(
    {
        "vendor",
        "family",
        "product",
        "memory_kind",
        "cards",
        "narrow_host",
        "through_host",
        "cpu_vendor",
        "cpu_segment",
        "cpu_product",
        "isa",
        "sockets",
        "cpu_bandwidth_gbs",
        "memory_guessed",
    }
)

_CPU_WEIGHTS = (
    "base",
    "engine",
    "cpu-segment",
    "cpu-vendor",
    "cpu-product",
    "moe",
    "two-sockets",
    "memory-guessed",
    "cpu-bandwidth",
)
_CPU_COMPUTE = ("base", "engine", "cpu-vendor", "cpu-product", "moe", "two-sockets")

#: Which effects each term has. What buys nothing on left-out hardware and models is not here.
PLAN: Plan = {
    "gpu-decode": {
        "weights": (
            "base",
            "engine",
            "driver",
            "family",
            "engine-family",
            "product",
            "format",
            "narrow-host",
            "hbm",
            "linear",
            "moe",
        ),
        "kv": ("base", "engine", "no-flash-attention"),
        "attention": ("base", "driver", "engine", "no-flash-attention"),
        "dequantize": ("base", "format", "driver"),
        "layers": (
            "base",
            "engine",
            "driver",
            "family",
            "narrow-host",
            "date",
            "linear",
            "moe",
        ),
        "hops": ("base", "driver", "engine"),
    },
    "gpu-prefill": {
        "compute": (
            "base",
            "engine",
            "driver",
            "engine-family",
            "format",
            "driver-date",
            "linear",
            "moe",
            "driver-moe",
        ),
        "attention": ("base", "driver", "engine", "attention", "no-flash-attention"),
        "weights": ("base",),
        "layers": ("base", "engine", "driver", "linear"),
        "routing": ("base",),
        "energy": ("base",),
    },
    "cpu-decode": {
        "weights": _CPU_WEIGHTS,
        "kv": ("base",),
        "compute": _CPU_COMPUTE,
        "attention": ("base", "engine"),
        "layers": ("base", "engine", "moe", "two-sockets"),
    },
    "cpu-prefill": {
        "compute": (*_CPU_COMPUTE, "isa", "engine-format", "engine-cpu-vendor"),
        "attention": ("base", "engine"),
        "weights": ("base",),
        "layers": ("base", "engine", "moe", "two-sockets"),
    },
    "offload-decode": {
        "host": ("base", "engine", "format", "moe", "cpu-product", "cpu-segment"),
        "weights": ("base",),
        "kv": ("base",),
        "attention": ("base", "engine"),
        "dequantize": ("base",),
        "layers": ("base", "engine", "moe"),
    },
    # the card's own part of a prompt costs what it costs without a CPU
    "offload-prefill": {
        "cores": ("base", "isa"),
        "host": ("base",),
        "carried": ("base",),
    },
    "serving-decode": {
        "weights": ("base", "engine", "vendor", "product", "cards"),
        "kv": ("base", "engine"),
        "tokens": ("base", "engine", "vendor"),
        "layers": ("base", "engine", "vendor", "linear", "moe"),
        "allreduce": ("base", "engine", "vendor"),
        "exchange": ("base", "through-host"),
    },
    "serving-prefill": {
        "compute": ("base", "engine", "vendor", "product", "linear", "moe", "cards"),
        "attention": ("base",),
        "layers": ("base", "engine", "vendor", "date", "linear", "moe", "cards"),
        "exchange": ("base", "through-host"),
    },
}


def effects_on(regime: Regime, term: str, kind: Kind) -> list[tuple[str, float]]:
    """Names of all effects on a term, each with the weight it counts by (1 for a category)."""
    names = PLAN[regime].get(term, ())
    return [found for name in names for found in EFFECTS[name](kind)]


def multiples(effects: Effects, regime: Regime, kind: Kind) -> dict[str, float]:
    """How many times its peak time each term of a regime takes: exp of the sum of its effects."""
    fitted = effects.get(regime, {})
    return {
        term: math.exp(
            sum(
                fitted.get(term, {}).get(name, 0.0) * by
                for name, by in effects_on(regime, term, kind)
            )
        )
        for term in PLAN[regime]
    }


class Devices:
    """Kinds of hardware, many of them alike in what an effect looks at."""

    def __init__(self, kinds: Sequence[Kind]) -> None:
        """Of each device its kind; what runs on it is not looked at."""
        self.kinds = tuple(kinds)
        self._different: dict[tuple[str, ...], tuple[Devices, NDArray[np.intp]]] = {}

    def __len__(self) -> int:
        return len(self.kinds)

    def different(self, fields: tuple[str, ...]) -> "tuple[Devices, NDArray[np.intp]]":
        """One device for each combination of some fields, and which of them each device is like."""
        if fields not in self._different:
            first, codes = _distinct(self.kinds, fields)
            self._different[fields] = Devices(first), codes
        return self._different[fields]


def device_fields_of(regime: Regime) -> tuple[str, ...]:
    """What of the hardware a regime's effects look at."""
    reads = {f for names in PLAN[regime].values() for name in names for f in READS[name]}
    return tuple(sorted(reads & DEVICE_FIELDS))


def multiples_table(
    effects: Effects, regime: Regime, deployments: Sequence[Kind], devices: Devices
) -> dict[str, NDArray[np.float64]]:
    """`multiples` of every deployment on every device: term -> (deployments x devices).

    Takes what runs from the one kind and the hardware from the other. The same effects, each looked
    up once for every combination of the fields it reads instead of once for every pair.
    """
    fitted = effects.get(regime, {})
    table = {}
    for term, names in PLAN[regime].items():
        values = fitted.get(term, {})
        logs = np.zeros((len(deployments), len(devices)))
        for name in names:
            logs += _effect_table(name, values, deployments, devices)
        table[term] = np.exp(logs)
    return table


def _effect_table(
    name: str, values: Mapping[str, float], deployments: Sequence[Kind], devices: Devices
) -> NDArray[np.float64]:
    """One effect's logarithm for every deployment on every device."""
    on_device = tuple(field for field in READS[name] if field in DEVICE_FIELDS)
    on_deployment = tuple(field for field in READS[name] if field not in DEVICE_FIELDS)
    some_deployments, rows = _distinct(deployments, on_deployment)
    some_devices, columns = devices.different(on_device)
    small = np.zeros((len(some_deployments), len(some_devices)))
    for i, deployment in enumerate(some_deployments):
        running = _values(deployment, on_deployment)
        for j, device in enumerate(some_devices.kinds):
            found = _found(name, on_deployment, running, on_device, _values(device, on_device))
            small[i, j] = sum(values.get(effect, 0.0) * by for effect, by in found)
    return small[np.ix_(rows, columns)]


#: A kind of which nothing is known: effects look at what is put into it.
_BLANK = Kind("", "", "", "", "", False, False, REFERENCE_YEAR, False)


@lru_cache(maxsize=1 << 17)
def _found(
    name: str,
    on_deployment: tuple[str, ...],
    running: tuple[object, ...],
    on_device: tuple[str, ...],
    hardware: tuple[object, ...],
) -> tuple[tuple[str, float], ...]:
    """An effect's names and weights for what it looks at: the same for every question."""
    known = dict(zip((*on_deployment, *on_device), (*running, *hardware), strict=True))
    return tuple(EFFECTS[name](replace(_BLANK, **known)))  # type: ignore[arg-type]


def _values(kind: Kind, fields: Sequence[str]) -> tuple[object, ...]:
    return tuple(getattr(kind, field) for field in fields)


def _distinct(kinds: Sequence[Kind], fields: Sequence[str]) -> tuple[list[Kind], NDArray[np.intp]]:
    """One kind for each combination of some fields, and which of them each kind is like."""
    number: dict[tuple[object, ...], int] = {}
    first: list[Kind] = []
    codes = np.empty(len(kinds), dtype=np.intp)
    for i, kind in enumerate(kinds):
        key = _values(kind, fields)
        if key not in number:
            number[key] = len(first)
            first.append(kind)
        codes[i] = number[key]
    return first, codes


def regime_of(placement: Placement, serving: bool, phase: Phase) -> Regime:
    """Which fit a run belongs to."""
    if placement == "cpu-only":
        return "cpu-decode" if phase == "decode" else "cpu-prefill"
    if placement in ("expert-offload", "layer-offload"):
        return "offload-decode" if phase == "decode" else "offload-prefill"
    if serving:
        return "serving-decode" if phase == "decode" else "serving-prefill"
    return "gpu-decode" if phase == "decode" else "gpu-prefill"

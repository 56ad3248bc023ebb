"""What effects are like before any run speaks: means where physics or experience has one.

A deviation says how far runs may pull an effect from its mean; a narrow one makes products of a
family share what they have in common. All are logarithms.
"""

from collections.abc import Mapping
from math import log

from app.estimator.effects import Regime
from app.evidence.fit import Prior, Priors


def _each(deviation: float, *names: str) -> dict[str, Prior]:
    return {name: Prior(0.0, deviation) for name in names}


_CPU_SHARED = _each(0.15, "cpu-vendor", "cpu-product")

PRIORS: Mapping[Regime, Priors] = {
    "gpu-decode": {
        "weights": {
            "base": Prior(0.15, 0.3),
            "engine": Prior(0.0, 0.2),
            "driver": Prior(0.0, 0.15),
            **_each(0.1, "family", "linear", "moe"),
            "narrow-host": Prior(0.3, 0.4),
            **_each(0.07, "engine-family", "format"),
            "product": Prior(0.0, 0.05),
            "hbm": Prior(0.17, 0.2),
        },
        "kv": {
            "base": Prior(0.0, 0.3),
            "engine": Prior(0.0, 0.2),
            "no-flash-attention": Prior(0.2, 0.3),
        },
        "attention": {
            "base": Prior(log(6), 0.5),
            **_each(0.3, "driver", "engine"),
            "no-flash-attention": Prior(0.4, 0.3),
        },
        "dequantize": {"base": Prior(log(3), 1.0), **_each(0.5, "format", "driver")},
        "layers": {
            "base": Prior(log(60), 0.5),
            **_each(0.2, "engine", "family"),
            "driver": Prior(0.0, 0.3),
            "narrow-host": Prior(0.5, 0.5),
            "date": Prior(-0.25, 0.1),
            "linear": Prior(0.2, 0.2),
            "moe": Prior(0.5, 0.3),
        },
        "hops": {"base": Prior(log(0.4), 0.5), **_each(0.3, "driver", "engine")},
    },
    "gpu-prefill": {
        "compute": {
            "base": Prior(log(1.8), 0.4),
            **_each(0.3, "engine", "driver"),
            "linear": Prior(0.0, 0.2),
            **_each(0.15, "engine-family", "format", "driver-date"),
            "moe": Prior(0.37, 0.2),
            "driver-moe": Prior(0.0, 0.4),
        },
        "attention": {
            "base": Prior(log(6), 0.5),
            **_each(0.5, "driver", "engine"),
            "attention": Prior(0.0, 0.3),
            "no-flash-attention": Prior(0.4, 0.3),
        },
        "weights": {"base": Prior(0.1, 0.1)},
        "layers": {
            "base": Prior(log(500), 0.8),
            **_each(0.4, "engine", "driver", "linear"),
        },
        "routing": {"base": Prior(log(2), 0.7)},
        "energy": {"base": Prior(log(2), 1.0)},
    },
    "cpu-decode": {
        "weights": {
            "base": Prior(0.35, 0.3),
            **_each(0.2, "engine", "cpu-segment"),
            **_CPU_SHARED,
            "moe": Prior(0.3, 0.2),
            "two-sockets": Prior(0.0, 0.2),
            "memory-guessed": Prior(0.2, 0.2),
            "cpu-bandwidth": Prior(0.0, 0.1),
        },
        "kv": {"base": Prior(0.3, 0.3)},
        "compute": {
            "base": Prior(log(3), 0.7),
            **_CPU_SHARED,
            "engine": Prior(0.0, 0.4),
            "moe": Prior(0.2, 0.2),
            "two-sockets": Prior(0.2, 0.3),
        },
        "attention": {"base": Prior(log(4), 0.6), "engine": Prior(0.0, 0.4)},
        "layers": {
            "base": Prior(log(60), 0.8),
            "engine": Prior(0.0, 0.3),
            "moe": Prior(0.5, 0.5),
            "two-sockets": Prior(0.3, 0.3),
        },
    },
    "cpu-prefill": {
        "compute": {
            "base": Prior(log(2), 0.7),
            "engine": Prior(0.0, 0.4),
            "isa": Prior(0.0, 0.3),
            "engine-format": Prior(0.0, 0.25),
            **_each(0.2, "cpu-vendor", "engine-cpu-vendor"),
            "cpu-product": Prior(0.0, 0.15),
            "moe": Prior(0.2, 0.2),
            "two-sockets": Prior(0.4, 0.3),
        },
        "attention": {"base": Prior(log(4), 0.6), "engine": Prior(0.0, 0.4)},
        "weights": {"base": Prior(0.1, 0.1)},
        "layers": {
            "base": Prior(log(500), 0.8),
            "engine": Prior(0.0, 0.3),
            "moe": Prior(0.5, 0.5),
            "two-sockets": Prior(0.3, 0.3),
        },
    },
    "offload-decode": {
        "host": {
            "base": Prior(log(1.9), 0.4),
            **_each(0.25, "engine", "format"),
            **_each(0.15, "cpu-product", "cpu-segment"),
            "moe": Prior(0.2, 0.2),
        },
        "weights": {"base": Prior(0.0, 0.15)},
        "kv": {"base": Prior(0.0, 0.3)},
        "attention": {"base": Prior(0.0, 0.3), "engine": Prior(0.0, 0.3)},
        "dequantize": {"base": Prior(0.0, 0.15)},
        "layers": {
            "base": Prior(0.5, 0.6),
            "engine": Prior(0.0, 0.4),
            "moe": Prior(0.0, 0.5),
        },
    },
    "offload-prefill": {
        "cores": {"base": Prior(0.3, 0.6), "isa": Prior(0.0, 0.3)},
        "host": {"base": Prior(0.4, 0.2)},
        "carried": {"base": Prior(0.1, 0.15)},
    },
    "serving-decode": {
        "weights": {
            "base": Prior(log(1.22), 0.15),
            **_each(0.1, "engine", "vendor", "product"),
            "cards": Prior(0.0, 0.2),
        },
        "kv": {"base": Prior(-0.1, 0.3), "engine": Prior(0.0, 0.2)},
        "tokens": {"base": Prior(log(1.9), 0.3), **_each(0.2, "engine", "vendor")},
        "layers": {
            "base": Prior(log(60), 0.5),
            **_each(0.4, "engine", "vendor"),
            "linear": Prior(0.2, 0.3),
            "moe": Prior(0.3, 0.2),
        },
        "allreduce": {"base": Prior(0.0, 0.2), **_each(0.2, "engine", "vendor")},
        "exchange": {"base": Prior(log(2), 0.2), "through-host": Prior(0.7, 0.3)},
    },
    "serving-prefill": {
        "compute": {
            "base": Prior(log(1.7), 0.15),
            **_each(0.2, "engine", "linear", "moe", "cards"),
            "vendor": Prior(0.0, 0.3),
            "product": Prior(0.0, 0.1),
        },
        "attention": {"base": Prior(log(4), 0.5)},
        "layers": {
            "base": Prior(log(150), 0.4),
            **_each(0.3, "engine", "vendor", "linear", "moe"),
            "date": Prior(0.0, 0.2),
            "cards": Prior(0.3, 0.2),
        },
        "exchange": {"base": Prior(log(2), 0.3), "through-host": Prior(0.7, 0.3)},
    },
}

#: Log error from which a run counts as an outlier.
SCALES: Mapping[Regime, float] = {
    "gpu-decode": 0.10,
    "gpu-prefill": 0.15,
    "cpu-decode": 0.15,
    "cpu-prefill": 0.15,
    "offload-decode": 0.15,
    "offload-prefill": 0.2,
    "serving-decode": 0.15,
    "serving-prefill": 0.2,
}

"""Numbers for Prometheus: what is asked, how long it takes, what is refused, what is loaded.

Labels are route templates, never addresses: nothing of what people ask stands in them.
"""

import ipaddress
from collections.abc import Callable, Iterable
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.metrics_core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
#: Route of what no route answers to, so that made-up addresses make no series.
NO_ROUTE: Final = "none"
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
BUCKETS_S: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """The numbers of one application in one process."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._requests = Counter(
            "rigwise_requests",
            "Requests answered",
            ("route", "method", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "rigwise_request_seconds",
            "Time from a request's head to the end of its answer",
            ("route",),
            buckets=BUCKETS_S,
            registry=self._registry,
        )
        self._refused = Counter(
            "rigwise_refused",
            "Requests turned away: busy, or too many from one address",
            ("reason",),
            registry=self._registry,
        )
        self._database = Counter(
            "rigwise_database_errors",
            "Requests the database did not carry out, reading or writing",
            ("kind",),
            registry=self._registry,
        )
        for reason in ("busy", "rate", "shares"):
            self._refused.labels(reason)
        for kind in ("read", "write"):
            self._database.labels(kind)
        self._info = Gauge(
            "rigwise_info",
            "What is served: always 1, the labels tell",
            ("version", "calibration", "catalogue"),
            registry=self._registry,
        )

    def answered(self, route: str, method: str, status: int, seconds: float) -> None:
        """One request is done."""
        known = method if method in METHODS else "other"
        self._requests.labels(route, known, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def refused(self, reason: str) -> None:
        """One request was turned away."""
        self._refused.labels(reason).inc()

    def database_failed(self, method: str) -> None:
        """The database did not do what a request asked of it."""
        self._database.labels("read" if method in ("GET", "HEAD") else "write").inc()

    def serves(self, version: str, calibration: str, catalogue: str) -> None:
        """What is served from now on."""
        self._info.clear()
        self._info.labels(version, calibration, catalogue).set(1)

    def gauge(self, name: str, meaning: str, value: Callable[[], float]) -> None:
        """A number that is looked up when somebody asks."""
        Gauge(name, meaning, registry=self._registry).set_function(value)

    def crowd(self, running: Callable[[], float], waiting: Callable[[], float]) -> None:
        """Where to look up how many requests are worked on and how many wait."""
        self.gauge("rigwise_requests_running", "Requests worked on", running)
        self.gauge("rigwise_requests_waiting", "Requests in the queue", waiting)

    def counts(
        self, name: str, meaning: str, label: str, value: Callable[[], dict[str, float]]
    ) -> None:
        """Numbers that only grow, looked up when somebody asks, one for each value of a label."""
        self._registry.register(_Counts(name, meaning, label, value))

    def text(self) -> bytes:
        """All of it, as Prometheus reads it."""
        return generate_latest(self._registry)


class _Counts(Collector):
    def __init__(
        self, name: str, meaning: str, label: str, value: Callable[[], dict[str, float]]
    ) -> None:
        self._name, self._meaning, self._label, self._value = name, meaning, label, value

    def collect(self) -> Iterable[Metric]:
        found = CounterMetricFamily(self._name, self._meaning, labels=(self._label,))
        for label, count in self._value().items():
            found.add_metric((label,), count)
        yield found


def may_read(address: str, allowed: frozenset[str]) -> bool:
    """Whether an address is one of those, or in a network of those, that may read the numbers."""
    if "*" in allowed:
        return True
    try:
        asked = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(asked in ipaddress.ip_network(name, strict=False) for name in allowed)

"""How a build keeps up with people: requests at once by Little's law, and the class that gives.

L = lambda x W: on average so many requests are at work as arrive in the time one takes. The time a
request takes grows with the requests beside it, so the smallest whole number n is sought for which
n >= lambda x W(n).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.advisor.search.needs import ACTIVE_MAX, SECONDS_PER_HOUR, Needs
from app.advisor.search.rows import Rows, Tables, estimate_rows, fit_rows
from app.advisor.space.hosts import Column
from app.estimator.estimate import Estimate
from app.estimator.verdicts import CLASSES, Limits, workflow_class

#: Requests at once that are tried when counting how many people a build can serve.
LADDER: Final = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256)
_NON_VIABLE: Final = CLASSES.index("non-viable")
_INTERACTIVE: Final = CLASSES.index("interactive")


@dataclass(frozen=True, slots=True)
class Served:
    """What every row does with the demand. Speeds are of the main use case, per user."""

    active: Column  # requests at once
    fits: Column  # 1 yes, 0 no, NaN unknown
    keeps_up: NDArray[np.bool_]
    decode_tps: Column
    ttft_s: Column
    worst_class: NDArray[np.int64]  # over the mix, as places in `CLASSES`
    waits: NDArray[np.bool_]  # only the wait for other requests' prompts keeps it from its class

    @staticmethod
    def nothing() -> "Served":
        """No rows."""
        none, flags = np.zeros(0), np.zeros(0, dtype=bool)
        return Served(none, none, flags, none, none, np.zeros(0, dtype=np.int64), flags)

    def some(self, which: NDArray[np.bool_]) -> "Served":
        """A selection of the rows."""
        return Served(
            self.active[which],
            self.fits[which],
            self.keeps_up[which],
            self.decode_tps[which],
            self.ttft_s[which],
            self.worst_class[which],
            self.waits[which],
        )


def active_requests(requests_per_s: float, service_s: Column) -> Column:
    """Little's law: requests at once where each takes ``service_s`` seconds; at least one."""
    # a hair is forgiven, so that a rate worked out from a time gives its own number back
    return np.maximum(1.0, np.ceil(requests_per_s * service_s - 1e-9))


def holding(tables: Tables, rows: Rows, needs: Needs) -> NDArray[np.bool_]:
    """Rows that hold their model for at least one request of every use case."""
    held = np.ones(len(rows), dtype=bool)
    for use in needs.uses:
        fit = fit_rows(tables, rows, use.request, np.ones(len(rows)))
        held &= np.asarray(fit.fits) == 1.0
    return held


def serve(tables: Tables, rows: Rows, needs: Needs, limits: Limits) -> Served:
    """Every row under the demand."""
    n = len(rows)
    found = _Results.empty(n)
    if needs.active_requests is not None:
        given = np.full(n, float(needs.active_requests))
        found.put(np.arange(n), _at(tables, rows, needs, given, limits), given)
        return found.served(np.ones(n, dtype=bool))
    active = np.ones(n)
    keeps_up = np.ones(n, dtype=bool)
    open_rows = np.arange(n)
    while open_rows.size:
        some = rows.some(open_rows) if open_rows.size < n else rows
        tried = active[open_rows]
        here = _at(tables, some, needs, tried, limits)
        found.put(open_rows, here, tried)
        wanted = np.nan_to_num(active_requests(needs.requests_per_s, here.service_s), nan=1.0)
        grows = wanted > tried
        # more requests make no build faster: what fails its class here fails it with more
        hopeless = (here.worst_class > needs.worst_class) | (here.fits != 1.0)
        keeps_up[open_rows[grows & ~hopeless & (wanted > ACTIVE_MAX)]] = False
        active[open_rows] = wanted
        open_rows = open_rows[grows & ~hopeless & (wanted <= ACTIVE_MAX)]
    return found.served(keeps_up)


def requests_per_hour_max(tables: Tables, rows: Rows, needs: Needs, limits: Limits) -> Column:
    """Most requests an hour each row serves while every use case keeps its class.

    n requests at once give n / W(n) a second; of the steps of `LADDER` that fit and keep the class
    the best counts. NaN where not even one request is served so.
    """
    return most_requests(tables, rows, needs, limits).per_hour


@dataclass(frozen=True, slots=True)
class Most:
    """How many requests rows serve, and what ended the count."""

    per_hour: Column  # NaN where not even one request at a time is served as asked
    ran_out: Column  # requests at once for which memory ran out; 0 where something else did
    waited: Column  # requests at once whose prompts waited too long; 0 where something else did


def most_requests(tables: Tables, rows: Rows, needs: Needs, limits: Limits) -> Most:
    """`requests_per_hour_max`, and what set the limit: memory, waiting, or something else."""
    return _climbed(
        tables,
        rows,
        needs,
        limits,
        lambda here: (here.fits == 1.0) & (here.worst_class <= needs.worst_class),
    )


def most_requests_but_for_waiting(
    tables: Tables, rows: Rows, needs: Needs, limits: Limits
) -> Column:
    """A bound: the most requests an hour rows could serve were waiting no matter, nor memory.

    No computer that answers more slowly serves more than this, however much memory it has.
    """
    return _climbed(tables, rows, needs, limits, lambda here: here.quick).per_hour


def _climbed(
    tables: Tables,
    rows: Rows,
    needs: Needs,
    limits: Limits,
    passes: Callable[["_Here"], NDArray[np.bool_]],
) -> Most:
    """Up `LADDER` with every row as long as it ``passes``; the most requests an hour on the way."""
    n = len(rows)
    most, ran_out, waited = np.full(n, np.nan), np.zeros(n), np.zeros(n)
    open_rows = np.arange(n)
    for step in LADDER:
        some = rows.some(open_rows) if open_rows.size < n else rows
        here = _at(tables, some, needs, np.full(open_rows.size, float(step)), limits)
        ran_out[open_rows[here.fits == 0.0]] = step
        waited[open_rows[here.waits]] = step
        good = passes(here)
        open_rows = open_rows[good]
        if not open_rows.size:
            break
        rate = step / here.service_s[good] * SECONDS_PER_HOUR
        most[open_rows] = np.fmax(most[open_rows], rate)
    return Most(most, ran_out, waited)


@dataclass(frozen=True, slots=True)
class _Here:
    """Rows at one number of requests each."""

    fits: Column
    service_s: Column  # of a request, over the mix
    decode_tps: Column
    ttft_s: Column
    worst_class: NDArray[np.int64]
    quick: NDArray[np.bool_]  # every use case is decoded as fast as interactive work asks
    waits: NDArray[np.bool_]  # see `Served`


def _at(tables: Tables, rows: Rows, needs: Needs, active: Column, limits: Limits) -> _Here:
    n = len(rows)
    service = np.zeros(n)
    worst = np.zeros(n, dtype=np.int64)
    fits = np.ones(n)
    quick = np.ones(n, dtype=bool)
    main: Estimate | None = None
    for use in needs.uses:
        found = estimate_rows(tables, rows, use.request, active)
        service = service + use.share * found.total_s.typical
        fits = np.minimum(fits, found.memory.fits)
        quick &= np.greater(found.decode_tps.typical, limits.interactive_decode_tps)
        code = workflow_class(
            found.memory.fits,
            found.ttft_s.typical,
            found.decode_tps.typical,
            found.total_s.typical,
            limits,
        )
        worst = np.maximum(worst, code)
        main = found if use is needs.main else main
    assert main is not None  # noqa: S101  # the main use case is one of the uses
    late = quick & (worst > needs.worst_class) & (needs.worst_class == _INTERACTIVE)
    return _Here(
        fits=fits,
        service_s=service,
        decode_tps=_column(main.decode_tps.typical, n),
        ttft_s=_column(main.ttft_s.typical, n),
        worst_class=worst,
        quick=quick,
        waits=late & (fits == 1.0) & (active > 1),
    )


def _column(value: object, n: int) -> Column:
    return np.broadcast_to(np.asarray(value, dtype=float), (n,))


@dataclass(frozen=True, slots=True)
class _Results:
    """Columns that are filled as rows come to rest."""

    active: Column
    fits: Column
    decode_tps: Column
    ttft_s: Column
    worst_class: NDArray[np.int64]
    waits: NDArray[np.bool_]

    @staticmethod
    def empty(n: int) -> "_Results":
        return _Results(
            np.ones(n),
            np.full(n, np.nan),
            np.full(n, np.nan),
            np.full(n, np.nan),
            np.full(n, _NON_VIABLE, dtype=np.int64),
            np.zeros(n, dtype=bool),
        )

    def put(self, rows: NDArray[np.intp], here: _Here, active: Column) -> None:
        self.active[rows] = active
        self.fits[rows] = here.fits
        self.decode_tps[rows] = here.decode_tps
        self.ttft_s[rows] = here.ttft_s
        self.worst_class[rows] = here.worst_class
        self.waits[rows] = here.waits

    def served(self, keeps_up: NDArray[np.bool_]) -> Served:
        return Served(
            self.active,
            self.fits,
            keeps_up,
            self.decode_tps,
            self.ttft_s,
            self.worst_class,
            self.waits,
        )

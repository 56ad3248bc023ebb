"""Which builds leave something to the computer's memory: nothing goes there that the cards hold.

The cards hold a model if it lies on them with every request the demand makes at once, counted as
`serve` counts them. Nothing here depends on the computer around the cards.
"""

from math import ceil
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.advisor.search.needs import ACTIVE_MAX, Needs
from app.advisor.search.rows import Rows, Tables, ram_needed_gib
from app.advisor.search.serving import serve
from app.advisor.space.hosts import Column, Index
from app.estimator.verdicts import CLASSES, Limits
from app.estimator.workload import Placement

_NO_CPU: Final = np.zeros(0, dtype=np.intp)


def need_gib(tables: Tables, rows: Rows, needs: Needs, active: Column) -> Column:
    """Memory of the computer the hungriest use case takes; NaN where cards cannot hold theirs."""
    need = np.zeros(len(rows))
    for use in needs.uses:
        need = np.maximum(need, ram_needed_gib(tables, rows, use.request, active))
    return need


def leaves_some(
    tables: Tables, rows: Rows, needs: Needs, limits: Limits, need: Column
) -> NDArray[np.bool_]:
    """Which builds with layers or experts in RAM have a reason to.

    ``need`` is what `need_gib` says for one request, or for as many as are given. ``rows`` name no
    CPU.
    """
    reserved = tables.deployments.figures["host_reserved_gib"][rows.deployment]
    left: NDArray[np.bool_] = need > reserved
    most = most_at_once(needs, limits)
    if needs.active_requests is not None or most == 1:
        return left
    held = np.flatnonzero(need <= reserved)
    if not held.size:
        return left
    some = rows.some(held)
    crowded = need_gib(tables, some, needs, np.full(len(held), float(most)))
    held = held[~(crowded <= reserved[held])]
    if held.size:
        left[held] = _run_short(tables, rows.some(held), needs, limits)
    return left


def most_at_once(needs: Needs, limits: Limits) -> int:
    """More requests at once than this are never counted for a build that keeps its class.

    An interactive answer takes no longer than the latest first token and the slowest decoding, one
    in the background no longer than its limit, and so on.
    """
    interactive_s = sum(
        use.share
        * (limits.interactive_ttft_s + use.request.generated_tokens / limits.interactive_decode_tps)
        for use in needs.uses
    )
    longest_s = {
        "interactive": interactive_s,
        "background": limits.background_total_s,
        "off-line": limits.offline_total_s,
    }
    kept = CLASSES[: needs.worst_class + 1]
    if not set(kept) <= set(longest_s):
        return ACTIVE_MAX
    at_once = needs.requests_per_s * max(longest_s[name] for name in kept)
    return min(ACTIVE_MAX, max(1, ceil(at_once)))


def _run_short(tables: Tables, rows: Rows, needs: Needs, limits: Limits) -> NDArray[np.bool_]:
    """Which models lie on the cards for one request, but not for all the demand makes at once.

    Not where the cards miss the class before: that is no lack of memory.
    """
    short = np.zeros(len(rows), dtype=bool)
    several = tables.cards.count[rows.cards] > 1
    engine = tables.deployments.engines[tables.deployments.engine[rows.deployment[0]]]
    places: tuple[tuple[Placement, Index], ...] = (
        ("one-gpu", np.flatnonzero(~several)),
        ("layer-split", np.flatnonzero(several)),
    )
    for place, which in places:
        if place not in engine.placements or not which.size:
            continue
        alone = Rows(
            place, rows.serving, rows.linear, rows.cards[which], _NO_CPU, rows.deployment[which]
        )
        served = serve(tables, alone, needs, limits)
        short[which] = served.keeps_up & (served.fits == 0.0)
    return short

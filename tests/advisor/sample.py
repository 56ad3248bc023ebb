"""Builds the search goes through on the shipped catalogue, a few of every place and kind."""

from collections.abc import Iterator

import numpy as np

from app.advisor.advise import Search
from app.advisor.search.best import Builds, Kept
from app.advisor.search.pairs import Block, Pairs
from app.advisor.search.serving import Served
from app.advisor.space.machines import NONE
from app.estimator.workload import PLACEMENTS


def everything(ready: Search) -> Pairs:
    """All builds of a question, whether or not they could be listed."""
    nothing = Kept("cheapest").bound(10, None, all_that_do=True)
    return Pairs(ready.shelf, ready.tables, ready.needs, lambda: nothing)


def sample(ready: Search, each: int, seed: int) -> Iterator[Block]:
    """At most ``each`` builds of one place, engine, and self-built or sold whole; at random."""
    chance = np.random.default_rng(seed)
    found: dict[tuple[object, ...], list[Block]] = {}
    for block in everything(ready).blocks():
        whole = block.machines.system != NONE
        engine = int(ready.deployments.engine[block.rows.deployment[0]]) if len(block) else 0
        for sold in (False, True):
            rows = np.flatnonzero(whole == sold)
            if rows.size:
                some = chance.choice(rows, size=min(each, rows.size), replace=False)
                key = (block.rows.placement, engine, block.rows.linear, sold)
                found.setdefault(key, []).append(block.some(some))
    for some_blocks in found.values():
        left = each
        for i in chance.permutation(len(some_blocks)):
            take = min(left, len(some_blocks[i]), -(-each // len(some_blocks)))
            if take:
                yield some_blocks[i].some(np.arange(take))
                left -= take


def as_builds(ready: Search, block: Block, served: Served) -> Builds:
    """Rows and how they do, as the search keeps them."""
    n, machines, deployed = len(block), block.machines, block.rows.deployment
    return Builds(
        cards=machines.cards,
        host=machines.host,
        system=machines.system,
        group=machines.group,
        deployment=deployed,
        placement=np.full(n, PLACEMENTS.index(block.rows.placement), dtype=np.intp),
        cost_cents=machines.cost_cents,
        watts=machines.watts,
        active=served.active,
        decode_tps=served.decode_tps,
        ttft_s=served.ttft_s,
        worst_class=served.worst_class,
        size_b=ready.deployments.size_b[deployed],
        size_group=ready.deployments.size_group[deployed],
        bits=ready.deployments.bits[deployed],
        requests_per_hour=np.full(n, np.nan),
    )

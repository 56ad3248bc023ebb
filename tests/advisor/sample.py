"""Builds the search goes through on the shipped catalogue, a few of every place and kind."""

from collections.abc import Iterator

import numpy as np

from app.advisor.advise import Search
from app.advisor.search.best import Builds, Kept, Worker
from app.advisor.search.pairs import Block, Pairs
from app.advisor.search.serving import Served
from app.advisor.space.machines import NONE
from app.builds.answers.verdicts import plain_limits


def everything(ready: Search) -> Pairs:
    """All builds of a question, whether or not they could be listed."""
    nothing = Kept("cheapest").bound(10, None, all_that_do=True)
    limits = plain_limits(ready.world.limits)
    return Pairs(ready.shelf, ready.tables, ready.needs, limits, lambda: nothing)


def sample(ready: Search, each: int, seed: int) -> Iterator[Block]:
    """At most ``each`` builds of one place, engine, and self-built or sold whole; at random."""
    chance = np.random.default_rng(seed)
    found: dict[tuple[object, ...], list[Block]] = {}
    for block in everything(ready).blocks():
        whole = block.machines.system != NONE
        engine = int(ready.deployments.engine[block.rows.deployment[0]]) if len(block) else 0
        mixed = bool(ready.tables.cards.are_mixed(block.rows.cards[:1]).any())
        for sold in (False, True):
            rows = np.flatnonzero(whole == sold)
            if rows.size:
                some = chance.choice(rows, size=min(each, rows.size), replace=False)
                key = (block.rows.placement, engine, block.rows.linear, sold, mixed)
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
    worker = Worker.of(ready.tables, ready.needs, plain_limits(ready.world.limits))
    return worker.builds(block, served, np.ones(len(block), dtype=bool))

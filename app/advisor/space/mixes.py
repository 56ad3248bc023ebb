"""Cards of two kinds in one computer: those the asker has beside others.

No figure is worked out here. Cards of two kinds are two rows of the market, each of as many cards
of one kind in the same slots: among so many cards each is what it is among its own. A test holds
every figure against a build assembled by itself.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from app.advisor.space.cards import Cards, Kinds, Link
from app.advisor.space.hosts import Hosts, Index
from app.advisor.space.market import Market, Plugged
from app.builds.parts import GpuGroup
from app.catalogue.facts import GpuFacts
from app.estimator.effects import Devices


@dataclass(frozen=True, slots=True)
class Mix:
    """So many cards of each of two kinds; their rows are those of as many cards of one kind."""

    added: Plugged
    first: int
    second: int


def with_mixes(market: Market, owned: Mapping[str, int], sold: Collection[str]) -> Market:
    """The market with every number of each owned kind of card beside cards of one other kind.

    ``owned`` says how many there are of each, ``sold`` which others can be had; both are slugs.
    Rows of two kinds stand behind those of one, before those of systems.
    """
    mixes = list(_mixes(market, owned, sold))
    if not mixes:
        return market
    singles = len(market.plugged)
    return replace(
        market,
        plugged=(*market.plugged, *(mix.added for mix in mixes)),
        cards=_with_rows(market.cards, mixes, singles),
        system_cards=np.where(
            market.system_cards < 0, market.system_cards, market.system_cards + len(mixes)
        ),
    )


def _mixes(market: Market, owned: Mapping[str, int], sold: Collection[str]) -> Iterator[Mix]:
    """Each set of cards once, named by the kind first that is all owned."""
    rows: dict[tuple[str, int, Link], int] = {}
    kinds: dict[str, GpuFacts] = {}
    for row, added in enumerate(market.plugged):
        (group,) = added.groups
        rows[group.gpu.slug, group.count, added.link] = row
        kinds[group.gpu.slug] = group.gpu
    boards = _boards(market.hosts)
    before: dict[str, int] = {}
    for slug, mine in owned.items():
        for other in kinds if slug in kinds else ():
            if other == slug or (other not in sold and other not in owned):
                continue
            for count, one, two, link in _slots(boards, kinds[slug], kinds[other]):
                pair = rows.get((slug, count, one)), rows.get((other, count, two))
                for number in range(1, min(mine, count - 1) + 1):
                    rest = count - number
                    if None in pair or rest <= before.get(other, 0):
                        continue  # named the other way round already
                    groups = GpuGroup(kinds[slug], number), GpuGroup(kinds[other], rest)
                    yield Mix(Plugged(groups, link), pair[0] or 0, pair[1] or 0)
        before[slug] = mine


def _boards(hosts: Hosts) -> list[tuple[float, int, int]]:
    """What computers offer cards: PCIe generation, slots with sixteen lanes, and slots."""
    columns = np.stack([hosts.pcie_gen, hosts.gpus_max_x16, hosts.gpus_max], axis=1)
    different = np.unique(columns[~np.isnan(columns).any(axis=1)], axis=0)
    return [(gen, int(full), int(most)) for gen, full, most in different.tolist()]


def _slots(
    boards: list[tuple[float, int, int]], first: GpuFacts, second: GpuFacts
) -> list[tuple[int, Link, Link, Link]]:
    """Numbers of cards and the links some computer offers: of both kinds, and of the newer one."""
    found: dict[tuple[int, Link, Link, Link], None] = {}
    gens = first.pcie_gen, second.pcie_gen
    newer = None if None in gens else max(gen for gen in gens if gen is not None)
    for board, full, most in boards:
        for count in range(2, most + 1):
            one, two, both = (
                Link(board if gen is None else min(board, gen), count > full)
                for gen in (*gens, newer)
            )
            found[count, one, two, both] = None
    return list(found)


def _with_rows(cards: Cards, mixes: list[Mix], at: int) -> Cards:
    """The cards with rows of two kinds put in at a place."""
    first = np.array([mix.first for mix in mixes], dtype=np.intp)
    second = np.array([mix.second for mix in mixes], dtype=np.intp)
    memory = cards.figures["memory_gib"]
    # as `largest` chooses: of equal cards the one named first
    works = np.where(memory[second] > memory[first], second, first)
    itself = np.arange(len(cards), dtype=np.intp)
    rows: Index = np.concatenate([itself[:at], works, itself[at:]])
    figures = {name: column[rows] for name, column in cards.figures.items()}
    new = slice(at, at + len(mixes))
    figures["count"][new] = [mix.added.count for mix in mixes]
    chunk = cards.chunk_tokens[rows]
    chunk[new] = np.minimum(cards.chunk_tokens[first], cards.chunk_tokens[second])
    firsts, seconds = np.arange(len(rows), dtype=np.intp), np.arange(len(rows), dtype=np.intp)
    firsts[new], seconds[new] = first, second
    numbers = np.zeros(len(rows))
    numbers[new] = [mix.added.groups[1].count for mix in mixes]
    parts = [cards.parts[i] for i in rows]
    parts[new] = [replace(cards.parts[mix.first], gpus=mix.added.groups) for mix in mixes]
    return Cards(
        parts=tuple(parts),
        kinds=Devices([cards.kinds.kinds[i] for i in rows]),
        figures=figures,
        serving_tflops=cards.serving_tflops[rows],
        chunk_tokens=chunk,
        vendor=cards.vendor[rows],
        unified=cards.unified[rows],
        nodes=cards.nodes[rows],
        hop_s=cards.hop_s[rows],
        hop_s_per_value=cards.hop_s_per_value[rows],
        of=Kinds(firsts, seconds, numbers, any_mixed=True),
    )

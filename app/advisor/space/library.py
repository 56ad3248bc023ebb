"""What the advisor works out once and keeps while catalogue and prices stay the same."""

from collections.abc import Hashable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from math import isnan
from threading import Lock
from types import MappingProxyType
from typing import Final, TypeVar

from app.advisor.search.rows import Tables
from app.advisor.space.deployments import Deployments, deployments_of
from app.advisor.space.market import Market, market_of
from app.advisor.space.mixes import with_mixes
from app.advisor.space.offers import Buyer, Offers, offers_of
from app.builds.assess import World
from app.builds.engines import USUAL, USUAL_CPU
from app.catalogue.facts import EngineFacts, QuantizationFacts
from app.catalogue.snapshot import Catalogue
from app.latest import Latest

K = TypeVar("K", bound=Hashable)
#: Buyers whose prices are kept: currencies times conditions, with some room for midnight.
_BUYERS_KEPT: Final = 16
#: Buyers with cards of their own.
_OWNERS_KEPT: Final = 8
_Owned = tuple[tuple[str, int], ...]


@dataclass
class Library:
    """Everything about one world that many questions share."""

    world: World
    market: Market
    deployments: Deployments  # of every model in every format under the usual engines
    _offers: dict[Buyer, Offers] = field(default_factory=dict)
    _with_own: dict[tuple[Buyer, _Owned], Offers] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def offers(self, buyer: Buyer, owned: Mapping[str, int] = MappingProxyType({})) -> Offers:
        """The prices of one buyer; with cards he has, by slug, also of them beside other kinds."""
        with self._lock:
            found = self._offers.get(buyer)
            if found is None:
                _make_room(self._offers, _BUYERS_KEPT)
                found = self._offers[buyer] = self.prices(self.market, buyer)
            if not owned:
                return found
            key = buyer, tuple(owned.items())
            mixed = self._with_own.get(key)
            if mixed is None:
                _make_room(self._with_own, _OWNERS_KEPT)
                sold = {slug for slug, cost in found.gpu_cost.items() if not isnan(cost)}
                mixed = found.on(with_mixes(self.market, owned, sold))
                self._with_own[key] = mixed
        return mixed

    def prices(self, market: Market, buyer: Buyer) -> Offers:
        """The prices of one buyer on any market."""
        world = self.world
        found = offers_of(market, buyer, world.catalogue, world.calibration, world.costs)
        _ = found.cpus  # worked out now, so that every question after finds it
        return found

    def tables(
        self, offers: Offers, deployments: Deployments, *, each_speed: bool = False
    ) -> Tables:
        """The estimator's columns for the machines on offer and what may run on them.

        ``each_speed``: also for the computers that `Offers.hosts_of_size` then gives.
        """
        cpus, row = offers.cpus_of_each_speed if each_speed else offers.cpus
        return Tables(
            cards=offers.market.cards,
            cpus=cpus,
            cpu_row=row,
            deployments=deployments,
            effects=self.world.calibration.effects,
            judged=self.world.calibration.judged,
        )


def _make_room(kept: MutableMapping[K, Offers], most: int) -> None:
    """The longest kept go where there are as many as are kept."""
    while len(kept) >= most:
        del kept[next(iter(kept))]


def usual_engines(catalogue: Catalogue) -> list[EngineFacts]:
    """The engines people run on each maker's hardware, as far as the catalogue has them."""
    names = dict.fromkeys([*(n for some in USUAL.values() for n in some), *USUAL_CPU])
    return [catalogue.engines[name] for name in names if name in catalogue.engines]


def weight_formats(catalogue: Catalogue) -> Sequence[QuantizationFacts]:
    """Formats that model weights come in."""
    return [q for q in catalogue.quantizations.values() if q.kind == "weights"]


def _library(world: World) -> Library:
    catalogue, calibration = world.catalogue, world.calibration
    return Library(
        world=world,
        market=market_of(catalogue, calibration),
        deployments=deployments_of(
            catalogue.models.values(),
            weight_formats(catalogue),
            usual_engines(catalogue),
            catalogue,
            calibration,
        ),
    )


_latest: Latest[World, Library] = Latest(_library)
_making = Lock()


def library_of(world: World) -> Library:
    """The library of a world, the same one while it is the same."""
    with _making:
        return _latest.of(world)

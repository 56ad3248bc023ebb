"""The catalogue's resources: for each kind a list and its entries, the same way for all."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Final, Generic, TypeVar
from urllib.parse import urlencode

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from app.api.caching import cached_json
from app.builds.costs.pricing import ItemPrice
from app.builds.items.listing import FIGURE_TYPES, PRICED, Listing, listings_of
from app.builds.items.prices import CurrentPrices, Sale
from app.builds.problems import InvalidSpecError, Problem
from app.catalogue.editing.fields import version_of
from app.catalogue.facts import Fact
from app.catalogue.kinds import KINDS, Kind
from app.catalogue.queries import MAX_LIMIT, BadQuery, filter_fields, list_items, sort_fields
from app.catalogue.snapshot import UnknownSlug
from app.serving.kept import STAYS
from app.serving.state import TheWorld

#: Kinds that are resources; exchange rates only serve the others.
RESOURCES: Final = tuple(kind for kind in KINDS.values() if kind.name != "exchange-rates")

_PAGING: Final = ("sort", "cursor", "limit")
_OPENAPI_TYPES: Final = {
    bool: {"type": "boolean"},
    int: {"type": "number"},
    float: {"type": "number"},
    Decimal: {"type": "number"},
    date: {"type": "string", "format": "date"},
    str: {"type": "string"},
}

F = TypeVar("F", bound=Fact)


class ListOf(BaseModel, Generic[F]):
    """One page of a list."""

    items: list[F]
    next: str | None = Field(description="Address of the next page; none at the end")
    total: int = Field(description="Entries that match, on all pages")


class PriceToday(BaseModel):
    """The price a bill of materials counts with."""

    eur: Decimal = Field(description="Of one, at the stored exchange rate")
    observed_on: str | None = Field(description="As precise as the source; none where undated")
    stale: bool = Field(description="Old or undated")
    source: str | None


class Beside(BaseModel):
    """What is known of an entry beside its facts; it can be filtered and sorted by."""

    figures: dict[str, float | int | str | Decimal | None]
    new: PriceToday | None = None
    used: PriceToday | None = None


class ListWithFigures(ListOf[F], Generic[F]):
    """One page of a list whose entries have figures of today beside their facts."""

    beside: dict[str, Beside] = Field(description="Of each entry of this page, by slug")


def catalogue_router() -> APIRouter:
    """Two addresses for each kind."""
    router = APIRouter(tags=["catalogue"], dependencies=[STAYS])
    for kind in RESOURCES:
        _add(router, kind)
    return router


def _add(router: APIRouter, kind: Kind) -> None:
    many = kind.name.replace("-", " ").replace("cpu", "CPU").replace("gpu", "GPU")
    entry_name = f"get_{kind.name.replace('-', '_')}"
    envelope: type[ListOf[Fact]] = (
        ListWithFigures[kind.facts]  # type: ignore[name-defined]
        if kind.name in FIGURE_TYPES
        else ListOf[kind.facts]  # type: ignore[name-defined]
    )

    async def entries(
        request: Request,
        world: TheWorld,
        sort: Annotated[
            str, Query(max_length=80, description="A field; with - in front, descending")
        ] = "",
        cursor: Annotated[str | None, Query(max_length=1000)] = None,
        limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = 50,
    ) -> Response:
        def write() -> str:
            filters = _filters(request)
            listing = listings_of(world).of(kind.name)
            try:
                page = list_items(
                    world.catalogue, kind.name, filters, sort, cursor, limit, listing.figures
                )
            except BadQuery as error:
                raise InvalidSpecError([Problem(error.field, error.message)]) from error
            following = _next_url(request, page.next_cursor)
            more: dict[str, Any] = {}
            if kind.name in FIGURE_TYPES:
                more["beside"] = _beside(page.items, listing)
            answer = envelope.model_construct(
                items=list(page.items), next=following, total=page.total, **more
            )
            return answer.model_dump_json()

        # prices grow old by the day, so their lists are answers of a day
        day = f" {date.today()}" if kind.name in PRICED else ""
        return cached_json(request, world.catalogue.revision + day, write)

    async def entry(slug: str, request: Request, world: TheWorld) -> Response:
        try:
            fact = world.catalogue.get(kind.name, slug)
        except UnknownSlug as error:
            raise HTTPException(404, str(error)) from error
        place = request.url_for(entry_name, slug=fact.slug).path
        version = version_of(fact)
        headers = {"Content-Location": place, "Item-Version": version}
        return cached_json(request, version, fact.model_dump_json, version, **headers)

    router.add_api_route(
        f"/{kind.name}",
        entries,
        response_model=envelope,
        name=f"list_{kind.name.replace('-', '_')}",
        summary=f"List {many}",
        description=(
            "Filter by any field (several values separated by commas mean any of them), by "
            "numbers also with `_min` and `_max`; `q` searches names. Unknown values sort last."
        ),
        openapi_extra={"parameters": _filter_parameters(kind.name)},
    )
    router.add_api_route(
        f"/{kind.name}/{{slug:path}}",
        entry,
        response_model=kind.facts,
        name=entry_name,
        summary=f"One of the {many}",
        description=(
            "By slug or by a known other name; the answer has the catalogue's own slug. The "
            "header `Item-Version` names the entry as it is: an edit sends it back."
        ),
    )


def _beside(facts: Iterable[Fact], listing: Listing) -> dict[str, Beside]:
    """The figures and prices of some entries."""
    return {
        fact.slug: Beside.model_construct(
            figures={
                name: column.get(fact.slug)
                for name, column in listing.figures.values.items()
                if not name.startswith(("price_new", "price_used"))
            },
            new=_price(listing.prices.get(fact.slug), "new"),
            used=_price(listing.prices.get(fact.slug), "used"),
        )
        for fact in facts
    }


def _price(prices: CurrentPrices | None, sale: Sale) -> PriceToday | None:
    found: ItemPrice | None = None if prices is None else prices.of(sale)
    if found is None or found.typical is None:
        return None
    return PriceToday.model_construct(
        eur=found.typical.quantize(Decimal("0.01")),
        observed_on=found.observed_on,
        stale=found.stale,
        source=found.source,
    )


def _filters(request: Request) -> dict[str, str]:
    """Everything in the query but paging; a repeated field means any of its values."""
    query = request.query_params
    return {name: ",".join(query.getlist(name)) for name in query if name not in _PAGING}


def _next_url(request: Request, cursor: str | None) -> str | None:
    if cursor is None:
        return None
    kept = [(k, v) for k, v in request.query_params.multi_items() if k != "cursor"]
    return f"{request.url.path}?{urlencode([*kept, ('cursor', cursor)])}"


def _filter_parameters(kind: str) -> list[dict[str, Any]]:
    """The filters in OpenAPI's words."""
    found = [_parameter("q", str)]
    figures = FIGURE_TYPES.get(kind, {})
    for name, value in {**filter_fields(kind), **figures}.items():
        found.append(_parameter(name, str))
        sortable = name in sort_fields(kind) or name in figures
        if value in (int, float, Decimal, date) and sortable:
            found += [_parameter(f"{name}_min", value), _parameter(f"{name}_max", value)]
    return found


def _parameter(name: str, kind: type) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": _OPENAPI_TYPES[kind]}

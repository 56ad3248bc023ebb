"""Lists of the catalogue: one plain form a kind, whose address is its state, and a CSV of the same.

With htmx a change asks for ``/browse/KIND/results`` and swaps the results; counts beside the
choices travel as a small JSON block, so that the control somebody is using is never replaced.
"""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from markupsafe import Markup

from app.builds.assess import World
from app.builds.items.listing import FIGURE_TYPES, PRICED, Listing, listings_of
from app.builds.items.prices import NO_PRICES, SALES, CurrentPrices, Sale
from app.builds.words import capital, grouped
from app.catalogue.facts import Fact
from app.catalogue.queries import (
    BadQuery,
    Count,
    Page,
    count_bounds,
    count_values,
    count_without,
    list_all,
    list_items,
)
from app.pages.browse.asked import Asked, is_canonical, read
from app.pages.browse.fields import REFERENCES, Field, capital_words, cell, value_words
from app.pages.browse.shelves import SHELVES, Facet, Shelf
from app.pages.rendering import page
from app.serving.kept import STAYS
from app.serving.state import TheWorld

router = APIRouter(dependencies=[STAYS])

PER_PAGE: Final = 25
_TEXT_STARTS_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a filter."""

    value: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class Choices:
    """A filter with what can be chosen, and what is."""

    facet: Facet
    chosen: str
    options: list[Option]


@dataclass(frozen=True, slots=True)
class Applied:
    """A filter in force: in words, the address without it, and how many entries that leaves."""

    name: str
    words: str
    without: str
    count: int


@dataclass(frozen=True, slots=True)
class Row:
    """One entry of a list."""

    fact: Fact
    note: str
    cells: list[Markup]
    prices: CurrentPrices


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its field, where sorting by it leads and how it is sorted now."""

    field: Field
    address: str
    order: str
    """ascending, descending or empty."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A list as its page shows it."""

    asked: Asked
    page: Page
    columns: list[Column]
    rows: list[Row]
    choices: list[Choices]
    applied: list[Applied]
    problems: Mapping[str, str]

    @property
    def shelf(self) -> Shelf:
        """The kind."""
        return self.asked.shelf

    @property
    def status(self) -> int:
        """422 where something could not be used."""
        return 422 if self.problems else 200

    @property
    def sentence(self) -> str:
        """How many there are, and which of them are shown."""
        total = self.page.total
        many = self.shelf.one if total == 1 else self.shelf.many
        whole = f"{grouped(total)} {many}"
        if not self.rows or total == len(self.rows):
            return whole
        first = self.page.start + 1
        return f"{whole}, {grouped(first)} to {grouped(first + len(self.rows) - 1)} shown"

    @property
    def nothing(self) -> str:
        """Why the list is empty, and which filter to drop."""
        helping = sorted((a for a in self.applied if a.count), key=lambda a: -a.count)
        if len(self.applied) < 2 or not helping:
            return f"No {self.shelf.one} matches: drop the filters."
        best = helping[0]
        many = self.shelf.one if best.count == 1 else self.shelf.many
        return (
            f"No {self.shelf.one} matches all of this. Drop “{best.words}” and "
            f"{grouped(best.count)} {many} remain."
        )

    @property
    def others(self) -> list[tuple[str, str]]:
        """Settings in force that have no field of their own in the form."""
        shown = {"q", *self.shelf.filters}
        kept = [(k, v) for k, v in self.asked.filters.items() if k not in shown]
        if self.asked.sort != self.shelf.sort:
            kept.append(("sort", self.asked.sort))
        return kept

    def state(self) -> dict[str, Any]:
        """What the form's own controls need to know after an answer."""
        return {
            "said": self.sentence,
            "values": {
                "q": self.asked.filters.get("q", ""),
                **{choices.facet.name: choices.chosen for choices in self.choices},
            },
            "options": {
                choices.facet.name: [[o.value, option_label(o)] for o in choices.options]
                for choices in self.choices
            },
            "address": self.asked.address(),
        }


def option_label(option: Option) -> str:
    """A choice with how many entries it leaves."""
    return f"{option.label} ({grouped(option.count)})"


def answer(asked: Asked, problems: Mapping[str, str], world: World) -> Answer:
    """The list; what of the question cannot be used is left out and said."""
    listing = listings_of(world).of(asked.shelf.kind)
    said = dict(problems)
    while True:
        try:
            found = list_items(
                world.catalogue,
                asked.shelf.kind,
                asked.filters,
                asked.sort,
                asked.cursor,
                PER_PAGE,
                listing.figures,
            )
            break
        except BadQuery as error:
            said[error.field] = _sentence(error, asked.shelf)
            asked = _leave_out(error.field, asked)
    return Answer(
        asked=asked,
        page=found,
        columns=[_column(name, asked) for name in asked.columns],
        rows=[
            row_of(fact, asked.shelf, asked.columns, listing, f"items.{i}.")
            for i, fact in enumerate(found.items)
        ],
        choices=_choices(asked, world, listing),
        applied=_applied(asked, world, listing),
        problems=said,
    )


def _sentence(error: BadQuery, shelf: Shelf) -> str:
    """Why a setting cannot be used, in the words of the page."""
    if error.field == "sort":
        return "The list cannot be sorted by that: choose a column."
    if "cannot be filtered" in error.message:
        return f"There is no filter called “{error.field[:40]}” for {shelf.many}."
    return error.message


def _leave_out(name: str, asked: Asked) -> Asked:
    if name == "sort":
        return replace(asked, sort=asked.shelf.sort, cursor=None)
    if name == "cursor":
        return replace(asked, cursor=None)
    kept = {key: text for key, text in asked.filters.items() if key != name}
    return replace(asked, filters=kept)


def _column(name: str, asked: Asked) -> Column:
    order = {name: "ascending", f"-{name}": "descending"}.get(asked.sort, "")
    return Column(asked.shelf.field(name), asked.sorted_by(name), order)


def value_of(fact: Fact, name: str, listing: Listing) -> Any:
    """A fact, or a figure beside the facts."""
    if name in listing.figures.types:
        return listing.figures.values[name].get(fact.slug)
    return getattr(fact, name)


def row_of(
    fact: Fact, shelf: Shelf, columns: Sequence[str], listing: Listing, path: str = ""
) -> Row:
    """One entry with some columns; ``path`` is its place in the REST answer."""
    cells = []
    for name in columns:
        place = f"{path}{name}" if path and name not in listing.figures.types else ""
        cells.append(cell(shelf.field(name), value_of(fact, name, listing), place))
    return Row(fact, note_of(fact, shelf), cells, listing.prices.get(fact.slug, NO_PRICES))


def note_of(fact: Fact, shelf: Shelf) -> str:
    """The quiet words under a name: who makes it, of what sort, whether it is still sold."""
    parts = []
    for name in ("vendor", "segment", "status"):
        value = getattr(fact, name, None)
        if value and not (name == "status" and value == "current"):
            words = value_words(name, value)
            if not (name == "vendor" and fact.name.lower().startswith(words.lower())):
                parts.append(words)
    return " · ".join(dict.fromkeys(parts))


def _choices(asked: Asked, world: World, listing: Listing) -> list[Choices]:
    shelf, filters = asked.shelf, asked.filters
    valued = [facet.name for facet in shelf.facets if not facet.steps]
    counts = count_values(world.catalogue, shelf.kind, filters, valued, listing.figures)
    found = []
    for facet in shelf.facets:
        chosen = filters.get(facet.name, "")
        if facet.steps:
            steps = count_bounds(
                world.catalogue, shelf.kind, filters, facet.name, facet.steps, listing.figures
            )
            options = [_option(facet, count) for count in steps if count.count]
        else:
            options = [_option(facet, count) for count in _in_order(counts[facet.name])]
        if facet.name in REFERENCES:
            options = _named(options, REFERENCES[facet.name], world)
        found.append(_with_chosen(facet, chosen, options))
    return found


def _named(options: Sequence[Option], kind: str, world: World) -> list[Option]:
    """Choices that are entries, by the names of those."""
    entries = world.catalogue.of_kind(kind)
    return [
        replace(o, label=entries[o.value].name if o.value in entries else o.value) for o in options
    ]


def _in_order(counts: Sequence[Count]) -> list[Count]:
    """Figures from the highest down, words by how many have them."""
    try:
        return sorted(counts, key=lambda c: -float(c.value))
    except ValueError:
        return list(counts)


def _option(facet: Facet, count: Count) -> Option:
    return Option(count.value, _choice_words(facet, count.value), count.count)


def _choice_words(facet: Facet, value: str) -> str:
    if value in ("true", "false"):
        return "yes" if value == "true" else "no"
    if facet.unit:
        return f"{value} {facet.unit}"
    return capital_words(facet.name, value)


def _with_chosen(facet: Facet, chosen: str, options: list[Option]) -> Choices:
    """The choice as the list spells it; a value it does not offer is added to it."""
    alike = next((o.value for o in options if o.value.lower() == chosen.lower()), None)
    if chosen and alike is None:
        words = " or ".join(_choice_words(facet, part) for part in chosen.split(","))
        several = sum(o.count for o in options if o.value.lower() in chosen.lower().split(","))
        options = [*options, Option(chosen, words, several)]
    return Choices(facet, alike or chosen, options)


def _applied(asked: Asked, world: World, listing: Listing) -> list[Applied]:
    counts = count_without(world.catalogue, asked.shelf.kind, asked.filters, listing.figures)
    return [
        Applied(name, filter_words(asked.shelf, name, text), asked.without(name), counts[name])
        for name, text in asked.filters.items()
    ]


def filter_words(shelf: Shelf, name: str, text: str) -> str:
    """A filter in words: “Maker: AMD or NVIDIA”, “memory, at least: 24 GiB”."""
    if name == "q":
        return f"Search: {text}"
    facet = next((facet for facet in shelf.facets if facet.name == name), None)
    if facet is not None:
        return f"{facet.label}: " + " or ".join(_choice_words(facet, p) for p in text.split(","))
    for suffix, words in (("_min", ", at least"), ("_max", ", at most")):
        base = name.removesuffix(suffix)
        if base != name and base in {field.name for field in shelf.fields}:
            field = shelf.field(base)
            return f"{capital(field.label)}{words}: {text} {field.unit}".rstrip()
    field = shelf.field(name)
    return f"{capital(field.label)}: {' or '.join(text.split(','))} {field.unit}".rstrip()


def csv_text(asked: Asked, world: World) -> str:
    """Everything the filters leave, one row an entry: all facts, sources, prices with their day.

    Text that a spreadsheet would take for a formula gets an apostrophe in front.
    """
    shelf = asked.shelf
    listing = listings_of(world).of(shelf.kind)
    found = list_all(
        world.catalogue, shelf.kind, asked.filters, asked.sort, figures=listing.figures
    )
    facts = list(world.catalogue.of_kind(shelf.kind).values())
    names = list(type(facts[0]).model_fields) if facts else []
    last = ("source", "cell_sources", "notes")
    figures = [n for n in FIGURE_TYPES[shelf.kind] if not n.startswith("price_")]
    columns = [*(name for name in names if name not in last), *figures, *last]
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    priced = shelf.kind in PRICED
    writer.writerow([*columns, *(_CSV_PRICES if priced else ())])
    for fact in found:
        cells = [_csv_cell(value_of(fact, name, listing)) for name in columns]
        if priced:
            cells += _price_cells(listing.prices.get(fact.slug, NO_PRICES))
        writer.writerow(cells)
    return file.getvalue()


_CSV_PRICES: Final = [
    f"price_{sale}_{what}" for sale in SALES for what in ("eur", "seen_on", "is_old", "source")
]


def _price_cells(prices: CurrentPrices) -> list[str]:
    cells: list[str] = []
    for sale in SALES:
        found = prices.of(sale)
        if found is None or found.typical is None:
            cells += ["", "", "", ""]
        else:
            amount = found.typical.quantize(Decimal("0.01"))
            cells += [str(amount), *map(_csv_cell, (found.observed_on, found.stale, found.source))]
    return cells


def _csv_cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float | Decimal):
        return str(value)
    if isinstance(value, list):
        value = ", ".join(map(str, value))
    if isinstance(value, dict):
        value = json.dumps(value, ensure_ascii=False) if value else ""
    text = str(value)
    return f"'{text}" if text.startswith(_TEXT_STARTS_FORMULA) else text


@router.get("/browse", response_class=HTMLResponse)
def browse(request: Request, world: TheWorld) -> HTMLResponse:
    """All kinds, with how many there are of each."""
    catalogue = world.catalogue
    return page(
        request,
        "browse/index.html",
        shelves=SHELVES,
        counts={shelf.kind: len(catalogue.of_kind(shelf.kind)) for shelf in SHELVES.values()},
        starts={shelf.kind: _starts(shelf, world) for shelf in SHELVES.values()},
        prices=len(catalogue.prices),
        runs=len(catalogue.measurements),
        sources=len(catalogue.sources),
        revision=catalogue.revision,
    )


def _starts(shelf: Shelf, world: World) -> list[tuple[str, str, int]]:
    """Good places to start: words, address and how many entries are there."""
    figures = listings_of(world).of(shelf.kind).figures
    found = []
    for words, query in shelf.starts:
        asked, _ = read(shelf, parse_qsl(query))
        matching = list_all(world.catalogue, shelf.kind, asked.filters, figures=figures)
        found.append((words, asked.address(), len(matching)))
    return found


def _add(shelf: Shelf) -> None:
    """The three addresses of one list."""

    def whole(request: Request, world: TheWorld) -> Response:
        pairs = request.query_params.multi_items()
        asked, problems = read(shelf, pairs)
        if not problems and not is_canonical(pairs, asked):
            return RedirectResponse(asked.address(), status_code=303)
        found = answer(asked, problems, world)
        return _page(request, found, "browse/list.html")

    def results(request: Request, world: TheWorld) -> Response:
        asked, problems = read(shelf, request.query_params.multi_items())
        if "HX-Request" not in request.headers:
            return RedirectResponse(asked.address(), status_code=303)
        found = answer(asked, problems, world)
        headers = {"Cache-Control": "no-store", "HX-Push-Url": found.asked.address()}
        return _page(request, found, "browse/results.html", headers)

    def file(request: Request, world: TheWorld) -> Response:
        asked, problems = read(shelf, request.query_params.multi_items())
        found = answer(asked, problems, world)
        if found.problems:
            return _page(request, found, "browse/list.html")
        return Response(
            csv_text(found.asked, world),
            media_type="text/csv; charset=utf-8",
            headers={
                "Content-Disposition": f'attachment; filename="rigwise-{shelf.path}.csv"',
                "Cache-Control": "no-cache",
            },
        )

    router.add_api_route(f"/{shelf.path}", whole, response_class=HTMLResponse)
    router.add_api_route(f"/{shelf.path}.csv", file)
    router.add_api_route(f"/browse/{shelf.path}/results", results, response_class=HTMLResponse)


def _page(
    request: Request, found: Answer, template: str, headers: dict[str, str] | None = None
) -> HTMLResponse:
    return page(
        request,
        template,
        status=found.status,
        headers=headers,
        browsing=True,
        shelf=found.shelf,
        shelves=SHELVES,
        found=found,
        option_label=option_label,
        sales=PRICE_COLUMNS,
    )


#: Columns of prices, and the sale each is of.
PRICE_COLUMNS: Final[Mapping[str, Sale]] = {f"price_{sale}_eur": sale for sale in SALES}

for _shelf in SHELVES.values():
    _add(_shelf)

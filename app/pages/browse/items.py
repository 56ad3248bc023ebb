"""A page for every entry of the catalogue: each fact with its source, and what follows from it.

What takes long, which models fit and the cheapest machine for each use case, has an address of its
own; with htmx it is put into the page when somebody scrolls there.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, Final
from urllib.parse import quote, urlencode

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from markupsafe import Markup

from app.advisor.query import question_to_query
from app.advisor.question import AdvisorSpec, DemandSpec, ModelChoice, UseShare
from app.builds.answers.verdicts import USE_CASES
from app.builds.assess import World
from app.builds.items.boards import boards_for
from app.builds.items.fits import FORMATS, model_fits
from app.builds.items.listing import RUN_FIELD, Listing, listings_of, runs_of
from app.builds.items.machine import ItemMachine, machine_of, shown_with
from app.builds.items.memory import FormatMemory, ModelMemory, model_memory, sizes_in
from app.builds.items.prices import NO_PRICES, exchange_note, prices_seen
from app.builds.problems import InvalidSpecError
from app.catalogue.facts import (
    Fact,
    MeasurementFacts,
    ModelFacts,
    QuantizationFacts,
    UseCaseFacts,
)
from app.catalogue.nearest import nearest, still_sold
from app.catalogue.snapshot import Catalogue, UnknownSlug
from app.pages import runs as measured
from app.pages.browse.fields import (
    REFERENCES,
    Field,
    cell,
    fact_fields,
    fact_value,
    value_words,
)
from app.pages.browse.item_charts import memory_chart, price_chart, size_sentence
from app.pages.browse.lists import PRICE_COLUMNS, Row, note_of, row_of, value_of
from app.pages.browse.shelves import PATHS, SHELVES, Shelf
from app.pages.charts import Chart, roofline
from app.pages.rendering import page
from app.serving.kept import STAYS
from app.serving.searches import Searches
from app.serving.state import TheSearches, TheWorld

router = APIRouter()

#: Runs and similar entries shown on the page of one.
RUNS_SHOWN: Final = 8
SIMILAR: Final = 5
#: Models of "what fits" shown before the rest is folded away.
FITS_SHOWN: Final = 15
#: How long one search for a machine may take before its row says so, seconds.
PATIENCE_S: Final = 20.0
#: The format that machines for a model are searched with.
SEARCHED_FORMAT: Final = "q4_k_m"
#: Formats of a model's size table that are shown at once; all others fold.
USUAL_FORMATS: Final = (
    "f16",
    "fp8-block-128x128",
    "q8_0",
    "q6_k",
    "q5_k_m",
    "awq-4-bit-g128",
    "q4_k_m",
    "mxfp4",
    "iq4_xs",
    "q3_k_m",
    "iq2_m",
)
#: Models whose size in a format is shown on the format's page.
WELL_KNOWN: Final = (
    "llama-3.2-3b-instruct",
    "llama-3.1-8b-instruct",
    "qwen2.5-14b-instruct",
    "gpt-oss-20b",
    "qwen3-32b",
    "llama-3.3-70b-instruct",
    "gpt-oss-120b",
    "deepseek-v3",
)
_URL: Final = re.compile(r"https?://[^\s<>\"')\]]+[^\s<>\"')\].,;:]")


@dataclass(frozen=True, slots=True)
class Cited:
    """A source of the page with its number."""

    number: int
    words: Markup
    facts: int


@dataclass(frozen=True, slots=True)
class FactRow:
    """One fact of the table: its value and the number of its source; 0 where it is unknown."""

    field: Field
    value: Markup
    source: int
    links: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class UseCaseMachine:
    """The cheapest machine for one use case, or the sentence that says why there is none."""

    case: UseCaseFacts
    sentence: str
    query: str
    build: Any = None


@router.get("/models/{slug:path}/machines", response_class=HTMLResponse)
async def machines(slug: str, request: Request, world: TheWorld, searches: TheSearches) -> Response:
    """The cheapest machine for a model by use case: inside its page, or a page of its own."""
    shelf = SHELVES["models"]
    fact = _found(shelf, slug, world.catalogue)
    if not isinstance(fact, Fact):
        return _unknown(request, shelf, slug, fact)
    try:
        rows = [
            await _cheapest(case, fact, world, searches, request)
            for name in USE_CASES
            if (case := world.catalogue.use_cases.get(name)) is not None
        ]
    except HTTPException as error:  # too many searches: inside a page a sentence, no page in a page
        if "HX-Request" not in request.headers:
            raise
        return page(
            request,
            "browse/busy.html",
            status=error.status_code,
            headers={**(error.headers or {}), "Cache-Control": "no-store"},
            sentence=error.detail,
            address=f"/models/{fact.slug}/machines",
        )
    return _part(request, "machines", shelf, fact, rows=rows, format=SEARCHED_FORMAT)


async def _cheapest(
    case: UseCaseFacts, model: Fact, world: World, searches: Searches, request: Request
) -> UseCaseMachine:
    longest = getattr(model, "context_max_tokens", None)
    usual = ModelChoice().context_tokens
    spec = AdvisorSpec(
        demand=DemandSpec(mix=(UseShare(use_case=case.slug),)),
        models=ModelChoice(
            models=(model.slug,),
            quantizations=(SEARCHED_FORMAT,),
            context_tokens=min(usual, longest or usual),
        ),
    )
    query = question_to_query(spec)
    try:
        found = await searches.answer(
            spec, world, gone=request.is_disconnected, patience_s=PATIENCE_S
        )
    except InvalidSpecError as error:
        return UseCaseMachine(case, error.problems[0].message, query)
    best = found.builds[0] if found.builds else None
    return UseCaseMachine(case, found.sentence, query, best)


def _add(shelf: Shelf) -> None:
    """The addresses of one kind's entries."""

    def fits(slug: str, request: Request, world: TheWorld) -> Response:
        fact = _found(shelf, slug, world.catalogue)
        if not isinstance(fact, Fact):
            return _unknown(request, shelf, slug, fact)
        machine = machine_of(shelf.kind, fact.slug, world.catalogue)
        return _part(
            request,
            "fits",
            shelf,
            fact,
            machine=machine,
            fits=None if machine is None else model_fits(machine.machine, world),
            formats=[world.catalogue.quantizations[name] for name in FORMATS],
            shown=FITS_SHOWN,
        )

    def entry(slug: str, request: Request, world: TheWorld) -> Response:
        fact = _found(shelf, slug, world.catalogue)
        if not isinstance(fact, Fact):
            return _unknown(request, shelf, slug, fact)
        if fact.slug != slug:
            return RedirectResponse(f"/{shelf.path}/{fact.slug}", status_code=301)
        return page(request, "browse/item.html", **_context(shelf, fact, world))

    add = partial(router.add_api_route, response_class=HTMLResponse, dependencies=[STAYS])
    if shelf.kind in _COMPUTING:
        add(f"/{shelf.path}/{{slug:path}}/fits", fits)
    add(f"/{shelf.path}/{{slug:path}}", entry)


#: Kinds that stand for a machine models can lie on.
_COMPUTING: Final = ("gpus", "cpus", "systems", "memory-modules")


def _found(shelf: Shelf, name: str, catalogue: Catalogue) -> Fact | UnknownSlug:
    """The entry, or what comes close to its name."""
    try:
        return catalogue.get(shelf.kind, name)
    except UnknownSlug as error:
        return error


def _unknown(request: Request, shelf: Shelf, name: str, error: Fact | UnknownSlug) -> HTMLResponse:
    return page(
        request,
        "browse/unknown.html",
        status=404,
        browsing=True,
        shelf=shelf,
        name=name[:80],
        close=error.suggestions if isinstance(error, UnknownSlug) else (),
    )


def _part(request: Request, part: str, shelf: Shelf, fact: Fact, **context: Any) -> HTMLResponse:
    """A part of an entry's page by itself: bare for htmx, within a page for everybody else."""
    inside = "HX-Request" in request.headers
    return page(
        request,
        f"browse/{part}.html" if inside else "browse/part.html",
        headers={"Cache-Control": "no-store"} if inside else None,
        browsing=True,
        part=part,
        shelf=shelf,
        fact=fact,
        **context,
    )


def _context(shelf: Shelf, fact: Fact, world: World) -> dict[str, Any]:
    catalogue, kind = world.catalogue, shelf.kind
    listing = listings_of(world).of(kind)
    machine = machine_of(kind, fact.slug, catalogue)
    assessment = None if machine is None else shown_with(machine.machine, world)
    today = date.today()
    seen = prices_seen(kind, fact.slug, world, today)
    rows, sources = _facts(shelf, fact, catalogue)
    runs = runs_of(world, kind, fact.slug)
    charts: list[Chart | None] = []
    if assessment is not None and assessment.roofline.points:
        charts.append(roofline(assessment))
    charts.append(price_chart(fact.name, seen))
    memory = None
    if kind == "models":
        memory = model_memory(catalogue.models[fact.slug], catalogue)
    return {
        "browsing": True,
        "shelf": shelf,
        "fact": fact,
        "note": note_of(fact, shelf),
        "key_facts": _key_facts(shelf, fact, listing),
        "prices": listing.prices.get(fact.slug, NO_PRICES),
        "priced": bool(listing.prices),
        "seen": seen,
        "exchange": exchange_note(seen, world, today),
        "machine": machine,
        "assessment": assessment,
        "computing": kind in _COMPUTING,
        "addresses": _addresses(shelf, fact, _configure_query(shelf, fact, machine)),
        "charts": [chart for chart in charts if chart is not None],
        "rows": rows,
        "sources": sources,
        "unknown": [row.field.label for row in rows if not row.source],
        "aliases": _aliases(kind, fact.slug, catalogue),
        "similar": _similar(shelf, fact, world, listing),
        "columns": [shelf.field(name) for name in shelf.columns],
        "sales": PRICE_COLUMNS,
        "successor": still_sold(catalogue, kind, fact.slug, listing.figures),
        "gone": value_words("status", getattr(fact, "status", None)),
        "runs": _shown_runs(runs),
        "run_count": len(runs),
        "run_query": _run_query(kind, fact, catalogue),
        "measured": kind in RUN_FIELD or kind == "systems",
        "notes": linked(fact.notes) if fact.notes else None,
        "paths": PATHS,
        "revision": catalogue.revision,
        **_of_model(catalogue.models.get(fact.slug), memory),
        **_of_format(fact, catalogue),
        **_of_engine(kind, fact, catalogue),
        **_of_module(kind, fact, catalogue),
    }


def _configure_query(shelf: Shelf, fact: Fact, machine: ItemMachine | None) -> str:
    """The configurator with this entry in it: a module needs a CPU to be plugged in beside."""
    if machine is not None:
        return machine.query
    return urlencode({shelf.configure: fact.slug})


def _key_facts(shelf: Shelf, fact: Fact, listing: Listing) -> list[tuple[Field, Markup]]:
    """What the list shows of it, besides prices."""
    shown = [shelf.field(name) for name in shelf.columns if not name.startswith("price_")]
    found = []
    for column in shown:
        value = value_of(fact, column.name, listing)
        if value is not None:
            unit = Markup('<span class="u">\u202f{}</span>').format(column.unit)
            found.append((column, cell(column, value) + (unit if column.unit else "")))
    return found


def _facts(shelf: Shelf, fact: Fact, catalogue: Catalogue) -> tuple[list[FactRow], list[Cited]]:
    """Every fact with its source; the sources numbered in the order they are first cited."""
    numbers: dict[str, int] = {}
    uses: dict[str, int] = {}
    rows = []
    for known in fact_fields(shelf.kind):
        value = getattr(fact, known.name)
        if value is None or value == []:
            rows.append(FactRow(known, fact_value(known, fact), 0, []))
            continue
        source = fact.cell_sources.get(known.name, fact.source)
        number = numbers.setdefault(source, len(numbers) + 1)
        uses[source] = uses.get(source, 0) + 1
        rows.append(
            FactRow(known, fact_value(known, fact), number, _links(known.name, value, catalogue))
        )
    if fact.source not in numbers:
        numbers[fact.source] = len(numbers) + 1
    cited = [Cited(n, linked(text), uses.get(text, 0)) for text, n in numbers.items()]
    return rows, cited


def _links(name: str, value: Any, catalogue: Catalogue) -> list[tuple[str, str]]:
    """Addresses and names of the entries a fact names."""
    kind = REFERENCES.get(name)
    if kind is None:
        return []
    slugs = value if isinstance(value, list) else [value]
    entries = catalogue.of_kind(kind)
    return [(f"/{PATHS[kind]}/{s}", entries[s].name) for s in slugs if s in entries]


def linked(words: str) -> Markup:
    """Text in which every address is a link."""
    parts, at = [], 0
    for found in _URL.finditer(words):
        parts.append(Markup("{}").format(words[at : found.start()]))
        shown = re.sub(r"^https?://(www\.)?", "", found.group()).rstrip("/")
        parts.append(Markup('<a href="{}">{}</a>').format(found.group(), shown))
        at = found.end()
    parts.append(Markup("{}").format(words[at:]))
    return Markup("").join(parts)


def _aliases(kind: str, slug: str, catalogue: Catalogue) -> list[str]:
    known = (a.alias for a in catalogue.aliases if a.kind == kind and a.slug == slug)
    return sorted(dict.fromkeys(known), key=str.lower)


def _similar(shelf: Shelf, fact: Fact, world: World, listing: Listing) -> list[Row]:
    near = nearest(world.catalogue, shelf.kind, fact.slug, SIMILAR, listing.figures)
    return [row_of(other, shelf, shelf.columns, listing) for other in near]


def _shown_runs(runs: Sequence[MeasurementFacts]) -> list[measured.Measured]:
    """The newest run of each combination, one that says how fast it decodes where there is any."""
    newest: dict[tuple[object, ...], MeasurementFacts] = {}
    for run in runs:
        combination = (
            run.gpu_name,
            run.cpu_name,
            run.gpu_count,
            run.model_name,
            run.quantization_name,
            run.engine_name,
        )
        kept = newest.setdefault(combination, run)
        if kept.decode_tps is None and run.decode_tps is not None:
            newest[combination] = run
    return [measured.run_with_figures(run) for run in list(newest.values())[:RUNS_SHOWN]]


def _run_query(kind: str, fact: Fact, catalogue: Catalogue) -> str:
    """The evidence page's search for runs of an entry."""
    name = fact.slug
    if kind == "systems":
        system = catalogue.systems[fact.slug]
        name = system.gpu_slug or system.cpu_slug or fact.name
    return quote(name)


def _of_model(model: ModelFacts | None, memory: ModelMemory | None) -> dict[str, Any]:
    """Sizes of a model's weights, and its memory along the context."""
    if model is None or memory is None:
        return {"memory": None}
    usual = [found for name in USUAL_FORMATS if (found := memory.of(name)) is not None]
    rest: Sequence[FormatMemory] = [f for f in memory.formats if f not in usual]
    return {
        "memory": memory,
        "memory_chart": memory_chart(model, memory),
        "usual_formats": sorted(usual, key=lambda f: -f.weights_gib),
        "other_formats": rest,
        "size_sentence": size_sentence(memory),
    }


def _of_format(fact: Fact, catalogue: Catalogue) -> dict[str, Any]:
    """Well-known models in a format."""
    if not isinstance(fact, QuantizationFacts) or fact.kind != "weights":
        return {"sizes": []}
    models = {name: catalogue.models[name] for name in WELL_KNOWN if name in catalogue.models}
    sizes = sizes_in(fact, models, catalogue)
    return {"sizes": [(model, size) for model, size in sizes if size is not None]}


def _of_engine(kind: str, fact: Fact, catalogue: Catalogue) -> dict[str, Any]:
    """Formats an engine reads, by family."""
    if kind != "engines":
        return {"reads": {}}
    families: dict[str, list[QuantizationFacts]] = {}
    for quantization in catalogue.quantizations.values():
        if fact.slug in quantization.engine_slugs:
            families.setdefault(quantization.family, []).append(quantization)
    return {"reads": families}


def _of_module(kind: str, fact: Fact, catalogue: Catalogue) -> dict[str, Any]:
    """Boards a memory module goes into."""
    if kind != "memory-modules":
        return {"boards": []}
    return {"boards": boards_for(catalogue.memory_modules[fact.slug], catalogue)}


def _addresses(shelf: Shelf, fact: Fact, query: str) -> dict[str, str]:
    """Where to go on with an entry."""
    model = {"model": fact.slug, "quant": SEARCHED_FORMAT}
    return {
        "configure": f"/configure?{query}",
        "compare": f"/compare?{urlencode({'a': query})}" if shelf.kind in _COMPUTING else "",
        "advisor": f"/advisor?{urlencode(model)}" if shelf.kind == "models" else "",
        "value": f"/value?{urlencode(model)}" if shelf.kind == "models" else "",
        "rest": f"/api/v1/{shelf.kind}/{fact.slug}",
    }


for _shelf in SHELVES.values():
    _add(_shelf)

"""Up to four builds side by side, which the address holds: ``/compare?a=…&b=…``.

A build that cannot be read says so in its own place; the others stay.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from app.advisor.changes.comparison import LETTERS, MOST_BUILDS, comparison_of
from app.advisor.changes.comparison_rows import Row
from app.builds.assess import World, assess
from app.builds.assessment import Assessment
from app.builds.presets import Preset, load_presets
from app.builds.problems import InvalidSpecError
from app.builds.query import spec_from_query, spec_to_query
from app.exports.csv_file import comparison_csv
from app.exports.safe import file_name
from app.pages.errors import render_error
from app.pages.overlays import keys_of, overlays_of
from app.pages.rendering import page
from app.pages.words import Figures
from app.serving.downloads import MEDIA_TYPES, unchanged_or
from app.serving.kept import STAYS
from app.serving.state import TheWorld

router = APIRouter(dependencies=[STAYS])

KEYS = tuple(LETTERS.lower())
#: Rows of the document that are shown where nothing is asked: one chip, one card, one server.
EXAMPLE_ROWS = (1, 4, 8)


@dataclass(frozen=True, slots=True)
class Slot:
    """One place of the comparison: a build's query, and its answer or what is wrong with it."""

    letter: str
    query: str
    assessment: Assessment | None
    problems: list[str]
    without: str
    """The address of the comparison without this build."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A build that can be added, and the address of the comparison with it."""

    name: str
    address: str


@router.get("/compare", response_class=HTMLResponse)
def compare(request: Request, world: TheWorld) -> HTMLResponse:
    """The whole page; without builds in the address an example."""
    queries, strangers = _queries(request.query_params)
    example = not queries
    if example:
        queries = [spec_to_query(p.spec) for p in load_presets() if p.row in EXAMPLE_ROWS]
    slots = [_slot(i, queries, world) for i in range(len(queries))]
    answered = [slot for slot in slots if slot.assessment is not None]
    comparison = comparison_of(
        [s.assessment for s in answered if s.assessment is not None],
        [s.letter for s in answered],
    )
    return page(
        request,
        "compare/index.html",
        status=422 if strangers or len(answered) < len(slots) else 200,
        slots=slots,
        comparison=comparison,
        compared_figures={
            letter: Figures(found, found.cost.currency, f"assessments.{i}.")
            for i, (letter, found) in enumerate(
                zip(comparison.letters, comparison.assessments, strict=True)
            )
        },
        keys=keys_of([slot.letter for slot in slots]),
        groups=_groups(comparison.rows, differing=True),
        same=_groups(comparison.rows, differing=False),
        charts=overlays_of(comparison),
        offers=[] if example else _offers(queries),
        next_key=KEYS[len(queries)] if len(queries) < MOST_BUILDS and not example else None,
        engines=world.catalogue.engines,
        example=example,
        strangers=strangers,
        most=MOST_BUILDS,
    )


@router.get("/compare.csv")
def comparison_file(request: Request, world: TheWorld) -> Response:
    """The comparison of the builds in the address as a spreadsheet program reads it."""
    queries, _ = _queries(request.query_params)
    slots = [_slot(i, queries, world) for i in range(len(queries))]
    found = [(s.letter, s.assessment) for s in slots if s.assessment is not None]
    if not found or len(found) < len(slots):
        sentence = (
            " ".join(p for s in slots for p in s.problems) or "No builds stand in the address."
        )
        return render_error(request, 422, "These builds cannot be compared yet", sentence)
    comparison = comparison_of([a for _, a in found], [letter for letter, _ in found])
    what = f"compare\n{world.catalogue.revision}\n{request.url.query}"
    return unchanged_or(
        request,
        what,
        lambda: comparison_csv(comparison),
        MEDIA_TYPES["csv"],
        **{"Content-Disposition": f'attachment; filename="{file_name("comparison", "csv")}"'},
    )


def compare_address(queries: Sequence[str]) -> str:
    """The page's address for these builds, in order."""
    pairs = list(zip(KEYS, queries, strict=False))
    return f"/compare?{urlencode(pairs)}" if pairs else "/compare"


def _queries(given: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """The builds in the order of their letters, and settings that are none."""
    found = [text for key in KEYS if (text := build_query(given.get(key, "")))]
    return found, [key[:80] for key in given if key not in KEYS]


def build_query(text: str) -> str:
    """The query of a build, from itself or from a whole configurator link."""
    text = text.strip()
    if "?" in text:
        return text.partition("?")[2].partition("#")[0]
    return text


def _slot(i: int, queries: Sequence[str], world: World) -> Slot:
    query = queries[i]
    assessment, problems = None, []
    try:
        assessment = assess(spec_from_query(query), world)
    except InvalidSpecError as error:
        problems = [problem.message for problem in error.problems]
    rest = [other for j, other in enumerate(queries) if j != i]
    return Slot(LETTERS[i], query, assessment, problems, compare_address(rest))


def _offers(queries: Sequence[str]) -> list[Offer]:
    """The known configurations that are not shown yet; none where four builds are shown."""
    if len(queries) >= MOST_BUILDS:
        return []
    return [
        Offer(preset.name, compare_address([*queries, query]))
        for preset in load_presets()
        if (query := _query_of(preset)) not in queries
    ]


def _query_of(preset: Preset) -> str:
    return spec_to_query(preset.spec)


def _groups(rows: Sequence[Row], *, differing: bool) -> dict[str, list[tuple[int, Row]]]:
    """Rows under their headings, with their place among all rows."""
    groups: dict[str, list[tuple[int, Row]]] = {}
    for i, row in enumerate(rows):
        if row.differs is differing:
            groups.setdefault(row.group, []).append((i, row))
    return groups

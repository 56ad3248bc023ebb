"""What leaves by a share link: the printed report, its files, a preview card, parts to embed.

Everything is written from the frozen assessment. Routes are plain functions, so that drawing a
document never holds up the event loop.
"""

from collections.abc import Callable
from datetime import UTC, datetime, time
from typing import Annotated, Final, Literal, get_args

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy import Engine

from app.builds.assess import assess
from app.builds.assessment import Assessment
from app.builds.problems import InvalidSpecError
from app.builds.query import spec_from_mapping
from app.builds.shares import Share, read_share
from app.database import session_scope
from app.exports.charts import Chart, cost_chart, memory_chart, speed_chart, wait_chart
from app.exports.drawing import Drawing, svg
from app.exports.report.make import report_of
from app.language.speaking import said, speaking
from app.pages.errors import no_share, render_error
from app.pages.language import LANGUAGE_KEY, language_of, varied_by
from app.pages.rendering import address_of, page
from app.serving.downloads import KEEP, KINDS, PRIVATE, FileKind, download, unchanged_or
from app.serving.state import TheDatabase, TheWorld

router = APIRouter()

EmbedPart = Literal["verdicts", "speed", "wait", "memory", "cost"]
PARTS: Final[tuple[EmbedPart, ...]] = get_args(EmbedPart)
_CHARTS: Final[dict[str, Callable[[Assessment], Chart | None]]] = {
    "speed": speed_chart,
    "wait": wait_chart,
    "memory": memory_chart,
    "cost": cost_chart,
}
#: For what other sites show: any page may frame it, and nothing in it runs or is sent.
EMBED_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'none'; "
        "base-uri 'none'; frame-ancestors *"
    ),
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Cache-Control": f"public, {KEEP}",
    "X-Robots-Tag": "noindex",
}


def _find(database: Engine, slug: str) -> Share | None:
    with session_scope(database) as session:
        return read_share(session, slug)


@router.get("/s/{slug}/report", response_class=HTMLResponse)
def report(request: Request, slug: str, database: TheDatabase) -> HTMLResponse:
    """Two A4 pages for those who sign; reads as a page too."""
    found = _find(database, slug)
    if found is None:
        return no_share(request)
    written = report_of(
        found.assessment,
        found.created_at,
        frozen=True,
        address=address_of(request, f"/s/{found.slug}"),
        language=language_of(request),
    )
    return page(request, "report/index.html", headers=PRIVATE, r=written, slug=found.slug)


@router.get("/s/{slug}/card.png")
def card(request: Request, slug: str, database: TheDatabase) -> Response:
    """The picture that chats and wikis show beside a link."""
    found = _find(database, slug)
    if found is None:
        return no_share(request)
    return _card(request, found.assessment_json)


def _card(request: Request, assessment_json: str) -> Response:
    language = language_of(request)

    def draw() -> bytes:
        from app.exports.card import card_of  # its libraries load when the first one is asked for

        return card_of(assessment_json, language)

    return unchanged_or(
        request,
        f"card\n{language}\n{assessment_json}",
        draw,
        "image/png",
        **EMBED_HEADERS,
        **varied_by(request),
    )


@router.get("/s/{slug}/embed/{part}.svg")
def embedded_picture(request: Request, slug: str, part: str, database: TheDatabase) -> Response:
    """One chart as a picture that stands alone."""
    found = _find(database, slug)
    if found is None or part not in _CHARTS:
        return no_share(request)

    language = language_of(request)

    def write() -> bytes:
        with speaking(language):
            chart = _CHARTS[part](found.assessment)
            return svg(chart.drawing if chart else _nothing_drawn(), alone=True).encode()

    what = f"svg\n{language}\n{part}\n{found.assessment_json}"
    headers = {**EMBED_HEADERS, **varied_by(request)}
    return unchanged_or(request, what, write, "image/svg+xml", **headers)


@router.get("/s/{slug}/embed/{part}", response_class=HTMLResponse)
def embedded(
    request: Request,
    slug: str,
    part: str,
    database: TheDatabase,
    theme: Annotated[Literal["auto", "light", "dark"], Query()] = "auto",
) -> HTMLResponse:
    """One chart or the verdicts as a small page for a frame: no scripts, no cookies."""
    found = _find(database, slug)
    if found is None or part not in PARTS:
        return no_share(request)
    assessment, language = found.assessment, language_of(request)
    with speaking(language):
        chart = _CHARTS[part](assessment) if part in _CHARTS else None
    return page(
        request,
        "report/embed.html",
        headers=EMBED_HEADERS,
        r=report_of(assessment, found.created_at, frozen=True, language=language),
        part=part,
        chart=chart,
        address=address_of(request, f"/s/{found.slug}"),
        frame_theme=theme,
    )


@router.get("/s/{slug}.{kind}")
def shared_file(request: Request, slug: str, kind: str, database: TheDatabase) -> Response:
    """The share as PDF, spreadsheet or CSV."""
    found = _find(database, slug)
    chosen = next((k for k in KINDS if k == kind), None)
    if found is None or chosen is None:
        return no_share(request)
    return download(
        request,
        chosen,
        found.assessment,
        found.created_at,
        frozen=True,
        address=address_of(request, f"/s/{found.slug}"),
        language=language_of(request),
        **_varied(request, chosen),
    )


@router.get("/configure.{kind}")
def build_file(request: Request, kind: str, world: TheWorld) -> Response:
    """A build that is not shared as PDF, spreadsheet or CSV, as of today."""
    chosen = next((k for k in KINDS if k == kind), None)
    if chosen is None:
        return render_error(request, 404, "Not Found", "There is nothing at this address.")
    answer = _assessed(request, world)
    if isinstance(answer, Response):
        return answer
    today = datetime.combine(datetime.now(UTC).date(), time(), UTC)
    address = address_of(request, f"/configure?{answer.query}")
    return download(
        request,
        chosen,
        answer,
        today,
        frozen=False,
        address=address,
        language=language_of(request),
        **_varied(request, chosen),
    )


def _varied(request: Request, kind: FileKind) -> dict[str, str]:
    """A CSV is for programs and the same for everyone."""
    return {} if kind == "csv" else varied_by(request)


@router.get("/configure/card.png")
def build_card(request: Request, world: TheWorld) -> Response:
    """The preview picture of a build that is not shared."""
    answer = _assessed(request, world)
    if isinstance(answer, Response):
        return answer
    return _card(request, answer.model_dump_json())


def _assessed(request: Request, world: TheWorld) -> Assessment | Response:
    """The build the address holds, or the page that says what is wrong with it."""
    try:
        asked = {k: v for k, v in request.query_params.items() if k != LANGUAGE_KEY}
        return assess(spec_from_mapping(asked), world)
    except InvalidSpecError as error:
        sentence = " ".join(problem.message for problem in error.problems)
        return render_error(request, 422, "This configuration needs another look", sentence)


def _nothing_drawn() -> Drawing:
    words = said("Nothing is known that could be drawn.")
    drawing = Drawing(340, 40, words)
    drawing.label(12, 24, words, "muted")
    return drawing

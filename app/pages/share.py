"""A share link: the answer as it was issued, and what would be different today."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from app.builds.assess import assess
from app.builds.problems import InvalidSpecError
from app.builds.query import spec_from_query
from app.builds.shares import create_share, read_share
from app.database import session_scope
from app.language.languages import Language
from app.language.speaking import AsIs, said, speaking
from app.pages.errors import no_share, render_error
from app.pages.language import LANGUAGE_KEY, language_in_address, language_of
from app.pages.rendering import address_of, page
from app.pages.today import Today, today
from app.serving.state import TheDatabase, TheWorld

__all__ = ["Today", "router", "today"]

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Embed:
    """Something to paste elsewhere."""

    id: str
    label: str
    text: str


@router.post("/share", response_class=HTMLResponse)
def share(
    request: Request,
    world: TheWorld,
    database: TheDatabase,
    query: Annotated[str, Form(max_length=8000)] = "",
) -> Response:
    """Freeze the answer to this question under an address of its own."""
    try:
        assessment = assess(spec_from_query(query), world)
    except InvalidSpecError as error:
        sentence = " ".join(problem.message for problem in error.problems)
        return render_error(request, 422, "This configuration needs another look", sentence)
    with session_scope(database) as session:
        slug = create_share(session, assessment).slug
    return RedirectResponse(f"/s/{slug}", status_code=303)


@router.get("/s/{slug}", response_class=HTMLResponse)
def shared(request: Request, slug: str, world: TheWorld, database: TheDatabase) -> HTMLResponse:
    """The frozen answer; its figures come from the stored JSON and are never computed again."""
    with session_scope(database) as session:
        found = read_share(session, slug)
    if found is None:
        return no_share(request)
    address = address_of(request, f"/s/{found.slug}")
    language, stated = language_of(request), language_in_address(request)
    return page(
        request,
        "share/index.html",
        headers={"X-Robots-Tag": "noindex", "Referrer-Policy": "no-referrer"},
        assessment=found.assessment,
        created=found.created_at,
        today=today(found.assessment, world),
        slug=found.slug,
        preview_page=f"{address}?{LANGUAGE_KEY}={stated}" if stated else address,
        preview_card=f"{address}/card.png?{LANGUAGE_KEY}={language}",
        embeds=_embeds(address, language),
    )


def _embeds(address: str, language: Language) -> list[Embed]:
    """The verdicts in a frame, a chart as a picture; whoever reads them sees what was frozen.

    In the language of who pastes them: their own words stand around them.
    """
    asked = f"{LANGUAGE_KEY}={language}"
    with speaking(language):
        title, question = said("What it is good for"), said("How fast does it write?")
    frame = (
        f'<iframe src="{address}/embed/verdicts?{asked}" title="{title}" width="640" '
        'height="340" loading="lazy"></iframe>'
    )
    picture = f"[![{question}]({address}/embed/speed.svg?{asked})]({address})"
    return [
        Embed("snippet-frame", "The verdicts as a frame (HTML)", AsIs(frame)),
        Embed("snippet-picture", "A chart as a picture (Markdown)", AsIs(picture)),
    ]

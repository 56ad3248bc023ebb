"""Publishing an import: what would be added, why and from where, and the item is in the catalogue.

Needs the scope ``publish``, and no other.
"""

from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy import Engine

from app.builds.assess import World
from app.builds.importing import wanting
from app.builds.words import grouped
from app.catalogue.editing import publishing
from app.catalogue.editing.edits import SlugTakenError
from app.catalogue.editing.fields import CELL, InvalidEditError, to_cell
from app.catalogue.editing.publishing import AlreadyPublishedError, Publication
from app.catalogue.imports import Imported, read_import, slug_in
from app.database import session_scope
from app.pages.admin.common import TheForm, admin_page, field_of
from app.pages.browse.fields import field_of as field_of_kind
from app.pages.browse.fields import value_words
from app.pages.import_fields import Row
from app.serving.access import signed_in
from app.serving.following import Follower
from app.serving.state import TheDatabase, TheFollower, TheWorld
from app.tokens import Token

router = APIRouter()

Publisher = Annotated[Token, Depends(signed_in("publish"))]


@dataclass(frozen=True, slots=True)
class Given:
    """The form as it was filled in."""

    slug: str
    reason: str = ""
    source: str = ""
    problems: dict[str, str] = field(default_factory=dict)


@router.get("/publish")
def start(request: Request, publisher: Publisher, follower: TheFollower) -> Response:
    """Where the link of an import is pasted."""
    text = request.query_params.get("import", "")[:2_000].strip()
    slug = slug_in(text)
    if slug:
        return RedirectResponse(f"/admin/publish/{slug}", status_code=303)
    problem = "This is no link of an import: one ends in /i/ and 22 signs." if text else ""
    return _start_page(request, publisher, follower, text, problem, 422 if problem else 200)


@router.get("/publish/{import_slug}")
def look(
    request: Request,
    import_slug: str,
    publisher: Publisher,
    world: TheWorld,
    database: TheDatabase,
    follower: TheFollower,
) -> HTMLResponse:
    """What would be added; afterwards where it is."""
    found = _import(database, import_slug)
    if found is None:
        sentence = "There is nothing at this link. It may have been mistyped or cut short."
        return _start_page(request, publisher, follower, import_slug[:80], sentence, 404)
    proposed = publishing.publication_of(found, world.catalogue).slug
    return _page(request, publisher, world, database, follower, found, Given(proposed))


@router.post("/publish/{import_slug}")
def publish(
    request: Request,
    import_slug: str,
    form: TheForm,
    publisher: Publisher,
    world: TheWorld,
    database: TheDatabase,
    follower: TheFollower,
) -> Response:
    """Publish it, or say what needs another look with nothing lost."""
    found = _import(database, import_slug)
    if found is None:
        raise HTTPException(404, "There is nothing at this link.")
    slug = field_of(form, "f.slug").strip()
    reason, source = field_of(form, "reason"), field_of(form, "source").strip()
    try:
        publishing.publish(
            database, found, slug=slug, reason=reason, source=source, who=publisher.name
        )
    except InvalidEditError as error:
        problems = {p.field: p.message for p in error.problems}
        given = Given(slug, reason, source, problems)
        status = 409 if isinstance(error, SlugTakenError) else 422
        return _page(request, publisher, world, database, follower, found, given, status=status)
    except AlreadyPublishedError as error:
        given = Given(slug, reason, source, {"": str(error)})
        return _page(request, publisher, world, database, follower, found, given, status=409)
    follower.refresh()
    return RedirectResponse(f"/admin/publish/{import_slug}?done=1", status_code=303)


def _import(database: Engine, slug: str) -> Imported | None:
    with session_scope(database) as session:
        return read_import(session, slug)


def _rows(found: Imported, planned: Publication) -> list[Row]:
    """Every fact in words, with its source; what nobody said is what the catalogue takes then."""
    rows = []
    for name, value in planned.values.items():
        if name.startswith(CELL):
            continue
        about = field_of_kind(planned.kind, name)
        parts = value if isinstance(value, list) else [value]
        words = [_figure(v) if about.numeric else value_words(name, v) for v in parts]
        said = name in type(found.draft).model_fields or name in ("notes", "count_check")
        own = (found.draft.source or "Imported") if said else "What is usual, as nothing is said"
        source = str(planned.values.get(f"{CELL}{name}", own))
        rows.append(Row(about.label, ", ".join(words), about.unit, source))
    return rows


def _figure(value: Any) -> str:
    """In full, as it is going to be stored; whole numbers in groups of three."""
    whole = isinstance(value, int | float) and float(value).is_integer()
    return grouped(value) if whole else to_cell(value)


def _start_page(
    request: Request,
    publisher: Token,
    follower: Follower,
    text: str,
    problem: str,
    status: int,
) -> HTMLResponse:
    return admin_page(
        request,
        "publish_start.html",
        publisher,
        follower,
        status=status,
        asked=text,
        problem=problem,
    )


def _page(
    request: Request,
    publisher: Token,
    world: World,
    database: Engine,
    follower: Follower,
    found: Imported,
    given: Given,
    *,
    status: int = 200,
) -> HTMLResponse:
    planned = publishing.publication_of(found, world.catalogue)
    return admin_page(
        request,
        "publish.html",
        publisher,
        follower,
        status=status,
        kept=found,
        planned=planned,
        facts=_rows(found, planned),
        unknown=[field_of_kind(planned.kind, name).label for name in planned.unknown],
        wanting=wanting(found.draft),
        there=publishing.published(database, found),
        given=given,
        done="done" in request.query_params,
    )

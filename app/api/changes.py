"""GET /catalogue/changes: what was edited since a revision or a time, oldest first."""

from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from app.api.editing import FieldChange
from app.builds.problems import InvalidSpecError, Problem
from app.catalogue.editing.history import MAX_LIMIT, Edit, UnknownSinceError, edits_since
from app.serving.access import reader
from app.serving.state import TheDatabase, TheWorld
from app.tokens import Token

router = APIRouter(tags=["catalogue"])


class CatalogueChange(BaseModel):
    """One edit of one entry."""

    id: int
    at: datetime
    kind: str = Field(description="Empty for a release, which may change anything")
    slug: str
    action: str = Field(
        description="add, change, withdraw, confirm, import, publish, undo, release"
    )
    changes: list[FieldChange]
    reason: str
    source: str | None
    undoes: int | None = Field(description="The edit it takes back")
    revision: str = Field(description="The catalogue's revision it led to")
    who: str | None = Field(description="Name of the token; only for whoever sends a token")


class CatalogueChanges(BaseModel):
    """One page of changes."""

    items: list[CatalogueChange]
    next: str | None = Field(description="Address of the next page; none at the end")
    total: int = Field(description="Changes that match, on all pages")
    revision: str = Field(description="The catalogue's revision as served now")


@router.get("/catalogue/changes")
def changes(
    request: Request,
    response: Response,
    world: TheWorld,
    database: TheDatabase,
    token: Annotated[Token | None, Depends(reader)],
    since: Annotated[
        str | None,
        Query(max_length=64, description="A revision the catalogue has been in, or a time"),
    ] = None,
    kind: Annotated[str | None, Query(max_length=40)] = None,
    slug: Annotated[str | None, Query(max_length=160)] = None,
    cursor: Annotated[int, Query(ge=0, lt=2**31, description="As in `next`")] = 0,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = 50,
) -> CatalogueChanges:
    """What was edited, oldest first; reading needs no token, names of editors do."""
    try:
        found = edits_since(database, since, after=cursor, kind=kind, slug=slug, limit=limit)
    except UnknownSinceError as error:
        raise InvalidSpecError([Problem("since", str(error))]) from error
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Vary"] = "Authorization"
    return CatalogueChanges(
        items=[_shown(edit, named=token is not None) for edit in found.items],
        next=_next(request, found.next),
        total=found.total,
        revision=world.catalogue.revision,
    )


def _shown(edit: Edit, *, named: bool) -> CatalogueChange:
    facts: dict[str, Any] = {
        name: getattr(edit, name)
        for name in ("id", "at", "kind", "slug", "action", "reason", "source", "undoes", "revision")
    }
    return CatalogueChange(
        **facts,
        changes=[FieldChange(field=c.field, old=c.old, new=c.new) for c in edit.changes],
        who=edit.who if named else None,
    )


def _next(request: Request, last: int | None) -> str | None:
    if last is None:
        return None
    kept = [(k, v) for k, v in request.query_params.multi_items() if k != "cursor"]
    return f"{request.url.path}?{urlencode([*kept, ('cursor', last)])}"

"""Share links: freeze an assessment, read it back unchanged."""

import json
from datetime import datetime

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from app.api.bodies import require_json
from app.builds.assess import assess
from app.builds.assessment import Assessment
from app.builds.shares import create_share, read_share
from app.builds.spec import BuildSpec
from app.database import session_scope
from app.language.languages import Language
from app.serving.downloads import MEDIA_TYPES, FileKind, download
from app.serving.state import TheDatabase, TheWorld

router = APIRouter(prefix="/shares", tags=["shares"])


class ShareIn(BaseModel):
    """What to freeze."""

    model_config = ConfigDict(extra="forbid")

    spec: BuildSpec


class ShareCreated(BaseModel):
    """Where the frozen assessment is found."""

    slug: str
    created_at: datetime
    url: str = Field(description="The page for people")


class ShareOut(BaseModel):
    """An assessment as it was issued."""

    slug: str
    created_at: datetime
    assessment: Assessment


@router.post("", status_code=201, response_model=ShareCreated, dependencies=[Depends(require_json)])
def share(
    given: ShareIn, request: Request, response: Response, world: TheWorld, database: TheDatabase
) -> ShareCreated:
    """Assess a build and keep the answer under an address of its own, as it is today."""
    assessment = assess(given.spec, world)
    with session_scope(database) as session:
        kept = create_share(session, assessment)
    response.headers["Location"] = request.url_for("shared_assessment", slug=kept.slug).path
    page = request.base_url.replace(path=f"/s/{kept.slug}")
    return ShareCreated(slug=kept.slug, created_at=kept.created_at, url=str(page))


@router.get("/{slug}", response_model=ShareOut, name="shared_assessment")
def shared(slug: str, database: TheDatabase) -> Response:
    """The assessment as it was issued, to the byte; nothing is computed again."""
    with session_scope(database) as session:
        found = read_share(session, slug)
    if found is None:
        raise HTTPException(404, "There is no share at this address.")
    # the stored text goes in as it is: reading and writing it again could change it
    text = (
        f'{{"slug":{json.dumps(found.slug)},"created_at":"{found.created_at.isoformat()}",'
        f'"assessment":{found.assessment_json}}}'
    )
    headers = {"X-Robots-Tag": "noindex", "Referrer-Policy": "no-referrer"}
    return Response(text, headers=headers, media_type="application/json")


@router.get(
    "/{slug}/export.{kind}",
    response_class=Response,
    responses={
        200: {
            "description": "The file",
            "content": {
                media.partition(";")[0]: {"schema": {"type": "string", "format": "binary"}}
                for media in MEDIA_TYPES.values()
            },
        }
    },
)
def exported(
    slug: str, kind: FileKind, request: Request, database: TheDatabase, lang: Language = "en"
) -> Response:
    """The share as a two-page PDF, a spreadsheet, or a CSV of all its figures.

    Words of the PDF and the spreadsheet are in ``lang``; a CSV is the same in every language.
    """
    with session_scope(database) as session:
        found = read_share(session, slug)
    if found is None:
        raise HTTPException(404, "There is no share at this address.")
    page = str(request.base_url.replace(path=f"/s/{found.slug}"))
    return download(
        request,
        kind,
        found.assessment,
        found.created_at,
        frozen=True,
        address=page,
        language=lang,
        **{"Content-Language": "en" if kind == "csv" else lang},
    )

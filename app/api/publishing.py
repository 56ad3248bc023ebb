"""Publishing an import over REST: what would be added, and adding it. Needs the scope `publish`."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, HTTPException
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Engine

from app.api.bodies import require_json
from app.api.editing import EditMade, Reason, Slug, Source
from app.builds.importing import wanting
from app.catalogue.editing import publishing
from app.catalogue.editing.edits import SlugTakenError
from app.catalogue.imports import Imported, read_import
from app.database import session_scope
from app.serving.access import holder
from app.serving.state import TheDatabase, TheFollower, TheWorld
from app.tokens import Token

router = APIRouter(prefix="/imports", tags=["imports"])

Publisher = Annotated[Token, Depends(holder("publish"))]


class PublishIn(BaseModel):
    """Why an import is published, and where its facts can be read."""

    model_config = ConfigDict(extra="forbid")

    reason: Reason
    source: Source
    slug: Slug | None = Field(
        default=None, description="Of the new entry; the proposed one where it is left out"
    )


class LikeEntry(BaseModel):
    """An entry of the catalogue that may be the same thing."""

    slug: str
    name: str
    likeness: Literal["same-name", "same-figures", "similar-name", "similar-figures"]


class PublicationOut(BaseModel):
    """What publishing an import would add."""

    kind: str
    slug: str = Field(description="Proposed: no entry has it")
    facts: dict[str, Any] = Field(
        description="Every known fact by field; `cell_sources.FIELD` is the source of one of them"
    )
    unknown: list[str] = Field(description="Fields nobody has said anything about")
    wanting: list[str] = Field(description="What estimates with it will say is unknown")
    similar: list[LikeEntry] = Field(description="The likeliest first")
    published_as: str | None = Field(description="Its slug in the catalogue, where it is there")


@router.get("/{slug}/publication")
def plan_publication(
    slug: str, _: Publisher, world: TheWorld, database: TheDatabase
) -> PublicationOut:
    """Say what publishing an import would add, and what the catalogue has that is like it."""
    found = _import(database, slug)
    planned = publishing.publication_of(found, world.catalogue)
    there = publishing.published(database, found)
    return PublicationOut(
        kind=planned.kind,
        slug=planned.slug,
        facts=dict(planned.values),
        unknown=list(planned.unknown),
        wanting=wanting(found.draft),
        similar=[
            LikeEntry(slug=s.fact.slug, name=s.fact.name, likeness=s.likeness)
            for s in planned.similar
        ],
        published_as=None if there is None else there.slug,
    )


@router.post("/{slug}/publication", status_code=201, dependencies=[Depends(require_json)])
def publish_import(
    slug: str,
    given: PublishIn,
    publisher: Publisher,
    world: TheWorld,
    database: TheDatabase,
    follower: TheFollower,
) -> EditMade:
    """Take an import into the catalogue, as an entry of its own that can be edited and undone.

    The import stays, with its link: what uses it keeps its numbers. Answered 409 where the slug is
    taken or the import is published already.
    """
    found = _import(database, slug)
    wanted = given.slug or publishing.publication_of(found, world.catalogue).slug
    try:
        made = publishing.publish(
            database,
            found,
            slug=wanted,
            reason=given.reason,
            source=given.source.strip(),
            who=publisher.name,
        )
    except SlugTakenError as error:
        raise HTTPException(409, str(error)) from error
    return EditMade.of(made, follower)


def _import(database: Engine, slug: str) -> Imported:
    with session_scope(database) as session:
        found = read_import(session, slug)
    if found is None:
        raise HTTPException(404, "Nothing is kept at this address.")
    return found

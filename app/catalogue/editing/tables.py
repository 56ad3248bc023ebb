"""What editors did: every edit, and which facts differ from the shipped seed because of them."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, DateTime, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from app.database.digests import UNSEALED


class EditRow(SQLModel, table=True):
    """One edit of one item; never changed, never deleted. Undoing is another edit."""

    __tablename__ = "catalogue_edits"

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=DateTime(timezone=True), index=True)
    kind: str = Field(index=True, max_length=40)
    slug: str = Field(index=True, max_length=160)
    action: str = Field(max_length=16)
    who: str = Field(max_length=80, description="Name of the token")
    reason: str = Field(sa_type=Text)
    source: str | None = Field(default=None, sa_type=Text)
    changes: list[dict[str, Any]] = Field(
        sa_type=JSON, description="Each field with its old and its new value"
    )
    version_before: str | None = Field(default=None, max_length=16)
    version_after: str | None = Field(default=None, max_length=16)
    undoes: int | None = None
    batch: str | None = Field(default=None, max_length=32, description="Edits made as one")
    revision: str = Field(max_length=64, description="The catalogue's revision it led to")
    revision_id: int = Field(foreign_key="catalogue_revisions.id", index=True)
    digest: str = Field(
        default=UNSEALED,
        max_length=64,
        sa_column_kwargs={"server_default": UNSEALED},
        description="Of all the others, to see damage by",
    )


class EditedItemRow(SQLModel, table=True):
    """An item that is not as the seed has it. What editors set wins over the seed."""

    __tablename__ = "edited_items"
    __table_args__ = (UniqueConstraint("kind", "slug", name="uq_edited_items_kind_slug"),)

    id: int | None = Field(default=None, primary_key=True)
    kind: str = Field(max_length=40)
    slug: str = Field(max_length=160)
    seed: dict[str, Any] | None = Field(
        default=None, sa_type=JSON, description="What the loaded seed says; none where nothing"
    )
    edited: dict[str, Any] = Field(sa_type=JSON, description="Field to the value editors set")
    newer: dict[str, Any] = Field(
        sa_type=JSON, description="Field to what a newer seed says, until an editor has looked"
    )
    problem: str | None = Field(
        default=None, sa_type=Text, description="Why the edited item is not served as edited"
    )
    version: str = Field(max_length=16, description="Of the facts as served")
    digest: str = Field(
        default=UNSEALED,
        max_length=64,
        sa_column_kwargs={"server_default": UNSEALED},
        description="Of all the others, to see damage by",
    )

"""Share links: an assessment as it was issued, kept under an address nobody can guess.

A share is written once and never changed. What is read back is the text that was stored, to the
byte; nothing in it is computed again.
"""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import JSON, DateTime, Text
from sqlmodel import Field, Session, SQLModel, col, select

from app.builds.assessment import Assessment
from app.database.digests import UNSEALED, digest_of_row, verified

SLUG_BYTES: Final = 16
"""128 bits: guessing finds nothing."""


class ShareRow(SQLModel, table=True):
    """A stored share."""

    __tablename__ = "shares"

    id: int | None = Field(default=None, primary_key=True)
    slug: str = Field(index=True, unique=True, max_length=64)
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    spec: dict[str, Any] = Field(sa_type=JSON, description="The question, for queries")
    assessment: str = Field(sa_type=Text, description="The answer's JSON text as issued")
    estimator_version: str
    calibration_version: str
    catalogue_revision: str
    digest: str = Field(
        default=UNSEALED,
        max_length=64,
        sa_column_kwargs={"server_default": UNSEALED},
        description="Of all the others, to see damage by",
    )


@dataclass(frozen=True, slots=True)
class Share:
    """A frozen answer. ``assessment_json`` is the text as issued."""

    slug: str
    created_at: datetime
    assessment_json: str

    @property
    def assessment(self) -> Assessment:
        """The stored answer, read back into its shape."""
        return Assessment.model_validate_json(self.assessment_json)


def create_share(session: Session, assessment: Assessment) -> Share:
    """Store an answer under a new address; the caller commits.

    Raises:
        sqlalchemy.exc.OperationalError: the database cannot be written.
    """
    row = ShareRow(
        slug=secrets.token_urlsafe(SLUG_BYTES),
        created_at=datetime.now(UTC),
        spec=assessment.spec.model_dump(mode="json"),
        assessment=assessment.model_dump_json(),
        estimator_version=assessment.estimator_version,
        calibration_version=assessment.calibration_version,
        catalogue_revision=assessment.catalogue_revision,
    )
    row.digest = digest_of_row(row.model_dump())
    session.add(row)
    session.flush()
    return _share(row)


def read_share(session: Session, slug: str) -> Share | None:
    """The share at an address; None where there is none.

    Raises:
        DamagedError: it is not as it was stored.
    """
    row = session.exec(select(ShareRow).where(col(ShareRow.slug) == slug)).first()
    if row is None:
        return None
    verified(row.model_dump(), "this share")
    return _share(row)


def _share(row: ShareRow) -> Share:
    # SQLite gives the time back without its zone; it was stored as UTC
    created_at = row.created_at.replace(tzinfo=row.created_at.tzinfo or UTC)
    return Share(row.slug, created_at, row.assessment)

"""Share links: assessments as they were issued.

Revision: 0002
Revises: 0001
Created: 2026-11-21 06:08:00
"""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision: str = "0002"
down_revision: str | Sequence[str] | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "shares",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("spec", sa.JSON(), nullable=False),
        sa.Column("assessment", sa.Text(), nullable=False),
        sa.Column("estimator_version", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("calibration_version", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("catalogue_revision", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("shares") as batch:
        batch.create_index(batch.f("ix_shares_slug"), ["slug"], unique=True)


def downgrade() -> None:
    """Take the change back."""
    op.drop_table("shares")

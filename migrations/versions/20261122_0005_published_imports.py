"""Imports know the edit that took them into the catalogue.

Revision: 0005
Revises: 0004
Created: 2026-11-22 00:00:00
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | Sequence[str] | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the change."""
    with op.batch_alter_table("imports") as batch:
        batch.add_column(sa.Column("published_edit", sa.Integer(), nullable=True))


def downgrade() -> None:
    """Take the change back."""
    with op.batch_alter_table("imports") as batch:
        batch.drop_column("published_edit")

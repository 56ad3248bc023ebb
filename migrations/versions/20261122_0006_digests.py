"""Digests: whether what is read is what was stored.

Revision: 0006
Revises: 0005
Created: 2026-11-22 00:05:00
"""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op

from app.database.digests import digest_of_row

revision: str = "0006"
down_revision: str | Sequence[str] | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

COLUMNS: dict[str, tuple[sa.Column, ...]] = {
    "shares": (
        sa.Column("slug", sa.String()),
        sa.Column("created_at", sa.DateTime(timezone=True)),
        sa.Column("spec", sa.JSON()),
        sa.Column("assessment", sa.Text()),
        sa.Column("estimator_version", sa.String()),
        sa.Column("calibration_version", sa.String()),
        sa.Column("catalogue_revision", sa.String()),
    ),
    "imports": (
        sa.Column("slug", sa.String()),
        sa.Column("kind", sa.String()),
        sa.Column("name", sa.String()),
        sa.Column("payload", sa.JSON()),
        sa.Column("created_at", sa.DateTime(timezone=True)),
    ),
    "catalogue_edits": (
        sa.Column("at", sa.DateTime(timezone=True)),
        sa.Column("kind", sa.String()),
        sa.Column("slug", sa.String()),
        sa.Column("action", sa.String()),
        sa.Column("who", sa.String()),
        sa.Column("reason", sa.Text()),
        sa.Column("source", sa.Text()),
        sa.Column("changes", sa.JSON()),
        sa.Column("version_before", sa.String()),
        sa.Column("version_after", sa.String()),
        sa.Column("undoes", sa.Integer()),
        sa.Column("batch", sa.String()),
        sa.Column("revision", sa.String()),
        sa.Column("revision_id", sa.Integer()),
    ),
    "edited_items": (
        sa.Column("kind", sa.String()),
        sa.Column("slug", sa.String()),
        sa.Column("seed", sa.JSON(none_as_null=True)),
        sa.Column("edited", sa.JSON()),
        sa.Column("newer", sa.JSON()),
        sa.Column("problem", sa.Text()),
        sa.Column("version", sa.String()),
    ),
}


def upgrade() -> None:
    """Apply the change. Rows there are get their digest; the catalogue's come with the seed."""
    for table, columns in COLUMNS.items():
        with op.batch_alter_table(table) as batch:
            batch.add_column(
                sa.Column(
                    "digest",
                    sqlmodel.sql.sqltypes.AutoString(length=64),
                    nullable=False,
                    server_default="",
                )
            )
        _seal(table, columns)
    with op.batch_alter_table("catalogue_revisions") as batch:
        batch.add_column(sa.Column("digests", sa.JSON(), nullable=True))


def _seal(name: str, columns: Sequence[sa.Column]) -> None:
    connection = op.get_bind()
    fresh = [sa.Column(column.name, column.type) for column in columns]
    table = sa.Table(
        name, sa.MetaData(), sa.Column("id", sa.Integer()), *fresh, sa.Column("digest", sa.String())
    )
    numbers = connection.execute(sa.select(table.c.id).order_by(table.c.id)).scalars().all()
    for number in numbers:  # one by one: a share is large
        here = table.c.id == number
        row = connection.execute(sa.select(*(table.c[c.name] for c in columns)).where(here))
        digest = digest_of_row(dict(row.mappings().one()))
        connection.execute(sa.update(table).where(here).values(digest=digest))


def downgrade() -> None:
    """Take the change back."""
    with op.batch_alter_table("catalogue_revisions") as batch:
        batch.drop_column("digests")
    for table in reversed(COLUMNS):
        with op.batch_alter_table(table) as batch:
            batch.drop_column("digest")

"""Editing: edits and their history, tokens, sign-ins; whether a price contains VAT.

Revision: 0004
Revises: 0003
Created: 2026-11-21 21:00:00
"""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision: str = "0004"
down_revision: str | Sequence[str] | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TEXT = sqlmodel.sql.sqltypes.AutoString


def upgrade() -> None:
    """Apply the change."""
    with op.batch_alter_table("prices") as batch:
        batch.add_column(sa.Column("vat", sa.String(), nullable=True))

    op.create_table(
        "catalogue_edits",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", TEXT(length=40), nullable=False),
        sa.Column("slug", TEXT(length=160), nullable=False),
        sa.Column("action", TEXT(length=16), nullable=False),
        sa.Column("who", TEXT(length=80), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("version_before", TEXT(length=16), nullable=True),
        sa.Column("version_after", TEXT(length=16), nullable=True),
        sa.Column("undoes", sa.Integer(), nullable=True),
        sa.Column("batch", TEXT(length=32), nullable=True),
        sa.Column("revision", TEXT(length=64), nullable=False),
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["revision_id"], ["catalogue_revisions.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("catalogue_edits") as batch:
        for column in ("at", "kind", "revision_id", "slug"):
            batch.create_index(batch.f(f"ix_catalogue_edits_{column}"), [column], unique=False)

    op.create_table(
        "edited_items",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", TEXT(length=40), nullable=False),
        sa.Column("slug", TEXT(length=160), nullable=False),
        sa.Column("seed", sa.JSON(), nullable=True),
        sa.Column("edited", sa.JSON(), nullable=False),
        sa.Column("newer", sa.JSON(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("version", TEXT(length=16), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("kind", "slug", name="uq_edited_items_kind_slug"),
    )

    op.create_table(
        "tokens",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", TEXT(length=80), nullable=False),
        sa.Column("scopes", TEXT(length=80), nullable=False),
        sa.Column("secret_sha256", TEXT(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("tokens") as batch:
        batch.create_index(batch.f("ix_tokens_name"), ["name"], unique=True)
        batch.create_index(batch.f("ix_tokens_secret_sha256"), ["secret_sha256"], unique=True)

    op.create_table(
        "editor_sessions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("secret_sha256", TEXT(length=64), nullable=False),
        sa.Column("token_id", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["token_id"], ["tokens.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("editor_sessions") as batch:
        batch.create_index(
            batch.f("ix_editor_sessions_secret_sha256"), ["secret_sha256"], unique=True
        )
        batch.create_index(batch.f("ix_editor_sessions_token_id"), ["token_id"], unique=False)


def downgrade() -> None:
    """Take the change back."""
    op.drop_table("editor_sessions")
    op.drop_table("tokens")
    op.drop_table("edited_items")
    op.drop_table("catalogue_edits")
    with op.batch_alter_table("prices") as batch:
        batch.drop_column("vat")

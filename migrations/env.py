"""Runs migrations: on the connection the program hands over, or on one of its own."""

import os
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection

from app.catalogue.columns import Money
from app.database import metadata, open_database

# Every module that defines tables: autogenerate sees only what has been imported.
TABLE_MODULES = (
    "app.catalogue.tables",
    "app.catalogue.imports",
    "app.catalogue.editing.tables",
    "app.builds.shares",
    "app.tokens",
)

for module in TABLE_MODULES:
    if find_spec(module) is not None:
        import_module(module)


def render_item(kind: str, item: Any, autogen: AutogenContext) -> str | Literal[False]:
    """Write the program's own column type with the import it needs."""
    if kind == "type" and isinstance(item, Money):
        autogen.imports.add("from app.catalogue.columns import Money")
        return "Money()"
    return False


def run(connection: Connection) -> None:
    """Run the migrations the command asks for.

    Batch mode, because SQLite cannot alter a column in place.
    """
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,
        compare_type=True,
        render_item=render_item,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    engine = open_database(os.environ.get("DATABASE_URL", "sqlite:///rigwise.db"))
    with engine.connect() as own:
        run(own)
        own.commit()

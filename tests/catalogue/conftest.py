"""One database loaded from the seed for all catalogue tests."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from app.catalogue.seed import SeedReport, load_seed
from app.database import migrate, open_database
from tests.databases import NewDatabase


@pytest.fixture(scope="session")
def loaded(new_database: NewDatabase) -> Iterator[tuple[Engine, SeedReport]]:
    """A migrated database with the seed in it, and the report on loading it."""
    engine = open_database(new_database())
    migrate(engine)
    report = load_seed(engine)
    yield engine, report
    engine.dispose()

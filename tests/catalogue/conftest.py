"""One database loaded from the seed for all catalogue tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from app.catalogue.seed import SeedReport, load_seed
from app.database import migrate, open_database


@pytest.fixture(scope="session")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Engine, SeedReport]]:
    """A migrated SQLite database with the seed in it, and the report on loading it."""
    path: Path = tmp_path_factory.mktemp("catalogue") / "rigwise.db"
    engine = open_database(f"sqlite:///{path}")
    migrate(engine)
    report = load_seed(engine)
    yield engine, report
    engine.dispose()

"""The database comes up by itself, with the settings that keep data safe."""

from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import inspect, text
from sqlalchemy.exc import IntegrityError

from app.database import exclusive, migrate, open_database, session_scope
from tests.databases import NewDatabase

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def config() -> Config:
    """What the alembic command line reads."""
    return Config(str(ROOT / "alembic.ini"))


def test_migrating_twice_is_harmless(new_database: NewDatabase) -> None:
    engine = open_database(new_database())
    migrate(engine)
    migrate(engine)
    assert "gpus" in inspect(engine).get_table_names()
    engine.dispose()


@pytest.mark.sqlite
def test_folder_of_a_database_file_is_made(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path}/new/folder/rigwise.db")
    migrate(engine)
    engine.dispose()
    assert (tmp_path / "new" / "folder" / "rigwise.db").is_file()


def test_tables_and_migrations_agree(new_database: NewDatabase, config: Config) -> None:
    engine = open_database(new_database())
    migrate(engine)
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.check(config)
    engine.dispose()


def test_migrations_can_be_taken_back(new_database: NewDatabase, config: Config) -> None:
    engine = open_database(new_database())
    migrate(engine)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    assert set(inspect(engine).get_table_names()) <= {"alembic_version"}
    engine.dispose()


@pytest.mark.sqlite
def test_sqlite_file_is_opened_safely(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path}/rigwise.db")
    with engine.connect() as connection:
        settings = {
            name: connection.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "foreign_keys", "busy_timeout", "synchronous")
        }
    engine.dispose()
    assert settings == {
        "journal_mode": "wal",
        "foreign_keys": 1,
        "busy_timeout": 5000,
        "synchronous": 2,
    }


def test_fact_without_a_listed_source_cannot_be_stored(new_database: NewDatabase) -> None:
    engine = open_database(new_database())
    migrate(engine)
    statement = (
        "INSERT INTO aliases (kind, alias, source) VALUES ('gpus', 'x', 'nobody has said so')"
    )
    with pytest.raises(IntegrityError), session_scope(engine) as session:
        session.execute(text(statement))
    engine.dispose()


def test_exclusive_transaction_rolls_back_on_failure(new_database: NewDatabase) -> None:
    engine = open_database(new_database())
    migrate(engine)

    def fail_halfway() -> None:
        with exclusive(engine) as connection:
            connection.execute(text("INSERT INTO sources (citation) VALUES ('x')"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_halfway()
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM sources")).scalar() == 0
    engine.dispose()


def test_plain_postgresql_address_means_psycopg() -> None:
    engine = open_database("postgresql://somebody@localhost/rigwise")
    assert engine.dialect.driver == "psycopg"

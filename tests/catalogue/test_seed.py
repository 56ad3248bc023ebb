"""The seed loads whole, once, and says what it left out and why."""

import csv
import shutil
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from app.catalogue.facts import GpuFacts
from app.catalogue.kinds import KINDS
from app.catalogue.seed import SeedReport, load_seed, report_on_seed
from app.catalogue.seed_files import SEED_DIR, SLUG, parse_row, read_seed, seed_revision
from app.catalogue.snapshot import Catalogue, load_catalogue
from app.database import migrate, open_database, session_scope
from tests.databases import NewDatabase

ROWS = {
    "engines.csv": 28,
    "quantizations.csv": 99,
    "platforms.csv": 30,
    "cpus.csv": 673,
    "gpus.csv": 292,
    "memory_modules.csv": 70,
    "interconnects.csv": 69,
    "systems.csv": 154,
    "models.csv": 246,
    "use_cases.csv": 52,
    "prices.csv": 874,
    "exchange_rates.csv": 3,
    "measurements/gpu_apple.csv": 934,
    "measurements/cpu_hybrid_soc.csv": 664,
    "measurements/serving.csv": 735,
    "measurements/harvest2.csv": 576,
    "measurements/harvest3.csv": 291,
    "measurements/harvest4.csv": 172,
    "measurements/harvest5.csv": 13,
    "aliases.csv": 882,
}
"""Fewest rows of each file: facts are added and corrected, not lost."""


def test_every_row_of_every_seed_file_is_loaded(loaded: tuple[Engine, SeedReport]) -> None:
    _, report = loaded
    assert report.changed
    assert list(report.lines()) == [
        f"{file.file}: {file.read} read, {file.read} loaded, 0 not loaded" for file in report.files
    ]
    assert report.complete


def test_no_seed_file_has_lost_rows(loaded: tuple[Engine, SeedReport]) -> None:
    read = {file.file: file.read for file in loaded[1].files}
    assert set(read) == set(ROWS)
    assert {file for file, rows in ROWS.items() if read[file] < rows} == set()


def test_every_measurement_file_is_read() -> None:
    on_disk = {f"measurements/{path.name}" for path in (SEED_DIR / "measurements").iterdir()}
    assert on_disk == {file for file in ROWS if file.startswith("measurements/")}


def test_loading_the_same_seed_again_changes_nothing(loaded: tuple[Engine, SeedReport]) -> None:
    engine, first = loaded
    again = load_seed(engine)
    assert not again.changed
    assert again.revision == first.revision
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM catalogue_revisions")).scalar() == 1


def test_database_and_seed_give_the_same_snapshot(
    loaded: tuple[Engine, SeedReport], catalogue: Catalogue
) -> None:
    with session_scope(loaded[0]) as session:
        stored = load_catalogue(session)
    assert stored.revision == catalogue.revision
    for kind in KINDS:
        assert stored.of_kind(kind) == catalogue.of_kind(kind), kind
    assert stored == catalogue


def test_empty_database_has_no_catalogue(new_database: NewDatabase) -> None:
    engine = open_database(new_database())
    migrate(engine)
    with pytest.raises(LookupError, match="load the seed"), session_scope(engine) as session:
        load_catalogue(session)
    engine.dispose()


def test_slugs_are_well_formed_and_used_once(catalogue: Catalogue) -> None:
    for kind in KINDS:
        for slug, fact in catalogue.of_kind(kind).items():
            assert SLUG.fullmatch(slug), f"{kind}: {slug}"
            assert fact.slug == slug


def test_every_fact_has_a_source_and_every_cell_source_a_field(catalogue: Catalogue) -> None:
    for kind in KINDS:
        for slug, fact in catalogue.of_kind(kind).items():
            assert fact.source.strip(), f"{kind}: {slug}"
            assert all(note.strip() for note in fact.cell_sources.values()), f"{kind}: {slug}"


@pytest.fixture
def copied_seed(tmp_path: Path) -> Path:
    """A copy of the seed that a test may spoil."""
    return Path(shutil.copytree(SEED_DIR, tmp_path / "seed"))


def _append(path: Path, **cells: str) -> None:
    with path.open(newline="", encoding="utf-8") as stream:
        header = next(csv.reader(stream))
    with path.open("a", newline="", encoding="utf-8") as stream:
        csv.DictWriter(stream, header, lineterminator="\n").writerow(cells)


def test_new_release_of_the_seed_replaces_the_old_one(
    copied_seed: Path, new_database: NewDatabase
) -> None:
    engine = open_database(new_database())
    migrate(engine)
    old = load_seed(engine, copied_seed)
    _append(
        copied_seed / "gpus.csv",
        slug="nvidia-test-card",
        name="Test Card",
        source="a test",
        vendor="NVIDIA",
        memory_gib="24",
    )
    new = load_seed(engine, copied_seed)
    assert new.changed
    assert new.revision != old.revision
    with session_scope(engine) as session:
        stored = load_catalogue(session)
    engine.dispose()
    assert stored.revision == new.revision == seed_revision(copied_seed)
    assert stored.get("gpus", "Test Card").memory_gib == 24


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"slug": "no-source", "name": "x", "vendor": "x"}, "source: Field required"),
        ({"slug": "Bad Slug", "name": "x", "source": "x", "vendor": "x"}, "slug has characters"),
        ({"slug": "nvidia-l4", "name": "x", "source": "x", "vendor": "x"}, "used twice"),
        (
            {"slug": "x", "name": "x", "source": "x", "vendor": "x", "memory_gib": "lots"},
            "memory_gib",
        ),
        (
            {"slug": "x", "name": "x", "source": "x", "vendor": "x", "bandwidth_gbs": "nan"},
            "finite",
        ),
        (
            {
                "slug": "x",
                "name": "x",
                "source": "x",
                "vendor": "x",
                "cell_sources": '{"speed": "somebody"}',
            },
            "cell_sources names no field: speed",
        ),
    ],
)
def test_bad_row_is_left_out_and_explained(
    copied_seed: Path, cells: dict[str, str], reason: str
) -> None:
    _append(copied_seed / "gpus.csv", **cells)
    gpus = next(file for file in report_on_seed(copied_seed).files if file.file == "gpus.csv")
    assert gpus.loaded == gpus.read - 1
    assert len(gpus.problems) == 1
    assert reason in gpus.problems[0].reason


def test_row_that_names_something_unknown_is_left_out(copied_seed: Path) -> None:
    _append(
        copied_seed / "systems.csv",
        slug="a-box",
        name="A box",
        source="a test",
        vendor="x",
        gpu_slug="no-such-gpu",
    )
    report = report_on_seed(copied_seed)
    assert not report.complete
    assert any("gpu_slug names nothing in gpus: no-such-gpu" in line for line in report.lines())


def test_unknown_column_is_refused() -> None:
    with pytest.raises(ValueError, match="no such column: speed"):
        parse_row(GpuFacts, {"slug": "x", "name": "x", "source": "x", "speed": "1"})


def test_failing_load_leaves_the_old_catalogue(
    copied_seed: Path, new_database: NewDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = open_database(new_database())
    migrate(engine)
    old = load_seed(engine, copied_seed)
    _append(copied_seed / "gpus.csv", slug="x", name="x", source="x", vendor="x")

    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("app.catalogue.seed._note_revision", fail)
    with pytest.raises(OSError, match="disk full"):
        load_seed(engine, copied_seed)
    with session_scope(engine) as session:
        stored = load_catalogue(session)
    engine.dispose()
    assert stored.revision == old.revision
    assert "x" not in stored.gpus


def test_missing_seed_file_is_an_error(copied_seed: Path) -> None:
    (copied_seed / "gpus.csv").unlink()
    with pytest.raises(FileNotFoundError):
        read_seed(copied_seed)

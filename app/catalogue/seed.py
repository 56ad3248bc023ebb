"""Loading the seed files into the database: once, and again when a release brings new ones."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, Table, delete, func, insert, select, update

from app.catalogue.digests import digests_of
from app.catalogue.editing.store import verify_revision
from app.catalogue.editing.upgrade import carry_over, note_release
from app.catalogue.kinds import KINDS
from app.catalogue.seed_files import (
    SEED_DIR,
    FileReport,
    SeedContent,
    read_seed,
    seed_revision,
)
from app.catalogue.tables import TABLES, AliasRow, RevisionRow, SourceRow
from app.database import exclusive

_BATCH: Final = 500


@dataclass(frozen=True, slots=True)
class SeedReport:
    """What loading the seed did: the revision, whether anything changed, and each file's count."""

    revision: str
    changed: bool
    files: tuple[FileReport, ...]

    @property
    def complete(self) -> bool:
        """Whether every row of every file was loaded."""
        return not any(file.problems for file in self.files)

    def lines(self) -> Iterator[str]:
        """The report as lines of text, one a file and one a row left out."""
        for file in self.files:
            left_out = file.read - file.loaded
            yield f"{file.file}: {file.read} read, {file.loaded} loaded, {left_out} not loaded"
            for problem in file.problems:
                yield f"  line {problem.line} ({problem.slug or 'no slug'}): {problem.reason}"


def report_on_seed(seed_dir: Path = SEED_DIR) -> SeedReport:
    """Check the seed files without touching a database.

    Raises:
        FileNotFoundError: a seed file is missing.
    """
    content = read_seed(seed_dir)
    return SeedReport(content.revision, changed=False, files=content.files)


def load_seed(engine: Engine, seed_dir: Path = SEED_DIR) -> SeedReport:
    """Load the seed where the database is empty or holds another release's seed.

    What editors set stays over it. Runs in one transaction: readers see the old catalogue or the
    new one, never a mixture. Where the seed is unchanged nothing is read but its hash, and the
    report lists no files. Where it is, but a release loaded or edited it that kept no digests, the
    same content is stored again, with them.

    Raises:
        FileNotFoundError: a seed file is missing.
        DamagedError: the revision or the edits in the database are not as they were stored.
    """
    with exclusive(engine) as connection:
        verify_revision(connection)
        revision = seed_revision(seed_dir)
        loaded, has_digests = _loaded_seed(connection)
        if loaded == revision and has_digests:
            return SeedReport(revision, changed=False, files=())
        content = read_seed(seed_dir)
        carried = carry_over(connection, content.facts, content.revision)
        content = replace(content, facts=carried.facts)
        _clear(connection)
        _fill(connection, content)
        digests = digests_of(content.facts, content.aliases)
        if loaded == revision:
            _note_digests(connection, digests)
        else:
            _note_revision(connection, content.revision, carried.revision, digests)
    return SeedReport(content.revision, changed=True, files=content.files)


def _table(row_class: Any) -> Table:
    table: Table = row_class.__table__
    return table


def _loaded_seed(connection: Connection) -> tuple[str | None, bool]:
    """Hash of the seed that is loaded, and whether the newest state has digests."""
    table = _table(RevisionRow)
    statement = select(table.c.seed_hash, table.c.digests).order_by(table.c.id.desc()).limit(1)
    found = connection.execute(statement).first()
    return (None, False) if found is None else (found.seed_hash, found.digests is not None)


def _clear(connection: Connection) -> None:
    for row_class in (AliasRow, *TABLES.values(), SourceRow):
        connection.execute(delete(_table(row_class)))


def _fill(connection: Connection, content: SeedContent) -> None:
    cited = {fact.source for facts in content.facts.values() for fact in facts}
    cited.update(alias.source for alias in content.aliases)
    _insert(connection, SourceRow, [{"citation": citation} for citation in sorted(cited)])
    for kind in KINDS:
        _insert(connection, TABLES[kind], [dict(fact) for fact in content.facts[kind]])
    _insert(connection, AliasRow, [asdict(alias) for alias in content.aliases])


def _insert(connection: Connection, row_class: Any, rows: list[dict[str, Any]]) -> None:
    statement = insert(_table(row_class))
    for start in range(0, len(rows), _BATCH):
        connection.execute(statement, rows[start : start + _BATCH])


def _note_digests(connection: Connection, digests: dict[str, str]) -> None:
    table = _table(RevisionRow)
    newest = select(func.max(table.c.id)).scalar_subquery()
    connection.execute(update(table).where(table.c.id == newest).values(digests=digests))


def _note_revision(
    connection: Connection, seed_hash: str, revision: str, digests: dict[str, str]
) -> None:
    table = _table(RevisionRow)
    first = _loaded_seed(connection)[0] is None
    done = connection.execute(
        insert(table).returning(table.c.id),
        {
            "revision": revision,
            "seed_hash": seed_hash,
            "created_at": datetime.now(UTC),
            "reason": "seed loaded",
            "digests": digests,
        },
    )
    if not first:
        note_release(connection, seed_hash, revision, int(done.scalar_one()))

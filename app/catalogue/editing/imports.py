"""A file in the seed's schema, compared with the catalogue first and applied as a whole after.

A column the file does not have is left as it is; an empty cell means unknown. Sources of single
cells are added to those there are. What is applied is exactly what was shown: another state of the
catalogue gives the comparison again instead.
"""

import csv
import io
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal

from sqlalchemy import Connection, Engine

from app.catalogue.editing.fields import (
    CELL,
    FieldProblem,
    Flat,
    InvalidEditError,
    build,
    cells_to_values,
    check,
    derived,
    difference,
    flatten,
    patched,
    sourced,
    why_and_where,
)
from app.catalogue.editing.store import (
    REVISIONS,
    Edited,
    Step,
    currencies,
    existence,
    read_item,
    record,
)
from app.catalogue.facts import Fact
from app.catalogue.kinds import KINDS
from app.catalogue.snapshot import UnknownKind
from app.database import consistent, exclusive

MAX_ROWS: Final = 5_000
MAX_BYTES: Final = 1_048_576

_SURPLUS: Final = "more cells than columns"

Outcome = Literal["added", "changed", "unchanged", "rejected"]


class CatalogueMovedError(Exception):
    """The catalogue is another than the one the comparison was shown of."""

    def __init__(self, compared: "Comparison") -> None:
        super().__init__(
            "The catalogue has changed since this comparison. Nothing was stored: "
            "look at the new comparison and apply that."
        )
        self.compared = compared


@dataclass(frozen=True, slots=True)
class ComparedRow:
    """One row of the file, and what applying it would do."""

    line: int
    slug: str
    outcome: Outcome
    changes: tuple[dict[str, Any], ...] = ()
    reasons: tuple[FieldProblem, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """The whole file against the catalogue at a revision."""

    kind: str
    revision: str
    rows: tuple[ComparedRow, ...]
    steps: tuple[Step, ...]

    def count(self, outcome: Outcome) -> int:
        """Rows of one outcome."""
        return sum(row.outcome == outcome for row in self.rows)


def compare_file(engine: Engine, kind: str, text: str, source: str = "") -> Comparison:
    """What applying a file would do; nothing is stored.

    ``source`` is where facts come from for which the file names no source of its own.

    Raises:
        UnknownKind: there is no such kind.
        InvalidEditError: this is no file in the schema of the kind.
    """
    with consistent(engine) as connection:
        return _compare(connection, kind, text, source)


def apply_file(
    engine: Engine, kind: str, text: str, *, revision: str, reason: str, source: str, who: str
) -> list[Edited]:
    """Apply a file that was compared at ``revision``; rejected rows are left out.

    Raises:
        UnknownKind: there is no such kind.
        InvalidEditError: the file, the reason or the source needs another look, or nothing in
            it would change anything.
        CatalogueMovedError: the catalogue has changed since; carries the comparison of now.
    """
    why_and_where(reason, source)
    with exclusive(engine) as connection:
        compared = _compare(connection, kind, text, source)
        if compared.revision != revision:
            raise CatalogueMovedError(compared)
        if not compared.steps:
            raise InvalidEditError([FieldProblem("csv", "Nothing in the file would change.")])
        return record(
            connection,
            compared.steps,
            who=who,
            reason=reason,
            source=source,
            batch=secrets.token_hex(8),
        )


def _compare(connection: Connection, kind: str, text: str, source: str) -> Comparison:
    if kind not in KINDS:
        raise UnknownKind(kind)
    exists, known = existence(connection), currencies(connection)
    today = datetime.now(UTC).date()

    def checked(fact: Fact) -> None:
        check(kind, fact, currencies=known, exists=exists, today=today)

    rows: list[ComparedRow] = []
    steps: list[Step] = []
    seen: set[str] = set()
    for line, cells in _rows(kind, text):
        slug = cells.get("slug", "").strip()
        try:
            if slug in seen:
                raise InvalidEditError([FieldProblem("slug", "This slug was used above.")])
            seen.add(slug)
            step = _step(connection, kind, slug, cells, source, checked)
        except InvalidEditError as error:
            rows.append(ComparedRow(line, slug, "rejected", reasons=error.problems))
            continue
        outcome: Outcome = "added" if step.before is None else "changed"
        changes = tuple(step.changes)
        rows.append(ComparedRow(line, slug, outcome if changes else "unchanged", changes))
        if changes:
            steps.append(step)
    newest = REVISIONS.select().order_by(REVISIONS.c.id.desc()).limit(1)
    revision = connection.execute(newest).mappings().one()["revision"]
    return Comparison(kind, str(revision), tuple(rows), tuple(steps))


def _step(
    connection: Connection,
    kind: str,
    slug: str,
    cells: dict[str, str],
    source: str,
    checked: Callable[[Fact], None],
) -> Step:
    if _SURPLUS in cells:
        raise InvalidEditError([FieldProblem("", "The row has more cells than the header.")])
    values = cells_to_values(kind, cells)
    before = read_item(connection, kind, slug)
    now: Flat = {} if before is None else flatten(before)
    wanted = derived(kind, patched(now, values))
    if not wanted.get("source"):
        wanted["source"] = source
    fact = build(kind, wanted)
    after = fact if before is None else build(kind, _with_source(kind, now, flatten(fact), source))
    if before is None or difference(flatten(before), flatten(after)):
        checked(after)
    return Step(kind, slug, before, after, "import")


def _with_source(kind: str, before: Flat, after: Flat, source: str) -> Flat:
    """Changed facts for which the file names no source of its own get the import's."""
    if before["source"] != after["source"] or not source:
        return after
    own = {n for n in after if n.startswith(CELL) and after[n] != before.get(n)}
    given = sourced(kind, before, after, source)
    return {**given, **{n: after[n] for n in own}}


def _rows(kind: str, text: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Lines of the file with their cells.

    Raises:
        InvalidEditError: no header, columns that are no fields, or too many rows.
    """
    try:
        reader = csv.DictReader(io.StringIO(text.lstrip("\ufeff"), newline=""), strict=True)
        names = [name.strip() for name in reader.fieldnames or ()]
        reader.fieldnames = names
        unknown = [n for n in names if n not in KINDS[kind].facts.model_fields]
        if "slug" not in names or unknown or len(set(names)) < len(names):
            raise InvalidEditError([FieldProblem("csv", _header_sentence(kind, names, unknown))])
        rows = [
            (reader.line_num, {str(n): c or "" for n, c in row.items() if n is not None}, row)
            for row in reader
        ]
    except csv.Error as error:
        raise InvalidEditError(
            [FieldProblem("csv", f"This is not a CSV file: {error}.")]
        ) from error
    if len(rows) > MAX_ROWS:
        message = f"The file has {len(rows):,} rows; at most {MAX_ROWS:,} are taken at once."
        raise InvalidEditError([FieldProblem("csv", message)])
    if not rows:
        raise InvalidEditError([FieldProblem("csv", "The file has no rows below its header.")])
    for line, cells, row in rows:
        yield line, {**cells, _SURPLUS: "yes"} if None in row else cells


def _header_sentence(kind: str, names: list[str], unknown: list[str]) -> str:
    if not names or "slug" not in names:
        return f"The first line has to name the columns, slug among them, as in the seed of {kind}."
    if unknown:
        return f"{kind} has no such column: {', '.join(u or '(no name)' for u in unknown[:5])}."
    return "A column is there twice."

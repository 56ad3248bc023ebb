"""Reading and writing items, the differences from the seed, and the revision they add up to."""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Connection, Select, Table, delete, insert, select, update

from app.catalogue.digests import changed
from app.catalogue.editing.fields import Flat, build, difference, flatten, version_of
from app.catalogue.editing.tables import EditedItemRow, EditRow
from app.catalogue.facts import Fact
from app.catalogue.kinds import KINDS
from app.catalogue.seed_files import frozen
from app.catalogue.snapshot import plain_fact
from app.catalogue.tables import TABLES, ExchangeRateRow, RevisionRow, SourceRow
from app.database.digests import DamagedError, sealed, verified

EDITS: Final[Table] = EditRow.__table__  # type: ignore[attr-defined]
ITEMS: Final[Table] = EditedItemRow.__table__  # type: ignore[attr-defined]
REVISIONS: Final[Table] = RevisionRow.__table__  # type: ignore[attr-defined]
_SOURCES: Final[Table] = SourceRow.__table__  # type: ignore[attr-defined]
_RATES: Final[Table] = ExchangeRateRow.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Step:
    """One item before and after; None where it was not or is no more."""

    kind: str
    slug: str
    before: Fact | None
    after: Fact | None
    action: str
    undoes: int | None = None

    @property
    def changes(self) -> list[dict[str, Any]]:
        """Field by field what changes."""
        return difference(_flat(self.before), _flat(self.after))


@dataclass(frozen=True, slots=True)
class Edited:
    """An edit that was made."""

    id: int
    kind: str
    slug: str
    version: str | None
    revision: str


def read_item(connection: Connection, kind: str, slug: str) -> Fact | None:
    """The stored item; None where there is none."""
    table = TABLES[kind].__table__
    columns = [column for column in table.c if column.name != "id"]
    row = connection.execute(select(*columns).where(table.c.slug == slug)).mappings().first()
    return None if row is None else plain_fact(frozen(KINDS[kind].facts).model_validate(dict(row)))


def existence(connection: Connection) -> Callable[[str, str], bool]:
    """Tells whether a kind has a slug; each kind is asked for once."""
    known: dict[str, set[str]] = {}

    def exists(kind: str, slug: str) -> bool:
        if kind not in known:
            column = TABLES[kind].__table__.c.slug
            known[kind] = set(connection.execute(select(column)).scalars())
        return slug in known[kind]

    return exists


def currencies(connection: Connection) -> set[str]:
    """Currencies with a rate, and the euro they are rates of."""
    return {"EUR", *connection.execute(select(_RATES.c.currency)).scalars()}


def record(
    connection: Connection,
    steps: Iterable[Step],
    *,
    who: str,
    reason: str,
    source: str | None,
    batch: str | None = None,
) -> list[Edited]:
    """Write the items and one edit for each; together they lead to one new revision."""
    made = list(steps)
    for step in made:
        _write_item(connection, step)
        _note_difference(connection, step)
    revision, revision_id = note_revision(connection, made, reason)
    return [
        _log(connection, step, revision, revision_id, who, reason, source, batch) for step in made
    ]


def note_revision(connection: Connection, steps: Iterable[Step], reason: str) -> tuple[str, int]:
    """Name the state the catalogue is in after the steps, by its content, and count it."""
    newest = select(REVISIONS).order_by(REVISIONS.c.id.desc()).limit(1)
    before = connection.execute(newest).mappings().one()
    digests: dict[str, str] | None = before["digests"]
    if digests is not None:
        for step in steps:
            digest = changed(digests[step.kind], step.before, step.after)
            digests = {**digests, step.kind: digest}
    revision = revision_of(before["seed_hash"], edited_versions(connection))
    values = {
        "revision": revision,
        "seed_hash": before["seed_hash"],
        "created_at": datetime.now(UTC),
        "reason": reason,
        "digests": digests,
    }
    done = connection.execute(insert(REVISIONS).returning(REVISIONS.c.id), values)
    return revision, int(done.scalar_one())


def edited_versions(connection: Connection) -> list[tuple[str, str, str]]:
    """Kind, slug and version of every item that is not as the seed has it."""
    columns = (ITEMS.c.kind, ITEMS.c.slug, ITEMS.c.version)
    return [(kind, slug, version) for kind, slug, version in connection.execute(select(*columns))]


def revision_of(seed: str, edited: Iterable[tuple[str, str, str]]) -> str:
    """The seed's own revision where nothing differs from it, else a hash of what does."""
    differing = sorted(edited)
    if not differing:
        return seed
    text = json.dumps([seed, differing], separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def edits_of(connection: Connection, statement: Select[Any]) -> Iterator[dict[str, Any]]:
    """Whole rows of the history.

    Raises:
        DamagedError: one is not as it was stored.
    """
    for row in connection.execute(statement).mappings():
        yield verified(dict(row), f"edit {row['id']} of the history")


def edited_items(connection: Connection, statement: Select[Any]) -> Iterator[dict[str, Any]]:
    """Whole rows of what is not as the seed has it.

    Raises:
        DamagedError: one is not as it was stored.
    """
    for row in connection.execute(statement).mappings():
        yield verified(dict(row), f"what was edited of {row['slug']}")


def verify_revision(connection: Connection) -> None:
    """Whether the newest revision is the one that the seed and the edits lead to.

    Raises:
        DamagedError: it is not: the revision is damaged, or what was edited.
    """
    newest = select(REVISIONS).order_by(REVISIONS.c.id.desc()).limit(1)
    row = connection.execute(newest).mappings().first()
    if row is None:
        return
    if row["revision"] != revision_of(row["seed_hash"], edited_versions(connection)):
        raise DamagedError("In the database the edits do not lead to the catalogue's revision.")


def _write_item(connection: Connection, step: Step) -> None:
    table = TABLES[step.kind].__table__
    if step.after is None:
        connection.execute(delete(table).where(table.c.slug == step.slug))
        return
    known = select(_SOURCES.c.id).where(_SOURCES.c.citation == step.after.source)
    if connection.execute(known).first() is None:
        connection.execute(insert(_SOURCES), {"citation": step.after.source})
    if step.before is None:
        connection.execute(insert(table), dict(step.after))
    else:
        connection.execute(
            update(table).where(table.c.slug == step.slug).values(**dict(step.after))
        )


def _note_difference(connection: Connection, step: Step) -> None:
    """Keep what editors set, and forget it where it is what the seed says anyway."""
    where = (ITEMS.c.kind == step.kind) & (ITEMS.c.slug == step.slug)
    row = next(edited_items(connection, select(ITEMS).where(where)), None)
    seed = _flat(step.before) or None if row is None else row["seed"]
    after = _flat(step.after)
    edited = {c["field"]: c["new"] for c in difference(seed or {}, after)}
    if row is not None:
        connection.execute(delete(ITEMS).where(where))
    if step.after is None or (seed is not None and not edited):
        return
    newer = dict(row["newer"]) if row is not None else {}
    touched = {c["field"] for c in step.changes}
    values = {
        "kind": step.kind,
        "slug": step.slug,
        "seed": seed,
        "edited": edited,
        "newer": {n: v for n, v in newer.items() if n in edited and n not in touched},
        "version": version_of(step.after),
    }
    connection.execute(insert(ITEMS), sealed({**values, "problem": None}))


def _log(
    connection: Connection,
    step: Step,
    revision: str,
    revision_id: int,
    who: str,
    reason: str,
    source: str | None,
    batch: str | None,
) -> Edited:
    version = None if step.after is None else version_of(step.after)
    values = {
        "at": datetime.now(UTC),
        "kind": step.kind,
        "slug": step.slug,
        "action": step.action,
        "who": who,
        "reason": reason.strip(),
        "source": source,
        "changes": step.changes,
        "version_before": None if step.before is None else version_of(step.before),
        "version_after": version,
        "undoes": step.undoes,
        "batch": batch,
        "revision": revision,
        "revision_id": revision_id,
    }
    done = connection.execute(insert(EDITS).returning(EDITS.c.id), sealed(values))
    return Edited(int(done.scalar_one()), step.kind, step.slug, version, revision)


def _flat(fact: Fact | None) -> Flat:
    return {} if fact is None else flatten(fact)


def rebuilt(kind: str, seed: Mapping[str, Any] | None, edited: Mapping[str, Any]) -> Fact:
    """The seed's fields with what editors set over them.

    Raises:
        InvalidEditError: they do not make a fact of this release any more.
    """
    merged: Flat = {**(seed or {}), **edited}
    return build(kind, {n: v for n, v in merged.items() if v is not None or "." not in n})

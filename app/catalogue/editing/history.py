"""Who changed what, when and why: the edits, newest or oldest first, a page at a time."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Engine, and_, func, select

from app.catalogue.editing.store import EDITS, REVISIONS, edits_of
from app.database import consistent

MAX_LIMIT: Final = 500


class UnknownSinceError(ValueError):
    """`since` is neither a revision this catalogue has been in nor a time."""


@dataclass(frozen=True, slots=True)
class Change:
    """One field, before and after."""

    field: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class Edit:
    """One edit of one item."""

    id: int
    at: datetime
    kind: str
    slug: str
    action: str
    who: str
    reason: str
    source: str | None
    changes: tuple[Change, ...]
    undoes: int | None
    batch: str | None
    revision: str
    version_after: str | None


@dataclass(frozen=True, slots=True)
class Edits:
    """Some edits, the number of the last where more follow, and how many there are."""

    items: tuple[Edit, ...]
    next: int | None
    total: int


def edits_since(
    engine: Engine,
    since: str | None = None,
    *,
    after: int = 0,
    kind: str | None = None,
    slug: str | None = None,
    limit: int = 50,
) -> Edits:
    """Edits, oldest first.

    Args:
        engine: The database.
        since: A revision the catalogue has been in, or a time (ISO 8601); all where None.
        after: Only edits with a larger number.
        kind: Only of this kind.
        slug: Only of this item.
        limit: Most of them, up to `MAX_LIMIT`.

    Raises:
        UnknownSinceError: ``since`` can be read as neither.
    """
    with consistent(engine) as connection:
        conditions = _of_item(kind, slug)
        if since is not None:
            known = select(func.max(REVISIONS.c.id)).where(REVISIONS.c.revision == since)
            state = connection.execute(known).scalar()
            if state is not None:
                conditions.append(EDITS.c.revision_id > state)
            else:
                conditions.append(EDITS.c.at > _time(since))
        total = connection.execute(select(func.count()).where(and_(True, *conditions))).scalar_one()
        found = (
            select(EDITS)
            .where(and_(True, *conditions), EDITS.c.id > after)
            .order_by(EDITS.c.id)
            .limit(limit + 1)
        )
        rows = [_edit(row) for row in edits_of(connection, found)]
    return _page(rows, limit, total)


def newest_edits(
    engine: Engine,
    *,
    before: int | None = None,
    kind: str | None = None,
    slug: str | None = None,
    limit: int = 25,
) -> Edits:
    """Edits, newest first; only those with a smaller number than ``before`` where it is given."""
    with consistent(engine) as connection:
        conditions = _of_item(kind, slug)
        total = connection.execute(select(func.count()).where(and_(True, *conditions))).scalar_one()
        if before is not None:
            conditions.append(EDITS.c.id < before)
        found = select(EDITS).where(and_(True, *conditions)).order_by(EDITS.c.id.desc())
        rows = [_edit(row) for row in edits_of(connection, found.limit(limit + 1))]
    return _page(rows, limit, total)


def find_edit(engine: Engine, edit_id: int) -> Edit | None:
    """One edit; None where there is none of that number."""
    with engine.connect() as connection:
        row = next(edits_of(connection, select(EDITS).where(EDITS.c.id == edit_id)), None)
    return None if row is None else _edit(row)


def _of_item(kind: str | None, slug: str | None) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [EDITS.c.id > 0]
    if kind is not None:
        conditions.append(EDITS.c.kind == kind)
    if slug is not None:
        conditions.append(EDITS.c.slug == slug)
    return conditions


def _time(text: str) -> datetime:
    try:
        # a plus sign in a query string arrives as a space
        moment = datetime.fromisoformat(text.strip().replace(" ", "+") if "T" in text else text)
    except ValueError:
        msg = "Use a revision of the catalogue or a time such as 2026-11-21T09:00:00Z."
        raise UnknownSinceError(msg) from None
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)


def _page(rows: list[Edit], limit: int, total: int) -> Edits:
    more = len(rows) > limit
    return Edits(tuple(rows[:limit]), rows[limit - 1].id if more else None, total)


def _edit(row: dict[str, Any]) -> Edit:
    return Edit(
        id=row["id"],
        # SQLite gives the time back without its zone; it was stored as UTC
        at=row["at"].replace(tzinfo=row["at"].tzinfo or UTC).astimezone(UTC),
        kind=row["kind"],
        slug=row["slug"],
        action=row["action"],
        who=row["who"],
        reason=row["reason"],
        source=row["source"],
        changes=tuple(Change(c["field"], c["old"], c["new"]) for c in row["changes"]),
        undoes=row["undoes"],
        batch=row["batch"],
        revision=row["revision"],
        version_after=row["version_after"],
    )

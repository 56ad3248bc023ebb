"""A newer seed meets edits: what editors set stays, and where the seed has moved too it is listed.

An edit that the seed has taken over is an edit no longer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, delete, insert, select, update

from app.catalogue.editing.fields import (
    Flat,
    InvalidEditError,
    check,
    difference,
    flatten,
    version_of,
)
from app.catalogue.editing.store import EDITS, ITEMS, edited_items, rebuilt, revision_of
from app.catalogue.facts import ExchangeRateFacts, Fact
from app.database import exclusive
from app.database.digests import sealed


@dataclass(frozen=True, slots=True)
class Newer:
    """An edited item of which a newer seed says something else."""

    kind: str
    slug: str
    fields: tuple[tuple[str, Any, Any], ...]
    """Field, the value editors set, and what the newer seed says."""
    problem: str | None
    """Why the edited item is not served as edited."""


@dataclass(frozen=True, slots=True)
class Carried:
    """The facts to store: the seed's with the edits over them, and the revision they make."""

    facts: Mapping[str, tuple[Fact, ...]]
    revision: str


def carry_over(
    connection: Connection, seed: Mapping[str, tuple[Fact, ...]], seed_revision: str
) -> Carried:
    """Lay the edits over a seed that is about to be loaded, and note where the two differ."""
    rows = list(edited_items(connection, select(ITEMS).order_by(ITEMS.c.id)))
    if not rows:
        return Carried(seed, seed_revision)
    facts = {kind: {fact.slug: fact for fact in entries} for kind, entries in seed.items()}
    versions: list[tuple[str, str, str]] = []
    for row in rows:
        kept = _laid_over(facts, row)
        where = ITEMS.c.id == row["id"]
        if kept is None:
            connection.execute(delete(ITEMS).where(where))
            continue
        connection.execute(update(ITEMS).where(where).values(**sealed({**row, **kept})))
        versions.append((row["kind"], row["slug"], kept["version"]))
    return Carried(
        {kind: tuple(entries.values()) for kind, entries in facts.items()},
        revision_of(seed_revision, versions),
    )


def _laid_over(facts: dict[str, dict[str, Fact]], row: dict[str, Any]) -> dict[str, Any] | None:
    """What is kept of an edited item; its fact is put among ``facts``. None: as the seed says."""
    kind, slug = row["kind"], row["slug"]
    shipped = facts[kind].get(slug)
    seed: Flat | None = None if shipped is None else flatten(shipped)
    before, edited, newer = row["seed"], dict(row["edited"]), dict(row["newer"])
    if seed is None:
        if before is not None:  # the release dropped it; the editors' item stays whole
            edited, newer = {**before, **edited}, {}
    else:
        if before is None:  # the release has it now as well
            newer = {n: v for n, v in seed.items() if n in edited and v != edited[n]}
        else:
            newer |= {n: seed.get(n) for n in edited if seed.get(n) != before.get(n)}
        edited = {n: v for n, v in edited.items() if seed.get(n) != v}
        newer = {n: v for n, v in newer.items() if n in edited}
        if not edited:
            return None
    problem, served = None, shipped
    try:
        fact = rebuilt(kind, seed, edited)
        _check(facts, kind, fact)
        facts[kind][slug] = served = fact
    except InvalidEditError as error:
        problem = "; ".join(f"{p.field}: {p.message}" for p in error.problems)
    return {
        "seed": seed,
        "edited": edited,
        "newer": newer,
        "problem": problem,
        "version": "left out" if served is None else version_of(served),
    }


def _check(facts: Mapping[str, Mapping[str, Fact]], kind: str, fact: Fact) -> None:
    rates = facts["exchange-rates"].values()
    check(
        kind,
        fact,
        currencies={"EUR", *(r.currency for r in rates if isinstance(r, ExchangeRateFacts))},
        exists=lambda target, slug: slug in facts[target],
        today=datetime.now(UTC).date(),
    )


def note_release(
    connection: Connection, seed_revision: str, revision: str, revision_id: int
) -> None:
    """Say in the history that a release brought another seed."""
    values = {
        "at": datetime.now(UTC),
        "kind": "",
        "slug": "",
        "action": "release",
        "who": "rigwise",
        "reason": f"A release brought the seed {seed_revision}.",
        "changes": [],
        "revision": revision,
        "revision_id": revision_id,
    }
    connection.execute(insert(EDITS), sealed(values))


def newer_in_seed(engine: Engine) -> list[Newer]:
    """Edited items of which the loaded seed says something else, and nobody has looked yet."""
    with engine.connect() as connection:
        rows = list(edited_items(connection, select(ITEMS).order_by(ITEMS.c.kind, ITEMS.c.slug)))
    found = [
        Newer(
            row["kind"],
            row["slug"],
            tuple((n, row["edited"].get(n), value) for n, value in row["newer"].items()),
            row["problem"],
        )
        for row in rows
    ]
    return [item for item in found if item.fields or item.problem]


def keep_ours(engine: Engine, kind: str, slug: str) -> None:
    """An editor has looked: what was edited stays, and the item leaves the list."""
    with exclusive(engine) as connection:
        where = (ITEMS.c.kind == kind) & (ITEMS.c.slug == slug)
        for row in list(edited_items(connection, select(ITEMS).where(where))):
            kept = sealed({**row, "newer": {}})
            connection.execute(update(ITEMS).where(where).values(**kept))


def edited_fields(engine: Engine, kind: str, slug: str) -> dict[str, tuple[Any, Any]]:
    """Of an edited item: each edited field with the seed's value and the present one."""
    with engine.connect() as connection:
        where = (ITEMS.c.kind == kind) & (ITEMS.c.slug == slug)
        row = next(edited_items(connection, select(ITEMS).where(where)), None)
    if row is None:
        return {}
    return {
        c["field"]: (c["old"], c["new"])
        for c in difference(row["seed"] or {}, {**(row["seed"] or {}), **row["edited"]})
    }

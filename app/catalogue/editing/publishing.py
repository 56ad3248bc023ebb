"""Publishing an import: what somebody brought for themselves becomes an item of the catalogue.

The import stays as it is, with its link and its name: whatever was computed with it keeps its
numbers. What is published is a copy under a slug of its own, an edit like any other, with history
and undo. Once that edit is undone the import may be published again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

from sqlalchemy import Connection, Engine, Table, select, update

from app.catalogue.editing.edits import EditRefusedError, SlugTakenError, added
from app.catalogue.editing.fields import (
    CELL,
    NOT_SET_BY_HAND,
    FieldProblem,
    Flat,
    InvalidEditError,
    Value,
    flatten,
)
from app.catalogue.editing.store import EDITS, Edited, read_item
from app.catalogue.facts import Fact
from app.catalogue.importers.drafts import KIND_OF, YOUR_FIGURE
from app.catalogue.imports import Imported, ImportRow
from app.catalogue.kinds import KINDS
from app.catalogue.nearest import nearest
from app.catalogue.snapshot import Catalogue, UnknownSlug, slugify
from app.database import exclusive

IMPORTS: Final[Table] = ImportRow.__table__  # type: ignore[attr-defined]
SLUG_LENGTH: Final = 120
#: Figures that two items have to share before they are called the same.
_SAME_FIGURES: Final = 3
_NEAR: Final = 4

Likeness = Literal["same-name", "same-figures", "similar-name", "similar-figures"]


class AlreadyPublishedError(EditRefusedError):
    """The import is in the catalogue."""

    def __init__(self, published: "Published") -> None:
        super().__init__(f"This import was published already, as {published.slug!r}.")
        self.published = published


@dataclass(frozen=True, slots=True)
class Published:
    """Where an import is in the catalogue, and the edit that put it there."""

    kind: str
    slug: str
    edit: int


@dataclass(frozen=True, slots=True)
class Similar:
    """An item of the catalogue that may be what is about to be published."""

    fact: Fact
    likeness: Likeness


@dataclass(frozen=True, slots=True)
class Publication:
    """What publishing an import would add."""

    kind: str
    #: Proposed: no item has it.
    slug: str
    #: Every fact that is known, by field.
    values: Mapping[str, Value]
    #: Fields nobody has said anything about.
    unknown: tuple[str, ...]
    similar: tuple[Similar, ...]


def publication_of(imported: Imported, catalogue: Catalogue) -> Publication:
    """What publishing would add, and what is like it already. ``catalogue`` knows imports."""
    kind = KIND_OF[imported.kind]
    values = _values(imported)
    said = {n: v for n, v in values.items() if not n.startswith(CELL) and v not in (None, [])}
    names = (n for n in KINDS[kind].facts.model_fields if n not in NOT_SET_BY_HAND)
    return Publication(
        kind=kind,
        slug=_free_slug(imported, catalogue),
        values={n: v for n, v in values.items() if n in said or n.startswith(CELL)},
        unknown=tuple(n for n in names if n not in said and n != "notes"),
        similar=tuple(_similar(imported, kind, catalogue)),
    )


def published(engine: Engine, imported: Imported) -> Published | None:
    """Where the import is in the catalogue; None where it was never put there or was taken out."""
    if imported.published_edit is None:
        return None
    with engine.connect() as connection:
        return _published(connection, imported.published_edit)


def publish(
    engine: Engine, imported: Imported, *, slug: str, reason: str, source: str, who: str
) -> Edited:
    """Take an import into the catalogue, as a new item called ``slug``.

    The item's own source becomes ``source``, for figures without one of their own too.

    Raises:
        InvalidEditError: the slug, the reason or the source needs another look.
        SlugTakenError: an item of this kind has the slug already.
        AlreadyPublishedError: it is in the catalogue.
    """
    kind, where = KIND_OF[imported.kind], IMPORTS.c.slug == imported.slug
    with exclusive(engine) as connection:
        edit = connection.execute(select(IMPORTS.c.published_edit).where(where)).scalar_one()
        if edit is not None and (there := _published(connection, edit)) is not None:
            raise AlreadyPublishedError(there)
        values = {**_values(imported), "slug": slug.strip()}
        try:
            made = added(
                connection,
                kind,
                values,
                reason=reason,
                source=source,
                who=who,
                action="publish",
            )
        except InvalidEditError as error:
            if read_item(connection, kind, slug.strip()) is None:
                raise
            sentence = f"The catalogue has a {slug.strip()!r} already: choose another slug."
            others = [p for p in error.problems if p.field != "slug"]
            kind_of_error = InvalidEditError if others else SlugTakenError
            raise kind_of_error([FieldProblem("slug", sentence), *others]) from error
        stamp = {"published_at": datetime.now(UTC), "published_edit": made.id}
        connection.execute(update(IMPORTS).where(where).values(**stamp))
    return made


def _values(imported: Imported) -> Flat:
    """The facts as an edit takes them; a figure that only its owner vouched for gets the edit's
    source."""
    flat = flatten(imported.draft.row(imported.slug.lower()))
    return {
        name: value
        for name, value in flat.items()
        if name not in NOT_SET_BY_HAND and not (name.startswith(CELL) and value == YOUR_FIGURE)
    }


def _published(connection: Connection, edit: int) -> Published | None:
    """The item an edit added, where it is there still."""
    columns = (EDITS.c.kind, EDITS.c.slug)
    row = connection.execute(select(*columns).where(EDITS.c.id == edit)).first()
    if row is None or read_item(connection, row.kind, row.slug) is None:
        return None
    return Published(row.kind, row.slug, edit)


def _free_slug(imported: Imported, catalogue: Catalogue) -> str:
    """A slug in the way of the catalogue's own: parts begin with their maker, models do not."""
    draft = imported.draft
    name = slugify(draft.name)
    if imported.kind != "model" and draft.vendor and slugify(draft.vendor) not in name:
        name = slugify(f"{draft.vendor} {draft.name}")
    stem = name[:SLUG_LENGTH].strip("-._") or imported.kind
    slug, count = stem, 1
    while catalogue.known(KIND_OF[imported.kind], slug) is not None:
        count += 1
        slug = f"{stem}-{count}"
    return slug


def _similar(imported: Imported, kind: str, catalogue: Catalogue) -> list[Similar]:
    """Items that may be the same, the likeliest first."""
    entries, own = catalogue.of_kind(kind), imported.draft.row(imported.name)
    name = slugify(imported.draft.name)
    found = {
        fact.slug: Similar(fact, "same-name")
        for fact in entries.values()
        if name in (fact.slug, slugify(fact.name))
    }
    near_names: tuple[str, ...] = ()
    try:
        slug = catalogue.resolve(kind, imported.draft.name)
        found.setdefault(slug, Similar(entries[slug], "same-name"))
    except UnknownSlug as error:
        near_names = error.suggestions[:_NEAR]
    for fact in entries.values():
        if _same_figures(own, fact):
            found.setdefault(fact.slug, Similar(fact, "same-figures"))
    for slug in near_names:
        found.setdefault(slug, Similar(entries[slug], "similar-name"))
    for fact in nearest(catalogue, kind, imported.name, _NEAR):
        found.setdefault(fact.slug, Similar(fact, "similar-figures"))
    return list(found.values())[: 2 * _NEAR]


def _same_figures(own: Fact, other: Fact) -> bool:
    """Whether all figures that both state are the same, and there are some."""
    pairs = [
        (value, getattr(other, name))
        for name, value in own
        if isinstance(value, int | float)
        and not isinstance(value, bool)
        and getattr(other, name) is not None
    ]
    return len(pairs) >= _SAME_FIGURES and all(mine == theirs for mine, theirs in pairs)

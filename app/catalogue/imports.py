"""What people imported: kept once, under a name nobody can guess, and never changed.

An import is private to whoever has its name until an editor publishes it. It is no part of the
catalogue's lists; a question that names it (``import.SLUG``) finds it all the same, through the
mappings below. Rows never change, so each is read from the database once and then remembered.
"""

import re
import secrets
from collections import OrderedDict
from collections.abc import Callable, ItemsView, Iterator, KeysView, Mapping, ValuesView
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from threading import Lock
from types import MappingProxyType
from typing import Any, Final, TypeVar, cast

from pydantic import ValidationError
from sqlalchemy import JSON, DateTime, Engine
from sqlmodel import Field, Session, SQLModel, col, select

from app.catalogue.facts import Fact
from app.catalogue.importers.drafts import DRAFTS, KIND_OF, PREFIX, Draft, Kind
from app.catalogue.snapshot import Catalogue
from app.database import session_scope
from app.database.digests import UNSEALED, digest_of_row, verified

F = TypeVar("F", bound=Fact)
Find = Callable[[str, str], Fact | None]
"""Gives the imported row of a kind by its name; None where there is none."""

SLUG_BYTES: Final = 16
"""128 bits: guessing finds nothing."""
REMEMBERED: Final = 1_000
_SLUG: Final = re.compile(r"[A-Za-z0-9_-]{22}")


class ImportRow(SQLModel, table=True):
    """A stored import."""

    __tablename__ = "imports"

    id: int | None = Field(default=None, primary_key=True)
    slug: str = Field(index=True, unique=True, max_length=64)
    kind: str = Field(max_length=16, description="model, gpu or cpu")
    name: str = Field(max_length=160)
    payload: dict[str, Any] = Field(sa_type=JSON, description="The draft, as it was previewed")
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    published_at: datetime | None = Field(
        default=None,
        sa_type=DateTime(timezone=True),
        description="When an editor took it into the catalogue",
    )
    published_edit: int | None = Field(
        default=None, description="Number of the edit that took it into the catalogue"
    )
    digest: str = Field(
        default=UNSEALED,
        max_length=64,
        sa_column_kwargs={"server_default": UNSEALED},
        description="Of all before, to see damage by",
    )


@dataclass(frozen=True, slots=True)
class Imported:
    """An import as it is kept."""

    slug: str
    kind: Kind
    draft: Draft
    created_at: datetime
    published_at: datetime | None = None
    published_edit: int | None = None

    @property
    def name(self) -> str:
        """What a question names it by, where a catalogue slug may stand."""
        return f"{PREFIX}{self.slug}"


def keep_import(session: Session, kind: Kind, draft: Draft) -> Imported:
    """Store a draft under a new name; the caller commits.

    Raises:
        sqlalchemy.exc.OperationalError: the database cannot be written.
    """
    row = ImportRow(
        slug=secrets.token_urlsafe(SLUG_BYTES),
        kind=kind,
        name=draft.name,
        payload=draft.model_dump(mode="json", exclude_none=True),
        created_at=datetime.now(UTC),
    )
    row.digest = digest_of_row(row.model_dump())
    session.add(row)
    session.flush()
    return Imported(row.slug, kind, draft, row.created_at)


def read_import(session: Session, slug: str) -> Imported | None:
    """The import with this slug; None where there is none that this release understands.

    Raises:
        DamagedError: it is not as it was stored.
    """
    if _SLUG.fullmatch(slug) is None:
        return None
    row = session.exec(select(ImportRow).where(col(ImportRow.slug) == slug)).first()
    if row is None:
        return None
    verified(row.model_dump(), "this import")
    if row.kind not in DRAFTS:
        return None
    kind: Kind = row.kind
    try:
        draft = DRAFTS[kind].model_validate(row.payload)
    except ValidationError:
        return None
    # SQLite gives the time back without its zone; it was stored as UTC
    created_at = row.created_at.replace(tzinfo=row.created_at.tzinfo or UTC)
    return Imported(row.slug, kind, draft, created_at, row.published_at, row.published_edit)


def slug_in(text: str) -> str:
    """The slug of an import in its link, its name or by itself; empty where there is none."""
    last = text.strip().partition("?")[0].partition("#")[0].rstrip("/").rpartition("/")[2]
    slug = last.removeprefix(PREFIX)
    return slug if _SLUG.fullmatch(slug) else ""


class ImportStore:
    """Finds imported rows; the last ones asked about are remembered."""

    def __init__(self, database: Engine) -> None:
        """``database`` is asked once about each name."""
        self._database = database
        self._kept: OrderedDict[str, tuple[str, Fact]] = OrderedDict()
        self._lock = Lock()

    def find(self, kind: str, name: str) -> Fact | None:
        """The row of a kind (``models``, ``gpus``, ``cpus``) by its name.

        Raises:
            sqlalchemy.exc.OperationalError: the database cannot be read.
        """
        with self._lock:
            kept = self._kept.get(name)
            if kept is not None:
                self._kept.move_to_end(name)
        if kept is None:
            with session_scope(self._database) as session:
                found = read_import(session, name.removeprefix(PREFIX))
            if found is None:
                return None  # not remembered: another process may store it the next moment
            kept = KIND_OF[found.kind], found.draft.row(found.name)
            with self._lock:
                self._kept[name] = kept
                while len(self._kept) > REMEMBERED:
                    self._kept.popitem(last=False)
        return kept[1] if kept[0] == kind else None


class WithImports(Mapping[str, F]):
    """The catalogue's rows of a kind, and imported ones for those who know their name.

    Lists, counts and searches see the catalogue's own rows only.
    """

    __slots__ = ("_find", "_kind", "own")

    def __init__(self, own: Mapping[str, F], kind: str, find: Find) -> None:
        """``find`` is asked about names that begin like an import's, and no others."""
        self.own, self._kind, self._find = own, kind, find

    def __getitem__(self, name: str) -> F:
        """The row of that name."""
        found = self.own.get(name)
        if found is None and isinstance(name, str) and name.startswith(PREFIX):
            found = cast("F | None", self._find(self._kind, name))
        if found is None:
            raise KeyError(name)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self.own)

    def __len__(self) -> int:
        return len(self.own)

    def keys(self) -> KeysView[str]:
        """Slugs of the catalogue's own."""
        return self.own.keys()

    def values(self) -> ValuesView[F]:
        """The catalogue's own rows."""
        return self.own.values()

    def items(self) -> ItemsView[str, F]:
        """Both."""
        return self.own.items()


def with_imports(catalogue: Catalogue, find: Find) -> Catalogue:
    """The same catalogue, in which names of imports lead somewhere as well."""
    by_kind: dict[str, Mapping[str, Fact]] = dict(catalogue._by_kind)
    for kind in KIND_OF.values():
        own = by_kind[kind]  # of a catalogue that was taken over it may be one of these already
        by_kind[kind] = WithImports(own.own if isinstance(own, WithImports) else own, kind, find)
    return replace(
        catalogue,
        models=cast("Any", by_kind["models"]),
        gpus=cast("Any", by_kind["gpus"]),
        cpus=cast("Any", by_kind["cpus"]),
        _by_kind=MappingProxyType(by_kind),
    )

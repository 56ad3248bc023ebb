"""What the address of a list asks for: filters, order, columns and the place in the list.

The names are those of the REST resource, so that one query means the same on both.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlencode

from app.pages.browse.shelves import Shelf

#: Settings of a list that are no filters.
PAGING: Final = ("sort", "columns", "cursor")
MAX_FIELDS: Final = 60
MAX_LENGTH: Final = 400
#: Columns by this many are shown at most: more than anybody reads across.
MAX_COLUMNS: Final = 16


@dataclass(frozen=True, slots=True)
class Asked:
    """One question to a list, without what could not be understood."""

    shelf: Shelf
    filters: Mapping[str, str]
    sort: str
    columns: tuple[str, ...]
    cursor: str | None = None

    @property
    def own_columns(self) -> bool:
        """Whether the reader chose the columns."""
        return self.columns != self.shelf.columns

    def pairs(self) -> list[tuple[str, str]]:
        """The question as settings, those at their default left out."""
        found = [(name, text) for name, text in self.filters.items() if text]
        if self.sort != self.shelf.sort:
            found.append(("sort", self.sort))
        if self.own_columns:
            found.append(("columns", ",".join(self.columns)))
        if self.cursor:
            found.append(("cursor", self.cursor))
        return found

    def address(self, suffix: str = "") -> str:
        """The canonical address of the question, of its CSV with ``suffix``."""
        return f"/{self.shelf.path}{suffix}{_query(self.pairs())}"

    def at(self, cursor: str | None) -> str:
        """Another page of the same list."""
        return replace(self, cursor=cursor).address()

    def csv(self) -> str:
        """Everything the filters leave, as a file."""
        return replace(self, cursor=None).address(".csv")

    def rest(self) -> str:
        """The same question over REST."""
        pairs = [(k, v) for k, v in replace(self, cursor=None).pairs() if k not in PAGING]
        pairs.append(("sort", self.sort))
        return f"/api/v1/{self.shelf.kind}{_query(pairs)}"

    def sorted_by(self, name: str) -> str:
        """The list in the order of a column: a second time, the other way round."""
        wanted = f"-{name}" if self.sort == name else name
        if self.sort not in (name, f"-{name}") and self.shelf.field(name).numeric:
            wanted = f"-{name}"  # of figures the largest come first, but of prices the lowest
            if name.startswith("price_"):
                wanted = name
        if self.sort == f"-{name}":
            wanted = name
        return replace(self, sort=wanted, cursor=None).address()

    def without(self, name: str) -> str:
        """The list with one filter dropped."""
        kept = {k: v for k, v in self.filters.items() if k != name}
        return replace(self, filters=kept, cursor=None).address()


def read(shelf: Shelf, pairs: Sequence[tuple[str, str]]) -> tuple[Asked, dict[str, str]]:
    """The question of an address, and a sentence for each setting that could not be used.

    Filters are checked by whoever answers them; only names and lengths are checked here.
    """
    problems: dict[str, str] = {}
    given: dict[str, list[str]] = {}
    for name, text in pairs[:MAX_FIELDS]:
        if len(text) > MAX_LENGTH:
            problems[name[:40]] = f"Use at most {MAX_LENGTH} characters."
        elif text.strip():
            given.setdefault(name, []).append(text.strip())
    if len(pairs) > MAX_FIELDS:
        problems[""] = f"A link holds at most {MAX_FIELDS} settings."
    columns = _columns(shelf, given.pop("columns", []), problems)
    sort = given.pop("sort", [shelf.sort])[-1]
    cursor = given.pop("cursor", [None])[-1]
    filters = {name: ",".join(values) for name, values in given.items()}
    return Asked(shelf, filters, sort, columns, cursor), problems


def _columns(shelf: Shelf, given: Iterable[str], problems: dict[str, str]) -> tuple[str, ...]:
    """The chosen columns, in the order the list offers them."""
    wanted = dict.fromkeys(name for text in given for name in text.split(",") if name)
    if not wanted:
        return shelf.columns
    known = [field.name for field in shelf.fields]
    for name in wanted:
        if name not in known:
            problems["columns"] = f"There is no column called “{name[:40]}”."
    chosen = tuple(name for name in known if name in wanted)
    if len(chosen) > MAX_COLUMNS:
        problems["columns"] = f"Choose at most {MAX_COLUMNS} columns."
    return chosen[:MAX_COLUMNS] or shelf.columns


def is_canonical(pairs: Sequence[tuple[str, str]], asked: Asked) -> bool:
    """Whether a query is spelt as the page itself would write it."""
    return sorted(pairs) == sorted(asked.pairs())


def _query(pairs: Sequence[tuple[str, str]]) -> str:
    return f"?{urlencode(pairs)}" if pairs else ""

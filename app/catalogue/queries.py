"""Lists for pages and REST: search, filter, count, sort and walk a snapshot page by page.

Works on the in-memory snapshot, never on the database. Fields are taken from the facts classes,
so a new fact can be filtered and sorted by without a change here. What is known of an entry beside
its facts, such as today's price, comes as `Figures` and is filtered and sorted by the same way.
"""

import base64
import binascii
import json
import re
import typing
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any, Final

from app.catalogue.facts import Fact
from app.catalogue.kinds import KINDS
from app.catalogue.snapshot import Catalogue, UnknownKind

MAX_LIMIT: Final = 500

_SEARCHED: Final = ("slug", "name", "vendor", "family", "architecture", "codename", "hf_id")
_NUMBERS: Final = (int, float, Decimal)

Sortable = str | int | float | Decimal | bool


class BadQuery(ValueError):  # noqa: N818  # says what is wrong, as its caller reads it
    """A query names a field, value or cursor that cannot be used."""

    def __init__(self, field: str, message: str) -> None:
        """Say which part of the query is wrong and why, in one sentence."""
        super().__init__(message)
        self.field = field
        self.message = message


@dataclass(frozen=True, slots=True)
class Figures:
    """Columns of a kind besides its facts: the type of each, and its values by slug."""

    types: Mapping[str, type] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, Sortable | None]] = field(default_factory=dict)


NO_FIGURES: Final = Figures()


@dataclass(frozen=True, slots=True)
class Page:
    """Some items of a list, the cursor of the next page (None at the end) and the list's length.

    ``start`` counts the items before this page; ``previous_cursor`` leads to the page before, where
    that is not the first.
    """

    items: tuple[Fact, ...]
    next_cursor: str | None
    total: int
    start: int = 0
    previous_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """One value of a field, as a filter names it, and how many entries have it."""

    value: str
    count: int


@dataclass(frozen=True, slots=True)
class _Order:
    """The order of a list: by one field in one direction, unknown values last, then by slug."""

    field: str
    descending: bool
    figures: Figures


Test = Callable[[Fact], bool]


def list_items(
    catalogue: Catalogue,
    kind: str,
    filters: Mapping[str, str] | None = None,
    sort: str = "",
    cursor: str | None = None,
    limit: int = 50,
    figures: Figures = NO_FIGURES,
) -> Page:
    """One page of a kind.

    Args:
        catalogue: The snapshot.
        kind: REST name of the kind.
        filters: Field to wanted value; several values separated by commas mean any of them.
            Numbers and dates also as ``field_min`` and ``field_max`` (inclusive); ``q`` searches
            names. Lists match where they contain the value.
        sort: A field, with ``-`` in front for descending; by slug where empty.
        cursor: ``next_cursor`` of the page before.
        limit: Items a page, 1 to 500.
        figures: Columns besides the facts.

    Raises:
        UnknownKind: there is no such kind.
        BadQuery: a filter, the sort, the cursor or the limit cannot be used.
    """
    if not 1 <= limit <= MAX_LIMIT:
        raise BadQuery("limit", f"limit must be between 1 and {MAX_LIMIT}.")
    order = _parse_order(kind, sort, figures)
    ordered = list_all(catalogue, kind, filters, sort, figures)
    start = 0 if cursor is None else _behind(ordered, order, cursor)
    end = start + limit
    return Page(
        items=tuple(ordered[start:end]),
        next_cursor=_cursor_of(ordered[end - 1], order) if end < len(ordered) else None,
        total=len(ordered),
        start=start,
        previous_cursor=(_cursor_of(ordered[start - limit - 1], order) if start > limit else None),
    )


def list_all(
    catalogue: Catalogue,
    kind: str,
    filters: Mapping[str, str] | None = None,
    sort: str = "",
    figures: Figures = NO_FIGURES,
) -> list[Fact]:
    """Everything a filter leaves, in order; arguments as for `list_items`.

    Raises:
        UnknownKind: there is no such kind.
        BadQuery: a filter or the sort cannot be used.
    """
    order = _parse_order(kind, sort, figures)
    tests = _tests(kind, filters or {}, figures).values()
    found = [fact for fact in catalogue.of_kind(kind).values() if all(test(fact) for test in tests)]
    return _ordered(found, order)


def count_values(
    catalogue: Catalogue,
    kind: str,
    filters: Mapping[str, str],
    fields: Iterable[str],
    figures: Figures = NO_FIGURES,
) -> dict[str, list[Count]]:
    """For each field, the values it has among the entries that all OTHER filters leave.

    Most frequent first. A list counts once for each of its members; unknown values are not counted.

    Raises:
        UnknownKind: there is no such kind.
        BadQuery: a filter cannot be used.
    """
    tests = _tests(kind, filters, figures)
    found: dict[str, list[Count]] = {}
    for name in fields:
        counts: Counter[str] = Counter()
        spelt: dict[Any, str] = {}
        for fact in _passing(catalogue, kind, tests, name):
            value = _value_of(fact, name, figures)
            held = value if isinstance(value, list) else [value]
            keys = {_comparable(item): item for item in held if item is not None}
            for key, item in keys.items():
                counts[spelt.setdefault(key, _spelling(item))] += 1
        ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0].lower()))
        found[name] = [Count(value, count) for value, count in ranked]
    return found


def count_bounds(
    catalogue: Catalogue,
    kind: str,
    filters: Mapping[str, str],
    bound: str,
    steps: Sequence[str],
    figures: Figures = NO_FIGURES,
) -> list[Count]:
    """How many entries each value of a bound such as ``memory_gib_min`` leaves beside the others.

    Raises:
        UnknownKind: there is no such kind.
        BadQuery: a filter or the bound cannot be used.
    """
    others = list(_passing(catalogue, kind, _tests(kind, filters, figures), bound))
    counts = []
    for step in steps:
        test = _parse_filter(kind, bound, step, figures)
        counts.append(Count(step, sum(map(test, others))))
    return counts


def count_without(
    catalogue: Catalogue, kind: str, filters: Mapping[str, str], figures: Figures = NO_FIGURES
) -> dict[str, int]:
    """How many entries there would be if each filter by itself were dropped.

    Raises:
        UnknownKind: there is no such kind.
        BadQuery: a filter cannot be used.
    """
    tests = _tests(kind, filters, figures)
    return {name: sum(1 for _ in _passing(catalogue, kind, tests, name)) for name in tests}


def _tests(kind: str, filters: Mapping[str, str], figures: Figures) -> dict[str, Test]:
    return {name: _parse_filter(kind, name, text, figures) for name, text in filters.items()}


def _passing(
    catalogue: Catalogue, kind: str, tests: Mapping[str, Test], without: str
) -> Iterable[Fact]:
    """Entries that pass all tests but one."""
    others = [test for name, test in tests.items() if name != without]
    return (f for f in catalogue.of_kind(kind).values() if all(test(f) for test in others))


def _spelling(value: Any) -> str:
    """A value as a filter names it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value.isoformat() if isinstance(value, date) else str(value)


def _value_of(fact: Fact, name: str, figures: Figures) -> Any:
    if name in figures.types:
        return figures.values[name].get(fact.slug)
    return getattr(fact, name)


@cache
def filter_fields(kind: str) -> Mapping[str, type]:
    """Fields of a kind that can be filtered by, with the type of their values.

    Raises:
        UnknownKind: there is no such kind.
    """
    return {name: value for name, (value, _) in _scalar_fields(kind).items()}


@cache
def sort_fields(kind: str) -> tuple[str, ...]:
    """Fields of a kind that can be sorted by: all that hold one value.

    Raises:
        UnknownKind: there is no such kind.
    """
    return tuple(name for name, (_, is_list) in _scalar_fields(kind).items() if not is_list)


@cache
def _scalar_fields(kind: str) -> dict[str, tuple[type, bool]]:
    """Field to the type of its value or of its list's items, and whether it is a list."""
    if kind not in KINDS:
        raise UnknownKind(kind)
    fields: dict[str, tuple[type, bool]] = {}
    for name, info in KINDS[kind].facts.model_fields.items():
        annotation = info.annotation
        if typing.get_origin(annotation) is list:
            fields[name] = (typing.get_args(annotation)[0], True)
            continue
        options = typing.get_args(annotation) or (annotation,)
        types = [option for option in options if option is not type(None)]
        if len(types) == 1 and types[0] in (str, int, float, bool, Decimal, date):
            fields[name] = (types[0], False)
    return fields


def _parse_order(kind: str, sort: str, figures: Figures) -> _Order:
    name = sort.removeprefix("-") or "slug"
    if name not in sort_fields(kind) and name not in figures.types:
        raise BadQuery("sort", f"{kind} cannot be sorted by {name!r}.")
    return _Order(name, sort.startswith("-"), figures)


def _parse_filter(kind: str, name: str, text: str, figures: Figures) -> Test:
    if name == "q":
        return _search(text)
    fields = {**filter_fields(kind), **figures.types}
    if name in fields:
        return _equals(name, fields[name], text, figures)
    for suffix, keeps in (
        ("_min", lambda value, bound: value >= bound),
        ("_max", lambda value, bound: value <= bound),
    ):
        field = name.removesuffix(suffix)
        sortable = field in sort_fields(kind) or field in figures.types
        if field != name and field in fields and sortable:
            return _bounded(name, field, fields[field], text, keeps, figures)
    raise BadQuery(name, f"{kind} cannot be filtered by {name!r}.")


def _search(text: str) -> Test:
    words = text.lower().split()

    def matches(fact: Fact) -> bool:
        haystack = " ".join(str(getattr(fact, name, None) or "") for name in _SEARCHED).lower()
        return all(word in haystack or _is_run_together(word, haystack) for word in words)

    return matches


def _is_run_together(word: str, haystack: str) -> bool:
    """Whether a word such as "rtx4090" stands there with gaps in it: "rtx 4090"."""
    mixed = any(c.isdigit() for c in word) and any(c.isalpha() for c in word)
    return mixed and word in re.sub(r"[\s_-]+", "", haystack)


def _equals(name: str, kind: type, text: str, figures: Figures) -> Test:
    wanted = {_value(name, kind, part.strip()) for part in text.split(",")}

    def matches(fact: Fact) -> bool:
        value = _value_of(fact, name, figures)
        held = value if isinstance(value, list) else [value]
        return any(_comparable(item) in wanted for item in held)

    return matches


def _bounded(
    name: str,
    field: str,
    kind: type,
    text: str,
    keeps: Callable[[Any, Any], bool],
    figures: Figures,
) -> Test:
    if kind is bool:
        raise BadQuery(name, f"{field} is true or false and has no bounds.")
    bound = _value(name, kind, text.strip())

    def matches(fact: Fact) -> bool:
        value = _value_of(fact, field, figures)
        return value is not None and keeps(_comparable(value), bound)

    return matches


def _value(name: str, kind: type, text: str) -> Sortable:
    """The text of a query as the value it is compared with."""
    if kind is bool:
        if text.lower() not in ("true", "false"):
            raise BadQuery(name, f"{name} must be true or false, not {text!r}.")
        return text.lower() == "true"
    if kind in _NUMBERS:
        try:
            number = Decimal(text if text.isascii() else "")
        except InvalidOperation:
            raise BadQuery(name, f"{name} must be a number, not {text!r}.") from None
        if not number.is_finite():
            raise BadQuery(name, f"{name} must be a finite number.")
        return number
    if kind is date:
        with suppress(ValueError):
            if date.fromisoformat(text).isoformat() == text:
                return text
        raise BadQuery(name, f"{name} must be a date such as 2026-11-21.")
    return text.lower()


def _comparable(value: Any) -> Sortable | None:
    """A fact's value in the form queries and cursors compare: numbers exact, text in lower case."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, int | Decimal):
        return Decimal(value)
    return value.isoformat() if isinstance(value, date) else str(value).lower()


def _key(fact: Fact, order: _Order) -> Sortable | None:
    return _comparable(_value_of(fact, order.field, order.figures))


def _ordered(found: Iterable[Fact], order: _Order) -> list[Fact]:
    by_slug = sorted(found, key=lambda fact: fact.slug)
    known = [fact for fact in by_slug if _key(fact, order) is not None]
    unknown = [fact for fact in by_slug if _key(fact, order) is None]
    # stable either way: `reverse` keeps the order of equals, so slugs stay ascending
    known.sort(key=lambda fact: typing.cast("Any", _key(fact, order)), reverse=order.descending)
    return known + unknown


def _cursor_of(fact: Fact, order: _Order) -> str:
    value = _key(fact, order)
    # a number in a box of its own, so that it comes back exact and is not taken for text
    boxed = [str(value)] if isinstance(value, Decimal) else value
    data = json.dumps([order.field, order.descending, boxed, fact.slug], separators=(",", ":"))
    return base64.urlsafe_b64encode(data.encode()).decode().rstrip("=")


def _behind(ordered: list[Fact], order: _Order, cursor: str) -> int:
    """Place of the first item behind the one a cursor points at, which may have gone since."""
    value, slug = _read_cursor(cursor, order)
    try:
        for index, fact in enumerate(ordered):
            if _is_behind(_key(fact, order), fact.slug, value, slug, order.descending):
                return index
    except TypeError:
        raise _bad_cursor() from None
    return len(ordered)


def _is_behind(
    key: Sortable | None, slug: str, value: Sortable | None, last: str, descending: bool
) -> bool:
    if key is None or value is None:
        return slug > last if key is value else key is None
    if key == value:
        return slug > last
    return bool(typing.cast("Any", key) > value) != descending


def _read_cursor(cursor: str, order: _Order) -> tuple[Sortable | None, str]:
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        field, descending, value, slug = json.loads(raw)
    except (binascii.Error, ValueError, TypeError):
        raise _bad_cursor() from None
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], str):
        value = _value("cursor", Decimal, value[0])
    if not isinstance(slug, str) or not isinstance(value, str | bool | Decimal | None):
        raise _bad_cursor()
    if (field, descending) != (order.field, order.descending):
        raise BadQuery("cursor", "The cursor belongs to another sort order.")
    return value, slug


def _bad_cursor() -> BadQuery:
    return BadQuery("cursor", "The cursor is damaged: start again from the first page.")

"""The edits there are: change, add, price, withdraw, confirm, undo; `publishing` has one more.

Each runs in one exclusive transaction and either happens whole or not at all. Two editors at once
lose nothing: an edit names the version its editor saw and is refused where that is not the present
one, with both values of every field that both changed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final, cast

from sqlalchemy import Connection, Engine, select

from app.catalogue.editing.fields import (
    CELL,
    NOT_SET_BY_HAND,
    FieldProblem,
    Flat,
    InvalidEditError,
    Value,
    build,
    check,
    derived,
    difference,
    flatten,
    patched,
    sourced,
    to_cell,
    version_of,
    why_and_where,
)
from app.catalogue.editing.store import (
    EDITS,
    Edited,
    Step,
    currencies,
    edits_of,
    existence,
    read_item,
    record,
)
from app.catalogue.facts import Fact, PriceFacts
from app.catalogue.kinds import KINDS, PRICED_KINDS
from app.catalogue.seed_files import references_of
from app.catalogue.snapshot import UnknownKind, UnknownSlug, slugify
from app.catalogue.tables import TABLES
from app.database import exclusive

ITEM_KINDS: Final = {kind: name for name, kind in PRICED_KINDS.items() if name != "cloud-gpu-hour"}
"""The ``item_kind`` of a purchase price, by kind; of a model, the price of a million tokens."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """A field that two editors changed: what it was, and what each wants."""

    field: str
    before: Value
    mine: Value
    theirs: Value


class EditConflictError(Exception):
    """Somebody else changed the item first. Nothing was stored."""

    def __init__(
        self,
        current: Fact,
        conflicts: list[Conflict],
        mine: Flat,
        theirs: list[dict[str, Any]],
    ) -> None:
        """``mine`` are the values that were to be set, ``theirs`` what others changed."""
        super().__init__(
            "Somebody else changed this since you opened it. Nothing was stored: "
            "look at both values and choose."
        )
        self.current = current
        self.version = version_of(current)
        self.conflicts = conflicts
        self.mine = mine
        self.theirs = theirs


class EditRefusedError(Exception):
    """The edit cannot be made as things stand; the message says why."""


class SlugTakenError(InvalidEditError):
    """What was to be added has the name of something that is there."""


def change(
    engine: Engine,
    kind: str,
    slug: str,
    values: Mapping[str, Value],
    *,
    version: str,
    reason: str,
    source: str,
    who: str,
) -> Edited:
    """Set some fields of an item.

    Args:
        engine: The database.
        kind: REST name of the kind.
        slug: The item.
        values: Field to value; fields that are as the editor saw them are no change.
        version: `version_of` the item as the editor saw it.
        reason: Why, in a few words.
        source: Address where the new values can be read.
        who: Name of the editor's token.

    Raises:
        UnknownKind, UnknownSlug: there is no such item.
        InvalidEditError: a value, the reason or the source needs another look.
        EditConflictError: the item is not as the editor saw it any more.
    """
    _known_kind(kind)
    problems = [FieldProblem(n, "This is not set by hand.") for n in values if _is_fixed(n)]
    if problems:
        raise InvalidEditError(problems)
    with exclusive(engine) as connection:
        current = _present(connection, kind, slug)
        seen = _as_seen(connection, kind, current, version)
        now = flatten(current)
        base = now if seen is None else seen
        try:
            wanted = flatten(build(kind, derived(kind, {**base, **values})))
        except InvalidEditError as error:
            _with_reason(error, reason, source)
            raise
        mine = {n: wanted[n] for n in values if wanted.get(n) != base.get(n)}
        if version != version_of(current):
            raise _conflict(current, seen, now, mine)
        after = _checked(connection, kind, now, mine, reason, source)
        step = Step(kind, slug, current, after, "change")
        return record(connection, [step], who=who, reason=reason, source=source)[0]


def add(
    engine: Engine,
    kind: str,
    values: Mapping[str, Value],
    *,
    reason: str,
    source: str,
    who: str,
) -> Edited:
    """Add an item; a price is named after what it is a price of, and when it was seen.

    Raises:
        UnknownKind: there is no such kind.
        InvalidEditError: a value, the reason or the source needs another look.
    """
    with exclusive(engine) as connection:
        return added(connection, kind, values, reason=reason, source=source, who=who)


def added(
    connection: Connection,
    kind: str,
    values: Mapping[str, Value],
    *,
    reason: str,
    source: str,
    who: str,
    action: str = "add",
) -> Edited:
    """As `add`, within a transaction that does more than this.

    Raises:
        UnknownKind, InvalidEditError: as `add`.
        SlugTakenError: something of this kind has the slug already.
    """
    _known_kind(kind)
    fixed = NOT_SET_BY_HAND - {"slug"}
    problems = [FieldProblem(n, "This is not set by hand.") for n in values if n in fixed]
    given = derived(kind, {**values, "source": source})
    if kind == "prices":
        given = _price_named(connection, given)
    fact = _built(kind, given, problems, reason, source)
    if read_item(connection, kind, fact.slug) is not None:
        raise SlugTakenError(
            [FieldProblem("slug", f"There is a {fact.slug!r} already: change that one.")]
        )
    _check(connection, kind, fact)
    step = Step(kind, fact.slug, None, fact, action)
    return record(connection, [step], who=who, reason=reason, source=source)[0]


def withdraw_price(
    engine: Engine, slug: str, *, version: str, reason: str, source: str, who: str
) -> Edited:
    """Let a price count no longer; it stays in the history with its reason.

    Raises:
        UnknownSlug: there is no such price.
        InvalidEditError: the reason or the source needs another look.
        EditConflictError: the price is not as the editor saw it any more.
        EditRefusedError: it does not count already.
    """

    def step(connection: Connection, current: Fact) -> Step:
        if version != version_of(current):
            raise _conflict(
                current,
                _as_seen(connection, "prices", current, version),
                flatten(current),
                {"usable": False},
            )
        if not cast(PriceFacts, current).usable:
            raise EditRefusedError("This price does not count already.")
        after = build("prices", {**flatten(current), "usable": False})
        return Step("prices", slug, current, after, "withdraw")

    return _on_price(engine, slug, step, reason=reason, source=source, who=who)


def confirm_price(
    engine: Engine, slug: str, *, today: date, reason: str, source: str, who: str
) -> Edited:
    """The same price seen again ``today``: a new observation beside the old one.

    Raises:
        UnknownSlug: there is no such price.
        InvalidEditError: the reason or the source needs another look.
        EditRefusedError: it was withdrawn, or was seen on this day before.
    """

    def step(connection: Connection, current: Fact) -> Step:
        price = cast(PriceFacts, current)
        if not price.usable:
            raise EditRefusedError("This price was withdrawn: add a new one instead.")
        if price.observed_on == today.isoformat():
            raise EditRefusedError("This price was seen today already.")
        kept = {n: v for n, v in flatten(current).items() if not n.startswith(CELL)}
        again = {**kept, "slug": None, "observed_on": today.isoformat(), "source": source}
        fact = build("prices", _price_named(connection, derived("prices", again)))
        _check(connection, "prices", fact)
        return Step("prices", fact.slug, None, fact, "confirm")

    return _on_price(engine, slug, step, reason=reason, source=source, who=who)


def undo(engine: Engine, edit_id: int, *, reason: str, who: str) -> Edited:
    """Take an edit back, as an edit of its own: what it changed is as it was before it.

    Raises:
        LookupError: there is no such edit.
        InvalidEditError: the reason is missing.
        EditRefusedError: a later edit touches the same fields, or something rests on the item.
    """
    why_and_where(reason, None, needs_source=False)
    with exclusive(engine) as connection:
        row = next(edits_of(connection, select(EDITS).where(EDITS.c.id == edit_id)), None)
        if row is None:
            msg = f"There is no edit {edit_id}."
            raise LookupError(msg)
        if not row["changes"]:
            raise EditRefusedError("This edit changed no field: there is nothing to take back.")
        kind, slug = str(row["kind"]), str(row["slug"])
        current = read_item(connection, kind, slug)
        now = {} if current is None else flatten(current)
        _refuse_if_touched(connection, row, now)
        earlier = {c["field"]: c["old"] for c in row["changes"]}
        if row["version_before"] is None:
            _refuse_if_needed(connection, kind, slug)
            after = None
        else:
            after = build(kind, patched(now, earlier))
            _check(connection, kind, after)
        step = Step(kind, slug, current, after, "undo", edit_id)
        return record(connection, [step], who=who, reason=reason, source=None)[0]


def _on_price(
    engine: Engine,
    slug: str,
    make: Callable[[Connection, Fact], Step],
    *,
    reason: str,
    source: str,
    who: str,
) -> Edited:
    why_and_where(reason, source)
    with exclusive(engine) as connection:
        step = make(connection, _present(connection, "prices", slug))
        return record(connection, [step], who=who, reason=reason, source=source)[0]


def _known_kind(kind: str) -> None:
    if kind not in KINDS:
        raise UnknownKind(kind)


def _is_fixed(name: str) -> bool:
    return name in NOT_SET_BY_HAND or name.startswith(CELL)


def _present(connection: Connection, kind: str, slug: str) -> Fact:
    current = read_item(connection, kind, slug)
    if current is None:
        raise UnknownSlug(kind, slug, ())
    return current


def _as_seen(connection: Connection, kind: str, current: Fact, version: str) -> Flat | None:
    """The fields as an editor saw them: every later edit taken back; None where it is lost."""
    flat = flatten(current)
    if version == version_of(current):
        return flat
    mine = (EDITS.c.kind == kind) & (EDITS.c.slug == current.slug)
    for row in edits_of(connection, select(EDITS).where(mine).order_by(EDITS.c.id.desc())):
        flat = patched(flat, {c["field"]: c["old"] for c in row["changes"]})
        if row["version_before"] == version:
            return flat
    return None


def _conflict(current: Fact, seen: Flat | None, now: Flat, mine: Flat) -> EditConflictError:
    """Both values of every field that both changed; all of mine where what I saw is lost."""
    theirs = [] if seen is None else difference(seen, now)
    moved = {c["field"] for c in theirs}
    both = [
        Conflict(name, None if seen is None else seen.get(name), value, now.get(name))
        for name, value in mine.items()
        if value != now.get(name) and (seen is None or name in moved)
    ]
    return EditConflictError(current, both, mine, theirs)


def _checked(
    connection: Connection, kind: str, now: Flat, mine: Flat, reason: str, source: str
) -> Fact:
    """The item with the changes and their source, if all of it can be stored."""
    wanted = derived(kind, patched(now, mine))
    fact = _built(kind, sourced(kind, now, wanted, source), [], reason, source)
    if not mine:
        raise InvalidEditError([FieldProblem("", "Nothing was changed.")])
    _check(connection, kind, fact)
    return fact


def _built(kind: str, flat: Flat, problems: list[FieldProblem], reason: str, source: str) -> Fact:
    """The fact, with everything that is wrong said at once."""
    found = list(problems)
    fact = None
    try:
        fact = build(kind, flat)
    except InvalidEditError as error:
        # a source that is no address is said once, by `why_and_where`
        found += [p for p in error.problems if p.field != "source"]
    try:
        why_and_where(reason, source)
    except InvalidEditError as error:
        found += error.problems
    if found or fact is None:
        raise InvalidEditError(found)
    return fact


def _with_reason(error: InvalidEditError, reason: str, source: str) -> None:
    """Say what is wrong with the reason and the source in the same breath."""
    try:
        why_and_where(reason, source)
    except InvalidEditError as other:
        error.problems = (*error.problems, *other.problems)


def _check(connection: Connection, kind: str, fact: Fact) -> None:
    check(
        kind,
        fact,
        currencies=currencies(connection),
        exists=existence(connection),
        today=datetime.now(UTC).date(),
    )


def _price_named(connection: Connection, given: Flat) -> Flat:
    """A price with a slug and a name, where it was given none."""
    flat = dict(given)
    target = PRICED_KINDS.get(str(flat.get("item_kind")))
    item_slug = flat.get("item_slug")
    if not flat.get("name"):
        item = read_item(connection, target, str(item_slug)) if target and item_slug else None
        flat["name"] = item.name if item is not None else item_slug
    if not flat.get("slug"):
        parts = (flat.get("item_kind"), item_slug or flat["name"], flat.get("observed_on"))
        stem = slugify("-".join(str(part) for part in parts if part))[:140] or "price"
        flat["slug"] = stem
        count = 1
        while read_item(connection, "prices", str(flat["slug"])) is not None:
            count += 1
            flat["slug"] = f"{stem}-{count}"
    return flat


def _refuse_if_touched(connection: Connection, row: dict[str, Any], now: Flat) -> None:
    """Raises EditRefusedError where something the edit set is not as it left it."""
    moved = [c["field"] for c in row["changes"] if now.get(c["field"]) != c["new"]]
    if row["version_before"] is None:  # the whole item would go: every field counts
        set_by_it = {c["field"] for c in row["changes"]}
        moved += [n for n, v in now.items() if n not in set_by_it and v is not None]
    if not moved:
        return
    same = (EDITS.c.kind == row["kind"]) & (EDITS.c.slug == row["slug"])
    later = connection.execute(
        select(EDITS.c.id, EDITS.c.changes).where(same, EDITS.c.id > row["id"]).order_by(EDITS.c.id)
    )
    touching = [str(i) for i, changes in later if {c["field"] for c in changes} & set(moved)]
    field = next((n for n in moved if not n.startswith(CELL)), moved[0])
    if not touching:
        raise EditRefusedError(
            f"A newer release changed {field} since: set it by an edit of your own."
        )
    raise EditRefusedError(
        f"Edit {touching[-1]} changed {field} later. Undo that one first, or set the value anew."
    )


def _refuse_if_needed(connection: Connection, kind: str, slug: str) -> None:
    """Raises EditRefusedError where another item names this one."""
    for other in KINDS.values():
        fields = {field for field, target in other.references if target == kind}
        if other.name == "prices":
            fields = {"item_slug"}
        table = TABLES[other.name].__table__
        for field in sorted(fields):
            for row in connection.execute(select(table)).mappings():
                fact = other.facts.model_construct(**dict(row))
                value = getattr(fact, field)
                named = value if isinstance(value, list) else [value]
                if slug in named and (field, kind) in references_of(other, fact):
                    raise EditRefusedError(
                        f"{row['slug']} of {other.name} rests on this entry: change that first."
                    )


def shown(value: Value) -> str:
    """A value as history and conflicts show it."""
    return to_cell(value)

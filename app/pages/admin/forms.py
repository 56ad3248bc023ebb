"""The form of an item: every field with its unit, its present source and what is wrong with it."""

import typing
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from starlette.datastructures import FormData

from app.catalogue.editing.edits import EditConflictError
from app.catalogue.editing.fields import (
    CELL,
    NOT_SET_BY_HAND,
    FieldProblem,
    Flat,
    InvalidEditError,
    cells_to_values,
    flatten,
    to_cell,
)
from app.catalogue.facts import Fact
from app.catalogue.kinds import KINDS, PRICED_KINDS
from app.catalogue.snapshot import Catalogue
from app.language.languages import Language
from app.pages.admin.common import field_words
from app.pages.typed import TYPED, read_typed

PREFIX: Final = "f."
_LONG: Final = frozenset({"notes", "description", "motherboard_examples", "offload_note"})
_CONDITIONS: Final = (("", "not said"), ("new", "new"), ("used", "used"))
_VAT: Final = (("", "not said"), ("included", "included"), ("excluded", "before tax"))
_BOOL: Final = (("true", "yes"), ("false", "no"))
_UNITS: Final = ("each", "gib", "hour", "mtok", "kwh")
#: What a price form shows first; the rest folds.
PRICE_FIRST: Final = (
    "amount",
    "currency",
    "vat",
    "condition",
    "region",
    "observed_on",
)
_ITEM_KINDS: Final = (*PRICED_KINDS, "electricity")


@dataclass(frozen=True, slots=True)
class Clash:
    """What somebody else made of a field meanwhile."""

    before: str
    mine: str
    theirs: str


@dataclass(frozen=True, slots=True)
class FieldView:
    """One field as the form shows it."""

    name: str
    label: str
    unit: str
    hint: str
    value: str
    needed: bool
    long: bool = False
    numeric: bool = False
    choices: tuple[tuple[str, str], ...] = ()
    source: str = ""
    seed: str | None = None
    """What the seed says, where an editor set another value."""
    problem: str = ""
    clash: Clash | None = None

    @property
    def id(self) -> str:
        """Of the control."""
        return f"f-{self.name}"


@dataclass(frozen=True, slots=True)
class Cells:
    """What was typed into the fields of a form."""

    #: With plain decimals for numbers, without those that could be two.
    read: dict[str, str]
    unclear: tuple[FieldProblem, ...]
    raw: Mapping[str, str]

    def values(self, kind: str) -> Flat:
        """The cells as values.

        Raises:
            InvalidEditError: a number could be two.
        """
        if self.unclear:
            raise InvalidEditError(self.unclear)
        return cells_to_values(kind, self.read)

    def shown(self, problems: Iterable[FieldProblem]) -> dict[str, str]:
        """What stands in the fields when the form comes back: as typed where it is wrong."""
        wrong = {problem.field for problem in problems}
        return {**self.read, **{name: self.raw[name] for name in wrong if name in self.raw}}


@dataclass(frozen=True, slots=True)
class Form:
    """A whole form."""

    fields: tuple[FieldView, ...]
    version: str
    reason: str = ""
    source: str = ""
    problems: Mapping[str, str] = typing.cast("Mapping[str, str]", None)
    theirs: tuple[tuple[str, str, str], ...] = ()
    """Fields that only somebody else changed: name, before, now."""

    @property
    def clashes(self) -> list[FieldView]:
        """Fields that both changed."""
        return [view for view in self.fields if view.clash is not None]

    @property
    def first(self) -> list[FieldView]:
        """What stands above the fold: of a price the price itself."""
        names = {view.name for view in self.fields}
        if "amount" not in names:
            return list(self.fields)
        by_name = {view.name: view for view in self.fields}
        return [by_name[name] for name in PRICE_FIRST]

    @property
    def rest(self) -> list[FieldView]:
        """What folds."""
        shown = {view.name for view in self.first}
        return [view for view in self.fields if view.name not in shown]


def form_of(
    kind: str,
    flat: Flat,
    version: str,
    catalogue: Catalogue,
    *,
    cells: Mapping[str, str] | None = None,
    problems: Iterable[FieldProblem] = (),
    reason: str = "",
    source: str = "",
    edited: Mapping[str, tuple[object, object]] | None = None,
    new: bool = False,
    conflict: EditConflictError | None = None,
) -> Form:
    """The form of an item; ``cells`` is what was typed, where it comes back."""
    told: dict[str, str] = {}
    for problem in problems:
        told.setdefault(problem.field, problem.message)
    names = [n for n in _names(kind) if n not in NOT_SET_BY_HAND or (new and n == "slug")]
    clashes = _clashes(conflict)
    views = []
    for name in names:
        label, unit = field_words(name)
        value = to_cell(flat.get(name)) if cells is None or name not in cells else cells[name]
        seed = (edited or {}).get(name)
        views.append(
            FieldView(
                name=name,
                label=label,
                unit=unit,
                hint=_hint(kind, name),
                value=value,
                needed=_needed(kind, name, new),
                long=name in _LONG,
                numeric=_numeric(kind, name),
                choices=_choices(kind, name, value, catalogue),
                source="" if new else str(flat.get(f"{CELL}{name}") or flat.get("source") or ""),
                seed=None if seed is None else to_cell(seed[0]),
                problem=told.get(name, ""),
                clash=clashes.get(name),
            )
        )
    return Form(
        fields=tuple(views),
        version=version,
        reason=reason,
        source=source,
        problems=told,
        theirs=_only_theirs(conflict, clashes),
    )


def cells_of(kind: str, form: FormData, page: Language) -> Cells:
    """What was typed into the fields of a form.

    Raises:
        InvalidEditError: numbers that could be two.
    """
    raw = {
        name.removeprefix(PREFIX): value
        for name, value in form.multi_items()
        if name.startswith(PREFIX) and isinstance(value, str)
    }
    numbers = {name: _whole(kind, name) for name in _names(kind) if _numeric(kind, name)}
    sent = form.get(TYPED)
    marked = {TYPED: sent} if isinstance(sent, str) else {}
    typed = read_typed({**raw, **marked}.items(), numbers, page)
    unclear = tuple(FieldProblem(p.field, p.message) for p in typed.problems)
    return Cells(typed.values, unclear, raw)


def resolved(
    current: Fact, conflict: EditConflictError, cells: Mapping[str, str]
) -> dict[str, str]:
    """Cells for the form after a conflict: theirs, with mine where only I changed something."""
    now = {name: to_cell(value) for name, value in flatten(current).items()}
    clashing = {c.field for c in conflict.conflicts}
    moved = {c["field"] for c in conflict.theirs}
    mine = {n: v for n, v in cells.items() if n in conflict.mine and n not in clashing | moved}
    return {**{n: now.get(n, "") for n in cells}, **mine}


def today_cells() -> dict[str, str]:
    """What a new price most often is."""
    return {
        "observed_on": date.today().isoformat(),
        "currency": "EUR",
        "condition": "new",
        "price_kind": "retail",
    }


def _clashes(conflict: EditConflictError | None) -> dict[str, Clash]:
    if conflict is None:
        return {}
    return {
        c.field: Clash(to_cell(c.before), to_cell(c.mine), to_cell(c.theirs))
        for c in conflict.conflicts
    }


def _only_theirs(
    conflict: EditConflictError | None, clashes: Mapping[str, Clash]
) -> tuple[tuple[str, str, str], ...]:
    if conflict is None:
        return ()
    return tuple(
        (field_words(c["field"])[0], to_cell(c["old"]), to_cell(c["new"]))
        for c in conflict.theirs
        if c["field"] not in clashes and not c["field"].startswith(CELL)
    )


def _names(kind: str) -> list[str]:
    """Fields in the order of the facts, with what is long at the end."""
    names = [n for n in KINDS[kind].facts.model_fields if n != "cell_sources"]
    return [n for n in names if n not in _LONG] + [n for n in names if n in _LONG]


def _hint(kind: str, name: str) -> str:
    hint = KINDS[kind].facts.model_fields[name].description or ""
    target = dict(KINDS[kind].references).get(name)
    if _is_list(kind, name):
        hint = f"{hint}{'. ' if hint else ''}Separated by semicolons"
    if target and not hint:
        hint = f"A slug of {target}"
    return hint.replace("`", "")


def _needed(kind: str, name: str, new: bool) -> bool:
    info = KINDS[kind].facts.model_fields[name]
    return info.is_required() and not (kind == "prices" and new and name in ("slug", "name"))


def _types(kind: str, name: str) -> tuple[object, ...]:
    annotation = KINDS[kind].facts.model_fields[name].annotation
    return typing.get_args(annotation) or (annotation,)


def _is_list(kind: str, name: str) -> bool:
    return typing.get_origin(KINDS[kind].facts.model_fields[name].annotation) is list


def _numeric(kind: str, name: str) -> bool:
    return any(
        getattr(t, "__name__", "") in ("int", "float", "Decimal") for t in _types(kind, name)
    )


def _whole(kind: str, name: str) -> bool:
    """Whether a number can only be a whole one."""
    names = {getattr(t, "__name__", "") for t in _types(kind, name)}
    return not names & {"float", "Decimal"}


def _choices(kind: str, name: str, value: str, catalogue: Catalogue) -> tuple[tuple[str, str], ...]:
    """Options of a field that has few; what stands there already is always one."""
    types = _types(kind, name)
    options: tuple[tuple[str, str], ...] = ()
    if bool in types:
        options = (("", "unknown"), *_BOOL) if type(None) in types else _BOOL
    elif kind == "prices" and name == "condition":
        options = _CONDITIONS
    elif kind == "prices" and name == "vat":
        options = _VAT
    elif kind == "prices" and name == "currency":
        rates = sorted({rate.currency for rate in catalogue.exchange_rates})
        options = tuple((c, c) for c in ("EUR", *rates))
    elif kind == "prices" and name == "unit":
        options = tuple((u, u) for u in _UNITS)
    elif kind == "prices" and name == "item_kind":
        options = tuple((k, k) for k in _ITEM_KINDS)
    if options and value not in [key for key, _ in options]:
        options = ((value, value or "choose"), *options)
    return options

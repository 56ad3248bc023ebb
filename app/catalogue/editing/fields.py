"""An item as a flat list of fields: the form that edits, diffs, versions and forms work on.

``cell_sources`` becomes one field for each entry (``cell_sources.tdp_w``), so that two edits of
different facts never touch the same field.
"""

import hashlib
import json
import re
import typing
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlsplit

from pydantic import ValidationError

from app.catalogue.dates import first_day
from app.catalogue.facts import Fact, PriceFacts
from app.catalogue.kinds import KINDS
from app.catalogue.seed_files import SLUG, frozen, references_of
from app.catalogue.snapshot import plain_fact

Value = Any
Flat = dict[str, Value]

CELL: Final = "cell_sources."
#: Fields that say nothing about the thing itself and need no source of their own.
UNSOURCED: Final = frozenset({"slug", "name", "source", "notes"})
#: What an editor does not set: identity, and what follows from the edit itself.
NOT_SET_BY_HAND: Final = frozenset({"slug", "source", "cell_sources", "observed_from"})
#: What makes a price row another observation, whose source is then the row's.
OBSERVED: Final = frozenset({"amount", "currency", "quantity", "unit", "observed_on"})
TEXT_LIMIT: Final = 4_000
_UNPRINTABLE: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
_INT_LIMIT: Final = 2**31 - 1
_FLOAT_LIMIT: Final = 1e15
_AMOUNT_LIMIT: Final = Decimal(10) ** 11


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One thing wrong with one field, in one sentence."""

    field: str
    message: str


class InvalidEditError(Exception):
    """An edit cannot be taken as it is; ``problems`` say why, field by field."""

    def __init__(self, problems: Iterable[FieldProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(p.message for p in self.problems))


def flatten(fact: Fact) -> Flat:
    """All fields of a fact in JSON's types."""
    plain: Flat = fact.model_dump(mode="json")
    cells = plain.pop("cell_sources")
    return plain | {f"{CELL}{name}": note for name, note in cells.items()}


def build(kind: str, flat: Mapping[str, Value]) -> Fact:
    """The fact these fields make.

    Raises:
        InvalidEditError: a value does not fit its field.
    """
    model = KINDS[kind].facts
    given = {name: value for name, value in flat.items() if not name.startswith(CELL)}
    problems = [
        FieldProblem(name, f"{name} is no field of {kind}.")
        for name in given
        if name not in model.model_fields or name == "cell_sources"
    ]
    problems += [p for name, value in given.items() if (p := _unstorable(name, value)) is not None]
    if problems:
        raise InvalidEditError(problems)
    values = {n: v for n, v in given.items() if v is not None or _is_optional(model, n)}
    values["cell_sources"] = {
        name.removeprefix(CELL): note
        for name, note in flat.items()
        if name.startswith(CELL) and note is not None
    }
    try:
        fact = frozen(model).model_validate(values)
    except ValidationError as error:
        found = [
            FieldProblem(str(item["loc"][0]) if item["loc"] else "", sentence_of(dict(item)))
            for item in error.errors()
        ]
        raise InvalidEditError(_first_of_each(found)) from error
    if oversized := _oversized(fact):
        raise InvalidEditError(oversized)
    return plain_fact(fact)


def version_of(fact: Fact) -> str:
    """A short name of the facts themselves: equal facts have equal versions."""
    text = json.dumps(flatten(fact), sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def difference(before: Mapping[str, Value], after: Mapping[str, Value]) -> list[dict[str, Value]]:
    """Field by field what changes, in the order of the facts."""
    names = [*before, *(name for name in after if name not in before)]
    return [
        {"field": name, "old": before.get(name), "new": after.get(name)}
        for name in names
        if before.get(name) != after.get(name)
    ]


def patched(flat: Mapping[str, Value], changes: Mapping[str, Value]) -> Flat:
    """The fields with some set anew; a source of a cell set to None is taken away."""
    merged = {**flat, **changes}
    return {n: v for n, v in merged.items() if v is not None or not n.startswith(CELL)}


def derived(kind: str, flat: Flat) -> Flat:
    """The fields with what follows from others: the first day a price's date can mean."""
    if kind != "prices":
        return flat
    day = first_day(flat.get("observed_on"))
    return {**flat, "observed_from": None if day is None else day.isoformat()}


def sourced(kind: str, before: Flat, after: Flat, source: str) -> Flat:
    """``after`` with where each changed fact now comes from."""
    changed = [c["field"] for c in difference(before, after)]
    facts = [n for n in changed if n not in UNSOURCED and not n.startswith(CELL)]
    if kind == "prices" and OBSERVED & set(facts):
        # what stood beside the old amount does not speak for the new one
        cleared: Flat = {f"{CELL}{name}": None for name in OBSERVED}
        return patched(after, {**cleared, "source": source})
    facts = [n for n in facts if n != "observed_from"]
    return patched(after, {f"{CELL}{name}": source for name in facts})


def check(
    kind: str,
    fact: Fact,
    *,
    currencies: Iterable[str],
    exists: typing.Callable[[str, str], bool],
    today: date,
) -> None:
    """What the types alone cannot say.

    ``exists`` tells whether a kind has an entry of a slug.

    Raises:
        InvalidEditError: a name leads nowhere or a value makes no sense.
    """
    problems: list[FieldProblem] = []
    if not SLUG.fullmatch(fact.slug):
        problems.append(
            FieldProblem("slug", "Use lower case letters, digits, dots, hyphens and underscores.")
        )
    for name in ("name", "source"):
        if not getattr(fact, name).strip():
            problems.append(FieldProblem(name, "This cannot be empty."))
    strays = sorted(set(fact.cell_sources) - set(KINDS[kind].facts.model_fields))
    if strays:
        message = f"cell_sources names no field: {', '.join(strays)}."
        problems.append(FieldProblem("cell_sources", message))
    for field, target in references_of(KINDS[kind], fact):
        value = getattr(fact, field)
        named = value if isinstance(value, list) else [] if value is None else [value]
        missing = next((slug for slug in named if not exists(target, slug)), None)
        if missing is not None:
            problems.append(FieldProblem(field, f"Nothing in {target} is called {missing!r}."))
    if isinstance(fact, PriceFacts):
        problems += _price_problems(fact, set(currencies), today)
    if problems:
        raise InvalidEditError(problems)


def _price_problems(price: PriceFacts, currencies: set[str], today: date) -> list[FieldProblem]:
    problems = []
    if price.amount <= 0:
        problems.append(FieldProblem("amount", "Use an amount above 0."))
    if price.quantity <= 0:
        problems.append(FieldProblem("quantity", "Use a quantity above 0."))
    if price.currency not in currencies:
        known = ", ".join(sorted(currencies))
        problems.append(FieldProblem("currency", f"Use one of: {known}."))
    if price.observed_on is not None and price.observed_from is None:
        problems.append(
            FieldProblem("observed_on", "Use a date such as 2026-11-21, 2026-11 or 2026.")
        )
    if price.observed_from is not None and price.observed_from > today:
        problems.append(FieldProblem("observed_on", "This day has not come yet."))
    if price.condition not in (None, "new", "used"):
        problems.append(FieldProblem("condition", "Use new, used or nothing."))
    return problems


def why_and_where(reason: str, source: str | None, *, needs_source: bool = True) -> None:
    """What every edit says besides its values.

    Raises:
        InvalidEditError: the reason is empty or the source is no address.
    """
    problems = []
    if not reason.strip():
        problems.append(FieldProblem("reason", "Say why, in a few words."))
    elif len(reason) > 500:
        problems.append(FieldProblem("reason", "At most 500 characters."))
    elif unprintable(reason):
        problems.append(FieldProblem("reason", "Use text without control characters."))
    if source is None and not needs_source:
        pass
    elif not is_address(source or ""):
        problems.append(
            FieldProblem(
                "source", "Give the address where this can be read, beginning with https://."
            )
        )
    if problems:
        raise InvalidEditError(problems)


def is_address(text: str) -> bool:
    """Whether this is a web address somebody else can open."""
    if len(text) > 1_000 or not text.isprintable() or " " in text:
        return False
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def cells_to_values(kind: str, cells: Mapping[str, str]) -> Flat:
    """Text from a form or a file as values: nothing means unknown, lists are split at ``;``.

    Raises:
        InvalidEditError: ``cell_sources`` is no JSON object of texts.
    """
    model = KINDS[kind].facts
    values: Flat = {}
    for name, cell in cells.items():
        text = cell.replace("\r\n", "\n").strip()
        if name == "cell_sources":
            values |= _cell_sources(text)
        elif _is_list(model, name):
            values[name] = [part.strip() for part in text.split(";") if part.strip()]
        else:
            values[name] = text or None
    return values


def to_cell(value: Value) -> str:
    """A value as it stands in a form or a file."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "; ".join(map(str, value))
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def sentence_of(error: Mapping[str, Any]) -> str:
    """One of pydantic's findings as a sentence."""
    kind, context = str(error["type"]), error.get("ctx", {})
    if kind == "missing":
        return "This field is needed."
    if kind.startswith("int_"):
        return "Use a whole number."
    if kind.startswith(("float_", "decimal_")) or kind == "finite_number":
        return "Use a plain number such as 12.5."
    if kind.startswith("bool_"):
        return "Use true or false."
    if kind.startswith("date_"):
        return "Use a date such as 2026-11-21."
    if kind == "literal_error":
        return f"Use one of: {str(context['expected']).replace(chr(39), '')}."
    if kind == "string_too_long":
        return f"At most {context['max_length']} characters."
    if kind == "string_type":
        return "Use text."
    if kind == "list_type":
        return "Use a list."
    return f"{error['msg']}."


def unprintable(text: str) -> bool:
    """Whether there is a character in it that pages, files or databases could not carry as it is.

    Controls, halves of surrogate pairs, and what turns the direction of the text around it.
    """
    return bool(_UNPRINTABLE.search(text))


def _cell_sources(text: str) -> Flat:
    if not text:
        return {}
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or not all(isinstance(note, str) for note in found.values()):
        message = 'Use a JSON object such as {"tdp_w": "where it comes from"}.'
        raise InvalidEditError([FieldProblem("cell_sources", message)])
    return {f"{CELL}{name}": note for name, note in found.items()}


def _unstorable(name: str, value: Value) -> FieldProblem | None:
    """Text and lists that no page or database can carry."""
    if isinstance(value, str):
        if len(value) > TEXT_LIMIT:
            return FieldProblem(name, f"At most {TEXT_LIMIT} characters.")
        if unprintable(value):
            return FieldProblem(name, "Use text without control characters.")
    if isinstance(value, list):
        if len(value) > 100:
            return FieldProblem(name, "At most 100 entries.")
        return next((p for part in value if (p := _unstorable(name, part)) is not None), None)
    return None


def _oversized(fact: Fact) -> list[FieldProblem]:
    """Numbers beyond what a database column holds exactly."""
    return [
        FieldProblem(name, "This number is too large or too fine.")
        for name, value in fact
        if (isinstance(value, int) and abs(value) > _INT_LIMIT)
        or (isinstance(value, float) and abs(value) > _FLOAT_LIMIT)
        or (isinstance(value, Decimal) and not _fits(value))
    ]


def _fits(amount: Decimal) -> bool:
    """Whether NUMERIC(18, 6) holds it."""
    exponent = amount.as_tuple().exponent
    return abs(amount) < _AMOUNT_LIMIT and isinstance(exponent, int) and -6 <= exponent <= 11


def _types(model: type[Fact], name: str) -> tuple[Any, ...]:
    annotation = model.model_fields[name].annotation
    return typing.get_args(annotation) or (annotation,)


def _is_optional(model: type[Fact], name: str) -> bool:
    return type(None) in _types(model, name)


def _is_list(model: type[Fact], name: str) -> bool:
    info = model.model_fields.get(name)
    return info is not None and typing.get_origin(info.annotation) is list


def _first_of_each(problems: Iterable[FieldProblem]) -> list[FieldProblem]:
    found: dict[str, FieldProblem] = {}
    for problem in problems:
        found.setdefault(problem.field, problem)
    return list(found.values())

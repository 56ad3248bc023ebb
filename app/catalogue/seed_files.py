"""Reading the seed: reviewed CSV files become checked, frozen facts.

Every cell is text in the file: empty means unknown, lists are separated by ``;``, and
``cell_sources`` is JSON. A row that fails a check is left out and reported, never repaired.
"""

import csv
import hashlib
import json
import re
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from pydantic import ConfigDict, ValidationError

from app.catalogue.facts import Fact
from app.catalogue.kinds import ALIASES_FILE, KINDS, PRICED_KINDS, Kind

SEED_DIR: Final = Path(__file__).resolve().parents[2] / "seed"
SLUG: Final = re.compile(r"[a-z0-9](?:[a-z0-9._-]*[a-z0-9_])?")


@dataclass(frozen=True, slots=True)
class Alias:
    """Another spelling; ``slug`` is None where the spelling names nothing catalogued."""

    kind: str
    alias: str
    slug: str | None
    note: str | None
    source: str


@dataclass(frozen=True, slots=True)
class RowProblem:
    """Why one row of a seed file was not loaded."""

    line: int
    slug: str
    reason: str


@dataclass(frozen=True, slots=True)
class FileReport:
    """How many rows of a seed file were read and loaded, and what kept the others out."""

    file: str
    read: int
    loaded: int
    problems: tuple[RowProblem, ...]


@dataclass(frozen=True, slots=True)
class SeedContent:
    """All facts of the seed, by kind in file order, and the report on reading them."""

    revision: str
    facts: Mapping[str, tuple[Fact, ...]]
    aliases: tuple[Alias, ...]
    files: tuple[FileReport, ...]


@dataclass(slots=True)
class _Draft:
    """A row that has passed the checks it can pass alone."""

    file: str
    line: int
    fact: Fact


@cache
def frozen(facts: type[Fact]) -> type[Fact]:
    """The read-only twin of a facts class: same fields, no assignment, no NaN."""
    config = ConfigDict(frozen=True, allow_inf_nan=False)
    namespace = {"model_config": config, "__module__": __name__, "__doc__": facts.__doc__}
    metaclass: Any = type(facts)
    twin: type[Fact] = metaclass(f"Frozen{facts.__name__}", (facts,), namespace)
    return twin


def seed_revision(seed_dir: Path = SEED_DIR) -> str:
    """A short hash of the seed files' names and bytes."""
    digest = hashlib.sha256()
    for name in _seed_files():
        path = seed_dir / name
        if path.exists():
            digest.update(f"{name}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def read_seed(seed_dir: Path = SEED_DIR) -> SeedContent:
    """Read and check all seed files.

    Raises:
        FileNotFoundError: a seed file is missing.
    """
    drafts: dict[str, list[_Draft]] = {name: [] for name in KINDS}
    problems: dict[str, list[RowProblem]] = {name: [] for name in _seed_files()}
    counts: dict[str, int] = {}
    for kind in KINDS.values():
        seen: set[str] = set()
        for file in kind.seed_files:
            counts[file] = 0
            for line, row in _rows(seed_dir / file):
                counts[file] += 1
                fact = _checked(kind, row, seen, problems[file], line)
                if fact is not None:
                    drafts[kind.name].append(_Draft(file, line, fact))
    _drop_dangling(drafts, problems)
    slugs = {name: {draft.fact.slug for draft in rows} for name, rows in drafts.items()}
    aliases, counts[ALIASES_FILE] = _read_aliases(seed_dir, slugs, problems[ALIASES_FILE])
    return SeedContent(
        revision=seed_revision(seed_dir),
        facts=MappingProxyType(
            {name: tuple(draft.fact for draft in rows) for name, rows in drafts.items()}
        ),
        aliases=aliases,
        files=tuple(
            FileReport(file, counts[file], counts[file] - len(found), tuple(found))
            for file, found in problems.items()
        ),
    )


def _seed_files() -> tuple[str, ...]:
    return (*(file for kind in KINDS.values() for file in kind.seed_files), ALIASES_FILE)


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    with path.open(newline="", encoding="utf-8") as stream:
        reader = csv.DictReader(stream)
        for row in reader:
            # DictReader puts surplus cells under None and lacking ones as None
            yield reader.line_num, {str(name): cell or "" for name, cell in row.items()}


def _checked(
    kind: Kind, row: dict[str, str], seen: set[str], problems: list[RowProblem], line: int
) -> Fact | None:
    slug = row.get("slug", "")
    try:
        fact = parse_row(kind.facts, row)
    except ValueError as error:
        problems.append(RowProblem(line, slug, _sentence(error)))
        return None
    reason = _own_problem(fact, seen)
    if reason is not None:
        problems.append(RowProblem(line, slug, reason))
        return None
    seen.add(fact.slug)
    return fact


def parse_row(facts: type[Fact], row: Mapping[str, str]) -> Fact:
    """One CSV row as a frozen fact.

    Raises:
        ValueError: a cell does not fit its field, or a column is no field.
    """
    unknown = sorted(set(row) - set(facts.model_fields))
    if unknown:
        msg = f"no such column: {', '.join(unknown)}"
        raise ValueError(msg)
    lists = _list_fields(facts)
    values: dict[str, Any] = {}
    for name, cell in row.items():
        if cell == "":
            continue
        if name == "cell_sources":
            values[name] = json.loads(cell)
        elif name in lists:
            values[name] = [part for part in cell.split(";") if part]
        else:
            values[name] = cell
    return frozen(facts).model_validate(values)


@cache
def _list_fields(facts: type[Fact]) -> frozenset[str]:
    return frozenset(
        name
        for name, field in facts.model_fields.items()
        if typing.get_origin(field.annotation) is list
    )


def _sentence(error: ValueError) -> str:
    if isinstance(error, ValidationError):
        return "; ".join(
            f"{'.'.join(str(part) for part in item['loc'])}: {item['msg']}"
            for item in error.errors()
        )
    return str(error)


def _own_problem(fact: Fact, seen: set[str]) -> str | None:
    if not SLUG.fullmatch(fact.slug):
        return "slug has characters other than a-z, 0-9, '.', '_' and '-'"
    if fact.slug in seen:
        return "slug is used twice"
    if not fact.source.strip():
        return "source is empty"
    fields = type(fact).model_fields
    strays = sorted(set(fact.cell_sources) - set(fields))
    if strays:
        return f"cell_sources names no field: {', '.join(strays)}"
    return None


def _drop_dangling(drafts: dict[str, list[_Draft]], problems: dict[str, list[RowProblem]]) -> None:
    """Leave out rows that name an entity the seed does not have."""
    slugs = {name: {draft.fact.slug for draft in rows} for name, rows in drafts.items()}
    for kind in KINDS.values():
        kept = []
        for draft in drafts[kind.name]:
            missing = _missing_reference(kind, draft.fact, slugs)
            if missing is None:
                kept.append(draft)
            else:
                problems[draft.file].append(RowProblem(draft.line, draft.fact.slug, missing))
        drafts[kind.name] = kept


def _missing_reference(kind: Kind, fact: Fact, slugs: Mapping[str, set[str]]) -> str | None:
    for field, target in references_of(kind, fact):
        value = getattr(fact, field)
        named = value if isinstance(value, list) else [] if value is None else [value]
        for slug in named:
            if slug not in slugs[target]:
                return f"{field} names nothing in {target}: {slug}"
    return None


def references_of(kind: Kind, fact: Fact) -> tuple[tuple[str, str], ...]:
    """Fields of a fact that name other entries, each with the kind of those entries."""
    if kind.name == "prices":
        target = PRICED_KINDS.get(getattr(fact, "item_kind", ""))
        return (("item_slug", target),) if target else ()
    return kind.references


def _read_aliases(
    seed_dir: Path, slugs: Mapping[str, set[str]], problems: list[RowProblem]
) -> tuple[tuple[Alias, ...], int]:
    aliases: dict[tuple[str, str], Alias] = {}
    count = 0
    for line, row in _rows(seed_dir / ALIASES_FILE):
        count += 1
        alias = Alias(
            row["kind"], row["alias"], row["slug"] or None, row["note"] or None, row["source"]
        )
        reason = _alias_problem(alias, aliases, slugs)
        if reason is None:
            aliases[alias.kind, alias.alias] = alias
        else:
            problems.append(RowProblem(line, alias.alias, reason))
    return tuple(aliases.values()), count


def _alias_problem(
    alias: Alias, known: Mapping[tuple[str, str], Alias], slugs: Mapping[str, set[str]]
) -> str | None:
    target = "gpus" if alias.kind == "gpu-prices" else alias.kind
    if target not in slugs:
        return f"no such kind: {alias.kind}"
    if not alias.source:
        return "source is empty"
    if (alias.kind, alias.alias) in known:
        return "alias is used twice"
    if alias.slug is not None and alias.slug not in slugs[target]:
        return f"names nothing in {target}: {alias.slug}"
    return None

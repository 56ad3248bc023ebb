"""What there is, is documented; what is documented, there is.

Settings are held together with docs/operations.md in test_house.py.
"""

import argparse
import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI

from app.api.catalogue import RESOURCES
from app.builds.answers.terms import FORMULAS
from app.catalogue.kinds import KINDS
from app.cli import _parser
from app.pages import router as pages_router
from app.pages.browse.shelves import SHELVES

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
#: Arithmetic that carries unknowns, and memory: not formulas of anything.
HELPERS = {"numbers", "kept", "__init__"}
#: Fields every row has; docs/data.md describes them once, under Conventions.
#: Addresses that all shelves have alike: the first part of them is documented as {shelf}.
SHELF = re.compile(rf"^(/|/browse/)({'|'.join(SHELVES)})(?=[./]|$)(?!.*/machines$)")
COMMON = {"slug", "name", "source", "cell_sources", "notes"}


def read(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def first_cells(text: str) -> list[str]:
    """What stands in code in the first cell of every row of the document's tables."""
    return re.findall(r"^\| `([^`]+)`", text, re.MULTILINE)


# Routes


def test_every_rest_route_is_in_the_rest_guide(app: FastAPI) -> None:
    text = read("api.md")
    missing = [
        f"{method.upper()} {path}"
        for path, operations in app.openapi()["paths"].items()
        for method in operations
        if not re.search(rf"{re.escape(path.removesuffix('/{slug}'))}(?![\w-])", text)
    ]
    assert not missing, f"docs/api.md says nothing about {missing}"


def test_every_rest_address_in_a_document_exists(app: FastAPI) -> None:
    known = [re.sub(r"\{\w+\}", "[^/]+", path) for path in app.openapi()["paths"]]
    known += ["/api/v1", "/api/v1/openapi.json"]
    dead = [
        f"{document.name}: {path}"
        for document in DOCUMENTS
        for path in re.findall(r"/api/v1[\w/{}.-]*", document.read_text(encoding="utf-8"))
        if not any(re.fullmatch(one, path.rstrip("./")) for one in known)
    ]
    assert not dead, f"no such REST address: {dead}"


def page_routes() -> Iterator[str]:
    """``GET /method`` for every address of a page; the shelves have theirs in common."""
    routers = [("", pages_router)]
    while routers:
        before, router = routers.pop()
        for route in router.routes:
            inner = getattr(route, "original_router", None)
            if inner is not None:
                routers.append((before + route.include_context.prefix, inner))
            else:
                path = SHELF.sub(r"\1{shelf}", before + route.path, count=1)
                yield from (f"{method} {path}" for method in route.methods - {"HEAD"})


def test_every_page_is_documented() -> None:
    missing = set(page_routes()) - set(first_cells(read("pages.md")))
    assert not missing, f"docs/pages.md lacks a row for {sorted(missing)}"


def test_every_documented_page_exists() -> None:
    gone = set(first_cells(read("pages.md"))) - set(page_routes())
    assert not gone, f"docs/pages.md describes what is not there: {sorted(gone)}"


# Commands


def commands() -> dict[str, set[str]]:
    """Every command with its options and the names of what it takes: ``token create``, too."""
    found: dict[str, set[str]] = {}
    waiting = [("", _parser())]
    while waiting:
        name, parser = waiting.pop()
        inner = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
        for choice in inner:
            waiting += [(f"{name} {part}".strip(), p) for part, p in choice.choices.items()]
        if not inner:
            found[name] = {
                option if option.startswith("--") else f'"{option}"'
                for action in parser._actions
                if not isinstance(action, argparse._HelpAction)
                for option in action.option_strings or [str(action.metavar)]
            }
    return found


def documented_commands() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for cell in first_cells(read("operations.md")):
        if cell.startswith("rigwise ") and not cell.startswith("rigwise --"):
            name = re.findall(r"^rigwise ([a-z]+(?: [a-z]+)?)", cell)[0]
            found.setdefault(name, set()).update(re.findall(r'--[\w-]+|"[A-Z]+"', cell))
    return found


@pytest.mark.parametrize("name", commands())
def test_every_command_is_documented_with_its_options(name: str) -> None:
    documented = documented_commands()
    assert name in documented, f"docs/operations.md, Commands, lacks `rigwise {name}`"
    missing = commands()[name] - documented[name]
    assert not missing, f"docs/operations.md, `rigwise {name}`, lacks {sorted(missing)}"


def test_every_documented_command_and_option_exists() -> None:
    known = commands()
    for name, options in documented_commands().items():
        assert name in known, f"there is no command `rigwise {name}`"
        gone = options - known[name]
        assert not gone, f"`rigwise {name}` does not know {sorted(gone)}"


# Catalogue fields


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_of_the_catalogue_is_documented(kind: str) -> None:
    text = read("data.md")
    stem = kind.replace("-", "_")
    row = next((r for r in text.splitlines() if re.match(rf"\| `{stem}(/\*)?\.csv`", r)), None)
    assert row is not None, f"docs/data.md, The files, lacks {stem}.csv"
    cells = row.split("|")[4]
    named = {
        name for code in re.findall(r"`([^`]+)`", cells) for name in re.split(r"[,;\s]+", code)
    }
    fields = set(KINDS[kind].facts.model_fields) - COMMON
    assert not fields - named, f"docs/data.md, {stem}.csv, lacks {sorted(fields - named)}"
    gone = {name for name in named if re.fullmatch(r"[a-z]+(_[a-z0-9]+)+", name)} - fields
    assert not gone, f"docs/data.md, {stem}.csv, describes what is not there: {sorted(gone)}"


def test_every_kind_that_is_a_resource_is_in_the_rest_guide() -> None:
    for kind in RESOURCES:
        assert f"`/api/v1/{kind.name}`" in read("api.md"), f"docs/api.md lacks {kind.name}"


# Formulas


def formulas() -> set[str]:
    """Every public function of the estimator and of costing."""
    return {
        f"{path.stem}.{node.name}"
        for room in ("estimator", "costing")
        for path in (ROOT / "app" / room).glob("*.py")
        if path.stem not in HELPERS
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    }


def terms() -> dict[str, str]:
    return {
        f"{phase}.{name}": formula
        for phase, found in FORMULAS.items()
        for name, formula in found.items()
    }


def test_every_formula_is_documented() -> None:
    missing = (formulas() | set(terms())) - set(first_cells(read("formulas.md")))
    assert not missing, f"docs/formulas.md lacks a row for {sorted(missing)}"


def test_every_documented_formula_exists() -> None:
    gone = set(first_cells(read("formulas.md"))) - formulas() - set(terms())
    assert not gone, f"docs/formulas.md describes what is not there: {sorted(gone)}"


def test_terms_are_written_as_the_method_page_shows_them() -> None:
    text = read("formulas.md")
    for name, formula in terms().items():
        assert f"| `{name}` | {formula} |" in text, f"docs/formulas.md, {name}: say “{formula}”"


def test_every_document_is_named_in_the_readme() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    missing = [d.name for d in DOCUMENTS[1:] if f"docs/{d.name}" not in text]
    assert not missing, f"README.md leads to no {missing}"

"""Help: where to begin, what the words mean, and the REST reference."""

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from app.pages.rendering import page
from app.pages.terms import GLOSSARY, TERMS
from app.serving.kept import STAYS
from app.serving.state import TheWorld

router = APIRouter(dependencies=[STAYS])

_MOST_LETTERS = 80


@dataclass(frozen=True, slots=True)
class Route:
    """One address of the REST interface as the description has it."""

    method: str
    path: str
    words: str


@router.get("/help", response_class=HTMLResponse)
def help_page(request: Request, world: TheWorld) -> HTMLResponse:
    """What is answered here, how to read it, and three ways through."""
    return page(request, "help/index.html", limits=world.limits)


@router.get("/glossary", response_class=HTMLResponse)
def glossary(request: Request, q: str = "") -> HTMLResponse:
    """Every term, or those in which all words of ``q`` stand."""
    asked = " ".join(q.split())[:_MOST_LETTERS]
    wanted = asked.lower().split()
    found = {
        group: kept
        for group, entries in GLOSSARY.items()
        if (kept := [entry for entry in entries if entry.found_by(wanted)])
    }
    return page(request, "help/glossary.html", groups=found, asked=asked, terms=TERMS)


@router.get("/docs", response_class=HTMLResponse)
def reference(request: Request) -> HTMLResponse:
    """The REST interface: a list that needs no script, and Swagger UI where scripts run."""
    return page(request, "help/reference.html", tags=routes_by_tag(request.app.openapi()))


def routes_by_tag(schema: dict[str, Any]) -> dict[str, list[Route]]:
    """The routes of a description, under their tags and in its order."""
    found: dict[str, list[Route]] = {}
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            tag = (operation.get("tags") or ["service"])[0]
            found.setdefault(tag, []).append(Route(method.upper(), path, _words(operation, tag)))
    return found


def _words(operation: dict[str, Any], tag: str) -> str:
    """What it does: the first paragraph; the catalogue's lists share one, so their summary."""
    first = str(operation.get("description", "")).split("\n\n", 1)[0].replace("\n", " ")
    summary = str(operation["summary"])
    return summary if tag == "catalogue" or not first else first.replace("`", "")

"""What next: which single change of a build buys most speed. Made only when asked for."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from app.advisor.changes.upgrades import NextSteps, next_steps
from app.builds.problems import InvalidSpecError, Problem
from app.builds.query import spec_from_mapping
from app.builds.spec import BuildSpec
from app.pages.rendering import page
from app.serving.kept import STAYS
from app.serving.state import TheWorld

router = APIRouter(dependencies=[STAYS])

#: Upgrades shown at once; the others fold.
SHOWN = 5


@router.get("/configure/upgrades", response_class=HTMLResponse)
def upgrades(request: Request, world: TheWorld) -> HTMLResponse:
    """The card inside the configurator, or the same as a page of its own."""
    inside = "HX-Request" in request.headers
    found: NextSteps | None = None
    asked = BuildSpec()
    problems: list[Problem] = []
    try:
        asked = spec_from_mapping(dict(request.query_params))
        found = next_steps(asked, world)
    except InvalidSpecError as error:
        problems = error.problems
    return page(
        request,
        "upgrades/card.html" if inside else "upgrades/index.html",
        status=422 if problems else 200,
        headers={"Cache-Control": "no-store"} if inside else None,
        steps=found,
        asked=asked,
        problems=problems,
        shown=SHOWN,
        inside=inside,
    )

"""What if: one build along one axis, as a page of its own or inside the configurator."""

from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from app.advisor.changes.sweep_points import AXES, Axis, Sweep
from app.advisor.changes.sweeps import axes_of, sweep
from app.builds.assess import World, assess
from app.builds.assessment import Assessment
from app.builds.problems import InvalidSpecError, Problem
from app.builds.query import spec_from_mapping
from app.builds.spec import BuildSpec
from app.pages.rendering import page
from app.pages.sweep_chart import WORDS, SweepWords, sweep_spec, sweep_summary
from app.serving.kept import STAYS
from app.serving.state import TheWorld

router = APIRouter(dependencies=[STAYS])

#: Where an address names no axis: what people ask first.
_FIRST: Axis = "context_tokens"


@dataclass(frozen=True, slots=True)
class AxisLink:
    """One axis as a link, or the reason why it makes no sense for the build."""

    axis: Axis
    words: SweepWords
    reason: str | None


def axis_links(assessment: Assessment, world: World) -> list[AxisLink]:
    """Every axis, possible ones first; nothing is swept."""
    found = [AxisLink(a, WORDS[a], reason) for a, reason in axes_of(assessment, world).items()]
    return sorted(found, key=lambda link: link.reason is not None)


@router.get("/sweep", response_class=HTMLResponse)
def swept(request: Request, world: TheWorld) -> HTMLResponse:
    """One sweep: chart, figures and sentence; inside the configurator only these."""
    raw = dict(request.query_params)
    asked = raw.pop("axis", _FIRST).strip() or _FIRST
    inside = "HX-Request" in request.headers
    found: Sweep | None = None
    assessment: Assessment | None = None
    problems: list[Problem] = []
    try:
        spec = spec_from_mapping(raw)
        assessment = assess(spec, world)
        found = _sweep(spec, asked, world)
    except InvalidSpecError as error:
        problems = error.problems
    return page(
        request,
        "sweep/result.html" if inside else "sweep/index.html",
        status=422 if problems else 200,
        headers={"Cache-Control": "no-store"} if inside else None,
        sweep=found,
        assessment=assessment,
        asked=asked,
        problems=problems,
        links=axis_links(assessment, world) if assessment is not None else [],
        query="" if assessment is None else assessment.query,
        words=WORDS,
        spec=None if found is None else sweep_spec(found, world.limits.interactive_decode_tps),
        summary="" if found is None else sweep_summary(found),
        inside=inside,
    )


def _sweep(spec: BuildSpec, asked: str, world: World) -> Sweep:
    """The sweep of an axis by name.

    Raises:
        InvalidSpecError: there is no such axis, or it makes no sense for this build.
    """
    axis = next((axis for axis in AXES if axis == asked), None)
    if axis is None:
        sentence = f"There is nothing called “{asked[:80]}” to vary. Choose one of those below."
        raise InvalidSpecError([Problem("axis", sentence)])
    return sweep(spec, axis, None, world)

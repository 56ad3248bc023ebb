"""The configurator: one form, whose URL is its state, and the answer beside it.

The page works as a plain GET form. With htmx each change asks for ``/configure/result`` and swaps
the answer; what the fields themselves need (sentences, dimmed options) travels as a small JSON
block, so that the control somebody is using is never replaced under their hand.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from app.builds.assess import World, assess
from app.builds.assessment import Assessment
from app.builds.problems import InvalidSpecError
from app.builds.query import GPU_KEYS, NUMBERS, spec_from_mapping
from app.builds.spec import BuildSpec
from app.language.languages import Language
from app.pages import form as forms
from app.pages.home import AssessedPreset, assessed_presets
from app.pages.language import language_of
from app.pages.rendering import page
from app.pages.sweep import AxisLink, axis_links
from app.pages.typed import read_typed
from app.serving.kept import STAYS
from app.serving.state import TheWorld

router = APIRouter(dependencies=[STAYS])

#: Rows of the document offered as starting points: small, usual, strong, server.
STARTING_ROWS = (2, 3, 6, 9)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a question: an assessment, or the form as typed with what is wrong with it."""

    form: forms.Form
    assessment: Assessment | None
    #: Whether the address holds its numbers as links write them.
    canonical: bool = True

    @property
    def status(self) -> int:
        return 422 if self.form.problems or self.form.other_problems else 200

    @property
    def has_machine(self) -> bool:
        return self.assessment is not None and names_hardware(self.assessment.spec)


def names_hardware(spec: BuildSpec) -> bool:
    """Whether the question names a machine at all; without one there is nothing to be fast."""
    machine = spec.machine
    return bool(machine.system or machine.cpu or machine.gpus)


def answer(raw: Mapping[str, str], world: World, language: Language = "en") -> Answer:
    """Read the form and assess it; problems come back beside their fields."""
    typed = read_typed(raw.items(), NUMBERS, language)
    problems = list(typed.problems)
    try:
        spec = spec_from_mapping(typed.values)
        assessment = None if problems else assess(spec, world)
    except InvalidSpecError as error:
        problems += error.problems
        assessment = None
    if assessment is None:
        return Answer(forms.form_with_problems(raw, typed, problems, world.catalogue), None)
    return Answer(forms.form_of(assessment, world.catalogue), assessment, typed.canonical)


def what_ifs(found: Answer, world: World) -> list[AxisLink]:
    """What can be varied about an answered build; nothing is computed before it is asked for."""
    if found.assessment is None or not found.has_machine:
        return []
    return [link for link in axis_links(found.assessment, world) if link.reason is None]


def starting_points(world: World) -> list[AssessedPreset]:
    return [found for found in assessed_presets(world) if found.preset.row in STARTING_ROWS]


@router.get("/configure", response_class=HTMLResponse)
def configure(request: Request, world: TheWorld) -> Response:
    """The whole page. A form sent without JavaScript is answered at its canonical address."""
    raw = dict(request.query_params)
    found = answer(raw, world, language_of(request))
    from_form = not found.canonical or any(not value.strip() for value in raw.values())
    if found.assessment is not None and from_form:
        return RedirectResponse(_address(found.assessment.query), status_code=303)
    return page(
        request,
        "configure/index.html",
        status=found.status,
        form=found.form,
        answer=found,
        choices=forms.choices_with_imports(found.form, world.catalogue),
        starts=starting_points(world),
        what_ifs=what_ifs(found, world),
        fresh_rows=[],
    )


@router.get("/configure/result", response_class=HTMLResponse)
def result(request: Request, world: TheWorld) -> Response:
    """The answer alone, for a page that is already open."""
    raw = dict(request.query_params)
    if "HX-Request" not in request.headers:
        return RedirectResponse(f"/configure?{request.url.query}", status_code=303)
    found = answer(raw, world, language_of(request))
    headers = {"Cache-Control": "no-store"}
    if found.assessment is not None:
        headers["HX-Replace-Url"] = _address(found.assessment.query)
    rows = [i for i in range(found.form.gpu_rows) if GPU_KEYS[i] not in raw]
    return page(
        request,
        "configure/result.html",
        status=found.status,
        headers=headers,
        form=found.form,
        answer=found,
        starts=starting_points(world),
        what_ifs=what_ifs(found, world),
        fresh_rows=rows,
        choices=forms.choices_with_imports(found.form, world.catalogue) if rows else {},
    )


@router.get("/configure/calculation", response_class=HTMLResponse)
def calculation(request: Request, world: TheWorld) -> HTMLResponse:
    """How the figures came about: what the folds of the answer open, as one page."""
    found = answer(dict(request.query_params), world)
    return page(request, "configure/calculation.html", status=found.status, answer=found)


def _address(query: str) -> str:
    return f"/configure?{query}" if query else "/configure"

"""The front page: what this is, its doors, and nine configurations with live verdicts."""

from dataclasses import dataclass
from datetime import date

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from app.builds.assess import World, assess
from app.builds.assessment import Assessment, Verdict
from app.builds.presets import Preset, load_presets
from app.latest import Latest
from app.pages import advisor_form
from app.pages.rendering import page
from app.serving.kept import STAYS
from app.serving.state import TheWorld

router = APIRouter(dependencies=[STAYS])


@dataclass(frozen=True, slots=True)
class AssessedPreset:
    """A configuration of the document and today's answer to it."""

    preset: Preset
    assessment: Assessment


def _assess_all(world: World, today: date) -> list[AssessedPreset]:
    return [AssessedPreset(p, assess(p.spec, world, today)) for p in load_presets()]


_latest: Latest[World, list[AssessedPreset]] = Latest(_assess_all)


def assessed_presets(world: World) -> list[AssessedPreset]:
    """All nine configurations, assessed; kept for one world and one day of prices."""
    return _latest.of(world, date.today())  # the day assess() judges prices by


def short_use(verdict: Verdict) -> str:
    """The first thing a use case is described with: "long document Q&A"."""
    return (verdict.description or "").split(",")[0]


@router.get("/", response_class=HTMLResponse)
def home(request: Request, world: TheWorld) -> HTMLResponse:
    return page(
        request,
        "home/index.html",
        presets=assessed_presets(world),
        models=len(world.catalogue.models),
        engines=world.catalogue.engines,
        limits=world.limits,
        short_use=short_use,
        form=advisor_form.start_form(),
        choices=advisor_form.choices(world.catalogue),
    )

"""The front page: what this is, two doors, and nine configurations with live verdicts."""

from dataclasses import dataclass
from datetime import date

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from app.builds.assess import World, assess
from app.builds.assessment import Assessment, Verdict
from app.builds.presets import Preset, load_presets
from app.pages.rendering import page

router = APIRouter()


@dataclass(frozen=True, slots=True)
class AssessedPreset:
    """A configuration of the document and today's answer to it."""

    preset: Preset
    assessment: Assessment


class _Latest:
    """The nine answers, kept as long as they hold: for one world and one day of prices."""

    def __init__(self) -> None:
        self._kept: tuple[World, date, list[AssessedPreset]] | None = None

    def answers(self, world: World) -> list[AssessedPreset]:
        today = date.today()  # the day assess() judges prices by
        if self._kept is None or self._kept[0] is not world or self._kept[1] != today:
            found = [AssessedPreset(p, assess(p.spec, world, today)) for p in load_presets()]
            self._kept = (world, today, found)
        return self._kept[2]


_latest = _Latest()


def assessed_presets(world: World) -> list[AssessedPreset]:
    """All nine configurations, assessed."""
    return _latest.answers(world)


def short_use(verdict: Verdict) -> str:
    """The first thing a use case is described with: "long document Q&A"."""
    return (verdict.description or "").split(",")[0]


@router.get("/", response_class=HTMLResponse)
def home(request: Request) -> HTMLResponse:
    world: World = request.app.state.world
    return page(
        request,
        "home/index.html",
        presets=assessed_presets(world),
        models=len(world.catalogue.models),
        limits=world.limits,
        short_use=short_use,
    )

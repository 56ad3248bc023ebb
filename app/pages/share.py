"""A share link: the answer as it was issued, and what would be different today."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from app.builds.assess import World, assess
from app.builds.assessment import Assessment, Verdict
from app.builds.problems import InvalidSpecError
from app.builds.query import spec_from_query
from app.builds.shares import create_share, read_share
from app.database import session_scope
from app.pages.errors import render_error
from app.pages.rendering import CLASS_WORDS, MARK_WORDS, page
from app.pages.words import YES_NO, dig, text
from app.state import TheDatabase, TheWorld

router = APIRouter()

#: What a reader would want to hear about if it changed: label, path, style.
COMPARED = (
    ("Price", "cost.purchase.typical", "money"),
    ("Cost over the years", "cost.cost_over_years.typical", "money"),
    ("Speed", "speed.decode_tps.typical", "tps"),
    ("First token", "speed.ttft_s.typical", "seconds"),
    ("Memory to spare", "fit.spare_gib", "gib"),
    ("Power", "power.load_w", "watts"),
)


@dataclass(frozen=True, slots=True)
class Change:
    """One figure then and now, already in words."""

    label: str
    then: str
    today: str
    difference: str


@dataclass(frozen=True, slots=True)
class Today:
    """The same question asked now."""

    changes: list[Change] = field(default_factory=list)
    problem: str = ""
    versions: str = ""


@router.post("/share", response_class=HTMLResponse)
def share(
    request: Request,
    world: TheWorld,
    database: TheDatabase,
    query: Annotated[str, Form(max_length=8000)] = "",
) -> Response:
    """Freeze the answer to this question under an address of its own."""
    try:
        assessment = assess(spec_from_query(query), world)
    except InvalidSpecError as error:
        sentence = " ".join(problem.message for problem in error.problems)
        return render_error(request, 422, "This configuration needs another look", sentence)
    with session_scope(database) as session:
        slug = create_share(session, assessment).slug
    return RedirectResponse(f"/s/{slug}", status_code=303)


@router.get("/s/{slug}", response_class=HTMLResponse)
def shared(request: Request, slug: str, world: TheWorld, database: TheDatabase) -> HTMLResponse:
    """The frozen answer; its figures come from the stored JSON and are never computed again."""
    with session_scope(database) as session:
        found = read_share(session, slug)
    if found is None:
        return render_error(
            request,
            404,
            "There is nothing at this link",
            "It may have been mistyped, or the share was withdrawn.",
        )
    return page(
        request,
        "share/index.html",
        headers={"X-Robots-Tag": "noindex", "Referrer-Policy": "no-referrer"},
        assessment=found.assessment,
        slug=slug,
        created=found.created_at,
        today=today(found.assessment, world),
    )


def today(frozen: Assessment, world: World) -> Today:
    """Ask the same question now and tell what moved."""
    try:
        now = assess(frozen.spec, world)
    except InvalidSpecError as error:
        sentences = " ".join(problem.message for problem in error.problems)
        return Today(problem=f"This question cannot be asked any more as it was. {sentences}")
    currency = now.cost.currency
    changes = [
        Change(
            label,
            text(then, style, currency=currency),
            text(new, style, currency=currency),
            _change(then, new),
        )
        for label, path, style in COMPARED
        if (then := dig(frozen, path)) != (new := dig(now, path))
    ]
    changes += _changed_words(frozen, now)
    return Today(changes=changes, versions=_versions(frozen, now))


def _changed_words(frozen: Assessment, now: Assessment) -> list[Change]:
    """What is said in words and not in figures: fit, what can be built, and the verdicts."""
    words = [
        ("Fits", YES_NO[frozen.fit.fits], YES_NO[now.fit.fits]),
        ("Can be built", YES_NO[frozen.buildable], YES_NO[now.buildable]),
    ]
    for then in frozen.verdicts:
        new = next((v for v in now.verdicts if v.use_case == then.use_case), None)
        if new is not None:
            words.append((then.name, _verdict_words(then), _verdict_words(new)))
    return [Change(label, old, new, "") for label, old, new in words if old != new]


def _verdict_words(verdict: Verdict) -> str:
    return f"{CLASS_WORDS[verdict.workflow_class]}, {MARK_WORDS[verdict.mark]}"


def _change(then: object, new: object) -> str:
    numbers = (int, float, Decimal)
    if not isinstance(then, numbers) or not isinstance(new, numbers) or not then:
        return ""
    share = (float(new) / float(then) - 1) * 100
    return f"{share:+.1f} %".replace("-", "\u2212")


def _versions(frozen: Assessment, now: Assessment) -> str:
    moved = [
        f"{name} {old} then, {new} today"
        for name, old, new in (
            ("estimator", frozen.estimator_version, now.estimator_version),
            ("calibration", frozen.calibration_version, now.calibration_version),
            ("catalogue", frozen.catalogue_revision, now.catalogue_revision),
        )
        if old != new
    ]
    return "; ".join(moved).capitalize() + ("." if moved else "")

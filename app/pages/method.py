"""Method: every formula with the numbers of a build, and nine configurations compared.

Nothing on these pages is calculated here: the steps are the assessment's own trace, the terms come
from the estimator, and what makes them longer from the calibration.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from app.builds.answers.speed import TERM_LABELS
from app.builds.answers.terms import FORMULAS
from app.builds.assess import World
from app.builds.assessment import Assessment, Interval, Step, Verdict
from app.builds.explain import Explanation, explain
from app.builds.presets import Preset, load_presets
from app.builds.problems import InvalidSpecError, Problem
from app.builds.query import spec_from_mapping
from app.builds.source_facts import SourceFact, source_facts
from app.builds.words import capital, grouped
from app.catalogue.seed_files import SEED_DIR
from app.catalogue.snapshot import Catalogue
from app.estimator.effects import PLAN, Phase
from app.exports.words import MARK_WORDS
from app.latest import Latest
from app.pages import effects
from app.pages.home import AssessedPreset, assessed_presets
from app.pages.rendering import page
from app.pages.runs import class_words
from app.pages.words import text
from app.serving.kept import STAYS
from app.serving.state import TheAccuracy, TheWorld

router = APIRouter(dependencies=[STAYS])


@dataclass(frozen=True, slots=True)
class MarkRow:
    """One use case of one configuration: the document's mark, ours, and the rule behind it."""

    index: int
    verdict: Verdict
    stated: str | None
    agrees: bool
    reason: str


@dataclass(frozen=True, slots=True)
class SourceRow:
    preset: Preset
    assessment: Assessment
    bandwidth_index: int | None  # of the memory bandwidth among the assessment's inputs
    speeds: list[str]
    marks: list[MarkRow]


def _read_facts(catalogue: Catalogue) -> list[SourceFact]:
    return source_facts(SEED_DIR / "source_facts.csv", catalogue)


_facts: Latest[Catalogue, list[SourceFact]] = Latest(_read_facts)


#: Row of the document shown where the address names no build: a desktop with one GPU.
SHOWN_ROW = 4
_PHASES: tuple[Phase, ...] = ("decode", "prefill")


@dataclass(frozen=True, slots=True)
class KnownTerm:
    """A term the estimator knows: where it occurs, and what may change its cost."""

    phase: Phase
    name: str
    label: str
    formula: str
    where: list[str]
    here: bool
    effects: int


@dataclass(frozen=True, slots=True)
class Steps:
    """The trace, by the part of the page it belongs to."""

    bytes: list[tuple[int, Step]]
    prompt: list[tuple[int, Step]]
    answers: list[tuple[int, Step]]


@router.get("/method", response_class=HTMLResponse)
def method(request: Request, world: TheWorld, record: TheAccuracy) -> HTMLResponse:
    """The calculation of one build; with no build in the address, that of a known one."""
    found, problems = _explained(dict(request.query_params), world)
    return page(
        request,
        "method/index.html",
        status=422 if problems else 200,
        e=found,
        problems=problems,
        fallback=bool(problems) or not request.query_params,
        presets=load_presets(),
        steps=_steps(found.assessment.trace),
        known=list(_known_terms(found)),
        reasons=lambda cost: effects.reasons(cost, world.catalogue),
        run_class=class_words,
        calibration=world.calibration,
        fitted=_fitted(world),
        record=record,
        decode=record.overall("hardware", "decode"),
    )


def _explained(raw: dict[str, str], world: World) -> tuple[Explanation, list[Problem]]:
    """The asked build taken apart, or the usual one beside what is wrong with the question."""
    try:
        if raw:
            return explain(spec_from_mapping(raw), world), []
        problems: list[Problem] = []
    except InvalidSpecError as error:
        problems = list(error.problems)
    usual = next(preset for preset in load_presets() if preset.row == SHOWN_ROW)
    return explain(usual.spec, world), problems


def _steps(trace: list[Step]) -> Steps:
    """Terms have tables of their own; every other step stands once, in order."""
    placed = list(enumerate(trace))
    start = next((i for i, step in placed if step.name.startswith("decode.")), len(trace))
    end = next((i for i, step in placed if step.name == "prefill.token"), len(trace))
    wanted = ("prefill.flop", "prefill.pipeline")
    return Steps(
        bytes=placed[:start],
        prompt=[(i, step) for i, step in placed if step.name in wanted],
        answers=placed[end + 1 :],
    )


def _known_terms(found: Explanation) -> Iterator[KnownTerm]:
    here = {(a.phase, term.name) for a in found.accounts for term in a.terms}
    for phase in _PHASES:
        for name, formula in FORMULAS[phase].items():
            plans = {
                effects.REGIME_WORDS.get(regime, regime): terms[name]
                for regime, terms in PLAN.items()
                if regime.endswith(phase) and name in terms
            }
            yield KnownTerm(
                phase=phase,
                name=name,
                label=capital(TERM_LABELS[name]),
                formula=formula,
                where=list(plans),
                here=(phase, name) in here,
                effects=len({effect for plan in plans.values() for effect in plan}),
            )


def _fitted(world: World) -> int:
    """How many effects the fit gave a figure."""
    by_regime = world.calibration.effects.values()
    return sum(len(values) for terms in by_regime for values in terms.values())


@router.get("/method/source-table", response_class=HTMLResponse)
def source_table(request: Request, world: TheWorld) -> HTMLResponse:
    rows = [_row(found) for found in assessed_presets(world)]
    marks = [mark for row in rows for mark in row.marks]
    return page(
        request,
        "method/source_table.html",
        rows=rows,
        compared=sum(mark.stated is not None for mark in marks),
        agreeing=sum(mark.agrees for mark in marks),
        facts=_facts.of(world.catalogue),
        outcome=_outcome,
        limits=world.limits,
    )


def _outcome(fact: SourceFact) -> str:
    """What became of a stated figure, in a word."""
    if fact.agrees is None:
        return "not a formula"
    return "agrees" if fact.agrees else "differs"


def _row(found: AssessedPreset) -> SourceRow:
    stated, assessment = found.preset.stated, found.assessment
    marks = []
    for index, verdict in enumerate(assessment.verdicts):
        mark = stated.marks.get(verdict.use_case)
        agrees = mark == verdict.mark
        marks.append(
            MarkRow(index, verdict, mark, agrees, "" if agrees else _reason(mark, verdict))
        )
    bandwidth = _index_of("memory.bandwidth_gbs", assessment)
    speeds = [
        _speed_sentence("prefill", stated.prefill_tps, assessment.speed.prefill_tps),
        _speed_sentence("decode", stated.decode_tps, assessment.speed.decode_tps),
        _bandwidth_sentence(stated.bandwidth_gbs, assessment, bandwidth),
    ]
    return SourceRow(found.preset, assessment, bandwidth, [s for s in speeds if s], marks)


def _index_of(field: str, assessment: Assessment) -> int | None:
    return next((i for i, v in enumerate(assessment.inputs) if v.field == field), None)


def _bandwidth_sentence(stated: float | None, assessment: Assessment, index: int | None) -> str:
    """Why our memory bandwidth is another, where it is."""
    ours = assessment.inputs[index].value if index is not None else None
    if stated is None or not isinstance(ours, float) or abs(ours - stated) <= 0.01 * stated:
        return ""
    given = {v.field: v.value for v in assessment.inputs}
    channels, mts = given.get("memory.channels"), given.get("memory.mts")
    if not isinstance(channels, float) or not isinstance(mts, float):
        return ""
    return (
        f"The document counts {stated:g} GB/s of memory bandwidth; {channels:g} channels at "
        f"{grouped(mts)} MT/s, as this memory runs, give {ours:g}."
    )


def _speed_sentence(name: str, stated: float | None, ours: Interval) -> str:
    """Whether the document's figure lies in our interval, in words."""
    if stated is None:
        return f"The document states no {name} speed."
    if ours.typical is None or ours.low is None or ours.high is None:
        return f"We have no {name} speed to compare with."
    ratio = ours.typical / stated
    if ours.low <= stated <= ours.high:
        return f"The stated {name} lies inside our interval."
    side = "below" if stated < ours.low else "above"
    return f"The stated {name} lies {side} our interval; our typical value is {ratio:.2g} times it."


def _reason(stated: str | None, verdict: Verdict) -> str:
    if stated is None:
        return "The document gives no mark."
    ours, theirs = MARK_WORDS[verdict.mark], MARK_WORDS[stated]
    speed = text(verdict.decode_tps.typical, "tps")
    wait = text(verdict.ttft_s.typical, "seconds")
    return f"Document: {theirs}; ours: {ours} at {speed}, first token {wait}. {verdict.rule}"

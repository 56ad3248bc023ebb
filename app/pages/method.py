"""The source document's nine configurations: what it says, what we compute, why they differ."""

from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from app.builds.assessment import Assessment, Interval, Verdict
from app.builds.presets import Preset
from app.builds.source_facts import SourceFact, source_facts
from app.builds.words import grouped
from app.catalogue.seed_files import SEED_DIR
from app.catalogue.snapshot import Catalogue
from app.pages.home import AssessedPreset, assessed_presets
from app.pages.latest import Latest
from app.pages.rendering import MARK_WORDS, page
from app.pages.words import text
from app.state import TheWorld

router = APIRouter()


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

"""What the answer rests on: assumptions, what was measured."""

from typing import Final

from app.builds.assessment import Assessment, EvidenceRun
from app.builds.words import grouped, listed
from app.exports.figures import FigureMaker
from app.exports.report.content import Run
from app.exports.words import cut
from app.language.speaking import AsIs, said

MOST_ASSUMPTIONS: Final = 8
MOST_RUNS: Final = 3
#: Signs of what is known, in all, and of a sentence of it that is worth beginning.
MOST_KNOWN: Final = 360
LEAST_KNOWN: Final = 60


def assumptions_of(a: Assessment) -> list[str]:
    """What runs and how, what prices assume, and which figures are the reader's own."""
    every = [_running(a), *a.cost.assumptions]
    if a.cost.exchange_note:
        every.append(_with_source(a.cost.exchange_note))
    own = [i.label for i in a.inputs if i.origin == "user"]
    if own:
        every.append(f"Figures of your own: {listed(list(dict.fromkeys(own)))}.")
    bounded = [cut(s, 230) for s in every if s]
    left_out = len(bounded) - MOST_ASSUMPTIONS
    if left_out > 0:
        bounded = bounded[: MOST_ASSUMPTIONS - 1]
        bounded.append(said(f"{left_out + 1} more stand in the spreadsheet."))
    return bounded


def _with_source(note: str) -> str:
    """A sentence that ends with its source: that one stays as it was written."""
    sentence, named, source = note.partition(" Source: ")
    return AsIs(f"{said(sentence)} {said('Source')}: {source}") if named else note


def _running(a: Assessment) -> str:
    """What runs and how: model, engine, placement, context, hours."""
    engine = a.resolved.get("engine") or a.spec.deployment.engine or "no engine"
    where = f", {a.fit.placement_label}" if a.fit.placement_label else ""
    hours = f"{a.spec.economics.hours_per_day:g}"
    return (
        f"Runs under {engine}{where}, with {grouped(a.spec.deployment.context_tokens)} tokens of "
        f"context; {hours} hours a day under load."
    )


def known(a: Assessment) -> str:
    """What the speed rests on and what was measured, each said once."""
    sentences = [a.speed.basis_sentence]
    for sentence in (a.evidence.own, a.evidence.sentence):
        if sentence and sentence not in " ".join(sentences):
            sentences.append(sentence)
    room = [MOST_KNOWN - len(" ".join(sentences[:i])) for i in range(len(sentences))]
    pairs = zip(sentences, room, strict=True)
    return AsIs(" ".join(cut(sentence, most) for sentence, most in pairs if most >= LEAST_KNOWN))


def run_of(f: FigureMaker, i: int, run: EvidenceRun) -> Run:
    """A measured run near this build."""
    what = f"{run.hardware} · {run.model} {run.quantization}"
    speed = f(f"evidence.runs.{i}.decode_tps", "tps") if run.decode_tps is not None else None
    about = [run.engine, run.observed_on or "undated", *run.differs]
    return Run(cut(what, 80), speed, cut("; ".join(about), 130))

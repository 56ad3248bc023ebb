"""Makes the report of an assessment."""

from datetime import datetime

from app.builds.assessment import Assessment
from app.builds.words import grouped
from app.exports.charts import charts_of
from app.exports.figures import FigureMaker
from app.exports.report.basis import MOST_RUNS, assumptions_of, known, run_of
from app.exports.report.content import Report, range_of
from app.exports.report.money import (
    MOST_LINES,
    bill_notes,
    bill_row,
    money_facts,
    year_notes,
    years_of,
)
from app.exports.report.recommendation import Recommendation, asked_verdict, recommendation
from app.exports.report.risks import risks_of
from app.exports.report.sources import Numbered
from app.exports.report.verdicts import MOST_VERDICTS, rules_of, verdict_row
from app.exports.safe import shortened
from app.exports.words import cut
from app.language.languages import Language
from app.language.speaking import LATER, AsIs, day_in, said, speaking, spoken


def report_of(
    a: Assessment,
    made: datetime,
    *,
    frozen: bool,
    address: str = "",
    language: Language = "en",
) -> Report:
    """The content of the report; ``made`` is when the answer was given or frozen (UTC)."""
    with speaking(language):
        return _report(a, made, frozen=frozen, address=address)


def _report(a: Assessment, made: datetime, *, frozen: bool, address: str) -> Report:
    f = FigureMaker(a)
    sources = Numbered()
    bill = [bill_row(f, sources, i, line) for i, line in enumerate(a.cost.lines[:MOST_LINES])]
    years, year_rows = years_of(a, f)
    sources.number(a.cost.electricity_source)
    for other in a.cost.break_even.alternatives if a.cost.break_even else []:
        sources.number(other.source)
    runs = [run_of(f, i, run) for i, run in enumerate(a.evidence.runs[:MOST_RUNS])]
    for run in a.evidence.runs[:MOST_RUNS]:
        sources.number(run.source)
    return Report(
        language=spoken(),
        assessment=a,
        title=cut(a.title, 130),
        dated=_dated(made, frozen=frozen),
        made=made,
        address=address,
        advice=_bounded(recommendation(a)),
        speed=range_of(f, "speed.decode_tps", "tps"),
        wait=range_of(f, "speed.ttft_s", "seconds"),
        price=range_of(f, "cost.purchase", "money"),
        spare=f("fit.spare_gib", "gib"),
        load=f("power.load_w", "watts"),
        audience=_audience(a),
        bill=bill,
        bill_notes=bill_notes(a),
        years=years,
        year_rows=year_rows,
        year_notes=year_notes(a),
        money_facts=money_facts(a, f),
        verdicts=[verdict_row(a, f, i) for i in range(min(len(a.verdicts), MOST_VERDICTS))],
        rules=rules_of(a),
        charts=charts_of(a),
        risks=risks_of(a),
        assumptions=assumptions_of(a),
        evidence=known(a),
        runs=runs,
        sources=sources.listed(),
        more_sources=sources.left_out(),
        versions=said(
            f"estimator {a.estimator_version} · calibration {a.calibration_version} · "
            f"catalogue {a.catalogue_revision}"
        ),
    )


def _bounded(found: Recommendation) -> Recommendation:
    return Recommendation(
        found.advice,
        cut(found.headline, 60),
        cut(found.sentence, 300),
        cut(found.money, 220),
    )


def _dated(made: datetime, *, frozen: bool) -> str:
    """Since when. A date in full reads like the end of a sentence, so it is put in afterwards."""
    words = f"Frozen on {LATER}, {made:%H:%M} UTC" if frozen else f"As of {LATER}, not frozen"
    return AsIs(said(words).replace(LATER, day_in(made)))


def _asked(a: Assessment) -> str:
    """For UC2, 4 096 → 256 tokens, one request at a time."""
    case, n = a.spec.workload.use_case, a.spec.workload.concurrency
    name = case.upper() if len(case) <= 4 else case
    prompt, generated = a.resolved.get("prompt_tokens"), a.resolved.get("generated_tokens")
    lengths = ""
    if isinstance(prompt, int) and isinstance(generated, int):
        lengths = f"{grouped(prompt)} → {grouped(generated)} tokens, "
    requests = "one request" if n == 1 else f"{grouped(n)} requests"
    return f"For {shortened(name, 40)}, {lengths}{requests} at a time"


def _audience(a: Assessment) -> list[str]:
    """Who it is for: the work, how many at once, how much of it."""
    verdict = asked_verdict(a)
    about = verdict.description if verdict is not None else None
    asked = _asked(a)
    audience = [said(f"{asked} ({shortened(about, 120)})." if about else f"{asked}.")]
    most = a.fit.concurrency_max
    if a.fit.fits and most is not None:
        context = a.spec.deployment.context_tokens
        people = "request" if most == 1 else "requests"
        audience.append(
            said(
                f"Its memory holds {grouped(most)} {people} at once, "
                f"{grouped(context)} tokens each."
            )
        )
    if a.cost.demand is not None:
        audience.append(cut(a.cost.demand.sentence, 160))
    return audience

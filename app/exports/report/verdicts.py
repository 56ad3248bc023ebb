"""What it is good for: a row for each use case, and the limits behind class and mark."""

from typing import Final

from app.builds.assessment import Assessment
from app.builds.styles import limit, limit_tps
from app.builds.words import THIN
from app.exports.figures import FigureMaker
from app.exports.report.content import VerdictRow, range_of
from app.exports.words import CLASS_WORDS, MARK_WORDS, cut
from app.language.speaking import said

MOST_VERDICTS: Final = 6


def verdict_row(a: Assessment, f: FigureMaker, i: int) -> VerdictRow:
    """One use case and what was decided of it."""
    v, path = a.verdicts[i], f"verdicts.{i}"
    return VerdictRow(
        name=cut(v.name, 40),
        about=cut(v.description or "", 70),
        workflow_class=v.workflow_class,
        class_words=said(CLASS_WORDS[v.workflow_class]),
        mark=v.mark,
        mark_words=said(MARK_WORDS[v.mark]),
        ttft=range_of(f, f"{path}.ttft_s", "seconds"),
        tps=range_of(f, f"{path}.decode_tps", "tps"),
        total=range_of(f, f"{path}.total_s", "seconds"),
        runs=not (v.workflow_class == "non-viable" and v.ttft_s.typical is None),
        rule=cut(v.rule, 210),
    )


def rules_of(a: Assessment) -> str:
    """The limits behind class and mark, as they were set."""
    found = a.limits
    wait, speed = THIN.join(limit(found.interactive_ttft_s)), _tps(found.interactive_decode_tps)
    soon, whole = THIN.join(limit(found.background_total_s)), found.offline_total_s
    return said(
        f"Interactive: first token under {wait} and more than {speed}. Background: all within "
        f"{soon}. Off-line: within {THIN.join(limit(whole))}. Meets: first token within "
        f"{THIN.join(limit(found.mark_ttft_s))} and {_tps(found.mark_decode_tps)} even at the "
        "slow end of the interval; open: the limit lies inside it."
    )


def _tps(value: float) -> str:
    return THIN.join(limit_tps(value))

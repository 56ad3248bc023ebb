"""What could go wrong."""

from typing import Final

from app.builds.assessment import Assessment
from app.builds.styles import text
from app.builds.words import listed
from app.exports.report.content import Risk
from app.exports.report.recommendation import asked_verdict
from app.exports.safe import shortened
from app.exports.words import cut
from app.language.speaking import said

MOST_RISKS: Final = 7


def risks_of(a: Assessment) -> list[Risk]:
    """Problems first, then what the slow end means, then warnings, then notes."""
    levels = ("problem", "warning", "note")
    checks = {level: _checks(a, level) for level in levels}
    middle = [*_slow_end(a), *_thin_basis(a)]
    every = [*checks["problem"], *middle, *checks["warning"], *checks["note"]]
    found = [risk for level in levels for risk in every if risk.level == level]
    if len(found) <= MOST_RISKS:
        return found
    left_out = len(found) - MOST_RISKS + 1
    return [
        *found[: MOST_RISKS - 1],
        Risk("note", said(f"{left_out} more stand with the full answer.")),
    ]


def _checks(a: Assessment, level: str) -> list[Risk]:
    return [
        Risk(level, cut(f"{c.message} {c.fix}" if c.fix else c.message, 250))
        for c in a.checks
        if c.level == level
    ]


def _slow_end(a: Assessment) -> list[Risk]:
    speed, wait = a.speed.decode_tps.low, a.speed.ttft_s.high
    if speed is None or wait is None:
        return []
    verdict = asked_verdict(a)
    mark = verdict.mark if verdict is not None else "unknown"
    after = {
        "yes": "which still meets the limits",
        "no": "and the limits are missed even at the fast end",
        "maybe": "which misses the limits: measure before you rely on it",
    }.get(mark, "and whether that will do is open")
    words = (
        f"At the slow end of the interval it writes {text(speed, 'tps')} and begins after "
        f"{text(wait, 'seconds')}, {after}. One machine in ten may be slower still."
    )
    return [Risk("note" if mark == "yes" else "warning", said(words))]


def _thin_basis(a: Assessment) -> list[Risk]:
    found = []
    if a.speed.basis == "theoretical":
        words = "No run of this kind of machine was ever measured: the speed is physics alone."
        found.append(Risk("warning", said(words)))
    if a.cost.unpriced:
        names = shortened(listed(a.cost.unpriced), 140)
        words = f"The purchase costs more than stated: {names} has no price."
        found.append(Risk("warning", said(words)))
    if a.cost.stale_prices:
        n = len(a.cost.stale_prices)
        words = "one price is" if n == 1 else f"{n} prices are"
        found.append(Risk("note", said(f"The sum may have moved: {words} old or undated.")))
    return found

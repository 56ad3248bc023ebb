"""Curves: the same estimate for a column of contexts or of users, in one call each."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from app.builds.answers.speed import NOTHING, interval
from app.builds.assemble import Assembled
from app.builds.assessment import Curve, CurvePoint
from app.builds.words import grouped, number, significant
from app.estimator.estimate import Estimate, estimate
from app.estimator.numbers import Interval as Numbers

USERS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256)
SHORTEST, LONGEST = 1024, 1_048_576


def curves_of(assembled: Assembled, found: Estimate | None) -> list[Curve]:
    """Speed against context and against users, under the chosen placement."""
    if found is None:
        return []
    return [_context_curve(assembled, found), _users_curve(assembled, found)]


def _context_curve(assembled: Assembled, found: Estimate) -> Curve:
    """The context fills up to x tokens; the answer keeps its length, the prompt takes the rest."""
    workload = assembled.setting.workload
    trained = assembled.parts.model.context_max_tokens or 131_072
    longest = min(max(trained, SHORTEST * 2), LONGEST)
    steps = int(np.log2(longest / SHORTEST) * 2) + 1
    marks = {int(SHORTEST * 2 ** (i / 2)) for i in range(steps)}
    marks |= {longest, int(workload.context_tokens)}
    x = np.array(sorted(m for m in marks if m <= longest), dtype=float)
    generated = np.minimum(float(workload.generated_tokens), x / 2)
    column = replace(
        workload, context_tokens=x, prompt_tokens=x - generated, generated_tokens=generated
    )
    result = estimate(replace(assembled.setting, workload=column), found.placement)
    points = _points(x, result)
    return Curve(axis="context_tokens", points=points, sentence=_context_sentence(points))


def _users_curve(assembled: Assembled, found: Estimate) -> Curve:
    workload = assembled.setting.workload
    asked = int(workload.concurrency)
    x = np.array(sorted({*USERS, asked}), dtype=float)
    column = replace(workload, concurrency=x)
    result = estimate(replace(assembled.setting, workload=column), found.placement)
    points = _points(x, result)
    return Curve(axis="concurrency", points=points, sentence=_users_sentence(points))


def _points(x: NDArray[np.float64], found: Estimate) -> list[CurvePoint]:
    """One point per x; where it does not fit there is no speed."""

    def column(value: object) -> NDArray[np.float64]:
        return np.broadcast_to(np.asarray(value, dtype=float), x.shape)

    fits = column(found.memory.fits)
    low, mid, high = (column(getattr(found.decode_tps, n)) for n in ("low", "typical", "high"))
    total, first = column(found.decode_total_tps.typical), column(found.ttft_s.typical)
    memory = column(found.memory.required_gib)
    return [
        CurvePoint(
            x=float(x[i]),
            fits=None if np.isnan(fits[i]) else bool(fits[i]),
            decode_tps=NOTHING if fits[i] == 0 else interval(Numbers(low[i], mid[i], high[i])),
            decode_total_tps=None if fits[i] == 0 else number(total[i]),
            ttft_s=None if fits[i] == 0 else number(first[i]),
            memory_gib=number(memory[i]),
        )
        for i in range(x.size)
    ]


def _context_sentence(points: list[CurvePoint]) -> str:
    fitting = [p for p in points if p.fits]
    if not fitting:
        return "No context fits." if any(p.fits is False for p in points) else "Unknown."
    last = fitting[-1]
    speed = last.decode_tps.typical
    words = f" There it writes {significant(speed)} tok/s." if speed else ""
    if last is points[-1]:
        return f"It holds the model's full {grouped(last.x)} tokens.{words}"
    return f"It holds about {grouped(last.x)} tokens; more does not fit.{words}"


def _users_sentence(points: list[CurvePoint]) -> str:
    fluent = [p for p in points if (p.decode_tps.typical or 0) >= 10]
    if not fluent:
        known = any(p.decode_tps.typical is not None for p in points)
        return "Nobody gets 10 tok/s." if known else "Unknown."
    last = fluent[-1]
    if last.x == 1:
        return "One request gets at least 10 tok/s; two at once do not."
    total = last.decode_total_tps
    words = f", {significant(total)} tok/s together" if total else ""
    more = " or more" if last is points[-1] else ""
    return f"Up to {last.x:.0f} requests at once{more} get at least 10 tok/s each{words}."

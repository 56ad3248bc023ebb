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

#: Users that are drawn; between them every whole number is judged as well.
DRAWN_USERS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256)
SHORTEST_CONTEXT = 1024
#: The longest context drawn, and how far the axis goes where nobody states the model's own.
LONGEST_DRAWN, DRAWN_WHERE_UNKNOWN = 1_048_576, 131_072


def curves_of(assembled: Assembled, found: Estimate | None, limit_tps: float) -> list[Curve]:
    """Speed against context and against users, under the chosen placement.

    ``limit_tps``: tokens a second that count as fluent, for the sentence about users.
    """
    if found is None:
        return []
    return [_context_curve(assembled, found), _users_curve(assembled, found, limit_tps)]


def _context_curve(assembled: Assembled, found: Estimate) -> Curve:
    """The context fills up to x tokens; the answer keeps its length, the prompt takes the rest."""
    workload = assembled.setting.workload
    made_for = assembled.parts.model.context_max_tokens
    longest = min(max(made_for or DRAWN_WHERE_UNKNOWN, 2 * SHORTEST_CONTEXT), LONGEST_DRAWN)
    steps = int(np.log2(longest / SHORTEST_CONTEXT) * 2) + 1
    marks = {int(SHORTEST_CONTEXT * 2 ** (i / 2)) for i in range(steps)}
    marks |= {longest, int(workload.context_tokens)}
    x = np.array(sorted(m for m in marks if m <= longest), dtype=float)
    generated = np.minimum(float(workload.generated_tokens), x / 2)
    column = replace(
        workload, context_tokens=x, prompt_tokens=x - generated, generated_tokens=generated
    )
    result = estimate(replace(assembled.setting, workload=column), found.placement)
    points = _points(x, result)
    sentence = _context_sentence(points, float(found.memory.context_max_tokens), made_for)
    return Curve(axis="context_tokens", points=points, sentence=sentence)


def _users_curve(assembled: Assembled, found: Estimate, limit_tps: float) -> Curve:
    """Every number of users up to the last drawn one is estimated; some are drawn."""
    workload = assembled.setting.workload
    asked = int(workload.concurrency)
    x = np.union1d(np.arange(1, DRAWN_USERS[-1] + 1), [asked]).astype(float)
    result = estimate(
        replace(assembled.setting, workload=replace(workload, concurrency=x)), found.placement
    )
    drawn = np.flatnonzero(np.isin(x, (*DRAWN_USERS, asked)))
    return Curve(
        axis="concurrency",
        points=_points(x, result, drawn),
        sentence=_users_sentence(x, result, limit_tps),
    )


def _column(value: object, x: NDArray[np.float64]) -> NDArray[np.float64]:
    """A figure of an estimate over ``x``; one that does not depend on x is the same everywhere."""
    return np.broadcast_to(np.asarray(value, dtype=float), x.shape)


def _points(
    x: NDArray[np.float64], found: Estimate, drawn: NDArray[np.intp] | None = None
) -> list[CurvePoint]:
    """One point per x (or per drawn index); where it does not fit there is no speed."""
    fits = _column(found.memory.fits, x)
    low, mid, high = (_column(getattr(found.decode_tps, n), x) for n in ("low", "typical", "high"))
    total, first = _column(found.decode_total_tps.typical, x), _column(found.ttft_s.typical, x)
    memory = _column(found.memory.required_gib, x)
    return [
        CurvePoint(
            x=float(x[i]),
            fits=None if np.isnan(fits[i]) else bool(fits[i]),
            decode_tps=NOTHING if fits[i] == 0 else interval(Numbers(low[i], mid[i], high[i])),
            decode_total_tps=None if fits[i] == 0 else number(total[i]),
            ttft_s=None if fits[i] == 0 else number(first[i]),
            memory_gib=number(memory[i]),
        )
        for i in (range(x.size) if drawn is None else drawn)
    ]


def _context_sentence(points: list[CurvePoint], fitting_tokens: float, made_for: int | None) -> str:
    """How long a context fits, and how fast the longest drawn one that fits is."""
    held = [p for p in points if p.fits]
    if not held:
        return "No context fits." if any(p.fits is False for p in points) else "Unknown."
    last = held[-1]
    speed = last.decode_tps.typical
    words = f" With {grouped(last.x)} it writes {significant(speed)} tok/s." if speed else ""
    if made_for is not None and fitting_tokens >= made_for:
        return f"It holds the {grouped(made_for)} tokens the model was made for.{words}"
    if not np.isfinite(fitting_tokens):
        return f"It holds {grouped(last.x)} tokens and more.{words}"
    return f"It holds {grouped(fitting_tokens)} tokens; more does not fit.{words}"


def _users_sentence(x: NDArray[np.float64], found: Estimate, limit_tps: float) -> str:
    """The most users of whom each still gets a fluent answer, of every number up to the last."""
    limit = f"{limit_tps:g} tok/s"
    speed = _column(found.decode_tps.typical, x)
    runs = (_column(found.memory.fits, x) != 0) & ~np.isnan(speed)
    fluent = np.flatnonzero(runs & (speed >= limit_tps))
    if fluent.size == 0:
        return f"Nobody gets {limit}." if runs.any() else "Unknown."
    last = int(fluent[-1])
    if x[last] == 1:
        return f"One request gets at least {limit}; two at once do not."
    total = float(_column(found.decode_total_tps.typical, x)[last])
    more = " or more" if last == x.size - 1 else ""
    return (
        f"Up to {grouped(x[last])} requests at once{more} get at least {limit} each, "
        f"{significant(total)} tok/s together."
    )

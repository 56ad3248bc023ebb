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
from app.estimator.numbers import Number
from app.estimator.workload import Workload

#: Users that are drawn; between them every whole number is judged as well.
DRAWN_USERS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256)
SHORTEST_CONTEXT = 1024
#: The longest context drawn, and how far the axis goes where nobody states the model's own.
LONGEST_DRAWN, DRAWN_WHERE_UNKNOWN = 1_048_576, 131_072


def curves_of(assembled: Assembled, found: Estimate | None, limit_tps: float) -> list[Curve]:
    """Speed against context and against users, under the chosen placement.

    One column holds first the contexts, then the users: a call of the estimator takes as long for
    both as for one of them. ``limit_tps``: tokens a second that count as fluent, for the sentence
    about users.
    """
    if found is None:
        return []
    workload, made_for = assembled.setting.workload, assembled.parts.model.context_max_tokens
    asked = int(workload.concurrency)
    contexts, users = _contexts(int(workload.context_tokens), made_for), _users(asked)
    column = _workloads(workload, contexts, users)
    both = estimate(replace(assembled.setting, workload=column), found.placement)
    x = np.concatenate([contexts, users])
    by_context, by_users = np.arange(contexts.size), np.arange(contexts.size, x.size)
    points = _points(x, both, by_context)
    longest = float(found.memory.context_max_tokens)
    return [
        Curve(
            axis="context_tokens",
            points=points,
            sentence=_context_sentence(points, longest, made_for),
        ),
        Curve(
            axis="concurrency",
            points=_points(x, both, by_users[np.isin(users, (*DRAWN_USERS, asked))]),
            sentence=_users_sentence(x, both, by_users, limit_tps),
        ),
    ]


def _contexts(asked: int, made_for: int | None) -> NDArray[np.float64]:
    """Contexts that are drawn, two to a doubling, and the asked one among them."""
    longest = min(max(made_for or DRAWN_WHERE_UNKNOWN, 2 * SHORTEST_CONTEXT), LONGEST_DRAWN)
    steps = int(np.log2(longest / SHORTEST_CONTEXT) * 2) + 1
    marks = {int(SHORTEST_CONTEXT * 2 ** (i / 2)) for i in range(steps)}
    marks |= {longest, asked}
    return np.array(sorted(m for m in marks if m <= longest), dtype=float)


def _users(asked: int) -> NDArray[np.float64]:
    """Every number of users up to the last drawn one is estimated; some are drawn."""
    every = np.arange(1.0, DRAWN_USERS[-1] + 1)
    return every if asked <= every.size else np.append(every, float(asked))


def _workloads(
    asked: Workload, contexts: NDArray[np.float64], users: NDArray[np.float64]
) -> Workload:
    """The workload at each context, then with each number of users.

    The context fills up to x tokens; the answer keeps its length, the prompt takes the rest.
    """
    generated = np.minimum(float(asked.generated_tokens), contexts / 2)

    def both(first: NDArray[np.float64], then: Number) -> NDArray[np.float64]:
        return np.concatenate([first, np.full(users.size, then)])

    return replace(
        asked,
        context_tokens=both(contexts, asked.context_tokens),
        prompt_tokens=both(contexts - generated, asked.prompt_tokens),
        generated_tokens=both(generated, asked.generated_tokens),
        concurrency=np.concatenate([np.full(contexts.size, asked.concurrency), users]),
    )


def _column(value: object, x: NDArray[np.float64]) -> NDArray[np.float64]:
    """A figure of an estimate over ``x``; one that does not depend on x is the same everywhere."""
    return np.broadcast_to(np.asarray(value, dtype=float), x.shape)


def _points(x: NDArray[np.float64], found: Estimate, drawn: NDArray[np.intp]) -> list[CurvePoint]:
    """One point per drawn index; where it does not fit there is no speed."""
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
        for i in drawn
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


def _users_sentence(
    x: NDArray[np.float64], found: Estimate, rows: NDArray[np.intp], limit_tps: float
) -> str:
    """The most users of whom each still gets a fluent answer, of every number up to the last."""
    limit = f"{limit_tps:g} tok/s"
    speed = _column(found.decode_tps.typical, x)[rows]
    runs = (_column(found.memory.fits, x)[rows] != 0) & ~np.isnan(speed)
    total, x = _column(found.decode_total_tps.typical, x)[rows], x[rows]
    fluent = np.flatnonzero(runs & (speed >= limit_tps))
    if fluent.size == 0:
        return f"Nobody gets {limit}." if runs.any() else "Unknown."
    last = int(fluent[-1])
    if x[last] == 1:
        return f"One request gets at least {limit}; two at once do not."
    more = " or more" if last == x.size - 1 else ""
    return (
        f"Up to {grouped(x[last])} requests at once{more} get at least {limit} each, "
        f"{significant(float(total[last]))} tok/s together."
    )

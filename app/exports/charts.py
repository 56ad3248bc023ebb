"""The report's charts, drawn by the server: speed, wait, memory, money over time.

Each answers the question in its title. All figures are in the tables of the report as well.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import log10
from typing import Final

from app.builds.assessment import Alternative, Assessment, Interval, MemoryPool, MoneyRange, Verdict
from app.builds.styles import limit, text
from app.builds.words import THIN, gib, gibibytes
from app.exports.drawing import Anchor, Drawing, Role
from app.exports.figures import words_of
from app.exports.safe import shortened
from app.exports.words import cut, short_name
from app.language.speaking import LATER, AsIs, figure_in, said

WIDTH: Final = 340.0
_SMALL: Final = 9.5
_NAME_WIDTH: Final = 82.0
_VALUE_WIDTH: Final = 58.0
_ROW: Final = 24.0
_MOST_ROWS: Final = 6
_MOST_POOLS: Final = 4
_TICKS: Final = [m * 10.0**e for e in range(-4, 6) for m in (1, 2, 5)]


@dataclass(frozen=True, slots=True)
class Chart:
    """A question, the drawing that answers it, and the answer in words."""

    name: str
    question: str
    answer: str
    drawing: Drawing


@dataclass(frozen=True, slots=True)
class _Scale:
    """A logarithmic axis from ``left`` to ``right``."""

    low: float
    high: float
    left: float
    right: float

    def __call__(self, value: float) -> float:
        share = log10(min(max(value, self.low), self.high) / self.low) / log10(self.high / self.low)
        return self.left + share * (self.right - self.left)

    def ticks(self) -> list[float]:
        """Round values, few enough that their labels stay apart."""
        found = [v for v in _TICKS if self.low * 1.05 <= v <= self.high / 1.05]
        tens = [v for v in found if f"{v:e}".startswith("1")]
        return found if len(found) <= 5 else tens if len(tens) >= 2 else found[::2]


def charts_of(assessment: Assessment) -> list[Chart]:
    """Those that have something to show for this build."""
    makers: tuple[Callable[[Assessment], Chart | None], ...] = (
        speed_chart,
        wait_chart,
        memory_chart,
        cost_chart,
    )
    return [chart for make in makers if (chart := make(assessment)) is not None]


def speed_chart(a: Assessment) -> Chart | None:
    """Tokens a second of each use case with its interval, against what is asked."""
    shown = a.verdicts[:_MOST_ROWS]
    speeds = [v.decode_tps for v in shown]
    if not any(_known(s) for s in speeds):
        return None
    bound = a.limits.mark_decode_tps
    above = sum(s.typical > bound for s in speeds if s.typical is not None)
    slow = sum(s.low >= bound for s in speeds if s.low is not None)
    answer = said(
        f"{above} of {len(shown)} use cases are above {bound:g}{THIN}tok/s, "
        f"{slow} even at the slow end of the interval."
    )
    lines = [(bound, figure_in(f"{bound:g}{THIN}tok/s"))]
    drawing = _whiskers(shown, speeds, "tps", lines, answer)
    return Chart("speed", said("How fast does it write?"), answer, drawing)


def wait_chart(a: Assessment) -> Chart | None:
    """Time to the first token of each use case with its interval, against both limits."""
    shown = a.verdicts[:_MOST_ROWS]
    waits = [v.ttft_s for v in shown]
    if not any(_known(w) for w in waits):
        return None
    bounds = sorted({a.limits.interactive_ttft_s, a.limits.mark_ttft_s})
    lines = [(b, figure_in(THIN.join(limit(b)))) for b in bounds]
    bound = a.limits.interactive_ttft_s
    under = sum(w.typical < bound for w in waits if w.typical is not None)
    slow = sum(w.high < bound for w in waits if w.high is not None)
    answer = said(
        f"{under} of {len(shown)} use cases begin within {THIN.join(limit(bound))}, "
        f"{slow} even at the slow end of the interval."
    )
    drawing = _whiskers(shown, waits, "seconds", lines, answer)
    return Chart("wait", said("How long until the first word?"), answer, drawing)


def _known(found: Interval) -> bool:
    return found.typical is not None and found.typical > 0


def _ends(found: Interval) -> tuple[float, float, float]:
    """Low, typical, high; a missing end is where the typical value is."""
    typical = found.typical or 0.0
    low = found.low if found.low else typical
    return low, typical, typical if found.high is None else found.high


def _whiskers(
    verdicts: Sequence[Verdict],
    found: Sequence[Interval],
    style: str,
    bounds: Sequence[tuple[float, str]],
    summary: str,
) -> Drawing:
    top, left, right = 22.0, _NAME_WIDTH, WIDTH - _VALUE_WIDTH
    bottom = top + _ROW * len(found)
    pairs = zip(verdicts, found, strict=True)
    named = [f"{said(v.name)}: {words_of(i.typical, style)}" for v, i in pairs]
    drawing = Drawing(WIDTH, bottom + 20, f"{summary} {'; '.join(named)}.")
    known = [_ends(i) for i in found if _known(i)]
    values = [b for b, _ in bounds]
    scale = _Scale(
        min([low for low, _, _ in known] + values) / 1.6,
        max([high for _, _, high in known] + values) * 1.6,
        left,
        right,
    )
    for tick in scale.ticks():
        drawing.line([(scale(tick), top), (scale(tick), bottom)], "grid", 0.75)
        words = figure_in(f"{tick:,.10g}".replace(",", THIN))
        drawing.label(scale(tick), bottom + 13, words, "muted", size=_SMALL, anchor="middle")
    drawing.label(WIDTH, bottom + 13, _axis(style), "muted", size=_SMALL, anchor="end")
    for i, (bound, words) in enumerate(bounds):
        x = scale(bound)
        drawing.line([(x, top - 4), (x, bottom)], "limit", 1.25, (3, 3))
        last = i == len(bounds) - 1 and len(bounds) > 1
        anchor: Anchor = "middle" if len(bounds) == 1 else "start" if last else "end"
        drawing.label(x, top - 9, words, "muted", size=_SMALL, anchor=anchor)
    for i, (verdict, interval) in enumerate(zip(verdicts, found, strict=True)):
        _whisker(drawing, scale, top + _ROW * (i + 0.5), verdict, interval, style)
    return drawing


def _axis(style: str) -> str:
    return {"tps": "tok/s", "seconds": "s"}[style]


def _whisker(
    drawing: Drawing, scale: _Scale, y: float, verdict: Verdict, found: Interval, style: str
) -> None:
    drawing.label(0, y + 3.5, short_name(verdict.name, 15), size=10)
    if not _known(found):
        words = "does not run" if verdict.workflow_class == "non-viable" else "unknown"
        drawing.label(WIDTH, y + 3.5, said(words), "muted", size=_SMALL, anchor="end")
        return
    low, typical, high = (scale(v) for v in _ends(found))
    drawing.line([(low, y), (high, y)], "ink", 1.5)
    for end in (low, high):
        drawing.line([(end, y - 4), (end, y + 4)], "ink", 1.5)
    drawing.dot(typical, y, 4, "accent")
    shown = words_of(found.typical, style)
    drawing.label(WIDTH, y + 3.5, shown, size=10, anchor="end", bold=True)


def memory_chart(a: Assessment) -> Chart | None:
    """Each memory of the machine and what fills it, on one scale."""
    pools = [p for p in a.fit.pools if p.capacity_gib][:_MOST_POOLS]
    if not pools:
        return None
    height = 58.0
    fits = said(a.fit.sentence)
    drawing = Drawing(WIDTH, height * len(pools) + 2, f"{fits} {_pools_said(pools)}")
    whole = max(max(p.capacity_gib or 0.0, _used(p)) for p in pools)
    for i, pool in enumerate(pools):
        _bar(drawing, pool, height * i, whole)
    left_out = len([p for p in a.fit.pools if p.capacity_gib]) - len(pools)
    answer = a.fit.sentence if not left_out else f"{a.fit.sentence} {left_out} more not drawn."
    return Chart("memory", said("Does the model fit?"), cut(answer, 200), drawing)


def _pools_said(pools: Sequence[MemoryPool]) -> str:
    return "; ".join(f"{said(p.name)}: {_parts_said(p)}" for p in pools) + "."


def _parts(pool: MemoryPool) -> list[tuple[Role, str, float]]:
    parts: list[tuple[Role, str, float | None]] = [
        ("weights", "weights", pool.weights_gib),
        ("kv", "KV cache", pool.kv_gib),
        ("overhead", "engine", pool.overhead_gib),
    ]
    return [(role, said(name), size) for role, name, size in parts if size]


def _used(pool: MemoryPool) -> float:
    return sum(size for _, _, size in _parts(pool))


def _parts_said(pool: MemoryPool) -> str:
    parts = [f"{name} {figure_in(gib(size))}" for _, name, size in _parts(pool)]
    if pool.free_gib is not None:
        word = "missing" if pool.free_gib <= -0.05 else "free"
        parts.append(f"{said(word)} {figure_in(gib(abs(pool.free_gib)))}")
    return ", ".join(parts)


def _bar(drawing: Drawing, pool: MemoryPool, top: float, whole: float) -> None:
    capacity = pool.capacity_gib or 0.0
    drawing.label(0, top + 11, cut(pool.name, 44), size=10)
    drawing.label(WIDTH, top + 11, figure_in(gib(capacity)), size=10, anchor="end", bold=True)
    per_gib = WIDTH / whole
    drawing.box(0, top + 17, capacity * per_gib, 14, "free")
    x = 0.0
    for role, _, size in _parts(pool):
        drawing.box(x, top + 17, size * per_gib, 14, role)
        x += size * per_gib
    if x > capacity * per_gib * 1.001:
        edge = capacity * per_gib
        drawing.line([(edge, top + 14), (edge, top + 34)], "limit", 2)
    x = 0.0
    entries = [(role, f"{name} {_bare(size)}") for role, name, size in _parts(pool)]
    if pool.free_gib is not None and pool.free_gib > -0.05:
        entries.append(("free", f"{said('free')} {_bare(pool.free_gib)}"))
    elif pool.free_gib is not None:
        entries.append(("limit", f"{said('missing')} {_bare(abs(pool.free_gib))}"))
    for role, words in entries:
        drawing.box(x, top + 39, 6, 6, role)
        drawing.label(x + 9, top + 45, words, "muted", size=_SMALL)
        x += 18 + 5.6 * len(words)


def _bare(size: float) -> str:
    """A size without its unit, which stands at the end of its bar."""
    return figure_in(gibibytes(size)[0])


def cost_chart(a: Assessment) -> Chart | None:
    """Money spent month by month: owned, the cheapest API, the cheapest rent."""
    found = a.cost.break_even
    if found is None or len(found.points) < 2 or found.points[-1].owned.typical is None:
        return None
    drawn = [i for kind in ("api", "rented") if (i := _cheapest(found.alternatives, kind)) >= 0]
    last = found.points[-1]
    top, left, right, bottom = 10.0, 46.0, WIDTH - 92.0, 142.0
    names = ["owned", *(_name(found.alternatives[i]) for i in drawn)]
    ends: list[Decimal | None] = [last.owned.typical, *(last.alternatives[i] for i in drawn)]
    currency = a.cost.currency
    spent = [
        f"{said(name)} {text(end, 'money', currency=currency)}"
        for name, end in zip(names, ends, strict=True)
        if end is not None
    ]
    answer = said(f"Spent after {last.month} months: {LATER}.").replace(LATER, "; ".join(spent))
    drawing = Drawing(WIDTH, 160, answer)
    most = max(
        float(amount or 0)
        for point in found.points
        for amount in (
            point.owned.high,
            point.owned.typical,
            *(point.alternatives[i] for i in drawn),
        )
    )
    step = _step(most)
    high = max(most, step)

    def at(month: float, amount: Decimal | float | None) -> tuple[float, float]:
        x = left + (right - left) * month / last.month
        return x, bottom - (bottom - top) * float(amount or 0) / high

    tick = 0.0
    while tick <= high:
        y = at(0, tick)[1]
        drawing.line([(left, y), (right, y)], "grid", 0.75)
        words = f"{tick:,.0f}".replace(",", THIN)
        drawing.label(left - 5, y + 3.5, words, "muted", size=_SMALL, anchor="end")
        tick += step
    months = [p.month for p in found.points]
    years = [m for m in months if m % 12 == 0] or [months[0], months[-1]]
    for month in years[:: -(-len(years) // 6)]:
        x = at(month, 0)[0]
        drawing.label(x, bottom + 14, str(month), "muted", size=_SMALL, anchor="middle")
    unit = "months" if last.month >= 12 else "month"
    drawing.label(right + 16, bottom + 14, said(unit), "muted", size=_SMALL)
    band = [at(p.month, _end(p.owned, "high")) for p in found.points]
    band += [at(p.month, _end(p.owned, "low")) for p in reversed(found.points)]
    drawing.area(band, "band")
    roles: tuple[Role, ...] = ("c1", "c2", "c3")
    dashes: tuple[tuple[float, ...], ...] = ((), (6, 3), (1.5, 3))
    series: list[list[Decimal | None]] = [[p.owned.typical for p in found.points]]
    series += [[p.alternatives[i] for p in found.points] for i in drawn]
    for row, role, dash in zip(series, roles, dashes, strict=False):
        drawing.line([at(m, v) for m, v in zip(months, row, strict=True)], role, 2, dash)
    _end_labels(drawing, names, [at(last.month, end)[1] for end in ends], right, roles)
    return Chart("cost", said("What is spent by when?"), AsIs(shortened(answer, 240)), drawing)


def _end(found: MoneyRange, end: str) -> Decimal | None:
    value: Decimal | None = getattr(found, end)
    return found.typical if value is None else value


def _cheapest(alternatives: Sequence[Alternative], kind: str) -> int:
    """Place of the cheapest of a kind; -1 where there is none."""
    known = [
        (other.per_month.typical, i)
        for i, other in enumerate(alternatives)
        if other.kind == kind and other.per_month.typical is not None
    ]
    return min(known)[1] if known else -1


def _name(other: Alternative) -> str:
    return f"{'API' if other.kind == 'api' else 'rent'}, {other.provider}"


def _step(most: float) -> float:
    """A round step that makes three to six ticks."""
    if most <= 0:
        return 1.0
    size = 10.0 ** int(log10(most) if most >= 1 else log10(most) - 1)
    return next((m * size for m in (0.2, 0.5, 1, 2, 5) if most / (m * size) <= 5), 10 * size)


def _end_labels(
    drawing: Drawing, names: list[str], heights: list[float], right: float, roles: Sequence[Role]
) -> None:
    """Names at the ends of their lines, moved apart where they would touch."""
    placed: list[float] = []
    for y, name, role in sorted(zip(heights, names, roles, strict=False), key=lambda r: r[0]):
        free = max([y, *(p + 13 for p in placed[-1:])])
        placed.append(free)
        drawing.line([(right + 3, y), (right + 10, free)], role, 1)
        drawing.label(right + 13, free + 3.5, cut(name, 15), size=_SMALL)

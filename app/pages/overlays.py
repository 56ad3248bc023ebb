"""Charts of several builds at once: each keeps one colour, one dash and one marker throughout."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from markupsafe import Markup

from app.advisor.changes.comparison import LETTERS, Comparison
from app.builds.assessment import Assessment, Curve, CurvePoint
from app.builds.words import CURRENCY_SIGNS, listed
from app.pages.charts import COLOURS, DASHES, INK, MARKERS, Chart, Spec, plot_axis, plot_layout
from app.pages.sweep_chart import round_ticks, spread_ticks
from app.pages.words import figure, text

#: The look of a build beside its letter, in tables as in charts: line pattern and marker as SVG.
PATTERNS = ("", "6 3", "2 3", "7 3 2 3")
MARKER_PATHS = (
    "M16 3a4 4 0 1 0 .01 0z",
    "M16 2l5 5-5 5-5-5z",
    "M12 3h8v8h-8z",
    "M16 2l5 9H11z",
)


@dataclass(frozen=True, slots=True)
class BuildKey:
    """How a build is told apart: its letter, and its place among colours, dashes and markers."""

    letter: str
    place: int
    pattern: str
    marker: str


def place_of(letter: str) -> int:
    """Where a build stands among colours, dashes and markers: its letter decides."""
    return LETTERS.index(letter)


def keys_of(letters: Sequence[str]) -> dict[str, BuildKey]:
    """One key per build, by its letter."""
    return {
        letter: BuildKey(letter, i, PATTERNS[i], MARKER_PATHS[i])
        for letter in letters
        for i in (place_of(letter),)
    }


def overlays_of(comparison: Comparison) -> list[Chart]:
    """The charts that have something to show for at least two builds."""
    return list(_overlays(comparison)) if len(comparison.assessments) > 1 else []


def _overlays(comparison: Comparison) -> Iterator[Chart]:
    for axis in ("context_tokens", "concurrency"):
        curves = [
            next((c for c in a.curves if c.axis == axis), None) for a in comparison.assessments
        ]
        if sum(curve is not None and bool(_drawn(curve)) for curve in curves) >= 2:
            yield (
                _context(comparison, curves)
                if axis == "context_tokens"
                else _people(comparison, curves)
            )
    if sum(a.cost.purchase.typical is not None for a in comparison.assessments) >= 2:
        yield _costs(comparison)


def _drawn(curve: Curve) -> list[CurvePoint]:
    return [p for p in curve.points if p.decode_tps.typical is not None]


def _trace(
    letter: str, points: Sequence[CurvePoint], y: Callable[[CurvePoint], float | None]
) -> Spec:
    i = place_of(letter)
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": letter,
        "x": [p.x for p in points],
        "y": [y(p) for p in points],
        "line": {"color": COLOURS[i], "width": 2, "dash": DASHES[i]},
        "marker": {"size": 8, "symbol": MARKERS[i], "color": COLOURS[i]},
        "hovertemplate": f"{letter}, %{{x:,.0f}}: %{{y:.2g}} tok/s<extra></extra>",
    }


def _typical(point: CurvePoint) -> float | None:
    return point.decode_tps.typical


def _total(point: CurvePoint) -> float | None:
    return point.decode_total_tps


def _lines(
    comparison: Comparison,
    curves: Sequence[Curve | None],
    y: Callable[[CurvePoint], float | None],
    x_title: str,
    y_title: str,
) -> Spec:
    traces = [
        _trace(letter, _drawn(curve), y)
        for letter, curve in zip(comparison.letters, curves, strict=True)
        if curve is not None
    ]
    x = sorted({p.x for curve in curves if curve is not None for p in _drawn(curve)})
    speeds = [speed for trace in traces for speed in trace["y"] if speed]
    return {
        "data": traces,
        "layout": plot_layout(
            plot_axis(x_title, type="log", tickangle=0, **spread_ticks(x)),
            plot_axis(y_title, type="log", **round_ticks(speeds)),
        ),
    }


def _rows(
    comparison: Comparison,
    curves: Sequence[Curve | None],
    field: str,
    y: Callable[[CurvePoint], float | None],
) -> list[list[Markup | str]]:
    """One row per x that any build is drawn at, one cell per build."""
    x = sorted({p.x for curve in curves if curve is not None for p in curve.points})
    rows: list[list[Markup | str]] = []
    for value in x:
        cells: list[Markup | str] = [figure(value, "count")]
        for i, (found, curve) in enumerate(zip(comparison.assessments, curves, strict=True)):
            cells.append(_cell(found, curve, value, f"assessments.{i}", field, y))
        rows.append(cells)
    return rows


def _cell(
    found: Assessment,
    curve: Curve | None,
    x: float,
    path: str,
    field: str,
    y: Callable[[CurvePoint], float | None],
) -> Markup | str:
    """The figure at one x; nothing where the build is not drawn there."""
    if curve is None:
        return ""
    at = next((i for i, p in enumerate(curve.points) if p.x == x), None)
    if at is None:
        return ""
    if curve.points[at].fits is False:
        return Markup('<span class="u">does not fit</span>')
    where = f"{path}.curves.{found.curves.index(curve)}.points.{at}.{field}"
    return figure(y(curve.points[at]), "tps", path=where, unit=False)


def _context(comparison: Comparison, curves: Sequence[Curve | None]) -> Chart:
    answer = _context_answer(comparison)
    return Chart(
        id="chart-compare-context",
        question="Which keeps its speed as the context grows?",
        answer=answer,
        summary=answer,
        spec=_lines(comparison, curves, _typical, "context, tokens", "tok/s per user"),
        headers=["Context", *(f"{letter}, tok/s" for letter in comparison.letters)],
        rows=_rows(comparison, curves, "decode_tps.typical", _typical),
    )


def _context_answer(comparison: Comparison) -> str:
    """How long a context each one holds."""
    parts = [
        f"{letter} holds {text(a.fit.context_max_tokens, 'count')} tokens"
        for letter, a in zip(comparison.letters, comparison.assessments, strict=True)
        if a.fit.context_max_tokens is not None
    ]
    return f"{listed(parts)}." if parts else "How long a context they hold is not known."


def _people(comparison: Comparison, curves: Sequence[Curve | None]) -> Chart:
    answer = _people_answer(comparison, curves)
    return Chart(
        id="chart-compare-people",
        question="Which serves more requests at once?",
        answer=answer,
        summary=answer,
        spec=_lines(comparison, curves, _total, "requests at once", "tok/s, all together"),
        headers=["Requests", *(f"{letter}, tok/s together" for letter in comparison.letters)],
        rows=_rows(comparison, curves, "decode_total_tps", _total),
    )


def _people_answer(comparison: Comparison, curves: Sequence[Curve | None]) -> str:
    """The most that each one writes together, and at how many requests."""
    parts = []
    for letter, curve in zip(comparison.letters, curves, strict=True):
        known = [p for p in (_drawn(curve) if curve else []) if p.decode_total_tps is not None]
        if known:
            best = max(known, key=lambda p: p.decode_total_tps or 0.0)
            parts.append(f"{letter} {text(best.decode_total_tps, 'tps')} at {best.x:g}")
    return f"The most they write together: {listed(parts)}." if parts else "Nobody knows."


def _costs(comparison: Comparison) -> Chart:
    answer = _cost_answer(comparison)
    return Chart(
        id="chart-compare-costs",
        question="What does each cost to buy, and with its electricity?",
        answer=answer,
        summary=answer,
        spec=_cost_spec(comparison),
        headers=["Build", "low", "to buy", "high", "energy a year", "over the years"],
        rows=[_cost_row(i, letter, comparison) for i, letter in enumerate(comparison.letters)],
    )


def _cost_answer(comparison: Comparison) -> str:
    """What each one costs with its electricity over the years asked."""
    parts = []
    for letter, a in zip(comparison.letters, comparison.assessments, strict=True):
        whole = a.cost.cost_over_years.typical
        if whole is not None:
            years = a.spec.economics.years
            amount = text(whole, "money", currency=a.cost.currency)
            parts.append(f"{letter} {amount} over {years} {'year' if years == 1 else 'years'}")
    if not parts:
        return "What they cost over the years is not known: prices or watts are missing."
    return f"Solid is the purchase; hatched, with electricity: {listed(parts)}."


def _cost_spec(comparison: Comparison) -> Spec:
    """Two bars a build: to buy with the range of its price, and over the years."""
    shown = [
        (letter, a)
        for letter, a in zip(comparison.letters, comparison.assessments, strict=True)
        if a.cost.purchase.typical is not None
    ]
    shown.reverse()  # Plotly draws from the bottom up
    currencies = {a.cost.currency for _, a in shown}
    sign = CURRENCY_SIGNS[currencies.pop()] if len(currencies) == 1 else "each in its currency"
    return {
        "data": [_years_bars(shown), _purchase_bars(shown)],
        "layout": plot_layout(
            plot_axis(f"cost, {sign}", rangemode="tozero"),
            plot_axis("", showgrid=False, ticksuffix="  "),
            barmode="group",
            bargap=0.35,
            bargroupgap=0.1,
        ),
    }


def _purchase_bars(shown: Sequence[tuple[str, Assessment]]) -> Spec:
    typical = [_amount(a.cost.purchase.typical) for _, a in shown]
    lows = [_amount(a.cost.purchase.low) for _, a in shown]
    highs = [_amount(a.cost.purchase.high) for _, a in shown]
    return {
        "type": "bar",
        "orientation": "h",
        "name": "to buy",
        "x": typical,
        "y": [letter for letter, _ in shown],
        "marker": {"color": [COLOURS[place_of(letter)] for letter, _ in shown]},
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [high - t for high, t in zip(highs, typical, strict=True)],
            "arrayminus": [t - low for low, t in zip(lows, typical, strict=True)],
            "color": INK,
            "thickness": 1.5,
            "width": 5,
        },
        "hovertemplate": "%{y}, to buy: %{x:,.0f}<extra></extra>",
    }


def _years_bars(shown: Sequence[tuple[str, Assessment]]) -> Spec:
    """Hatched; builds whose cost over the years is unknown have none."""
    known = [(x, a) for x, a in shown if a.cost.cost_over_years.typical is not None]
    colours = [COLOURS[place_of(letter)] for letter, _ in known]
    return {
        "type": "bar",
        "orientation": "h",
        "name": "over the years",
        "x": [_amount(a.cost.cost_over_years.typical) for _, a in known],
        "y": [letter for letter, _ in known],
        "marker": {
            "color": "rgba(0,0,0,0)",
            "line": {"color": colours, "width": 1.5},
            "pattern": {"shape": "/", "fgcolor": colours, "bgcolor": "rgba(0,0,0,0)", "size": 6},
        },
        "hovertemplate": "%{y}, over the years: %{x:,.0f}<extra></extra>",
    }


def _amount(value: Decimal | None) -> float:
    """A length of a bar; only known amounts are drawn."""
    return float(value or 0)


def _cost_row(i: int, letter: str, comparison: Comparison) -> list[Markup | str]:
    a, path = comparison.assessments[i], f"assessments.{i}.cost"
    figures = (
        (a.cost.purchase.low, f"{path}.purchase.low"),
        (a.cost.purchase.typical, f"{path}.purchase.typical"),
        (a.cost.purchase.high, f"{path}.purchase.high"),
        (a.cost.energy_per_year, f"{path}.energy_per_year"),
        (a.cost.cost_over_years.typical, f"{path}.cost_over_years.typical"),
    )
    return [
        letter,
        *(figure(value, "money", path=where, currency=a.cost.currency) for value, where in figures),
    ]

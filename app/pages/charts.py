"""Charts as plain Plotly dictionaries, each with its question, its answer in words and its table.

Colours are named, not given: the browser replaces ``var(--…)`` by the value of the current theme.
Everything drawn here is in the table beside it, so a chart is never the only way to read a figure.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import log10
from typing import Any

from markupsafe import Markup

from app.builds.assessment import Assessment, Curve, CurvePoint, Interval, Roof
from app.builds.words import significant
from app.pages.graphics import band
from app.pages.words import YES_NO, escape_plotly, figure, text

INK, MUTED, GRID = "var(--ink)", "var(--ink-2)", "var(--line)"
#: Okabe–Ito, told apart by dash and marker as well.
COLOURS = ("var(--chart-1)", "var(--chart-2)", "var(--chart-3)", "var(--chart-4)", "var(--chart-5)")
BAND = "var(--chart-1-soft)"
_ROOF_COLOURS = (COLOURS[0], COLOURS[3], COLOURS[4])  # the points take the two between
DASHES = ("solid", "dash", "dot", "dashdot", "longdash")
MARKERS = ("circle", "diamond", "square", "triangle-up", "cross")
LIMIT = "var(--nonviable)"

Spec = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Chart:
    """A question, its answer, the picture and the figures behind it."""

    id: str
    question: str
    answer: str
    summary: str
    spec: Spec
    headers: list[str]
    rows: list[list[Markup | str]]


def charts_of(assessment: Assessment) -> list[Chart]:
    """The charts that have something to show for this build."""
    return list(_charts(assessment))


def _charts(assessment: Assessment) -> Iterator[Chart]:
    if any(verdict.decode_tps.typical is not None for verdict in assessment.verdicts):
        yield use_case_bars(assessment)
    for index, curve in enumerate(assessment.curves):
        if sum(point.decode_tps.typical is not None for point in curve.points) >= 2:
            yield curve_chart(assessment, curve, index)
    if assessment.roofline.points and any(_drawable(roof) for roof in assessment.roofline.roofs):
        yield roofline(assessment)


def plotted(spec: Any) -> Any:
    """A specification with numbers as fine as a screen can show: five digits, whole ones whole."""
    if isinstance(spec, dict):
        return {key: plotted(value) for key, value in spec.items()}
    if isinstance(spec, list | tuple):
        return [plotted(value) for value in spec]
    if isinstance(spec, float):
        return int(spec) if spec.is_integer() else float(f"{spec:.5g}")
    return spec


def plot_axis(title: str, **more: Any) -> Spec:
    return {
        "title": {"text": title, "font": {"size": 13, "color": MUTED}, "standoff": 8},
        "gridcolor": GRID,
        "linecolor": GRID,
        "zeroline": False,
        "fixedrange": True,
        "tickfont": {"size": 12, "color": MUTED},
        "automargin": True,
        **more,
    }


def plot_layout(x: Spec, y: Spec, **more: Any) -> Spec:
    return {
        "xaxis": x,
        "yaxis": y,
        "margin": {"l": 8, "r": 16, "t": 20, "b": 8},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "var(--font)", "size": 13, "color": INK},
        "showlegend": False,
        "hoverlabel": {"bgcolor": "var(--raised)", "bordercolor": GRID, "font": {"color": INK}},
        **more,
    }


def _limit_line(axis: str, value: float) -> Spec:
    """A limit across the plot."""
    other = "y" if axis == "x" else "x"
    return {
        "type": "line",
        f"{axis}0": value,
        f"{axis}1": value,
        f"{other}0": 0,
        f"{other}1": 1,
        f"{other}ref": "paper",
        "line": {"color": LIMIT, "width": 1.5, "dash": "dot"},
    }


def _note(label: str, **where: Any) -> Spec:
    return {"text": label, "showarrow": False, "font": {"size": 12, "color": MUTED}, **where}


def use_case_bars(assessment: Assessment) -> Chart:
    """Decode speed of each use case with its interval, against the interactive limit."""
    shown = [v for v in assessment.verdicts if v.decode_tps.typical is not None]
    bands = [band(v.decode_tps) for v in reversed(shown)]  # Plotly draws from the bottom up
    limit = assessment.limits.interactive_decode_tps
    spec = {
        "data": [
            {
                "type": "bar",
                "orientation": "h",
                "x": [typical for _, typical, _ in bands],
                "y": [escape_plotly(_short(v.use_case, v.name)) for v in reversed(shown)],
                "error_x": {
                    "type": "data",
                    "symmetric": False,
                    "array": [high - typical for _, typical, high in bands],
                    "arrayminus": [typical - low for low, typical, _ in bands],
                    "color": INK,
                    "thickness": 1.5,
                    "width": 5,
                },
                "marker": {"color": COLOURS[0]},
                "width": 0.56,
                "hovertemplate": "%{x:.2g} tok/s<extra></extra>",
            }
        ],
        "layout": plot_layout(
            plot_axis("tokens per second, one user", rangemode="tozero"),
            plot_axis("", showgrid=False, ticksuffix="  "),
            shapes=[_limit_line("x", limit)],
            annotations=[
                _note(
                    f"{limit:g} tok/s",
                    x=limit,
                    y=1,
                    yref="paper",
                    xanchor="left",
                    yanchor="bottom",
                )
            ],
        ),
    }
    above = sum(typical > limit for _, typical, _ in bands)
    answer = (
        f"{above} of {len(shown)} use cases generate faster than {limit:g} tok/s; "
        "whiskers are 80 % intervals."
    )
    rows: list[list[Markup | str]] = [
        [v.name, *_interval_cells(v.decode_tps, f"verdicts.{i}.decode_tps")]
        for i, v in enumerate(assessment.verdicts)
    ]
    summary = (
        answer
        + " "
        + "; ".join(f"{v.name}: {text(v.decode_tps.typical, 'tps')}" for v in assessment.verdicts)
    )
    return Chart(
        id="chart-use-cases",
        question="How fast does it write for each use case?",
        answer=answer,
        summary=summary,
        spec=spec,
        headers=["Use case", "low", "typical tok/s", "high"],
        rows=rows,
    )


def _interval_cells(speed: Interval, path: str) -> list[Markup | str]:
    """Low, typical and high as figures of a table."""
    return [
        figure(getattr(speed, end), "tps", path=f"{path}.{end}", unit=False)
        for end in ("low", "typical", "high")
    ]


def _short(slug: str, name: str) -> str:
    return slug.upper() if len(slug) <= 4 else name


@dataclass(frozen=True, slots=True)
class _CurveWords:
    id: str
    question: str
    axis: str
    column: str


_CURVES = {
    "context_tokens": _CurveWords(
        "chart-context", "How long a context can it hold?", "context, tokens", "Context"
    ),
    "concurrency": _CurveWords(
        "chart-people", "How many requests at once?", "requests at once", "Requests"
    ),
}


def curve_chart(assessment: Assessment, curve: Curve, index: int) -> Chart:
    """Speed per user along one axis, with its interval and the point where it stops fitting."""
    words = _CURVES[curve.axis]
    known = [p for p in curve.points if p.decode_tps.typical is not None]
    first, last = known[0], known[-1]
    return Chart(
        id=words.id,
        question=words.question,
        answer=curve.sentence,
        summary=(
            f"{curve.sentence} From {text(first.decode_tps.typical, 'tps')} at {_tick(first.x)} "
            f"to {text(last.decode_tps.typical, 'tps')} at {_tick(last.x)}."
        ),
        spec=_curve_spec(assessment, curve, known),
        headers=[words.column, "fits", "low", "tok/s per user", "high", "first token", "memory"],
        rows=[_curve_row(curve, index, i) for i in range(len(curve.points))],
    )


def _curve_spec(assessment: Assessment, curve: Curve, known: list[CurvePoint]) -> Spec:
    limit = assessment.limits.interactive_decode_tps
    x = [p.x for p in known]
    bands = [band(p.decode_tps) for p in known]
    lows, highs = [low for low, _, _ in bands], [high for _, _, high in bands]
    shapes = [_limit_line("y", limit)]
    notes = [
        _note(
            f"{limit:g} tok/s",
            x=0,
            xref="paper",
            y=log10(limit),
            xanchor="left",
            yanchor="bottom",
            xshift=4,
        )
    ]
    stop = _fit_limit(assessment, curve)
    if stop is not None:
        whole = curve.axis == "context_tokens" and curve.points[-1].fits and stop == x[-1]
        line = {"color": INK, "width": 1, "dash": "dash"}
        shapes.append({**_limit_line("x", stop), "line": line})
        notes.append(
            _note(
                "the model's limit" if whole else "memory is full",
                x=log10(stop),
                y=0,
                yref="paper",
                xanchor="right",
                yanchor="bottom",
                xshift=-4,
            )
        )
    area = {
        "type": "scatter",
        "mode": "lines",
        "x": [*x, *reversed(x)],
        "y": [*highs, *reversed(lows)],
        "fill": "toself",
        "fillcolor": BAND,
        "line": {"width": 0},
        "hoverinfo": "skip",
    }
    typical = {
        "type": "scatter",
        "mode": "lines+markers",
        "x": x,
        "y": [middle for _, middle, _ in bands],
        "line": {"color": COLOURS[0], "width": 2},
        "marker": {"size": 7, "symbol": MARKERS[0]},
        "hovertemplate": "%{x:,.0f}: %{y:.2g} tok/s<extra></extra>",
    }
    return {
        "data": [area, typical],
        "layout": plot_layout(
            plot_axis(_CURVES[curve.axis].axis, type="log", tickangle=0, **_doubling_ticks(x)),
            plot_axis("tok/s per user", type="log", **_log_ticks(lows, highs, limit)),
            shapes=shapes,
            annotations=notes,
        ),
    }


def _curve_row(curve: Curve, index: int, i: int) -> list[Markup | str]:
    point, path = curve.points[i], f"curves.{index}.points.{i}"
    return [
        figure(point.x, "count", path=f"{path}.x"),
        YES_NO[point.fits],
        *_interval_cells(point.decode_tps, f"{path}.decode_tps"),
        figure(point.ttft_s, "seconds", path=f"{path}.ttft_s"),
        figure(point.memory_gib, "gib", path=f"{path}.memory_gib"),
    ]


def _fit_limit(assessment: Assessment, curve: Curve) -> float | None:
    """Where memory ends, if that lies on the drawn axis."""
    fit = assessment.fit
    most = fit.context_max_tokens if curve.axis == "context_tokens" else fit.concurrency_max
    if most is None or not curve.points or not curve.points[0].x <= most <= curve.points[-1].x:
        return None
    return float(most)


def _tick(value: float) -> str:
    if value >= 1024 and value % 1024 == 0:
        return f"{value / 1024:g}k"
    return f"{value / 1000:g}k" if value >= 10_000 else f"{value:g}"


def _doubling_ticks(x: list[float]) -> Spec:
    """Ticks at powers of two within the data, thinned so that their labels stay apart."""
    powers = [float(2**e) for e in range(25) if x[0] <= 2**e <= x[-1]] or x
    step = -(-len(powers) // 6)
    return {"tickvals": powers[::step], "ticktext": [_tick(v) for v in powers[::step]]}


def _log_ticks(lows: list[float], highs: list[float], limit: float) -> Spec:
    """Round ticks over the range of the data and the limit, so that the limit is always in view."""
    low, high = min([*lows, limit]) / 1.5, max([*highs, limit]) * 1.5
    values = [m * 10.0**e for e in range(-4, 6) for m in (1, 2, 5)]
    ticks = [v for v in values if low <= v <= high]
    labels = [f"{v:g}" for v in ticks]
    return {"range": [log10(low), log10(high)], "tickvals": ticks, "ticktext": labels}


def _drawable(roof: Roof) -> bool:
    return bool(roof.peak_tflops and roof.bandwidth_gbs and roof.ridge_flop_per_byte)


def roofline(assessment: Assessment) -> Chart:
    """Each device's roof, its ridge, and where decode and prefill stand under it."""
    line = assessment.roofline
    roofs = [roof for roof in line.roofs if _drawable(roof)]
    intensities = [p.flop_per_byte for p in line.points]
    intensities += [roof.ridge_flop_per_byte or 1.0 for roof in roofs]
    left, right = min(intensities) / 3, max(intensities) * 5
    traces: list[Spec] = []
    notes: list[Spec] = []
    for i, roof in enumerate(roofs):
        traces.append(_roof_trace(roof, i, left, right))
        notes.append(_roof_note(roof, right))
    for i, point in enumerate(line.points):
        traces.append(
            {
                "type": "scatter",
                "mode": "markers+text",
                "x": [point.flop_per_byte],
                "y": [point.tflops],
                "text": [escape_plotly(point.name)],
                "textposition": "bottom right",
                "textfont": {"color": INK, "size": 13},
                "marker": {
                    "size": 12,
                    "symbol": MARKERS[(i + 1) % len(MARKERS)],
                    "color": COLOURS[(i + 1) % len(COLOURS)],
                    "line": {"color": "var(--paper)", "width": 1.5},
                },
                "hovertemplate": "%{x:.3g} FLOP/B, %{y:.3g} TFLOP/s<extra></extra>",
                "cliponaxis": False,
            }
        )
    spec = {
        "data": traces,
        "layout": plot_layout(
            plot_axis("arithmetic per byte read, FLOP/B", type="log", dtick=1),
            plot_axis("TFLOP/s", type="log", dtick=1),
            annotations=notes,
        ),
    }
    sentences = " ".join(point.sentence for point in line.points)
    return Chart(
        id="chart-roofline",
        question="What does it wait for, memory or arithmetic?",
        answer=assessment.speed.bottleneck,
        summary=sentences or assessment.speed.bottleneck,
        spec=spec,
        headers=["Step", "device", "FLOP/B", "TFLOP/s", "in words"],
        rows=[
            [
                p.name,
                p.device,
                figure(p.flop_per_byte, "plain", path=f"roofline.points.{i}.flop_per_byte"),
                figure(p.tflops, "plain", path=f"roofline.points.{i}.tflops"),
                p.sentence,
            ]
            for i, p in enumerate(line.points)
        ]
        + [_roof_row(i, roof) for i, roof in enumerate(line.roofs)],
    )


def _roof_trace(roof: Roof, i: int, left: float, right: float) -> Spec:
    ridge, peak = roof.ridge_flop_per_byte or 1.0, roof.peak_tflops or 0.0
    per_flop_byte = (roof.bandwidth_gbs or 0.0) / 1000  # TFLOP/s for one FLOP per byte
    return {
        "type": "scatter",
        "mode": "lines",
        "name": escape_plotly(roof.name),
        "x": [left, ridge, max(right, ridge * 2)],
        "y": [left * per_flop_byte, peak, peak],
        "line": {"color": _ROOF_COLOURS[i % 3], "width": 2, "dash": DASHES[i % len(DASHES)]},
        "hovertemplate": "%{x:.3g} FLOP/B, %{y:.3g} TFLOP/s<extra></extra>",
    }


def _roof_note(roof: Roof, right: float) -> Spec:
    """Name and ridge on one line above the roof's flat end, where roofs lie apart."""
    ridge, peak = roof.ridge_flop_per_byte or 1.0, roof.peak_tflops or 1.0
    return _note(
        f"{escape_plotly(roof.name)}, ridge {significant(ridge, 3)} FLOP/B",
        x=log10(right),
        y=log10(peak),
        xanchor="right",
        yanchor="bottom",
    )


def _roof_row(i: int, roof: Roof) -> list[Markup | str]:
    path = f"roofline.roofs.{i}"
    return [
        "Roof",
        roof.name,
        figure(roof.ridge_flop_per_byte, "plain", path=f"{path}.ridge_flop_per_byte"),
        figure(roof.peak_tflops, "plain", path=f"{path}.peak_tflops"),
        Markup("{} GB/s").format(figure(roof.bandwidth_gbs, "plain", path=f"{path}.bandwidth_gbs")),
    ]

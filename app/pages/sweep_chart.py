"""The chart of a sweep: one line with its interval, and the asked value marked."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from app.advisor.changes.sweep_points import Axis, Sweep, SweepPoint
from app.builds.assessment import Interval, MoneyRange
from app.builds.words import CURRENCY_SIGNS
from app.pages.charts import BAND, COLOURS, INK, LIMIT, MARKERS, MUTED, Spec, plot_axis, plot_layout
from app.pages.words import escape_plotly

#: Axes whose values double from point to point, and those drawn against the cost.
_LOG = ("context_tokens", "concurrency")
_MONEY = ("price", "electricity")
#: Formats that are named in the chart; the others say their name when pointed at.
_NAMED = ("f16", "q8_0", "q6_k", "q4_k_m", "q3_k_m", "q2_k")


@dataclass(frozen=True, slots=True)
class SweepWords:
    """What an axis is called on a page."""

    link: str
    question: str
    column: str
    axis: str


WORDS: dict[Axis, SweepWords] = {
    "context_tokens": SweepWords(
        "A longer context",
        "How long a context does it take, and how fast is it then?",
        "Context",
        "context, tokens",
    ),
    "concurrency": SweepWords(
        "More requests at once",
        "What do more requests at once do to each of them?",
        "Requests",
        "requests at once",
    ),
    "gpu_count": SweepWords(
        "More or fewer cards", "What do more cards bring?", "Cards", "cards of the first kind"
    ),
    "offloaded_layers": SweepWords(
        "Layers in RAM", "How much do layers in RAM cost?", "Layers in RAM", "layers in RAM"
    ),
    "quantization": SweepWords(
        "Another quantisation",
        "What do finer or coarser weights do to speed and memory?",
        "Format",
        "memory needed, GiB",
    ),
    "price": SweepWords(
        "Another price", "What if it cost more, or less?", "Price", "price of the machine"
    ),
    "electricity": SweepWords(
        "Another electricity price",
        "What does the price of electricity change?",
        "A kWh",
        "price of a kWh",
    ),
}


def sweep_spec(sweep: Sweep, limit_tps: float) -> Spec | None:
    """The picture; None where fewer than two points have something to draw."""
    drawn = [p for p in sweep.points if _middle(sweep, p) is not None]
    if sweep.axis == "quantization":
        drawn = sorted((p for p in drawn if p.memory_gib is not None), key=_memory)
    if len(drawn) < 2:
        return None
    speed = sweep.axis not in _MONEY
    return {
        "data": [_band(sweep, drawn), _line(sweep, drawn), *_asked(sweep, drawn)],
        "layout": plot_layout(
            _x_axis(sweep, drawn),
            _y_axis(sweep, drawn, limit_tps),
            shapes=[_limit(limit_tps)] if speed else [],
        ),
    }


def sweep_summary(sweep: Sweep) -> str:
    """What the picture shows, for those who do not see it."""
    return f"{WORDS[sweep.axis].question} {sweep.sentence}"


def _memory(point: SweepPoint) -> float:
    return point.memory_gib or 0.0


def _range(sweep: Sweep, point: SweepPoint) -> Interval | MoneyRange:
    return point.per_million_tokens if sweep.axis in _MONEY else point.decode_tps


def _middle(sweep: Sweep, point: SweepPoint) -> float | None:
    return _float(_range(sweep, point).typical)


def _end(sweep: Sweep, point: SweepPoint, end: str) -> float:
    """Low or high; where it is missing, the typical value."""
    found = _float(getattr(_range(sweep, point), end))
    return found if found is not None else (_middle(sweep, point) or 0.0)


def _float(value: float | Decimal | None) -> float | None:
    return None if value is None else float(value)


def _x(sweep: Sweep, point: SweepPoint) -> float:
    if sweep.axis == "quantization":
        return _memory(point)
    return float(point.value)


def _band(sweep: Sweep, drawn: Sequence[SweepPoint]) -> Spec:
    """The interval; of prices without today's, which is a range itself among single amounts."""
    points = [p for p in drawn if sweep.axis not in _MONEY or not p.asked]
    x = [_x(sweep, p) for p in points]
    lows = [_end(sweep, p, "low") for p in points]
    highs = [_end(sweep, p, "high") for p in points]
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [*x, *reversed(x)],
        "y": [*highs, *reversed(lows)],
        "fill": "toself",
        "fillcolor": BAND,
        "line": {"width": 0},
        "hoverinfo": "skip",
    }


def _line(sweep: Sweep, points: Sequence[SweepPoint]) -> Spec:
    unit = "tok/s" if sweep.axis not in _MONEY else CURRENCY_SIGNS[sweep.currency]
    line: Spec = {
        "type": "scatter",
        "mode": "lines+markers",
        "x": [_x(sweep, p) for p in points],
        "y": [_middle(sweep, p) for p in points],
        "text": [escape_plotly(p.label) for p in points],
        "line": {"color": COLOURS[0], "width": 2},
        "marker": {"size": 7, "symbol": [_symbol(p) for p in points]},
        "hovertemplate": f"%{{text}}: %{{y:.3g}} {unit}<extra></extra>",
    }
    if sweep.axis != "quantization":
        return line
    named = [p.value in _NAMED and not p.asked for p in points]
    names = [escape_plotly(p.label) if n else "" for p, n in zip(points, named, strict=True)]
    return {
        **line,
        "mode": "markers+text",
        "text": names,
        "hovertext": [escape_plotly(p.label) for p in points],
        "textposition": "top center",
        "textfont": {"size": 12, "color": MUTED},
        "hovertemplate": f"%{{hovertext}}: %{{y:.3g}} {unit}<extra></extra>",
        "cliponaxis": False,
    }


def _symbol(point: SweepPoint) -> str:
    """Hollow where the build cannot be put together."""
    return f"{MARKERS[0]}-open" if point.buildable is False else MARKERS[0]


def _asked(sweep: Sweep, points: Sequence[SweepPoint]) -> list[Spec]:
    """The value of the question, ringed."""
    return [
        {
            "type": "scatter",
            "mode": "markers+text",
            "x": [_x(sweep, p)],
            "y": [_middle(sweep, p)],
            "text": [f"now, {escape_plotly(p.label)}" if sweep.axis == "quantization" else "now"],
            "textposition": "top right",
            "textfont": {"size": 13, "color": INK},
            "marker": {
                "size": 15,
                "symbol": "circle-open",
                "color": INK,
                "line": {"color": INK, "width": 2},
            },
            "hoverinfo": "skip",
            "cliponaxis": False,
        }
        for p in points
        if p.asked
    ]


def _limit(tps: float) -> Spec:
    """The interactive limit across the plot."""
    return {
        "type": "line",
        "xref": "paper",
        "x0": 0,
        "x1": 1,
        "y0": tps,
        "y1": tps,
        "line": {"color": LIMIT, "width": 1.5, "dash": "dot"},
    }


def _x_axis(sweep: Sweep, points: Sequence[SweepPoint]) -> Spec:
    title = WORDS[sweep.axis].axis
    if sweep.axis in _MONEY:
        title = f"{title}, {CURRENCY_SIGNS[sweep.currency]}"
    if sweep.axis in _LOG:
        return plot_axis(
            title, type="log", tickangle=0, **spread_ticks([float(p.value) for p in points])
        )
    more: dict[str, Any] = {"dtick": 1} if sweep.axis == "gpu_count" else {}
    if sweep.axis == "quantization":
        more = {"type": "log", **round_ticks([_memory(p) for p in points])}
    return plot_axis(title, tickangle=0, **more)


def _y_axis(sweep: Sweep, points: Sequence[SweepPoint], limit_tps: float) -> Spec:
    if sweep.axis in _MONEY:
        sign = CURRENCY_SIGNS[sweep.currency]
        return plot_axis(f"{sign} per million tokens", rangemode="tozero")
    if sweep.axis in (*_LOG, "quantization"):
        speeds = [limit_tps, *(_end(sweep, p, e) for p in points for e in ("low", "high"))]
        return plot_axis("tok/s per user", type="log", **round_ticks([v for v in speeds if v > 0]))
    return plot_axis("tok/s per user", rangemode="tozero")


def spread_ticks(values: Sequence[float], most: int = 6) -> Spec:
    """At most so many of the powers of two among ``values``, evenly apart, written short."""
    powers = [v for v in values if v > 0 and float(v).is_integer() and int(v) & (int(v) - 1) == 0]
    shown = powers or list(values)
    step = -(-len(shown) // most)
    ticks = shown[::step]
    return {"tickvals": ticks, "ticktext": [short_count(v) for v in ticks]}


def short_count(value: float) -> str:
    """8192 -> 8k, 96 -> 96."""
    return f"{value / 1024:g}k" if value >= 1024 and value % 1024 == 0 else f"{value:g}"


def round_ticks(values: Sequence[float]) -> Spec:
    """1, 2, 5, 10, … around the values; over more than three decades powers of ten only."""
    low, high = min(values), max(values)
    steps = (1, 2, 5) if high < low * 1000 else (1,)
    ticks = [m * 10.0**e for e in range(-4, 7) for m in steps]
    shown = [t for t in ticks if low / 2 <= t <= high * 2]
    return {"tickvals": shown, "ticktext": [f"{t:g}" for t in shown]}

"""Cost against speed and against people: the builds that no other one beats in both."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from math import log10
from typing import Any, Literal

from app.advisor.answer import FrontPoint, Recommendations
from app.builds.words import CURRENCY_SIGNS, significant
from app.pages.charts import COLOURS, INK, MUTED, Chart, Spec, plot_axis, plot_layout
from app.pages.words import escape_plotly, figure, text

Worth = Literal["decode_tps", "people_served"]


@dataclass(frozen=True, slots=True)
class Point:
    """One build of a chart, and where in the answer its figures stand."""

    title: str
    what: str
    cost: Decimal
    worth: float
    rank: int | None
    on_front: bool
    cost_path: str
    worth_path: str


@dataclass(frozen=True, slots=True)
class _Words:
    id: str
    question: str
    axis: str
    column: str
    style: str
    more: str


_WORDS: dict[Worth, _Words] = {
    "decode_tps": _Words(
        "chart-speed",
        "What does more speed cost?",
        "tok/s per user",
        "tok/s per user",
        "tps",
        "speed",
    ),
    "people_served": _Words(
        "chart-served",
        "What does it cost to serve more people?",
        "people served",
        "people",
        "count",
        "number of people",
    ),
}


def pareto_charts_of(found: Recommendations) -> list[Chart]:
    """The charts that have something to show: two builds at least, of different prices."""
    return list(_charts(found))


def _charts(found: Recommendations) -> Iterator[Chart]:
    fronts: tuple[tuple[Worth, list[FrontPoint]], ...] = (
        ("decode_tps", found.cost_against_speed),
        ("people_served", found.cost_against_people),
    )
    for worth, front in fronts:
        points = points_of(found, worth, front)
        if front and len({point.cost for point in points}) > 1:
            yield pareto_chart(found, worth, points)


def points_of(found: Recommendations, worth: Worth, front: list[FrontPoint]) -> list[Point]:
    """The front, and beside it the listed builds that lie off it; cheapest first."""
    part = "cost_against_speed" if worth == "decode_tps" else "cost_against_people"
    points = [
        Point(
            title=p.title,
            what=f"{p.model} at {p.quantization}",
            cost=p.cost,
            worth=float(value),
            rank=p.listed,
            on_front=True,
            cost_path=f"{part}.{i}.cost",
            worth_path=f"{part}.{i}.{worth}",
        )
        for i, p in enumerate(front)
        if (value := getattr(p, worth)) is not None
    ]
    drawn = {point.rank for point in points}
    for i, build in enumerate(found.builds):
        speed = worth == "decode_tps"
        known = build.decode_tps.typical if speed else build.people_served
        cost = build.purchase.typical
        if build.rank in drawn or known is None or cost is None:
            continue
        tail = "decode_tps.typical" if speed else "people_served"
        points.append(
            Point(
                title=build.title,
                what=f"{build.model} at {build.quantization}",
                cost=cost,
                worth=float(known),
                rank=build.rank,
                on_front=False,
                cost_path=f"builds.{i}.purchase.typical",
                worth_path=f"builds.{i}.{tail}",
            )
        )
    return sorted(points, key=lambda p: (p.cost, p.worth))


def pareto_chart(found: Recommendations, worth: Worth, points: list[Point]) -> Chart:
    """Money to the right, what it buys upwards; the line is what no other build beats."""
    words = _WORDS[worth]
    currency = found.question.limits.currency
    answer = _answer(words, [p for p in points if p.on_front], currency)
    return Chart(
        id=words.id,
        question=words.question,
        answer=answer,
        summary=f"{answer} {len(points)} builds are drawn; all figures are in the table below.",
        spec=_spec(words, points, currency),
        headers=["Build", "model", "price", words.column, "in the list", "beaten"],
        rows=[
            [
                p.title,
                p.what,
                figure(p.cost, "money", path=p.cost_path, currency=currency),
                figure(_exact(found, p.worth_path, p.worth), words.style, path=p.worth_path),
                "–" if p.rank is None else f"no. {p.rank}",
                "no" if p.on_front else "yes",
            ]
            for p in points
        ],
    )


def _exact(found: Recommendations, path: str, worth: float) -> float | int:
    """People are counted whole, as the answer has them."""
    return int(worth) if path.endswith("people_served") else worth


def _answer(words: _Words, front: list[Point], currency: str) -> str:
    first, last = front[0], front[-1]
    cheapest = (
        f"{first.title} is the cheapest at {_money(first.cost, currency)}, "
        f"{text(first.worth, words.style)}{_unit(words)}"
    )
    twice = next((p for p in front if p.worth >= 2 * first.worth), None)
    if twice is not None and twice is not last:
        return (
            f"{cheapest}; twice its {words.more} costs {_money(twice.cost, currency)} "
            f"({twice.title}), the most, {text(last.worth, words.style)}{_unit(words)}, "
            f"{_money(last.cost, currency)}."
        )
    if last is not first:
        return (
            f"{cheapest}; the most, {text(last.worth, words.style)}{_unit(words)}, costs "
            f"{_money(last.cost, currency)} ({last.title})."
        )
    return f"{cheapest}, and no dearer build gives more."


def _unit(words: _Words) -> str:
    return " people" if words.style == "count" else ""


def _money(amount: Decimal, currency: str) -> str:
    return text(amount, "money", currency=currency)


def _spec(words: _Words, points: list[Point], currency: str) -> Spec:
    sign = CURRENCY_SIGNS.get(currency, currency)
    front = [p for p in points if p.on_front]
    costs, worths = [float(p.cost) for p in points], [p.worth for p in points]
    line = {
        "type": "scatter",
        "mode": "lines",
        "x": [float(p.cost) for p in front],
        "y": [p.worth for p in front],
        "line": {"color": COLOURS[0], "width": 2, "shape": "hv"},
        "hoverinfo": "skip",
    }
    dots = {
        "type": "scatter",
        "mode": "markers+text",
        "x": costs,
        "y": worths,
        "text": ["" if p.rank is None else str(p.rank) for p in points],
        "textposition": ["top left" if p.on_front else "bottom right" for p in points],
        "textfont": {"color": INK, "size": 13},
        "customdata": [escape_plotly(p.title) for p in points],
        "marker": {
            "size": [11 if p.rank is not None else 7 for p in points],
            "symbol": ["circle" if p.on_front else "diamond" for p in points],
            "color": [COLOURS[0] if p.on_front else MUTED for p in points],
            "line": {"color": "var(--paper)", "width": 1.5},
        },
        "hovertemplate": f"%{{customdata}}<br>%{{x:,.0f}} {sign}, %{{y:,.3~r}}<extra></extra>",
        "cliponaxis": False,
    }
    return {
        "data": [line, dots],
        "layout": plot_layout(
            plot_axis(f"price, {sign}", **_axis(costs)),
            plot_axis(words.axis, **_axis(worths)),
            separators=". ",
        ),
    }


def _axis(values: list[float]) -> dict[str, Any]:
    """A logarithmic axis with round ticks over the range of the data; linear where a value is 0."""
    low, high = min(values), max(values)
    if low <= 0:
        return {"rangemode": "tozero"}
    low, high = low / 1.25, high * 1.35
    steps = (1, 2, 5) if high / low > 5 else (1, 1.5, 2, 3, 4, 5, 6, 8)
    ticks = [m * 10.0**e for e in range(-3, 9) for m in steps]
    ticks = [tick for tick in ticks if low <= tick <= high]
    labels = [significant(tick) if tick < 10_000 else f"{tick / 1000:g}k" for tick in ticks]
    return {
        "type": "log",
        "range": [log10(low), log10(high)],
        "tickvals": ticks,
        "ticktext": labels,
        "tickangle": 0,
    }

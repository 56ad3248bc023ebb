"""Money spent month by month: the machine of one's own, hosted APIs and rented GPUs."""

from collections.abc import Iterator
from typing import Any

from markupsafe import Markup

from app.builds.assessment import Alternative, Assessment, BreakEven
from app.builds.words import CURRENCY_SIGNS
from app.pages.charts import (
    BAND,
    COLOURS,
    DASHES,
    MARKERS,
    Chart,
    Spec,
    plot_axis,
    plot_layout,
)
from app.pages.words import escape_plotly, figure, text

#: Lines of each kind drawn beside the machine's own; the table above has them all.
_DRAWN_OF_A_KIND = 2


def cost_charts_of(assessment: Assessment) -> list[Chart]:
    """The chart of money over time, where there is something to compare with."""
    return list(_charts(assessment))


def _charts(assessment: Assessment) -> Iterator[Chart]:
    found = assessment.cost.break_even
    if found is None or not found.points or found.points[-1].owned.typical is None:
        return
    drawn = _drawn(found)
    if drawn:
        yield break_even_chart(assessment, found, drawn)


def break_even_chart(assessment: Assessment, found: BreakEven, drawn: list[int]) -> Chart:
    """Cumulative cost: the owned machine as a band, the others as lines."""
    currency = assessment.cost.currency
    names = [_name(found.alternatives[i]) for i in drawn]
    last = found.points[-1]
    spent = [(name, last.alternatives[i]) for i, name in zip(drawn, names, strict=True)]
    answer = (
        f"After {last.month} months: owned {text(last.owned.typical, 'money', currency=currency)}; "
        + "; ".join(f"{name} {text(a, 'money', currency=currency)}" for name, a in spent)
        + "."
    )
    return Chart(
        id="chart-break-even",
        question="What is spent by when?",
        answer=answer,
        summary=f"{found.sentence} {answer}",
        spec={
            "data": [*_owned(found), *_others(found, drawn, names)],
            "layout": plot_layout(
                plot_axis("months", tickvals=[p.month for p in found.points], tickangle=0),
                plot_axis(
                    f"{CURRENCY_SIGNS.get(currency, currency)} spent",
                    rangemode="tozero",
                    tickformat=",.0f",
                ),
                showlegend=True,
                legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
                separators=". ",
            ),
        },
        headers=["Month", "owned, low", "owned", "high", *names],
        rows=[_row(found, i, drawn, currency) for i in range(len(found.points))],
    )


def _drawn(found: BreakEven) -> list[int]:
    """The cheapest of each kind, as places in the list of alternatives."""
    known = [i for i, a in enumerate(found.alternatives) if a.per_month.typical is not None]
    ranked = sorted(known, key=lambda i: found.alternatives[i].per_month.typical or 0)
    return [
        i
        for kind in ("api", "rented")
        for i in [i for i in ranked if found.alternatives[i].kind == kind][:_DRAWN_OF_A_KIND]
    ]


def _name(found: Alternative) -> str:
    return f"API, {found.provider}" if found.kind == "api" else f"rented, {found.provider}"


def _owned(found: BreakEven) -> list[Spec]:
    months = [p.month for p in found.points]
    low = [float(p.owned.low or 0) for p in found.points]
    high = [float(p.owned.high or 0) for p in found.points]
    band = {
        "type": "scatter",
        "mode": "lines",
        "x": [*months, *reversed(months)],
        "y": [*high, *reversed(low)],
        "fill": "toself",
        "fillcolor": BAND,
        "line": {"width": 0},
        "hoverinfo": "skip",
        "showlegend": False,
    }
    middle = [float(p.owned.typical or 0) for p in found.points]
    return [band, _line(months, middle, "owned", 0)]


def _others(found: BreakEven, drawn: list[int], names: list[str]) -> Iterator[Spec]:
    months = [p.month for p in found.points]
    for place, (i, name) in enumerate(zip(drawn, names, strict=True), start=1):
        yield _line(months, [float(p.alternatives[i] or 0) for p in found.points], name, place)


def _line(x: list[int], y: list[float], name: str, place: int) -> Spec:
    style: dict[str, Any] = {"color": COLOURS[place], "width": 2, "dash": DASHES[place]}
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": escape_plotly(name),
        "x": x,
        "y": y,
        "line": style,
        "marker": {"size": 7, "symbol": MARKERS[place], "color": COLOURS[place]},
        "hovertemplate": "month %{x}: %{y:,.0f}<extra></extra>",
    }


def _row(found: BreakEven, i: int, drawn: list[int], currency: str) -> list[Markup | str]:
    point, path = found.points[i], f"cost.break_even.points.{i}"
    owned = (
        figure(getattr(point.owned, end), "money", path=f"{path}.owned.{end}", currency=currency)
        for end in ("low", "typical", "high")
    )
    others = (
        figure(point.alternatives[j], "money", path=f"{path}.alternatives.{j}", currency=currency)
        for j in drawn
    )
    return [figure(point.month, "count", path=f"{path}.month"), *owned, *others]

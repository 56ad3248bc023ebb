"""What a euro buys: speed against price of every machine on the market, for one model."""

from collections.abc import Mapping
from math import log10
from typing import Any, Final, cast

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from app.advisor.value import Kind, Value
from app.builds.assess import World
from app.builds.problems import InvalidSpecError
from app.builds.spec import CONDITIONS, CURRENCIES, Condition, Currency
from app.pages import form as forms
from app.pages.charts import COLOURS, MARKERS, Spec, plot_axis, plot_layout
from app.pages.rendering import page
from app.pages.words import escape_plotly
from app.serving.searches import Searches
from app.serving.state import TheSearches, TheWorld

router = APIRouter()

DEFAULTS: Final = {
    "model": "qwen2.5-14b-instruct",
    "quant": "q4_k_m",
    "currency": "EUR",
    "condition": "new",
}
KINDS: Final[dict[Kind, str]] = {
    "cards": "cards in a self-built computer",
    "system": "complete systems",
    "cpu": "computers without a card",
}
_TICKS: Final = [m * 10.0**e for e in range(-2, 7) for m in (1, 2, 5)]
#: The same of one machine.
KIND: Final[dict[Kind, str]] = {
    "cards": "in a self-built computer",
    "system": "complete system",
    "cpu": "computer without a card",
}
#: Machines in the table before it is opened.
TOP: Final = 12


@router.get("/value", response_class=HTMLResponse)
async def value(request: Request, world: TheWorld, searches: TheSearches) -> HTMLResponse:
    """The chart and its table; the form's fields are the address."""
    given = {k: v for k, v in request.query_params.items() if v.strip()}
    problems = {
        key: f"There is no setting called “{key[:80]}”." for key in given if key not in DEFAULTS
    }
    asked = {**DEFAULTS, **{k: v for k, v in given.items() if k in DEFAULTS}}
    for key, words in (("currency", CURRENCIES), ("condition", CONDITIONS)):
        if asked[key] not in words:
            problems[key] = f"“{asked[key][:40]}” is none of those in the list."
            asked[key] = DEFAULTS[key]
    try:
        found = await _value(asked, searches, world)
    except InvalidSpecError as error:
        keys = {"models.quantizations": "quant"}
        problems |= {keys.get(p.field, "model"): p.message for p in error.problems}
        asked |= {key: DEFAULTS[key] for key in ("model", "quant")}
        found = await _value(asked, searches, world)
    return page(
        request,
        "value/index.html",
        status=422 if problems else 200,
        asked=asked,
        problems=problems,
        choices=forms.choices(world.catalogue),
        value=found,
        ranked=sorted(found.points, key=lambda p: -p.tps_per_1000),
        kinds=KIND,
        top=TOP,
        spec=chart_spec(found),
    )


async def _value(asked: Mapping[str, str], searches: Searches, world: World) -> Value:
    return await searches.value(
        asked["model"],
        asked["quant"],
        world,
        cast("Currency", asked["currency"]),
        cast("Condition", asked["condition"]),
    )


def chart_spec(found: Value) -> Spec:
    """Price to the right, speed upward, both logarithmic: equal speed per price is a line."""
    data: list[dict[str, Any]] = []
    for i, (kind, words) in enumerate(KINDS.items()):
        points = [point for point in found.points if point.kind == kind]
        data.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": words,
                "x": [float(p.cost) for p in points],
                "y": [p.decode_tps for p in points],
                "text": [escape_plotly(p.title) for p in points],
                "marker": {"symbol": MARKERS[i], "color": COLOURS[i], "size": 8, "opacity": 0.75},
                "hovertemplate": "%{text}: %{x:,.0f}, %{y:.2g} tok/s<extra></extra>",
            }
        )
    costs = [float(p.cost) for p in found.points]
    ends = [min(costs) / 1.15, max(costs) * 1.15]
    for ratio in (found.low, found.high):
        data.append(
            {
                "type": "scatter",
                "mode": "lines",
                "x": ends,
                "y": [end / 1000 * ratio for end in ends],
                "line": {"color": "var(--ink-2)", "width": 1, "dash": "dot"},
                "hoverinfo": "skip",
                "showlegend": False,
            }
        )
    speeds = [p.decode_tps for p in found.points]
    prices = [t for t in _TICKS if ends[0] <= t <= ends[1]]
    low, high = min(speeds) / 1.5, max(speeds) * 1.5
    return {
        "data": data,
        "layout": plot_layout(
            plot_axis(
                f"price, {found.currency}",
                type="log",
                range=[log10(end) for end in ends],
                tickvals=prices,
                ticktext=[f"{price / 1000:g}k" for price in prices],
                tickangle=0,
            ),
            plot_axis(
                "tok/s, one request",
                type="log",
                range=[log10(low), log10(high)],
                tickvals=[t for t in _TICKS if low <= t <= high],
                ticktext=[f"{t:g}" for t in _TICKS if low <= t <= high],
            ),
            showlegend=True,
            legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        ),
    }

"""Charts of one catalogue entry: what it was sold for, and what a model takes in memory."""

from math import log10
from typing import Any, Final

from markupsafe import Markup

from app.builds.items.memory import USUAL_CONTEXT, ModelMemory
from app.builds.items.prices import Seen
from app.builds.words import CURRENCY_SIGNS, THIN, gib, grouped, listed
from app.catalogue.facts import ModelFacts
from app.pages.charts import COLOURS, DASHES, MARKERS, Chart, Spec, plot_axis, plot_layout
from app.pages.words import escape_plotly, figure, text

#: Formats drawn along the context, finest first.
DRAWN: Final = ("f16", "q8_0", "q4_k_m")
_CONDITIONS: Final = {"new": "new", "used": "used", None: "condition not stated"}
#: Memories people buy, GiB: told where they lie within the drawing.
_MARKS: Final = (8, 16, 24, 32, 48, 96, 192, 384, 768)


def price_chart(name: str, seen: list[Seen]) -> Chart | None:
    """Prices over time as steps, each dot a source; None where fewer than two are dated."""
    dated = sorted((s for s in seen if s.dated), key=lambda s: str(s.facts.observed_from))
    if len(dated) < 2:
        return None
    first, last = dated[0], dated[-1]
    data = []
    for i, (condition, words) in enumerate(_CONDITIONS.items()):
        points = [s for s in dated if s.facts.condition == condition]
        if points:
            data.append(_steps(points, words, i))
    amounts = [float(s.amount) for s in dated if s.amount is not None]
    low, high = min(amounts), max(amounts)
    answer = (
        f"{len(dated)} dated prices from {first.facts.observed_on} to {last.facts.observed_on}: "
        f"{grouped(low)} to {grouped(high)}{THIN}€ each."
    )
    return Chart(
        id="chart-prices",
        question="What was it sold for?",
        answer=answer,
        summary=f"{name}: {answer} The newest says {grouped(amounts[-1])}{THIN}€.",
        spec={
            "data": data,
            "layout": plot_layout(
                plot_axis("", type="date"),
                plot_axis("€, at today's rate", rangemode="tozero"),
                showlegend=True,
                legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
            ),
        },
        headers=["Seen", "€", "as asked", "condition", "source"],
        rows=[_price_row(s) for s in seen],
    )


def _steps(points: list[Seen], words: str, i: int) -> Spec:
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": words,
        "x": [s.facts.observed_from.isoformat() for s in points if s.facts.observed_from],
        "y": [float(s.amount) for s in points if s.amount is not None],
        "text": [escape_plotly(s.facts.source[:80]) for s in points],
        "line": {"color": COLOURS[i], "width": 2, "shape": "hv", "dash": DASHES[i]},
        "marker": {"size": 8, "symbol": MARKERS[i], "color": COLOURS[i]},
        "hovertemplate": "%{x|%Y-%m-%d}: %{y:,.0f} €<br>%{text}<extra></extra>",
    }


def _price_row(seen: Seen) -> list[Markup | str]:
    facts = seen.facts
    sign = CURRENCY_SIGNS.get(facts.currency, facts.currency)
    asked = f"{grouped(seen.each, 0 if seen.each >= 100 else 2)}{THIN}{sign}"
    kind = (facts.price_kind or "").replace("-", " ")
    return [
        facts.observed_on or "undated",
        figure(seen.amount, "money", unit=False),
        Markup('{} <span class="u">{}</span>').format(asked, kind),
        _CONDITIONS.get(facts.condition, facts.condition or ""),
        facts.source,
    ]


def memory_chart(model: ModelFacts, memory: ModelMemory) -> Chart | None:
    """Weights and cache along the context, in three formats; None where the cache is unknown."""
    formats = [found for name in DRAWN if (found := memory.of(name)) is not None]
    if not formats or len(memory.contexts) < 2:
        return None
    x = [point.context_tokens for point in memory.contexts]
    lines = [[f.weights_gib + point.kv_gib for point in memory.contexts] for f in formats]
    data: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": found.quantization.name,
            "x": x,
            "y": line,
            "line": {"color": COLOURS[i], "width": 2, "dash": DASHES[i]},
            "marker": {"size": 7, "symbol": MARKERS[i], "color": COLOURS[i]},
            "hovertemplate": "%{x:,.0f} tokens: %{y:.3g} GiB<extra></extra>",
        }
        for i, (found, line) in enumerate(zip(formats, lines, strict=True))
    ]
    low, high = min(map(min, lines)) / 1.3, max(map(max, lines)) * 1.3
    ticks = [float(m) for m in _MARKS if low <= m <= high] or [round(low, 1), round(high, 1)]
    smallest = formats[-1]
    answer = _memory_answer(smallest.quantization.name, lines[-1], x)
    return Chart(
        id="chart-memory",
        question="How much memory does it take?",
        answer=answer,
        summary=f"{model.name}, weights and cache of one request. {answer}",
        spec={
            "data": data,
            "layout": plot_layout(
                plot_axis("context, tokens", type="log", tickangle=0, **_ticks(x)),
                plot_axis(
                    "GiB",
                    type="log",
                    range=[log10(low), log10(high)],
                    tickvals=ticks,
                    ticktext=[f"{t:g}" for t in ticks],
                ),
                showlegend=True,
                legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
            ),
        },
        headers=["Context", "KV cache, GiB", *(f"{f.quantization.name}, GiB" for f in formats)],
        rows=[
            [
                figure(point.context_tokens, "count"),
                figure(point.kv_gib, "plain"),
                *(figure(line[i], "one-decimal") for line in lines),
            ]
            for i, point in enumerate(memory.contexts)
        ],
    )


def _memory_answer(name: str, line: list[float], x: list[int]) -> str:
    usual = x.index(USUAL_CONTEXT) if USUAL_CONTEXT in x else 0
    return (
        f"At {name} it takes {gib(line[usual])} with {grouped(x[usual])} tokens of context and "
        f"{gib(line[-1])} with {grouped(x[-1])}; an engine takes some more for itself."
    )


def _ticks(x: list[int]) -> Spec:
    powers = [v for v in x if v & (v - 1) == 0] or x
    step = -(-len(powers) // 6)
    shown = powers[::step]
    return {"tickvals": shown, "ticktext": [f"{v / 1024:g}k" for v in shown]}


def size_sentence(memory: ModelMemory) -> str:
    """The sizes of the weights in the drawn formats, in one sentence."""
    sizes = [
        f"{text(found.weights_gib, 'gib')} at {found.quantization.name}"
        for name in DRAWN
        if (found := memory.of(name)) is not None
    ]
    return f"Weights: {listed(sizes)}." if sizes else "Nobody knows the size of its weights."

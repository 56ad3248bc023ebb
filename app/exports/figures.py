"""Every figure of an assessment that leaves the product, in one list: what it is, where, how much.

Report, CSV, spreadsheet and PDF read this list or make figures by the same path, so none of them
computes a number and none can name one differently.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from app.builds.assessment import Alternative, Assessment
from app.builds.styles import Value, dig, exact, in_words, text
from app.language.speaking import figure_in, said

#: Unit of the exact value behind each style; money is in the assessment's currency.
_UNITS = {
    "tps": "tok/s",
    "seconds": "s",
    "limit": "s",
    "limit-tps": "tok/s",
    "gib": "GiB",
    "gap": "GiB",
    "watts": "W",
    "kwh": "kWh",
    "percent": "share of 1",
    "count": "",
    "plain": "",
    "word": "",
}
_MONEY = frozenset({"money", "small-money"})
_ENDS = (("low", "low"), ("typical", "typical"), ("high", "high"))


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: its exact value, the path it stands at in the JSON answer, and how it reads."""

    section: str
    item: str
    label: str
    path: str
    style: str
    value: Value
    unit: str
    currency: str

    @property
    def shown(self) -> str:
        """As a reader of the language being spoken sees it: 24 tok/s."""
        return words_of(self.value, self.style, self.currency)

    @property
    def bare(self) -> str:
        """As a reader sees it, without its unit."""
        if self.value is None or isinstance(self.value, str):
            return self.shown
        return figure_in(in_words(self.value, self.style, self.currency)[0])

    @property
    def exact(self) -> str:
        """As the JSON answer spells it; nothing where it is unknown."""
        return "" if self.value is None else exact(self.value)


def words_of(value: Value, style: str, currency: str = "EUR") -> str:
    """A value as a reader of the language being spoken sees it; a word where it is none."""
    shown = text(value, style, currency=currency)
    return said(shown) if value is None or isinstance(value, str) else figure_in(shown)


class FigureMaker:
    """Makes figures of one assessment by their path, so that path and value cannot differ."""

    def __init__(self, assessment: Assessment) -> None:
        self._assessment = assessment
        self._currency = assessment.cost.currency

    def __call__(
        self, path: str, style: str, label: str = "", *, section: str = "", item: str = ""
    ) -> Figure:
        """The figure at ``path``; ``style`` is one of `app.builds.styles`, or ``word``."""
        unit = self._currency if style in _MONEY else _UNITS.get(style, "")
        value = dig(self._assessment, path)
        return Figure(section, item, label, path, style, value, unit, self._currency)


def figures_of(assessment: Assessment) -> list[Figure]:
    """All of them, in the order of the report; unknown ones are listed with no value."""
    return list(_figures(assessment))


def _figures(a: Assessment) -> Iterator[Figure]:
    f = FigureMaker(a)
    yield from _answer(f)
    for i in range(len(a.cost.lines)):
        yield from _bill_line(a, f, i)
    yield from _sums(f)
    if a.cost.tco is not None:
        yield from _years(a, f)
    for i in range(len(a.verdicts)):
        yield from _verdict(a, f, i)
    for i, pool in enumerate(a.fit.pools):
        for key in ("capacity", "weights", "kv", "overhead", "free"):
            label = {"kv": "KV cache", "overhead": "engine"}.get(key, key)
            path = f"fit.pools.{i}.{key}_gib"
            yield f(path, "gib", label, section="Memory", item=pool.name)
    if a.cost.break_even is not None:
        for i, other in enumerate(a.cost.break_even.alternatives):
            yield from _alternative(f, i, other)
    yield from _limits(f)


def _answer(f: FigureMaker) -> Iterator[Figure]:
    answer = "Answer"
    for key, style, item in (
        ("decode_tps", "tps", "Speed for each user"),
        ("decode_total_tps", "tps", "Speed of all requests together"),
        ("prefill_tps", "tps", "Speed of reading prompts"),
        ("ttft_s", "seconds", "First token"),
        ("total_s", "seconds", "Whole answer"),
    ):
        for end, label in _ENDS:
            yield f(f"speed.{key}.{end}", style, label, section=answer, item=item)
    yield f("speed.basis", "word", "basis", section=answer, item="Speed for each user")
    for path, style, item in (
        ("fit.required_gib", "gib", "Memory needed"),
        ("fit.available_gib", "gib", "Memory there"),
        ("fit.spare_gib", "gib", "Memory to spare"),
        ("fit.context_max_tokens", "count", "Longest context, tokens"),
        ("fit.concurrency_max", "count", "Most requests at once"),
        ("power.load_w", "watts", "Power under load"),
        ("power.idle_w", "watts", "Power when idle"),
    ):
        yield f(path, style, "typical", section=answer, item=item)


def _bill_line(a: Assessment, f: FigureMaker, i: int) -> Iterator[Figure]:
    bill, item = "Bill of materials", a.cost.lines[i].item
    path = f"cost.lines.{i}"
    yield f(f"{path}.quantity", "count", "number", section=bill, item=item)
    yield f(f"{path}.unit_price", "money", "each", section=bill, item=item)
    for end, label in _ENDS:
        yield f(f"{path}.{end}", "money", label, section=bill, item=item)


def _sums(f: FigureMaker) -> Iterator[Figure]:
    for end, label in _ENDS:
        yield f(f"cost.purchase.{end}", "money", label, section="Cost", item="Purchase")
    for path, style, item in (
        ("cost.energy_kwh_per_year", "kwh", "Energy a year"),
        ("cost.energy_per_year", "money", "Electricity bill a year"),
        ("cost.electricity_per_kwh", "money", "Price of a kWh"),
    ):
        yield f(path, style, "typical", section="Cost", item=item)
    for key, item in (
        ("cost_over_years", "Over the years asked for"),
        ("per_million_tokens", "A million generated tokens, all costs"),
    ):
        for end, label in _ENDS:
            yield f(f"cost.{key}.{end}", "small-money", label, section="Cost", item=item)


def _years(a: Assessment, f: FigureMaker) -> Iterator[Figure]:
    tco = a.cost.tco
    assert tco is not None  # noqa: S101  # asked by the caller
    rows = [(line.label, f"cost.tco.lines.{i}.amounts") for i, line in enumerate(tco.lines)]
    rows.append(("In all", "cost.tco.totals"))
    for item, path in rows:
        for j, years in enumerate(tco.years):
            for end, label in _ENDS:
                words = f"{years} {'year' if years == 1 else 'years'}, {label}"
                yield f(f"{path}.{j}.{end}", "money", words, section="Cost by years", item=item)


def _verdict(a: Assessment, f: FigureMaker, i: int) -> Iterator[Figure]:
    section, item = "Verdicts", a.verdicts[i].name
    path = f"verdicts.{i}"
    yield f(f"{path}.prompt_tokens", "count", "prompt tokens", section=section, item=item)
    yield f(f"{path}.generated_tokens", "count", "generated tokens", section=section, item=item)
    yield f(f"{path}.workflow_class", "word", "works as", section=section, item=item)
    yield f(f"{path}.mark", "word", "meets the limits", section=section, item=item)
    for key, style, name in (
        ("ttft_s", "seconds", "first token"),
        ("decode_tps", "tps", "speed"),
        ("total_s", "seconds", "in all"),
    ):
        for end, label in _ENDS:
            yield f(f"{path}.{key}.{end}", style, f"{name}, {label}", section=section, item=item)


def _alternative(f: FigureMaker, i: int, other: Alternative) -> Iterator[Figure]:
    section, path = "Against API and rent", f"cost.break_even.alternatives.{i}"
    item = f"{other.provider}: {other.offer}"
    for end, label in _ENDS:
        yield f(
            f"{path}.per_month.{end}",
            "small-money",
            f"a month, {label}",
            section=section,
            item=item,
        )
    for end, label in _ENDS:
        words = f"over the years, {label}"
        yield f(f"{path}.over_years.{end}", "small-money", words, section=section, item=item)


def _limits(f: FigureMaker) -> Iterator[Figure]:
    for key, style, item in (
        ("interactive_ttft_s", "limit", "Interactive: first token under"),
        ("interactive_decode_tps", "limit-tps", "Interactive: more than"),
        ("background_total_s", "limit", "Background: all within"),
        ("offline_total_s", "limit", "Off-line: all within"),
        ("mark_ttft_s", "limit", "Worth buying: first token within"),
        ("mark_decode_tps", "limit-tps", "Worth buying: at least"),
    ):
        yield f(f"limits.{key}", style, "limit", section="Limits", item=item)

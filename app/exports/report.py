"""The report as content: what stands on its two pages, in order, whatever writes them.

The page and the PDF both write this and nothing else. Every list is bounded, so that two pages hold
for any build; what is left out is said, and stands in the spreadsheet.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, get_args

from app.builds.assessment import Assessment, EvidenceRun, PurchaseLine
from app.builds.styles import limit, limit_tps, text
from app.builds.words import CURRENCY_SIGNS, THIN, grouped, listed
from app.exports.charts import Chart, charts_of
from app.exports.figures import Figure, FigureMaker
from app.exports.recommendation import Recommendation, asked_verdict, recommendation
from app.exports.safe import shortened
from app.exports.words import CLASS_WORDS, MARK_WORDS, VAT_WORDS

MOST_LINES: Final = 14
MOST_VERDICTS: Final = 6
MOST_YEAR_LINES: Final = 8
MOST_RISKS: Final = 7
MOST_ASSUMPTIONS: Final = 8
MOST_RUNS: Final = 3
MOST_SOURCES: Final = 12

Density = Literal["roomy", "usual", "snug", "dense", "tight"]


@dataclass(frozen=True, slots=True)
class Range:
    """A typical figure and, where they differ from it, the ends of its interval."""

    typical: Figure
    low: Figure
    high: Figure

    @property
    def spread(self) -> bool:
        """Whether there are ends worth showing."""
        ends = (self.low.value, self.high.value)
        return None not in ends and self.low.value != self.high.value

    @property
    def joint(self) -> str:
        """What stands between the ends: a dash, or a word where it would read as a minus."""
        high = self.high.value
        negative = isinstance(high, (int, float)) and high < 0
        return " to " if negative or str(high).startswith("-") else "–"


@dataclass(frozen=True, slots=True)
class BillRow:
    """One line of what is bought."""

    item: str
    quantity: Figure
    each: Figure | None
    together: Range | None
    seen: str
    terms: str
    old: bool
    source: int | None


@dataclass(frozen=True, slots=True)
class YearRow:
    label: str
    amounts: list[Range]
    old: bool


@dataclass(frozen=True, slots=True)
class VerdictRow:
    """One use case: class and mark as slugs and words, figures, and the rule that decided."""

    name: str
    about: str
    workflow_class: str
    class_words: str
    mark: str
    mark_words: str
    ttft: Range
    tps: Range
    total: Range
    runs: bool
    rule: str


@dataclass(frozen=True, slots=True)
class Risk:
    """What could go wrong: the level is problem, warning or note."""

    level: str
    words: str


@dataclass(frozen=True, slots=True)
class Run:
    """A measured run: how fast it was, and what differs."""

    what: str
    speed: Figure | None
    about: str


@dataclass(frozen=True, slots=True)
class Source:
    number: int
    words: str
    address: str
    """The full address where it is one; else empty."""


@dataclass(frozen=True, slots=True)
class Report:
    """Two pages."""

    assessment: Assessment
    title: str
    dated: str
    """Frozen on, or as of."""
    made: datetime
    address: str
    advice: Recommendation
    asked: str
    speed: Range
    wait: Range
    price: Range
    spare: Figure
    load: Figure
    audience: list[str]
    bill: list[BillRow]
    bill_notes: list[str]
    years: list[Figure]
    year_rows: list[YearRow]
    year_notes: list[str]
    money_facts: list[tuple[str, Figure]]
    verdicts: list[VerdictRow]
    rules: str
    charts: list[Chart]
    risks: list[Risk]
    assumptions: list[str]
    evidence: str
    runs: list[Run]
    sources: list[Source]
    more_sources: int
    versions: str

    @property
    def currency_sign(self) -> str:
        """The sign of the currency, or its code where it has none."""
        code = self.assessment.cost.currency
        return CURRENCY_SIGNS.get(code, code)

    @property
    def density(self) -> tuple[Density, Density]:
        """How small each page is set, from a count of its lines at the middle size."""
        first = sum(1 + len(row.item) // 34 for row in self.bill) + 2 * len(self.bill_notes)
        first += len(self.year_rows) + sum(1 + len(note) // 120 for note in self.year_notes)
        first += sum(max(2, 1 + len(row.rule) // 70) for row in self.verdicts)
        first += sum(1 + len(words) // 110 for words in self.audience)
        heights = [c.drawing.height + 45 for c in self.charts]
        rows = [max(heights[i : i + 2]) for i in range(0, len(heights), 2)]
        second = sum(rows) / 18 + 3 + sum(1 + len(risk.words) // 115 for risk in self.risks)
        second += sum(1 + len(words) // 58 for words in self.assumptions) / 2
        second += sum(2 + len(run.about) // 62 for run in self.runs) / 2
        second += sum(1 + len(s.words) // 60 for s in self.sources) / 2
        return _density(first, (31, 38, 45, 56)), _density(second, (40, 47, 57, 62))


def _density(lines: float, steps: tuple[int, int, int, int]) -> Density:
    sizes: tuple[Density, ...] = get_args(Density)
    return sizes[sum(lines > step for step in steps)]


class _Sources:
    """Numbers sources in the order in which they are first named."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def number(self, source: str | None) -> int | None:
        """The number of a source; None for none, and for those beyond the list."""
        if not source:
            return None
        number = self._numbers.setdefault(source, len(self._numbers) + 1)
        return number if number <= MOST_SOURCES else None

    def listed(self) -> list[Source]:
        return [
            Source(n, _source_words(words), words if _is_address(words) else "")
            for words, n in self._numbers.items()
            if n <= MOST_SOURCES
        ]

    def left_out(self) -> int:
        return max(0, len(self._numbers) - MOST_SOURCES)


def report_of(a: Assessment, made: datetime, *, frozen: bool, address: str = "") -> Report:
    """The content of the report; ``made`` is when the answer was given or frozen (UTC)."""
    f = FigureMaker(a)
    sources = _Sources()
    bill = [_bill_row(f, sources, i, line) for i, line in enumerate(a.cost.lines[:MOST_LINES])]
    years, year_rows = _years(a, f)
    sources.number(a.cost.electricity_source)
    for other in a.cost.break_even.alternatives if a.cost.break_even else []:
        sources.number(other.source)
    runs = [_run(f, i, run) for i, run in enumerate(a.evidence.runs[:MOST_RUNS])]
    for run in a.evidence.runs[:MOST_RUNS]:
        sources.number(run.source)
    day = f"{made.day} {made:%B %Y}"
    return Report(
        assessment=a,
        title=shortened(a.title, 130),
        dated=f"Frozen on {day}, {made:%H:%M} UTC" if frozen else f"As of {day}, not frozen",
        made=made,
        address=address,
        advice=_bounded(recommendation(a)),
        asked=_asked(a),
        speed=_range(f, "speed.decode_tps", "tps"),
        wait=_range(f, "speed.ttft_s", "seconds"),
        price=_range(f, "cost.purchase", "money"),
        spare=f("fit.spare_gib", "gib"),
        load=f("power.load_w", "watts"),
        audience=_audience(a),
        bill=bill,
        bill_notes=_bill_notes(a),
        years=years,
        year_rows=year_rows,
        year_notes=_year_notes(a),
        money_facts=_money_facts(a, f),
        verdicts=[_verdict(a, f, i) for i in range(min(len(a.verdicts), MOST_VERDICTS))],
        rules=_rules(a),
        charts=charts_of(a),
        risks=_risks(a),
        assumptions=_assumptions(a),
        evidence=shortened(_known(a), 360),
        runs=runs,
        sources=sources.listed(),
        more_sources=sources.left_out(),
        versions=(
            f"estimator {a.estimator_version} · calibration {a.calibration_version} · "
            f"catalogue {a.catalogue_revision}"
        ),
    )


def _bounded(found: Recommendation) -> Recommendation:
    return Recommendation(
        found.advice,
        shortened(found.headline, 60),
        shortened(found.sentence, 300),
        shortened(found.money, 220),
    )


def _range(f: FigureMaker, path: str, style: str) -> Range:
    typical, low, high = (f(f"{path}.{end}", style) for end in ("typical", "low", "high"))
    return Range(typical, low, high)


def _asked(a: Assessment) -> str:
    """For UC2, 4 096 → 256 tokens, one request at a time."""
    case, n = a.spec.workload.use_case, a.spec.workload.concurrency
    name = case.upper() if len(case) <= 4 else case
    prompt, generated = a.resolved.get("prompt_tokens"), a.resolved.get("generated_tokens")
    lengths = ""
    if isinstance(prompt, int) and isinstance(generated, int):
        lengths = f"{grouped(prompt)} → {grouped(generated)} tokens, "
    requests = "one request" if n == 1 else f"{grouped(n)} requests"
    return f"For {shortened(name, 40)}, {lengths}{requests} at a time"


def _audience(a: Assessment) -> list[str]:
    """Who it is for: the work, how many at once, how much of it."""
    verdict = asked_verdict(a)
    about = verdict.description if verdict is not None else None
    said = [f"{_asked(a)} ({shortened(about, 120)})." if about else f"{_asked(a)}."]
    most = a.fit.concurrency_max
    if a.fit.fits and most is not None:
        context = a.spec.deployment.context_tokens
        people = "request" if most == 1 else "requests"
        said.append(
            f"Its memory holds {grouped(most)} {people} at once, {grouped(context)} tokens each."
        )
    if a.cost.demand is not None:
        said.append(shortened(a.cost.demand.sentence, 160))
    return said


def _bill_row(f: FigureMaker, sources: _Sources, i: int, line: PurchaseLine) -> BillRow:
    path = f"cost.lines.{i}"
    included = line.basis == "included"
    together = None
    if not included:
        ends = (f(f"{path}.{end}", "money") for end in ("typical", "low", "high"))
        together = Range(*ends)
    return BillRow(
        item=shortened(line.item, 64),
        quantity=f(f"{path}.quantity", "count"),
        each=None if included else f(f"{path}.unit_price", "money"),
        together=together,
        seen="" if included or line.typical is None else _seen(line),
        terms="" if included else _terms(line),
        old=line.stale,
        source=sources.number(line.source),
    )


def _seen(line: PurchaseLine) -> str:
    if line.basis in ("quoted", "owned"):
        return line.basis
    return shortened(line.observed_on or "undated", 12)


def _terms(line: PurchaseLine) -> str:
    """Condition, region, VAT: new, US, before tax."""
    if line.typical is None:
        return "no price known"
    vat = VAT_WORDS[line.vat] if line.basis != "owned" else ""
    return shortened(", ".join(w for w in (line.condition, line.region, vat) if w), 34)


def _bill_notes(a: Assessment) -> list[str]:
    cost, notes = a.cost, []
    left_out = len(cost.lines) - MOST_LINES
    if left_out > 0:
        notes.append(f"{left_out} more lines stand in the spreadsheet; the sum counts them.")
    if cost.unpriced:
        names = shortened(listed(cost.unpriced), 120)
        notes.append(f"No price is known for {names}: the sum is a lower bound until a quote.")
    if cost.stale_prices:
        names = shortened(listed(cost.stale_prices), 120)
        notes.append(f"Old prices: {names}. The ranges are wider for it; a quote replaces them.")
    if not cost.lines:
        notes.append("No part has a price yet.")
    return notes


def _years(a: Assessment, f: FigureMaker) -> tuple[list[Figure], list[YearRow]]:
    tco = a.cost.tco
    if tco is None:
        return [], []
    rows = [
        (line.label, f"cost.tco.lines.{i}.amounts", line.stale)
        for i, line in enumerate(tco.lines[:MOST_YEAR_LINES])
    ]
    rows.append(("In all", "cost.tco.totals", False))
    years = [f(f"cost.tco.years.{j}", "count") for j in range(len(tco.years))]
    return years, [
        YearRow(
            shortened(label, 40),
            [_range(f, f"{path}.{j}", "money") for j in range(len(tco.years))],
            old,
        )
        for label, path, old in rows
    ]


def _year_notes(a: Assessment) -> list[str]:
    notes = []
    if a.cost.tco is not None and a.cost.tco.note:
        notes.append(shortened(a.cost.tco.note, 170))
    if a.cost.break_even is not None and a.cost.break_even.per_month.typical is not None:
        basis = "stated demand" if a.cost.break_even.basis == "stated demand" else "full use"
        notes.append(
            f"{shortened(a.cost.break_even.sentence, 210)} Counted at {basis}, without what the "
            "machine could still be sold for."
        )
    return notes


def _money_facts(a: Assessment, f: FigureMaker) -> list[tuple[str, Figure]]:
    """Running costs in figures; unknown ones are said as unknown."""
    facts = [
        ("Electricity a year", f("cost.energy_per_year", "money")),
        ("Energy a year", f("cost.energy_kwh_per_year", "kwh")),
        ("A kWh", f("cost.electricity_per_kwh", "money")),
    ]
    if a.cost.per_million_output is not None:
        facts.append(("A million tokens out", f("cost.per_million_output.typical", "small-money")))
    if a.cost.per_million_input is not None:
        facts.append(("A million tokens in", f("cost.per_million_input.typical", "small-money")))
    return facts


def _verdict(a: Assessment, f: FigureMaker, i: int) -> VerdictRow:
    v, path = a.verdicts[i], f"verdicts.{i}"
    return VerdictRow(
        name=shortened(v.name, 24),
        about=shortened(v.description or "", 70),
        workflow_class=v.workflow_class,
        class_words=CLASS_WORDS[v.workflow_class],
        mark=v.mark,
        mark_words=MARK_WORDS[v.mark],
        ttft=_range(f, f"{path}.ttft_s", "seconds"),
        tps=_range(f, f"{path}.decode_tps", "tps"),
        total=_range(f, f"{path}.total_s", "seconds"),
        runs=not (v.workflow_class == "non-viable" and v.ttft_s.typical is None),
        rule=shortened(v.rule, 210),
    )


def _rules(a: Assessment) -> str:
    """The limits behind class and mark, as they were set."""
    found = a.limits
    wait, speed = THIN.join(limit(found.interactive_ttft_s)), _tps(found.interactive_decode_tps)
    soon, whole = THIN.join(limit(found.background_total_s)), found.offline_total_s
    return (
        f"Interactive: first token under {wait} and more than {speed}. Background: all within "
        f"{soon}. Off-line: within {THIN.join(limit(whole))}. Meets: first token within "
        f"{THIN.join(limit(found.mark_ttft_s))} and {_tps(found.mark_decode_tps)} even at the "
        "slow end of the interval; open: the limit lies inside it."
    )


def _tps(value: float) -> str:
    return THIN.join(limit_tps(value))


def _risks(a: Assessment) -> list[Risk]:
    """Problems first, then what the slow end means, then warnings, then notes."""
    said = {level: _checks(a, level) for level in ("problem", "warning", "note")}
    middle = [*_slow_end(a), *_thin_basis(a)]
    every = [*said["problem"], *middle, *said["warning"], *said["note"]]
    found = [risk for level in said for risk in every if risk.level == level]
    if len(found) <= MOST_RISKS:
        return found
    left_out = len(found) - MOST_RISKS + 1
    return [*found[: MOST_RISKS - 1], Risk("note", f"{left_out} more stand with the full answer.")]


def _checks(a: Assessment, level: str) -> list[Risk]:
    return [
        Risk(level, shortened(f"{c.message} {c.fix}" if c.fix else c.message, 250))
        for c in a.checks
        if c.level == level
    ]


def _slow_end(a: Assessment) -> list[Risk]:
    speed, wait = a.speed.decode_tps.low, a.speed.ttft_s.high
    if speed is None or wait is None:
        return []
    verdict = asked_verdict(a)
    mark = verdict.mark if verdict is not None else "unknown"
    after = {
        "yes": "which still meets the limits",
        "no": "and the limits are missed even at the fast end",
        "maybe": "which misses the limits: measure before you rely on it",
    }.get(mark, "and whether that will do is open")
    words = (
        f"At the slow end of the interval it writes {text(speed, 'tps')} and begins after "
        f"{text(wait, 'seconds')}, {after}. One machine in ten may be slower still."
    )
    return [Risk("note" if mark == "yes" else "warning", words)]


def _thin_basis(a: Assessment) -> list[Risk]:
    found = []
    if a.speed.basis == "theoretical":
        words = "No run of this kind of machine was ever measured: the speed is physics alone."
        found.append(Risk("warning", words))
    if a.cost.unpriced:
        names = shortened(listed(a.cost.unpriced), 140)
        found.append(Risk("warning", f"The purchase costs more than stated: {names} has no price."))
    if a.cost.stale_prices:
        n = len(a.cost.stale_prices)
        words = "one price is" if n == 1 else f"{n} prices are"
        found.append(Risk("note", f"The sum may have moved: {words} old or undated."))
    return found


def _assumptions(a: Assessment) -> list[str]:
    said = [_running(a), *a.cost.assumptions]
    if a.cost.exchange_note:
        said.append(a.cost.exchange_note)
    own = [i.label for i in a.inputs if i.origin == "user"]
    if own:
        said.append(f"Figures of your own: {listed(list(dict.fromkeys(own)))}.")
    bounded = [shortened(s, 230) for s in said if s]
    left_out = len(bounded) - MOST_ASSUMPTIONS
    if left_out > 0:
        bounded = bounded[: MOST_ASSUMPTIONS - 1]
        bounded.append(f"{left_out + 1} more stand in the spreadsheet.")
    return bounded


def _running(a: Assessment) -> str:
    """What runs and how: model, engine, placement, context, hours."""
    engine = a.resolved.get("engine") or a.spec.deployment.engine or "no engine"
    where = f", {a.fit.placement_label}" if a.fit.placement_label else ""
    hours = f"{a.spec.economics.hours_per_day:g}"
    return (
        f"Runs under {engine}{where}, with {grouped(a.spec.deployment.context_tokens)} tokens of "
        f"context; {hours} hours a day under load."
    )


def _known(a: Assessment) -> str:
    """What the speed rests on and what was measured, each said once."""
    said = a.speed.basis_sentence
    for sentence in (a.evidence.own, a.evidence.sentence):
        if sentence and sentence not in said:
            said = f"{said} {sentence}"
    return said


def _run(f: FigureMaker, i: int, run: EvidenceRun) -> Run:
    what = f"{run.hardware} · {run.model} {run.quantization}"
    speed = f(f"evidence.runs.{i}.decode_tps", "tps") if run.decode_tps is not None else None
    about = [run.engine, run.observed_on or "undated", *run.differs]
    return Run(shortened(what, 80), speed, shortened("; ".join(about), 130))


def _is_address(words: str) -> bool:
    return words.startswith(("https://", "http://")) and not any(c in words for c in ' "<>\\')


def _source_words(words: str) -> str:
    """As much of a source as a line holds; an address without its scheme."""
    for scheme in ("https://www.", "http://www.", "https://", "http://"):
        words = words.removeprefix(scheme)
    return shortened(words, 84)

"""What a report holds, piece by piece: sentences in its language, figures by their path."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from app.builds.assessment import Assessment
from app.builds.words import CURRENCY_SIGNS
from app.exports.charts import Chart
from app.exports.figures import Figure, FigureMaker
from app.exports.report.recommendation import Recommendation
from app.language.languages import Language
from app.language.speaking import said

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
        return said(" to " if negative or str(high).startswith("-") else "–")


def range_of(f: FigureMaker, path: str, style: str) -> Range:
    """The range at a path."""
    typical, low, high = (f(f"{path}.{end}", style) for end in ("typical", "low", "high"))
    return Range(typical, low, high)


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

    @property
    def lines(self) -> int:
        """How many its longest cell takes at the middle size."""
        cells = ((self.item, 34), (self.terms, 24), (self.seen + "⚠ …" * self.old, 17))
        return max(1 + len(words) // room for words, room in cells)


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
    """Two pages, in one language."""

    language: Language
    assessment: Assessment
    title: str
    dated: str
    """Frozen on, or as of."""
    made: datetime
    address: str
    advice: Recommendation
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
        first = sum(row.lines for row in self.bill) + 2 * len(self.bill_notes)
        first += len(self.advice.sentence + self.advice.money) // 230
        first += sum(1 + len(row.label) // 26 for row in self.year_rows) + sum(
            1 + len(note) // 120 for note in self.year_notes
        )
        first += sum(max(2, 1 + len(row.rule) // 70) for row in self.verdicts)
        first += sum(1 + len(words) // 110 for words in self.audience)
        heights = [c.drawing.height + 45 for c in self.charts]
        rows = [max(heights[i : i + 2]) for i in range(0, len(heights), 2)]
        second = sum(rows) / 18 + 3 + sum(1 + len(risk.words) // 115 for risk in self.risks)
        second += sum(1 + len(words) // 58 for words in self.assumptions) / 2
        second += sum(2 + len(run.about) // 62 for run in self.runs) / 2
        second += sum(1 + len(s.words) // 60 for s in self.sources) / 2
        # sentences that are longer in other languages than in English, beyond their usual lines
        second += max(0, len(self.rules) - 250) / 60 + max(0, len(self.evidence) - 120) / 90
        return _density(first, (31, 39, 50, 58)), _density(second, (40, 47, 56, 62))


def _density(lines: float, steps: tuple[int, int, int, int]) -> Density:
    sizes: tuple[Density, ...] = get_args(Density)
    return sizes[sum(lines > step for step in steps)]

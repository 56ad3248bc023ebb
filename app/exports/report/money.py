"""What is bought and what it costs over the years."""

from typing import Final

from app.builds.assessment import Assessment, PurchaseLine
from app.builds.words import listed
from app.exports.figures import Figure, FigureMaker
from app.exports.report.content import BillRow, Range, YearRow, range_of
from app.exports.report.sources import Numbered
from app.exports.safe import shortened
from app.exports.words import VAT_WORDS, cut
from app.language.speaking import AsIs, said

MOST_LINES: Final = 14
MOST_YEAR_LINES: Final = 8


def bill_row(f: FigureMaker, sources: Numbered, i: int, line: PurchaseLine) -> BillRow:
    """One line of the bill; its source gets a number."""
    path = f"cost.lines.{i}"
    included = line.basis == "included"
    together = None
    if not included:
        ends = (f(f"{path}.{end}", "money") for end in ("typical", "low", "high"))
        together = Range(*ends)
    return BillRow(
        item=cut(line.item, 64),
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
        return said(line.basis)
    return cut(line.observed_on or "undated", 12)


def _terms(line: PurchaseLine) -> str:
    """Condition, region, VAT: new, US, before tax."""
    if line.typical is None:
        return said("no price known")
    vat = VAT_WORDS[line.vat] if line.basis != "owned" else ""
    return cut(", ".join(w for w in (line.condition, line.region, vat) if w), 34)


def bill_notes(a: Assessment) -> list[str]:
    """What is left out, without a price, or old."""
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
    return [said(note) for note in notes]


def years_of(a: Assessment, f: FigureMaker) -> tuple[list[Figure], list[YearRow]]:
    """How many years, and what each kind of cost comes to over them; empty where not counted."""
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
            cut(label, 40),
            [range_of(f, f"{path}.{j}", "money") for j in range(len(tco.years))],
            old,
        )
        for label, path, old in rows
    ]


def year_notes(a: Assessment) -> list[str]:
    """How the years are counted, and what else would cost as much."""
    notes = []
    if a.cost.tco is not None and a.cost.tco.note:
        notes.append(cut(a.cost.tco.note, 170))
    if a.cost.break_even is not None and a.cost.break_even.per_month.typical is not None:
        basis = "stated demand" if a.cost.break_even.basis == "stated demand" else "full use"
        counted = said(f"Counted at {basis}, without what the machine could still be sold for.")
        notes.append(AsIs(f"{cut(a.cost.break_even.sentence, 210)} {counted}"))
    return notes


def money_facts(a: Assessment, f: FigureMaker) -> list[tuple[str, Figure]]:
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
    return [(said(label), figure) for label, figure in facts]

"""An assessment as a spreadsheet: numbers as numbers, each with its unit, nothing that runs.

Words are in the reader's language; numbers have none until a program shows them. Paths stay what
they are in the JSON answer.
"""

import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

import xlsxwriter  # type: ignore[import-untyped]
from xlsxwriter.workbook import Workbook  # type: ignore[import-untyped]

from app.builds.assessment import Assessment
from app.builds.styles import Value
from app.exports.figures import Figure, figures_of
from app.exports.safe import clean
from app.exports.words import CLASS_WORDS, MARK_WORDS, VAT_WORDS
from app.language.languages import Language
from app.language.speaking import AsIs, said, speaking

#: Text cells are written as text, so that nothing is ever read as a formula or a link.
_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_FORMATS = {
    "money": "#,##0.00",
    "small-money": "#,##0.00##",
    "tps": "#,##0.0#",
    "seconds": "#,##0.0##",
    "gib": "#,##0.0",
    "percent": "0 %",
    "watts": "#,##0",
    "kwh": "#,##0",
}
Cell = Value | Figure
#: What spreadsheet programs allow as the name of a sheet.
_LONGEST_NAME = 31


class _Sheet:
    """One sheet, written from the top."""

    def __init__(self, book: Workbook, formats: dict[str, object], name: str) -> None:
        self._sheet = book.add_worksheet(said(name)[:_LONGEST_NAME])
        self._formats = formats
        self._row = 0
        self._sheet.hide_gridlines(2)
        self._sheet.set_paper(9)
        self._sheet.fit_to_pages(1, 0)
        self._sheet.set_landscape()

    def columns(self, headers: Sequence[str], widths: Sequence[float]) -> None:
        for i, width in enumerate(widths):
            self._sheet.set_column(i, i, width)
        for i, header in enumerate(headers):
            self._sheet.write_string(self._row, i, said(header), self._formats["head"])
        self._row += 1
        self._sheet.freeze_panes(self._row, 0)

    def heading(self, words: str, style: str = "title") -> None:
        self._sheet.write_string(self._row, 0, clean(said(words)), self._formats[style])
        self._row += 1

    def row(self, cells: Iterable[Cell]) -> None:
        for i, found in enumerate(cells):
            self._write(i, found)
        self._row += 1

    def _write(self, column: int, found: Cell) -> None:
        style = found.style if isinstance(found, Figure) else "plain"
        value = found.value if isinstance(found, Figure) else found
        if isinstance(value, (int, float, Decimal)):
            form = self._formats.get(style, self._formats["plain"])
            self._sheet.write_number(self._row, column, float(value), form)
        elif value is not None:
            self._sheet.write_string(self._row, column, clean(said(value)), self._formats["text"])


def xlsx_of(assessment: Assessment, made: datetime, language: Language = "en") -> bytes:
    """The workbook; ``made`` is its date, so the same assessment gives the same bytes."""
    with speaking(language):
        return _workbook(assessment, made)


def _workbook(assessment: Assessment, made: datetime) -> bytes:
    written = io.BytesIO()
    book = xlsxwriter.Workbook(written, _OPTIONS)
    book.set_properties(
        {
            "title": clean(said(assessment.title)),
            "author": "Rigwise",
            "created": made.replace(tzinfo=None, microsecond=0),
        }
    )
    formats = _formats(book)
    figures = figures_of(assessment)
    _summary(_Sheet(book, formats, "Summary"), assessment, figures, made)
    _bill(_Sheet(book, formats, "Bill"), assessment, figures)
    _verdicts(_Sheet(book, formats, "Verdicts"), assessment, figures)
    _assumptions(_Sheet(book, formats, "Assumptions"), assessment)
    _sources(_Sheet(book, formats, "Sources"), assessment)
    book.close()
    return written.getvalue()


def _formats(book: Workbook) -> dict[str, object]:
    made = {
        style: book.add_format({"num_format": form, "valign": "top"})
        for style, form in _FORMATS.items()
    }
    made["plain"] = book.add_format({"valign": "top"})
    made["text"] = book.add_format({"text_wrap": True, "valign": "top"})
    made["title"] = book.add_format({"bold": True, "font_size": 14})
    made["note"] = book.add_format({"font_color": "#5A5F68"})
    made["head"] = book.add_format({"bold": True, "bottom": 1, "font_color": "#0B5F60"})
    return made


def _summary(sheet: _Sheet, a: Assessment, figures: list[Figure], made: datetime) -> None:
    sheet.heading(a.title)
    versions = f"estimator {a.estimator_version}, calibration {a.calibration_version}"
    sheet.heading(f"As of {made:%Y-%m-%d %H:%M} UTC; {versions}", "note")
    sheet.columns(("Section", "Item", "Figure", "Value", "Unit", "Path"), (22, 44, 18, 16, 12, 44))
    for f in figures:
        if f.section not in ("Bill of materials", "Verdicts"):
            sheet.row([f.section, f.item, f.label, f, f.unit, AsIs(f.path)])


def _bill(sheet: _Sheet, a: Assessment, figures: list[Figure]) -> None:
    by_path = {f.path: f for f in figures}
    headers = ("Part", "Number", "Each", "Low", "Together", "High", "Currency", "Condition")
    more = ("Seen on", "Age, days", "VAT", "Region", "Old price", "Basis", "Note", "Source")
    widths = (44, 8, 14, 14, 14, 14, 9, 10, 12, 9, 14, 8, 10, 12, 40, 60)
    sheet.columns((*headers, *more), widths)
    for i, line in enumerate(a.cost.lines):
        keys = ("quantity", "unit_price", "low", "typical", "high")
        amounts = [by_path[f"cost.lines.{i}.{key}"] for key in keys]
        old = "old price" if line.stale else ""
        words = [line.condition, line.observed_on, line.age_days, VAT_WORDS[line.vat], line.region]
        rest = [old, line.basis, line.note, line.source]
        sheet.row([line.item, *amounts, a.cost.currency, *words, *rest])
    ends = [by_path[f"cost.purchase.{end}"] for end in ("low", "typical", "high")]
    together = "Together" if a.cost.complete else "Together, at least: a price is missing"
    sheet.row([together, None, None, *ends, a.cost.currency])


def _verdicts(sheet: _Sheet, a: Assessment, figures: list[Figure]) -> None:
    by_path = {f.path: f for f in figures}
    keys = ("ttft_s", "decode_tps", "total_s")
    headers = ("Use", "What", "Prompt tokens", "Generated tokens", "Works as", "Limits")
    ends = [
        f"{name}, {end}"
        for name in ("First token s", "Speed tok/s", "In all s")
        for end in ("low", "typical", "high")
    ]
    sheet.columns((*headers, *ends, "Rule"), (10, 44, 10, 10, 14, 10, *[12] * 9, 80))
    for i, v in enumerate(a.verdicts):
        path = f"verdicts.{i}"
        lengths = [by_path[f"{path}.prompt_tokens"], by_path[f"{path}.generated_tokens"]]
        spans = [
            by_path[f"{path}.{key}.{end}"] for key in keys for end in ("low", "typical", "high")
        ]
        words = [CLASS_WORDS[v.workflow_class], MARK_WORDS[v.mark]]
        sheet.row([v.name, v.description, *lengths, *words, *spans, v.rule])


def _assumptions(sheet: _Sheet, a: Assessment) -> None:
    sheet.columns(("What", "Value", "Unit", "From", "Source"), (48, 24, 14, 12, 80))
    for i in a.inputs:
        sheet.row([i.label, i.value, i.unit, i.origin, i.source])
    for sentence in a.cost.assumptions:
        sheet.row([sentence])
    if a.cost.exchange_note:
        sheet.row([a.cost.exchange_note])


def _sources(sheet: _Sheet, a: Assessment) -> None:
    sheet.columns(("What", "Source", "Seen on"), (48, 100, 14))
    for line in a.cost.lines:
        sheet.row([f"Price of {line.item}", line.source or "not stated", line.observed_on])
    sheet.row(["Electricity", a.cost.electricity_source, None])
    sheet.row(["Power", a.power.source, None])
    for run in a.evidence.runs:
        name = f"Measured run: {run.hardware}, {run.model} {run.quantization}, {run.engine}"
        sheet.row([name, run.source, run.observed_on])
    others = a.cost.break_even.alternatives if a.cost.break_even else []
    for other in others:
        sheet.row([f"{other.provider}: {other.offer}", other.source, other.observed_on])

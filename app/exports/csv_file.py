"""The figures of an assessment as CSV: one a row, the exact value, its unit and its path."""

import csv
import io
from collections.abc import Iterable, Sequence

from app.advisor.changes.comparison import Comparison
from app.builds.assessment import Assessment
from app.builds.styles import Value, exact
from app.exports.figures import Figure, figures_of
from app.exports.safe import cell

HEADERS = (
    "section",
    "item",
    "figure",
    "value",
    "unit",
    "condition",
    "seen on",
    "VAT",
    "old price",
    "source",
    "path",
)


def csv_of(assessment: Assessment) -> bytes:
    """UTF-8 with the mark by which spreadsheet programs know it."""
    return table([HEADERS, *(_row(assessment, f) for f in figures_of(assessment))])


def comparison_csv(comparison: Comparison) -> bytes:
    """Builds side by side: a row for each figure, a column for each build."""
    titles = [
        cell(f"{letter}: {found.title}")
        for letter, found in zip(comparison.letters, comparison.assessments, strict=True)
    ]
    rows = [("section", "figure", "unit", *titles, "path")]
    for row in comparison.rows:
        values = [_value(value, row.lower_bound[i]) for i, value in enumerate(row.values)]
        rows.append((row.group, cell(row.label), row.unit or "", *values, row.key))
    return table(rows)


def _value(value: Value, at_least: bool) -> str:
    """As the JSON answer spells it; a sum that lacks a price is said to be one."""
    if value is None:
        return ""
    if isinstance(value, str):
        return cell(value)
    return f"at least {exact(value)}" if at_least else exact(value)


def table(rows: Iterable[Sequence[str]]) -> bytes:
    """Rows of cells that were made safe already."""
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerows(rows)
    return written.getvalue().encode("utf-8-sig")


def _row(a: Assessment, f: Figure) -> list[str]:
    value = cell(f.exact) if isinstance(f.value, str) else f.exact
    first = [cell(f.section), cell(f.item), cell(f.label), value, cell(f.unit)]
    return [*first, *_origin(a, f), f.path]


def _origin(a: Assessment, f: Figure) -> list[str]:
    """Where a price of the bill comes from; empty for figures that are computed."""
    parts = f.path.split(".")
    if parts[:2] != ["cost", "lines"]:
        return [""] * 5
    line = a.cost.lines[int(parts[2])]
    words = [line.condition or "", line.observed_on or "", line.vat, "yes" if line.stale else ""]
    return [cell(word) for word in [*words, line.source or ""]]

"""The report as a PDF: two A4 pages, text that can be selected, charts as vectors."""

from collections.abc import Callable
from functools import partial
from typing import Final

from app.exports.drawing import Role
from app.exports.figures import Figure
from app.exports.paper import BOTTOM, LEFT, RIGHT, WIDTH, Cell, Column, Paper, Text
from app.exports.report.content import BillRow, Range, Report, Risk, Run, VerdictRow, YearRow
from app.exports.safe import shortened
from app.exports.words import TRUST
from app.language.speaking import said, speaking

#: Sizes tried for a page, largest first, until what stands on it fits.
_SCALES: Final = (1.0, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7)
_LOWEST: Final = BOTTOM - 6
_BODY, _SMALL, _TINY = 8.2, 7.2, 6.6
_CLASS_ROLES: Final[dict[str, Role]] = {
    "interactive": "interactive",
    "background": "background",
    "off-line": "offline",
    "non-viable": "nonviable",
}
_RISK_SIGNS: Final[dict[str, tuple[str, Role]]] = {
    "problem": ("✗", "nonviable"),
    "warning": ("⚠", "offline"),
    "note": ("·", "muted"),
}
_DASH: Final = Text("–", role="muted")
_MARKS: Final = {"yes": "✓", "no": "✗", "maybe": "?", "unknown": "?"}
_ADVICE_ROLES: Final[dict[str, Role]] = {
    "yes": "interactive",
    "maybe": "offline",
    "no": "nonviable",
    "unknown": "unknown",
}


def pdf_of(report: Report) -> bytes:
    """The document in the report's language.

    Its date is the report's, so the same report gives the same bytes.
    """
    with speaking(report.language):
        return _document(report)


def _document(report: Report) -> bytes:
    paper = Paper(report.title, report.made, report.language)
    pages = (_first_page, _second_page)
    scales = [_fitting(paper, partial(write, paper, report)) for write in pages]
    for number, (write, scale) in enumerate(zip(pages, scales, strict=True), start=1):
        paper.page(scale)
        write(paper, report)
        _foot(paper, report, number)
    return paper.bytes()


def _fitting(paper: Paper, write: Callable[[], None]) -> float:
    """The largest size at which a page holds its content."""
    fits = (scale for scale in _SCALES if paper.end_of(write, scale) <= _LOWEST)
    return next(fits, _SCALES[-1])


def _first_page(paper: Paper, r: Report) -> None:
    _head(paper, said("Purchase memo"), r.dated)
    paper.text(Text(r.title, bold=True), 14)
    paper.gap(2)
    _advice(paper, r)
    _headline(paper, r)
    paper.text(Text(" ".join(r.audience)), _BODY)
    _heading(paper, "What is bought")
    _bill(paper, r)
    _heading(paper, "What it costs over the years")
    _years(paper, r)
    _heading(paper, "What it is good for")
    _verdicts(paper, r.verdicts)


def _second_page(paper: Paper, r: Report) -> None:
    _head(paper, shortened(r.title, 100), "")
    if r.charts:
        _heading(paper, "Why")
        _charts(paper, r)
        paper.gap(1)
        words = f"{r.rules} {said('Whiskers and ranges are 80 % intervals.')}"
        paper.text(Text(words, role="muted"), _TINY)
    _heading(paper, "What could go wrong")
    _risks(paper, r.risks)
    _heading(paper, "What is assumed")
    paper.columns([(_DASH, [Text(words)]) for words in r.assumptions], _SMALL)
    _heading(paper, "How well it is known")
    paper.text(Text(f"{TRUST[r.assessment.speed.basis]} {r.evidence}"), _SMALL)
    paper.gap(0.8)
    runs = [(_DASH, _run(run)) for run in r.runs]
    paper.columns(runs, _TINY)
    if r.sources:
        _heading(paper, "Sources")
        sources = [
            (Text(str(s.number)), [Text(s.words, role="muted", address=s.address)])
            for s in r.sources
        ]
        if r.more_sources:
            words = said(f"{r.more_sources} more stand in the spreadsheet.")
            sources.append((_DASH, [Text(words, role="muted")]))
        paper.columns(sources, _TINY, between=0.3)
    paper.gap(2)
    closing = said("Figures are those of the answer as it was given; none was computed again.")
    paper.text(Text(f"{r.dated} · {r.versions}. {closing}", role="muted"), _TINY)


def _run(run: Run) -> list[Text]:
    speed = run.speed.shown if run.speed is not None else said("no speed of writing stated")
    return [Text(f"{run.what}: {speed}"), Text(run.about, role="muted")]


def _head(paper: Paper, left: str, right: str) -> None:
    paper.at(Text(left, bold=True), _SMALL, LEFT, paper.y)
    paper.at(Text(right, role="muted"), _SMALL, RIGHT, paper.y, right=True)
    paper.gap(4.4)
    paper.rule("accent", 0.6)
    paper.gap(3)


def _foot(paper: Paper, r: Report, number: int) -> None:
    paper.scale, paper.y = 1.0, BOTTOM - 2.5
    paper.rule()
    paper.gap(1)
    paper.at(Text(f"Rigwise · {r.dated}", role="muted"), 6, LEFT, paper.y)
    shown = r.address if len(r.address) <= 90 else f"{r.address[:89]}…"
    middle = LEFT + WIDTH / 2 - paper.width_of(shown, 6) / 2
    paper.at(Text(shown, role="muted", address=r.address), 6, middle, paper.y)
    paper.at(Text(said(f"{number} of 2"), role="muted"), 6, RIGHT, paper.y, right=True)


def _heading(paper: Paper, words: str) -> None:
    paper.gap(3.2)
    paper.text(Text(said(words), bold=True), 9.4)
    paper.gap(0.6)


def _advice(paper: Paper, r: Report) -> None:
    top = paper.y
    paper.text(Text(r.advice.headline, bold=True), 11.5, LEFT + 4, WIDTH - 4)
    paper.gap(0.4)
    paper.text(Text(f"{r.advice.sentence} {r.advice.money}"), _BODY, LEFT + 4, WIDTH - 4)
    paper.edge(_ADVICE_ROLES[r.advice.advice], top, 1.2)
    paper.gap(3)


def _headline(paper: Paper, r: Report) -> None:
    a = r.assessment
    speed = said("does not run" if a.fit.fits is False else "unknown")
    speed = r.speed.typical.shown if r.speed.typical.value is not None else speed
    wait = r.wait.typical.shown if r.wait.typical.value is not None else said("none")
    spare = said(f"{r.spare.shown} spare" if r.spare.value is not None else "fits")
    memory = {None: said("unknown"), False: said("does not fit"), True: spare}[a.fit.fits]
    basis = "no estimate" if a.speed.basis == "unknown" else a.speed.basis
    entries = [
        ("Speed", speed, r.speed),
        ("First token", wait, r.wait),
        ("To buy" if a.cost.complete else "To buy, at least", r.price.typical.shown, r.price),
        ("Memory", memory, None),
        ("Under load", r.load.shown, None),
        ("Basis", f"{TRUST[a.speed.basis]} {said(basis)}", None),
    ]
    paper.rule()
    cells = [
        [
            Text(said(name), role="muted"),
            Text(value, bold=True),
            Text(_ends(found) if found is not None else "", role="muted"),
        ]
        for name, value, found in entries
    ]
    paper.row([Column(WIDTH / 6)] * 6, cells, _BODY, pad=1.4)
    paper.gap(2)


def _ends(found: Range) -> str:
    return f"{found.low.bare}{found.joint}{found.high.bare}" if found.spread else ""


def _shown(found: Figure | None) -> Text:
    return Text("" if found is None else found.shown)


_BILL: Final = (
    Column(45),
    Column(8, right=True),
    Column(19.5, right=True),
    Column(20.5, right=True),
    Column(25, right=True),
    Column(29.5, indent=2),
    Column(27.5),
    Column(7, right=True),
)


def _bill(paper: Paper, r: Report) -> None:
    heads = ("Part", "No.", "Each", "Together", "Range", "Seen on", "Terms", "[n]")
    paper.row(_BILL, [Text(said(h), role="muted") for h in heads], _TINY)
    for i, line in enumerate(r.bill):
        last = i == len(r.bill) - 1
        paper.row(_BILL, _bill_cells(line), _SMALL, under="unknown" if last else "grid")
    together = "Together" if r.assessment.cost.complete else "Together, at least"
    blank = Text("")
    total = [Text(said(together), bold=True), blank, blank, Text(r.price.typical.shown, bold=True)]
    paper.row(
        _BILL,
        [*total, Text(_ends(r.price), role="muted"), blank, blank, blank],
        _SMALL,
        under=None,
    )
    for note in r.bill_notes:
        paper.text(Text(note, role="muted"), _TINY)


def _bill_cells(line: BillRow) -> list[Text]:
    together = Text(said("included")) if line.together is None else _shown(line.together.typical)
    ends = "" if line.together is None else _ends(line.together)
    seen = f"{line.seen} ⚠ {said('old')}" if line.old else line.seen
    number = f"[{line.source}]" if line.source else ""
    first = [Text(line.item), _shown(line.quantity), _shown(line.each), together]
    last = [Text(seen), Text(line.terms), Text(number, role="muted")]
    return [*first, Text(ends, role="muted"), *last]


def _years(paper: Paper, r: Report) -> None:
    if r.years:
        each = (WIDTH - 40) / len(r.years)
        share = Column(each * 0.45, right=True), Column(each * 0.55, right=True)
        size = _TINY if len(r.years) > 3 else _SMALL
        columns = [Column(40), *(share * len(r.years))]
        heads: list[Cell] = [Text(said(f"Cost in {r.currency_sign}"), role="muted")]
        for n in r.years:
            words = f"{n.bare} {said('year' if n.value == 1 else 'years')}"
            heads += [Text(words, role="muted"), Text(said("range"), role="muted")]
        paper.row(columns, heads, _TINY)
        for i, row in enumerate(r.year_rows):
            total, before = i == len(r.year_rows) - 1, i == len(r.year_rows) - 2
            under: Role | None = None if total else "unknown" if before else "grid"
            paper.row(columns, _year_cells(row, total=total), size, under=under)
    facts = " · ".join(f"{label} {found.shown}" for label, found in r.money_facts)
    paper.gap(0.6)
    paper.text(Text(facts), _TINY)
    for note in r.year_notes:
        paper.text(Text(note, role="muted"), _TINY)


def _year_cells(row: YearRow, *, total: bool) -> list[Text]:
    cells = [Text(f"{row.label} ⚠ {said('old')}" if row.old else row.label, bold=total)]
    for amount in row.amounts:
        cells += [Text(amount.typical.bare, bold=total), Text(_ends(amount), role="muted")]
    return cells


_VERDICTS: Final = (
    Column(23, indent=2.4),
    Column(21),
    Column(16),
    Column(19, right=True),
    Column(19, right=True),
    Column(19, right=True),
    Column(65, indent=2.5),
)


def _verdicts(paper: Paper, rows: list[VerdictRow]) -> None:
    heads = (
        "Use",
        "Works as",
        "Limits",
        "First token",
        "Speed",
        "In all",
        "The rule that decided",
    )
    paper.row(_VERDICTS, [Text(said(h), role="muted") for h in heads], _TINY)
    for row in rows:
        marks = Text(f"{_MARKS[row.mark]} {row.mark_words}")
        cells: list[Cell] = [
            Text(row.name, bold=True),
            Text(row.class_words),
            marks,
            *(_verdict_figure(found, row) for found in (row.ttft, row.tps, row.total)),
            Text(row.rule, role="muted"),
        ]
        edge = _CLASS_ROLES.get(row.workflow_class, "unknown")
        paper.row(_VERDICTS, cells, _TINY, edge=edge)


def _verdict_figure(found: Range, row: VerdictRow) -> list[Text]:
    if not row.runs:
        return [Text("–")]
    return [Text(found.typical.shown), Text(_ends(found), role="muted")]


def _charts(paper: Paper, r: Report) -> None:
    width = (WIDTH - 10) / 2
    for i in range(0, len(r.charts), 2):
        pair = r.charts[i : i + 2]
        top = lowest = paper.y
        for c, chart in enumerate(pair):
            paper.y = top
            x = LEFT + c * (width + 10)
            paper.text(Text(chart.question, bold=True), _SMALL, x, width)
            paper.text(Text(chart.answer, role="muted"), _TINY, x, width)
            lowest = max(lowest, paper.y)
        paper.y = lowest
        paper.gap(1)
        shrunk = width * min(1.0, paper.scale + 0.1)
        heights = [
            paper.draw(chart.drawing, LEFT + c * (width + 10), paper.y, shrunk)
            for c, chart in enumerate(pair)
        ]
        paper.y += max(heights)
        paper.gap(2.5)


def _risks(paper: Paper, risks: list[Risk]) -> None:
    if not risks:
        words = "Nothing stands in the way: sockets, slots, lanes, memory and power go together."
        paper.text(Text(said(words)), _SMALL)
    for risk in risks:
        sign, role = _RISK_SIGNS[risk.level]
        top = paper.y
        paper.at(Text(sign, bold=True, role=role), _SMALL, LEFT, top)
        words = f"{said(risk.level.capitalize())}: {risk.words}"
        paper.text(Text(words), _SMALL, LEFT + 4, WIDTH - 4)
        paper.gap(0.5)

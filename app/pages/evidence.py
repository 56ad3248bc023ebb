"""Evidence: how far off the estimates are, and every run that says so.

All figures are the held-out ones of the last accuracy run: each was predicted by a fit that never
saw the run's hardware. The page is a plain GET form; its address is its state.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.accuracy.cross_validation import By
from app.accuracy.record import ALL, AccuracyRecord, ClassAccuracy
from app.builds.query import sentence_of
from app.builds.words import grouped, percent
from app.catalogue.snapshot import Catalogue
from app.latest import Latest
from app.pages import runs, scatter
from app.pages.rendering import page
from app.pages.runs import Compared, Evidence, Excluded
from app.serving.kept import STAYS
from app.serving.state import TheAccuracy, TheWorld

router = APIRouter(dependencies=[STAYS])

Measure = Literal["decode", "prefill", "ttft"]
PER_PAGE: Final = 50
#: A class of fewer groups than this is not called the surest or the least sure.
FEW_GROUPS: Final = 4
MEASURES: Final[dict[str, str]] = {
    "decode": "Decode",
    "prefill": "Prefill",
    "ttft": "First token",
}
BYS: Final[dict[By, str]] = {"hardware": "hardware", "model": "models", "source": "sources"}
ORDERS: Final = {"date": "newest first", "off": "furthest off first"}


class Filters(BaseModel):
    """What the address asks for."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    by: By = "hardware"
    measure: Measure | None = None
    device_class: str | None = Field(default=None, alias="class", max_length=40)
    q: str = Field(default="", max_length=80)
    order: Literal["date", "off"] = "date"
    excluded: Literal["1"] | None = None
    page: int = Field(default=1, ge=1, le=1_000_000)

    def address(self, anchor: str = "", **changes: object) -> str:
        """The address of the same page with something else; the list starts anew unless told."""
        given = {"page": 1, **changes}
        asked = self.model_copy(update=given).model_dump(by_alias=True, exclude_defaults=True)
        query = urlencode({name: value for name, value in asked.items() if value is not None})
        return f"/evidence{'?' if query else ''}{query}{anchor}"


@dataclass(frozen=True, slots=True)
class Line:
    """One class of a table, with the place of its figures in the accuracy run."""

    path: str
    words: str
    figures: ClassAccuracy


@dataclass(frozen=True, slots=True)
class Table:
    """The classes of one measure: all together, then the surest first; tiny ones last."""

    measure: str
    lines: list[Line]


@dataclass(frozen=True, slots=True)
class Scatter:
    """One drawing of measured against predicted."""

    measure: str
    unit: str
    axis: scatter.Axis
    paths: list[tuple[str, str]]
    answer: str


@dataclass(frozen=True, slots=True)
class GroupRow:
    """One entry of the legend: its figures by measure as (all, within a quarter, inside)."""

    group: str
    words: str
    sample: str
    counts: dict[str, tuple[int, int, int]]


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of the list of runs."""

    total: int
    compared: list[Compared]
    excluded: list[Excluded]
    number: int
    pages: int


_evidence: Latest[Catalogue, Evidence] = Latest(runs.evidence_of)


@router.get("/evidence", response_class=HTMLResponse)
def evidence(request: Request, world: TheWorld, record: TheAccuracy) -> Response:
    """The whole page. A form sent with empty fields is answered at its canonical address."""
    raw = dict(request.query_params)
    asked, problems = read_filters(raw, record)
    if not problems and any(not value.strip() for value in raw.values()):
        return RedirectResponse(asked.address(), status_code=303)
    known = _evidence.of(world.catalogue, record)
    found = _filtered(known.compared, asked)
    return page(
        request,
        "evidence/index.html",
        status=422 if problems else 200,
        asked=asked,
        raw=raw,
        problems=problems,
        record=record,
        headline=_headline(record),
        overall={m: record.overall("hardware", m) for m in MEASURES},
        tables=_tables(record.by[asked.by], f"by.{asked.by}"),
        restored=_tables(record.with_excluded, "with_excluded"),
        charts=_charts(known.compared, found, asked),
        legend=_legend(found),
        listing=_listing(known, found, asked),
        classes=_classes(record),
        measures=MEASURES,
        run_class=runs.class_words,
        bys=BYS,
        orders=ORDERS,
    )


def read_filters(raw: Mapping[str, str], record: AccuracyRecord) -> tuple[Filters, dict[str, str]]:
    """What was asked, without what cannot be; that with a sentence for each field."""
    given = {name: value.strip() for name, value in raw.items() if value.strip()}
    problems: dict[str, str] = {}
    try:
        asked = Filters.model_validate(given)
    except ValidationError as error:
        for found in error.errors():
            name = str(found["loc"][0])
            unknown = found["type"] == "extra_forbidden"
            sentence = f"There is no filter called “{name[:40]}”." if unknown else None
            problems[name] = sentence or sentence_of(dict(found))
        kept = {name: value for name, value in given.items() if name not in problems}
        asked = Filters.model_validate(kept)
    if asked.device_class is not None and asked.device_class not in _known_classes(record):
        problems["class"] = "No run is of this class: choose one of the list."
        asked = asked.model_copy(update={"device_class": None})
    return asked, problems


def _known_classes(record: AccuracyRecord) -> set[str]:
    return {line.device_class for line in record.by["hardware"]} - {ALL}


def _classes(record: AccuracyRecord) -> dict[str, list[tuple[str, str]]]:
    """Options of the class filter, by group."""
    options: dict[str, list[tuple[str, str]]] = {}
    for name in sorted(_known_classes(record), key=runs.class_words):
        group = runs.CLASSES.get(name, ("gpu", ""))[0]
        options.setdefault(runs.GROUPS[group], []).append((name, runs.class_words(name)))
    return options


def _headline(record: AccuracyRecord) -> str:
    """Where decode is surest and where least, from the classes with devices enough to tell."""
    lines = [
        line
        for line in record.by["hardware"]
        if line.measure == "decode" and line.device_class != ALL and line.groups >= FEW_GROUPS
    ]
    if len(lines) < 2:
        return ""
    best = min(lines, key=lambda x: x.median_error)
    worst = max(lines, key=lambda x: x.median_error)
    return (
        f"Decode is surest for {runs.class_words(best.device_class)} "
        f"({percent(best.median_error)}) and least sure for "
        f"{runs.class_words(worst.device_class)} ({percent(worst.median_error)})."
    )


def _tables(lines: Sequence[ClassAccuracy], path: str) -> list[Table]:
    placed = [Line(f"{path}.{i}", runs.class_words(x.device_class), x) for i, x in enumerate(lines)]
    return [
        Table(
            measure,
            sorted(
                (x for x in placed if x.figures.measure == measure),
                key=lambda x: (
                    x.figures.device_class != ALL,
                    x.figures.groups < FEW_GROUPS,
                    x.figures.median_error,
                ),
            ),
        )
        for measure in MEASURES
    ]


def _filtered(compared: Sequence[Compared], asked: Filters) -> list[Compared]:
    words = runs.matching(asked.q)
    return [
        c
        for c in compared
        if (asked.measure is None or c.measure == asked.measure)
        and (asked.device_class is None or c.point.device_class == asked.device_class)
        and all(word in c.run.haystack for word in words)
    ]


def _charts(
    everything: Sequence[Compared], found: Sequence[Compared], asked: Filters
) -> list[Scatter]:
    """A drawing for each measure; its axes stay the same whatever is filtered."""
    charts = []
    for measure in MEASURES:
        if asked.measure not in (None, measure):
            continue
        all_of_it = [c for c in everything if c.measure == measure]
        shown = [c for c in found if c.measure == measure]
        axis = scatter.axis_of(v for c in all_of_it for v in (c.measured, c.predicted))
        paths = []
        for group in runs.GROUPS:
            pairs = [(c.measured, c.predicted) for c in shown if c.group == group]
            if pairs:
                paths.append((group, len(pairs), scatter.marks(group, pairs, axis)))
        paths.sort(key=lambda path: -path[1])  # the few on top of the many
        unit = "seconds" if measure == "ttft" else "tok/s, all requests together"
        charts.append(Scatter(measure, unit, axis, [(g, d) for g, _, d in paths], _answer(shown)))
    return charts


def _answer(shown: Sequence[Compared]) -> str:
    """What a drawing says, in words."""
    number, close, inside = runs.counted(shown)
    if not number:
        return "No figure matches."
    return (
        f"Of {grouped(number)} figures {percent(close / number)} are predicted within a quarter, "
        f"and {percent(inside / number)} lie inside their interval."
    )


def _legend(found: Sequence[Compared]) -> list[GroupRow]:
    rows = []
    for group, words in runs.GROUPS.items():
        counts = {
            measure: runs.counted([c for c in found if (c.group, c.measure) == (group, measure)])
            for measure in MEASURES
        }
        rows.append(GroupRow(group, words, scatter.sample(group), counts))
    return rows


def _listing(known: Evidence, found: list[Compared], asked: Filters) -> Listing:
    """The asked page of the runs; beyond the end, the last one."""
    rows: Sequence[Any]
    if asked.excluded:
        words = runs.matching(asked.q)
        rows = [
            e
            for e in known.excluded
            if all(word in e.run.haystack for word in words)
            and (asked.measure is None or any(m == asked.measure for m, _, _ in e.measured))
        ]
    else:
        rows = runs.by_distance(found) if asked.order == "off" else runs.by_date(found)
    pages = max(1, -(-len(rows) // PER_PAGE))
    number = min(asked.page, pages)
    shown = list(rows[(number - 1) * PER_PAGE : number * PER_PAGE])
    return Listing(
        total=len(rows),
        compared=[] if asked.excluded else shown,
        excluded=shown if asked.excluded else [],
        number=number,
        pages=pages,
    )

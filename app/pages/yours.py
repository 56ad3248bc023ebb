"""A user's own benchmark beside our prediction: one form, one table, nothing kept.

Works as a plain form. A file or pasted text goes in; what was typed comes back when something in
it needs another look.
"""

from dataclasses import dataclass, field
from math import log2
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException

from app.accuracy.uploads import MAX_BYTES, UploadError, read_upload
from app.accuracy.uploads.compare import (
    Compared,
    ComparedRun,
    compare,
    context_of,
    own_builds,
)
from app.builds.assess import World, assess
from app.builds.problems import InvalidSpecError
from app.builds.spec import BuildSpec
from app.builds.words import significant
from app.pages.graphics import WHISKER_WIDTH, Whisker
from app.pages.rendering import page
from app.serving.state import TheWorld

router = APIRouter()

#: A file that could not be read comes back in the text field if it is no longer than this.
SHOWN_AGAIN: Final = 64_000
#: Rows of the table; a longer upload is answered in full over REST.
ROWS_SHOWN: Final = 200
#: Ends of the scale of ratios: a quarter of the prediction to four times of it.
_OCTAVES: Final = 2.0
_PAD: Final = 5.0
_LABELS: Final = {"prefill_tps": "prefill", "decode_tps": "decode", "ttft_ms": "first token"}


@dataclass(frozen=True, slots=True)
class Row:
    """One measured quantity, in words."""

    parts: str
    test: str
    label: str
    style: str
    measured: float
    low: float
    typical: float
    high: float
    basis: str
    inside: bool
    verdict: str
    whisker: Whisker


@dataclass(frozen=True, slots=True)
class Unmatched:
    """A run that could not be compared, and why."""

    test: str
    parts: str
    reason: str


@dataclass(frozen=True, slots=True)
class Result:
    """What came of an upload."""

    rows: list[Row]
    unmatched: list[Unmatched]
    builds: list[tuple[str, str]]
    runs: int
    more: int

    @property
    def inside(self) -> int:
        """Figures inside their interval."""
        return sum(row.inside for row in self.rows)


@dataclass(frozen=True, slots=True)
class Asked:
    """The form as it was filled in, and what needs another look."""

    build: str = ""
    title: str = ""
    text: str = ""
    problems: dict[str, str] = field(default_factory=dict)
    result: Result | None = None


@router.get("/evidence/yours", response_class=HTMLResponse)
def form(request: Request, world: TheWorld) -> Response:
    """The empty form; a build in the query is the one the benchmark was run on."""
    build = request.url.query
    problems: dict[str, str] = {}
    spec = _build(build, problems)
    asked = Asked(build=build, title=_title(spec, problems, world), problems=problems)
    return _page(request, asked)


@router.post("/evidence/yours", response_class=HTMLResponse)
async def compared(request: Request, world: TheWorld) -> Response:
    """The same form with the answer below it."""
    try:
        async with request.form(max_files=1, max_fields=4, max_part_size=MAX_BYTES) as sent:
            data, name = await _sent(sent)
            build = _text(sent, "build")
    except HTTPException as error:
        if error.status_code == 413:
            raise
        problem = {"text": f"The form cannot be read; a text holds at most {MAX_BYTES:,} bytes."}
        return _page(request, Asked(problems=problem))
    asked = await run_in_threadpool(_asked, data, name, build, world)
    return _page(request, asked)


async def _sent(sent: FormData) -> tuple[bytes, str | None]:
    """The chosen file, else the pasted text."""
    file = sent.get("file")
    if isinstance(file, UploadFile) and (file.filename or file.size):
        return await file.read(), file.filename
    return _text(sent, "text").encode("utf-8", "replace"), None


def _text(sent: FormData, name: str) -> str:
    value = sent.get(name)
    return value if isinstance(value, str) else ""


def _asked(data: bytes, name: str | None, build: str, world: World) -> Asked:
    """Read, match and predict; problems stand beside their field."""
    problems: dict[str, str] = {}
    spec = _build(build, problems)
    title = _title(spec, problems, world)
    pasted = data.decode("utf-8", "replace") if name is None or len(data) <= SHOWN_AGAIN else ""
    shown = "".join(c if c.isprintable() or c in "\n\t" else "\ufffd" for c in pasted)
    result = None
    try:
        if not data.strip():
            raise UploadError("Choose a file or paste what the benchmark printed.")
        runs = read_upload(data, name)
        if not problems:
            result = _result(compare(runs, world.catalogue, world.calibration, spec))
    except UploadError as error:
        problems["text"] = str(error)
    # a file that was answered needs no second look; what was pasted stays where it was put
    return Asked(build, title, shown if name is None or problems else "", problems, result)


def _build(build: str, problems: dict[str, str]) -> BuildSpec | None:
    try:
        return context_of(build)
    except InvalidSpecError as error:
        problems["build"] = " ".join(p.message for p in error.problems)
        return None


def _title(spec: BuildSpec | None, problems: dict[str, str], world: World) -> str:
    """What the build is called; empty without one."""
    if spec is None:
        return ""
    try:
        return assess(spec, world).title
    except InvalidSpecError as error:
        problems["build"] = " ".join(p.message for p in error.problems)
        return ""


def _page(request: Request, asked: Asked) -> HTMLResponse:
    return page(
        request,
        "evidence/yours.html",
        status=422 if asked.problems and request.method == "POST" else 200,
        headers={"Cache-Control": "no-store"},
        asked=asked,
        result=asked.result,
    )


def _result(found: list[ComparedRun]) -> Result:
    rows = [_row(run, one) for run in found for one in run.compared]
    unmatched = [
        Unmatched(run.run.test, _read_parts(run), run.reason) for run in found if run.reason
    ]
    hidden = max(0, len(rows) - ROWS_SHOWN) + max(0, len(unmatched) - ROWS_SHOWN)
    return Result(
        rows=rows[:ROWS_SHOWN],
        unmatched=unmatched[:ROWS_SHOWN],
        builds=own_builds(found)[:12],
        runs=len(found),
        more=hidden,
    )


def _row(found: ComparedRun, one: Compared) -> Row:
    seconds = one.quantity == "ttft_ms"
    scale = 1000.0 if seconds else 1.0
    predicted = one.predicted
    facts = found.facts
    device = "" if facts is None else facts.gpu_name or facts.cpu_name or ""
    name = "" if facts is None else facts.name.rpartition(", ")[0]
    return Row(
        parts=" · ".join(part for part in (device, name) if part),
        test=found.run.test,
        label=_LABELS[one.quantity],
        style="seconds" if seconds else "tps",
        measured=one.measured / scale,
        low=predicted.low / scale,
        typical=predicted.typical / scale,
        high=predicted.high / scale,
        basis=predicted.basis,
        inside=one.inside,
        verdict=_verdict(one),
        whisker=_whisker(one),
    )


def _verdict(one: Compared) -> str:
    """Inside, or how far outside and on which side."""
    if one.inside:
        return "inside the interval"
    faster = (one.ratio > 1) != (one.quantity == "ttft_ms")
    times = significant(max(one.ratio, 1 / one.ratio))
    return f"{times}\u202f× {'faster' if faster else 'slower'} than predicted"


def _read_parts(found: ComparedRun) -> str:
    run = found.run
    said = (run.device_text or run.cpu_text, run.model_text or run.model_filename)
    return " · ".join(part for part in said if part)


def _whisker(one: Compared) -> Whisker:
    """The interval and the measured dot around the predicted tick, by ratio."""
    typical = one.predicted.typical
    return Whisker(
        low=_x(one.predicted.low / typical),
        typical=_x(one.ratio),
        high=_x(one.predicted.high / typical),
        limit=_x(1.0),
    )


def _x(ratio: float) -> float:
    octaves = min(max(log2(ratio), -_OCTAVES), _OCTAVES)
    share = (octaves + _OCTAVES) / (2 * _OCTAVES)
    return round(_PAD + share * (WHISKER_WIDTH - 2 * _PAD), 1)

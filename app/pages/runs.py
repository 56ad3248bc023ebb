"""Measured runs as the evidence page lists them: each joined to what was predicted of it."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log
from typing import Final

from app.accuracy.record import AccuracyRecord, Point
from app.accuracy.rows import QUANTITIES, Quantity
from app.builds.words import grouped
from app.catalogue.facts import MeasurementFacts
from app.catalogue.snapshot import Catalogue

#: Of a quantity, the short name that the accuracy tables and the address use.
MEASURE_OF: Final[dict[Quantity, str]] = {
    "decode_tps": "decode",
    "prefill_tps": "prefill",
    "ttft_ms": "ttft",
}
#: Groups of classes that share a marker in the charts, in the order of the legend.
GROUPS: Final[dict[str, str]] = {
    "gpu": "GPU",
    "unified": "unified memory",
    "cpu": "CPU only",
    "offload": "GPU and RAM together",
    "serving": "serving engine",
}
#: Class of run -> its group and its name in words.
CLASSES: Final[dict[str, tuple[str, str]]] = {
    "nvidia": ("gpu", "NVIDIA GPU"),
    "amd": ("gpu", "AMD GPU"),
    "intel": ("gpu", "Intel GPU"),
    "layer-split": ("gpu", "layers split over GPUs"),
    "localscore": ("gpu", "LocalScore (llamafile)"),
    "other": ("gpu", "other engines"),
    "apple": ("unified", "Apple, llama.cpp"),
    "apple-mlx": ("unified", "Apple, MLX"),
    "unified-soc": ("unified", "unified memory, not Apple"),
    "cpu": ("cpu", "CPU only"),
    "expert-offload": ("offload", "experts in RAM"),
    "layer-offload": ("offload", "layers in RAM"),
    "serving-one-gpu": ("serving", "serving, one GPU"),
    "serving-tensor-parallel": ("serving", "serving, several GPUs"),
}
_ADDRESS: Final = re.compile(r"https?://[^\s<>\"']+")


@dataclass(frozen=True, slots=True)
class Source:
    """Where a run was published: its words, and an address where it is nothing but one."""

    words: str
    address: str | None


@dataclass(frozen=True, slots=True)
class Run:
    """What is said of a measured run whether or not it was predicted."""

    row_id: str
    hardware: str
    model: str
    test: str
    engine: str
    date: str
    source: Source
    haystack: str


@dataclass(frozen=True, slots=True)
class Compared:
    """One measured quantity of a run, and what a fit that never saw its hardware predicted."""

    run: Run
    point: Point
    measure: str
    group: str

    @property
    def seconds(self) -> bool:
        """A time, which reads in seconds and is better when it is less."""
        return self.point.quantity == "ttft_ms"

    @property
    def style(self) -> str:
        return "seconds" if self.seconds else "tps"

    @property
    def measured(self) -> float:
        return self.point.measured / self._scale

    @property
    def predicted(self) -> float:
        return self.point.predicted / self._scale

    @property
    def low(self) -> float | None:
        return None if self.point.factor is None else self.predicted / self.point.factor

    @property
    def high(self) -> float | None:
        return None if self.point.factor is None else self.predicted * self.point.factor

    @property
    def _scale(self) -> float:
        return 1000.0 if self.seconds else 1.0

    @property
    def close(self) -> bool:
        """Predicted within a quarter of what was measured."""
        return abs(self.point.ratio - 1) <= 0.25

    @property
    def outcome(self) -> str:
        """Where the measured figure lies, in a word or two."""
        if self.point.inside is None:
            return "no interval"
        if self.point.inside:
            return "inside"
        return "faster" if (self.point.ratio < 1) != self.seconds else "slower"


@dataclass(frozen=True, slots=True)
class Excluded:
    """A run set aside, and why."""

    run: Run
    measured: list[tuple[str, float, str]]  # measure, figure, style
    reason: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything the page lists, made once for a catalogue and an accuracy run."""

    compared: tuple[Compared, ...]
    excluded: tuple[Excluded, ...]


def evidence_of(catalogue: Catalogue, record: AccuracyRecord) -> Evidence:
    """Join the figures of the accuracy run to the runs they belong to."""
    rows = {row.row_id: row for row in catalogue.measurements}
    runs = {row_id: _run(row) for row_id, row in rows.items()}
    compared = [
        Compared(runs[point.row_id], point, MEASURE_OF[point.quantity], group_of(point))
        for point in record.points
        if point.row_id in runs
    ]
    excluded = [
        Excluded(runs[row.row_id], _measured(row), row.exclude_reason or "No reason is noted.")
        for row in catalogue.measurements
        if not row.usable
    ]
    return Evidence(tuple(compared), tuple(excluded))


@dataclass(frozen=True, slots=True)
class Measured:
    """A run with what it measured: (measure, figure, style) each."""

    run: Run
    figures: list[tuple[str, float, str]]

    def of(self, measure: str) -> tuple[float, str] | None:
        """One of its figures and how it is written."""
        return next(((value, style) for m, value, style in self.figures if m == measure), None)


def run_with_figures(row: MeasurementFacts) -> Measured:
    """One measured run by itself, whether or not it was predicted."""
    return Measured(_run(row), _measured(row))


def group_of(point: Point) -> str:
    """Which marker a figure is drawn with."""
    return CLASSES.get(point.device_class, ("gpu", ""))[0]


def class_words(name: str) -> str:
    """A class of run in words."""
    if name == "all":
        return "all together"
    return CLASSES.get(name, ("", name.replace("-", " ")))[1]


def matching(words: str) -> list[str]:
    """The words of a search, as they are looked for."""
    return words.casefold().split()


def by_date(runs: Iterable[Compared]) -> list[Compared]:
    """Newest first; those without a date last. Figures of one run stay together."""
    ordered = sorted(runs, key=lambda c: (c.run.row_id, QUANTITIES.index(c.point.quantity)))
    return sorted(ordered, key=lambda c: c.run.date, reverse=True)


def by_distance(runs: Iterable[Compared]) -> list[Compared]:
    """Furthest off first."""
    return sorted(runs, key=lambda c: (-abs(log(c.point.ratio)), c.run.row_id))


def counted(runs: Sequence[Compared]) -> tuple[int, int, int]:
    """How many there are, how many within a quarter, how many inside their interval."""
    return len(runs), sum(c.close for c in runs), sum(c.point.inside is True for c in runs)


def _measured(row: MeasurementFacts) -> list[tuple[str, float, str]]:
    found = []
    for quantity, measure in MEASURE_OF.items():
        value = getattr(row, quantity)
        if value is not None:
            seconds = quantity == "ttft_ms"
            found.append(
                (measure, value / 1000 if seconds else value, "seconds" if seconds else "tps")
            )
    return found


def _run(row: MeasurementFacts) -> Run:
    hardware = _hardware(row)
    model = " · ".join(p for p in (row.model_name, row.quantization_name) if p)
    engine = " ".join(p for p in (row.engine_name, row.engine_version) if p) or "not stated"
    slugs = (row.gpu_slug, row.cpu_slug, row.model_slug, row.quantization_slug, row.engine_slug)
    named = (slug for slug in slugs if slug is not None)
    words = (hardware, model, engine, row.name, row.source, row.row_id, *named)
    return Run(
        row_id=row.row_id,
        hardware=hardware,
        model=model or "not stated",
        test=_test(row),
        engine=engine,
        date=row.observed_on or "",
        source=source_of(row.source),
        haystack=" ".join(words).casefold(),
    )


def _hardware(row: MeasurementFacts) -> str:
    gpu, cpu = row.gpu_name, row.cpu_name
    if gpu and (row.gpu_count or 1) > 1:
        gpu = f"{row.gpu_count} × {gpu}"
    if cpu and (row.sockets or 1) > 1:
        cpu = f"{row.sockets} × {cpu}"
    if gpu and (row.kind == "gpu" or (cpu and gpu.startswith(cpu))):
        cpu = None  # one chip under both names, or a card that did all of the work
    return " + ".join(part for part in (gpu, cpu) if part) or "not stated"


def _test(row: MeasurementFacts) -> str:
    """What was run: tokens in and out, what was in the cache, how many at once."""
    parts = []
    if row.prompt_tokens or row.generated_tokens:
        sides = (row.prompt_tokens, row.generated_tokens)
        asked, answered = ("–" if not side else grouped(side) for side in sides)
        parts.append(f"{asked} → {answered} tokens")
    if row.context_depth:
        parts.append(f"{grouped(row.context_depth)} in the cache")
    if row.concurrency and row.concurrency != 1:
        parts.append(f"{row.concurrency:.4g} at once")
    return ", ".join(parts)


def source_of(words: str) -> Source:
    """A source that is one address becomes a link; anything else stays text."""
    if _ADDRESS.fullmatch(words):
        return Source(re.sub(r"^https?://(www\.)?", "", words).rstrip("/"), words)
    return Source(words, None)

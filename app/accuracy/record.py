"""The last accuracy run, as `rigwise calibrate` wrote it: read once, checked, never changed."""

import hashlib
import math
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from app.accuracy.cross_validation import By
from app.accuracy.rows import Quantity

ACCURACY_FILE = "accuracy.json"
#: The class that holds all others of its measure.
ALL = "all"


class AccuracyError(Exception):
    """The file of the last accuracy run cannot be used; the message says why."""


class ClassAccuracy(BaseModel):
    """Errors of one class of runs, each predicted by a fit that never saw its group."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    measure: str = Field(description="decode, prefill or ttft")
    device_class: str = Field(description="Class of run; `all` for every class together")
    rows: int = Field(description="Figures compared")
    groups: int = Field(description="Groups that were left out of the fit in turn")
    median_error: float = Field(description="Median of |predicted / measured − 1|, a share of one")
    p90_error: float = Field(description="The same at the 90th percentile")
    bias: float = Field(description="Median of predicted / measured − 1; below zero: too low")
    coverage: float | None = Field(description="Share of figures inside their 80 % interval")
    width: float | None = Field(description="Median half-width of the intervals, as a factor")


class AccuracyTables(BaseModel):
    """Held-out accuracy by class, and what could not be compared."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    calibration: str = Field(description="Version of the calibration these figures belong to")
    rows: int = Field(description="Usable measured rows")
    rows_excluded: int = Field(description="Rows set aside, each with its reason")
    rows_matched: int = Field(description="Usable rows that could be predicted")
    unmatched: dict[str, int] = Field(description="Why the others could not, with their number")
    by: dict[By, list[ClassAccuracy]] = Field(description="What was left out in turn")
    with_excluded: list[ClassAccuracy] = Field(
        description="By hardware, with the rows set aside put back in"
    )


class Point(BaseModel):
    """One measured quantity beside what a fit that never saw its hardware said."""

    model_config = ConfigDict(frozen=True)

    row_id: str
    quantity: Quantity
    device_class: str
    measured: float = Field(gt=0, allow_inf_nan=False)
    predicted: float = Field(gt=0, allow_inf_nan=False)
    factor: float | None = Field(ge=1, allow_inf_nan=False)

    @property
    def ratio(self) -> float:
        """Predicted over measured."""
        return self.predicted / self.measured

    @property
    def inside(self) -> bool | None:
        """Whether the measured figure lies in the 80 % interval; None without one."""
        if self.factor is None:
            return None
        return abs(math.log(self.ratio)) <= math.log(self.factor)


class AccuracyRecord(AccuracyTables):
    """The tables and the single figures they sum up."""

    points: tuple[Point, ...]
    revision: str = Field(description="Names the content of the file")

    @cached_property
    def tables(self) -> AccuracyTables:
        """Without the single figures."""
        return AccuracyTables.model_validate(
            {name: getattr(self, name) for name in AccuracyTables.model_fields}
        )

    def overall(self, by: By, measure: str) -> ClassAccuracy | None:
        """All classes of a measure together."""
        lines = self.by.get(by, [])
        return next((x for x in lines if (x.measure, x.device_class) == (measure, ALL)), None)


_TREE: TypeAdapter[dict[str, object]] = TypeAdapter(dict[str, object])
_POINT = tuple(Point.model_fields)


def load_accuracy(path: Path) -> AccuracyRecord:
    """Read ``seed/accuracy.json``.

    Raises:
        AccuracyError: the file is missing, not JSON, or lacks or adds a field.
    """
    try:
        data = path.read_bytes()
        tree: Mapping[str, object] = _TREE.validate_json(data)
        points = tree.get("points")
        if not isinstance(points, list):
            raise ValueError("it lists no points")
        named = [dict(zip(_POINT, point, strict=True)) for point in points]
        revision = hashlib.sha256(data).hexdigest()[:16]
        return AccuracyRecord.model_validate({**tree, "points": named, "revision": revision})
    except (OSError, ValidationError, ValueError, TypeError) as error:
        said = error.strerror if isinstance(error, OSError) else None
        sentence = said or str(error).splitlines()[0]
        raise AccuracyError(
            f"{path.name} cannot be used: {sentence}. `rigwise calibrate` writes it anew."
        ) from error

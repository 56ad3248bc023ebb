"""Read the reviewed calibration file into the shape the estimator looks things up in."""

import json
from pathlib import Path
from types import MappingProxyType
from typing import Any

from app.estimator.calibration import (
    BackendRow,
    Calibration,
    CpuFit,
    Factors,
    GpuRow,
    GuessRow,
    OffloadFit,
    Pipeline,
    ServingCommon,
    ServingRow,
)


class CalibrationError(Exception):
    """The calibration file is not what the estimator needs; the message says where."""


def load_calibration(path: Path) -> Calibration:
    """Read ``seed/calibration.json``.

    Raises:
        CalibrationError: the file is missing, not JSON, or lacks or adds a field.
    """
    try:
        tree = json.loads(path.read_text(encoding="utf-8"))
        return _calibration(tree)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CalibrationError(f"{path.name} cannot be used: {error}") from error


def _calibration(tree: dict[str, Any]) -> Calibration:
    rest = dict(tree)
    rows = [GpuRow(**row) for row in rest.pop("gpu")]
    serving_common = rest.pop("serving_common")
    cpu, offload, factors = rest.pop("cpu"), rest.pop("offload"), rest.pop("factors")
    pipeline = rest.pop("pipeline")
    return Calibration(
        gpu=MappingProxyType({(row.engine, row.family): row for row in rows}),
        backends=_each(BackendRow, rest.pop("backends")),
        guesses=_each(GuessRow, rest.pop("guesses")),
        serving=_each(ServingRow, rest.pop("serving")),
        serving_common=ServingCommon(**_frozen(serving_common)),
        cpu=CpuFit(**_frozen(cpu)),
        offload=OffloadFit(**_frozen(offload)),
        pipeline=Pipeline(**_frozen(pipeline)),
        factors=Factors(**_frozen(factors)),
        **_frozen(rest),
    )


def _each(kind: type[Any], tree: dict[str, Any]) -> MappingProxyType[str, Any]:
    return MappingProxyType({name: kind(**fields) for name, fields in tree.items()})


def _frozen(tree: dict[str, Any]) -> dict[str, Any]:
    """Mappings read-only and lists tuples, one level down and below."""
    return {name: _freeze(value) for name, value in tree.items()}


def _freeze(value: Any) -> Any:
    if isinstance(value, dict):
        return MappingProxyType({k: _freeze(v) for k, v in value.items()})
    return tuple(value) if isinstance(value, list) else value

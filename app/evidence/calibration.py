"""Read the reviewed calibration into the shape the estimator looks things up in."""

import json
from pathlib import Path
from types import MappingProxyType
from typing import Any

from app.estimator.calibration import Calibration, Factor, Judgements, Pipeline

#: What was judged rather than fitted lies beside the fitted file.
JUDGEMENTS = "judgements.json"


class CalibrationError(Exception):
    """The calibration cannot be used; the message says which file and where."""


def load_calibration(path: Path) -> Calibration:
    """Read ``seed/calibration.json`` and ``judgements.json`` beside it.

    Raises:
        CalibrationError: a file is missing, not JSON, or lacks or adds a field.
    """
    judged = read_judgements(path.with_name(JUDGEMENTS))
    try:
        return calibration_of(_read(path), judged)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CalibrationError(f"{path.name} cannot be used: {error}") from error


def read_judgements(path: Path) -> Judgements:
    """Read what was judged. Raises CalibrationError as `load_calibration`."""
    try:
        tree = dict(_read(path))
        pipeline = Pipeline(**tree.pop("pipeline"))
        return Judgements(pipeline=pipeline, **_frozen(tree))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CalibrationError(f"{path.name} cannot be used: {error}") from error


def calibration_of(tree: dict[str, Any], judged: Judgements) -> Calibration:
    """The tree of a calibration file as a value. Raises KeyError or TypeError where it is not."""
    rest = dict(tree)
    intervals = {regime: _factors(by_class) for regime, by_class in rest.pop("intervals").items()}
    return Calibration(
        judged=judged,
        intervals=MappingProxyType(intervals),
        ttft_intervals=_factors(rest.pop("ttft_intervals")),
        **_frozen(rest),
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        tree = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CalibrationError(f"{path.name} cannot be used: {error}") from error
    if not isinstance(tree, dict):
        raise CalibrationError(f"{path.name} cannot be used: it is not an object")
    return tree


def _factors(tree: dict[str, Any]) -> MappingProxyType[str, Factor]:
    return MappingProxyType({name: Factor(**fields) for name, fields in tree.items()})


def _frozen(tree: dict[str, Any]) -> dict[str, Any]:
    """Mappings read-only and lists tuples, one level down and below."""
    return {name: _freeze(value) for name, value in tree.items()}


def _freeze(value: Any) -> Any:
    if isinstance(value, dict):
        return MappingProxyType({k: _freeze(v) for k, v in value.items()})
    return tuple(value) if isinstance(value, list) else value

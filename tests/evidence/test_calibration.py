"""The calibration is read whole, or refused with a sentence that names the trouble."""

import json
import math
import shutil
from pathlib import Path
from typing import Any

import pytest

from app.catalogue.seed_files import SEED_DIR
from app.estimator.effects import PLAN, REGIMES
from app.evidence.calibration import CalibrationError, load_calibration

FILE = SEED_DIR / "calibration.json"
JUDGEMENTS = SEED_DIR / "judgements.json"


def test_every_effect_belongs_to_the_plan() -> None:
    calibration = load_calibration(FILE)
    assert set(calibration.effects) == set(REGIMES)
    for regime, terms in calibration.effects.items():
        for term, effects in terms.items():
            allowed = PLAN[regime][term]  # type: ignore[index]
            assert {name.split(":", 1)[0] for name in effects} <= set(allowed)
            assert all(math.isfinite(value) and abs(value) < 10 for value in effects.values())


def test_intervals_are_wider_for_what_was_never_seen() -> None:
    calibration = load_calibration(FILE)
    for by_class in (*calibration.intervals.values(), calibration.ttft_intervals):
        for factor in by_class.values():
            assert 1 < factor.known <= factor.new
        assert "all" in by_class


def test_nobody_can_change_it() -> None:
    calibration = load_calibration(FILE)
    with pytest.raises(TypeError):
        calibration.effects["gpu-decode"] = {}  # type: ignore[index]
    with pytest.raises(AttributeError):
        calibration.version = "mine"  # type: ignore[misc]


def folder(tmp_path: Path, **changed: str) -> Path:
    """Both files in a folder, one of them perhaps with other text."""
    for name, source in (("calibration", FILE), ("judgements", JUDGEMENTS)):
        shutil.copy(source, tmp_path)
        if name in changed:
            (tmp_path / f"{name}.json").write_text(changed[name], encoding="utf-8")
    return tmp_path / "calibration.json"


@pytest.mark.parametrize("change", ["{", "[]", '{"version": "x"}'])
@pytest.mark.parametrize("name", ["calibration", "judgements"])
def test_a_broken_file_is_refused(tmp_path: Path, name: str, change: str) -> None:
    with pytest.raises(CalibrationError, match=rf"{name}\.json cannot be used"):
        load_calibration(folder(tmp_path, **{name: change}))


@pytest.mark.parametrize("name", ["calibration", "judgements"])
def test_a_misspelt_or_missing_field_is_refused(tmp_path: Path, name: str) -> None:
    tree: dict[str, Any] = json.loads((SEED_DIR / f"{name}.json").read_text(encoding="utf-8"))
    for key in list(tree):
        poorer = {k: v for k, v in tree.items() if k != key}
        with pytest.raises(CalibrationError):
            load_calibration(folder(tmp_path, **{name: json.dumps(poorer)}))
    with pytest.raises(CalibrationError, match="extra"):
        load_calibration(folder(tmp_path, **{name: json.dumps({**tree, "extra": 1})}))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CalibrationError, match=r"judgements\.json cannot be used"):
        load_calibration(tmp_path / "calibration.json")

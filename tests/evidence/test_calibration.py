"""The calibration file is read whole, or refused with a sentence that names the trouble."""

import json
from pathlib import Path

import pytest

from app.catalogue.seed_files import SEED_DIR
from app.evidence.calibration import CalibrationError, load_calibration

FILE = SEED_DIR / "calibration.json"


def test_every_share_and_factor_is_positive() -> None:
    calibration = load_calibration(FILE)
    assert len(calibration.gpu) >= 30
    for row in calibration.gpu.values():
        assert 0 < row.weights < 1.2
        assert row.layer_moe_us > row.layer_us > 0
    factors = calibration.factors
    for factor in (*factors.decode_by_class.values(), *factors.prefill_by_class.values()):
        assert factor > 1


def test_every_device_class_has_an_interval() -> None:
    calibration = load_calibration(FILE)
    classes = {row.device_class for row in calibration.gpu.values()}
    assert classes <= set(calibration.factors.decode_by_class)
    assert classes <= set(calibration.factors.prefill_by_class)


def test_nobody_can_change_it() -> None:
    calibration = load_calibration(FILE)
    with pytest.raises(TypeError):
        calibration.gpu[("x", "y")] = next(iter(calibration.gpu.values()))  # type: ignore[index]
    with pytest.raises(AttributeError):
        calibration.version = "mine"  # type: ignore[misc]


@pytest.mark.parametrize("change", ["{", "[]", '{"version": "x"}'])
def test_a_broken_file_is_refused(tmp_path: Path, change: str) -> None:
    broken = tmp_path / "calibration.json"
    broken.write_text(change, encoding="utf-8")
    with pytest.raises(CalibrationError, match=r"calibration\.json cannot be used"):
        load_calibration(broken)


def test_a_misspelt_or_missing_field_is_refused(tmp_path: Path) -> None:
    tree = json.loads(FILE.read_text(encoding="utf-8"))
    for key in list(tree):
        poorer = {k: v for k, v in tree.items() if k != key}
        path = tmp_path / "calibration.json"
        path.write_text(json.dumps(poorer), encoding="utf-8")
        with pytest.raises(CalibrationError):
            load_calibration(path)
    path.write_text(json.dumps({**tree, "extra": 1}), encoding="utf-8")
    with pytest.raises(CalibrationError, match="extra"):
        load_calibration(path)

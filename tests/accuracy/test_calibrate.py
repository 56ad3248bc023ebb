"""The shipped calibration is what its code makes of the shipped measurements, and says so."""

import csv
import json
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.accuracy.calibrate import blank, data_hash, training_examples
from app.accuracy.cross_validation import HeldOut, Key, fit_all, held_out, intervals, key_of
from app.accuracy.files import MeasurementFileError, read_measurements
from app.accuracy.predict import assembled_for, predict
from app.accuracy.report import classes_of, predict_rows, summary_of
from app.accuracy.rows import LINKS, USUAL_LINK, questions_of
from app.accuracy.training import Example, fitted_by, runs_of
from app.catalogue.seed_files import SEED_DIR
from app.catalogue.snapshot import Catalogue, catalogue_from_seed
from app.cli import main
from app.estimator.calibration import Calibration
from app.estimator.effects import Regime
from app.estimator.numbers import GIB
from app.estimator.weights import stored_bytes
from app.estimator.workload import OFFLOADS
from app.evidence.calibration import load_calibration
from app.evidence.fit import Prior, Run, fit_effects, fitted_seconds

COLUMNS = (
    "kind,cpu,sockets,cores_used_or_threads,mem_channels,mem_type,mem_mts,mem_gb,gpu,gpu_count,"
    "parallelism,backend,model,quant,concurrency,prompt_tokens,gen_tokens,context_depth,"
    "prefill_tps,decode_tps,ttft_ms,date,source"
)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return catalogue_from_seed()


@pytest.fixture(scope="module")
def shipped() -> Calibration:
    return load_calibration(SEED_DIR / "calibration.json")


@pytest.fixture(scope="module")
def examples(catalogue: Catalogue, shipped: Calibration) -> list[Example]:
    return training_examples(catalogue, blank(shipped))[0]


def test_the_shipped_file_is_fitted_on_the_shipped_rows(
    catalogue: Catalogue, shipped: Calibration
) -> None:
    assert shipped.data_hash == data_hash(catalogue), "run: rigwise calibrate"


def test_fitting_again_gives_the_same_figures(
    catalogue: Catalogue, shipped: Calibration, examples: list[Example]
) -> None:
    again = fit_all(examples, catalogue, blank(shipped))
    assert again == shipped.effects


def test_a_changed_measurement_changes_hash_and_fit(
    catalogue: Catalogue, shipped: Calibration
) -> None:
    rows = list(catalogue.measurements)
    index = next(i for i, m in enumerate(rows) if m.usable and m.decode_tps and m.gpu_slug)
    faster = rows[index].model_copy(update={"decode_tps": (rows[index].decode_tps or 1) * 2})
    changed = replace(catalogue, measurements=(*rows[:index], faster, *rows[index + 1 :]))
    assert data_hash(changed) != shipped.data_hash


def test_nearly_every_usable_row_is_matched(catalogue: Catalogue, examples: list[Example]) -> None:
    usable = sum(1 for m in catalogue.measurements if m.usable)
    assert len({e.row.row_id for e in examples}) / usable >= 0.9


def test_no_usable_run_held_more_than_its_memory(
    catalogue: Catalogue, shipped: Calibration, examples: list[Example]
) -> None:
    """A run whose weights lay elsewhere as well did not run as it is stated."""
    for row, example in {e.row.row_id: (e.row, e) for e in examples}.values():
        if example.placement in OFFLOADS:
            continue
        setting = assembled_for(example.question, catalogue, shipped).setting
        stored = row.weights_gib or float(stored_bytes(setting.model, setting.fmt)) / GIB
        cards = sum(float(g.count * g.memory_gib) for g in setting.machine.gpus)
        ram = (row.memory_gib or math.nan) * float(setting.machine.nodes)
        shared = setting.machine.unified_memory or not cards
        room = max(cards, ram) if shared and ram == ram else cards or math.inf
        # a format's bits are those of a usual file: a tenth more or less is not told by them
        assert stored < 1.1 * room, row.row_id


def test_a_first_token_is_fitted_where_nothing_else_speaks_of_its_prompt(
    examples: list[Example],
) -> None:
    own = fitted_by("gpu-prefill", examples)
    tokens = [e for e in own if e.question.quantity == "ttft_ms"]
    assert {e.kind.engine_family for e in tokens} >= {"llamafile", "mlx"}
    alone = {e.row.row_id for e in tokens if e.kind.engine_family != "llamafile"}
    assert not alone & {e.row.row_id for e in own if e.question.quantity == "prefill_tps"}
    assert all(e.question.spec.workload.concurrency == 1 for e in tokens)


def test_every_link_a_row_may_name_is_in_the_catalogue(catalogue: Catalogue) -> None:
    assert {*LINKS.values(), USUAL_LINK} <= set(catalogue.interconnects)


@pytest.mark.parametrize(
    ("note", "link"),
    [
        ("two nodes over Thunderbolt NHI", "thunderbolt-4"),
        ("USB4 between them", "thunderbolt-4"),
        ("RDMA over Thunderbolt 5", "thunderbolt-5"),
        ("a switch", "10-gbe"),
    ],
)
def test_machines_are_linked_by_what_the_notes_name(
    note: str, link: str, catalogue: Catalogue
) -> None:
    row = next(m for m in catalogue.measurements if m.row_id == "cpu_hybrid_soc:897")
    told = row.model_copy(update={"offload_note": note, "notes": None})
    assert {q.spec.machine.link for q in questions_of(told, catalogue)} == {link}


@pytest.mark.parametrize(
    "regime", ["gpu-decode", "gpu-prefill", "cpu-decode", "cpu-prefill", "serving-prefill"]
)
def test_what_is_fitted_is_what_is_estimated(
    regime: Regime, catalogue: Catalogue, shipped: Calibration, examples: list[Example]
) -> None:
    own = [e for e in fitted_by(regime, examples) if e.question.quantity != "ttft_ms"]
    own = own[:: max(1, len(own) // 20)]
    runs = runs_of(own, catalogue, blank(shipped))
    assert len(runs) >= 10
    for example, run in zip(own, runs, strict=True):
        fitted = 1 / fitted_seconds(run, shipped.effects[regime])
        told = predict(example.question, catalogue, shipped).typical
        # no estimate is faster than memory at its peak; the fit knows no such limit
        assert told == pytest.approx(fitted) or told < fitted


def test_left_out_errors_stay_where_they_are(
    catalogue: Catalogue, shipped: Calibration, examples: list[Example]
) -> None:
    """Worse than these the estimator must not get unnoticed; the accuracy page has the rest."""
    found = held_out(examples, catalogue, blank(shipped), "hardware")
    for key, most in {
        ("gpu-decode", "nvidia"): 0.095,
        ("gpu-decode", "apple"): 0.105,
        ("gpu-decode", "localscore"): 0.09,
        ("gpu-decode", "unified-soc"): 0.12,
        ("gpu-decode", "layer-split"): 0.10,
        ("cpu-decode", "cpu"): 0.22,
        ("offload-decode", "expert-offload"): 0.13,
        ("serving-decode", "serving-one-gpu"): 0.19,
        ("serving-decode", "serving-tensor-parallel"): 0.23,
        ("gpu-prefill", "nvidia"): 0.15,
        ("gpu-prefill", "apple"): 0.115,
        ("gpu-prefill", "unified-soc"): 0.23,
        ("cpu-prefill", "cpu"): 0.22,
        ("ttft", "localscore"): 0.13,
        ("ttft", "apple-mlx"): 0.30,
        ("ttft", "serving-one-gpu"): 0.37,
        ("ttft", "serving-tensor-parallel"): 0.40,
    }.items():
        assert _median(found, key) <= most, key
    ranged = intervals(found)
    inside = [abs(one.log_error) <= math.log(f) for one, f in ranged if f is not None]
    assert 0.76 <= np.mean(inside) <= 0.86
    covered = {(c.measure, c.device_class): c.coverage for c in classes_of(ranged) if c.rows >= 30}
    outside = {key: share for key, share in covered.items() if not 0.70 <= (share or 0) <= 0.90}
    assert outside == {}


def _median(found: Sequence[HeldOut], key: Key) -> float:
    return float(np.median([abs(math.expm1(one.log_error)) for one in found if key_of(one) == key]))


def test_a_fit_finds_what_made_the_runs() -> None:
    """Two terms, two engines: known effects are found again, outliers and all."""
    rng = np.random.default_rng(7)
    runs = []
    for i in range(200):
        read, launch = rng.uniform(0.001, 0.02), rng.uniform(0.0001, 0.003)
        engine = "a" if i % 2 else "b"
        factor = 1.2 if engine == "a" else 1.5
        seconds = read * factor + launch * 2.0
        runs.append(
            Run(
                seconds=seconds * (5.0 if i % 20 == 0 else 1.0),
                terms={"read": read, "launch": launch},
                effects={
                    "read": [("base", 1.0), (f"engine:{engine}", 1.0)],
                    "launch": [("base", 1.0)],
                },
                weight=1.0,
            )
        )
    wide = {"base": Prior(0.0, 3.0), "engine": Prior(0.0, 3.0)}
    fitted = fit_effects(runs, {"read": wide, "launch": wide}, 0.05)
    read = fitted["read"]
    assert math.exp(read["base"] + read["engine:a"]) == pytest.approx(1.2, rel=0.01)
    assert math.exp(read["base"] + read["engine:b"]) == pytest.approx(1.5, rel=0.01)
    assert math.exp(fitted["launch"]["base"]) == pytest.approx(2.0, rel=0.03)
    assert fit_effects(runs, {"read": wide, "launch": wide}, 0.05) == fitted
    # a solution for nearly the same runs saves steps, and leads to the same place
    near = fit_effects(runs[:150], {"read": wide, "launch": wide}, 0.05)
    warm = fit_effects(runs, {"read": wide, "launch": wide}, 0.05, near)
    for term, effects in fitted.items():
        assert warm[term] == pytest.approx(effects, abs=1e-3)


def write_csv(path: Path, *rows: str) -> Path:
    path.write_text("\n".join([COLUMNS, *rows]) + "\n", encoding="utf-8")
    return path


def test_a_file_nobody_saw_is_answered_row_by_row(
    tmp_path: Path, catalogue: Catalogue, shipped: Calibration
) -> None:
    file = write_csv(
        tmp_path / "new.csv",
        "gpu,,,,,,,,NVIDIA GeForce RTX 4090,1,none,llama.cpp-cuda,"
        "meta-llama/Llama-3.1-8B-Instruct,Q4_K_M,1,512,128,0,11000,150,,2026-05,me",
        "gpu,,,,,,,,NVIDIA GeForce RTX 9999,1,none,llama.cpp-cuda,"
        "meta-llama/Llama-3.1-8B-Instruct,Q4_K_M,1,512,128,0,11000,150,,2026-05,me",
        "gpu,,,,,,,,NVIDIA H100 SXM,1,none,vllm,"
        "meta-llama/Llama-3.1-8B-Instruct,FP8,16,1024,256,,,1800,90,2026-05,me",
    )
    rows = read_measurements(file, catalogue)
    found = predict_rows(rows, catalogue, shipped)
    assert [one.reason is None for one in found] == [True, False, True]
    assert "RTX 9999" in (found[1].reason or "")
    prediction = found[0].predictions["decode_tps"]
    assert prediction.low < prediction.typical < prediction.high
    assert set(found[2].predictions) == {"decode_tps", "ttft_ms"}
    summary = summary_of(found)
    assert (summary["rows"], summary["matched"]) == (3, 2)
    assert sum(summary["unmatched"].values()) == 1


def test_the_command_writes_one_row_for_each(tmp_path: Path) -> None:
    file = write_csv(
        tmp_path / "new.csv",
        "cpu,AMD Ryzen 9 9950X,1,16,2,DDR5,5600,64,,,none,llama.cpp-cpu,"
        "meta-llama/Llama-3.1-8B-Instruct,Q4_K_M,1,512,128,0,120,12,,2026-05,me",
        ",,,,,,,,,,,,,,,,,,,,,,",
    )
    out, summary = tmp_path / "rows.csv", tmp_path / "summary.json"
    command = ["accuracy", "--measurements", str(file), "--output", str(out)]
    assert main([*command, "--json", str(summary)]) == 0
    with out.open(encoding="utf-8", newline="") as written:
        rows = list(csv.DictReader(written))
    assert [row["row"] for row in rows] == ["1", "2"]
    assert [row["matched"] for row in rows] == ["yes", "no"]
    first = rows[0]
    assert first["measured_decode_tps"] == "12.0"
    assert (
        0
        < float(first["predicted_decode_tps_low"])
        < float(first["predicted_decode_tps"])
        < float(first["predicted_decode_tps_high"])
    )
    assert first["class"] == "cpu"
    assert rows[1]["reason"]
    assert json.loads(summary.read_text(encoding="utf-8"))["matched"] == 1


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "\x00\xff"])
def test_a_file_of_something_else_is_refused(
    tmp_path: Path, text: str, catalogue: Catalogue
) -> None:
    path = tmp_path / "other.csv"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(MeasurementFileError):
        read_measurements(path, catalogue)
    with pytest.raises(MeasurementFileError):
        read_measurements(tmp_path / "missing.csv", catalogue)


def test_the_accuracy_shown_belongs_to_the_calibration(shipped: Calibration) -> None:
    shown = json.loads((SEED_DIR / "accuracy.json").read_text(encoding="utf-8"))
    assert shown["calibration"] == shipped.version
    assert set(shown["by"]) == {"hardware", "model", "source"}

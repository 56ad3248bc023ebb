"""Measurement files of other people: the published schema read into the facts we hold.

Names are looked up exactly, by catalogue name or known spelling; what cannot be found keeps its
name and no slug, and the row says so where it is used.
"""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from app.accuracy.report import Matched
from app.accuracy.rows import QUANTITIES
from app.catalogue.facts import MeasurementFacts
from app.catalogue.snapshot import Catalogue

#: Column of a file -> field of a measurement, where they differ.
_RENAMED = {
    "cores_used_or_threads": "threads",
    "mem_channels": "memory_channels",
    "mem_type": "memory_type",
    "mem_mts": "memory_mts",
    "mem_gb": "memory_gib",
    "gen_tokens": "generated_tokens",
    "backend_version": "engine_version",
    "date": "observed_on",
    "use_reason": "exclude_reason",
}
_NUMBERS = (
    "weight",
    "memory_mts",
    "memory_gib",
    "weights_gib",
    "concurrency",
    "prompt_tokens",
    "generated_tokens",
    "context_depth",
    "prefill_tps",
    "decode_tps",
    "decode_tps_per_user",
    "ttft_ms",
    "power_cap_w",
)
_COUNTS = ("sockets", "threads", "memory_channels", "gpu_count")
_WORDS = (
    "row_id",
    "exclude_reason",
    "decode_kind",
    "kind",
    "engine_version",
    "memory_type",
    "parallelism",
    "offload_note",
    "flash_attention",
    "kv_dtype",
    "observed_on",
    "notes",
)
_MATCHED = ("cpu", "gpu", "model", "quantization", "engine")
_ENDS = ("", "_low", "_high")
_NEEDED = ("model", "quant", "backend")
#: Thing -> (kind of catalogue entry, columns that may name it, most exact first).
_NAMES = {
    "cpu": ("cpus", ("cpu_name", "cpu")),
    "gpu": ("gpus", ("gpu_name", "gpu")),
    "model": ("models", ("model_id", "model")),
    "quantization": ("quantizations", ("quant_name", "quant")),
}
#: Engines that a file names without the backend that drives the device.
_BY_VENDOR: Mapping[str, Mapping[str | None, str]] = {
    "vllm": {"NVIDIA": "vllm-cuda", "AMD": "vllm-rocm", "Intel": "vllm-xpu"},
    "sglang": {"NVIDIA": "sglang-cuda", "AMD": "sglang-rocm"},
    "llama.cpp": {
        "NVIDIA": "llama.cpp-cuda",
        "AMD": "llama.cpp-rocm",
        "Intel": "llama.cpp-sycl",
        "Apple": "llama.cpp-metal",
        None: "llama.cpp-cpu",
    },
    "llamafile": {
        "NVIDIA": "llamafile-cuda",
        "AMD": "llamafile-rocm",
        "Apple": "llamafile-metal",
        None: "llamafile-cpu",
    },
    "ollama": {
        "NVIDIA": "ollama-cuda",
        "AMD": "ollama-rocm",
        "Apple": "ollama-metal",
        None: "ollama-cpu",
    },
    "ik_llama.cpp": {"NVIDIA": "ik_llama.cpp-cuda", None: "ik_llama.cpp-cpu"},
    "lmdeploy-turbomind": {"NVIDIA": "lmdeploy"},
    "ollama (mlx engine)": {"Apple": "mlx"},
}


class MeasurementFileError(Exception):
    """The file is not one of measurements; the message says why."""


def read_measurements(path: Path, catalogue: Catalogue) -> list[MeasurementFacts]:
    """All rows of a CSV in the schema of the published measurements, in order.

    Raises:
        MeasurementFileError: the file cannot be read, or lacks a column that every row needs.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            columns = set(reader.fieldnames or ())
            missing = [name for name in _NEEDED if name not in columns]
            if missing:
                raise MeasurementFileError(
                    f"{path.name} has no column {missing[0]}: it is not a file of measurements."
                )
            rows = list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise MeasurementFileError(f"{path.name} cannot be read: {error}") from error
    return [_measurement(i, row, catalogue) for i, row in enumerate(rows, start=1)]


def write_rows(path: Path, matched: Sequence[Matched]) -> None:
    """One row for every row that was read, in order. Raises OSError where it cannot be written."""
    columns = ["row", "matched", "reason", *(f"{thing}_slug" for thing in _MATCHED)]
    for quantity in QUANTITIES:
        columns += [f"measured_{quantity}"] + [f"predicted_{quantity}{end}" for end in _ENDS]
    columns += ["basis", "class"]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        for number, one in enumerate(matched, start=1):
            writer.writerow(_written(number, one))


def _written(number: int, one: Matched) -> dict[str, object]:
    cells: dict[str, object] = {
        "row": number,
        "matched": "no" if one.reason else "yes",
        "reason": one.reason or "",
    }
    cells |= {f"{t}_slug": getattr(one.row, f"{t}_slug") or "" for t in _MATCHED}
    for quantity in QUANTITIES:
        if quantity in one.measured:
            cells[f"measured_{quantity}"] = one.measured[quantity]
        prediction = one.predictions.get(quantity)
        if prediction is None:
            continue
        speeds = (prediction.typical, prediction.low, prediction.high)
        for end, speed in zip(_ENDS, speeds, strict=True):
            cells[f"predicted_{quantity}{end}"] = f"{speed:.6g}"
        cells |= {"basis": prediction.basis, "class": prediction.device_class}
    return cells


def _measurement(
    number: int, row: Mapping[str, str | None], catalogue: Catalogue
) -> MeasurementFacts:
    given = {
        _RENAMED.get(name, name): value.strip()
        for name, value in row.items()
        if name and isinstance(value, str) and value.strip()
    }
    fields: dict[str, object] = {name: given[name] for name in _WORDS if name in given}
    fields.update({name: _number(given.get(name)) for name in _NUMBERS})
    fields.update({name: _count(given.get(name)) for name in _COUNTS})
    for thing, (kind, columns) in _NAMES.items():
        stated = [given[column] for column in columns if column in given]
        fields[f"{thing}_name"] = stated[-1] if stated else None
        fields[f"{thing}_slug"] = next(
            (slug for name in stated if (slug := catalogue.known(kind, name))), None
        )
    # a graphics card named in a row of the CPU is not what ran
    gpu = None if given.get("kind") == "cpu" else fields["gpu_slug"]
    fields["engine_name"] = given.get("backend")
    fields["engine_slug"] = _engine(given, str(gpu) if gpu else None, catalogue)
    name = f"{fields['model_name']} on {fields['gpu_name'] or fields['cpu_name']}"
    return MeasurementFacts.model_validate(
        {
            "slug": f"row-{number}",
            "name": name[:240],
            "source": given.get("source", "not stated"),
            "row_id": str(number),
            "usable": given.get("use", "ok") == "ok",
            **{key: value for key, value in fields.items() if value is not None},
        }
    )


def _engine(given: Mapping[str, str], gpu: str | None, catalogue: Catalogue) -> str | None:
    """The engine's slug, by its own name or by what drives the device it ran on."""
    name = given.get("backend", "").lower()
    vendor = catalogue.gpus[gpu].vendor if gpu else None
    if name == "ollama" and vendor == "Apple" and _is_mlx(given):
        return "mlx"
    by_vendor = _BY_VENDOR.get(name)
    if by_vendor is not None:
        return by_vendor.get(vendor)
    known = catalogue.known("engines", name) if name else None
    if known is None or catalogue.engines[known].backend == "cpu" or vendor is not None:
        return known
    return known if given.get("kind") != "cpu" else None


def _is_mlx(given: Mapping[str, str]) -> bool:
    """Ollama's tags in these formats run on Apple's own engine."""
    quant = given.get("quant", "").lower()
    return "nvfp4" in quant or "mlx" in quant or quant == "int4"


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None


def _count(text: str | None) -> int | None:
    number = _number(text)
    return None if number is None else round(number)

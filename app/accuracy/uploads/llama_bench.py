"""llama-bench output: rows of its JSON, JSONL and CSV, and its markdown table.

Fields and display names are those of llama.cpp's tools/llama-bench/llama-bench.cpp. A file of an
older build lacks some of them; what is missing stays unknown.
"""

import csv
import io
import re
from collections.abc import Mapping
from typing import Any, Final

from app.accuracy.uploads.runs import (
    MAX_BYTES_OF_MODEL,
    MAX_ROWS,
    MAX_TPS,
    UploadedRun,
    UploadError,
    count_of,
    flag_of,
    number_of,
    text_of,
)

#: Without these columns a CSV file is not llama-bench's.
NEEDED: Final = ("n_prompt", "n_gen", "avg_ts")
#: Columns of the markdown table under another name than in the other formats.
_COLUMNS: Final = {
    "model": "model_type",
    "backend": "backends",
    "ngl": "n_gpu_layers",
    "threads": "n_threads",
    "sm": "split_mode",
    "mg": "main_gpu",
    "nkvo": "no_kv_offload",
    "fa": "flash_attn",
    "dev": "devices",
    "ts": "tensor_split",
    "ot": "tensor_buft_overrides",
    "embd": "embeddings",
}
_CELL_LENGTH: Final = 400
_TEST = re.compile(r"(?:pp(\d{1,9}))?\+?(?:tg(\d{1,9}))?(?: @ d(\d{1,9}))?")
_SPEED = re.compile(r"(-?[0-9.eE+]{1,30}|[-+]?(?:nan|inf))(?:\s*[^\d\s]{1,3}\s*([0-9.]{1,30}))?")
_SIZE = re.compile(r"([0-9.]{1,20}) ?([KMGT]i?B|[KMBT])")
_UNITS: Final = {
    "KiB": 2.0**10,
    "MiB": 2.0**20,
    "GiB": 2.0**30,
    "TiB": 2.0**40,
    "K": 1e3,
    "M": 1e6,
    "B": 1e9,
    "T": 1e12,
}
_BUILD = re.compile(r"^build: ([0-9a-f]{4,40}) \((\d{1,9})\)", re.MULTILINE)
#: How the back ends announce a device on the terminal, above the table.
_ANNOUNCED = (
    re.compile(r"^\s{0,8}Device \d{1,3}: ([^,\n]{1,120}),", re.MULTILINE),
    re.compile(r"^ggml_vulkan: \d{1,3} = ([^|\n]{1,160}) \|", re.MULTILINE),
    re.compile(r"^ggml_metal_[a-z_]{1,30}: (?:found|picking default) device: (.{1,120})$", re.M),
)
#: Architecture, size, file type: "qwen3moe 30B.A3B Q4_K - Medium".
_MODEL_TYPE = re.compile(r"(\S{1,60}) (\S{1,30}) (.{1,80})")
_OLD_BACKENDS = ("cuda", "hipblas", "vulkan", "sycl", "metal", "kompute")


def is_row(row: Mapping[str, Any]) -> bool:
    """Whether an object is one of llama-bench's."""
    return "avg_ts" in row and "n_prompt" in row


def run_of(row: Mapping[str, Any], where: str) -> UploadedRun:
    """One test from JSON or CSV. ``where`` names it in a refusal: "Line 3".

    Raises:
        UploadError: a figure is missing, absurd or no number.
    """
    speed = number_of(row, "avg_ts", where, most=MAX_TPS, above_zero=True)
    prompt = count_of(row, "n_prompt", where)
    generated = count_of(row, "n_gen", where)
    if speed is None or not (prompt or generated):
        raise UploadError(f"{where} states no speed, or not of how many tokens.")
    model_type = text_of(row, "model_type")
    matched = _MODEL_TYPE.fullmatch(model_type or "")
    version = [text_of(row, "build_commit"), text_of(row, "build_number")]
    main_gpu = count_of(row, "main_gpu", where, least=-1)
    return UploadedRun(
        tool="llama-bench",
        engine="llama.cpp",
        backend=text_of(row, "backends") or _old_backend(row),
        engine_version=" ".join(v for v in version if v) or None,
        device_text=text_of(row, "gpu_info"),
        cpu_text=text_of(row, "cpu_info"),
        model_text=model_type,
        model_filename=text_of(row, "model_filename"),
        quantization_text=matched[3].strip() if matched else None,
        model_size=number_of(row, "model_size", where, most=MAX_BYTES_OF_MODEL),
        model_n_params=number_of(row, "model_n_params", where, most=MAX_BYTES_OF_MODEL),
        n_gpu_layers=count_of(row, "n_gpu_layers", where, least=-2),
        n_cpu_moe=count_of(row, "n_cpu_moe", where),
        n_batch=count_of(row, "n_batch", where),
        n_ubatch=count_of(row, "n_ubatch", where),
        threads=count_of(row, "n_threads", where),
        flash_attn=_flash(row),
        type_k=text_of(row, "type_k"),
        type_v=text_of(row, "type_v"),
        split_mode=text_of(row, "split_mode"),
        main_gpu=main_gpu,
        devices=text_of(row, "devices"),
        tensor_split=text_of(row, "tensor_split"),
        tensor_overrides=text_of(row, "tensor_buft_overrides"),
        no_kv_offload=flag_of(row, "no_kv_offload"),
        embeddings=flag_of(row, "embeddings"),
        n_prompt=prompt or 0,
        n_gen=generated or 0,
        depth=count_of(row, "n_depth", where),
        prefill_tps=None if generated else speed,
        decode_tps=None if prompt else speed,
        combined_tps=speed if prompt and generated else None,
        stddev_tps=number_of(row, "stddev_ts", where, most=MAX_TPS),
        date=_date(text_of(row, "test_time")),
    )


def runs_of_csv(text: str) -> list[UploadedRun]:
    """The tests of a CSV file, header first.

    Raises:
        UploadError: columns are missing, a line has too many or too few, or a figure is wrong.
    """
    reader = csv.reader(io.StringIO(text), strict=True)
    runs: list[UploadedRun] = []
    try:
        header = [name.strip() for name in next(reader)]
        lacking = [name for name in NEEDED if name not in header]
        if lacking:
            raise UploadError(f"The CSV file has no column {' or '.join(lacking)}.")
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            where = f"Line {reader.line_num}"
            if len(cells) != len(header):
                wanted = f"{len(cells)} columns where the first line has {len(header)}"
                raise UploadError(f"{where} has {wanted}.")
            check_rows(len(runs) + 1)
            runs.append(run_of(dict(zip(header, cells, strict=True)), where))
    except (csv.Error, StopIteration) as error:
        raise UploadError("The CSV file cannot be read: a line of it is damaged.") from error
    return runs


def is_table_header(line: str) -> bool:
    """Whether a line heads llama-bench's markdown table."""
    if "|" not in line or not line.lstrip().startswith("|"):
        return False
    cells = _cells(line)
    return "test" in cells and "t/s" in cells


def runs_of_markdown(text: str) -> list[UploadedRun]:
    """The tests of every table in a text; what else stands there is passed over.

    The text may be copied from a terminal: devices announced above the table and the build named
    below it are taken from there.

    Raises:
        UploadError: a row does not fit its header, or a figure is wrong.
    """
    header: list[str] = []
    runs: list[UploadedRun] = []
    about = _about(text)
    for number, line in enumerate(text.splitlines(), start=1):
        if is_table_header(line):
            header = _cells(line)
        elif not line.lstrip().startswith("|"):
            header = [] if line.strip() else header
        elif header and not set(line) <= set("|-: \t"):
            check_rows(len(runs) + 1)
            runs.append(_table_run(header, _cells(line), about, f"Line {number}"))
    return runs


def check_rows(count: int) -> None:
    """Raises UploadError above the number of runs one upload may hold."""
    if count > MAX_ROWS:
        raise UploadError(f"One upload may hold {MAX_ROWS:,} runs; this one holds more.")


def _table_run(
    header: list[str], cells: list[str], about: Mapping[str, str], where: str
) -> UploadedRun:
    if len(cells) != len(header):
        wanted = f"{len(cells)} columns where the table's head has {len(header)}"
        raise UploadError(f"{where} has {wanted}.")
    row: dict[str, Any] = dict(about)
    for name, cell in zip(header, cells, strict=True):
        row[_COLUMNS.get(name, name)] = cell
    test = _TEST.fullmatch(row["test"])
    speed = _SPEED.fullmatch(row["t/s"])
    if test is None or not (test[1] or test[2]):
        raise UploadError(f"{where}: the test is none of llama-bench's, such as pp512 or tg128.")
    if speed is None:
        raise UploadError(f"{where}: t/s is not a number.")
    row.update(n_prompt=test[1] or 0, n_gen=test[2] or 0, n_depth=test[3] or 0)
    row.update(avg_ts=speed[1], stddev_ts=speed[2])
    row["model_size"] = _sized(row.get("size", ""))
    row["model_n_params"] = _sized(row.get("params", ""))
    return run_of(row, where)


def _cells(line: str) -> list[str]:
    return [cell.strip()[:_CELL_LENGTH] for cell in line.strip().strip("|").split("|")]


def _about(text: str) -> dict[str, str]:
    """What a terminal shows around the table: devices and build."""
    found: dict[str, str] = {}
    for pattern in _ANNOUNCED:
        names = [" ".join(name.split()) for name in pattern.findall(text)[:64]]
        if names:
            found["gpu_info"] = ", ".join(names)
            break
    build = _BUILD.search(text)
    if build:
        found["build_commit"], found["build_number"] = build[1], build[2]
    return found


def _sized(cell: str) -> float | None:
    """``4.58 GiB`` in bytes, ``8.03 B`` parameters; ``None`` where it is written otherwise."""
    matched = _SIZE.fullmatch(cell)
    if matched is None:
        return None
    try:
        return float(matched[1]) * _UNITS.get(matched[2], float("nan")) or None
    except ValueError:
        return None


def _flash(row: Mapping[str, Any]) -> str | None:
    value = row.get("flash_attn")
    if isinstance(value, bool):
        return "on" if value else "off"
    words = (text_of(row, "flash_attn") or "").lower()
    return {"": None, "1": "on", "0": "off", "-1": "auto"}.get(words, words)


def _old_backend(row: Mapping[str, Any]) -> str | None:
    """Builds before the ``backends`` field had a switch for each."""
    named = [name for name in _OLD_BACKENDS if flag_of(row, name)]
    if named:
        return "ROCm" if named[0] == "hipblas" else named[0]
    return "CPU" if any(name in row for name in _OLD_BACKENDS) else None


def _date(time: str | None) -> str | None:
    return time[:10] if time and re.match(r"20\d\d-\d\d-\d\d", time) else None

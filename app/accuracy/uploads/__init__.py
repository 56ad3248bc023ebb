"""A user's own benchmark files: read, matched to the catalogue, compared with our prediction."""

import json
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from app.accuracy.uploads import llama_bench, vllm_bench
from app.accuracy.uploads.runs import MAX_BYTES, MAX_ROWS, UploadedRun, UploadError

__all__ = ["MAX_BYTES", "MAX_ROWS", "UploadError", "UploadedRun", "read_upload"]

_UNKNOWN = (
    "This is neither llama-bench output (JSON, JSONL, CSV or the markdown table) nor a result file "
    "of vllm bench serve."
)


def read_upload(data: bytes, filename: str | None = None) -> list[UploadedRun]:
    """The runs in a benchmark file; its format is recognised by what stands in it.

    Args:
        data: The file, at most 1 MiB and 2,000 runs.
        filename: Named in refusals.

    Raises:
        UploadError: the file cannot be read; says why in one sentence.
    """
    text = _text(data)
    lines = text.splitlines(keepends=True)
    start, reader = _format(lines)
    if reader is None:
        named = f" ({_file(filename)})" if filename else ""
        raise UploadError(_UNKNOWN[:-1] + named + ".")
    # devices are announced above a table, so that one is read with what stands before it
    runs = reader(text if reader is llama_bench.runs_of_markdown else "".join(lines[start:]))
    if not runs:
        raise UploadError("There is no finished run in this file.")
    return runs


def _text(data: bytes) -> str:
    if len(data) > MAX_BYTES:
        detail = f"The file is larger than {MAX_BYTES:,} bytes; leave single requests out of it."
        raise UploadError(detail, too_large=True)
    if not data.strip():
        raise UploadError("The file is empty.")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UploadError("The file is UTF-16, as PowerShell writes it; save it as UTF-8.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UploadError("The file is not text in UTF-8.") from error
    if "\x00" in text:
        raise UploadError("The file holds NUL characters: it is not a text file.")
    return text


def _format(lines: list[str]) -> tuple[int, Callable[[str], list[UploadedRun]] | None]:
    """The line where results begin, and what reads them; log lines above them are passed over."""
    for number, line in enumerate(lines):
        begun = line.strip()
        if not begun:
            continue
        if begun.startswith("{") or begun == "[" or begun.startswith(("[{", "[ {")):
            return number, _runs_of_json
        if llama_bench.is_table_header(line[:4000]):
            return number, llama_bench.runs_of_markdown
        if "avg_ts" in line[:4000] and "," in line:
            return number, llama_bench.runs_of_csv
    first = lines[0].strip()
    if first.startswith("["):
        return 0, _runs_of_json
    is_csv = first.count(",") >= 2 and not first.startswith(("|", "<"))
    return 0, llama_bench.runs_of_csv if is_csv else None


def _runs_of_json(text: str) -> list[UploadedRun]:
    """One object, a list of them, or one a line."""
    rows: list[Any] = []
    decoder = json.JSONDecoder(parse_constant=_no_constant)
    position, end = 0, len(text)
    while position < end:
        if text[position].isspace():
            position += 1
            continue
        try:
            value, position = decoder.raw_decode(text, position)
        except RecursionError as error:
            raise UploadError("The JSON is nested too deeply.") from error
        except ValueError as error:
            line = text.count("\n", 0, getattr(error, "pos", position)) + 1
            raise UploadError(f"The JSON is damaged or cut off at line {line}.") from error
        rows.extend(value if isinstance(value, list) else [value])
        llama_bench.check_rows(len(rows))
    return [_run(row, f"Run {number}") for number, row in enumerate(rows, start=1)]


def _run(row: Any, where: str) -> UploadedRun:
    if isinstance(row, Mapping):
        if llama_bench.is_row(row):
            return llama_bench.run_of(row, where)
        if vllm_bench.is_row(row):
            return vllm_bench.run_of(row, where)
    raise UploadError(f"{where} is neither llama-bench's nor a serving benchmark's.")


def _no_constant(name: str) -> NoReturn:
    raise UploadError(f"The file holds {name}, which is no number.")


def _file(name: str) -> str:
    return "".join(c for c in name[-80:] if c.isprintable()) or "unnamed"

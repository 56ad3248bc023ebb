"""What an uploaded benchmark file says, whatever its format, and the refusal of one that cannot be.

Every figure is checked here once: finite, not negative, not absurd. Text is cut to a length and
holds printable characters only, so that it can be shown anywhere.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

Tool = Literal["llama-bench", "vllm-bench"]

MAX_BYTES: Final = 1_048_576
MAX_ROWS: Final = 2_000
MAX_TPS: Final = 1e7
MAX_MS: Final = 1e9
MAX_TOKENS: Final = 100_000_000
MAX_BYTES_OF_MODEL: Final = 1e15
TEXT_LENGTH: Final = 240


class UploadError(Exception):
    """The upload cannot be read; the message is one sentence for the person who sent it."""

    def __init__(self, sentence: str, *, too_large: bool = False) -> None:
        """Keep the sentence, and whether it was about size."""
        super().__init__(sentence)
        self.too_large = too_large


@dataclass(frozen=True, slots=True)
class UploadedRun:
    """One line of a benchmark's output as its author wrote it. ``None``: the file does not say.

    Speeds are tokens a second, times milliseconds, sizes bytes. A llama-bench run has one of
    ``prefill_tps``, ``decode_tps`` and ``combined_tps`` (prompt and answer timed together).
    ``decode_tps`` of a serving benchmark is ``None``: it has ``output_throughput`` (all requests
    together, over the whole run) and ``tpot_ms``.
    """

    tool: Tool
    engine: str | None = None
    backend: str | None = None
    engine_version: str | None = None
    device_text: str | None = None
    cpu_text: str | None = None
    model_text: str | None = None
    model_filename: str | None = None
    quantization_text: str | None = None
    model_size: float | None = None
    model_n_params: float | None = None
    n_gpu_layers: int | None = None
    n_cpu_moe: int | None = None
    n_batch: int | None = None
    n_ubatch: int | None = None
    threads: int | None = None
    flash_attn: str | None = None
    type_k: str | None = None
    type_v: str | None = None
    split_mode: str | None = None
    main_gpu: int | None = None
    devices: str | None = None
    tensor_split: str | None = None
    tensor_overrides: str | None = None
    no_kv_offload: bool = False
    embeddings: bool = False
    n_prompt: float | None = None
    n_gen: float | None = None
    depth: int | None = None
    prefill_tps: float | None = None
    decode_tps: float | None = None
    combined_tps: float | None = None
    stddev_tps: float | None = None
    concurrency: int | None = None
    gpu_count: int | None = None
    ttft_ms: float | None = None
    tpot_ms: float | None = None
    output_throughput: float | None = None
    date: str | None = None

    @property
    def test(self) -> str:
        """What was measured, in the tool's own short words: ``pp512 @ d4096``, ``1024 → 128``."""
        if self.tool == "vllm-bench":
            at_once = f", {self.concurrency} at once" if self.concurrency else ""
            return f"{_short(self.n_prompt)} → {_short(self.n_gen)}{at_once}"
        parts = [
            f"{letters}{_short(count)}"
            for letters, count in (("pp", self.n_prompt), ("tg", self.n_gen))
            if count
        ]
        return "+".join(parts) + (f" @ d{self.depth}" if self.depth else "")


def _short(count: float | None) -> str:
    return "?" if count is None else f"{count:.0f}"


def text_of(row: Mapping[str, Any], *keys: str) -> str | None:
    """The first of some fields that holds text; ``None`` where all are empty."""
    for key in keys:
        value = row.get(key)
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            # a slice first: what is not printable may be long as well
            shown = "".join(c if c.isprintable() else " " for c in str(value)[: 2 * TEXT_LENGTH])
            words = " ".join(shown.split())[:TEXT_LENGTH].strip()
            if words:
                return words
    return None


def number_of(
    row: Mapping[str, Any], key: str, where: str, *, most: float, above_zero: bool = False
) -> float | None:
    """A figure; ``None`` where the field is missing or empty.

    Raises:
        UploadError: it is not a plain finite number from 0 (or above 0) to ``most``.
    """
    value = row.get(key)
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    found = _plain_number(value)
    if found is None:
        raise UploadError(f"{where}: {key} is not a number.")
    if found < 0 or found > most or (above_zero and found == 0):
        raise UploadError(f"{where}: {key} cannot be {_shown(found)}.")
    return found


def count_of(row: Mapping[str, Any], key: str, where: str, *, least: int = 0) -> int | None:
    """A whole number of tokens, layers or threads, as ``number_of``; ``least`` may be below 0."""
    value = row.get(key)
    if least < 0 and (found := _plain_number(value)) is not None and least <= found < 0:
        return int(found)
    number = number_of(row, key, where, most=MAX_TOKENS)
    if number is None:
        return None
    if not number.is_integer():
        raise UploadError(f"{where}: {key} is not a whole number.")
    return int(number)


def flag_of(row: Mapping[str, Any], key: str) -> bool:
    """A switch as the tools write it: true, 1, "1"."""
    return str(row.get(key, "")).strip().lower() in ("true", "1", "on")


def _plain_number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    if isinstance(value, str) and (len(value) > 40 or not value.isascii() or "_" in value):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def _shown(value: float) -> str:
    return f"{value:.6g}"

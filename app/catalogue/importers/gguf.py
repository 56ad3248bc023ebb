"""The head of a GGUF file, read within bounds: metadata and the list of tensors, no weights.

Nothing is ever allocated by a length that the file states: a length is compared with what was
brought first. Long arrays (a tokenizer's words) are walked over and not kept.

Source of the layout: docs/gguf.md of ggml-org/ggml.
"""

import struct
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from app.catalogue.importers.json_text import UnreadableError

MAGIC: Final = b"GGUF"
MOST_KEYS: Final = 4_096
MOST_TENSORS: Final = 100_000
MOST_DIMENSIONS: Final = 4
LONGEST_KEY: Final = 1_024
LONGEST_NAME: Final = 256
LONGEST_STRING: Final = 1 << 20
MOST_ELEMENTS: Final = 2_000_000
DEEPEST: Final = 2
LARGEST_DIMENSION: Final = 1 << 40
MOST_VALUES: Final = 1 << 50
KEPT_TEXT: Final = 400
KEPT_ELEMENTS: Final = 4_096
KEPT_TOGETHER: Final = 65_536
LARGEST_ALIGNMENT: Final = 1 << 20
SECONDS: Final = 0.8
"""Of processor time; reading a usual head takes a fifth of it."""

_STRING: Final = 8
_ARRAY: Final = 9
_BOOL: Final = 7
_SCALARS: Final[Mapping[int, struct.Struct]] = {
    0: struct.Struct("<B"),
    1: struct.Struct("<b"),
    2: struct.Struct("<H"),
    3: struct.Struct("<h"),
    4: struct.Struct("<I"),
    5: struct.Struct("<i"),
    6: struct.Struct("<f"),
    _BOOL: struct.Struct("<B"),
    10: struct.Struct("<Q"),
    11: struct.Struct("<q"),
    12: struct.Struct("<d"),
}
_U32: Final = struct.Struct("<I")
_U64: Final = struct.Struct("<Q")


class GgufError(UnreadableError):
    """The head cannot be read; ``offset`` is the byte where that showed."""

    def __init__(self, reason: str, offset: int) -> None:
        """Say what is wrong and where."""
        super().__init__(reason)
        self.offset = offset


class TruncatedError(GgufError):
    """The head goes on beyond what was brought: it takes ``needed`` bytes at least."""

    def __init__(self, part: str, offset: int, needed: int, brought: int) -> None:
        """Say which part is missing."""
        sentence = (
            f"The head of the file goes on: {part} is missing. At least {needed:,} bytes of the "
            f"file are needed, {needed - brought:,} more than were sent."
        )
        super().__init__(sentence, offset)
        self.part = part
        self.needed = needed


@dataclass(frozen=True, slots=True)
class LongArray:
    """An array that was counted and not kept."""

    length: int


@dataclass(frozen=True, slots=True)
class Tensor:
    """One tensor: its name, shape and type."""

    name: str
    shape: tuple[int, ...]
    type_number: int

    @property
    def values(self) -> int:
        """How many numbers it holds."""
        product = 1
        for side in self.shape:
            product *= side
        return product


@dataclass(frozen=True, slots=True)
class Header:
    """What stands before the weights."""

    version: int
    metadata: Mapping[str, Any]
    tensors: tuple[Tensor, ...]
    bytes_read: int


def read_header(data: bytes) -> Header:
    """Read the head of a GGUF file from its first bytes.

    Raises:
        TruncatedError: it goes on beyond ``data``.
        GgufError: it is no GGUF file of version 2 or 3, or states what cannot be.
    """
    cursor = _Cursor(data)
    version = _version(cursor)
    tensor_count, key_count = cursor.u64("the number of tensors"), cursor.u64("the number of keys")
    if tensor_count > MOST_TENSORS:
        raise cursor.wrong(f"It states {_big(tensor_count)} tensors: that cannot be.")
    if key_count > MOST_KEYS:
        raise cursor.wrong(f"It states {_big(key_count)} metadata keys: that cannot be.")
    metadata: dict[str, Any] = {}
    for index in range(key_count):
        cursor.check_time()
        key = cursor.text(LONGEST_KEY, f"metadata key {index + 1} of {key_count}")
        part = f"the value of metadata key {index + 1} of {key_count}"
        value = _value(cursor, cursor.u32(part), part, 0)
        if key in metadata:
            raise cursor.wrong(f"The metadata name “{_shown(key)}” twice.")
        metadata[key] = value
    _check_alignment(cursor, metadata)
    tensors = _tensors(cursor, tensor_count)
    return Header(version, metadata, tensors, cursor.at)


def _version(cursor: "_Cursor") -> int:
    if bytes(cursor.take(4, "its first four bytes")) != MAGIC:
        raise GgufError("This is not a GGUF file: it does not begin with the letters GGUF.", 0)
    version = cursor.u32("its version")
    if version & 0xFFFF == 0 and version:
        raise cursor.wrong(
            "The file is written for big-endian machines, which is not read here: take the usual "
            "little-endian file."
        )
    if version not in (2, 3):
        raise cursor.wrong(f"It is GGUF version {version}; versions 2 and 3 are read here.")
    return version


def _check_alignment(cursor: "_Cursor", metadata: Mapping[str, Any]) -> None:
    alignment = metadata.get("general.alignment", 32)
    whole = isinstance(alignment, int) and not isinstance(alignment, bool)
    if not whole or not 1 <= alignment <= LARGEST_ALIGNMENT or alignment & (alignment - 1):
        raise cursor.wrong("Its alignment is not a power of two that could be meant.")


def _tensors(cursor: "_Cursor", count: int) -> tuple[Tensor, ...]:
    found: list[Tensor] = []
    names: set[str] = set()
    for index in range(count):
        if index % 256 == 0:
            cursor.check_time()
        part = f"tensor {index + 1} of {count}"
        name = cursor.text(LONGEST_NAME, part)
        dimensions = cursor.u32(part)
        if dimensions > MOST_DIMENSIONS:
            raise cursor.wrong(f"A tensor has {_big(dimensions)} dimensions: at most 4 can be.")
        shape = tuple(cursor.u64(part) for _ in range(dimensions))
        tensor = Tensor(name, shape, cursor.u32(part))
        cursor.u64(part)  # where its weights begin
        if any(side > LARGEST_DIMENSION for side in shape) or tensor.values > MOST_VALUES:
            raise cursor.wrong("A tensor is larger than any can be.")
        if name in names:
            raise cursor.wrong(f"Two tensors are called “{_shown(name)}”.")
        names.add(name)
        found.append(tensor)
    return tuple(found)


def _value(cursor: "_Cursor", kind: int, part: str, depth: int) -> Any:
    if kind == _STRING:
        return cursor.text(LONGEST_STRING, part)[:KEPT_TEXT]
    if kind == _ARRAY:
        return _array(cursor, part, depth + 1)
    layout = _SCALARS.get(kind)
    if layout is None:
        raise cursor.wrong(f"A metadata value is of type {_big(kind)}, which there is not.")
    (value,) = layout.unpack(cursor.take(layout.size, part))
    return bool(value) if kind == _BOOL else value


def _array(cursor: "_Cursor", part: str, depth: int) -> Any:
    if depth > DEEPEST:
        raise cursor.wrong("Its metadata hold arrays in arrays in arrays, which nobody writes.")
    kind, count = cursor.u32(part), cursor.u64(part)
    cursor.count_elements(count)
    if kind == _STRING:
        cursor.skip_strings(count, part)
        return LongArray(count)
    if kind == _ARRAY:
        cursor.require(count * 12, part)
        for _ in range(count):
            cursor.check_time()
            _array(cursor, part, depth + 1)
        return LongArray(count)
    layout = _SCALARS.get(kind)
    if layout is None:
        raise cursor.wrong(f"A metadata array is of type {_big(kind)}, which there is not.")
    raw = cursor.take(count * layout.size, part)
    if count > KEPT_ELEMENTS or not cursor.may_keep(count):
        return LongArray(count)
    return [bool(v) if kind == _BOOL else v for (v,) in layout.iter_unpack(raw)]


class _Cursor:
    """A place in the bytes that were brought; every step asks whether it stays within them."""

    def __init__(self, data: bytes) -> None:
        self._data = memoryview(data)
        self._end = len(data)
        self.at = 0
        self._elements = 0
        self._kept = 0
        self._began = time.thread_time()

    def wrong(self, reason: str) -> GgufError:
        return GgufError(reason, self.at)

    def check_time(self) -> None:
        if time.thread_time() - self._began > SECONDS:
            raise self.wrong("Reading the head of this file takes too long.")

    def require(self, count: int, part: str) -> None:
        if count > self._end - self.at:
            raise TruncatedError(part, self.at, self.at + count, self._end)

    def take(self, count: int, part: str) -> memoryview:
        self.require(count, part)
        self.at += count
        return self._data[self.at - count : self.at]

    def u32(self, part: str) -> int:
        (value,) = _U32.unpack(self.take(4, part))
        return int(value)

    def u64(self, part: str) -> int:
        (value,) = _U64.unpack(self.take(8, part))
        return int(value)

    def text(self, longest: int, part: str) -> str:
        length = self.u64(part)
        if length > longest:
            raise self.wrong(f"A text of {_big(length)} bytes is stated: that cannot be.")
        try:
            return str(self.take(length, part), "utf-8")
        except UnicodeDecodeError:
            raise self.wrong("A text in it is not UTF-8.") from None

    def count_elements(self, count: int) -> None:
        self._elements += count
        if self._elements > MOST_ELEMENTS:
            raise self.wrong(f"Its metadata state {_big(self._elements)} values: that cannot be.")

    def may_keep(self, count: int) -> bool:
        """Whether so many more elements may be kept; lists by layer come nowhere near."""
        self._kept += count
        return self._kept <= KEPT_TOGETHER

    def skip_strings(self, count: int, part: str) -> None:
        """Walk over ``count`` texts, keeping none."""
        self.require(count * 8, part)
        data, end, at, unpack = self._data, self._end, self.at, _U64.unpack_from
        for index in range(count):
            if at + 8 > end:
                break
            (length,) = unpack(data, at)
            if length > LONGEST_STRING:
                self.at = at
                raise self.wrong(f"A text of {_big(length)} bytes is stated: that cannot be.")
            at += 8 + length
            if index % 65_536 == 0:
                self.check_time()
        else:
            if at <= end:
                self.at = at
                return
        self.at = min(at, end)
        raise TruncatedError(part, self.at, max(at, end + 1), end)


def _shown(text: str) -> str:
    return "".join(c if c.isprintable() else "\ufffd" for c in text[:60])


def _big(number: int) -> str:
    return f"{number:,}" if number < 10**15 else f"{float(number):.1e}"

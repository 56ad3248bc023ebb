"""JSON from strangers: bounded in size, depth and digits; nothing said twice, nothing infinite."""

import json
from typing import Any, Final

MAX_DEPTH: Final = 24
MAX_DIGITS: Final = 18


class UnreadableError(ValueError):
    """What was brought cannot be read; the message is one sentence that says why."""


def read_json_object(text: str | bytes) -> dict[str, Any]:
    """The object that ``text`` spells.

    Raises:
        UnreadableError: not JSON, not an object, nested too deeply, a name twice in one object,
            NaN or Infinity, or a number nobody could mean.
    """
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise UnreadableError("The file is not text in UTF-8.") from None
    text = text.removeprefix("\ufeff")
    if not text.strip():
        raise UnreadableError("There is nothing in it: choose a file or paste its text.")
    if _depth(text) > MAX_DEPTH:
        raise UnreadableError(f"The JSON is nested more than {MAX_DEPTH} levels deep.")
    try:
        found = json.loads(
            text,
            object_pairs_hook=_unique,
            parse_constant=_no_constant,
            parse_int=_bounded_int,
            parse_float=_bounded_float,
        )
    except json.JSONDecodeError as error:
        sentence = f"This is not JSON: line {error.lineno}, column {error.colno}: {error.msg}."
        raise UnreadableError(sentence) from None
    except RecursionError:
        raise UnreadableError("The JSON is nested too deeply.") from None
    if not isinstance(found, dict):
        raise UnreadableError("A config.json is a JSON object, beginning with {.")
    return found


def _depth(text: str) -> int:
    """Most brackets open at once, those inside strings left out."""
    depth = deepest = 0
    quoted = escaped = False
    for c in text:
        if quoted:
            if escaped:
                escaped = False
            elif c == "\\":
                escaped = True
            elif c == '"':
                quoted = False
        elif c == '"':
            quoted = True
        elif c in "{[":
            depth += 1
            deepest = max(deepest, depth)
        elif c in "}]":
            depth -= 1
    return deepest


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise UnreadableError(f"The JSON says “{_short(twice)}” twice in one object.")
    return found


def _no_constant(word: str) -> Any:
    # layer-time limits of state-space models are the only place configs spell Infinity in
    return None if word == "Infinity" else _refused_constant(word)


def _refused_constant(word: str) -> Any:
    raise UnreadableError(f"{word} is not a number JSON knows.")


def _bounded_int(digits: str) -> int:
    if len(digits.lstrip("-")) > MAX_DIGITS:
        raise UnreadableError(f"The number {digits[:12]}… has more than {MAX_DIGITS} digits.")
    return int(digits)


def _bounded_float(digits: str) -> float:
    if len(digits) > 400:
        raise UnreadableError(f"The number {digits[:12]}… is too long.")
    value = float(digits)
    if value in (float("inf"), float("-inf")):
        raise UnreadableError(f"The number {digits[:12]} is too large.")
    return value


def _short(text: str) -> str:
    return "".join(c if c.isprintable() else "\ufffd" for c in text[:60])

"""Text from the catalogue or a user, made harmless for the place it goes to."""

import re
import unicodedata
from typing import Final

#: What a spreadsheet program takes for the beginning of a formula.
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "＝", "＋", "－", "＠")
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def clean(words: str) -> str:
    """Without characters that no document can hold."""
    return _CONTROLS.sub("", words)


def cell(words: str) -> str:
    """A text that no spreadsheet program runs: what looks like a formula gets an apostrophe."""
    plain = clean(words)
    return f"'{plain}" if plain.lstrip(" \u00a0").startswith(_FORMULA_STARTS) else plain


def file_name(title: str, ending: str) -> str:
    """A file name of plain letters, digits and hyphens: rigwise-ryzen-9-9950x.pdf."""
    ascii_only = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    words = re.sub(r"[^a-z0-9.]+", "-", ascii_only.lower()).strip("-.")
    return f"rigwise-{words[:60].strip('-.') or 'build'}.{ending}"


def shortened(words: str, most: int) -> str:
    """At most so many characters, cut between words; an ellipsis says that something is missing."""
    flat = " ".join(clean(words).split(" "))
    flat = re.sub(r"[\r\n\t]+", " ", flat).strip()
    if len(flat) <= most:
        return flat
    cut = flat[: most - 1]
    space = cut.rfind(" ")
    return (cut[:space] if space > most * 0.6 else cut).rstrip(" ,;:.·–-") + "…"

"""Figures as words, the same in every sentence the product says and in every cell it shows."""

import math
from decimal import Decimal
from typing import SupportsFloat

THIN = "\u202f"  # narrow no-break space: between groups of three digits, and before a unit
CURRENCY_SIGNS = {"EUR": "€", "USD": "$", "GBP": "£", "CHF": "CHF"}
#: A figure and its unit, apart, because pages set units quieter than figures.
Words = tuple[str, str]


def number(value: SupportsFloat) -> float | None:
    """A figure for an answer: NaN and infinity become ``None``."""
    result = float(value)
    return result if math.isfinite(result) else None


def whole_number(value: SupportsFloat) -> int | None:
    """A count for an answer, or ``None``."""
    found = number(value)
    return None if found is None else int(found)


def grouped(value: float | Decimal, decimals: int = 0) -> str:
    """12345.6 -> "12 346", grouped by narrow spaces."""
    shown = f"{value:,.{decimals}f}".replace(",", THIN).replace("-", "\u2212")
    return shown.removeprefix("\u2212") if not shown.strip("\u22120.") else shown  # never "−0.0"


def significant(value: float, digits: int = 2) -> str:
    """Rounded to significant digits: 23.8 -> "24", 0.4312 -> "0.43", 2291 -> "2 300"."""
    if value == 0:
        return "0"
    decimals = digits - 1 - math.floor(math.log10(abs(value)))
    rounded = round(value, decimals)
    if rounded and math.floor(math.log10(abs(rounded))) > math.floor(math.log10(abs(value))):
        decimals -= 1  # 9.96 rounds up to 10, not 10.0
    return grouped(rounded, max(decimals, 0))


def duration(value: float) -> Words:
    """Seconds as people say them: 0.43 s, 1.8 s, 42 s, 3.5 min, 2.1 h."""
    if value < 10:
        return (significant(value) if value < 1 else grouped(value, 1)), "s"
    if value < 120:
        return grouped(value), "s"
    if value < 7200:
        return significant(value / 60), "min"
    return significant(value / 3600), "h"


def percent(share: float) -> str:
    """A share of one: 0.714 -> "71 %"."""
    return f"{100 * share:.0f}{THIN}%"


def gibibytes(value: float) -> Words:
    """Memory: one decimal below 100 GiB."""
    return grouped(value, 0 if abs(value) >= 100 else 1), "GiB"


def seconds(value: float) -> str:
    """`duration` as one phrase for a sentence."""
    return THIN.join(duration(value))


def gib(value: float) -> str:
    """`gibibytes` as one phrase for a sentence."""
    return THIN.join(gibibytes(value))


def capital(words: str) -> str:
    """The first letter large, the others as they are: "reading the KV cache"."""
    return words[:1].upper() + words[1:]


def listed(items: list[str]) -> str:
    """ "a, b and c"."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"

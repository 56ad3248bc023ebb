"""Figures as words, the same way in every sentence the product says."""

import math


def number(value: object) -> float | None:
    """A figure for an answer: NaN and infinity become ``None``."""
    result = float(value)  # type: ignore[arg-type]
    return result if math.isfinite(result) else None


def whole_number(value: object) -> int | None:
    """A count for an answer, or ``None``."""
    found = number(value)
    return None if found is None else int(found)


def significant(value: float, digits: int = 2) -> str:
    """A figure at so many significant digits, without exponent: 23.8 -> 24, 0.0123 -> 0.012."""
    if value == 0:
        return "0"
    decimals = digits - 1 - math.floor(math.log10(abs(value)))
    rounded = round(value, decimals)
    return f"{rounded:,.{max(decimals, 0)}f}".replace(",", "\u202f")


def gib(value: float) -> str:
    """Memory: one decimal below 100 GiB."""
    return f"{value:,.1f} GiB" if abs(value) < 100 else f"{value:,.0f} GiB"


def seconds(value: float) -> str:
    """A waiting time a person can picture."""
    if value < 10:
        return f"{significant(value)} s"
    if value < 100:
        return f"{value:.0f} s"
    if value < 5400:
        return f"{value / 60:.0f} min"
    return f"{value / 3600:.1f} h"


def tokens(value: float) -> str:
    """A count of tokens with a thin space between thousands."""
    return f"{value:,.0f}".replace(",", "\u202f")


def listed(items: list[str]) -> str:
    """ "a, b and c"."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"

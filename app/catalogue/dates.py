"""Dates as precise as their source."""

from datetime import date


def first_day(text: str | None) -> date | None:
    """The first day a date can mean: ``2026``, ``2026-08``, ``2025-H2``, ``2026-Q1`` or a full day.

    None for no date or one that cannot be read.
    """
    if not text:
        return None
    parts = text.strip().split("-")
    try:
        year = int(parts[0])
        if len(parts) == 1:
            return date(year, 1, 1)
        month = parts[1].upper()
        if month.startswith("Q"):
            return date(year, 3 * int(month[1:]) - 2, 1)
        if month.startswith("H"):
            return date(year, 6 * int(month[1:]) - 5, 1)
        return date(year, int(month), int(parts[2]) if len(parts) > 2 else 1)
    except ValueError:
        return None

"""Electricity: watts and hours to kilowatt-hours, kilowatt-hours to money.

Watts are taken at the wall. Every function but the money takes floats or NumPy arrays.
"""

from decimal import Decimal
from typing import TypeVar

import numpy as np
import numpy.typing as npt

HOURS_PER_DAY = 24.0
DAYS_PER_YEAR = 365.25

Figure = TypeVar("Figure", float, npt.NDArray[np.float64])


def kwh_per_year(
    load_w: Figure, idle_w: Figure, hours_per_day: float, busy_share: float = 1.0
) -> Figure:
    """Energy of a year: the busy share of ``hours_per_day`` at ``load_w``, the rest at ``idle_w``.

    With b = h x busy share: (load W x b + idle W x (24 - b)) x 365.25 / 1,000. The machine is
    never switched off.

    Raises:
        ValueError: ``hours_per_day`` outside 0 to 24, or ``busy_share`` outside 0 to 1.
    """
    if not 0 <= hours_per_day <= HOURS_PER_DAY:
        raise ValueError("hours_per_day must lie between 0 and 24")
    if not 0 <= busy_share <= 1:
        raise ValueError("busy_share must lie between 0 and 1")
    busy_hours = hours_per_day * busy_share
    watt_hours_per_day = load_w * busy_hours + idle_w * (HOURS_PER_DAY - busy_hours)
    return watt_hours_per_day * DAYS_PER_YEAR / 1000.0


def energy_cost(kwh: float, price_per_kwh: Decimal) -> Decimal:
    """Money for ``kwh`` at ``price_per_kwh``, in the currency of the price; not rounded."""
    return Decimal(repr(kwh)) * price_per_kwh

"""What a million generated tokens cost on a machine one owns.

The purchase is spread evenly over the years of use and nothing is left of it at the end. Tokens are
counted while the machine is under load only.
"""

from decimal import Decimal
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from app.costing.energy import DAYS_PER_YEAR

SECONDS_PER_HOUR = 3600.0
MILLION = Decimal(1_000_000)

Figure = TypeVar("Figure", float, npt.NDArray[np.float64])


def tokens_per_year(total_tps: Figure, hours_per_day: float) -> Figure:
    """Tokens generated in a year at ``total_tps`` (all requests together) for some hours a day."""
    return total_tps * (SECONDS_PER_HOUR * hours_per_day * DAYS_PER_YEAR)


def yearly_cost(purchase: Decimal, energy_per_year: Decimal, years: int) -> Decimal:
    """A year's share of the purchase plus a year's energy, in their common currency."""
    return purchase / years + energy_per_year


def per_million(cost_per_year: Decimal, tokens: float) -> Decimal | None:
    """Cost of a million tokens; None where no token is generated."""
    if not tokens > 0:
        return None
    return cost_per_year / Decimal(repr(tokens)) * MILLION

"""What a million tokens cost, on a machine one owns and from an API.

What a machine costs is spread evenly over the years of use. Tokens are counted while it works only.
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


def per_million(cost_per_year: Decimal, tokens: float) -> Decimal | None:
    """Cost of a million tokens; None where no token is generated."""
    if not tokens > 0:
        return None
    return cost_per_year / Decimal(repr(tokens)) * MILLION


def priced_tokens(
    input_tokens: float, output_tokens: float, per_input: Decimal, per_output: Decimal
) -> Decimal:
    """What an API asks for some tokens at its prices per million of each kind."""
    tokens_in, tokens_out = Decimal(repr(input_tokens)), Decimal(repr(output_tokens))
    return (tokens_in * per_input + tokens_out * per_output) / MILLION

"""Requests: how many a machine can serve, how busy they keep it, how many that is a year.

Requests of one length arrive evenly over the hours under load. Every function takes floats or NumPy
arrays of one shape.
"""

from typing import TypeVar

import numpy as np
import numpy.typing as npt

from app.costing.energy import DAYS_PER_YEAR
from app.costing.per_token import SECONDS_PER_HOUR

Figure = TypeVar("Figure", float, npt.NDArray[np.float64])


def capacity_per_hour(concurrency: Figure, total_s: Figure) -> Figure:
    """Requests served an hour while ``concurrency`` are in the house and each stays ``total_s``.

    Little's law, N / T x 3,600. Waiting for a place is part of ``total_s``: without it, it is the
    running requests over their time.
    """
    return concurrency * SECONDS_PER_HOUR / total_s


def prefill_share(prompt_s: Figure, answer_s: Figure) -> Figure:
    """Share of a request's time that goes into its prompt, 0 to 1."""
    return prompt_s / (prompt_s + answer_s)


def per_year(per_hour: Figure, hours_per_day: float) -> Figure:
    """What comes in the hours under load of every day, over a year."""
    return per_hour * (hours_per_day * DAYS_PER_YEAR)

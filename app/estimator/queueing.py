"""How long a prompt takes when other requests are served beside it. Times in seconds.

Requests take turns: each waits for a machine that reads prompts one after another, then generates
its answer beside the others, then comes back with the next. What a prompt waits depends on whether
the requests come one by one, as people do, or all at the same moment, as a batch job's do.
"""

import numpy as np

from app.estimator.numbers import Number, at_least


def prompt_among_others_s(
    prompt_s: Number, answer_s: Number, running: Number, together: Number
) -> Number:
    """Seconds from sending a prompt to the end of its processing; ``prompt_s`` if it runs alone.

    ``together`` is the share of requests that come with all others at the same moment.
    """
    one_by_one = spread_s(prompt_s, answer_s, running)
    return (1 - together) * one_by_one + together * at_once_s(prompt_s, running)


def spread_s(prompt_s: Number, answer_s: Number, running: Number) -> Number:
    """Requests that come one by one.

    Closed network of one server and ``running`` customers who spend ``answer_s`` elsewhere
    (Schweitzer's approximate mean value analysis): an arrival finds the queue that all but itself
    leave on average, R = p (1 + (n - 1) R / (R + Z)), a quadratic in R.
    """
    busy = running * prompt_s - answer_s
    return (busy + np.sqrt(busy * busy + 4 * prompt_s * answer_s)) / 2


def at_once_s(prompt_s: Number, running: Number) -> Number:
    """Requests that all come at the same moment: on average half of the others go first."""
    return prompt_s * (1 + at_least(running - 1, 0.0) / 2)

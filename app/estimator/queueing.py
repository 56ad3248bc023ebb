"""How long a prompt takes when other requests are served beside it. Times in seconds.

Requests take turns: each waits for a machine that reads prompts one after another, then generates
its answer beside the others, then comes back with the next. Prompts that wait together are read
together, as many as a pass holds: what a pass costs however full it is, they share. What a prompt
waits depends on whether the requests come one by one, as people do, or all at the same moment, as a
batch job's do.
"""

from app.estimator.numbers import Number, at_least, at_most, root


def prompt_among_others_s(
    prompt_s: Number,
    beside_s: Number,
    answer_s: Number,
    running: Number,
    together: Number,
    a_pass: Number,
) -> Number:
    """Seconds from sending a prompt to the end of its processing; ``prompt_s`` if it runs alone.

    Args:
        prompt_s: the prompt in passes of its own.
        beside_s: what it adds to passes that hold others as well; no more than ``prompt_s``.
        answer_s: the time each request spends generating before it comes back.
        running: requests at a time.
        together: share of requests that come with all others at the same moment.
        a_pass: prompts a pass holds.
    """
    one_by_one = spread_s(prompt_s, beside_s, answer_s, running)
    return (1 - together) * one_by_one + together * at_once_s(prompt_s, beside_s, running, a_pass)


def spread_s(prompt_s: Number, beside_s: Number, answer_s: Number, running: Number) -> Number:
    """Requests that come one by one.

    Closed network of one server and ``running`` customers who spend ``answer_s`` elsewhere
    (Schweitzer's approximate mean value analysis): an arrival finds the queue that all but itself
    leave on average, R = p + s (n - 1) R / (R + Z), a quadratic in R.
    """
    busy = prompt_s + (running - 1) * beside_s - answer_s
    return (busy + root(busy * busy + 4 * prompt_s * answer_s)) / 2


def at_once_s(prompt_s: Number, beside_s: Number, running: Number, a_pass: Number) -> Number:
    """Requests that all come at the same moment.

    On average half of the others go first, and half of those in the same pass end with it.
    """
    others = at_least(running - 1, 0.0)
    return prompt_s + beside_s * (others + at_most(others, a_pass - 1)) / 2

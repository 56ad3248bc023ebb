"""Bytes of the KV cache: what a sequence stores and what a step reads.

Layers with full attention grow with the context; layers with a sliding window stop growing at the
window; recurrent (linear-attention) layers keep a state of fixed size.
"""

import numpy as np

from app.estimator.numbers import Number, at_most, divide, where
from app.estimator.workload import Model


def window_fill(context_tokens: Number, window: Number) -> Number:
    """How full a sliding window is after ``context_tokens`` tokens, 0 to 1."""
    return at_most(1.0, divide(context_tokens, window))


def mean_window_fill(start: Number, length: Number, window: Number) -> Number:
    """Mean of `window_fill` while the context grows from ``start`` by ``length`` tokens.

    The exact integral of min(1, d/w), so that a long answer is not judged at one depth.
    """
    end = start + length
    knee = np.clip(window, start, end)  # where the window is full, if within the answer
    with np.errstate(divide="ignore", invalid="ignore"):
        ramp = (knee**2 - start**2) / (2 * window)
        mean = (ramp + (end - knee)) / length
    finite = np.isfinite(window)
    grown = where(length > 0, mean, window_fill(start, window))
    return where(finite | np.isnan(window), grown, 0.0)


def stored_bytes_per_sequence(model: Model, context_tokens: Number, kv_scale: Number) -> Number:
    """Bytes one sequence of ``context_tokens`` tokens keeps in the cache."""
    fill = 1.0 if model.linear_attention else window_fill(context_tokens, model.sliding_window)
    fixed = where(
        np.equal(model.kv_fixed_bytes_per_seq, 0), 0.0, model.kv_fixed_bytes_per_seq * fill
    )
    return (model.kv_bytes_per_token_f16 * context_tokens + fixed) * kv_scale


def read_bytes_per_step(
    model: Model, depth_tokens: Number, mean_fill: Number, kv_scale: Number
) -> Number:
    """Bytes one decode step reads for one sequence at ``depth_tokens`` tokens of context.

    A recurrent state is read and written back: twice its size, whatever the depth.
    """
    if model.linear_attention:
        fixed: Number = 2 * model.kv_fixed_bytes_per_seq
    else:
        none = np.equal(model.kv_fixed_bytes_per_seq, 0)
        fixed = where(none, 0.0, model.kv_fixed_bytes_per_seq * mean_fill)
    return (model.kv_bytes_per_token_f16 * depth_tokens + fixed) * kv_scale

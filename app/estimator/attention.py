"""Arithmetic of attention, in floating-point operations."""

import numpy as np

from app.estimator.numbers import Number, at_least, at_most, where
from app.estimator.workload import Model


def decode_flop(model: Model, depth_tokens: Number) -> Number:
    """Operations of attention for one decoded token: 4 x layers x heads x head size x depth.

    Two multiply-adds (scores, values) for every cached token and head of the layers whose cache
    grows.
    """
    return 4 * model.n_full_attention_layers * model.n_heads * model.head_dim * depth_tokens


def prefill_flop_per_token(model: Model, prompt_tokens: Number, cached_tokens: Number) -> Number:
    """The same for a prompt token, averaged over the prompt.

    Its mean depth is what is cached plus half of the prompt, or the window.
    """
    half = cached_tokens + prompt_tokens / 2
    windowed = at_least(model.n_layers - model.n_full_attention_layers - model.n_linear_layers, 0.0)
    # an infinite window means no windowed layers: the rest are blocks without attention
    seen = where(np.isinf(model.sliding_window), 0.0, at_most(model.sliding_window, half))
    depth_layers = model.n_full_attention_layers * half + windowed * seen
    return 4 * model.n_heads * model.head_dim * depth_layers

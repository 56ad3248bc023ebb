"""Bytes of weights: what a file takes, what a step reads, what a batch of tokens touches.

Symbols: P, A, R = parameters in total, active, read per token (billions); E, k = experts, experts
per token; V, h = vocabulary, hidden size.
"""

import numpy as np

from app.estimator.numbers import GB, Number, at_least, where
from app.estimator.workload import Model, WeightFormat


def expert_params_b(model: Model) -> Number:
    """Parameters of one routed expert over all layers, billions: p_e = (P - A) / (E - k).

    Exact from published totals: total and active differ only by the experts that rest.
    """
    dense = np.equal(model.n_experts, 0)
    resting = where(dense, 1.0, model.n_experts - model.n_experts_per_token)
    return where(dense, 0.0, (model.params_total_b - model.params_active_b) / resting)


def head_params_b(model: Model) -> Number:
    """Parameters of the output head, billions: V x h."""
    return model.vocab_size * model.hidden_size / 1e9


def non_expert_params_b(model: Model) -> Number:
    """Read by every token besides its experts and the head, billions: n_e = R - V h - k p_e."""
    return (
        model.read_per_token_b
        - head_params_b(model)
        - model.n_experts_per_token * expert_params_b(model)
    )


def experts_touched(model: Model, tokens: Number) -> Number:
    """Distinct experts that a batch of tokens wakes in a layer: U = E (1 - (1 - k/E)^B).

    Source: expectation for tokens that choose k of E experts independently.
    """
    dense = np.equal(model.n_experts, 0)
    experts = where(dense, 1.0, model.n_experts)
    rest = (1 - model.n_experts_per_token / experts) ** tokens
    return where(dense, 0.0, experts * (1 - rest))


def body_bits(model: Model, fmt: WeightFormat) -> Number:
    """Bits of the weights every token reads: a mixture's shared part may be kept finer."""
    return where(np.equal(model.n_experts, 0), fmt.body_bits, fmt.non_expert_bits)


def expert_bytes(model: Model, fmt: WeightFormat, tokens: Number) -> Number:
    """Bytes of the distinct experts that ``tokens`` tokens read in one step."""
    return experts_touched(model, tokens) * expert_params_b(model) * GB * fmt.body_bits / 8


def shared_bytes(model: Model, fmt: WeightFormat) -> Number:
    """Bytes of weights read whatever the routing: attention, norms, shared experts and the head."""
    body = non_expert_params_b(model) * GB * body_bits(model, fmt) / 8
    return body + head_params_b(model) * GB * fmt.head_bits / 8


def read_bytes(model: Model, fmt: WeightFormat, tokens: Number) -> Number:
    """Bytes of weights one step reads for ``tokens`` tokens processed together.

    The input embedding is looked up, not read; where it is tied it is the head and counts once.
    """
    return shared_bytes(model, fmt) + expert_bytes(model, fmt, tokens)


def all_expert_bytes(model: Model, fmt: WeightFormat) -> Number:
    """Bytes of all routed experts together."""
    return model.n_experts * expert_params_b(model) * GB * fmt.body_bits / 8


def stored_bytes(model: Model, fmt: WeightFormat) -> Number:
    """Bytes all weights take in memory.

    What active and read counts differ by is the input embedding; everything else that is not an
    expert is read on every token.
    """
    embedding = at_least(model.params_active_b - model.read_per_token_b, 0.0)
    return (
        shared_bytes(model, fmt)
        + all_expert_bytes(model, fmt)
        + embedding * GB * fmt.embedding_bits / 8
    )

"""How much longer than at its peaks a machine really takes: what a calibration says of one device.

The formulas give seconds at peak; `Multiples` say how many times as long each term takes. They see
neither engine names nor products, only these numbers.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from app.estimator.effects import Kind
from app.estimator.numbers import Number

Basis = Literal["measured", "calibrated", "theoretical"]
#: Term -> times its seconds at peak; a term that is missing takes just those.
Multiples = Mapping[str, Number]
#: Seconds by what they are spent on; the sum is the step.
Terms = dict[str, Number]


@dataclass(frozen=True, slots=True)
class Confidence:
    """How far to trust a speed: 80 % of outcomes lie within a factor of the estimate."""

    basis: Basis
    device_class: str
    decode_factor: Number
    prefill_factor: Number
    sentence: str


@dataclass(frozen=True, slots=True)
class Costs:
    """What a device's terms cost under one engine, and how sure that is."""

    decode: Multiples
    prefill: Multiples
    confidence: Confidence
    kind: Kind | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class OffloadCosts:
    """Times the card's own terms, and the CPU's at peak, where both work on one model."""

    decode: Multiples
    prefill: Multiples
    confidence: Confidence
    streams_from_tokens: Number  # tokens a pass from which weights are carried to the card
    kind: Kind | None = field(default=None, compare=False)


def scaled(terms: Terms, multiples: Multiples) -> Terms:
    """Seconds at peak turned into seconds really taken, term by term."""
    return {name: seconds * multiples.get(name, 1.0) for name, seconds in terms.items()}

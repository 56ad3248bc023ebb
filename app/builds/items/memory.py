"""What a model takes in memory: its weights in every format, and the cache as the context grows.

The estimator's own sums, without any machine around them: an engine takes some more for itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from app.builds.figures.model import format_figures, model_figures
from app.builds.ledger import Ledger
from app.builds.parts import Parts, resolve_parts
from app.builds.spec import BuildSpec
from app.builds.words import number
from app.catalogue.facts import ModelFacts, QuantizationFacts
from app.catalogue.snapshot import Catalogue
from app.estimator.kv_cache import stored_bytes_per_sequence
from app.estimator.numbers import GIB
from app.estimator.weights import stored_bytes

#: Context of the table beside the formats, tokens: the configurator's own default.
USUAL_CONTEXT: Final = BuildSpec().deployment.context_tokens
#: Longest context drawn where nobody states the model's own limit.
_LONGEST: Final = 131_072
_SHORTEST: Final = 1024


@dataclass(frozen=True, slots=True)
class FormatMemory:
    """One format: its weights, and with the cache of one request at `USUAL_CONTEXT`."""

    quantization: QuantizationFacts
    weights_gib: float
    total_gib: float | None


@dataclass(frozen=True, slots=True)
class ContextMemory:
    """The cache of one request of so many tokens, 16 bit a value."""

    context_tokens: int
    kv_gib: float


@dataclass(frozen=True, slots=True)
class ModelMemory:
    """All formats, finest first, and the cache along the context."""

    formats: tuple[FormatMemory, ...]
    contexts: tuple[ContextMemory, ...]
    kv_bytes_per_token: float | None
    """What one more token takes at the usual context, 16 bit a value."""

    def of(self, quantization: str) -> FormatMemory | None:
        """One format; None where its size is unknown."""
        return next((f for f in self.formats if f.quantization.slug == quantization), None)


def model_memory(model: ModelFacts, catalogue: Catalogue) -> ModelMemory:
    """Bytes of a model: every weight format, every context up to the longest it takes."""
    parts = replace(resolve_parts(BuildSpec(), catalogue), model=model)
    figures = model_figures(model, Ledger({}))

    def kv_bytes(context_tokens: float) -> float | None:
        return number(stored_bytes_per_sequence(figures, context_tokens, 1.0))

    usual = kv_bytes(float(USUAL_CONTEXT))
    more = kv_bytes(float(USUAL_CONTEXT + 1))
    formats = []
    for quantization in catalogue.quantizations.values():
        gib = weights_gib(model, quantization, parts) if quantization.kind == "weights" else None
        if gib is not None:
            total = None if usual is None else gib + usual / GIB
            formats.append(FormatMemory(quantization, gib, total))
    contexts = [
        ContextMemory(tokens, size / GIB)
        for tokens in _contexts(model.context_max_tokens)
        if (size := kv_bytes(float(tokens))) is not None
    ]
    return ModelMemory(
        formats=tuple(sorted(formats, key=lambda f: (-f.weights_gib, f.quantization.slug))),
        contexts=tuple(contexts),
        kv_bytes_per_token=None if usual is None or more is None else more - usual,
    )


def weights_gib(model: ModelFacts, quantization: QuantizationFacts, around: Parts) -> float | None:
    """GiB of a model's weights in a format; None where the model or the format is too unknown."""
    parts = replace(around, model=model, quantization=quantization)
    size = stored_bytes(model_figures(model, Ledger({})), format_figures(parts, Ledger({})))
    found = number(size)
    return None if found is None else found / GIB


def sizes_in(
    quantization: QuantizationFacts, models: Mapping[str, ModelFacts], catalogue: Catalogue
) -> list[tuple[ModelFacts, float | None]]:
    """GiB of several models in one format."""
    around = resolve_parts(BuildSpec(), catalogue)
    return [(model, weights_gib(model, quantization, around)) for model in models.values()]


def _contexts(most: int | None) -> list[int]:
    """Powers of two up to the longest context, and that itself."""
    end = most or _LONGEST
    powers = [tokens for e in range(24) if _SHORTEST <= (tokens := 2**e) < end]
    return [*powers, end]

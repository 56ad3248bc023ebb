"""What may run, of everything that could: the models, formats and engines a question allows."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from app.advisor.question import ModelChoice
from app.advisor.search.needs import Needs, look_up
from app.advisor.space.deployments import Deployments, chosen, deployments_of, size_b
from app.advisor.space.library import Library, usual_engines, weight_formats
from app.builds.problems import InvalidSpecError, Problem
from app.builds.words import grouped
from app.catalogue.facts import EngineFacts, ModelFacts, QuantizationFacts


def deployments_for(choice: ModelChoice, needs: Needs, library: Library) -> Deployments:
    """Everything the question allows to run.

    Raises:
        InvalidSpecError: a name is unknown, or the wishes leave nothing; the sentence says which.
    """
    catalogue, calibration = library.world.catalogue, library.world.calibration
    engines = [
        look_up("models.engines", "engines", name, EngineFacts, catalogue)
        for name in choice.engines
    ]
    formats = [_format(name, library) for name in choice.quantizations]
    models = [
        look_up("models.models", "models", name, ModelFacts, catalogue) for name in choice.models
    ]
    whole, listed = library.deployments, {m.slug for m in library.deployments.models}
    # an imported model is not among those of the library
    if engines or any(model.slug not in listed for model in models):
        whole = deployments_of(
            models or catalogue.models.values(),
            formats or weight_formats(catalogue),
            engines or usual_engines(catalogue),
            catalogue,
            calibration,
        )
    if not len(whole):
        raise InvalidSpecError(
            [Problem("models.quantizations", _no_format(choice, needs, engines))]
        )
    fine_models = _each(whole.models, _allows_model(choice, needs, {m.slug for m in models}))
    if not fine_models.any():
        raise InvalidSpecError([Problem("models.models", _no_model(choice, needs, models))])
    slugs = {q.slug for q in formats}
    fine_formats = _each(whole.quantizations, lambda q: not slugs or q.slug in slugs)
    fine_engines = _each(whole.engines, lambda e: not e.kv_slugs or needs.kv.slug in e.kv_slugs)
    enough_bits = np.ones(len(whole), dtype=bool)
    if not formats:
        enough_bits = np.greater_equal(whole.bits, choice.bits_min)
    which = (
        fine_models[whole.model]
        & fine_formats[whole.quantization]
        & fine_engines[whole.engine]
        & enough_bits
    )
    if not which.any():
        raise InvalidSpecError(
            [Problem("models.quantizations", _no_format(choice, needs, engines))]
        )
    return chosen(whole, which)


def _each(facts: tuple[object, ...], allows: Callable[..., bool]) -> NDArray[np.bool_]:
    return np.array([allows(fact) for fact in facts], dtype=bool)


def _allows_model(
    choice: ModelChoice, needs: Needs, named: set[str]
) -> Callable[[ModelFacts], bool]:
    def allows(model: ModelFacts) -> bool:
        if named and model.slug not in named:
            return False
        too_small = choice.size_min_b is not None and not size_b(model) >= choice.size_min_b
        since = choice.released_since
        too_old = since is not None and (model.release_date is None or model.release_date < since)
        return not (too_small or too_old or _too_short(model, needs))

    return allows


def _too_short(model: ModelFacts, needs: Needs) -> bool:
    most = model.context_max_tokens
    return most is not None and most < needs.context_tokens


def _no_model(choice: ModelChoice, needs: Needs, named: list[ModelFacts]) -> str:
    short = [model for model in named if _too_short(model, needs)]
    if short:
        model = short[0]
        return (
            f"{model.name} was made for {grouped(model.context_max_tokens or 0)} tokens, "
            f"{grouped(needs.context_tokens)} are asked for: ask for a shorter context, or pick "
            "another model."
        )
    if named:
        return "None of the named models is as large or as new as asked for: drop one of the two."
    if choice.size_min_b is not None or choice.released_since is not None:
        return "No model in the catalogue is that large and that new: ask for less of one."
    return "No model in the catalogue takes so long a context: ask for a shorter one."


def _no_format(choice: ModelChoice, needs: Needs, engines: list[EngineFacts]) -> str:
    if choice.quantizations and engines:
        return "None of these engines reads any of these formats: leave one of the two open."
    if choice.quantizations:
        return "No usual engine reads any of these formats with this KV cache: name others."
    if choice.bits_min > 4:
        return f"No format of these models has {choice.bits_min:g} bits or more: ask for fewer."
    return f"No engine here has a {needs.kv.name} KV cache: pick another one."


def _format(name: str, library: Library) -> QuantizationFacts:
    field = "models.quantizations"
    found = look_up(field, "quantizations", name, QuantizationFacts, library.world.catalogue)
    if found.kind != "weights":
        sentence = f"{found.name} is not a format model weights come in. Try Q4_K_M or FP8."
        raise InvalidSpecError([Problem(field, sentence)])
    return found

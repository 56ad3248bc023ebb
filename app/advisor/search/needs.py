"""What a question asks of every build alike: names looked up, people turned into requests."""

from dataclasses import dataclass
from typing import Final, TypeVar, cast

from app.advisor.question import AdvisorSpec, DemandSpec, Service
from app.advisor.search.rows import Request
from app.builds.parts import unknown_name
from app.builds.problems import InvalidSpecError, Problem
from app.catalogue.facts import Fact, GpuFacts, QuantizationFacts, UseCaseFacts
from app.catalogue.snapshot import Catalogue, UnknownSlug
from app.estimator.numbers import or_unknown
from app.estimator.verdicts import CLASSES

F = TypeVar("F", bound=Fact)
SECONDS_PER_HOUR: Final = 3600.0
#: Requests at once beyond which a build is said not to keep up.
ACTIVE_MAX: Final = 256
#: The worst class that will do, as its place in `CLASSES`.
_WORST: Final[dict[Service, int]] = {
    "interactive": CLASSES.index("interactive"),
    "background": CLASSES.index("background"),
    "off-line": CLASSES.index("off-line"),
    "any": CLASSES.index("non-viable"),
}


@dataclass(frozen=True, slots=True)
class Use:
    """One use case of the mix; ``share`` of all requests, 0 to 1."""

    case: UseCaseFacts
    share: float
    request: Request


@dataclass(frozen=True, slots=True)
class Needs:
    """What every build has to do."""

    uses: tuple[Use, ...]
    requests_per_s: float
    active_requests: int | None
    worst_class: int
    kv: QuantizationFacts
    context_tokens: float

    @property
    def main(self) -> Use:
        """The use case most requests are of; of equals the first."""
        return max(self.uses, key=lambda use: use.share)


def needs_of(spec: AdvisorSpec, catalogue: Catalogue) -> Needs:
    """Look up what is asked.

    Raises:
        InvalidSpecError: a name is unknown, or a use case states no lengths.
    """
    kv_name = f"kv-{spec.models.kv_dtype.removeprefix('kv-')}"
    kv = look_up("models.kv_dtype", "quantizations", kv_name, QuantizationFacts, catalogue)
    if kv.kind != "kv":
        raise InvalidSpecError(
            [Problem("models.kv_dtype", f"{kv_name} is no format a KV cache comes in.")]
        )
    kv_scale = or_unknown(kv.bits_per_weight) / 16
    whole = sum(part.share for part in spec.demand.mix)
    uses = []
    for i, part in enumerate(spec.demand.mix):
        field = f"demand.mix.{i}.use_case"
        case = look_up(field, "use-cases", part.use_case, UseCaseFacts, catalogue)
        if case.prompt_tokens is None or case.generated_tokens is None:
            sentence = f"{case.name} states no lengths: pick a use case that does."
            raise InvalidSpecError([Problem(field, sentence)])
        context = max(spec.models.context_tokens, case.prompt_tokens + case.generated_tokens)
        request = Request(
            float(case.prompt_tokens), float(case.generated_tokens), float(context), kv_scale
        )
        uses.append(Use(case, part.share / whole, request))
    return Needs(
        uses=tuple(uses),
        requests_per_s=requests_per_s(spec.demand),
        active_requests=spec.demand.active_requests,
        worst_class=_WORST[spec.service],
        kv=kv,
        context_tokens=max(use.request.context_tokens for use in uses),
    )


def require_entries(catalogue: Catalogue) -> None:
    """See that there is anything to search at all.

    Raises:
        InvalidSpecError: the catalogue has no model, no format or no use case; one sentence each.
    """
    kinds = {quantization.kind for quantization in catalogue.quantizations.values()}
    missing = {
        "models.models": None if catalogue.models else "model",
        "models.quantizations": None if "weights" in kinds else "format for model weights",
        "models.kv_dtype": None if "kv" in kinds else "format for a KV cache",
        "demand.mix": None if catalogue.use_cases else "use case",
    }
    problems = [
        Problem(field, f"The catalogue has no {word} yet: load the seed, or enter one.")
        for field, word in missing.items()
        if word is not None
    ]
    if problems:
        raise InvalidSpecError(problems)


def with_own_names(spec: AdvisorSpec, catalogue: Catalogue) -> AdvisorSpec:
    """The question with the catalogue's own names of the cards that are there already.

    Raises:
        InvalidSpecError: there is no such card.
    """
    gpus = tuple(
        slot.model_copy(
            update={
                "gpu": look_up(f"owned.gpus.{i}.gpu", "gpus", slot.gpu, GpuFacts, catalogue).slug
            }
        )
        for i, slot in enumerate(spec.owned.gpus)
    )
    return spec.model_copy(update={"owned": spec.owned.model_copy(update={"gpus": gpus})})


def requests_per_s(demand: DemandSpec) -> float:
    """Requests a second of all people together in their busiest hour."""
    return demand.people * demand.requests_per_hour / SECONDS_PER_HOUR


def look_up(field: str, kind: str, name: str, facts: type[F], catalogue: Catalogue) -> F:
    """One catalogue entry by slug or alias.

    Raises:
        InvalidSpecError: there is none; the sentence names what comes close.
    """
    try:
        return cast("F", catalogue.get(kind, name))  # a kind has facts of one class
    except UnknownSlug as error:
        raise InvalidSpecError([Problem(field, unknown_name(error))]) from error

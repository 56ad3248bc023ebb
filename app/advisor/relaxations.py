"""Which single limit could be given up where nothing does all that is asked."""

from collections.abc import Iterator
from typing import Any, Final

from app.advisor.question import AdvisorSpec, Service
from app.builds.spec import SpecPart

#: What to be content with instead of each class.
_LESS: Final[dict[Service, Service]] = {"interactive": "background", "background": "off-line"}
_WORDS: Final[dict[Service, str]] = {
    "background": "Be content with background work",
    "off-line": "Be content with off-line work",
}


def relaxed(spec: AdvisorSpec) -> list[list[tuple[str, AdvisorSpec]]]:
    """Every limit given up by itself, in words and as a question for the cheapest build.

    Steps of one list give up more and more of the same: the first that helps is enough.
    """
    limits, models, demand = spec.limits, spec.models, spec.demand
    found: list[tuple[str, AdvisorSpec]] = []
    if limits.budget is not None:
        found.append(("Raise the budget", _with(spec, limits=_but(limits, budget=None))))
    if limits.watts_max is not None:
        found.append(("Allow more watts", _with(spec, limits=_but(limits, watts_max=None))))
    if limits.gpu_vendors:
        words = "Allow GPUs of any maker"
        found.append((words, _with(spec, limits=_but(limits, gpu_vendors=()))))
    if limits.form_factors:
        words = "Allow any kind of machine"
        found.append((words, _with(spec, limits=_but(limits, form_factors=()))))
    if limits.condition != "any":
        words = "Buy new or used, whichever is cheaper"
        found.append((words, _with(spec, limits=_but(limits, condition="any"))))
    if not models.quantizations and models.bits_min > 3:
        words = "Take formats of three bits a weight"
        found.append((words, _with(spec, models=_but(models, bits_min=3.0))))
    if models.size_min_b is not None:
        words = "Take a model half the size"
        half = _but(models, size_min_b=models.size_min_b / 2)
        found.append((words, _with(spec, models=half)))
    if demand.active_requests is None and demand.people > 1:
        half_people = _but(demand, people=max(1, demand.people // 2))
        found.append(("Plan for half the people", _with(spec, demand=half_people)))
    if demand.active_requests is not None and demand.active_requests > 1:
        fewer = _but(demand, active_requests=demand.active_requests // 2)
        found.append(("Plan for half the requests at once", _with(spec, demand=fewer)))
    return [*([change] for change in found), list(_slower(spec))]


def _slower(spec: AdvisorSpec) -> Iterator[tuple[str, AdvisorSpec]]:
    less = _LESS.get(spec.service)
    while less is not None:
        yield _WORDS[less], _with(spec, service=less)
        less = _LESS.get(less)


def _with(spec: AdvisorSpec, **changes: Any) -> AdvisorSpec:
    return spec.model_copy(update={"goal": "cheapest", **changes})


def _but(part: SpecPart, **changes: Any) -> SpecPart:
    return part.model_copy(update=changes)

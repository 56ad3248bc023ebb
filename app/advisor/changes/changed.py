"""A BuildSpec with something changed, checked again; and what every changed build is asked about.

A figure that somebody measured on the build as it is says nothing about the build with another
part, so it does not travel with the change.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from app.builds.assessment import Assessment, Verdict
from app.builds.problems import InvalidSpecError
from app.builds.query import problems_of
from app.builds.spec import BuildSpec


def changed(spec: BuildSpec, changes: Mapping[str, Any]) -> BuildSpec:
    """``spec`` with other values at dotted paths (``deployment.context_tokens``).

    Raises:
        InvalidSpecError: a value is of the wrong kind or out of bounds.
    """
    tree = spec.model_dump(mode="json")
    for path, value in changes.items():
        *way, last = path.split(".")
        branch = tree
        for part in way:
            branch = branch[part]
        branch[last] = value
    try:
        return BuildSpec.model_validate(tree)
    except ValidationError as error:
        raise InvalidSpecError(problems_of(error)) from error


def without_measured_speeds(spec: BuildSpec) -> BuildSpec:
    """``spec`` without the speeds its owner measured: they hold for the build as it is."""
    return changed(
        spec, {"workload.measured_decode_tps": None, "workload.measured_prefill_tps": None}
    )


def has_measured_speeds(spec: BuildSpec) -> bool:
    """Whether its owner measured a speed of this very build."""
    workload = spec.workload
    return workload.measured_decode_tps is not None or workload.measured_prefill_tps is not None


def without_overrides(spec: BuildSpec, *kinds: str) -> dict[str, float]:
    """The own figures that are not about parts of ``kinds`` (``gpu``, ``cpu``, ``memory``)."""
    return {
        key: value
        for key, value in spec.machine.overrides.items()
        if key.split(".")[0] not in kinds
    }


def asked_verdict(assessment: Assessment) -> Verdict | None:
    """The verdict on the asked use case at the asked lengths."""
    asked = assessment.spec.workload.use_case
    size = (assessment.resolved["prompt_tokens"], assessment.resolved["generated_tokens"])
    return next(
        (
            v
            for v in assessment.verdicts
            if v.use_case in (asked, "yours") and (v.prompt_tokens, v.generated_tokens) == size
        ),
        None,
    )

"""Verdicts in words: the class of each use case, and which limit decided."""

from dataclasses import replace

from app.builds.answers.speed import NOTHING, interval
from app.builds.assemble import Assembled, RequestSize, workload_of
from app.builds.assessment import Verdict, VerdictLimits
from app.builds.spec import BuildSpec
from app.builds.words import seconds, significant
from app.catalogue.facts import UseCaseFacts
from app.estimator.estimate import Estimate, estimate
from app.estimator.verdicts import (
    CLASSES,
    MARKS,
    Limits,
    Mark,
    WorkflowClass,
    purchase_mark,
    workflow_class,
)

#: Shown on every build, in this order.
USE_CASES = ("uc1", "uc2", "uc3", "uc4")
WORDS = {
    "interactive": "Interactive",
    "background": "Background",
    "off-line": "Off-line",
    "non-viable": "Not viable",
    "unknown": "Unknown",
}


def plain_limits(limits: VerdictLimits) -> Limits:
    """The settings' limits as the estimator takes them."""
    return Limits(**limits.model_dump())


def verdict_for(
    case: UseCaseFacts,
    size: RequestSize,
    spec: BuildSpec,
    assembled: Assembled,
    found: Estimate | None,
    limits: Limits,
) -> Verdict:
    """One use case judged under the placement that was chosen for the build."""
    result = None
    if found is not None:
        workload = workload_of(spec, assembled.parts, size)
        asked = workload == assembled.setting.workload  # already estimated
        setting = replace(assembled.setting, workload=workload)
        result = found if asked else estimate(setting, found.placement)
    workflow: WorkflowClass = "unknown"
    stamp: Mark = "unknown"
    if result is not None:
        fits = result.memory.fits
        code = workflow_class(
            fits,
            result.ttft_s.typical,
            result.decode_tps.typical,
            result.total_s.typical,
            limits,
        )
        workflow = CLASSES[code]
        stamp = MARKS[purchase_mark(fits, result.ttft_s, result.decode_tps, limits)]
    runs = result is not None and float(result.memory.fits) != 0.0
    shown = result if runs else None
    return Verdict(
        use_case=case.slug,
        name=case.name,
        description=case.description,
        prompt_tokens=size.prompt_tokens,
        generated_tokens=size.generated_tokens,
        workflow_class=workflow,
        mark=stamp,
        ttft_s=interval(shown.ttft_s) if shown else NOTHING,
        decode_tps=interval(shown.decode_tps) if shown else NOTHING,
        total_s=interval(shown.total_s) if shown else NOTHING,
        sentence=_sentence(workflow, shown),
        rule=_rule(workflow, stamp, shown, runs=runs, asked=result is not None, limits=limits),
    )


def _sentence(workflow: WorkflowClass, found: Estimate | None) -> str:
    word = WORDS[workflow]
    if found is None or workflow == "unknown":
        return f"{word}: the model does not run here." if workflow == "non-viable" else f"{word}."
    first, total = seconds(float(found.ttft_s.typical)), seconds(float(found.total_s.typical))
    speed = significant(float(found.decode_tps.typical))
    if workflow == "interactive":
        return f"{word}: first words in {first}, then {speed} tok/s."
    if workflow == "background":
        return f"{word}: ready in about {total}."
    if workflow == "off-line":
        return f"{word}: about {total}, plan a queue."
    return f"{word}: about {total} for one answer."


def _rule(
    workflow: WorkflowClass,
    mark: Mark,
    found: Estimate | None,
    *,
    runs: bool,
    asked: bool,
    limits: Limits,
) -> str:
    """Which limit decided class and mark, with the numbers compared."""
    if asked and not runs:
        return "The model does not fit into the memory of this build."
    if found is None or workflow == "unknown":
        return "A figure the rule needs is unknown."
    return f"{_class_rule(workflow, found, limits)} {_mark_rule(mark, found, limits)}"


def _class_rule(workflow: WorkflowClass, found: Estimate, limits: Limits) -> str:
    first, speed = float(found.ttft_s.typical), float(found.decode_tps.typical)
    total = float(found.total_s.typical)
    if workflow == "interactive":
        return (
            f"First token after {seconds(first)} (limit {limits.interactive_ttft_s:g} s) and "
            f"{significant(speed)} tok/s (more than {limits.interactive_decode_tps:g})."
        )
    missed = []
    if not first < limits.interactive_ttft_s:
        missed.append(f"first token {seconds(first)}, not under {limits.interactive_ttft_s:g} s")
    if not speed > limits.interactive_decode_tps:
        missed.append(f"{significant(speed)} tok/s, not over {limits.interactive_decode_tps:g}")
    why = " and ".join(missed)
    bound = {
        "background": f"whole answer {seconds(total)}, within {seconds(limits.background_total_s)}",
        "off-line": f"whole answer {seconds(total)}, within {seconds(limits.offline_total_s)}",
    }.get(workflow, f"whole answer {seconds(total)}, beyond {seconds(limits.offline_total_s)}")
    return f"{why[:1].upper()}{why[1:]}; {bound}."


def _mark_rule(mark: Mark, found: Estimate, limits: Limits) -> str:
    first, speed = found.ttft_s, found.decode_tps
    asked = f"first token within {limits.mark_ttft_s:g} s and {limits.mark_decode_tps:g} tok/s"
    if mark == "yes":
        return f"Even the slow end of the interval gives {asked}."
    if mark == "no":
        if float(speed.high) < limits.mark_decode_tps:
            return f"Even the fast end, {significant(float(speed.high))} tok/s, misses {asked}."
        return f"Even the fast end, {seconds(float(first.low))} to the first token, misses {asked}."
    if float(first.high) > limits.mark_ttft_s:
        inside = f"{seconds(float(first.low))} to {seconds(float(first.high))} to the first token"
    else:
        inside = f"{significant(float(speed.low))} to {significant(float(speed.high))} tok/s"
    return f"The limit ({asked}) lies inside the interval: {inside}."

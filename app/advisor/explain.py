"""The answer in words: why a build is listed, what speaks against it, what hangs on what."""

from decimal import Decimal
from typing import Final

from app.advisor.answer import NearMiss, Recommended, Sensitivity
from app.advisor.question import AdvisorSpec
from app.advisor.search.needs import Needs
from app.builds.assessment import Assessment, VerdictLimits
from app.builds.words import grouped, listed, seconds, significant
from app.estimator.verdicts import CLASSES

_CLASS_WORDS: Final = {
    "interactive": "interactive",
    "background": "ready within minutes",
    "off-line": "done within hours",
    "any": "running",
}
#: Said where a search was stopped before it had found anything.
STOPPED: Final = "The search was stopped before it found a build that does what is asked."
_BETTER: Final = Decimal("1.2")


def headline(spec: AdvisorSpec, builds: list[Recommended], misses: list[NearMiss]) -> str:
    """The answer in one sentence."""
    if not builds:
        if misses:
            near = misses[0]
            return (
                "Nothing within these limits does what is asked. "
                f"{near.title} comes nearest: {near.sentence}"
            )
        return "Nothing within these limits runs what is asked."
    first = builds[0]
    machine = f"{first.title} with {first.model} at {first.quantization}"
    if spec.owned.machine is not None:
        return f"Your machine runs {first.model} at {first.quantization}: {_speed(first)}."
    price = amount(first.purchase.typical, spec)
    match spec.goal:
        case "cheapest":
            return f"{machine} is the cheapest that will do: {price}, {_speed(first)}."
        case "fastest":
            return f"{machine} is the fastest: {_speed(first)} for {price}."
        case "most-users":
            people = grouped(first.people_served or 0)
            return f"{machine} serves most people: {people} for {price}."
        case _:
            return f"{first.model} at {first.quantization} is the largest model: {price}."


def demand_sentence(
    needs: Needs, spec: AdvisorSpec, first: Recommended | None, found: Assessment | None
) -> str:
    """Little's law with its numbers."""
    if needs.active_requests is not None:
        return f"{_requests(needs.active_requests)} at the same time, as you say."
    rate = needs.requests_per_s * 3600
    words = (
        f"{grouped(spec.demand.people)} {'person' if spec.demand.people == 1 else 'people'} × "
        f"{_rate(spec.demand.requests_per_hour)} requests an hour = {_rate(rate)} an hour."
    )
    if first is None or found is None or found.speed.total_s.typical is None:
        return words
    return (
        f"{words} One takes {seconds(found.speed.total_s.typical)} on the first build, so "
        f"{_rate(rate)} ÷ 3{chr(8239)}600 × {significant(found.speed.total_s.typical)} s "
        f"means {_requests(first.active_requests)} at the same time (Little's law)."
    )


def why(spec: AdvisorSpec, before: list[Recommended], found: Assessment) -> str:
    """What speaks for a build: by itself where it is the first, else against the first."""
    price, speed = found.cost.purchase.typical, found.speed.decode_tps.typical
    if not before:
        return f"Every use case is {_CLASS_WORDS[spec.service]}."
    first = before[0]
    parts = []
    bought = spec.owned.machine is None
    if price and first.purchase.typical is not None:  # what is owned has no price to compare
        more = price - first.purchase.typical
        if more:
            parts.append(
                f"{amount(abs(more), spec)} {'more' if more > 0 else 'less'} than the first"
            )
        else:
            parts.append("the same price as the first")
    if speed and first.decode_tps.typical:
        times = speed / first.decode_tps.typical
        if times >= 1.05 or times <= 0.95:
            words = "faster" if times > 1 else "slower"
            parts.append(f"{significant(100 * abs(times - 1))} % {words}")
        else:
            parts.append("as fast" if bought else "as fast as the first")
    sentence = listed(parts) if parts else "another way to do it"
    return f"{sentence[:1].upper()}{sentence[1:]}."


def risks_of(found: Assessment, spec: AdvisorSpec, limits: VerdictLimits) -> list[str]:
    """What speaks against a build, worst first."""
    risks = [check.message for check in found.checks if check.level in ("problem", "warning")]
    if spec.service == "interactive" and not _is_interactive_when_slow(found, limits):
        risks.insert(0, _low_end(spec, found, limits))
    high, budget = found.cost.purchase.high, spec.limits.budget
    if high is not None and budget is not None and high > budget:
        risks.append(
            f"At the high end of its prices it costs {amount(high, spec)}, more than the budget."
        )
    if found.cost.stale_prices:
        risks.append(f"Old prices: {listed(found.cost.stale_prices)}. Ask for a quote.")
    if found.speed.basis == "theoretical":
        risks.append("Its speed was never measured on anything alike: the interval is wide.")
    return risks


def near_miss_sentence(
    found: Assessment, needs: Needs, spec: AdvisorSpec, limits: VerdictLimits
) -> str:
    """Why a cheaper build will not do: the figure that misses its limit."""
    speed = found.speed
    decode, first = speed.decode_tps.typical, speed.ttft_s.typical
    rows = found.spec.workload.concurrency
    beside = f" with {_requests(rows)} at once" if rows > 1 else ""
    if spec.service == "interactive":
        if decode is not None and decode <= limits.interactive_decode_tps:
            return (
                f"{significant(decode)} tok/s{beside}, more than "
                f"{limits.interactive_decode_tps:g} are needed."
            )
        if first is not None and first >= limits.interactive_ttft_s:
            return (
                f"the first token takes {seconds(first)}{beside}, less than "
                f"{limits.interactive_ttft_s:g} s are needed."
            )
    worst = max(found.verdicts, key=lambda v: CLASSES.index(v.workflow_class), default=None)
    if worst is not None and worst.workflow_class != "interactive":
        return f"{worst.name}: {worst.sentence}"
    return f"it does not keep up with {_rate(needs.requests_per_s * 3600)} requests an hour."


def sensitivity_of(
    spec: AdvisorSpec, builds: list[Recommended], first: Assessment, limits: VerdictLimits
) -> Sensitivity:
    """What would change the answer."""
    return Sensitivity(
        prices_up=_prices(spec, builds, _BETTER),
        prices_down=_prices(spec, builds, 2 - _BETTER),
        low_end=_low_end(spec, first, limits),
    )


def _prices(spec: AdvisorSpec, builds: list[Recommended], factor: Decimal) -> str:
    price, budget = builds[0].purchase.typical, spec.limits.budget
    if price is None:
        return "Its price is not known."
    moved = price * factor
    sentence = f"The first build costs {amount(moved, spec)}"
    if budget is None:
        return f"{sentence}; the order stays, as all prices move alike."
    within = [b for b in builds if b.purchase.typical and b.purchase.typical * factor <= budget]
    if len(within) == len(builds):
        return f"{sentence}; all {len(builds)} listed builds stay within the budget."
    if not within:
        return f"{sentence}; none of the listed builds stays within the budget."
    return (
        f"{sentence}; {len(within)} of the {len(builds)} listed builds stay within the budget, "
        f"{within[0].title} first."
    )


def _is_interactive_when_slow(found: Assessment, limits: VerdictLimits) -> bool:
    slow, wait = found.speed.decode_tps.low, found.speed.ttft_s.high
    if slow is None or wait is None:
        return False
    return slow > limits.interactive_decode_tps and wait < limits.interactive_ttft_s


def _low_end(spec: AdvisorSpec, first: Assessment, limits: VerdictLimits) -> str:
    """The verdict at the slow end of every interval."""
    speed = first.speed
    slow, wait, whole = speed.decode_tps.low, speed.ttft_s.high, speed.total_s.high
    if slow is None or wait is None or whole is None:
        return "The slow end of its interval is not known."
    figures = f"{significant(slow)} tok/s and {seconds(wait)} to the first token"
    if _is_interactive_when_slow(first, limits):
        return f"At the slow end it gives {figures}: still interactive."
    if whole <= limits.background_total_s:
        lost = " no longer interactive, but" if spec.service == "interactive" else ""
        return f"At the slow end it gives {figures}:{lost} ready in {seconds(whole)}."
    return f"At the slow end it gives {figures}: an answer takes {seconds(whole)}."


def amount(value: Decimal | None, spec: AdvisorSpec) -> str:
    """An amount in words, in the currency of the question."""
    if value is None:
        return "at an unknown price"
    sign = {"EUR": "€", "USD": "$", "GBP": "£"}.get(spec.limits.currency, spec.limits.currency)
    return f"{grouped(value)}{chr(8239)}{sign}"


def _speed(build: Recommended) -> str:
    speed, wait = build.decode_tps.typical, build.ttft_s.typical
    if speed is None or wait is None:
        return "at an unknown speed"
    return f"{significant(speed)} tok/s, first token in {seconds(wait)}"


def _rate(per_hour: float) -> str:
    """Requests an hour as they were asked: 6, 7.5, 1 200."""
    whole = round(per_hour, 2)
    return grouped(whole) if whole == int(whole) else significant(per_hour, 3)


def _requests(count: int) -> str:
    return "one request" if count == 1 else f"{grouped(count)} requests"

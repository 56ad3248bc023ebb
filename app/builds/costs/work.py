"""What the machine does in the hours under load: how many requests, how long it is busy."""

from dataclasses import dataclass
from typing import Literal

from app.builds.assessment import Demand, Interval, Speed
from app.builds.spec import EconomicsSpec
from app.builds.words import grouped, percent, significant
from app.costing.demand import capacity_per_hour, per_year, prefill_share
from app.costing.per_token import tokens_per_year

#: One reading of every interval: all in the owner's favour, typical, all against.
Case = Literal["low", "typical", "high"]
CASES: tuple[Case, ...] = ("low", "typical", "high")
_OPPOSITE: dict[Case, Case] = {"low": "high", "typical": "typical", "high": "low"}
_OPEN = Interval(low=None, typical=None, high=None)


@dataclass(frozen=True, slots=True)
class Work:
    """One request of the asked lengths, and how fast this build serves it.

    ``total_s`` contains waiting for a place; ``prompt_s`` and ``answer_s`` are what a request alone
    spends on each, None where unknown. ``input_tokens`` are what an API would bill: the prompt and
    what a machine of one's own keeps in its cache.
    """

    prompt_tokens: int
    generated_tokens: int
    input_tokens: int
    concurrency: int
    decode_total_tps: Interval = _OPEN
    total_s: Interval = _OPEN
    prompt_s: float | None = None
    answer_s: float | None = None

    @property
    def prefill_share(self) -> float | None:
        """Share of a request's time that goes into its prompt."""
        if self.prompt_s is None or self.answer_s is None:
            return None
        return prefill_share(self.prompt_s, self.answer_s)


@dataclass(frozen=True, slots=True)
class Load:
    """What is counted in one case; None where it is not known."""

    busy_share: float | None
    requests: float | None
    """Served in a year."""
    generated: float | None
    """Tokens of answers written in a year."""


def work_of(prompt: int, generated: int, cached: int, concurrency: int, speed: Speed) -> Work:
    """The asked request, at the speed of an assessment."""
    return Work(
        prompt_tokens=prompt,
        generated_tokens=generated,
        input_tokens=prompt + cached,
        concurrency=concurrency,
        decode_total_tps=speed.decode_total_tps,
        total_s=speed.total_s,
        prompt_s=_seconds(prompt, speed.prefill_tps.typical),
        answer_s=_seconds(generated, speed.decode_tps.typical),
    )


def capacity_of(work: Work) -> Interval:
    """Requests an hour the build can serve; the fast end is the high one."""
    low, typical, high = (
        capacity_per_hour(float(work.concurrency), seconds) if seconds else None
        for seconds in (work.total_s.high, work.total_s.typical, work.total_s.low)
    )
    return Interval(low=low, typical=typical, high=high)


def loads_of(work: Work, economics: EconomicsSpec) -> dict[Case, Load]:
    """What is counted in each case. The low case is the cheap one: the fast end of the speed.

    Without a stated demand the machine works flat out, and all its time counts as writing answers
    where tokens are counted: that is what `per_million_tokens` has always meant.
    """
    capacity = capacity_of(work)
    return {
        case: _load(
            getattr(capacity, _OPPOSITE[case]),
            getattr(work.decode_total_tps, _OPPOSITE[case]),
            work,
            economics,
        )
        for case in CASES
    }


def _load(
    capacity: float | None, decode_tps: float | None, work: Work, economics: EconomicsSpec
) -> Load:
    hours, asked = economics.hours_per_day, economics.requests_per_hour
    if asked is None:
        return Load(
            busy_share=1.0,
            requests=None if capacity is None else per_year(capacity, hours),
            generated=None if decode_tps is None else tokens_per_year(decode_tps, hours),
        )
    if capacity is None:
        return Load(None, None, None)
    served = min(asked, capacity)
    requests = per_year(served, hours)
    return Load(served / capacity, requests, requests * work.generated_tokens)


def demand_of(work: Work, loads: dict[Case, Load], economics: EconomicsSpec) -> Demand:
    """The `Demand` of a cost, in figures and one sentence."""
    capacity = capacity_of(work)
    requests = loads["typical"].requests
    asked = economics.requests_per_hour
    over = None
    if asked is not None and capacity.typical is not None:
        over = asked > capacity.typical
    return Demand(
        requests_per_hour=asked,
        capacity_per_hour=capacity,
        busy_share=Interval(**{case: loads[case].busy_share for case in CASES}),
        requests_per_year=Interval(
            low=loads["high"].requests, typical=requests, high=loads["low"].requests
        ),
        input_tokens_per_year=None if requests is None else requests * work.input_tokens,
        output_tokens_per_year=None if requests is None else requests * work.generated_tokens,
        over_capacity=over,
        sentence=_sentence(asked, capacity, loads["typical"].busy_share, work, economics),
    )


def _sentence(
    asked: float | None,
    capacity: Interval,
    busy: float | None,
    work: Work,
    economics: EconomicsSpec,
) -> str:
    at_once = "one at a time" if work.concurrency == 1 else f"{work.concurrency} at a time"
    if asked is None:
        served = (
            "" if capacity.typical is None else f": {_count(capacity.typical)} requests an hour"
        )
        return (
            f"No demand is stated, so it works without a pause for {economics.hours_per_day:g} "
            f"hours a day{served}, {at_once}."
        )
    wanted = f"{_count(asked)} {'request' if asked == 1 else 'requests'} an hour"
    if capacity.typical is None or capacity.low is None or busy is None:
        return f"Whether it can serve {wanted} is unknown, because its speed is."
    most = f"{_count(capacity.typical)} an hour, {at_once}"
    if asked > capacity.typical:
        return f"{wanted} are more than it can serve: {most}. The {_count(capacity.typical)} count."
    slow = ""
    if asked > capacity.low:
        slow = f" At the slow end it could serve only {_count(capacity.low)}, which count there."
    return (
        f"{wanted} keep it busy {percent(busy)} of the hours under load; it can serve {most}.{slow}"
    )


def _count(value: float) -> str:
    """Requests: whole ones from ten on, two digits below."""
    return grouped(value) if value >= 10 or value == int(value) else significant(value)


def _seconds(tokens: int, tps: float | None) -> float | None:
    return tokens / tps if tps else None

"""The advisor's search against every build worked out by itself, on 200 small catalogues."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pytest

from app.advisor.advise import Search, advise, prepare
from app.advisor.question import AdvisorSpec
from app.advisor.search.best import Builds, Kept
from app.builds.assess import World, assess
from app.builds.problems import InvalidSpecError
from app.builds.spec import DeploymentSpec, MachineSpec
from tests.advisor.brute_force import Answer, Enumeration, Group, Running
from tests.advisor.small import Draw

TODAY = date(2026, 11, 21)
CATALOGUES = 200
BUILDS_MOST = 2000
#: Speeds agree to this share; a hundred times what adding in another order makes of it.
NEAR = 1e-9
#: So many catalogues' answers are also given by `advise`, with `assess` on every build listed.
WHOLE_EVERY = 10
#: Of so many catalogues one is taken as it comes, though nothing in it may do what is asked.
EMPTY_EVERY = 8
#: Draws in which builds with two kinds of card do what is asked: rare, so some are named.
MIXED = frozenset(
    {
        1,
        4,
        12,
        13,
        15,
        17,
        18,
        22,
        23,
        25,
        27,
        28,
        33,
        34,
        35,
        36,
        39,
        43,
        47,
        49,
        50,
        51,
        52,
        53,
        54,
        56,
        69,
        70,
        71,
        80,
        81,
        83,
        85,
        97,
    }
)


@dataclass(frozen=True)
class Case:
    """One drawn question, answered both ways; ``kept`` is None where the search refused it."""

    seed: int
    world: World
    question: AdvisorSpec
    slow: Answer
    ready: Search | None
    kept: Kept | None


def case_of(world: World, seed: int) -> Case:
    """A draw; another where there is too much to go through, or, mostly, where nothing will do."""
    draw = Draw(world, seed)
    while True:
        small = draw.world()
        question = draw.question(small)
        slow = Enumeration(question, small, TODAY).answer(BUILDS_MOST)
        if slow is not None and (slow.good or seed % EMPTY_EVERY == 0):
            break
    try:
        ready = prepare(question, small, TODAY)
    except InvalidSpecError:
        return Case(seed, small, question, slow, None, None)
    *_, kept = ready.work()
    return Case(seed, small, question, slow, ready, kept)


@pytest.mark.parametrize("seed", range(CATALOGUES))
def test_the_search_finds_what_going_through_everything_finds(world: World, seed: int) -> None:
    case = case_of(world, seed)
    if seed in MIXED:
        assert any(len(build.machine.spec.gpus) > 1 for build in case.slow.good)
    if case.ready is None or case.kept is None:
        assert not case.slow.builds, f"refused, though there are builds: {case.question}"
        return
    assert case.kept.tally.served <= case.kept.tally.held <= case.kept.tally.assessed
    same_list(case, case.ready, case.kept.best)
    same_front(case, case.kept.cost_speed, "decode_tps")
    if case.slow.counted:
        same_front(case, case.kept.cost_requests, "requests_per_hour")
    if seed % WHOLE_EVERY == 0:
        assessed_alike(case)


def same_list(case: Case, ready: Search, best: Builds | None) -> None:
    """The same groups, each with a best build as good in everything that ranks it."""
    slow = best_of_groups(case)
    if best is None:
        assert not slow, f"nothing found, though there is {slow[0]}"
        return
    fast = [(group_of(case, ready, best, row), row) for row in range(len(best))]
    expected = dict(slow)
    orders = []
    assert len({group for group, _ in fast}) == len(fast)
    for group in {*expected} - {group for group, _ in fast}:
        assert is_beaten(expected[group], case), f"{group} is missing"
    for group, row in fast:
        build = expected[group]
        if int(best.cost_cents[row]) != build.machine.cents and is_beaten(build, case):
            continue
        assert int(best.cost_cents[row]) == build.machine.cents, (group, build)
        assert int(best.active[row]) == build.active, (group, build)
        assert best.decode_tps[row] == pytest.approx(build.decode_tps, rel=NEAR), (group, build)
        assert best.size_b[row] == pytest.approx(build.size_b, rel=NEAR)
        assert best.bits[row] == pytest.approx(build.bits, rel=NEAR)
        if case.slow.counted:
            assert best.requests_per_hour[row] == pytest.approx(
                build.requests_per_hour or np.nan, rel=NEAR, nan_ok=True
            ), (group, build)
        orders.append(key_of(build, case.question.goal))
    assert orders == sorted(orders), "not in order of the goal"
    emitted(case, ready, best)


def is_beaten(build: Running, case: Case) -> bool:
    """Whether a computer without cards is one that another CPU equals or beats in everything.

    Such a CPU is not listed beside the one that beats it, or at the price of its better builds.
    """
    if build.machine.group[0] != "cpu" or case.question.goal == "best-model":
        return False
    return any(
        other.machine.group[0] == "cpu"
        and other.machine.group != build.machine.group
        and other.deployment == build.deployment
        and other.machine.cents <= build.machine.cents
        and (other.machine.watts or 0) <= (build.machine.watts or 0)
        and other.decode_tps >= build.decode_tps * (1 - NEAR)
        and other.ttft_s <= build.ttft_s * (1 + NEAR)
        and other.active <= build.active
        for other in case.slow.good
    )


def emitted(case: Case, ready: Search, best: Builds) -> None:
    """What the search hands out is a build of the enumeration with the same figures."""
    known = {named(b.machine.spec, b.deployment): b for b in case.slow.good}
    for row in range(len(best)):
        spec = ready.spec_of(best, row)
        build = known[named(spec.machine, spec.deployment)]
        assert build.machine.cents == int(best.cost_cents[row])
        assert build.ttft_s == pytest.approx(best.ttft_s[row], rel=NEAR)
        watts = np.nan if build.machine.watts is None else build.machine.watts
        assert best.watts[row] == pytest.approx(watts, rel=NEAR, nan_ok=True)


def named(machine: MachineSpec, deployment: DeploymentSpec) -> tuple[str, str]:
    """A build by all its names."""
    return machine.model_dump_json(), deployment.model_dump_json()


def same_front(case: Case, found: Builds | None, worth: str) -> None:
    """No point of the front is beaten, and no point that is not beaten is missing."""
    points = [
        (b.machine.cents, value) for b in case.slow.good if (value := getattr(b, worth)) is not None
    ]
    slow = sorted(
        {
            (cents, value)
            for cents, value in points
            if not any(
                (c <= cents and v > value * (1 + NEAR)) or (c < cents and v >= value * (1 - NEAR))
                for c, v in points
            )
        }
    )
    slow = [
        p for i, p in enumerate(slow) if i == 0 or p[0] != slow[i - 1][0]
    ]  # equal but for a hair
    if found is None:
        assert not slow
        return
    fast = sorted(zip(found.cost_cents.tolist(), getattr(found, worth).tolist(), strict=True))
    assert [cents for cents, _ in fast] == [cents for cents, _ in slow]
    assert [v for _, v in fast] == pytest.approx([v for _, v in slow], rel=NEAR)


def assessed_alike(case: Case) -> None:
    """Every build listed says of itself what the slow way said."""
    question = case.question.model_copy(update={"top": 50})
    answer = advise(question, case.world, TODAY)
    slow = [build for _, build in best_of_groups(case)]
    needed = [build for build in slow if not is_beaten(build, case)]
    assert len(needed) <= len(answer.builds) <= len(slow)
    for found in answer.builds:
        assessed = assess(found.spec, case.world, TODAY)
        assert assessed.speed.decode_tps == found.decode_tps
        build = next(b for b in slow if is_like(b, found.decode_tps.typical, found.active_requests))
        assert found.ttft_s.typical == pytest.approx(build.ttft_s, rel=1e-6)
        assert assessed.fit.fits
        assert assessed.buildable


def is_like(build: Running, decode_tps: float | None, active: int) -> bool:
    return build.active == active and build.decode_tps == pytest.approx(decode_tps, rel=NEAR)


def best_of_groups(case: Case) -> list[tuple[Group, Running]]:
    """The best build of each group, best first."""
    goal = case.question.goal
    order = sorted(case.slow.good, key=lambda b: key_of(b, goal))
    found: dict[Group, Running] = {}
    for build in order:
        group = build.machine.group
        if goal == "best-model":
            group = (f"{build.size_b:.9f}",)
        found.setdefault(group, build)
    return list(found.items())


def key_of(build: Running, goal: str) -> tuple[float, ...]:
    """What ranks a build, best smallest; to nine digits, so that rounding decides nothing."""
    cost = build.machine.cents
    size, bits = -round(build.size_b, 9), -round(build.bits, 9)
    speed = -round(build.decode_tps, 9)
    people = -round(-1.0 if build.requests_per_hour is None else build.requests_per_hour, 9)
    if goal == "cheapest":
        return (cost, size, bits, speed)
    if goal == "fastest":
        return (speed, cost, size, bits)
    if goal == "most-users":
        return (people, cost, size, bits, speed)
    return (size, bits, cost, speed)


def group_of(case: Case, ready: Search, best: Builds, row: int) -> Group:
    """What the build is known by, as the slow way names it."""
    if case.question.goal == "best-model":
        return (f"{best.size_b[row]:.9f}",)
    machine: MachineSpec = ready.spec_of(best, row).machine
    if machine.system is not None:
        return ("system", machine.system)
    if machine.gpus:
        return ("cards", *(word for slot in machine.gpus for word in (slot.gpu, str(slot.count))))
    return ("cpu", machine.cpu or "")

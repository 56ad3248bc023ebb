"""What next: every single change of a build, and which buys most speed for its money.

Each candidate is assessed as a build of its own and carries its question, so that it can be opened
and gives the same figures. Work is bounded: at most `MOST_ASSESSED` assessments.
"""

from collections.abc import Iterable
from decimal import Decimal

from pydantic import Field

from app.advisor.changes.changed import changed, has_measured_speeds, without_measured_speeds
from app.advisor.changes.single_changes import Candidate, Kind, candidates
from app.advisor.changes.sweep_words import amount
from app.builds.assess import World, assess
from app.builds.assessment import Assessment, Interval, Part, PurchaseLine, Verdict
from app.builds.problems import InvalidSpecError
from app.builds.spec import BuildSpec
from app.builds.words import significant
from app.costing.money import to_cents
from app.estimator.verdicts import Mark, WorkflowClass

#: The most candidates that are assessed; one assessment takes about 5 ms.
MOST_ASSESSED = 60
_PER = Decimal(1000)
#: A gain below this share of the speed is lost in the uncertainty and no reason to change anything.
_NO_GAIN = 0.02


class VerdictChange(Part):
    """A use case that another workflow class, or purchase mark, would be given."""

    use_case: str
    name: str
    class_before: WorkflowClass
    class_after: WorkflowClass
    mark_before: Mark
    mark_after: Mark


class Upgrade(Part):
    """One change, and what the build with it does. Money is in the currency of the request."""

    kind: Kind
    label: str = Field(description="What is changed, e.g. 'A second GeForce RTX 3090'")
    free: bool = Field(description="A setting: nothing has to be bought")
    query: str = Field(description="The changed build, as the configurator's query string")
    title: str
    placement_label: str | None
    decode_tps: Interval = Field(description="Per user, with the change")
    decode_total_tps: Interval
    ttft_s: Interval
    gained_tps: float | None = Field(
        description="Typical tok/s per user more than now; all of it where the build did not run"
    )
    makes_it_run: bool = Field(description="The build as it is does not hold the model")
    extra_cost: Decimal | None = Field(
        description="Parts to add to the build as it is; nothing comes back for what is taken out"
    )
    purchase_difference: Decimal | None = Field(
        description="What the purchase would cost more if it were bought like this from the start"
    )
    gained_tps_per_1000: float | None = Field(
        description="Tok/s gained per 1,000 units of the currency of extra cost"
    )
    verdicts: list[VerdictChange] = Field(description="Verdicts that turn; empty where none does")
    notes: list[str] = Field(description="What to watch: quality, and warnings it brings")


class NextSteps(Part):
    """Every change that helps: what has to be bought, best value first, and what is free."""

    title: str
    currency: str
    query: str = Field(description="The build the changes start from")
    decode_tps: Interval = Field(description="Per user, as it is")
    ttft_s: Interval
    sentence: str
    tried: int = Field(description="Changes that were assessed")
    paid: list[Upgrade]
    free: list[Upgrade]
    notes: list[str] = Field(description="What was left out of the question, and why")


def next_steps(spec: BuildSpec, world: World) -> NextSteps:
    """Which single change of ``spec`` buys most speed.

    Raises:
        InvalidSpecError: the question itself cannot be answered.
    """
    bare, notes = _bare(spec)
    now = assess(bare, world)
    tried = _candidates(now, world)
    found = _upgrades(tried, now, world)
    paid, free = [u for u in found if not u.free], [u for u in found if u.free]
    return NextSteps(
        title=now.title,
        currency=now.cost.currency,
        query=now.query,
        decode_tps=now.speed.decode_tps,
        ttft_s=now.speed.ttft_s,
        sentence=_sentence(now, paid, free, len(tried)),
        tried=len(tried),
        paid=paid,
        free=free,
        notes=notes,
    )


def upgrades(spec: BuildSpec, assessment: Assessment, world: World) -> list[Upgrade]:
    """Every single change of a build that helps: bought ones first, most tok/s per money first.

    ``assessment`` is the answer to ``spec``; it is asked again only where a quote or a speed of
    the build as it is has to be left out of it.
    """
    bare, notes = _bare(spec)
    now = assess(bare, world) if notes else assessment
    return _upgrades(_candidates(now, world), now, world)


def _bare(spec: BuildSpec) -> tuple[BuildSpec, list[str]]:
    """``spec`` without what holds for the build as it is only, and what was left out."""
    notes = []
    if has_measured_speeds(spec):
        spec = without_measured_speeds(spec)
        notes.append(
            "The speed you measured is left out on both sides: it holds for the build now."
        )
    if spec.economics.quoted_price is not None:
        spec = changed(spec, {"economics.quoted_price": None})
        notes.append("Your quote is left out: the difference is counted from prices of the parts.")
    return spec, notes


def _candidates(now: Assessment, world: World) -> list[Candidate]:
    return candidates(now, world)[: MOST_ASSESSED - 1]


def _upgrades(tried: Iterable[Candidate], now: Assessment, world: World) -> list[Upgrade]:
    found = [u for c in tried if (u := _upgrade(c, now, world)) is not None]
    best: dict[str, Upgrade] = {}
    for upgrade in found:
        best.setdefault(upgrade.query, upgrade)
    return sorted(best.values(), key=_rank)


#: Free changes in the order of what they take away: nothing, quality, speed.
_FREE_ORDER: dict[Kind, int] = {"engine": 1, "kv-cache": 1, "coarser": 2, "finer": 3}


def _rank(upgrade: Upgrade) -> tuple[int, bool, float, float]:
    """Bought ones first; among them best value first, those of unknown price last."""
    value = upgrade.gained_tps_per_1000
    gained = upgrade.gained_tps or 0.0
    return _FREE_ORDER.get(upgrade.kind, 0), value is None, -(value or 0.0), -gained


def _upgrade(candidate: Candidate, now: Assessment, world: World) -> Upgrade | None:
    """The candidate assessed; None where it cannot be built, does not fit, or helps nobody."""
    try:
        then = assess(candidate.spec, world)
    except InvalidSpecError:
        return None
    if not then.fit.fits or _new_problems(now, then):
        return None
    gained = _gained(now, then)
    turned = _turned(now.verdicts, then.verdicts)
    runs_now = now.fit.fits is not False
    if not _helps(candidate, now, gained, turned):
        return None
    extra = None if candidate.free else _extra_cost(now.cost.lines, then.cost.lines)
    return Upgrade(
        kind=candidate.kind,
        label=candidate.label,
        free=candidate.free,
        query=then.query,
        title=then.title,
        placement_label=then.fit.placement_label,
        decode_tps=then.speed.decode_tps,
        decode_total_tps=then.speed.decode_total_tps,
        ttft_s=then.speed.ttft_s,
        gained_tps=gained,
        makes_it_run=not runs_now,
        extra_cost=extra,
        purchase_difference=None if candidate.free else _difference(now, then),
        gained_tps_per_1000=_per_1000(gained, extra),
        verdicts=turned,
        notes=[
            *candidate.notes,
            *_other_engine(candidate, now, then, world),
            *_new_warnings(now, then),
        ],
    )


def _helps(
    candidate: Candidate, now: Assessment, gained: float | None, turned: list[VerdictChange]
) -> bool:
    """Faster, or a verdict turned for the better; finer weights help by being finer."""
    if candidate.kind == "finer":
        return True
    if any(_is_better(change) for change in turned):
        return True
    speed = now.speed.decode_tps.typical
    return gained is not None and gained > _NO_GAIN * (speed or 0.0)


def _gained(now: Assessment, then: Assessment) -> float | None:
    """Typical tokens a second more for each user; a build that does not run gives none."""
    before, after = now.speed.decode_tps.typical, then.speed.decode_tps.typical
    if after is None:
        return None
    if before is None:
        return after if now.fit.fits is False else None
    return after - before


def _per_1000(gained: float | None, extra: Decimal | None) -> float | None:
    if gained is None or extra is None or extra <= 0:
        return None
    return gained / float(extra / _PER)


def _extra_cost(now: list[PurchaseLine], then: list[PurchaseLine]) -> Decimal | None:
    """Sum of what has to be bought on top of the bill as it is; None where a price is unknown.

    A line that falls away gives nothing back; of a line that grows the difference counts.
    """
    have = {(line.kind, line.item): line for line in now}
    extra = Decimal(0)
    for line in then:
        old = have.get((line.kind, line.item))
        if old is not None and old.quantity >= line.quantity:
            continue
        if line.basis == "included":
            continue
        if line.typical is None or (old is not None and old.typical is None):
            return None
        extra += line.typical - (old.typical or Decimal(0) if old is not None else Decimal(0))
    return to_cents(extra)


def _difference(now: Assessment, then: Assessment) -> Decimal | None:
    """What the whole bill grows by; None where a line without a price changes."""
    before, after = now.cost.purchase.typical, then.cost.purchase.typical
    if before is None or after is None or now.cost.unpriced != then.cost.unpriced:
        return None
    return after - before


def _new_problems(now: Assessment, then: Assessment) -> bool:
    have = {c.code for c in now.checks if c.level == "problem"}
    return any(c.level == "problem" and c.code not in have for c in then.checks)


def _other_engine(
    candidate: Candidate, now: Assessment, then: Assessment, world: World
) -> list[str]:
    """A part can bring another engine with it, and with that part of the gain."""
    before, after = now.resolved["engine"], then.resolved["engine"]
    if candidate.kind == "engine" or before == after:
        return []
    names = [world.catalogue.engines[str(slug)].name for slug in (after, before) if slug]
    return [f"Runs under {' instead of '.join(names)}."]


def _new_warnings(now: Assessment, then: Assessment) -> list[str]:
    have = {c.code for c in now.checks if c.level == "warning"}
    return [c.message for c in then.checks if c.level == "warning" and c.code not in have]


def _turned(now: list[Verdict], then: list[Verdict]) -> list[VerdictChange]:
    """Use cases that are judged otherwise with the change."""
    before = {v.use_case: v for v in now}
    return [
        VerdictChange(
            use_case=v.use_case,
            name=v.name,
            class_before=old.workflow_class,
            class_after=v.workflow_class,
            mark_before=old.mark,
            mark_after=v.mark,
        )
        for v in then
        if (old := before.get(v.use_case)) is not None
        and (old.workflow_class, old.mark) != (v.workflow_class, v.mark)
    ]


#: Best first; an unknown class is neither better nor worse than another.
CLASS_ORDER: tuple[WorkflowClass, ...] = ("interactive", "background", "off-line", "non-viable")


def _is_better(change: VerdictChange) -> bool:
    if "unknown" in (change.class_before, change.class_after):
        return False
    return CLASS_ORDER.index(change.class_after) < CLASS_ORDER.index(change.class_before)


def _sentence(now: Assessment, paid: list[Upgrade], free: list[Upgrade], tried: int) -> str:
    """The best buy, and the best that costs nothing."""
    parts = [s for s in (_best_buy(now, paid), _best_free(free)) if s]
    if parts:
        return " ".join(parts)
    machine = now.spec.machine
    if not (machine.system or machine.cpu or machine.gpus):
        return "There is no machine yet: pick a system, a CPU with memory, or a GPU."
    if not tried:
        return "Nothing about this build can be changed by itself: it is sold as it is."
    return "No single part and no setting that was tried makes this build faster."


def _best_buy(now: Assessment, paid: list[Upgrade]) -> str:
    valued = [u for u in paid if u.gained_tps_per_1000 is not None and (u.gained_tps or 0) > 0]
    if not valued:
        return ""
    best = valued[0]
    cost, speed = best.extra_cost or Decimal(0), significant(best.decode_tps.typical or 0.0)
    currency = now.cost.currency
    if best.makes_it_run:
        return (
            f"Best way to make it run: {_name(best)}, {speed} tok/s for {amount(cost, currency)}."
        )
    gained = significant(best.gained_tps or 0.0)
    return (
        f"Most speed for its money: {_name(best)}, {gained} tok/s more for "
        f"{amount(cost, currency)}."
    )


def _name(upgrade: Upgrade) -> str:
    """The label inside a sentence: "add one GeForce RTX 5090"."""
    return f"add{upgrade.label[3:]}" if upgrade.label.startswith("Add ") else upgrade.label


def _best_free(free: list[Upgrade]) -> str:
    """The best of the settings that take no quality away."""
    faster = [u for u in free if u.kind in ("engine", "kv-cache") and (u.gained_tps or 0.0) > 0]
    if not faster:
        return ""
    best = max(faster, key=lambda u: u.gained_tps or 0.0)
    return f"Free of charge: {best.label}, {significant(best.gained_tps or 0.0)} tok/s more."

"""What if one value were another: the same build assessed along one axis.

Every point is what `assess` says of the changed question, and carries that question, so that it
can be opened and gives the same figures.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from app.advisor.changes.changed import (
    asked_verdict,
    changed,
    has_measured_speeds,
    without_measured_speeds,
    without_overrides,
)
from app.advisor.changes.sweep_points import AXES, Axis, Sweep, SweepPoint
from app.advisor.changes.sweep_words import amount, answer_of, leading_quick
from app.builds.answers.curves import (
    DRAWN_USERS,
    DRAWN_WHERE_UNKNOWN,
    LONGEST_DRAWN,
    SHORTEST_CONTEXT,
)
from app.builds.assess import World, assess
from app.builds.assessment import Assessment, Interval, MoneyRange
from app.builds.engines import reads
from app.builds.problems import InvalidSpecError, Problem
from app.builds.query import spec_to_query
from app.builds.spec import BuildSpec
from app.builds.words import grouped, listed
from app.catalogue.facts import ModelFacts, QuantizationFacts
from app.costing.money import to_cents
from app.estimator.workload import OFFLOADS

#: Points drawn where no values are given, and the most that may be given.
DEFAULT_POINTS, MOST_POINTS = 40, 100
#: Cards tried where no values are given.
GPU_COUNTS = range(1, 9)
#: Quotes tried, as shares of today's price in tenths, and prices of a kWh in hundredths.
PRICE_TENTHS = range(5, 16)
KWH_HUNDREDTHS = range(10, 61, 5)

Value = int | Decimal | str


@dataclass(frozen=True, slots=True)
class _Base:
    """The question as asked, and its answer."""

    spec: BuildSpec
    found: Assessment
    world: World

    @property
    def model(self) -> ModelFacts:
        return self.world.catalogue.get("models", self.spec.deployment.model)


@dataclass(frozen=True, slots=True)
class _AxisRule:
    """How an axis is read, filled in and applied."""

    read: Callable[[str], Value]
    defaults: Callable[[_Base], list[Value]]
    asked: Callable[[_Base], Value | None]
    change: Callable[[_Base, Value], Mapping[str, Any]]
    impossible: Callable[[_Base], str | None]
    unit: Callable[[_Base], str | None]
    notes: tuple[str, ...] = ()
    moves_speed: bool = True


def sweep(spec: BuildSpec, axis: Axis, values: Sequence[str] | None, world: World) -> Sweep:
    """Assess ``spec`` at each of ``values``, or at sensible ones where none are given.

    Args:
        spec: The question as it stands.
        axis: What is varied.
        values: As people write them: whole numbers, amounts, slugs; at most 100.
        world: What an assessment depends on.

    Raises:
        InvalidSpecError: the question cannot be answered, the axis makes no sense for this build,
            or a value cannot be read.
    """
    rule = _RULES[axis]
    own_speed = rule.moves_speed and has_measured_speeds(spec)
    base = _base(without_measured_speeds(spec) if own_speed else spec, world)
    # prices somebody gives can be tried where none is known
    reason = None if axis == "price" and values is not None else rule.impossible(base)
    if reason is not None:
        raise InvalidSpecError([Problem("axis", reason)])
    chosen = rule.defaults(base) if values is None else _read(values, rule)
    if not chosen:
        sentence = _no_values(axis)
        raise InvalidSpecError([Problem("axis" if values is None else "values", sentence)])
    points = [
        _point(base, rule, value, i, given=values is not None) for i, value in enumerate(chosen)
    ]
    if axis == "concurrency" and values is None:
        enough_tps = world.limits.interactive_decode_tps
        points = _with_last_quick(
            points, lambda n: _point(base, rule, n, 0, given=False), enough_tps
        )
    notes = list(rule.notes)
    if own_speed:
        notes.append("The speed you measured is left out: it holds for the build as it is.")
    return Sweep(
        axis=axis,
        title=base.found.title,
        unit=rule.unit(base),
        currency=base.found.cost.currency,
        years=base.spec.economics.years,
        sentence=answer_of(
            axis,
            points,
            base.found.cost.currency,
            base.spec.economics.years,
            world.limits.interactive_decode_tps,
        ),
        notes=notes,
        points=points,
    )


def axes_of(assessment: Assessment, world: World) -> dict[Axis, str | None]:
    """Every axis, with the reason where it makes no sense for this build; nothing is swept."""
    base = _Base(assessment.spec, assessment, world)
    return {axis: _RULES[axis].impossible(base) for axis in AXES}


def _base(spec: BuildSpec, world: World) -> _Base:
    found = assess(spec, world)
    return _Base(found.spec, found, world)


def _read(values: Sequence[str], rule: _AxisRule) -> list[Value]:
    """The given values, each once, in the order given."""
    if len(values) > MOST_POINTS:
        raise InvalidSpecError([Problem("values", f"At most {MOST_POINTS} values.")])
    found: list[Value] = []
    problems: list[Problem] = []
    for i, text in enumerate(values):
        try:
            value = rule.read(text.strip())
        except ValueError as error:
            problems.append(Problem(f"values.{i}", str(error)))
            continue
        if value not in found:
            found.append(value)
    if problems:
        raise InvalidSpecError(problems)
    return found


def _no_values(axis: Axis) -> str:
    if axis == "quantization":
        return "No format in the catalogue is known to run under this engine: give the values."
    return "Give at least one value."


def _point(base: _Base, rule: _AxisRule, value: Value, i: int, *, given: bool) -> SweepPoint:
    """One value assessed; where the build cannot be assessed the point says why."""
    asked = rule.asked(base) == value
    try:
        # the asked value leaves the question as it is, a default and all
        spec = base.spec if asked else changed(base.spec, rule.change(base, value))
    except InvalidSpecError as error:
        sentence = " ".join(problem.message for problem in error.problems)
        if given:
            raise InvalidSpecError([Problem(f"values.{i}", sentence)]) from error
        return _unanswered(base, value, asked, base.spec, sentence)
    try:
        found = assess(spec, base.world)
    except InvalidSpecError as error:
        sentence = " ".join(problem.message for problem in error.problems)
        return _unanswered(base, value, asked, spec, sentence)
    verdict = asked_verdict(found)
    return SweepPoint(
        value=value,
        label=_label(base, value),
        asked=asked,
        query=found.query,
        reason=next((c.message for c in found.checks if c.level == "problem"), None),
        fits=found.fit.fits,
        buildable=found.buildable,
        placement_label=found.fit.placement_label,
        decode_tps=found.speed.decode_tps,
        decode_total_tps=found.speed.decode_total_tps,
        ttft_s=found.speed.ttft_s,
        memory_gib=found.fit.required_gib,
        workflow_class="unknown" if verdict is None else verdict.workflow_class,
        purchase=found.cost.purchase,
        purchase_complete=found.cost.complete,
        cost_over_years=found.cost.cost_over_years,
        per_million_tokens=found.cost.per_million_tokens,
    )


def _with_last_quick(
    points: list[SweepPoint], ask: Callable[[int], SweepPoint], enough_tps: float
) -> list[SweepPoint]:
    """The points, and of all numbers the last where each gets ``enough_tps``, and the next."""
    quick = leading_quick(points, enough_tps)
    if not quick or len(quick) == len(points):
        return points
    last, slow = quick[-1], points[len(quick)]
    while int(slow.value) - int(last.value) > 1:
        between = ask((int(last.value) + int(slow.value)) // 2)
        if (between.decode_tps.typical or 0.0) >= enough_tps:
            last = between
        else:
            slow = between
    found = {int(p.value): p for p in (last, slow, *points)}
    return [found[users] for users in sorted(found)]


def _unanswered(base: _Base, value: Value, asked: bool, spec: BuildSpec, reason: str) -> SweepPoint:
    nothing = Interval(low=None, typical=None, high=None)
    no_money = MoneyRange(low=None, typical=None, high=None, currency=base.found.cost.currency)
    return SweepPoint(
        value=value,
        label=_label(base, value),
        asked=asked,
        query=spec_to_query(spec),
        reason=reason,
        fits=None,
        buildable=None,
        placement_label=None,
        decode_tps=nothing,
        decode_total_tps=nothing,
        ttft_s=nothing,
        memory_gib=None,
        workflow_class="unknown",
        purchase=no_money,
        purchase_complete=False,
        cost_over_years=no_money,
        per_million_tokens=no_money,
    )


def _label(base: _Base, value: Value) -> str:
    if isinstance(value, Decimal):
        return amount(value, base.found.cost.currency)
    if isinstance(value, int):
        return grouped(value)
    known = base.world.catalogue.quantizations.get(value)
    return known.name if known is not None else value


# ------------------------------------------------------------------ reading


def _whole(text: str) -> int:
    if not text.removeprefix("-").isdecimal() or not text.isascii():
        raise ValueError("Use a whole number.")
    return int(text)


def _amount(text: str) -> Decimal:
    if not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text, re.ASCII):
        raise ValueError("Use a plain number such as 12.5.")
    return Decimal(text)


def _slug(text: str) -> str:
    if not text:
        raise ValueError("This cannot be empty.")
    return text


def _with_asked(values: Iterable[int], asked: Value | None) -> list[Value]:
    """Sorted, the asked value among them."""
    extra = [asked] if isinstance(asked, int) else []
    return sorted({*values, *extra})


# ------------------------------------------------------------------ the axes


def _contexts(base: _Base) -> list[Value]:
    """Powers of two and the steps between, as far as the model was made for."""
    longest = min(base.model.context_max_tokens or DRAWN_WHERE_UNKNOWN, LONGEST_DRAWN)
    marks = [SHORTEST_CONTEXT * 2**i for i in range(11)]
    steps = [m for mark in marks for m in (mark, mark * 3 // 2) if m <= longest]
    return _with_asked([*steps, longest], base.spec.deployment.context_tokens)


def _fill_context(base: _Base, value: Value) -> dict[str, Any]:
    """A context of so many tokens, full: the answer keeps its length, the prompt takes the rest."""
    tokens = int(value)
    generated = min(int(base.found.resolved["generated_tokens"] or 1), max(tokens // 2, 1))
    cached = base.spec.workload.cached_tokens
    prompt = tokens - generated - cached
    if prompt < 1:
        sentence = f"{grouped(tokens)} tokens hold no prompt beside the {grouped(cached)} cached."
        raise InvalidSpecError([Problem("deployment.context_tokens", sentence)])
    return {
        "deployment.context_tokens": tokens,
        "workload.prompt_tokens": prompt,
        "workload.generated_tokens": generated,
    }


def _asked_context(base: _Base) -> int | None:
    """The asked context, where the question fills it as the sweep does."""
    tokens = base.spec.deployment.context_tokens
    size = (base.found.resolved["prompt_tokens"], base.found.resolved["generated_tokens"])
    filled = tokens - base.spec.workload.cached_tokens - int(size[1] or 0)
    return tokens if size[0] == filled else None


def _no_gpu(base: _Base) -> str | None:
    machine = base.spec.machine
    if machine.gpus:
        return None
    if machine.system is not None:
        return "The GPUs belong to the complete system: name the cards to vary their number."
    return "This build has no GPU whose number could be varied."


def _gpu_counts(base: _Base) -> list[Value]:
    return _with_asked(GPU_COUNTS, base.spec.machine.gpus[0].count)


def _gpu_change(base: _Base, value: Value) -> dict[str, Any]:
    """The first kind of card, so many of it."""
    slots = [slot.model_dump() for slot in base.spec.machine.gpus]
    slots[0]["count"] = value
    return {"machine.gpus": slots}


def _is_mixture(base: _Base) -> bool:
    return base.model.architecture == "moe"


def _no_offload(base: _Base) -> str | None:
    """Why no layer can lie in RAM, in the words of the assessment."""
    if not base.model.n_layers:
        return f"Nobody states how many layers {base.model.name} has."
    placement = "expert-offload" if _is_mixture(base) else "layer-offload"
    return base.found.fit.impossible.get(placement)


def _layers(base: _Base) -> list[Value]:
    """None to all, evenly, both ends and the asked number among them."""
    count = base.model.n_layers or 1
    step = -(-count // (DEFAULT_POINTS - 3))
    return _with_asked([*range(0, count, step), count], _asked_layers(base))


def _asked_layers(base: _Base) -> int | None:
    """The asked number, where the answer is about layers in RAM at all."""
    deployment, count = base.spec.deployment, base.model.n_layers or 0
    if base.found.resolved["placement"] not in OFFLOADS:
        return None
    if _is_mixture(base):
        asked = deployment.cpu_expert_layers
        return None if asked is None else min(asked, count)
    return None if deployment.gpu_layers is None else max(count - deployment.gpu_layers, 0)


def _layer_change(base: _Base, value: Value) -> dict[str, Any]:
    """So many layers in RAM: whole ones, or of a mixture their experts only."""
    count = base.model.n_layers or 0
    if not 0 <= int(value) <= count:
        sentence = f"{base.model.name} has {count} layers: use 0 to {count}."
        raise InvalidSpecError([Problem("values", sentence)])
    if _is_mixture(base):
        return {
            "deployment.placement": "expert-offload",
            "deployment.cpu_expert_layers": int(value),
        }
    return {"deployment.placement": "layer-offload", "deployment.gpu_layers": count - int(value)}


def bits_of(fmt: QuantizationFacts) -> float | None:
    """Bits a weight takes in a file, where somebody states it; otherwise by the block layout."""
    return fmt.file_bits_llama31_8b or fmt.body_bits or fmt.bits_per_weight


def formats_of(found: Assessment, world: World) -> list[QuantizationFacts]:
    """Formats that the engine of an answer reads, finest first; those of unknown size are left."""
    engine = world.catalogue.engines.get(str(found.resolved["engine"]))
    if engine is None:
        return []
    known = [
        fmt
        for fmt in world.catalogue.quantizations.values()
        if fmt.kind == "weights" and reads(engine, fmt) and bits_of(fmt) is not None
    ]
    return sorted(known, key=lambda fmt: (-(bits_of(fmt) or 0), fmt.slug))


def _formats(base: _Base) -> list[Value]:
    asked = base.spec.deployment.quantization
    slugs: list[Value] = [fmt.slug for fmt in formats_of(base.found, base.world)]
    kept = slugs[:DEFAULT_POINTS]
    return kept if asked in kept or asked not in slugs else [*kept[:-1], asked]


def _format_change(base: _Base, value: Value) -> dict[str, Any]:
    """Another format; the size of the file as it is says nothing about it."""
    overrides = without_overrides(base.spec, "model")
    return {"deployment.quantization": value, "machine.overrides": overrides}


def _no_engine(base: _Base) -> str | None:
    if base.found.resolved["engine"] is None:
        return "No engine in the catalogue runs on this hardware, so no format can be tried."
    return None


def _no_price(base: _Base) -> str | None:
    cost = base.found.cost
    if cost.purchase.typical is None:
        return "Nothing here has a price yet: choose a machine, or enter a quote."
    if not cost.complete:
        return f"No price is known for {listed(cost.unpriced)}: enter a quote first."
    return None


def _prices(base: _Base) -> list[Value]:
    """Half of today's price to one and a half times it."""
    typical = base.found.cost.purchase.typical or Decimal(0)
    return list(dict.fromkeys(to_cents(typical * tenths / 10) for tenths in PRICE_TENTHS))


def _no_energy(base: _Base) -> str | None:
    if base.found.cost.energy_kwh_per_year is None:
        return "The power of this build is unknown, so its electricity cannot be counted."
    return _no_price(base)


def _kwh_prices(base: _Base) -> list[Value]:
    asked = base.found.cost.electricity_per_kwh
    steps = {Decimal(hundredths) / 100 for hundredths in KWH_HUNDREDTHS}
    return sorted(steps if asked is None else steps | {asked})


def _never(base: _Base) -> None:
    return None


def _no_machine(base: _Base) -> str | None:
    machine = base.spec.machine
    if machine.system or machine.cpu or machine.gpus:
        return None
    return "There is no machine yet: pick a system, a CPU with memory, or a GPU."


_RULES: dict[Axis, _AxisRule] = {
    "context_tokens": _AxisRule(
        _whole,
        _contexts,
        _asked_context,
        _fill_context,
        _no_machine,
        lambda _: "tokens",
        ("The context is full: the answer keeps its length and the prompt takes the rest.",),
    ),
    "concurrency": _AxisRule(
        _whole,
        lambda base: _with_asked(DRAWN_USERS, base.spec.workload.concurrency),
        lambda base: base.spec.workload.concurrency,
        lambda _, value: {"workload.concurrency": value},
        _no_machine,
        lambda _: "requests",
    ),
    "gpu_count": _AxisRule(
        _whole,
        _gpu_counts,
        lambda base: base.spec.machine.gpus[0].count,
        _gpu_change,
        _no_gpu,
        lambda _: "cards",
    ),
    "offloaded_layers": _AxisRule(
        _whole,
        _layers,
        _asked_layers,
        _layer_change,
        _no_offload,
        lambda base: "layers with experts in RAM" if _is_mixture(base) else "layers in RAM",
    ),
    "quantization": _AxisRule(
        _slug,
        _formats,
        lambda base: base.spec.deployment.quantization,
        _format_change,
        lambda base: _no_machine(base) or _no_engine(base),
        lambda _: None,
    ),
    "price": _AxisRule(
        _amount,
        _prices,
        lambda base: base.found.cost.purchase.typical,
        lambda _, value: {"economics.quoted_price": str(value)},
        _no_price,
        lambda base: base.found.cost.currency,
        ("Each other price is taken as a quote: one amount, where prices of parts are a range.",),
        moves_speed=False,
    ),
    "electricity": _AxisRule(
        _amount,
        _kwh_prices,
        lambda base: base.found.cost.electricity_per_kwh,
        lambda _, value: {"economics.electricity_per_kwh": str(value)},
        _no_energy,
        lambda base: f"{base.found.cost.currency} per kWh",
        moves_speed=False,
    ),
}

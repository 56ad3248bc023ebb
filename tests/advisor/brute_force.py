"""The advisor's answer found the slow way: every build there is, each estimated by itself.

Shares nothing with `app.advisor` but the words of the question. A machine is priced, weighed and
checked by the functions that `assess` calls for one build; a model on it is placed and timed by
`assemble` and `estimate`, one build and one number of requests at a time. Nothing is pruned.
`test_brute_force.py` holds `assess` itself against the builds that come out best.

The rules are those the advisor states for itself:

- A self-built computer is a CPU on its board with one kind of module: one module, pairs up to a
  module on each channel, a module on each, two on each. One socket.
- Parts of which nobody says how much memory belongs to them have no whole price.
- What has no price, or only one of a thing that is no longer sold that way, cannot be ordered.
- Cards are of one kind, or of two of which all of one kind are the asker's own: those come first.
- Nobody buys a card to leave it idle: a model on one GPU has no second card beside it, unless a
  complete system brings it, and a machine with a GPU does not answer on its CPU alone.
- Layers or experts go to RAM only where the cards do not hold the model with as many requests at
  once as the demand makes of them; a mixture leaves its experts there where the engine can,
  everything else whole layers.
- Requests at once are the least n with n >= arrivals a second x seconds one takes among n.
"""

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np

from app.advisor.question import AdvisorSpec
from app.builds.answers.placements import why_not
from app.builds.answers.verdicts import plain_limits
from app.builds.assemble import Assembled, RequestSize, assemble, workload_of
from app.builds.assess import World
from app.builds.checks.machine import machine_checks
from app.builds.costs.bill import Line, bill_of
from app.builds.costs.pricing import SOLD_USED_ONLY, Pricer, newest_rates
from app.builds.engines import USUAL, USUAL_CPU, reads, runs_on_cpu
from app.builds.parts import Parts, resolve_parts
from app.builds.power import power_of, supply_watts
from app.builds.spec import (
    BuildSpec,
    DeploymentSpec,
    GpuSlot,
    MachineSpec,
    MemorySpec,
    WorkloadSpec,
)
from app.builds.traits import is_self_build
from app.catalogue.facts import EngineFacts, GpuFacts, ModelFacts, QuantizationFacts, UseCaseFacts
from app.costing.money import to_cents
from app.estimator.estimate import Estimate, estimate
from app.estimator.numbers import Number
from app.estimator.verdicts import CLASSES, workflow_class
from app.estimator.workload import Placement

CASE_SLOTS = 8
REQUESTS_MOST = 256
REQUESTS_TRIED = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256)
WORST = {"interactive": 0, "background": 1, "off-line": 2, "any": 3}
SOLD: dict[str, set[str | None]] = {
    "new": {"current", None},
    "used": {"used", "discontinued", "superseded"},
    "any": {"current", "used", "discontinued", "superseded", None},
}
PLACES: tuple[Placement, ...] = (
    "unified-memory",
    "one-gpu",
    "tensor-parallel",
    "layer-split",
    "expert-offload",
    "layer-offload",
    "cpu-only",
)

Group = tuple[str, ...]


@dataclass(frozen=True)
class Machine:
    """Something that can be ordered."""

    spec: MachineSpec
    parts: Parts
    group: Group
    cents: int
    watts: float | None


@dataclass(frozen=True)
class Running:
    """A model on a machine: how it does with the people who ask."""

    machine: Machine
    deployment: DeploymentSpec
    placement: Placement
    size_b: float
    bits: float
    active: int
    decode_tps: float
    ttft_s: float
    requests_per_hour: float | None
    crowded: bool  # with memory for one request, but not for all, on the cards


@dataclass(frozen=True)
class Answer:
    """All builds that do what is asked, and how many there were."""

    good: list[Running]
    builds: int
    counted: bool


class Enumeration:
    """Every build of one small catalogue for one question."""

    def __init__(self, question: AdvisorSpec, world: World, today: date) -> None:
        """Nothing is worked out yet."""
        self.question, self.world, self.today = question, world, today
        catalogue = world.catalogue
        self.limits = plain_limits(world.limits)
        self.pricer = Pricer(
            catalogue=catalogue,
            data=world.costs,
            currency=question.limits.currency,
            condition=question.limits.condition,
            today=today,
            rates=newest_rates(catalogue.exchange_rates),
        )
        whole = sum(part.share for part in question.demand.mix)
        self.mix = [
            (catalogue.get("use-cases", part.use_case), part.share / whole)
            for part in question.demand.mix
        ]
        self.main = max(self.mix, key=lambda use: use[1])[0]
        demand = question.demand
        self.per_s = demand.people * demand.requests_per_hour / 3600

    def answer(self, most: int) -> Answer | None:
        """Every build that does what is asked; None where there are more than ``most`` to try."""
        good: list[Running] = []
        number = 0
        deployments = list(self.deployments())
        models = {model.slug for model, _, _ in deployments}
        counted = len(models) == 1 or self.question.goal == "most-users"
        machines = list(self.machines())
        for machine in machines:
            for model, quantization, engine in deployments:
                for build in self.placed(machine, model, quantization, engine):
                    number += 1
                    if number > most:
                        return None
                    found = self.run(machine, *build, counted=counted)
                    if found is not None:
                        good.append(found)
        return Answer(good, number, counted)

    # What can be ordered

    def machines(self) -> Iterator[Machine]:
        """Machines within the limits."""
        limits = self.question.limits
        for spec, group in [*self.systems(), *self.computers()]:
            machine = self.priced(spec, group)
            if machine is None:
                continue
            if limits.budget is not None and Decimal(machine.cents) / 100 > limits.budget:
                continue
            watts = machine.watts
            if limits.watts_max is not None and (watts is None or watts > limits.watts_max):
                continue
            yield machine

    def systems(self) -> Iterator[tuple[MachineSpec, Group]]:
        """Complete machines of the kinds that are allowed."""
        limits = self.question.limits
        for system in self.world.catalogue.systems.values():
            kind_allowed = (
                not limits.form_factors
                or system.system_class in limits.form_factors
                or ("self-build" in limits.form_factors and is_self_build(system))
            )
            whole = not is_self_build(system) or system.memory_gib is not None
            if kind_allowed and whole and system.status in SOLD[limits.condition]:
                yield MachineSpec(system=system.slug), ("system", system.slug)

    def computers(self) -> Iterator[tuple[MachineSpec, Group]]:
        """Computers put together from parts, alone and with cards of one kind."""
        catalogue, limits = self.world.catalogue, self.question.limits
        if limits.form_factors and "self-build" not in limits.form_factors:
            return
        for cpu in catalogue.cpus.values():
            board = catalogue.platforms.get(cpu.platform_slug or "")
            channels = cpu.memory_channels or (board.memory_channels if board else None)
            if board is None or channels is None:
                continue
            counts = {1, channels, 2 * channels, *range(2, channels + 1, 2)}
            for module in catalogue.memory_modules.values():
                if module.memory_type not in cpu.memory_types or module.size_gib is None:
                    continue
                for count in sorted(counts):
                    if module.size_gib * count < limits.ram_gib_min:
                        continue
                    alone = MachineSpec(
                        cpu=cpu.slug, memory=MemorySpec(module=module.slug, count=count)
                    )
                    yield alone, ("cpu", cpu.slug)
                    for slots in self.card_sets(board.gpus_max or 0):
                        whole = alone.model_copy(update={"gpus": slots})
                        names = [(slot.gpu, str(slot.count)) for slot in slots]
                        yield whole, ("cards", *(word for name in names for word in name))

    def card_sets(self, most: int) -> Iterator[tuple[GpuSlot, ...]]:
        """Cards of one kind, and cards of two kinds of which all of the first are owned."""
        owned = self.owned
        cards = {g.slug: g for g in self.world.catalogue.gpus.values() if self.is_a_card(g)}
        sets: list[tuple[GpuSlot, ...]] = [
            (GpuSlot(gpu=slug, count=n),) for slug in cards for n in range(1, most + 1)
        ]
        for one, other in itertools.permutations(cards, 2):
            for n in range(1, most):
                for rest in range(1, most - n + 1):
                    # both kinds all owned: named in the order of the question
                    if n > owned.get(one, 0):
                        continue
                    both = rest <= owned.get(other, 0)
                    if not both or list(owned).index(one) < list(owned).index(other):
                        sets.append((GpuSlot(gpu=one, count=n), GpuSlot(gpu=other, count=rest)))
        for slots in sets:
            if self.question.limits.open_frame or (
                sum((cards[s.gpu].slot_width or 0) * s.count for s in slots) <= CASE_SLOTS
            ):
                yield slots

    @property
    def owned(self) -> dict[str, int]:
        """Cards the asker has."""
        return {slot.gpu: slot.count for slot in self.question.owned.gpus}

    def is_a_card(self, gpu: GpuFacts) -> bool:
        """Whether it can be plugged into a computer."""
        plugged = (gpu.form_factor or "pcie") == "pcie" and not gpu.unified_memory
        return plugged and gpu.memory_gib is not None

    def priced(self, spec: MachineSpec, group: Group) -> Machine | None:
        """The machine with its price; None where it cannot be ordered or put together."""
        vendors = self.question.limits.gpu_vendors
        parts = resolve_parts(
            BuildSpec(machine=spec, deployment=self.any_deployment()), self.world.catalogue
        )
        mine = {g.gpu.vendor for g in parts.gpus} or {"none"}
        if vendors and not mine <= set(vendors):
            return None
        power = power_of(parts, self.world.costs)
        if any(check.level == "problem" for check in machine_checks(parts, power)):
            return None
        owned = self.owned
        whole = Decimal(0)
        for line in bill_of(parts, self.pricer, supply_watts(power, parts.nodes)):
            free = owned.get(line.slug or "", 0) if line.kind == "gpu" and spec.gpus else 0
            bought = max(0, line.quantity - free)
            if not bought:
                continue
            if line.price.basis == "included":
                continue
            if line.price.amounts is None or not self.is_sold(line):
                return None
            whole += line.price.amounts.typical * bought
        return Machine(spec, parts, group, int(to_cents(whole) * 100), power.load_w)

    def is_sold(self, line: Line) -> bool:
        """Whether a part of a self-built machine can still be had at its price."""
        catalogue, price = self.world.catalogue, line.price
        kinds = {"cpu": catalogue.cpus, "gpu": catalogue.gpus}
        if line.kind not in (*kinds, "memory-module"):
            return True
        fact = kinds.get(line.kind, {}).get(line.slug or "")
        if price.basis == "launch-price" and fact is not None and fact.status in SOLD_USED_ONLY:
            return False
        return not (self.question.limits.condition == "new" and price.condition == "used")

    # What can run

    def any_deployment(self) -> DeploymentSpec:
        catalogue = self.world.catalogue
        return DeploymentSpec(
            model=next(iter(catalogue.models)),
            quantization=next(q.slug for q in catalogue.quantizations.values() if q.kind != "kv"),
        )

    def deployments(self) -> Iterator[tuple[ModelFacts, QuantizationFacts, EngineFacts]]:
        """Models, formats and engines that the question allows and that go together."""
        catalogue, choice = self.world.catalogue, self.question.models
        names = choice.engines or [n for some in USUAL.values() for n in some] + list(USUAL_CPU)
        engines = [catalogue.engines[n] for n in dict.fromkeys(names) if n in catalogue.engines]
        context = max(
            choice.context_tokens,
            *((c.prompt_tokens or 0) + (c.generated_tokens or 0) for c, _ in self.mix),
        )
        for model in catalogue.models.values():
            if choice.models and model.slug not in choice.models:
                continue
            if model.context_max_tokens is not None and model.context_max_tokens < context:
                continue
            size = size_of(model)
            if choice.size_min_b is not None and not size >= choice.size_min_b:
                continue
            if choice.released_since is not None and not (
                model.release_date and model.release_date >= choice.released_since
            ):
                continue
            for quantization in catalogue.quantizations.values():
                if quantization.kind != "weights":
                    continue
                if choice.quantizations and quantization.slug not in choice.quantizations:
                    continue
                for engine in engines:
                    kv = f"kv-{choice.kv_dtype}"
                    if reads(engine, quantization) and (
                        not engine.kv_slugs or kv in engine.kv_slugs
                    ):
                        yield model, quantization, engine

    def placed(
        self,
        machine: Machine,
        model: ModelFacts,
        quantization: QuantizationFacts,
        engine: EngineFacts,
    ) -> Iterator[tuple[DeploymentSpec, Placement, Assembled, bool]]:
        """Every place the model can lie in, and whether too many at once drive it off the cards."""
        parts = machine.parts
        if any(g.gpu.vendor not in engine.gpu_vendors for g in parts.gpus):
            return
        if not parts.gpus and not runs_on_cpu(engine):
            return
        for placement in PLACES:
            if placement == "cpu-only" and parts.gpus:
                continue
            if placement == "one-gpu" and parts.gpu_count > 1 and machine.group[0] == "cards":
                continue
            deployment = DeploymentSpec(
                model=model.slug,
                quantization=quantization.slug,
                kv_dtype=self.question.models.kv_dtype,
                engine=engine.slug,
                context_tokens=self.question.models.context_tokens,
                placement=placement,
            )
            spec = BuildSpec(
                machine=machine.spec,
                deployment=deployment,
                workload=WorkloadSpec(use_case=self.main.slug),
            )
            whole = resolve_parts(spec, self.world.catalogue)
            assembled = assemble(spec, whole, self.world.catalogue, self.world.calibration)
            if why_not(assembled, placement) is not None:
                continue
            if any(gpu.costs.kind is None for gpu in assembled.setting.machine.gpus):
                continue  # a card of unknown kind
            bits = assembled.setting.fmt.body_bits
            if not self.question.models.quantizations and not (
                float(bits) >= self.question.models.bits_min
            ):
                continue
            experts = (model.n_experts or 0) > 0
            if placement == "expert-offload" and not experts:
                continue
            if placement == "layer-offload" and experts and "expert-offload" in engine.placements:
                continue
            crowded = False
            if placement.endswith("offload") and not self.spills(assembled, placement):
                crowded = self.runs_short(spec, assembled)
                if not crowded:
                    continue
            yield deployment, placement, assembled, crowded

    def spills(self, assembled: Assembled, placement: Placement) -> bool:
        """Whether anything is left to the CPU's memory."""
        active = self.question.demand.active_requests or 1
        found = [self.among(assembled, placement, case, float(active)) for case, _ in self.mix]
        return any(float(e.memory.gpu_share) < 1 or float(e.memory.host_share) > 0 for e in found)

    def runs_short(self, spec: BuildSpec, shared: Assembled) -> bool:
        """Whether cards that hold one request do not hold all the demand makes of them.

        Counted up from one as requests come in while so many are answered, until memory runs out,
        the class is missed or they keep up.
        """
        if self.question.demand.active_requests is not None:
            return False
        several = shared.parts.gpu_count * shared.parts.nodes > 1
        place: Placement = "layer-split" if several else "one-gpu"
        deployment = spec.deployment.model_copy(update={"placement": place})
        alone = spec.model_copy(update={"deployment": deployment})
        assembled = assemble(alone, shared.parts, self.world.catalogue, self.world.calibration)
        if why_not(assembled, place) is not None:
            return False
        active = 1
        while True:
            service_s, worst = 0.0, 0
            for case, share in self.mix:
                found = self.among(assembled, place, case, float(active))
                if float(found.memory.fits) == 0:
                    return True
                service_s += share * float(found.total_s.typical)
                worst = max(worst, self.class_of(found))
            if worst > WORST[self.question.service]:
                return False
            wanted = math.ceil(self.per_s * service_s - 1e-9)
            if not active < wanted <= REQUESTS_MOST:
                return False
            active = wanted

    # How it does

    def among(
        self, assembled: Assembled, placement: Placement, case: UseCaseFacts, active: Number
    ) -> Estimate:
        """One request of a use case among so many, or among each of many numbers of them."""
        size = RequestSize(case.prompt_tokens or 0, case.generated_tokens or 0)
        spec = BuildSpec(
            deployment=DeploymentSpec(context_tokens=self.question.models.context_tokens)
        )
        workload = replace(workload_of(spec, assembled.parts, size), concurrency=active)
        return estimate(replace(assembled.setting, workload=workload), placement)

    def class_of(self, found: Estimate) -> Any:
        """Place in `CLASSES`, of one estimate or of many."""
        return workflow_class(
            found.memory.fits,
            found.ttft_s.typical,
            found.decode_tps.typical,
            found.total_s.typical,
            self.limits,
        )

    def run(
        self,
        machine: Machine,
        deployment: DeploymentSpec,
        placement: Placement,
        assembled: Assembled,
        crowded: bool,
        *,
        counted: bool,
    ) -> Running | None:
        """The build under the demand; None where it does not do what is asked."""
        numbers = np.arange(1.0, REQUESTS_MOST + 1)
        fits, worst = np.ones(len(numbers), dtype=bool), np.zeros(len(numbers), dtype=int)
        service_s = np.zeros(len(numbers))
        for case, share in self.mix:
            found = self.among(assembled, placement, case, numbers)
            fits &= np.equal(found.memory.fits, 1.0)
            worst = np.maximum(worst, self.class_of(found))
            service_s = service_s + share * np.asarray(found.total_s.typical)
            if case is self.main:
                decode_tps = np.broadcast_to(found.decode_tps.typical, numbers.shape)
                ttft_s = np.broadcast_to(found.ttft_s.typical, numbers.shape)
        as_asked = fits & (worst <= WORST[self.question.service])
        as_asked &= worst != CLASSES.index("unknown")
        if not fits[0]:
            return None
        enough = numbers >= self.per_s * service_s - 1e-9
        if self.question.demand.active_requests is not None:
            enough = numbers == self.question.demand.active_requests
        if not enough.any():
            return None
        least = int(np.argmax(enough))
        if not as_asked[least]:
            return None
        rates = []
        for tried in REQUESTS_TRIED if counted else ():
            if not as_asked[tried - 1]:
                break
            rates.append(tried / float(service_s[tried - 1]) * 3600)
        return Running(
            machine=machine,
            deployment=deployment,
            placement=placement,
            size_b=size_of(assembled.parts.model),
            bits=float(assembled.setting.fmt.body_bits),
            active=least + 1,
            decode_tps=float(decode_tps[least]),
            ttft_s=float(ttft_s[least]),
            requests_per_hour=max(rates, default=None),
            crowded=crowded,
        )


def size_of(model: ModelFacts) -> float:
    """The size the advisor ranks a model by: of a mixture sqrt(total x active), 10^9."""
    if model.params_total_b is None or model.params_active_b is None:
        return math.nan
    return math.sqrt(model.params_total_b * model.params_active_b)

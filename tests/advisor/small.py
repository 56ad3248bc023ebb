"""Small catalogues and questions drawn at random from the shipped ones."""

import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from app.advisor.question import (
    AdvisorSpec,
    DemandSpec,
    FormFactor,
    Goal,
    Limits,
    ModelChoice,
    Owned,
    Service,
    UseShare,
    Vendor,
)
from app.builds.assess import World
from app.builds.engines import USUAL, USUAL_CPU
from app.builds.spec import Condition, Currency, GpuSlot
from app.catalogue import facts
from app.catalogue.snapshot import Catalogue, _assemble

USE_CASES = ("uc1", "uc2", "uc3", "uc4")
#: What every small catalogue has in full: nothing that is bought, and few enough.
WHOLE = ("platforms", "interconnects", "engines", "use-cases", "exchange-rates")


def subset(
    catalogue: Catalogue, kept: Mapping[str, Collection[str]], prices: Collection[facts.PriceFacts]
) -> Catalogue:
    """A catalogue of the entries named by kind; no measured runs."""
    found: dict[str, tuple[facts.Fact, ...]] = {
        kind: tuple(
            fact for slug, fact in entries.items() if kind in WHOLE or slug in kept.get(kind, ())
        )
        for kind, entries in catalogue._by_kind.items()
    }
    found["prices"] = tuple(prices)
    return _assemble("small", found, ())


class Draw:
    """Draws small worlds and questions about them; the same for the same seed."""

    def __init__(self, world: World, seed: int) -> None:
        """``world`` is the whole one."""
        self.whole, self.random = world, random.Random(seed)  # noqa: S311  # a draw, no secret
        catalogue = world.catalogue
        priced = {(p.item_kind, p.item_slug) for p in catalogue.prices}
        self.cpus = [
            c
            for c in catalogue.cpus.values()
            if c.platform_slug is not None
            and ("cpu", c.slug) in priced
            and any(m.memory_type in c.memory_types for m in catalogue.memory_modules.values())
        ]
        self.gpus = [g for g in catalogue.gpus.values() if ("gpu", g.slug) in priced]
        self.other_gpus = [g for g in catalogue.gpus.values() if ("gpu", g.slug) not in priced]
        self.systems = [s for s in catalogue.systems.values() if ("system", s.slug) in priced]
        self.other_systems = [
            s for s in catalogue.systems.values() if ("system", s.slug) not in priced
        ]
        self.models = list(catalogue.models.values())
        usual = [n for names in USUAL.values() for n in names] + list(USUAL_CPU)
        self.formats = [
            q
            for q in catalogue.quantizations.values()
            if q.kind == "weights" and set(q.engine_slugs) & set(usual)
        ]

    def world(self) -> World:
        """A world of few things, some of them at other prices."""
        r, catalogue = self.random, self.whole.catalogue
        if r.random() < 0.35:
            return self._world_of_cards()
        cpus = r.sample(self.cpus, r.randint(1, 2))
        kinds = {kind for cpu in cpus for kind in cpu.memory_types}
        fitting = [m for m in catalogue.memory_modules.values() if m.memory_type in kinds]
        modules = r.sample(fitting, min(len(fitting), r.randint(1, 3)))
        gpus = r.sample(self.gpus, r.choice((0, 1, 1, 2, 2)))
        if r.random() < 0.2:
            gpus.append(r.choice(self.other_gpus))
        systems = r.sample(self.systems, r.randint(0, 2))
        if r.random() < 0.2:
            systems.append(r.choice(self.other_systems))
        models = self._models()
        formats = r.sample(self.formats, r.randint(1, 3))
        formats.append(catalogue.quantizations["q4_k_m"])
        return self._of(cpus, modules, gpus, systems, models, formats)

    def _world_of_cards(self) -> World:
        """Little but cards that go into one computer, so that sets of two kinds are few enough."""
        r, catalogue = self.random, self.whole.catalogue
        cpu = r.choice(self.cpus)
        fitting = [
            m for m in catalogue.memory_modules.values() if m.memory_type in cpu.memory_types
        ]
        maker = r.choice(("NVIDIA", "NVIDIA", "AMD", "Intel", None))
        plugged = [
            g
            for g in self.gpus
            if (g.form_factor or "pcie") == "pcie" and maker in (None, g.vendor) and g.tdp_w
        ]
        return self._of(
            [cpu],
            r.sample(fitting, 1),
            r.sample(plugged, min(len(plugged), r.choice((2, 2, 2, 3)))),
            [],
            self._models()[:1],
            [catalogue.quantizations["q4_k_m"], *r.sample(self.formats, r.choice((0, 0, 1)))],
        )

    def _of(
        self,
        cpus: Sequence[facts.CpuFacts],
        modules: Sequence[facts.MemoryModuleFacts],
        gpus: Sequence[facts.GpuFacts],
        systems: Sequence[facts.SystemFacts],
        models: Sequence[facts.ModelFacts],
        formats: Sequence[facts.QuantizationFacts],
    ) -> World:
        catalogue = self.whole.catalogue
        kept = {
            "cpus": {c.slug for c in cpus} | {s.cpu_slug for s in systems if s.cpu_slug},
            "memory-modules": {m.slug for m in modules},
            "gpus": {g.slug for g in gpus} | {s.gpu_slug for s in systems if s.gpu_slug},
            "systems": {s.slug for s in systems},
            "models": {m.slug for m in models},
            "quantizations": {q.slug for q in formats}
            | {q.slug for q in catalogue.quantizations.values() if q.kind == "kv"},
        }
        return replace(self.whole, catalogue=subset(catalogue, kept, self._prices(kept)))

    def _models(self) -> list[facts.ModelFacts]:
        """One or two, rather small than large, so that most machines have a choice."""
        r = self.random
        size = r.choice((4, 9, 9, 20, 40, 150, 2000))
        some = [m for m in self.models if (m.params_total_b or 0) <= size]
        if r.random() < 0.25:
            some = [m for m in self.models if m.architecture == "moe"]
        return r.sample(some, r.choice((1, 1, 2)))

    def _prices(self, kept: Mapping[str, Collection[str]]) -> list[facts.PriceFacts]:
        r = self.random
        kinds = {"cpu": "cpus", "gpu": "gpus", "system": "systems"}
        found = []
        for price in self.whole.catalogue.prices:
            of_item = price.item_slug in kept.get(kinds.get(price.item_kind, ""), ())
            if not (of_item or price.memory_type or price.item_kind == "electricity"):
                continue
            if of_item and r.random() < 0.03:
                continue
            if r.random() < 0.3:
                factor = Decimal(r.randint(30, 300)) / 100
                found.append(price.model_copy(update={"amount": price.amount * factor}))
            else:
                found.append(price)
        return found

    def question(self, world: World) -> AdvisorSpec:
        """A question about a small world."""
        r = self.random
        goals: tuple[Goal, ...] = ("cheapest", "fastest", "most-users", "best-model")
        services: tuple[Service, ...] = (
            "interactive",
            "interactive",
            "background",
            "off-line",
            "any",
        )
        cases = r.sample(USE_CASES, r.choice((1, 1, 2)))
        demand: dict[str, Any] = {
            "people": r.choice((1, 1, 3, 10, 40)),
            "requests_per_hour": r.choice((0.5, 6.0, 20.0)),
            "mix": tuple(UseShare(use_case=c, share=float(r.randint(1, 3))) for c in cases),
        }
        contexts: tuple[int, ...] = (2048, 8192, 32768)
        if r.random() < 0.25:
            demand["active_requests"] = r.choice((1, 2, 7, 32))
        elif r.random() < 0.2:  # a crowd with long contexts, too much for what cards hold
            demand |= {"people": r.choice((40, 200)), "requests_per_hour": 20.0}
            contexts, services = (32768,), services[2:]
        return AdvisorSpec(
            goal=r.choice(goals),
            service=r.choice(services),
            demand=DemandSpec(**demand),
            models=ModelChoice(
                bits_min=r.choice((1.0, 3.0, 4.0, 8.0)),
                kv_dtype=r.choice(("f16", "f16", "f16", "q8_0")),
                context_tokens=r.choice(contexts),
            ),
            limits=self._limits(),
            owned=self._owned(world),
        )

    def _limits(self) -> Limits:
        r = self.random
        vendors: tuple[tuple[Vendor, ...], ...] = (
            ("NVIDIA",),
            ("AMD", "none"),
            ("none",),
            ("NVIDIA", "AMD", "Intel", "Apple"),
        )
        forms: tuple[tuple[FormFactor, ...], ...] = (
            ("self-build",),
            ("desktop", "workstation", "self-build"),
            ("mini-pc", "laptop"),
        )
        conditions: tuple[Condition, ...] = ("new", "any", "any", "used")
        currencies: tuple[Currency, ...] = ("EUR", "USD", "CHF")
        return Limits(
            budget=Decimal(r.choice((2500, 6000, 15000))) if r.random() < 0.3 else None,
            currency=r.choice(currencies),
            condition=r.choice(conditions),
            watts_max=r.choice((250.0, 600.0, 1200.0)) if r.random() < 0.2 else None,
            gpu_vendors=r.choice(vendors) if r.random() < 0.2 else (),
            form_factors=r.choice(forms) if r.random() < 0.2 else (),
            ram_gib_min=r.choice((0.0, 0.0, 16.0, 32.0, 100.0)),
            open_frame=r.random() < 0.3,
        )

    def _owned(self, world: World) -> Owned:
        """Cards that are there: often where there are several kinds, so that they are mixed."""
        r, gpus = self.random, sorted(world.catalogue.gpus)
        if not gpus or r.random() > (0.8 if len(gpus) > 1 else 0.15):
            return Owned()
        mine = r.sample(gpus, min(len(gpus), r.choice((1, 1, 1, 2))))
        return Owned(gpus=tuple(GpuSlot(gpu=gpu, count=r.choice((1, 1, 2, 3))) for gpu in mine))

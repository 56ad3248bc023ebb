"""Every single change of a build worth trying: one part more, another part, another setting."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

from app.advisor.changes.changed import changed, without_overrides
from app.advisor.changes.sweeps import bits_of, formats_of
from app.builds.assess import World
from app.builds.assessment import Assessment
from app.builds.engines import drives_all, reads, runs_on_cpu
from app.builds.memory_population import channels_of
from app.builds.parts import Parts, resolve_parts
from app.builds.spec import GPU_SLOTS, BuildSpec, GpuSlot
from app.builds.words import significant
from app.catalogue.facts import (
    CpuFacts,
    EngineFacts,
    GpuFacts,
    MemoryModuleFacts,
    QuantizationFacts,
)
from app.estimator.workload import OFFLOADS

Kind = Literal["add-gpu", "swap-gpu", "memory", "cpu", "engine", "coarser", "finer", "kv-cache"]

#: Bounds of each kind, so that all of them together stay below sixty.
MOST_CARDS, MOST_CPUS, MOST_MODULES, MOST_ENGINES, FORMATS_EACH_WAY = 26, 6, 5, 6, 2
#: Formats closer than this in size are the same choice.
_SAME_SIZE = 0.06
_KV_HALF = ("q8_0", "fp8")
#: What people choose between in GGUF files: K-quants, and these two above them.
_GGUF, _ABOVE = ("k-quant", "gguf-legacy"), ("q8_0", "f16")
_ORDINALS = {2: "second", 3: "third", 4: "fourth"}
_NOT_SOLD = ("announced", "cloud-only")


@dataclass(frozen=True, slots=True)
class Candidate:
    """One change: what it is called, and the question with it."""

    kind: Kind
    label: str
    spec: BuildSpec
    notes: tuple[str, ...] = ()

    @property
    def free(self) -> bool:
        """Settings cost nothing."""
        return self.kind in ("engine", "coarser", "finer", "kv-cache")


@dataclass(frozen=True, slots=True)
class _Now:
    """The build as it is, looked up."""

    spec: BuildSpec
    found: Assessment
    parts: Parts
    engine: EngineFacts | None
    world: World

    @property
    def uses_host(self) -> bool:
        """Whether CPU and RAM take part in the answer, or would if there were more of them."""
        placement = self.found.resolved["placement"]
        return placement == "cpu-only" or placement in OFFLOADS or not self.found.fit.fits


def candidates(found: Assessment, world: World) -> list[Candidate]:
    """Changes of the build behind ``found``, free ones first; none is assessed yet."""
    parts = resolve_parts(found.spec, world.catalogue)
    engine = world.catalogue.engines.get(str(found.resolved["engine"]))
    now = _Now(found.spec, found, parts, engine, world)
    if not (parts.system or parts.cpu or parts.gpus):
        return []
    return [*_settings(now), *_one_more_card(now), *_memory(now), *_cpus(now), *_other_cards(now)]


# ------------------------------------------------------------------ cards


def _takes_cards(now: _Now) -> bool:
    """A machine whose GPU is a chip of its own board takes no cards beside it."""
    cards = [group.gpu for group in now.parts.gpus]
    apple = now.parts.cpu is not None and now.parts.cpu.vendor == "Apple"
    return not apple and all(_is_card(gpu) for gpu in cards)


def _is_card(gpu: GpuFacts) -> bool:
    return gpu.form_factor in ("pcie", None) and not gpu.unified_memory


def _slots(now: _Now) -> list[GpuSlot]:
    """The cards by name, those of a complete system too."""
    return [GpuSlot(gpu=group.gpu.slug, count=group.count) for group in now.parts.gpus]


def _with_cards(now: _Now, slots: list[GpuSlot], *, same_kind: bool) -> dict[str, Any]:
    """What changes with the cards: own figures of other cards go, and the placement is free."""
    changes: dict[str, Any] = {"machine.gpus": [slot.model_dump() for slot in slots]}
    if not same_kind:
        changes["machine.overrides"] = without_overrides(now.spec, "gpu")
    if now.spec.deployment.placement != "auto":
        changes["deployment.placement"] = "auto"
    return changes


def _one_more_card(now: _Now) -> Iterator[Candidate]:
    if not _takes_cards(now):
        return
    slots = _slots(now)
    for i, (slot, group) in enumerate(zip(slots, now.parts.gpus, strict=True)):
        more = [*slots]
        more[i] = slot.model_copy(update={"count": slot.count + 1})
        nth = _ORDINALS.get(slot.count + 1, f"{slot.count + 1}th")
        each = " in each machine" if now.parts.nodes > 1 else ""
        yield _candidate(
            now,
            "add-gpu",
            f"Add a {nth} {group.gpu.name}{each}",
            _with_cards(now, more, same_kind=True),
        )


def _other_cards(now: _Now) -> Iterator[Candidate]:
    """Each faster card in the place of the first kind, or a first card where there is none."""
    if not _takes_cards(now) or now.parts.nodes > 1:
        return
    slots = _slots(now)
    first = now.parts.gpus[0] if now.parts.gpus else None
    least_gbs = (first.gpu.bandwidth_gbs or 0.0) if first else 0.0
    for card in _priced_cards(now, least_gbs)[:MOST_CARDS]:
        count = first.count if first else 1
        times = f"{count} × " if count > 1 else ""
        label = (
            f"{times}{card.name} instead of {times}{first.gpu.name}"
            if first
            else f"Add one {card.name}"
        )
        rest = slots[1:GPU_SLOTS]
        changes = _with_cards(now, [GpuSlot(gpu=card.slug, count=count), *rest], same_kind=False)
        changes |= _engine_for(now, [card, *(group.gpu for group in now.parts.gpus[1:])])
        yield _candidate(now, "swap-gpu" if first else "add-gpu", label, changes)


def _priced_cards(now: _Now, least_gbs: float) -> list[GpuFacts]:
    """Cards somebody was seen selling, with more bandwidth; the newest first."""
    catalogue = now.world.catalogue
    found = [
        gpu
        for gpu in catalogue.gpus.values()
        if gpu.form_factor == "pcie"
        and gpu.status not in _NOT_SOLD
        and (gpu.bandwidth_gbs or 0.0) > least_gbs
        and any(price.usable for price in catalogue.prices_of("gpu", gpu.slug))
    ]
    return sorted(found, key=lambda gpu: (gpu.launch_date or "", gpu.slug), reverse=True)


def _engine_for(now: _Now, cards: list[GpuFacts]) -> dict[str, Any]:
    """The usual engine where the asked one would not drive the new cards."""
    engine = now.parts.engine
    if engine is None or all(card.vendor in engine.gpu_vendors for card in cards):
        return {}
    return {"deployment.engine": None, "deployment.engine_date": None}


# ------------------------------------------------------------------ memory and CPU


def _memory(now: _Now) -> Iterator[Candidate]:
    module, channels = now.parts.module, channels_of(now.parts)
    if module is None or channels is None or not now.uses_host:
        return
    count, whole = now.parts.module_count, channels * now.parts.sockets
    if count < whole:
        yield _modules(now, module, whole, f"{whole} modules, one in each memory channel")
    if count * 2 != whole:
        yield _modules(now, module, count * 2, f"Twice the memory, {count * 2} × {module.name}")
    yield from _faster_modules(now, module, count)
    if count > whole:
        yield from _larger_modules(now, module, whole)


def _modules(now: _Now, module: MemoryModuleFacts, count: int, label: str) -> Candidate:
    changes = {
        "machine.memory": {"module": module.slug, "count": count},
        "machine.overrides": without_overrides(now.spec, "memory"),
    }
    return _candidate(now, "memory", label, changes)


def _same_type(now: _Now, module: MemoryModuleFacts) -> list[MemoryModuleFacts]:
    modules = now.world.catalogue.memory_modules.values()
    return [m for m in modules if m.memory_type == module.memory_type and m.slug != module.slug]


def _faster_modules(now: _Now, module: MemoryModuleFacts, count: int) -> Iterator[Candidate]:
    """Modules of the same size at a higher speed; the slowest of them first."""
    rated = module.mts or 0.0
    faster = [
        m for m in _same_type(now, module) if m.size_gib == module.size_gib and (m.mts or 0) > rated
    ]
    for found in sorted(faster, key=lambda m: m.mts or 0.0)[:MOST_MODULES]:
        yield _modules(now, found, count, f"{count} × {found.name}")


def _larger_modules(now: _Now, module: MemoryModuleFacts, whole: int) -> Iterator[Candidate]:
    """One larger module in each channel, which runs faster than two do."""
    needed = (module.size_gib or 0.0) * now.parts.module_count
    larger = [m for m in _same_type(now, module) if (m.size_gib or 0.0) > (module.size_gib or 0.0)]
    enough = [m for m in larger if (m.size_gib or 0.0) * whole >= needed] or larger[-1:]
    for found in sorted(enough, key=lambda m: (m.size_gib or 0.0, -(m.mts or 0.0)))[:2]:
        yield _modules(now, found, whole, f"{whole} × {found.name}, one in each channel")


def _cpus(now: _Now) -> Iterator[Candidate]:
    """The next CPUs of the same socket: more cores, or faster memory."""
    cpu = now.parts.cpu
    if cpu is None or cpu.platform_slug is None or not now.uses_host or now.parts.module is None:
        return
    better = [c for c in now.world.catalogue.cpus.values() if _is_better_cpu(c, cpu, now)]
    for found in sorted(better, key=lambda c: (c.status != "current", c.cores or 0, c.slug))[
        :MOST_CPUS
    ]:
        times = f"{now.parts.sockets} × " if now.parts.sockets > 1 else ""
        changes = {
            "machine.cpu": found.slug,
            "machine.overrides": without_overrides(now.spec, "cpu"),
        }
        yield _candidate(now, "cpu", f"{times}{found.name} instead of {times}{cpu.name}", changes)


def _is_better_cpu(other: CpuFacts, cpu: CpuFacts, now: _Now) -> bool:
    if other.slug == cpu.slug or other.platform_slug != cpu.platform_slug:
        return False
    if other.status in _NOT_SOLD or (other.sockets_max or 1) < now.parts.sockets:
        return False
    more_cores = (other.cores or 0) > (cpu.cores or 0)
    faster_memory = (other.memory_mts_max or 0.0) > (cpu.memory_mts_max or 0.0)
    enough_cores = (other.cores or 0) >= (cpu.cores or 0)
    return more_cores or (faster_memory and enough_cores)


# ------------------------------------------------------------------ settings


def _settings(now: _Now) -> Iterator[Candidate]:
    yield from _engines(now)
    yield from _formats(now)
    yield from _kv_cache(now)


def _engines(now: _Now) -> Iterator[Candidate]:
    """Other engines that drive the hardware and read the format."""
    if now.engine is None:
        return
    cpu_only = now.found.resolved["placement"] == "cpu-only"
    others = [
        engine
        for engine in now.world.catalogue.engines.values()
        if engine.slug != now.engine.slug
        and drives_all(engine, now.parts, cpu_only)
        and reads(engine, now.parts.quantization)
        and (not cpu_only or runs_on_cpu(engine))
    ]
    for engine in others[:MOST_ENGINES]:
        changes = {"deployment.engine": engine.slug, "deployment.engine_date": None}
        yield _candidate(now, "engine", engine.name, changes)
    if now.spec.deployment.engine_date is not None:
        changes = {"deployment.engine_date": None}
        yield _candidate(now, "engine", f"{now.engine.name} as it is today", changes)


def _formats(now: _Now) -> Iterator[Candidate]:
    """The next formats of the same kind, finer and coarser."""
    asked = now.parts.quantization
    bits = bits_of(asked)
    if bits is None:
        return
    family = [f for f in formats_of(now.found, now.world) if _is_alternative(f, asked)]
    finer = [f for f in reversed(family) if (bits_of(f) or 0.0) > bits * (1 + _SAME_SIZE)]
    coarser = [f for f in family if (bits_of(f) or 0.0) < bits * (1 - _SAME_SIZE)]
    for fmt in _apart(finer):
        yield _format(now, "finer", fmt)
    for fmt in _apart(coarser):
        yield _format(now, "coarser", fmt)


def _is_alternative(other: QuantizationFacts, asked: QuantizationFacts) -> bool:
    """A format of the same kind, of which as much is known as of the asked one."""
    if asked.perplexity_delta_llama3_8b is not None and other.perplexity_delta_llama3_8b is None:
        return False
    if asked.family in _GGUF:
        return other.family == "k-quant" or other.slug in _ABOVE
    return other.family == asked.family


def _apart(ordered: list[QuantizationFacts]) -> list[QuantizationFacts]:
    """The nearest of them that differ in size."""
    kept: list[QuantizationFacts] = []
    for fmt in ordered:
        last = bits_of(kept[-1]) if kept else None
        if last is None or abs((bits_of(fmt) or 0.0) / last - 1) > _SAME_SIZE:
            kept.append(fmt)
    return kept[:FORMATS_EACH_WAY]


def _format(now: _Now, kind: Kind, fmt: QuantizationFacts) -> Candidate:
    changes = {
        "deployment.quantization": fmt.slug,
        "machine.overrides": without_overrides(now.spec, "model"),
    }
    words = "Finer" if kind == "finer" else "Coarser"
    found = _candidate(now, kind, f"{words} weights, {fmt.name}", changes)
    return replace(found, notes=_quality(now.parts.quantization, fmt))


def _quality(asked: QuantizationFacts, other: QuantizationFacts) -> tuple[str, ...]:
    """What is known of the answers' quality: perplexity measured on Llama 3 8B."""
    before, after = asked.perplexity_delta_llama3_8b, other.perplexity_delta_llama3_8b
    if before is None or after is None:
        return ()
    return (
        f"Perplexity lost, on Llama 3 8B: {significant(after)} instead of {significant(before)}.",
    )


def _kv_cache(now: _Now) -> Iterator[Candidate]:
    """A KV cache of half the size, where the engine has one."""
    if now.engine is None or now.spec.deployment.kv_dtype != "f16":
        return
    for name in _KV_HALF:
        if f"kv-{name}" in now.engine.kv_slugs:
            changes = {"deployment.kv_dtype": name}
            yield _candidate(now, "kv-cache", f"KV cache in {name.upper()}", changes)
            return


def _candidate(now: _Now, kind: Kind, label: str, changes: dict[str, Any]) -> Candidate:
    return Candidate(kind, label, changed(now.spec, changes))

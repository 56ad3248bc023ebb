"""The machine one catalogued part stands for where somebody asks what it can do by itself.

A card is one card whose model lies in its own memory. A CPU has every memory channel filled with
the fastest modules it takes; one with soldered memory stands in the largest system sold with it.
"""

from dataclasses import dataclass

from app.builds.assess import World, assess
from app.builds.assessment import Assessment
from app.builds.checks.memory import memory_checks
from app.builds.parts import resolve_parts
from app.builds.problems import InvalidSpecError
from app.builds.query import spec_to_query
from app.builds.spec import BuildSpec, DeploymentSpec, GpuSlot, MachineSpec, MemorySpec
from app.builds.traits import is_soldered_type
from app.catalogue.facts import CpuFacts, MemoryModuleFacts
from app.catalogue.snapshot import Catalogue

#: Models a machine is shown with: the first that fits, so that small machines show something too.
SHOWN_WITH = (
    "qwen2.5-14b-instruct",
    "llama-3.1-8b-instruct",
    "llama-3.2-3b-instruct",
    "llama-3.2-1b-instruct",
)
#: Where several sizes of module are equally fast, the one nearest to this is plugged in.
_USUAL_MODULE_GIB = 32.0
#: Makers whose CPUs are sold by themselves, with boards to plug them in.
_USUAL_MAKERS = ("AMD", "Intel")


@dataclass(frozen=True, slots=True)
class ItemMachine:
    """A machine, and in words what was put around the part."""

    machine: MachineSpec
    words: str

    @property
    def query(self) -> str:
        """The configurator's address of it."""
        return spec_to_query(BuildSpec(machine=self.machine))


def machine_of(kind: str, slug: str, catalogue: Catalogue) -> ItemMachine | None:
    """The machine an entry stands for; None for what computes nothing by itself, or never alone."""
    if kind == "gpus":
        gpu = catalogue.gpus[slug]
        where = "the memory it shares with the CPU" if gpu.unified_memory else "its own memory"
        return ItemMachine(MachineSpec(gpus=(GpuSlot(gpu=slug),)), f"one GPU, the model in {where}")
    if kind == "systems":
        return ItemMachine(MachineSpec(system=slug), "as it is sold")
    if kind == "cpus":
        return _of_cpu(catalogue.cpus[slug], catalogue)
    if kind == "memory-modules":
        return _of_module(catalogue.memory_modules[slug], catalogue)
    return None


def shown_with(machine: MachineSpec, world: World) -> Assessment | None:
    """The machine with the first of `SHOWN_WITH` that fits it; None where it runs none of them."""
    for model in SHOWN_WITH:
        if model not in world.catalogue.models:
            continue
        spec = BuildSpec(machine=machine, deployment=DeploymentSpec(model=model))
        try:
            found = assess(spec, world)
        except InvalidSpecError:
            return None
        if found.fit.fits is not False and found.speed.decode_tps.typical is not None:
            return found
    return None


def _of_cpu(cpu: CpuFacts, catalogue: Catalogue) -> ItemMachine | None:
    if cpu.memory_types and all(is_soldered_type(kind) for kind in cpu.memory_types):
        return _system_with(cpu, catalogue)
    modules = [m for m in catalogue.memory_modules.values() if m.memory_type in cpu.memory_types]
    return _filled(cpu, sorted(modules, key=lambda m: _preference(m, cpu)), catalogue)


def _of_module(module: MemoryModuleFacts, catalogue: Catalogue) -> ItemMachine | None:
    """With the newest CPU on sale that takes it and has most channels."""
    takers = [c for c in catalogue.cpus.values() if module.memory_type in c.memory_types]
    takers.sort(
        key=lambda c: (
            c.status == "current",
            c.vendor in _USUAL_MAKERS,
            c.sockets_max == 1,
            c.memory_channels or 0,
            (c.launch_date or "")[:4],
            c.cores or 0,
        ),
        reverse=True,
    )
    built = (_filled(cpu, [module], catalogue) for cpu in takers[:8])
    return next((machine for machine in built if machine is not None), None)


def _system_with(cpu: CpuFacts, catalogue: Catalogue) -> ItemMachine | None:
    sold = [s for s in catalogue.systems.values() if s.cpu_slug == cpu.slug and s.nodes == 1]
    if not sold:
        return None
    largest = max(sold, key=lambda s: (s.gpu_count <= 1, s.memory_gib or 0, s.slug))
    return ItemMachine(MachineSpec(system=largest.slug), f"in {largest.name}")


def _preference(module: MemoryModuleFacts, cpu: CpuFacts) -> tuple[float, float, str]:
    """Smallest first: as fast as the CPU runs it, then a usual size."""
    speed = min(module.mts or 0, cpu.memory_mts_max or module.mts or 0)
    size = abs((module.size_gib or 0) - _USUAL_MODULE_GIB)
    return (-speed, size, module.slug)


def _filled(
    cpu: CpuFacts, modules: list[MemoryModuleFacts], catalogue: Catalogue
) -> ItemMachine | None:
    """The CPU with one of the first modules that its board takes, one in every channel."""
    channels = cpu.memory_channels
    if channels is None:
        return None
    for module in modules:
        machine = MachineSpec(cpu=cpu.slug, memory=MemorySpec(module=module.slug, count=channels))
        parts = resolve_parts(BuildSpec(machine=machine), catalogue)
        if not any(check.level == "problem" for check in memory_checks(parts)):
            return ItemMachine(machine, f"{cpu.name} with {channels} × {module.name}")
    return None

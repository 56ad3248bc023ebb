"""From names to facts: the catalogue rows a BuildSpec talks about.

A complete system expands into the same CPU, GPU and memory facts as a self-built machine; a part
named beside a system replaces the system's own. Unknown names become problems beside their field.
"""

from dataclasses import dataclass
from typing import TypeVar

from app.builds.problems import InvalidSpecError, Problem
from app.builds.spec import BuildSpec, OverrideKey
from app.catalogue.facts import (
    CpuFacts,
    EngineFacts,
    Fact,
    GpuFacts,
    InterconnectFacts,
    MemoryModuleFacts,
    ModelFacts,
    PlatformFacts,
    QuantizationFacts,
    SystemFacts,
    UseCaseFacts,
)
from app.catalogue.importers.drafts import PREFIX
from app.catalogue.snapshot import Catalogue, UnknownSlug

F = TypeVar("F", bound=Fact)
COUNTED_OVERRIDES: tuple[OverrideKey, ...] = ("cpu.cores", "memory.channels")


@dataclass(frozen=True, slots=True)
class GpuGroup:
    """Cards of one kind in one node."""

    gpu: GpuFacts
    count: int


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything a BuildSpec names, looked up. Counts are those of one node."""

    system: SystemFacts | None
    cpu: CpuFacts | None
    sockets: int
    platform: PlatformFacts | None
    module: MemoryModuleFacts | None
    module_count: int
    gpus: tuple[GpuGroup, ...]
    gpus_from_system: bool
    nodes: int
    link: InterconnectFacts | None
    model: ModelFacts
    quantization: QuantizationFacts
    kv: QuantizationFacts
    engine: EngineFacts | None
    use_case: UseCaseFacts

    @property
    def gpu_count(self) -> int:
        """Cards in one node."""
        return sum(group.count for group in self.gpus)


def resolve_parts(spec: BuildSpec, catalogue: Catalogue) -> Parts:
    """Look up every name in ``spec``.

    Raises:
        InvalidSpecError: one problem per unknown name, with the closest names there are.
    """
    look = _Look(catalogue, _uncountable(spec))
    machine, deployment = spec.machine, spec.deployment
    system = look.up("machine.system", "systems", machine.system, SystemFacts)
    cpu_name = machine.cpu or (system.cpu_slug if system else None)
    cpu = look.up("machine.cpu", "cpus", cpu_name, CpuFacts)
    module_name = machine.memory.module if machine.memory else None
    module = look.up("machine.memory.module", "memory-modules", module_name, MemoryModuleFacts)
    gpus = _gpu_groups(spec, system, look)
    link_name = machine.link or (system.link_slug if system else None)
    link = look.up("machine.link", "interconnects", link_name, InterconnectFacts)
    model = look.up("deployment.model", "models", deployment.model, ModelFacts)
    quantization = look.weights(deployment.quantization)
    kv_name = f"kv-{deployment.kv_dtype.removeprefix('kv-')}"
    kv = look.up("deployment.kv_dtype", "quantizations", kv_name, QuantizationFacts)
    engine = look.up("deployment.engine", "engines", deployment.engine, EngineFacts)
    use_case = look.use_case(spec)
    if look.problems or model is None or quantization is None or kv is None or use_case is None:
        raise InvalidSpecError(look.problems)
    sockets = machine.sockets or (system.sockets if system and system.sockets else 1)
    return Parts(
        system=system,
        cpu=cpu,
        sockets=sockets,
        platform=platform_of(cpu, sockets, catalogue),
        module=module,
        module_count=machine.memory.count if machine.memory else 0,
        gpus=gpus,
        gpus_from_system=bool(system and system.gpu_slug and not machine.gpus),
        nodes=machine.nodes or (system.nodes if system else 1),
        link=link,
        model=model,
        quantization=quantization,
        kv=kv,
        engine=engine,
        use_case=use_case,
    )


def _uncountable(spec: BuildSpec) -> list[Problem]:
    """Cores and channels are counted, not measured."""
    return [
        Problem(f"machine.overrides.{key}", "Use a whole number.")
        for key in COUNTED_OVERRIDES
        if not float(spec.machine.overrides.get(key, 1)).is_integer()
    ]


@dataclass(frozen=True, slots=True)
class _Look:
    """Looks names up and notes a problem, beside its field, for each that is not there."""

    catalogue: Catalogue
    problems: list[Problem]

    def up(self, field: str, kind: str, name: str | None, facts: type[F]) -> F | None:
        """The row of a kind by slug or alias; ``None`` where no name was given or none is known."""
        if name is None:
            return None
        try:
            found = self.catalogue.get(kind, name)
        except UnknownSlug as error:
            self.problems.append(Problem(field, unknown_name(error)))
            return None
        return found if isinstance(found, facts) else None

    def weights(self, name: str) -> QuantizationFacts | None:
        """A format that model weights come in."""
        field = "deployment.quantization"
        found = self.up(field, "quantizations", name, QuantizationFacts)
        if found is not None and found.kind != "weights":
            sentence = f"{found.name} is not a format model weights come in. Try Q4_K_M or FP8."
            self.problems.append(Problem(field, sentence))
        return found

    def use_case(self, spec: BuildSpec) -> UseCaseFacts | None:
        """The use case, with lengths from it or from the user."""
        found = self.up("workload.use_case", "use-cases", spec.workload.use_case, UseCaseFacts)
        if found is not None:
            self.problems.extend(_use_case_problems(found, spec))
        return found


def _gpu_groups(spec: BuildSpec, system: SystemFacts | None, look: _Look) -> tuple[GpuGroup, ...]:
    """The cards named, else the system's own."""
    if spec.machine.gpus:
        named = [
            (look.up(f"machine.gpus.{i}.gpu", "gpus", slot.gpu, GpuFacts), slot.count)
            for i, slot in enumerate(spec.machine.gpus)
        ]
        return tuple(GpuGroup(gpu, count) for gpu, count in named if gpu is not None)
    if system is not None and system.gpu_slug is not None and system.gpu_count > 0:
        gpu = look.up("machine.system", "gpus", system.gpu_slug, GpuFacts)
        return (GpuGroup(gpu, system.gpu_count),) if gpu is not None else ()
    return ()


def platform_of(cpu: CpuFacts | None, sockets: int, catalogue: Catalogue) -> PlatformFacts | None:
    """What boards for a CPU offer; with several sockets the board that has as many."""
    if cpu is None or cpu.platform_slug is None:
        return None
    single = catalogue.platforms.get(cpu.platform_slug)
    if sockets == 1 or single is None:
        return single
    twin = [
        p
        for p in catalogue.platforms.values()
        if p.sockets == sockets and p.socket == single.socket
    ]
    return twin[0] if twin else single


def _use_case_problems(use_case: UseCaseFacts, spec: BuildSpec) -> list[Problem]:
    workload = spec.workload
    return [
        Problem(f"workload.{field}", f"{use_case.name} states no {words}: enter one here.")
        for field, words, given, known in (
            ("prompt_tokens", "prompt length", workload.prompt_tokens, use_case.prompt_tokens),
            (
                "generated_tokens",
                "answer length",
                workload.generated_tokens,
                use_case.generated_tokens,
            ),
        )
        if given is None and known is None
    ]


#: What one entry of a kind is called in a sentence.
_SINGULAR = {
    "cpus": "CPU",
    "gpus": "GPU",
    "memory-modules": "memory module",
    "quantizations": "format",
    "use-cases": "use case",
}


def unknown_name(error: UnknownSlug) -> str:
    singular = _SINGULAR.get(error.kind, error.kind.removesuffix("s"))
    if error.given.startswith(PREFIX):
        return f"No {singular} was imported as “{error.given[:80]}”: is the name complete?"
    hint = f" Did you mean {', '.join(error.suggestions[:3])}?" if error.suggestions else ""
    return f"The catalogue has no {singular} called “{error.given[:80]}”.{hint}"

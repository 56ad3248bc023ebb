"""From names to facts: the catalogue rows a BuildSpec talks about.

A complete system expands into the same CPU, GPU and memory facts as a self-built machine; a part
named beside a system replaces the system's own. Unknown names become problems beside their field.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from app.builds.problems import InvalidSpecError, Problem
from app.builds.spec import BuildSpec
from app.catalogue.facts import (
    CpuFacts,
    EngineFacts,
    GpuFacts,
    InterconnectFacts,
    MemoryModuleFacts,
    ModelFacts,
    PlatformFacts,
    QuantizationFacts,
    SystemFacts,
    UseCaseFacts,
)
from app.catalogue.snapshot import Catalogue, UnknownSlug

#: Looks a name of a kind up for a field; None (and a noted problem) where there is none.
Finder = Callable[[str, str, str | None], object | None]


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
    problems: list[Problem] = []

    def find(field: str, kind: str, name: str | None) -> object | None:
        if name is None:
            return None
        try:
            return cast(object, catalogue.get(kind, name))
        except UnknownSlug as error:
            problems.append(Problem(field, _unknown(error)))
            return None

    machine, deployment = spec.machine, spec.deployment
    system = cast(SystemFacts | None, find("machine.system", "systems", machine.system))
    cpu_name = machine.cpu or (system.cpu_slug if system else None)
    cpu = cast(CpuFacts | None, find("machine.cpu", "cpus", cpu_name))
    module = None
    if machine.memory is not None:
        module = cast(
            MemoryModuleFacts | None,
            find("machine.memory.module", "memory-modules", machine.memory.module),
        )
    groups = _gpu_groups(spec, system, find)
    link_name = machine.link or (system.link_slug if system else None)
    link = cast(InterconnectFacts | None, find("machine.link", "interconnects", link_name))
    model = cast(ModelFacts | None, find("deployment.model", "models", deployment.model))
    quantization = cast(
        QuantizationFacts | None,
        find("deployment.quantization", "quantizations", deployment.quantization),
    )
    if quantization is not None and quantization.kind != "weights":
        problems.append(
            Problem(
                "deployment.quantization",
                f"{quantization.name} is not a format model weights come in. Try Q4_K_M or FP8.",
            )
        )
    kv = cast(
        QuantizationFacts | None,
        find(
            "deployment.kv_dtype", "quantizations", f"kv-{deployment.kv_dtype.removeprefix('kv-')}"
        ),
    )
    engine = cast(EngineFacts | None, find("deployment.engine", "engines", deployment.engine))
    use_case = cast(
        UseCaseFacts | None, find("workload.use_case", "use-cases", spec.workload.use_case)
    )
    if use_case is not None:
        problems.extend(_use_case_problems(use_case, spec))
    if problems or model is None or quantization is None or kv is None or use_case is None:
        raise InvalidSpecError(problems)
    sockets = machine.sockets or (system.sockets if system and system.sockets else 1)
    return Parts(
        system=system,
        cpu=cpu,
        sockets=sockets,
        platform=_platform(cpu, sockets, catalogue),
        module=module,
        module_count=machine.memory.count if machine.memory else 0,
        gpus=groups,
        gpus_from_system=bool(system and system.gpu_slug and not machine.gpus),
        nodes=machine.nodes or (system.nodes if system else 1),
        link=link,
        model=model,
        quantization=quantization,
        kv=kv,
        engine=engine,
        use_case=use_case,
    )


def _gpu_groups(spec: BuildSpec, system: SystemFacts | None, find: Finder) -> tuple[GpuGroup, ...]:
    if spec.machine.gpus:
        found = [
            (find(f"machine.gpus.{i}.gpu", "gpus", slot.gpu), slot.count)
            for i, slot in enumerate(spec.machine.gpus)
        ]
        return tuple(GpuGroup(cast(GpuFacts, gpu), n) for gpu, n in found if gpu is not None)
    if system is not None and system.gpu_slug is not None and system.gpu_count > 0:
        gpu = find("machine.system", "gpus", system.gpu_slug)
        return (GpuGroup(cast(GpuFacts, gpu), system.gpu_count),) if gpu is not None else ()
    return ()


def _platform(cpu: CpuFacts | None, sockets: int, catalogue: Catalogue) -> PlatformFacts | None:
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


def _unknown(error: UnknownSlug) -> str:
    singular = _SINGULAR.get(error.kind, error.kind.removesuffix("s"))
    hint = f" Did you mean {', '.join(error.suggestions[:3])}?" if error.suggestions else ""
    return f"The catalogue has no {singular} called “{error.given[:80]}”.{hint}"

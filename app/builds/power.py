"""Watts at the wall, under load and idle: measured for complete systems, else summed from parts."""

from dataclasses import dataclass

from app.builds.assessment import InputValue, Origin, Power
from app.builds.assumptions import AssumptionKey, CostAssumptions
from app.builds.memory_population import Overrides
from app.builds.parts import GpuGroup, Parts
from app.builds.traits import is_as_sold
from app.builds.words import grouped
from app.catalogue.facts import SystemFacts
from app.costing.energy import Figure
from app.estimator.families import memory_kind

#: Share of a power supply's rating that rated watts may take. Own rule: a fifth is left for short
#: peaks (an overclocked RTX 4090 was measured at 569 W against 450 W rated,
#: https://www.tomshardware.com/reviews/asus-rtx-4090-rog-strix-oc-review/5).
PSU_LOAD_SHARE_MAX = 0.8
_EFFICIENCY_FIELD = "power.psu_efficiency"
DESKTOP_SEGMENTS = ("desktop", "mobile-soc", "apple")


@dataclass(frozen=True, slots=True)
class Draw:
    """One contribution to the load, in watts behind the power supply; None where unknown."""

    field: str
    label: str
    watts: float | None
    origin: Origin
    source: str | None


def power_of(parts: Parts, data: CostAssumptions, overrides: Overrides | None = None) -> Power:
    """Power of the whole build, all nodes together, in watts at the wall.

    A system whose power is stated and whose parts were not changed answers for itself. Otherwise
    rated watts are summed and divided by the power supply's efficiency: an upper bound, since a
    card that waits for memory rarely draws its rated power. ``load_w`` is None where a CPU's or
    GPU's rated power is unknown.
    """
    tdp_override = overrides.get("gpu.tdp_w") if overrides else None
    system = parts.system
    if system is not None and system.power_max_w is not None and tdp_override is None:
        if is_as_sold(parts):
            return _stated(system, parts, data, ())
        if _only_adds_gpus(parts):
            added = tuple(g for g in parts.gpus if not g.gpu.unified_memory)
            return _stated(system, parts, data, added)
    draws = _draws(parts, data, tdp_override)
    load_dc = _sum([draw.watts for draw in draws]) if draws else None
    efficiency = data.figure("psu_efficiency")
    load = None if load_dc is None else load_dc / efficiency * parts.nodes
    idle = _idle_from_parts(parts, data)
    lines = [_line(draw) for draw in draws]
    if draws:
        lines.append(_assumed("psu_efficiency", data))
        lines.extend(_assumed(key, data) for key in _idle_keys(parts))
    return Power(
        load_w=load,
        idle_w=idle,
        source="Sum of the parts' rated power, divided by the power supply's efficiency"
        if load is not None
        else None,
        lines=lines,
    )


def system_units(parts: Parts) -> int:
    """How many of the catalogued systems make up all nodes (a pair counts as one unit)."""
    if parts.system is None:
        return parts.nodes
    return -(-parts.nodes // max(1, parts.system.nodes))


def supply_watts(power: Power, nodes: int) -> float | None:
    """Watts the power supply of one node must deliver to its parts; None where unknown.

    The load counts at the wall, a supply is rated by what it gives behind its own losses.
    """
    efficiency = next((i.value for i in power.lines if i.field == _EFFICIENCY_FIELD), None)
    if power.load_w is None or not isinstance(efficiency, float):
        return None
    return power.load_w / nodes * efficiency


def supply_rating(watts: Figure) -> Figure:
    """The rating of a power supply that delivers ``watts`` with room for short peaks."""
    return watts / PSU_LOAD_SHARE_MAX


def _only_adds_gpus(parts: Parts) -> bool:
    """GPUs plugged into a system that has none of its own or one it cannot lose."""
    system = parts.system
    if system is None or parts.module is not None:
        return False
    same_cpu = parts.cpu is None or parts.cpu.slug == system.cpu_slug
    return same_cpu and (system.unified_memory or system.gpu_count == 0)


def _stated(
    system: SystemFacts, parts: Parts, data: CostAssumptions, added: tuple[GpuGroup, ...]
) -> Power:
    units = system_units(parts)
    source = system.cell_sources.get("power_max_w", system.source)
    lines = [
        InputValue(
            field="power.system_w",
            label=f"{system.name}, stated maximum",
            value=system.power_max_w,
            unit="W",
            origin="catalogue",
            source=source,
        )
    ]
    extra = [_gpu_draw(i, group, None) for i, group in enumerate(added)]
    lines.extend(_line(draw) for draw in extra)
    lines.append(_assumed("psu_efficiency", data))
    added_dc = _sum([draw.watts for draw in extra])
    load = idle = None
    if system.power_max_w is not None and added_dc is not None:
        load = system.power_max_w * units + added_dc / data.figure("psu_efficiency") * parts.nodes
    if system.power_idle_w is not None:
        idle = system.power_idle_w * units + _gpus_idle(added, data) * parts.nodes
    elif not system.unified_memory:
        idle = _idle_from_parts(parts, data)
    return Power(load_w=load, idle_w=idle, source=source, lines=lines)


def _draws(parts: Parts, data: CostAssumptions, tdp_override: float | None) -> list[Draw]:
    """Everything in one node that draws power; empty where the machine has no CPU."""
    if parts.cpu is None:
        return []
    cpu = parts.cpu
    draws = [
        Draw(
            "power.cpu_w",
            f"{parts.sockets} × {cpu.name}",
            None if cpu.tdp_w is None else cpu.tdp_w * parts.sockets,
            "catalogue",
            cpu.cell_sources.get("tdp_w", cpu.source),
        )
    ]
    draws.extend(
        _gpu_draw(i, group, tdp_override)
        for i, group in enumerate(parts.gpus)
        if not group.gpu.unified_memory  # part of the chip whose power the CPU row states
    )
    gib = _memory_gib(parts)
    if gib is not None:
        draws.append(
            Draw(
                "power.memory_w",
                f"Memory, {grouped(gib)} GiB",
                gib * data.figure("memory_w_per_gib"),
                "default",
                data.assumptions["memory_w_per_gib"].source,
            )
        )
    platform = data.assumptions["platform_w"]
    draws.append(
        Draw("power.platform_w", platform.label, float(platform.value), "default", platform.source)
    )
    return draws


def _gpu_draw(index: int, group: GpuGroup, tdp_override: float | None) -> Draw:
    gpu = group.gpu
    each = gpu.tdp_w if tdp_override is None else tdp_override
    return Draw(
        f"power.gpu.{index}_w",
        f"{group.count} × {gpu.name}",
        None if each is None else each * group.count,
        "catalogue" if tdp_override is None else "user",
        gpu.cell_sources.get("tdp_w", gpu.source) if tdp_override is None else None,
    )


def _memory_gib(parts: Parts) -> float | None:
    """GiB in plugged modules of one node; None for soldered or unknown memory."""
    if parts.module is not None and parts.module.size_gib is not None:
        return parts.module.size_gib * parts.module_count
    system = parts.system
    if system is not None and system.memory_gib and not system.unified_memory:
        return system.memory_gib
    return None


def _idle_from_parts(parts: Parts, data: CostAssumptions) -> float | None:
    """Idle watts of all nodes at the wall, from assumed hosts and cards."""
    key = _host_idle_key(parts)
    if key is None:
        return None
    per_socket = key == "host_idle_server_w"
    host = data.figure(key) * (parts.sockets if per_socket else 1)
    return (host + _gpus_idle(parts.gpus, data)) * parts.nodes


def _host_idle_key(parts: Parts) -> AssumptionKey | None:
    """The assumed idle power of the computer around the cards; None where none is assumed."""
    if parts.cpu is None or any(group.gpu.unified_memory for group in parts.gpus):
        return None
    desktop = parts.cpu.segment in DESKTOP_SEGMENTS
    return "host_idle_desktop_w" if desktop else "host_idle_server_w"


def _gpus_idle(groups: tuple[GpuGroup, ...], data: CostAssumptions) -> float:
    """Idle watts of a node's cards at the wall."""
    behind = sum(group.count * data.figure(_gpu_idle_key(group)) for group in groups)
    return behind / data.figure("psu_efficiency")


def _gpu_idle_key(group: GpuGroup) -> AssumptionKey:
    kind = memory_kind(group.gpu.memory_type, group.gpu.unified_memory)
    return "gpu_idle_hbm_w" if kind == "hbm" else "gpu_idle_w"


def _idle_keys(parts: Parts) -> list[AssumptionKey]:
    host = _host_idle_key(parts)
    return [] if host is None else [host, *sorted({_gpu_idle_key(group) for group in parts.gpus})]


def _line(draw: Draw) -> InputValue:
    return InputValue(
        field=draw.field,
        label=draw.label,
        value=draw.watts,
        unit="W",
        origin=draw.origin,
        source=draw.source,
    )


def _assumed(key: AssumptionKey, data: CostAssumptions) -> InputValue:
    assumption = data.assumptions[key]
    return InputValue(
        field=f"power.{key}",
        label=assumption.label,
        value=float(assumption.value),
        unit=assumption.unit,
        origin="default",
        source=assumption.source,
    )


def _sum(figures: list[float | None]) -> float | None:
    """Sum of figures that are all known, else None."""
    known = [figure for figure in figures if figure is not None]
    return sum(known) if len(known) == len(figures) else None

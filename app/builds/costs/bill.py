"""The bill of materials: which things are bought, how many, and what one of each costs.

A complete system with a known price is one line, plus a line for every part added to it. Anything
else is the sum of its parts; what no part list covers (board, power supply, case, storage,
cooling) comes from dated ranges for its platform. What has no price stays on the bill without one.
"""

from dataclasses import dataclass, replace
from decimal import Decimal

from app.builds.assumptions import COMPONENTS, Component
from app.builds.costs.pricing import UNKNOWN, ItemPrice, Pricer
from app.builds.parts import GpuGroup, Parts
from app.builds.power import supply_rating, system_units
from app.builds.traits import has_soldered_memory, is_as_sold, is_self_build
from app.builds.words import grouped
from app.catalogue.facts import SystemFacts
from app.costing.money import AmountRange

_COMPONENT_NAMES: dict[Component, str] = {
    "board": "Mainboard",
    "psu": "Power supply",
    "case": "Case",
    "storage": "2 TB SSD",
    "cooling": "CPU cooler",
}
_PART_OF_CHIP = ("soc", "superchip")
_OWNED = ItemPrice(AmountRange.exactly(Decimal(0)), "owned", notes=("You have it already.",))


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the bill; ``price`` is that of a single item."""

    item: str
    kind: str
    slug: str | None
    quantity: int
    price: ItemPrice


def bill_of(parts: Parts, pricer: Pricer, supply_w: float | None) -> list[Line]:
    """The bill of the whole build, all nodes together.

    ``supply_w`` is what the power supply of one node must deliver; None where unknown.
    """
    system = parts.system
    if system is None:
        return [*_parts_bill(parts, pricer), *_rest_of_self_build(parts, pricer, supply_w)]
    own_hands = is_self_build(system)
    price = pricer.system(system.slug)
    sold_as_is = is_as_sold(parts) or not own_hands
    if price.amounts is not None and sold_as_is:
        line = Line(system.name, "system", system.slug, system_units(parts), price)
        return [line, *_additions(system, parts, pricer), *_link(parts)]
    if own_hands:
        return [*_parts_bill(parts, pricer), *_rest_of_self_build(parts, pricer, supply_w)]
    unknown = replace(UNKNOWN, notes=("Nobody states a price of this machine.",))
    if system.unified_memory:  # nothing of it is sold by itself
        line = Line(system.name, "system", system.slug, system_units(parts), unknown)
        return [line, *_additions(system, parts, pricer), *_link(parts)]
    chassis = Line(
        f"{system.name}, without the parts below",
        "system",
        system.slug,
        system_units(parts),
        unknown,
    )
    return [chassis, *_parts_bill(parts, pricer)]


def without_owned(bill: list[Line], owned_gpus: int) -> list[Line]:
    """The bill for somebody who has so many of the cards: those cost nothing, the first ones first.

    Cards that come inside a system, or on one chip with its CPU, are not taken off.
    """
    lines: list[Line] = []
    for line in bill:
        own = min(owned_gpus, line.quantity)
        if line.kind != "gpu" or line.price.basis == "included" or own == 0:
            lines.append(line)
            continue
        owned_gpus -= own
        lines.append(replace(line, quantity=own, price=_OWNED))
        if line.quantity > own:
            lines.append(replace(line, quantity=line.quantity - own))
    return lines


def _parts_bill(parts: Parts, pricer: Pricer) -> list[Line]:
    """CPU, memory and GPUs of every node, and the link between the nodes."""
    lines = [*_cpu(parts, pricer), *_memory(parts, pricer)]
    lines.extend(_gpu(group, parts, pricer) for group in parts.gpus)
    return [*lines, *_link(parts)]


def _cpu(parts: Parts, pricer: Pricer) -> list[Line]:
    cpu, system = parts.cpu, parts.system
    if cpu is not None:
        price = pricer.part("cpu", cpu)
        return [Line(cpu.name, "cpu", cpu.slug, parts.sockets * parts.nodes, price)]
    if system is not None and system.cpu_name is not None:
        return [Line(system.cpu_name, "cpu", None, parts.sockets * parts.nodes, UNKNOWN)]
    if system is not None and not is_self_build(system):
        return []  # the system's own line stands for what is not named
    rest = "The computer around the GPUs" if system is None else f"The rest of {system.name}"
    return [Line(rest, "cpu", None, parts.nodes, UNKNOWN)] if system or parts.gpus else []


def _memory(parts: Parts, pricer: Pricer) -> list[Line]:
    module, system = parts.module, parts.system
    if module is not None:
        price = pricer.memory(module)
        count = parts.module_count * parts.nodes
        return [Line(module.name, "memory-module", module.slug, count, price)]
    if system is None or system.memory_gib is None or system.unified_memory:
        return []
    name = f"{grouped(system.memory_gib)} GiB memory"
    price = UNKNOWN
    if system.memory_type is not None:
        price = pricer.memory_gib(system.memory_type, system.memory_gib)
    return [Line(name, "memory-module", None, parts.nodes, price)]


def _gpu(group: GpuGroup, parts: Parts, pricer: Pricer) -> Line:
    gpu = group.gpu
    price = pricer.part("gpu", gpu)
    if gpu.form_factor in _PART_OF_CHIP and parts.cpu is not None:
        price = ItemPrice(None, "included", notes=("On one chip with the CPU.",))
    return Line(gpu.name, "gpu", gpu.slug, group.count * parts.nodes, price)


def _additions(system: SystemFacts, parts: Parts, pricer: Pricer) -> list[Line]:
    """Parts named beside a complete system that is a line of its own."""
    lines: list[Line] = []
    if parts.cpu is not None and parts.cpu.slug != system.cpu_slug:
        lines.extend(_cpu(parts, pricer))
    if parts.module is not None:
        lines.extend(_memory(parts, pricer))
    if parts.gpus_from_system:
        return lines
    for group in parts.gpus:
        own = system.gpu_count if group.gpu.slug == system.gpu_slug else 0
        if group.count > own:
            lines.append(_gpu(GpuGroup(group.gpu, group.count - own), parts, pricer))
    return lines


def _link(parts: Parts) -> list[Line]:
    """Cards, cables and switch between nodes that are not sold as one system."""
    sold_linked = parts.system is not None and parts.system.nodes >= parts.nodes
    if parts.nodes < 2 or sold_linked:
        return []
    name = f"Network between the nodes ({parts.link.name if parts.link else 'not chosen'})"
    slug = parts.link.slug if parts.link else None
    return [Line(name, "interconnect", slug, parts.nodes, UNKNOWN)]


def _rest_of_self_build(parts: Parts, pricer: Pricer, supply_w: float | None) -> list[Line]:
    """Board, power supply, case, storage and cooling for every node."""
    if parts.cpu is None:
        return []
    if has_soldered_memory(parts):
        note = f"{parts.cpu.name} is soldered: it is sold in complete systems only."
        unknown = replace(UNKNOWN, notes=(note,))
        return [Line("The system around the CPU", "platform", None, parts.nodes, unknown)]
    return [_component(name, parts, pricer, supply_w) for name in COMPONENTS]


def _component(component: Component, parts: Parts, pricer: Pricer, supply_w: float | None) -> Line:
    slug = parts.platform.slug if parts.platform is not None else None
    item, count = _COMPONENT_NAMES[component], 1
    row = pricer.data.remainder(component, slug or "")
    if component == "psu":
        row = None
        if supply_w is not None:
            row, count = pricer.data.psu_for(supply_rating(supply_w))
            size = f"up to {grouped(row.watts_max)} W" if row.watts_max else "of any size"
            item = f"Power supply, {count} × {size}"
    elif component == "cooling":
        count = parts.sockets
    if row is None:
        why = "The power of the parts is not known." if component == "psu" else _no_row(parts)
        return Line(item, component, slug, parts.nodes, replace(UNKNOWN, notes=(why,)))
    return Line(item, component, slug, count * parts.nodes, pricer.remainder(row))


def _no_row(parts: Parts) -> str:
    platform = parts.platform.name if parts.platform is not None else "this socket"
    return f"No sourced price for {platform} is known."

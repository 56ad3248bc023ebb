"""Can this machine be put together: memory, sockets, slots, lanes, power supply, circuit."""

from app.builds.assessment import Check, Level, Power
from app.builds.checks.findings import finding
from app.builds.checks.memory import kinds_in_words, memory_checks
from app.builds.parts import GpuGroup, Parts
from app.builds.power import PSU_LOAD_SHARE_MAX, supply_rating, supply_watts
from app.builds.traits import adds_no_gpu, has_soldered_memory, is_as_sold, is_self_build
from app.builds.words import grouped, listed

#: Expansion slots of a large tower or 4U case: ATX boards have seven, SSI-EEB cases eight.
CASE_SLOTS = 8
#: 230 V x 16 A, one European circuit; about 80 % of it is the usual limit for continuous load.
CIRCUIT_230V_16A_W = 3680.0
CIRCUIT_230V_WARNING_W = 3000.0
#: 230 V x 10 A: an IEC C13 outlet, or a Swiss household circuit.
CIRCUIT_230V_10A_W = 2300.0
#: 120 V x 15 A x 80 %: a US household circuit under continuous load, by the NEC.
CIRCUIT_120V_15A_W = 1440.0

_ONLY_INSIDE = {
    "sxm": "is a module on a vendor's SXM board",
    "oam": "is a module on a vendor's OAM board",
    "superchip": "is one board with its CPU",
    "mobile": "is soldered into laptops",
    "soc": "is part of a chip with its CPU",
}


def machine_checks(parts: Parts, power: Power) -> list[Check]:
    """Every finding about the hardware itself."""
    if parts.system is None and parts.cpu is None and not parts.gpus:
        return [
            finding(
                "problem",
                "nothing-picked",
                "machine.gpus",
                "There is no machine yet.",
                "Pick a system, or a CPU with memory, or a GPU.",
            )
        ]
    return [
        *_completeness(parts),
        *_sockets(parts),
        *memory_checks(parts),
        *_gpu_kinds(parts),
        *_soldered(parts),
        *_gpu_slots(parts),
        *_card_space(parts),
        *_whole_systems(parts),
        *_link(parts),
        *_power_supply(parts, power),
        *_circuit(power),
    ]


def _completeness(parts: Parts) -> list[Check]:
    if parts.system is not None:
        return []
    if parts.cpu is None:
        return [
            finding(
                "note",
                "no-host",
                "machine.cpu",
                "No CPU and no memory are named: the computer around the GPUs is not checked, "
                "not priced and cannot take layers that do not fit the GPUs.",
                "Add a CPU and memory modules.",
            )
        ]
    if parts.module is None and not has_soldered_memory(parts):
        level: Level = "note" if parts.gpus else "problem"
        return [
            finding(
                level,
                "no-memory",
                "machine.memory",
                f"The {parts.cpu.name} has no memory modules yet.",
                f"Add {kinds_in_words(parts.cpu.memory_types) or 'memory'} modules, best one for "
                "each memory channel.",
            )
        ]
    return []


def _sockets(parts: Parts) -> list[Check]:
    cpu = parts.cpu
    if cpu is None or parts.sockets == 1:
        return []
    if cpu.sockets_max is None:
        return [
            finding(
                "note",
                "sockets-unknown",
                "machine.sockets",
                f"Nobody states how many {cpu.name} work together on one board.",
            )
        ]
    if parts.sockets > cpu.sockets_max:
        most = "alone" if cpu.sockets_max == 1 else f"in groups of {cpu.sockets_max} at most"
        return [
            finding(
                "problem",
                "sockets",
                "machine.sockets",
                f"{parts.sockets} sockets are asked for, but the {cpu.name} works {most}.",
                f"Set sockets to {cpu.sockets_max} or pick another CPU.",
            )
        ]
    return []


def _gpu_kinds(parts: Parts) -> list[Check]:
    """Chips that cannot be bought as a card."""
    found = []
    for index, group in enumerate(parts.gpus):
        why = _ONLY_INSIDE.get(group.gpu.form_factor or "")
        inside = parts.system is not None and parts.system.gpu_slug == group.gpu.slug
        if why is None or inside:
            continue
        found.append(
            finding(
                "problem",
                "gpu-not-a-card",
                f"machine.gpus.{index}.gpu",
                f"The {group.gpu.name} {why}: it cannot be added to a computer.",
                "Pick a complete system that has it, or a PCIe card.",
            )
        )
    return found


def _soldered(parts: Parts) -> list[Check]:
    """Nothing can be swapped in a machine whose parts are soldered, and Macs take no cards."""
    system, cpu = parts.system, parts.cpu
    found = []
    soldered = system is not None and system.unified_memory and system.cpu_slug is not None
    if system is not None and cpu is not None and soldered and cpu.slug != system.cpu_slug:
        found.append(
            finding(
                "problem",
                "cpu-soldered",
                "machine.cpu",
                f"The CPU of {system.name} is soldered: {cpu.name} cannot replace it.",
                "Leave the CPU as in the system, or build from parts.",
            )
        )
    cards = [g.gpu for g in _cards(parts) if not adds_no_gpu(parts)]
    if cpu is not None and cpu.vendor == "Apple" and cards:
        found.append(
            finding(
                "problem",
                "no-cards-in-a-mac",
                "machine.gpus",
                f"A Mac takes no graphics card: {cards[0].name} cannot be added to {cpu.name}.",
                "Use the Mac's own GPU, or build from parts.",
            )
        )
    return found


def _whole_systems(parts: Parts) -> list[Check]:
    """Linked machines are sold as a set."""
    system = parts.system
    if system is None or parts.nodes == system.nodes or parts.nodes % system.nodes == 0:
        return []
    bought = -(-parts.nodes // system.nodes) * system.nodes
    return [
        finding(
            "warning",
            "nodes-not-as-sold",
            "machine.nodes",
            f"{system.name} is {system.nodes} machines: {bought} are priced, "
            f"{parts.nodes} counted.",
            f"Use a multiple of {system.nodes} machines, or a single machine as the system.",
        )
    ]


def _gpu_slots(parts: Parts) -> list[Check]:
    """Enough slots and lanes for the cards."""
    cards = sum(g.count for g in _cards(parts))
    if cards == 0 or parts.cpu is None or adds_no_gpu(parts) or parts.cpu.vendor == "Apple":
        return []
    field, platform = "machine.gpus", parts.platform
    if platform is None or platform.gpus_max is None:
        words = f"Nobody states how many GPUs boards for the {parts.cpu.name} take."
        return [finding("note", "gpu-slots-unknown", field, words)]
    lanes = f" ({platform.pcie_lanes} PCIe lanes)" if platform.pcie_lanes else ""
    if cards > platform.gpus_max:
        most = "no slot for a GPU" if platform.gpus_max == 0 else f"{_gpus(platform.gpus_max)}"
        return [
            finding(
                "problem",
                "gpu-slots",
                field,
                f"Boards for {platform.name} take {most}{lanes}, not {_gpus(cards)}.",
                "Use fewer, larger GPUs, a platform with more lanes, or several nodes.",
            )
        ]
    if platform.gpus_max_x16 is not None and cards > platform.gpus_max_x16:
        return [
            finding(
                "warning",
                "gpu-lanes",
                field,
                f"Boards for {platform.name} give {_gpus(platform.gpus_max_x16)} sixteen lanes"
                f"{lanes}: {cards} share them, at eight lanes each or fewer. Decoding hardly "
                "suffers; tensor parallel and loading do.",
                "Choose a board that splits its lanes, or a workstation or server platform.",
            )
        ]
    return []


def _card_space(parts: Parts) -> list[Check]:
    cards = _cards(parts)
    if not cards or not is_self_build(parts.system) or adds_no_gpu(parts):
        return []
    unknown = [g.gpu.name for g in cards if g.gpu.slot_width is None]
    if unknown:
        words = f"Nobody states how many slots the {listed(unknown)} covers."
        return [finding("note", "gpu-width-unknown", "machine.gpus", words)]
    covered = sum((g.gpu.slot_width or 0) * g.count for g in cards)
    if covered <= CASE_SLOTS:
        return []
    return [
        finding(
            "warning",
            "gpu-space",
            "machine.gpus",
            f"The cards cover {covered:g} slots, a large tower or 4U case has {CASE_SLOTS}.",
            "Plan risers, an open frame, or a chassis made for that many GPUs.",
        )
    ]


def _link(parts: Parts) -> list[Check]:
    if parts.nodes < 2 or parts.link is not None:
        return []
    return [
        finding(
            "warning",
            "no-link",
            "machine.link",
            f"{parts.nodes} nodes, but nothing says how they are linked: speed across nodes "
            "depends on it.",
            "Choose the network between the nodes.",
        )
    ]


def _power_supply(parts: Parts, power: Power) -> list[Check]:
    field = "machine.gpus" if parts.gpus else "machine.cpu"
    needed = supply_watts(power, parts.nodes)
    if needed is None:
        words = "The power under load is unknown: nobody states the rated power of every part."
        return [finding("note", "power-unknown", field, words)]
    advised = _rounded_up(supply_rating(needed), 50)
    system = parts.system
    if system is None:
        words = (
            f"The parts are rated {grouped(needed)} W together, "
            f"so a power supply of {grouped(advised)}"
        )
        return [finding("note", "psu-size", field, f"{words} W or more is right.")]
    if system.psu_w is None:
        if is_as_sold(parts):
            return []
        words = f"Nobody states the power supply of the {system.name}: the parts are rated "
        return [finding("note", "psu-unknown", field, f"{words}{grouped(needed)} W together.")]
    if needed <= system.psu_w * PSU_LOAD_SHARE_MAX:
        return []
    level: Level = "problem" if needed > system.psu_w and not adds_no_gpu(parts) else "warning"
    return [
        finding(
            level,
            "psu",
            field,
            f"The parts are rated {grouped(needed)} W together, the power supply of the "
            f"{system.name} gives {grouped(system.psu_w)} W.",
            f"Lower the GPUs' power limit, or use a power supply of {grouped(advised)} W.",
        )
    ]


def _circuit(power: Power) -> list[Check]:
    watts = power.load_w
    if watts is None:
        return []
    field = "machine.gpus"
    if watts > CIRCUIT_230V_WARNING_W:
        count = int(-(-watts // CIRCUIT_230V_WARNING_W))
        return [
            finding(
                "warning",
                "circuit",
                field,
                f"{grouped(watts)} W under load: one circuit of 230 V and 16 A carries "
                f"{grouped(CIRCUIT_230V_16A_W)} W, for hours on end about "
                f"{grouped(CIRCUIT_230V_WARNING_W)} W.",
                "Give it a circuit of its own with more current (32 A or three-phase)."
                if count < 2
                else f"Plan {count} circuits of their own, or 32 A or three-phase power.",
            )
        ]
    if watts > CIRCUIT_230V_10A_W:
        words = "more than a 10 A outlet gives at 230 V (2 300 W): it needs 16 A."
        return [finding("note", "circuit", field, f"{grouped(watts)} W under load, {words}")]
    if watts > CIRCUIT_120V_15A_W:
        words = (
            "fine on a European socket; a US household circuit (120 V, 15 A) carries 1 440 W for "
            "hours on end."
        )
        return [finding("note", "circuit", field, f"{grouped(watts)} W under load: {words}")]
    return []


def _cards(parts: Parts) -> tuple[GpuGroup, ...]:
    """GPUs that are plugged into a slot of a node."""
    return tuple(g for g in parts.gpus if (g.gpu.form_factor or "pcie") == "pcie")


def _gpus(count: int) -> str:
    return {0: "no GPU", 1: "one GPU"}.get(count, f"{count} GPUs")


def _rounded_up(watts: float, step: int) -> float:
    return -(-watts // step) * step

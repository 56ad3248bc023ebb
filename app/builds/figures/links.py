"""What really flows between devices: PCIe, NVLink and xGMI, and from node to node."""

from collections.abc import Mapping

from app.builds.ledger import BOTH, Ledger, Part
from app.builds.parts import Parts
from app.catalogue.facts import GpuFacts, InterconnectFacts
from app.estimator.calibration import Judgements
from app.estimator.numbers import UNKNOWN, known

_MODULES = frozenset({"sxm", "oam", "superchip"})


def _pcie_generation(facts: GpuFacts, parts: Parts, ledger: Ledger, part: Part) -> float:
    """The slower of card and board; unknown where neither says."""
    board = parts.cpu.pcie_gen if parts.cpu else None
    stated = [g for g in (facts.pcie_gen, board) if g is not None]
    if not stated:
        ledger.gap(f"PCIe generation of {facts.name}", part)
        return UNKNOWN
    if len(stated) < 2 and (parts.cpu is not None or facts.pcie_gen is None):
        who = facts.name if facts.pcie_gen is None else "the board"
        ledger.stand_in(
            f"nobody states the PCIe generation of {who}; the other end's stands in", part, *BOTH
        )
    return min(stated)


def host_link_gbs(
    facts: GpuFacts, parts: Parts, judged: Judgements, ledger: Ledger, prefix: str
) -> float:
    path = f"{prefix}.host_link_gbs"
    return _pcie_gbs(facts, parts, judged.host_link_gbs, ledger, path, "host-link")


def _pcie_gbs(
    facts: GpuFacts,
    parts: Parts,
    by_generation: Mapping[str, float],
    ledger: Ledger,
    path: str,
    part: Part,
) -> float:
    """What PCIe really carries; half where the board splits its lanes over more cards."""
    generation = _pcie_generation(facts, parts, ledger, part)
    gbs = UNKNOWN
    if known(generation):
        measured = [int(name) for name in by_generation]
        nearest = min(max(measured), max(min(measured), int(generation)))
        gbs = by_generation[str(nearest)]
        if nearest != int(generation):
            words = f"nobody measured PCIe {generation:g}; the rate of PCIe {nearest} stands in"
            ledger.stand_in(words, part, *BOTH)
    full = parts.platform.gpus_max_x16 if parts.platform else None
    if full is not None and parts.gpu_count > full:
        gbs /= 2
    elif full is None and parts.platform is not None and parts.gpu_count > 1:
        words = f"nobody states how many cards {parts.platform.name} gives sixteen lanes"
        ledger.stand_in(f"{words}; all of them is assumed", part, *BOTH)
    return ledger.note(
        path,
        "PCIe, what it really carries",
        gbs,
        "GB/s",
        "calibrated",
        "Measured PCIe x16 rates by generation; half where lanes are split",
    )


def peer_link(
    facts: GpuFacts, parts: Parts, judged: Judgements, ledger: Ledger, prefix: str
) -> tuple[float, float]:
    """Bandwidth and latency between two cards: NVLink or xGMI on modules, else PCIe.

    A bridge between two PCIe cards is not counted unless the machine is built with it, which no
    fact here says.
    """
    micro = 1e-6
    if parts.nodes > 1:
        gbs = _node_link_gbs(parts.link, judged, ledger, f"{prefix}.peer_link_gbs")
        return gbs, _node_latency_s(parts.link, judged, ledger)
    if facts.form_factor in _MODULES and facts.nvlink_gbs is not None:
        gbs = judged.link_share * facts.nvlink_gbs / 2
        name = "xgmi" if facts.vendor == "AMD" else "nvlink"
        ledger.note(
            f"{prefix}.peer_link_gbs", "link between GPUs", gbs, "GB/s", "derived", facts.source
        )
        return gbs, judged.peer_latency_us[name] * micro
    modular = facts.form_factor in _MODULES or (facts.form_factor is None and facts.nvlink_gbs)
    if modular:
        words = f"{facts.name}: nobody states how it is linked to other cards; PCIe stands in"
        ledger.stand_in(words, "peer-link", *BOTH)
    path = f"{prefix}.peer_link_gbs"
    gbs = _pcie_gbs(facts, parts, judged.peer_link_gbs, ledger, path, "peer-link")
    return gbs, judged.peer_latency_us["pcie"] * micro


def _node_link_gbs(
    link: InterconnectFacts | None, judged: Judgements, ledger: Ledger, path: str
) -> float:
    """What really flows between nodes, one direction, GB/s."""
    if link is not None and link.realistic_fraction is None:
        ledger.stand_in(
            f"nobody states what {link.name} really carries; the usual share of its rate stands in",
            "any",
            *BOTH,
        )
    words = f"rate × share really carried: {link.source}" if link else None
    gbs = _carried_gbs(link, judged)
    return ledger.note(path, "link between nodes", gbs, "GB/s", "derived", words)


def _carried_gbs(link: InterconnectFacts | None, judged: Judgements) -> float:
    """Nominal rate times what is measured to get through, or the usual share."""
    if link is None or link.gbs_per_direction is None:
        return UNKNOWN
    return link.gbs_per_direction * (link.realistic_fraction or judged.link_share)


def _node_latency_s(link: InterconnectFacts | None, judged: Judgements, ledger: Ledger) -> float:
    """Seconds before the first byte arrives at another node."""
    if link is None:
        return UNKNOWN  # the missing link itself is named where the hop is counted
    if link.latency_us is not None:
        return link.latency_us * 1e-6
    usual_us = judged.node_latency_us.get(link.family.lower())
    if usual_us is None:
        ledger.gap(f"latency of {link.name}", "peer-link")
        return UNKNOWN
    ledger.stand_in(
        f"nobody states the latency of {link.name}; that of a slower {link.family} stands in",
        "peer-link",
        *BOTH,
    )
    return usual_us * 1e-6


def node_hop_s(parts: Parts, judged: Judgements, ledger: Ledger, hidden_size: float) -> float:
    """Seconds one token's activations take from node to node; unknown without a link."""
    if parts.nodes == 1:
        return 0.0
    link = parts.link
    base = judged.node_hop_ms.get(link.family.lower()) if link else None
    if link is None or base is None or link.gbs_per_direction is None:
        ledger.gap("the link between the nodes")
        return UNKNOWN
    seconds = base / 1000 + 2 * hidden_size / (_carried_gbs(link, judged) * 1e9)
    words = f"{link.family} hand-over plus 16-bit activations over {link.name}"
    return ledger.note("machine.node_hop_s", "hop between nodes", seconds, "s", "calibrated", words)

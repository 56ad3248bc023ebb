"""Which devices behave alike: the family a GPU's efficiency is looked up by."""

import re

_NVIDIA = {
    "Maxwell 2.0": "maxwell",
    "Kepler 2.0": "kepler",
    "Pascal": "pascal",
    "Volta": "volta",
    "Turing": "turing",
    "Ampere": "ampere",
    "Ada Lovelace": "ada",
    "Hopper": "hopper",
    "Blackwell 2.0": "blackwell",
    "Blackwell": "blackwell-datacentre",
    "Blackwell Ultra": "blackwell-datacentre",
    "Rubin": "rubin",
}
_AMD = {"RDNA": "rdna", "CDNA": "cdna", "GCN": "gcn"}


def memory_kind(memory_type: str | None, unified: bool) -> str | None:
    """hbm, gddr or lpddr; ``None`` where the memory type is unknown."""
    if memory_type is None:
        return None
    if "HBM" in memory_type:
        return "hbm"
    if unified or "LPDDR" in memory_type:
        return "lpddr"
    return "gddr"


def device_family(
    vendor: str, architecture: str | None, name: str, memory: str | None, unified: bool
) -> str | None:
    """Family of a GPU by architecture, and by memory where that changes its behaviour.

    ``None`` where the architecture is unknown: then nothing measured applies.
    """
    if architecture is None:
        return None
    match vendor.lower():
        case "nvidia":
            return _nvidia_family(architecture, memory, unified)
        case "amd":
            return _amd_family(architecture)
        case "apple":
            generation = re.search(r"\bM(\d+)\b", name)
            return f"apple-m{generation[1]}" if generation else "apple"
        case "intel":
            if "Xe2" in architecture:
                return "xe2"
            return "xe-hpg" if "Xe" in architecture else architecture.lower().replace(" ", "-")
        case _:
            return architecture.lower().replace(" ", "-")


def _nvidia_family(architecture: str, memory: str | None, unified: bool) -> str:
    family = _NVIDIA.get(architecture, architecture.lower().replace(" ", "-"))
    if unified:
        return {"blackwell": "gb10", "blackwell-datacentre": "thor", "ampere": "orin"}.get(
            family, f"{family}-soc"
        )
    if family == "ampere" and memory == "hbm":
        return "a100"
    return family


def _amd_family(architecture: str) -> str:
    for prefix, family in _AMD.items():
        if architecture.startswith(prefix):
            version = architecture.removeprefix(prefix).strip()
            if family == "rdna" and version == "3.5":
                return "strix-halo"
            return f"{family}{version.split('.')[0]}"
    return architecture.lower().replace(" ", "-")

"""Figures the source documents state, beside what our formulas and our catalogue give.

``from_inputs`` is our formula on the document's own inputs; ``from_catalogue`` is the same formula
on catalogued facts, where the part is catalogued. A difference is explained, not hidden.
"""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.catalogue.snapshot import Catalogue
from app.estimator.cpu_bandwidth import (
    dram_bandwidth_gbs,
    fabric_bandwidth_gbs,
    read_bandwidth_gbs,
)
from app.estimator.numbers import or_unknown
from app.estimator.roofline import decode_ceiling_tps, ridge_flop_per_byte

Source = Callable[[Catalogue], float]


@dataclass(frozen=True, slots=True)
class SourceFact:
    """One stated figure and ours; ``agrees`` compares the formula within the tolerance."""

    id: str
    kind: str
    given: str
    stated: str
    unit: str
    source: str
    note: str
    from_inputs: float | None
    from_catalogue: float | None
    agrees: bool | None
    explanation: str | None


def source_facts(path: Path, catalogue: Catalogue) -> list[SourceFact]:
    """Every row of ``seed/source_facts.csv`` with our figures."""
    with path.open(encoding="utf-8", newline="") as file:
        return [_fact(row, catalogue) for row in csv.DictReader(file)]


def within(value: float, stated: float, tolerance: float) -> bool:
    """Whether a figure agrees with a stated one within a relative tolerance."""
    return abs(value - stated) <= tolerance * abs(stated) + 1e-9


def _fact(row: dict[str, str], catalogue: Catalogue) -> SourceFact:
    formula = FORMULAS.get(row["id"])
    ours = FROM_CATALOGUE.get(row["id"])
    value = formula() if formula else None
    known = ours(catalogue) if ours else None
    if known is not None and known != known:
        known = None
    agrees = None
    stated = _number(row["expected"])
    if stated is not None and (value is not None or known is not None):
        compared = value if value is not None else known
        agrees = within(compared or 0.0, stated, float(row["tolerance"] or 0))
    return SourceFact(
        id=row["id"],
        kind=row["kind"],
        given=row["given"],
        stated=row["expected"],
        unit=row["unit"],
        source=row["source"],
        note=row["note"],
        from_inputs=value,
        from_catalogue=known,
        agrees=agrees,
        explanation=EXPLANATIONS.get(row["id"]),
    )


def _number(text: str) -> float | None:
    if text == "true":
        return 1.0
    try:
        return float(text)
    except ValueError:
        return None


def _cpu_bandwidth(
    channels: float, mts: float, ccds: float, width: float, fclk: float
) -> Callable[[], float]:
    return lambda: float(
        read_bandwidth_gbs(
            dram_bandwidth_gbs(channels, mts), fabric_bandwidth_gbs(ccds, width, fclk)
        )
    )


def _dram(channels: float, mts: float, sockets: int = 1) -> Callable[[], float]:
    return lambda: sockets * float(dram_bandwidth_gbs(channels, mts))


def _ridge(tflops: float, gbs: float) -> Callable[[], float]:
    return lambda: float(ridge_flop_per_byte(tflops, gbs))


FORMULAS: dict[str, Callable[[], float]] = {
    "BW-7400F": _cpu_bandwidth(2, 5200, 1, 32, 1.8),
    "BW-9755": _cpu_bandwidth(12, 5600, 16, 32, 2.0),
    "CAP-7400F": lambda: float(decode_ceiling_tps(57.6, 10)),
    "CAP-9755": lambda: float(decode_ceiling_tps(537.6, 10)),
    "CCD-SP5": lambda: float(fabric_bandwidth_gbs(9, 32, 2.0) >= dram_bandwidth_gbs(12, 6000)),
    "FAM-AM5": _dram(2, 5600),
    "FAM-TR7000": _dram(4, 5200),
    "FAM-TRP7000": _dram(8, 5200),
    "FAM-TR9000": _dram(4, 6400),
    "FAM-TRP9000": _dram(8, 6400),
    "FAM-8004": _dram(6, 4800),
    "FAM-9004": _dram(12, 4800),
    "FAM-9005x2": _dram(12, 5600, sockets=2),
    "400B-800GBs": lambda: float(decode_ceiling_tps(800, 800)),
    "RATIO-4090": _ridge(165, 1008),
    "RATIO-3090": _ridge(71, 936),
    "RATIO-3060": _ridge(25, 360),
    "RATIO-K80": _ridge(4, 240),
    "RATIO-M40": _ridge(7, 288),
    "RATIO-P40": _ridge(12, 347),
    "RATIO-7950X": _ridge(2.5, 83),
    "RATIO-14900K": _ridge(2.5, 90),
    "RATIO-8280": _ridge(4.8, 141),
    "RATIO-M1ULTRA": _ridge(21, 819),
}


def _gpu_ridge(slug: str, column: str) -> Source:
    def ridge(catalogue: Catalogue) -> float:
        gpu = catalogue.gpus[slug]
        peak = or_unknown(getattr(gpu, column))
        return float(ridge_flop_per_byte(peak, or_unknown(gpu.bandwidth_gbs)))

    return ridge


def _cpu_catalogue_bandwidth(slug: str, mts: float) -> Source:
    def bandwidth(catalogue: Catalogue) -> float:
        cpu = catalogue.cpus[slug]
        fabric = fabric_bandwidth_gbs(
            or_unknown(cpu.ccds),
            or_unknown(cpu.ccd_read_bytes_per_clk),
            or_unknown(cpu.fclk_ghz),
        )
        dram = dram_bandwidth_gbs(or_unknown(cpu.memory_channels), mts)
        return float(read_bandwidth_gbs(dram, fabric))

    return bandwidth


def _channels(slug: str, mts: float, sockets: int = 1) -> Source:
    def bandwidth(catalogue: Catalogue) -> float:
        channels = or_unknown(catalogue.cpus[slug].memory_channels)
        return sockets * float(dram_bandwidth_gbs(channels, mts))

    return bandwidth


def _read_tbs(model: str) -> Source:
    """Bandwidth 50 tok/s needs at 8 bit, TB/s: all active weights, embedding included."""
    return lambda c: or_unknown(c.models[model].params_active_b) * 50 / 1000


def _vram(system: str) -> Source:
    def gib(catalogue: Catalogue) -> float:
        found = catalogue.systems[system]
        gpu = catalogue.gpus[found.gpu_slug or ""]
        return found.gpu_count * or_unknown(gpu.memory_gib)

    return gib


def _x16(platform: str) -> Source:
    return lambda c: or_unknown(c.platforms[platform].gpus_max_x16)


FROM_CATALOGUE: dict[str, Source] = {
    "BW-7400F": _cpu_catalogue_bandwidth("amd-ryzen-5-7400f", 5200),
    "BW-9755": _cpu_catalogue_bandwidth("amd-epyc-9755", 5600),
    "FAM-AM5": _channels("amd-ryzen-9-9950x", 5600),
    "FAM-TR7000": _channels("amd-ryzen-threadripper-7970x", 5200),
    "FAM-TRP7000": _channels("amd-ryzen-threadripper-pro-7995wx", 5200),
    "FAM-TR9000": _channels("amd-ryzen-threadripper-9970x", 6400),
    "FAM-TRP9000": _channels("amd-ryzen-threadripper-pro-9995wx", 6400),
    "FAM-8004": _channels("amd-epyc-8534p", 4800),
    "FAM-9004": _channels("amd-epyc-9554p", 4800),
    "FAM-9005x2": _channels("amd-epyc-9755", 5600, sockets=2),
    "MOE-405B": _read_tbs("llama-3.1-405b-instruct"),
    "MOE-MAVERICK": _read_tbs("llama-4-maverick-17b-128e-instruct"),
    "HGX-H100": _vram("oem-hgx-h100-8-gpu-system-generic"),
    "RTXPRO-SERVER": _vram("dell-poweredge-xe7740-8x-rtx-pro-6000"),
    "RATIO-4090": _gpu_ridge("nvidia-geforce-rtx-4090", "fp16_tflops_dense"),
    "RATIO-3090": _gpu_ridge("nvidia-geforce-rtx-3090", "fp16_tflops_dense"),
    "RATIO-3060": _gpu_ridge("nvidia-geforce-rtx-3060-12gb", "fp16_tflops_dense"),
    "RATIO-K80": _gpu_ridge("nvidia-tesla-k80-one-of-two-gpus", "fp32_tflops"),
    "RATIO-M40": _gpu_ridge("nvidia-tesla-m40-24gb", "fp32_tflops"),
    "RATIO-P40": _gpu_ridge("nvidia-tesla-p40", "fp32_tflops"),
    "RATIO-M1ULTRA": _gpu_ridge("apple-m1-ultra-64-core-gpu", "fp32_tflops"),
    "LANES-AM5": _x16("am5"),
    "LANES-TR": _x16("str5-trx50"),
    "LANES-TRP": _x16("str5-wrx90"),
    "LANES-SP5": _x16("sp5"),
}

EXPLANATIONS: dict[str, str] = {
    "RATIO-K80": "The document rounds the chip's 4.11 TFLOPS to 4.",
    "RATIO-7950X": "The document counts boost clocks; the catalogue states the base clock.",
    "RATIO-14900K": "Nobody states a compute peak for this CPU: only the formula is compared.",
    "BW-9755": "With the 5600 MT/s the document gives; the CPU itself takes up to 6400.",
    "XEON6-MAVERICK": "A field report of one serving stack; CPU serving with many users has no "
    "calibrated class yet.",
    "R1-2xM3ULTRA": "A ceiling for two nodes at work at once. In a layer split they take turns, "
    "so one user sees about half.",
    "QWEN30B-CPU": "A mixture reads only its active experts; see the estimate of any CPU build "
    "with this model.",
    "PRICE-DESKTOP": "Undated; our price lines carry their dates.",
    "PRICE-WORKSTATION": "Undated; our price lines carry their dates.",
    "PRICE-SERVER": "Undated, and memory has become much dearer since: our lines are dated.",
    "PRICE-MOBILE": "Undated; our price lines carry their dates.",
}

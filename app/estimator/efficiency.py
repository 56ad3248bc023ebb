"""How much of its peak a device really reaches: the figures a calibration provides.

One `GpuEfficiency` or `CpuEfficiency` is what remains after engine, device family, number format
and model kind were looked up; the formulas only see these numbers.
"""

from dataclasses import dataclass
from typing import Literal

from app.estimator.numbers import Number

Basis = Literal["measured", "calibrated", "theoretical"]


@dataclass(frozen=True, slots=True)
class Confidence:
    """How far to trust an efficiency: 80 % of outcomes lie within a factor of the estimate."""

    basis: Basis
    device_class: str
    decode_factor: Number
    prefill_factor: Number
    sentence: str


@dataclass(frozen=True, slots=True)
class GpuEfficiency:
    """Efficiencies are shares of a peak (they may exceed 1 where the peak column understates)."""

    weights: Number  # of memory bandwidth, reading weights
    weights_prefill: Number  # the same while a prompt is processed
    kv: Number  # of memory bandwidth, reading the KV cache
    attention: Number  # of FP32 peak, attention arithmetic of a decode step
    layer_s: Number  # seconds a layer costs however small it is
    compute: Number  # of the compute peak, prompt processing
    attention_prefill: Number  # of the compute peak, attention of a prompt
    layer_prefill_s: Number  # seconds a layer costs per micro-batch of a prompt
    hop_s: Number  # handing over to the next card in a layer split
    allreduce_bytes: Number  # times the bytes an all-reduce moves, relative to a perfect ring
    allreduce_growth: Number  # of an all-reduce's latency, per doubling of the cards
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class CpuEfficiency:
    """Shares of a CPU's peaks."""

    weights: Number  # of read bandwidth
    compute: Number  # of FP32 peak, prompt processing
    numa_bandwidth: Number  # bandwidth of both sockets relative to one, as the engine uses them
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class OffloadEfficiency:
    """Shares reached when part of the model stays in the CPU's memory."""

    expert_weights: Number  # of CPU bandwidth, reading experts
    dense_weights: Number  # of CPU bandwidth, reading whole layers
    gpu_weights: Number  # of GPU bandwidth, reading the rest
    attention: Number
    layer_expert_s: Number
    layer_dense_s: Number
    cpu_compute: Number  # of the CPU's FP32 peak, prompts through experts
    host_link_passes: Number  # times the offloaded weights cross PCIe per prompt
    expert_confidence: Confidence
    dense_confidence: Confidence

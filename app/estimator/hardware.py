"""What computes: CPUs, GPUs and the links between them, as plain figures."""

from dataclasses import dataclass

from app.estimator.efficiency import Costs
from app.estimator.numbers import Number


@dataclass(frozen=True, slots=True)
class Cpu:
    """The CPU side of one machine.

    Bandwidths are those of ONE socket; `cpu_bandwidth.py` says what several sockets give.
    """

    name: str
    sockets: Number
    cores: Number  # of one socket
    clock_ghz: Number  # all cores busy
    flop_per_cycle: Number  # FP32 operations a core does in one cycle
    threads: Number  # at work, all sockets; NaN: every core
    dram_bandwidth_gbs: Number
    fabric_bandwidth_gbs: Number  # NaN: no known limit between cores and memory
    memory_gib: Number  # all sockets
    numa_bandwidth: Number  # of two sockets relative to one, as the engine uses them
    costs: Costs


@dataclass(frozen=True, slots=True)
class Gpu:
    """Cards of one kind; every figure but ``count`` is that of one card."""

    name: str
    count: Number  # in the whole machine, all nodes
    memory_gib: Number
    bandwidth_gbs: Number
    compute_tflops: Number  # peak that prompt processing can draw on
    serving_tflops: Number  # peak a serving engine draws on with this weight format
    fp32_tflops: Number
    power_w: Number  # what the card may draw
    host_link_gbs: Number  # what PCIe really carries from the CPU's memory
    peer_link_gbs: Number  # what really flows to another card, one direction
    peer_latency_s: Number  # of one all-reduce between two cards
    allreduce_growth: Number  # of that latency, per doubling of the cards
    costs: Costs


@dataclass(frozen=True, slots=True)
class Machine:
    """One CPU side and any number of GPU kinds, perhaps spread over linked nodes."""

    cpu: Cpu | None
    gpus: tuple[Gpu, ...]
    unified_memory: bool
    nodes: Number
    node_hop_s: Number  # time one token's activations take from node to node

"""What a CPU's cores can really read from memory."""

import numpy as np

from app.estimator.hardware import Cpu
from app.estimator.numbers import UNKNOWN, Number, known, where


def dram_bandwidth_gbs(channels: Number, mts: Number) -> Number:
    """Peak of the memory modules: channels x 8 bytes x transfers.

    Args:
        channels: populated 64-bit channels of one socket.
        mts: mega-transfers a second the modules really run at.

    Returns: GB/s (10^9). Source: DDR4/DDR5 bus width of 64 data bits a channel.
    """
    return channels * 8 * mts / 1000


def fabric_bandwidth_gbs(ccds: Number, read_bytes_per_clk: Number, fclk_ghz: Number) -> Number:
    """What the links between core chiplets and the memory controller carry, in GB/s.

    Source: read width of a chiplet's link times fabric clock times number of chiplets.
    """
    return ccds * read_bytes_per_clk * fclk_ghz


def read_bandwidth_gbs(dram_gbs: Number, fabric_gbs: Number) -> Number:
    """The narrower of memory and fabric, one socket, GB/s.

    An unknown fabric limit is no limit; unknown memory stays unknown.
    """
    narrower = where(known(fabric_gbs), np.fmin(dram_gbs, fabric_gbs), dram_gbs)
    return where(known(dram_gbs), narrower, UNKNOWN)


def machine_bandwidth_gbs(cpu: Cpu) -> Number:
    """Read bandwidth at peak of the sockets an engine really uses, GB/s.

    A second socket helps only an engine that keeps each node's weights in its own memory;
    otherwise pages lie on the wrong side half of the time and the pair is slower than one socket.
    """
    one = read_bandwidth_gbs(cpu.dram_bandwidth_gbs, cpu.fabric_bandwidth_gbs)
    doublings = np.log2(cpu.sockets)
    return where(np.equal(cpu.sockets, 1), one, one * cpu.numa_bandwidth**doublings)


def peak_tflops(cpu: Cpu) -> Number:
    """FP32 peak of the cores at work: cores x clock x operations per cycle, TFLOPS.

    Every core of every socket, or as many as there are threads.
    """
    every = cpu.cores * cpu.sockets
    busy = where(known(cpu.threads), np.fmin(cpu.threads, every), every)
    return busy * cpu.clock_ghz * cpu.flop_per_cycle / 1000

"""What memory channels, chiplets, links and lanes give."""

from dataclasses import replace

import numpy as np
import pytest

from app.estimator.cpu_bandwidth import (
    dram_bandwidth_gbs,
    fabric_bandwidth_gbs,
    machine_bandwidth_gbs,
    read_bandwidth_gbs,
)
from app.estimator.decode import allreduce_s, exchange_s
from app.estimator.estimate import estimate
from app.estimator.families import device_family, memory_kind
from app.estimator.numbers import UNKNOWN
from app.estimator.prefill import layer_split_speedup, routing_s
from app.estimator.roofline import attainable_tflops, ridge_flop_per_byte
from tests.estimator.settings import (
    CALIBRATION,
    LLAMA_8B,
    LLAMA_CPP,
    QWEN_30B_A3B,
    VLLM,
    epyc,
    rtx_4090,
    setting,
)


def test_one_chiplet_limits_a_dual_channel_desktop() -> None:
    assert read_bandwidth_gbs(dram_bandwidth_gbs(2, 5200), fabric_bandwidth_gbs(1, 32, 1.8)) == 57.6


def test_an_unknown_fabric_is_no_limit_but_unknown_memory_is_unknown() -> None:
    assert read_bandwidth_gbs(460.8, UNKNOWN) == 460.8
    assert np.isnan(read_bandwidth_gbs(UNKNOWN, 460.8))


def test_a_second_socket_without_placement_costs_speed() -> None:
    assert machine_bandwidth_gbs(epyc(sockets=2)) < machine_bandwidth_gbs(epyc())


def test_one_card_exchanges_nothing() -> None:
    assert allreduce_s(rtx_4090(), LLAMA_8B, 1) == exchange_s(rtx_4090(), LLAMA_8B, 1, 1) == 0
    # two a layer, 32 layers
    assert allreduce_s(rtx_4090(), LLAMA_8B, 2) == pytest.approx(64 * 29e-6)
    assert exchange_s(rtx_4090(), LLAMA_8B, 2, 2) == 2 * exchange_s(rtx_4090(), LLAMA_8B, 1, 2)


def test_a_pipeline_gains_with_the_length_of_the_prompt() -> None:
    assert layer_split_speedup(512, 512, 4, CALIBRATION.judged.pipeline) == pytest.approx(0.95)
    short, long = (
        layer_split_speedup(n, 512, 4, CALIBRATION.judged.pipeline) for n in (4096, 8192)
    )
    assert (short, long) == (pytest.approx(2.39, rel=0.15), pytest.approx(2.78, rel=0.15))


def test_the_roof_bends_at_the_ridge() -> None:
    ridge = ridge_flop_per_byte(165, 1008)
    assert attainable_tflops(ridge, 165, 1008) == pytest.approx(165)
    assert attainable_tflops(ridge / 2, 165, 1008) == pytest.approx(82.5)
    assert attainable_tflops(ridge * 2, 165, 1008) == 165


@pytest.mark.parametrize(
    ("vendor", "architecture", "name", "memory_type", "unified", "family"),
    [
        ("NVIDIA", "Ampere", "GeForce RTX 3090", "GDDR6X", False, "ampere"),
        ("NVIDIA", "Ampere", "A100 SXM4 80GB", "HBM2e", False, "a100"),
        ("NVIDIA", "Blackwell 2.0", "GeForce RTX 5090", "GDDR7", False, "blackwell"),
        ("NVIDIA", "Blackwell 2.0", "GB10", "LPDDR5X", True, "gb10"),
        ("NVIDIA", "Blackwell", "B200", "HBM3e", False, "blackwell-datacentre"),
        ("AMD", "RDNA 3.0", "Radeon RX 7900 XTX", "GDDR6", False, "rdna3"),
        ("AMD", "RDNA 3.5", "Radeon 8060S", "LPDDR5X", True, "strix-halo"),
        ("AMD", "CDNA 3.0", "Instinct MI300X", "HBM3", False, "cdna3"),
        ("Apple", "Apple GPU", "M3 Ultra 80-core GPU", "unified LPDDR", True, "apple-m3"),
        ("Intel", "Xe2-HPG", "Arc B580", "GDDR6", False, "xe2"),
        ("Intel", None, "Arc", "GDDR6", False, None),
    ],
)
def test_a_device_finds_its_family(
    vendor: str,
    architecture: str | None,
    name: str,
    memory_type: str,
    unified: bool,
    family: str | None,
) -> None:
    kind = memory_kind(memory_type, unified)
    assert device_family(vendor, architecture, name, kind, unified) == family


def test_only_experts_are_routed_to() -> None:
    assert routing_s(LLAMA_8B) == 0
    assert routing_s(QWEN_30B_A3B) == pytest.approx(48e-6)
    assert routing_s(replace(QWEN_30B_A3B, n_experts=np.array([0, 128]))).tolist() == [0, 48e-6]


def test_tensors_split_without_continuous_batching_cost_what_layers_do() -> None:
    asked = setting(gpus=(rtx_4090(), rtx_4090()), engine=LLAMA_CPP)
    layers, tensors = (estimate(asked, p) for p in ("layer-split", "tensor-parallel"))
    assert tensors.decode_tps.typical == layers.decode_tps.typical
    assert tensors.prefill_tps.typical == layers.prefill_tps.typical


def test_requests_at_the_same_moment_wait_longer_and_answer_as_fast() -> None:
    gpus = (rtx_4090("vllm"),)
    spread, at_once = (
        estimate(setting(gpus=gpus, engine=VLLM, concurrency=8, together=share), "one-gpu")
        for share in (0.0, 1.0)
    )
    assert at_once.ttft_s.typical > spread.ttft_s.typical
    assert at_once.decode_tps == spread.decode_tps
    assert at_once.total_s.typical == spread.total_s.typical

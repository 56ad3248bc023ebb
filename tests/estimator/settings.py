"""Settings to test the estimator with: one machine of every kind, any figure replaceable."""

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

from app.estimator.calibration import Calibration, costs_of, device_class_of, offload_costs
from app.estimator.effects import Kind
from app.estimator.estimate import Setting, Widening
from app.estimator.hardware import Cpu, Gpu, Machine
from app.estimator.workload import PLACEMENTS, Engine, Model, Placement, WeightFormat, Workload
from app.evidence.calibration import load_calibration

CALIBRATION: Calibration = load_calibration(Path(__file__).parents[2] / "seed" / "calibration.json")

LLAMA_8B = Model(
    name="Llama 3.1 8B",
    params_total_b=8.0303,
    params_active_b=8.0303,
    read_per_token_b=7.5049,
    n_layers=32,
    n_full_attention_layers=32,
    n_linear_layers=0,
    hidden_size=4096,
    n_heads=32,
    head_dim=128,
    vocab_size=128256,
    n_experts=0,
    n_experts_per_token=0,
    kv_heads=8,
    sliding_window=math.inf,
    kv_bytes_per_token_f16=131072,
    kv_fixed_bytes_per_seq=0,
    linear_attention=False,
)
QWEN_30B_A3B = Model(
    name="Qwen3 30B-A3B",
    params_total_b=30.5321,
    params_active_b=3.3530,
    read_per_token_b=3.0419,
    n_layers=48,
    n_full_attention_layers=48,
    n_linear_layers=0,
    hidden_size=2048,
    n_heads=32,
    head_dim=128,
    vocab_size=151936,
    n_experts=128,
    n_experts_per_token=8,
    kv_heads=4,
    sliding_window=math.inf,
    kv_bytes_per_token_f16=98304,
    kv_fixed_bytes_per_seq=0,
    linear_attention=False,
)
GPT_OSS_20B = Model(
    name="gpt-oss-20b",
    params_total_b=20.9147,
    params_active_b=4.1932,
    read_per_token_b=3.6140,
    n_layers=24,
    n_full_attention_layers=12,
    n_linear_layers=0,
    hidden_size=2880,
    n_heads=64,
    head_dim=64,
    vocab_size=201088,
    n_experts=32,
    n_experts_per_token=4,
    kv_heads=8,
    sliding_window=128,
    kv_bytes_per_token_f16=24576,
    kv_fixed_bytes_per_seq=3145728,
    linear_attention=False,
)
Q4_K_M = WeightFormat("Q4_K_M", 4.80, 4.80, 6.56, 4.80)
Q8_0 = WeightFormat("Q8_0", 8.5, 8.5, 8.5, 8.5)
LLAMA_CPP = Engine("llama.cpp", False, 512, 1.4, 1.0, 4)
VLLM = Engine("vLLM", True, 2048, 1.4, 0.9, 4)


def kind(engine: str = "llama.cpp", **changes: Any) -> Kind:
    """The categories of an RTX 4090 under llama.cpp, or as changed."""
    base = Kind(
        engine=f"{engine}-cuda",
        engine_family=engine,
        backend="cuda",
        weight_format="k-quant",
        attention="gqa",
        is_moe=False,
        is_linear=False,
        year=CALIBRATION.current_year,
        flash_attention=True,
        vendor="nvidia",
        family="ada",
        product="nvidia-geforce-rtx-4090",
        memory_kind="gddr",
    )
    return replace(base, **changes)


def cpu_kind(**changes: Any) -> Kind:
    """The categories of an EPYC 9554P under llama.cpp."""
    return kind(
        **{
            "vendor": None,
            "family": None,
            "product": None,
            "memory_kind": None,
            "cpu_vendor": "amd",
            "cpu_segment": "server",
            "cpu_product": "amd-epyc-9554p",
            "isa": "avx-512",
            "cpu_bandwidth_gbs": 460.8,
        }
        | changes
    )


def rtx_4090(engine: str = "llama.cpp", **changes: Any) -> Gpu:
    serving = engine in CALIBRATION.judged.serving_engines
    own = kind(engine)
    split = "one-serving" if serving else None
    gpu = Gpu(
        name="RTX 4090",
        count=1,
        memory_gib=24,
        bandwidth_gbs=1008,
        compute_tflops=330,
        serving_tflops=165,
        fp32_tflops=82.6,
        power_w=450,
        host_link_gbs=26,
        peer_link_gbs=24,
        peer_latency_s=29e-6,
        allreduce_growth=1.5,
        costs=costs_of(
            CALIBRATION,
            "serving-decode" if serving else "gpu-decode",
            "serving-prefill" if serving else "gpu-prefill",
            own,
            device_class_of(own, cpu_only=False, offload=None, split=split, unified=False),
        ),
    )
    return replace(gpu, **changes)


def epyc(**changes: Any) -> Cpu:
    """EPYC 9554P with twelve channels of DDR5-4800."""
    cpu = Cpu(
        name="EPYC 9554P",
        sockets=1,
        cores=64,
        clock_ghz=3.75,
        flop_per_cycle=64,
        threads=math.nan,
        dram_bandwidth_gbs=460.8,
        fabric_bandwidth_gbs=460.8,
        memory_gib=384,
        numa_bandwidth=CALIBRATION.judged.numa_bandwidth,
        costs=costs_of(CALIBRATION, "cpu-decode", "cpu-prefill", cpu_kind(), "cpu"),
    )
    return replace(cpu, **changes)


def setting(
    *,
    gpus: tuple[Gpu, ...] | None = None,
    cpu: Cpu | None = None,
    model: Model = LLAMA_8B,
    fmt: WeightFormat = Q4_K_M,
    engine: Engine = LLAMA_CPP,
    **workload: Any,
) -> Setting:
    """One RTX 4090 in an EPYC, asked for a document question; any part replaceable."""
    asked: dict[str, Any] = {
        "prompt_tokens": 4096,
        "generated_tokens": 256,
        "concurrency": 1,
        "context_tokens": 8192,
        "kv_scale": 1.0,
    }
    return Setting(
        machine=Machine(cpu or epyc(), (rtx_4090(),) if gpus is None else gpus, False, 1, 0.0),
        model=model,
        fmt=fmt,
        engine=engine,
        workload=Workload(**(asked | workload)),
        offload=offload_costs(
            CALIBRATION,
            replace(cpu_kind(), vendor="nvidia", product="nvidia-geforce-rtx-4090"),
            "expert-offload",
            1.0,
        ),
        pipeline=CALIBRATION.judged.pipeline,
        ttft_factor=math.nan,
        widening=dict.fromkeys(PLACEMENTS, Widening(1.0, 1.0)),
    )


def every_placement(**parts: Any) -> list[tuple[Placement, Setting]]:
    """The same question under each placement, on a machine that allows it."""
    two = (rtx_4090(count=2),)
    served = (rtx_4090("vllm", count=2),)
    mixture = {**parts, "model": QWEN_30B_A3B}
    return [
        ("one-gpu", setting(**parts)),
        ("unified-memory", setting(**parts)),
        ("layer-split", setting(**parts, gpus=two)),
        ("tensor-parallel", setting(**parts, gpus=served, engine=VLLM)),
        ("layer-offload", setting(**parts)),
        ("expert-offload", setting(**mixture)),
        ("cpu-only", setting(**parts)),
    ]

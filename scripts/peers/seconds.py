"""How long each peer's own estimate takes: one case in, microseconds by peer out.

Only the peer's call is timed. Its model, card and settings are made beforehand, as a caller that
asks for many estimates would.
"""

import json
import sys
import time
from collections.abc import Callable
from typing import Any

from scripts.peers import llmcalculator, servcalc, whichllm
from scripts.peers.common import Case, hf_config

FOR_S = 1.0


def main() -> None:
    """Time every peer on the case of standard input."""
    case = json.load(sys.stdin)
    calls = {
        "whichllm": whichllm_call(case),
        "llmcalculator": llmcalculator_call(case),
        "servcalc": servcalc_call(case),
    }
    json.dump({name: microseconds(call) for name, call in calls.items()}, sys.stdout)


def microseconds(call: Callable[[], Any]) -> float:
    """Of one call, over a second of them after a warm-up."""
    for _ in range(5):
        call()
    count, began = 0, time.perf_counter()
    while time.perf_counter() - began < FOR_S:
        call()
        count += 1
    return (time.perf_counter() - began) / count * 1e6


def whichllm_call(case: Case) -> Callable[[], Any]:
    """Fit and speed of one request."""
    from whichllm.engine.compatibility import check_compatibility
    from whichllm.engine.performance import estimate_tok_per_sec
    from whichllm.hardware.types import HardwareInfo

    model, variant = whichllm.model_of(case)
    gpu = whichllm.gpu_of(case)
    hardware = HardwareInfo(gpus=[gpu], ram_bytes=64 * 1024**3)

    def call() -> Any:
        fit = check_compatibility(model, variant, hardware, 4096)
        return estimate_tok_per_sec(model, variant, gpu, fit.fit_type)

    return call


def llmcalculator_call(case: Case) -> Callable[[], Any]:
    """Fit, decode and prefill of one request."""
    from llmcalculator.estimate import estimate

    model, hardware = llmcalculator.model_of(case["model"]), llmcalculator.hardware_of(case)
    return lambda: estimate(model, hardware, quant_name="q4_k_m", context=4352, device="gpu")


def servcalc_call(case: Case) -> Callable[[], Any]:
    """One point of a server under load."""
    from servcalc import Workload, estimate
    from servcalc.profiles import ollama
    from vramcalc import Arch

    arch, gpu = Arch.from_config(hf_config(case["model"])), servcalc.gpu_of(case)
    load = Workload(4096, 256, (1,))
    profile = ollama(num_parallel=1, num_ctx=8192, quant="gguf_q4_k_m")
    return lambda: estimate(arch, gpu, workload=load, profile=profile)


if __name__ == "__main__":
    main()

"""llmfit: memory bandwidth over bytes, as `llmfit --profile MACHINE.json plan|info MODEL --json`.

A profile is its own way to ask for a machine that is not here; it takes bandwidth and arithmetic
from the data sheet. Whether a discrete card is present it learns from the maker's tool alone, so
a stand-in for that tool answers as the card would. Decode speed is `plan`'s, at the format that
was measured; prompt speed is `info`'s. It has no users.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from scripts.peers.common import (
    GIB,
    Answer,
    Case,
    NotAnswered,
    main,
    memory_gib,
    sold_as,
    tflops,
)

TIMEOUT_S = 60
PROGRAM = Path(sys.executable).with_name("llmfit")
#: Our format -> its name; the rest are the same in capitals. What it lacks it refuses itself.
FORMATS = {"mlx-4-bit-g64": "mlx-4bit", "mlx-8-bit-g64": "mlx-8bit"}


def answer(case: Case) -> Answer:
    """Speed of one request alone."""
    if case["group"] == "serving":
        raise NotAnswered("it has no serving")
    model = model_of(case["model"])
    quant = FORMATS.get(case["quantization"], case["quantization"].upper())
    machine, tools = machine_of(case)
    context = case["decode"]["cached_tokens"] + 512 if "decode" in case else 1024
    plan = run(machine, tools, "plan", model, "--context", str(context), "--quant", quant)
    if not case["gpu"]:
        speed = plan["current"]["estimated_tps"]
    else:
        speed = next(p["estimated_tps"] for p in plan["run_paths"] if p["path"] == "gpu")
    if not speed:
        raise NotAnswered("it says that the model does not fit")
    found: Answer = {"decode": speed}
    if "prefill" in case and case["gpu"]:
        fit = run(machine, tools, "info", model)["models"][0]
        found["prefill"] = fit["prefill_tps"] if fit["run_mode"] == "GPU" else None
    return found


def machine_of(case: Case) -> tuple[tuple[str, ...], str]:
    """Its options for the machine, and the folder with the stand-in for a maker's tool."""
    gpu = case["gpu"]
    if gpu is None:
        return ("--ram", "4096G", "--cpu-cores", str(case["cpu"]["cores"] or 8)), ""
    if not gpu["bandwidth_gbs"]:
        raise NotAnswered("no memory bandwidth is published for that GPU")
    try:
        rate: float | None = tflops(gpu)
    except NotAnswered:
        rate = None
    size = memory_gib(case)
    profile = {
        "total_ram_gb": size if gpu["unified_memory"] else 256.0,
        "unified_memory": gpu["unified_memory"],
        "gpu_memory_bandwidth_gbps": gpu["bandwidth_gbs"],
        "gpu_compute_tflops_fp16": rate,
    }
    known = json.dumps({k: v for k, v in profile.items() if v is not None})
    tools = "" if gpu["unified_memory"] else tool(sold_as(gpu), size, case["gpu_count"])
    return ("--profile", profile_file(sold_as(gpu), known)), tools


@cache
def profile_file(name: str, hardware: str) -> str:
    """A profile on disk; its name and its file's must agree."""
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower())
    path = Path(tempfile.mkdtemp(prefix="peer-machine-")) / f"{slug}.json"
    tree = {
        "schema_version": 1,
        "name": slug,
        "match": {"gpu_name_contains": name},
        "hardware": json.loads(hardware),
    }
    path.write_text(json.dumps(tree))
    return str(path)


@cache
def tool(name: str, size_gib: float, count: int) -> str:
    """A folder with the tool that tells of those cards; none for makers whose tool it lacks."""
    folder = Path(tempfile.mkdtemp(prefix="peer-tool-"))
    if name.startswith("NVIDIA"):
        line = f"echo 'N/A, {round(size_gib * 1024)}, {name}'"
        script = "\n".join(["#!/bin/sh", *[line] * count])
        path = folder / "nvidia-smi"
    elif name.startswith("AMD"):
        size = f"VRAM Total Memory (B): {round(size_gib * GIB)}"
        vram = "; ".join(f"echo 'GPU[{i}] : {size}'" for i in range(count))
        names = "; ".join(f"echo 'GPU[{i}] : Card Series: {name}'" for i in range(count))
        script = f'#!/bin/sh\ncase "$*" in *vram*) {vram};; *) {names};; esac'
        path = folder / "rocm-smi"
    else:
        return ""
    path.write_text(script + "\n")
    path.chmod(0o700)
    return str(folder)


@cache
def run(machine: tuple[str, ...], tools: str, *words: str) -> Any:
    """What it prints as JSON."""
    done = subprocess.run(
        [PROGRAM, *machine, *words, "--json"],
        env={"HOME": os.environ.get("HOME", "/"), "PATH": tools or "/nonexistent"},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    if done.returncode:
        words_of_it = done.stderr.strip().splitlines() or ["no word"]
        raise NotAnswered(re.sub(r"'[^']*'", "…", words_of_it[-1]))
    return json.loads(done.stdout)


@cache
def catalogue() -> dict[str, str]:
    """Its models: repository, and the last part of its name, in small letters -> its name."""
    names = [entry["name"] for entry in run((), "", "list")]
    found = {}
    for name in sorted(names, key=lambda n: (len(n), n), reverse=True):
        found[name.lower().split("/")[-1]] = name
    return found | {name.lower(): name for name in names}


def model_of(facts: dict[str, Any]) -> str:
    """Its name of the model."""
    whole = (facts["hf_id"] or facts["slug"]).lower()
    for name in (whole, whole.split("/")[-1], facts["slug"]):
        if name in catalogue():
            return catalogue()[name]
    raise NotAnswered("it has no such model")


if __name__ == "__main__":
    main(answer)

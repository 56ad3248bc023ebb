"""How long the advisor takes, what an assessment costs it, and what one costs other estimators.

Everything in one run on one machine; the ratios are what to watch.
"""

import itertools
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import numpy as np

from app.advisor.advise import Search, advise, prepare
from app.advisor.question import AdvisorSpec
from app.advisor.search.best import Kept, Worker
from app.advisor.search.pairs import Block, Pairs
from app.advisor.search.serving import holding
from app.advisor.space.library import library_of
from app.builds.answers.verdicts import plain_limits
from app.builds.assess import World, load_world
from app.catalogue.seed_files import SEED_DIR
from app.catalogue.snapshot import catalogue_from_seed
from app.settings import Settings
from app.start import limits_of

ROOT = Path(__file__).resolve().parents[1]
PEERS_PYTHON: Final = ROOT / ".venv-peers" / "bin" / "python"
#: One model each, small and large, dense and mixtures, on all hardware.
MODELS: Final = (
    "llama-3.1-8b-instruct",
    "qwen2.5-14b-instruct",
    "mistral-small-3.2-24b-instruct-2506",
    "gemma-3-27b-it",
    "qwen3-32b",
    "qwen3-30b-a3b",
    "llama-3.3-70b-instruct",
    "gpt-oss-20b",
    "gpt-oss-120b",
    "glm-4.5-air",
    "deepseek-r1",
    "llama-3.1-405b-instruct",
)
GOALS: Final = ("cheapest", "fastest", "most-users", "best-model")
#: Model and format free: what people ask, from modest to demanding.
FREE: Final[tuple[dict[str, Any], ...]] = (
    {"goal": "cheapest", "models": {"size_min_b": 7}},
    {"goal": "cheapest", "models": {"size_min_b": 20}, "demand": {"people": 20}},
    {"goal": "fastest", "models": {"size_min_b": 20}, "limits": {"budget": 15000}},
    {"goal": "best-model", "limits": {"budget": 15000}, "demand": {"people": 20}},
    {"goal": "best-model", "limits": {"budget": 5000}},
)
#: A block is taken where at least so many builds of it hold their model; so many blocks are kept.
LEAST: Final = 4_096
KEPT: Final = 64
#: A search of one model that takes longer is named.
SLOW_S: Final = 1.0
SIZES: Final = (1_000, 10_000, 100_000, 1_000_000, 10_000_000)


def main() -> None:
    """Print one line a figure."""
    world = load_world(catalogue_from_seed(), SEED_DIR, limits_of(Settings()))
    began = time.perf_counter()
    library_of(world)
    tell("tables of the advisor, once", f"{time.perf_counter() - began:.1f} s")
    began = time.perf_counter()
    prepare(AdvisorSpec(), world)
    tell("prices for one buyer, once", f"{time.perf_counter() - began:.1f} s")
    one_model(world)
    free(world)
    tell(
        "memory at its highest",
        f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GiB",
    )
    per_assessment_us = scaling(world)
    beside(world, per_assessment_us)


def one_model(world: World) -> None:
    """One model in one format, all hardware."""
    known = [m for m in MODELS if m in world.catalogue.models]
    questions = [
        {
            "goal": goal,
            "models": {"models": [m], "quantizations": ["q4_k_m"]},
            "demand": {"people": 20},
        }
        for m in known
        for goal in GOALS
    ]
    taken, orderable = [], 0
    for question in questions:
        began = time.perf_counter()
        found = advise(AdvisorSpec.model_validate(question), world)
        taken.append(time.perf_counter() - began)
        orderable = max(orderable, found.searched.orderable)
        if taken[-1] > SLOW_S:
            tell(
                f"  {question['goal']}, {question['models']['models'][0]}",
                f"{taken[-1]:.2f} s, {found.searched}",
            )
    p95 = float(np.quantile(taken, 0.95))
    tell("orderable builds, one model and format", f"{orderable:,}")
    tell(
        f"search, {len(questions)} questions of that kind",
        f"{statistics.median(taken):.2f} s in the middle, p95 {p95:.2f} s",
    )


def free(world: World) -> None:
    """Model and format free."""
    taken, orderable = [], 0
    for question in FREE:
        began = time.perf_counter()
        found = advise(AdvisorSpec.model_validate(question), world)
        taken.append(time.perf_counter() - began)
        orderable = max(orderable, found.searched.orderable)
    tell("orderable builds, model and format free", f"{orderable:,}")
    tell(f"search, {len(FREE)} questions of that kind", f"longest {max(taken):.1f} s")


def scaling(world: World) -> float:
    """Full assessments without leaving any out; gives the microseconds of one on one core."""
    ready = prepare(AdvisorSpec.model_validate({"models": {"size_min_b": 7}}), world)
    worker = Worker.of(ready.tables, ready.needs, plain_limits(world.limits))
    blocks = some_blocks(ready)
    each = 0.0
    for size in SIZES:
        chosen = up_to(size, blocks)
        began = time.perf_counter()
        for block in chosen:
            worker.on(block)
        each = (time.perf_counter() - began) / size * 1e6
        tell(f"assessing {size:,} builds", f"{each:.2f} µs each on one core")
    tell("full assessments", f"{1e6 / each:,.0f} a second and core")
    with ThreadPoolExecutor(2) as pool:
        began = time.perf_counter()
        list(pool.map(worker.on, up_to(SIZES[-2], blocks)))
        both = SIZES[-2] / (time.perf_counter() - began)
    tell("the same on two threads", f"{both:,.0f} a second")
    return each


def up_to(size: int, blocks: list[Block]) -> list[Block]:
    """So many builds: blocks over and over, the last one cut short."""
    chosen: list[Block] = []
    for block in itertools.cycle(blocks):
        chosen.append(block.some(np.arange(min(len(block), size))))
        size -= len(chosen[-1])
        if size == 0:
            return chosen
    raise ValueError("there are no blocks")


def some_blocks(ready: Search) -> list[Block]:
    """Blocks of builds on cards that all hold their model, so that none is cheap to refuse."""
    kept = Kept("cheapest")
    pairs = Pairs(
        ready.shelf,
        ready.tables,
        ready.needs,
        plain_limits(ready.world.limits),
        lambda: kept.bound(10, None, all_that_do=True),
    )
    found: list[Block] = []
    for block in pairs.blocks():
        fits = block.some(holding(ready.tables, block.rows, ready.needs))
        if len(fits) >= LEAST:
            found.append(fits)
        if len(found) == KEPT:
            break
    return found


def beside(world: World, own_us: float) -> None:
    """What one estimate costs others, in the same minute."""
    if not PEERS_PYTHON.exists():
        tell("other estimators", "not installed: make bench installs them")
        return
    catalogue = world.catalogue
    case = {
        "id": "speed",
        "group": "NVIDIA",
        "gpu": catalogue.get("gpus", "nvidia-geforce-rtx-4090").model_dump(mode="json"),
        "gpu_count": 1,
        "cpu": None,
        "memory_gib": 64,
        "model": catalogue.get("models", "llama-3.1-8b-instruct").model_dump(mode="json"),
        "quantization": "q4_k_m",
        "weights_gib": None,
        "engine": "llama.cpp-cuda",
        "expert_parallel": None,
    }
    done = subprocess.run(
        [PEERS_PYTHON, "-W", "ignore", "-m", "scripts.peers.seconds"],
        cwd=ROOT,
        env=dict(os.environ),
        input=json.dumps(case),
        capture_output=True,
        text=True,
        check=True,
    )
    for peer, each_us in json.loads(done.stdout).items():
        tell(f"one estimate of {peer}", f"{each_us:,.1f} µs, {each_us / own_us:,.0f} times ours")


def tell(what: str, figure: str) -> None:
    """One line."""
    sys.stdout.write(f"{what + ':':<44}{figure}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()

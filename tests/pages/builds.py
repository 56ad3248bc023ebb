"""Random but valid questions, for tests that hold on any of them."""

import random

from app.builds.assess import World, assess
from app.builds.problems import InvalidSpecError
from app.builds.spec import BuildSpec

ENGINES = (None, "llama.cpp-cuda", "llama.cpp-cpu", "vllm-cuda")


def random_spec(world: World, seed: int) -> BuildSpec:
    """A question the catalogue can answer, the same for the same seed."""
    dice = random.Random(seed)  # noqa: S311  # reproducible, not secret
    while True:
        spec = _draw(world, dice)
        try:
            assess(spec, world)
        except InvalidSpecError:
            continue
        return spec


def _draw(world: World, dice: random.Random) -> BuildSpec:
    catalogue = world.catalogue
    machine: dict[str, object] = {}
    if dice.random() < 0.4:
        machine["system"] = dice.choice(sorted(catalogue.systems))
    else:
        machine["cpu"] = dice.choice(sorted(catalogue.cpus))
        module = dice.choice(sorted(catalogue.memory_modules))
        machine["memory"] = {"module": module, "count": dice.choice((1, 2, 4, 8, 12))}
        kinds = dice.choice((0, 1, 1, 2))
        machine["gpus"] = [
            {"gpu": dice.choice(sorted(catalogue.gpus)), "count": dice.choice((1, 2, 4))}
            for _ in range(kinds)
        ]
    if dice.random() < 0.2:
        machine["overrides"] = {"gpu.bandwidth_gbs": round(dice.uniform(100, 2000), 2)}
    return BuildSpec.model_validate(
        {
            "machine": machine,
            "deployment": {
                "model": dice.choice(sorted(catalogue.models)),
                "quantization": dice.choice(("q4_k_m", "q8_0", "f16", "q5_k_m")),
                "context_tokens": dice.choice((2048, 8192, 32768)),
                "engine": dice.choice(ENGINES),
            },
            "workload": {
                "use_case": dice.choice(("uc1", "uc2", "uc3", "uc4", "agent-step")),
                "concurrency": dice.choice((1, 1, 3, 16)),
            },
            "economics": {
                "currency": dice.choice(("EUR", "USD", "CHF")),
                "years": dice.choice((1, 3, 5)),
            },
        }
    )

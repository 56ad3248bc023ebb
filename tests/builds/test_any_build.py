"""Whatever is put together, the answer is whole: figures, unknown with its reason, or refused."""

import json
import random
from typing import Any

import pytest

from app.builds.assess import World, assess
from app.builds.problems import InvalidSpecError
from app.builds.spec import CONDITIONS, CURRENCIES, OVERRIDE_KEYS, PLACEMENTS, BuildSpec

SEEDS = range(8)
BUILDS_PER_SEED = 150


@pytest.mark.parametrize("seed", SEEDS)
def test_any_build_gets_a_whole_answer(seed: int, world: World) -> None:
    chance = random.Random(seed)  # noqa: S311 - dice, not secrets
    answered = 0
    for _ in range(BUILDS_PER_SEED):
        spec = BuildSpec.model_validate(any_build(chance, world))
        try:
            found = assess(spec, world)
        except InvalidSpecError:
            continue
        answered += 1
        json.dumps(json.loads(found.model_dump_json()), allow_nan=False)
        speed = found.speed.decode_tps
        if speed.typical is not None:
            assert speed.low is not None
            assert speed.high is not None
            assert 0 < speed.low <= speed.typical <= speed.high
        elif found.fit.fits is not False:
            assert found.speed.basis_sentence.startswith("Unknown")
            assert "a figure it needs" not in found.speed.basis_sentence, found.query
    assert answered > BUILDS_PER_SEED / 4


def any_build(chance: random.Random, world: World) -> dict[str, Any]:
    """Parts, model, engine and workload thrown together, mostly nonsense."""
    rows = world.catalogue
    pick = {
        kind: list(getattr(rows, kind))
        for kind in ("cpus", "gpus", "memory_modules", "systems", "models", "engines")
    }
    weights = [q.slug for q in rows.quantizations.values() if q.kind == "weights"]
    caches = [q.slug for q in rows.quantizations.values() if q.kind == "kv"]
    machine: dict[str, Any] = {}
    if chance.random() < 0.4:
        machine["system"] = chance.choice(pick["systems"])
    if chance.random() < 0.6:
        machine["cpu"] = chance.choice(pick["cpus"])
    if chance.random() < 0.4:
        machine["sockets"] = chance.choice([1, 2, 4, 8])
    if chance.random() < 0.6:
        count = chance.choice([1, 2, 3, 4, 8, 12, 24, 256])
        machine["memory"] = {"module": chance.choice(pick["memory_modules"]), "count": count}
    if chance.random() < 0.6:
        machine["gpus"] = [
            {"gpu": chance.choice(pick["gpus"]), "count": chance.choice([1, 1, 2, 3, 8, 128])}
            for _ in range(chance.choice([1, 1, 1, 2, 4]))
        ]
    if chance.random() < 0.2:
        machine["nodes"] = chance.choice([1, 2, 4, 64])
    if chance.random() < 0.2:
        machine["link"] = chance.choice(list(rows.interconnects))
    if chance.random() < 0.2:
        machine["overrides"] = {chance.choice(OVERRIDE_KEYS): 10 ** chance.uniform(-3, 9)}
    deployment = {
        "model": chance.choice(pick["models"]),
        "quantization": chance.choice(weights),
        "kv_dtype": chance.choice(caches).removeprefix("kv-"),
        "context_tokens": chance.choice([16, 2048, 8192, 131_072, 10_000_000]),
    }
    if chance.random() < 0.4:
        deployment["engine"] = chance.choice(pick["engines"])
    if chance.random() < 0.3:
        deployment["placement"] = chance.choice(PLACEMENTS)
    workload: dict[str, Any] = {
        "use_case": chance.choice(list(rows.use_cases)),
        "concurrency": chance.choice([1, 1, 2, 10, 500, 10_000]),
    }
    if chance.random() < 0.3:
        workload["prompt_tokens"] = chance.choice([1, 100, 10_000_000])
        workload["generated_tokens"] = chance.choice([1, 1000, 1_000_000])
    economics = {
        "currency": chance.choice(CURRENCIES),
        "years": chance.randint(1, 10),
        "hours_per_day": chance.choice([0, 8, 24]),
        "condition": chance.choice(CONDITIONS),
    }
    return {
        "machine": machine,
        "deployment": deployment,
        "workload": workload,
        "economics": economics,
    }

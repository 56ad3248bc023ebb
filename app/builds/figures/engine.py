"""The engine as plain figures."""

from app.builds.ledger import Ledger
from app.builds.parts import Parts
from app.builds.spec import BuildSpec
from app.catalogue.facts import EngineFacts
from app.estimator.calibration import Judgements
from app.estimator.numbers import UNKNOWN, or_unknown
from app.estimator.workload import Engine


def note_engine(ledger: Ledger, engine: EngineFacts | None, parts: Parts) -> None:
    if engine is None:
        ledger.gap("an engine that runs on this hardware")
    elif parts.engine is not None:
        ledger.word("deployment.engine", "engine", engine.name, "user", engine.source)
    else:
        words = "The usual engine of this hardware"
        ledger.word("deployment.engine", "engine", engine.name, "default", words)


def engine_figures(
    facts: EngineFacts | None,
    spec: BuildSpec,
    parts: Parts,
    judged: Judgements,
    ledger: Ledger,
) -> Engine:
    if facts is None:
        return Engine("none", False, UNKNOWN, UNKNOWN, UNKNOWN, judged.host_reserved_gib)
    serving = facts.family in judged.serving_engines
    deployment = spec.deployment
    chunk = deployment.ubatch_tokens or facts.ubatch_tokens
    if deployment.ubatch_tokens is not None:
        label = "prompt tokens per pass"
        ledger.note("engine.ubatch_tokens", label, deployment.ubatch_tokens, "tokens", "user", None)
    elif chunk is None:
        chunk = usual_chunk(parts, judged)
        ledger.note(
            "engine.ubatch_tokens",
            "prompt tokens per pass",
            chunk,
            "tokens",
            "default",
            f"{facts.name} picks it at start; a common value",
        )
        ledger.stand_in(
            f"nobody states how many prompt tokens {facts.name} takes at once; {chunk} stands in",
            "any",
            "prefill",
        )
    else:
        ledger.fact(
            facts, "ubatch_tokens", "prompt tokens per pass", "tokens", path="engine.ubatch_tokens"
        )
    overhead = 0.0
    if facts.backend != "cpu":
        overhead = ledger.fact(
            facts,
            "memory_overhead_gib",
            "memory the engine takes per GPU",
            "GiB",
            path="engine.memory_overhead_gib",
        )
    # an engine without a cap of its own may fill the memory
    share = 1.0
    if facts.memory_utilization is not None:
        share = ledger.fact(
            facts,
            "memory_utilization",
            "share of a GPU's memory it may take",
            "",
            path="engine.memory_utilization",
        )
    ledger.note(
        "host.reserved_gib",
        "RAM left to the operating system",
        judged.host_reserved_gib,
        "GiB",
        "default",
        "A rule: what an operating system and its services take",
    )
    return Engine(
        name=facts.name,
        serving=serving,
        ubatch_tokens=or_unknown(chunk),
        overhead_gib=overhead,
        memory_utilization=share,
        host_reserved_gib=judged.host_reserved_gib,
        gpu_layers=or_unknown(deployment.gpu_layers),
        cpu_expert_layers=or_unknown(deployment.cpu_expert_layers),
    )


def usual_chunk(parts: Parts, judged: Judgements) -> int:
    """Prompt tokens a serving engine takes at once unless told otherwise: more on large cards.

    vLLM asks the driver for the card's memory (A100 excepted, as it lost speed there); where memory
    is shared with the CPU the driver gives no figure, and the engine takes the smallest.
    """
    cards = [g.gpu for g in parts.gpus]
    small = not cards or any(
        g.unified_memory or (g.memory_gib or 0) < judged.large_card_gib or "A100" in g.name
        for g in cards
    )
    return judged.chunk_tokens if small else judged.large_chunk_tokens

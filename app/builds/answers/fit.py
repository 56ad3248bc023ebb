"""Does it fit: the answer in numbers and in words, and what would make it fit."""

import math
from dataclasses import replace

from app.builds.answers.placements import LABELS, impossible, no_placement
from app.builds.assemble import Assembled
from app.builds.assessment import Fit, MemoryPool
from app.builds.engines import reads
from app.builds.figures.model import embedding_bits
from app.builds.words import gib, grouped, listed, number, whole_number
from app.catalogue.facts import QuantizationFacts
from app.catalogue.snapshot import Catalogue
from app.estimator.estimate import Estimate
from app.estimator.memory import MemoryFit, Pool, fit_of
from app.estimator.numbers import or_unknown
from app.estimator.workload import Placement, WeightFormat

#: A context shorter than this is not worth proposing.
SHORTEST_CONTEXT = 1024
#: More cards than this are another kind of machine; coarser formats than this spoil the answers.
MOST_CARDS, COARSEST_BITS = 8, 2.5
#: Formats nobody should be sent to: others of their size keep more of the model's quality.
OUTDATED = frozenset({"gguf-legacy", "ternary"})


def fit_answer(assembled: Assembled, found: Estimate | None, catalogue: Catalogue) -> Fit:
    """The `Fit` of an assessment; ``found`` is None where there is nothing to run on."""
    if found is None:
        return _nothing(assembled)
    memory = found.memory
    fits = None if math.isnan(float(memory.fits)) else bool(memory.fits)
    return Fit(
        fits=fits,
        placement=found.placement,
        placement_label=LABELS[found.placement],
        sentence=_sentence(found, fits, assembled),
        required_gib=number(memory.required_gib),
        available_gib=number(memory.available_gib),
        spare_gib=number(memory.spare_gib),
        pools=[_pool(p) for p in memory.pools],
        context_max_tokens=_context_max(memory, assembled),
        concurrency_max=whole_number(memory.concurrency_max),
        suggestions=[] if fits is not False else _suggestions(assembled, found, catalogue),
        impossible=impossible(assembled),
    )


def _nothing(assembled: Assembled) -> Fit:
    parts = assembled.parts
    if parts.cpu is None and not parts.gpus:
        sentence = "Pick a system, or a CPU with memory, or a GPU."
    else:
        sentence = no_placement(assembled)
    return Fit(
        fits=None,
        placement=None,
        placement_label=None,
        sentence=sentence,
        required_gib=None,
        available_gib=None,
        spare_gib=None,
        pools=[],
        context_max_tokens=None,
        concurrency_max=None,
        suggestions=[],
        impossible=impossible(assembled),
    )


def _pool(pool: Pool) -> MemoryPool:
    return MemoryPool(
        name=pool.name,
        capacity_gib=number(pool.capacity_gib),
        weights_gib=number(pool.weights_gib),
        kv_gib=number(pool.kv_gib),
        overhead_gib=number(pool.overhead_gib),
        free_gib=number(pool.free_gib),
    )


def _context_max(memory: MemoryFit, assembled: Assembled) -> int | None:
    """What memory allows, but never more than the model was built for."""
    tokens_max = float(memory.context_max_tokens)
    trained = assembled.parts.model.context_max_tokens
    limits = [x for x in (tokens_max, or_unknown(trained)) if not math.isnan(x)]
    return whole_number(min(limits)) if limits and not math.isnan(tokens_max) else None


def _sentence(found: Estimate, fits: bool | None, assembled: Assembled) -> str:
    memory = found.memory
    if fits is None:
        wanted = assembled.ledger.wanted(found.placement)
        if wanted:
            return f"Unknown whether it fits until you {listed(wanted)}."
        missing = assembled.ledger.missing(found.placement)
        why = f": nobody states {listed(missing)}" if missing else ""
        return f"Unknown whether it fits{why}."
    weights = sum(float(p.weights_gib) for p in memory.pools)
    cache = sum(float(p.kv_gib) for p in memory.pools)
    engine = sum(float(p.overhead_gib) for p in memory.pools)
    need = (
        f"weights {gib(weights)}, cache {gib(cache)}"
        + (f", engine {gib(engine)}" if engine else "")
        + f" of {gib(float(memory.available_gib))}"
    )
    if fits:
        words = f"Fits, {gib(float(memory.spare_gib))} spare: {need}."
        waiting = assembled.setting.workload.concurrency - memory.running
        if float(waiting) > 0:
            words += f" Only {memory.running:.0f} requests run at once; the others wait."
        return words
    return _misfit(memory, need)


def _misfit(memory: MemoryFit, need: str) -> str:
    pool = min(memory.pools, key=lambda p: float(p.free_gib))
    return f"Does not fit: {pool.name} is {gib(-float(pool.free_gib))} short. It would take {need}."


def _suggestions(assembled: Assembled, found: Estimate, catalogue: Catalogue) -> list[str]:
    """What would make it fit, cheapest change first; each was tried before it is proposed."""
    ideas = []
    setting, memory = assembled.setting, found.memory
    context = float(memory.context_max_tokens)
    if context >= SHORTEST_CONTEXT and context < float(setting.workload.context_tokens):
        ideas.append(f"Use a context of {grouped(context)} tokens or less.")
    users = float(memory.concurrency_max)
    if 1 <= users < float(setting.workload.concurrency):
        ideas.append(
            f"Run {users:.0f} requests at once instead of {setting.workload.concurrency:.0f}."
        )
    smaller = _smaller_format(assembled, found, catalogue)
    if smaller is not None:
        ideas.append(f"Use {smaller.name} instead of {assembled.parts.quantization.name}.")
    cards = _more_cards(assembled, found)
    if cards is not None:
        ideas.append(f"Use {cards} of these GPUs.")
    return ideas


def _smaller_format(
    assembled: Assembled, found: Estimate, catalogue: Catalogue
) -> QuantizationFacts | None:
    """The finest format below the present one that the engine takes and that fits."""
    engine, present = assembled.engine, assembled.parts.quantization.body_bits
    if engine is None or present is None:
        return None
    candidates = [
        q
        for q in catalogue.quantizations.values()
        if q.kind == "weights"
        and q.family not in OUTDATED
        and reads(engine, q)
        and q.body_bits is not None
        and COARSEST_BITS <= q.body_bits < present
    ]
    for candidate in sorted(candidates, key=lambda q: -(q.body_bits or 0)):
        fmt = WeightFormat(
            name=candidate.name,
            body_bits=or_unknown(candidate.body_bits),
            non_expert_bits=or_unknown(candidate.non_expert_bits),
            head_bits=or_unknown(candidate.head_bits),
            embedding_bits=embedding_bits(candidate),
        )
        s = assembled.setting
        fit = fit_of(s.machine, s.model, fmt, s.engine, s.workload, found.placement)
        if float(fit.fits) == 1.0:
            return candidate
    return None


def _more_cards(assembled: Assembled, found: Estimate) -> int | None:
    """How many cards of the same kind would hold it, as far as board and engine allow."""
    setting, parts = assembled.setting, assembled.parts
    gpus = setting.machine.gpus
    if len(gpus) != 1 or setting.machine.unified_memory or found.placement == "cpu-only":
        return None
    most = parts.platform.gpus_max if parts.platform and parts.platform.gpus_max else MOST_CARDS
    placement: Placement = "tensor-parallel" if setting.engine.serving else "layer-split"
    heads = parts.model.n_heads
    for count in range(int(gpus[0].count) + 1, min(most, MOST_CARDS) + 1):
        if placement == "tensor-parallel" and heads is not None and heads % count:
            continue
        machine = replace(setting.machine, gpus=(replace(gpus[0], count=float(count)),))
        fit = fit_of(
            machine, setting.model, setting.fmt, setting.engine, setting.workload, placement
        )
        if float(fit.fits) == 1.0:
            return count
    return None

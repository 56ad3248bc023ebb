"""Does it fit: weights, cache and overhead against the memory of each placement. Bytes in GiB."""

from dataclasses import dataclass

import numpy as np

from app.estimator.hardware import Cpu, Gpu, Machine
from app.estimator.kv_cache import stored_bytes_per_sequence
from app.estimator.numbers import (
    GIB,
    UNKNOWN,
    Number,
    at_least,
    at_most,
    clip,
    divide,
    known,
    not_above,
    where,
    whole,
)
from app.estimator.weights import all_expert_bytes, stored_bytes
from app.estimator.workload import Engine, Model, Placement, WeightFormat, Workload


@dataclass(frozen=True, slots=True)
class Pool:
    """One memory and what fills it."""

    name: str
    capacity_gib: Number
    weights_gib: Number
    kv_gib: Number
    overhead_gib: Number

    @property
    def free_gib(self) -> Number:
        """Left over; negative where it does not fit."""
        return self.capacity_gib - self.weights_gib - self.kv_gib - self.overhead_gib


@dataclass(frozen=True, slots=True)
class MemoryFit:
    """Where everything lies, and whether it does."""

    fits: Number  # 1 yes, 0 no, NaN unknown
    required_gib: Number
    available_gib: Number
    pools: tuple[Pool, ...]
    running: Number  # sequences that hold cache at once
    concurrency_max: Number  # sequences whose cache would fit
    context_max_tokens: Number  # longest that fits for all at once, or for one where others wait
    gpu_share: Number  # of the layers on cards (layer offload)
    host_share: Number  # of the experts in RAM (expert offload)

    @property
    def spare_gib(self) -> Number:
        return self.available_gib - self.required_gib


@dataclass(frozen=True, slots=True)
class Demand:
    """What has to lie somewhere, GiB."""

    weights_gib: Number
    experts_gib: Number
    kv_per_sequence_gib: Number
    kv_mean_gib: Number  # of a sequence halfway through its answer
    kv_per_token_gib: Number  # more per token of context, one sequence


def demand_of(model: Model, fmt: WeightFormat, workload: Workload) -> Demand:
    """Weights and cache per sequence of a deployment."""
    kv = stored_bytes_per_sequence(model, workload.context_tokens, workload.kv_scale)
    halfway = workload.start_tokens + workload.generated_tokens / 2
    mean = stored_bytes_per_sequence(model, halfway, workload.kv_scale)
    return Demand(
        weights_gib=stored_bytes(model, fmt) / GIB,
        experts_gib=all_expert_bytes(model, fmt) / GIB,
        kv_per_sequence_gib=kv / GIB,
        kv_mean_gib=mean / GIB,
        kv_per_token_gib=model.kv_bytes_per_token_f16 * workload.kv_scale / GIB,
    )


def usable_gib(gpu: Gpu, engine: Engine) -> Number:
    """Memory of one card an engine may take."""
    return gpu.memory_gib * engine.memory_utilization


def host_usable_gib(cpu: Cpu, engine: Engine) -> Number:
    """RAM left for a model beside the operating system."""
    return at_least(cpu.memory_gib - engine.host_reserved_gib, 0.0)


def fit_of(
    machine: Machine,
    model: Model,
    fmt: WeightFormat,
    engine: Engine,
    workload: Workload,
    placement: Placement,
) -> MemoryFit:
    """Fit of one placement. Raises ValueError where the machine lacks a part it needs."""
    demand = demand_of(model, fmt, workload)
    if placement == "cpu-only":
        cpu = _need_cpu(machine)
        name = f"RAM of {cpu.name}"
        capacity = host_usable_gib(cpu, engine)
        return _single_pool(name, capacity, demand, 0.0, engine, workload)
    if placement in ("one-gpu", "unified-memory"):
        gpu = largest(machine.gpus)
        name, capacity = f"{gpu.name}, usable memory", usable_gib(gpu, engine)
        return _single_pool(name, capacity, demand, engine.overhead_gib, engine, workload)
    if placement == "layer-split":
        capacity, overhead = _all_cards(machine.gpus, engine)
        return _single_pool(cards_name(machine.gpus), capacity, demand, overhead, engine, workload)
    if placement == "tensor-parallel":
        return _tensor_parallel(machine.gpus[0], model, demand, engine, workload)
    if placement == "layer-offload":
        told = engine.gpu_layers / model.n_layers
        return _layer_offload(machine, demand, engine, workload, told)
    told = engine.cpu_expert_layers / model.n_layers
    return _expert_offload(machine, demand, engine, workload, told)


def largest(gpus: tuple[Gpu, ...]) -> Gpu:
    """The kind of card with most memory (by the first row of a column). Raises without cards."""
    if not gpus:
        raise ValueError("This placement needs a GPU.")
    if len(gpus) == 1:
        return gpus[0]
    return max(gpus, key=lambda g: float(np.nan_to_num(np.ravel(g.memory_gib)[0])))


def cards_name(gpus: tuple[Gpu, ...]) -> str:
    """All cards by name: "2 × RTX 3090 + RTX 4090"."""
    names = [g.name if np.all(np.equal(g.count, 1)) else f"{_count(g)} × {g.name}" for g in gpus]
    return " + ".join(names)


def _single_pool(
    name: str,
    capacity: Number,
    demand: Demand,
    overhead: Number,
    engine: Engine,
    workload: Workload,
    kv_copies: Number = 1.0,
) -> MemoryFit:
    """Everything in one memory (or in several cards that act as one)."""
    per_sequence = demand.kv_per_sequence_gib * kv_copies
    room = capacity - demand.weights_gib - overhead
    concurrency_max = at_least(whole(divide(room, per_sequence)), 0.0)
    running = workload.concurrency
    kv = running * per_sequence
    if engine.serving:  # pages are taken as sequences grow; a request that finds none waits
        mean = demand.kv_mean_gib * kv_copies
        paged = at_least(whole(divide(room, mean)), concurrency_max)
        running = clip(paged, 1.0, workload.concurrency)
        kv = at_least(running * mean, at_most(running, 1.0) * per_sequence)
    required = demand.weights_gib + kv + overhead
    pool = Pool(name, capacity, demand.weights_gib, kv, overhead)
    return MemoryFit(
        fits=not_above(required, capacity),
        required_gib=required,
        available_gib=capacity,
        pools=(pool,),
        running=running,
        concurrency_max=concurrency_max,
        context_max_tokens=_context_max(
            # a serving engine lets the others wait: one request may have it all
            room,
            demand,
            workload,
            1.0 if engine.serving else running,
            kv_copies,
        ),
        gpu_share=1.0,
        host_share=0.0,
    )


def _tensor_parallel(
    gpu: Gpu, model: Model, demand: Demand, engine: Engine, workload: Workload
) -> MemoryFit:
    """Weights shared out over all cards; cache copied where there are fewer KV heads than cards."""
    copies = at_least(divide(gpu.count, model.kv_heads), 1.0)
    overhead = gpu.count * engine.overhead_gib
    capacity = gpu.count * usable_gib(gpu, engine)
    return _single_pool(cards_name((gpu,)), capacity, demand, overhead, engine, workload, copies)


def _layer_offload(
    machine: Machine, demand: Demand, engine: Engine, workload: Workload, told: Number
) -> MemoryFit:
    """As many layers as fit on the cards, or the share it was ``told``; the rest in RAM."""
    cpu = _need_cpu(machine)
    kv = workload.concurrency * demand.kv_per_sequence_gib
    card, overhead = _all_cards(machine.gpus, engine)
    body = demand.weights_gib + kv
    share = _or_told(clip(divide(card - overhead, body), 0.0, 1.0), told)
    host = host_usable_gib(cpu, engine)
    pools = (
        Pool(cards_name(machine.gpus), card, share * demand.weights_gib, share * kv, overhead),
        Pool(f"RAM of {cpu.name}", host, (1 - share) * demand.weights_gib, (1 - share) * kv, 0.0),
    )
    everything = card + host - overhead - demand.weights_gib
    return _two_pools(pools, demand, workload, share, 0.0, everything)


def _expert_offload(
    machine: Machine, demand: Demand, engine: Engine, workload: Workload, told: Number
) -> MemoryFit:
    """Attention, shared weights and cache on the cards, as many experts as fit beside them.

    Or the share of the experts it was ``told`` to keep in RAM.
    """
    cpu = _need_cpu(machine)
    kv = workload.concurrency * demand.kv_per_sequence_gib
    card, overhead = _all_cards(machine.gpus, engine)
    shared = demand.weights_gib - demand.experts_gib
    room = card - overhead - shared - kv
    host_share = _or_told(1 - clip(divide(room, demand.experts_gib), 0.0, 1.0), told)
    on_host = host_share * demand.experts_gib
    host = host_usable_gib(cpu, engine)
    pools = (
        Pool(cards_name(machine.gpus), card, demand.weights_gib - on_host, kv, overhead),
        Pool(f"RAM of {cpu.name}", host, on_host, 0.0, 0.0),
    )
    everything = card + host - overhead - demand.weights_gib
    beside_shared = card - overhead - shared  # the cache has to lie on the card
    cache_room = at_most(everything, beside_shared)
    return _two_pools(pools, demand, workload, 1.0, host_share, cache_room)


def _or_told(best: Number, told: Number) -> Number:
    """The share somebody set, where somebody did."""
    return where(known(told), clip(told, 0.0, 1.0), best)


def _all_cards(gpus: tuple[Gpu, ...], engine: Engine) -> tuple[Number, Number]:
    """Usable memory of all cards together, and what the engine takes of it."""
    if not gpus:
        raise ValueError("This placement needs a GPU.")
    capacity: Number = 0.0
    overhead: Number = 0.0
    for gpu in gpus:
        capacity = capacity + gpu.count * usable_gib(gpu, engine)
        overhead = overhead + gpu.count * engine.overhead_gib
    return capacity, overhead


def _two_pools(
    pools: tuple[Pool, Pool],
    demand: Demand,
    workload: Workload,
    gpu_share: Number,
    host_share: Number,
    cache_room: Number,
) -> MemoryFit:
    """Fits when both pools do; ``cache_room`` GiB is what all caches together may take."""
    first, second = pools
    required = demand.weights_gib + first.kv_gib + second.kv_gib + first.overhead_gib
    available = first.capacity_gib + second.capacity_gib
    both = at_most(first.free_gib, second.free_gib)
    # rounding may leave a card that is exactly full a few bytes short
    fits = where(known(both), (np.greater_equal(both, -1e-9)).astype(float), UNKNOWN)
    return MemoryFit(
        fits=fits,
        required_gib=required,
        available_gib=available,
        pools=pools,
        running=workload.concurrency,
        concurrency_max=at_least(whole(divide(cache_room, demand.kv_per_sequence_gib)), 0.0),
        context_max_tokens=_context_max(cache_room, demand, workload, workload.concurrency, 1.0),
        gpu_share=gpu_share,
        host_share=host_share,
    )


def _context_max(
    room: Number, demand: Demand, workload: Workload, running: Number, copies: Number
) -> Number:
    """Tokens of context for which ``room`` GiB is enough, all running sequences alike.

    Unlimited (infinite) where the cache does not grow.
    """
    fixed = demand.kv_per_sequence_gib - demand.kv_per_token_gib * workload.context_tokens
    tokens = divide(room / (running * copies) - fixed, demand.kv_per_token_gib)
    return at_least(whole(tokens), 0.0)


def _need_cpu(machine: Machine) -> Cpu:
    if machine.cpu is None:
        raise ValueError("This placement needs a CPU with memory.")
    return machine.cpu


def _count(gpu: Gpu) -> str:
    counts = np.unique(np.ravel(gpu.count))
    return f"{counts[0]:.0f}" if counts.size == 1 else "n"

"""A measured run as the question we would have been asked about it: row -> BuildSpec.

One row may hold a prompt speed, a decode speed and a time to the first token. Under llama-bench
those are separate tests, each from its own depth; under a serving benchmark one run.
"""

import re
from dataclasses import dataclass
from statistics import fmean
from typing import Any, Literal

from pydantic import ValidationError

from app.builds.query import problems_of
from app.builds.spec import BuildSpec
from app.catalogue.facts import CpuFacts, EngineFacts, MeasurementFacts
from app.catalogue.snapshot import Catalogue

Quantity = Literal["prefill_tps", "decode_tps", "ttft_ms"]
QUANTITIES: tuple[Quantity, ...] = ("prefill_tps", "decode_tps", "ttft_ms")

#: LocalScore's figures are means over nine tests; one test of this size gives about the same.
LOCALSCORE_PROMPT, LOCALSCORE_DEPTH = 335, 1840
#: Prompts of those nine tests; rows state their mean.
LOCALSCORE_PROMPTS = (1024, 4096, 2048, 2048, 1024, 1280, 384, 64, 16)
#: What the mean prompt has before it, so that its attention, which grows with a prompt's square,
#: is the mean of the nine: (mean square / mean - mean) / 2.
LOCALSCORE_SPREAD = round(
    (sum(p * p for p in LOCALSCORE_PROMPTS) / sum(LOCALSCORE_PROMPTS) - fmean(LOCALSCORE_PROMPTS))
    / 2
)
#: Where a run does not say: llama-bench's own defaults.
USUAL_PROMPT, USUAL_GENERATED = 512, 128
#: Share of a card's memory that weights may take where every card holds a copy.
ROOMY = 0.8
#: Requests an offline run keeps in flight where it does not say.
OFFLINE_REQUESTS = 1024
#: Share of a closed loop's requests that start together: usual clients send ten for every place.
CLOSED_LOOP = 0.1
#: What a row says whose requests all come at the same moment (at a rate that means just that).
AT_ONCE = re.compile(
    r"(?<!= all )at once|(\d{1,9}) req/s \(\1 = all at once\)"
    r"|static inference|at batch|llama-benchy"
)
#: Share of them that stay together where all are of one length: between those that take turns,
#: pulled apart by each other's prompts, and those that start anew all at once.
STAYING_TOGETHER = 0.5
#: What a row says whose requests are all of one length.
EQUAL_LENGTHS = re.compile(r"random prompts|random data|engine replica")
#: What a row says whose time to the first token is a median.
MEDIAN = re.compile(r"TTFT is the median|median TTFT|medians of")
#: What a row says whose requests are those of ShareGPT: most prompts short, a few very long.
SHAREGPT = re.compile("sharegpt", re.IGNORECASE)
#: Their median over their mean, 123 of 225 tokens: the histogram of 1,003 requests as benchmarks
#: draw them (up to 1,024 tokens) in pull request 1853 of sgl-project/sglang.
MEDIAN_PROMPT = 0.55
#: What a row says whose whole depth is read again with every request.
RESENT = "the depth is sent again"
#: Parallelism in words of the measurement files -> placement.
PLACEMENTS = {
    "tensor": "tensor-parallel",
    "layer": "layer-split",
    "rpc": "layer-split",
    "pipeline": "layer-split",
    "expert-offload": "expert-offload",
    "layer-offload": "layer-offload",
}
#: Cache formats as people write them.
_KV_NAMES = {
    "bf16": "f16",
    "fp16": "f16",
    "auto": "f16",
    "q8": "q8_0",
    "int8": "q8_0",
    "q4": "q4_0",
    "fp8_e4m3": "fp8",
    "fp8_e5m2": "fp8",
}
#: Words in a row's notes -> link between its machines, the first that is found.
LINKS = {
    "thunderbolt 5": "thunderbolt-5",
    "thunderbolt": "thunderbolt-4",
    "usb4": "thunderbolt-4",
}
#: The link where a row names none.
USUAL_LINK = "10-gbe"
UNSUPPORTED = {
    "row": "split by rows is not modelled",
    "tensor+pipeline": "tensor and pipeline parallelism together are not modelled",
}
_FULL_REASON = "{what} “{name}” is not in the catalogue"


class NoMatch(Exception):  # noqa: N818  # says what is wrong, as its reader sees it
    """The row cannot be asked about; the message says why."""


@dataclass(frozen=True, slots=True)
class Question:
    """What we would have been asked before somebody measured it."""

    quantity: Quantity
    measured: float
    spec: BuildSpec
    whole_run: bool  # the measured speed counts the time prompts took as well
    replicas: int = 1  # independent copies of the build that made the measured throughput


@dataclass(frozen=True, slots=True)
class Host:
    """The CPU side of a run; what of its memory nobody states is ``None``."""

    cpu: CpuFacts
    channels: float | None
    mts: float | None
    size_gib: float


def questions_of(row: MeasurementFacts, catalogue: Catalogue) -> list[Question]:
    """The measured quantities of a row, each with the build that would predict it.

    Raises:
        NoMatch: the catalogue lacks something the row names, or the run is of a kind nobody here
            models.
    """
    replicas = _replicas(row, catalogue)
    if replicas > 1:
        shared = {
            "gpu_count": max(1, round((row.gpu_count or 1) / replicas)),
            "concurrency": row.concurrency and max(1.0, row.concurrency / replicas),
        }
        row = row.model_copy(update=shared)
    machine = _machine(row, catalogue)
    deployment = _deployment(row, catalogue)
    engine = catalogue.engines[deployment["engine"]]
    size_gib = _stated_size_gib(row, catalogue)
    if size_gib is not None:
        machine["overrides"]["model.weights_gib"] = size_gib
    asked: list[Question] = []
    for quantity, measured in (
        ("prefill_tps", row.prefill_tps),
        ("decode_tps", row.decode_tps),
        ("ttft_ms", row.ttft_ms),
    ):
        if measured is None or measured <= 0:
            continue
        if quantity == "prefill_tps" and row.ttft_ms and engine.batching == "continuous":
            continue  # prompt ÷ first token: the same figure twice
        if quantity == "ttft_ms" and (row.prompt_tokens is None or _crowd_open(row, engine)):
            continue  # a wait for nobody knows how long a prompt, or behind how many others
        workload = _workload(row, quantity, engine, replicas)  # type: ignore[arg-type]
        try:
            spec = BuildSpec.model_validate(
                {
                    "machine": machine,
                    "deployment": {**deployment, "context_tokens": 16},
                    "workload": workload,
                }
            )
        except ValidationError as error:
            raise NoMatch("; ".join(p.message for p in problems_of(error))) from error
        many = replicas if quantity == "decode_tps" else 1
        whole_run = quantity == "decode_tps" and row.decode_kind == "end_to_end"
        asked.append(Question(quantity, float(measured), spec, whole_run, many))  # type: ignore[arg-type]
    if not asked:
        raise NoMatch("the row states no speed")
    return asked


def _replicas(row: MeasurementFacts, catalogue: Catalogue) -> int:
    """Independent copies: data parallelism, stated, or what offline runs of small models do."""
    cards = row.gpu_count or 1
    stated = re.search(r"(\d{1,9}) engine replica\(s\)", row.notes or "")
    if stated:
        return min(int(stated[1]), max(1, round(cards)))
    gpu, model = catalogue.gpus.get(row.gpu_slug or ""), catalogue.models.get(row.model_slug or "")
    quantization = catalogue.quantizations.get(row.quantization_slug or "")
    if cards == 1 or gpu is None or model is None or quantization is None:
        return 1
    bits, total, room = quantization.body_bits, model.params_total_b, gpu.memory_gib
    if bits is None or total is None or room is None or total * bits / 8 > ROOMY * room:
        return 1
    engine = catalogue.engines.get(row.engine_slug or "")
    offline = row.parallelism is None and row.concurrency is None
    serving = engine is not None and engine.batching == "continuous"
    whole = row.decode_kind == "end_to_end"
    return cards if row.parallelism == "data" or (offline and serving and whole) else 1


def _stated_size_gib(row: MeasurementFacts, catalogue: Catalogue) -> float | None:
    """Size of the weights where the format alone does not give it: EXL files state their bits."""
    bits = re.search(r"(\d{1,9}(?:\.\d{1,9})?) ?bpw", row.quantization_name or "", re.IGNORECASE)
    total = catalogue.models[row.model_slug].params_total_b if row.model_slug else None
    if bits is None or total is None:
        return None
    return float(bits[1]) / 8 * total * 1e9 / 2**30


def _need(what: str, name: str | None, slug: str | None) -> str:
    if slug is None:
        if name:
            raise NoMatch(_FULL_REASON.format(what=what, name=name))
        raise NoMatch(f"the row names no {what}")
    return slug


def _deployment(row: MeasurementFacts, catalogue: Catalogue) -> dict[str, Any]:
    if row.parallelism in UNSUPPORTED:
        raise NoMatch(UNSUPPORTED[row.parallelism])
    engine = _need("engine", row.engine_name, row.engine_slug)
    tree: dict[str, Any] = {
        "model": _need("model", row.model_name, row.model_slug),
        "quantization": _need("format", row.quantization_name, row.quantization_slug),
        "engine": engine,
        "kv_dtype": _kv(row, catalogue),
        "placement": _placement(row, catalogue.engines[engine], catalogue),
    }
    words = " ".join(filter(None, (row.offload_note, row.notes)))
    ubatch = re.search(
        r"(?:-ub|ubatch(?: size)?|chunk_size|chunk|max-num-batched-tokens)[ =]*(\d{1,9})", words
    )
    if ubatch and row.kind != "cpu":
        tree["ubatch_tokens"] = int(ubatch[1])
    if ubatch is None and _swept(row, catalogue.engines[engine]):
        tree["ubatch_tokens"] = round(row.prompt_tokens or 0)
    if row.observed_on and re.fullmatch(r"20\d\d(-\d\d(-\d\d)?)?", row.observed_on):
        tree["engine_date"] = row.observed_on
    if row.flash_attention in ("0", "1"):
        tree["flash_attention"] = row.flash_attention == "1"
    tree.update(_offload(row, words, catalogue.models[tree["model"]].n_layers))
    return tree


def _offload(row: MeasurementFacts, words: str, n_layers: int | None) -> dict[str, int]:
    """Layers on the card, or experts off it, as the run's options say."""
    if row.parallelism == "layer-offload":
        layers = re.search(r"-?ngl (\d{1,9})", words) or re.search(
            r"(\d{1,9}) of \d{1,9} layers", words
        )
        return {"gpu_layers": int(layers[1])} if layers else {}
    if row.parallelism == "expert-offload":
        on_card = re.search(r"(\d{1,9})% of experts on GPU", words)
        if on_card and n_layers:
            return {"cpu_expert_layers": round(n_layers * (1 - int(on_card[1]) / 100))}
        layers = (
            re.search(r"expert tensors of (\d{1,9}) layers", words)
            or re.search(r"-n-cpu-moe (\d{1,9})", words)
            or re.search(r"-ncmoe (\d{1,9})", words)
            or re.search(r"-mcl (\d{1,9})", words)
            or re.search(r"moe_cpu_offload (\d{1,9})", words)
        )
        return {"cpu_expert_layers": int(layers[1]) if layers else 1000}
    return {}


def _kv(row: MeasurementFacts, catalogue: Catalogue) -> str:
    """The cache's format; unstated, 16 bit.

    Not so where the checkpoint names one: NVFP4 files carry FP8 scales for it, and TensorRT-LLM
    keeps it as its 8-bit weights.
    """
    if row.kv_dtype is not None:
        first = re.split(r"[\s/,]", row.kv_dtype.lower().removeprefix("kv-"))[0]
        return _KV_NAMES.get(first, first)
    quantization = catalogue.quantizations.get(row.quantization_slug or "")
    family = quantization.family if quantization is not None else ""
    small = family == "nv" or (family == "fp8" and row.engine_slug == "tensorrt-llm")
    return "fp8" if small else "f16"


def _placement(row: MeasurementFacts, engine: EngineFacts, catalogue: Catalogue) -> str:
    """Where the model lay."""
    if row.kind == "cpu" or row.gpu_slug is None:
        return "cpu-only"
    cards = row.gpu_count or 1
    if row.parallelism in PLACEMENTS and (cards > 1 or "offload" in row.parallelism):
        return PLACEMENTS[row.parallelism]
    if cards > 1:
        return "tensor-parallel" if engine.batching == "continuous" else "layer-split"
    return "unified-memory" if catalogue.gpus[row.gpu_slug].unified_memory else "one-gpu"


def _machine(row: MeasurementFacts, catalogue: Catalogue) -> dict[str, Any]:
    cpu_run = row.kind == "cpu" or not (row.gpu_name or row.gpu_slug)
    tree: dict[str, Any] = {"overrides": {}}
    if not cpu_run:
        gpu = _need("GPU", row.gpu_name, row.gpu_slug)
        facts = catalogue.gpus[gpu]
        nodes = _nodes(row)
        tree["gpus"] = [{"gpu": gpu, "count": max(1, round((row.gpu_count or 1) / nodes))}]
        tree["nodes"] = nodes
        if nodes > 1:
            tree["link"] = _link(row)
        board = catalogue.cpus.get(row.cpu_slug or "")
        if board is not None and not facts.unified_memory:
            tree["cpu"] = board.slug
        if row.power_cap_w:
            tree["overrides"]["gpu.power_cap_w"] = row.power_cap_w
        if facts.unified_memory and row.memory_gib:
            tree["overrides"]["memory.size_gib"] = row.memory_gib
    if cpu_run or "offload" in (row.parallelism or ""):
        host = host_of(row, catalogue)
        tree["cpu"] = host.cpu.slug
        tree["sockets"] = row.sockets or 1
        if row.sockets == 2 and "one socket" in f"{row.offload_note} {row.notes}":
            tree["sockets"] = 1
        tree["overrides"]["memory.size_gib"] = max(host.size_gib, 8192.0)
        if host.channels is not None:
            tree["overrides"]["memory.channels"] = host.channels
        if host.mts is not None:
            tree["overrides"]["memory.mts"] = host.mts
        if row.threads and cpu_run:
            tree["overrides"]["cpu.threads"] = float(row.threads)
    return tree


def _nodes(row: MeasurementFacts) -> int:
    if row.kind != "multi-node":
        return 1
    return max(2, row.gpu_count or 2)


def _link(row: MeasurementFacts) -> str:
    words = f"{row.offload_note} {row.notes}".lower()
    return next((link for name, link in LINKS.items() if name in words), USUAL_LINK)


def host_of(row: MeasurementFacts, catalogue: Catalogue) -> Host:
    """CPU and memory of the machine, its own or, where the row is silent, a usual one.

    Raises NoMatch where the row names a CPU the catalogue lacks, or a CPU-only run names none.
    """
    cpu = catalogue.cpus.get(row.cpu_slug or "")
    offload = "offload" in (row.parallelism or "")
    if cpu is None and (row.kind == "cpu" or not offload):
        _need("CPU", row.cpu_name, row.cpu_slug)
    if cpu is None:
        cpu = _usual_cpu(row, catalogue)
    channels = row.memory_channels / (row.sockets or 1) if row.memory_channels else None
    if (channels or cpu.memory_channels) is None or (row.memory_mts or cpu.memory_mts_max) is None:
        raise NoMatch(f"neither the row nor the catalogue states the memory of {cpu.name}")
    plugged = None if channels is None else max(1.0, float(round(channels)))
    return Host(cpu, plugged, row.memory_mts, row.memory_gib or 64.0)


def _usual_cpu(row: MeasurementFacts, catalogue: Catalogue) -> CpuFacts:
    """A common CPU with that kind and size of memory, for offload runs that name none."""
    old = bool(row.memory_type and row.memory_type.upper().startswith("DDR4"))
    server = (row.memory_gib or 0) > 256 or (row.sockets or 1) > 1
    laptop = "laptop" in f"{row.notes} {row.gpu_name}".lower()
    if server:
        slug = "amd-epyc-7763" if old else "amd-epyc-9354"
    elif laptop:
        slug = "amd-ryzen-9-7940hs"
    else:
        slug = "amd-ryzen-9-5950x" if old else "amd-ryzen-9-7950x"
    found = catalogue.cpus.get(slug)
    if found is None:
        raise NoMatch("the row names no CPU")
    return found


def _workload(
    row: MeasurementFacts, quantity: Quantity, engine: EngineFacts, replicas: int
) -> dict[str, Any]:
    """Lengths and depth of the test that gave one of a row's figures."""
    local_score = engine.family == "llamafile"
    prompt = max(1, round(row.prompt_tokens or USUAL_PROMPT))
    generated = max(1, round(row.generated_tokens or USUAL_GENERATED))
    depth = None if row.context_depth is None else round(row.context_depth)
    resent = RESENT in (row.notes or "")
    if resent:
        prompt += depth or 0
    users = _users(row, engine)
    tree: dict[str, Any] = {"use_case": "uc2", "concurrency": users}
    if users > 1 and quantity != "prefill_tps":
        tree["together"] = _together(row, users, replicas)
    if quantity == "prefill_tps":
        if local_score:
            prompt = LOCALSCORE_PROMPT
        # decode that follows its prompt is listed at the depth of that prompt
        cached = 0 if depth is None or depth == prompt > 1 or resent else depth
        return {**tree, "prompt_tokens": prompt, "generated_tokens": 1, "cached_tokens": cached}
    if quantity == "ttft_ms" or row.decode_kind == "end_to_end":
        if quantity == "ttft_ms" and _of_a_shorter_prompt(row):
            prompt = max(1, round(prompt * MEDIAN_PROMPT))
        if local_score and quantity == "ttft_ms":  # the mean wait of nine tests
            tree["cached_tokens"] = LOCALSCORE_SPREAD
        return {**tree, "prompt_tokens": prompt, "generated_tokens": generated}
    if local_score:
        depth, generated = LOCALSCORE_DEPTH, 2
    elif depth is None or (depth == 0 and users > 1):
        depth = prompt if row.prompt_tokens else 0
    # generation alone: the context is there, and no prompt shares the steps
    return {**tree, "prompt_tokens": 1, "generated_tokens": generated, "cached_tokens": depth}


def _of_a_shorter_prompt(row: MeasurementFacts) -> bool:
    """Whether a time to the first token is that of the median request, but the prompt the mean."""
    skewed = SHAREGPT.search(f"{row.notes} {row.source}")
    return bool(skewed and MEDIAN.search(row.notes or ""))


def _users(row: MeasurementFacts, engine: EngineFacts) -> int:
    """Requests in flight; an offline run of a serving engine takes as many as there is room for."""
    if row.concurrency is not None:
        return max(1, round(row.concurrency))
    if engine.batching != "continuous":
        return 1
    if row.decode_tps and row.decode_tps_per_user:  # what all get over what one gets
        return max(1, round(row.decode_tps / row.decode_tps_per_user))
    return OFFLINE_REQUESTS if row.decode_kind == "end_to_end" else 1


def _crowd_open(row: MeasurementFacts, engine: EngineFacts) -> bool:
    """Whether requests came as they liked and nobody says how many were in flight."""
    stated = row.concurrency is not None or bool(row.decode_tps and row.decode_tps_per_user)
    return engine.batching == "continuous" and not stated


def _together(row: MeasurementFacts, users: int, replicas: int) -> float:
    """Share of a benchmark's requests that came at the same moment, as far as a row tells.

    Prompts and answers of one length keep together what started together. Of others a mean counts
    the share that did, a median the larger part only.
    """
    notes = row.notes or ""
    share = _started_together(notes.lower(), users, replicas)
    if EQUAL_LENGTHS.search(notes):
        return max(share, STAYING_TOGETHER)
    return float(share >= 0.5) if MEDIAN.search(notes) else share


def _started_together(words: str, users: int, replicas: int) -> float:
    """Share of the requests that came with the first ones; ``users`` are those of one replica."""
    if AT_ONCE.search(words):
        return 1.0
    stated = re.search(r"(\d{1,9}) (?:requests|prompts|sharegpt-like prompts)", words)
    if stated:  # the first of every place start together, those that follow take turns
        return min(1.0, users * replicas / int(stated[1]))
    if re.search(r"poisson|req/s|arrival-rate|replay", words):
        return 0.0
    return CLOSED_LOOP


def _swept(row: MeasurementFacts, engine: EngineFacts) -> bool:
    """Whether a run is a sweep through a context, whose every prompt is one pass of its own."""
    stepped = row.context_depth is not None and (row.prompt_tokens or 0) >= USUAL_PROMPT
    return stepped and engine.family == "ik_llama.cpp" and row.kind != "cpu"

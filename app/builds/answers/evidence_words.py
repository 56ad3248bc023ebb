"""Measured runs in words: what was run, by whom, and how it differs from the question."""

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from app.builds.answers.measured_runs import ABOUT_CORES, COMPARABLE, DEPTH_FLOOR, Run, Sight
from app.builds.assessment import EvidenceRun
from app.builds.words import THIN, grouped, listed, number, significant
from app.catalogue.facts import EngineFacts
from app.catalogue.snapshot import Catalogue

#: Sources named in a sentence; the others are counted.
_NAMED = 2
_PLACES = {
    "gpu": "all on the GPU",
    "layer-offload": "some layers in RAM",
    "expert-offload": "experts in RAM",
    "cpu": "on the CPU",
}
_SPLITS = {"tensor": "tensor parallel", "layer": "layers split"}


@dataclass(frozen=True, slots=True)
class Question:
    """A build in the terms of the runs."""

    sight: Sight
    engine: EngineFacts
    mixed: bool  # cards of several kinds
    own_figures: bool  # the user's figures make another device of it


def measured_sentence(told: list[Run], count: int, ask: Sight) -> str:
    """How many runs, of whom, and where those told of lie, at what depth."""
    speeds = [run.decode_tps for run in told if run.decode_tps is not None]
    whose = list(dict.fromkeys(origin(run.facts.source) for run in told))
    if len(whose) > _NAMED + 1:
        whose = [*whose[:_NAMED], f"{len(whose) - _NAMED} others"]
    runs = "one run" if count == 1 else f"{count} runs"
    near = "" if len(told) == count else f", {len(told)} of them at about this length,"
    lie = "lies" if len(told) == 1 or count == 1 else "lie"
    each = " for each request" if ask.users > 1 else ""
    prompts = ", prompts included" if all(run.whole_run for run in told) else ""
    depths = span((run.sight.depth_tokens for run in told), grouped)
    return (
        f"This very combination was measured: {runs} by {listed(whose)}{near} {lie} at "
        f"{span(speeds, significant)}{THIN}tok/s{each} with {depths} tokens of context "
        f"(yours: {grouped(ask.depth_tokens)}){prompts}."
    )


def span(values: Iterable[float], words: Callable[[float], str]) -> str:
    """Lowest to highest: "118–131", or one figure where both read the same."""
    found = sorted(values)
    low, high = words(found[0]), words(found[-1])
    return low if low == high else f"{low}–{high}"


def origin(source: str | None) -> str:
    """Who published a run, short enough for a sentence: "ggml-org/llama.cpp"."""
    if not source:
        return "an unnamed source"
    if "localscore" in source.lower():
        return "LocalScore"
    plain = re.sub(r"^https?://(www\.)?", "", source)
    plain = re.split(r"[ (#?]", plain, maxsplit=1)[0]
    if plain.startswith("github.com/"):
        return "/".join(plain.split("/")[1:3])
    repository = re.match(r"^[\w.-]+/[\w.-]+(?=:|$)", plain)
    return repository[0] if repository else plain.split("/")[0].rstrip(":")


def shown(run: Run, question: Question, catalogue: Catalogue) -> EvidenceRun:
    """One run as an answer shows it."""
    facts, sight = run.facts, run.sight
    return EvidenceRun(
        row_id=facts.row_id,
        slug=facts.slug,
        hardware=hardware_of(sight, catalogue),
        model=catalogue.models[sight.model].name,
        quantization=catalogue.quantizations[sight.quantization].name,
        engine=catalogue.engines[sight.engine].name,
        engine_version=facts.engine_version,
        observed_on=facts.observed_on,
        source=facts.source,
        concurrency=number(sight.users),
        prompt_tokens=facts.prompt_tokens,
        context_depth=sight.depth_tokens,
        prefill_tps=facts.prefill_tps,
        decode_tps=run.decode_tps,
        ttft_ms=facts.ttft_ms,
        differs=differences(run, question, catalogue),
    )


def hardware_of(sight: Sight, catalogue: Catalogue) -> str:
    """What did the work: "2 × GeForce RTX 3090"."""
    gpu, cpu = catalogue.gpus.get(sight.gpu or ""), catalogue.cpus.get(sight.cpu or "")
    name = gpu.name if gpu is not None else cpu.name if cpu is not None else ""
    if gpu is not None and cpu is not None and sight.where != "gpu":
        name += f" + {cpu.name}"
    return f"{sight.cards:.0f} × {name}" if sight.cards > 1 else name


def differences(run: Run, question: Question, catalogue: Catalogue) -> list[str]:
    """What is different from the question, the weightiest first; empty where nothing is."""
    had, ask = run.sight, question.sight
    words = [
        *_devices(had, question, catalogue),
        *_names(had, ask, question, catalogue),
    ]
    if had.where != ask.where:
        words.append(f"{_PLACES[had.where]} instead of {_PLACES[ask.where]}")
    elif had.split != ask.split and had.split and ask.split:
        words.append(f"{_SPLITS[had.split]} instead of {_SPLITS[ask.split]}")
    if math.isnan(had.users):
        words.append("as many requests at once as there was room for")
    elif abs(math.log2(had.users / ask.users)) > math.log2(1.25):
        words.append(f"{_requests(had.users)} instead of {grouped(ask.users)}")
    if _doublings(had.depth_tokens + DEPTH_FLOOR, ask.depth_tokens + DEPTH_FLOOR) > COMPARABLE:
        words.append(f"{_context(had.depth_tokens)} instead of {grouped(ask.depth_tokens)}")
    if run.decode_tps is None:
        words.append("no speed of one request stated")
    elif run.whole_run:
        words.append("the prompt's time counted as well")
    return words


def _devices(had: Sight, question: Question, catalogue: Catalogue) -> list[str]:
    ask = question.sight
    words = []
    same = had.gpu == ask.gpu if ask.gpu and had.gpu else had.gpu == ask.gpu and had.cpu == ask.cpu
    if not same:
        words.append(f"{_device(had, catalogue)} instead of {_device(ask, catalogue)}")
    elif question.mixed:
        words.append("cards of one kind only")
    elif question.own_figures:
        words.append("the catalogue's figures instead of your own")
    if had.cards != ask.cards:
        what = "socket" if ask.gpu is None and had.gpu is None else "card"
        more = "" if had.cards == 1 else "s"
        words.append(f"{had.cards:.0f} {what}{more} instead of {ask.cards:.0f}")
    if had.nodes != ask.nodes:
        words.append("several machines" if had.nodes > ask.nodes else "one machine")
    if same and had.where == ask.where != "gpu":
        words += _host(had, ask, catalogue)
    capped = not math.isnan(had.power_cap_w)
    if same and capped and had.power_cap_w != ask.power_cap_w:
        words.append(f"limited to {grouped(had.power_cap_w)}{THIN}W")
    elif same and not capped and not math.isnan(ask.power_cap_w):
        words.append("no power limit")
    return words


def _host(had: Sight, ask: Sight, catalogue: Catalogue) -> list[str]:
    """The CPU behind a card, and its memory."""
    if had.gpu is not None and had.cpu != ask.cpu:
        cpu = catalogue.cpus.get(had.cpu or "")
        return [f"behind {cpu.name}" if cpu is not None else "nobody says which CPU"]
    words = []
    if _doublings(had.memory_gbs, ask.memory_gbs) > math.log2(1.25):
        words.append(
            f"memory of {grouped(had.memory_gbs)} GB/s instead of {grouped(ask.memory_gbs)}"
        )
    if had.where == "cpu" and _doublings(had.busy_cores, ask.busy_cores) > ABOUT_CORES:
        words.append(
            f"{grouped(had.busy_cores)} cores at work instead of {grouped(ask.busy_cores)}"
        )
    return words


def _names(had: Sight, ask: Sight, question: Question, catalogue: Catalogue) -> list[str]:
    words = []
    if had.model != ask.model:
        models = catalogue.models
        words.append(f"{models[had.model].name} instead of {models[ask.model].name}")
    if had.quantization != ask.quantization:
        formats = catalogue.quantizations
        words.append(
            f"{formats[had.quantization].name} instead of {formats[ask.quantization].name}"
        )
    engine = catalogue.engines[had.engine]
    if (engine.family, engine.backend) != (question.engine.family, question.engine.backend):
        words.append(f"{engine.name} instead of {question.engine.name}")
    return words


def _device(sight: Sight, catalogue: Catalogue) -> str:
    gpu, cpu = catalogue.gpus.get(sight.gpu or ""), catalogue.cpus.get(sight.cpu or "")
    return gpu.name if gpu is not None else cpu.name if cpu is not None else "another device"


def _requests(users: float) -> str:
    return "one request at once" if users == 1 else f"{grouped(users)} requests at once"


def _context(tokens: float) -> str:
    return f"{grouped(tokens)} tokens of context" if tokens >= 1 else "an empty context"


def _doublings(one: float, other: float) -> float:
    """How many times one figure has to double to reach the other; NaN where either is unknown."""
    return abs(math.log2(one / other)) if one > 0 and other > 0 else math.nan

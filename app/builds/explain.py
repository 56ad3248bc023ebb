"""An assessment with the calculation laid open: what the method page shows of a build."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import SupportsFloat

from app.builds.answers.placements import choose
from app.builds.answers.terms import Account, account_of
from app.builds.assemble import Assembled, assemble
from app.builds.assess import World, assess
from app.builds.assessment import Assessment
from app.builds.parts import resolve_parts
from app.builds.spec import BuildSpec
from app.builds.words import number
from app.estimator.cpu_bandwidth import machine_bandwidth_gbs, peak_tflops
from app.estimator.estimate import Estimate
from app.estimator.weights import head_params_b
from app.estimator.workload import READING_RAM, blocks


@dataclass(frozen=True, slots=True)
class Symbol:
    """A figure the formulas name, with its value for the build at hand."""

    words: str
    meaning: str
    value: float | None
    unit: str


@dataclass(frozen=True, slots=True)
class Width:
    """How the half-width of an interval came about."""

    words: str
    own: float | None  # of the class of run
    widened: float | None  # for figures that were stood in for
    whole: float | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """A build's answer, and all that led to it."""

    assessment: Assessment
    accounts: list[Account]
    symbols: list[Symbol]
    widths: list[Width]
    together: float


def explain(spec: BuildSpec, world: World) -> Explanation:
    """Assess a build and take the answer apart.

    Raises:
        InvalidSpecError: as `assess`.
    """
    assessment = assess(spec, world)
    parts = resolve_parts(assessment.spec, world.catalogue)
    assembled = assemble(assessment.spec, parts, world.catalogue, world.calibration)
    found = choose(assembled, assessment.spec.deployment.placement)
    if found is None:
        return Explanation(assessment, [], [], [], 0.0)
    return Explanation(
        assessment=assessment,
        accounts=[
            account_of(assembled, found, world.calibration, "decode"),
            account_of(assembled, found, world.calibration, "prefill"),
        ],
        symbols=list(_symbols(assembled, found)),
        widths=list(_widths(assembled, found)),
        together=float(assembled.setting.workload.together),
    )


def _widths(assembled: Assembled, found: Estimate) -> Iterator[Width]:
    by = assembled.setting.widening[found.placement]
    confidence = found.confidence
    widths = [
        ("Decode", float(confidence.decode_factor), by.decode),
        ("Prefill", float(confidence.prefill_factor), by.prefill),
    ]
    first, first_widened = float(assembled.setting.ttft_factor), 1.0
    if math.isnan(first):  # a class without first tokens of its own takes what its prompts have
        _, first, first_widened = widths[1]
    widths.append(("First token", first, first_widened))
    for words, whole, widened in widths:
        yield Width(words, number(whole / widened), number(widened), number(whole))


def _symbols(assembled: Assembled, found: Estimate) -> Iterator[Symbol]:
    """In the order of the formulas: the request, the model, the machine."""
    s = assembled.setting
    model, work, machine = s.model, s.workload, s.machine

    def of(words: str, meaning: str, value: SupportsFloat, unit: str = "") -> Symbol:
        return Symbol(words, meaning, number(value), unit)

    yield of("requests", "running at once; the others wait", found.memory.running)
    yield of("prompt", "tokens read before the answer starts", work.prompt_tokens, "tokens")
    yield of("tokens", "of the answer", work.generated_tokens, "tokens")
    yield of("depth", "context at the middle of the answer", found.step.depth_tokens, "tokens")
    yield of("tokens per pass", "of a prompt, at most", s.engine.ubatch_tokens, "tokens")
    yield of("active weights", "read for each token", model.read_per_token_b, "10⁹")
    yield of("head", "the output matrix, once a prompt", head_params_b(model), "10⁹")
    yield of("layers", "as the model's author counts them", model.n_layers)
    yield of("blocks of layers", "a mixer and a feed-forward part each", blocks(model))
    yield of("heads", "of attention", model.n_heads)
    yield of("head size", "numbers in one head", model.head_dim)
    if float(model.n_experts) > 0:
        yield of("E", "experts of a layer", model.n_experts)
        yield of("k", "experts a token wakes", model.n_experts_per_token)
    if found.placement != "cpu-only":
        for gpu in machine.gpus:
            yield of("g", f"GPUs: {gpu.name}", gpu.count)
            yield of("bandwidth", f"of one {gpu.name}", gpu.bandwidth_gbs, "GB/s")
            yield of("FP32 peak", f"of one {gpu.name}", gpu.fp32_tflops, "TFLOPS")
            peak = gpu.serving_tflops if s.engine.serving else gpu.compute_tflops
            yield of("compute peak", f"of one {gpu.name}, for this format", peak, "TFLOPS")
            yield of("power", f"one {gpu.name} may draw", gpu.power_w, "W")
            if found.placement in READING_RAM:
                yield of("PCIe", "from RAM to the card, really", gpu.host_link_gbs, "GB/s")
    if machine.cpu is not None and found.placement in READING_RAM:
        cpu = machine.cpu
        yield of("CPU bandwidth", f"of {cpu.name}", machine_bandwidth_gbs(cpu), "GB/s")
        yield of("compute peak of the cores", f"of {cpu.name}", peak_tflops(cpu), "TFLOPS")

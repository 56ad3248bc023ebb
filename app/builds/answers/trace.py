"""How the numbers came about: every step of the calculation, in order, with its formula."""

from typing import SupportsFloat

from app.builds.answers.placements import LABELS
from app.builds.answers.speed import TERM_LABELS, step_bytes
from app.builds.assemble import Assembled
from app.builds.assessment import Step
from app.builds.words import capital, number
from app.estimator.cpu_bandwidth import machine_bandwidth_gbs, peak_tflops
from app.estimator.decode import total_s
from app.estimator.estimate import Estimate
from app.estimator.kv_cache import stored_bytes_per_sequence
from app.estimator.numbers import GB, GIB, Number
from app.estimator.prefill import body_flop_per_token
from app.estimator.weights import expert_params_b, experts_touched, read_bytes, stored_bytes
from app.estimator.workload import READING_RAM

DECODE_FORMULAS = {
    "weights": "bytes of weights ÷ bandwidth × cost",
    "kv": "bytes of cache ÷ bandwidth × cost",
    "attention": "4 × layers × heads × head size × depth ÷ FP32 peak × cost",
    "dequantize": "weights read ÷ FP32 peak × cost",
    "layers": "blocks of layers × cost of one",
    "compute": "2 × active weights ÷ compute peak of the cores × cost",
    "batch": "2 × active weights × tokens of the others ÷ compute peak × cost",
    "tokens": "2 × active weights × (requests + prompt tokens others bring) ÷ peak × cost",
    "host": "bytes in RAM ÷ CPU bandwidth × cost",
    "host-batch": "2 × weights in RAM × tokens of the others ÷ compute peak of the cores × cost",
    "hops": "hand-overs × time of one",
    "allreduce": "2 × layers × latency × cost",
    "exchange": "2 × layers × bytes of activations ÷ link × cost",
}
PREFILL_FORMULAS = {
    "compute": "2 × (weights read − head) ÷ compute peak × cost",
    "attention": "4 × layers × heads × head size × mean depth ÷ compute peak × cost",
    "weights": "bytes of weights per pass ÷ bandwidth ÷ tokens per pass × cost",
    "layers": "blocks of layers × cost of one pass ÷ tokens per pass",
    "routing": "blocks × 1 µs × cost, for a model with experts",
    "energy": "2 × (weights read − head) ÷ power × joules an operation costs",
    "host": "bytes in RAM per pass ÷ CPU bandwidth ÷ tokens per pass × cost",
    "cores": "2 × weights in RAM ÷ compute peak of the cores × cost",
    "carried": "bytes in RAM per pass ÷ PCIe ÷ tokens per pass × cost",
    "exchange": "2 × layers × bytes of activations ÷ link ÷ tokens per pass × cost",
}


def trace_of(assembled: Assembled, found: Estimate | None) -> list[Step]:
    """The calculation step by step; empty where nothing was calculated."""
    if found is None:
        return []
    own = assembled.setting.correction
    return [
        *_bandwidth_steps(assembled, found),
        *_byte_steps(assembled, found),
        *_own_steps("decode", own.decode),
        *_decode_steps(found),
        *_own_steps("prefill", own.prefill),
        *_prefill_steps(assembled, found),
        *_answer_steps(assembled, found),
    ]


def _step(name: str, label: str, formula: str, value: SupportsFloat, unit: str) -> Step:
    return Step(name=name, label=label, formula=formula, value=number(value), unit=unit)


def _bandwidth_steps(assembled: Assembled, found: Estimate) -> list[Step]:
    cpu = assembled.setting.machine.cpu
    steps = [
        Step(
            name="placement",
            label="Placement",
            formula="the fastest that fits, or the one you asked for",
            value=LABELS[found.placement],
            unit=None,
        )
    ]
    if cpu is not None and found.placement in READING_RAM:
        steps += [
            _step(
                "cpu_bandwidth",
                "CPU read bandwidth",
                "min(channels × 8 B × MT/s, chiplets × B/clk × fabric clock), sockets counted",
                machine_bandwidth_gbs(cpu),
                "GB/s",
            ),
            _step(
                "cpu_peak",
                "CPU compute peak",
                "cores × clock × operations per cycle",
                peak_tflops(cpu),
                "TFLOPS",
            ),
        ]
    return steps


def _byte_steps(assembled: Assembled, found: Estimate) -> list[Step]:
    s, running = assembled.setting, found.memory.running
    steps = [
        _step(
            "stored",
            "Weights in memory",
            "parameters × bits ÷ 8, by where they sit",
            stored_bytes(s.model, s.fmt) / GIB,
            "GiB",
        ),
    ]
    if float(s.model.n_experts) > 0:
        steps += [
            _step(
                "expert",
                "One expert, all layers",
                "(total − active) ÷ (experts − experts per token)",
                expert_params_b(s.model),
                "B",
            ),
            _step(
                "touched",
                "Experts a step wakes",
                "E × (1 − (1 − k/E)^requests)",
                experts_touched(s.model, running),
                "experts",
            ),
        ]
    steps += [
        _step(
            "read",
            "Weights a step reads",
            "shared weights + woken experts",
            read_bytes(s.model, s.fmt, running) / GB,
            "GB",
        ),
        _step(
            "cache",
            "Cache of one request",
            "bytes per token × context + fixed part",
            stored_bytes_per_sequence(s.model, s.workload.context_tokens, s.workload.kv_scale)
            / GIB,
            "GiB",
        ),
        _step(
            "step_bytes",
            "All a step reads",
            "weights + cache of all running requests",
            step_bytes(assembled, found) / GB,
            "GB",
        ),
    ]
    return steps


def _own_steps(phase: str, factor: SupportsFloat) -> list[Step]:
    """What a user's own measurement does to the times that follow."""
    if float(factor) == 1.0:
        return []
    label = f"Your own {phase} measurement (in the costs that follow)"
    formula = "(estimated ÷ measured)^(s² ÷ (s² + m²)), s and m as in docs/method.md"
    return [_step(f"{phase}.own", label, formula, factor, "×")]


def _decode_steps(found: Estimate) -> list[Step]:
    terms = [
        _step(f"decode.{n}", capital(TERM_LABELS[n]), DECODE_FORMULAS[n], 1000 * t, "ms")
        for n, t in found.decode_terms.items()
        if float(t) != 0.0
    ]
    whole = _step(
        "decode.step",
        "One decode step",
        "sum of the above",
        1000 * total_s(found.decode_terms),
        "ms",
    )
    return [*terms, whole]


def _prefill_steps(assembled: Assembled, found: Estimate) -> list[Step]:
    flop = body_flop_per_token(assembled.setting.model) / 1e9
    first = _step(
        "prefill.flop", "Arithmetic of a prompt token", "2 × (weights read − head)", flop, "GFLOP"
    )
    terms = [
        _step(f"prefill.{n}", capital(TERM_LABELS[n]), PREFILL_FORMULAS[n], 1e6 * t, "µs")
        for n, t in found.prefill_terms.items()
        if float(t) != 0.0
    ]
    speedup = []
    if float(found.prefill_speedup) != 1.0:
        speedup = [
            _step(
                "prefill.pipeline",
                "Speed-up by the pipeline of GPUs (counted in the terms)",
                "1 + gain × (m g ÷ (m + g − 1) − 1), m = passes, g = GPUs",
                found.prefill_speedup,
                "×",
            )
        ]
    whole = _step(
        "prefill.token",
        "One prompt token",
        "sum of the above",
        1e6 * total_s(found.prefill_terms),
        "µs",
    )
    return [first, *terms, *speedup, whole]


def _answer_steps(assembled: Assembled, found: Estimate) -> list[Step]:
    steps = [
        _step(
            "decode_tps",
            "Decode, one user",
            "1 ÷ step, at most bandwidth ÷ bytes",
            found.decode_tps.typical,
            "tok/s",
        ),
        _step("prefill_tps", "Prefill", "1 ÷ prompt token", found.prefill_tps.typical, "tok/s"),
    ]
    if float(found.queue_s) > 0:
        steps.append(
            _step(
                "queue",
                "Waiting for a place",
                "time of a request × (users ÷ running − 1)",
                found.queue_s,
                "s",
            )
        )
    steps += [
        _step(
            "ttft",
            "Time to first token",
            _first_token_words(assembled.setting.workload.together),
            found.ttft_s.typical,
            "s",
        ),
        _step(
            "total",
            "Whole answer",
            "waiting + prompt alone + tokens × mean step, the others’ prompts in it",
            found.total_s.typical,
            "s",
        ),
        _step(
            "decode_factor",
            "Interval of the decode speed",
            "÷ and × this factor: 80 % of cases",
            found.confidence.decode_factor,
            "×",
        ),
        _step(
            "prefill_factor",
            "Interval of the prefill speed",
            "÷ and × this factor: 80 % of cases",
            found.confidence.prefill_factor,
            "×",
        ),
    ]
    return steps


def _first_token_words(together: Number) -> str:
    """How the wait of a first token came about."""
    words = "waiting + the prompt among the others’, by turns + half a step of the others"
    if float(together) == 0:
        return words
    return f"{words}; {float(together):.0%} at the same moment, half of them first"

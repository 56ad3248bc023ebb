"""How fast: the estimate as an answer, with what decode waits for and how sure we are."""

import math

from app.builds.answers.evidence import Found
from app.builds.answers.placements import no_placement
from app.builds.assemble import Assembled
from app.builds.assessment import Basis, Interval, Speed, TimeTerm
from app.builds.words import listed, number, percent
from app.estimator.cpu_bandwidth import machine_bandwidth_gbs
from app.estimator.decode import step_read_bytes, total_s
from app.estimator.efficiency import Terms
from app.estimator.estimate import Estimate
from app.estimator.memory import largest
from app.estimator.numbers import GB
from app.estimator.numbers import Interval as Numbers
from app.estimator.workload import OFFLOADS

TERM_LABELS = {
    "weights": "reading weights",
    "kv": "reading the KV cache",
    "attention": "attention arithmetic",
    "layers": "fixed cost per layer",
    "batch": "arithmetic of the other requests",
    "tokens": "arithmetic of all tokens in the step",
    "compute": "matrix arithmetic",
    "dequantize": "unpacking weights",
    "routing": "sending tokens to their experts",
    "energy": "what the power limit costs",
    "host": "the part that lies in RAM",
    "host-batch": "the CPU's arithmetic for the other requests",
    "cores": "the CPU's share of the prompt",
    "carried": "carrying weights to the GPU",
    "hops": "handing over between devices",
    "allreduce": "waiting for the other GPUs",
    "exchange": "exchange between GPUs",
}
NOTHING = Interval(low=None, typical=None, high=None)


def speed_answer(
    assembled: Assembled, found: Estimate | None, measured: Found, own: str = ""
) -> Speed:
    """The `Speed` of an assessment. Nothing is said of a build that does not hold the model.

    ``measured``: the runs it can be held against; ``own``: what the user's own measurement did.
    """
    if found is None or float(found.memory.fits) == 0.0:
        return _no_speed(assembled, found)
    ledger = assembled.ledger
    decode = interval(found.decode_tps)
    stand_ins = ledger.stood_in(found.placement)
    sentence = found.confidence.sentence
    if stand_ins and not measured.narrowed:
        sentence += f" Interval widened: {'; '.join(stand_ins)}."
    basis: Basis = found.confidence.basis
    if ledger.stood_in(found.placement, "decode"):
        basis = "theoretical"
    if measured.measured:
        basis, sentence = "measured", f"{measured.evidence.sentence} {sentence}"
    if own:
        sentence = f"{own} {sentence}"
    if decode.typical is None:
        basis, sentence = "unknown", _unknown_sentence(assembled, found)
    return Speed(
        decode_tps=decode,
        decode_total_tps=interval(found.decode_total_tps),
        prefill_tps=interval(found.prefill_tps),
        ttft_s=interval(found.ttft_s),
        total_s=interval(found.total_s),
        running_requests=number(found.memory.running),
        basis=basis,
        basis_sentence=sentence,
        device_class=found.confidence.device_class,
        bottleneck=_bottleneck(found, assembled),
        bandwidth_used_share=bandwidth_used_share(assembled, found),
        decode_terms=_terms(found.decode_terms),
        prefill_terms=_terms(found.prefill_terms),
    )


def interval(numbers: Numbers) -> Interval:
    """An estimator interval as an answer; unknown as a whole when its typical value is."""
    typical = number(numbers.typical)
    if typical is None:
        return NOTHING
    return Interval(low=number(numbers.low), typical=typical, high=number(numbers.high))


def bandwidth_used_share(assembled: Assembled, found: Estimate) -> float | None:
    """Model bandwidth utilisation: bytes a step reads, over its time, over the device's peak."""
    s = assembled.setting
    if found.placement in OFFLOADS:
        return None  # two memories work; one share would mislead
    if found.placement == "cpu-only":
        if s.machine.cpu is None:
            return None
        peak = float(machine_bandwidth_gbs(s.machine.cpu))
    else:
        gpu = largest(s.machine.gpus)
        peak = float(gpu.bandwidth_gbs)
        if found.placement == "tensor-parallel":
            peak *= float(gpu.count)
    read = step_bytes(assembled, found)
    return number(read / float(total_s(found.decode_terms)) / (peak * GB))


def step_bytes(assembled: Assembled, found: Estimate) -> float:
    """Bytes one decode step reads for all running sequences."""
    return float(step_read_bytes(assembled.setting.model, assembled.setting.fmt, found.step))


def _no_speed(assembled: Assembled, found: Estimate | None) -> Speed:
    misfit = found is not None
    sentence = (
        "The model does not fit, so it does not run."
        if misfit
        else _unknown_sentence(assembled, found)
    )
    return Speed(
        decode_tps=NOTHING,
        decode_total_tps=NOTHING,
        prefill_tps=NOTHING,
        ttft_s=NOTHING,
        total_s=NOTHING,
        running_requests=None,
        basis="unknown",
        basis_sentence=sentence,
        device_class=None,
        bottleneck="Memory: the model does not fit." if misfit else "Unknown.",
        bandwidth_used_share=None,
        decode_terms=[],
        prefill_terms=[],
    )


def _unknown_sentence(assembled: Assembled, found: Estimate | None) -> str:
    missing = assembled.ledger.missing(found.placement if found else None)
    if not assembled.parts.gpus and assembled.parts.cpu is None:
        return "Unknown: there is nothing to compute on yet."
    if found is None:
        return f"Unknown: {no_placement(assembled)}"
    wanted = assembled.ledger.wanted(found.placement)
    if wanted:
        return f"Unknown until you {listed(wanted)}."
    if not missing:
        return "Unknown, because a figure it needs is not stated."
    return (
        f"Unknown, because nobody states {listed(missing)}. Enter your own figure if you have one."
    )


def _terms(terms: Terms) -> list[TimeTerm]:
    seconds = {name: float(value) for name, value in terms.items()}
    whole = sum(seconds.values())
    if not math.isfinite(whole) or whole <= 0:
        return []
    return [
        TimeTerm(name=name, label=TERM_LABELS[name], seconds=value, share=value / whole)
        for name, value in sorted(seconds.items(), key=lambda item: -item[1])
        if value > 0
    ]


def _bottleneck(found: Estimate, assembled: Assembled) -> str:
    terms = _terms(found.decode_terms)
    if not terms:
        return "Unknown."
    first = terms[0]
    of_step = f"{percent(first.share)} of each step"
    used = bandwidth_used_share(assembled, found)
    match first.name:
        case "weights" | "kv":
            of = f"; {percent(used)} of the bandwidth is used" if used is not None else ""
            return f"Decode waits for memory: {of_step} is {first.label}{of}."
        case "host":
            return f"Decode waits for the CPU's memory: {of_step} is {first.label}."
        case "layers":
            return f"Decode waits for launches: {of_step} is the {first.label}."
        case "batch" | "tokens" | "compute":
            return f"Decode waits for arithmetic: {of_step} is {first.label}."
        case _:
            return f"Decode waits for {first.label}: {of_step}."

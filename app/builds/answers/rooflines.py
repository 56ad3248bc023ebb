"""Where prompt and answer sit under the roofline of the device that does the work."""

import math
from typing import SupportsFloat

from app.builds.answers.speed import step_bytes
from app.builds.assemble import Assembled
from app.builds.assessment import Roof, Roofline, RooflinePoint
from app.builds.words import grouped, number, percent
from app.estimator.attention import decode_flop, prefill_flop_per_token
from app.estimator.cpu_bandwidth import machine_bandwidth_gbs, peak_tflops
from app.estimator.estimate import Estimate
from app.estimator.memory import cards_name, largest
from app.estimator.numbers import at_most
from app.estimator.prefill import body_flop_per_token
from app.estimator.roofline import attainable_tflops, ridge_flop_per_byte
from app.estimator.weights import read_bytes
from app.estimator.workload import READING_RAM


def roofline_of(assembled: Assembled, found: Estimate | None) -> Roofline:
    """Roofs of the devices at work and the two points of the asked workload.

    With tensor parallelism the cards act as one wide device. In a layer split the cards take turns
    on an answer but share a prompt, so the prompt has the wider roof. Offload shows the CPU's roof
    as well.
    """
    if found is None:
        return Roofline(roofs=[], points=[])
    roofs = [r for r in _roofs(assembled, found) if r.peak_tflops and r.bandwidth_gbs]
    points = []
    if roofs and float(found.memory.fits) != 0.0:
        wide = roofs[1] if found.placement == "layer-split" and len(roofs) > 1 else roofs[0]
        points = [p for p in _points(assembled, found, wide, roofs[0]) if p is not None]
    return Roofline(roofs=roofs, points=points)


def _roofs(assembled: Assembled, found: Estimate) -> list[Roof]:
    machine = assembled.setting.machine
    roofs = []
    if found.placement != "cpu-only" and machine.gpus:
        gpu = largest(machine.gpus)
        wide = float(gpu.count) if found.placement == "tensor-parallel" else 1.0
        serving = assembled.setting.engine.serving
        peak = float(gpu.serving_tflops if serving else gpu.compute_tflops) * wide
        name = f"{wide:.0f} × {gpu.name}" if wide > 1 else gpu.name
        roofs.append(_roof(name, peak, float(gpu.bandwidth_gbs) * wide))
        if found.placement == "layer-split":
            together = sum(float(g.count * g.compute_tflops) for g in machine.gpus)
            bandwidth = sum(float(g.count * g.bandwidth_gbs) for g in machine.gpus)
            roofs.append(_roof(f"{cards_name(machine.gpus)} in a row", together, bandwidth))
    if machine.cpu is not None and found.placement in READING_RAM:
        cpu = machine.cpu
        roofs.append(_roof(cpu.name, float(peak_tflops(cpu)), float(machine_bandwidth_gbs(cpu))))
    return roofs


def _roof(name: str, peak: float, bandwidth: float) -> Roof:
    return Roof(
        name=name,
        peak_tflops=number(peak),
        bandwidth_gbs=number(bandwidth),
        ridge_flop_per_byte=number(ridge_flop_per_byte(peak, bandwidth)),
    )


def _points(
    assembled: Assembled, found: Estimate, prompt_roof: Roof, answer_roof: Roof
) -> list[RooflinePoint | None]:
    s = assembled.setting
    prompt = s.workload.prompt_tokens
    chunk = at_most(prompt, s.engine.ubatch_tokens)
    prefill_flop = body_flop_per_token(s.model) + prefill_flop_per_token(
        s.model, prompt, s.workload.cached_tokens
    )
    prefill_bytes = read_bytes(s.model, s.fmt, chunk) / chunk
    decode_total = float(found.decode_total_tps.typical)
    flop = 2 * s.model.read_per_token_b * 1e9 + decode_flop(s.model, found.step.depth_tokens)
    decode_bytes = step_bytes(assembled, found) / float(found.memory.running)
    return [
        _point(
            "Prompt", prompt_roof, prefill_flop, prefill_bytes, float(found.prefill_tps.typical)
        ),
        _point("Answer", answer_roof, flop, decode_bytes, decode_total),
    ]


def _point(
    name: str, roof: Roof, flop_per_token: SupportsFloat, bytes_per_token: SupportsFloat, tps: float
) -> RooflinePoint | None:
    flop, read = float(flop_per_token), float(bytes_per_token)
    intensity, tflops = flop / read, flop * tps / 1e12
    if not (math.isfinite(intensity) and math.isfinite(tflops)):
        return None
    peak, bandwidth = roof.peak_tflops or 0.0, roof.bandwidth_gbs or 0.0
    limit = float(attainable_tflops(intensity, peak, bandwidth))
    ridge = roof.ridge_flop_per_byte or 0.0
    if intensity < ridge:
        carried = read * tps / 1e9
        sentence = (
            f"{name} waits for memory: {grouped(carried)} of {grouped(bandwidth)} GB/s, "
            f"{percent(tflops / limit)} of the roof."
        )
    else:
        sentence = (
            f"{name} waits for arithmetic: {grouped(tflops, 1)} of {grouped(peak, 1)} TFLOPS, "
            f"{percent(tflops / limit)} of the roof."
        )
    return RooflinePoint(
        name=name, device=roof.name, flop_per_byte=intensity, tflops=tflops, sentence=sentence
    )

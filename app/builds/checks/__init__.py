"""Can this be built and run: every finding, worst first, each with what would cure it.

A fact nobody states becomes a note; it never counts as passed.
"""

from app.builds.assemble import request_size
from app.builds.assessment import Check, Fit, Level, Power
from app.builds.checks.findings import finding
from app.builds.checks.machine import machine_checks
from app.builds.engines import reads, runs_on_cpu
from app.builds.parts import Parts
from app.builds.spec import BuildSpec
from app.builds.words import grouped, listed
from app.catalogue.facts import EngineFacts, ModelFacts

_ORDER: dict[Level, int] = {"problem": 0, "warning": 1, "note": 2}

#: Dimensions without which a model's speed or memory cannot be worked out, in plain words.
_NEEDED_DIMENSIONS = {
    "params_total_b": "its number of parameters",
    "active_read_per_token_b": "how many weights a token reads",
    "n_layers": "its number of layers",
    "hidden_size": "its hidden size",
    "kv_bytes_per_token_f16": "the size of its KV cache",
}


def checks_of(parts: Parts, spec: BuildSpec, fit: Fit, power: Power) -> list[Check]:
    """Every finding about the machine, the deployment and how the two go together."""
    found = [
        *machine_checks(parts, power),
        *_engine(parts, spec),
        *_model(parts.model),
        *_context(parts, spec),
        *_fit(parts, fit),
        *_idle_machines(parts, fit),
    ]
    return sorted(found, key=lambda check: _ORDER[check.level])


def _idle_machines(parts: Parts, fit: Fit) -> list[Check]:
    """Machines that are bought but take no part in one answer."""
    if parts.nodes == 1 or fit.placement not in ("one-gpu", "unified-memory", "cpu-only"):
        return []
    return [
        finding(
            "warning",
            "idle-machines",
            "machine.nodes",
            f"The model runs on one of the {parts.nodes} machines: the others stand idle, or "
            "answer other requests.",
            "Count one machine, or split the model over all of them.",
        )
    ]


def _engine(parts: Parts, spec: BuildSpec) -> list[Check]:
    engine = parts.engine
    if engine is None:
        return []
    return [
        *_engine_hardware(parts, engine, spec),
        *_engine_formats(parts, engine),
        *_engine_placement(engine, spec),
    ]


def _engine_hardware(parts: Parts, engine: EngineFacts, spec: BuildSpec) -> list[Check]:
    field = "deployment.engine"
    wants_cpu = spec.deployment.placement == "cpu-only"
    if not parts.gpus:
        if runs_on_cpu(engine) or parts.cpu is None:
            return []
        return [
            finding(
                "problem",
                "engine-needs-gpu",
                field,
                f"{engine.name} needs a GPU and the machine has none.",
                "Choose a CPU engine such as llama.cpp (CPU), or add a GPU.",
            )
        ]
    if engine.backend == "cpu":
        if wants_cpu:
            return []
        return [
            finding(
                "warning",
                "engine-ignores-gpu",
                field,
                f"{engine.name} runs on the CPU only: the GPUs do nothing.",
                "Choose an engine that drives the GPUs.",
            )
        ]
    if not engine.gpu_vendors:
        words = f"Nobody states which GPUs {engine.name} drives."
        return [finding("note", "engine-gpus-unknown", field, words)]
    strangers = [g.gpu.name for g in parts.gpus if g.gpu.vendor not in engine.gpu_vendors]
    if not strangers or (wants_cpu and runs_on_cpu(engine)):
        return []
    return [
        finding(
            "problem",
            "engine-gpu-vendor",
            field,
            f"{engine.name} drives GPUs of {listed(engine.gpu_vendors)} only, not the "
            f"{listed(strangers)}.",
            "Choose another engine, or leave it empty to get the usual one.",
        )
    ]


def _engine_formats(parts: Parts, engine: EngineFacts) -> list[Check]:
    found: list[Check] = []
    weights, kv = parts.quantization, parts.kv
    field = "deployment.quantization"
    if not weights.engine_slugs:
        words = f"Nobody states which engines read {weights.name}."
        found.append(finding("note", "quantization-engines-unknown", field, words))
    elif not reads(engine, weights):
        found.append(
            finding(
                "problem",
                "quantization-engine",
                field,
                f"{engine.name} does not read {weights.name} weights.",
                "Choose another format, or leave the engine empty to get one that reads it.",
            )
        )
    field = "deployment.kv_dtype"
    if not engine.kv_slugs:
        words = f"Nobody states which KV cache formats {engine.name} has."
        found.append(finding("note", "kv-formats-unknown", field, words))
    elif kv.slug not in engine.kv_slugs:
        choices = [slug.removeprefix("kv-") for slug in engine.kv_slugs]
        found.append(
            finding(
                "problem",
                "kv-engine",
                field,
                f"{engine.name} has no {kv.slug.removeprefix('kv-')} KV cache.",
                f"It has {listed(choices)}.",
            )
        )
    return found


def _engine_placement(engine: EngineFacts, spec: BuildSpec) -> list[Check]:
    placement = spec.deployment.placement
    if placement == "auto" or placement in engine.placements:
        return []
    return [
        finding(
            "problem",
            "placement-engine",
            "deployment.placement",
            f"{engine.name} cannot run with placement {placement}.",
            f"Choose auto, or one of: {', '.join(engine.placements)}."
            if engine.placements
            else None,
        )
    ]


def _model(model: ModelFacts) -> list[Check]:
    missing = [words for name, words in _NEEDED_DIMENSIONS.items() if getattr(model, name) is None]
    if not missing:
        return []
    return [
        finding(
            "note",
            "model-dimensions",
            "deployment.model",
            f"Nobody states {listed(missing)} of {model.name}: what depends on it is unknown.",
            "Pick another model.",
        )
    ]


def _context(parts: Parts, spec: BuildSpec) -> list[Check]:
    size = request_size(spec, parts)
    request, asked = size.prompt_tokens + size.generated_tokens, spec.deployment.context_tokens
    return [*_context_of_model(parts, request, asked), *_context_of_request(request, asked)]


def _context_of_model(parts: Parts, request: int, asked: int) -> list[Check]:
    """Does the model know contexts as long as the request and the asked context?"""
    most = parts.model.context_max_tokens
    field = "deployment.context_tokens"
    if most is None:
        words = f"Nobody states the longest context of {parts.model.name}."
        return [finding("note", "context-unknown", field, words)]
    if request > most:
        return [
            finding(
                "problem",
                "request-longer-than-model",
                "workload.prompt_tokens",
                f"One request takes {grouped(request)} tokens, {parts.model.name} was made for "
                f"{grouped(most)}.",
                "Shorten the prompt or the answer, or pick a model with a longer context.",
            )
        ]
    if asked > most:
        return [
            finding(
                "warning",
                "context-longer-than-model",
                field,
                f"{parts.model.name} was made for {grouped(most)} tokens; with {grouped(asked)} "
                "its answers get worse unless the context is stretched on purpose.",
                f"Set the context to {grouped(most)} or less.",
            )
        ]
    return []


def _context_of_request(request: int, asked: int) -> list[Check]:
    """A request longer than the context that was asked for."""
    if request <= asked:
        return []
    return [
        finding(
            "warning",
            "context-shorter-than-request",
            "deployment.context_tokens",
            f"One request takes {grouped(request)} tokens, the context is set to "
            f"{grouped(asked)}: memory is counted for {grouped(request)}.",
            f"Set the context to {grouped(request)} or more.",
        )
    ]


def _fit(parts: Parts, fit: Fit) -> list[Check]:
    has_machine = parts.system is not None or parts.cpu is not None or parts.gpus
    if fit.fits or not has_machine:
        return []
    cure = fit.suggestions[0] if fit.suggestions else None
    if fit.fits is None:
        return [finding("note", "fit-unknown", "deployment.model", fit.sentence, cure)]
    return [finding("problem", "does-not-fit", "deployment.model", fit.sentence, cure)]

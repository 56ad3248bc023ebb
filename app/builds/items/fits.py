"""Which models a machine holds in which formats, and how fast: one question for every pair.

Every pair is assembled and estimated by the functions that answer a single build, so a figure here
is the one the configurator shows. Nothing else of an assessment is worked out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.builds.answers.placements import choose
from app.builds.assemble import assemble
from app.builds.assess import World
from app.builds.parts import resolve_parts
from app.builds.problems import InvalidSpecError
from app.builds.query import spec_from_query, spec_to_query
from app.builds.spec import BuildSpec, DeploymentSpec, MachineSpec
from app.builds.words import number
from app.catalogue.facts import ModelFacts
from app.estimator.workload import OFFLOADS
from app.latest import Recent

#: Formats shown side by side, smallest first: from half to two bytes a weight.
FORMATS: Final = ("q4_k_m", "q6_k", "q8_0", "f16")
_KEPT: Final = 256


@dataclass(frozen=True, slots=True)
class FormatFit:
    """One model in one format. ``fits`` is None where it cannot be known."""

    quantization: str
    fits: bool | None
    decode_tps: float | None
    offloaded: bool
    """Part of it lies in RAM beside the GPU."""
    query: str


@dataclass(frozen=True, slots=True)
class ModelFit:
    """One model in every format asked about."""

    model: ModelFacts
    formats: tuple[FormatFit, ...]

    @property
    def fits(self) -> bool:
        """Whether any format fits."""
        return any(found.fits for found in self.formats)


@dataclass(frozen=True, slots=True)
class ModelFits:
    """All models on one machine, largest first, and what was asked of each."""

    models: tuple[ModelFit, ...]
    context_tokens: int
    use_case: str

    @property
    def fitting(self) -> tuple[ModelFit, ...]:
        """Those that fit in at least one format."""
        return tuple(found for found in self.models if found.fits)

    @property
    def offloads(self) -> bool:
        """Whether any of it lies partly in RAM."""
        return any(found.offloaded for model in self.models for found in model.formats)

    @property
    def unknown(self) -> int:
        """Models of which nobody knows whether they fit."""
        return sum(
            not found.fits and any(f.fits is None for f in found.formats) for found in self.models
        )


def model_fits(machine: MachineSpec, world: World) -> ModelFits:
    """Every model of the catalogue in every one of `FORMATS` on a machine.

    Kept per world, that is per catalogue revision and calibration.
    """
    return _recent.of(world, spec_to_query(BuildSpec(machine=machine)))


def _model_fits(world: World, query: str) -> ModelFits:
    machine = spec_from_query(query).machine
    models = sorted(
        world.catalogue.models.values(), key=lambda m: (-(m.params_total_b or 0), m.slug)
    )
    formats = [f for f in FORMATS if f in world.catalogue.quantizations]
    usual = BuildSpec()
    return ModelFits(
        models=tuple(_model_fit(machine, model, formats, world) for model in models),
        context_tokens=usual.deployment.context_tokens,
        use_case=usual.workload.use_case,
    )


_recent: Recent[World, str, ModelFits] = Recent(_model_fits, _KEPT)


def _model_fit(
    machine: MachineSpec, model: ModelFacts, formats: Sequence[str], world: World
) -> ModelFit:
    return ModelFit(model, tuple(_format_fit(machine, model, fmt, world) for fmt in formats))


def _format_fit(
    machine: MachineSpec, model: ModelFacts, quantization: str, world: World
) -> FormatFit:
    spec = BuildSpec(
        machine=machine, deployment=DeploymentSpec(model=model.slug, quantization=quantization)
    )
    query = spec_to_query(spec)
    try:
        parts = resolve_parts(spec, world.catalogue)
        assembled = assemble(spec, parts, world.catalogue, world.calibration)
        found = choose(assembled, spec.deployment.placement)
    except InvalidSpecError:
        found = None
    if found is None:
        return FormatFit(quantization, None, None, offloaded=False, query=query)
    held = number(found.memory.fits)
    fits = None if held is None else held == 1.0
    speed = number(found.decode_tps.typical) if fits else None
    return FormatFit(quantization, fits, speed, offloaded=found.placement in OFFLOADS, query=query)

"""Measured against predicted, run by run: what a user learns from their own benchmark."""

import math
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl, urlencode

from app.accuracy.predict import Prediction, predict
from app.accuracy.rows import NoMatch, Quantity, Question, questions_of
from app.accuracy.uploads.matching import Matcher, sentence
from app.accuracy.uploads.runs import UploadedRun
from app.builds.query import MAX_FIELDS, spec_from_query, spec_to_query, written
from app.builds.spec import BuildSpec
from app.catalogue.facts import MeasurementFacts
from app.catalogue.snapshot import Catalogue
from app.estimator.calibration import Calibration

#: Keys a configurator link carries a user's own speeds under, tokens a second of one request.
MEASURED_KEYS: Final = {"decode_tps": "measured_decode", "prefill_tps": "measured_prefill"}

#: Different questions one upload may ask; each takes about a millisecond.
MAX_PREDICTIONS: Final = 400
_TOO_MANY: Final = f"Only the first {MAX_PREDICTIONS} different tests of an upload are predicted."


@dataclass(frozen=True, slots=True)
class Compared:
    """One measured quantity beside what we would have said."""

    quantity: Quantity
    measured: float
    predicted: Prediction

    @property
    def ratio(self) -> float:
        """Measured over predicted, typical."""
        return self.measured / self.predicted.typical

    @property
    def inside(self) -> bool:
        """Whether the measured value lies in the 80 % interval."""
        return self.predicted.low <= self.measured <= self.predicted.high


@dataclass(frozen=True, slots=True)
class ComparedRun:
    """What became of one run of an upload.

    ``facts`` is its measurement row, where it could be matched; ``reason`` says why it, or its
    prediction, is missing.
    """

    run: UploadedRun
    facts: MeasurementFacts | None
    compared: tuple[Compared, ...]
    reason: str | None
    build: str = ""
    """The build that was measured as a configurator link, without the ``?``."""
    speeds: dict[str, float] = field(default_factory=dict)
    """What the link adds: tokens a second of one request, by its key."""

    @property
    def query(self) -> str | None:
        """The build with these speeds as the user's own; ``None`` where nothing was compared."""
        return own_query(self.build, self.speeds) if self.compared else None


def own_query(build: str, speeds: dict[str, float]) -> str:
    """A configurator link, without the ``?``, that says how fast its user measured the build."""
    own = {key: written(round(value, 3)) for key, value in sorted(speeds.items())}
    return "&".join(part for part in (build, urlencode(own)) if part)


def own_builds(compared: list[ComparedRun]) -> list[tuple[str, str]]:
    """Each build of an upload once: what it is, and its link with its speeds.

    Of several tests of one build the first at the smallest depth counts, which is what a first
    request meets.
    """
    names: dict[str, str] = {}
    speeds: dict[str, dict[str, float]] = {}
    for found in sorted(compared, key=lambda c: c.run.depth or 0):
        if not found.compared or found.facts is None or not found.speeds:
            continue
        names.setdefault(found.build, found.facts.name.rpartition(", ")[0])
        known = speeds.setdefault(found.build, {})
        for key, value in found.speeds.items():
            known.setdefault(key, value)
    return [(names[build], own_query(build, speeds[build])) for build in names]


def context_of(query: str) -> BuildSpec | None:
    """The build a configurator link names; ``None`` where it names nothing at all.

    Speeds somebody measured before are passed over: they say nothing about the build's parts.

    Raises:
        InvalidSpecError: the link holds something that is no setting.
    """
    link = query.strip()[:8000].split("#")[0].rpartition("?")[2]
    try:
        pairs = parse_qsl(link, max_num_fields=MAX_FIELDS)
    except ValueError:
        return spec_from_query(link)  # says that there are too many
    kept = [(key, value) for key, value in pairs if key not in MEASURED_KEYS.values()]
    if link and not pairs:
        return spec_from_query(f"{link}=1")  # says that there is no such setting
    return spec_from_query(urlencode(kept)) if kept else None


def compare(
    runs: list[UploadedRun],
    catalogue: Catalogue,
    calibration: Calibration,
    context: BuildSpec | None = None,
) -> list[ComparedRun]:
    """Match and predict every run of an upload.

    Raises:
        InvalidSpecError: ``context`` names something the catalogue does not have.
    """
    matcher = Matcher.of(catalogue, context)
    seen: dict[str, Prediction | str] = {}
    found = []
    for number, run in enumerate(runs, start=1):
        facts = matcher.match(run, number)
        if isinstance(facts, str):
            found.append(ComparedRun(run, None, (), facts))
            continue
        try:
            questions = questions_of(facts, catalogue)
            compared, reason = _predicted(questions, catalogue, calibration, seen)
        except NoMatch as error:
            questions, compared, reason = [], (), sentence(str(error))
        ran_on_it = matcher.is_build_of(facts)
        build = _build(facts, questions[0], context, ran_on_it) if compared else ""
        found.append(ComparedRun(run, facts, compared, reason, build, _speeds(facts)))
    return found


def _predicted(
    questions: list[Question],
    catalogue: Catalogue,
    calibration: Calibration,
    seen: dict[str, Prediction | str],
) -> tuple[tuple[Compared, ...], str | None]:
    """Predictions of one run; a question asked before is not computed again."""
    compared: list[Compared] = []
    reason = None
    for question in questions:
        key = f"{question.quantity} {question.whole_run} {question.spec.model_dump_json()}"
        if key not in seen and len(seen) >= MAX_PREDICTIONS:
            reason = _TOO_MANY
            continue
        if key not in seen:
            try:
                seen[key] = _finite(predict(question, catalogue, calibration))
            except NoMatch as error:
                seen[key] = sentence(str(error))
        answer = seen[key]
        if isinstance(answer, str):
            reason = answer
        else:
            compared.append(Compared(question.quantity, question.measured, answer))
    return tuple(compared), reason


def _speeds(facts: MeasurementFacts) -> dict[str, float]:
    given = {"decode_tps": facts.decode_tps_per_user, "prefill_tps": facts.prefill_tps}
    return {MEASURED_KEYS[name]: value for name, value in given.items() if value}


def _build(
    facts: MeasurementFacts, question: Question, context: BuildSpec | None, ran_on_it: bool
) -> str:
    """The build that was measured, as a configurator link."""
    asked = question.spec.deployment
    # speeds of other hardware than the user's build belong to a build of that hardware
    base = context if context is not None and ran_on_it else _own_build(question.spec)
    tree = base.model_dump()
    if asked.placement in ("expert-offload", "layer-offload"):
        tree["deployment"].update(
            placement=asked.placement,
            gpu_layers=asked.gpu_layers,
            cpu_expert_layers=asked.cpu_expert_layers,
        )
    tree["deployment"].update(
        model=asked.model,
        quantization=asked.quantization,
        engine=asked.engine,
        kv_dtype=asked.kv_dtype,
    )
    # the link says the speeds of this upload, not those somebody measured before
    tree["workload"].update(measured_decode_tps=None, measured_prefill_tps=None)
    if facts.concurrency and facts.concurrency > 1:
        tree["workload"]["concurrency"] = round(facts.concurrency)
    return spec_to_query(BuildSpec.model_validate(tree))


def _own_build(spec: BuildSpec) -> BuildSpec:
    """The hardware of a question without what only asking it needed."""
    machine = spec.machine.model_dump()
    if machine["nodes"] == 1:
        machine["nodes"] = None
    machine["overrides"] = {
        key: value for key, value in machine["overrides"].items() if key != "memory.size_gib"
    }
    kept = "cpu-only" if spec.deployment.placement == "cpu-only" else "auto"
    return BuildSpec.model_validate({"machine": machine, "deployment": {"placement": kept}})


def _finite(found: Prediction) -> Prediction:
    """Raises NoMatch where an end of the interval is not known."""
    if not all(math.isfinite(v) and v > 0 for v in (found.low, found.typical, found.high)):
        raise NoMatch("a figure the estimate needs is not known")
    return found

"""Measured against predicted, run by run: what a user learns from their own benchmark."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from app.accuracy.predict import Prediction, predict
from app.accuracy.rows import NoMatch, Quantity, Question, questions_of
from app.accuracy.uploads.matching import Matcher, sentence
from app.accuracy.uploads.runs import UploadedRun
from app.builds.query import spec_to_query, written
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
    query: str | None
    """Configurator link of the build with these speeds as the user's own, without the ``?``."""


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
            found.append(ComparedRun(run, None, (), facts, None))
            continue
        try:
            questions = questions_of(facts, catalogue)
            compared, reason = _predicted(questions, catalogue, calibration, seen)
        except NoMatch as error:
            questions, compared, reason = [], (), sentence(str(error))
        query = _link(facts, questions[0], context) if compared else None
        found.append(ComparedRun(run, facts, compared, reason, query))
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
                seen[key] = predict(question, catalogue, calibration)
            except NoMatch as error:
                seen[key] = sentence(str(error))
        answer = seen[key]
        if isinstance(answer, str):
            reason = answer
        else:
            compared.append(Compared(question.quantity, question.measured, answer))
    return tuple(compared), reason


def _link(facts: MeasurementFacts, question: Question, context: BuildSpec | None) -> str:
    """The build that was measured, as a configurator link with the measured speeds."""
    asked = question.spec.deployment
    deployment = {
        "model": asked.model,
        "quantization": asked.quantization,
        "engine": asked.engine,
        "kv_dtype": asked.kv_dtype,
    }
    base = context or _own_build(question.spec)
    tree = base.model_dump()
    tree["deployment"].update(deployment)
    if facts.concurrency and facts.concurrency > 1:
        tree["workload"]["concurrency"] = round(facts.concurrency)
    speeds = {"decode_tps": facts.decode_tps_per_user, "prefill_tps": facts.prefill_tps}
    own = {MEASURED_KEYS[name]: written(round(v, 3)) for name, v in speeds.items() if v}
    query = spec_to_query(BuildSpec.model_validate(tree))
    return "&".join(part for part in (query, urlencode(own)) if part)


def _own_build(spec: BuildSpec) -> BuildSpec:
    """The hardware of a question without what only asking it needed."""
    machine = spec.machine.model_dump()
    machine["overrides"] = {
        key: value for key, value in machine["overrides"].items() if key != "memory.size_gib"
    }
    placement = spec.deployment.placement
    kept = placement if placement in ("cpu-only", "expert-offload", "layer-offload") else "auto"
    deployment = {"placement": kept}
    return BuildSpec.model_validate({"machine": machine, "deployment": deployment})

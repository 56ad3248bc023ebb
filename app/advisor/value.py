"""What a euro buys: tokens a second per 1,000 of a currency, over every machine on the market.

The project's source document says that speed per price is nearly the same everywhere. Here each
machine that holds the model in one memory is one point, at its fastest; the exponent of speed over
price, fitted on logarithms, and the spread of the ratio say how far that holds.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Final, Literal

import numpy as np
from pydantic import Field, ValidationError

from app.advisor.advise import Search, prepare
from app.advisor.question import AdvisorSpec, Limits, ModelChoice
from app.advisor.search.best import Builds
from app.advisor.space.machines import NONE
from app.builds.assess import World
from app.builds.assessment import Part
from app.builds.problems import InvalidSpecError, Problem
from app.builds.query import problems_of, spec_to_query
from app.builds.spec import Condition, Currency
from app.builds.words import significant
from app.estimator.workload import OFFLOADS, PLACEMENTS

#: Two thirds: the ratio of dearest and cheapest speed that "nearly the same" might still mean.
NEARLY_THE_SAME: Final = 1.5
#: Of all machines, the share left out at either end when their spread is told.
_TAIL: Final = 0.1
Kind = Literal["cards", "system", "cpu"]


class ValuePoint(Part):
    """One machine at its fastest, in the cheapest form that reaches it."""

    title: str
    kind: Kind = Field(description="cards in a self-built computer, a complete system, or a CPU")
    placement: str
    engine: str
    cost: Decimal
    decode_tps: float = Field(description="Of one request")
    tps_per_1000: float = Field(description="Tokens a second per 1,000 of the currency")
    query: str


class Value(Part):
    """What a machine's price buys, over the whole catalogue."""

    model: str
    quantization: str
    currency: Currency
    points: list[ValuePoint] = Field(description="Cheapest machine first")
    low: float = Field(description="Tokens a second per 1,000, a tenth of the machines give less")
    median: float
    high: float = Field(description="A tenth of the machines give more")
    exponent: float | None = Field(
        description="Speed grows with this power of the price; 1: the ratio is constant"
    )
    sentence: str


def _about(problem: Problem) -> Problem:
    of_format = problem.field.startswith("quantizations")
    return Problem("models.quantizations" if of_format else "model", problem.message)


def value_of(
    model: str,
    quantization: str,
    world: World,
    *,
    currency: Currency = "EUR",
    condition: Condition = "new",
    today: date | None = None,
) -> Value:
    """Every machine that runs a model in a format, by speed and price.

    Raises:
        InvalidSpecError: a name is unknown, or nothing on the market runs it.
    """
    try:
        models = ModelChoice(models=(model,), quantizations=(quantization,))
    except ValidationError as error:  # names that no entry could have
        raise InvalidSpecError([_about(problem) for problem in problems_of(error)]) from error
    spec = AdvisorSpec(
        goal="fastest",
        service="any",
        models=models,
        limits=Limits(currency=currency, condition=condition),
    )
    ready = prepare(spec, world, today)
    *_, kept = ready.work(every_group=True)
    if kept.best is None or not len(kept.best):
        sentence = "Nothing that can be ordered holds this model in this format."
        raise InvalidSpecError([Problem("model", sentence)])
    points = _points(ready, kept.best)
    if not points:
        sentence = "No machine that can be ordered holds this model in one memory."
        raise InvalidSpecError([Problem("model", sentence)])
    ratios = np.array([point.tps_per_1000 for point in points])
    low, median, high = (float(np.quantile(ratios, q)) for q in (_TAIL, 0.5, 1 - _TAIL))
    deployed = ready.deployments
    return Value(
        model=deployed.models[deployed.model[0]].name,
        quantization=deployed.quantizations[deployed.quantization[0]].name,
        currency=currency,
        points=points,
        low=low,
        median=median,
        high=high,
        exponent=_exponent(points),
        sentence=_sentence(points, low, high, currency),
    )


def _points(ready: Search, best: Builds) -> list[ValuePoint]:
    deployed, points = ready.deployments, []
    for row in np.argsort(best.cost_cents, kind="stable"):
        spec = ready.spec_of(best, int(row))
        cost = Decimal(int(best.cost_cents[row])) / 100
        speed = float(best.decode_tps[row])
        if cost <= 0 or PLACEMENTS[best.placement[row]] in OFFLOADS:
            continue  # owned, or a machine too small for the model
        points.append(
            ValuePoint(
                title=ready.shelf.title_of_group(int(best.group[row])),
                kind=_kind(best, int(row)),
                placement=spec.deployment.placement,
                engine=deployed.engines[deployed.engine[int(best.deployment[row])]].name,
                cost=cost,
                decode_tps=speed,
                tps_per_1000=speed / float(cost) * 1000,
                query=spec_to_query(spec),
            )
        )
    return points


def _kind(best: Builds, row: int) -> Kind:
    if best.system[row] != NONE:
        return "system"
    return "cpu" if best.cards[row] == NONE else "cards"


def _exponent(points: Sequence[ValuePoint]) -> float | None:
    """Slope of log speed over log price; None where prices do not differ."""
    cost = np.log([float(point.cost) for point in points])
    if len(points) < 3 or np.ptp(cost) == 0:
        return None
    return float(np.polyfit(cost, np.log([point.decode_tps for point in points]), 1)[0])


def _sentence(points: Sequence[ValuePoint], low: float, high: float, currency: str) -> str:
    best = max(points, key=lambda point: point.tps_per_1000)
    ends = (
        f"Eight of ten machines give {significant(low)} to {significant(high)} tok/s per "
        f"1{chr(8239)}000 {currency}"
    )
    top = f"{best.title} gives most, {significant(best.tps_per_1000)}."
    claim = "that speed per price is the same everywhere"
    if high <= low * NEARLY_THE_SAME:
        return f"{ends}: {claim}, as the source document says, nearly holds. {top}"
    return (
        f"{ends}, a factor of {significant(high / low)}: {claim}, as the source document says, "
        f"does not hold. {top}"
    )

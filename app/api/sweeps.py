"""POST /sweeps: the same build along one axis."""

from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from app.advisor.changes.sweep_points import Axis, Sweep
from app.advisor.changes.sweeps import MOST_POINTS, sweep
from app.api.bodies import require_json
from app.builds.spec import BuildSpec
from app.serving.state import TheWorld

router = APIRouter(tags=["advice"])


def _as_written(value: object) -> str:
    """A number or a name as a person would write it; its axis decides what it means."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise PydanticCustomError("sweep_value", "Use a number or a name")
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else f"{Decimal(repr(value)):f}"
    return str(value)


ShortText = Annotated[str, Field(max_length=160)]
SweepValue = Annotated[
    str,
    BeforeValidator(_as_written, json_schema_input_type=int | float | ShortText),
    Field(max_length=160),
]


class SweepIn(BaseModel):
    """What to vary."""

    model_config = ConfigDict(extra="forbid")

    spec: BuildSpec
    axis: Axis
    values: list[SweepValue] | None = Field(
        default=None,
        max_length=MOST_POINTS,
        description="Whole numbers, amounts or quantisation slugs; null: sensible ones",
    )


@router.post("/sweeps", response_model=Sweep, dependencies=[Depends(require_json)])
def swept(given: SweepIn, world: TheWorld) -> Response:
    """Assess a build at each value of one axis.

    Each point is what `POST /estimates` says of the changed build, which its `query` names. A value
    at which the build cannot be assessed, or not built, carries the `reason`.
    """
    found = sweep(given.spec, given.axis, given.values, world)
    return Response(found.model_dump_json(), media_type="application/json")

"""POST /comparisons: up to four builds side by side."""

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from app.advisor.changes.comparison import MOST_BUILDS, Comparison, compare
from app.api.bodies import require_json
from app.builds.spec import BuildSpec
from app.serving.state import TheWorld

router = APIRouter(tags=["advice"])


class ComparisonIn(BaseModel):
    """What to compare."""

    model_config = ConfigDict(extra="forbid")

    specs: list[BuildSpec] = Field(
        json_schema_extra={"minItems": 1, "maxItems": MOST_BUILDS},
        description="One to four builds, in the order they are shown",
    )


@router.post("/comparisons", response_model=Comparison, dependencies=[Depends(require_json)])
def compared(given: ComparisonIn, world: TheWorld) -> Response:
    """Assess up to four builds and hold them against each other, row by row.

    `assessments` are what `POST /estimates` says of each. A row's `best` are positions in that
    order; it is empty where the values are equal, unknown or not comparable.
    """
    found = compare(given.specs, world)
    return Response(found.model_dump_json(), media_type="application/json")

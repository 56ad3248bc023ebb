"""POST /estimates: a BuildSpec in, an Assessment out."""

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from app.api.bodies import require_json
from app.builds.assess import assess
from app.builds.assessment import Assessment
from app.builds.spec import BuildSpec
from app.state import TheWorld

router = APIRouter(tags=["estimates"])


@router.post("/estimates", response_model=Assessment, dependencies=[Depends(require_json)])
async def estimate(spec: BuildSpec, world: TheWorld) -> Response:
    """Assess a build: fit, speed with intervals, verdicts, checks, cost and how it all came about.

    An empty object is a valid question: every field has a default. The answer is the same that the
    configurator shows and `rigwise estimate --json` prints.
    """
    return Response(assess(spec, world).model_dump_json(), media_type="application/json")

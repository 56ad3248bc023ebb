"""POST /recommendations: an AdvisorSpec in, ranked builds out."""

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from app.advisor.answer import Recommendations
from app.advisor.question import AdvisorSpec
from app.api.bodies import require_json
from app.serving.state import TheSearches, TheWorld

router = APIRouter(tags=["advice"])


@router.post(
    "/recommendations", response_model=Recommendations, dependencies=[Depends(require_json)]
)
async def recommend(
    spec: AdvisorSpec, request: Request, world: TheWorld, searches: TheSearches
) -> Response:
    """Search every orderable build for those that do what is asked, and rank them.

    An empty object is a valid question, but a long one: it allows every model in every format. Name
    a model and a quantisation and the answer takes about a second. Hanging up ends the search. The
    answer is the same that the page `/advisor` shows and `rigwise advise --json` prints.
    """
    found = await searches.answer(spec, world, gone=request.is_disconnected)
    return Response(found.model_dump_json(), media_type="application/json")

"""POST /estimates: a BuildSpec in, an Assessment out."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from fastapi.routing import APIRoute

from app.api.bodies import require_json
from app.builds.assessment import Assessment
from app.builds.spec import BuildSpec
from app.serving.state import TheAnswers, TheWorld

JSON = "application/json"


class AskedBefore(APIRoute):
    """Gives a body that was answered before the same answer, without reading it as JSON again."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """What serves a request of this route."""
        answer_anew = super().get_route_handler()

        async def answer(request: Request) -> Response:
            headers, state = request.headers, request.app.state
            if headers.get("content-type") == JSON and "content-encoding" not in headers:
                known = state.answers.known(await request.body(), state.world)
                if known is not None:
                    return Response(known, media_type=JSON)
            return await answer_anew(request)

        return answer


router = APIRouter(tags=["estimates"], route_class=AskedBefore)


@router.post("/estimates", response_model=Assessment, dependencies=[Depends(require_json)])
async def estimate(
    spec: BuildSpec, request: Request, world: TheWorld, answers: TheAnswers
) -> Response:
    """Assess a build: fit, speed with intervals, verdicts, checks, cost and how it all came about.

    An empty object is a valid question: every field has a default. The answer is the same that the
    configurator shows and `rigwise estimate --json` prints.
    """
    return Response(answers.assessment(spec, world, await request.body()), media_type=JSON)

"""POST /estimates: a BuildSpec in, an Assessment out."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from fastapi.routing import APIRoute
from pydantic import ValidationError

from app.api.bodies import require_json
from app.builds.assessment import Assessment
from app.builds.spec import BuildSpec
from app.serving.state import TheAnswers, TheWorld

JSON = "application/json"


class ReadAtOnce(APIRoute):
    """Answers a body it can read as it stands; the framework reads, and refuses, all others.

    Of an answer that was given before, reading the question is most of the work.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """What serves a request of this route."""
        answer_anew = super().get_route_handler()

        async def answer(request: Request) -> Response:
            headers, state = request.headers, request.app.state
            if headers.get("content-type") == JSON and "content-encoding" not in headers:
                body = await request.body()
                found = state.answers.known(body, state.world)
                if found is None and (spec := _read(body)) is not None:
                    found = state.answers.assessment(spec, state.world, body)
                if found is not None:
                    return Response(found, media_type=JSON)
            return await answer_anew(request)

        return answer


def _read(body: bytes) -> BuildSpec | None:
    """The question, where the body is one."""
    try:
        return BuildSpec.model_validate_json(body)
    except ValidationError:
        return None


router = APIRouter(tags=["estimates"], route_class=ReadAtOnce)


@router.post("/estimates", response_model=Assessment, dependencies=[Depends(require_json)])
async def estimate(
    spec: BuildSpec, request: Request, world: TheWorld, answers: TheAnswers
) -> Response:
    """Assess a build: fit, speed with intervals, verdicts, checks, cost and how it all came about.

    An empty object is a valid question: every field has a default. The answer is the same that the
    configurator shows and `rigwise estimate --json` prints.
    """
    return Response(answers.assessment(spec, world, await request.body()), media_type=JSON)

"""POST /upgrades: which single change of a build buys most speed."""

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict

from app.advisor.changes.upgrades import NextSteps, next_steps
from app.api.bodies import require_json
from app.builds.spec import BuildSpec
from app.serving.state import TheWorld

router = APIRouter(tags=["advice"])


class UpgradesIn(BaseModel):
    """What to start from."""

    model_config = ConfigDict(extra="forbid")

    spec: BuildSpec


@router.post("/upgrades", response_model=NextSteps, dependencies=[Depends(require_json)])
def upgraded(given: UpgradesIn, world: TheWorld) -> Response:
    """Try every single change of a build: cards, memory, CPU, engine, quantisation, KV cache.

    `paid` are ranked by tokens a second gained per 1,000 units of the currency, `free` are
    settings. Changes that cannot be built, do not fit or help nobody are left out.
    """
    found = next_steps(given.spec, world)
    return Response(found.model_dump_json(), media_type="application/json")

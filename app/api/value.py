"""GET /value: what a machine's price buys, over the whole catalogue."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response

from app.advisor.value import Value
from app.builds.spec import Condition, Currency, Slug
from app.serving.state import TheSearches, TheWorld

router = APIRouter(tags=["advice"])


@router.get("/value", response_model=Value)
async def value(
    world: TheWorld,
    searches: TheSearches,
    model: Annotated[Slug, Query(description="Slug or alias of a model")] = "qwen2.5-14b-instruct",
    quantization: Annotated[Slug, Query(description="Weight format")] = "q4_k_m",
    currency: Currency = "EUR",
    condition: Condition = "new",
) -> Response:
    """Every machine on the market that runs a model, at its fastest: speed, price, speed per price.

    The advisor's search with no limit but the model; one request at a time.
    """
    found = await searches.value(model, quantization, world, currency, condition)
    return Response(found.model_dump_json(), media_type="application/json")

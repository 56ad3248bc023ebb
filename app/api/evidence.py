"""GET /evidence/accuracy: how far off the estimates are on what the fit never saw."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.accuracy.record import AccuracyTables
from app.api.caching import cached_json
from app.serving.state import TheAccuracy

router = APIRouter(tags=["evidence"])


@router.get("/evidence/accuracy", response_model=AccuracyTables)
async def accuracy(request: Request, record: TheAccuracy) -> Response:
    """Held-out errors and interval coverage by class, from the last accuracy run.

    `by` holds three tables: hardware, models or sources left out of the fit in turn. The page
    `/evidence` shows the same figures with every single run.
    """
    return cached_json(request, record.revision, record.tables.model_dump_json)

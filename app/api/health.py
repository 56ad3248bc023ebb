"""For whoever runs the service: is the process alive, can it answer?"""

from typing import Literal

from fastapi import APIRouter, Request
from fastapi.exceptions import HTTPException
from fastapi.responses import Response
from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app import __version__
from app.serving.metrics import CONTENT_TYPE, may_read
from app.serving.state import TheDatabase, TheMetrics, TheSettings, TheWorld

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """The process runs."""

    status: Literal["ok"] = "ok"


class Readiness(Health):
    """The service can answer, and with what."""

    version: str
    calibration_version: str
    catalogue_revision: str


@router.get("/healthz")
async def healthz() -> Health:
    """Whether the process runs."""
    return Health()


@router.get("/metrics", include_in_schema=False)
async def metrics(
    request: Request, world: TheWorld, numbers: TheMetrics, settings: TheSettings
) -> Response:
    """What Prometheus reads, for the addresses that may."""
    address = request.client.host if request.client else ""
    if not may_read(address, settings.metrics_readers):
        raise HTTPException(404)
    numbers.serves(__version__, world.calibration.version, world.catalogue.revision)
    return Response(numbers.text(), media_type=CONTENT_TYPE)


@router.get("/readyz")
def readyz(world: TheWorld, database: TheDatabase) -> Readiness:
    """Whether the catalogue is loaded and the database answers."""
    try:
        with database.connect() as connection:
            connection.execute(text("SELECT 1"))
    except SQLAlchemyError as error:
        raise HTTPException(503, "The database does not answer.") from error
    return Readiness(
        version=__version__,
        calibration_version=world.calibration.version,
        catalogue_revision=world.catalogue.revision,
    )

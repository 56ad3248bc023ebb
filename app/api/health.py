"""For whoever runs the service: is the process alive, can it answer?"""

from typing import Literal

from fastapi import APIRouter
from fastapi.exceptions import HTTPException
from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app import __version__
from app.state import TheDatabase, TheWorld

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

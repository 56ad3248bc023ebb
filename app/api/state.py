"""What handlers take from the running application."""

from typing import Annotated, cast

from fastapi import Depends, Request
from fastapi.exceptions import HTTPException
from sqlalchemy import Engine

from app.builds.assess import World


def _world(request: Request) -> World:
    return cast(World, request.app.state.world)


def _database(request: Request) -> Engine:
    return cast(Engine, request.app.state.database)


async def require_json(request: Request) -> None:
    """Refuse a body that is not plain JSON.

    Raises:
        HTTPException: 415.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" and not (
        kind.startswith("application/") and kind.endswith("+json")
    ):
        raise HTTPException(415, "Send the request as application/json.")
    if request.headers.get("content-encoding", "identity") != "identity":
        raise HTTPException(415, "Send the request uncompressed.")


TheWorld = Annotated[World, Depends(_world)]
TheDatabase = Annotated[Engine, Depends(_database)]

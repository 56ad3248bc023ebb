"""What a request body must be before it is read."""

from fastapi import Request
from fastapi.exceptions import HTTPException


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

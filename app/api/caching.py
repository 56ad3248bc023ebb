"""Answers that stay the same until the catalogue changes: ETag and 304."""

import hashlib
from collections.abc import Callable

from fastapi import Request
from fastapi.responses import Response

from app import __version__


def etag_of(request: Request, revision: str) -> str:
    """Names the answer to this address at this catalogue revision.

    Weak, because the same answer may be sent in several compressions.
    """
    asked = f"{__version__}\n{revision}\n{request.url.path}\n{request.url.query}"
    return f'W/"{hashlib.sha256(asked.encode()).hexdigest()[:24]}"'


def cached_json(
    request: Request, revision: str, write: Callable[[], str], **headers: str
) -> Response:
    """The JSON text ``write`` gives, or 304 where the client has it already."""
    tag = etag_of(request, revision)
    always = {"ETag": tag, "Cache-Control": "no-cache", **headers}
    known = {part.strip() for part in request.headers.get("if-none-match", "").split(",")}
    if tag in known or "*" in known:
        return Response(status_code=304, headers=always)
    return Response(write(), headers=always, media_type="application/json")

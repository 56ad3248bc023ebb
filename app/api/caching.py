"""Answers that stay the same until the catalogue changes: ETag and 304."""

import hashlib
from collections.abc import Callable
from typing import Final

from fastapi import Request
from fastapi.responses import Response

from app import __version__
from app.serving.etags import has_already

_AFTER_VERSION: Final = "."


def etag_of(request: Request, revision: str, version: str = "") -> str:
    """Names the answer to this address at this revision of what it is made from.

    ``version``: of the one entry it shows; the tag starts with it. Weak, because the same answer
    may be sent in several compressions.
    """
    asked = f"{__version__}\n{revision}\n{request.url.path}\n{request.url.query}"
    digest = hashlib.sha256(asked.encode()).hexdigest()[:24]
    return f'W/"{version}{_AFTER_VERSION if version else ""}{digest}"'


def version_in(tag: str) -> str:
    """Version of the entry that a tag of `etag_of` names; the bare version may stand for a tag."""
    return tag.strip().removeprefix("W/").strip('"').partition(_AFTER_VERSION)[0]


def cached_json(
    request: Request, revision: str, write: Callable[[], str], version: str = "", **headers: str
) -> Response:
    """The JSON text ``write`` gives, or 304 where the client has it already."""
    tag = etag_of(request, revision, version)
    always = {"ETag": tag, "Cache-Control": "no-cache", **headers}
    if has_already(request.headers, tag):
        return Response(status_code=304, headers=always)
    return Response(write(), headers=always, media_type="application/json")

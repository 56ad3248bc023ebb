"""Whether a client has the newest answer already, by the names (ETags) of those it has."""

from starlette.datastructures import Headers


def has_already(headers: Headers, tag: str) -> bool:
    """Whether a request's If-None-Match names ``tag``, or any answer at all."""
    known = {part.strip() for part in headers.get("if-none-match", "").split(",")}
    return tag in known or "*" in known

"""What a reader chose for all pages: remembered in a cookie, then back to where it was chosen."""

from typing import Final
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.responses import RedirectResponse

_YEAR_S: Final = 365 * 24 * 3600


def remembered(
    request: Request, cookie: str, choice: str, back: str, *, for_scripts: bool = False
) -> RedirectResponse:
    """Remember a choice for a year and go back.

    ``for_scripts``: the page's script may read it; nothing secret is kept so.
    """
    response = RedirectResponse(_own_address(back), status_code=303)
    response.set_cookie(
        cookie,
        choice,
        max_age=_YEAR_S,
        httponly=not for_scripts,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    return response


def _own_address(back: str) -> str:
    """Only addresses on this site: a path, never another host."""
    parts = urlsplit(back)
    local = not parts.scheme and not parts.netloc and back.startswith("/")
    return back if local and not back.startswith(("//", "/\\")) else "/"

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
    response = RedirectResponse(back if is_own_address(back) else "/", status_code=303)
    response.set_cookie(
        cookie,
        choice,
        max_age=_YEAR_S,
        httponly=not for_scripts,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    return response


def is_own_address(address: str) -> bool:
    """Whether this is a path of this site; browsers read a backslash as a slash."""
    try:
        parts = urlsplit(address)
    except ValueError:  # such as half an IPv6 address
        return False
    elsewhere = parts.scheme or parts.netloc or address.startswith(("//", "/\\"))
    return address.startswith("/") and not elsewhere and address.isprintable()

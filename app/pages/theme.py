"""Light, dark, or as the reader's device says: kept in a cookie so that no page flashes."""

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse

from app.pages.rendering import THEME_COOKIE, THEMES

router = APIRouter()


@router.post("/theme")
def choose_theme(
    request: Request,
    theme: Annotated[str, Form(max_length=8)] = "auto",
    back: Annotated[str, Form(max_length=8000)] = "/",
) -> RedirectResponse:
    """Remember the theme for a year and go back to the page it was chosen on."""
    response = RedirectResponse(_own_address(back), status_code=303)
    chosen = theme if theme in THEMES else "auto"
    # Readable by the page's script, which switches without a reload; it holds nothing secret.
    response.set_cookie(
        THEME_COOKIE,
        chosen,
        max_age=365 * 24 * 3600,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    return response


def _own_address(back: str) -> str:
    """Only addresses on this site: a path, never another host."""
    parts = urlsplit(back)
    local = not parts.scheme and not parts.netloc and back.startswith("/")
    return back if local and not back.startswith(("//", "/\\")) else "/"

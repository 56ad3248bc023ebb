"""Light, dark, or as the reader's device says: kept in a cookie so that no page flashes."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse

from app.pages.addresses import own_address
from app.pages.rendering import THEME_COOKIE, THEMES

router = APIRouter()


@router.post("/theme")
def choose_theme(
    request: Request,
    theme: Annotated[str, Form(max_length=8)] = "auto",
    back: Annotated[str, Form(max_length=8000)] = "/",
) -> RedirectResponse:
    """Remember the theme for a year and go back to the page it was chosen on."""
    response = RedirectResponse(own_address(back), status_code=303)
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

"""Light, dark, or as the reader's device says: kept in a cookie so that no page flashes."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse

from app.pages.choices import remembered
from app.pages.rendering import THEME_COOKIE, THEMES

router = APIRouter()


@router.post("/theme")
def choose_theme(
    request: Request,
    theme: Annotated[str, Form(max_length=8)] = "auto",
    back: Annotated[str, Form(max_length=8000)] = "/",
) -> RedirectResponse:
    """Remember the theme for a year and go back to the page it was chosen on."""
    chosen = theme if theme in THEMES else "auto"
    # the page's script switches without a reload
    return remembered(request, THEME_COOKIE, chosen, back, for_scripts=True)

"""The pages people look at: HTML from the same assessment every other face shows."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from app.pages import (
    admin,
    advisor,
    browse,
    compare,
    configure,
    evidence,
    guide,
    home,
    imports,
    language,
    method,
    report,
    share,
    sweep,
    theme,
    upgrades,
    value,
    yours,
)

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
for _part in (
    home,
    advisor,
    configure,
    upgrades,
    sweep,
    compare,
    browse,
    report,  # before share: its addresses are the longer ones
    share,
    evidence,
    method,
    guide,
    theme,
    value,
    yours,
    imports,
    admin,
    language,
):
    router.include_router(_part.router)

__all__ = ["router"]

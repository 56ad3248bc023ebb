"""Pages for what could not be answered: calm, short, with a way on."""

from fastapi import Request
from fastapi.responses import HTMLResponse

from app.pages.rendering import page


def render_error(request: Request, status: int, title: str, detail: str) -> HTMLResponse:
    """A whole page saying what happened and where to go from here."""
    return page(
        request, "errors/error.html", status=status, title=title, detail=detail, code=status
    )

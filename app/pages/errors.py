"""Pages for what could not be answered: calm, short, with a way on."""

from fastapi import Request
from fastapi.responses import HTMLResponse

from app.pages.rendering import page


def render_error(request: Request, status: int, title: str, detail: str) -> HTMLResponse:
    """A whole page saying what happened and where to go from here."""
    return page(
        request, "errors/error.html", status=status, title=title, detail=detail, code=status
    )


def no_share(request: Request) -> HTMLResponse:
    """The one answer to every address of a share that is not there."""
    return render_error(
        request,
        404,
        "There is nothing at this link",
        "It may have been mistyped, or the share was withdrawn.",
    )

"""Pages for what could not be answered: calm, short, with a way on."""

from collections.abc import Sequence

from fastapi import Request
from fastapi.responses import HTMLResponse
from starlette.datastructures import UploadFile

from app.database.troubles import Trouble
from app.pages.rendering import page

Field = tuple[str, str]


def render_error(
    request: Request, status: int, title: str, detail: str, *, sent: Sequence[Field] = ()
) -> HTMLResponse:
    """A whole page saying what happened and where to go from here.

    With the fields that were ``sent`` it has a button that sends the same form again.
    """
    return page(
        request,
        "errors/error.html",
        status=status,
        title=title,
        detail=detail,
        code=status,
        sent=sent,
    )


def render_trouble(request: Request, trouble: Trouble) -> HTMLResponse:
    """A page for what could not be stored, from which it can be tried again."""
    sent = _sent_fields(request)
    return render_error(request, trouble.status, trouble.title, trouble.sentence, sent=sent)


def no_share(request: Request) -> HTMLResponse:
    """The one answer to every address of a share that is not there."""
    return render_error(
        request,
        404,
        "There is nothing at this link",
        "It may have been mistyped, or the share was withdrawn.",
    )


def _sent_fields(request: Request) -> list[Field]:
    """What was typed into the form that was sent; nothing where none was.

    A file cannot be put into a page again, and a token must not be: the browser keeps them, one
    step back.
    """
    form = getattr(request, "_form", None)
    if form is None or "token" in form or any(map(_is_file, form.values())):
        return []
    return [(name, str(value)) for name, value in form.multi_items()]


def _is_file(value: UploadFile | str) -> bool:
    return isinstance(value, UploadFile) and bool(value.filename)

"""Who changed what, when and why; and taking an edit back."""

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy import Engine

from app.catalogue.editing import edits
from app.catalogue.editing.edits import EditRefusedError
from app.catalogue.editing.fields import InvalidEditError
from app.catalogue.editing.history import find_edit, newest_edits
from app.pages.admin.common import Editor, TheForm, admin_page, field_of
from app.serving.following import Follower
from app.serving.state import TheDatabase, TheFollower
from app.tokens import Token

router = APIRouter()

PER_PAGE = 25


@router.get("/history")
def history(
    request: Request,
    editor: Editor,
    database: TheDatabase,
    follower: TheFollower,
    kind: str = "",
    slug: str = "",
    before: str = "",
) -> HTMLResponse:
    """All edits, or those of one kind or item, newest first."""
    found = newest_edits(
        database,
        before=_number(before),
        kind=kind[:40] or None,
        slug=slug[:160] or None,
        limit=PER_PAGE,
    )
    return admin_page(
        request, "history.html", editor, follower, found=found, kind=kind[:40], slug=slug[:160]
    )


@router.get("/history/{edit}")
def one(
    request: Request, edit: str, editor: Editor, database: TheDatabase, follower: TheFollower
) -> HTMLResponse:
    """One edit, and the form that takes it back."""
    return _page(request, edit, editor, database, follower)


@router.post("/history/{edit}")
def undo(
    request: Request,
    edit: str,
    form: TheForm,
    editor: Editor,
    database: TheDatabase,
    follower: TheFollower,
) -> Response:
    """Take it back, as an edit of its own."""
    reason = field_of(form, "reason")
    try:
        made = edits.undo(database, _number(edit) or 0, reason=reason, who=editor.name)
    except LookupError as error:
        raise HTTPException(404, str(error.args[0])) from error
    except InvalidEditError as error:
        return _page(
            request, edit, editor, database, follower, problem=str(error), reason=reason, status=422
        )
    except EditRefusedError as error:
        return _page(
            request, edit, editor, database, follower, refused=str(error), reason=reason, status=409
        )
    follower.refresh()
    return RedirectResponse(f"/admin/history/{made.id}", status_code=303)


def _page(
    request: Request,
    edit: str,
    editor: Token,
    database: Engine,
    follower: Follower,
    *,
    problem: str = "",
    refused: str = "",
    reason: str = "",
    status: int = 200,
) -> HTMLResponse:
    found = find_edit(database, _number(edit) or 0)
    if found is None:
        raise HTTPException(404, "There is no edit of that number.")
    return admin_page(
        request,
        "edit.html",
        editor,
        follower,
        status=status,
        edit=found,
        problem=problem,
        refused=refused,
        reason=reason,
    )


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None

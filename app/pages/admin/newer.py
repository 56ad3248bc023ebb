"""Where a newer seed says something else than an editor did: keep ours, or look at the item."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from app.catalogue.editing.upgrade import keep_ours, newer_in_seed
from app.pages.admin.common import Editor, TheForm, admin_page, field_of
from app.serving.state import TheDatabase, TheFollower

router = APIRouter()


@router.get("/newer")
def newer(
    request: Request, editor: Editor, database: TheDatabase, follower: TheFollower
) -> HTMLResponse:
    """The list."""
    return admin_page(request, "newer.html", editor, follower, found=newer_in_seed(database))


@router.post("/newer")
def keep(form: TheForm, _: Editor, database: TheDatabase) -> Response:
    """What was edited stays, and the item leaves the list."""
    keep_ours(database, field_of(form, "kind"), field_of(form, "slug"))
    return RedirectResponse("/admin/newer", status_code=303)

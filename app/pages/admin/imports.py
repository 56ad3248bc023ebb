"""A file in the seed's schema: compared first, applied as a whole after."""

from dataclasses import asdict, dataclass

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from app.catalogue.editing.fields import InvalidEditError, why_and_where
from app.catalogue.editing.imports import (
    CatalogueMovedError,
    Comparison,
    apply_file,
    compare_file,
)
from app.catalogue.kinds import KINDS
from app.pages.admin.common import Editor, TheForm, admin_page, field_of, file_of, known_kind
from app.serving.following import Follower
from app.serving.state import TheDatabase, TheFollower
from app.tokens import Token

router = APIRouter()

#: Rows of each outcome that are listed; REST answers with all of them.
ROWS_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Given:
    """The form as it was filled in."""

    kind: str
    text: str = ""
    reason: str = ""
    source: str = ""


@router.get("/import")
def form(request: Request, editor: Editor, follower: TheFollower) -> HTMLResponse:
    """The empty form."""
    kind = request.query_params.get("kind", "prices")[:40]
    given = Given(kind if kind in KINDS else "prices")
    return _page(request, editor, follower, given)


@router.post("/import")
def compare(
    request: Request,
    form: TheForm,
    editor: Editor,
    database: TheDatabase,
    follower: TheFollower,
) -> Response:
    """Show what the file would do; with a revision from that page, do it."""
    kind = known_kind(field_of(form, "kind"))
    reason, source = field_of(form, "reason"), field_of(form, "source").strip()
    revision = field_of(form, "revision")
    text, problems = _text(form)
    given = Given(kind, text, reason, source)
    try:
        why_and_where(reason, source)
    except InvalidEditError as error:
        problems |= {p.field: p.message for p in error.problems}
    try:
        if problems:
            return _page(request, editor, follower, given, problems=problems, status=422)
        if not revision:
            compared = compare_file(database, kind, text, source)
            return _page(request, editor, follower, given, compared=compared)
        made = apply_file(
            database,
            kind,
            text,
            revision=revision,
            reason=reason,
            source=source,
            who=editor.name,
        )
    except InvalidEditError as error:
        problems = {p.field: p.message for p in error.problems}
        return _page(request, editor, follower, given, problems=problems, status=422)
    except CatalogueMovedError as error:
        return _page(
            request,
            editor,
            follower,
            given,
            compared=error.compared,
            moved=str(error),
            status=409,
        )
    follower.refresh()
    return RedirectResponse(f"/admin/history?kind={kind}&imported={len(made)}", status_code=303)


def _text(form: TheForm) -> tuple[str, dict[str, str]]:
    """The chosen file, else the pasted text."""
    file = file_of(form, "file")
    data = (
        file.file.read() if file is not None else field_of(form, "csv").encode("utf-8", "replace")
    )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return "", {"csv": "The file is not UTF-8: save it as CSV UTF-8 and choose it again."}
    if not text.strip():
        return "", {"csv": "Choose a file or paste its text."}
    return text, {}


def _page(
    request: Request,
    editor: Token,
    follower: Follower,
    given: Given,
    *,
    problems: dict[str, str] | None = None,
    compared: Comparison | None = None,
    moved: str = "",
    status: int = 200,
) -> HTMLResponse:
    return admin_page(
        request,
        "import.html",
        editor,
        follower,
        status=status,
        **asdict(given),
        problems=problems or {},
        compared=compared,
        moved=moved,
        rows_shown=ROWS_SHOWN,
    )

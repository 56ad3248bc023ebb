"""Signing in with a token, and out again. The cookie holds a session, never the token."""

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from app.pages.choices import is_own_address
from app.pages.rendering import page
from app.serving.access import (
    SWITCHED_OFF,
    attempts_of,
    from_own_page,
    session_cookie,
    set_session,
)
from app.serving.state import TheDatabase, TheSettings
from app.tokens import any_token, close_session, find_session, open_session

router = APIRouter()

START = "/admin"


def sign_in_page(request: Request, *, status: int = 401, problem: str = "") -> HTMLResponse:
    """The form, at whatever address it was needed; afterwards the reader is taken back there."""
    lost = request.method == "POST" and not problem
    back = START if request.method != "GET" else request.url.path
    if request.method == "GET" and request.url.query:
        back = f"{back}?{request.url.query}"
    return page(
        request,
        "admin/sign_in.html",
        status=status,
        headers={
            "Cache-Control": "no-store",
            "X-Robots-Tag": "noindex",
            "WWW-Authenticate": 'Bearer realm="rigwise"',
        }
        if status == 401
        else {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"},
        switched_off="" if any_token(request.app.state.database) else SWITCHED_OFF,
        problem=problem,
        lost=lost,
        back=_own_page(back),
    )


@router.get("/sign-in")
def form(request: Request, database: TheDatabase) -> Response:
    """The form; whoever is signed in already goes on."""
    secret = request.cookies.get(session_cookie(request))
    if secret and find_session(database, secret) is not None:
        return RedirectResponse(START, status_code=303)
    return sign_in_page(request, status=200)


@router.post("/sign-in")
def sign_in(
    request: Request,
    database: TheDatabase,
    settings: TheSettings,
    token: Annotated[str, Form(max_length=200)] = "",
    back: Annotated[str, Form(max_length=2_000)] = START,
) -> Response:
    """Open a session; a wrong token is said calmly, and after ten in a minute there is a pause."""
    attempts = attempts_of(request)
    attempts.refuse_if_many(request)
    opened = open_session(database, token.strip(), settings.session_hours)
    if opened is None:
        attempts.failed(request)
        sentence = "This token is unknown, revoked or expired." if token else "Paste a token."
        return sign_in_page(request, problem=sentence)
    response = RedirectResponse(_own_page(back), status_code=303)
    set_session(request, response, opened[1], settings.session_hours)
    return response


@router.post("/sign-out")
def sign_out(request: Request, database: TheDatabase) -> Response:
    """Close the session, here and in the database."""
    if not from_own_page(request):
        raise HTTPException(403, "This form was not sent by our own page: nothing was changed.")
    close_session(database, request.cookies.get(session_cookie(request), ""))
    response = RedirectResponse(f"{START}/sign-in", status_code=303)
    response.delete_cookie(
        session_cookie(request),
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    return response


def _own_page(back: str) -> str:
    """Only the editors' own pages: never another site, never the form itself."""
    path = urlsplit(back).path if is_own_address(back) else ""
    inside = path == START or path.startswith(f"{START}/")
    return back if inside and path != f"{START}/sign-in" else START

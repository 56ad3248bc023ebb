"""One refusal, two faces: a problem document for programs, a page for people."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from sqlalchemy.exc import DBAPIError, OperationalError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Route, compile_path

from app.api.problems import problem_response, problems_of_request
from app.builds.problems import InvalidSpecError, Problem
from app.catalogue.editing.edits import EditConflictError, EditRefusedError
from app.catalogue.editing.fields import InvalidEditError
from app.catalogue.editing.imports import CatalogueMovedError
from app.database.digests import DamagedError
from app.database.troubles import UNKNOWN, trouble_of
from app.logs import ERRORS
from app.pages.admin.sign_in import sign_in_page
from app.pages.errors import render_error, render_trouble
from app.serving.access import SignInNeededError

#: Sentences for refusals that the framework raises without one of its own.
_SENTENCES: Final[Mapping[int, str]] = {
    HTTPStatus.NOT_FOUND: "There is nothing at this address.",
    HTTPStatus.METHOD_NOT_ALLOWED: "This address does not answer to that method.",
    HTTPStatus.BAD_REQUEST: "The request could not be read.",
}
_JSON_TYPES: Final = ("application/json", "application/problem+json")
_PROGRAM_PATHS: Final = ("/api", "/healthz", "/readyz", "/metrics")


def refuse(
    request: Request,
    status: int,
    detail: str,
    *,
    title: str = "",
    errors: Sequence[Problem] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The refusal in the form its reader understands."""
    if wants_json(request):
        return problem_response(
            request, status, detail, title=title, errors=errors, headers=headers
        )
    page = render_error(request, status, title or HTTPStatus(status).phrase, detail)
    page.headers.update(headers or {})
    return page


def wants_json(request: Request) -> bool:
    """Whether a program asks: by the address, or because it accepts JSON and no HTML."""
    path = request.url.path
    if any(path == start or path.startswith(f"{start}/") for start in _PROGRAM_PATHS):
        return True
    accepted = request.headers.get("accept", "")
    return "text/html" not in accepted and any(kind in accepted for kind in _JSON_TYPES)


def add_error_handlers(app: FastAPI) -> None:
    """Make every refusal of ``app`` one of ours."""
    app.exception_handler(HTTPException)(_on_http_error)
    app.exception_handler(RequestValidationError)(_on_unreadable)
    app.exception_handler(InvalidSpecError)(_on_invalid_spec)
    app.exception_handler(DBAPIError)(_on_database_error)
    app.exception_handler(DamagedError)(_on_database_error)
    app.exception_handler(InvalidEditError)(_on_invalid_edit)
    app.exception_handler(EditConflictError)(_on_edit_conflict)
    app.exception_handler(EditRefusedError)(_on_edit_refused)
    app.exception_handler(CatalogueMovedError)(_on_edit_refused)
    app.exception_handler(SignInNeededError)(_on_sign_in_needed)


async def _on_http_error(request: Request, error: HTTPException) -> Response:
    if error.status_code == HTTPStatus.BAD_REQUEST and isinstance(
        error.__cause__, RecursionError | ValueError
    ):
        detail = "The body is not JSON that can be read: it is nested too deeply or badly encoded."
        return refuse(request, 422, detail)
    phrase = HTTPStatus(error.status_code).phrase
    detail = error.detail if error.detail and error.detail != phrase else ""
    sentence = detail or _SENTENCES.get(error.status_code, f"{phrase}.")
    headers = error.headers
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        # the framework names the methods of one route alone, where several share the address
        found = list(_routes_at(request.url.path, request.app.routes))
        allowed = {m for path, methods in found if path == found[0][0] for m in methods}
        headers = {"Allow": ", ".join(sorted(allowed))} if allowed else headers
    return refuse(request, error.status_code, sentence, headers=headers)


def _routes_at(
    path: str, routes: Sequence[BaseRoute], before: str = ""
) -> Iterator[tuple[str, set[str]]]:
    """The routes that have an address, in order: path with its gaps, methods."""
    for route in routes:
        included: Any = getattr(route, "original_router", None)
        if included is not None:
            context: Any = getattr(route, "include_context", None)
            yield from _routes_at(path, included.routes, before + context.prefix)
        elif isinstance(route, Route) and compile_path(before + route.path)[0].match(path):
            yield before + route.path, route.methods or set()


async def _on_unreadable(request: Request, error: RequestValidationError) -> Response:
    return _field_by_field(request, problems_of_request(error))


async def _on_invalid_spec(request: Request, error: InvalidSpecError) -> Response:
    return _field_by_field(request, error.problems)


async def _on_invalid_edit(request: Request, error: InvalidEditError) -> Response:
    return _field_by_field(request, [Problem(p.field, p.message) for p in error.problems])


async def _on_edit_conflict(request: Request, error: EditConflictError) -> Response:
    both = [asdict(conflict) for conflict in error.conflicts]
    more = {"conflicts": both, "version": error.version}
    status = 412 if "if-match" in request.headers else 409  # as HTTP wants it of who sends that
    return problem_response(request, status, str(error), title="Edited meanwhile", more=more)


async def _on_edit_refused(
    request: Request, error: EditRefusedError | CatalogueMovedError
) -> Response:
    return refuse(request, 409, str(error))


async def _on_sign_in_needed(request: Request, _: SignInNeededError) -> Response:
    if wants_json(request):
        detail = "Sign in at /admin/sign-in; over REST send a token instead."
        return problem_response(request, 401, detail)
    return await run_in_threadpool(sign_in_page, request)


def _field_by_field(request: Request, problems: Sequence[Problem]) -> Response:
    count = len(problems)
    rest = f" ({count - 1} more below)" if count > 1 else ""
    first = problems[0]
    detail = f"{first.field}: {first.message}{rest}" if first.field else f"{first.message}{rest}"
    return refuse(request, 422, detail, title="The request needs another look", errors=problems)


async def _on_database_error(request: Request, error: DBAPIError | DamagedError) -> Response:
    trouble = trouble_of(error)
    if trouble is UNKNOWN and not isinstance(error, OperationalError):
        raise error  # a statement of ours is wrong, not the database
    ERRORS.error("database refused", exc_info=error)
    request.app.state.metrics.database_failed(request.method)
    if wants_json(request):
        answer = problem_response(request, trouble.status, trouble.sentence, title=trouble.title)
    else:
        answer = render_trouble(request, trouble)
    if trouble.status == HTTPStatus.SERVICE_UNAVAILABLE:
        answer.headers["Retry-After"] = "5"
    return answer

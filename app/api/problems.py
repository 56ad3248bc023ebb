"""Refusals as problem documents (RFC 9457): what is wrong, where, and what to do."""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import BaseModel, Field

from app.builds.problems import Problem
from app.builds.query import sentence_of

PROBLEM_JSON: Final = "application/problem+json"


class FieldError(BaseModel):
    """What is wrong with one field of the request."""

    field: str = Field(description="Dotted path, e.g. machine.gpus.0.gpu")
    message: str


class FieldConflict(BaseModel):
    """A field that two editors changed: what it was, and what each wants."""

    field: str
    before: Any
    mine: Any
    theirs: Any


class ProblemDetail(BaseModel):
    """Why a request was refused."""

    type: str = Field(description="Kind of problem; about:blank where the status says it all")
    title: str
    status: int
    detail: str = Field(description="One sentence for a person")
    instance: str = Field(description="Path of the request")
    request_id: str | None = Field(description="Names the request in the service's log")
    errors: list[FieldError] | None = Field(default=None, description="Field by field, if any")
    conflicts: list[FieldConflict] | None = Field(
        default=None, description="Fields that somebody else changed too, where an edit came late"
    )
    version: str | None = Field(
        default=None, description="Version of the entry now, where an edit came late"
    )


def problem_response(
    request: Request,
    status: int,
    detail: str,
    *,
    title: str = "",
    errors: Sequence[Problem] = (),
    headers: Mapping[str, str] | None = None,
    more: Mapping[str, object] | None = None,
) -> Response:
    """A problem document for this request; ``more`` are members of its own kind."""
    document: dict[str, object] = {
        "type": "about:blank",
        "title": title or HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "instance": request.url.path,
        "request_id": getattr(request.state, "request_id", None),
    }
    if errors:
        document["errors"] = [{"field": e.field, "message": e.message} for e in errors]
    document |= more or {}
    # ASCII only: what a client sent may hold characters that no encoding can carry
    return Response(json.dumps(document), status, headers, media_type=PROBLEM_JSON)


def problems_of_request(error: RequestValidationError) -> list[Problem]:
    """FastAPI's findings as sentences, with the field's path inside the body or query."""
    return [_problem(dict(found)) for found in error.errors()]


def _problem(found: dict[str, object]) -> Problem:
    place = [str(part) for part in _sequence(found["loc"])]
    if found["type"] == "json_invalid":
        where = place[-1] if place[-1].isdigit() else "some"
        return Problem("", f"The body is not valid JSON: it goes wrong at character {where}.")
    inside = place[1:] if place[0] in ("body", "query", "path") else place
    return Problem(".".join(inside), sentence_of(found))


def _sequence(value: object) -> Sequence[object]:
    return value if isinstance(value, Sequence) else [value]

"""The OpenAPI description: FastAPI's own, with refusals described as they really are."""

from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from app import __version__
from app.api.problems import PROBLEM_JSON, ProblemDetail

DESCRIPTION: Final = (
    "What a machine for local language models costs, how fast it is and how sure that is. "
    "Every answer is the one the pages show. Errors are problem documents (RFC 9457)."
)
_COMPONENT: Final = "#/components/schemas/{model}"


def add_schema(app: FastAPI) -> None:
    """Make ``app.openapi()`` give our description."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = describe(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def describe(app: FastAPI) -> dict[str, Any]:
    """The whole description."""
    schema = get_openapi(
        title="Rigwise", version=__version__, description=DESCRIPTION, routes=app.routes
    )
    components = schema["components"]["schemas"]
    for unused in ("HTTPValidationError", "ValidationError"):
        components.pop(unused, None)
    model = ProblemDetail.model_json_schema(ref_template=_COMPONENT)
    components.update(model.pop("$defs", {}))
    components["ProblemDetail"] = model
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            _describe_refusals(operation, path, method)
    return schema


def _holds_links(path: str) -> bool:
    """Answers that never change need no ETag, but for files, which are made anew each time."""
    return ("shares" in path or "imports" in path) and "export" not in path


def _describe_refusals(operation: dict[str, Any], path: str, method: str) -> None:
    statuses = {"default": "Anything else that went wrong"}
    if method == "post":
        statuses |= {"413": "Body too large", "415": "Not JSON", "422": "Invalid question"}
        statuses |= {"403": "Asked for by another site"}
    elif "{slug}" in path:
        statuses["404"] = "Nothing of that name"
    elif path.startswith("/api") and "evidence" not in path:
        statuses["422"] = "Invalid filter, sort or cursor"
    if "imports/" in path and method == "post":
        statuses |= {"415": "Not a type this file has", "422": "Unreadable file, build or figure"}
    if path.endswith(("/shares", "/imports")):
        statuses["429"] = "Too many share links and imports"
    if "recommendations" in path or path.endswith("/value"):
        statuses["503"] = "Too many searches under way; Retry-After says when to come back"
    if path == "/readyz":
        statuses["503"] = "Not ready"
    if method == "get" and path.startswith("/api") and not _holds_links(path):
        operation["responses"]["304"] = {"description": "Unchanged since the ETag sent"}
    operation["responses"].pop("422", None)
    for status, words in statuses.items():
        reference = {"$ref": _COMPONENT.format(model="ProblemDetail")}
        content = {PROBLEM_JSON: {"schema": reference}}
        operation["responses"][status] = {"description": words, "content": content}

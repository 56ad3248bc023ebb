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


def _describe_refusals(operation: dict[str, Any], path: str, method: str) -> None:
    statuses = {"default": "Anything else that went wrong"}
    if method in ("post", "patch"):
        statuses |= {"413": "Body too large", "415": "Not JSON", "422": "Invalid question"}
        statuses |= {"403": "Asked for by another site"}
    elif path.endswith("{slug}"):
        statuses["404"] = "Nothing of that name"
    elif path.startswith("/api") and "evidence" not in path:
        statuses["422"] = "Invalid filter, sort or cursor"
    if "security" in operation and method != "get":
        statuses |= {
            "401": "No token, or not a good one",
            "403": "The token does not allow it",
            "404": "Nothing of that name",
            "409": "Somebody else was first",
            "429": "Too many wrong tokens",
        }
    if path.endswith("/changes"):
        statuses |= {"401": "The token sent is not good", "429": "Too many wrong tokens"}
    if "/api/v1/imports" in path:
        statuses |= {"415": "Not a benchmark file's type", "422": "Unreadable file or build"}
    if "shares" in path and method == "post":
        statuses["429"] = "Too many share links"
    if "recommendations" in path or path.endswith("/value"):
        statuses["503"] = "Too many searches under way; Retry-After says when to come back"
    if path == "/readyz":
        statuses["503"] = "Not ready"
    live = "shares" in path or path.endswith("/changes")
    if method == "get" and path.startswith("/api") and not live:
        operation["responses"]["304"] = {"description": "Unchanged since the ETag sent"}
    operation["responses"].pop("422", None)
    for status, words in statuses.items():
        reference = {"$ref": _COMPONENT.format(model="ProblemDetail")}
        content = {PROBLEM_JSON: {"schema": reference}}
        operation["responses"][status] = {"description": words, "content": content}

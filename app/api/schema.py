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
_BUILD: Final = {
    "machine": {
        "cpu": "amd-ryzen-9-9950x",
        "memory": {"module": "udimm-ddr5-5600-48gb", "count": 2},
        "gpus": [{"gpu": "nvidia-geforce-rtx-5090", "count": 1}],
    },
    "deployment": {"model": "qwen3-32b", "quantization": "q4_k_m", "context_tokens": 8192},
    "workload": {"use_case": "uc2", "concurrency": 1},
}
_SPEC: Final = {"spec": _BUILD}
_UNDO: Final = {
    "undo": (
        "/api/v1/catalogue/edits/{edit}/undo",
        {"edit": "$response.body#/edit"},
        "Take the edit back",
    )
}
#: What can be done with an answer: the address to go on to, and where its parameters stand in it.
LINKS: Final[dict[tuple[str, str], dict[str, tuple[str, dict[str, str], str]]]] = {
    ("/api/v1/shares", "201"): {
        "read": (
            "/api/v1/shares/{slug}",
            {"slug": "$response.body#/slug"},
            "The answer as it was frozen",
        )
    },
    ("/api/v1/imports", "201"): {
        "read": ("/api/v1/imports/{slug}", {"slug": "$response.body#/slug"}, "What was kept")
    },
    ("/api/v1/catalogue/withdrawals", "201"): _UNDO,
    ("/api/v1/catalogue/confirmations", "201"): _UNDO,
    ("/api/v1/catalogue/edits/{edit}/undo", "201"): _UNDO,
    ("/api/v1/catalogue/{kind}", "201"): _UNDO,
    ("/api/v1/catalogue/{kind}/{slug}", "200"): _UNDO,
}
#: A question for each address that takes one, such as a person might ask.
EXAMPLES: Final[dict[str, dict[str, Any]]] = {
    "/api/v1/estimates": _BUILD,
    "/api/v1/sweeps": {**_SPEC, "axis": "concurrency", "values": [1, 4, 16]},
    "/api/v1/comparisons": {
        "specs": [_BUILD, {"machine": {"system": "nvidia-dgx-spark-128gb-4tb"}}]
    },
    "/api/v1/upgrades": _SPEC,
    "/api/v1/shares": _SPEC,
    "/api/v1/recommendations": {
        "demand": {"people": 20, "mix": [{"use_case": "uc2", "share": 1}]},
        "models": {"models": ["qwen3-32b"], "quantizations": ["q4_k_m"]},
        "limits": {"budget": "15000", "currency": "EUR"},
    },
}


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
    _tell_apart(components)
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            _describe_refusals(operation, path, method)
            if method == "post" and path in EXAMPLES:
                content = operation["requestBody"]["content"]
                content["application/json"]["example"] = EXAMPLES[path]
            if method == "get" and "security" in operation:
                # whoever sends no token is answered too
                operation["security"].insert(0, {})
    _link(schema["paths"])
    return schema


def _link(paths: dict[str, Any]) -> None:
    """Say what can be done with an answer, for readers and for tests that go on from it."""
    for (path, status), links in LINKS.items():
        (answered,) = (
            answers[status] for o in paths[path].values() if status in (answers := o["responses"])
        )
        answered["links"] = {}
        for name, (place, parameters, words) in links.items():
            (target,) = paths[place].values()
            answered["links"][name] = {
                "operationId": target["operationId"],
                "parameters": parameters,
                "description": words,
            }


def _holds_links(path: str) -> bool:
    """Answers that never change need no ETag, but for files, which are made anew each time."""
    return ("shares" in path or "imports" in path) and "export" not in path


def _tell_apart(components: dict[str, Any]) -> None:
    """Give what is read and what is written titles of their own: client generators name by them."""
    for name, component in components.items():
        if name.endswith(("-Input", "-Output")):
            component["title"] = name.replace("-", "")


def _describe_refusals(operation: dict[str, Any], path: str, method: str) -> None:
    statuses = {"default": "Anything else that went wrong"}
    if method in ("post", "patch"):
        statuses |= {"413": "Body too large", "415": "Not JSON", "422": "Invalid question"}
        statuses |= {"403": "Asked for by another site"}
    elif "{slug}" in path:
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
    if method == "patch":
        statuses["412"] = "Somebody else was first, and If-Match was sent"
    if path.endswith("/changes"):
        statuses |= {"401": "The token sent is not good", "429": "Too many wrong tokens"}
    if "/v1/imports/" in path and method == "post":
        statuses |= {"415": "Not a type this file has", "422": "Unreadable file, build or figure"}
    if path.endswith(("/shares", "/v1/imports")):
        statuses["429"] = "Too many share links and imports"
    if "recommendations" in path or path.endswith("/value"):
        statuses["503"] = "Too many searches under way; Retry-After says when to come back"
    if path == "/readyz":
        statuses["503"] = "Not ready"
    live = _holds_links(path) or path.endswith("/changes")
    if method == "get" and path.startswith("/api") and not live:
        operation["responses"]["304"] = {"description": "Unchanged since the ETag sent"}
    operation["responses"].pop("422", None)
    for status, words in statuses.items():
        reference = {"$ref": _COMPONENT.format(model="ProblemDetail")}
        content = {PROBLEM_JSON: {"schema": reference}}
        operation["responses"][status] = {"description": words, "content": content}

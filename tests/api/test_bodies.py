"""T11, T12, T15: the contract only grows, bodies are strict, lists lose nothing while they grow."""

import json
import subprocess
import time
from dataclasses import replace
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import pytest
from fastapi import FastAPI
from pydantic import BaseModel
from sqlmodel import SQLModel

from app.builds.assess import World
from app.catalogue.queries import list_items
from app.main import create_app
from app.settings import Settings
from tests.client import Client
from tests.security.routes import routes_of

ROOT = Path(__file__).resolve().parents[2]
JSON = {"Content-Type": "application/json"}
#: Amounts of money may be texts; `Amount` says how long.
AMOUNT = tuple(
    f"{name}.anyOf"
    for name in (
        "electricity_per_kwh",
        "quoted_price",
        "shipping",
        "admin_rate_per_hour",
        "budget",
    )
)
ODD = {
    "NaN": b"NaN",
    "Infinity": b"Infinity",
    "-Infinity": b"-Infinity",
    "1e400": b"1e400",
    "2^63": b"9223372036854775808",
    "Arabic digits": '"١٢"'.encode(),
    "NUL": b'"\\u0000"',
    "lone surrogate": b'"\\ud800"',
    "true": b"[true]",
    "4,000 digits": b"9" * 4_000,
}


def bodies(app: FastAPI) -> dict[str, type[BaseModel]]:
    """Every class that a JSON body is read into, with those inside it, by name."""
    found: dict[str, type[BaseModel]] = {}
    waiting: list[Any] = []
    for address in routes_of(app):
        field = address.route.body_field
        if field is not None and address.path.startswith("/api"):
            waiting.append(field.field_info.annotation)
    while waiting:
        kind = waiting.pop()
        if get_origin(kind) in (Annotated, Union, UnionType, list, tuple, dict):
            waiting += get_args(kind)
        elif isinstance(kind, type) and issubclass(kind, BaseModel) and kind.__name__ not in found:
            found[kind.__name__] = kind
            waiting += [inner.annotation for inner in kind.model_fields.values()]
    return found


BODIES = bodies(create_app(Settings()))


def test_bodies_are_found() -> None:
    assert {"BuildSpec", "MachineSpec", "AdvisorSpec", "ShareIn", "ChangeIn", "GpuDraft"} <= set(
        BODIES
    )
    assert len(BODIES) >= 25


@pytest.mark.parametrize("name", sorted(BODIES))
def test_a_body_is_no_table_and_takes_no_other_fields(name: str) -> None:
    assert not issubclass(BODIES[name], SQLModel)
    assert BODIES[name].model_config.get("extra") == "forbid"


@pytest.mark.parametrize("name", sorted(BODIES))
def test_every_text_list_and_number_of_a_body_has_its_bounds(name: str) -> None:
    schema = BODIES[name].model_json_schema()

    def unbounded(part: Any, path: str) -> list[str]:
        found = []
        if isinstance(part, dict):
            kind = part.get("type")
            stated = {"enum", "const", "maxLength", "format", "pattern"} & part.keys()
            if kind == "string" and not stated and not path.endswith(AMOUNT):
                found.append(path)
            if kind == "array" and "items" in part and "maxItems" not in part:
                found.append(path)
            open_keys = part.get("additionalProperties") and "propertyNames" not in part
            if kind == "object" and open_keys and "maxProperties" not in part:
                found.append(path)
            for key, inner in part.items():
                found += unbounded(inner, f"{path}.{key}")
        elif isinstance(part, list):
            for inner in part:
                found += unbounded(inner, path)
        return found

    assert unbounded(schema, name) == []


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/v1/estimates", b'{"workload":{"concurrency":%s}}'),
        ("/api/v1/estimates", b'{"economics":{"years":%s}}'),
        ("/api/v1/estimates", b'{"deployment":{"model":%s}}'),
        ("/api/v1/shares", b'{"spec":{"economics":{"quoted_price":%s}}}'),
        ("/api/v1/sweeps", b'{"spec":{},"axis":"concurrency","values":[%s]}'),
        ("/api/v1/recommendations", b'{"demand":{"people":%s}}'),
        ("/api/v1/imports", b'{"kind":"gpu","facts":{"name":%s}}'),
    ],
)
def test_a_value_that_cannot_be_meant_is_refused(
    odd: str, path: str, body: bytes, client: Client
) -> None:
    began = time.process_time()
    answer = client.post(path, content=body % ODD[odd], headers=JSON)
    assert answer.status_code == 422, answer.text
    document = answer.json()
    assert {"type", "title", "status", "detail", "instance", "request_id"} <= document.keys()
    assert time.process_time() - began < 1
    page = client.post(path, content=body % ODD[odd], headers=JSON | {"Accept": "text/html"})
    assert page.headers["Content-Type"] == "application/problem+json"  # by its address


def test_minus_zero_is_zero(client: Client) -> None:
    answers = [
        client.post(
            "/api/v1/estimates", content=b'{"workload":{"cached_tokens":%s}}' % zero, headers=JSON
        )
        for zero in (b"0", b"-0")
    ]
    assert [a.status_code for a in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()


@pytest.mark.parametrize(
    "query",
    [
        "memory_gib_min=١٢",
        "memory_gib_min=",
        "memory_gib_min=1e9999999",
        "memory_gib_min=Infinity",
        "limit=١٢",
        "limit=%00",
    ],
)
def test_a_filter_that_is_no_plain_number_is_refused_or_finds_nothing(
    query: str, client: Client
) -> None:
    answer = client.get(f"/api/v1/gpus?{query}")
    assert answer.status_code == 422 or answer.json()["total"] == 0


@pytest.mark.parametrize("text", ["", "2026", "20261121", "2026-W47-6", "2026-13-01", "yesterday"])
def test_a_date_that_is_none_is_refused(text: str, client: Client) -> None:
    answer = client.get("/api/v1/prices", params={"observed_from_min": text})
    assert answer.status_code == 422
    assert "a date such as" in answer.json()["detail"]


def test_ten_thousand_rows_are_walked_while_rows_come_in(world: World) -> None:
    """Keyset: what was there from the start comes exactly once, whatever is added meanwhile."""
    some = next(iter(world.catalogue.gpus.values()))

    def row(number: int, order: int) -> Any:
        return some.model_copy(update={"slug": f"row-{order:06}", "memory_gib": float(number % 97)})

    rows = {f"row-{2 * i:06}": row(i, 2 * i) for i in range(10_000)}
    there = set(rows)
    catalogue = replace(world.catalogue, _by_kind={**world.catalogue._by_kind, "gpus": rows})
    for sort in ("", "-memory_gib"):
        seen: list[str] = []
        cursor: str | None = None
        added = 0
        while True:
            page = list_items(catalogue, "gpus", {}, sort, cursor, 500)
            seen += [fact.slug for fact in page.items]
            cursor = page.next_cursor
            if cursor is None:
                break
            for _ in range(25):  # before and behind the place that was reached
                added += 1
                rows[f"row-{(added * 7919) % 20_000 | 1:06}"] = row(
                    added, (added * 7919) % 20_000 | 1
                )
        assert len(seen) == len(set(seen))
        assert there <= set(seen)
        assert added >= 400


def breaking(old: Any, new: Any) -> list[str]:
    """What a client of the old description would miss in the new one."""
    found = []
    for path, operations in old["paths"].items():
        for method, operation in operations.items():
            now = new["paths"].get(path, {}).get(method)
            if now is None:
                found.append(f"{method} {path} is gone")
                continue
            if now["operationId"] != operation["operationId"]:
                found.append(f"{method} {path} has another name")
            before = {p["name"] for p in operation.get("parameters", [])}
            after = {p["name"]: p for p in now.get("parameters", [])}
            found += [f"{method} {path} takes no {name}" for name in before - set(after)]
            found += [
                f"{method} {path} needs {name}"
                for name, p in after.items()
                if p.get("required") and name not in before
            ]
    for name, schema in old["components"]["schemas"].items():
        now = new["components"]["schemas"].get(name)
        if now is None:
            found.append(f"{name} is gone")
            continue
        gone = set(schema.get("properties", {})) - set(now.get("properties", {}))
        found += [f"{name} has no {field}" for field in sorted(gone)]
        asked = set(now.get("required", [])) - set(schema.get("required", []))
        if name.endswith(("In", "Input", "Spec")):
            found += [f"{name} needs {field}" for field in sorted(asked)]
    return found


def test_the_description_breaks_nobody_within_a_version(app: FastAPI) -> None:
    """Compared with the newest released version, where the checkout has one."""
    tag = subprocess.run(
        ["git", "describe", "--tags", "--abbrev=0", "--match", "v*"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    ).stdout.strip()
    reference = tag or "HEAD"
    shown = subprocess.run(
        ["git", "show", f"{reference}:openapi.json"], cwd=ROOT, capture_output=True, text=True
    )
    old = json.loads(shown.stdout or (ROOT / "openapi.json").read_text(encoding="utf-8"))
    assert breaking(old, app.openapi()) == []


def test_what_breaks_a_client_is_seen(app: FastAPI) -> None:
    old = json.loads(json.dumps(app.openapi()))
    new = json.loads(json.dumps(old))
    del new["paths"]["/api/v1/value"]
    new["paths"]["/api/v1/estimates"]["post"]["operationId"] = "other"
    del new["components"]["schemas"]["ShareCreated"]["properties"]["url"]
    new["components"]["schemas"]["ShareIn"]["required"] = ["spec", "title"]
    assert len(breaking(old, new)) == 4
    assert breaking(old, old) == []

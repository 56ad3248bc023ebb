"""Health, description, start."""

import json
from pathlib import Path

from fastapi import FastAPI

from app.settings import Settings
from app.start import start
from tests.client import Client

ROOT = Path(__file__).resolve().parents[2]


def test_the_process_and_the_service_are_ready(client: Client) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    ready = client.get("/readyz").json()
    assert ready["status"] == "ok"
    assert ready["catalogue_revision"]


def test_the_committed_description_is_the_served_one(client: Client, app: FastAPI) -> None:
    committed = json.loads((ROOT / "openapi.json").read_text(encoding="utf-8"))
    assert committed == app.openapi(), "run: make openapi"
    assert client.get("/api/v1/openapi.json").json() == committed


def test_only_the_rest_face_is_described(app: FastAPI) -> None:
    paths = app.openapi()["paths"]
    assert all(path.startswith("/api/v1/") or path in ("/healthz", "/readyz") for path in paths)
    assert len(paths) >= 28


def test_every_refusal_is_described_as_a_problem_document(app: FastAPI) -> None:
    for operations in app.openapi()["paths"].values():
        for operation in operations.values():
            for status, response in operation["responses"].items():
                if status == "default" or status.startswith(("4", "5")):
                    assert list(response["content"]) == ["application/problem+json"]


def test_there_is_no_page_that_our_policy_would_break(client: Client) -> None:
    assert client.get("/redoc", headers={"Accept": "application/json"}).status_code == 404


def test_starting_again_changes_nothing(settings: Settings, app: FastAPI) -> None:
    again = start(settings)
    again.database.dispose()
    assert again.world.catalogue.revision == app.state.world.catalogue.revision


def test_answers_are_compressed_on_request(client: Client) -> None:
    answer = client.get("/api/v1/cpus", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "accept-encoding" in answer.headers["Vary"].lower()

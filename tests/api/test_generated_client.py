"""A client that a generator makes from openapi.json gets the answers everybody gets."""

import importlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest
from anyio.from_thread import BlockingPortal
from fastapi import FastAPI

from app.advisor.question import AdvisorSpec
from app.api.schema import EXAMPLES
from tests.client import BASE_URL, Client

ROOT = Path(__file__).resolve().parents[2]
NAME = "generated_rigwise_client"
ESTIMATES = EXAMPLES["/api/v1/estimates"]


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """The package that openapi-python-client writes from the committed description."""
    folder = tmp_path_factory.mktemp("client")
    command = ["generate", "--path", ROOT / "openapi.json", "--meta", "none"]
    tools = Path(sys.executable).parent  # the generator puts its code in shape with our ruff
    done = subprocess.run(
        [tools / "openapi-python-client", *command, "--output-path", folder / NAME],
        capture_output=True,
        text=True,
        env={**os.environ, "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"},
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    # files of other types than JSON are sent by hand; all else has to be understood
    complaints = [line for line in said.splitlines() if line.startswith(("Unable", "Cannot"))]
    assert complaints == [], said
    sys.path.insert(0, str(folder))
    yield importlib.import_module(NAME)
    sys.path.remove(str(folder))
    for name in [name for name in sys.modules if name.split(".")[0] == NAME]:
        del sys.modules[name]


def part(generated: ModuleType, path: str) -> Any:
    return importlib.import_module(f"{generated.__name__}.{path}")


def asked(
    generated: ModuleType, app: FastAPI, portal: BlockingPortal, route: str, **how: Any
) -> Any:
    """What the generated function of a route gives, asked of the application itself."""
    client = generated.Client(base_url=BASE_URL, raise_on_unexpected_status=True)
    transport = httpx.ASGITransport(app)
    client.set_async_httpx_client(httpx.AsyncClient(transport=transport, base_url=BASE_URL))
    return portal.call(lambda: part(generated, f"api.{route}").asyncio(client=client, **how))


def test_an_estimate_is_the_same(
    generated: ModuleType, app: FastAPI, portal: BlockingPortal, client: Client
) -> None:
    route = "estimates.estimate_api_v1_estimates_post"
    body = part(generated, "models").BuildSpecInput.from_dict(ESTIMATES)
    found = asked(generated, app, portal, route, body=body)
    answer = client.post("/api/v1/estimates", json=ESTIMATES).json()
    assert found.speed.decode_tps.typical == answer["speed"]["decode_tps"]["typical"] > 0
    assert found.cost.purchase.typical == answer["cost"]["purchase"]["typical"]
    assert found.to_dict() == answer


def test_a_list_is_the_same(
    generated: ModuleType, app: FastAPI, portal: BlockingPortal, client: Client
) -> None:
    route = "catalogue.list_gpus_api_v1_gpus_get"
    found = asked(generated, app, portal, route, sort="-memory_gib", limit=5, vendor="NVIDIA")
    answer = client.get("/api/v1/gpus?sort=-memory_gib&limit=5&vendor=NVIDIA").json()
    assert [gpu.slug for gpu in found.items] == [gpu["slug"] for gpu in answer["items"]]
    assert [gpu.memory_gib for gpu in found.items] == [gpu["memory_gib"] for gpu in answer["items"]]
    assert found.total == answer["total"]


@pytest.mark.parametrize("path", [path for path in EXAMPLES if "recommendations" not in path])
def test_the_examples_of_the_description_are_answered(client: Client, path: str) -> None:
    answer = client.post(path, json=EXAMPLES[path])
    assert answer.is_success, answer.text


def test_the_advisors_example_can_be_read() -> None:
    asked = AdvisorSpec.model_validate(EXAMPLES["/api/v1/recommendations"])
    assert asked.demand.people == 20

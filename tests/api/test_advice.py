"""POST /sweeps, /comparisons, /upgrades: the figures of /estimates; refusals in sentences."""

from typing import Any

import pytest

from app.advisor.changes.comparison import Comparison, compare
from app.advisor.changes.sweep_points import Sweep
from app.advisor.changes.sweeps import sweep
from app.advisor.changes.upgrades import NextSteps, next_steps
from app.builds.assess import World
from app.builds.query import spec_from_query
from app.builds.spec import BuildSpec
from tests.client import Client

DESKTOP = {
    "machine": {
        "cpu": "amd-ryzen-9-9950x",
        "memory": {"module": "udimm-ddr5-5600-48gb", "count": 2},
        "gpus": [{"gpu": "nvidia-geforce-rtx-3090"}],
    }
}
SERVER = {
    "machine": {
        "cpu": "amd-epyc-9554p",
        "memory": {"module": "rdimm-ddr5-4800-32gb", "count": 12},
    }
}


def estimate(client: Client, query: str) -> dict[str, Any]:
    """What /estimates says of a build that an answer names by its query."""
    body = spec_from_query(query).model_dump(mode="json")
    answer: dict[str, Any] = client.post("/api/v1/estimates", json=body).json()
    return answer


def test_a_sweep_is_the_one_the_program_makes(client: Client, world: World) -> None:
    answer = client.post("/api/v1/sweeps", json={"spec": DESKTOP, "axis": "concurrency"})
    assert answer.status_code == 200
    expected = sweep(BuildSpec.model_validate(DESKTOP), "concurrency", None, world)
    assert Sweep.model_validate_json(answer.text).sentence == expected.sentence
    assert answer.text == expected.model_dump_json()


def test_points_have_the_figures_of_an_estimate(client: Client) -> None:
    body = {"spec": DESKTOP, "axis": "electricity", "values": [0.25, "0.40", 1e-05]}
    points = client.post("/api/v1/sweeps", json=body).json()["points"]
    assert [p["value"] for p in points] == ["0.25", "0.40", "0.00001"]
    for point in points:
        then = estimate(client, point["query"])
        assert point["cost_over_years"] == then["cost"]["cost_over_years"]
        assert point["per_million_tokens"] == then["cost"]["per_million_tokens"]
        assert point["decode_tps"] == then["speed"]["decode_tps"]


def test_whole_numbers_come_back_as_numbers(client: Client) -> None:
    body = {"spec": DESKTOP, "axis": "gpu_count", "values": [1, "2", 3.0]}
    assert [p["value"] for p in client.post("/api/v1/sweeps", json=body).json()["points"]] == [
        1,
        2,
        3,
    ]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"spec": DESKTOP, "axis": "colour"}, "axis"),
        ({"spec": DESKTOP}, "axis"),
        ({"axis": "concurrency"}, "spec"),
        ({"spec": SERVER, "axis": "gpu_count"}, "axis"),
        ({"spec": DESKTOP, "axis": "concurrency", "values": [1.5]}, "values.0"),
        ({"spec": DESKTOP, "axis": "concurrency", "values": [True]}, "values.0"),
        ({"spec": DESKTOP, "axis": "concurrency", "values": [None]}, "values.0"),
        ({"spec": DESKTOP, "axis": "concurrency", "values": []}, "values"),
        ({"spec": DESKTOP, "axis": "concurrency", "values": [1] * 101}, "values"),
        ({"spec": DESKTOP, "axis": "price", "values": ["1e999999999"]}, "values.0"),
        ({"spec": DESKTOP, "axis": "quantization", "values": ["x" * 161]}, "values.0"),
        ({"spec": {"machine": {"cpu": "no-such"}}, "axis": "price"}, "machine.cpu"),
        ({"spec": DESKTOP, "axis": "price", "colour": "red"}, "colour"),
    ],
)
def test_a_bad_sweep_is_refused_by_field(body: dict[str, Any], field: str, client: Client) -> None:
    answer = client.post("/api/v1/sweeps", json=body)
    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    problems = {e["field"]: e["message"] for e in answer.json()["errors"]}
    assert field in problems
    assert problems[field].endswith((".", "?"))


def test_a_comparison_holds_the_estimates_themselves(client: Client, world: World) -> None:
    answer = client.post("/api/v1/comparisons", json={"specs": [DESKTOP, SERVER]})
    assert answer.status_code == 200
    expected = compare([BuildSpec.model_validate(s) for s in (DESKTOP, SERVER)], world)
    assert answer.text == expected.model_dump_json()
    assert Comparison.model_validate_json(answer.text).letters == ["A", "B"]
    singles = [client.post("/api/v1/estimates", json=s).json() for s in (DESKTOP, SERVER)]
    assert answer.json()["assessments"] == singles


@pytest.mark.parametrize(
    ("specs", "field"),
    [
        ([], "specs"),
        ([{}] * 5, "specs"),
        ([{}, {"machine": {"cpu": "no-such"}}], "specs.1.machine.cpu"),
        ([{}, {"machine": {"sockets": 0}}], "specs.1.machine.sockets"),
        ("both", "specs"),
    ],
)
def test_a_bad_comparison_is_refused_by_field(specs: Any, field: str, client: Client) -> None:
    answer = client.post("/api/v1/comparisons", json={"specs": specs})
    assert answer.status_code == 422
    assert field in [e["field"] for e in answer.json()["errors"]]


def test_upgrades_are_those_the_program_finds(client: Client, world: World) -> None:
    answer = client.post("/api/v1/upgrades", json={"spec": DESKTOP})
    assert answer.status_code == 200
    assert answer.text == next_steps(BuildSpec.model_validate(DESKTOP), world).model_dump_json()
    found = NextSteps.model_validate_json(answer.text)
    best = found.paid[0]
    then = estimate(client, best.query)
    assert then["speed"]["decode_tps"]["typical"] == best.decode_tps.typical


@pytest.mark.parametrize("path", ["sweeps", "comparisons", "upgrades"])
def test_only_json_is_read(path: str, client: Client) -> None:
    headers = {"Content-Type": "text/plain"}
    assert client.post(f"/api/v1/{path}", content="{}", headers=headers).status_code == 415

"""POST /estimates answers any honest question and refuses the rest in sentences."""

import json
import time
from decimal import Decimal
from typing import Any

import pytest

from app.builds.assess import World, assess
from app.builds.assessment import Assessment
from app.builds.presets import Preset, load_presets
from app.builds.spec import BuildSpec
from tests.client import Client

URL = "/api/v1/estimates"
SERVER = {
    "machine": {
        "cpu": "amd-epyc-9554p",
        "memory": {"module": "rdimm-ddr5-4800-32gb", "count": 12},
        "gpus": [{"gpu": "nvidia-geforce-rtx-4090", "count": 2}],
    }
}


def post_text(client: Client, text: str | bytes) -> Any:
    return client.post(URL, content=text, headers={"Content-Type": "application/json"})


def test_the_answer_is_the_one_the_program_gives(client: Client, world: World) -> None:
    answer = client.post(URL, json=SERVER)
    assert answer.status_code == 200
    expected = assess(BuildSpec.model_validate(SERVER), world)
    assert Assessment.model_validate(answer.json()) == expected


def test_an_empty_question_is_a_question(client: Client) -> None:
    answer = client.post(URL, json={})
    assert answer.status_code == 200
    assert answer.json()["speed"]["decode_tps"]["typical"] is None


@pytest.mark.parametrize("preset", load_presets(), ids=lambda preset: preset.name)
def test_each_known_configuration_gets_speed_four_verdicts_and_a_cost(
    preset: Preset, client: Client
) -> None:
    answer = client.post(URL, json=preset.spec.model_dump(mode="json")).json()
    assert answer["fit"]["fits"] is True
    assert answer["speed"]["decode_tps"]["typical"] > 0
    assert [v["use_case"] for v in answer["verdicts"]][:4] == ["uc1", "uc2", "uc3", "uc4"]
    assert all(v["workflow_class"] != "unknown" for v in answer["verdicts"])
    assert Decimal(answer["cost"]["purchase"]["typical"]) > 1000


def test_other_names_come_back_as_slugs(client: Client) -> None:
    answer = client.post(URL, json={"machine": {"gpus": [{"gpu": "RTX 4090"}]}})
    assert answer.json()["spec"]["machine"]["gpus"][0]["gpu"] == "nvidia-geforce-rtx-4090"


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        ({"machine": {"cpu": "no-such-cpu"}}, "machine.cpu"),
        ({"machine": {"gpus": [{"gpu": "no-such-gpu"}]}}, "machine.gpus.0.gpu"),
        ({"machine": {"sockets": 0}}, "machine.sockets"),
        ({"machine": {"sockets": "two"}}, "machine.sockets"),
        ({"machine": {"cpu": 7}}, "machine.cpu"),
        ({"machine": {"cpu": "a\x00b"}}, "machine.cpu"),
        ({"machine": []}, "machine"),
        ({"machine": {"gpus": [{"gpu": "x"}] * 5}}, "machine.gpus"),
        ({"deployment": {"model": None}}, "deployment.model"),
        ({"deployment": {"context_tokens": 0}}, "deployment.context_tokens"),
        ({"deployment": {"context_tokens": 10**9}}, "deployment.context_tokens"),
        ({"workload": {"prompt_tokens": 0}}, "workload.prompt_tokens"),
        ({"workload": {"prompt_tokens": 10**9}}, "workload.prompt_tokens"),
        ({"workload": {"generated_tokens": 1.5}}, "workload.generated_tokens"),
        ({"workload": {"concurrency": 2**63}}, "workload.concurrency"),
        ({"workload": {"concurrency": "١٢.٥"}}, "workload.concurrency"),
        ({"economics": {"currency": "DOGE"}}, "economics.currency"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_bad_value_is_named(spec: dict[str, Any], field: str, client: Client) -> None:
    answer = client.post(URL, json=spec)
    assert answer.status_code == 422
    assert field in [e["field"] for e in answer.json()["errors"]]


@pytest.mark.parametrize(
    ("part", "field"),
    [
        ("workload", "concurrency"),
        ("deployment", "context_tokens"),
        ("economics", "years"),
        ("economics", "quoted_price"),
        ("economics", "hours_per_day"),
    ],
)
@pytest.mark.parametrize("truth", [True, False])
def test_true_is_no_number(client: Client, part: str, field: str, truth: bool) -> None:
    answer = client.post("/api/v1/estimates", json={part: {field: truth}})
    assert answer.status_code == 422
    found = answer.json()["errors"]
    assert [error["field"] for error in found] == [f"{part}.{field}"]
    assert "number" in found[0]["message"]


def test_true_is_no_figure_of_a_part_and_no_text(client: Client) -> None:
    for body, sentence in (
        ({"machine": {"overrides": {"gpu.tdp_w": True}}}, "Use a plain number such as 12.5."),
        ({"machine": {"gpus": [{"gpu": "nvidia-l4", "count": True}]}}, "Use a plain number"),
        ({"deployment": {"model": True}}, "Use text."),
    ):
        answer = client.post("/api/v1/estimates", json=body)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["message"].startswith(sentence)
    asked = client.post("/api/v1/estimates", json={"deployment": {"flash_attention": True}})
    assert asked.status_code == 200, "where a truth is asked for it may be given"


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400", "-0", "1e309"])
def test_numbers_that_are_none_are_refused(number: str, client: Client) -> None:
    text = f'{{"machine": {{"overrides": {{"gpu.bandwidth_gbs": {number}}}}}}}'
    answer = post_text(client, text)
    assert answer.status_code == 422
    assert answer.json()["errors"]


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "null",
        '"spec"',
        "\x00",
        b"\xff\xfe{}",
        b'{"machine": {"cpu": "\xff"}}',
        '{"machine": {"cpu": "\\ud800"}}',
        "[" * 10_000 + "]" * 10_000,
        '{"machine":' * 5_000 + "1" + "}" * 5_000,
    ],
)
def test_what_is_not_a_question_is_refused_at_once(text: str | bytes, client: Client) -> None:
    began = time.perf_counter()
    answer = post_text(client, text)
    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert time.perf_counter() - began < 1


def test_nothing_at_all_is_refused(client: Client) -> None:
    assert post_text(client, b"").status_code == 422


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_only_json_is_read(kind: str, client: Client) -> None:
    answer = client.post(URL, content="{}", headers={"Content-Type": kind})
    assert answer.status_code == 415


def test_a_compressed_body_is_refused(client: Client) -> None:
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    assert client.post(URL, content=b"{}", headers=headers).status_code == 415


def test_no_answer_holds_a_number_that_json_does_not_know(client: Client) -> None:
    def refuse(name: str) -> float:
        raise AssertionError(name)

    for spec in ({}, SERVER, {"machine": {"cpu": "amd-epyc-9554p"}}):
        json.loads(client.post(URL, json=spec).text, parse_constant=refuse)

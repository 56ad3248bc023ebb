"""Answers kept in memory are the answers that would be worked out."""

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from fastapi import FastAPI

import app.serving.answers
from app.builds.assess import World, assess
from app.builds.problems import InvalidSpecError
from app.builds.spec import BuildSpec
from app.serving.answers import Answers
from tests.client import Client

URL = "/api/v1/estimates"
SPEC: dict[str, Any] = {"machine": {"gpus": [{"gpu": "nvidia-geforce-rtx-4090"}]}}


def spec_of(**deployment: Any) -> BuildSpec:
    return BuildSpec.model_validate({**SPEC, "deployment": deployment})


def test_the_second_answer_has_the_same_bytes(client: Client, app: FastAPI, world: World) -> None:
    answers: Answers = app.state.answers
    first = client.post(URL, json=SPEC)
    hits = answers.hits
    second = client.post(URL, json=SPEC)
    assert answers.hits == hits + 1
    assert first.content == second.content
    assert first.headers["content-type"] == second.headers["content-type"] == "application/json"
    there = assess(BuildSpec.model_validate(SPEC), app.state.world).model_dump_json()
    assert second.text == there


def test_one_question_in_other_words_is_the_same_question(world: World) -> None:
    answers = Answers()
    plain = answers.assessment(spec_of(), world)
    spelled = answers.assessment(spec_of(placement="auto", context_tokens=8192), world)
    assert spelled == plain
    assert (answers.hits, answers.misses) == (1, 1)


def test_another_catalogue_gives_another_answer(world: World) -> None:
    answers = Answers()
    moved = replace(world, catalogue=replace(world.catalogue, revision="another"))
    body = json.dumps(SPEC).encode()
    before = json.loads(answers.assessment(spec_of(), world, body))
    assert answers.known(body, world) is not None
    assert answers.known(body, moved) is None
    after = json.loads(answers.assessment(spec_of(), moved, body))
    assert before["catalogue_revision"] != after["catalogue_revision"] == "another"


def test_yesterdays_answer_is_not_todays(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    class Clock(date):
        day = date(2026, 3, 1)

        @classmethod
        def today(cls) -> "Clock":
            return cls(cls.day.year, cls.day.month, cls.day.day)

    monkeypatch.setattr(app.serving.answers, "date", Clock)
    answers, body = Answers(), json.dumps(SPEC).encode()
    old = answers.assessment(spec_of(), world, body)
    Clock.day = date(2027, 3, 1)
    assert answers.known(body, world) is None
    assert answers.assessment(spec_of(), world, body) != old, "prices have aged by a year"


def test_only_so_many_are_kept(world: World) -> None:
    answers = Answers(kept=2)
    for context in (1000, 2000, 3000):
        answers.assessment(spec_of(context_tokens=context), world)
    answers.assessment(spec_of(context_tokens=3000), world)
    answers.assessment(spec_of(context_tokens=1000), world)
    assert (answers.hits, answers.misses) == (1, 4)


def test_a_refusal_is_not_kept(client: Client, world: World) -> None:
    answers = Answers()
    for _ in range(2):
        with pytest.raises(InvalidSpecError):
            answers.assessment(spec_of(model="no-such-model"), world)
    assert answers.hits == 0
    body = {"deployment": {"model": "no-such-model"}}
    assert [client.post(URL, json=body).status_code for _ in range(2)] == [422, 422]


def test_a_kept_body_still_has_to_be_sent_as_json(client: Client) -> None:
    body = json.dumps(SPEC)
    kind = {"Content-Type": "application/json"}
    assert client.post(URL, content=body, headers=kind).status_code == 200
    assert client.post(URL, content=body, headers={"Content-Type": "text/plain"}).status_code == 415
    packed = {**kind, "Content-Encoding": "gzip"}
    assert client.post(URL, content=body, headers=packed).status_code == 415

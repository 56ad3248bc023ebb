"""POST /recommendations: the list `advise` gives, sentences where not; nobody waits for ever."""

import json
import threading
from datetime import date
from typing import Any

import pytest
from anyio.from_thread import BlockingPortal
from fastapi import FastAPI

from app.advisor.advise import advise
from app.advisor.answer import Recommendations
from app.advisor.question import AdvisorSpec
from app.advisor.space.library import library_of
from app.advisor.space.offers import Buyer
from app.builds.assess import World
from app.main import create_app
from app.serving.searches import Searches, warm_up
from app.settings import Settings
from tests.client import Client
from tests.searches import Endless, ask_and_hang_up

URL = "/api/v1/recommendations"
MODEL = {"models": ["qwen2.5-14b-instruct"], "quantizations": ["q4_k_m"]}
QUESTION = {"demand": {"people": 20}, "models": MODEL, "limits": {"budget": "9000"}, "top": 4}


def test_the_answer_is_the_one_the_program_gives(client: Client, world: World) -> None:
    answer = client.post(URL, json=QUESTION)
    assert answer.status_code == 200
    expected = advise(AdvisorSpec.model_validate(QUESTION), world)
    given = Recommendations.model_validate(answer.json())
    same = {"seconds": expected.searched.seconds}
    assert given.model_copy(update={"searched": given.searched.model_copy(update=same)}) == expected
    assert given.builds[0].purchase.typical is not None
    assert all(b.purchase.typical <= 9000 for b in given.builds if b.purchase.typical is not None)


def test_the_same_question_is_answered_from_memory(client: Client) -> None:
    assert client.post(URL, json=QUESTION).text == client.post(URL, json=QUESTION).text


def test_a_budget_nothing_fits_gets_a_sentence_and_what_would_help(client: Client) -> None:
    question = {"models": MODEL, "limits": {"budget": 500}}
    answer = client.post(URL, json=question).json()
    assert answer["builds"] == []
    assert answer["sentence"].startswith("Nothing within these limits")
    assert "Raise the budget" in [change["change"] for change in answer["relaxations"]]


@pytest.mark.parametrize(
    ("question", "field", "words"),
    [
        ({"limits": {"currency": "XYZ"}}, "limits.currency", "Use one of: EUR"),
        ({"limits": {"budget": -1}}, "limits.budget", "Use 0 or more."),
        ({"demand": {"people": 0}}, "demand.people", "Use 1 or more."),
        ({"demand": {"mix": []}}, "demand.mix", ""),
        ({"models": {"models": ["llama-99"]}}, "models.models", "The catalogue has no model"),
        ({"models": {**MODEL, "size_min_b": 100}}, "models.models", "None of the named models"),
        ({"models": {**MODEL, "engines": ["vllm-cuda"]}}, "models.quantizations", "None of these"),
        ({"owned": {"gpus": [{"gpu": "no-such-card"}]}}, "owned.gpus.0.gpu", "no GPU"),
        ({"colour": "red"}, "colour", "There is no such field."),
    ],
)
def test_what_cannot_be_asked_is_refused_in_a_sentence(
    question: dict[str, Any], field: str, words: str, client: Client
) -> None:
    answer = client.post(URL, json=question)
    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    errors = {error["field"]: error["message"] for error in answer.json()["errors"]}
    assert words in errors[field]


def test_only_json_is_read(client: Client) -> None:
    answer = client.post(URL, content="{}", headers={"Content-Type": "text/plain"})
    assert answer.status_code == 415


def test_where_too_many_wait_the_answer_says_when_to_come_back(
    client: Client, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.state._state, "searches", Searches(at_once=1, waiting=-1))
    for answer in (client.post(URL, json=QUESTION), client.get("/api/v1/value")):
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0
        assert answer.json()["detail"].startswith("Too many searches are under way.")


def test_hanging_up_ends_the_search(
    app: FastAPI, portal: BlockingPortal, monkeypatch: pytest.MonkeyPatch
) -> None:
    endless, hang_up = Endless(), threading.Event()
    monkeypatch.setattr("app.serving.searches.advise", endless)
    threading.Thread(target=lambda: endless.started.wait(20) and hang_up.set(), daemon=True).start()
    body = json.dumps({**QUESTION, "top": 3}).encode()
    scope = {"method": "POST", "path": URL, "headers": [(b"content-type", b"application/json")]}
    ask_and_hang_up(app, portal, scope, body, hang_up)
    assert endless.stopped.wait(5)
    assert app.state.searches.inside == 0


def test_a_server_gets_the_advisor_ready_before_anybody_asks(
    settings: Settings, portal: BlockingPortal, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready = threading.Event()
    monkeypatch.setattr("app.main.warm_up", lambda world: (warm_up(world), ready.set()))
    started = create_app(settings, warm=True)
    with portal.wrap_async_context_manager(started.router.lifespan_context(started)):
        assert ready.wait(60)
        library = library_of(started.state.world)
        assert Buyer("EUR", "new", date.today()) in library._offers

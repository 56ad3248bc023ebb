"""/advisor: the answer `advise` gives, a form that loses nothing, sentences for everything else."""

import json
import random
import re
import threading
from typing import Any
from urllib.parse import urlencode

import pytest
from anyio.from_thread import BlockingPortal
from fastapi import FastAPI

from app.advisor.advise import advise
from app.advisor.query import question_from_query, question_to_query
from app.advisor.question import (
    FORM_FACTORS,
    GOALS,
    SERVICES,
    VENDORS,
    AdvisorSpec,
)
from app.builds.assess import World, load_world
from app.builds.spec import BuildSpec
from app.catalogue.seed_files import SEED_DIR
from app.catalogue.snapshot import Catalogue, _assemble
from app.language.languages import LANGUAGES
from app.pages import advisor_form as forms
from app.pages.advisor import read as ask
from app.pages.pareto_chart import pareto_charts_of
from app.pages.rendering import own_machine
from app.pages.words import exact
from app.serving.searches import Searches
from tests.pages.conftest import Page, Site
from tests.pages.test_same_figures import at
from tests.searches import FAST, Endless, ask_and_hang_up

QUESTION = f"people=20&{FAST}&budget=9000&top=4"


def fields_sent(html: str) -> list[tuple[str, str]]:
    """What a browser sends when the form of a page is submitted."""
    form = re.search(r'<form id="ask".*?</form>', html, re.S)
    assert form is not None
    sent: list[tuple[str, str]] = []
    for tag in re.finditer(r"<input([^>]*)>|<select([^>]*)>(.*?)</select>", form.group(0), re.S):
        attrs = tag.group(1) or tag.group(2)
        name = re.search(r'\bname="([^"]*)"', attrs)
        assert name is not None
        if tag.group(2) is not None:
            chosen = re.findall(r'<option value="([^"]*)" selected', tag.group(3))
            first = re.findall(r'<option value="([^"]*)"', tag.group(3))
            sent.append((name.group(1), chosen[0] if chosen else first[0]))
        elif "checkbox" not in attrs or " checked" in attrs:
            value = re.search(r'\bvalue="([^"]*)"', attrs)
            assert value is not None
            sent.append((name.group(1), value.group(1).replace("&amp;", "&")))
    return sent


def test_the_first_load_shows_the_form_and_questions_worth_asking(site: Site) -> None:
    answer = site.get("/advisor")
    assert answer.status_code == 200
    page = Page(answer.text)
    asked = [a["href"] for a in page.find("a") if a.get("href", "").startswith("/advisor?")]
    assert len(asked) >= 3
    assert page.field("model") == forms.MEDIUM
    assert page.field("quant") == "q4_k_m"
    assert "changed" not in re.sub(r"<script.*?</script>", "", answer.text, flags=re.S)


@pytest.mark.parametrize("example", forms.EXAMPLES, ids=lambda e: e.title)
def test_every_ready_made_question_has_an_answer(site: Site, example: forms.Example) -> None:
    answer = site.get(f"/advisor?{example.query}")
    assert answer.status_code == 200
    assert 'id="build-1"' in answer.text


def test_every_model_of_the_named_sizes_is_in_the_catalogue(catalogue: Catalogue) -> None:
    for slugs in forms.LEVELS.values():
        assert [slug for slug in slugs if slug not in catalogue.models] == []


def test_every_figure_is_the_one_that_advise_gives(site: Site) -> None:
    page = Page(site.get(f"/advisor?{QUESTION}").text)
    found = json.loads(advise(question_from_query(QUESTION), site.world).model_dump_json())
    body = question_from_query(QUESTION).model_dump(mode="json")
    api = site.request("POST", "/api/v1/recommendations", json=body).json()
    for path, values in page.figures.items():
        assert values == {exact(at(api, path))}, path
        if path != "searched.seconds":
            assert values == {exact(at(found, path))}, path
    for i in range(4):
        for tail in ("decode_tps.typical", "decode_tps.low", "ttft_s.typical", "load_w"):
            assert f"builds.{i}.{tail}" in page.figures
        assert f"builds.{i}.purchase.typical" in page.figures
        assert f"builds.{i}.people_served" in page.figures


def test_each_build_leads_to_the_configurator_with_the_same_speed_and_price(site: Site) -> None:
    found = advise(question_from_query(QUESTION), site.world)
    html = site.get(f"/advisor?{QUESTION}").text
    for build in found.builds:
        assert f"/configure?{build.query}".replace("&", "&amp;") in html
        page = Page(site.get(f"/configure?{build.query}").text)
        assert page.figures["speed.decode_tps.typical"] == {exact(build.decode_tps.typical)}
        assert page.figures["cost.purchase.typical"] == {exact(build.purchase.typical)}


def test_the_chart_draws_the_points_of_its_table(site: Site) -> None:
    found = advise(question_from_query(QUESTION), site.world)
    charts = pareto_charts_of(found)
    assert [chart.id for chart in charts] == ["chart-speed", "chart-served"]
    for chart in charts:
        dots = chart.spec["data"][1]
        drawn = list(zip(dots["x"], dots["y"], strict=True))
        figures = [re.findall(r'value="([^"]*)"', f"{row[2]}{row[3]}") for row in chart.rows]
        assert [(float(cost), float(worth)) for cost, worth in figures] == drawn
        ranks = [row[4] for row in chart.rows]
        assert ranks == [f"no. {text}" if text else "–" for text in dots["text"]]
        assert {f"no. {b.rank}" for b in found.builds} <= set(ranks)
        front = chart.spec["data"][0]
        on_line = set(zip(front["x"], front["y"], strict=True))
        for point, row in zip(drawn, chart.rows, strict=True):
            assert (row[5] == "no") == (point in on_line)


def random_question(world: World, seed: int) -> AdvisorSpec:
    """Any question a link can hold, the same for the same seed."""
    dice = random.Random(seed)  # noqa: S311  # reproducible, not secret
    catalogue = world.catalogue

    def some(values: Any, most: int) -> list[str]:
        return dice.sample(sorted(values), dice.randint(0, most))

    lengths = [u.slug for u in catalogue.use_cases.values() if u.prompt_tokens is not None]
    uses = dice.sample(sorted(lengths), dice.choice((1, 1, 2, 3, 4)))
    equal = dice.random() < 0.5 or len(uses) == 1  # of one, the share says nothing
    machine = {
        "cpu": dice.choice(sorted(catalogue.cpus)),
        "gpus": [{"gpu": dice.choice(sorted(catalogue.gpus)), "count": dice.randint(1, 4)}],
    }
    return AdvisorSpec.model_validate(
        {
            "goal": dice.choice(GOALS),
            "service": dice.choice(SERVICES),
            "demand": {
                "people": dice.randint(1, 500),
                "requests_per_hour": dice.choice((6, 0.5, 30)),
                "active_requests": dice.choice((None, 4)),
                "mix": [
                    {"use_case": use, "share": 1 if equal else dice.choice((1, 2, 0.5))}
                    for use in uses
                ],
            },
            "models": {
                "models": some(catalogue.models, 3),
                "must_run": some(catalogue.models, 2),
                "size_min_b": dice.choice((None, 7, 12.5)),
                "released_since": dice.choice((None, "2025", "2025-06")),
                "quantizations": some(("q4_k_m", "q8_0", "fp8"), 2),
                "bits_min": dice.choice((4, 3.5)),
                "engines": some(catalogue.engines, 2),
                "kv_dtype": dice.choice(("f16", "q8_0")),
                "context_tokens": dice.choice((8192, 32768)),
            },
            "limits": {
                "budget": dice.choice((None, "2500", "12000.50")),
                "currency": dice.choice(("EUR", "USD", "CHF")),
                "condition": dice.choice(("new", "used", "any")),
                "watts_max": dice.choice((None, 900)),
                "gpu_vendors": some(VENDORS, 3),
                "form_factors": some(FORM_FACTORS, 4),
                "ram_gib_min": dice.choice((32, 0, 128)),
                "open_frame": dice.random() < 0.3,
            },
            "owned": {
                "machine": dice.choice((None, machine)),
                "gpus": [
                    {"gpu": gpu, "count": dice.randint(1, 4)} for gpu in some(catalogue.gpus, 4)
                ],
            },
            "top": dice.choice((10, 3)),
        }
    )


@pytest.mark.parametrize("seed", range(40))
def test_the_form_of_any_question_asks_the_same_question_again_in_any_language(
    site: Site, app: FastAPI, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    spec = random_question(site.world, seed)
    some = advise(question_from_query(f"{FAST}&top=1&budget=2000"), site.world)

    def answer_at_once(asked: AdvisorSpec, *_: Any, **__: Any) -> Any:
        return some.model_copy(update={"question": asked})

    monkeypatch.setattr("app.serving.searches.advise", answer_at_once)
    monkeypatch.setitem(app.state._state, "searches", Searches())
    query = question_to_query(spec)
    language = LANGUAGES[seed % len(LANGUAGES)]
    html = site.get(f"/advisor?{query}", headers={"Accept-Language": language}).text
    sent = fields_sent(html)
    assert ("typed", language) in sent
    read = ask(sent).spec
    assert read is not None
    # boxes are sent in the order of the page, and any of them will do
    for part in ("gpu_vendors", "form_factors"):
        assert set(getattr(read.limits, part)) == set(getattr(spec.limits, part))
    limits = spec.limits.model_copy(
        update={part: getattr(read.limits, part) for part in ("gpu_vendors", "form_factors")}
    )
    assert read == spec.model_copy(update={"limits": limits})


def test_without_javascript_a_sent_form_lands_on_its_canonical_address(site: Site) -> None:
    sent = [*fields_sent(site.get("/advisor").text), ("card", "nvidia-geforce-rtx-3090")]
    sent += [("cards", "2"), ("vendor", "NVIDIA"), ("vendor", "AMD")]
    answer = site.get(f"/advisor?{urlencode(sent)}")
    assert answer.status_code == 303
    canonical = answer.headers["location"].removeprefix("/advisor?")
    spec = question_from_query(canonical)
    assert question_to_query(spec) == canonical
    assert spec.owned.gpus[0].count == 2
    assert spec.limits.gpu_vendors == ("NVIDIA", "AMD")


def test_a_form_left_as_the_program_has_it_has_an_address_too(site: Site) -> None:
    answer = site.get("/advisor?people=1&budget=")
    assert answer.status_code == 303
    assert question_from_query(answer.headers["location"].partition("?")[2]) == AdvisorSpec()
    assert answer.headers["location"] != "/advisor?"


def test_an_amount_may_be_typed_with_spaces(site: Site) -> None:
    answer = site.get("/advisor?budget=15+000&people=&" + FAST)
    assert "budget=15000" in answer.headers["location"]


@pytest.mark.parametrize(
    ("query", "key", "words"),
    [
        ("people=many", "people", "Use a whole number."),
        ("people=0", "people", "Use 1 or more."),
        ("budget=lots", "budget", "Use a plain number"),
        ("budget=-5", "budget", "Use 0 or more."),
        ("currency=XYZ", "currency", "Use one of: EUR"),
        ("watts_max=0", "watts_max", "Use a number above 0."),
        ("since=soon", "since", ""),
        ("context=99999999999", "context", "Use 10"),
        ("goal=magic", "goal", "Use one of"),
        ("vendor=ACME", "vendor", "Use one of"),
        ("model=llama-99", "model", "The catalogue has no model"),
        (f"{FAST}&size_min=100", "model", "None of the named models"),
        (f"{FAST}&context=1000000", "model", "ask for a shorter context"),
        (f"{FAST}&engine=vllm-cuda", "quant", "None of these engines"),
        ("quant=f17", "quant", "The catalogue has no"),
        ("use_case=dreaming", "use_case", "The catalogue has no use case"),
        (f"{FAST}&owned_gpu=2xno-such-card", "card", "The catalogue has no GPU"),
        (f"{FAST}&card=nvidia-geforce-rtx-3090&cards=many", "card", "whole number of cards"),
        (f"{FAST}&own=hello", "own", "Put it together in the configurator"),
        (f"{FAST}&own=cpu%3Dno-such-cpu", "own", "The catalogue has no CPU"),
    ],
)
def test_bad_input_stays_in_its_field_with_a_sentence_beside_it(
    site: Site, query: str, key: str, words: str
) -> None:
    answer = site.get(f"/advisor?{query}")
    assert answer.status_code == 422
    beside = re.search(rf'id="err-{key}">([^<]+)<', answer.text)
    assert beside is not None, key
    assert words in beside.group(1)
    assert beside.group(1).endswith((".", "?"))
    assert "No search yet" in answer.text
    page = Page(answer.text)
    typed = dict(pair.split("=", 1) for pair in query.split("&"))
    if key in typed and key not in ("vendor", "own"):
        assert page.field(key) == typed[key]
    assert not re.search(r"\berror\b|invalid", page.text, re.I)


@pytest.mark.parametrize(
    ("query", "words"),
    [("colour=red", "There is no setting called"), ("x=1&" * 150, "at most 100 settings")],
)
def test_what_belongs_to_no_field_is_said_above_the_form(
    site: Site, query: str, words: str
) -> None:
    answer = site.get(f"/advisor?{query}")
    assert answer.status_code == 422
    assert words in Page(answer.text).text


@pytest.mark.parametrize("limits", ["budget=500", "budget=0", "watts_max=20"])
def test_limits_nothing_fits_get_a_sentence_and_a_way_out(site: Site, limits: str) -> None:
    answer = site.get(f"/advisor?{FAST}&{limits}")
    assert answer.status_code == 200
    page = Page(answer.text)
    assert "Nothing within these limits" in page.text
    ways = [a["href"] for a in page.find("a") if a.get("href", "").startswith("/advisor?")]
    assert ways
    assert 'id="build-1"' in site.get(ways[0].replace("&amp;", "&")).text


def without(catalogue: Catalogue, *kinds: str) -> Catalogue:
    """The catalogue with nothing of some kinds."""
    found = {
        kind: () if kind in kinds else tuple(entries.values())
        for kind, entries in catalogue._by_kind.items()
    }
    return _assemble("test", found, ())


@pytest.mark.parametrize(
    ("kinds", "status", "words"),
    [
        (("models",), 422, "The catalogue has no model yet"),
        (("quantizations",), 422, "The catalogue has no format for model weights yet"),
        (("use-cases",), 422, "The catalogue has no use case yet"),
        (("cpus", "gpus", "systems"), 200, "Nothing within these limits"),
        (("prices",), 200, "Nothing within these limits"),
    ],
)
def test_an_empty_catalogue_is_said_in_a_sentence(
    site: Site,
    app: FastAPI,
    monkeypatch: pytest.MonkeyPatch,
    kinds: tuple[str, ...],
    status: int,
    words: str,
) -> None:
    world = load_world(without(site.world.catalogue, *kinds), SEED_DIR, site.world.limits)
    monkeypatch.setitem(app.state._state, "world", world)
    answer = site.get(f"/advisor?{FAST}" if "models" not in kinds else "/advisor?goal=cheapest")
    assert answer.status_code == status
    assert words in Page(answer.text).text
    assert site.get("/advisor").status_code == 200


def test_a_machine_of_ones_own_is_asked_about_from_the_configurator(site: Site) -> None:
    build = "cpu=amd-ryzen-9-5950x&gpu=nvidia-geforce-rtx-3090&gpus=2&users=3"
    html = site.get(f"/configure?{build}").text
    link = re.search(r'href="(/advisor\?[^"]*)"', html.partition("rail-links")[2])
    assert link is not None
    address = link.group(1).replace("&amp;", "&")
    spec = question_from_query(address.partition("?")[2])
    assert spec.owned.machine is not None
    assert spec.owned.machine.gpus[0].count == 2
    answer = site.get(address)
    assert answer.status_code == 200
    assert "Your machine runs" in answer.text
    assert own_machine(BuildSpec(machine=spec.owned.machine)) == address.partition("?")[2]


def events_of(text: str) -> list[tuple[str, dict[str, Any]]]:
    return [
        (name, json.loads(data)) for name, data in re.findall(r"event: (\w+)\ndata: (.*)\n\n", text)
    ]


def test_the_stream_ends_with_the_answer_of_the_plain_page(site: Site) -> None:
    answer = site.get(f"/advisor/stream?{QUESTION}")
    assert answer.headers["content-type"].startswith("text/event-stream")
    *progress, (name, done) = events_of(answer.text)
    assert name == "answer"
    assert {kind for kind, _ in progress} <= {"progress"}
    assert Page(done["html"]).figures == Page(site.get(f"/advisor?{QUESTION}").text).figures
    assert question_from_query(done["query"]) == question_from_query(QUESTION)


def test_the_stream_says_what_needs_another_look(site: Site) -> None:
    [(name, done)] = events_of(site.get("/advisor/stream?people=many").text)
    assert name == "answer"
    assert done["query"] == ""
    assert 'id="err-people">Use a whole number.<' in done["html"]


def test_closing_the_stream_stops_the_search(
    app: FastAPI, portal: BlockingPortal, monkeypatch: pytest.MonkeyPatch
) -> None:
    endless, hang_up = Endless(), threading.Event()
    monkeypatch.setattr("app.serving.searches.advise", endless)
    threading.Timer(1.0, hang_up.set).start()
    query = f"{FAST}&people=77".encode()
    scope = {"method": "GET", "path": "/advisor/stream", "query_string": query}
    events = events_of(ask_and_hang_up(app, portal, scope, b"", hang_up).decode())
    assert endless.stopped.wait(5)
    assert app.state.searches.inside == 0
    assert [name for name, _ in events] == ["progress"] * len(events)
    assert events[-1][1]["assessed"] == 1234
    assert events[-1][1]["best"] == "GeForce RTX 5090"


def test_the_plain_page_shows_what_it_has_when_its_patience_ends(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.serving.searches.advise", Endless())
    monkeypatch.setattr("app.pages.advisor.PATIENCE_S", 0.2)
    answer = site.get(f"/advisor?{FAST}&people=78")
    assert answer.status_code == 200
    assert "The search was ended after" in Page(answer.text).text
    assert 'data-unfinished="people=78&amp;' in answer.text


def test_an_old_price_is_marked_beside_the_price(site: Site) -> None:
    answer = site.get(f"/advisor?{FAST}")
    question = question_from_query(FAST)
    found = advise(question, site.world)
    assert any(build.stale_prices for build in found.builds)
    lines = re.findall(r'<p class="answer-line">(.*?)</p>', answer.text, re.S)
    assert len(lines) == len(found.builds)
    for line, build in zip(lines, found.builds, strict=True):
        assert ("old price" in line) == bool(build.stale_prices)


def test_where_too_many_wait_a_page_says_so(
    site: Site, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.state._state, "searches", Searches(at_once=1, waiting=-1))
    for path in (f"/advisor?{FAST}", f"/advisor/stream?{FAST}", "/value"):
        answer = site.get(path)
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0
        assert "Too many searches are under way" in answer.text

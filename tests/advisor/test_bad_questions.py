"""Questions nobody can answer, catalogues with something missing: a clear sentence, no fault."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from app.advisor.advise import advise
from app.advisor.answer import Recommendations
from app.advisor.query import question_from_query
from app.advisor.question import AdvisorSpec
from app.builds.assess import World, assess
from app.builds.problems import InvalidSpecError
from app.catalogue.snapshot import _assemble
from tests.advisor.small import subset
from tests.builds.pinned import with_prices

TODAY = date(2026, 11, 21)
MODEL = "llama-3.1-8b-instruct"
Q4 = {"models": [MODEL], "quantizations": ["q4_k_m"], "engines": ["llama.cpp-cuda"]}
CPU, MODULE = "amd-ryzen-9-9950x", "udimm-ddr5-5600-32gb"
CARD = "nvidia-geforce-rtx-5090"


def asked(world: World, **question: Any) -> Recommendations:
    return advise(AdvisorSpec.model_validate({"models": Q4, **question}), world, TODAY)


def refused(world: World, **question: Any) -> tuple[str, str]:
    """Field and sentence of the one problem."""
    with pytest.raises(InvalidSpecError) as caught:
        asked(world, **question)
    (problem,) = caught.value.problems
    assert problem.message.endswith((".", "?"))
    assert "error" not in problem.message.lower()
    return problem.field, problem.message


@pytest.fixture(scope="module")
def small(world: World) -> Callable[..., World]:
    """A world of one CPU, one module, one card and one model, with prices as given."""

    def of(prices: dict[str, tuple[str, str]], kept: dict[str, set[str]] | None = None) -> World:
        catalogue = world.catalogue
        names = {
            "cpus": {CPU},
            "memory-modules": {MODULE},
            "gpus": {CARD},
            "models": {MODEL},
            "quantizations": {"q4_k_m", "kv-f16"},
            **(kept or {}),
        }
        found = []
        for slug, (amount, currency) in prices.items():
            kind = {CPU: "cpu", CARD: "gpu"}.get(slug, "memory-module")
            some = next(p for p in catalogue.prices if p.item_kind == kind)
            found.append(
                some.model_copy(
                    update={
                        "slug": f"price-of-{slug}",
                        "item_slug": slug,
                        "amount": Decimal(amount),
                        "currency": currency,
                        "quantity": Decimal(1),
                        "condition": "new",
                        "usable": True,
                        "memory_gib": 32.0 if kind == "memory-module" else None,
                        "memory_type": "ddr5-udimm" if kind == "memory-module" else None,
                    }
                )
            )
        return replace(world, catalogue=subset(catalogue, names, found))

    return of


ALL = {CPU: ("600", "EUR"), MODULE: ("200", "EUR"), CARD: ("2500", "EUR")}


@pytest.mark.parametrize(
    ("question", "field", "words"),
    [
        ({"models": {"models": ["no-such-model"]}}, "models.models", "no model called"),
        ({"models": {"quantizations": ["q4_k_x"]}}, "models.quantizations", "no format called"),
        ({"models": {"engines": ["lama.cpp"]}}, "models.engines", "no engine called"),
        ({"models": {"kv_dtype": "f17"}}, "models.kv_dtype", "no format called"),
        ({"models": {"quantizations": ["kv-f16"]}}, "models.quantizations", "not a format model"),
        ({"demand": {"mix": [{"use_case": "uc99"}]}}, "demand.mix.0.use_case", "no use case"),
        ({"owned": {"gpus": [{"gpu": "rtx-9999"}]}}, "owned.gpus.0.gpu", "no GPU called"),
        ({"owned": {"machine": {"cpu": "z80"}}}, "machine.cpu", "no CPU called"),
    ],
)
def test_an_unknown_name_is_named(
    question: dict[str, Any], field: str, words: str, world: World
) -> None:
    where, sentence = refused(world, **question)
    assert where == field
    assert words in sentence


@pytest.mark.parametrize(
    ("models", "words"),
    [
        ({"models": [MODEL], "size_min_b": 100}, "as large or as new"),
        ({"models": [MODEL], "released_since": "2026-10"}, "as large or as new"),
        ({"size_min_b": 99_000}, "that large and that new"),
        ({"context_tokens": 10_000_000, "models": [MODEL]}, "was made for"),
        ({"models": [MODEL], "engines": ["vllm-cuda"], "kv_dtype": "q4_0"}, "KV cache"),
        ({"engines": ["vllm-cuda"], "quantizations": ["q2_k"]}, "leave one of the two open"),
    ],
)
def test_wishes_that_contradict_each_other_are_named(
    models: dict[str, Any], words: str, world: World
) -> None:
    _, sentence = refused(world, models=models)
    assert words in sentence


@pytest.mark.parametrize(
    "limits",
    [
        {"budget": "0"},
        {"budget": "0.01"},
        {"watts_max": 1},
        {"ram_gib_min": 100_000, "form_factors": ["self-build"]},
        {"gpu_vendors": ["none"], "form_factors": ["laptop"], "budget": "1"},
        {"gpu_vendors": ["Apple"], "form_factors": ["self-build"]},
    ],
)
@pytest.mark.parametrize("goal", ["cheapest", "fastest", "most-users", "best-model"])
def test_limits_nothing_meets_get_a_sentence(
    limits: dict[str, Any], goal: str, small: Callable[..., World]
) -> None:
    found = asked(small(ALL), limits=limits, goal=goal)
    assert found.builds == []
    assert found.cost_against_speed == []
    assert found.sentence.startswith("Nothing within these limits")
    assert found.searched.complete


def test_a_budget_that_is_too_small_is_said_to_be_what_binds(small: Callable[..., World]) -> None:
    found = asked(small(ALL), limits={"budget": "100"})
    assert [r.change for r in found.relaxations] == ["Raise the budget"]
    assert found.relaxations[0].cost is not None
    assert found.relaxations[0].cost > 100


@pytest.mark.parametrize("kept", [{"cpus": set(), "gpus": set()}, {"gpus": set()}, {"cpus": set()}])
def test_a_catalogue_without_machines_gets_a_sentence(
    kept: dict[str, set[str]], small: Callable[..., World]
) -> None:
    found = asked(small({}, kept))
    assert found.builds == []
    assert found.sentence == "Nothing within these limits runs what is asked."
    assert found.searched.orderable == 0


@pytest.mark.parametrize(
    ("kept", "words"),
    [
        ({"models": set()}, "no model yet"),
        ({"quantizations": {"kv-f16"}}, "no format for model weights"),
        ({"quantizations": {"q4_k_m"}}, "no format for a KV cache"),
    ],
)
def test_a_catalogue_without_models_gets_a_sentence(
    kept: dict[str, set[str]], words: str, small: Callable[..., World]
) -> None:
    with pytest.raises(InvalidSpecError, match=words):
        advise(AdvisorSpec(), small(ALL, kept), TODAY)


def test_an_empty_catalogue_names_all_it_lacks(world: World) -> None:
    nothing = dict.fromkeys(world.catalogue._by_kind, ())
    empty = replace(world, catalogue=_assemble("empty", nothing, ()))
    with pytest.raises(InvalidSpecError) as caught:
        advise(AdvisorSpec(), empty, TODAY)
    assert [p.field for p in caught.value.problems] == [
        "models.models",
        "models.quantizations",
        "models.kv_dtype",
        "demand.mix",
    ]


def test_what_has_no_price_cannot_be_ordered(small: Callable[..., World]) -> None:
    without = {slug: price for slug, price in ALL.items() if slug != MODULE}
    assert asked(small(without)).builds == []
    assert asked(small(ALL)).builds[0].title == "GeForce RTX 5090"


def test_a_price_of_zero_is_no_price(small: Callable[..., World]) -> None:
    """A zero is a slip: the list price at launch stands in for it, or nothing does."""
    world = small({**ALL, CARD: ("0", "EUR")})
    lines = assess(asked(world).builds[0].spec, world, TODAY).cost.lines
    assert [line.basis for line in lines if line.kind == "gpu"] == ["launch-price"]
    assert asked(small({**ALL, MODULE: ("0", "EUR")})).builds == []


def test_a_price_in_an_unknown_currency_is_no_price(small: Callable[..., World]) -> None:
    """No rate, no price: it does not become a euro."""
    found = asked(small({**ALL, CPU: ("600", "XAU")}))
    assert found.builds == []
    known = asked(small({**ALL, CARD: ("2500", "USD")})).builds[0].purchase.typical
    in_euros = asked(small(ALL)).builds[0].purchase.typical
    assert known is not None
    assert in_euros is not None
    assert known < in_euros


def test_without_the_rate_of_the_buyers_currency_nothing_has_a_price(
    small: Callable[..., World],
) -> None:
    world = small(ALL)
    poorer = replace(world, catalogue=with_prices(world.catalogue, world.catalogue.prices, ()))
    assert asked(poorer, limits={"currency": "CHF"}).builds == []


@pytest.mark.parametrize(
    "query",
    [
        "budget=-1",
        "budget=NaN",
        "budget=many",
        "currency=XAU",
        "people=0",
        "people=1.5",
        "per_hour=inf",
        "goal=best",
        "vendor=3dfx",
        "use_case=uc2:-1",
        "colour=red",
        "context=1e9",
    ],
)
def test_a_field_out_of_bounds_is_named_beside_it(query: str) -> None:
    with pytest.raises(InvalidSpecError) as caught:
        question_from_query(query)
    assert caught.value.problems
    for problem in caught.value.problems:
        assert problem.message


def test_the_question_itself_takes_no_field_it_does_not_know() -> None:
    with pytest.raises(ValidationError):
        AdvisorSpec.model_validate({"gaol": "cheapest"})

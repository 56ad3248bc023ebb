"""Method: every formula with a build's figures; the source table, a rule for every difference."""

import math
import re
import time
from collections.abc import Mapping
from html import unescape

import pytest

from app.builds.answers.speed import TERM_LABELS
from app.builds.answers.terms import FORMULAS
from app.builds.assess import World
from app.builds.explain import explain
from app.builds.presets import load_presets
from app.builds.query import spec_from_query
from app.estimator.effects import EFFECTS, PLAN
from app.pages.effects import EFFECT_WORDS, effect_words, reasons
from app.pages.home import assessed_presets
from tests.pages.conftest import Page, Site


def test_stated_figures_stand_beside_ours(site: Site) -> None:
    page = Page(site.get("/method/source-table").text)
    for preset in load_presets():
        assert preset.name in page.text
    assert "2\u202f291" in page.text
    assert "295" in page.text


def test_every_mark_that_differs_names_the_rule_that_decided(site: Site) -> None:
    text = unescape(Page(site.get("/method/source-table").text).text)
    differing = [
        verdict
        for found in assessed_presets(site.world)
        for verdict in found.assessment.verdicts
        if found.preset.stated.marks.get(verdict.use_case) != verdict.mark
    ]
    assert differing
    for verdict in differing:
        assert verdict.rule in text


def test_the_nine_rows_are_the_documents() -> None:
    rows = load_presets()
    assert [preset.row for preset in rows] == list(range(1, 10))
    assert all(set(p.stated.marks) == {"uc1", "uc2", "uc3", "uc4"} for p in rows)


BUILDS = {
    "one GPU": "cpu=amd-ryzen-9-9950x&gpu=nvidia-geforce-rtx-5090&users=3",
    "CPU only": "cpu=amd-epyc-9554p&module=rdimm-ddr5-4800-32gb&modules=12",
    "two kinds of GPU": "gpu=nvidia-geforce-rtx-4090&gpu2=nvidia-geforce-rtx-3090"
    "&placement=layer-split&users=2",
    "serving": "gpu=nvidia-geforce-rtx-4090&gpus=2&engine=vllm-cuda&quant=fp16&users=8"
    "&model=llama-3.1-8b-instruct",
    "experts in RAM": "cpu=amd-epyc-9554p&module=rdimm-ddr5-4800-32gb&modules=12&users=3"
    "&gpu=nvidia-geforce-rtx-4090&model=qwen3-235b-a22b",
    "layers in RAM": "cpu=amd-ryzen-9-9950x&module=udimm-ddr5-5600-48gb&modules=4&users=2"
    "&gpu=nvidia-geforce-rtx-5080&model=llama-3.3-70b-instruct",
}


@pytest.mark.parametrize("name", BUILDS)
def test_each_term_is_its_peak_times_its_effects(name: str, world: World) -> None:
    """What the page says of a cost is what the estimator multiplied by."""
    found = explain(spec_from_query(BUILDS[name]), world)
    decode, prefill = found.accounts
    assert decode.terms
    assert prefill.terms
    for account in found.accounts:
        assert sum(term.share or 0.0 for term in account.terms) == pytest.approx(1)
        for term in account.terms:
            assert term.peak_s is not None
            assert term.multiple is not None
            assert term.peak_s * term.multiple == pytest.approx(term.seconds)
            if len({cost.device for cost in term.costs if cost.regime.startswith("gpu")}) <= 1:
                product = math.prod(cost.multiple for cost in term.costs)
                assert product == pytest.approx(term.multiple)
            else:  # two kinds of card: the whole lies between what each costs
                each = [cost.multiple for cost in term.costs]
                assert min(each) * 0.999 <= term.multiple <= max(each) * 1.001


@pytest.mark.parametrize("name", BUILDS)
def test_the_page_shows_the_assessments_own_figures(name: str, site: Site) -> None:
    answer = site.get(f"/method?{BUILDS[name]}")
    assert answer.status_code == 200
    page = Page(answer.text)
    found = explain(spec_from_query(BUILDS[name]), site.world)
    for i, step in enumerate(found.assessment.trace):
        own = step.name.startswith(("decode.", "prefill.")) and step.name not in (
            "prefill.flop",
            "prefill.pipeline",
        )
        if not own and isinstance(step.value, float):
            assert page.figures[f"trace.{i}.value"] == {repr(step.value)}
    text = unescape(page.text)
    for account in found.accounts:
        for term in account.terms:
            assert term.label in text
            assert term.formula in text
    shown = {a["value"] for tag, a in page.elements if tag == "data"}
    scales = {"decode": 1e3, "prefill": 1e6}
    for account in found.accounts:
        for term in account.terms:
            assert term.seconds is not None
            assert repr(term.seconds * scales[account.phase]) in shown


def test_every_term_of_the_plan_has_a_formula_and_a_label(site: Site) -> None:
    page = Page(site.get("/method").text)
    for regime, terms in PLAN.items():
        phase = regime.rpartition("-")[2]
        for term in terms:
            assert term in TERM_LABELS
            assert page.find("tr", id=f"term-{phase}-{term}"), (regime, term)
            assert FORMULAS[phase][term] in unescape(page.text)


def test_every_effect_has_words(world: World) -> None:
    assert set(EFFECT_WORDS) == set(EFFECTS)
    for terms in world.calibration.effects.values():
        for values in terms.values():
            for name in values:
                words = effect_words(name, world.catalogue)
                assert words
                assert not re.search(r"[@:{}]", words), name
    said = effect_words("engine-family:llama.cpp-cuda@ada", world.catalogue)
    assert said == "llama.cpp (CUDA) on Ada"


def test_a_card_nobody_measured_is_said_to_be_one(world: World) -> None:
    fitted = world.calibration.effects["gpu-decode"]["weights"]
    words = {
        slug: weights_reasons(slug, world)
        for slug in ("nvidia-geforce-rtx-4090", unmeasured(fitted, world))
    }
    assert [any("never measured" in w for w in said) for said in words.values()] == [False, True]


def unmeasured(fitted: Mapping[str, float], world: World) -> str:
    """A card of a generation that was measured, but not itself."""
    return next(
        slug
        for slug, gpu in world.catalogue.gpus.items()
        if gpu.architecture == "Ada Lovelace"
        and f"product:{slug}" not in fitted
        and weights_reasons(slug, world)
    )


def weights_reasons(slug: str, world: World) -> list[str]:
    found = explain(spec_from_query(f"gpu={slug}&engine=llama.cpp-cuda"), world)
    terms = [t for account in found.accounts[:1] for t in account.terms if t.name == "weights"]
    return [words for t in terms for cost in t.costs for words in reasons(cost, world.catalogue)]


def test_the_fit_is_described_with_the_calibrations_figures(site: Site) -> None:
    page = Page(site.get("/method").text)
    calibration = site.world.calibration
    text = unescape(page.text)
    assert calibration.version in text
    assert calibration.statement in text
    assert calibration.data_hash[:16] in text
    assert page.find("a", href="/method/source-table")
    assert page.find("a", href="/evidence")


def test_a_build_that_cannot_be_is_said_and_another_shown(site: Site) -> None:
    answer = site.get("/method?gpu=nothing-like-it")
    assert answer.status_code == 422
    text = unescape(answer.text)
    assert "no GPU called" in text
    assert "GeForce RTX 5090" in text


def test_a_build_without_hardware_says_what_is_missing(site: Site) -> None:
    answer = site.get("/method?model=qwen3-8b")
    assert answer.status_code == 200
    assert "Nothing to calculate yet" in answer.text


def test_the_configurator_leads_here_with_its_numbers(site: Site) -> None:
    page = Page(site.get(f"/configure?{BUILDS['one GPU']}").text)
    links = [a["href"] for a in page.find("a") if a.get("href", "").startswith("/method?")]
    assert links
    assert site.get(links[0]).status_code == 200


def test_the_page_is_quick(site: Site) -> None:
    site.get("/method")
    began = time.perf_counter()
    assert site.get(f"/method?{BUILDS['one GPU']}").status_code == 200
    assert time.perf_counter() - began < 0.3

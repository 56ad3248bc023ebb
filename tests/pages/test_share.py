"""A share link never changes under its reader, and says what would be different today."""

from dataclasses import replace
from decimal import Decimal
from urllib.parse import urlsplit

from app.builds.assess import assess
from app.builds.query import spec_from_query
from app.pages.share import today
from tests.pages.conftest import Page, Site

QUERY = "cpu=amd-ryzen-9-9950x&gpu=nvidia-geforce-rtx-5090&module=udimm-ddr5-5600-48gb&modules=4"


def test_a_share_is_frozen_private_and_can_be_copied(site: Site) -> None:
    sent = site.post("/share", query=QUERY)
    assert sent.status_code == 303
    answer = site.get(urlsplit(sent.headers["location"]).path)
    assert answer.status_code == 200
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "noindex" in answer.headers["X-Robots-Tag"]
    page = Page(answer.text)
    assert page.find("meta", name="robots", content="noindex")
    query = assess(spec_from_query(QUERY), site.world).query
    assert page.find("a", href=f"/configure?{query}")
    assert "Nothing: asked today, the answer is the same." in page.text


def test_a_price_that_moved_is_told(site: Site) -> None:
    now = assess(spec_from_query(QUERY), site.world)
    assert now.cost.purchase.typical is not None
    cheaper = now.cost.purchase.model_copy(
        update={"typical": now.cost.purchase.typical / Decimal(2)}
    )
    frozen = now.model_copy(update={"cost": now.cost.model_copy(update={"purchase": cheaper})})
    told = today(frozen, site.world)
    assert [change.label for change in told.changes] == ["Price"]
    assert told.changes[0].difference == "+100.0 %"


def test_which_price_and_which_fact_moved_is_told(site: Site) -> None:
    now = assess(spec_from_query(QUERY), site.world)
    first, second, *others = now.cost.lines
    assert first.typical is not None
    half = first.model_copy(update={"typical": first.typical / 2})
    gone = second.model_copy(update={"slug": "gone", "item": "A module of old"})
    cost = now.cost.model_copy(update={"lines": [half, gone, *others]})
    bandwidth = next(i for i in now.inputs if i.field == "gpu.0.bandwidth_gbs")
    assert isinstance(bandwidth.value, float)
    slower = bandwidth.model_copy(update={"value": bandwidth.value * 0.5})
    inputs = [slower if i is bandwidth else i for i in now.inputs]
    told = today(now.model_copy(update={"cost": cost, "inputs": inputs}), site.world)
    assert not told.same
    assert told.changes == []
    assert [(c.label, c.difference) for c in told.prices] == [
        ("Ryzen 9 9950X", "+100.0 %"),
        ("A module of old", ""),
        (second.item, ""),
    ]
    assert told.prices[1].today == told.prices[2].then == "not in the bill"
    assert [(c.label, c.difference) for c in told.facts] == [
        (f"GPU: {bandwidth.label}", "+100.0 %")
    ]
    assert told.facts[0].then.endswith("GB/s")


def test_a_verdict_that_moved_is_told_in_words(site: Site) -> None:
    now = assess(spec_from_query(QUERY), site.world)
    worse = now.verdicts[0].model_copy(update={"workflow_class": "background", "mark": "no"})
    frozen = now.model_copy(update={"verdicts": [worse, *now.verdicts[1:]], "buildable": False})
    told = today(frozen, site.world).changes
    assert [(c.label, c.then, c.today) for c in told] == [
        ("Can be built", "no", "yes"),
        ("UC1", "background, misses", "interactive, meets"),
    ]


def test_a_part_that_left_the_catalogue_is_told_kindly(site: Site) -> None:
    frozen = assess(spec_from_query(QUERY), site.world)
    machine = frozen.spec.machine.model_copy(update={"cpu": "gone-for-good"})
    frozen = frozen.model_copy(update={"spec": frozen.spec.model_copy(update={"machine": machine})})
    told = today(frozen, replace(site.world))
    assert "cannot be asked any more" in told.problem


def test_an_unknown_link_is_a_calm_404(site: Site) -> None:
    answer = site.get("/s/nothing-here")
    assert answer.status_code == 404
    assert "There is nothing at this link" in Page(answer.text).text


def test_a_question_that_cannot_be_read_is_not_shared(site: Site) -> None:
    answer = site.post("/share", query="users=many")
    assert answer.status_code == 422
    assert "Use a whole number." in Page(answer.text).text

"""One figure everywhere: page, JSON answer, share link and fragment show the identical value."""

import json
from typing import Any
from urllib.parse import urlsplit

import pytest

from app.builds.assess import assess
from app.builds.query import spec_to_query
from app.pages.words import exact
from tests.pages.builds import random_spec
from tests.pages.conftest import Page, Site


def at(tree: Any, path: str) -> Any:
    """The value at a dotted path of the JSON answer."""
    for part in path.split("."):
        tree = tree[int(part)] if isinstance(tree, list) else tree[part]
    return tree


def shown(page: Page) -> dict[str, str]:
    """Each figure of the page; a figure shown twice says the same twice."""
    assert all(len(values) == 1 for values in page.figures.values())
    return {path: next(iter(values)) for path, values in page.figures.items()}


@pytest.mark.parametrize("seed", range(50))
def test_page_json_and_share_show_identical_figures(site: Site, seed: int) -> None:
    spec = random_spec(site.world, seed)
    answer = json.loads(assess(spec, site.world).model_dump_json())

    page = shown(Page(site.get(f"/configure?{spec_to_query(spec)}").text))
    for path, value in page.items():
        assert value == exact(at(answer, path)), path

    fragment = shown(Page(site.fragment(spec_to_query(spec)).text))
    assert fragment == page

    sent = site.post("/share", query=spec_to_query(spec))
    assert sent.status_code == 303
    shared = shown(Page(site.get(urlsplit(sent.headers["location"]).path).text))
    assert shared == page

    for path in ("speed.decode_tps.typical", "speed.ttft_s.typical", "cost.purchase.typical"):
        assert (path in page) == (at(answer, path) is not None), path


def test_the_json_answer_of_the_api_has_the_same_figures(site: Site) -> None:
    spec = random_spec(site.world, 7)
    page = shown(Page(site.get(f"/configure?{spec_to_query(spec)}").text))
    body = spec.model_dump(mode="json")
    answer = site.request("POST", "/api/v1/estimates", json=body).json()
    answer = answer.get("assessment", answer)
    assert {path: exact(at(answer, path)) for path in page} == page

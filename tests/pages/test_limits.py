"""Every limit is a setting: pages say the one that is set, as the rule applies it."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from fastapi import FastAPI

from app.builds.assessment import Interval
from app.pages.graphics import whisker
from tests.pages.conftest import Page, Site

BUILD = "/configure?cpu=amd-ryzen-9-9950x&gpu=nvidia-geforce-rtx-5090"
#: What each page says of the limits where they are 1.5 s and 2.5 tok/s.
SENTENCES = {
    "/": "its tick 2.5 tok/s",
    "/method/source-table": "a first token under 1.5 s and more than 2.5 tok/s",
    BUILD: "Interactive: first token under 1.5 s and more than 2.5 tok/s",
}


@pytest.fixture
def other_limits(app: FastAPI) -> Iterator[None]:
    world = app.state.world
    limits = world.limits.model_copy(
        update={"interactive_ttft_s": 1.5, "interactive_decode_tps": 2.5}
    )
    app.state.world = replace(world, limits=limits)
    yield
    app.state.world = world


@pytest.mark.usefixtures("other_limits")
@pytest.mark.parametrize("path", list(SENTENCES))
def test_a_page_says_the_limits_that_are_set(path: str, site: Site) -> None:
    text = re.sub(r"[\s\u202f]+", " ", Page(site.get(path).text).text)
    assert SENTENCES[path] in text


@pytest.mark.usefixtures("other_limits")
def test_the_tick_of_every_whisker_is_the_limit_that_is_set(site: Site) -> None:
    speed = site.world.limits.interactive_decode_tps
    drawn = whisker(Interval(low=speed, typical=speed, high=speed), speed)
    ticks = [a["d"] for a in Page(site.get("/").text).find("path") if a.get("class") == "w-limit"]
    assert drawn is not None
    assert ticks
    assert set(ticks) == {f"M{drawn.typical} 0V14"}

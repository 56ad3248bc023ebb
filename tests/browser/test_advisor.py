"""The advisor as people use it: few steps to a list, a chart that agrees, links that last."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.searches import FAST, Endless

pytestmark = pytest.mark.browser
Open = Callable[..., Page]
QUESTION = f"/advisor?people=20&{FAST}&budget=9000&top=4"
LIST = """() => [...document.querySelectorAll(".picks > li")].map((li) =>
  [...li.querySelectorAll("h3, data")].map((e) => e.value ?? e.textContent.trim()))"""
POINTS = """(id) => {
  const dots = document.getElementById(id).data[1];
  return dots.x.map((x, i) => [x, dots.y[i], dots.text[i]]);
}"""
ROWS = """(id) => [...document.querySelectorAll(`#${id}-table tbody tr`)].map((row) => {
  const [cost, worth] = row.querySelectorAll("data");
  const rank = row.cells[4].textContent.match(/\\d+/);
  return [Number(cost.value), Number(worth.value), rank ? rank[0] : ""];
})"""


def wait_for_list(page: Page) -> None:
    expect(page.locator(".picks > li").first).to_be_visible(timeout=60_000)


def test_from_home_to_a_list_in_four_steps(open_page: Open, address: str) -> None:
    page = open_page()
    page.goto(address)
    steps = 0
    for step in (
        lambda: page.select_option("#use_case", "uc2"),
        lambda: page.fill("#people", "20"),
        lambda: page.fill("#budget", "15 000"),
        lambda: page.get_by_role("button", name="Find builds").click(),
    ):
        step()
        steps += 1
    wait_for_list(page)
    assert steps <= 5
    asked = parse_qs(urlsplit(page.url).query)
    assert asked["people"] == ["20"]
    assert asked["budget"] == ["15000"]
    prices = page.evaluate(
        """() => [...document.querySelectorAll('.picks [data-figure$="purchase.typical"]')]
        .map((d) => Number(d.value))"""
    )
    assert prices
    assert all(price <= 15_000 for price in prices)
    assert prices == sorted(prices)


def test_a_search_shows_the_form_again_with_its_answer_and_address(
    open_page: Open, address: str
) -> None:
    page = open_page()
    page.goto(f"{address}/advisor")
    page.select_option("#model", "qwen2.5-14b-instruct")
    page.fill("#people", "20")
    page.click("#ask button[type=submit]")
    wait_for_list(page)
    expect(page.locator("#people")).to_have_value("20")
    expect(page.locator("#status")).to_have_text(page.locator("#advice-h").inner_text())
    assert page.evaluate("document.activeElement.id") == "answer"
    asked = parse_qs(urlsplit(page.url).query)
    assert asked == {"people": ["20"], "model": ["qwen2.5-14b-instruct"], "quant": ["q4_k_m"]}
    found = page.evaluate(LIST)
    page.reload()
    assert page.evaluate(LIST) == found
    page.go_back()
    expect(page.locator("#start-h")).to_be_visible()


def five_digits(number: float) -> float:
    return float(f"{number:.5g}")


@pytest.mark.parametrize("chart", ["chart-speed", "chart-served"])
def test_chart_and_table_show_the_same_points(open_page: Open, address: str, chart: str) -> None:
    page = open_page(viewport={"width": 1280, "height": 900})
    page.goto(address + QUESTION)
    page.locator(f"#{chart}").scroll_into_view_if_needed()
    page.locator(f"#{chart} .main-svg").first.wait_for(timeout=30_000)
    drawn, written = page.evaluate(POINTS, chart), page.evaluate(ROWS, chart)
    # charts are drawn with five digits, and sent with no more
    assert drawn == [[*(five_digits(x) for x in point[:2]), *point[2:]] for point in written]
    listed = page.evaluate(
        """() => [...document.querySelectorAll(".picks > li")].map((li) => [
        Number(li.querySelector('[data-figure$="purchase.typical"]').value),
        Number(li.querySelector('[data-figure$="decode_tps.typical"]').value),
        li.querySelector(".rank").textContent])"""
    )
    if chart == "chart-speed":
        assert all(build in written for build in listed)


def test_charts_of_an_answer_that_came_without_reloading_are_drawn(
    open_page: Open, address: str
) -> None:
    page = open_page(viewport={"width": 1280, "height": 900})
    page.goto(f"{address}/advisor?{FAST}&top=2")
    wait_for_list(page)
    page.click("#ask button[type=submit]")
    expect(page.locator("#answer")).not_to_have_attribute("aria-busy", "true", timeout=60_000)
    page.locator("#chart-speed").scroll_into_view_if_needed()
    page.locator("#chart-speed .main-svg").first.wait_for(timeout=30_000)


def test_a_link_shows_somebody_else_the_same_list(open_page: Open, address: str) -> None:
    page = open_page()
    page.goto(address + QUESTION)
    other = open_page()
    other.goto(page.url)
    assert other.evaluate(LIST) == page.evaluate(LIST) != []


def test_without_javascript_everything_is_there(open_page: Open, address: str) -> None:
    page = open_page(java_script_enabled=False)
    page.goto(address)
    page.fill("#people", "5")
    page.fill("#budget", "9000")
    page.get_by_role("button", name="Find builds").click()
    wait_for_list(page)
    expect(page.locator("#chart-speed-table tbody tr").first).to_be_visible()
    page.locator("#ask summary").nth(2).click()
    page.check("#vendor-2")
    page.locator("#ask button[type=submit]").click()
    wait_for_list(page)
    assert "vendor=AMD" in page.url
    titles = page.locator(".picks h3").all_inner_texts()
    assert not any("GeForce" in title for title in titles)


def test_bad_input_is_said_beside_its_field(open_page: Open, address: str) -> None:
    page = open_page()
    page.goto(f"{address}/advisor")
    page.fill("#people", "many")
    page.click("#ask button[type=submit]")
    expect(page.locator("#err-people")).to_have_text("Use a whole number.")
    expect(page.locator("#people")).to_have_value("many")
    assert page.evaluate("document.activeElement.id") == "form-summary"


def test_a_long_search_tells_how_far_it_is_and_can_be_cancelled(
    open_page: Open, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    endless = Endless()
    monkeypatch.setattr("app.serving.searches.advise", endless)
    page = open_page()
    page.goto(f"{address}/advisor")
    page.fill("#people", "33")
    page.click("#ask button[type=submit]")
    expect(page.locator("#working-words")).to_contain_text("1\u202f234 builds worked out")
    expect(page.locator("#working-words")).to_contain_text("best so far: GeForce RTX 5090")
    assert page.locator("#answer").get_attribute("aria-busy") == "true"
    page.click("#cancel")
    expect(page.locator("#status")).to_contain_text("Search cancelled.")
    assert page.locator("#answer").get_attribute("aria-busy") is None
    expect(page.locator("#people")).to_have_value("33")
    assert endless.stopped.wait(10)


def test_leaving_the_page_stops_the_search(
    open_page: Open, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    endless = Endless()
    monkeypatch.setattr("app.serving.searches.advise", endless)
    page = open_page()
    page.goto(f"{address}/advisor")
    page.fill("#people", "34")
    page.click("#ask button[type=submit]")
    assert endless.started.wait(20)
    page.goto("about:blank")
    assert endless.stopped.wait(10)


def test_a_way_out_is_one_click_away(open_page: Open, address: str) -> None:
    page = open_page()
    page.goto(f"{address}/advisor?{FAST}&budget=500")
    page.get_by_role("link", name=re.compile("Raise the budget")).click()
    wait_for_list(page)
    expect(page.locator("#budget")).to_have_value("")
    assert "budget" not in page.url


def test_screen_readers_hear_little(open_page: Open, address: str) -> None:
    page = open_page()
    page.goto(f"{address}/advisor?{FAST}&top=1")
    page.evaluate(
        """() => { window.said = []; new MutationObserver(() =>
        window.said.push(document.getElementById("status").textContent)).observe(
        document.getElementById("status"), {childList: true, characterData: true}); }"""
    )
    page.fill("#people", "9")
    page.click("#ask button[type=submit]")
    expect(page.locator("#status")).to_contain_text("tok/s", timeout=60_000)
    said: list[Any] = page.evaluate("window.said")
    assert 1 <= len(said) <= 3

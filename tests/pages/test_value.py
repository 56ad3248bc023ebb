"""The page on speed per price: table and chart from one answer, and no empty page."""

import json
import re

from tests.pages.conftest import Site


def test_table_and_chart_hold_the_same_machines(site: Site) -> None:
    html = site.get("/value?model=llama-3.1-8b-instruct&quant=q4_k_m").text
    found = site.get("/api/v1/value?model=llama-3.1-8b-instruct&quantization=q4_k_m").json()
    spec = json.loads(re.search(r'id="chart-value-spec">(.*?)</script>', html, re.DOTALL)[1])
    drawn = [x for trace in spec["data"] if trace["mode"] == "markers" for x in trace["x"]]
    assert sorted(drawn) == sorted(float(p["cost"]) for p in found["points"])
    for point in found["points"]:
        assert f'value="{point["tps_per_1000"]!r}"' in html


def test_bad_input_keeps_a_page_and_says_what_is_wrong(site: Site) -> None:
    answer = site.get("/value?model=nothing&currency=JPY&colour=red")
    assert answer.status_code == 422
    assert "The catalogue has no model called “nothing”." in answer.text
    assert "“JPY” is none of those in the list." in answer.text
    assert "There is no setting called “colour”." in answer.text
    assert "Most speed for the money" in answer.text

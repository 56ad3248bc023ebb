"""One figure everywhere: page, JSON answer, share link and fragment show the identical value."""

import json
import re
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import pytest

from app.builds.assess import assess
from app.builds.query import spec_to_query
from app.pages.words import exact
from tests.exports.readers import figures_of_csv, pages_of_pdf, sheets_of, squeezed
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


def exported_the_same(site: Site, share: str, answer: Any) -> None:
    """Report, CSV, spreadsheet and PDF of a share say what the JSON says."""
    html = site.get(f"{share}/report").text
    for path, value in shown(Page(html)).items():
        assert value == exact(at(answer, path)), path

    by_csv = figures_of_csv(site.get(f"{share}.csv").content)
    assert len(by_csv) > 50
    for path, value in by_csv.items():
        found = at(answer, path)
        assert value == ("" if found is None else exact(found)), path

    sheets = sheets_of(site.get(f"{share}.xlsx").content)
    for row in sheets["Summary"][3:]:
        assert close(row[3], at(answer, row[5])), row[5]
    for i, line in enumerate(answer["cost"]["lines"]):
        wanted = [line["quantity"], line["unit_price"], line["low"], line["typical"], line["high"]]
        assert all(map(close, sheets["Bill"][1 + i][1:6], wanted)), line["item"]
    for i, verdict in enumerate(answer["verdicts"]):
        ends = [verdict[k][e] for k in ("ttft_s", "decode_tps", "total_s") for e in ENDS]
        assert all(map(close, sheets["Verdicts"][1 + i][6:15], ends)), verdict["name"]

    pages = pages_of_pdf(site.get(f"{share}.pdf").content)
    assert len(pages) == 2
    text = squeezed("".join(pages))
    rows = re.findall(r"<tr.*?</tr>", html, re.DOTALL)
    assert len(rows) > 5
    for row in rows:
        if "<td" in row:
            assert words_of(row) in text, words_of(row)
    for path, words in re.findall(r'data-figure="([^"]+)">([^<]+)<', html):
        assert squeezed(words) in text, path


ENDS = ("low", "typical", "high")


def close(written: Any, wanted: Any) -> bool:
    """Whether a cell holds a figure: numbers to the last digit a spreadsheet keeps."""
    if isinstance(written, (int, float)):
        return bool(written == pytest.approx(float(wanted), rel=1e-14, abs=0))
    return bool(written == wanted)


def words_of(row: str) -> str:
    """What a row of the report says, without marks and spaces."""
    unmarked = re.sub(r'<span (aria-hidden="true">–</span><span class="vh")>does not run', "–", row)
    return squeezed(unescape(re.sub(r"<[^>]+>", "", unmarked)))


@pytest.mark.parametrize("seed", range(50))
def test_page_json_and_share_show_identical_figures(site: Site, seed: int) -> None:
    spec = random_spec(site.world, seed)
    answer = json.loads(assess(spec, site.world).model_dump_json())

    page = shown(Page(site.get(f"/configure?{spec_to_query(spec)}").text))
    for path, value in page.items():
        assert value == exact(at(answer, path)), path

    fragment = shown(Page(site.fragment(spec_to_query(spec)).text))
    assert fragment == page

    calculation = shown(Page(site.get(f"/configure/calculation?{spec_to_query(spec)}").text))
    for path, value in calculation.items():
        assert value == exact(at(answer, path)), path
    page |= calculation

    sent = site.post("/share", query=spec_to_query(spec))
    assert sent.status_code == 303
    shared = shown(Page(site.get(urlsplit(sent.headers["location"]).path).text))
    assert shared == page

    exported_the_same(site, urlsplit(sent.headers["location"]).path, answer)

    for path in ("speed.decode_tps.typical", "speed.ttft_s.typical", "cost.purchase.typical"):
        assert (path in page) == (at(answer, path) is not None), path


def test_the_json_answer_of_the_api_has_the_same_figures(site: Site) -> None:
    spec = random_spec(site.world, 7)
    page = shown(Page(site.get(f"/configure?{spec_to_query(spec)}").text))
    body = spec.model_dump(mode="json")
    answer = site.request("POST", "/api/v1/estimates", json=body).json()
    answer = answer.get("assessment", answer)
    assert {path: exact(at(answer, path)) for path in page} == page

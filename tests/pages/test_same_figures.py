"""One figure everywhere: page, JSON answer, share link and fragment show the identical value."""

import json
import re
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import pytest
from babel.numbers import get_decimal_symbol

from app.builds.assess import assess
from app.builds.query import spec_to_query
from app.language.languages import Language
from app.language.speaking import said, speaking
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


def exported_the_same(site: Site, share: str, answer: Any, language: Language = "en") -> None:
    """Report, CSV, spreadsheet and PDF of a share say what the JSON says."""
    html = site.get(f"{share}/report?lang={language}").text
    assert f'<html lang="{language}"' in html
    for path, value in shown(Page(html)).items():
        assert value == exact(at(answer, path)), path

    by_csv = figures_of_csv(site.get(f"{share}.csv?lang={language}").content)
    assert len(by_csv) > 50
    for path, value in by_csv.items():
        found = at(answer, path)
        assert value == ("" if found is None else exact(found)), path

    sheets = sheets_of(site.get(f"{share}.xlsx?lang={language}").content)
    summary, bill, verdicts, *_ = sheets.values()
    for row in summary[3:]:
        wanted = at(answer, row[5])
        with speaking(language):
            assert close(row[3], said(wanted) if isinstance(row[3], str) else wanted), row[5]
    for i, line in enumerate(answer["cost"]["lines"]):
        wanted = [line["quantity"], line["unit_price"], line["low"], line["typical"], line["high"]]
        assert all(map(close, bill[1 + i][1:6], wanted)), line["item"]
    for i, verdict in enumerate(answer["verdicts"]):
        ends = [verdict[k][e] for k in ("ttft_s", "decode_tps", "total_s") for e in ENDS]
        assert all(map(close, verdicts[1 + i][6:15], ends)), verdict["name"]

    pages = pages_of_pdf(site.get(f"{share}.pdf?lang={language}").content)
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
    unmarked = re.sub(r'<span aria-hidden="true">–</span><span class="vh">[^<]+', "–", row)
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


def number_of(words: str, language: Language) -> float:
    """A figure read back with the signs of its language."""
    plain = words.replace("\u202f", "").replace("\u2212", "-")
    sign = get_decimal_symbol(language)
    assert not set(plain) & {".", ","} - {sign}, words
    return float(plain.replace(sign, "."))


@pytest.mark.parametrize("language", ["de", "fr"])
@pytest.mark.parametrize("seed", range(6))
def test_files_show_identical_figures_in_every_language(
    site: Site, seed: int, language: Language
) -> None:
    spec = random_spec(site.world, seed)
    answer = json.loads(assess(spec, site.world).model_dump_json())
    sent = site.post("/share", query=spec_to_query(spec))
    share = urlsplit(sent.headers["location"]).path
    exported_the_same(site, share, answer, language)

    pattern = r'data-figure="([^"]+)">([^<]+)<'
    english, other = (
        dict(re.findall(pattern, site.get(f"{share}/report?lang={spoken}").text))
        for spoken in ("en", language)
    )
    assert english.keys() == other.keys()
    for path, words in other.items():
        if re.search(r"\d", words):
            assert number_of(words, language) == number_of(english[path], "en"), path


def test_the_json_answer_of_the_api_has_the_same_figures(site: Site) -> None:
    spec = random_spec(site.world, 7)
    page = shown(Page(site.get(f"/configure?{spec_to_query(spec)}").text))
    body = spec.model_dump(mode="json")
    answer = site.request("POST", "/api/v1/estimates", json=body).json()
    answer = answer.get("assessment", answer)
    assert {path: exact(at(answer, path)) for path in page} == page

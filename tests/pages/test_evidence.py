"""The evidence page: the accuracy run's figures, every run, filters that need no script."""

import gzip
import json
import re
import time
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from app.accuracy.record import AccuracyError, AccuracyRecord, load_accuracy
from app.catalogue.seed_files import SEED_DIR
from app.pages import runs, scatter
from app.pages.evidence import FEW_GROUPS, PER_PAGE
from tests.pages.conftest import Page, Site

TREE: dict[str, Any] = json.loads((SEED_DIR / "accuracy.json").read_text(encoding="utf-8"))
FIGURES = ("rows", "groups", "median_error", "p90_error", "bias", "coverage", "width")


@pytest.fixture(scope="module")
def record() -> AccuracyRecord:
    return load_accuracy(SEED_DIR / "accuracy.json")


def text_of(site: Site, path: str) -> str:
    return unescape(Page(site.get(path).text).text)


@pytest.mark.parametrize("by", ["hardware", "model", "source"])
def test_the_tables_show_the_accuracy_run(by: str, site: Site) -> None:
    page = Page(site.get(f"/evidence?by={by}").text)
    for path, lines in ((f"by.{by}", TREE["by"][by]), ("with_excluded", TREE["with_excluded"])):
        for i, line in enumerate(lines):
            for name in FIGURES:
                if line[name] is not None:
                    shown = page.figures[f"{path}.{i}.{name}"]
                    assert {float(value) for value in shown} == {line[name]}
    for name in ("rows", "rows_matched", "rows_excluded"):
        assert {float(v) for v in page.figures[name]} == {TREE[name]}


def test_the_answer_comes_first(site: Site, record: AccuracyRecord) -> None:
    overall = record.overall("hardware", "decode")
    assert overall is not None
    lead = re.search(r'<p class="lead measure">(.*?)</p>', site.get("/evidence").text, re.DOTALL)
    assert lead is not None
    assert f'value="{overall.median_error}"' in lead.group(1)
    assert "On hardware the fit never saw" in re.sub(r"<[^>]+>", "", lead.group(1))


def test_every_class_and_regenerated_file_has_its_words(record: AccuracyRecord) -> None:
    classes = {point.device_class for point in record.points}
    assert classes <= set(runs.CLASSES)
    assert {group for group, _ in runs.CLASSES.values()} == set(runs.GROUPS)
    assert runs.class_words("something-new") == "something new"


def test_every_point_is_listed(site: Site, record: AccuracyRecord) -> None:
    known = runs.evidence_of(site.world.catalogue, record)
    assert len(known.compared) == len(record.points) == len(TREE["points"])
    assert len(known.excluded) == TREE["rows_excluded"]
    for one, (row_id, quantity, _, measured, predicted, factor) in zip(
        known.compared, TREE["points"], strict=True
    ):
        assert (one.run.row_id, one.point.quantity) == (row_id, quantity)
        scale = 1000 if quantity == "ttft_ms" else 1
        assert one.measured == pytest.approx(measured / scale)
        assert one.predicted == pytest.approx(predicted / scale)
        if factor is not None:
            assert one.low is not None
            assert one.high is not None
            assert one.point.inside == (one.low <= one.measured <= one.high)


def test_the_held_out_coverage_is_that_of_the_runs(record: AccuracyRecord) -> None:
    for measure in ("decode", "prefill", "ttft"):
        found = [p.inside for p in record.points if runs.MEASURE_OF[p.quantity] == measure]
        overall = record.overall("hardware", measure)
        assert overall is not None
        assert sum(x is True for x in found) / len(found) == pytest.approx(
            overall.coverage, abs=2e-3
        )


def test_pages_of_fifty_walk_through_all_runs(site: Site) -> None:
    first = Page(site.get("/evidence?measure=ttft").text)
    total = sum(point[1] == "ttft_ms" for point in TREE["points"])
    pages = -(-total // PER_PAGE)
    assert f"Page 1 of {pages}" in first.text
    (after,) = first.find("a", rel="next")
    assert after["href"] == "/evidence?measure=ttft&page=2#runs"
    seen = 0
    for number in (1, 2, pages):
        html = site.get(f"/evidence?measure=ttft&page={number}").text
        body = html.partition('class="runs-table"')[2].partition("</table>")[0]
        seen += body.count('<th scope="row">')
    assert seen == 2 * PER_PAGE + (total - (pages - 1) * PER_PAGE)
    beyond = site.get("/evidence?measure=ttft&page=999")
    assert beyond.status_code == 200
    assert f"Page {pages} of {pages}, the last there is" in Page(beyond.text).text


def test_filters_narrow_the_list_and_the_drawing(site: Site) -> None:
    everything = site.get("/evidence").text
    some = site.get("/evidence?class=apple&measure=decode&q=m2+pro").text
    page = Page(some)
    assert page.selected["class"] == "apple"
    assert page.field("q") == "m2 pro"
    assert "Apple M2 Pro" in page.text
    assert some.count("<figure") == 1 < everything.count("<figure") == 3
    assert 'class="pt pt-unified"' in some
    assert "pt-serving" not in some.partition("<figure")[2].partition("</figure>")[0]


def test_the_furthest_off_come_first(site: Site) -> None:
    html = site.get("/evidence?order=off&measure=decode").text
    body = html.partition('class="runs-table"')[2]
    ratios = [
        float(x)
        for x in re.findall(r'<td class="n"><data value="([\d.e-]+)">[^<]*</data></td><td>', body)
    ]
    far = [max(x, 1 / x) for x in ratios]
    assert len(far) == PER_PAGE
    assert far == sorted(far, reverse=True)


def test_the_excluded_runs_say_why(site: Site) -> None:
    text = text_of(site, "/evidence?excluded=1")
    assert f"{TREE['rows_excluded']} runs set aside" in text
    shown = [r for r in site.world.catalogue.measurements if not r.usable and r.exclude_reason]
    assert sum((row.exclude_reason or "") in text for row in shown) >= 40


def test_what_could_not_be_compared_is_counted(site: Site) -> None:
    text = text_of(site, "/evidence")
    for reason in TREE["unmatched"]:
        assert re.sub(r"\s+", " ", reason) in re.sub(r"\s+", " ", text)


def test_nothing_found_is_said_kindly(site: Site) -> None:
    answer = site.get("/evidence?q=no-such-machine")
    assert answer.status_code == 200
    assert "Nothing matches “no-such-machine”" in unescape(answer.text)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("by=colour", "Use one of: hardware, model or source."),
        ("measure=speed", "Use one of: decode, prefill or ttft."),
        ("class=nothing", "No run is of this class"),
        ("page=0", "Use 1 or more."),
        ("page=two", "Use a whole number."),
        ("q=" + "x" * 81, "At most 80 characters."),
        ("excluded=yes", "Use one of: 1."),
        ("colour=red", "There is no filter called “colour”."),
    ],
)
def test_a_filter_that_cannot_be_is_said_and_the_rest_is_shown(
    query: str, words: str, site: Site
) -> None:
    answer = site.get(f"/evidence?{query}&order=off")
    assert answer.status_code == 422
    assert words in unescape(answer.text)
    assert 'value="off" selected' in answer.text
    field = query.partition("=")[0]
    if field in ("measure", "class", "q", "excluded"):
        page = Page(answer.text)
        assert any(a.get("aria-describedby") == f"err-{field}" for _, a in page.elements)


def test_a_form_with_empty_fields_gets_its_canonical_address(site: Site) -> None:
    answer = site.get("/evidence?measure=&class=cpu&order=&q=")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/evidence?class=cpu"


def test_text_from_the_address_stays_text(site: Site) -> None:
    answer = site.get("/evidence?q=<script>alert(1)</script>&<b>=1")
    assert "<script>alert" not in answer.text
    assert "<b>" not in answer.text


@pytest.mark.parametrize(
    ("words", "address"),
    [
        ("https://www.example.org/a/b/", "https://www.example.org/a/b/"),
        ("javascript:alert(1)", None),
        ("owner/name:path/file.json", None),
        ("https://example.org (read in May)", None),
        ('https://example.org/"><script>', None),
    ],
)
def test_only_a_plain_address_becomes_a_link(words: str, address: str | None) -> None:
    assert runs.source_of(words).address == address


def test_the_page_is_light_and_quick(site: Site) -> None:
    site.get("/evidence")  # joins the runs once
    began = time.perf_counter()
    answer = site.get("/evidence?q=4090&order=off")
    assert time.perf_counter() - began < 0.3
    whole = site.get("/evidence")
    assert answer.status_code == whole.status_code == 200
    assert len(gzip.compress(whole.content)) <= 40_000
    assert whole.text.count("<circle") + whole.text.count("<rect") < 40


def test_marks_stand_where_their_figures_are() -> None:
    axis = scatter.Axis(0.0, 2.0)
    assert [(tick.at, tick.words) for tick in axis.ticks] == [(0, "1"), (136, "10"), (272, "100")]
    assert scatter.marks("gpu", [(10, 100), (1, 1), (10, 100)], axis) == "m0 272h0m136-272h0"
    # each mark of the other shapes is drawn from where the one before ended
    assert scatter.marks("cpu", [(1, 1), (10, 1)], axis) == "m0 270v4m136-4v4"
    assert scatter.axis_of([]).decades > 0


def test_the_pages_lead_to_each_other(site: Site) -> None:
    evidence = Page(site.get("/evidence").text)
    assert evidence.find("a", href="/evidence/yours")
    assert evidence.find("a", href="/method")
    assert Page(site.get("/evidence/yours").text).find("a", href="/evidence")
    for path in ("/", "/configure", "/method", "/evidence"):
        page = Page(site.get(path).text)
        assert page.find("a", href="/evidence")
        assert page.find("a", href="/method")
    assert evidence.find("a", href="/evidence", aria_current="page")


def test_classes_with_few_devices_do_not_lead(site: Site) -> None:
    few = [
        x for x in TREE["by"]["hardware"] if x["measure"] == "decode" and x["groups"] < FEW_GROUPS
    ]
    html = site.get("/evidence").text
    decode = html.partition("Decode</th>")[2].partition("</tbody>")[0]
    rows = re.findall(r'<th scope="row">([^<]+)</th>', decode)
    assert rows[0] == "all together"
    assert set(rows[len(rows) - len(few) :]) == {runs.class_words(x["device_class"]) for x in few}


@pytest.mark.parametrize(
    "content", [None, "", "[]", "{}", '{"points": []}', '{"points": [["a", "decode_tps"]]}']
)
def test_a_record_that_cannot_be_used_says_so(content: str | None, tmp_path: Path) -> None:
    path = tmp_path / "accuracy.json"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(AccuracyError, match=r"accuracy\.json cannot be used: .+rigwise calibrate"):
        load_accuracy(path)

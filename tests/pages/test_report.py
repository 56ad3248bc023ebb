"""Report, files, previews, embeds: from the frozen answer, private, nothing that runs."""

import inspect
import io
import re
from urllib.parse import urlsplit

import pytest
from fastapi.routing import APIRoute
from PIL import Image
from sqlmodel import Session, col, select

from app.builds.shares import ShareRow
from app.database.digests import UNSEALED
from app.pages import report
from tests.pages.conftest import Page, Site

QUERY = "cpu=amd-ryzen-9-9950x&gpu=nvidia-geforce-rtx-5090&module=udimm-ddr5-5600-48gb&modules=4"
TOO_SMALL = "gpu=nvidia-geforce-rtx-5080&model=llama-3.3-70b-instruct"
FILES = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
EMBEDS = ("verdicts", "speed", "wait", "memory", "cost")


@pytest.fixture(scope="module")
def path(site: Site) -> str:
    """Address of a share."""
    return urlsplit(site.post("/share", query=QUERY).headers["location"]).path


def test_the_report_decides_first_and_says_since_when(site: Site, path: str) -> None:
    answer = site.get(f"{path}/report")
    assert answer.status_code == 200
    assert "noindex" in answer.headers["X-Robots-Tag"]
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    text = Page(answer.text).text
    order = ("Order it", "What is bought", "What it costs over the years", "What it is good for")
    order += ("Why", "What could go wrong", "What is assumed", "How well it is known", "Sources")
    places = [answer.text.index(f">{words}<") if i else 0 for i, words in enumerate(order)]
    assert places == sorted(places)
    assert "Frozen on" in text
    assert answer.text.count('class="drawing"') == 4


@pytest.mark.parametrize("kind", FILES)
def test_files_are_offered_for_saving_and_kept_by_readers(site: Site, path: str, kind: str) -> None:
    answer = site.get(f"{path}.{kind}")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == FILES[kind]
    name = f"rigwise-ryzen-9-9950x-geforce-rtx-5090-qwen2.5-14b-at-q4-k-m.{kind}"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert answer.headers["Cache-Control"] == "private, max-age=3600"
    again = site.get(f"{path}.{kind}", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert site.get(f"{path}.{kind}").content == answer.content
    over_rest = site.request("GET", f"/api/v1/shares{path.removeprefix('/s')}/export.{kind}")
    assert over_rest.content == answer.content


@pytest.mark.parametrize("kind", FILES)
def test_a_build_that_is_not_shared_can_be_exported_too(site: Site, kind: str) -> None:
    answer = site.get(f"/configure.{kind}?{QUERY}")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == FILES[kind]
    page = Page(site.get(f"/configure?{QUERY}").text)
    lang = "" if kind == "csv" else "&lang=en"
    assert page.find("a", href=f"/configure.{kind}?{QUERY}{lang}")


def test_documents_are_drawn_beside_the_event_loop() -> None:
    routes = [route for route in report.router.routes if isinstance(route, APIRoute)]
    assert len(routes) == 7
    assert not [r.path for r in routes if inspect.iscoroutinefunction(r.endpoint)]


def test_a_question_that_cannot_be_read_has_no_file(site: Site) -> None:
    answer = site.get("/configure.pdf?users=many")
    assert answer.status_code == 422
    assert "Use a whole number." in Page(answer.text).text
    assert site.get("/configure/card.png?users=many").status_code == 422
    assert site.get(f"/configure.exe?{QUERY}").status_code == 404


def test_every_address_of_an_unknown_share_gives_the_same_answer(site: Site) -> None:
    asked = ["/s/nothing", *(f"/s/nothing.{kind}" for kind in (*FILES, "exe"))]
    asked += ["/s/nothing/report", "/s/nothing/card.png"]
    asked += [f"/s/nothing/embed/{part}" for part in (*EMBEDS, "speed.svg", "other", "other.svg")]
    bodies = set()
    for address in asked:
        answer = site.get(address)
        assert answer.status_code == 404, address
        bodies.add(answer.text.replace(address, ""))
    assert len(bodies) == 1
    for kind in FILES:
        answer = site.request("GET", f"/api/v1/shares/nothing/export.{kind}")
        assert answer.status_code == 404
        assert answer.json()["detail"] == "There is no share at this address."


def test_a_part_that_does_not_exist_is_not_there_either(site: Site, path: str) -> None:
    assert site.get(f"{path}/embed/everything").status_code == 404
    assert site.get(f"{path}.docx").status_code == 404
    assert site.get(f"{path}/embed/verdicts.svg").status_code == 404


@pytest.mark.parametrize("part", EMBEDS)
def test_a_part_can_be_framed_and_runs_nothing(site: Site, path: str, part: str) -> None:
    answer = site.get(f"{path}/embed/{part}")
    assert answer.status_code == 200
    policy = answer.headers["Content-Security-Policy"]
    assert "frame-ancestors *" in policy
    assert "script-src" not in policy
    assert "default-src 'none'" in policy
    assert "Set-Cookie" not in answer.headers
    page = Page(answer.text)
    assert not page.find("script")
    assert not page.find("form")
    assert page.find("a", href=f"http://testserver{path}")
    for theme in ("light", "dark"):
        html = site.get(f"{path}/embed/{part}?theme={theme}").text
        assert Page(html).find("html", data_theme=theme)


def test_nothing_else_can_be_framed(site: Site, path: str) -> None:
    for address in (path, f"{path}/report", "/", f"/configure?{QUERY}"):
        policy = site.get(address).headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in policy


@pytest.mark.parametrize("part", EMBEDS[1:])
def test_a_chart_is_a_picture_that_other_sites_may_show(site: Site, path: str, part: str) -> None:
    answer = site.get(f"{path}/embed/{part}.svg")
    assert answer.headers["Content-Type"] == "image/svg+xml"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer.text.startswith("<svg xmlns=")
    assert "class=" not in answer.text
    assert "style" not in answer.text


def test_a_build_without_a_chart_says_so(site: Site) -> None:
    path = urlsplit(site.post("/share", query=TOO_SMALL).headers["location"]).path
    assert "Nothing is known that could be drawn." in site.get(f"{path}/embed/speed").text
    assert "Nothing is known" in site.get(f"{path}/embed/speed.svg").text


def test_a_link_has_a_preview_with_the_answer_and_a_picture(site: Site, path: str) -> None:
    for address, card in (
        (path, f"{path}/card.png?lang=en"),
        (f"/configure?{QUERY}", f"/configure/card.png?{QUERY}&lang=en"),
    ):
        page = Page(site.get(address).text)
        meta = {m["property"]: m["content"] for m in page.find("meta") if "property" in m}
        assert meta["og:title"] == "Ryzen 9 9950X · GeForce RTX 5090 · Qwen2.5 14B at Q4_K_M"
        assert "tok/s, first token" in meta["og:description"]
        assert meta["og:image"].replace("&amp;", "&") == f"http://testserver{card}"
        assert page.find("meta", name="twitter:card", content="summary_large_image")
        answer = site.get(card)
        assert answer.headers["Content-Type"] == "image/png"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        with Image.open(io.BytesIO(answer.content)) as image:
            assert image.size == (1200, 630)
    assert not Page(site.get("/configure").text).find("meta", property="og:image")


def test_snippets_can_be_pasted_as_they_are(site: Site, path: str) -> None:
    text = site.get(path).text
    assert f"&lt;iframe src=&#34;http://testserver{path}/embed/verdicts?lang=en&#34;" in text
    assert f"[![How fast does it write?](http://testserver{path}/embed/speed.svg?lang=en)]" in text


def test_names_that_attack_stay_names_on_every_page(site: Site) -> None:
    path = urlsplit(site.post("/share", query=QUERY).headers["location"]).path
    attack = '"><script>alert(1)</script>{{7*7}}'
    with Session(site.database) as session:
        row = session.exec(select(ShareRow).where(col(ShareRow.slug) == path[3:])).one()
        row.assessment = re.sub(
            r"GeForce RTX 5090|Ryzen 9 9950X", lambda _: attack.replace('"', '\\"'), row.assessment
        )
        row.digest = UNSEALED
        session.commit()
    for more in ("", "/report", *(f"/embed/{part}" for part in EMBEDS)):
        html = site.get(f"{path}{more}").text
        assert "<script>alert(1)" not in html, more
    for part in EMBEDS[1:]:
        assert "<script" not in site.get(f"{path}/embed/{part}.svg").text
    for kind in FILES:
        answer = site.get(f"{path}.{kind}")
        assert answer.status_code == 200
        assert re.fullmatch(
            r'attachment; filename="[a-z0-9.-]+"', answer.headers["Content-Disposition"]
        )

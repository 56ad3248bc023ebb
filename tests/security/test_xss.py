"""T41: sixty payloads in every field that takes free text, read again wherever it comes out.

Editors may write anything into the catalogue, so one graphics card is named after each payload and
then looked at on every face: pages, fragments, blocks of JSON, charts, the report, files, pictures.
"""

import csv
import io
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from openpyxl import load_workbook

from app.language.languages import LANGUAGES
from tests.client import Client
from tests.editing.conftest import SOURCE, Service, Visitor
from tests.exports.readers import pages_of_pdf
from tests.security.payloads import MARK, PAYLOADS, Dangers, dangers
from tests.soak import report_line, times

PAGE = {"Accept": "text/html"}
CARD = "nvidia-geforce-rtx-5090"
#: Every parameter that is read from an address, and everything a form without a session takes.
QUERIES = (
    "/configure?{key}={x}&unknown-{x}=1",
    "/configure?cpu={x}&gpu={x}&module={x}&model={x}&quant={x}&engine={x}&users={x}&system={x}",
    "/configure/result?gpu={x}&model={x}",
    "/configure/upgrades?gpu={x}",
    "/compare?a=gpu%3D{x}&b={x}&{x}=1",
    "/sweep?axis={x}&gpu={x}",
    "/advisor?people={x}&vendor={x}&model={x}&owned_gpu={x}&{x}=1",
    "/value?model={x}&quantization={x}&currency={x}",
    "/method?model={x}",
    "/evidence?q={x}&by={x}&class={x}&page={x}",
    "/evidence/yours?gpu={x}",
    "/glossary?q={x}",
    "/gpus?q={x}&sort={x}&columns={x}&vendor={x}",
    "/browse/gpus/results?q={x}",
    "/gpus/{x}",
    "/models/{x}/machines",
    "/s/{x}",
    "/i/{x}",
    "/import/{x}",
    "/{x}",
    "/admin?q={x}",
)


class Blocks(HTMLParser):
    """The JSON a page carries for its scripts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[Any] = []
        self._inside = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag == "script" and dict(attrs).get("type") == "application/json"

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.found.append(json.loads(data))
            self._inside = False


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)


def charted(html: str) -> list[str]:
    """Texts of charts that Plotly would read as markup: it knows <b>, <a href>, <br> and more."""
    specs = [b for b in Blocks(html).found if isinstance(b, dict) and "data" in b]
    return [s for spec in specs for s in strings(spec) if MARK in s and re.search(r"<\w", s)]


def check(html: str, where: object) -> None:
    found = dangers(html)
    assert found == [], (where, found[:3])
    assert charted(html) == [], where
    assert f"49{MARK}" not in html, where  # a template in a template


def quoted(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode())


@pytest.mark.parametrize("query", QUERIES)
def test_what_stands_in_an_address_stays_text(query: str, service: Service) -> None:
    with Client(service.app, service.portal) as client:
        for payload in PAYLOADS:
            place = query.replace("{x}", quoted(payload)).replace("{key}", "context")
            for headers in (PAGE, PAGE | {"HX-Request": "true"}):
                answer = client.get(place, headers=headers)
                assert answer.status_code < 500, place
                check(answer.text, place)
            if location := answer.headers.get("Location"):
                assert location.startswith("/")
                assert not location.startswith("//")


@pytest.mark.parametrize(
    "path",
    [
        "/import",
        "/import/gguf",
        "/import/gpu",
        "/import/cpu",
        "/share",
        "/evidence/yours",
        "/theme",
        "/language",
        "/admin/sign-in",
    ],
)
def test_what_a_form_brings_stays_text(path: str, service: Service) -> None:
    names = (
        "name",
        "vendor",
        "architecture",
        "source",
        "memory_type",
        "memory_gib",
        "text",
        "build",
        "query",
        "back",
        "token",
        "language",
        "theme",
        "what",
        "summary",
        "source.tdp_w",
    )
    for payload in PAYLOADS:
        answer = Visitor(service).post(path, data=dict.fromkeys(names, payload))
        assert answer.status_code < 500, payload
        if "Location" in answer.headers:
            place = answer.headers["Location"]
            assert place.startswith("/")
            assert not place.startswith(("//", "/\\"))
            answer = Visitor(service).get(place)
        check(answer.text, (path, payload))
        service.app.state.attempts._failed.clear()


def test_names_in_benchmarks_stay_text(service: Service) -> None:
    for payload in PAYLOADS:
        run = {
            "model_filename": payload,
            "model_type": payload,
            "gpu_info": payload,
            "cpu_info": payload,
            "backends": payload,
            "n_prompt": 512,
            "n_gen": 0,
            "avg_ts": 99.5,
            "build_commit": payload,
            "test_time": payload,
        }
        answer = Visitor(service).post("/evidence/yours", data={"text": json.dumps([run])})
        assert answer.status_code in (200, 422)
        check(answer.text, payload)
        rest = service.rest("POST", "/imports/llama-bench", [run])
        assert rest.headers["Content-Type"].startswith("application/")


def test_what_somebody_imports_stays_text(service: Service) -> None:
    """A name may hold no < or >; whatever else passes is looked at on every page."""
    kept = 0
    for payload in PAYLOADS:
        plain = re.sub(r"[<>\x00-\x1f]", "", payload)[:120]
        for name in (payload, plain):
            facts = {
                "name": name,
                "vendor": name,
                "source": name,
                "memory_gib": 24,
                "bandwidth_gbs": 900,
                "tdp_w": 300,
                "sources": {"tdp_w": name},
            }
            answer = service.rest("POST", "/imports", {"kind": "gpu", "facts": facts})
            assert answer.status_code == (201 if name == plain else 422), (name, answer.text)
        slug = answer.json()["slug"]
        kept += 1
        for path in (f"/i/{slug}", f"/configure?gpu=import.{slug}"):
            check(Visitor(service).get(path).text, (path, payload))
    assert kept == len(PAYLOADS)


@pytest.fixture(scope="module")
def named(service: Service) -> list[str]:
    """Slugs of cards that are named after the payloads, in each of their texts."""
    fact = service.fact("gpus", CARD).model_dump(mode="json")
    header = [name for name in fact if name not in ("cell_sources",)]
    sheet = io.StringIO()
    writer = csv.DictWriter(sheet, header, extrasaction="ignore")
    writer.writeheader()
    slugs = []
    for number, written in enumerate(PAYLOADS):
        payload = "".join(c for c in written if c.isprintable())  # others are refused
        slugs.append(f"payload-{number}")
        texts = {
            "slug": slugs[-1],
            "name": f"{number} {payload}",
            "notes": payload,
            "source": payload,
            "architecture": fact["architecture"],
        }
        row = {k: "" if v is None else v for k, v in fact.items()} | texts
        writer.writerow({k: str(v).lower() if isinstance(v, bool) else v for k, v in row.items()})
    given = {
        "kind": "gpus",
        "csv": sheet.getvalue(),
        "source": SOURCE,
        "reason": f"{MARK} {PAYLOADS[0]}",
    }
    compared = service.rest("POST", "/catalogue/imports", given)
    assert compared.status_code == 200, compared.text
    assert compared.json()["rejected"] == 0, compared.json()["rows"][:3]
    given |= {"apply": True, "revision": compared.json()["revision"]}
    assert service.rest("POST", "/catalogue/imports", given).json()["added"] == len(PAYLOADS)
    return slugs


def test_lists_with_hostile_names_stay_text(
    service: Service, visitor: Visitor, named: list[str]
) -> None:
    seen = 0
    for path in (
        "/gpus?q=payload",
        "/gpus?sort=-memory_gib",
        "/configure",
        "/import/gpu",
        "/admin?q=payload",
        "/admin/history",
        "/admin/history/1",
        "/admin/catalogue/gpus",
        "/advisor",
        "/admin/add/prices?item_kind=gpu&item=payload-0",
    ):
        for language in LANGUAGES:
            visitor.cookies["language"] = language
            answer = visitor.get(path)
            assert answer.status_code in (200, 404), path
            check(answer.text, path)
            seen += answer.text.count(MARK)
    assert seen > 100


@pytest.mark.soak
@pytest.mark.parametrize("number", range(len(PAYLOADS)))
def test_a_hostile_name_stays_text_on_every_face(
    number: int, service: Service, visitor: Visitor, named: list[str]
) -> None:
    slug = named[number]
    query = f"gpu={slug}&cpu=amd-ryzen-9-9950x&module=udimm-ddr5-5600-48gb&modules=2"
    shared = visitor.post("/share", data={"query": query}).headers["Location"]
    pages = {
        "entry": f"/gpus/{slug}",
        "configurator": f"/configure?{query}",
        "share with its preview": shared,
        "report": f"{shared}/report",
        "frame": f"{shared}/embed/verdicts",
        "drawing": f"{shared}/embed/speed.svg",
        "comparison": f"/compare?a={quoted(query)}&b={quoted('gpu=' + CARD)}",
        "what if": f"/sweep?axis=concurrency&{query}",
        "editing": f"/admin/catalogue/gpus/{slug}",
    }
    seen = 0
    for name, path in pages.items():
        answer = visitor.get(path)
        assert answer.status_code == 200, (name, answer.text[:300])
        check(answer.text, name)
        seen += MARK in answer.text
    assert seen >= 6
    text = visitor.get(f"{shared}.csv").content.decode("utf-8-sig")
    for row in csv.reader(io.StringIO(text)):
        assert not [c for c in row if c.lstrip().startswith(("=", "+", "@", "\t", "|", "%"))]
        assert not [c for c in row if re.match(r"\s*-\D", c)]
    book = load_workbook(io.BytesIO(visitor.get(f"{shared}.xlsx").content))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [c.coordinate for c in cells if c.data_type == "f" or c.hyperlink is not None]
    assert any(MARK in str(c.value) for c in cells)
    if number % times(6, 1) == 0:
        pdf = visitor.get(f"{shared}.pdf").content
        assert not re.search(rb"/(JavaScript|JS|Launch|SubmitForm|AA)\b", pdf)
        assert len(pages_of_pdf(pdf)) == 2
        card = visitor.get(f"{shared}/card.png")
        assert (card.status_code, card.content[:4]) == (200, b"\x89PNG")
    rest = service.rest("GET", f"/gpus/{slug}")
    assert rest.json()["name"].startswith(f"{number} ")
    assert MARK in rest.json()["name"]
    assert rest.headers["Content-Type"] == "application/json"
    if number == len(PAYLOADS) - 1:
        report_line("T41", f"{len(PAYLOADS)} payloads in every field, on {len(pages) + 5} faces")


def test_the_check_itself_sees_a_payload_that_is_not_text() -> None:
    blind = [p for p in PAYLOADS if not Dangers(f'<p title="{p}">{p}</p><a href="{p}">x</a>').found]
    assert len(blind) < 15, blind
    assert dangers("<img src=x onerror=alert(1)>")
    assert dangers('<a href="javascript:alert(1)">x</a>')

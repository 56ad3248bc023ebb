"""T44: a share or an import is found by whoever has its link, and by nobody else."""

import logging
import secrets
import string
import time
from statistics import median
from typing import Any

import pytest
from sqlalchemy import text

from app.builds.shares import read_share
from app.catalogue.imports import read_import
from app.database import session_scope
from app.logs import JsonLines
from tests.client import Client
from tests.editing.conftest import Service
from tests.soak import report_line, times

GUESSES = times(100_000, 1_000_000)
FACTS = {"kind": "gpu", "facts": {"name": "My card", "vendor": "NVIDIA"}}
PAGE = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def links(service: Service) -> dict[str, str]:
    """A share and an import that are there."""
    with Client(service.app, service.portal) as client:
        share = client.post("/api/v1/shares", json={"spec": {}}).json()["slug"]
        kept = client.post("/api/v1/imports", json=FACTS).json()["slug"]
    return {"share": share, "import": kept}


def addresses(links: dict[str, str]) -> dict[str, str]:
    share, kept = links["share"], links["import"]
    return {
        "page": f"/s/{share}",
        "report": f"/s/{share}/report",
        "card": f"/s/{share}/card.png",
        "frame": f"/s/{share}/embed/verdicts",
        "chart": f"/s/{share}/embed/speed.svg",
        "pdf": f"/s/{share}.pdf",
        "csv": f"/s/{share}.csv",
        "rest": f"/api/v1/shares/{share}",
        "rest export": f"/api/v1/shares/{share}/export.csv",
        "import": f"/i/{kept}",
        "rest import": f"/api/v1/imports/{kept}",
    }


def test_a_slug_is_128_random_bits(service: Service) -> None:
    with Client(service.app, service.portal) as client:
        slugs = {client.post("/api/v1/imports", json=FACTS).json()["slug"] for _ in range(64)}
    assert len(slugs) == 64
    assert {len(slug) for slug in slugs} == {22}  # 22 digits of 6 bits hold 128
    letters = set(string.ascii_letters + string.digits + "-_")
    assert set("".join(slugs)) <= letters
    assert len(set("".join(slugs))) > 50
    assert len({slug[:3] for slug in slugs}) > 60  # no counter, no time in front


@pytest.mark.soak
def test_a_hundred_thousand_guesses_find_nothing(service: Service, links: dict[str, str]) -> None:
    hits = 0
    with session_scope(service.app.state.database) as session:
        for i in range(GUESSES):
            guess = secrets.token_urlsafe(16)
            if i % 2:  # as somebody would who knows all but the end of a link
                guess = links["share"][: 1 + i % 17] + guess[1 + i % 17 :]
            found: Any = read_share(session, guess) if i % 4 < 2 else read_import(session, guess)
            hits += found is not None
        assert read_share(session, links["share"]) is not None
    assert hits == 0
    report_line("T44", f"{GUESSES:,} guesses of share links, {hits} found")


@pytest.mark.parametrize("name", ["other case", "cut", "longer", "space", "wildcard", "star"])
def test_a_link_that_is_nearly_right_opens_nothing(
    name: str, service: Service, links: dict[str, str]
) -> None:
    slug = links["share"]
    nearly = {
        "other case": slug.swapcase(),
        "cut": slug[:-1],
        "longer": f"{slug}A",
        "space": f"{slug}%20",
        "wildcard": f"{slug[:-1]}_",
        "star": f"{slug[:1]}%25",
    }[name]
    with Client(service.app, service.portal) as client:
        assert client.get(f"/api/v1/shares/{nearly}").status_code == 404


def test_never_there_and_no_longer_there_read_alike(
    service: Service, links: dict[str, str]
) -> None:
    """Whoever tries addresses learns nothing from how they are refused."""
    with Client(service.app, service.portal) as client:
        gone = client.post("/api/v1/shares", json={"spec": {}}).json()["slug"]
        with service.app.state.database.begin() as connection:
            done = connection.execute(text("DELETE FROM shares WHERE slug = :s"), {"s": gone})
            assert done.rowcount == 1
        never = secrets.token_urlsafe(16)
        for place in addresses({"share": "SLUG", "import": "SLUG"}).values():
            bodies = set()
            for slug in (gone, never):
                answer = client.get(place.replace("SLUG", slug), headers=PAGE)
                assert answer.status_code == 404, place
                body = answer.text.replace(slug, "SLUG")
                bodies.add(body.replace(answer.headers["X-Request-ID"], "ID"))
            assert len(bodies) == 1, place


@pytest.mark.soak
def test_never_there_and_no_longer_there_take_as_long(service: Service) -> None:
    """To a millisecond of the processor: the wall clock tells what else the machine does."""
    pairs = times(60, 1_000)
    took_s: dict[str, list[float]] = {"gone": [], "never": []}
    with Client(service.app, service.portal) as client:
        for _ in range(pairs):
            gone = client.post("/api/v1/imports", json=FACTS).json()["slug"]
            with service.app.state.database.begin() as connection:
                connection.execute(text("DELETE FROM imports WHERE slug = :s"), {"s": gone})
            for name, slug in (("gone", gone), ("never", secrets.token_urlsafe(16))):
                began = time.process_time()
                assert client.get(f"/i/{slug}", headers=PAGE).status_code == 404
                took_s[name].append(time.process_time() - began)
    apart_s = median(took_s["gone"]) - median(took_s["never"])
    assert abs(apart_s) < 0.001
    report_line("T44", f"gone and never there: refused within {abs(apart_s) * 1e6:.0f} µs alike")


@pytest.mark.parametrize("name", list(addresses({"share": "", "import": ""})))
def test_no_search_engine_lists_it_and_no_other_site_learns_of_it(
    name: str, service: Service, links: dict[str, str]
) -> None:
    with Client(service.app, service.portal) as client:
        found = client.get(addresses(links)[name], headers=PAGE)
        lost = client.get(addresses({"share": "x" * 22, "import": "x" * 22})[name], headers=PAGE)
    assert (found.status_code, lost.status_code) == (200, 404)
    for answer in (found, lost):
        assert answer.headers["X-Robots-Tag"] == "noindex"
        assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_no_list_and_no_log_holds_it(
    service: Service, links: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    lists = ("/", "/browse", "/configure", "/api/v1/openapi.json", "/admin", "/import", "/gpus")
    with Client(service.app, service.portal) as client, caplog.at_level(logging.DEBUG):
        for path in lists:
            page = client.get(path, headers=PAGE).text
            assert links["share"] not in page
            assert links["import"] not in page
        for path in addresses(links).values():
            client.get(path, headers=PAGE)
            client.get(f"{path}?x=1", headers=PAGE)
            client.post(path, headers=PAGE)
        client.post(
            "/api/v1/estimates", json={"deployment": {"model": f"import.{links['import']}"}}
        )
    ours = [record for record in caplog.records if not record.name.startswith("http")]
    formatter = JsonLines()
    written = "\n".join(formatter.format(record) for record in ours)
    assert '"/s/…"' in written
    assert links["share"] not in written
    assert links["import"] not in written

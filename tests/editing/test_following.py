"""An edit shows on every process within two seconds, and a share from before keeps its numbers."""

import time
from collections.abc import Callable
from urllib.parse import urlsplit

from anyio.from_thread import BlockingPortal

from app.builds.assess import assess
from app.builds.query import spec_from_query
from app.tokens import create_token
from tests.client import Client
from tests.databases import NewDatabase
from tests.editing.conftest import SOURCE, Service, Visitor, running
from tests.pages.conftest import Page

BUILD = "cpu=amd-ryzen-9-9950x&gpu=nvidia-geforce-rtx-5090&module=udimm-ddr5-5600-48gb&modules=4"


def seconds_until(done: Callable[[], bool], patience_s: float = 10) -> float:
    began = time.monotonic()
    while not done():
        assert time.monotonic() - began < patience_s
        time.sleep(0.02)
    return time.monotonic() - began


def test_another_process_notices_within_two_seconds(
    new_database: NewDatabase, portal: BlockingPortal
) -> None:
    url = new_database()
    with running(url, portal) as one, running(url, portal) as other:
        secret = create_token(one.state.database, "Ada", ["edit"])
        editor, reader = Service(one, portal, secret), Service(other, portal)
        slug = "nvidia-geforce-rtx-5090"
        waits = []
        for watts in (576, 577, 578):
            made = editor.change("gpus", slug, tdp_w=watts)
            assert made.json()["served"] is True
            assert editor.rest("GET", f"/gpus/{slug}").json()["tdp_w"] == watts
            waits.append(
                seconds_until(lambda: reader.catalogue.revision == editor.catalogue.revision)
            )
            assert reader.rest("GET", f"/gpus/{slug}").json()["tdp_w"] == watts
        assert max(waits) < 2, waits


def test_a_share_made_before_an_edit_keeps_its_numbers_and_names_the_difference(
    service: Service, visitor: Visitor
) -> None:
    spec = spec_from_query(BUILD)
    before = assess(spec, service.app.state.world)
    sent = visitor.post("/share", data={"query": BUILD})
    place = urlsplit(sent.headers["Location"]).path
    frozen = service.rest("GET", place.replace("/s/", "/shares/")).content
    assert "Nothing: asked today" in visitor.get(place).text

    item = {"item_kind": "gpu", "item_slug": "nvidia-geforce-rtx-5090", "amount": "9999"}
    item |= {"currency": "EUR", "condition": "new", "price_kind": "retail", "region": "DE"}
    item |= {"observed_on": "2026-11-20", "vat": "included"}
    added = service.rest(
        "POST",
        "/catalogue/prices",
        {"item": item, "reason": "it rose", "source": SOURCE},
    )
    assert added.status_code == 201, added.text
    now = assess(spec, service.app.state.world)
    assert now.cost.purchase.typical is not None
    assert before.cost.purchase.typical is not None
    assert now.cost.purchase.typical > before.cost.purchase.typical + 3000

    page = Page(visitor.get(place).text)
    assert service.rest("GET", place.replace("/s/", "/shares/")).content == frozen
    assert str(before.cost.purchase.typical) in page.figures["cost.purchase.typical"]
    assert "What would be different today" in page.text
    assert "Price" in page.text.split("What would be different today")[1][:600]
    revisions = f"{before.catalogue_revision} then, {now.catalogue_revision} today"
    assert revisions in page.text


def test_an_edit_is_on_the_page_at_once(service: Service) -> None:
    slug = "nvidia-geforce-rtx-3090"
    with Client(service.app, service.portal) as client:
        before = [client.get(path) for path in (f"/gpus/{slug}", f"/api/v1/gpus/{slug}")]
        assert service.change("gpus", slug, tdp_w=351).status_code == 200
        after = [client.get(path) for path in (f"/gpus/{slug}", f"/api/v1/gpus/{slug}")]
        tag = after[0].headers["ETag"]
        known = client.get(f"/gpus/{slug}", headers={"If-None-Match": tag})
        old = before[0].headers["ETag"]
        stale = client.get(f"/gpus/{slug}", headers={"If-None-Match": old})
    assert all("351" not in answer.text for answer in before)
    assert all("351" in answer.text for answer in after)
    assert (known.status_code, stale.status_code) == (304, 200)

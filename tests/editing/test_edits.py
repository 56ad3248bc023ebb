"""Editing loses nothing, can be undone, says who, when and why, and lasts."""

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from anyio.from_thread import BlockingPortal
from sqlmodel import Session, col, select

from app.catalogue.editing import edits
from app.catalogue.editing.edits import EditConflictError, EditRefusedError
from app.catalogue.editing.fields import (
    build,
    cells_to_values,
    flatten,
    to_cell,
    version_of,
)
from app.catalogue.editing.history import edits_since, newest_edits
from app.catalogue.editing.tables import EditedItemRow
from app.catalogue.editing.upgrade import keep_ours, newer_in_seed
from app.catalogue.kinds import KINDS
from app.catalogue.seed import load_seed
from app.catalogue.seed_files import SEED_DIR
from app.catalogue.snapshot import Catalogue, read_state
from app.database import migrate, open_database
from tests.databases import NewDatabase
from tests.editing.conftest import SOURCE, Service, running

GPU = "nvidia-geforce-rtx-4090"
WHY = {"reason": "checked again", "source": SOURCE, "who": "Ada"}


def test_an_edit_is_in_effect_at_once_with_its_source(service: Service) -> None:
    slug = "nvidia-geforce-rtx-3090"
    before = service.fact("gpus", slug)
    answer = service.change("gpus", slug, bandwidth_gbs=940)
    assert answer.status_code == 200, answer.text
    made = answer.json()
    assert made["served"] is True
    read = service.rest("GET", f"/gpus/{slug}")
    assert read.json()["bandwidth_gbs"] == 940
    assert read.json()["cell_sources"]["bandwidth_gbs"] == SOURCE
    assert read.headers["Item-Version"] == made["version"]
    assert {**read.json(), "bandwidth_gbs": before.bandwidth_gbs, "cell_sources": 0} == {  # type: ignore[attr-defined]
        **json.loads(before.model_dump_json()),
        "cell_sources": 0,
    }


def test_estimates_and_etags_follow_the_edit(service: Service) -> None:
    slug = "nvidia-geforce-rtx-3060-12gb"
    spec = {"machine": {"gpus": [{"gpu": slug}]}}
    then = service.rest("POST", "/estimates", spec).json()
    listed = service.rest("GET", "/gpus?q=3060")
    tag = {"If-None-Match": listed.headers["ETag"]}
    assert service.rest("GET", "/gpus?q=3060", **tag).status_code == 304
    assert service.change("gpus", slug, bandwidth_gbs=180).status_code == 200
    now = service.rest("POST", "/estimates", spec).json()
    assert now["catalogue_revision"] != then["catalogue_revision"]
    assert now["speed"]["decode_tps"]["typical"] < then["speed"]["decode_tps"]["typical"] * 0.7
    again = service.rest("GET", "/gpus?q=3060", **tag)
    assert again.status_code == 200
    assert again.headers["ETag"] != listed.headers["ETag"]


def test_two_editors_at_once_lose_nothing(service: Service) -> None:
    slug = "nvidia-geforce-rtx-4080"
    seen = service.version("gpus", slug)
    first = service.change_from(seen, "gpus", slug, tdp_w=310, l2_mb=63)
    assert first.status_code == 200
    late = service.change_from(seen, "gpus", slug, tdp_w=330, slot_width=2)
    assert late.status_code == 409
    problem = late.json()
    assert late.headers["Content-Type"] == "application/problem+json"
    assert problem["conflicts"] == [{"field": "tdp_w", "before": 320, "mine": 330, "theirs": 310}]
    assert problem["version"] == first.json()["version"]
    assert service.fact("gpus", slug).tdp_w == 310  # type: ignore[attr-defined]
    chosen = service.change_from(problem["version"], "gpus", slug, tdp_w=330, slot_width=2)
    assert chosen.status_code == 200
    stored = service.rest("GET", f"/gpus/{slug}").json()
    assert (stored["tdp_w"], stored["l2_mb"], stored["slot_width"]) == (330, 63, 2)


def test_an_edit_may_name_what_it_read_by_its_etag(service: Service) -> None:
    slug, path = "nvidia-quadro-rtx-8000", "/catalogue/gpus/nvidia-quadro-rtx-8000"
    read = service.rest("GET", f"/gpus/{slug}").headers
    given = {"reason": "checked again", "source": SOURCE}
    first = service.rest(
        "PATCH", path, given | {"changes": {"tdp_w": 351}}, **{"If-Match": read["ETag"]}
    )
    assert first.status_code == 200, first.text
    change = given | {"changes": {"tdp_w": 352}}
    late = service.rest("PATCH", path, change, **{"If-Match": read["ETag"]})
    assert late.status_code == 412
    assert late.headers["Content-Type"] == "application/problem+json"
    assert late.json()["conflicts"][0]["theirs"] == 351
    assert late.json()["version"] == first.json()["version"]
    bare = {"If-Match": f'"{late.json()["version"]}"'}
    assert service.rest("PATCH", path, change, **bare).status_code == 200
    for tag in ("*", '"nothing", "else"', ""):
        refused = service.rest("PATCH", path, change, **{"If-Match": tag})
        assert refused.status_code == 412, "no version is called so"
    unsaid = service.rest("PATCH", path, change)
    assert (unsaid.status_code, unsaid.json()["errors"][0]["field"]) == (422, "version")
    torn = service.rest("PATCH", path, change | {"version": "other"}, **bare)
    assert (torn.status_code, torn.json()["errors"][0]["field"]) == (422, "version")
    assert service.fact("gpus", slug).tdp_w == 352  # type: ignore[attr-defined]


def test_the_etag_of_an_entry_stays_while_others_change(service: Service) -> None:
    tag = {"If-None-Match": service.rest("GET", "/gpus/nvidia-quadro-p5000").headers["ETag"]}
    assert service.change("gpus", "nvidia-titan-rtx", tdp_w=301).status_code == 200
    assert service.rest("GET", "/gpus/nvidia-quadro-p5000", **tag).status_code == 304
    assert service.change("gpus", "nvidia-quadro-p5000", tdp_w=149).status_code == 200
    assert service.rest("GET", "/gpus/nvidia-quadro-p5000", **tag).status_code == 200


def test_eight_editors_at_the_same_moment_lose_nothing(service: Service) -> None:
    database = service.app.state.database
    slug = "nvidia-geforce-rtx-2060-super"

    def edit_until_done(number: int) -> None:
        version = service.version("gpus", slug)
        while True:
            try:
                edits.change(
                    database, "gpus", slug, {"notes": f"note {number}"}, version=version, **WHY
                )
                return
            except EditConflictError as error:
                version = error.version

    before = newest_edits(database, slug=slug).total
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(edit_until_done, range(24)))
    made = newest_edits(database, slug=slug, limit=100)
    assert made.total - before == 24
    told = [c for e in reversed(made.items) for c in e.changes if c.field == "notes"]
    assert [c.old for c in told[1:]] == [c.new for c in told[:-1]]


def test_undo_gives_the_same_bytes_and_the_same_revision(service: Service) -> None:
    slug = "amd-epyc-9554p"
    service.app.state.follower.refresh()
    before = service.rest("GET", f"/cpus/{slug}")
    revision = service.catalogue.revision
    made = service.change("cpus", slug, tdp_w=400, notes=None).json()
    assert service.rest("GET", f"/cpus/{slug}").content != before.content
    undone = service.rest(
        "POST", f"/catalogue/edits/{made['edit']}/undo", {"reason": "I misread it"}
    )
    assert undone.status_code == 201, undone.text
    after = service.rest("GET", f"/cpus/{slug}")
    assert after.content == before.content
    assert after.headers["ETag"] == before.headers["ETag"]
    assert service.catalogue.revision == revision


def test_undo_is_refused_where_a_later_edit_touches_the_field(service: Service) -> None:
    slug = "amd-epyc-9654"
    first = service.change("cpus", slug, tdp_w=361).json()["edit"]
    other = service.change("cpus", slug, base_ghz=2.41).json()["edit"]
    second = service.change("cpus", slug, tdp_w=362).json()["edit"]
    refused = service.rest("POST", f"/catalogue/edits/{first}/undo", {"reason": "no"})
    assert refused.status_code == 409
    assert refused.json()["detail"] == (
        f"Edit {second} changed tdp_w later. Undo that one first, or set the value anew."
    )
    assert service.rest("POST", f"/catalogue/edits/{other}/undo", {"reason": "no"}).is_success
    assert service.rest("POST", f"/catalogue/edits/{second}/undo", {"reason": "no"}).is_success
    assert service.rest("POST", f"/catalogue/edits/{first}/undo", {"reason": "no"}).is_success
    assert service.rest("POST", "/catalogue/edits/999999/undo", {"reason": "no"}).status_code == 404


def test_an_added_item_can_be_taken_out_again_unless_something_rests_on_it(
    service: Service,
) -> None:
    item = {"slug": "acme-card", "name": "ACME Card", "vendor": "ACME", "memory_gib": 32}
    given = {"item": item, "reason": "it is sold now", "source": SOURCE}
    added = service.rest("POST", "/catalogue/gpus", given)
    assert added.status_code == 201, added.text
    assert service.rest("GET", "/gpus/acme-card").json()["source"] == SOURCE
    again = service.rest("POST", "/catalogue/gpus", given)
    assert again.status_code == 422
    assert again.json()["errors"][0]["field"] == "slug"
    price = {"item_kind": "gpu", "item_slug": "acme-card", "amount": "999.90", "currency": "EUR"}
    price |= {"observed_on": "2026-11-20", "condition": "new", "vat": "included"}
    priced = service.rest("POST", "/catalogue/prices", {**given, "item": price})
    assert priced.status_code == 201, priced.text
    assert priced.json()["slug"] == "gpu-acme-card-2026-11-20"
    stored = service.rest("GET", "/prices/gpu-acme-card-2026-11-20").json()
    assert (stored["amount"], stored["vat"], stored["name"]) == ("999.9", "included", "ACME Card")
    assert stored["observed_from"] == "2026-11-20"
    place = f"/catalogue/edits/{added.json()['edit']}/undo"
    refused = service.rest("POST", place, {"reason": "it is not"})
    assert refused.status_code == 409
    assert "gpu-acme-card-2026-11-20 of prices rests on this entry" in refused.json()["detail"]
    undone = f"/catalogue/edits/{priced.json()['edit']}/undo"
    assert service.rest("POST", undone, {"reason": "it is not"}).status_code == 201
    assert service.rest("POST", place, {"reason": "it is not"}).json()["version"] is None
    assert service.rest("GET", "/gpus/acme-card").status_code == 404


def test_the_history_tells_who_when_why_and_from_where(service: Service) -> None:
    slug = "nvidia-geforce-rtx-5070"
    began = datetime.now(UTC)
    old = service.fact("gpus", slug).tdp_w  # type: ignore[attr-defined]
    made = service.change("gpus", slug, tdp_w=251).json()
    told = service.rest("GET", f"/catalogue/changes?kind=gpus&slug={slug}").json()["items"]
    assert len(told) == 1
    assert told[0]["id"] == made["edit"]
    assert told[0]["who"] == "Ada"
    assert told[0]["reason"] == "the vendor corrected its page"
    assert told[0]["source"] == SOURCE
    assert told[0]["revision"] == made["revision"]
    assert told[0]["changes"][0] == {"field": "tdp_w", "old": old, "new": 251}
    assert began <= datetime.fromisoformat(told[0]["at"]) <= datetime.now(UTC)
    stranger = Service(service.app, service.portal)
    public = stranger.rest("GET", f"/catalogue/changes?kind=gpus&slug={slug}").json()["items"]
    assert public == [{**told[0], "who": None}]


def test_changes_since_a_revision_or_a_time_are_walked_page_by_page(service: Service) -> None:
    since = service.catalogue.revision
    began = (datetime.now(UTC) - timedelta(milliseconds=1)).isoformat()
    made = [service.change("gpus", "nvidia-l4", tdp_w=72 + n).json()["edit"] for n in (1, 2, 3)]
    page = service.rest("GET", f"/catalogue/changes?since={since}&limit=2").json()
    assert [c["id"] for c in page["items"]] == made[:2]
    assert page["total"] == 3
    assert page["revision"] == service.catalogue.revision
    rest = service.rest("GET", page["next"].removeprefix("/api/v1")).json()
    assert [c["id"] for c in rest["items"]] == made[2:]
    assert rest["next"] is None
    timed = service.rest("GET", f"/catalogue/changes?since={began}").json()
    assert [c["id"] for c in timed["items"]] == made
    now = service.catalogue.revision
    assert service.rest("GET", f"/catalogue/changes?since={now}").json()["items"] == []
    assert service.rest("GET", "/catalogue/changes?since=lately").status_code == 422


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"memory_gib": "lots"}, "memory_gib", "Use a plain number such as 12.5."),
        ({"memory_bus_bits": 1.5}, "memory_bus_bits", "Use a whole number."),
        ({"memory_bus_bits": 2**40}, "memory_bus_bits", "This number is too large or too fine."),
        ({"bandwidth_gbs": "1e400"}, "bandwidth_gbs", "Use a plain number such as 12.5."),
        ({"launch_price_usd": "1e30"}, "launch_price_usd", "This number is too large or too fine."),
        ({"unified_memory": "perhaps"}, "unified_memory", "Use true or false."),
        ({"vendor": None}, "vendor", "This field is needed."),
        ({"name": " "}, "name", "This cannot be empty."),
        ({"speed": 1}, "speed", "speed is no field of gpus."),
        ({"slug": "other"}, "slug", "This is not set by hand."),
        ({"notes": "a\x00b"}, "notes", "Use text without control characters."),
        ({"tdp_w": 450}, "", "Nothing was changed."),
    ],
)
def test_what_cannot_be_stored_is_said_beside_its_field(
    service: Service, changes: dict[str, Any], field: str, sentence: str
) -> None:
    answer = service.change("gpus", GPU, **changes)
    assert answer.status_code == 422
    assert {"field": field, "message": sentence} in answer.json()["errors"]
    assert newest_edits(service.app.state.database, slug=GPU).total == 0


@pytest.mark.parametrize(
    "source", ["", "a colleague", "ftp://example.org", "https://", "javascript:0"]
)
def test_an_edit_needs_a_reason_and_an_address(service: Service, source: str) -> None:
    given = {
        "changes": {"tdp_w": 451},
        "version": service.version("gpus", GPU),
        "reason": " ",
        "source": source,
    }
    answer = service.rest("PATCH", f"/catalogue/gpus/{GPU}", given)
    assert answer.status_code == 422
    assert {e["field"] for e in answer.json()["errors"]} == {"reason", "source"}


def test_a_name_that_leads_nowhere_is_refused(service: Service) -> None:
    answer = service.change("systems", next(iter(service.catalogue.systems)), gpu_slug="gpu-of-x")
    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {"field": "gpu_slug", "message": "Nothing in gpus is called 'gpu-of-x'."}
    ]


def test_every_item_sent_back_as_its_form_shows_it_changes_nothing(catalogue: Catalogue) -> None:
    for kind in KINDS:
        for fact in catalogue.of_kind(kind).values():
            flat = flatten(fact)
            cells = {n: to_cell(v) for n, v in flat.items() if not n.startswith("cell_sources.")}
            sent = {n: v.replace("\n", "\r\n") for n, v in cells.items()}
            assert build(kind, {**flat, **cells_to_values(kind, sent)}) == fact


def test_a_withdrawn_price_counts_no_longer_and_stays_listed(service: Service) -> None:
    price = next(p for p in service.catalogue.prices if p.usable and p.item_kind == "gpu")
    given = {
        "price": price.slug,
        "version": version_of(price),
        "reason": "the shop is gone",
        "source": SOURCE,
    }
    made = service.rest("POST", "/catalogue/withdrawals", given)
    assert made.status_code == 201, made.text
    stored = service.rest("GET", f"/prices/{price.slug}").json()
    assert stored["usable"] is False
    assert stored["amount"] == str(price.amount)
    assert service.rest("POST", "/catalogue/withdrawals", given).status_code == 409
    given["version"] = made.json()["version"]
    again = service.rest("POST", "/catalogue/withdrawals", given)
    assert again.status_code == 409
    assert again.json()["detail"] == "This price does not count already."


def test_a_price_still_the_same_today_is_seen_again(service: Service) -> None:
    price = next(p for p in service.catalogue.prices if p.usable and p.item_kind == "cpu")
    made = service.rest("POST", "/catalogue/confirmations", {"price": price.slug, "source": SOURCE})
    assert made.status_code == 201, made.text
    today = datetime.now(UTC).date().isoformat()
    newest = service.catalogue.prices_of("cpu", price.item_slug)[0]
    assert (newest.amount, newest.observed_on, newest.source) == (price.amount, today, SOURCE)
    assert service.fact("prices", price.slug) == price
    twice = service.rest(
        "POST", "/catalogue/confirmations", {"price": made.json()["slug"], "source": SOURCE}
    )
    assert twice.status_code == 409


def test_a_price_of_another_day_takes_the_new_source(service: Service) -> None:
    price = next(p for p in service.catalogue.prices if p.item_kind == "system" and p.usable)
    made = service.change("prices", price.slug, amount="1234.50", observed_on="2026-11")
    assert made.status_code == 200, made.text
    now = service.rest("GET", f"/prices/{price.slug}").json()
    assert (now["amount"], now["source"], now["observed_from"]) == ("1234.5", SOURCE, "2026-11-01")
    for field, value in (("amount", 0), ("currency", "XYZ"), ("observed_on", "2999-01-01")):
        answer = service.change("prices", price.slug, **{field: value})
        assert [e["field"] for e in answer.json()["errors"]] == [field]


def test_a_failed_rebuild_keeps_the_old_catalogue_and_says_so(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("no memory left")

    before = service.app.state.world
    with monkeypatch.context() as patch:
        patch.setattr("app.serving.following.read_catalogue", fail)
        made = service.change("gpus", "nvidia-l40s", tdp_w=351)
        assert made.json()["served"] is False
        assert service.app.state.world is before
        assert "still served" in service.app.state.follower.problem
    assert service.app.state.follower.refresh()
    assert service.app.state.follower.problem == ""
    assert service.fact("gpus", "nvidia-l40s").tdp_w == 351  # type: ignore[attr-defined]


@pytest.fixture
def seed_copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SEED_DIR, tmp_path / "seed"))


def _replace(path: Path, old: str, new: str) -> None:
    content = path.read_text(encoding="utf-8")
    assert content.count(old) == 1
    path.write_text(content.replace(old, new), encoding="utf-8")


def test_edits_survive_a_newer_seed_and_where_both_moved_it_is_listed(
    seed_copy: Path, new_database: NewDatabase
) -> None:
    engine = open_database(new_database())
    migrate(engine)
    load_seed(engine, seed_copy)
    _, catalogue = read_state(engine)
    kept, taken = catalogue.gpus["nvidia-geforce-rtx-2060-6gb"], catalogue.gpus["nvidia-l4"]
    edits.change(
        engine, "gpus", kept.slug, {"tdp_w": 161, "l2_mb": 4}, version=version_of(kept), **WHY
    )
    card = {"slug": "acme-card", "name": "ACME Card", "vendor": "ACME"}
    edits.add(engine, "gpus", card, **WHY)
    edited_revision = read_state(engine)[1].revision

    assert not load_seed(engine, seed_copy).changed  # a restart
    assert read_state(engine)[1].revision == edited_revision

    _replace(seed_copy / "gpus.csv", ",3,160,2,pcie,450,349,used", ",3,165,3,pcie,450,349,used")
    report = load_seed(engine, seed_copy)
    assert report.changed
    now = read_state(engine)[1].gpus
    assert (now[kept.slug].tdp_w, now[kept.slug].l2_mb, now[kept.slug].slot_width) == (161, 4, 3)
    assert now[kept.slug].cell_sources["tdp_w"] == SOURCE
    assert now["acme-card"].vendor == "ACME"
    assert now["nvidia-l4"] == taken
    listed = newer_in_seed(engine)
    assert [(n.slug, n.fields) for n in listed] == [(kept.slug, (("tdp_w", 161, 165),))]
    assert edits_since(engine).items[-1].action == "release"
    keep_ours(engine, "gpus", kept.slug)
    assert newer_in_seed(engine) == []

    # a release that takes the value over ends that part of the edit
    _replace(seed_copy / "gpus.csv", ",3,165,3,pcie,450,349,used", ",4,161,3,pcie,450,349,used")
    load_seed(engine, seed_copy)
    with Session(engine) as session:
        asked = select(EditedItemRow.edited).where(col(EditedItemRow.slug) == kept.slug)
        left = session.exec(asked).one()
    assert set(left) == {"cell_sources.tdp_w", "cell_sources.l2_mb"}

    # one that drops the row does not drop what was edited
    lines = (seed_copy / "gpus.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    others = [line for line in lines if not line.startswith(f"{kept.slug},")]
    (seed_copy / "gpus.csv").write_text("".join(others), encoding="utf-8")
    load_seed(engine, seed_copy)
    last = read_state(engine)[1].gpus
    assert (last[kept.slug].tdp_w, last[kept.slug].vendor) == (161, "NVIDIA")
    added = next(e for e in edits_since(engine).items if e.slug == "acme-card")
    edits.undo(engine, added.id, reason="not sold", who="Ada")
    assert "acme-card" not in read_state(engine)[1].gpus
    engine.dispose()


def test_an_undone_edit_leaves_the_seed_alone(seed_copy: Path, new_database: NewDatabase) -> None:
    engine = open_database(new_database())
    migrate(engine)
    seed = load_seed(engine, seed_copy).revision
    fact = read_state(engine)[1].gpus[GPU]
    made = edits.change(engine, "gpus", GPU, {"tdp_w": 1}, version=version_of(fact), **WHY)
    assert read_state(engine)[1].revision != seed
    edits.undo(engine, made.id, reason="a slip", who="Ada")
    state, catalogue = read_state(engine)
    assert (state, catalogue.revision, catalogue.gpus[GPU]) == (3, seed, fact)
    with pytest.raises(EditRefusedError):
        edits.undo(engine, made.id, reason="again", who="Ada")
    engine.dispose()


def test_edits_survive_a_restart(new_database: NewDatabase, portal: BlockingPortal) -> None:
    url = new_database()
    with running(url, portal) as app:
        fact = app.state.world.catalogue.gpus[GPU]
        database = app.state.database
        edits.change(database, "gpus", GPU, {"tdp_w": 449}, version=version_of(fact), **WHY)
    with running(url, portal) as app:
        assert app.state.world.catalogue.gpus[GPU].tdp_w == 449


def test_what_is_read_anew_after_edits_is_what_reading_everything_gives(service: Service) -> None:
    service.change("gpus", "nvidia-l40s", tdp_w=352, name="L40S, renamed")
    state, everything = read_state(service.app.state.database)
    assert service.catalogue == everything
    assert service.catalogue.resolve("gpus", "L40S, renamed") == "nvidia-l40s"
    assert state == service.app.state.follower._seen

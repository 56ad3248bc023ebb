"""A file is compared first, changes nothing by that, and is applied exactly as it was shown."""

import csv
import io
from typing import Any

import httpx
import pytest

from app.catalogue.editing.fields import to_cell
from app.catalogue.editing.history import edits_since, newest_edits
from app.catalogue.seed_files import SEED_DIR
from tests.editing.conftest import SOURCE, Service, Visitor


def seed_rows(name: str, count: int) -> list[dict[str, str]]:
    with (SEED_DIR / name).open(newline="", encoding="utf-8") as stream:
        return [row for row, _ in zip(csv.DictReader(stream), range(count), strict=False)]


def written(rows: list[dict[str, str]]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, rows[0].keys())
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def send(service: Service, text: str, **more: Any) -> httpx.Response:
    given = {"kind": "gpus", "csv": text, "reason": "a better list", "source": SOURCE, **more}
    return service.rest("POST", "/catalogue/imports", given)


def sample() -> str:
    rows = seed_rows("gpus.csv", 4)
    rows[1] = {**rows[1], "tdp_w": "190"}
    rows[2] = {**rows[2], "slug": "acme-new-card", "name": "ACME New Card"}
    rows[3] = {**rows[3], "memory_gib": "lots"}
    return written(rows)


def test_comparing_changes_nothing_and_applying_does_what_was_shown(service: Service) -> None:
    database = service.app.state.database
    before, made = service.catalogue, edits_since(database).total
    shown = send(service, sample()).json()
    assert service.catalogue is before
    assert edits_since(database).total == made
    counts = {name: shown[name] for name in ("added", "changed", "unchanged", "rejected")}
    assert counts == {"added": 1, "changed": 1, "unchanged": 1, "rejected": 1}
    assert [row["outcome"] for row in shown["rows"]] == [
        "unchanged",
        "changed",
        "added",
        "rejected",
    ]
    assert shown["rows"][3]["reasons"] == [
        {"field": "memory_gib", "message": "Use a plain number such as 12.5."}
    ]

    done = send(service, sample(), apply=True, revision=shown["revision"])
    assert done.status_code == 200, done.text
    assert done.json()["applied"] is True
    assert done.json()["rows"] == shown["rows"]
    edits = [e for e in edits_since(database, limit=500).items if e.action == "import"]
    assert len({e.batch for e in edits}) == len({e.revision for e in edits}) == 1
    stored = {e.slug: [vars_of(c) for c in e.changes] for e in edits}
    promised = {r["slug"]: r["changes"] for r in shown["rows"] if r["changes"]}
    assert stored == promised
    for slug, changes in promised.items():
        fact = service.rest("GET", f"/gpus/{slug}").json()
        for change in changes:
            field, _, cell = change["field"].partition(".")
            held = fact[field][cell] if cell else fact[field]
            assert to_cell(held) == to_cell(change["new"])
    again = send(service, sample()).json()
    assert (again["added"], again["changed"], again["unchanged"]) == (0, 0, 3)


def vars_of(change: Any) -> dict[str, Any]:
    return {"field": change.field, "old": change.old, "new": change.new}


def test_a_file_compared_with_another_state_is_shown_again(service: Service) -> None:
    text = "slug,l2_mb\nnvidia-l4,47\n"
    shown = send(service, text).json()
    service.change("gpus", "nvidia-l40s", l2_mb=95)
    late = send(service, text, apply=True, revision=shown["revision"])
    assert late.status_code == 409
    assert "has changed since this comparison" in late.json()["detail"]
    assert newest_edits(service.app.state.database, slug="nvidia-l4").total == 0


def test_columns_that_are_missing_are_left_and_empty_cells_mean_unknown(service: Service) -> None:
    before = service.rest("GET", "/gpus/nvidia-l4").json()
    shown = send(service, "\ufeffslug,l2_mb,slot_width\r\nnvidia-l4,,1\r\n").json()
    fields = {c["field"]: c["new"] for c in shown["rows"][0]["changes"]}
    assert fields == {"l2_mb": None, "cell_sources.l2_mb": SOURCE}
    assert before["slot_width"] == 1


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "The first line has to name the columns"),
        ("name,vendor\na,b\n", "The first line has to name the columns"),
        ("slug,speed\na,b\n", "gpus has no such column: speed"),
        ("slug,slug\na,b\n", "A column is there twice."),
        ("slug,name\n", "The file has no rows"),
        ('slug,name\n"a', "This is not a CSV file"),
        ("slug\n" + "x\n" * 5001, "at most 5,000"),
    ],
)
def test_what_is_no_such_file_is_said_in_a_sentence(
    service: Service, text: str, sentence: str
) -> None:
    answer = send(service, text)
    assert answer.status_code == 422
    assert sentence in answer.json()["detail"]


def test_bad_rows_say_why(service: Service) -> None:
    text = (
        "slug,name,vendor,cell_sources\n"
        "Bad Slug,x,y,\nnvidia-l4,L4,NVIDIA,[1]\nnew-card,,ACME,\n"
        'odd-card,Odd,ACME,"{""speed"": ""x""}"\nnvidia-l4,L4,NVIDIA,\nlong-card,x,y,,z\n'
    )
    rows = send(service, text).json()["rows"]
    reasons = [[p["message"] for p in row["reasons"]] for row in rows]
    assert reasons == [
        ["Use lower case letters, digits, dots, hyphens and underscores."],
        ['Use a JSON object such as {"tdp_w": "where it comes from"}.'],
        ["This field is needed."],
        ["cell_sources names no field: speed."],
        ["This slug was used above."],
        ["The row has more cells than the header."],
    ]


def test_the_page_compares_first_and_applies_after(service: Service, visitor: Visitor) -> None:
    text = "slug,l2_mb\nnvidia-geforce-rtx-3070,5\n=cmd,1\n"
    given = {"kind": "gpus", "csv": text, "reason": "a list", "source": SOURCE}
    shown = visitor.post("/admin/import", data=given)
    assert shown.status_code == 200
    assert "1 of 2 rows would change something" in shown.text
    assert service.fact("gpus", "nvidia-geforce-rtx-3070").l2_mb == 4  # type: ignore[attr-defined]
    revision = shown.text.split('name="revision" value="')[1].split('"')[0]
    done = visitor.post("/admin/import", data={**given, "revision": revision})
    assert done.status_code == 303, done.text
    assert "1 rows were imported" in visitor.get(done.headers["Location"]).text
    assert service.fact("gpus", "nvidia-geforce-rtx-3070").l2_mb == 5  # type: ignore[attr-defined]
    file = {"file": ("gpus.csv", b"\xff\xfe", "text/csv")}
    bad = visitor.post("/admin/import", data={**given, "csv": ""}, files=file)
    assert bad.status_code == 422
    assert "not UTF-8" in bad.text
    late = visitor.post("/admin/import", data={**given, "revision": revision})
    assert late.status_code == 409


def test_a_file_of_a_mebibyte_is_taken_and_more_is_not(service: Service, visitor: Visitor) -> None:
    given = {"kind": "gpus", "csv": "slug\n" + "x" * 900_000, "reason": "x", "source": SOURCE}
    assert visitor.post("/admin/import", data=given).status_code in (200, 422)
    given["csv"] = "x" * 1_200_000
    assert visitor.post("/admin/import", data=given).status_code == 413

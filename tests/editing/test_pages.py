"""The editors' pages: nothing typed is lost, both values are shown, hostile text stays text."""

import html
import re
from typing import Any

import pytest

from app.catalogue.editing.fields import version_of
from app.catalogue.editing.store import ITEMS
from app.database.digests import UNSEALED
from tests.editing.conftest import SOURCE, Service, Visitor
from tests.pages.conftest import Page

GPU = "nvidia-geforce-rtx-4060-ti-16gb"
HOSTILE = '<script>alert(1)</script>"\'><img src=x onerror=alert(2)> {{7*7}} =HYPERLINK("x")'


def fields_of(text: str, form: str) -> dict[str, str]:
    """What a browser would send back from a form as it stands."""
    part = re.search(rf'<form[^>]*action="{re.escape(form)}"[^>]*>(.*?)</form>', text, re.DOTALL)
    assert part is not None
    page = Page(part.group(1))
    found = {
        a["name"]: a.get("value", "")
        for a in page.find("input")
        if a.get("type") in ("text", "url", "hidden") and "name" in a
    }
    found |= page.selected
    for name, content in re.findall(
        r'<textarea[^>]*name="([^"]+)"[^>]*>\n(.*?)</textarea>', part.group(1), re.DOTALL
    ):
        found[name] = html.unescape(content)
    for name, options in re.findall(
        r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', part.group(1)
    ):
        chosen = re.search(r'value="([^"]*)" selected', options)
        found[name] = chosen.group(1) if chosen else ""
    return found


def why(**fields: str) -> dict[str, str]:
    return {"reason": "the vendor corrected its page", "source": SOURCE, **fields}


def test_the_form_holds_every_field_with_unit_and_source(
    service: Service, visitor: Visitor
) -> None:
    fact: Any = service.fact("gpus", GPU)
    answer = visitor.get(f"/admin/catalogue/gpus/{GPU}")
    sent = fields_of(answer.text, f"/admin/catalogue/gpus/{GPU}")
    names = {n for n in type(fact).model_fields if n not in ("slug", "source", "cell_sources")}
    assert {n.removeprefix("f.") for n in sent if n.startswith("f.")} == names
    assert sent["version"] == version_of(fact)
    assert sent["f.bandwidth_gbs"] == str(int(fact.bandwidth_gbs))
    assert re.search(r'Bandwidth <span class="u">GB/s</span>', answer.text)
    assert html.escape(fact.source, quote=False)[:40] in answer.text


def test_saving_the_form_as_it_stands_changes_nothing(visitor: Visitor) -> None:
    place = f"/admin/catalogue/gpus/{GPU}"
    sent = fields_of(visitor.get(place).text, place)
    answer = visitor.post(place, data=sent | why())
    assert answer.status_code == 422
    assert "Nothing was changed." in answer.text


def test_a_saved_edit_is_told_and_stands_in_the_history(service: Service, visitor: Visitor) -> None:
    place = f"/admin/catalogue/gpus/{GPU}"
    sent = fields_of(visitor.get(place).text, place) | why(**{"f.tdp_w": "166"})
    saved = visitor.post(place, data=sent)
    assert saved.status_code == 303, saved.text
    assert service.fact("gpus", GPU).tdp_w == 166  # type: ignore[attr-defined]
    page = visitor.get(saved.headers["Location"])
    assert "It is in effect now." in page.text
    assert "edited" in page.text
    assert "the vendor corrected its page" in visitor.get("/admin/history").text


def test_what_cannot_be_stored_comes_back_with_nothing_lost(
    service: Service, visitor: Visitor
) -> None:
    place = f"/admin/catalogue/gpus/{GPU}"
    sent = fields_of(visitor.get(place).text, place)
    sent |= {"f.tdp_w": "a lot", "f.notes": HOSTILE, "reason": "because", "source": "my head"}
    answer = visitor.post(place, data=sent)
    assert answer.status_code == 422
    again = fields_of(answer.text, place)
    assert {n: html.unescape(v) for n, v in again.items()} == sent
    assert 'id="err-tdp_w">Use a plain number such as 12.5.<' in answer.text
    assert 'id="err-source">Give the address' in answer.text
    assert Page(answer.text).find("input", id="f-tdp_w", aria_invalid="true")


def test_two_editors_at_once_see_both_values_and_choose(service: Service) -> None:
    one, two = Visitor(service), Visitor(service)
    slug = "nvidia-geforce-rtx-4070-super"
    place = f"/admin/catalogue/gpus/{slug}"
    forms = []
    for visitor in (one, two):
        visitor.sign_in(service.secret)
        forms.append(fields_of(visitor.get(place).text, place))
    first = one.post(place, data=forms[0] | why(**{"f.tdp_w": "221", "f.l2_mb": "47"}))
    assert first.status_code == 303
    late = two.post(place, data=forms[1] | why(**{"f.tdp_w": "225", "f.slot_width": "3"}))
    assert late.status_code == 409
    assert "nothing is lost" in late.text
    page = Page(late.text)
    radios = page.find("input", type="radio", name="f.tdp_w")
    assert [r["value"] for r in radios] == ["225", "221"]
    assert "They changed L2" in page.text
    merged = fields_of(late.text, place)
    assert merged["f.slot_width"] == "3"
    assert merged["f.l2_mb"] == "47"
    assert merged["reason"] == "the vendor corrected its page"
    chosen = two.post(place, data=merged | {"f.tdp_w": "225"})
    assert chosen.status_code == 303, chosen.text
    fact: Any = service.fact("gpus", slug)
    assert (fact.tdp_w, fact.l2_mb, fact.slot_width) == (225, 47, 3)


def test_a_price_is_added_from_its_items_page(service: Service, visitor: Visitor) -> None:
    place = "/admin/add/prices"
    page = visitor.get(f"{place}?item_kind=memory-module&item=rdimm-ddr5-4800-32gb")
    assert "Add a price of" in page.text
    sent = fields_of(page.text, place)
    assert (sent["f.item_slug"], sent["f.memory_gib"]) == ("rdimm-ddr5-4800-32gb", "32")
    bad = visitor.post(place, data=sent | why(**{"f.amount": "free"}))
    assert bad.status_code == 422
    assert "Use a plain number such as 12.5." in bad.text
    good = visitor.post(
        place, data=sent | why(**{"f.amount": "301.5", "f.currency": "EUR", "f.vat": "included"})
    )
    assert good.status_code == 303, good.text
    newest: Any = service.catalogue.prices_of("memory-module", "rdimm-ddr5-4800-32gb")[0]
    assert (str(newest.amount), newest.vat, newest.source) == ("301.5", "included", SOURCE)


def test_a_price_is_withdrawn_and_that_is_undone(service: Service, visitor: Visitor) -> None:
    price = next(p for p in service.catalogue.prices if p.usable and p.item_kind == "gpu")
    place = f"/admin/catalogue/prices/{price.slug}"
    sent = fields_of(visitor.get(place).text, "/admin/withdraw")
    missing = visitor.post("/admin/withdraw", data=sent | {"reason": "", "source": SOURCE})
    assert missing.status_code == 422
    assert "Say why" in missing.text
    done = visitor.post("/admin/withdraw", data=sent | why())
    assert done.status_code == 303
    edit = done.headers["Location"].rpartition("=")[2]
    assert "does not count" in visitor.get(place).text
    undone = visitor.post(f"/admin/history/{edit}", data={"reason": "it is there after all"})
    assert undone.status_code == 303
    assert service.fact("prices", price.slug) == price
    refused = visitor.post(f"/admin/history/{edit}", data={"reason": "twice"})
    assert refused.status_code == 409
    assert "Undo that one first" in refused.text


def test_an_old_price_is_confirmed_in_one_step(service: Service, visitor: Visitor) -> None:
    page = visitor.get("/admin/old-prices")
    slug = Page(page.text).find("input", type="hidden", name="price")[0]["value"]
    no_source = visitor.post("/admin/old-prices", data={"price": slug, "source": "the shop"})
    assert no_source.status_code == 422
    assert "Give the address" in no_source.text
    done = visitor.post("/admin/old-prices", data={"price": slug, "source": SOURCE})
    assert done.status_code == 303
    after = visitor.get(done.headers["Location"])
    assert "was seen again today" in after.text
    again = [a["value"] for a in Page(after.text).find("input", type="hidden", name="price")]
    assert slug not in again


@pytest.mark.parametrize("field", ["name", "notes", "vendor", "architecture", "reason"])
def test_hostile_text_is_shown_as_text_everywhere(
    service: Service, visitor: Visitor, field: str
) -> None:
    slug = "nvidia-geforce-gtx-1660-super" if field == "name" else "nvidia-a10"
    slug = slug if slug in service.catalogue.gpus else "nvidia-l4"
    place = f"/admin/catalogue/gpus/{slug}"
    sent = fields_of(visitor.get(place).text, place)
    value = f"{HOSTILE}{field}"
    change = {"reason": value, "f.tdp_w": "71"} if field == "reason" else {f"f.{field}": value}
    saved = visitor.post(place, data=sent | why() | change)
    assert saved.status_code == 303, saved.text
    edit = saved.headers["Location"].rpartition("=")[2]
    for path in (place, "/admin", "/admin/history", f"/admin/history/{edit}", "/admin?q=nvidia"):
        text = visitor.get(path).text
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert "{{7*7}}" in text or "49" not in text
    assert HOSTILE in html.unescape(visitor.get(f"/admin/history/{edit}").text)


@pytest.mark.parametrize(
    "path",
    [
        "/admin/catalogue/cars",
        "/admin/catalogue/gpus/nothing",
        "/admin/add/cars",
        "/admin/history/999999",
        "/admin/history/x",
        "/admin/nowhere",
    ],
)
def test_an_address_that_leads_nowhere_is_a_calm_404(visitor: Visitor, path: str) -> None:
    answer = visitor.get(path)
    assert answer.status_code == 404
    assert "Go to the start" in answer.text


@pytest.mark.parametrize("kind", ["cpus", "models", "engines", "prices", "measurements"])
def test_every_kind_can_be_listed_opened_and_added_to(
    service: Service, visitor: Visitor, kind: str
) -> None:
    assert visitor.get(f"/admin/catalogue/{kind}").status_code == 200
    slug = next(iter(service.catalogue.of_kind(kind)))
    assert visitor.get(f"/admin/catalogue/{kind}/{slug}").status_code == 200
    empty = visitor.post(f"/admin/add/{kind}", data={})
    assert empty.status_code == 422
    assert "Say why, in a few words." in empty.text


@pytest.mark.parametrize(
    "path",
    [
        "/admin",
        f"/admin/catalogue/gpus/{GPU}",
        "/admin/add/prices?item_kind=gpu&item=nvidia-l4",
        "/admin/add/models",
        "/admin/old-prices",
        "/admin/import",
        "/admin/history",
    ],
)
def test_ids_are_unique_labels_point_at_fields_and_nothing_is_inline(
    visitor: Visitor, path: str
) -> None:
    page = Page(visitor.get(path).text)
    ids = [attrs["id"] for _, attrs in page.elements if "id" in attrs]
    assert len(ids) == len(set(ids)), {i for i in ids if ids.count(i) > 1}
    for label in page.find("label"):
        assert "for" not in label or label["for"] in ids
    for tag, attrs in page.elements:
        assert tag != "style"
        assert "style" not in attrs
        assert not [a for a in attrs if a.startswith("on")]
        for name in ("aria-describedby", "aria-labelledby", "popovertarget"):
            for target in attrs.get(name, "").split():
                assert target in ids, (name, target)


def test_a_newer_seed_is_listed_until_an_editor_has_decided(
    service: Service, visitor: Visitor
) -> None:
    service.change("gpus", "nvidia-l40s", tdp_w=349)
    with service.app.state.database.begin() as connection:
        connection.execute(
            ITEMS.update()
            .where(ITEMS.c.slug == "nvidia-l40s")
            .values(newer={"tdp_w": 355.0}, digest=UNSEALED)
        )
    page = visitor.get("/admin/newer")
    assert "355" in page.text
    assert "Newer in the seed" in visitor.get("/admin").text
    kept = visitor.post("/admin/newer", data={"kind": "gpus", "slug": "nvidia-l40s"})
    assert kept.status_code == 303
    assert "no release contradicts an edit" in visitor.get("/admin/newer").text
    assert service.fact("gpus", "nvidia-l40s").tdp_w == 349  # type: ignore[attr-defined]


@pytest.mark.parametrize("language", ["en", "de", "fr"])
def test_numbers_are_read_as_people_write_them(
    service: Service, visitor: Visitor, language: str
) -> None:
    headers = {"Accept-Language": language}
    place = "/admin/catalogue/gpus/nvidia-geforce-rtx-3060-12gb"
    sent = fields_of(visitor.get(place, headers=headers).text, place)
    assert sent["typed"] == language
    unchanged = visitor.post(place, data=sent | why(), headers=headers)
    assert unchanged.status_code == 422  # nothing was changed: what is shown is what is read
    slug = place.rpartition("/")[2]
    before: Any = service.fact("gpus", slug)
    typed = {"f.tdp_w": "1 170,25", "f.bandwidth_gbs": "1.500"}
    asked = visitor.post(place, data=sent | why(**typed), headers=headers)
    assert asked.status_code == 422
    again = fields_of(asked.text, place)
    assert again["f.bandwidth_gbs"] == "1.500"
    assert again["f.tdp_w"] == ("1170.25" if language == "en" else "1170,25")
    assert service.fact("gpus", slug) == before
    tdp_w = 200.5 + len(language) + ["en", "de", "fr"].index(language)
    typed = {"f.tdp_w": str(tdp_w).replace(".", ",")}
    saved = visitor.post(place, data=sent | why(**typed), headers=headers)
    assert saved.status_code == 303, saved.text
    assert service.fact("gpus", slug).tdp_w == tdp_w  # type: ignore[attr-defined]

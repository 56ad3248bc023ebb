"""An import becomes an item of the catalogue: seen before, told after, undone, asked for once."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from anyio.from_thread import BlockingPortal

from app.catalogue.editing.history import newest_edits
from app.catalogue.importers.drafts import YOUR_FIGURE
from app.catalogue.imports import slug_in
from app.tokens import create_token
from tests.editing.conftest import SOURCE, Service, Visitor, running
from tests.editing.test_pages import fields_of

CARD = {
    "name": "Acme Turbo 9000",
    "vendor": "Acme",
    "memory_gib": 48,
    "memory_type": "GDDR7",
    "bandwidth_gbs": 1500.5,
    "fp32_tflops": 90,
    "source": YOUR_FIGURE,
    "sources": {"memory_gib": "the box", "bandwidth_gbs": YOUR_FIGURE},
}
WHY = {"reason": "people asked for it", "source": SOURCE}


@pytest.fixture(scope="module")
def service(database_url: str, portal: BlockingPortal) -> Iterator[Service]:
    """A service with a token that may publish, and nothing else."""
    with running(database_url, portal, shares_per_hour=1000) as app:
        secret = create_token(app.state.database, "Pat", ["publish"])
        yield Service(app, portal, secret)


@pytest.fixture(scope="module")
def editor(service: Service) -> Service:
    """The same with a token that may edit, and not publish."""
    return Service(
        service.app, service.portal, create_token(service.app.state.database, "Edda", ["edit"])
    )


def bring(service: Service, kind: str = "gpu", **facts: Any) -> str:
    """Keep an import; its slug."""
    given = {"kind": kind, "facts": CARD | facts}
    answer = service.rest("POST", "/imports", given)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["slug"])


def publication(slug: str) -> str:
    return f"/imports/{slug}/publication"


def spec(gpu: str) -> dict[str, Any]:
    """A build around a card."""
    memory = {"module": "udimm-ddr5-5600-48gb", "count": 2}
    machine = {"cpu": "amd-ryzen-9-9950x", "memory": memory, "gpus": [{"gpu": gpu}]}
    return {"machine": machine, "deployment": {"model": "llama-3.1-8b-instruct"}}


def estimate(service: Service, gpu: str) -> Any:
    answer = service.rest("POST", "/estimates", spec(gpu))
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_what_is_published_has_history_numbers_and_can_be_undone(
    service: Service, editor: Service
) -> None:
    slug = bring(service)
    before = estimate(service, f"import.{slug}")
    share = service.rest("POST", "/shares", {"spec": spec(f"import.{slug}")})
    assert share.status_code == 201, share.text
    kept = f"/shares/{share.json()['slug']}"
    issued = service.rest("GET", kept).content
    made = service.rest("POST", publication(slug), WHY)
    assert made.status_code == 201, made.text
    assert (made.json()["kind"], made.json()["slug"]) == ("gpus", "acme-turbo-9000")
    assert made.json()["served"] is True
    fact: Any = service.fact("gpus", "acme-turbo-9000")
    assert (fact.bandwidth_gbs, fact.source) == (1500.5, SOURCE)
    assert fact.cell_sources == {"memory_gib": "the box"}
    edit = newest_edits(service.app.state.database, slug="acme-turbo-9000").items[0]
    assert (edit.action, edit.who, edit.reason) == ("publish", "Pat", WHY["reason"])
    assert service.rest("GET", f"/imports/{slug}").json()["published_as"] == "acme-turbo-9000"

    after, public = (estimate(service, n) for n in (f"import.{slug}", "acme-turbo-9000"))
    assert after["speed"] == before["speed"] == public["speed"]
    assert after["fit"] == before["fit"]
    assert service.rest("GET", kept).content == issued

    undone = editor.rest("POST", f"/catalogue/edits/{edit.id}/undo", {"reason": "a slip"})
    assert undone.status_code == 201, undone.text
    assert "acme-turbo-9000" not in service.catalogue.gpus
    assert service.rest("GET", f"/imports/{slug}").json()["published_as"] is None
    assert service.rest("POST", publication(slug), WHY).status_code == 201


@pytest.mark.parametrize(
    ("kind", "facts", "slug"),
    [
        ("cpu", {"name": "Nova 64", "vendor": "Nova", "cores": 64, "isa": ["avx2"]}, "nova-64"),
        (
            "model",
            {"name": "Our-Own 3.5B (draft)", "params_total_b": 3.5, "n_layers": 28},
            "our-own-3.5b-draft",
        ),
    ],
)
def test_models_and_cpus_are_published_too(
    service: Service, kind: str, facts: dict[str, Any], slug: str
) -> None:
    given = {"kind": kind, "facts": facts}
    brought = service.rest("POST", "/imports", given).json()["slug"]
    planned = service.rest("GET", publication(brought)).json()
    assert planned["slug"] == slug
    for name, value in facts.items():
        assert planned["facts"][name] == value
    assert "licence" in planned["unknown"] or "launch_date" in planned["unknown"]
    made = service.rest("POST", publication(brought), WHY)
    assert made.json()["slug"] == slug, made.text
    assert service.rest("GET", f"/{made.json()['kind']}/{slug}").status_code == 200


def test_the_same_thing_is_recognised(service: Service) -> None:
    own: Any = service.fact("gpus", "nvidia-geforce-rtx-4090")
    figures = {n: getattr(own, n) for n in ("memory_gib", "bandwidth_gbs", "fp32_tflops", "tdp_w")}
    given = figures | {"name": "GeForce RTX 4090", "vendor": "NVIDIA"}
    planned = service.rest("GET", publication(bring(service, **given))).json()
    first = planned["similar"][0]
    assert (first["slug"], first["likeness"]) == (own.slug, "same-name")
    assert planned["slug"] == "nvidia-geforce-rtx-4090-2"
    renamed = bring(service, **given | {"name": "Zotac thing"})
    likeness = {
        s["slug"]: s["likeness"]
        for s in service.rest("GET", publication(renamed)).json()["similar"]
    }
    assert likeness[own.slug] == "same-figures"
    assert "similar-figures" in likeness.values()


def test_refusals_are_one_clear_sentence_each(service: Service, editor: Service) -> None:
    slug = bring(service, name="Acme Slow 1")
    nobody = Service(service.app, service.portal)
    refusals = [
        (nobody, slug, WHY, 401, "Send a token"),
        (editor, slug, WHY, 403, "needs a token with the scope publish"),
        (service, "x" * 22, WHY, 404, "Nothing is kept"),
        (service, slug, WHY | {"reason": " "}, 422, "Say why"),
        (service, slug, WHY | {"source": "the box"}, 422, "https://"),
        (service, slug, WHY | {"slug": "Acme Slow"}, 422, "lower case"),
        (service, slug, WHY | {"colour": "red"}, 422, "no such field"),
        (service, slug, WHY | {"slug": "nvidia-l4"}, 409, "choose another slug"),
    ]
    for who, what, given, status, words in refusals:
        answer = who.rest("POST", publication(what), given)
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert words in answer.json()["detail"], answer.text
    assert editor.rest("GET", publication(slug)).status_code == 403
    assert service.rest("POST", publication(slug), WHY).status_code == 201
    twice = service.rest("POST", publication(slug), WHY | {"slug": "acme-slow-2"})
    assert twice.status_code == 409
    assert "published already, as 'acme-slow-1'" in twice.json()["detail"]
    assert "acme-slow-2" not in service.catalogue.gpus


def test_a_link_a_name_and_a_slug_lead_to_an_import() -> None:
    slug = "abcdefghij_-0123456789"
    for text in (slug, f"import.{slug}", f"https://rigs.example/i/{slug}?a=1#b", f" /i/{slug}/ "):
        assert slug_in(text) == slug
    for text in ("", "nvidia-l4", "https://rigs.example/i/", f"{slug}x"):
        assert slug_in(text) == ""


def test_only_publishers_are_offered_it(service: Service, editor: Service) -> None:
    slug = bring(service, name="Acme Offered")
    offer = f'href="/admin/publish/{slug}"'
    publisher, other, stranger = Visitor(service), Visitor(service), Visitor(service)
    assert publisher.sign_in(service.secret).status_code == 303
    assert other.sign_in(editor.secret).status_code == 303
    assert offer in publisher.get(f"/i/{slug}").text
    for reader in (other, stranger):
        assert "/admin/publish" not in reader.get(f"/i/{slug}").text
    assert other.get(f"/admin/publish/{slug}").status_code == 403
    assert stranger.get(f"/admin/publish/{slug}").status_code == 401
    forged = publisher.post(
        f"/admin/publish/{slug}", data=WHY, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert forged.status_code == 403
    # whoever may only publish begins where that is done
    assert publisher.get("/admin").headers["Location"] == "/admin/publish"


def test_the_pages_lead_from_the_link_to_the_item(service: Service) -> None:
    slug = bring(service, name='Acme "Bold" & Co')
    publisher = Visitor(service)
    publisher.sign_in(service.secret)
    wrong = publisher.get("/admin/publish", params={"import": "nvidia-l4"})
    assert wrong.status_code == 422
    assert 'value="nvidia-l4"' in wrong.text
    assert publisher.get(f"/admin/publish/{'x' * 22}").status_code == 404
    found = publisher.get("/admin/publish", params={"import": f"http://testserver/i/{slug}"})
    place = found.headers["Location"]
    page = publisher.get(place).text
    for words in ("1500.5", "the box", "GDDR7", "Launched", "similar figures", "architecture"):
        assert words in page, words
    sent = fields_of(page, place)
    assert sent["f.slug"] == "acme-bold-co"

    typed = {"f.slug": "nvidia-l4", "reason": "why <not>", "source": SOURCE}
    taken = publisher.post(place, data=sent | typed)
    assert taken.status_code == 409
    assert "choose another slug" in taken.text
    assert fields_of(taken.text, place) | typed == fields_of(taken.text, place)
    empty = publisher.post(place, data=sent | {"f.slug": "mine", "source": "nowhere"})
    assert empty.status_code == 422
    assert 'id="err-reason"' in empty.text
    assert fields_of(empty.text, place)["f.slug"] == "mine"
    assert fields_of(empty.text, place)["source"] == "nowhere"

    both = publisher.post(place, data=sent | {"f.slug": "nvidia-l4"})
    assert both.status_code == 422
    for field in ("slug", "reason", "source"):
        assert f'id="err-{field}"' in both.text

    done = publisher.post(place, data=sent | WHY)
    assert done.status_code == 303, done.text
    told = publisher.get(done.headers["Location"]).text
    assert 'href="/gpus/acme-bold-co"' in told
    assert "It is in the catalogue as" in told
    assert publisher.get("/gpus/acme-bold-co").status_code == 200
    private = Visitor(service).get(f"/i/{slug}").text
    assert "It was published" in private
    assert 'href="/gpus/acme-bold-co"' in private
    late = publisher.post(place, data=sent | WHY | {"f.slug": "another"})
    assert late.status_code == 409
    assert "published already" in late.text
    assert not re.search(r'action="/admin/publish/', late.text)


@pytest.mark.parametrize("language", ["de", "fr"])
def test_the_pages_speak_the_readers_language(service: Service, language: str) -> None:
    slug = bring(service, name=f"Acme {language}")
    publisher = Visitor(service)
    publisher.sign_in(service.secret)
    page = publisher.get(f"/admin/publish/{slug}", headers={"Accept-Language": language})
    assert page.headers["Content-Language"] == language
    for english in ("What is added", "Fields that stay unknown", "Publish<", "choose another"):
        assert english not in page.text


def test_the_private_name_stands_in_no_log(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    slug = bring(service, name="Acme Secret")
    with caplog.at_level("INFO"):
        service.rest("GET", publication(slug))
        Visitor(service).get(f"/admin/publish/{slug}")
        Visitor(service).get("/admin/publish", params={"import": slug})
    ours = [vars(record) for record in caplog.records if record.name.startswith("rigwise")]
    assert len(ours) >= 3
    assert slug not in str(ours)

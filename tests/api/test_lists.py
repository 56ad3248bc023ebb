"""Every list gives every entry once, says when nothing changed, and refuses what makes no sense."""

import itertools
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pytest

from app.api.catalogue import RESOURCES
from app.builds.items.listing import FIGURE_TYPES
from app.catalogue.snapshot import Catalogue
from tests.client import Client

KINDS = [kind.name for kind in RESOURCES]


@pytest.mark.parametrize("kind", KINDS)
def test_walking_next_gives_every_entry_once(
    kind: str, client: Client, catalogue: Catalogue
) -> None:
    url: str | None = f"/api/v1/{kind}?limit=100"
    slugs: list[str] = []
    while url is not None:
        page = client.get(url).json()
        slugs += [item["slug"] for item in page["items"]]
        assert page["total"] == len(catalogue.of_kind(kind))
        url = page["next"]
    assert sorted(slugs) == sorted(catalogue.of_kind(kind))
    assert len(slugs) == len(set(slugs))


@pytest.mark.parametrize("kind", KINDS)
def test_an_entry_is_found_by_its_slug(kind: str, client: Client, catalogue: Catalogue) -> None:
    for slug in itertools.islice(catalogue.of_kind(kind), 0, None, 50):
        answer = client.get(f"/api/v1/{kind}/{slug}")
        assert answer.status_code == 200
        assert answer.json()["slug"] == slug


@pytest.mark.parametrize("name", ["RTX 4090", "RTX%204090", "rtx-4090", "GeForce RTX 4090"])
def test_another_name_is_answered_with_the_catalogues_own_slug(name: str, client: Client) -> None:
    answer = client.get(f"/api/v1/gpus/{name}")
    assert answer.status_code == 200
    assert answer.json()["slug"] == "nvidia-geforce-rtx-4090"
    assert answer.headers["Content-Location"] == "/api/v1/gpus/nvidia-geforce-rtx-4090"


def test_every_other_name_leads_to_its_entry(client: Client, catalogue: Catalogue) -> None:
    resources = {*KINDS}
    for alias in catalogue.aliases:
        if alias.kind in resources and alias.slug:
            answer = client.get(f"/api/v1/{alias.kind}/{quote(alias.alias)}")
            expected = catalogue.resolve(alias.kind, alias.alias)
            assert (answer.status_code, answer.json()["slug"]) == (200, expected), alias


def test_a_list_is_fifty_long_by_default(client: Client) -> None:
    assert len(client.get("/api/v1/cpus").json()["items"]) == 50


def test_filter_sort_and_next_go_together(client: Client) -> None:
    url = "/api/v1/gpus?vendor=nvidia&memory_gib_min=24&sort=-bandwidth_gbs&limit=7"
    found = []
    while url:
        page = client.get(url).json()
        found += page["items"]
        url = page["next"]
    assert len(found) == page["total"] > 7
    assert all(g["vendor"].lower() == "nvidia" and g["memory_gib"] >= 24 for g in found)
    known = [g["bandwidth_gbs"] for g in found if g["bandwidth_gbs"] is not None]
    assert known == sorted(known, reverse=True)


def test_a_repeated_filter_means_any_of_its_values(client: Client) -> None:
    both = client.get("/api/v1/gpus?vendor=nvidia&vendor=amd").json()["total"]
    one_by_one = [client.get(f"/api/v1/gpus?vendor={v}").json()["total"] for v in ("nvidia", "amd")]
    assert both == sum(one_by_one)


@pytest.mark.parametrize("url", ["/api/v1/cpus?limit=3", "/api/v1/models/llama-3.1-8b-instruct"])
def test_an_unchanged_answer_is_not_sent_again(url: str, client: Client) -> None:
    tag = client.get(url).headers["ETag"]
    again = client.get(url, headers={"If-None-Match": f'"other", {tag}'})
    assert again.status_code == 304
    assert again.content == b""
    assert again.headers["ETag"] == tag


def test_each_address_has_its_own_etag(client: Client) -> None:
    tags = {client.get(f"/api/v1/cpus?limit={n}").headers["ETag"] for n in (1, 2, 3)}
    assert len(tags) == 3


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=100000", "limit"),
        ("limit=x", "limit"),
        ("sort=colour", "sort"),
        ("colour=red", "colour"),
        ("memory_gib_min=NaN", "memory_gib_min"),
        ("cursor=x", "cursor"),
        ("unified_memory=perhaps", "unified_memory"),
    ],
)
def test_a_bad_query_is_refused_with_its_field(query: str, field: str, client: Client) -> None:
    answer = client.get(f"/api/v1/gpus?{query}")
    assert answer.status_code == 422
    assert [e["field"] for e in answer.json()["errors"]] == [field]


@pytest.mark.parametrize("text", ["'; DROP TABLE gpus; --", '" OR 1=1', "%00", "\\", "a" * 5000])
def test_strange_text_finds_nothing_and_breaks_nothing(text: str, client: Client) -> None:
    answer = client.get("/api/v1/gpus", params={"q": text, "vendor": text})
    assert answer.status_code == 200
    assert answer.json()["total"] == 0


def test_an_unknown_name_is_told_what_comes_close(client: Client) -> None:
    answer = client.get("/api/v1/gpus/nvidia-geforce-rtx-4091")
    assert answer.status_code == 404
    assert "nvidia-geforce-rtx-4090" in answer.json()["detail"]


def test_amounts_of_money_are_decimal_strings(client: Client) -> None:
    price = client.get("/api/v1/prices?limit=1").json()["items"][0]
    assert isinstance(price["amount"], str)


def test_lists_are_sorted_and_filtered_by_todays_prices(client: Client) -> None:
    page = client.get("/api/v1/gpus?sort=price_new_eur&price_new_eur_max=2000&limit=100").json()
    prices = [Decimal(page["beside"][item["slug"]]["new"]["eur"]) for item in page["items"]]
    assert prices == sorted(prices)
    assert len(prices) == page["total"] > 5
    assert max(prices) <= 2000
    for item in page["items"]:
        new = page["beside"][item["slug"]]["new"]
        assert new["source"]
        assert isinstance(new["stale"], bool)


@pytest.mark.parametrize("kind", sorted(FIGURE_TYPES))
def test_figures_beside_the_facts_can_be_walked_like_facts(kind: str, client: Client) -> None:
    for name in FIGURE_TYPES[kind]:
        url: str | None = f"/api/v1/{kind}?sort=-{name}&limit=200"
        slugs: list[str] = []
        values: list[Any] = []
        while url is not None:
            page = client.get(url).json()
            slugs += [item["slug"] for item in page["items"]]
            if name in next(iter(page["beside"].values()))["figures"]:
                values += [page["beside"][i["slug"]]["figures"][name] for i in page["items"]]
            url = page["next"]
        assert len(slugs) == len(set(slugs)) == page["total"]
        if values and not isinstance(values[0], str):
            known = [value for value in values if value is not None]
            assert known == sorted(known, reverse=True)
            assert values[len(known) :] == [None] * (len(values) - len(known))


def test_a_year_and_the_number_of_runs_are_filters(client: Client) -> None:
    found = client.get("/api/v1/gpus?launch_year=2022&measured_runs_min=100").json()
    assert "nvidia-geforce-rtx-4090" in [item["slug"] for item in found["items"]]
    for item in found["items"]:
        assert item["launch_date"].startswith("2022")
        assert found["beside"][item["slug"]]["figures"]["measured_runs"] >= 100


def test_a_name_is_found_without_its_spaces(client: Client) -> None:
    plain = client.get("/api/v1/gpus?q=rtx 4090").json()
    together = client.get("/api/v1/gpus?q=rtx4090").json()
    assert together["total"] == plain["total"] > 0


def test_kinds_without_figures_answer_as_before(client: Client) -> None:
    assert set(client.get("/api/v1/platforms").json()) == {"items", "next", "total"}

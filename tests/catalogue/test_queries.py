"""Lists can be filtered, sorted and walked to the end, and say what is wrong with a query."""

from decimal import Decimal

import pytest

from app.catalogue.queries import (
    BadQuery,
    Figures,
    Page,
    count_bounds,
    count_values,
    count_without,
    filter_fields,
    list_all,
    list_items,
    sort_fields,
)
from app.catalogue.snapshot import Catalogue, UnknownKind


def walk(catalogue: Catalogue, kind: str, sort: str, limit: int) -> list[str]:
    """The slugs of a list, fetched page by page."""
    slugs: list[str] = []
    page = list_items(catalogue, kind, sort=sort, limit=limit)
    while True:
        slugs += [item.slug for item in page.items]
        if page.next_cursor is None:
            return slugs
        page = list_items(catalogue, kind, sort=sort, cursor=page.next_cursor, limit=limit)


@pytest.mark.parametrize(
    ("kind", "sort"),
    [
        ("gpus", ""),
        ("gpus", "bandwidth_gbs"),
        ("gpus", "-bandwidth_gbs"),
        ("gpus", "-launch_price_usd"),
        ("gpus", "unified_memory"),
        ("cpus", "-launch_date"),
        ("prices", "-observed_from"),
        ("prices", "amount"),
        ("systems", "nodes"),
        ("measurements", "decode_tps"),
    ],
)
def test_pages_hold_every_row_once(catalogue: Catalogue, kind: str, sort: str) -> None:
    slugs = walk(catalogue, kind, sort, limit=97)
    assert len(slugs) == len(set(slugs))
    assert set(slugs) == set(catalogue.of_kind(kind))


def test_descending_puts_unknown_values_last(catalogue: Catalogue) -> None:
    page = list_items(catalogue, "gpus", sort="-bandwidth_gbs", limit=500)
    values = [catalogue.gpus[item.slug].bandwidth_gbs for item in page.items]
    known = [value for value in values if value is not None]
    assert known == sorted(known, reverse=True)
    assert values[len(known) :] == [None] * (len(values) - len(known))
    assert len(known) < len(values)


def found(page: Page) -> set[str]:
    """The slugs on a page."""
    return {item.slug for item in page.items}


def test_numbers_are_filtered_by_bounds(catalogue: Catalogue) -> None:
    page = list_items(
        catalogue,
        "gpus",
        {"memory_gib_min": "24", "memory_gib_max": "32", "vendor": "nvidia"},
        limit=500,
    )
    assert "nvidia-geforce-rtx-5090" in found(page)
    assert "nvidia-geforce-rtx-5080" not in found(page)
    assert page.total == len(page.items)
    for item in page.items:
        gpu = catalogue.gpus[item.slug]
        assert gpu.vendor == "NVIDIA"
        assert gpu.memory_gib is not None
        assert 24 <= gpu.memory_gib <= 32


def test_field_whose_own_name_ends_like_a_bound_is_the_field(catalogue: Catalogue) -> None:
    page = list_items(catalogue, "cpus", {"memory_mts_max": "4800"}, limit=500)
    assert found(page)
    assert {catalogue.cpus[slug].memory_mts_max for slug in found(page)} == {4800}
    above = list_items(catalogue, "cpus", {"memory_mts_max_min": "8800"}, limit=500)
    assert all((catalogue.cpus[slug].memory_mts_max or 0) >= 8800 for slug in found(above))


def test_lists_match_by_member_and_commas_mean_any_of(catalogue: Catalogue) -> None:
    one = list_items(catalogue, "cpus", {"memory_types": "ddr5-mrdimm"}, limit=500)
    two = list_items(catalogue, "cpus", {"memory_types": "ddr5-mrdimm,ddr4-rdimm"}, limit=500)
    assert one.total
    assert found(one) < found(two)


def test_search_needs_every_word(catalogue: Catalogue) -> None:
    page = list_items(catalogue, "gpus", {"q": "rtx 4090 laptop"})
    assert found(page) == {"nvidia-geforce-rtx-4090-laptop-16gb"}


def test_dates_and_amounts_are_filtered(catalogue: Catalogue) -> None:
    page = list_items(
        catalogue,
        "prices",
        {"observed_from_min": "2026-06-01", "amount_max": "500", "item_kind": "gpu"},
        limit=500,
    )
    assert page.total
    for item in page.items:
        price = next(row for row in catalogue.prices if row.slug == item.slug)
        assert price.amount <= Decimal(500)
        assert price.observed_from is not None
        assert price.observed_from.year == 2026


@pytest.mark.parametrize(
    ("filters", "sort", "field"),
    [
        ({"speed": "1"}, "", "speed"),
        ({"memory_gib_min": "much"}, "", "memory_gib_min"),
        ({"memory_gib_min": "nan"}, "", "memory_gib_min"),
        ({"unified_memory": "perhaps"}, "", "unified_memory"),
        ({"unified_memory_min": "true"}, "", "unified_memory_min"),
        ({"cell_sources": "x"}, "", "cell_sources"),
        ({}, "speed", "sort"),
        ({}, "cell_sources", "sort"),
    ],
)
def test_bad_query_names_the_field(
    catalogue: Catalogue, filters: dict[str, str], sort: str, field: str
) -> None:
    with pytest.raises(BadQuery) as caught:
        list_items(catalogue, "gpus", filters, sort)
    assert caught.value.field == field
    assert caught.value.message


@pytest.mark.parametrize("cursor", ["x", "!!!", "eyJhIjoxfQ", "WzFd", "WyJzbHVnIixmYWxzZSwxLDJd"])
def test_damaged_cursor_is_refused(catalogue: Catalogue, cursor: str) -> None:
    with pytest.raises(BadQuery) as caught:
        list_items(catalogue, "gpus", cursor=cursor)
    assert caught.value.field == "cursor"


def test_cursor_of_another_order_is_refused(catalogue: Catalogue) -> None:
    page = list_items(catalogue, "gpus", sort="name", limit=5)
    with pytest.raises(BadQuery, match="another sort order"):
        list_items(catalogue, "gpus", sort="-name", cursor=page.next_cursor)


@pytest.mark.parametrize("limit", [0, -1, 501])
def test_limit_out_of_range_is_refused(catalogue: Catalogue, limit: int) -> None:
    with pytest.raises(BadQuery):
        list_items(catalogue, "gpus", limit=limit)


def test_fields_come_from_the_facts() -> None:
    assert filter_fields("gpus")["unified_memory"] is bool
    assert "isa" in filter_fields("cpus")
    assert "isa" not in sort_fields("cpus")
    with pytest.raises(UnknownKind):
        filter_fields("toasters")


def test_values_are_counted_among_what_the_other_filters_leave(catalogue: Catalogue) -> None:
    filters = {"vendor": "amd", "memory_types": "ddr5-rdimm"}
    counts = count_values(catalogue, "cpus", filters, ["vendor", "memory_types"])
    with_rdimm = [c for c in catalogue.cpus.values() if "ddr5-rdimm" in c.memory_types]
    assert {c.value: c.count for c in counts["vendor"]}["Intel"] == sum(
        c.vendor == "Intel" for c in with_rdimm
    )
    amd = [c for c in catalogue.cpus.values() if c.vendor == "AMD"]
    for found in counts["memory_types"]:
        assert found.count == sum(found.value in c.memory_types for c in amd)
    assert [c.count for c in counts["memory_types"]] == sorted(
        (c.count for c in counts["memory_types"]), reverse=True
    )


def test_steps_of_a_bound_are_counted(catalogue: Catalogue) -> None:
    filters = {"vendor": "nvidia", "memory_gib_min": "500"}
    counts = count_bounds(catalogue, "gpus", filters, "memory_gib_min", ("24", "80"))
    nvidia = [g.memory_gib or 0 for g in catalogue.gpus.values() if g.vendor == "NVIDIA"]
    assert [c.count for c in counts] == [sum(m >= 24 for m in nvidia), sum(m >= 80 for m in nvidia)]


def test_what_dropping_each_filter_would_leave(catalogue: Catalogue) -> None:
    filters = {"vendor": "apple", "form_factor": "pcie"}
    assert list_items(catalogue, "gpus", filters).total == 0
    without = count_without(catalogue, "gpus", filters)
    gpus = catalogue.gpus.values()
    assert without == {
        "vendor": sum(g.form_factor == "pcie" for g in gpus),
        "form_factor": sum(g.vendor == "Apple" for g in gpus),
    }


def test_figures_beside_the_facts_are_columns_too(catalogue: Catalogue) -> None:
    slugs = sorted(catalogue.engines)
    ages = {slug: Decimal(i) for i, slug in enumerate(slugs[:-1])}
    figures = Figures({"age": Decimal}, {"age": ages})
    found = list_all(catalogue, "engines", {"age_min": "3"}, "-age", figures)
    assert [fact.slug for fact in found] == [s for s in reversed(slugs[:-1]) if ages[s] >= 3]
    everything = list_all(catalogue, "engines", {}, "age", figures)
    assert everything[-1].slug == slugs[-1]


def test_a_page_knows_where_it_stands(catalogue: Catalogue) -> None:
    first = list_items(catalogue, "cpus", sort="name", limit=25)
    second = list_items(catalogue, "cpus", sort="name", limit=25, cursor=first.next_cursor)
    third = list_items(catalogue, "cpus", sort="name", limit=25, cursor=second.next_cursor)
    assert (first.start, second.start, third.start) == (0, 25, 50)
    assert second.previous_cursor is None
    back = list_items(catalogue, "cpus", sort="name", limit=25, cursor=third.previous_cursor)
    assert back.items == second.items

"""Names lead to entries, entries cannot be changed, prices come newest first."""

import pytest
from pydantic import ValidationError

from app.catalogue.snapshot import Catalogue, UnknownKind, UnknownSlug


@pytest.mark.parametrize(
    ("kind", "name", "slug"),
    [
        ("gpus", "nvidia-geforce-rtx-4090", "nvidia-geforce-rtx-4090"),
        ("gpus", "RTX 4090", "nvidia-geforce-rtx-4090"),
        ("gpus", "NVIDIA GeForce RTX 4090", "nvidia-geforce-rtx-4090"),
        ("gpus", "Radeon 8060S", "amd-radeon-8060s-ryzen-ai-max-395-strix-halo"),
        ("gpus", "Apple M1 Max", "apple-m1-max-32-core-gpu"),
        ("cpus", "EPYC 9554P", "amd-epyc-9554p"),
        ("cpus", "9950X", "amd-ryzen-9-9950x"),
        ("models", "meta-llama/Llama-3.1-8B-Instruct", "llama-3.1-8b-instruct"),
        ("models", "Llama-3.1-8B-Instruct", "llama-3.1-8b-instruct"),
        ("quantizations", "Q4_K_M", "q4_k_m"),
        ("engines", "llama.cpp-cuda", "llama.cpp-cuda"),
        ("use-cases", "UC1", "uc1"),
        ("memory-modules", "DDR5-4800 RDIMM 32 GB", "rdimm-ddr5-4800-32gb"),
    ],
)
def test_slug_alias_and_bare_name_lead_to_the_entry(
    catalogue: Catalogue, kind: str, name: str, slug: str
) -> None:
    assert catalogue.get(kind, name).slug == slug
    assert catalogue.resolve(kind, name) == slug


def test_unknown_name_is_answered_with_the_closest_ones(catalogue: Catalogue) -> None:
    with pytest.raises(UnknownSlug) as caught:
        catalogue.get("gpus", "nvidia-geforce-rtx-4091")
    assert caught.value.suggestions[0] == "nvidia-geforce-rtx-4090"
    assert "nvidia-geforce-rtx-4090" in str(caught.value)


def test_ambiguous_name_is_not_guessed(catalogue: Catalogue) -> None:
    with pytest.raises(UnknownSlug):
        catalogue.get("gpus", "A100")


def test_unknown_kind_is_an_error(catalogue: Catalogue) -> None:
    with pytest.raises(UnknownKind):
        catalogue.get("toasters", "x")


def test_entries_and_mappings_cannot_be_changed(catalogue: Catalogue) -> None:
    with pytest.raises(ValidationError):
        catalogue.gpus["nvidia-l4"].memory_gib = 48.0
    with pytest.raises(TypeError):
        catalogue.gpus["x"] = catalogue.gpus["nvidia-l4"]  # type: ignore[index]
    with pytest.raises(AttributeError):
        catalogue.revision = "x"  # type: ignore[misc]


def test_prices_of_an_item_come_newest_first(catalogue: Catalogue) -> None:
    prices = catalogue.prices_of("gpu", "nvidia-geforce-rtx-5090")
    days = [price.observed_from for price in prices if price.observed_from is not None]
    assert len(days) > 3
    assert days == sorted(days, reverse=True)
    assert catalogue.prices_of("gpu", "nvidia-no-such-card") == ()


@pytest.mark.parametrize(
    "memory_type", ["ddr4-rdimm", "ddr4-udimm", "ddr5-rdimm", "ddr5-udimm", "ddr5-sodimm"]
)
def test_price_per_gib_of_every_memory_type_can_be_found(
    catalogue: Catalogue, memory_type: str
) -> None:
    usable = [price for price in catalogue.memory_prices_of(memory_type) if price.usable]
    assert usable
    assert all(price.memory_gib for price in usable)
    newest = usable[0]
    assert newest.memory_gib is not None
    assert 1 < float(newest.amount) / newest.memory_gib < 60

"""Measurements name products of the catalogue; a name that leads nowhere says why."""

from app.catalogue.facts import Fact, MeasurementFacts
from app.catalogue.seed_files import Alias, read_seed
from app.catalogue.snapshot import Catalogue

KINDS = {
    "cpu": "cpus",
    "gpu": "gpus",
    "model": "models",
    "quantization": "quantizations",
    "engine": "engines",
}


def _loose_names(measurement: MeasurementFacts) -> list[tuple[str, str]]:
    """Names the measurement gives that lead to no product, each with its kind."""
    return [
        (kind, name)
        for part, kind in KINDS.items()
        if (name := getattr(measurement, f"{part}_name"))
        and getattr(measurement, f"{part}_slug") is None
    ]


def test_nearly_every_usable_measurement_is_joined(catalogue: Catalogue) -> None:
    usable = [m for m in catalogue.measurements if m.usable]
    joined = [m for m in usable if not _loose_names(m)]
    assert len(usable) >= 2623
    assert len(joined) >= 2529
    assert len(joined) / len(usable) >= 0.95


def test_only_engines_cost_many_usable_measurements(catalogue: Catalogue) -> None:
    loose = [kind for m in catalogue.measurements if m.usable for kind, _ in _loose_names(m)]
    assert {kind: loose.count(kind) for kind in KINDS.values()} == {
        "cpus": 39,
        "gpus": 0,
        "models": 0,
        "quantizations": 9,
        "engines": 79,
    }


def test_every_name_that_leads_nowhere_says_why(catalogue: Catalogue) -> None:
    aliases = {(alias.kind, alias.alias): alias for alias in read_seed().aliases}
    names = {loose for m in catalogue.measurements for loose in _loose_names(m)}
    unexplained = [name for name in sorted(names) if not _says_why(aliases.get(name))]
    assert unexplained == []


def _says_why(alias: Alias | None) -> bool:
    return (
        alias is not None
        and alias.slug is None
        and bool(alias.note)
        and "MISSING" not in (alias.note or "")
    )


def test_an_alias_and_the_measurements_agree(catalogue: Catalogue) -> None:
    aliases = {(alias.kind, alias.alias): alias.slug for alias in read_seed().aliases}
    for measurement in catalogue.measurements:
        for part, kind in KINDS.items():
            if kind in ("engines", "quantizations"):
                continue  # one word means different things by machine and by engine
            name = getattr(measurement, f"{part}_name")
            slug = getattr(measurement, f"{part}_slug")
            if (kind, name) in aliases:
                assert slug == aliases[kind, name], f"{measurement.slug}: {kind} {name}"


def test_one_product_has_one_row(catalogue: Catalogue) -> None:
    for kind in ("cpus", "gpus"):
        names = [_bare(fact) for fact in catalogue.of_kind(kind).values()]
        assert sorted(names) == sorted(set(names)), kind


def _bare(fact: Fact) -> str:
    return f"{getattr(fact, 'vendor', '')} {fact.name}".casefold()

"""A configurator link says the whole question, and says it in one way only."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.builds.problems import InvalidSpecError
from app.builds.query import field_to_key, spec_from_query, spec_to_query
from app.builds.spec import (
    CONDITIONS,
    CURRENCIES,
    OVERRIDE_KEYS,
    PLACEMENTS,
    BuildSpec,
    DeploymentSpec,
    EconomicsSpec,
    GpuSlot,
    MachineSpec,
    MemorySpec,
    WorkloadSpec,
)

FULL = (
    "cpu=amd-epyc-9554p&sockets=2&gpu=a&gpus=4&gpu2=b&module=rdimm-ddr5-4800-32gb&modules=12"
    "&model=qwen3-8b&context=32768&users=20&currency=USD&hours=7.5&kwh=0.31"
    "&gpu.bandwidth_gbs=936.2&memory.mts=6000"
)

slugs = st.text("abcdefghijklmnopqrstuvwxyz0123456789-._ +&=%ä/", min_size=1, max_size=30).filter(
    lambda text: text.strip() == text
)
maybe_slugs = st.none() | slugs
machines = st.builds(
    MachineSpec,
    system=maybe_slugs,
    cpu=maybe_slugs,
    sockets=st.none() | st.integers(1, 8),
    memory=st.none() | st.builds(MemorySpec, module=slugs, count=st.integers(1, 256)),
    gpus=st.lists(st.builds(GpuSlot, gpu=slugs, count=st.integers(1, 128)), max_size=4).map(tuple),
    nodes=st.none() | st.integers(1, 64),
    link=maybe_slugs,
    overrides=st.dictionaries(
        st.sampled_from(OVERRIDE_KEYS), st.floats(1e-9, 1e9, exclude_min=True), max_size=3
    ),
)
deployments = st.builds(
    DeploymentSpec,
    model=slugs,
    quantization=slugs,
    kv_dtype=slugs,
    engine=maybe_slugs,
    context_tokens=st.integers(16, 10_000_000),
    placement=st.sampled_from(PLACEMENTS),
)
workloads = st.builds(
    WorkloadSpec,
    use_case=slugs,
    prompt_tokens=st.none() | st.integers(1, 10_000_000),
    generated_tokens=st.none() | st.integers(1, 1_000_000),
    concurrency=st.integers(1, 10_000),
)
economics = st.builds(
    EconomicsSpec,
    currency=st.sampled_from(CURRENCIES),
    years=st.integers(1, 10),
    hours_per_day=st.floats(0, 24),
    electricity_per_kwh=st.none() | st.decimals(0, 10, places=4),
    condition=st.sampled_from(CONDITIONS),
    quoted_price=st.none() | st.decimals(0, 10**9, places=2),
    requests_per_hour=st.none() | st.floats(0, 1e9),
    electricity_country=maybe_slugs,
    cooling_factor=st.floats(0, 2),
    shipping=st.none() | st.decimals(0, 10**9, places=2),
    spares_share=st.floats(0, 1),
    depreciation_per_year=st.floats(0, 1),
    admin_hours_per_month=st.floats(0, 1000),
    admin_rate_per_hour=st.none() | st.decimals(0, 10**6, places=2),
)
specs = st.builds(
    BuildSpec, machine=machines, deployment=deployments, workload=workloads, economics=economics
)


@given(specs)
def test_any_question_survives_the_way_through_a_link(spec: BuildSpec) -> None:
    assert spec_from_query(spec_to_query(spec)) == spec


@given(specs)
def test_one_question_has_one_link(spec: BuildSpec) -> None:
    query = spec_to_query(spec)
    assert spec_to_query(spec_from_query(query)) == query


def test_the_default_question_is_the_empty_link() -> None:
    assert spec_to_query(BuildSpec()) == ""
    assert spec_from_query("") == BuildSpec()


def test_a_link_keeps_its_order() -> None:
    assert spec_to_query(spec_from_query(FULL)) == FULL


def test_a_link_reads_as_people_mean_it() -> None:
    spec = spec_from_query(FULL)
    assert [(slot.gpu, slot.count) for slot in spec.machine.gpus] == [("a", 4), ("b", 1)]
    assert spec.machine.memory == MemorySpec(module="rdimm-ddr5-4800-32gb", count=12)
    assert spec.economics.electricity_per_kwh == Decimal("0.31")


def test_empty_fields_and_counts_of_nothing_say_nothing() -> None:
    assert spec_from_query("cpu=&gpus=2&modules=4&model=") == BuildSpec()


def test_a_gap_between_cards_closes() -> None:
    spec = spec_from_query("gpu3=c&gpus3=2")
    assert spec.machine.gpus == (GpuSlot(gpu="c", count=2),)


@pytest.mark.parametrize(
    ("query", "field", "message"),
    [
        ("colour=red", "colour", "There is no setting called “colour”."),
        ("cpu=x&sockets=0", "machine.sockets", "Use 1 or more."),
        ("users=99999", "workload.concurrency", "Use 10\u202f000 or less."),
        ("context=many", "deployment.context_tokens", "Use a whole number."),
        ("kwh=much", "economics.electricity_per_kwh", "Use a plain number such as 12.5."),
        ("hours=NaN", "economics.hours_per_day", "Use a plain number such as 12.5."),
        ("currency=DOGE", "economics.currency", "Use one of: EUR, USD, GBP or CHF."),
        ("gpu=a&gpus=0", "machine.gpus.0.count", "Use 1 or more."),
        ("gpu.bandwidth_gbs=-1", "machine.overrides.gpu.bandwidth_gbs", "Use a number above 0."),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(query: str, field: str, message: str) -> None:
    with pytest.raises(InvalidSpecError) as refused:
        spec_from_query(query)
    assert [(p.field, p.message) for p in refused.value.problems] == [(field, message)]


@pytest.mark.parametrize(
    "query", ["&".join(f"a{n}=1" for n in range(500)), "gpu5=x", "cpu=%00", "cpu=%ff<x>"]
)
def test_damaged_links_are_refused(query: str) -> None:
    with pytest.raises(InvalidSpecError):
        spec_from_query(query)


@pytest.mark.parametrize("query", ["%", "=", "&&&", "cpu"])
def test_links_that_say_nothing_ask_nothing(query: str) -> None:
    assert spec_from_query(query) == BuildSpec()


@pytest.mark.parametrize(
    ("field", "key"),
    [
        ("machine.cpu", "cpu"),
        ("machine.gpus.1.gpu", "gpu2"),
        ("machine.gpus.0.count", "gpus"),
        ("machine.gpus", "gpu"),
        ("machine.memory", "module"),
        ("machine.overrides.gpu.bandwidth_gbs", "gpu.bandwidth_gbs"),
        ("workload.concurrency", "users"),
    ],
)
def test_a_field_knows_its_place_in_the_form(field: str, key: str) -> None:
    assert field_to_key(field) == key

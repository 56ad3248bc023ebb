"""Assessment: the one answer that pages, API, share links and the command line all show.

Speeds are tokens per second, times seconds, memory GiB (2^30 bytes), power watts. ``None`` means
unknown (or, for a speed, that the build does not run); the reason stands beside it. Money is a
decimal string in the currency of the request.
"""

from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from app.builds.spec import BuildSpec
from app.estimator.verdicts import Mark, WorkflowClass

Origin = Literal["user", "catalogue", "default", "calibrated", "derived"]
Basis = Literal["measured", "calibrated", "theoretical", "unknown"]
Level = Literal["problem", "warning", "note"]
Vat = Literal["included", "excluded", "unknown"]
CostKind = Literal["purchase", "shipping", "spares", "energy", "cooling", "admin", "resale"]


class Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class Interval(Part):
    """80 % interval around the typical value."""

    low: float | None
    typical: float | None
    high: float | None


class MoneyRange(Part):
    low: Decimal | None
    typical: Decimal | None
    high: Decimal | None
    currency: str


class InputValue(Part):
    """One figure that went in, and where it came from."""

    field: str = Field(description="Dotted name, e.g. gpu.0.bandwidth_gbs")
    label: str
    value: float | str | None
    unit: str | None = None
    origin: Origin
    source: str | None = None


class MemoryPool(Part):
    """One memory (all cards of a kind, or the CPU's RAM) and what fills it."""

    name: str
    capacity_gib: float | None
    weights_gib: float | None
    kv_gib: float | None
    overhead_gib: float | None
    free_gib: float | None


class Fit(Part):
    """Does it fit, where, and what would make it."""

    fits: bool | None
    placement: str | None = Field(description="The placement that was assessed")
    placement_label: str | None
    sentence: str = Field(description="The verdict in words, with the numbers")
    required_gib: float | None
    available_gib: float | None
    spare_gib: float | None
    pools: list[MemoryPool]
    context_max_tokens: int | None
    concurrency_max: int | None
    suggestions: list[str]
    impossible: dict[str, str] = Field(
        default_factory=dict, description="Placements this build cannot use, each with the reason"
    )


class TimeTerm(Part):
    """One term of the time of a decode step or a prefill."""

    name: str
    label: str
    seconds: float
    share: float = Field(description="Of the whole, 0 to 1")


class Speed(Part):
    """How fast, for the asked workload, with an 80 % interval."""

    decode_tps: Interval = Field(description="Per user")
    decode_total_tps: Interval = Field(description="Over all running requests")
    prefill_tps: Interval
    ttft_s: Interval
    total_s: Interval = Field(description="Prompt and whole answer, context growing")
    running_requests: float | None = Field(description="Requests that hold memory at once")
    basis: Basis
    basis_sentence: str
    device_class: str | None = Field(description="Accuracy class the interval was taken from")
    bottleneck: str = Field(description="What decode waits for, in words")
    bandwidth_used_share: float | None = Field(description="Model bandwidth utilisation, 0 to 1")
    decode_terms: list[TimeTerm]
    prefill_terms: list[TimeTerm]


class VerdictLimits(Part):
    interactive_ttft_s: float
    interactive_decode_tps: float
    background_total_s: float
    offline_total_s: float
    mark_ttft_s: float
    mark_decode_tps: float


class Verdict(Part):
    """One use case on this build."""

    use_case: str
    name: str
    description: str | None
    prompt_tokens: int
    generated_tokens: int
    workflow_class: WorkflowClass
    mark: Mark
    ttft_s: Interval
    decode_tps: Interval
    total_s: Interval
    sentence: str = Field(description="E.g. 'Interactive: first words in 1.8 s, then 24 tok/s'")
    rule: str = Field(description="Which limit decided, with the numbers compared")


class Check(Part):
    """Can this be built and run? One finding, and what would cure it."""

    level: Level
    code: str
    field: str = Field(description="Dotted BuildSpec path the finding belongs to")
    message: str
    fix: str | None = None


class PurchaseLine(Part):
    """One line of the bill of materials, amounts in the requested currency."""

    item: str
    kind: str
    slug: str | None
    quantity: int
    unit_price: Decimal | None
    low: Decimal | None
    typical: Decimal | None
    high: Decimal | None
    condition: str | None
    observed_on: str | None
    source: str | None
    basis: str = Field(
        description="priced, per-gib, launch-price, range, quoted, owned, included, or unknown"
    )
    note: str | None = None
    region: str | None = None
    vat: Vat = "unknown"
    age_days: int | None = Field(default=None, description="None where undated")
    stale: bool = Field(default=False, description="Old or undated: its range is widened")


class CostLine(Part):
    """One line of the cost of ownership. ``amounts`` runs along the years of its `Tco`."""

    kind: CostKind
    label: str
    amounts: list[MoneyRange]
    source: str | None
    observed_on: str | None = None
    region: str | None = None
    vat: Vat = "unknown"
    age_days: int | None = None
    stale: bool = False


class Tco(Part):
    """Total cost of ownership. Low is the cheap case throughout, high the dear one: they add up."""

    years: list[int]
    lines: list[CostLine]
    totals: list[MoneyRange]
    note: str | None = Field(default=None, description="What keeps the totals open")


class Demand(Part):
    """What is asked of the machine in the hours under load, and what it can serve."""

    requests_per_hour: float | None = Field(description="As stated; None: works flat out")
    capacity_per_hour: Interval = Field(description="Requests of the asked lengths")
    busy_share: Interval = Field(description="Of the hours under load; low where it is fast")
    requests_per_year: Interval = Field(description="Counted: what is asked and can be served")
    input_tokens_per_year: float | None
    output_tokens_per_year: float | None
    over_capacity: bool | None = Field(description="At the typical speed; None where unknown")
    sentence: str


class Alternative(Part):
    """The same work done elsewhere: by a hosted API or on rented GPUs."""

    kind: Literal["api", "rented"]
    provider: str
    offer: str
    input_per_million: Decimal | None = None
    output_per_million: Decimal | None = None
    per_hour: Decimal | None = Field(default=None, description="All GPUs together")
    per_month: MoneyRange
    over_years: MoneyRange
    break_even_months: Interval = Field(
        description="Month from which owning is cheaper: low at the earliest; None: never, or open"
    )
    sentence: str
    source: str
    observed_on: str | None
    region: str | None = None
    vat: Vat = "unknown"
    age_days: int | None = None
    stale: bool = False
    note: str | None = None


class BreakEvenPoint(Part):
    """Money spent by the end of a month."""

    month: int
    owned: MoneyRange
    alternatives: list[Decimal | None] = Field(description="In the order of the alternatives")


class BreakEven(Part):
    """Owning against APIs and rent, for the same requests."""

    basis: Literal["stated demand", "full use"]
    sentence: str
    upfront: MoneyRange
    per_month: MoneyRange
    alternatives: list[Alternative]
    api_note: str | None = None
    rented_note: str | None = None
    points: list[BreakEvenPoint]


class Cost(Part):
    """What it costs to buy and to run."""

    currency: str
    lines: list[PurchaseLine]
    purchase: MoneyRange
    complete: bool = Field(
        description="False where a line has no price: then the sum is a lower bound"
    )
    unpriced: list[str]
    exchange_note: str | None
    electricity_per_kwh: Decimal | None
    electricity_source: str | None
    energy_kwh_per_year: float | None
    energy_per_year: Decimal | None
    energy_per_million_generated: Decimal | None
    cost_over_years: MoneyRange
    per_million_tokens: MoneyRange = Field(
        description="All costs over the years, per million generated tokens"
    )
    tokens_per_year: float | None = Field(description="Generated")
    assumptions: list[str]
    stale_prices: list[str] = Field(
        default_factory=list, description="What in the sums rests on an old or undated price"
    )
    electricity_stale: bool = False
    demand: Demand | None = None
    tco: Tco | None = None
    prefill_share: float | None = Field(
        default=None, description="Of the time of a request, 0 to 1: the prompts' share of the cost"
    )
    per_million_input: MoneyRange | None = Field(
        default=None, description="The prompts' share of all costs, per million prompt tokens"
    )
    per_million_output: MoneyRange | None = Field(
        default=None, description="The answers' share of all costs, per million generated tokens"
    )
    break_even: BreakEven | None = None


class Power(Part):
    load_w: float | None
    idle_w: float | None
    source: str | None
    lines: list[InputValue]


class Roof(Part):
    """One device's roofline."""

    name: str
    peak_tflops: float | None
    bandwidth_gbs: float | None
    ridge_flop_per_byte: float | None


class RooflinePoint(Part):
    name: str
    device: str
    flop_per_byte: float
    tflops: float
    sentence: str


class Roofline(Part):
    roofs: list[Roof]
    points: list[RooflinePoint]


class CurvePoint(Part):
    """One x of a curve; speeds per user unless named total."""

    x: float
    fits: bool | None
    decode_tps: Interval
    decode_total_tps: float | None = None
    ttft_s: float | None = None
    memory_gib: float | None = None


class Curve(Part):
    axis: Literal["context_tokens", "concurrency"]
    points: list[CurvePoint]
    sentence: str


class Step(Part):
    """One step of the calculation, in order."""

    name: str
    label: str
    formula: str
    value: float | str | None
    unit: str | None
    note: str | None = None


class EvidenceRun(Part):
    """One published run. Speeds are those of one request, in tokens per second."""

    row_id: str
    slug: str
    hardware: str
    model: str
    quantization: str
    engine: str
    engine_version: str | None
    observed_on: str | None
    source: str | None
    concurrency: float | None
    prompt_tokens: float | None
    context_depth: float | None = Field(
        description="Tokens in the cache when the first token of the answer was written"
    )
    prefill_tps: float | None
    decode_tps: float | None
    ttft_ms: float | None
    differs: list[str] = Field(
        description="What is different from the question; empty where nothing is"
    )


class Evidence(Part):
    """Measured runs of this very combination or, where there are none, the nearest."""

    basis: Literal["measured", "nearest", "none"] = "none"
    sentence: str = ""
    found: int = Field(default=0, description="Runs of the very combination")
    own: str = Field(default="", description="What your own measurement did to the speed")
    runs: list[EvidenceRun] = Field(default_factory=list, description="At most five")


class Assessment(Part):
    """The answer to one BuildSpec."""

    title: str
    spec: BuildSpec = Field(description="The question with canonical slugs, as asked")
    resolved: dict[str, str | int | float | None] = Field(
        description="Values the server filled in: engine, use case tokens, placement, ..."
    )
    query: str = Field(description="The same question as the configurator's query string")
    estimator_version: str
    calibration_version: str
    catalogue_revision: str
    buildable: bool | None = Field(description="False where a check found a problem")
    fit: Fit
    speed: Speed
    evidence: Evidence = Field(
        default_factory=Evidence, description="Measured runs this speed can be held against"
    )
    verdicts: list[Verdict]
    limits: VerdictLimits
    checks: list[Check]
    cost: Cost
    power: Power
    roofline: Roofline
    curves: list[Curve]
    inputs: list[InputValue]
    trace: list[Step]

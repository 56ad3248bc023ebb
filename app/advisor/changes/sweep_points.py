"""The shape of a sweep: one build along one axis."""

from decimal import Decimal
from typing import Literal, get_args

from pydantic import Field

from app.builds.assessment import Interval, MoneyRange, Part
from app.estimator.verdicts import WorkflowClass

Axis = Literal[
    "context_tokens",
    "concurrency",
    "gpu_count",
    "offloaded_layers",
    "quantization",
    "price",
    "electricity",
]
AXES: tuple[Axis, ...] = get_args(Axis)


class SweepPoint(Part):
    """One value of the axis and what the assessment says there."""

    value: int | Decimal | str = Field(
        description="Tokens, requests, cards or layers; an amount as a decimal string; a slug"
    )
    label: str = Field(description="The value as people write it")
    asked: bool = Field(description="The value the question had")
    query: str = Field(description="The changed question, as the configurator's query string")
    reason: str | None = Field(description="Why there is no answer here, or what stands in the way")
    fits: bool | None
    buildable: bool | None = Field(description="False where a check found a problem")
    placement_label: str | None
    decode_tps: Interval = Field(description="Per user")
    decode_total_tps: Interval
    ttft_s: Interval
    memory_gib: float | None = Field(description="Needed for weights, cache and engine")
    workflow_class: WorkflowClass = Field(description="Of the asked use case")
    purchase: MoneyRange
    purchase_complete: bool = Field(description="False where the sum is a lower bound")
    cost_over_years: MoneyRange
    per_million_tokens: MoneyRange


class Sweep(Part):
    """One build along one axis."""

    axis: Axis
    title: str = Field(description="The build as asked")
    unit: str | None
    currency: str
    years: int
    sentence: str = Field(description="The answer in one sentence, written from the points")
    notes: list[str] = Field(description="What the points assume beside the question")
    points: list[SweepPoint]

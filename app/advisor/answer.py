"""Recommendations: what the advisor answers. Figures of a build are those of its assessment."""

from decimal import Decimal

from pydantic import Field

from app.advisor.question import AdvisorSpec
from app.builds.assessment import Basis, Interval, MoneyRange, Part, Verdict
from app.builds.spec import BuildSpec
from app.estimator.verdicts import WorkflowClass


class DemandAnswer(Part):
    """From people to requests."""

    people: int
    requests_per_hour: float = Field(description="Of all people together, in the busiest hour")
    sentence: str = Field(description="The formula with its numbers")


class Recommended(Part):
    """One build of the list."""

    rank: int
    title: str = Field(description="What the build is known by: its cards, system or CPU")
    machine: str = Field(description="Everything that is bought, in one line")
    model: str
    quantization: str
    engine: str
    placement: str
    active_requests: int = Field(description="Requests at the same time, by Little's law")
    people_served: int | None = Field(
        description="People whose busiest hour it serves with every use case keeping its class"
    )
    workflow_class: WorkflowClass = Field(description="The worst over the use cases asked for")
    decode_tps: Interval = Field(description="Per user, of the main use case")
    ttft_s: Interval
    purchase: MoneyRange
    stale_prices: list[str] = Field(description="What is bought at a price older than the setting")
    load_w: float | None
    basis: Basis
    spare_gib: float | None
    verdicts: list[Verdict]
    why: str
    risks: list[str]
    query: str = Field(description="The build as the configurator's query string")
    spec: BuildSpec


class FrontPoint(Part):
    """A build that no other one beats in both price and worth."""

    title: str
    model: str
    quantization: str
    cost: Decimal
    decode_tps: float | None = Field(description="Per user, of the main use case")
    people_served: int | None
    listed: int | None = Field(description="Its rank in the list, if it is there")
    query: str


class NearMiss(Part):
    """A build that is cheaper than the best, and why it will not do."""

    title: str
    cost: Decimal
    sentence: str
    query: str


class Relaxation(Part):
    """One limit that, given up alone, brings an answer."""

    change: str = Field(description="What to give up, in words")
    sentence: str = Field(description="What that buys")
    cost: Decimal | None
    question: AdvisorSpec
    query: str = Field(description="The changed question as the advisor's query string")


class Sensitivity(Part):
    """How far the answer hangs on what is not sure."""

    prices_up: str = Field(description="If all prices rise by 20 %")
    prices_down: str = Field(description="If all prices fall by 20 %")
    low_end: str = Field(description="If the slow end of the interval is true")


class Searched(Part):
    """How much was looked at."""

    orderable: int = Field(description="Builds one could order, with everything that can run")
    assessed: int = Field(description="Builds worked out; all others are beaten by one of these")
    held: int = Field(description="Of those, builds that hold their model")
    served: int = Field(description="Of those, builds that do what is asked")
    complete: bool = Field(default=True, description="False where the search was stopped")
    seconds: float


class Recommendations(Part):
    """The answer to one AdvisorSpec."""

    question: AdvisorSpec = Field(description="The question with canonical slugs")
    query: str = Field(description="The same question as the advisor's query string")
    catalogue_revision: str
    calibration_version: str
    sentence: str = Field(description="The answer in one sentence")
    demand: DemandAnswer
    builds: list[Recommended]
    cost_against_speed: list[FrontPoint]
    cost_against_people: list[FrontPoint]
    near_misses: list[NearMiss]
    relaxations: list[Relaxation] = Field(
        description="Where nothing will do: each limit that brings an answer if given up, "
        "cheapest first"
    )
    sensitivity: Sensitivity | None
    searched: Searched

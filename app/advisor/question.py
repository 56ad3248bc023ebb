"""AdvisorSpec: who needs what, and within which limits. The advisor's one question.

Only shape and bounds are checked here; whether a name exists is for `needs.py`.
"""

from decimal import Decimal
from typing import Annotated, Literal, get_args

from pydantic import Field, field_validator

from app.builds.spec import Condition, Currency, GpuSlot, MachineSpec, Slug, SpecPart, plain_amount

Goal = Literal["cheapest", "fastest", "most-users", "best-model"]
GOALS: tuple[Goal, ...] = get_args(Goal)
#: The workflow class every use case has to reach; "any" asks only that it runs.
Service = Literal["interactive", "background", "off-line", "any"]
SERVICES: tuple[Service, ...] = get_args(Service)
FormFactor = Literal[
    "self-build",
    "desktop",
    "mini-pc",
    "laptop",
    "workstation",
    "gpu-server",
    "rack-server",
    "soc-board",
    "cluster",
]
FORM_FACTORS: tuple[FormFactor, ...] = get_args(FormFactor)
Vendor = Literal["NVIDIA", "AMD", "Intel", "Apple", "none"]
VENDORS: tuple[Vendor, ...] = get_args(Vendor)


class UseShare(SpecPart):
    """One use case and its share of all requests."""

    use_case: Slug
    share: float = Field(default=1, gt=0, le=1000, description="Relative; the sum need not be 1")


class DemandSpec(SpecPart):
    """How many people ask how often, and for what."""

    people: int = Field(default=1, ge=1, le=100_000)
    requests_per_hour: float = Field(
        default=6,
        ge=0.001,
        le=3600,
        description="Of one person in the busiest hour",
    )
    active_requests: int | None = Field(
        default=None,
        ge=1,
        le=256,
        description="Requests at the same time, where you know the number; else worked out from "
        "people and the time a build takes for a request",
    )
    mix: tuple[UseShare, ...] = Field(
        default=(UseShare(use_case="uc2"),), min_length=1, max_length=8
    )


class ModelChoice(SpecPart):
    """What may run, and what has to fit as well."""

    models: tuple[Slug, ...] = Field(
        default=(), max_length=50, description="Any of these will do; empty: any model there is"
    )
    must_run: tuple[Slug, ...] = Field(
        default=(),
        max_length=8,
        description="Models the machine has to hold as well, one at a time, however fast",
    )
    size_min_b: float | None = Field(
        default=None,
        gt=0,
        le=100_000,
        description="Smallest size that is good enough, 10^9 parameters; of a mixture the "
        "geometric mean of total and active parameters counts",
    )
    released_since: str | None = Field(
        default=None, pattern=r"^20[0-9]{2}(-[0-9]{2}(-[0-9]{2})?)?$", description="2025-06"
    )
    quantizations: tuple[Slug, ...] = Field(
        default=(), max_length=50, description="Any of these; empty: any of enough bits"
    )
    bits_min: float = Field(
        default=4, ge=1, le=32, description="Fewest bits of a weight, where no format is named"
    )
    engines: tuple[Slug, ...] = Field(
        default=(), max_length=30, description="Any of these; empty: the usual ones"
    )
    kv_dtype: Slug = "f16"
    context_tokens: int = Field(default=8192, ge=16, le=10_000_000)


class Limits(SpecPart):
    """What a build must not exceed, and what kind of machine it may be."""

    budget: Decimal | None = Field(
        default=None, ge=0, le=Decimal(10**9), description="For the purchase, in `currency`"
    )
    currency: Currency = "EUR"
    condition: Condition = "new"
    watts_max: float | None = Field(
        default=None, gt=0, le=1e6, description="At the wall under load"
    )
    gpu_vendors: tuple[Vendor, ...] = Field(
        default=(), max_length=5, description="Empty: any; none: machines without a GPU"
    )
    form_factors: tuple[FormFactor, ...] = Field(default=(), max_length=9)
    ram_gib_min: float = Field(
        default=32, ge=0, le=100_000, description="Main memory of a self-built machine"
    )
    open_frame: bool = Field(
        default=False, description="Cards may cover more slots than a large case has"
    )

    _amount = field_validator("budget", mode="before")(plain_amount)


class Owned(SpecPart):
    """What is there already: it costs nothing."""

    machine: MachineSpec | None = Field(
        default=None, description="The box we own: nothing is bought, only models are searched"
    )
    gpus: tuple[GpuSlot, ...] = Field(
        default=(), max_length=4, description="Cards we have: builds may use them at price zero"
    )


class AdvisorSpec(SpecPart):
    """The whole question. ``AdvisorSpec()`` is valid: the cheapest machine for one person."""

    goal: Goal = "cheapest"
    service: Service = Field(
        default="interactive", description="Class every use case of the mix has to reach"
    )
    demand: DemandSpec = Field(default_factory=DemandSpec)
    models: ModelChoice = Field(default_factory=ModelChoice)
    limits: Limits = Field(default_factory=Limits)
    owned: Owned = Field(default_factory=Owned)
    top: Annotated[int, Field(ge=1, le=50, description="Builds listed")] = 10

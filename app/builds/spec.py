"""BuildSpec: what is bought, what runs on it, for whom, and at what prices.

One shape for all four ways in: JSON, query string, share link, command line. Only shape and bounds
are checked here; whether a slug exists and parts go together is for `parts.py` and `checks/`.
"""

from decimal import Decimal
from typing import Annotated, Literal, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError, PydanticKnownError

from app.estimator.workload import Placement

#: Kinds of GPU one machine can mix; links and forms have as many slots.
GPU_SLOTS = 4


def plain_amount(value: object) -> object:
    """An amount of money as it is given; a text may be short and ASCII, as `Decimal` reads any."""
    if isinstance(value, str) and not (len(value) <= 40 and value.isascii()):
        raise PydanticCustomError("decimal_parsing", "Use a plain number.")
    return value


Slug = Annotated[
    str,
    Field(
        min_length=1,
        max_length=160,
        pattern=r"^[^\x00-\x1f<>]+$",
        examples=["slug-of-the-catalogue"],
    ),
]

AskedPlacement = Literal["auto", Placement]
Currency = Literal["EUR", "USD", "GBP", "CHF"]
Condition = Literal["new", "used", "any"]

OverrideKey = Literal[
    "cpu.cores",
    "cpu.threads",
    "cpu.all_core_ghz",
    "cpu.bandwidth_gbs",
    "memory.size_gib",
    "memory.mts",
    "memory.channels",
    "gpu.memory_gib",
    "gpu.bandwidth_gbs",
    "gpu.compute_tflops",
    "gpu.tdp_w",
    "gpu.power_cap_w",
    "model.weights_gib",
]
OVERRIDE_KEYS: tuple[str, ...] = get_args(OverrideKey)
PLACEMENTS: tuple[str, ...] = get_args(AskedPlacement)
CURRENCIES: tuple[str, ...] = get_args(Currency)
CONDITIONS: tuple[str, ...] = get_args(Condition)


def no_truth(value: object) -> object:
    """Anything but true and false, which would be read as 1 and 0."""
    if isinstance(value, bool):
        raise PydanticKnownError("float_type")
    return value


def _types_in(annotation: object) -> frozenset[object]:
    """The plain types an annotation is made of: those of ``Slug | None`` are str and None's."""
    inside = get_args(annotation)
    if not inside:
        return frozenset({annotation} if isinstance(annotation, type) else ())
    return frozenset().union(*map(_types_in, inside))


PositiveFigure = Annotated[
    float, Field(gt=0, le=1e9, allow_inf_nan=False), BeforeValidator(no_truth)
]


class SpecPart(BaseModel):
    """Every part refuses fields it does not know and never changes after it was read."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _no_truth_for_a_number(cls, value: object, info: ValidationInfo) -> object:
        if isinstance(value, bool) and info.field_name is not None:
            types = _types_in(cls.model_fields[info.field_name].annotation)
            if bool not in types and not types.isdisjoint({int, float, Decimal}):
                return no_truth(value)
        return value


class MemorySpec(SpecPart):
    """Modules really plugged in, all sockets together."""

    module: Slug
    count: int = Field(ge=1, le=256)


class GpuSlot(SpecPart):
    """Cards of one kind."""

    gpu: Slug
    count: int = Field(default=1, ge=1, le=128)


class MachineSpec(SpecPart):
    """A complete system by name, or parts. With a system, parts named here replace the system's."""

    system: Slug | None = None
    cpu: Slug | None = None
    sockets: int | None = Field(default=None, ge=1, le=8)
    memory: MemorySpec | None = None
    gpus: tuple[GpuSlot, ...] = Field(default=(), max_length=GPU_SLOTS)
    nodes: int | None = Field(default=None, ge=1, le=64)
    link: Slug | None = None
    overrides: dict[OverrideKey, PositiveFigure] = Field(default_factory=dict)


class DeploymentSpec(SpecPart):
    """Which model runs, in which format, under which engine."""

    model: Slug = "qwen2.5-14b-instruct"
    quantization: Slug = "q4_k_m"
    kv_dtype: Slug = "f16"
    engine: Slug | None = Field(default=None, description="None: the usual engine of the hardware")
    context_tokens: int = Field(default=8192, ge=16, le=10_000_000)
    placement: AskedPlacement = "auto"
    gpu_layers: int | None = Field(
        default=None, ge=0, le=1000, description="Layers on the GPUs (-ngl); None: as many as fit"
    )
    cpu_expert_layers: int | None = Field(
        default=None,
        ge=0,
        le=1000,
        description="Layers whose experts stay in RAM (--n-cpu-moe); None: as few as must",
    )
    ubatch_tokens: int | None = Field(
        default=None,
        ge=1,
        le=1_000_000,
        description="Prompt tokens per pass (-ub, chunk size); None: the engine's default",
    )
    flash_attention: bool | None = Field(
        default=None, description="None: on where the engine's build uses it unasked"
    )
    engine_date: str | None = Field(
        default=None,
        pattern=r"^20[0-9]{2}(-[0-9]{2}(-[0-9]{2})?)?$",
        description="How old the engine's build is, 2025-06 or 2025-06-30; None: today's",
    )


class WorkloadSpec(SpecPart):
    """What one request looks like and how many run at once."""

    use_case: Slug = "uc2"
    prompt_tokens: int | None = Field(
        default=None, ge=1, le=10_000_000, description="None: the use case's"
    )
    generated_tokens: int | None = Field(default=None, ge=1, le=1_000_000)
    cached_tokens: int = Field(
        default=0,
        ge=0,
        le=10_000_000,
        description="Tokens of the conversation that are in the KV cache already",
    )
    concurrency: int = Field(default=1, ge=1, le=10_000)
    together: float = Field(
        default=0,
        ge=0,
        le=1,
        description="Share of the requests that come at the same moment; 0: one by one, as people",
    )
    measured_decode_tps: PositiveFigure | None = Field(
        default=None,
        description="Tokens a second of one request, as you measured this build at this workload",
    )
    measured_prefill_tps: PositiveFigure | None = Field(
        default=None,
        description="Prompt tokens a second of one request, as you measured this build",
    )


class EconomicsSpec(SpecPart):
    """How the money is counted."""

    currency: Currency = "EUR"
    years: int = Field(default=3, ge=1, le=10)
    hours_per_day: float = Field(default=8, ge=0, le=24, description="Hours under load, every day")
    electricity_per_kwh: Decimal | None = Field(
        default=None, ge=0, le=10, description="In `currency`; None: EU average, dated"
    )
    condition: Condition = Field(default="new", description="Which prices of parts count")
    owned_gpus: int = Field(
        default=0, ge=0, le=512, description="GPUs of the build you have already: they cost nothing"
    )
    quoted_price: Decimal | None = Field(
        default=None,
        ge=0,
        le=Decimal(10**9),
        description="A quote for the whole machine, in `currency`",
    )
    requests_per_hour: float | None = Field(
        default=None,
        ge=0,
        le=1e9,
        description="Demand in the hours under load, all users together; None: works flat out",
    )
    electricity_country: Slug | None = Field(
        default=None,
        description="Whose electricity price counts, such as germany-household; None: EU average",
    )
    cooling_factor: float = Field(
        default=0, ge=0, le=2, description="kWh for cooling the room per kWh the machine uses"
    )
    shipping: Decimal | None = Field(
        default=None, ge=0, le=Decimal(10**9), description="Once, in `currency`; None: not counted"
    )
    spares_share: float = Field(
        default=0, ge=0, le=1, description="Spare parts bought at once, as a share of the purchase"
    )
    depreciation_per_year: float = Field(
        default=1,
        ge=0,
        le=1,
        description="Share of its value the machine loses every year; 1: nothing is got back",
    )
    admin_hours_per_month: float = Field(default=0, ge=0, le=1000, description="Work to look after")
    admin_rate_per_hour: Decimal | None = Field(
        default=None,
        ge=0,
        le=Decimal(10**6),
        description="What an hour of that work costs, in `currency`; needed where hours are given",
    )

    _amounts = field_validator(
        "electricity_per_kwh", "quoted_price", "shipping", "admin_rate_per_hour", mode="before"
    )(plain_amount)


class BuildSpec(SpecPart):
    """The whole question. ``BuildSpec()`` is valid: it asks about no hardware at all."""

    machine: MachineSpec = Field(default_factory=MachineSpec)
    deployment: DeploymentSpec = Field(default_factory=DeploymentSpec)
    workload: WorkloadSpec = Field(default_factory=WorkloadSpec)
    economics: EconomicsSpec = Field(default_factory=EconomicsSpec)

"""Settings: everything an operator may change, read from the environment once at start.

docs/operations.md describes each; a test holds the two together.
"""

import os
from ipaddress import ip_network
from typing import Annotated, Any, Final, Literal

from pydantic import AliasChoices, Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

PREFIX: Final = "RIGWISE_"

Names = Annotated[str, NoDecode]
PositiveFigure = Annotated[float, Field(gt=0, le=1e9, allow_inf_nan=False)]


class SettingsError(Exception):
    """The environment holds a setting that cannot be used; the message says which and why."""


class Settings(BaseSettings):
    """Read from environment variables: the field's name in capitals behind ``RIGWISE_``.

    ``HOST``, ``PORT`` and ``DATABASE_URL`` have no prefix, as hosting platforms set them.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    host: str = Field(
        default="127.0.0.1",
        validation_alias=AliasChoices("host", "HOST"),
        description="Address to listen on; 0.0.0.0 for every network the machine is in.",
    )
    port: int = Field(
        default=8000,
        ge=0,
        le=65535,
        validation_alias=AliasChoices("port", "PORT"),
        description="TCP port to listen on; 0 for any free one.",
    )
    database_url: str = Field(
        default="sqlite:///rigwise.db",
        min_length=1,
        validation_alias=AliasChoices("database_url", "DATABASE_URL"),
        description="Where the data is kept: sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME.",
    )
    allowed_hosts: Names = Field(
        default="*",
        min_length=1,
        description="Host names the service answers to, separated by commas; * for any.",
    )
    trusted_proxies: Names = Field(
        default="127.0.0.1",
        description="Addresses whose X-Forwarded headers are believed, separated by commas.",
    )
    hsts_seconds: int = Field(
        default=0,
        ge=0,
        le=63_072_000,
        description="How long browsers are to come over HTTPS only, once they came over it; 0: no.",
    )
    body_limit_bytes: int = Field(
        default=64_000, ge=1_000, le=10_000_000, description="Largest request body accepted."
    )
    config_limit_bytes: int = Field(
        default=256_000, ge=1_000, le=10_000_000, description="Largest config.json accepted."
    )
    gguf_limit_bytes: int = Field(
        default=32_000_000,
        ge=1_000_000,
        le=256_000_000,
        description="Largest head of a GGUF file accepted.",
    )
    shares_per_hour: int = Field(
        default=120,
        ge=1,
        le=1_000_000,
        description=(
            "Share links and imports one address may create in an hour, for each server process."
        ),
    )
    requests_at_once: int = Field(
        default=32,
        ge=1,
        le=1000,
        description="Requests worked on at the same time, for each server process.",
    )
    requests_waiting: int = Field(
        default=64,
        ge=0,
        le=10_000,
        description="Requests that may wait for that, at most two seconds; more get 503.",
    )
    kept_mib: float = Field(
        default=8,
        ge=0,
        le=4096,
        allow_inf_nan=False,
        description=(
            "Memory for pages and lists that are sent again until the catalogue changes, MiB, for "
            "each server process; 0: none are kept."
        ),
    )
    api_per_minute: int = Field(
        default=6000,
        ge=0,
        le=10_000_000,
        description=(
            "REST requests one address may make in a minute, for each server process; 0: any."
        ),
    )
    search_seconds: float = Field(
        default=120,
        ge=1,
        le=3600,
        allow_inf_nan=False,
        description="An advisor's search ends after this many seconds, with what it has found.",
    )
    metrics_from: Names = Field(
        default="127.0.0.1,::1",
        description=(
            "Addresses and networks that may read /metrics, separated by commas; * for any, "
            "empty for none."
        ),
    )
    session_hours: float = Field(
        default=12,
        gt=0,
        le=720,
        allow_inf_nan=False,
        description="Hours until an editor has to sign in again.",
    )
    prepare_advisor: bool = Field(
        default=True,
        description="Make the advisor's tables when the service starts, not at the first search.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least important log lines written."
    )
    interactive_ttft_s: PositiveFigure = Field(
        default=3, description="Interactive: the first token comes in less than this many seconds."
    )
    interactive_decode_tps: PositiveFigure = Field(
        default=10, description="Interactive: each user gets more than this many tokens a second."
    )
    background_total_s: PositiveFigure = Field(
        default=300, description="Background: the whole answer takes at most this many seconds."
    )
    offline_total_s: PositiveFigure = Field(
        default=14_400, description="Off-line: the whole answer takes at most this many seconds."
    )
    mark_ttft_s: PositiveFigure = Field(
        default=10, description="Purchase mark: the first token comes within this many seconds."
    )
    mark_decode_tps: PositiveFigure = Field(
        default=10, description="Purchase mark: each user gets at least this many tokens a second."
    )

    @field_validator("metrics_from")
    @classmethod
    def _are_networks(cls, names: str) -> str:
        for name in _listed(names) - {"*"}:
            ip_network(name, strict=False)  # raises ValueError, with a sentence that names it
        return names

    @property
    def metrics_readers(self) -> frozenset[str]:
        """``metrics_from`` one by one."""
        return _listed(self.metrics_from)

    @property
    def hosts(self) -> frozenset[str]:
        """``allowed_hosts`` one by one, in lower case."""
        return _listed(self.allowed_hosts.lower())


def _listed(names: str) -> frozenset[str]:
    return frozenset(name.strip() for name in names.split(",") if name.strip())


def variable_of(field: str) -> str:
    """The environment variable of a setting."""
    alias = Settings.model_fields[field].validation_alias
    return field.upper() if isinstance(alias, AliasChoices) else f"{PREFIX}{field.upper()}"


def read_settings(**given: Any) -> Settings:
    """Settings from the environment; ``given`` ones come first.

    Raises:
        SettingsError: a variable is unknown, of the wrong type or out of bounds.
    """
    known = {variable_of(field) for field in Settings.model_fields}
    unknown = sorted(n for n in os.environ if n.startswith(PREFIX) and n not in known)
    if unknown:
        raise SettingsError(f"There is no setting called {unknown[0]}.")
    try:
        return Settings(**given)
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0]).lower()
        name = variable_of(field) if field in Settings.model_fields else field
        raise SettingsError(f"{name}: {first['msg']}.") from error

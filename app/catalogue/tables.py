"""The catalogue's tables: the facts, one class a kind, with an id and a tie to the source.

A row's ``source`` is a foreign key to ``sources.citation``: nothing can be stored whose origin is
not on the list of sources.
"""

from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import JSON, DateTime, UniqueConstraint
from sqlmodel import Field, SQLModel

from app.catalogue import facts


class SourceRow(SQLModel, table=True):
    """A place figures come from, as it is cited."""

    __tablename__ = "sources"

    id: int | None = Field(default=None, primary_key=True)
    citation: str = Field(index=True, unique=True)


class Row(SQLModel):
    """What every stored fact has besides the facts themselves."""

    id: int | None = Field(default=None, primary_key=True)
    slug: str = Field(index=True, unique=True, max_length=160)
    source: str = Field(foreign_key="sources.citation", index=True)


class CpuRow(Row, facts.CpuFacts, table=True):
    """A stored CPU."""

    __tablename__ = "cpus"


class GpuRow(Row, facts.GpuFacts, table=True):
    """A stored GPU."""

    __tablename__ = "gpus"


class MemoryModuleRow(Row, facts.MemoryModuleFacts, table=True):
    """A stored memory module."""

    __tablename__ = "memory_modules"


class PlatformRow(Row, facts.PlatformFacts, table=True):
    """A stored platform."""

    __tablename__ = "platforms"


class SystemRow(Row, facts.SystemFacts, table=True):
    """A stored complete machine."""

    __tablename__ = "systems"


class InterconnectRow(Row, facts.InterconnectFacts, table=True):
    """A stored interconnect."""

    __tablename__ = "interconnects"


class ModelRow(Row, facts.ModelFacts, table=True):
    """A stored language model."""

    __tablename__ = "models"


class QuantizationRow(Row, facts.QuantizationFacts, table=True):
    """A stored number format."""

    __tablename__ = "quantizations"


class EngineRow(Row, facts.EngineFacts, table=True):
    """A stored inference engine."""

    __tablename__ = "engines"


class UseCaseRow(Row, facts.UseCaseFacts, table=True):
    """A stored request profile."""

    __tablename__ = "use_cases"


class PriceRow(Row, facts.PriceFacts, table=True):
    """A stored price observation."""

    __tablename__ = "prices"


class ExchangeRateRow(Row, facts.ExchangeRateFacts, table=True):
    """A stored exchange rate."""

    __tablename__ = "exchange_rates"


class MeasurementRow(Row, facts.MeasurementFacts, table=True):
    """A stored measurement."""

    __tablename__ = "measurements"


class AliasRow(SQLModel, table=True):
    """Another spelling of a catalogued name; without a slug where nothing catalogued is meant."""

    __tablename__ = "aliases"
    __table_args__ = (UniqueConstraint("kind", "alias", name="uq_aliases_kind_alias"),)

    id: int | None = Field(default=None, primary_key=True)
    kind: str = Field(index=True)
    alias: str
    slug: str | None = None
    note: str | None = None
    source: str = Field(foreign_key="sources.citation", index=True)


class RevisionRow(SQLModel, table=True):
    """One state the catalogue has been in; the newest row is the present one."""

    __tablename__ = "catalogue_revisions"

    id: int | None = Field(default=None, primary_key=True)
    revision: str = Field(index=True, description="What answers and share links quote")
    seed_hash: str = Field(description="Hash of the seed files this state grew from")
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    reason: str
    digests: dict[str, str] | None = Field(
        default=None,
        sa_type=JSON,
        description="Kind to the digest of its entries; none where a release kept none",
    )


TABLES: Final[MappingProxyType[str, Any]] = MappingProxyType(
    {
        "engines": EngineRow,
        "quantizations": QuantizationRow,
        "platforms": PlatformRow,
        "cpus": CpuRow,
        "gpus": GpuRow,
        "memory-modules": MemoryModuleRow,
        "interconnects": InterconnectRow,
        "systems": SystemRow,
        "models": ModelRow,
        "use-cases": UseCaseRow,
        "prices": PriceRow,
        "exchange-rates": ExchangeRateRow,
        "measurements": MeasurementRow,
    }
)
"""The table of each kind."""

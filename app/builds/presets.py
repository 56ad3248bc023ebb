"""The source document's nine configurations as questions, beside what the document says."""

from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from app.builds.spec import BuildSpec

PRESETS_FILE = Path(__file__).resolve().parents[2] / "seed" / "presets.json"

StatedMark = Literal["yes", "no", "maybe"]


class Stated(BaseModel):
    """The document's own figures; None where it gives none."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    bandwidth_gbs: float | None
    model_size: str = Field(description="As the document spells it, e.g. '10 GB' or 'max 96 GB'")
    prefill_tps: float | None
    decode_tps: float | None
    uncertain: bool = Field(default=False, description="The document puts a question mark there")
    marks: dict[str, StatedMark] = Field(description="Purchase marks by use case")
    engine: str | None


class Preset(BaseModel):
    """One configuration of the document."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    row: int
    name: str
    spec: BuildSpec
    stated: Stated
    note: str | None = Field(default=None, description="What we chose or know better")


@lru_cache(maxsize=1)
def load_presets() -> tuple[Preset, ...]:
    """All nine, in the document's order."""
    return TypeAdapter(tuple[Preset, ...]).validate_json(PRESETS_FILE.read_bytes())

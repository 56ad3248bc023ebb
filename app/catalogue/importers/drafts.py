"""What somebody brought, read and checked, before and after it is kept: one class a kind.

A draft holds the facts of one catalogue row, each within bounds, and where each came from. It is
what a preview shows, what REST answers with, and what is stored, so that all three are the same.
"""

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.catalogue.facts import CpuFacts, Fact, GpuFacts, ModelFacts
from app.catalogue.seed_files import frozen

PREFIX: Final = "import."
"""Imported things are named by this and their slug wherever a catalogue slug may stand."""
YOUR_FIGURE: Final = "Your figure"

Kind = Literal["model", "gpu", "cpu"]
KIND_OF: Final[dict[Kind, str]] = {"model": "models", "gpu": "gpus", "cpu": "cpus"}

Text = Annotated[str, Field(min_length=1, max_length=120, pattern=r"^[^\x00-\x1f\x7f<>]+$")]
Sentence = Annotated[str, Field(max_length=400, pattern=r"^[^\x00-\x1f\x7f<>]*$")]
Count = Annotated[int, Field(ge=0, le=10**9)]
Positive = Annotated[int, Field(ge=1, le=10**9)]
Billions = Annotated[float, Field(gt=0, le=1e5)]
Bytes = Annotated[float, Field(ge=0, le=1e15)]
Figure = Annotated[float, Field(gt=0, le=1e9)]

_FrozenModel: Final[Any] = frozen(ModelFacts)
_FrozenGpu: Final[Any] = frozen(GpuFacts)
_FrozenCpu: Final[Any] = frozen(CpuFacts)


class Draft(BaseModel):
    """What every kind of import has."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    name: Text
    vendor: Text | None = None
    source: Sentence = Field(default="", description="Where the facts come from")
    sources: dict[Annotated[str, Field(max_length=60)], Sentence] = Field(
        default_factory=dict, max_length=80, description="Source of a single figure, by its field"
    )
    notes: tuple[Sentence, ...] = Field(default=(), max_length=24)

    def given(self) -> dict[str, Any]:
        """The facts themselves, as a catalogue row takes them."""
        aside = {"sources", "notes", "source", *self.beside}
        found = {k: v for k, v in self if k not in aside and v is not None}
        known = {k: v for k, v in self.sources.items() if k in type(self).model_fields and v}
        return {
            **found,
            "source": self.source or "Imported",
            "cell_sources": known,
            "notes": " ".join(self.notes) or None,
        }

    @property
    def beside(self) -> tuple[str, ...]:
        """Fields that are no facts of the catalogue."""
        return ()

    def row(self, slug: str) -> Fact:
        """The catalogue row this is, named ``slug``."""
        raise NotImplementedError


class ModelDraft(Draft):
    """A language model."""

    params_total_b: Billions | None = None
    params_active_b: Billions | None = None
    active_read_per_token_b: Billions | None = None
    architecture: Literal["dense", "moe"] | None = None
    attention: Literal["mha", "gqa", "mqa", "mla", "sliding", "hybrid-linear"] | None = None
    n_layers: Positive | None = None
    n_full_attention_layers: Count | None = None
    n_linear_layers: Count | None = None
    hidden_size: Positive | None = None
    n_heads: Positive | None = None
    n_kv_heads: Positive | None = None
    head_dim: Positive | None = None
    intermediate_size: Positive | None = None
    vocab_size: Positive | None = None
    tied_embeddings: bool | None = None
    n_experts: Count | None = None
    n_experts_per_token: Count | None = None
    n_shared_experts: Count | None = None
    moe_intermediate_size: Count | None = None
    first_k_dense_layers: Count | None = None
    kv_lora_rank: Count | None = None
    qk_rope_head_dim: Count | None = None
    sliding_window: Positive | None = None
    context_max_tokens: Positive | None = None
    native_dtype: Text | None = None
    kv_bytes_per_token_f16: Bytes | None = None
    kv_fixed_bytes_per_seq: Bytes | None = None
    params_published_b: Billions | None = Field(
        default=None, description="The count its maker publishes, to check the computed one with"
    )
    weights_bytes: Bytes | None = Field(default=None, description="Of the file's tensors, exactly")
    weights_format: Text | None = Field(default=None, description="Catalogue slug of the format")
    bits_per_weight: Annotated[float, Field(gt=0, le=64)] | None = None
    tensor_types: dict[Annotated[str, Field(max_length=20)], Bytes] = Field(
        default_factory=dict, max_length=64, description="Bytes of the file by type of tensor"
    )

    @property
    def beside(self) -> tuple[str, ...]:
        """What only a file knows."""
        return ("weights_bytes", "weights_format", "bits_per_weight", "tensor_types")

    def row(self, slug: str) -> ModelFacts:
        """The model as the catalogue would have it."""
        facts = _FrozenModel(slug=slug, **self.given(), count_check=check_of(self).words or None)
        assert isinstance(facts, ModelFacts)  # noqa: S101  # `frozen` cannot say so
        return facts


class GpuDraft(Draft):
    """A graphics card or accelerator."""

    vendor: Text = Field(description="NVIDIA, AMD, Intel, Apple ... : decides which engines run")
    architecture: Text | None = Field(
        default=None, description="Ada Lovelace, RDNA 3 ... : decides whose measured runs count"
    )
    segment: Literal["consumer", "workstation", "datacentre"] | None = None
    memory_gib: Figure | None = None
    memory_type: Text | None = Field(default=None, description="GDDR6X, HBM3, LPDDR5X ...")
    bandwidth_gbs: Figure | None = None
    fp32_tflops: Figure | None = None
    fp16_tflops_dense: Figure | None = None
    fp8_tflops_dense: Figure | None = None
    int8_tops_dense: Figure | None = None
    pcie_gen: Annotated[float, Field(ge=1, le=10)] | None = None
    pcie_lanes: Annotated[int, Field(ge=1, le=64)] | None = None
    nvlink_gbs: Figure | None = None
    tdp_w: Figure | None = None
    slot_width: Annotated[float, Field(gt=0, le=10)] | None = None
    form_factor: Literal["pcie", "sxm", "oam"] = "pcie"

    def row(self, slug: str) -> GpuFacts:
        """The card as the catalogue would have it."""
        facts = _FrozenGpu(slug=slug, **self.given())
        assert isinstance(facts, GpuFacts)  # noqa: S101  # `frozen` cannot say so
        return facts


class CpuDraft(Draft):
    """A CPU."""

    vendor: Text
    segment: Literal["server", "workstation", "desktop"] | None = None
    microarchitecture: Text | None = None
    cores: Positive | None = None
    threads: Positive | None = None
    base_ghz: Annotated[float, Field(gt=0, le=20)] | None = None
    all_core_ghz: Annotated[float, Field(gt=0, le=20)] | None = None
    boost_ghz: Annotated[float, Field(gt=0, le=20)] | None = None
    ccds: Annotated[int, Field(ge=1, le=64)] | None = None
    fclk_ghz: Annotated[float, Field(gt=0, le=10)] | None = None
    ccd_read_bytes_per_clk: Annotated[float, Field(gt=0, le=1024)] | None = None
    memory_types: tuple[Text, ...] = Field(default=(), max_length=8)
    memory_channels: Annotated[int, Field(ge=1, le=64)] | None = None
    memory_mts_max: Figure | None = None
    memory_gib_max: Figure | None = None
    sockets_max: Annotated[int, Field(ge=1, le=8)] | None = None
    pcie_gen: Annotated[float, Field(ge=1, le=10)] | None = None
    pcie_lanes: Annotated[int, Field(ge=1, le=512)] | None = None
    tdp_w: Figure | None = None
    isa: tuple[Text, ...] = Field(default=(), max_length=16)

    def row(self, slug: str) -> CpuFacts:
        """The CPU as the catalogue would have it."""
        facts = _FrozenCpu(slug=slug, **self.given())
        assert isinstance(facts, CpuFacts)  # noqa: S101  # `frozen` cannot say so
        return facts


DRAFTS: Final[dict[Kind, type[Draft]]] = {"model": ModelDraft, "gpu": GpuDraft, "cpu": CpuDraft}

AGREES_WITHIN_PERCENT: Final = 1.0


class CountCheck(BaseModel):
    """The computed count of parameters beside the published one."""

    computed_b: float | None = None
    published_b: float | None = None
    difference_percent: float | None = None
    agrees: bool | None = Field(default=None, description="Within 1 %; null where one is unknown")
    words: str = ""


def check_of(draft: ModelDraft) -> CountCheck:
    """Compare what the dimensions imply with what the maker publishes."""
    computed, published = draft.params_total_b, draft.params_published_b
    if computed is None or published is None:
        return CountCheck(computed_b=computed, published_b=published)
    difference = (computed / published - 1) * 100
    agrees = abs(difference) <= AGREES_WITHIN_PERCENT
    shown = f"{difference:+.2f} %".replace("-", "\u2212")
    words = "agrees with the published count" if agrees else "differs from the published count"
    return CountCheck(
        computed_b=computed,
        published_b=published,
        difference_percent=round(difference, 4),
        agrees=agrees,
        words=f"{shown}: {words}",
    )

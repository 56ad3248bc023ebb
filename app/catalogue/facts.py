"""What the catalogue knows about each kind of thing: one class a kind, one field a fact.

These classes are the single definition of every fact's name, type and unit. `tables.py` stores
them, `snapshot.py` serves them frozen, the REST API answers with them. A fact nobody could source
is ``None`` and stays ``None``: nothing here has a made-up default.

Every row carries ``source`` (where the row comes from) and ``cell_sources`` (where one cell comes
from, when it differs from the row's source or was derived: ``{"launch_price_usd": "..."}``).

Memory sizes that vendors print as "GB" (VRAM, DIMMs, unified memory) are powers of two and are
therefore named ``_gib``. Bandwidths are decimal (``_gbs`` = 10^9 bytes a second).
"""

from datetime import date
from decimal import Decimal
from typing import Literal

from sqlalchemy import JSON, String
from sqlmodel import Field, SQLModel

from app.catalogue.columns import Money


class Fact(SQLModel):
    """Identity and provenance that every catalogue row has."""

    slug: str = Field(index=True, max_length=160)
    name: str = Field(max_length=240)
    source: str = Field(description="Where this row comes from")
    cell_sources: dict[str, str] = Field(
        default_factory=dict,
        sa_type=JSON,
        description="Source of a single cell where it differs from the row's source",
    )
    notes: str | None = None


class CpuFacts(Fact):
    """A CPU or the CPU side of a system on chip."""

    vendor: str
    family: str | None = None
    codename: str | None = None
    microarchitecture: str | None = None
    segment: str | None = Field(
        default=None, description="server, workstation, desktop, mobile-soc, apple"
    )
    socket: str | None = None
    platform_slug: str | None = Field(
        default=None, description="Platform this CPU fits, if one is catalogued"
    )
    launch_date: str | None = Field(
        default=None, description="As precise as the source: year, quarter, month or day"
    )
    cores: int | None = None
    threads: int | None = None
    base_ghz: float | None = None
    boost_ghz: float | None = None
    all_core_ghz: float | None = None
    ccds: int | None = Field(
        default=None, description="Core chiplets, each with its own link to memory"
    )
    fclk_ghz: float | None = Field(
        default=None, description="Fabric clock between chiplets and memory"
    )
    ccd_read_bytes_per_clk: float | None = None
    l2_mb: float | None = None
    l3_mb: float | None = None
    memory_types: list[str] = Field(
        default_factory=list,
        sa_type=JSON,
        description=(
            "Module types it takes: ddr4-udimm, ddr4-rdimm, ddr5-udimm, "
            "ddr5-rdimm, ddr5-mrdimm, ddr5-sodimm, ... or lpddr5x-soldered"
        ),
    )
    memory_channels: int | None = Field(default=None, description="64-bit channels of one socket")
    memory_mts_max: float | None = None
    memory_gib_max: float | None = None
    sockets_max: int | None = None
    pcie_gen: float | None = None
    pcie_lanes: int | None = Field(default=None, description="Usable lanes of one socket")
    tdp_w: float | None = None
    isa: list[str] = Field(
        default_factory=list,
        sa_type=JSON,
        description="avx2, avx-512, vnni, bf16, amx, neon, sve2, ...",
    )
    fp16_or_bf16_tflops_dense: float | None = None
    igpu: str | None = None
    launch_price_usd: Decimal | None = Field(default=None, sa_type=Money)
    status: str | None = Field(
        default=None,
        description="current, superseded, used-market, announced, discontinued, cloud-only",
    )


class GpuFacts(Fact):
    """A graphics card, accelerator, or the GPU side of a system on chip."""

    vendor: str
    architecture: str | None = None
    segment: str | None = Field(
        default=None, description="consumer, workstation, datacentre, apple, soc"
    )
    launch_date: str | None = None
    memory_gib: float | None = Field(
        default=None, description="Own memory; for a unified part the largest it is sold with"
    )
    memory_type: str | None = None
    memory_bus_bits: int | None = None
    bandwidth_gbs: float | None = None
    unified_memory: bool = Field(default=False, description="Shares one memory with the CPU")
    fp32_tflops: float | None = None
    fp16_tflops_dense: float | None = Field(
        default=None, description="Matrix rate with FP32 accumulation, dense"
    )
    bf16_tflops_dense: float | None = None
    fp8_tflops_dense: float | None = None
    fp4_tflops_dense: float | None = None
    int8_tops_dense: float | None = None
    pcie_gen: float | None = None
    pcie_lanes: int | None = None
    nvlink_gbs: float | None = Field(
        default=None, description="Both directions together, as vendors quote it"
    )
    l2_mb: float | None = None
    tdp_w: float | None = None
    slot_width: float | None = Field(default=None, description="PCIe slots one card covers")
    form_factor: str | None = Field(
        default=None, description="pcie, sxm, oam, mobile, superchip, soc"
    )
    psu_recommended_w: float | None = None
    launch_price_usd: Decimal | None = Field(default=None, sa_type=Money)
    status: str | None = Field(default=None, description="current, used, discontinued, announced")


class MemoryModuleFacts(Fact):
    """One memory module (DIMM); prices of it are rows of their own."""

    memory_type: str = Field(
        description=(
            "ddr4-udimm, ddr4-rdimm, ddr4-sodimm, ddr5-udimm, ddr5-rdimm, "
            "ddr5-mrdimm, ddr5-sodimm, lpddr5x-soldered"
        ),
    )
    ecc: bool | None = None
    size_gib: float | None = None
    mts: float | None = None
    ranks: int | None = None


class PlatformFacts(Fact):
    """A socket and what its boards offer."""

    socket: str
    cpu_families: str | None = None
    sockets: int = Field(default=1, description="CPU sockets on one board")
    memory_types: list[str] = Field(default_factory=list, sa_type=JSON)
    memory_channels: int | None = Field(default=None, description="Channels of one socket")
    dimm_slots_per_channel: int | None = Field(
        default=None, description="Most that common boards have"
    )
    mts_max_1dpc: float | None = Field(
        default=None, description="Fastest with one module a channel; the CPU may allow less"
    )
    mts_max_2dpc: float | None = Field(
        default=None, description="Fastest with two modules a channel"
    )
    memory_gib_max: float | None = Field(default=None, description="All sockets together")
    pcie_gen: float | None = None
    pcie_lanes: int | None = Field(
        default=None, description="Lanes usable for cards, all sockets together"
    )
    gpus_max_x16: int | None = Field(
        default=None, description="GPUs that get sixteen lanes each on ordinary boards"
    )
    gpus_max: int | None = Field(
        default=None, description="GPUs with split lanes or in a GPU server"
    )
    complete_price_low: Decimal | None = Field(default=None, sa_type=Money)
    complete_price_high: Decimal | None = Field(default=None, sa_type=Money)
    currency: str | None = None
    price_date: str | None = None
    price_source: str | None = None
    motherboard_examples: str | None = None


class SystemFacts(Fact):
    """A complete machine, or several linked ones, told through CPU, GPU and memory facts.

    Counts, memory and bandwidth are those of ONE node; ``nodes`` says how many there are.
    Power and price are those of the whole system.
    """

    vendor: str
    system_class: str | None = Field(
        default=None,
        description=(
            "mini-pc, laptop, desktop, workstation, gpu-server, rack-server, soc-board, cluster"
        ),
    )
    cpu_slug: str | None = None
    cpu_name: str | None = Field(
        default=None,
        description="As the source spells it, also where the catalogue has no such CPU",
    )
    sockets: int | None = None
    gpu_slug: str | None = None
    gpu_name: str | None = None
    gpu_count: int = 0
    nodes: int = 1
    link_slug: str | None = Field(default=None, description="Interconnect between the nodes")
    unified_memory: bool = False
    memory_gib: float | None = None
    memory_type: str | None = None
    memory_channels: int | None = Field(
        default=None, description="Populated channels, all sockets of a node together"
    )
    memory_mts: float | None = None
    memory_bandwidth_gbs: float | None = None
    gpu_usable_memory_gib: float | None = None
    storage_gb: float | None = None
    network: str | None = None
    psu_w: float | None = None
    power_max_w: float | None = None
    power_idle_w: float | None = None
    noise_db: float | None = None
    form_factor: str | None = None
    launch_date: str | None = None
    status: str | None = None


class InterconnectFacts(Fact):
    """A way for bytes to travel between devices or nodes."""

    family: str
    gbs_per_direction: float | None = None
    width: str | None = None
    realistic_fraction: float | None = None
    latency_us: float | None = None
    latency_kind: str | None = None


class ModelFacts(Fact):
    """A language model's architecture: what sets its bytes and its arithmetic."""

    hf_id: str | None = None
    vendor: str | None = None
    release_date: str | None = None
    licence: str | None = None
    params_total_b: float | None = None
    params_active_b: float | None = None
    active_read_per_token_b: float | None = Field(
        default=None,
        description="Weights a decode step reads: active, without the untied input embedding",
    )
    architecture: str | None = Field(default=None, description="dense or moe")
    attention: str | None = Field(
        default=None, description="mha, gqa, mqa, mla, sliding, hybrid-linear"
    )
    n_layers: int | None = None
    n_full_attention_layers: int | None = None
    n_linear_layers: int | None = None
    hidden_size: int | None = None
    n_heads: int | None = None
    n_kv_heads: int | None = None
    head_dim: int | None = None
    intermediate_size: int | None = None
    vocab_size: int | None = None
    tied_embeddings: bool | None = None
    n_experts: int | None = None
    n_experts_per_token: int | None = None
    n_shared_experts: int | None = None
    moe_intermediate_size: int | None = None
    first_k_dense_layers: int | None = None
    kv_lora_rank: int | None = None
    qk_rope_head_dim: int | None = None
    sliding_window: int | None = None
    context_max_tokens: int | None = None
    native_dtype: str | None = None
    kv_bytes_per_token_f16: float | None = None
    kv_fixed_bytes_per_seq: float | None = None
    params_published_b: float | None = None
    count_check: str | None = Field(
        default=None,
        description="Parameters computed from the dimensions against the published count",
    )


class QuantizationFacts(Fact):
    """A number format for weights or for the KV cache."""

    family: str = Field(
        description=(
            "fp16, fp8, k-quant, i-quant, gguf-legacy, mx, nv, gptq-awq, "
            "mlx-affine, exl, kv-cache, ..."
        ),
    )
    kind: str = Field(description="weights, kv, or internal (never a file type)")
    bits_per_weight: float | None = Field(default=None, description="By block layout")
    body_bits: float | None = Field(
        default=None, description="Bits a weight of the layers really takes (mixed recipes)"
    )
    head_bits: float | None = Field(
        default=None, description="Bits a weight of the output head takes"
    )
    non_expert_bits: float | None = Field(
        default=None, description="Bits of a mixture's non-expert weights"
    )
    file_bits_llama31_8b: float | None = Field(
        default=None, description="Effective bits of a Llama-3.1-8B file"
    )
    perplexity_delta_llama3_8b: float | None = None
    weight_only: bool | None = None
    engine_slugs: list[str] = Field(default_factory=list, sa_type=JSON)
    hardware: str | None = None


class EngineFacts(Fact):
    """An inference engine on one backend."""

    family: str = Field(
        description=(
            "llama.cpp, ik_llama.cpp, ollama, llamafile, mlx, vllm, "
            "sglang, tensorrt-llm, exllama, ktransformers, lmdeploy, tgi"
        ),
    )
    backend: str = Field(description="cuda, rocm, vulkan, metal, sycl, cpu")
    gpu_vendors: list[str] = Field(
        default_factory=list,
        sa_type=JSON,
        description="Vendors whose GPUs it drives; empty for CPU only",
    )
    placements: list[str] = Field(
        default_factory=list,
        sa_type=JSON,
        description=(
            "one-gpu, unified-memory, layer-split, tensor-parallel, "
            "layer-offload, expert-offload, cpu-only"
        ),
    )
    kv_slugs: list[str] = Field(
        default_factory=list, sa_type=JSON, description="KV cache formats it supports"
    )
    batching: str = Field(description="slots (fixed parallel slots) or continuous")
    ubatch_tokens: int | None = Field(
        default=None, description="Prompt tokens computed in one pass by default"
    )
    memory_overhead_gib: float | None = Field(
        default=None, description="Taken per GPU besides weights and KV"
    )
    memory_utilization: float | None = Field(
        default=None, description="Share of a GPU's memory it may take"
    )


class UseCaseFacts(Fact):
    """A request profile: how much goes in, how much comes out, how fast it should be."""

    category: str
    prompt_tokens: int | None = None
    generated_tokens: int | None = None
    statistic: str | None = None
    cached_prefix_fraction: float | None = None
    concurrency: int | None = None
    ttft_target_s: float | None = None
    tpot_target_ms: float | None = None
    total_target_s: float | None = None
    decode_tps_min: float | None = None
    description: str | None = None


class PriceFacts(Fact):
    """One price somebody saw on one day: ``slug`` names it, ``item_slug`` what it is a price of."""

    item_kind: str = Field(
        index=True,
        description=(
            "cpu, gpu, memory-module, platform, system, cloud-gpu-hour, api-mtok, electricity"
        ),
    )
    item_slug: str | None = Field(
        default=None, index=True, description="Catalogue slug, where the item is catalogued"
    )
    amount: Decimal = Field(
        sa_type=Money, description="In major units of the currency, for `quantity` of `unit`"
    )
    currency: str
    quantity: Decimal = Field(
        default=Decimal(1),
        sa_type=Money,
        description="Items the amount buys: 2 for a kit of two modules",
    )
    unit: str = Field(default="each", description="each, gib, hour, mtok, kwh")
    condition: str | None = Field(
        default=None, description="new or used; none where the source does not say"
    )
    region: str | None = None
    vat: Literal["included", "excluded"] | None = Field(
        default=None,
        sa_type=String,
        description="included or excluded; none where the source does not say",
    )
    observed_on: str | None = Field(
        default=None, description="As precise as the source; none where undated"
    )
    observed_from: date | None = Field(
        default=None, description="First day `observed_on` can mean, for ordering by age"
    )
    usable: bool = Field(
        default=True, description="False where the source is too weak to cost a purchase with"
    )
    price_kind: str | None = Field(
        default=None,
        description="retail, launch, wholesale, deal-median, list, estimate, sum-of-parts, ...",
    )
    memory_type: str | None = Field(
        default=None,
        index=True,
        description=(
            "Of memory: the module type, so that the newest price per GiB of a type can be found"
        ),
    )
    memory_gib: float | None = Field(
        default=None, description="Of memory: GiB the amount buys, all modules of a kit together"
    )
    provider: str | None = Field(default=None, description="Of cloud and API prices: who sells it")
    token_direction: str | None = Field(default=None, description="Of API prices: input or output")


class ExchangeRateFacts(Fact):
    """How much of a currency one euro bought on a day."""

    currency: str
    per_eur: Decimal = Field(sa_type=Money)
    observed_on: date


class MeasurementFacts(Fact):
    """One published measurement of one configuration, as its author stated it."""

    row_id: str
    usable: bool = True
    exclude_reason: str | None = None
    weight: float | None = None
    decode_kind: str | None = Field(default=None, description="pure or end_to_end")
    kind: str | None = None
    cpu_slug: str | None = None
    gpu_slug: str | None = None
    model_slug: str | None = None
    quantization_slug: str | None = None
    engine_slug: str | None = None
    cpu_name: str | None = None
    gpu_name: str | None = None
    model_name: str | None = None
    quantization_name: str | None = None
    engine_name: str | None = None
    engine_version: str | None = None
    sockets: int | None = None
    threads: int | None = None
    memory_channels: int | None = None
    memory_type: str | None = None
    memory_mts: float | None = None
    memory_gib: float | None = None
    gpu_count: int | None = None
    parallelism: str | None = None
    offload_note: str | None = None
    flash_attention: str | None = None
    weights_gib: float | None = None
    kv_dtype: str | None = None
    concurrency: float | None = None
    prompt_tokens: float | None = None
    generated_tokens: float | None = None
    context_depth: float | None = None
    prefill_tps: float | None = None
    decode_tps: float | None = Field(default=None, description="Total over all concurrent requests")
    decode_tps_per_user: float | None = None
    ttft_ms: float | None = None
    power_cap_w: float | None = None
    observed_on: str | None = None

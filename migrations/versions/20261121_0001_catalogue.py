"""The catalogue: facts by kind, their sources, other spellings and revisions.

Revision: 0001
Revises:
Created: 2026-11-21 05:49:33.646997
"""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op

from app.catalogue.columns import Money

revision: str = "0001"
down_revision: str | Sequence[str] | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "catalogue_revisions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("revision", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("seed_hash", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("catalogue_revisions", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_catalogue_revisions_revision"), ["revision"], unique=False
        )

    op.create_table(
        "sources",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("citation", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("sources", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sources_citation"), ["citation"], unique=True)

    op.create_table(
        "aliases",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("alias", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("slug", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("note", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("source", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source"],
            ["sources.citation"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("kind", "alias", name="uq_aliases_kind_alias"),
    )
    with op.batch_alter_table("aliases", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_aliases_kind"), ["kind"], unique=False)
        batch_op.create_index(batch_op.f("ix_aliases_source"), ["source"], unique=False)

    op.create_table(
        "cpus",
        sa.Column("slug", sqlmodel.sql.sqltypes.AutoString(length=160), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=240), nullable=False),
        sa.Column("source", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("cell_sources", sa.JSON(), nullable=False),
        sa.Column("notes", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("vendor", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("family", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("codename", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("microarchitecture", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("segment", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("socket", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("platform_slug", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("launch_date", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("cores", sa.Integer(), nullable=True),
        sa.Column("threads", sa.Integer(), nullable=True),
        sa.Column("base_ghz", sa.Float(), nullable=True),
        sa.Column("boost_ghz", sa.Float(), nullable=True),
        sa.Column("all_core_ghz", sa.Float(), nullable=True),
        sa.Column("ccds", sa.Integer(), nullable=True),
        sa.Column("fclk_ghz", sa.Float(), nullable=True),
        sa.Column("ccd_read_bytes_per_clk", sa.Float(), nullable=True),
        sa.Column("l2_mb", sa.Float(), nullable=True),
        sa.Column("l3_mb", sa.Float(), nullable=True),
        sa.Column("memory_types", sa.JSON(), nullable=False),
        sa.Column("memory_channels", sa.Integer(), nullable=True),
        sa.Column("memory_mts_max", sa.Float(), nullable=True),
        sa.Column("memory_gib_max", sa.Float(), nullable=True),
        sa.Column("sockets_max", sa.Integer(), nullable=True),
        sa.Column("pcie_gen", sa.Float(), nullable=True),
        sa.Column("pcie_lanes", sa.Integer(), nullable=True),
        sa.Column("tdp_w", sa.Float(), nullable=True),
        sa.Column("isa", sa.JSON(), nullable=False),
        sa.Column("fp16_or_bf16_tflops_dense", sa.Float(), nullable=True),
        sa.Column("igpu", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("launch_price_usd", Money(), nullable=True),
        sa.Column("status", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source"],
            ["sources.citation"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("cpus", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_cpus_slug"), ["slug"], unique=True)
        batch_op.create_index(batch_op.f("ix_cpus_source"), ["source"], unique=False)

    op.create_table(
        "engines",
        sa.Column("slug", sqlmodel.sql.sqltypes.AutoString(length=160), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=240), nullable=False),
        sa.Column("source", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("cell_sources", sa.JSON(), nullable=False),
        sa.Column("notes", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("family", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("backend", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("gpu_vendors", sa.JSON(), nullable=False),
        sa.Column("placements", sa.JSON(), nullable=False),
        sa.Column("kv_slugs", sa.JSON(), nullable=False),
        sa.Column("batching", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("ubatch_tokens", sa.Integer(), nullable=True),
        sa.Column("memory_overhead_gib", sa.Float(), nullable=True),
        sa.Column("memory_utilization", sa.Float(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source"],
            ["sources.citation"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("engines", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_engines_slug"), ["slug"], unique=True)
        batch_op.create_index(batch_op.f("ix_engines_source"), ["source"], unique=False)

    op.create_table(
        "exchange_rates",
        sa.Column("slug", sqlmodel.sql.sqltypes.AutoString(length=160), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=240), nullable=False),
        sa.Column("source", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("cell_sources", sa.JSON(), nullable=False),
        sa.Column("notes", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("currency", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("per_eur", Money(), nullable=False),
        sa.Column("observed_on", sa.Date(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source"],
            ["sources.citation"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("exchange_rates", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_exchange_rates_slug"), ["slug"], unique=True)
        batch_op.create_index(batch_op.f("ix_exchange_rates_source"), ["source"], unique=False)

    op.create_table(
        "gpus",
        sa.Column("slug", sqlmodel.sql.sqltypes.AutoString(length=160), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=240), nullable=False),
        sa.Column("source", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("cell_sources", sa.JSON(), nullable=False),
        sa.Column("notes", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("vendor", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("architecture", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("segment", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("launch_date", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("memory_gib", sa.Float(), nullable=True),
        sa.Column("memory_type", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("memory_bus_bits", sa.Integer(), nullable=True),
        sa.Column("bandwidth_gbs", sa.Float(), nullable=True),
        sa.Column("unified_memory", sa.Boolean(), nullable=False),
        sa.Column("fp32_tflops", sa.Float(), nullable=True),
        sa.Column("fp16_tflops_dense", sa.Float(), nullable=True),
        sa.Column("bf16_tflops_dense", sa.Float(), nullable=True),
        sa.Column("fp8_tflops_dense", sa.Float(), nullable=True),
        sa.Column("fp4_tflops_dense", sa.Float(), nullable=True),
        sa.Column("int8_tops_dense", sa.Float(), nullable=True),
        sa.Column("pcie_gen", sa.Float(), nullable=True),
        sa.Column("pcie_lanes", sa.Integer(), nullable=True),
        sa.Column("nvlink_gbs", sa.Float(), nullable=True),
        sa.Column("l2_mb", sa.Float(), nullable=True),
        sa.Column("tdp_w", sa.Float(), nullable=True),
        sa.Column("slot_width", sa.Float(), nullable=True),
        sa.Column("form_factor", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("psu_recommended_w", sa.Float(), nullable=True),
        sa.Column("launch_price_usd", Money(), nullable=True),
        sa.Column("status", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source"],
            ["sources.citation"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("gpus", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_gpus_slug"), ["slug"], unique=True)
        batch_op.create_index(batch_op.f("ix_gpus_source"), ["source"], unique=False)

    op.create_table(
        "interconnects",
        sa.Column("slug", sqlmodel.sql.sqltypes.AutoString(length=160), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=240), nullable=False),
        sa.Column("source", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("cell_sources", sa.JSON(), nullable=False),
        sa.Column("notes", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("family", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("gbs_per_direction", sa.Float(), nullable=True),
        sa.Column("width", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("realistic_fraction", sa.Float(), nullable=True),
        sa.Column("latency_us", sa.Float(), nullable=True),
        sa.Column("latency_kind", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source"],
            ["sources.citation"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("interconnects", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_interconnects_slug"), ["slug"], unique=True)
        batch_op.create_index(batch_op.f("ix_interconnects_source"), ["source"], unique=False)

    op.create_table(
        "measurements",
        sa.Column("slug", sqlmodel.sql.sqltypes.AutoString(length=160), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=240), nullable=False),
        sa.Column("source", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("cell_sources", sa.JSON(), nullable=False),
        sa.Column("notes", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("row_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("usable", sa.Boolean(), nullable=False),
        sa.Column("exclude_reason", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("weight", sa.Float(), nullable=True),
        sa.Column("decode_kind", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("cpu_slug", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("gpu_slug", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("model_slug", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("quantization_slug", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("engine_slug", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("cpu_name", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("gpu_name", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("model_name", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("quantization_name", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("engine_name", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("engine_version", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("sockets", sa.Integer(), nullable=True),
        sa.Column("threads", sa.Integer(), nullable=True),
        sa.Column("memory_channels", sa.Integer(), nullable=True),
        sa.Column("memory_type", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("memory_mts", sa.Float(), nullable=True),
        sa.Column("memory_gib", sa.Float(), nullable=True),
        sa.Column("gpu_count", sa.Integer(), nullable=True),
        sa.Column("parallelism", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("offload_note", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("flash_attention", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("weights_gib", sa.Float(), nullable=True),
        sa.Column("kv_dtype", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("concurrency", sa.Float(), nullable=True),
        sa.Column("prompt_tokens", sa.Float(), nullable=True),
        sa.Column("generated_tokens", sa.Float(), nullable=True),
        sa.Column("context_depth", sa.Float(), nullable=True),
        sa.Column("prefill_tps", sa.Float(), nullable=True),
        sa.Column("decode_tps", sa.Float(), nullable=True),
        sa.Column("decode_tps_per_user", sa.Float(), nullable=True),
        sa.Column("ttft_ms", sa.Float(), nullable=True),
        sa.Column("power_cap_w", sa.Float(), nullable=True),
        sa.Column("observed_on", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source"],
            ["sources.citation"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("measurements", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_measurements_slug"), ["slug"], unique=True)
        batch_op.create_index(batch_op.f("ix_measurements_source"), ["source"], unique=False)

    op.create_table(
        "memory_modules",
        sa.Column("slug", sqlmodel.sql.sqltypes.AutoString(length=160), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=240), nullable=False),
        sa.Column("source", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("cell_sources", sa.JSON(), nullable=False),
        sa.Column("notes", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("memory_type", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("ecc", sa.Boolean(), nullable=True),
        sa.Column("size_gib", sa.Float(), nullable=True),
        sa.Column("mts", sa.Float(), nullable=True),
        sa.Column("ranks", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source"],
            ["sources.citation"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("memory_modules", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_memory_modules_slug"), ["slug"], unique=True)
        batch_op.create_index(batch_op.f("ix_memory_modules_source"), ["source"], unique=False)

    op.create_table(
        "models",
        sa.Column("slug", sqlmodel.sql.sqltypes.AutoString(length=160), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=240), nullable=False),
        sa.Column("source", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("cell_sources", sa.JSON(), nullable=False),
        sa.Column("notes", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("hf_id", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("vendor", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("release_date", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("licence", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("params_total_b", sa.Float(), nullable=True),
        sa.Column("params_active_b", sa.Float(), nullable=True),
        sa.Column("active_read_per_token_b", sa.Float(), nullable=True),
        sa.Column("architecture", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("attention", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("n_layers", sa.Integer(), nullable=True),
        sa.Column("n_full_attention_layers", sa.Integer(), nullable=True),
        sa.Column("n_linear_layers", sa.Integer(), nullable=True),
        sa.Column("hidden_size", sa.Integer(), nullable=True),
        sa.Column("n_heads", sa.Integer(), nullable=True),
        sa.Column("n_kv_heads", sa.Integer(), nullable=True),
        sa.Column("head_dim", sa.Integer(), nullable=True),
        sa.Column("intermediate_size", sa.Integer(), nullable=True),
        sa.Column("vocab_size", sa.Integer(), nullable=True),
        sa.Column("tied_embeddings", sa.Boolean(), nullable=True),
        sa.Column("n_experts", sa.Integer(), nullable=True),
        sa.Column("n_experts_per_token", sa.Integer(), nullable=True),
        sa.Column("n_shared_experts", sa.Integer(), nullable=True),
        sa.Column("moe_intermediate_size", sa.Integer(), nullable=True),
        sa.Column("first_k_dense_layers", sa.Integer(), nullable=True),
        sa.Column("kv_lora_rank", sa.Integer(), nullable=True),
        sa.Column("qk_rope_head_dim", sa.Integer(), nullable=True),
        sa.Column("sliding_window", sa.Integer(), nullable=True),
        sa.Column("context_max_tokens", sa.Integer(), nullable=True),
        sa.Column("native_dtype", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("kv_bytes_per_token_f16", sa.Float(), nullable=True),
        sa.Column("kv_fixed_bytes_per_seq", sa.Float(), nullable=True),
        sa.Column("params_published_b", sa.Float(), nullable=True),
        sa.Column("count_check", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source"],
            ["sources.citation"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("models", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_models_slug"), ["slug"], unique=True)
        batch_op.create_index(batch_op.f("ix_models_source"), ["source"], unique=False)

    op.create_table(
        "platforms",
        sa.Column("slug", sqlmodel.sql.sqltypes.AutoString(length=160), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=240), nullable=False),
        sa.Column("source", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("cell_sources", sa.JSON(), nullable=False),
        sa.Column("notes", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("socket", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("cpu_families", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("sockets", sa.Integer(), nullable=False),
        sa.Column("memory_types", sa.JSON(), nullable=False),
        sa.Column("memory_channels", sa.Integer(), nullable=True),
        sa.Column("dimm_slots_per_channel", sa.Integer(), nullable=True),
        sa.Column("mts_max_1dpc", sa.Float(), nullable=True),
        sa.Column("mts_max_2dpc", sa.Float(), nullable=True),
        sa.Column("memory_gib_max", sa.Float(), nullable=True),
        sa.Column("pcie_gen", sa.Float(), nullable=True),
        sa.Column("pcie_lanes", sa.Integer(), nullable=True),
        sa.Column("gpus_max_x16", sa.Integer(), nullable=True),
        sa.Column("gpus_max", sa.Integer(), nullable=True),
        sa.Column("complete_price_low", Money(), nullable=True),
        sa.Column("complete_price_high", Money(), nullable=True),
        sa.Column("currency", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("price_date", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("price_source", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("motherboard_examples", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source"],
            ["sources.citation"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("platforms", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_platforms_slug"), ["slug"], unique=True)
        batch_op.create_index(batch_op.f("ix_platforms_source"), ["source"], unique=False)

    op.create_table(
        "prices",
        sa.Column("slug", sqlmodel.sql.sqltypes.AutoString(length=160), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=240), nullable=False),
        sa.Column("source", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("cell_sources", sa.JSON(), nullable=False),
        sa.Column("notes", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("item_kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("item_slug", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("amount", Money(), nullable=False),
        sa.Column("currency", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("quantity", Money(), nullable=False),
        sa.Column("unit", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("condition", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("region", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("observed_on", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("observed_from", sa.Date(), nullable=True),
        sa.Column("usable", sa.Boolean(), nullable=False),
        sa.Column("price_kind", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("memory_type", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("memory_gib", sa.Float(), nullable=True),
        sa.Column("provider", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("token_direction", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source"],
            ["sources.citation"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("prices", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_prices_item_kind"), ["item_kind"], unique=False)
        batch_op.create_index(batch_op.f("ix_prices_item_slug"), ["item_slug"], unique=False)
        batch_op.create_index(batch_op.f("ix_prices_memory_type"), ["memory_type"], unique=False)
        batch_op.create_index(batch_op.f("ix_prices_slug"), ["slug"], unique=True)
        batch_op.create_index(batch_op.f("ix_prices_source"), ["source"], unique=False)

    op.create_table(
        "quantizations",
        sa.Column("slug", sqlmodel.sql.sqltypes.AutoString(length=160), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=240), nullable=False),
        sa.Column("source", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("cell_sources", sa.JSON(), nullable=False),
        sa.Column("notes", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("family", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("bits_per_weight", sa.Float(), nullable=True),
        sa.Column("body_bits", sa.Float(), nullable=True),
        sa.Column("head_bits", sa.Float(), nullable=True),
        sa.Column("non_expert_bits", sa.Float(), nullable=True),
        sa.Column("file_bits_llama31_8b", sa.Float(), nullable=True),
        sa.Column("perplexity_delta_llama3_8b", sa.Float(), nullable=True),
        sa.Column("weight_only", sa.Boolean(), nullable=True),
        sa.Column("engine_slugs", sa.JSON(), nullable=False),
        sa.Column("hardware", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source"],
            ["sources.citation"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("quantizations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_quantizations_slug"), ["slug"], unique=True)
        batch_op.create_index(batch_op.f("ix_quantizations_source"), ["source"], unique=False)

    op.create_table(
        "systems",
        sa.Column("slug", sqlmodel.sql.sqltypes.AutoString(length=160), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=240), nullable=False),
        sa.Column("source", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("cell_sources", sa.JSON(), nullable=False),
        sa.Column("notes", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("vendor", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("system_class", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("cpu_slug", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("cpu_name", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("sockets", sa.Integer(), nullable=True),
        sa.Column("gpu_slug", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("gpu_name", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("gpu_count", sa.Integer(), nullable=False),
        sa.Column("nodes", sa.Integer(), nullable=False),
        sa.Column("link_slug", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("unified_memory", sa.Boolean(), nullable=False),
        sa.Column("memory_gib", sa.Float(), nullable=True),
        sa.Column("memory_type", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("memory_channels", sa.Integer(), nullable=True),
        sa.Column("memory_mts", sa.Float(), nullable=True),
        sa.Column("memory_bandwidth_gbs", sa.Float(), nullable=True),
        sa.Column("gpu_usable_memory_gib", sa.Float(), nullable=True),
        sa.Column("storage_gb", sa.Float(), nullable=True),
        sa.Column("network", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("psu_w", sa.Float(), nullable=True),
        sa.Column("power_max_w", sa.Float(), nullable=True),
        sa.Column("power_idle_w", sa.Float(), nullable=True),
        sa.Column("noise_db", sa.Float(), nullable=True),
        sa.Column("form_factor", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("launch_date", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("status", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source"],
            ["sources.citation"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("systems", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_systems_slug"), ["slug"], unique=True)
        batch_op.create_index(batch_op.f("ix_systems_source"), ["source"], unique=False)

    op.create_table(
        "use_cases",
        sa.Column("slug", sqlmodel.sql.sqltypes.AutoString(length=160), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=240), nullable=False),
        sa.Column("source", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("cell_sources", sa.JSON(), nullable=False),
        sa.Column("notes", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("category", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("prompt_tokens", sa.Integer(), nullable=True),
        sa.Column("generated_tokens", sa.Integer(), nullable=True),
        sa.Column("statistic", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("cached_prefix_fraction", sa.Float(), nullable=True),
        sa.Column("concurrency", sa.Integer(), nullable=True),
        sa.Column("ttft_target_s", sa.Float(), nullable=True),
        sa.Column("tpot_target_ms", sa.Float(), nullable=True),
        sa.Column("total_target_s", sa.Float(), nullable=True),
        sa.Column("decode_tps_min", sa.Float(), nullable=True),
        sa.Column("description", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source"],
            ["sources.citation"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("use_cases", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_use_cases_slug"), ["slug"], unique=True)
        batch_op.create_index(batch_op.f("ix_use_cases_source"), ["source"], unique=False)


def downgrade() -> None:
    """Take the change back."""
    with op.batch_alter_table("use_cases", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_use_cases_source"))
        batch_op.drop_index(batch_op.f("ix_use_cases_slug"))

    op.drop_table("use_cases")
    with op.batch_alter_table("systems", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_systems_source"))
        batch_op.drop_index(batch_op.f("ix_systems_slug"))

    op.drop_table("systems")
    with op.batch_alter_table("quantizations", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_quantizations_source"))
        batch_op.drop_index(batch_op.f("ix_quantizations_slug"))

    op.drop_table("quantizations")
    with op.batch_alter_table("prices", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_prices_source"))
        batch_op.drop_index(batch_op.f("ix_prices_slug"))
        batch_op.drop_index(batch_op.f("ix_prices_memory_type"))
        batch_op.drop_index(batch_op.f("ix_prices_item_slug"))
        batch_op.drop_index(batch_op.f("ix_prices_item_kind"))

    op.drop_table("prices")
    with op.batch_alter_table("platforms", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_platforms_source"))
        batch_op.drop_index(batch_op.f("ix_platforms_slug"))

    op.drop_table("platforms")
    with op.batch_alter_table("models", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_models_source"))
        batch_op.drop_index(batch_op.f("ix_models_slug"))

    op.drop_table("models")
    with op.batch_alter_table("memory_modules", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_memory_modules_source"))
        batch_op.drop_index(batch_op.f("ix_memory_modules_slug"))

    op.drop_table("memory_modules")
    with op.batch_alter_table("measurements", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_measurements_source"))
        batch_op.drop_index(batch_op.f("ix_measurements_slug"))

    op.drop_table("measurements")
    with op.batch_alter_table("interconnects", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_interconnects_source"))
        batch_op.drop_index(batch_op.f("ix_interconnects_slug"))

    op.drop_table("interconnects")
    with op.batch_alter_table("gpus", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_gpus_source"))
        batch_op.drop_index(batch_op.f("ix_gpus_slug"))

    op.drop_table("gpus")
    with op.batch_alter_table("exchange_rates", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_exchange_rates_source"))
        batch_op.drop_index(batch_op.f("ix_exchange_rates_slug"))

    op.drop_table("exchange_rates")
    with op.batch_alter_table("engines", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_engines_source"))
        batch_op.drop_index(batch_op.f("ix_engines_slug"))

    op.drop_table("engines")
    with op.batch_alter_table("cpus", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_cpus_source"))
        batch_op.drop_index(batch_op.f("ix_cpus_slug"))

    op.drop_table("cpus")
    with op.batch_alter_table("aliases", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_aliases_source"))
        batch_op.drop_index(batch_op.f("ix_aliases_kind"))

    op.drop_table("aliases")
    with op.batch_alter_table("sources", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sources_citation"))

    op.drop_table("sources")
    with op.batch_alter_table("catalogue_revisions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_catalogue_revisions_revision"))

    op.drop_table("catalogue_revisions")

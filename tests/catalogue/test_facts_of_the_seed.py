"""Figures that must be right: those a reader can check against the vendors' own pages."""

import math
from decimal import Decimal

import pytest

from app.catalogue.kinds import PRICED_KINDS
from app.catalogue.snapshot import Catalogue


@pytest.mark.parametrize(
    ("slug", "channels", "mts", "gbs"),
    [
        ("amd-ryzen-9-9950x", 2, 5600, 89.6),
        ("amd-ryzen-threadripper-7970x", 4, 5200, 166.4),
        ("amd-ryzen-threadripper-pro-7995wx", 8, 5200, 332.8),
        ("amd-ryzen-threadripper-9970x", 4, 6400, 204.8),
        ("amd-ryzen-threadripper-pro-9995wx", 8, 6400, 409.6),
        ("amd-epyc-8534p", 6, 4800, 230.4),
        ("amd-epyc-9554p", 12, 4800, 460.8),
    ],
)
def test_channels_and_speed_give_the_family_bandwidth(
    catalogue: Catalogue, slug: str, channels: int, mts: float, gbs: float
) -> None:
    cpu = catalogue.get("cpus", slug)
    assert cpu.memory_channels == channels
    assert cpu.memory_mts_max == mts
    assert channels * 8 * mts / 1000 == pytest.approx(gbs)


@pytest.mark.parametrize(
    ("slug", "x16", "most", "lanes"),
    [
        ("am5", 1, 2, 24),
        ("str5-trx50", 2, 4, 72),
        ("str5-wrx90", 6, 7, 128),
        ("sp5", 8, 8, 128),
        ("2x-sp5", 8, 8, 160),
    ],
)
def test_platforms_know_how_many_gpus_they_take(
    catalogue: Catalogue, slug: str, x16: int, most: int, lanes: int
) -> None:
    platform = catalogue.get("platforms", slug)
    assert (platform.gpus_max_x16, platform.gpus_max, platform.pcie_lanes) == (x16, most, lanes)


@pytest.mark.parametrize(
    ("cpu", "platform"),
    [
        ("amd-ryzen-threadripper-7970x", "str5-trx50"),
        ("amd-ryzen-threadripper-pro-7995wx", "str5-wrx90"),
        ("intel-xeon-platinum-8592", "lga4677-server"),
        ("intel-xeon-w9-3495x", "lga4677-w790-w-3400"),
        ("amd-epyc-9554p", "sp5"),
    ],
)
def test_cpu_fits_the_platform_of_its_socket_and_channels(
    catalogue: Catalogue, cpu: str, platform: str
) -> None:
    entry = catalogue.get("cpus", cpu)
    assert entry.platform_slug == platform
    assert entry.memory_channels == catalogue.get("platforms", platform).memory_channels


def test_dual_platform_has_two_sockets(catalogue: Catalogue) -> None:
    assert catalogue.get("platforms", "2x-sp5").sockets == 2
    assert catalogue.get("platforms", "sp5").sockets == 1


def test_integrated_rdna_gpus_count_dual_issue(catalogue: Catalogue) -> None:
    gpu = catalogue.get("gpus", "Radeon 8060S")
    assert gpu.fp32_tflops == 29.7
    assert "dual issue" in gpu.cell_sources["fp32_tflops"]


def test_gpu_figures_agree_with_the_vendors(catalogue: Catalogue) -> None:
    card = catalogue.get("gpus", "nvidia-rtx-pro-6000-blackwell-workstation-edition")
    assert (card.memory_gib, card.bandwidth_gbs, card.tdp_w) == (96, 1792, 600)
    ada = catalogue.get("gpus", "nvidia-geforce-rtx-4090")
    assert (ada.fp16_tflops_dense, ada.bandwidth_gbs) == (165.2, 1008)
    assert catalogue.get("gpus", "nvidia-gb10-grace-blackwell-dgx-spark").unified_memory


@pytest.mark.parametrize(
    ("slug", "cores", "channels", "mts", "fabric_gbs"),
    [
        ("amd-ryzen-9-5950x", 16, 2, 3200, 115.2),
        ("amd-ryzen-7-5700x3d", 8, 2, 3200, 57.6),
        ("amd-ryzen-threadripper-pro-3955wx", 16, 8, 3200, 102.4),
        ("amd-epyc-7763", 64, 8, 3200, 409.6),
        ("amd-epyc-7282", 16, 8, 3200, 93.9),
    ],
)
def test_zen_2_and_3_read_through_their_chiplet_links(
    catalogue: Catalogue, slug: str, cores: int, channels: int, mts: float, fabric_gbs: float
) -> None:
    cpu = catalogue.get("cpus", slug)
    assert (cpu.cores, cpu.memory_channels, cpu.memory_mts_max) == (cores, channels, mts)
    assert cpu.ccds is not None
    assert cpu.ccd_read_bytes_per_clk is not None
    assert cpu.fclk_ghz is not None
    assert cpu.ccds * cpu.ccd_read_bytes_per_clk * cpu.fclk_ghz == pytest.approx(
        fabric_gbs, abs=0.05
    )


@pytest.mark.parametrize(
    ("slug", "column", "value"),
    [
        ("nvidia-gb10-grace-blackwell-dgx-spark", "int8_tops_dense", 237.7),
        ("nvidia-jetson-agx-orin-64gb", "int8_tops_dense", 85.2),
        ("nvidia-jetson-thor-t5000-128gb", "fp4_tflops_dense", 1035),
        ("nvidia-geforce-gtx-1080-ti", "int8_tops_dense", 45.4),
        ("amd-radeon-rx-6800-xt", "fp16_tflops_dense", 41.5),
        ("apple-m5-max-40-core-gpu", "fp16_tflops_dense", 64.6),
        ("intel-arc-140v-core-ultra-7-258v", "int8_tops_dense", 64),
    ],
)
def test_a_derived_rate_says_how(
    catalogue: Catalogue, slug: str, column: str, value: float
) -> None:
    gpu = catalogue.get("gpus", slug)
    assert getattr(gpu, column) == value
    assert column in gpu.cell_sources


def test_llama_31_8b_is_exact(catalogue: Catalogue) -> None:
    model = catalogue.get("models", "llama-3.1-8b-instruct")
    assert model.params_total_b == pytest.approx(8.0303)
    assert model.active_read_per_token_b == pytest.approx(7.5049)
    assert model.kv_bytes_per_token_f16 == 131072


#: Attention and recurrence side by side in every layer, so that both are counted in all of them.
BESIDE_EACH_OTHER = {"falcon-h1-34b-instruct"}


def test_a_hybrid_never_counts_every_layer_as_full_attention(catalogue: Catalogue) -> None:
    hybrids = [m for m in catalogue.models.values() if m.attention == "hybrid-linear"]
    assert len(hybrids) >= 30
    for model in hybrids:
        full, recurrent = model.n_full_attention_layers, model.n_linear_layers
        # a split that nobody states is unknown in both
        assert (full is None) == (recurrent is None), model.slug
        if full is None or recurrent is None:
            continue
        assert model.n_layers, model.slug
        if model.slug in BESIDE_EACH_OTHER:
            assert full == recurrent == model.n_layers
        else:
            assert 0 < full < model.n_layers, model.slug
            assert 0 < recurrent <= model.n_layers - full, model.slug


def test_a_sliding_window_is_shorter_than_the_context_and_not_in_every_layer(
    catalogue: Catalogue,
) -> None:
    for model in catalogue.models.values():
        if model.attention == "sliding":
            full, window = model.n_full_attention_layers, model.sliding_window
            assert (full is None) == (window is None), model.slug
            if full is None or window is None:
                continue
            assert model.n_layers is not None, model.slug
            assert full < model.n_layers, model.slug
            assert window < (model.context_max_tokens or math.inf), model.slug
        elif model.attention in {"mha", "gqa", "mla", "hybrid-linear"}:
            assert model.sliding_window is None, model.slug


def test_only_hybrids_have_recurrent_layers(catalogue: Catalogue) -> None:
    for model in catalogue.models.values():
        if model.attention not in {None, "hybrid-linear"}:
            assert not model.n_linear_layers, model.slug


#: Caches that the dimensions of the row do not tell: (layers that cache in full, values a token,
#: layers that cache a window, values a token).
CACHES_OF_THEIR_OWN = {
    # global layers have heads of 512 and heads of their own number; the last layers reuse a cache
    "gemma-3n-e4b-it": (4, 2 * 2 * 256, 16, 2 * 2 * 256),
    "gemma-4-e2b-it": (3, 2 * 1 * 512, 12, 2 * 1 * 256),
    "gemma-4-e4b-it": (4, 2 * 2 * 512, 20, 2 * 2 * 256),
    "gemma-4-12b-it": (8, 2 * 1 * 512, 40, 2 * 8 * 256),
    "gemma-4-26b-a4b-it": (5, 2 * 2 * 512, 25, 2 * 8 * 256),
    "gemma-4-31b-it": (10, 2 * 4 * 512, 50, 2 * 16 * 256),
    # keys of 192 and values of 128; twice the KV heads where there is a window
    "mimo-v2-flash": (9, 4 * (192 + 128), 39, 8 * (192 + 128)),
    "mimo-v2.5-pro": (10, 8 * (192 + 128), 60, None),
    "inkling": (11, 2 * 8 * 128, 55, 2 * 16 * 128),
}
#: Compressed before it is kept; what the row holds stands with its source.
COMPRESSED = {"deepseek-v4-flash", "deepseek-v4-pro", "deepseek-v4.1-flash"}


def test_cache_bytes_are_those_of_the_layers_that_keep_one(catalogue: Catalogue) -> None:
    counted = 0
    for model in catalogue.models.values():
        kept = model.kv_bytes_per_token_f16
        full, layers = model.n_full_attention_layers, model.n_layers
        if kept is None or model.slug in COMPRESSED:
            continue
        assert full is not None, model.slug
        assert layers is not None, model.slug
        if model.kv_lora_rank:
            assert model.qk_rope_head_dim is not None, model.slug
            values = model.kv_lora_rank + model.qk_rope_head_dim
        else:
            assert model.n_kv_heads is not None, model.slug
            assert model.head_dim is not None, model.slug
            values = 2 * model.n_kv_heads * model.head_dim
        windowed, narrow = layers - full, float(values)
        if model.slug in CACHES_OF_THEIR_OWN:
            full, values, windowed, narrow = CACHES_OF_THEIR_OWN[model.slug]
        assert kept == 2 * full * values, model.slug
        fixed = model.kv_fixed_bytes_per_seq
        if model.attention == "sliding" and fixed is not None:
            assert fixed == 2 * windowed * narrow * model.sliding_window, model.slug
        elif model.attention == "hybrid-linear":
            assert fixed, model.slug
        elif model.attention != "sliding":
            assert fixed == 0, model.slug
        counted += 1
    assert counted > 0.9 * len(catalogue.models)


@pytest.mark.parametrize(
    ("slug", "full", "recurrent", "window", "kv_bytes"),
    [
        ("kimi-linear-48b-a3b-instruct", 7, 20, None, 8064),
        ("granite-4.0-h-small", 4, 36, None, 16384),
        ("granite-4.0-h-tiny", 4, 36, None, 8192),
        ("nvidia-nemotron-nano-9b-v2", 4, 27, None, 16384),
        ("ai21-jamba2-mini", 4, 28, None, 16384),
        ("minimax-text-01", 10, 70, None, 40960),
        ("starcoder2-15b", 0, 0, 4096, 0),
        ("e5-mistral-7b-instruct", 0, 0, 4096, 0),
        ("phi-3-mini-4k-instruct", 0, 0, 2047, 0),
        ("phi-3-mini-128k-instruct", 32, 0, None, 393216),
        ("c4ai-command-a-03-2025", 16, 0, 4096, 65536),
        ("c4ai-command-r7b-12-2024", 8, 0, 4096, 32768),
    ],
)
def test_layers_are_those_of_the_published_config(
    catalogue: Catalogue, slug: str, full: int, recurrent: int, window: int | None, kv_bytes: int
) -> None:
    model = catalogue.get("models", slug)
    assert model.n_full_attention_layers == full
    assert (model.n_linear_layers or 0) == recurrent
    assert model.sliding_window == window
    assert model.kv_bytes_per_token_f16 == kv_bytes
    assert "n_full_attention_layers" in model.cell_sources or recurrent == 0


def test_nothing_is_listed_twice_in_a_cell(catalogue: Catalogue) -> None:
    for kind in ("quantizations", "engines", "models", "gpus", "cpus", "platforms", "systems"):
        for entry in getattr(catalogue, kind).values():
            for column, value in vars(entry).items():
                if isinstance(value, list | tuple):
                    listed = [str(part) for part in value]
                    assert len(set(listed)) == len(listed), (kind, entry.slug, column)


def test_clusters_are_told_per_node(catalogue: Catalogue) -> None:
    pair = catalogue.get("systems", "nvidia-2x-dgx-spark-linked-256gb")
    assert (pair.nodes, pair.gpu_count, pair.memory_gib, pair.memory_bandwidth_gbs) == (
        2,
        1,
        128,
        273,
    )
    assert pair.link_slug == "200-gbe"


@pytest.mark.parametrize(
    ("slug", "body", "head"),
    [
        ("q4_k_m", 4.8, 6.56),
        ("q8_0", 8.5, 8.5),
        ("iq4_xs", 4.28, 6.56),
        ("f16", 16, 16),
        ("bf16", 16, 16),
        ("mxfp4", 4.25, 8.5),
        ("awq-4-bit-g128", 4.1562, 16),
        ("mlx-4-bit-g64", 4.5, 4.5),
    ],
)
def test_quantizations_know_what_layers_and_head_take(
    catalogue: Catalogue, slug: str, body: float, head: float
) -> None:
    quantization = catalogue.get("quantizations", slug)
    assert (quantization.body_bits, quantization.head_bits) == (body, head)


def test_every_weight_format_has_an_engine_and_every_engine_a_format(
    catalogue: Catalogue,
) -> None:
    weights = [entry for entry in catalogue.quantizations.values() if entry.kind == "weights"]
    assert [entry.slug for entry in weights if not entry.engine_slugs] == []
    served = {slug for entry in weights for slug in entry.engine_slugs}
    assert set(catalogue.engines) == served
    assert all(
        entry.engine_slugs == []
        for entry in catalogue.quantizations.values()
        if entry.kind == "internal"
    )


def test_engines_state_placements_cache_formats_and_overhead(catalogue: Catalogue) -> None:
    for engine in catalogue.engines.values():
        assert engine.placements, engine.slug
        assert "kv-f16" in engine.kv_slugs, engine.slug
        assert bool(engine.gpu_vendors) == (engine.backend != "cpu"), engine.slug
        assert (engine.memory_overhead_gib is not None) == bool(engine.gpu_vendors), engine.slug
    assert catalogue.get("engines", "llama.cpp-cuda").ubatch_tokens == 512
    assert catalogue.get("engines", "vllm-cuda").memory_utilization == 0.9


@pytest.mark.parametrize(
    "slug",
    [
        "udimm-ddr5-5600-48gb",
        "rdimm-ddr5-5200-64gb",
        "rdimm-ddr5-4800-32gb",
        "rdimm-ddr5-4800-64gb",
        "rdimm-ddr5-6400-128gb",
        "mrdimm-ddr5-8800-64gb",
        "rdimm-ddr4-3200-16gb",
    ],
)
def test_modules_of_the_usual_builds_exist(catalogue: Catalogue, slug: str) -> None:
    module = catalogue.get("memory-modules", slug)
    assert module.size_gib == float(slug.rsplit("-", 1)[1].removesuffix("gb"))
    assert module.ecc is ("rdimm" in slug)


def test_source_document_use_cases_are_there(catalogue: Catalogue) -> None:
    sizes = {
        slug: (case.prompt_tokens, case.generated_tokens)
        for slug in ("uc1", "uc2", "uc3", "uc4")
        for case in (catalogue.get("use-cases", slug),)
    }
    assert sizes == {
        "uc1": (1024, 16),
        "uc2": (4096, 256),
        "uc3": (1280, 3072),
        "uc4": (384, 1152),
    }


def test_prices_are_positive_and_tied_to_their_kind(catalogue: Catalogue) -> None:
    kinds = set(PRICED_KINDS) | {"electricity"}
    for price in catalogue.prices:
        assert price.item_kind in kinds, price.slug
        assert price.amount >= 0, price.slug
        assert price.quantity > 0, price.slug
        assert price.currency in {"USD", "EUR"}, price.slug
        assert (price.observed_from is None) == (price.observed_on is None), price.slug


def test_module_and_generic_memory_prices_say_how_much_memory_they_buy(
    catalogue: Catalogue,
) -> None:
    for price in catalogue.prices:
        if price.item_kind != "memory-module":
            continue
        assert price.memory_type, price.slug
        assert price.memory_gib, price.slug
        if price.item_slug is not None:
            module = catalogue.get("memory-modules", price.item_slug)
            assert module.memory_type == price.memory_type
            assert price.memory_gib == module.size_gib * float(price.quantity)  # type: ignore[operator]


def test_exchange_rates_are_of_one_day(catalogue: Catalogue) -> None:
    assert {rate.currency for rate in catalogue.exchange_rates} == {"USD", "GBP", "CHF"}
    assert len({rate.observed_on for rate in catalogue.exchange_rates}) == 1
    assert all(rate.per_eur > Decimal("0.5") for rate in catalogue.exchange_rates)


def test_excluded_measurements_say_why(catalogue: Catalogue) -> None:
    excluded = [row for row in catalogue.measurements if not row.usable]
    assert len(excluded) == 318
    assert all(row.exclude_reason for row in excluded)


def test_most_measurements_are_tied_to_catalogued_things(catalogue: Catalogue) -> None:
    rows = catalogue.measurements
    tied = [
        row
        for row in rows
        if (row.gpu_slug or row.cpu_slug) and row.model_slug and row.quantization_slug
    ]
    assert len(tied) / len(rows) > 0.85

"""Benchmark files of users: read in every format, matched by whole names, never a traceback."""

import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.accuracy.rows import questions_of
from app.accuracy.uploads import MAX_BYTES, MAX_ROWS, UploadError, read_upload
from app.accuracy.uploads.compare import compare, context_of, own_builds
from app.accuracy.uploads.devices import Devices, contradicts
from app.accuracy.uploads.matching import matched
from app.builds.assess import World
from app.builds.query import spec_from_query
from app.catalogue.facts import MeasurementFacts
from app.catalogue.snapshot import Catalogue
from tests.accuracy.samples import (
    DECODE,
    LLAMA_FIELDS,
    MARKDOWN,
    PREFILL,
    VLLM,
    llama_csv,
    llama_json,
    llama_jsonl,
    llama_row,
    vllm_json,
)

BUILD = "gpu=nvidia-geforce-rtx-4090&model=llama-3.1-8b-instruct"


def facts_of(data: bytes, catalogue: Catalogue, build: str = "") -> MeasurementFacts:
    """The one run of an upload as a measurement row."""
    (run,) = read_upload(data)
    found = matched(run, catalogue, spec_from_query(build) if build else None)
    assert isinstance(found, MeasurementFacts), found
    return found


def reason_of(data: bytes, catalogue: Catalogue, build: str = "") -> str:
    """Why the one run of an upload is not matched."""
    (run,) = read_upload(data)
    found = matched(run, catalogue, spec_from_query(build) if build else None)
    assert isinstance(found, str), found
    assert found.endswith((".", "?"))
    return found


# -- reading ----------------------------------------------------------------------------------


def test_the_machine_formats_of_llama_bench_read_alike() -> None:
    as_json = read_upload(llama_json(), "bench.json")
    assert as_json == read_upload(llama_jsonl()) == read_upload(llama_csv())
    prefill, decode = as_json
    assert (prefill.prefill_tps, prefill.decode_tps, prefill.test) == (11600.0, None, "pp512")
    assert (decode.prefill_tps, decode.decode_tps, decode.test) == (None, 141.25, "tg128")
    assert decode.stddev_tps == 0.43
    assert decode.device_text == "NVIDIA GeForce RTX 4090"
    assert decode.quantization_text == "Q4_K - Medium"
    assert (decode.engine_version, decode.date) == ("3af34b9f2 6829", "2026-06-14")
    assert (decode.n_gpu_layers, decode.n_batch, decode.n_ubatch) == (99, 2048, 512)
    assert (decode.flash_attn, decode.type_k, decode.threads) == ("on", "f16", 16)


def test_a_table_is_read_with_what_the_terminal_shows_around_it() -> None:
    runs = read_upload(MARKDOWN)
    assert [run.test for run in runs] == ["pp512", "pp512 @ d4096", "tg128", "pp512+tg128"]
    assert [run.depth for run in runs] == [0, 4096, 0, 0]
    assert runs[3].combined_tps == 650.0
    assert runs[3].prefill_tps is None
    assert runs[3].decode_tps is None
    assert {run.device_text for run in runs} == {"NVIDIA GeForce RTX 4090"}
    assert {run.engine_version for run in runs} == {"3af34b9f2 6829"}
    assert runs[0].model_n_params == pytest.approx(8.03e9)
    assert runs[0].model_size == pytest.approx(4.58 * 2**30)
    assert runs[0].stddev_tps == 105.5


def test_log_lines_above_json_are_passed_over() -> None:
    log = b"ggml_cuda_init: found 1 CUDA devices:\n  Device 0: x, y\n"
    assert read_upload(log + llama_json()) == read_upload(llama_json())


def test_a_serving_benchmark_is_read() -> None:
    (run,) = read_upload(vllm_json())
    assert (run.tool, run.engine, run.model_text) == (
        "vllm-bench",
        "vllm",
        "meta-llama/Llama-3.1-8B-Instruct",
    )
    assert (run.n_prompt, run.n_gen, run.concurrency) == (1024, 128, 16)
    assert (run.ttft_ms, run.tpot_ms, run.output_throughput) == (210.0, 17.0, 848.9)
    assert (run.date, run.test) == ("2026-06-14", "1024 → 128, 16 at once")


def test_fields_of_old_builds_are_understood() -> None:
    old = llama_row(backends=None, n_depth=None, devices=None, cuda=True, blas=True)
    (run,) = read_upload(llama_json(old | {"model_type": "llama 7B mostly Q4_0"}))
    assert (run.backend, run.depth, run.quantization_text) == ("cuda", None, "mostly Q4_0")


# -- refusing ---------------------------------------------------------------------------------

DEEP = b"[" * 100_000
BAD: dict[str, bytes] = {
    "empty": b" \n ",
    "too large": b"x" * (MAX_BYTES + 1),
    "not text": b"\xff\x00\x80",
    "utf-16": "[{}]".encode("utf-16"),
    "nul": b'[{"avg_ts": 1}]\x00',
    "prose": b"Hello, this is what I measured: 12 tok/s.",
    "html": b"<html><script>alert(1)</script></html>",
    "deep": DEEP,
    "deep object": b'{"a":' * 50_000,
    "cut off": llama_json()[:300],
    "trailing": llama_json() + b"and more",
    "nan": llama_json(llama_row(avg_ts=float("nan"))),
    "infinity": llama_json(llama_row(avg_ts=float("inf"))),
    "overflow": json.dumps(DECODE).replace("141.25", "1e999").encode(),
    "long number": json.dumps(DECODE).replace("141.25", "9" * 6000).encode(),
    "negative": llama_json(llama_row(avg_ts=-1)),
    "zero": llama_json(llama_row(avg_ts=0)),
    "absurd": llama_json(llama_row(avg_ts=1.1e7)),
    "text for a number": llama_json(llama_row(avg_ts="fast")),
    "list for a number": llama_json(llama_row(avg_ts=[1])),
    "true for a number": llama_json(llama_row(avg_ts=True)),
    "other digits": llama_json(llama_row(avg_ts="١٢")),
    "half a token": llama_json(llama_row(n_gen=0.5)),
    "no tokens": llama_json(llama_row(n_gen=0)),
    "no speed": llama_json(llama_row(avg_ts="")),
    "something else": b'[{"name": "x"}]',
    "numbers": b"[1, 2, 3]",
    "nothing": b"[]",
    "csv without columns": b"a,b,c\n1,2,3\n",
    "csv of some columns": b"build_commit,avg_ts,model\nx,1,y\n",
    "csv short line": llama_csv() + b'"a","b"\n',
    "csv open quote": llama_csv() + b'"abc',
    "csv nothing": llama_csv().splitlines()[0],
    "too many": json.dumps([DECODE] * 3)[:-1].encode()
    + b',{"avg_ts":1,"n_prompt":1}' * 2100
    + b"]",
    "vllm nothing done": vllm_json(completed=0),
    "vllm no tokens": vllm_json(total_output_tokens=None),
    "vllm absurd": vllm_json(output_throughput=1e9),
    "vllm nan": vllm_json(mean_ttft_ms=float("nan")),
}
BAD["table short row"] = MARKDOWN.replace(b"|  99 |  1 |           tg128", b"|  99 | tg128", 1)
BAD["table odd test"] = MARKDOWN.replace(b"tg128 |", b"zz128 |", 1)
BAD["table odd speed"] = MARKDOWN.replace(b"141.25", b"often", 1)
BAD["table nan"] = MARKDOWN.replace(b"141.25", b"nan", 1)
_line = MARKDOWN.decode().splitlines()[5].encode() + b"\n"
_head = b"\n".join(MARKDOWN.splitlines()[3:5]) + b"\n"
BAD["table many"] = (_head + _line * (MAX_ROWS + 1)).replace(b"  ", b"")


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_read_is_refused_in_one_sentence(name: str) -> None:
    began = time.perf_counter()
    with pytest.raises(UploadError) as refused:
        read_upload(BAD[name], "<b>\x00.json")
    assert time.perf_counter() - began < 1
    sentence = str(refused.value)
    assert sentence.endswith(".")
    assert sentence[0].isupper()
    assert len(sentence) < 250
    assert sentence.isprintable()
    assert refused.value.too_large is (name == "too large")


@pytest.mark.parametrize(
    "filler", [b"|", b",", b"[", b"{", b'"', b" ", b"\n", b"a,", b"| test | t/s |\n"]
)
def test_a_full_size_file_of_anything_is_refused_within_a_second(filler: bytes) -> None:
    data = (filler * MAX_BYTES)[:MAX_BYTES]
    for start in (b"", b"avg_ts,n_prompt,n_gen\n", b"| test | t/s |\n|", b'[{"avg_ts":"'):
        began = time.perf_counter()
        with pytest.raises(UploadError):
            read_upload((start + data)[:MAX_BYTES])
        assert time.perf_counter() - began < 1


def test_text_that_comes_out_can_be_shown_anywhere() -> None:
    hostile = "<script>alert(1)</script>\u0000\ud800\u202e" + "x" * 5000
    (run,) = read_upload(llama_json(llama_row(gpu_info=hostile, model_filename=hostile)))
    assert run.device_text is not None
    assert len(run.device_text) <= 240
    run.device_text.encode()
    assert "\u202e" not in run.device_text


def mutations(data: bytes) -> st.SearchStrategy[bytes]:
    """A sample with pieces cut out, doubled, or replaced."""
    position = st.integers(0, len(data))
    piece = st.one_of(
        st.binary(max_size=12),
        st.sampled_from(
            [b"[", b"{", b"}", b"null", b"1e400", b"-1", b'"', b"|", b"\n", b",", b"NaN"]
        ),
    )

    def mutated(edits: list[tuple[int, int, bytes]]) -> bytes:
        changed = data
        for at, length, new in edits:
            changed = changed[:at] + new + changed[at + length :]
        return changed

    edits = st.tuples(position, st.integers(0, 40), piece)
    return st.lists(edits, min_size=1, max_size=6).map(mutated)


SAMPLES = [
    llama_json(),
    llama_jsonl(),
    llama_csv(),
    MARKDOWN,
    vllm_json(),
    vllm_json(gpu="Tesla T4"),
]


@settings(max_examples=300, deadline=None)
@given(data=st.sampled_from(SAMPLES).flatmap(mutations))
def test_damaged_files_give_runs_or_a_refusal(data: bytes, world: World) -> None:
    try:
        runs = read_upload(data)
    except UploadError as refused:
        sentence = str(refused)
        runs = []
    else:
        sentence = ""
    assert bool(runs) != sentence.endswith(".")
    for found in compare(runs[:3], world.catalogue, world.calibration, spec_from_query(BUILD)):
        assert found.compared or found.reason
        assert all(one.ratio > 0 for one in found.compared)


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(),
    st.text(max_size=40),
    st.lists(st.integers(), max_size=2),
    st.sampled_from(
        ["-1", "99", "1e3", "CUDA,RPC", "0.00/1.00", "CUDA0/CUDA7", "none", "row", "q8_0"]
    ),
)


@settings(max_examples=300, deadline=None)
@given(
    changed=st.dictionaries(st.sampled_from(sorted(LLAMA_FIELDS)), VALUES, max_size=5),
    serving=st.dictionaries(st.sampled_from([*sorted(VLLM), "gpu", "tp"]), VALUES, max_size=4),
)
def test_odd_values_give_runs_or_a_refusal(
    changed: dict[str, Any], serving: dict[str, Any], world: World
) -> None:
    for row in (PREFILL | changed, VLLM | serving):
        try:
            runs = read_upload(json.dumps(row).encode())
        except UploadError:
            continue
        for found in compare(runs, world.catalogue, world.calibration, None):
            assert found.compared or found.reason


# -- devices ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("NVIDIA GeForce RTX 4090", "nvidia-geforce-rtx-4090"),
        ("NVIDIA GeForce RTX 4090 Laptop GPU", "nvidia-geforce-rtx-4090-laptop-16gb"),
        ("NVIDIA A100-SXM4-80GB", "nvidia-a100-sxm4-80gb"),
        ("NVIDIA A100 80GB PCIe", "nvidia-a100-pcie-80gb"),
        ("NVIDIA H100 80GB HBM3", "nvidia-h100-sxm5-80gb"),
        ("NVIDIA H100 PCIe", "nvidia-h100-pcie-80gb"),
        ("NVIDIA H200", "nvidia-h200-sxm-141gb"),
        ("NVIDIA RTX 6000 Ada Generation", "nvidia-rtx-6000-ada-generation"),
        ("NVIDIA GB10", "nvidia-gb10-grace-blackwell-dgx-spark"),
        ("Tesla V100-SXM2-16GB", "nvidia-tesla-v100-sxm2-16gb"),
        ("AMD Radeon RX 7900 XTX (RADV NAVI31)", "amd-radeon-rx-7900-xtx"),
        ("Intel(R) Arc(TM) B580 Graphics", "intel-arc-b580"),
        ("Radeon 8060S Graphics", "amd-radeon-8060s-ryzen-ai-max-395-strix-halo"),
        ("Apple M1", "apple-m1"),
    ],
)
def test_what_a_driver_calls_a_gpu(text: str, slug: str, catalogue: Catalogue) -> None:
    assert [gpu.slug for gpu in Devices(catalogue).gpus(text)] == [slug]


@pytest.mark.parametrize(
    "text",
    ["H100", "NVIDIA A100", "NVIDIA GeForce RTX 3060", "NVIDIA GeForce RTX 4070", "Apple M2 Ultra"],
)
def test_a_name_of_several_products_is_not_guessed(text: str, catalogue: Catalogue) -> None:
    assert len(Devices(catalogue).gpus(text)) > 1
    row = llama_row(gpu_info=text)
    assert "say which build" in reason_of(llama_json(row), catalogue)


@pytest.mark.parametrize(
    "text", ["", "AMD Radeon Graphics", "4090", "RTX", "NVIDIA GeForce RTX 409"]
)
def test_part_of_a_name_is_no_name(text: str, catalogue: Catalogue) -> None:
    assert Devices(catalogue).gpus(text) == []


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("AMD Ryzen 9 7950X 16-Core Processor", "amd-ryzen-9-7950x"),
        ("13th Gen Intel(R) Core(TM) i9-13900K", "intel-core-i9-13900k"),
        ("AMD EPYC 9554P 64-Core Processor", "amd-epyc-9554p"),
        ("Apple M2 Ultra, Accelerate", "apple-m2-ultra"),
        ("AMD RYZEN AI MAX+ 395 w/ Radeon 8060S", "amd-ryzen-ai-max-395"),
    ],
)
def test_what_a_system_calls_a_cpu(text: str, slug: str, catalogue: Catalogue) -> None:
    found = Devices(catalogue).cpu(text)
    assert found is not None
    assert found.slug == slug


def test_only_a_product_number_contradicts_a_build() -> None:
    assert contradicts("NVIDIA GeForce RTX 5060", ["GeForce RTX 4090"])
    assert not contradicts("Orin", ["Jetson AGX Orin 64GB"])
    assert not contradicts("AMD Radeon Graphics", ["Radeon 780M (Ryzen 8840/7840)"])


# -- matching ---------------------------------------------------------------------------------


def test_a_file_that_says_everything_needs_no_build(catalogue: Catalogue) -> None:
    facts = facts_of(llama_json(DECODE), catalogue)
    assert (facts.row_id, facts.source) == ("yours:1", "yours")
    assert facts.gpu_slug == "nvidia-geforce-rtx-4090"
    assert facts.model_slug == "llama-3.1-8b-instruct"
    assert facts.quantization_slug == "q4_k_m"
    assert facts.engine_slug == "llama.cpp-cuda"
    assert (facts.decode_tps, facts.prefill_tps, facts.context_depth) == (141.25, None, 0)
    (question,) = questions_of(facts, catalogue)
    assert question.spec.deployment.placement == "one-gpu"
    assert question.spec.deployment.ubatch_tokens == 512
    assert question.spec.deployment.engine_date == "2026-06-14"


@pytest.mark.parametrize(
    ("filename", "model"),
    [
        ("C:\\models\\Qwen2.5-7B-Instruct-Q8_0.gguf", "qwen2.5-7b-instruct"),
        ("/m/Qwen_Qwen3-8B-Q6_K.gguf", "qwen3-8b"),
        (
            "Qwen3-30B-A3B-Instruct-2507-UD-Q4_K_XL-00001-of-00002.gguf",
            "qwen3-30b-a3b-instruct-2507",
        ),
        ("gpt-oss-20b-mxfp4.gguf", "gpt-oss-20b"),
        ("meta-llama-3.1-8b-instruct.Q4_K_M.gguf", "llama-3.1-8b-instruct"),
    ],
)
def test_a_file_name_is_a_model(filename: str, model: str, catalogue: Catalogue) -> None:
    size = catalogue.models[model].params_total_b
    assert size is not None
    row = llama_row(model_filename=filename, model_n_params=int(size * 1e9))
    assert facts_of(llama_json(row), catalogue).model_slug == model


@pytest.mark.parametrize(
    ("file_type", "slug"),
    [
        ("Q4_K - Medium", "q4_k_m"),
        ("Q3_K - Large", "q3_k_l"),
        ("Q2_K - Medium", "q2_k"),
        ("Q6_K", "q6_k"),
        ("mostly Q4_0", "q4_0"),
        ("all F32", "f32"),
        ("IQ4_XS - 4.25 bpw", "iq4_xs"),
        ("IQ3_S mix - 3.66 bpw", "iq3_m"),
        ("MXFP4 MoE", "mxfp4"),
        ("Q4_K - Medium (guessed)", "q4_k_m"),
    ],
)
def test_file_types_are_formats(file_type: str, slug: str, catalogue: Catalogue) -> None:
    row = llama_row(model_type=f"llama 8B {file_type}")
    assert facts_of(llama_json(row), catalogue).quantization_slug == slug


def test_a_model_type_alone_asks_for_the_build(catalogue: Catalogue) -> None:
    row = llama_row(model_filename=None)
    assert "can be several models" in reason_of(llama_json(row), catalogue)
    assert facts_of(llama_json(row), catalogue, BUILD).model_slug == "llama-3.1-8b-instruct"
    other = BUILD.replace("llama-3.1-8b-instruct", "qwen2.5-14b-instruct")
    assert "the model of the build" in reason_of(llama_json(row), catalogue, other)
    same_size = BUILD.replace("llama-3.1-8b-instruct", "qwen3-8b")
    assert "the model of the build" in reason_of(llama_json(row), catalogue, same_size)


def test_a_file_named_after_another_model_is_found_out(catalogue: Catalogue) -> None:
    row = llama_row(model_n_params=70_553_706_560)
    assert "has 70.6 B parameters" in reason_of(llama_json(row), catalogue)


def test_the_build_says_which_variant_it_was(catalogue: Catalogue) -> None:
    row = llama_row(gpu_info="NVIDIA GeForce RTX 3060")
    build = "gpu=nvidia-geforce-rtx-3060-12gb&model=llama-3.1-8b-instruct"
    facts = facts_of(llama_json(row), catalogue, build)
    assert facts.gpu_slug == "nvidia-geforce-rtx-3060-12gb"
    assert "can be" in reason_of(llama_json(row), catalogue, BUILD)


def test_a_build_that_the_file_contradicts_is_not_taken(catalogue: Catalogue) -> None:
    row = llama_row(gpu_info="AMD Radeon RX 5300 XT", backends="Vulkan")
    assert "the build has GeForce RTX 4090" in reason_of(llama_json(row), catalogue, BUILD)
    unnamed = llama_row(gpu_info="")
    assert facts_of(llama_json(unnamed), catalogue, BUILD).gpu_slug == "nvidia-geforce-rtx-4090"


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"n_prompt": 512}, "timed together"),
        ({"embeddings": True}, "no text was generated"),
        ({"no_kv_offload": True}, "main memory"),
        ({"backends": "CUDA,RPC"}, "several machines"),
        ({"type_v": "q8_0"}, "f16 and q8_0"),
        ({"n_gpu_layers": 0, "n_prompt": 512, "n_gen": 0}, "-ngl 0"),
        ({"gpu_info": "NVIDIA GeForce RTX 4090, Tesla P40"}, "different GPUs"),
        ({"gpu_info": "NVIDIA L4, NVIDIA L4", "split_mode": "row"}, "by row"),
        ({"gpu_info": "NVIDIA L4, NVIDIA L4", "tensor_split": "3.00/1.00"}, "uneven split"),
        ({"tensor_buft_overrides": "blk.[0-9].ffn=CPU"}, "by hand"),
        ({"n_gpu_layers": 10, "cpu_info": "Cortex-A76"}, "CPU “Cortex-A76”"),
        ({"backends": "OpenCL"}, "no llama.cpp on OpenCL"),
        ({"model_filename": "my-own-model.gguf"}, "“my-own-model.gguf”"),
    ],
)
def test_runs_nobody_models_say_so(
    changed: dict[str, Any], words: str, catalogue: Catalogue
) -> None:
    assert words in reason_of(llama_json(llama_row(**changed)), catalogue)


@pytest.mark.parametrize(
    ("changed", "count", "parallelism"),
    [
        ({"gpu_info": "NVIDIA L4, NVIDIA L4"}, 2, "layer"),
        ({"gpu_info": "NVIDIA L4, NVIDIA L4", "split_mode": "none"}, 1, "none"),
        ({"gpu_info": "NVIDIA L4, NVIDIA L4", "devices": "CUDA1"}, 1, "none"),
        ({"gpu_info": "Tesla P40, NVIDIA L4, NVIDIA L4", "devices": "CUDA1/CUDA2"}, 2, "layer"),
        ({"gpu_info": "NVIDIA L4, AMD Radeon Graphics"}, 1, "none"),
        ({"gpu_info": "NVIDIA L4", "n_gpu_layers": 20}, 1, "layer-offload"),
        ({"gpu_info": "NVIDIA L4", "n_gpu_layers": -1}, 1, "none"),
    ],
)
def test_how_many_gpus_took_part(
    changed: dict[str, Any], count: int, parallelism: str, catalogue: Catalogue
) -> None:
    facts = facts_of(llama_json(llama_row(**changed)), catalogue)
    assert facts.gpu_slug == "nvidia-l4"
    assert (facts.gpu_count, facts.parallelism) == (count, parallelism)


def test_memory_of_a_cpu_run_is_the_builds(catalogue: Catalogue) -> None:
    row = llama_row(backends="CPU", gpu_info="")
    build = (
        "cpu=amd-ryzen-9-7950x&module=udimm-ddr5-5600-48gb&modules=1&model=llama-3.1-8b-instruct"
    )
    facts = facts_of(llama_json(row), catalogue, build)
    assert (facts.kind, facts.cpu_slug, facts.memory_channels) == ("cpu", "amd-ryzen-9-7950x", 1)
    assert facts.engine_slug == "llama.cpp-cpu"
    assert facts_of(llama_json(row), catalogue).memory_channels is None


def test_a_prompt_behind_as_many_tokens_is_not_one_from_an_empty_cache(
    catalogue: Catalogue,
) -> None:
    row = llama_row(n_prompt=512, n_gen=0, n_depth=512)
    (question,) = questions_of(facts_of(llama_json(row), catalogue), catalogue)
    assert question.spec.workload.cached_tokens == 513


def test_a_serving_benchmark_needs_hardware_from_the_build_or_metadata(
    catalogue: Catalogue,
) -> None:
    assert "names no GPU" in reason_of(vllm_json(), catalogue)
    facts = facts_of(vllm_json(), catalogue, BUILD)
    assert (facts.engine_slug, facts.quantization_slug) == ("vllm-cuda", "fp16-bf16-safetensors")
    assert (facts.decode_kind, facts.decode_tps) == ("end_to_end", 848.9)
    assert facts.decode_tps_per_user == pytest.approx(1000 / 17)
    two = vllm_json(
        gpu="NVIDIA L40S", tensor_parallel_size="2", model_id="Qwen/Qwen2.5-7B-Instruct-AWQ"
    )
    facts = facts_of(two, catalogue)
    assert (facts.gpu_slug, facts.gpu_count, facts.parallelism) == ("nvidia-l40s", 2, "tensor")
    assert (facts.model_slug, facts.quantization_slug) == ("qwen2.5-7b-instruct", "awq-4-bit-g128")
    assert "--max-concurrency" in reason_of(vllm_json(max_concurrency=None), catalogue, BUILD)


# -- comparing --------------------------------------------------------------------------------


def test_measured_stands_beside_what_any_user_would_be_told(world: World) -> None:
    found = compare(read_upload(llama_json()), world.catalogue, world.calibration)
    prefill, decode = (run.compared[0] for run in found)
    assert (prefill.quantity, decode.quantity) == ("prefill_tps", "decode_tps")
    for one in (prefill, decode):
        assert 0 < one.predicted.low < one.predicted.typical < one.predicted.high
        assert one.ratio == one.measured / one.predicted.typical
        assert one.inside is (one.predicted.low <= one.measured <= one.predicted.high)


def test_a_build_is_offered_once_with_both_its_speeds(world: World) -> None:
    found = compare(read_upload(llama_json()), world.catalogue, world.calibration)
    ((name, query),) = own_builds(found)
    assert name == "Llama 3.1 8B Q4_K_M"
    build, _, own = query.partition("&measured_")
    assert spec_from_query(build).machine.gpus[0].gpu == "nvidia-geforce-rtx-4090"
    assert sorted(f"measured_{own}".split("&")) == [
        "measured_decode=141.25",
        "measured_prefill=11600",
    ]
    assert context_of(query) == spec_from_query(build)


def test_the_users_build_stays_the_users_build(world: World) -> None:
    context = spec_from_query(f"{BUILD}&cpu=amd-ryzen-9-7950x&years=5&users=2")
    found = compare(read_upload(llama_json(DECODE)), world.catalogue, world.calibration, context)
    again = context_of(found[0].query or "")
    assert again is not None
    assert again.machine == context.machine
    assert again.economics == context.economics


def test_speeds_of_other_hardware_are_not_given_to_the_users_build(world: World) -> None:
    rows = [llama_row(gpu_info="NVIDIA L4"), llama_row(gpu_info="NVIDIA L4, NVIDIA L4")]
    context = spec_from_query("gpu=nvidia-l4&years=5&model=llama-3.1-8b-instruct")
    one, two = compare(read_upload(llama_json(*rows)), world.catalogue, world.calibration, context)
    assert "years=5" in (one.query or "")
    assert "gpu=nvidia-l4&gpus=2&model=llama-3.1-8b-instruct&engine" in (two.query or "")


def test_how_much_was_offloaded_stays_in_the_link(world: World) -> None:
    row = llama_row(n_gpu_layers=20)
    (found,) = compare(read_upload(llama_json(row)), world.catalogue, world.calibration)
    spec = context_of(found.query or "")
    assert spec is not None
    assert (spec.deployment.placement, spec.deployment.gpu_layers) == ("layer-offload", 20)


def test_a_serving_benchmark_used_the_gpus_of_its_build(catalogue: Catalogue) -> None:
    build = f"{BUILD}&gpus=2"
    assert facts_of(vllm_json(), catalogue, build).gpu_count == 2
    assert facts_of(vllm_json(gpu="NVIDIA GeForce RTX 4090"), catalogue, build).gpu_count == 2
    assert facts_of(vllm_json(tp=1), catalogue, build).gpu_count == 1
    assert "several machines" in reason_of(vllm_json(), catalogue, f"{BUILD}&nodes=2")


def test_as_many_tests_as_an_upload_holds_are_answered_in_seconds(world: World) -> None:
    kept = ("gpu_info", "backends", "model_filename", "model_type", "n_prompt", "n_gen", "avg_ts")
    rows = [{key: llama_row(n_gen=i + 1)[key] for key in kept} for i in range(MAX_ROWS)]
    began = time.perf_counter()
    found = compare(read_upload(json.dumps(rows).encode()), world.catalogue, world.calibration)
    assert time.perf_counter() - began < 10
    assert len(found) == MAX_ROWS
    assert "Only the first" in (found[-1].reason or "")

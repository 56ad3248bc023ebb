"""Imports over REST: read, kept, named in a build; refusals as problem documents."""

import json
from typing import Any

import pytest

from app.catalogue.imports import ImportStore
from app.settings import Settings
from tests.catalogue.configs import PUBLISHED
from tests.catalogue.gguf_files import llama_head
from tests.client import Client

CONFIG = "/api/v1/imports/hugging-face-config"
GGUF = "/api/v1/imports/gguf-header"
KEEP = "/api/v1/imports"
LLAMA = PUBLISHED["llama 3.1 8B"].config
CARD = {
    "name": "RTX 4090 48GB",
    "vendor": "NVIDIA",
    "architecture": "Ada Lovelace",
    "memory_gib": 48,
    "memory_type": "GDDR6X",
    "bandwidth_gbs": 1008,
    "fp32_tflops": 82.6,
    "fp16_tflops_dense": 165.2,
    "int8_tops_dense": 660.6,
    "tdp_w": 450,
    "pcie_gen": 4,
    "pcie_lanes": 16,
    "segment": "consumer",
    "source": "A shop's page",
}
CPU = {
    "name": "EPYC of ours",
    "vendor": "AMD",
    "cores": 64,
    "all_core_ghz": 3.1,
    "isa": ["avx2", "avx-512"],
    "memory_channels": 12,
    "memory_mts_max": 4800,
    "memory_types": ["ddr5-rdimm"],
    "segment": "server",
}


def send(client: Client, url: str, data: Any, kind: str = "application/json", **more: str) -> Any:
    """POST a file as it is."""
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    return client.post(url, content=raw, headers={"Content-Type": kind, **more})


def estimate(client: Client, **spec: Any) -> Any:
    return client.post("/api/v1/estimates", json=spec)


def kept(client: Client, kind: str, facts: dict[str, Any]) -> Any:
    answer = client.post(KEEP, json={"kind": kind, "facts": facts})
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_a_config_is_read_and_checked(client: Client) -> None:
    answer = send(client, f"{CONFIG}?name=Ours&params_published_b=8.03", LLAMA)
    assert answer.status_code == 200
    found = answer.json()
    assert found["kind"] == "model"
    assert found["facts"]["name"] == "Ours"
    assert found["facts"]["params_total_b"] == pytest.approx(8.0303, rel=1e-4)
    assert found["facts"]["kv_bytes_per_token_f16"] == 131072
    assert found["check"]["agrees"] is True
    assert (found["missing"], found["layers"]) == ([], {"full": 32})


def test_what_a_config_leaves_open_is_named_and_taken_from_the_query(client: Client) -> None:
    config = {k: v for k, v in LLAMA.items() if k != "vocab_size"}
    first = send(client, CONFIG, config).json()
    assert first["missing"] == [{"key": "vocab_size", "label": "Vocabulary"}]
    assert first["facts"]["params_total_b"] is None
    second = send(client, f"{CONFIG}?vocab_size=128256", config).json()
    assert second["missing"] == []
    assert second["facts"]["params_total_b"] == pytest.approx(8.0303, rel=1e-4)


def test_a_form_with_the_file_does_as_well(client: Client) -> None:
    files = {"file": ("config.json", json.dumps(LLAMA).encode(), "application/json")}
    assert client.post(CONFIG, files=files).json() == send(client, CONFIG, LLAMA).json()


def test_a_header_is_read(client: Client) -> None:
    answer = send(client, GGUF, llama_head(), "application/octet-stream")
    assert answer.status_code == 200
    found = answer.json()
    assert (found["version"], found["tensors"], found["parts"]) == (3, 21, None)
    assert found["facts"]["weights_format"] == "q4_k_m"
    assert found["facts"]["tensor_types"].keys() == {"Q6_K", "Q4_K", "F32"}


def test_a_header_cut_short_says_how_much_is_needed(client: Client) -> None:
    answer = send(client, GGUF, llama_head()[:500], "application/octet-stream")
    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert int(answer.headers["X-Bytes-Needed"]) > 500
    assert answer.headers["X-Bytes-Needed"] in answer.json()["detail"].replace(",", "")


@pytest.mark.parametrize("name", ["llama 3.1 8B", "qwen 3 30B-A3B", "deepseek v2 lite"])
def test_an_imported_model_is_estimated_as_the_catalogues(client: Client, name: str) -> None:
    model = PUBLISHED[name]
    read = send(client, CONFIG, model.config).json()
    named = kept(client, "model", read["facts"])
    assert named["name"] == f"import.{named['slug']}"
    assert named["unknown"] == []
    machine = {"gpus": [{"gpu": "nvidia-rtx-pro-6000-blackwell-workstation-edition"}]}
    ours = estimate(client, machine=machine, deployment={"model": named["name"]}).json()
    theirs = estimate(client, machine=machine, deployment={"model": model.slug}).json()
    for speed in ("decode_tps", "ttft_s"):
        assert ours["speed"][speed] == pytest.approx(theirs["speed"][speed], rel=1e-3)
    assert ours["fit"]["spare_gib"] == pytest.approx(theirs["fit"]["spare_gib"], abs=0.05)
    assert ours["spec"]["deployment"]["model"] == named["name"]
    (said,) = [i for i in ours["inputs"] if i["field"] == "model.params_total_b"]
    assert said["origin"] == "user"


def test_an_imported_card_is_estimated_as_the_catalogues(client: Client) -> None:
    named = kept(client, "gpu", CARD)
    ours = estimate(client, machine={"gpus": [{"gpu": named["name"]}]}).json()
    theirs = estimate(client, machine={"gpus": [{"gpu": "nvidia-geforce-rtx-4090"}]}).json()
    assert ours["title"].startswith("RTX 4090 48GB")
    assert ours["speed"]["basis"] == "calibrated"
    ratio = ours["speed"]["decode_tps"]["typical"] / theirs["speed"]["decode_tps"]["typical"]
    assert ratio == pytest.approx(1, rel=0.2)
    assert ours["fit"]["spare_gib"] > theirs["fit"]["spare_gib"] + 20
    bandwidth = next(i for i in ours["inputs"] if i["field"] == "gpu.0.bandwidth_gbs")
    assert (bandwidth["origin"], bandwidth["source"]) == ("user", "A shop's page")


def test_an_imported_cpu_is_estimated(client: Client) -> None:
    named = kept(client, "cpu", CPU)
    memory = {"module": "rdimm-ddr5-4800-32gb", "count": 12}
    answer = estimate(client, machine={"cpu": named["name"], "memory": memory})
    assert answer.json()["speed"]["decode_tps"]["typical"] > 1


def test_an_import_with_little_in_it_says_what_is_unknown(client: Client) -> None:
    named = kept(client, "gpu", {"name": "A card", "vendor": "ACME"})
    assert named["unknown"] == [
        "memory",
        "bandwidth",
        "FP32 rate",
        "architecture",
        "type of memory",
    ]
    answer = estimate(client, machine={"gpus": [{"gpu": named["name"]}]})
    assert answer.status_code == 200
    assert answer.json()["speed"]["decode_tps"]["typical"] is None


def test_a_share_keeps_what_was_imported(client: Client) -> None:
    named = kept(client, "model", send(client, CONFIG, LLAMA).json()["facts"])
    spec = {
        "machine": {"gpus": [{"gpu": "nvidia-geforce-rtx-4090"}]},
        "deployment": {"model": named["name"]},
    }
    shared = client.post("/api/v1/shares", json={"spec": spec})
    assert shared.status_code == 201
    frozen = client.get(f"/api/v1/shares/{shared.json()['slug']}").json()["assessment"]
    assert frozen["spec"]["deployment"]["model"] == named["name"]
    page = client.get(f"/s/{shared.json()['slug']}", headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert "cannot be asked any more" not in page.text


def test_what_is_kept_is_given_back_and_in_no_list(client: Client) -> None:
    named = kept(client, "gpu", CARD)
    again = client.get(f"{KEEP}/{named['slug']}")
    assert again.status_code == 200
    assert again.json() == named
    assert "noindex" in again.headers["X-Robots-Tag"]
    assert "no-store" in again.headers["Cache-Control"]
    listed = client.get("/api/v1/gpus?limit=200").json()
    assert not [row for row in listed["items"] if row["slug"].startswith("import.")]


def test_a_sweep_and_a_comparison_take_an_imported_model(client: Client) -> None:
    named = kept(client, "model", send(client, CONFIG, LLAMA).json()["facts"])
    spec = {
        "machine": {"gpus": [{"gpu": "nvidia-geforce-rtx-4090"}]},
        "deployment": {"model": named["name"]},
    }
    sweep = client.post("/api/v1/sweeps", json={"spec": spec, "axis": "context_tokens"})
    assert sweep.status_code == 200
    compared = client.post("/api/v1/comparisons", json={"specs": [spec, spec]})
    assert compared.status_code == 200
    upgrades = client.post("/api/v1/upgrades", json={"spec": spec})
    assert upgrades.status_code == 200


@pytest.mark.parametrize(
    "name", ["import.nothing", "import.", "import." + "A" * 22, "import.../../etc", "import.%00"]
)
def test_an_unknown_import_is_said_beside_its_field(client: Client, name: str) -> None:
    answer = estimate(client, deployment={"model": name})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "deployment.model"
    assert "was imported as" in answer.json()["detail"]


def test_an_import_of_another_kind_is_not_taken(client: Client) -> None:
    named = kept(client, "gpu", CARD)
    assert estimate(client, deployment={"model": named["name"]}).status_code == 422
    assert estimate(client, machine={"cpu": named["name"]}).status_code == 422


@pytest.mark.parametrize("slug", ["nothing", "A" * 22, "a b", "%2e%2e"])
def test_nothing_is_at_an_unknown_address(client: Client, slug: str) -> None:
    assert client.get(f"{KEEP}/{slug}").status_code == 404


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ("colour=red", "no figure called"),
        ("head_dim=many", "plain number"),
        ("head_dim=12.5", "whole number"),
        ("head_dim=nan", "plain number"),
        ("head_dim=1e400", "plain number"),
        ("head_dim=-3", "plain number"),
        ("params_published_b=0", "above 0"),
        ("params_published_b=8030261248", "billions"),
        ("name=%3Cscript%3E", "plain text"),
        ("name=" + "x" * 121, "plain text"),
        ("head_dim=" + "9" * 60, "plain number"),
        ("hidden_size=0", "is 0"),
    ],
)
def test_a_figure_that_cannot_be_meant_is_refused(client: Client, query: str, word: str) -> None:
    answer = send(client, f"{CONFIG}?{query}", LLAMA)
    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert word in answer.json()["detail"]


@pytest.mark.parametrize(
    "facts",
    [
        {"name": "", "vendor": "x"},
        {"name": "<b>", "vendor": "x"},
        {"name": "x", "vendor": "x", "memory_gib": -1},
        {"name": "x", "vendor": "x", "memory_gib": 1e300},
        {"name": "x", "vendor": "x", "colour": "red"},
        {"name": "x", "vendor": "x", "source": "<script>"},
        {"name": "x" * 200, "vendor": "x"},
        {"name": "x", "vendor": "x", "notes": ["n"] * 100},
        {"name": "x", "vendor": "x", "sources": {"k": "v" * 1000}},
        {"name": "x"},
    ],
)
def test_what_cannot_be_a_card_is_not_kept(client: Client, facts: dict[str, Any]) -> None:
    answer = client.post(KEEP, json={"kind": "gpu", "facts": facts})
    assert answer.status_code == 422
    assert answer.json()["errors"]


def test_a_source_of_no_field_is_dropped_and_not_stored_as_a_fact(client: Client) -> None:
    facts = {**CARD, "sources": {"bandwidth_gbs": "measured", "nothing": "x"}}
    named = kept(client, "gpu", facts)
    answer = estimate(client, machine={"gpus": [{"gpu": named["name"]}]}).json()
    bandwidth = next(i for i in answer["inputs"] if i["field"] == "gpu.0.bandwidth_gbs")
    assert bandwidth["source"] == "measured"


def test_files_at_the_limit_pass_and_one_byte_more_is_refused(
    client: Client, settings: Settings
) -> None:
    text = json.dumps(LLAMA).encode()
    full = text + b" " * (settings.config_limit_bytes - len(text))
    assert send(client, CONFIG, full).status_code == 200
    answer = send(client, CONFIG, full + b" ")
    assert answer.status_code == 413
    assert answer.json()["detail"] == "The file is larger than 256,000 bytes."
    assert send(client, CONFIG, full + b" " * 400_000).status_code == 413
    head = llama_head()
    head += b"\0" * (settings.gguf_limit_bytes - len(head))
    assert send(client, GGUF, head, "application/octet-stream").status_code == 200
    assert send(client, GGUF, head + b"\0", "application/octet-stream").status_code == 413
    too_much = send(client, GGUF, head + b"\0" * 300_000, "application/octet-stream")
    assert too_much.status_code == 413
    assert "head -c 32000000" in too_much.json()["detail"]


@pytest.mark.parametrize(
    ("url", "kind", "more"),
    [
        (CONFIG, "application/octet-stream", {}),
        (CONFIG, "application/x-www-form-urlencoded", {}),
        (GGUF, "application/json", {}),
        (CONFIG, "application/json", {"Content-Encoding": "gzip"}),
    ],
)
def test_another_type_is_refused(client: Client, url: str, kind: str, more: dict[str, str]) -> None:
    assert send(client, url, LLAMA, kind, **more).status_code == 415


def test_the_database_is_asked_once_about_a_name(client: Client, app: Any) -> None:
    named = kept(client, "gpu", CARD)
    store = ImportStore(app.state.database)
    first = store.find("gpus", named["name"])
    assert first is not None
    assert store.find("gpus", named["name"]) is first
    assert store.find("models", named["name"]) is None
    assert store.find("gpus", "import." + "B" * 22) is None


def test_the_advisor_finds_a_machine_for_an_imported_model(client: Client) -> None:
    config = PUBLISHED["llama 3.2 1B"].config | {"max_position_embeddings": 131072}
    named = kept(client, "model", send(client, f"{CONFIG}?name=Ours", config).json()["facts"])
    question = {
        "models": {"models": [named["name"]], "quantizations": ["q4_k_m"]},
        "limits": {"budget": 9000},
        "top": 1,
    }
    answer = client.post("/api/v1/recommendations", json=question)
    assert answer.status_code == 200, answer.text
    assert "Ours" in answer.text

"""The import routes: a file in any dress, refusals as problem documents, nothing kept."""

from typing import Any

import pytest

from app.accuracy.uploads import MAX_BYTES
from tests.accuracy.samples import MARKDOWN, llama_csv, llama_json, llama_jsonl, vllm_json
from tests.client import Client

LLAMA = "/api/v1/imports/llama-bench"
VLLM = "/api/v1/imports/vllm-bench"
BUILD = "gpu=nvidia-geforce-rtx-4090&model=llama-3.1-8b-instruct"


def send(client: Client, url: str, data: bytes, kind: str = "application/json", **more: Any) -> Any:
    """POST a file as it is."""
    return client.post(url, content=data, headers={"Content-Type": kind, **more})


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (llama_json(), "application/json"),
        (llama_jsonl(), "application/x-ndjson"),
        (llama_csv(), "text/csv; charset=utf-8"),
        (MARKDOWN, "text/markdown"),
        (MARKDOWN, "text/plain"),
    ],
)
def test_every_format_is_answered_alike(data: bytes, kind: str, client: Client) -> None:
    answer = send(client, f"{LLAMA}?{BUILD}", data, kind)
    assert answer.status_code == 200
    found = answer.json()
    assert found["source"] == "yours"
    run = found["runs"][0]
    assert run["read"]["test"] == "pp512"
    assert run["matched"]["gpu"] == "nvidia-geforce-rtx-4090"
    assert run["matched"]["model"] == "llama-3.1-8b-instruct"
    (prefill,) = run["quantities"]
    assert (prefill["quantity"], prefill["measured"]) == ("prefill_tps", 11600.0)
    predicted = prefill["predicted"]
    assert predicted["low"] < predicted["typical"] < predicted["high"]
    assert prefill["ratio"] == pytest.approx(11600 / predicted["typical"])
    assert prefill["inside"] is (predicted["low"] <= 11600 <= predicted["high"])
    assert run["configure"].startswith("/configure?gpu=nvidia-geforce-rtx-4090")
    assert "measured_prefill=11600" in run["configure"]


def test_a_form_with_the_file_does_as_well(client: Client) -> None:
    answer = client.post(LLAMA, files={"file": ("bench.json", llama_json(), "application/json")})
    assert answer.status_code == 200
    plain = send(client, LLAMA, llama_json())
    assert answer.json() == plain.json()


def test_a_run_that_does_not_match_says_why(client: Client) -> None:
    (run,) = send(client, VLLM, vllm_json()).json()["runs"]
    assert (run["matched"], run["quantities"], run["configure"]) == (None, [], None)
    assert run["reason"].startswith("The file names no GPU")
    (run,) = send(client, f"{VLLM}?{BUILD}", vllm_json()).json()["runs"]
    assert {q["quantity"] for q in run["quantities"]} == {"decode_tps", "ttft_ms"}
    assert run["reason"] is None


@pytest.mark.parametrize(
    ("url", "data", "status", "words"),
    [
        (LLAMA, b"", 422, "empty"),
        (LLAMA, b"\xff\xfe\x00", 422, "UTF-16"),
        (LLAMA, b"[" * 60_000, 422, "nested"),
        (LLAMA, llama_json()[:-40], 422, "cut off"),
        (LLAMA, vllm_json(), 422, "imports/vllm-bench"),
        (VLLM, llama_json(), 422, "imports/llama-bench"),
        (LLAMA, b" " * (MAX_BYTES + 1), 413, "1,048,576 bytes"),
        (LLAMA, b" " * (MAX_BYTES + 64_001), 413, "bytes"),
        (f"{LLAMA}?gpu=nothing-like-it", llama_json(), 422, "no GPU called"),
        (f"{LLAMA}?colour=red", llama_json(), 422, "no setting called"),
        (f"{LLAMA}?colour", llama_json(), 422, "no setting called"),
    ],
)
def test_refusals_are_problem_documents(
    url: str, data: bytes, status: int, words: str, client: Client
) -> None:
    answer = send(client, url, data)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert words in answer.json()["detail"]


@pytest.mark.parametrize("kind", ["", "application/xml", "application/x-www-form-urlencoded"])
def test_other_types_are_refused(kind: str, client: Client) -> None:
    answer = send(client, LLAMA, llama_json(), kind)
    assert answer.status_code == 415
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_compressed_file_is_refused(client: Client) -> None:
    assert send(client, LLAMA, b"x", **{"Content-Encoding": "gzip"}).status_code == 415


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"nonsense", "multipart/form-data; boundary=x"),
        (b"nonsense", "multipart/form-data"),
        (b"--x\r\n\r\n", "multipart/form-data; boundary=x"),
        (
            b'--x\r\nContent-Disposition: form-data; name="other"\r\n\r\n1\r\n--x--\r\n',
            "multipart/form-data; boundary=x",
        ),
    ],
)
def test_a_damaged_form_is_refused(body: bytes, kind: str, client: Client) -> None:
    answer = send(client, LLAMA, body, kind)
    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_only_these_addresses_take_large_bodies(client: Client) -> None:
    large = b"{}".ljust(100_000)
    assert send(client, "/api/v1/estimates", large).status_code == 413
    assert send(client, LLAMA, llama_json().ljust(100_000)).status_code == 200


def test_another_site_cannot_send_a_file(client: Client) -> None:
    answer = send(client, LLAMA, llama_json(), **{"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403

"""T45: whatever is sent as a file or a body is answered or refused, soon, and in little memory."""

import gzip
import json
import random
import resource
import time
import zlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from app.serving.middleware import larger_limits
from app.settings import Settings
from tests.catalogue.configs import PUBLISHED
from tests.catalogue.gguf_files import llama_head
from tests.client import Client
from tests.editing.conftest import Service
from tests.security.routes import unsafe_of
from tests.soak import report_line, times

SETTINGS = Settings()
HOSTILE = times(1_000, 5_000)
JSON = {"Content-Type": "application/json"}
LIMITS = {"/api/v1/estimates": SETTINGS.body_limit_bytes, "/share": SETTINGS.body_limit_bytes}
LIMITS |= larger_limits(SETTINGS)
UPLOADS = {
    "/api/v1/imports/hugging-face-config": "application/json",
    "/api/v1/imports/gguf-header": "application/octet-stream",
    "/api/v1/imports/llama-bench": "application/json",
    "/api/v1/imports/vllm-bench": "application/json",
}


@pytest.mark.parametrize("path", sorted(LIMITS))
@pytest.mark.parametrize("announced", [True, False])
def test_one_byte_more_than_the_limit_is_refused(
    path: str, announced: bool, service: Service
) -> None:
    """Announced before any of it is read; unannounced (chunked) as soon as it is exceeded."""
    read = 0

    async def chunks(size: int) -> AsyncIterator[bytes]:
        nonlocal read
        read = 0
        while read < size:
            part = min(65_536, size - read)
            read += part
            yield b" " * part

    headers = {"Authorization": f"Bearer {service.secret}", "Accept": "application/json"}
    headers["Content-Type"] = UPLOADS.get(path, "application/json")
    if path in ("/share", "/evidence/yours") or path.startswith(("/import", "/admin")):
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    limit = LIMITS[path]
    with Client(service.app, service.portal) as client:
        for size, refused in ((limit, False), (limit + 1, True), (10 * limit, True)):
            if announced:
                given = {"Content-Length": str(size)}
                body: Any = chunks(size if not refused else 1)
            else:
                given, body = {}, chunks(size)
            answer = client.post(path, content=body, headers=headers | given)
            by_size = answer.status_code == 413 and f"{limit:,} bytes" in answer.text
            # of a form one field alone may be refused for its length, which is smaller
            field = answer.status_code == 422 and "holds at most" in answer.text
            assert by_size is refused or field, (size, answer.status_code)
    assert read <= limit + 65_536  # of ten times too much no more than the limit was read


@pytest.mark.parametrize("address", sorted(UPLOADS))
@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "gzip, gzip", "x-unknown"])
def test_compressed_bodies_are_not_unpacked(address: str, coding: str, service: Service) -> None:
    """So nothing small becomes large: not even the beginning of a bomb is read."""
    bomb = gzip.compress(b" " * 20_000_000) if "gzip" in coding else zlib.compress(b" " * 1_000_000)
    headers = {"Content-Type": UPLOADS[address], "Content-Encoding": coding}
    with Client(service.app, service.portal) as client:
        answer = client.post(address, content=bomb, headers=headers)
    assert answer.status_code == 415
    assert "uncompressed" in answer.json()["detail"]


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br"])
def test_compressed_json_is_refused_wherever_json_is_read(coding: str, service: Service) -> None:
    headers = {**JSON, "Content-Encoding": coding, "Authorization": f"Bearer {service.secret}"}
    with Client(service.app, service.portal) as client:
        for address in unsafe_of(service.app):
            if not address.path.startswith("/api/v1/"):
                continue
            answer = client.request(
                address.method, address.example, content=gzip.compress(b"{}"), headers=headers
            )
            assert answer.status_code == 415, address


DEEP = {
    "lists": b"[" * 10_000 + b"]" * 10_000,
    "objects": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    "unclosed": b'{"spec":' + b"[" * 10_000,
    "inside": b'{"machine":{"cpu":' + b"[" * 10_000 + b"]" * 10_000 + b"}}",
    "large number": b'{"workload":{"concurrency":' + b"9" * 5_000 + b"}}",
    "large exponent": b'{"economics":{"years":1e400}}',
    "surrogate": b'{"deployment":{"model":"\\ud800"}}',
    "NUL": b'{"deployment":{"model":"\\u0000"}}',
    "not UTF-8": b'{"deployment":{"model":"\xff\xfe"}}',
    "UTF-16": '{"a":1}'.encode("utf-16"),
    "the same key twice": b'{"deployment":{"model":"a"},"deployment":{"model":"\\ud800"}}',
    "nothing": b"",
    "NaN": b'{"economics":{"years":NaN}}',
    "Infinity": b'{"economics":{"years":-Infinity}}',
}


@pytest.mark.parametrize("name", DEEP)
def test_json_that_is_meant_to_hurt_is_refused_in_a_sentence(name: str, service: Service) -> None:
    headers = {**JSON, "Authorization": f"Bearer {service.secret}"}
    with Client(service.app, service.portal) as client:
        for address in unsafe_of(service.app):
            if not address.path.startswith("/api/v1/"):
                continue
            kind = UPLOADS.get(address.path, "application/json")
            answer = client.request(
                address.method,
                address.example,
                content=DEEP[name],
                headers=headers | {"Content-Type": kind},
            )
            assert answer.status_code in (404, 409, 422), (address, answer.status_code, answer.text)
            assert answer.headers["Content-Type"] == "application/problem+json"
            assert len(answer.json()["detail"]) < 500


def hostile(seed: int) -> tuple[str, bytes, dict[str, str]]:
    """A request to an address that takes files: a sound one that was damaged, or noise."""
    r = random.Random(seed)  # noqa: S311  # the same for the same seed, no secret
    address = r.choice(sorted(UPLOADS))
    config = json.dumps(r.choice(list(PUBLISHED.values())).config).encode()
    bench = b'[{"model_filename":"q.gguf","n_prompt":512,"n_gen":0,"avg_ts":12.5,"gpu_info":"RTX"}]'
    sound = {"gguf-header": llama_head(), "hugging-face-config": config}.get(
        address.rpartition("/")[2], bench
    )
    kind = r.randrange(8)
    data = bytearray(sound[:200_000])
    if kind == 0:
        data = bytearray(r.randbytes(r.randrange(4_000)))
    elif kind == 1:
        data = data[: r.randrange(len(data))]
    elif kind in (2, 3):
        for _ in range(r.randrange(1, 30)):
            data[r.randrange(len(data))] = r.randrange(256)
    elif kind == 4:
        place = r.randrange(len(data))
        data[place:place] = (
            r.choice((b"\0", b"\xff" * 8, b"[" * 500, b'"', b"1e999", b"-1", b"{}")) * 3
        )
    elif kind == 5:
        place = r.randrange(max(1, len(data) - 8))
        data[place : place + 8] = r.choice((2**63, 2**64 - 1, 2**31, 10**12)).to_bytes(8, "little")
    elif kind == 6:
        data = data * r.randrange(2, 4)
    headers = {"Content-Type": UPLOADS[address]}
    if kind == 7:
        name = r.choice(("x", "../../etc/passwd", "<script>", "a" * 5_000, "x\\u0000.json"))
        form = f'--B\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
        data = bytearray(
            form.encode() + bytes(data) + r.choice((b"\r\n--B--\r\n", b"", b"\r\n--B"))
        )
        headers = {
            "Content-Type": r.choice(("multipart/form-data; boundary=B", "multipart/form-data"))
        }
    return address, bytes(data), headers


@pytest.mark.soak
def test_hostile_files_get_an_answer_or_a_sentence(service: Service) -> None:
    """Never an error of ours, never long, and memory does not grow with how many there were."""
    counts: dict[int, int] = {}
    slowest = 0.0
    with Client(service.app, service.portal) as client:
        for seed in range(HOSTILE):
            address, data, headers = hostile(seed)
            began = time.process_time()
            answer = client.post(address, content=data, headers=headers)
            slowest = max(slowest, time.process_time() - began)
            counts[answer.status_code] = counts.get(answer.status_code, 0) + 1
            assert answer.status_code in (200, 413, 415, 422), (
                seed,
                answer.status_code,
                answer.text,
            )
            if answer.status_code != 200:
                assert len(answer.json()["detail"]) < 500, seed
            if seed == HOSTILE // 5:
                settled = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - settled) / 1024
    assert counts.get(422, 0) > HOSTILE / 2
    assert counts.get(200, 0) > 0
    assert slowest < 5
    assert grown < 64
    report_line(
        "T45",
        f"{HOSTILE:,} hostile files: {counts}, slowest {slowest:.2f} s of CPU, "
        f"{grown:.0f} MiB more memory at the most",
    )

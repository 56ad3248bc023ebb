"""Under every answer stands the request that gives it; it gives the same figures."""

import json
import re
import shlex
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from functools import cache
from html import unescape
from urllib.parse import urlencode, urlsplit

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from tests.pages.conftest import Page
from tests.searches import FAST

BUILD = "cpu=amd-ryzen-9-9950x&gpu=nvidia-geforce-rtx-5090&module=udimm-ddr5-5600-48gb&modules=2"
OLDER = BUILD.replace("5090", "3090")
OTHER = "gpu=nvidia-geforce-rtx-4090&model=llama-3.1-8b-instruct&kwh=0.3&gpu.bandwidth_gbs=900"
PAGES = {
    "configurator": (f"/configure/calculation?{OTHER}", "speed.decode_tps.typical"),
    "share": ("", "speed.decode_tps.typical"),
    "advisor": (f"/advisor?{FAST}&people=5&top=2", "builds.0.decode_tps.typical"),
    "comparison": (
        f"/compare?{urlencode({'a': BUILD, 'b': OTHER})}",
        "assessments.1.speed.decode_tps.typical",
    ),
    "sweep": (f"/sweep?axis=concurrency&{BUILD}", "points.1.decode_tps.typical"),
    "upgrades": (f"/configure/upgrades?{OLDER}", "paid.0.gained_tps"),
    "value": ("/value?model=llama-3.1-8b-instruct&quant=q8_0&currency=USD", ""),
}


@pytest.fixture(scope="module")
def served(app: FastAPI) -> Iterator[str]:
    """The application of the session on a free port; it has been started already."""
    patience = pytest.MonkeyPatch()
    patience.setattr("app.pages.advisor.PATIENCE_S", 300.0)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.02)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join(timeout=10)
    patience.undo()


def snippets_of(html: str) -> list[dict[str, str]]:
    """The requests of a page, one group for each fold."""
    found: dict[str, dict[str, str]] = {}
    for fold, tool, text in re.findall(
        r'<code id="([\w-]+)-(curl|python)">(.*?)</code>', html, re.DOTALL
    ):
        found.setdefault(fold, {})[tool] = unescape(text)
    return list(found.values())


@cache
def open_page(served: str, name: str) -> str:
    if name != "share":
        return httpx.get(served + PAGES[name][0], timeout=300).raise_for_status().text
    made = httpx.post(f"{served}/share", data={"query": OTHER}, follow_redirects=True)
    return made.raise_for_status().text


@pytest.mark.parametrize("name", PAGES)
def test_the_python_of_a_page_prints_its_figures(served: str, name: str) -> None:
    html = open_page(served, name)
    groups = snippets_of(html)
    assert groups
    shown = Page(html).figures
    for group in groups:
        done = subprocess.run(
            [sys.executable, "-c", group["python"]], capture_output=True, text=True, timeout=300
        )
        assert done.returncode == 0, done.stderr
        path = PAGES[name][1]
        wanted = shown[path] if path else set(re.findall(r'<data value="([\d.]+)"', html))
        assert any(value in done.stdout.split() for value in wanted), (done.stdout, wanted)


@pytest.mark.parametrize("name", PAGES)
def test_the_curl_of_a_page_asks_the_same(served: str, name: str) -> None:
    for group in snippets_of(open_page(served, name)):
        words = shlex.split(group["curl"].replace("\\\n", " "))
        assert words[:2] == ["curl", "-s"]
        answer = (
            httpx.post(words[2], json=json.loads(words[words.index("-d") + 1]), timeout=300)
            if "-d" in words
            else httpx.get(words[2], timeout=300)
        )
        assert answer.status_code == 200
        address = urlsplit(words[2])
        assert f"{address.scheme}://{address.netloc}" == served
        assert words[2] in group["python"]


def test_names_with_quotes_stay_one_word(served: str) -> None:
    answer = httpx.get(f"{served}/value?model=%27%3B+rm+-rf+%27", timeout=300)
    for group in snippets_of(answer.text):
        assert len(shlex.split(group["curl"])) == 3

"""How light the configurator is: bytes sent, server time of a change, time until it is seen.

Each time stands beside that of a constant answer in the same run. Processor time is the server's
own, whatever else the machine does; time on the wall is what somebody waits on this machine now.
"""

import http.client
import random
import re
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from playwright.sync_api import Page, sync_playwright

from app.catalogue.seed_files import SEED_DIR
from app.catalogue.snapshot import catalogue_from_seed
from app.language.languages import LANGUAGES
from app.pages.form import choices
from scripts.bench import server, tell
from tests.browser.chromium import ARGUMENTS, CHROMIUM

START = {
    "cpu": "amd-ryzen-9-9950x",
    "gpu": "nvidia-geforce-rtx-5090",
    "module": "udimm-ddr5-5600-48gb",
    "modules": "4",
}
PAGE = f"/configure?{urlencode(START)}"
CHANGES = 150
SCREEN_CHANGES = 60
#: Changes one field and says how long until the frame with the new answer was made.
CHANGE = """async ([key, value]) => {
  const field = document.getElementById(key);
  const began = performance.now();
  const painted = new Promise((done) => {
    document.addEventListener("htmx:after:swap", () => requestAnimationFrame(() => {
      const next = new MessageChannel();  // heard once the frame is made
      next.port1.onmessage = () => done(performance.now());
      next.port2.postMessage(0);
    }), { once: true });
  });
  field.value = value;
  field.dispatchEvent(new Event("change", { bubbles: true }));
  const shown = await painted;
  const asked = performance.getEntriesByType("resource")
    .filter((entry) => entry.name.includes("/configure/result")).at(-1);
  return [shown - began, asked.responseEnd - asked.startTime];
}"""


@dataclass(frozen=True, slots=True)
class Took:
    """Milliseconds of one answer: on the wall, and of the server's processor."""

    wall_ms: float
    cpu_ms: float


def main() -> None:
    """Print one line a figure."""
    questions = list(changes(CHANGES))
    with (
        tempfile.TemporaryDirectory() as folder,
        server(f"sqlite:///{Path(folder) / 'bench.db'}") as (port, _, pid),
    ):
        link = http.client.HTTPConnection("127.0.0.1", port)
        tell_sizes(link)
        constant = [timed(link, pid, "/healthz", "en") for _ in range(CHANGES)]
        tell_times("constant answer", constant, constant)
        for language in LANGUAGES:
            asked = [f"/configure/result?{question}" for question in questions]
            for seen in ("first seen", "seen before"):
                took = [timed(link, pid, path, language) for path in asked]
                tell_times(f"a change, {language}, {seen}", took, constant)
        if CHROMIUM.exists():
            tell_screen(port)
        else:
            tell("until it is on the screen", "there is no Chromium")


def changes(count: int) -> Iterator[str]:
    """Questions as a person makes them, one field after another; always the same ones."""
    chance = random.Random(7)  # noqa: S311
    lists = choices(catalogue_from_seed(SEED_DIR))
    offered = {key: [o.value for g in groups for o in g.options] for key, groups in lists.items()}
    offered |= {
        "users": [str(n) for n in range(1, 33)],
        "context": [str(2**n) for n in range(11, 18)],
        "gpus": ["1", "2", "4", "8"],
        "years": [str(n) for n in range(1, 9)],
    }
    keys = ("cpu", "gpu", "model", "quant", "use_case", "users", "context", "gpus", "years")
    asked = {**START, "gpu2": "", "gpus2": ""}  # as the form sends them
    for _ in range(count):
        key = chance.choice(keys)
        asked[key] = chance.choice(offered[key])
        yield urlencode(asked)


def get(
    link: http.client.HTTPConnection, path: str, language: str
) -> tuple[http.client.HTTPResponse, bytes]:
    """One answer as it is sent; raises RuntimeError where there is none."""
    headers = {"HX-Request": "true", "Accept-Encoding": "br", "Accept-Language": language}
    link.request("GET", path, headers=headers)
    answer = link.getresponse()
    body = answer.read()
    if answer.status not in (200, 422):
        raise RuntimeError(f"{path} answered {answer.status}")
    return answer, body


def timed(link: http.client.HTTPConnection, pid: int, path: str, language: str) -> Took:
    """How long one answer takes."""
    cpu_s, began = cpu_time_s(pid), time.perf_counter()
    get(link, path, language)
    return Took(1e3 * (time.perf_counter() - began), 1e3 * (cpu_time_s(pid) - cpu_s))


def cpu_time_s(pid: int) -> float:
    """Processor time of all threads of a process so far, as Linux counts it."""
    threads = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e9


def at(share: float, values: Sequence[float]) -> float:
    """The value that so large a share of them does not exceed."""
    return sorted(values)[min(int(share * len(values)), len(values) - 1)]


def tell_times(what: str, took: Sequence[Took], constant: Sequence[Took]) -> None:
    """Median and 95th percentile, and the median beside that of the constant answer."""
    wall, cpu = [t.wall_ms for t in took], [t.cpu_ms for t in took]
    beside = at(0.5, cpu) / at(0.5, [t.cpu_ms for t in constant])
    tell(
        what,
        f"processor p50 {at(0.5, cpu):.1f} p95 {at(0.95, cpu):.1f} ms, "
        f"wall p50 {at(0.5, wall):.1f} p95 {at(0.95, wall):.1f} ms, {beside:.0f} of constant",
    )


def tell_sizes(link: http.client.HTTPConnection) -> None:
    """Bytes of the page in each language, and of all its scripts, compressed."""
    for language in LANGUAGES:
        _, body = get(link, PAGE, language)
        tell(f"the page, {language}", f"{len(body) / 1e3:.1f} kB")
    link.request("GET", PAGE)
    html = link.getresponse().read().decode()
    scripts = set(re.findall(r'(?:src|data-plotly)="(/static/[^"]+\.js[^"]*)"', html))
    sent = sum(len(get(link, script, "en")[1]) for script in scripts)
    tell(f"its {len(scripts)} scripts", f"{sent / 1e3:.1f} kB")


def tell_screen(port: int) -> None:
    """From a change in Chromium to the frame that shows its answer, with and without charts."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(f"http://127.0.0.1:{port}{PAGE}")
        page.wait_for_load_state("networkidle")
        tell_frames("on the screen", page)
        page.locator("#chart-context").scroll_into_view_if_needed()
        page.locator("#chart-context .main-svg").first.wait_for()
        tell_frames("on the screen, charts in view", page)
        browser.close()


def tell_frames(what: str, page: Page) -> None:
    """Median and 95th percentile of so many changes, and how much of it was the answer's way."""
    kinds = ("q8_0", "q6_k", "q5_k_m", "q4_k_m")
    took = []
    for i in range(SCREEN_CHANGES):
        took.append(page.evaluate(CHANGE, ["quant", kinds[i % len(kinds)]]))
        page.wait_for_timeout(200)  # as somebody looks at it; charts are drawn after the figures
    shown, fetched = zip(*took, strict=True)
    tell(
        what,
        f"p50 {at(0.5, shown):.0f} p95 {at(0.95, shown):.0f} ms, "
        f"{at(0.5, fetched) / at(0.5, shown):.0%} of it waiting for the answer",
    )


if __name__ == "__main__":
    main()

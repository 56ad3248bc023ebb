"""T41 in a real browser: a card named after a payload opens no dialog and runs no script."""

import re
from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Watched
from tests.browser.test_every_page import unexpected
from tests.security.payloads import PAYLOADS

pytestmark = pytest.mark.browser
#: Of each kind one: element, handler, frame, address, end of a block, attribute, markup of charts.
CHOSEN = [
    next(p for p in PAYLOADS if p.startswith(start))
    for start in (
        "<script>",
        "<img src=x",
        "<svg onload",
        "<iframe srcdoc",
        "javascript:",
        "</script><script>",
        '" onmouseover',
        "<b>",
        "</textarea>",
        "<div hx-get",
    )
]


@pytest.mark.parametrize("payload", CHOSEN)
def test_a_hostile_name_runs_nothing(
    payload: str,
    watched: Watched,
    open_page: Callable[..., Page],
    address: str,
    editor_token: str,
) -> None:
    slug = f"hostile-{CHOSEN.index(payload)}"
    api = f"{address}/api/v1"
    fact = httpx.get(f"{api}/gpus/nvidia-geforce-rtx-5090", trust_env=False).json()
    item = {k: v for k, v in fact.items() if v is not None and k not in ("cell_sources", "source")}
    given = {
        "item": item | {"slug": slug, "name": f"Card {payload}", "notes": payload},
        "reason": payload,
        "source": "https://example.org",
    }
    headers = {"Authorization": f"Bearer {editor_token}"}
    made = httpx.post(f"{api}/catalogue/gpus", json=given, headers=headers, trust_env=False)
    assert made.status_code in (201, 409), made.text
    page = open_page(viewport={"width": 1280, "height": 900})
    opened: list[str] = []
    page.on("dialog", lambda dialog: (opened.append(dialog.message), dialog.dismiss()))
    page.on("request", lambda r: opened.append(r.url) if "evil.example" in r.url else None)
    build = f"gpu={slug}&cpu=amd-ryzen-9-9950x&module=udimm-ddr5-5600-48gb&modules=2"
    for path in (
        f"/gpus/{slug}",
        f"/configure?{build}",
        f"/compare?a={build.replace('&', '%26')}",
        f"/sweep?axis=concurrency&{build}",
        "/gpus?q=hostile",
    ):
        page.goto(address + path, wait_until="networkidle")
        for chart in page.locator(".plot").all():
            chart.scroll_into_view_if_needed()
            chart.locator(".main-svg").first.wait_for(timeout=30_000)
            chart.hover()
        assert page.locator("main a[href^='javascript' i], main a[onclick]").count() == 0
        assert re.search(r"Card|hostile", page.inner_text("main")) or "gpus?q" in path
    assert opened == []
    assert unexpected(watched.complaints) == []

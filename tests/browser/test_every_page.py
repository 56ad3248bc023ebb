"""Every page in every state, light and dark, narrow and wide: no violation, no complaint.

A page that is not in the lists here fails a test; zoom, colours and focus: `test_zoom_and_focus`.
"""

import json
import re
import secrets
from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

import pytest
from fastapi import HTTPException
from playwright.sync_api import Error, Page, expect

from tests.accuracy.samples import MARKDOWN
from tests.browser.conftest import AXE, Watched
from tests.catalogue.configs import PUBLISHED
from tests.searches import FAST, Endless
from tests.test_docs import page_routes

pytestmark = pytest.mark.browser
Open = Callable[..., Page]
BUILD = (
    "/configure?cpu=amd-ryzen-9-9950x&gpu=nvidia-geforce-rtx-5090"
    "&module=udimm-ddr5-5600-48gb&modules=4"
)
QUERY = BUILD.partition("?")[2]
SERVER = "cpu=amd-epyc-9554p&module=rdimm-ddr5-4800-32gb&modules=12"
LARGE = QUERY.replace("5090", "4090") + "&model=llama-3.3-70b-instruct"
TOO_SMALL = "/configure?gpu=nvidia-geforce-rtx-5080&model=llama-3.3-70b-instruct"
PAGES = {
    "home": "/",
    "empty configurator": "/configure",
    "configurator": BUILD,
    "build that does not fit": TOO_SMALL,
    "bad input": f"{BUILD}&users=many",
    "compare, example": "/compare",
    "compare": f"/compare?{urlencode({'a': QUERY, 'b': SERVER, 'c': 'cpu=foo', 'd': LARGE})}",
    "compare, one build": f"/compare?{urlencode({'a': QUERY})}",
    "what if": f"/sweep?axis=quantization&{QUERY}",
    "what if, bad input": "/sweep?axis=colour",
    "what next": f"/configure/upgrades?{LARGE}",
    "what next, bad input": "/configure/upgrades?users=many",
    "calculation": f"/configure/calculation?{QUERY}",
    "calculation, bad input": "/configure/calculation?users=many",
    "advisor": "/advisor",
    "advisor, answered": f"/advisor?{FAST}&people=20&use_case=uc1,uc2&owned_gpu=RTX+3090",
    "advisor, nothing fits": f"/advisor?{FAST}&budget=500",
    "advisor, bad input": "/advisor?people=many&vendor=ACME&colour=red",
    "advisor, searching": "/advisor",
    "advisor, too many searches": f"/advisor?{FAST}&people=77",
    "value": "/value?model=gpt-oss-120b&quant=mxfp4",
    "value, bad input": "/value?model=nothing&currency=JPY",
    "source table": "/method/source-table",
    "method": f"/method?{BUILD.partition('?')[2]}",
    "method, bad input": "/method?users=many",
    "evidence": "/evidence",
    "evidence, set aside": "/evidence?excluded=1&by=model&q=h100",
    "evidence, bad input": "/evidence?by=colour&class=none&page=zero",
    "evidence, nothing found": "/evidence?q=abacus",
    "own measurement": "/evidence/yours",
    "own measurement, answered": "",
    "own measurement, bad input": "/evidence/yours",
    "import": "/import",
    "import, previewed": "/import",
    "import, bad input": "/import",
    "import, kept": "/import",
    "import of a GGUF file": "/import/gguf",
    "import of a GGUF file, none chosen": "/import/gguf",
    "import of a GPU": "/import/gpu",
    "import of a GPU, bad input": "/import/gpu",
    "import of a CPU": "/import/cpu",
    "unknown import": "/i/nothing",
    "browse": "/browse",
    "list of GPUs": "/gpus",
    "list, filtered": "/cpus?vendor=AMD&q=epyc&sort=-cores&columns=cores,tdp_w,price_new_eur",
    "list, nothing found": "/models?vendor=Meta&licence=mit&architecture=moe",
    "list, bad input": "/systems?colour=red&unified_memory=perhaps&sort=weight",
    "list of memory": "/memory",
    "page of a GPU": "/gpus/nvidia-geforce-rtx-3090",
    "page of a CPU": "/cpus/amd-epyc-9554p",
    "page of memory": "/memory/rdimm-ddr5-4800-32gb",
    "page of a system": "/systems/framework-desktop-128gb-ryzen-ai-max-395",
    "page of a model": "/models/llama-3.1-8b-instruct",
    "page of a format": "/quantizations/q4_k_m",
    "page of an engine": "/engines/llama.cpp-cuda",
    "models that fit": "/gpus/nvidia-geforce-rtx-3090/fits",
    "machines for a model": "/models/llama-3.1-8b-instruct/machines",
    "page of a model, too many searches": "/models/qwen3-14b",
    "unknown entry": "/gpus/nvidia-geforce-rtx-4091",
    "help": "/help",
    "glossary": "/glossary",
    "glossary, searched": "/glossary?q=bandwidth",
    "glossary, nothing found": "/glossary?q=abacus",
    "reference": "/docs",
    "share": "",
    "share, refused": BUILD,
    "share, too many": BUILD,
    "report": "/report",
    "embedded verdicts": "/embed/verdicts",
    "embedded chart": "/embed/cost",
    "unknown share": "/s/nothing",
    "unknown page": "/nowhere",
    "signing in": "/admin/sign-in",
    "signing in, wrong token": "/admin",
}
GPU = "/admin/catalogue/gpus/nvidia-l4"
#: Pages of editors; those without an address are reached by a form.
EDITING = {
    "editing": "/admin",
    "editing, found": "/admin?q=4090",
    "editing, nothing found": "/admin?q=abacus",
    "editing, items": "/admin/catalogue/prices",
    "editing, item": GPU,
    "editing, bad input": GPU,
    "editing, two at once": GPU,
    "editing, new item": "/admin/add/models",
    "editing, new price": "/admin/add/prices?item_kind=gpu&item=nvidia-l4",
    "editing, new price, bad input": "/admin/add/prices?item_kind=gpu&item=nvidia-l4",
    "editing, old prices": "/admin/old-prices",
    "editing, import": "/admin/import",
    "editing, compared": "/admin/import",
    "editing, publishing": "/admin/publish",
    "editing, no import": "/admin/publish?import=nvidia-l4",
    "editing, to publish": "/admin/publish",
    "editing, slug taken": "/admin/publish",
    "editing, published": "/admin/publish",
    "import, published": "/admin/publish",
    "editing, history": "/admin/history",
    "editing, one edit": "/admin/history",
    "editing, undo without a reason": "/admin/history",
    "editing, newer seed": "/admin/newer",
}
#: Pages of a share: what follows its address.
SHARED = ("share", "report", "embedded verdicts", "embedded chart")
#: Where pages end up that are reached by a form.
REACHED_AT = {"import, kept": "/i/x", "editing, one edit": "/admin/history/1"}
REACHED_AT |= {"editing, to publish": "/admin/publish/x"}
REACHED_AT |= {name: f"/s/x{PAGES[name]}" for name in SHARED}
#: Addresses that answer with a file, a stream or a piece of a page that is open already.
NO_PAGE = re.compile(
    r"GET .*(\.csv|\.png|\.svg|\.\{kind\})|GET /advisor/stream"
    r"|GET /configure/result|GET /browse/\{shelf\}/results"
)
#: Swagger UI nests controls and leaves fields without a label; the page lists the same above it.
RUN_AXE = """() => axe.run({ include: document, exclude: ["#swagger-ui"] }, {
  runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
  rules: { "target-size": { enabled: true } },
}).then((result) => result.violations.map((v) =>
  `${v.id}: ${v.help} ${v.nodes.slice(0, 4).map((n) => n.html.slice(0, 160)).join(" | ")}`))"""


IMPORTED = {"import, previewed", "import, bad input", "import, kept"}
#: A button that sends a form as it is, or with what is wrong in it: field, text, button.
SENT = {
    "own measurement, answered": ("#text", MARKDOWN.decode(), "form[action='/evidence/yours']"),
    "own measurement, bad input": ("#text", "no benchmark", "form[action='/evidence/yours']"),
    "import of a GGUF file, none chosen": ("#f-name", "Nothing", "#import"),
    "import of a GPU, bad input": ("#f-memory_gib", "lots", "#import"),
    "signing in, wrong token": ("#token", "rw_guessed", "main form"),
    "editing, new price, bad input": ("#f-amount", "lots", ".edit-form"),
}
YOURS = "/evidence/yours?gpu=nvidia-geforce-rtx-4090&model=llama-3.1-8b-instruct"


def bring(page: Page, name: str) -> None:
    """Have a config read; kept, or with something wrong in it."""
    config = {k: v for k, v in PUBLISHED["gpt-oss 20B"].config.items() if k != "vocab_size"}
    page.fill("#f-text", "{" if name == "import, bad input" else json.dumps(config))
    page.get_by_role("button", name="Read it", exact=True).click()
    if name == "import, kept":
        page.get_by_role("button", name="Keep it as it is").click()
        page.wait_for_url("**/i/*")
    page.wait_for_load_state("networkidle")
    for fold in page.locator("main details.fold:not(.form-fold) > summary").all():
        fold.click()


def share(page: Page, query: str = "") -> None:
    """Send the form that shares the build of this page, or another query in its place."""
    page.evaluate(
        """(query) => { const form = document.querySelector("form[action='/share']");
        if (query) form.elements.query.value = query; form.submit(); }""",
        query,
    )


def visit(page: Page, address: str, name: str) -> None:
    """Open a page; where a form leads to it, fill that in first."""
    if name in SHARED:
        page.goto(address + BUILD)
        share(page)
        page.wait_for_url("**/s/*", wait_until="networkidle")
        if PAGES[name]:
            page.goto(page.url + PAGES[name], wait_until="networkidle")
        return
    path = YOURS if name == "own measurement, answered" else PAGES[name]
    # the first search of a service gets all prices together
    page.goto(address + path, wait_until="networkidle", timeout=90_000)
    if name in IMPORTED:
        bring(page, name)
    elif name in SENT:
        send(page, *SENT[name])
    elif name in ("share, refused", "share, too many"):
        share(page, "users=many" if name == "share, refused" else "")
        page.wait_for_url("**/share")
    elif name == "advisor, searching":
        page.click("#ask button[type=submit]")
        expect(page.locator("#working-words")).to_contain_text("builds worked out")
    elif name == "page of a model, too many searches":
        page.locator("#machines").scroll_into_view_if_needed()
        expect(page.locator("#machines")).to_contain_text("Too many searches")


def send(page: Page, field: str, text: str, form: str) -> None:
    page.fill(field, text)
    page.click(f"{form} button.button >> nth=0")
    page.wait_for_load_state("networkidle")


def refuse(*_: object) -> None:
    raise HTTPException(503, "Too many searches are under way. Try again in some seconds.")


@pytest.fixture
def as_named(name: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """The service as busy as a page's name says."""
    if name.startswith("signing in"):
        request.getfixturevalue("editor_token")  # without one the page says that editing is off
    if "too many searches" in name:
        monkeypatch.setattr("app.serving.searches.Searches.refuse_if_full", refuse)
    if name == "share, too many":
        monkeypatch.setattr("app.serving.middleware.ShareRate.wait_s", lambda *_: 60.0)
    if name == "advisor, searching":
        monkeypatch.setattr("app.serving.searches.advise", Endless())


def visit_as_editor(page: Page, address: str, name: str, token: str) -> None:
    """Open a page of the editors, signed in; what a form leads to is made first."""
    page.goto(address + EDITING[name])
    if page.locator("#token").count():  # else another page of the same reader signed in before
        page.fill("#token", token)
        page.click("main form button")
        page.wait_for_load_state("networkidle")
    if name in SENT:
        send(page, *SENT[name])
    if name == "editing, bad input":
        page.fill("#f-tdp_w", "many")
        page.click(".edit-form .button >> nth=0")
    if name == "editing, two at once":
        other = page.context.new_page()
        other.goto(address + GPU)
        taken = "73" if other.input_value("#f-tdp_w") != "73" else "74"
        for one, value in ((other, taken), (page, "75")):
            one.fill("#f-tdp_w", value)
            one.fill("#reason", "a test")
            one.fill("#source", "https://example.org")
            one.click(".edit-form .button >> nth=0")
            one.wait_for_load_state("networkidle")
        other.close()
        assert page.locator(".clash").count() == 1
    if name == "editing, compared":
        page.select_option("#kind", "gpus")
        page.fill("#csv", "slug,l2_mb\nnvidia-l4,49\nnvidia-l40s,many\n")
        page.fill("#reason", "a test")
        page.fill("#source", "https://example.org")
        page.click("form[aria-labelledby=file-h] .button")
    if name in TO_PUBLISH:
        publish(page, address, name)
    if name in ("editing, one edit", "editing, undo without a reason"):
        if page.locator(".edits-table a").count() == 0:
            visit_as_editor(page.context.new_page(), address, "editing, two at once", token)
            page.reload()
        page.click(".edits-table a >> nth=0")
        if name != "editing, one edit":
            page.click("main form.sign-in button >> nth=0")
            expect(page.locator("#err-reason")).to_be_visible()
    page.wait_for_load_state("networkidle")


def publish(page: Page, address: str, name: str) -> None:
    """Paste the link of an import; go as far as the page's name says."""
    facts = {"name": f"Acme {secrets.token_hex(4)}", "vendor": "Acme", "memory_gib": 47.5}
    facts |= {"memory_type": "GDDR7", "bandwidth_gbs": 1555, "fp32_tflops": 90}
    kept = page.request.post(
        f"{address}/api/v1/imports", data={"kind": "gpu", "facts": facts | {"source": "a sheet"}}
    ).json()
    page.fill("#import", kept["url"])
    page.click(".find-item .button")
    if name != "editing, to publish":
        page.fill("#reason", "a test")
        page.fill("#source", "https://example.org")
    if name == "editing, slug taken":
        page.fill("#f-slug", "nvidia-l4")
    if name != "editing, to publish":
        page.click(".edit-form .button >> nth=0")
        page.wait_for_load_state("networkidle")
    if name == "import, published":
        page.goto(kept["url"])


TO_PUBLISH = {
    "editing, to publish",
    "editing, slug taken",
    "editing, published",
    "import, published",
}


def unexpected(complaints: list[str]) -> list[str]:
    """Chromium itself reports the status of a page that is rightly answered with 404 or 422."""
    return [c for c in complaints if "Failed to load resource" not in c]


def violations(page: Page) -> dict[str, list[str]]:
    """What axe finds in the light and in the dark."""
    if not AXE.exists():
        pytest.fail("axe-core is not installed: run npm ci")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = {}
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        found[theme] = page.evaluate(RUN_AXE)
    return {theme: problems for theme, problems in found.items() if problems}


def fits_in(page: Page, width: int) -> bool:
    """Whether nothing scrolls sideways, as soon as charts have followed the window."""
    try:
        page.wait_for_function(
            "(width) => document.documentElement.scrollWidth <= width", arg=width, timeout=5_000
        )
    except Error:
        return False
    return True


@pytest.mark.usefixtures("as_named")
@pytest.mark.parametrize("name", PAGES)
def test_on_a_wide_screen(watched: Watched, open_page: Open, address: str, name: str) -> None:
    """Nothing is stopped by the policy, nothing said in the console, and axe finds nothing."""
    page = open_page(viewport={"width": 1280, "height": 900})
    visit(page, address, name)
    for chart in page.locator(".plot").all():
        chart.scroll_into_view_if_needed()
        chart.locator(".main-svg").first.wait_for(timeout=30_000)
    assert unexpected(watched.complaints) == []
    assert violations(page) == {}
    assert fits_in(page, 1280)


@pytest.mark.usefixtures("as_named")
@pytest.mark.parametrize("name", PAGES)
def test_on_a_phone(open_page: Open, address: str, name: str) -> None:
    """Axe finds nothing; nothing scrolls sideways, nor at 400 % of 1280 pixels, which is 320."""
    page = open_page(viewport={"width": 390, "height": 900})
    visit(page, address, name)
    page.set_viewport_size({"width": 320, "height": 256})
    assert fits_in(page, 320)
    page.set_viewport_size({"width": 390, "height": 900})
    if page.locator(".rail-toggle").is_visible():
        page.click(".rail-toggle")
    assert violations(page) == {}
    assert fits_in(page, 390)


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("name", EDITING)
def test_pages_of_editors(
    watched: Watched, open_page: Open, address: str, editor_token: str, name: str, width: int
) -> None:
    page = open_page(viewport={"width": width, "height": 900})
    visit_as_editor(page, address, name, editor_token)
    assert unexpected(watched.complaints) == []
    assert violations(page) == {}
    assert fits_in(page, width)
    if width == 390:
        page.set_viewport_size({"width": 320, "height": 256})
        assert fits_in(page, 320)


def route_of(path: str, routes: list[str]) -> str:
    """The most particular route that a path belongs to."""
    shelves = "(cpus|gpus|memory|systems|models|quantizations|engines)"
    fitting = [
        route
        for route in routes
        if re.fullmatch(
            re.sub(r"\{[^}]*\}", "[^/]+", route.removeprefix("GET ").replace("{shelf}", shelves)),
            path,
        )
    ]
    return max(fitting, key=lambda route: len(re.sub(r"\{[^}]*\}", "", route)), default="")


def test_no_page_is_forgotten() -> None:
    routes = [r for r in page_routes() if r.startswith("GET ") and not NO_PAGE.fullmatch(r)]
    paths = {
        name: REACHED_AT.get(name) or urlsplit(at).path for name, at in (PAGES | EDITING).items()
    }
    visited = {route_of(path, routes) for path in paths.values()}
    assert len(routes) > 25
    assert not set(routes) - visited, "add these to PAGES or EDITING"


def test_axe_itself_finds_what_is_wrong(open_page: Open, address: str) -> None:
    """A check that never fails checks nothing."""
    page = open_page()
    page.goto(address)
    page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=x>')")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    assert any(found.startswith("image-alt") for found in page.evaluate(RUN_AXE))

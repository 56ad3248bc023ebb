"""Every page and every fragment is valid HTML, as the Nu Html Checker judges."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from anyio.from_thread import BlockingPortal

from app.tokens import create_token
from tests.databases import NewDatabase
from tests.editing.conftest import Service, Visitor, running
from tests.pages.conftest import Site
from tests.searches import FAST

ROOT = Path(__file__).resolve().parents[2]
CHECKER = ROOT / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"
BUILD = "cpu=amd-ryzen-9-9950x&gpu=nvidia-geforce-rtx-5090&module=udimm-ddr5-5600-48gb&modules=4"
SERVER = "cpu=amd-epyc-9554p&module=rdimm-ddr5-4800-32gb&modules=12"
TOO_SMALL = "gpu=nvidia-geforce-rtx-5080&model=llama-3.3-70b-instruct"
PAGES = [
    "/",
    "/configure",
    f"/configure?{BUILD}&users=4&demand=60",
    f"/configure?{TOO_SMALL}",
    f"/configure?{BUILD}&users=many&colour=red",
    f"/sweep?axis=context_tokens&{BUILD}",
    f"/sweep?axis=price&{BUILD}",
    "/sweep?axis=colour",
    f"/configure/calculation?{BUILD}",
    "/configure/calculation?users=many",
    f"/configure/upgrades?{BUILD}",
    f"/configure/upgrades?{TOO_SMALL}",
    "/compare",
    f"/compare?{urlencode({'a': BUILD, 'b': SERVER, 'c': 'cpu=foo', 'd': TOO_SMALL})}",
    f"/compare?{urlencode({'a': BUILD})}",
    "/advisor",
    f"/advisor?{FAST}&people=20&use_case=uc1,uc2&top=3",
    f"/advisor?{FAST}&budget=500",
    "/advisor?people=many&vendor=ACME&colour=red",
    "/value?model=llama-3.1-8b-instruct",
    "/value?model=nothing&currency=JPY",
    "/method",
    f"/method?{TOO_SMALL}",
    "/method?users=many",
    "/method/source-table",
    "/evidence",
    "/evidence?excluded=1&by=model&q=h100",
    "/evidence?by=colour&class=none&page=zero",
    "/evidence/yours",
    "/browse",
    "/gpus",
    "/cpus?vendor=AMD&q=epyc&sort=-cores&columns=cores,tdp_w,price_new_eur",
    "/models?vendor=Meta&licence=mit&architecture=moe",
    "/systems?colour=red&unified_memory=perhaps&sort=weight",
    "/gpus/nvidia-geforce-rtx-3090",
    "/cpus/amd-epyc-9554p",
    "/memory/rdimm-ddr5-4800-32gb",
    "/systems/framework-desktop-128gb-ryzen-ai-max-395",
    "/models/llama-3.1-8b-instruct",
    "/quantizations/q4_k_m",
    "/engines/llama.cpp-cuda",
    "/gpus/nvidia-geforce-rtx-3090/fits",
    "/models/llama-3.1-8b-instruct/machines",
    "/gpus/nvidia-geforce-rtx-4091",
    "/import",
    "/import/gguf",
    "/import/gpu",
    "/import/cpu",
    "/i/nothing",
    "/help",
    "/glossary",
    "/glossary?q=memory+band",
    "/glossary?q=%3Cscript%3E",
    "/docs",
    "/s/nothing",
    "/nowhere",
]
EDITING = [
    "/admin",
    "/admin/catalogue/gpus?q=l4",
    "/admin/catalogue/gpus/nvidia-l4",
    "/admin/add/gpus",
    "/admin/add/prices",
    "/admin/old-prices",
    "/admin/import",
    "/admin/publish",
    "/admin/publish?import=nothing",
    "/admin/history",
    "/admin/history/1",
    "/admin/newer",
]
#: What htmx puts into a page that is there already.
FRAGMENTS = [
    f"/configure/result?{BUILD}&gpu2=nvidia-geforce-rtx-5080",
    f"/configure/result?{TOO_SMALL}",
    "/configure/result?users=many",
    f"/sweep?axis=concurrency&{BUILD}",
    f"/configure/upgrades?{BUILD}",
    "/browse/gpus/results?q=rtx",
    "/gpus/nvidia-geforce-rtx-3090/fits",
]
WRAPPED = (
    '<!doctype html><html lang="en"><head><title>Fragment</title></head><body>{}</body></html>'
)
#: Attributes of htmx, which are made to be ignored by everything else.
IGNORED = r".*Attribute “hx-[a-z-]+” not allowed.*"


def editors_pages(url: str, portal: BlockingPortal) -> Iterator[tuple[str, str]]:
    """The pages of somebody who may edit and publish, each with its name."""
    with running(url, portal) as app:
        secret = create_token(app.state.database, "Ada", ["edit", "publish"])
        service = Service(app, portal, secret)
        visitor = Visitor(service)
        yield "/admin, not signed in", visitor.get("/admin").text
        yield "a wrong token", visitor.sign_in("rw_guessed").text
        visitor.sign_in(secret)
        service.change("gpus", "nvidia-l4", tdp_w=73)
        facts = {"name": "Acme One", "vendor": "Acme", "memory_gib": 48, "bandwidth_gbs": 1500}
        kept = service.rest("POST", "/imports", {"kind": "gpu", "facts": facts}).json()
        slug = urlsplit(kept["url"]).path.removeprefix("/i/")
        for path in EDITING:
            yield path, visitor.get(path).text
        yield "an import", visitor.get(f"/i/{slug}").text
        yield "to publish", visitor.get(f"/admin/publish/{slug}").text
        wrong = {"slug": "nvidia-l4", "reason": "", "source": "somewhere"}
        yield "not published", visitor.post(f"/admin/publish/{slug}", data=wrong).text
        right = {"slug": "acme-one", "reason": "asked for", "source": "https://example.org/one"}
        yield "published", visitor.post(f"/admin/publish/{slug}", data=right).text
        yield "what was published", visitor.get(f"/i/{slug}").text


def test_every_page_and_fragment_is_valid_html(
    site: Site, tmp_path: Path, new_database: NewDatabase, portal: BlockingPortal
) -> None:
    if shutil.which("java") is None:
        message = "There is no Java: the pages were NOT checked for valid HTML"
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail(message)
        pytest.skip(message)
    assert CHECKER.exists(), "vnu-jar is not installed: run npm ci"
    written = {}
    for number, path in enumerate(PAGES):
        written[f"{number:03}.html"] = (path, site.get(path).text)
    for number, path in enumerate(FRAGMENTS, 500):
        html = site.get(path, headers={"HX-Request": "true"}).text
        written[f"{number:03}.html"] = (f"{path} (fragment)", WRAPPED.format(html))
    shared = urlsplit(site.post("/share", query=BUILD).headers["location"]).path
    for number, path in enumerate(["", "/report", "/embed/verdicts", "/report?lang=de"], 700):
        written[f"{number}.html"] = (f"a share{path}", site.get(shared + path).text)
    written["799.html"] = ("a refused share", site.post("/share", query="cpu=foo").text)
    for number, (name, html) in enumerate(editors_pages(new_database(), portal), 800):
        written[f"{number}.html"] = (name, html)
    for name, (_, html) in written.items():
        (tmp_path / name).write_text(html, encoding="utf-8")
    command = ["java", "-Xmx512m", "-jar", CHECKER, "--format", "json", "--errors-only"]
    done = subprocess.run(
        [*command, "--filterpattern", IGNORED, *sorted(tmp_path.glob("*.html"))],
        capture_output=True,
        text=True,
        timeout=300,
    )
    found = [
        f"{written[Path(m['url']).name][0]}: {m['message']} … {m.get('extract', '')[:160]}"
        for m in json.loads(done.stderr)["messages"]
    ]
    assert not found, "\n".join(found)

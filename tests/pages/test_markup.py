"""What the content security policy forbids is in no page, and static addresses carry a hash."""

import re
from pathlib import Path

import pytest

from tests.pages.conftest import Page, Site
from tests.searches import FAST

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
BUILD = (
    "/configure?cpu=amd-ryzen-9-9950x&gpu=nvidia-geforce-rtx-5090"
    "&module=udimm-ddr5-5600-48gb&modules=4"
)
PAGES = [
    "/",
    "/configure",
    BUILD,
    "/method/source-table",
    "/evidence/yours",
    "/advisor",
    f"/advisor?{FAST}&top=2",
    "/advisor?people=many",
    "/compare",
    "/compare?a=gpu%3Dnvidia-geforce-rtx-5090&b=cpu%3Dno-such-cpu&c=cpu%3Damd-epyc-9554p",
    BUILD.replace("/configure?", "/sweep?axis=concurrency&"),
    BUILD.replace("/configure?", "/configure/upgrades?"),
    "/admin",
    "/admin/sign-in",
    "/s/nothing",
    "/nowhere",
]


@pytest.mark.parametrize("path", PAGES)
def test_no_inline_style_script_or_handler(site: Site, path: str) -> None:
    page = Page(site.get(path).text)
    for tag, attrs in page.elements:
        assert tag != "style"
        assert "style" not in attrs, (tag, attrs)
        assert not [a for a in attrs if a.startswith(("on", "hx-on"))], (tag, attrs)
        assert "[" not in attrs.get("hx-trigger", "")
        assert not attrs.get("href", "").startswith("javascript:")
        if tag == "script":
            assert "src" in attrs or attrs.get("type") == "application/json"


@pytest.mark.parametrize("path", PAGES)
def test_ids_are_unique_and_labels_point_at_fields(site: Site, path: str) -> None:
    page = Page(site.get(path).text)
    ids = [attrs["id"] for _, attrs in page.elements if "id" in attrs]
    assert len(ids) == len(set(ids)), {i for i in ids if ids.count(i) > 1}
    for label in page.find("label"):
        assert label["for"] in ids
    for _, attrs in page.elements:
        for name in ("aria-describedby", "aria-labelledby", "aria-controls", "popovertarget"):
            for target in attrs.get(name, "").split():
                assert target in ids, (name, target)


@pytest.mark.parametrize("path", ["/", BUILD])
def test_static_addresses_change_with_their_content(site: Site, path: str) -> None:
    page = Page(site.get(path).text)
    own = [a.get("src") or a.get("href", "") for t, a in page.elements if t in ("script", "link")]
    for address in own:
        if address:
            assert re.search(r"\?v=[0-9a-f]{10}$", address), address


def test_templates_hold_nothing_the_policy_would_stop() -> None:
    for template in TEMPLATES.rglob("*.html"):
        text = template.read_text(encoding="utf-8")
        assert not re.search(r"\sstyle=|\shx-on|\son[a-z]+=|js:|\|safe", text), template.name


def test_error_pages_are_calm_pages(site: Site) -> None:
    answer = site.get("/nowhere")
    assert answer.status_code == 404
    page = Page(answer.text)
    assert page.find("a", href="/configure")
    assert not re.search(r"\berror\b|invalid", page.text, re.I)

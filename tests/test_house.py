"""What holds for the repository as a whole: documents match the code, locks name no host."""

import hashlib
import json
import re
import subprocess
from pathlib import Path

import pytest
from fastapi import FastAPI

from app.catalogue.snapshot import Catalogue
from app.settings import Settings, variable_of

ROOT = Path(__file__).resolve().parents[1]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
OWN_SCRIPTS = sorted((ROOT / "static" / "js").rglob("*.js"))
LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-node.lock")

#: What our Content-Security-Policy would block, or what compiles text at run time.
FORBIDDEN_IN_TEMPLATES = {
    "style attribute": re.compile(r"<[^>]*\sstyle\s*=", re.IGNORECASE),
    "style element": re.compile(r"<style\b", re.IGNORECASE),
    "event attribute": re.compile(r"<[^>]*\son[a-z]+\s*=", re.IGNORECASE),
    "hx-on": re.compile(r"\bhx-on\b"),
    "js: value": re.compile(r"[\"']\s*(?:js|javascript):", re.IGNORECASE),
    "trigger filter": re.compile(r"hx-trigger\s*=\s*\"[^\"]*\["),
    "inline script": re.compile(
        r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>", re.IGNORECASE
    ),
    "address elsewhere": re.compile(
        r"(?:src|<link[^>]*href)\s*=\s*\"(?:https?:)?//", re.IGNORECASE
    ),
}


def read(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def tracked() -> list[Path]:
    """Files git knows or would add."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip("not a git checkout")
    return [path for name in done.stdout.splitlines() if (path := ROOT / name).is_file()]


@pytest.mark.parametrize("field", list(Settings.model_fields))
def test_every_setting_is_documented_with_its_default(field: str) -> None:
    line = next(
        (
            row
            for row in read("docs/operations.md").splitlines()
            if row.startswith(f"| `{variable_of(field)}` |")
        ),
        None,
    )
    assert line is not None, f"docs/operations.md lacks {variable_of(field)}"
    default = Settings.model_fields[field].default
    shown = f"{default:,}" if isinstance(default, int | float) and field != "port" else default
    if isinstance(default, bool):
        shown = str(default).lower()
    assert f"`{shown}`" in line


def test_no_setting_is_documented_that_does_not_exist() -> None:
    documented = set(re.findall(r"^\| `([A-Z_]+)` \|", read("docs/operations.md"), re.MULTILINE))
    assert documented == {variable_of(field) for field in Settings.model_fields}


def test_every_resource_is_documented(app: FastAPI) -> None:
    text = read("docs/api.md")
    for path in app.openapi()["paths"]:
        assert path.removesuffix("/{slug}") in text, path


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_hashes_and_no_host(name: str) -> None:
    text = read(name)
    assert "://" not in text
    assert not re.search(r"^-|index-url|find-links", text, re.MULTILINE)
    pinned = re.findall(r"^([a-z0-9._-]+)==.*?(?=^[a-z0-9]|\Z)", text, re.MULTILINE | re.DOTALL)
    blocks = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)
    with_hash = [block for block in blocks if "==" in block and "--hash=sha256:" in block]
    assert len(pinned) == len(with_hash) > 0


def test_the_npm_lock_names_hashes_and_no_host() -> None:
    text = read("package-lock.json")
    assert "://" not in text
    packages = json.loads(text)["packages"]
    assert all(entry["integrity"] for name, entry in packages.items() if name)
    asked = json.loads(read("package.json"))
    versions = [*asked["dependencies"].values(), *asked["devDependencies"].values()]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in versions)


def test_browser_files_are_the_reviewed_ones_and_not_committed() -> None:
    reviewed = json.loads(read("scripts/vendor.json"))
    folder = ROOT / "static" / "vendor"
    found = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.glob("*")}
    assert found == reviewed
    assert not [path for path in tracked() if folder in path.parents]


def test_plotlys_stylesheet_is_complete() -> None:
    css = read("static/vendor/plotly.css")
    assert ".js-plotly-plot .plotly .modebar {" in css
    assert ".plotly-notifier {" in css
    assert css.count("{") == css.count("}") > 50


@pytest.mark.parametrize("rule", list(FORBIDDEN_IN_TEMPLATES))
def test_no_template_holds_what_the_policy_forbids(rule: str) -> None:
    pattern = FORBIDDEN_IN_TEMPLATES[rule]
    found = [
        f"{path.relative_to(ROOT)}: {match.group()[:80]}"
        for path in TEMPLATES
        for match in pattern.finditer(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_templates_mark_nothing_safe_by_hand() -> None:
    found = [p for p in TEMPLATES if re.search(r"\|\s*safe\b", p.read_text(encoding="utf-8"))]
    assert found == []


def test_our_scripts_compile_no_text() -> None:
    pattern = re.compile(r"\beval\(|new Function\(|\.innerHTML\s*=|document\.write")
    found = [p.name for p in OWN_SCRIPTS if pattern.search(p.read_text(encoding="utf-8"))]
    assert found == []


def test_no_machine_path_is_written_down() -> None:
    pattern = re.compile(r"(?<![\w.])/(?:home|root|work|Users)/\w")
    suffixes = {".py", ".md", ".toml", ".json", ".html", ".js", ".css", ".csv", ".lock", ""}
    found = [
        str(path.relative_to(ROOT))
        for path in tracked()
        if path.suffix in suffixes
        and path != Path(__file__)
        and pattern.search(path.read_text(encoding="utf-8", errors="replace"))
    ]
    assert found == []


def test_the_readme_promises_no_more_than_there_is(catalogue: Catalogue) -> None:
    promise = re.search(
        r"over ([\d,]+) CPUs, ([\d,]+) GPUs, ([\d,]+) models, ([\d,]+) dated prices "
        r"and ([\d,]+) published measurements",
        read("README.md"),
    )
    assert promise is not None
    kinds = ("cpus", "gpus", "models", "prices", "measurements")
    for kind, number in zip(kinds, promise.groups(), strict=True):
        assert len(catalogue.of_kind(kind)) > int(number.replace(",", ""))


def test_links_between_documents_lead_somewhere() -> None:
    documents = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    dead = [
        f"{document.name}: {target}"
        for document in documents
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", document.read_text(encoding="utf-8"))
        if "://" not in target and not (document.parent / target).exists()
    ]
    assert dead == []

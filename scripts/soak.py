"""The tests of endurance in full, and one table of what they saw.

Those of load have the machine to themselves; the others share it two at a time. Arguments go to
pytest, in place of these two parts.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.soak import REPORT_VARIABLE

LOAD = "tests/load"
PARTS = ([LOAD], ["tests", "--ignore", LOAD, "-n", "2", "--dist", "worksteal"])


def main() -> int:
    """Run them and print the table; the exit status of the tests."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "seen"
        report.touch()
        codes = [_tested(part, report) for part in ([sys.argv[1:]] if sys.argv[1:] else PARTS)]
        lines = [line.partition("\t") for line in report.read_text("utf-8").splitlines()]
    sys.stdout.write("\n| Test | Seen |\n|---|---|\n")
    for test, _, seen in sorted(lines, key=lambda line: _number(line[0])):
        sys.stdout.write(f"| {test} | {seen} |\n")
    return max(codes)


def _tested(arguments: list[str], report: Path) -> int:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "--soak", "-m", "soak", *arguments],
        env={**os.environ, REPORT_VARIABLE: str(report)},
        check=False,
    ).returncode


def _number(test: str) -> tuple[int, str]:
    """T9 before T10."""
    found = re.search(r"\d+", test)
    return int(found.group()) if found else 0, test


if __name__ == "__main__":
    raise SystemExit(main())

"""The tests of endurance in full, and one table of what they saw."""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.soak import REPORT_VARIABLE


def main() -> int:
    """Run them and print the table; the exit status of the tests."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "seen"
        report.touch()
        code = subprocess.run(
            [sys.executable, "-m", "pytest", "--soak", "-m", "soak", *sys.argv[1:]],
            env={**os.environ, REPORT_VARIABLE: str(report)},
            check=False,
        ).returncode
        lines = [line.partition("\t") for line in report.read_text("utf-8").splitlines()]
    sys.stdout.write("\n| Test | Seen |\n|---|---|\n")
    for test, _, seen in sorted(lines, key=lambda line: _number(line[0])):
        sys.stdout.write(f"| {test} | {seen} |\n")
    return code


def _number(test: str) -> tuple[int, str]:
    """T9 before T10."""
    found = re.search(r"\d+", test)
    return int(found.group()) if found else 0, test


if __name__ == "__main__":
    raise SystemExit(main())

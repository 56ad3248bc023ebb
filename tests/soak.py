"""How often a test of endurance repeats, and its line in the table that `make soak` prints.

On every push such a test repeats a few times; with ``--soak`` as often as its acceptance says.
"""

import os
from pathlib import Path

REPORT_VARIABLE = "RIGWISE_SOAK_REPORT"

_soaking = False


def switch(on: bool) -> None:
    """Say which mode this run of pytest is in; called once, by ``tests/conftest.py``."""
    global _soaking
    _soaking = on


def times(ci: int, soak: int) -> int:
    """How often to repeat: ``ci`` on every push, ``soak`` with ``--soak``."""
    return soak if _soaking else ci


def report_line(test_id: str, text: str) -> None:
    """Add a line to the table: the number of the test (``T30``) and what was seen.

    Goes to the file named in RIGWISE_SOAK_REPORT, test and text divided by a tab; nowhere where
    that is not set.
    """
    report = os.environ.get(REPORT_VARIABLE)
    if report:
        with Path(report).open("a", encoding="utf-8") as file:
            file.write(f"{test_id}\t{' '.join(text.split())}\n")

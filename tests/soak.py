"""How often a test of endurance repeats, and its line in the table that `make soak` prints.

On every push such a test repeats a few times; with ``--soak`` as often as its acceptance says.
"""

import os
from pathlib import Path

REPORT_VARIABLE = "RIGWISE_SOAK_REPORT"

_soaking = False
_report: str | None = None


def switch(on: bool, *, passes_on: bool = False) -> None:
    """Say which mode this run of pytest is in; called once, by ``tests/conftest.py``.

    The variable is taken out of the environment, where the service would take it for a misspelt
    setting; not where this process ``passes_on`` its environment to others that run the tests.
    """
    global _soaking, _report
    _soaking, _report = on, os.environ.get(REPORT_VARIABLE)
    if not passes_on:
        os.environ.pop(REPORT_VARIABLE, None)


def times(ci: int, soak: int) -> int:
    """How often to repeat: ``ci`` on every push, ``soak`` with ``--soak``."""
    return soak if _soaking else ci


def report_line(test_id: str, text: str) -> None:
    """Add a line to the table: the number of the test (``T30``) and what was seen.

    Goes to the file named in RIGWISE_SOAK_REPORT, test and text divided by a tab; nowhere where
    that is not set.
    """
    if _report:
        with Path(_report).open("a", encoding="utf-8") as file:
            file.write(f"{test_id}\t{' '.join(text.split())}\n")

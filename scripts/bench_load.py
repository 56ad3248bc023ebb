"""Answers a second under load, as shares of what the same server gives for a constant answer.

Every kind of request is asked in turn, several rounds of it, so that what else the machine does
falls on all alike. The share of the server's own processor time is the steadier figure: whoever
asks needs a processor, too.
"""

import asyncio
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from scripts.load import Ask, hammer, message, processor_s, serving
from tests.load.questions import (
    new_estimate,
    preview,
    same_estimate,
    same_in_other_words,
    same_preview,
)
from tests.servers import Server

CONNECTIONS: Final = 16
ROUNDS: Final = 4
ROUND_S: Final = 2.0
CONSTANT: Final = "constant answer"

KINDS: Final[Mapping[str, Ask]] = {
    CONSTANT: lambda _: message("GET", "/healthz"),
    "estimate, asked before": same_estimate,
    "the same in other words": same_in_other_words,
    "estimate, never asked": new_estimate,
    "configurator, asked before": same_preview,
    "configurator, never asked": preview,
    "list of GPUs, page": lambda _: message("GET", "/gpus"),
    "list of 50 CPUs, JSON": lambda _: message("GET", "/api/v1/cpus"),
}
#: Shares of the constant answer's requests a second that are aimed at.
AIMS: Final[Mapping[str, float]] = {
    "estimate, asked before": 0.8,
    "the same in other words": 0.6,
    "estimate, never asked": 0.6,
    "configurator, asked before": 0.25,
    "configurator, never asked": 0.25,
}


@dataclass(slots=True)
class Seen:
    """All rounds of one kind of request."""

    answers: int = 0
    took_s: float = 0.0
    processor_s: float = 0.0
    times_s: list[float] = field(default_factory=list)
    refused: int = 0

    @property
    def per_s(self) -> float:
        """Answers a second."""
        return self.answers / self.took_s

    @property
    def each_ms(self) -> float:
        """Processor time of one answer, milliseconds."""
        return 1000 * self.processor_s / self.answers

    @property
    def p99_ms(self) -> float:
        """The time within which 99 of 100 answers came, milliseconds."""
        return 1000 * sorted(self.times_s)[int(0.99 * len(self.times_s))]


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        database = f"sqlite:///{Path(folder) / 'bench.db'}"
        with serving(database):
            pass  # migrated and seeded
        with serving(database) as server:
            ready_s = server.ready_s
            seen = asyncio.run(measured(server))
    constant = seen[CONSTANT]
    row = "{:<26}{:>9}{:>9}{:>10}{:>9}{:>9}{:>7}"
    tell(row.format("", "a second", "share", "CPU ms", "share", "p99 ms", "aim"))
    for name, one in seen.items():
        aim = AIMS.get(name)
        tell(
            row.format(
                name,
                f"{one.per_s:.0f}",
                f"{one.per_s / constant.per_s:.2f}",
                f"{one.each_ms:.2f}",
                f"{constant.each_ms / one.each_ms:.2f}",
                f"{one.p99_ms:.0f}",
                "" if aim is None else f"{aim:.2f}",
            )
            + (f"  {one.refused} refused" if one.refused else "")
        )
    tell(f"start to ready, database there: {ready_s:.2f} s (aim 2.50)")


async def measured(server: Server) -> dict[str, Seen]:
    """Every kind in turn, so many rounds."""
    seen = {name: Seen() for name in KINDS}
    asked = dict.fromkeys(KINDS, 0)
    for _ in range(ROUNDS):
        for name, ask in KINDS.items():
            before, first = processor_s(server.process.pid), asked[name]
            found = await hammer(
                server.port,
                lambda n, ask=ask, first=first: ask(first + n),  # type: ignore[misc]
                connections=CONNECTIONS,
                for_s=ROUND_S,
            )
            one = seen[name]
            one.processor_s += processor_s(server.process.pid) - before
            one.answers += found.statuses[200]
            one.refused += sum(found.statuses.values()) - found.statuses[200] + found.lost
            one.took_s += found.took_s
            one.times_s += found.times_s
            asked[name] += sum(found.statuses.values()) + CONNECTIONS
    return seen


def tell(line: str) -> None:
    """One line."""
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    main()

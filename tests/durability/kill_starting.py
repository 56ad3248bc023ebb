"""Start on a database and be killed at a statement; run as a program, many times over.

    python -m tests.durability.kill_starting DATABASE FOLDER COUNT

Copies DATABASE into FOLDER as 0.db, 1.db and so on, and lets a process that migrates and seeds
each copy kill itself: at the first statement, at the last, and at evenly spaced ones between.
Prints how many statements there are. Processes are forked, as starting Python takes longer than
what is looked at.
"""

import os
import shutil
import signal
import sys
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from app.catalogue.seed import load_seed
from app.database import migrate, open_database


def start(path: Path, last: int | None = None) -> int:
    """Migrate and seed; killed at statement ``last``. Gives how many statements there were."""
    count = 0

    def statement(*_: Any) -> None:
        nonlocal count
        count += 1
        if count == last:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, "before_cursor_execute", statement)
    event.listen(Engine, "commit", statement)
    engine = open_database(f"sqlite:///{path}")
    migrate(engine)
    load_seed(engine)
    engine.dispose()
    return count


def main(database: Path, folder: Path, times: int) -> None:
    """Start once to count, then again and again to be killed."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        count = start(Path(shutil.copy(database, folder / "whole.db")))
        os.write(writing, str(count).encode())
        os._exit(0)
    os.waitpid(child, 0)
    count = int(os.read(reading, 20))
    for number in range(times):
        copy = Path(shutil.copy(database, folder / f"{number}.db"))
        last = 1 + number * (count - 1) // max(1, times - 1)
        child = os.fork()
        if child == 0:
            start(copy, last)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            sys.exit(f"not killed at statement {last} of {count}")
    sys.stdout.write(f"{count}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))

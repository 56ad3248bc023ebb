"""Following the catalogue: what the database holds is what this process serves.

After an edit the process that made it reads the catalogue anew at once; the others ask the database
each second whether there is a newer state. Requests never ask.
"""

import gc
from contextlib import suppress
from dataclasses import replace
from threading import Lock, Thread
from typing import Final

import anyio
import anyio.to_thread
from sqlalchemy import Engine
from starlette.datastructures import State

from app.catalogue.snapshot import newest_state
from app.logs import ERRORS
from app.serving.searches import warm_up
from app.start import read_catalogue, settle_memory

EVERY_S: Final = 1.0


class Follower:
    """Keeps ``state.world`` at the newest state of the catalogue in the database."""

    def __init__(self, state: State, database: Engine, seen: int, *, warm: bool = False) -> None:
        """``seen`` is the state that is served already; ``warm``: keep the advisor ready too."""
        self._state = state
        self._database = database
        self._seen = seen
        self._failed: int | None = None
        self._warm = warm
        self._reading = Lock()
        self._warming = Lock()
        self.problem = ""
        """Why a newer catalogue is not served; empty where it is."""

    @property
    def seen(self) -> int:
        """Number of the state that is served."""
        return self._seen

    def refresh(self) -> bool:
        """Serve the newest state; False, with `problem` saying why, where the old one stays."""
        with self._reading:
            newest = newest_state(self._database)
            if newest is None or newest == self._seen:
                return True
            try:
                known = (self._seen, self._state.world.catalogue)
                state, catalogue = read_catalogue(self._database, known)
            except Exception as error:
                self.problem = (
                    "The newest catalogue could not be read, so the one before it is still "
                    "served. The log has the reason."
                )
                if self._failed != newest:  # once for each state, not each second
                    ERRORS.error("catalogue not rebuilt", exc_info=error)
                self._failed = newest
                return False
            self._state.world = replace(self._state.world, catalogue=catalogue)
            self._seen, self._failed, self.problem = state, None, ""
        if gc.get_freeze_count():  # a process that serves, not one that tests
            settle_memory()
        if self._warm:
            Thread(target=self._keep_warm, daemon=True).start()
        return True

    async def follow(self) -> None:
        """Look for a newer state each second, until cancelled."""
        while True:
            await anyio.sleep(EVERY_S)
            with suppress(Exception):  # a database that is away now is asked again in a second
                await anyio.to_thread.run_sync(self.refresh)

    def _keep_warm(self) -> None:
        """Make the advisor's tables anew; of many edits in a row only the last counts."""
        if not self._warming.acquire(blocking=False):
            return
        try:
            world = None
            while world is not self._state.world:
                world = self._state.world
                warm_up(world)
        finally:
            self._warming.release()

"""The advisor's searches of a running service: a few at a time, a few waiting, and no more.

A search keeps a processor busy for up to minutes, so it runs in a thread beside the event loop and
ends early when nobody waits for it any more.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import date
from functools import partial
from threading import Event
from typing import Final, TypeVar

import anyio
import anyio.to_thread
from fastapi import HTTPException

from app.advisor.advise import Progress, advise, prepare
from app.advisor.answer import Recommendations
from app.advisor.query import question_to_query
from app.advisor.question import AdvisorSpec
from app.advisor.value import Value, value_of
from app.builds.assess import World
from app.builds.problems import InvalidSpecError
from app.builds.spec import Condition, Currency

AT_ONCE: Final = 2
WAITING: Final = 6
#: Answers kept, so that a link opened again or a page gone back to is there at once.
KEPT: Final = 32
#: How often it is asked whether anybody still waits, seconds.
TICK_S: Final = 0.3
RETRY_AFTER_S: Final = 10

T = TypeVar("T")
Gone = Callable[[], Awaitable[bool]]


def warm_up(world: World) -> None:
    """Work out what all searches share, so that the first one asked finds it there."""
    with suppress(InvalidSpecError):  # a catalogue without entries: said to whoever asks
        prepare(AdvisorSpec(), world)


async def still_there() -> bool:
    """Nobody has gone: for callers who end a search by cancelling it."""
    return False


class Searches:
    """Runs searches for request handlers. Of one event loop."""

    def __init__(
        self, at_once: int = AT_ONCE, waiting: int = WAITING, longest_s: float | None = None
    ) -> None:
        """``longest_s``: seconds after which any search ends with what it has found."""
        # set when the service is to end: searches then give what they have found
        self.stopping = Event()
        self._longest_s = longest_s
        self._limiter = anyio.CapacityLimiter(at_once)
        self._most = at_once + waiting
        self._inside = 0
        self._kept: OrderedDict[tuple[str, date], tuple[World, Recommendations]] = OrderedDict()

    @property
    def inside(self) -> int:
        """Searches running or waiting for their turn."""
        return self._inside

    @property
    def running(self) -> int:
        """Searches at work."""
        return int(self._limiter.borrowed_tokens)

    @property
    def waiting(self) -> int:
        """Searches waiting for their turn."""
        return self._inside - self.running

    def refuse_if_full(self) -> None:
        """Raises HTTPException: 503, where too many searches wait already."""
        if self._inside >= self._most:
            sentence = (
                "Too many searches are under way. Try again in some seconds: nothing is lost, "
                "the address holds the question."
            )
            raise HTTPException(503, sentence, headers={"Retry-After": str(RETRY_AFTER_S)})

    async def answer(
        self,
        spec: AdvisorSpec,
        world: World,
        *,
        gone: Gone = still_there,
        progress: Callable[[Progress], None] = lambda _: None,
        patience_s: float | None = None,
    ) -> Recommendations:
        """Answer ``spec``.

        The search ends early, and says so in its answer, when ``gone`` says that nobody waits or
        after ``patience_s`` seconds. ``progress`` is called from another thread.

        Raises:
            InvalidSpecError: as `advise`.
            HTTPException: 503, where too many searches wait already.
        """
        key = (question_to_query(spec), date.today())
        world_then, kept = self._kept.get(key, (None, None))
        if kept is not None and world_then is world:
            self._kept.move_to_end(key)
            return kept
        stopped = Event()
        work = partial(advise, spec, world, key[1], progress=progress, stop=stopped.is_set)
        found = await self._in_turn(work, stopped, gone, patience_s)
        if found.searched.complete:
            self._keep(key, world, found)
        return found

    async def value(
        self, model: str, quantization: str, world: World, currency: Currency, condition: Condition
    ) -> Value:
        """`value_of`, which goes through all machines as a search does, in its turn.

        Raises:
            InvalidSpecError: as `value_of`.
            HTTPException: 503, where too many searches wait already.
        """
        work = partial(value_of, model, quantization, world, currency=currency, condition=condition)
        return await self._in_turn(work, Event(), still_there, None)

    async def _in_turn(
        self, work: Callable[[], T], stopped: Event, gone: Gone, patience_s: float | None
    ) -> T:
        self.refuse_if_full()
        self._inside += 1
        try:
            found = await self._run(work, stopped, gone, patience_s)
        finally:
            stopped.set()
            self._inside -= 1
        if isinstance(found, InvalidSpecError):
            raise found
        return found

    async def _run(
        self, work: Callable[[], T], stopped: Event, gone: Gone, patience_s: float | None
    ) -> T | InvalidSpecError:
        """``work`` in a thread, with somebody beside it who sees when to stop."""
        found: list[T | InvalidSpecError] = []

        async def watch() -> None:
            limits = [s for s in (patience_s, self._longest_s) if s is not None]
            with anyio.move_on_after(min(limits, default=None)):
                while not (self.stopping.is_set() or await gone()):  # noqa: ASYNC110  # nobody tells: it has to be asked
                    await anyio.sleep(TICK_S)
            stopped.set()

        async with anyio.create_task_group() as group:
            group.start_soon(watch)
            try:
                found.append(
                    await anyio.to_thread.run_sync(
                        work, limiter=self._limiter, abandon_on_cancel=True
                    )
                )
            except InvalidSpecError as error:  # as a value: a task group would wrap it in a group
                found.append(error)
            group.cancel_scope.cancel()
        return found[0]

    def _keep(self, key: tuple[str, date], world: World, found: Recommendations) -> None:
        self._kept[key] = (world, found)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)

"""Answers that were given before: the same question to the same catalogue on the same day.

Prices age by the day, so yesterday's answers are not today's.
"""

from collections import OrderedDict
from datetime import date
from typing import Final

from app.builds.assess import World, assess
from app.builds.spec import BuildSpec

#: An answer is about 40 kB, so these are some 10 MB.
KEPT: Final = 256
#: Longer bodies are read anew each time.
BODY_BYTES: Final = 4096

Question = tuple[date, bytes]


class Answers:
    """Assessments as JSON. Of one event loop.

    A question is known by its canonical form, whatever order its fields came in and whichever
    defaults were spelled out; and, to save reading it again, by the very body it came in.
    """

    def __init__(self, kept: int = KEPT) -> None:
        self.hits = 0
        self.misses = 0
        self._most = kept
        self._world: World | None = None
        self._kept: OrderedDict[Question, bytes] = OrderedDict()
        self._bodies: OrderedDict[bytes, Question] = OrderedDict()

    def known(self, body: bytes, world: World) -> bytes | None:
        """The answer to a body that was asked before, letter for letter."""
        question = self._bodies.get(body)
        if question is None or question[0] != date.today():
            return None
        return self._look_up(question, world)

    def assessment(self, spec: BuildSpec, world: World, body: bytes = b"") -> bytes:
        """The `Assessment` of ``spec``, which came as ``body``, as JSON.

        Raises:
            InvalidSpecError: as `assess`; refusals are not kept.
        """
        today = date.today()
        question = (today, spec.__pydantic_serializer__.to_json(spec))
        answer = self._look_up(question, world)
        if answer is None:
            self.misses += 1
            found = assess(spec, world, today)
            answer = self._kept[question] = found.__pydantic_serializer__.to_json(found)
            _forget_oldest(self._kept, self._most)
        if 0 < len(body) <= BODY_BYTES:
            self._bodies[body] = question
            _forget_oldest(self._bodies, self._most)
        return answer

    def _look_up(self, question: Question, world: World) -> bytes | None:
        if world is not self._world:  # another catalogue, and so other answers
            self._kept.clear()
            self._world = world
        answer = self._kept.get(question)
        if answer is not None:
            self.hits += 1
            self._kept.move_to_end(question)
        return answer


def _forget_oldest(
    kept: "OrderedDict[Question, bytes] | OrderedDict[bytes, Question]", most: int
) -> None:
    while len(kept) > most:
        kept.popitem(last=False)

"""What went into an estimate: every figure with its origin, and everything that was missing."""

from dataclasses import dataclass, field
from typing import Literal, cast

from app.builds.assessment import InputValue, Origin
from app.catalogue.facts import Fact
from app.catalogue.importers.drafts import PREFIX
from app.estimator.numbers import UNKNOWN
from app.estimator.workload import Placement

#: Which part of a machine a figure belongs to: it matters only where that part is at work.
Part = Literal["any", "cpu", "gpu", "host-link", "peer-link"]
Speed = Literal["decode", "prefill"]
BOTH: tuple[Speed, ...] = ("decode", "prefill")
_AT_WORK: dict[str, frozenset[Part]] = {
    "cpu-only": frozenset({"any", "cpu"}),
    "layer-offload": frozenset({"any", "cpu", "gpu", "host-link"}),
    "expert-offload": frozenset({"any", "cpu", "gpu", "host-link"}),
    "tensor-parallel": frozenset({"any", "gpu", "peer-link"}),
}


@dataclass(frozen=True, slots=True)
class Gap:
    """Something nobody states, in words; ``speeds`` are those a stand-in makes less certain."""

    part: Part
    words: str
    speeds: tuple[Speed, ...] = ()


@dataclass(slots=True)
class Ledger:
    """Notes each figure as it is taken, so that nothing is assumed in silence.

    ``gaps`` names figures nobody states, ``stand_ins`` what was used instead of one.
    """

    overrides: dict[str, float]
    values: list[InputValue] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    asks: list[Gap] = field(default_factory=list)
    stand_ins: list[Gap] = field(default_factory=list)

    def fact(
        self,
        owner: Fact,
        attribute: str,
        label: str,
        unit: str,
        *,
        path: str,
        override: str | None = None,
        part: Part | None = "any",
    ) -> float:
        """A catalogue figure, or the user's own where they gave one. Unknown is NaN.

        ``part`` says where its absence is a gap; ``None`` where physics can do without it.
        """
        given = self.overrides.get(override) if override else None
        if given is not None:
            return self.note(path, label, given, unit, "user", "Your figure")
        value = cast("float | int | None", getattr(owner, attribute))
        if value is None and part is not None:
            self.gap(f"{label} of {owner.name}", part)
        source = owner.cell_sources.get(attribute, owner.source)
        if owner.slug.startswith(PREFIX):  # said by whoever imported it
            return self.note(path, label, value, unit, "user", source)
        return self.note(path, label, value, unit, "catalogue", source)

    def note(
        self,
        path: str,
        label: str,
        value: float | int | None,
        unit: str | None,
        origin: Origin,
        source: str | None,
    ) -> float:
        """Record a figure and give it back as the estimator wants it."""
        number = None if value is None or value != value else float(value)
        if number is None:
            source = None  # nobody states it
        elif origin == "user":
            source = source or "Your figure"
        self.values.append(
            InputValue(
                field=path, label=label, value=number, unit=unit, origin=origin, source=source
            )
        )
        return UNKNOWN if number is None else number

    def word(self, path: str, label: str, value: str, origin: Origin, source: str | None) -> None:
        """Record a choice that is a word: the engine, the placement."""
        self.values.append(
            InputValue(field=path, label=label, value=value, origin=origin, source=source)
        )

    def gap(self, words: str, part: Part = "any") -> None:
        """Something is unknown and nothing can stand in for it."""
        self.gaps.append(Gap(part, words))

    def ask(self, words: str, part: Part = "any") -> None:
        """Something only the user can say is missing; ``words`` tell them what to do."""
        self.asks.append(Gap(part, words))

    def wanted(self, placement: Placement | None) -> list[str]:
        """What the user has to do for an answer under a placement."""
        return list(dict.fromkeys(g.words for g in self.asks if _matters(g, placement)))

    def stand_in(self, words: str, part: Part, *speeds: Speed) -> None:
        """Something is unknown and a related fact is used: the interval has to widen."""
        self.stand_ins.append(Gap(part, words, speeds))

    def missing(self, placement: Placement | None) -> list[str]:
        """What is unknown and matters under a placement (all of it without one)."""
        return list(dict.fromkeys(g.words for g in self.gaps if _matters(g, placement)))

    def stood_in(self, placement: Placement, speed: Speed | None = None) -> list[str]:
        """What stands in under a placement, for one speed or for any."""
        return [
            g.words
            for g in self.stand_ins
            if _matters(g, placement) and (speed is None or speed in g.speeds)
        ]


def _matters(gap: Gap, placement: Placement | None) -> bool:
    return placement is None or gap.part in _AT_WORK.get(placement, frozenset({"any", "gpu"}))

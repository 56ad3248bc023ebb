"""What would be different if the question of a share were asked today: figures, prices, facts."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from app.builds.assess import World, assess
from app.builds.assessment import Assessment, InputValue, PurchaseLine, Verdict
from app.builds.problems import InvalidSpecError
from app.builds.words import capital
from app.exports.words import CLASS_WORDS, MARK_WORDS
from app.pages.words import UNKNOWN, YES_NO, Value, dig, text

#: What a reader would want to hear about if it changed: label, path, style.
COMPARED = (
    ("Price", "cost.purchase.typical", "money"),
    ("Cost over the years", "cost.cost_over_years.typical", "money"),
    ("Speed", "speed.decode_tps.typical", "tps"),
    ("First token", "speed.ttft_s.typical", "seconds"),
    ("Memory to spare", "fit.spare_gib", "gib"),
    ("Power", "power.load_w", "watts"),
)
#: Facts listed at most; the rest is counted.
MOST_FACTS = 12


@dataclass(frozen=True, slots=True)
class Change:
    """One figure then and now, already in words."""

    label: str
    then: str
    today: str
    difference: str


@dataclass(frozen=True, slots=True)
class Today:
    """The same question asked now."""

    changes: list[Change] = field(default_factory=list)
    prices: list[Change] = field(default_factory=list)
    facts: list[Change] = field(default_factory=list)
    more_facts: int = 0
    problem: str = ""
    versions: str = ""

    @property
    def same(self) -> bool:
        """Whether nothing at all moved."""
        return not (self.changes or self.prices or self.facts or self.problem)


def today(frozen: Assessment, world: World) -> Today:
    """Ask the same question now and tell what moved."""
    try:
        now = assess(frozen.spec, world)
    except InvalidSpecError as error:
        sentences = " ".join(problem.message for problem in error.problems)
        return Today(problem=f"This question cannot be asked any more as it was. {sentences}")
    currency = now.cost.currency
    changes = [
        _moved(label, then, new, style, currency)
        for label, path, style in COMPARED
        if (then := dig(frozen, path)) != (new := dig(now, path))
    ]
    changes += _changed_words(frozen, now)
    facts = list(_facts(frozen, now))
    return Today(
        changes=changes,
        prices=list(_prices(frozen, now)),
        facts=facts[:MOST_FACTS],
        more_facts=max(0, len(facts) - MOST_FACTS),
        versions=_versions(frozen, now),
    )


def _moved(label: str, then: Value, new: Value, style: str, currency: str = "EUR") -> Change:
    before, after = (text(value, style, currency=currency) for value in (then, new))
    return Change(label, before, after, _share(then, new))


def _prices(frozen: Assessment, now: Assessment) -> Iterator[Change]:
    """Lines of the bill whose price moved, came or went."""
    currency = now.cost.currency
    then = {_line_key(line): line for line in frozen.cost.lines}
    new = {_line_key(line): line for line in now.cost.lines}
    for key in dict.fromkeys([*then, *new]):
        old, fresh = then.get(key), new.get(key)
        if old is None or fresh is None:
            item = (old or fresh).item if old or fresh else ""  # type: ignore[union-attr]
            yield Change(item, _priced(old, currency), _priced(fresh, currency), "")
        elif old.typical != fresh.typical:
            label = fresh.item if old.quantity == 1 else f"{old.quantity} × {fresh.item}"
            yield _moved(label, old.typical, fresh.typical, "money", currency)


def _line_key(line: PurchaseLine) -> tuple[str, str]:
    return line.kind, line.slug or line.item


def _priced(line: PurchaseLine | None, currency: str) -> str:
    return "not in the bill" if line is None else text(line.typical, "money", currency=currency)


def _facts(frozen: Assessment, now: Assessment) -> Iterator[Change]:
    """Figures that go in and that have another value today."""
    then = {i.field: i for i in frozen.inputs}
    for fresh in now.inputs:
        old = then.get(fresh.field)
        if old is not None and old.value != fresh.value:
            share = _share(old.value, fresh.value)
            label = f"{_part(fresh.field)}: {fresh.label}"
            yield Change(label, _fact_words(old), _fact_words(fresh), share)


def _part(path: str) -> str:
    """Whose fact it is: gpu.1.bandwidth_gbs is of GPU 2."""
    first, _, rest = path.partition(".")
    name = first.upper() if first in ("cpu", "gpu", "kv") else capital(first.replace("_", " "))
    place = rest.partition(".")[0]
    return f"{name} {int(place) + 1}" if place.isdecimal() and place != "0" else name


def _fact_words(found: InputValue) -> str:
    if found.value is None:
        return UNKNOWN
    return f"{text(found.value, 'plain')} {found.unit or ''}".strip()


def _changed_words(frozen: Assessment, now: Assessment) -> list[Change]:
    """What is said in words and not in figures: fit, what can be built, and the verdicts."""
    words = [
        ("Fits", YES_NO[frozen.fit.fits], YES_NO[now.fit.fits]),
        ("Can be built", YES_NO[frozen.buildable], YES_NO[now.buildable]),
    ]
    for then in frozen.verdicts:
        new = next((v for v in now.verdicts if v.use_case == then.use_case), None)
        if new is not None:
            words.append((then.name, _verdict_words(then), _verdict_words(new)))
    return [Change(label, old, new, "") for label, old, new in words if old != new]


def _verdict_words(verdict: Verdict) -> str:
    return f"{CLASS_WORDS[verdict.workflow_class]}, {MARK_WORDS[verdict.mark]}"


def _share(then: object, new: object) -> str:
    numbers = (int, float, Decimal)
    if not isinstance(then, numbers) or not isinstance(new, numbers) or not then:
        return ""
    share = (float(new) / float(then) - 1) * 100
    return f"{share:+.1f} %".replace("-", "\u2212")


def _versions(frozen: Assessment, now: Assessment) -> str:
    moved = [
        f"{name} {old} then, {new} today"
        for name, old, new in (
            ("estimator", frozen.estimator_version, now.estimator_version),
            ("calibration", frozen.calibration_version, now.calibration_version),
            ("catalogue", frozen.catalogue_revision, now.catalogue_revision),
        )
        if old != new
    ]
    return "; ".join(moved).capitalize() + ("." if moved else "")

"""The one sentence a sweep answers with, written from its points."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import takewhile

from app.advisor.changes.sweep_points import Axis, SweepPoint
from app.builds.words import CURRENCY_SIGNS, THIN, grouped, listed, significant

Points = Sequence[SweepPoint]


def answer_of(axis: Axis, points: Points, currency: str, years: int, enough_tps: float) -> str:
    """What the points say, in one sentence; of requests at once, also how many are quick.

    Args:
        axis: What was varied.
        points: Its values in the order of the table.
        currency: Of every amount.
        years: Of use.
        enough_tps: Tokens a second that a user has to get for interactive work.
    """
    if axis in ("price", "electricity"):
        return _money_answer(axis, points, currency, years)
    known = [p for p in points if p.decode_tps.typical is not None]
    if not known:
        return _nothing(points)
    if axis == "concurrency":
        return f"{_quick(points, enough_tps)} {_concurrency(known)}"
    return _ANSWERS[axis](points, known)


def amount(value: Decimal, currency: str) -> str:
    """Money in a sentence: whole units, or cents where it is small."""
    sign = CURRENCY_SIGNS.get(currency, currency)
    return f"{grouped(value, 2 if abs(value) < 100 else 0)}{THIN}{sign}"


def _nothing(points: Points) -> str:
    reasons = [p.reason for p in points if p.reason]
    if any(p.fits is False for p in points):
        return "It does not fit at any of these values."
    return reasons[0] if reasons else "The speed is unknown at all of these values."


def _speed(point: SweepPoint) -> str:
    return significant(point.decode_tps.typical or 0.0)


def _course(known: Points) -> str:
    """How the speed goes from the first to the last point that runs."""
    first, last = known[0], known[-1]
    if first is last:
        return f"the speed is {_speed(first)} tok/s"
    if _speed(first) == _speed(last):
        return f"the speed stays at {_speed(first)} tok/s"
    falls = (last.decode_tps.typical or 0) < (first.decode_tps.typical or 0)
    return f"the speed {'falls' if falls else 'rises'} from {_speed(first)} to {_speed(last)} tok/s"


def _context(points: Points, known: Points) -> str:
    last = known[-1]
    if all(p.fits for p in points):
        fit = f"All contexts up to {last.label} tokens fit"
    else:
        misfit = next((p for p in points if p.fits is False), None)
        more = f", {misfit.label} do not" if misfit is not None else ""
        fit = f"{last.label} tokens of context fit{more}"
    return f"{fit}{_moved(known)}; {_course(known)}."


def _moved(known: Points) -> str:
    """Where the model has to move: "the ones above 65 536 with some layers in RAM"."""
    first = known[0].placement_label
    kept = next((i for i, p in enumerate(known) if p.placement_label != first), len(known))
    if kept == len(known) or first is None:
        return ""
    return f", beyond {known[kept - 1].label} {known[kept].placement_label} instead of {first}"


def leading_quick(points: Points, enough_tps: float) -> list[SweepPoint]:
    """The points from the least requests on, as far as each still gets ``enough_tps``."""
    tried = sorted(points, key=lambda p: int(p.value))
    return list(takewhile(lambda p: (p.decode_tps.typical or 0.0) >= enough_tps, tried))


def _quick(points: Points, enough_tps: float) -> str:
    """How many at once still get ``enough_tps`` each, and the first number tried that does not."""
    quick = leading_quick(points, enough_tps)
    after = [p for p in points if not quick or int(p.value) > int(quick[-1].value)]
    if not quick:
        return f"Nobody gets {enough_tps:g} tok/s."
    words = f"Up to {quick[-1].label} at once get at least {enough_tps:g} tok/s each"
    if not after:
        return f"{words}, the most that was tried."
    return f"{words}; with {min(after, key=lambda p: int(p.value)).label} they do not."


def _concurrency(known: Points) -> str:
    first, last = known[0], known[-1]
    totals = [p for p in known if p.decode_total_tps.typical is not None]
    if first is last or not totals:
        return f"With {first.label} at once each gets {_speed(first)} tok/s."
    best = max(totals, key=lambda p: p.decode_total_tps.typical or 0.0)
    together = significant(best.decode_total_tps.typical or 0.0)
    return (
        f"Together requests get {together} tok/s at most, at {best.label} at once; each gets "
        f"{_speed(first)} tok/s at {first.label} and {_speed(last)} at {last.label}"
        f"{_moved(known)}."
    )


def _cards(points: Points, known: Points) -> str:
    """The first number that runs it, the fastest that can be built, and why more cannot."""
    sensible = [p for p in known if p.buildable] or list(known)
    first, best = sensible[0], max(sensible, key=lambda p: p.decode_tps.typical or 0.0)
    if first is best:
        more = "; more are no faster" if len(sensible) > 1 else ""
        words = f"{_runs(first)}{more}."
    else:
        words = f"{_runs(first)}; {best.label} reach {_speed(best)} tok/s."
    stop = next((p for p in points if p.fits and not p.buildable and p.reason), None)
    return f"{words} {stop.reason}" if stop is not None else words


def _runs(point: SweepPoint) -> str:
    who = "One card runs it" if point.value == 1 else f"{point.label} cards run it"
    return f"{who} at {_speed(point)} tok/s"


def _layers(points: Points, known: Points) -> str:
    """The last number that does not fit, the first that does, and what all of them cost."""
    fewest = known[0]
    before = [p for p in points if p.fits is False]
    if fewest.value == 0:
        words = "No layer has to lie in RAM"
    elif before:
        words = (
            f"With {before[-1].label} layers in RAM it does not fit, with {fewest.label} it does"
        )
    else:
        words = f"It fits with {fewest.label} layers in RAM"
    return f"{words}; with {known[-1].label} {_course(known)}."


def _format(points: Points, known: Points) -> str:
    """From the finest that fits to the coarsest, and the asked one between."""
    finest, coarsest = known[0], known[-1]
    if all(p.fits for p in points):
        fits = f"Every format fits, from {finest.label} at {_speed(finest)} tok/s"
    else:
        fits = f"{finest.label} is the finest format that fits, at {_speed(finest)} tok/s"
    if finest is coarsest:
        return f"{fits}."
    asked = next((p for p in known if p.asked and p not in (finest, coarsest)), None)
    middle = f"{asked.label} writes {_speed(asked)}, " if asked is not None else ""
    return f"{fits}; {middle}{coarsest.label} {_speed(coarsest)} tok/s."


def _money_answer(axis: Axis, points: Points, currency: str, years: int) -> str:
    """What the axis does to the cost over the years and per million tokens."""
    over = f"over {years} year{'' if years == 1 else 's'}"
    first, last = points[0], points[-1]
    where = "a price of" if axis == "price" else "electricity at"
    parts = [
        words
        for words in (
            _rise("the cost of a million tokens", first, last, currency, _per_million),
            _rise(f"the cost {over}", first, last, currency, _over_years),
        )
        if words
    ]
    if not parts:
        return "Too little is known of this build to say what a million tokens cost."
    return f"Between {where} {first.label} and {last.label} {listed(parts)}."


def _per_million(point: SweepPoint) -> Decimal | None:
    return point.per_million_tokens.typical


def _over_years(point: SweepPoint) -> Decimal | None:
    return point.cost_over_years.typical


def _rise(
    name: str,
    first: SweepPoint,
    last: SweepPoint,
    currency: str,
    of: Callable[[SweepPoint], Decimal | None],
) -> str | None:
    low, high = of(first), of(last)
    if low is None or high is None:
        return None
    return f"{name} rises from {amount(low, currency)} to {amount(high, currency)}"


_ANSWERS: dict[str, Callable[[Points, Points], str]] = {
    "context_tokens": _context,
    "gpu_count": _cards,
    "offloaded_layers": _layers,
    "quantization": _format,
}

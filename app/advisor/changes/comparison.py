"""Up to four builds side by side: every row with its values, which is best, whether they differ."""

from collections.abc import Sequence
from decimal import Decimal

from pydantic import Field

from app.advisor.changes.comparison_rows import Row, rows_of, terms_of
from app.advisor.changes.sweep_words import amount
from app.builds.assess import World, assess
from app.builds.assessment import Assessment, Part
from app.builds.problems import InvalidSpecError, Problem
from app.builds.spec import BuildSpec
from app.builds.words import listed, significant

MOST_BUILDS = 4
LETTERS = "ABCD"


class Comparison(Part):
    """Builds side by side, in the order asked."""

    sentence: str = Field(description="Fastest, cheapest, and cheapest per token, in words")
    caveats: list[str] = Field(
        description="What the builds are asked differently, so that figures are not like for like"
    )
    letters: list[str] = Field(description="What the builds are called here: A, B, C, D")
    rows: list[Row]
    assessments: list[Assessment]


def compare(specs: Sequence[BuildSpec], world: World) -> Comparison:
    """Assess one to four builds and hold them against each other.

    Raises:
        InvalidSpecError: too few or too many builds, or one that cannot be assessed; the field
            names which (``specs.1.machine.cpu``).
    """
    if not 1 <= len(specs) <= MOST_BUILDS:
        raise InvalidSpecError([Problem("specs", f"Compare one to {MOST_BUILDS} builds.")])
    found: list[Assessment] = []
    problems: list[Problem] = []
    for i, spec in enumerate(specs):
        try:
            found.append(assess(spec, world))
        except InvalidSpecError as error:
            problems.extend(Problem(f"specs.{i}.{p.field}", p.message) for p in error.problems)
    if problems:
        raise InvalidSpecError(problems)
    return comparison_of(found)


def comparison_of(
    assessments: Sequence[Assessment], letters: Sequence[str] = LETTERS
) -> Comparison:
    """Answers side by side; ``letters`` are what the builds are called."""
    names = list(letters[: len(assessments)])
    rows = rows_of(assessments)
    return Comparison(
        sentence=_sentence(assessments, rows, names),
        caveats=_caveats(assessments),
        letters=names,
        rows=rows,
        assessments=list(assessments),
    )


def _caveats(assessments: Sequence[Assessment]) -> list[str]:
    """What differs between the questions, so that figures answer different things."""
    found = []
    if len({_request(a) for a in assessments}) > 1:
        found.append(
            "The builds are asked about different requests: speeds and waits are not like for like."
        )
    if len({a.spec.deployment.model for a in assessments}) > 1:
        found.append("They run different models: a larger one is slower and answers better.")
    elif len({a.spec.deployment.quantization for a in assessments}) > 1:
        found.append("They run the model in different formats: coarser weights are faster.")
    if len({a.cost.currency for a in assessments}) > 1:
        found.append("Their amounts are in different currencies: none is called the cheapest.")
    elif len({terms_of(a) for a in assessments}) > 1:
        found.append(
            "Their running costs are counted differently: other years, hours or electricity."
        )
    return found


def _request(found: Assessment) -> tuple[object, ...]:
    workload = found.spec.workload
    size = (found.resolved["prompt_tokens"], found.resolved["generated_tokens"])
    return *size, workload.cached_tokens, workload.concurrency, workload.together


def _sentence(assessments: Sequence[Assessment], rows: Sequence[Row], names: list[str]) -> str:
    """Who is fastest, cheapest, and cheapest per token."""
    if len(assessments) == 1:
        return "One build so far: add another to compare it with."
    by_key = {row.key: row for row in rows}
    parts = [
        words
        for words in (
            _fastest(by_key["speed.decode_tps.typical"], assessments, names),
            _cheapest(
                by_key["cost.purchase.typical"], names, "is cheapest to buy", "are cheapest to buy"
            ),
            _cheapest(
                by_key["cost.per_million_tokens.typical"],
                names,
                "writes the cheapest tokens",
                "write the cheapest tokens",
                " a million",
            ),
        )
        if words
    ]
    return " ".join(parts) or "Too little is known to call one of them the best."


def _fastest(row: Row, assessments: Sequence[Assessment], names: list[str]) -> str:
    """The fastest, and whose interval reaches as far."""
    if not row.best:
        runs = [i for i, a in enumerate(assessments) if a.speed.decode_tps.typical is not None]
        if len(runs) == 1 and all(a.fit.fits is not None for a in assessments):
            return f"Only {names[runs[0]]} holds the model."
        return ""
    best = row.best[0]
    low, speed = assessments[best].speed.decode_tps.low, row.values[best]
    who = listed([names[i] for i in row.best])
    verb = "writes" if len(row.best) == 1 else "write"
    words = f"{who} {verb} fastest, {significant(float(speed or 0))} tok/s"
    near = [
        names[i]
        for i, a in enumerate(assessments)
        if i not in row.best
        and low is not None
        and a.speed.decode_tps.high is not None
        and a.speed.decode_tps.high >= low
    ]
    if near:
        words += f", though the interval{'' if len(near) == 1 else 's'} of {listed(near)} overlap"
        words += "s its own" if len(near) == 1 else " its own"
    return f"{words}."


def _cheapest(row: Row, names: list[str], one: str, several: str, each: str = "") -> str:
    if not row.best or row.unit is None:
        return ""
    who = listed([names[i] for i in row.best])
    value = row.values[row.best[0]]
    if not isinstance(value, Decimal):
        return ""
    verb = one if len(row.best) == 1 else several
    return f"{who} {verb}, {amount(value, row.unit)}{each}."

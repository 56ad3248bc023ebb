"""The rows of a comparison: how each is read, what is best in it, whether the builds differ."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from pydantic import Field

from app.advisor.changes.upgrades import CLASS_ORDER
from app.builds.assessment import Assessment, Part

#: Values closer than this share are equally good: no estimate is that exact.
_TIE = 0.01

Group = Literal["Speed", "Use", "Fit", "Money", "Power", "Build", "Question"]
Better = Literal["more", "less"]
RowValue = int | float | Decimal | str | None


class Row(Part):
    """One figure, or one fact in words, of every build."""

    group: Group
    key: str = Field(description="Dotted path into each assessment where the row is one figure")
    label: str
    unit: str | None = Field(description="tok/s, s, GiB, W, tokens, kWh, EUR, ...")
    values: list[int | float | Decimal | str | None] = Field(description="One per build, in order")
    lower_bound: list[bool] = Field(description="True where the value is a sum that lacks a price")
    better: Better | None = Field(description="None where neither is better, or not comparable")
    best: list[int] = Field(description="Positions of the best builds; empty where nobody knows")
    differs: bool


@dataclass(frozen=True, slots=True)
class _RowRule:
    """How one row is read from an assessment."""

    group: Group
    key: str
    label: str
    unit: str | None
    read: Callable[[Assessment], RowValue]
    better: Better | None = None
    is_bound: Callable[[Assessment], bool] = lambda _: False
    ranks: tuple[str, ...] = ()
    """Of a row in words: what is best first."""


def rows_of(assessments: Sequence[Assessment]) -> list[Row]:
    """Every row of a comparison of these builds, in the order they are read."""
    return [_row(rule, assessments) for rule in _rules(assessments)]


def _row(rule: _RowRule, assessments: Sequence[Assessment]) -> Row:
    values = [rule.read(found) for found in assessments]
    bounds = [rule.is_bound(found) for found in assessments]
    return Row(
        group=rule.group,
        key=rule.key,
        label=rule.label,
        unit=rule.unit,
        values=values,
        lower_bound=bounds,
        better=rule.better,
        best=_best_word(values, rule.ranks) if rule.ranks else _best(values, bounds, rule.better),
        differs=len(set(zip(values, bounds, strict=True))) > 1,
    )


def _best(values: Sequence[RowValue], bounds: Sequence[bool], better: Better | None) -> list[int]:
    """Positions of the best of at least two known values, unless all are equally good.

    A lower bound is never best, and where one lies below the best nobody knows which is.
    """
    known = {i: float(v) for i, v in enumerate(values) if isinstance(v, int | float | Decimal)}
    if better is None or len(known) < 2:
        return []
    sure = {i: v for i, v in known.items() if not bounds[i]}
    if not sure:
        return []
    top = max(sure.values()) if better == "more" else min(sure.values())
    if better == "less" and any(known[i] < top for i in known if bounds[i]):
        return []
    best = [i for i, v in sure.items() if abs(v - top) <= _TIE * abs(top)]
    return [] if len(best) == len(values) else best


def _best_word(values: Sequence[RowValue], ranks: tuple[str, ...]) -> list[int]:
    """Positions of the best word, where two at least are known and they differ."""
    places = [ranks.index(v) if isinstance(v, str) and v in ranks else None for v in values]
    return _best(places, [False] * len(places), "less")


def _rules(assessments: Sequence[Assessment]) -> list[_RowRule]:
    return [
        *_speed_rules(),
        *_use_rules(assessments),
        *_fit_rules(),
        *_money_rules(assessments),
        *_power_rules(),
        *_build_rules(),
        *_question_rules(),
    ]


def _speed_rules() -> list[_RowRule]:
    return [
        _RowRule(
            "Speed",
            "speed.decode_tps.typical",
            "Writes, each user",
            "tok/s",
            lambda a: a.speed.decode_tps.typical,
            "more",
        ),
        _RowRule(
            "Speed",
            "speed.decode_total_tps.typical",
            "Writes, all together",
            "tok/s",
            lambda a: a.speed.decode_total_tps.typical,
            "more",
        ),
        _RowRule(
            "Speed",
            "speed.prefill_tps.typical",
            "Reads the prompt",
            "tok/s",
            lambda a: a.speed.prefill_tps.typical,
            "more",
        ),
        _RowRule(
            "Speed",
            "speed.ttft_s.typical",
            "First token",
            "s",
            lambda a: a.speed.ttft_s.typical,
            "less",
        ),
        _RowRule(
            "Speed",
            "speed.total_s.typical",
            "Whole answer",
            "s",
            lambda a: a.speed.total_s.typical,
            "less",
        ),
        _RowRule("Speed", "speed.basis", "How sure", None, lambda a: a.speed.basis),
    ]


def _use_rules(assessments: Sequence[Assessment]) -> list[_RowRule]:
    """Each use case that all builds are judged on, by name; the class counts, not the mark."""
    first = assessments[0].verdicts if assessments else []
    shared = [
        v
        for v in first
        if v.use_case != "yours"
        and all(any(o.use_case == v.use_case for o in a.verdicts) for a in assessments)
    ]
    return [_use_rule(v.use_case, v.name) for v in shared]


def _use_rule(use_case: str, name: str) -> _RowRule:
    return _RowRule(
        "Use",
        f"verdicts.{use_case}",
        name,
        None,
        lambda a: _class_of(a, use_case),
        ranks=CLASS_ORDER,
    )


def _class_of(found: Assessment, use_case: str) -> str | None:
    verdict = next((v for v in found.verdicts if v.use_case == use_case), None)
    return None if verdict is None else verdict.workflow_class


def _fit_rules() -> list[_RowRule]:
    return [
        _RowRule("Fit", "fit.fits", "Fits", None, _fits, ranks=("yes", "no")),
        _RowRule(
            "Fit",
            "fit.placement_label",
            "Where the model lies",
            None,
            lambda a: a.fit.placement_label,
        ),
        _RowRule(
            "Fit", "fit.spare_gib", "Memory to spare", "GiB", lambda a: a.fit.spare_gib, "more"
        ),
        _RowRule(
            "Fit",
            "fit.context_max_tokens",
            "Longest context",
            "tokens",
            lambda a: a.fit.context_max_tokens,
            "more",
        ),
        _RowRule(
            "Fit",
            "fit.concurrency_max",
            "Most requests at once",
            "requests",
            lambda a: a.fit.concurrency_max,
            "more",
        ),
    ]


def _fits(found: Assessment) -> str | None:
    return {True: "yes", False: "no", None: None}[found.fit.fits]


def _money_rules(assessments: Sequence[Assessment]) -> list[_RowRule]:
    """Amounts are comparable in one currency, those over the years on the same terms only."""
    economics = [a.spec.economics for a in assessments]
    currencies = {e.currency for e in economics}
    unit = currencies.pop() if len(currencies) == 1 else None
    one_currency: Better | None = "less" if unit else None
    same_terms = len({terms_of(a) for a in assessments}) == 1
    alike: Better | None = "less" if unit and same_terms else None
    money = unit or "money"
    return [
        _RowRule(
            "Money",
            "cost.purchase.typical",
            "To buy",
            money,
            lambda a: a.cost.purchase.typical,
            one_currency,
            lambda a: not a.cost.complete,
        ),
        _RowRule(
            "Money",
            "cost.energy_per_year",
            "Energy a year",
            money,
            lambda a: a.cost.energy_per_year,
            alike,
        ),
        _RowRule(
            "Money",
            "cost.cost_over_years.typical",
            _over_years(assessments),
            money,
            lambda a: a.cost.cost_over_years.typical,
            alike,
        ),
        _RowRule(
            "Money",
            "cost.per_million_tokens.typical",
            "A million tokens",
            money,
            lambda a: a.cost.per_million_tokens.typical,
            alike,
        ),
    ]


def terms_of(found: Assessment) -> str:
    """How running costs are counted: years, hours, electricity; not what is paid at first."""
    first = {"currency", "condition", "quoted_price"}
    return found.spec.economics.model_dump_json(exclude=first)


def _over_years(assessments: Sequence[Assessment]) -> str:
    years = {a.spec.economics.years for a in assessments}
    if len(years) > 1:
        return "Over the years asked"
    count = next(iter(years), 1)
    return f"Over {count} year{'' if count == 1 else 's'}"


def _power_rules() -> list[_RowRule]:
    return [
        _RowRule("Power", "power.load_w", "Under load", "W", lambda a: a.power.load_w, "less"),
        _RowRule("Power", "power.idle_w", "Idle", "W", lambda a: a.power.idle_w, "less"),
    ]


def _build_rules() -> list[_RowRule]:
    return [
        _RowRule("Build", "title", "Build", None, lambda a: a.title),
        _RowRule("Build", "resolved.engine", "Engine", None, _engine),
        _RowRule(
            "Build",
            "spec.deployment.kv_dtype",
            "KV cache",
            None,
            lambda a: a.spec.deployment.kv_dtype,
        ),
        _RowRule("Build", "problems", "Problems found", None, lambda a: _checks(a, "problem")),
        _RowRule("Build", "warnings", "Warnings", None, lambda a: _checks(a, "warning")),
    ]


def _engine(found: Assessment) -> str | None:
    engine = found.resolved["engine"]
    return None if engine is None else str(engine)


def _checks(found: Assessment, level: str) -> str:
    messages = [check.message for check in found.checks if check.level == level]
    return " ".join(messages) or "none"


def _question_rules() -> list[_RowRule]:
    return [
        _RowRule(
            "Question",
            "spec.workload.use_case",
            "Use case",
            None,
            lambda a: a.spec.workload.use_case,
        ),
        _RowRule(
            "Question",
            "resolved.prompt_tokens",
            "Prompt",
            "tokens",
            lambda a: _number(a.resolved["prompt_tokens"]),
        ),
        _RowRule(
            "Question",
            "resolved.generated_tokens",
            "Answer",
            "tokens",
            lambda a: _number(a.resolved["generated_tokens"]),
        ),
        _RowRule(
            "Question",
            "resolved.context_tokens",
            "Context",
            "tokens",
            lambda a: _number(a.resolved["context_tokens"]),
        ),
        _RowRule(
            "Question",
            "spec.workload.concurrency",
            "Requests at once",
            "requests",
            lambda a: a.spec.workload.concurrency,
        ),
    ]


def _number(value: str | int | float | None) -> int | float | None:
    return value if isinstance(value, int | float) else None

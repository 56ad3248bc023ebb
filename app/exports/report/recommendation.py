"""The memo's first sentence: order it, try it, or leave it, by the marks the assessment holds."""

from dataclasses import dataclass
from typing import Literal

from app.builds.assessment import Assessment, Verdict
from app.builds.styles import text
from app.builds.words import listed
from app.exports.words import CLASS_WORDS

Advice = Literal["yes", "maybe", "no", "unknown"]


@dataclass(frozen=True, slots=True)
class Recommendation:
    """What to do, in two or three words, and why, in a sentence or two."""

    advice: Advice
    headline: str
    sentence: str
    money: str


def asked_verdict(a: Assessment) -> Verdict | None:
    """The verdict on the use case the question names."""
    return next((v for v in a.verdicts if v.use_case == a.spec.workload.use_case), None)


def recommendation(a: Assessment) -> Recommendation:
    """Nothing is weighed anew here: fit, checks and marks decide in this order."""
    advice, headline, sentence = _advice(a)
    return Recommendation(advice, headline, sentence, _money(a))


def _advice(a: Assessment) -> tuple[Advice, str, str]:
    verdict = asked_verdict(a)
    if a.fit.fits is False:
        cure = f" {a.fit.suggestions[0]}" if a.fit.suggestions else ""
        return "no", "Do not order this build", f"{a.fit.sentence}{cure}"
    problem = next((c for c in a.checks if c.level == "problem"), None)
    if a.buildable is False and problem is not None:
        cure = f" {problem.fix}" if problem.fix else ""
        return "no", "Do not order it as it stands", f"{problem.message}{cure}"
    if verdict is None or verdict.mark == "unknown":
        why = verdict.rule if verdict is not None else "The use case asked for was not judged."
        return "unknown", "Not enough is known to advise", why
    return _by_mark(a, verdict)


def _by_mark(a: Assessment, verdict: Verdict) -> tuple[Advice, str, str]:
    says = f"For {verdict.name} it is {_lower(verdict.sentence)}"
    meets = [v.name for v in a.verdicts if v.mark == "yes"]
    if verdict.mark == "yes":
        others = _of_all(a, meets)
        if a.cost.unpriced:
            return "maybe", "Right for the work; get a quote first", f"{says} {others}"
        return "yes", "Order it", f"{says} {others}"
    if verdict.mark == "maybe":
        return (
            "maybe",
            "Try it before you order",
            f"{says} {verdict.rule.split('. ')[-1]}",
        )
    good = f" It meets the limits for {listed(meets)}." if meets else ""
    return "no", f"Not for {verdict.name}", f"{says} {verdict.rule.split('. ')[-1]}{good}"


def _of_all(a: Assessment, meets: list[str]) -> str:
    if len(meets) == len(a.verdicts):
        return "Even the slow end of the interval meets the limits for every use case."
    return f"Even the slow end of the interval meets the limits for {listed(meets)}."


def _lower(sentence: str) -> str:
    """ "Interactive: first words …" -> "interactive: first words …"."""
    word = next((w for w in CLASS_WORDS.values() if sentence.lower().startswith(w)), "")
    return word + sentence[len(word) :]


def _money(a: Assessment) -> str:
    """What it costs to buy and over the years, or that a price is missing."""
    cost, currency = a.cost, a.cost.currency
    if cost.purchase.typical is None:
        return "No price is known for it yet."
    least = "" if cost.complete else "at least "
    price = text(cost.purchase.typical, "money", currency=currency)
    years = a.spec.economics.years
    whole = text(cost.cost_over_years.typical, "money", currency=currency)
    over = ""
    if cost.cost_over_years.typical is not None:
        span = "1 year" if years == 1 else f"{years} years"
        over = f", {least}{whole} over {span} with electricity"
    missing = ""
    if cost.unpriced:
        missing = f" No price is known for {listed(cost.unpriced)}."
    return f"It costs {least}{price} to buy{over}.{missing}"

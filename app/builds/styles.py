"""Styles of figures: how a value of an assessment reads, the same on pages and in files.

Two significant digits for speeds, units apart from figures, money in full.
"""

from collections.abc import Callable
from decimal import Decimal

from pydantic import BaseModel

from app.builds.words import CURRENCY_SIGNS, THIN, Words, duration, gibibytes, grouped, significant

UNKNOWN = "unknown"
YES_NO = {True: "yes", False: "no", None: UNKNOWN}

Value = float | int | Decimal | str | None


def tokens_per_second(value: float) -> Words:
    return significant(value), "tok/s"


def limit(value: float) -> Words:
    """A limit in seconds as it was set: 3 s, 5 min, 4 h."""
    if value < 120:
        return f"{value:g}", "s"
    return (f"{value / 60:g}", "min") if value < 7200 else (f"{value / 3600:g}", "h")


def limit_tps(value: float) -> Words:
    """A limit in tokens per second as it was set, never rounded: 10 tok/s, 2.5 tok/s."""
    return f"{value:.10g}", "tok/s"


def gap(value: float) -> Words:
    """What is missing, said without a sign: the word beside it says which way."""
    return gibibytes(abs(value))


def watts(value: float) -> Words:
    return grouped(value), "W"


def kilowatt_hours(value: float) -> Words:
    return grouped(value), "kWh"


def count(value: float) -> Words:
    return grouped(value), ""


def percent(value: float) -> Words:
    return f"{value * 100:.0f}", "%"


def signed_percent(value: float) -> Words:
    """A bias: which way, and how far."""
    shown = f"{value * 100:+.0f}".replace("-", "\u2212")
    return ("0" if shown.strip("+\u2212") == "0" else shown), "%"


def factor(value: float) -> Words:
    """What an interval divides and multiplies by."""
    return significant(value, 3), "×"


def ratio(value: float) -> Words:
    """One figure over another: 0.86, 1.2, 34."""
    return significant(value), ""


def plain(value: float) -> Words:
    """A figure of the calculation: four significant digits at most, no unit of its own."""
    magnitude = abs(value)
    if magnitude and (magnitude < 1e-3 or magnitude >= 1e7):
        return f"{value:.3g}".replace("-", "\u2212"), ""
    shown = significant(value, 4)
    return shown.rstrip("0").rstrip(".") if "." in shown else shown, ""


def stated(value: float) -> Words:
    """A fact as its source states it, never rounded: 1 008, 16 384, 0.5."""
    return f"{value:,.10g}".replace(",", THIN).replace("-", "\u2212"), ""


def one_decimal(value: float) -> Words:
    """For columns whose figures line up on the decimal: 1 008.0, 0.5."""
    return grouped(value, 1), ""


def two_decimals(value: float) -> Words:
    """The same with two: 4.80, 16.00."""
    return grouped(value, 2), ""


def three_decimals(value: float) -> Words:
    """The same with three: 0.175."""
    return grouped(value, 3), ""


def money(value: Decimal, currency: str) -> Words:
    """Whole units, or cents where the amount is small: 4 950 €, 0.42 €."""
    digits = 2 if abs(value) < 100 else 0
    return grouped(value, digits), CURRENCY_SIGNS.get(currency, currency)


def small_money(value: Decimal, currency: str) -> Words:
    """A price that may be far below a cent: 0.0042 €, 0.42 €, 4.20 €."""
    if not value or abs(value) >= 1:
        return money(value, currency)
    return significant(float(value)), CURRENCY_SIGNS.get(currency, currency)


MONEY = {"money": money, "small-money": small_money}
STYLES: dict[str, Callable[[float], Words]] = {
    "tps": tokens_per_second,
    "seconds": duration,
    "limit": limit,
    "limit-tps": limit_tps,
    "gib": gibibytes,
    "gap": gap,
    "watts": watts,
    "kwh": kilowatt_hours,
    "count": count,
    "percent": percent,
    "signed-percent": signed_percent,
    "factor": factor,
    "ratio": ratio,
    "plain": plain,
    "stated": stated,
    "one-decimal": one_decimal,
    "two-decimals": two_decimals,
    "three-decimals": three_decimals,
}


def exact(value: Value) -> str:
    """The value as the JSON answer spells it."""
    return repr(value) if isinstance(value, float) else str(value)


def text(value: Value, style: str, *, currency: str = "EUR") -> str:
    """The same figure as plain text, for labels and the status line."""
    if value is None:
        return UNKNOWN
    shown, sign = in_words(value, style, currency)
    return f"{shown}{THIN}{sign}" if sign else shown


def in_words(value: float | int | Decimal | str, style: str, currency: str) -> Words:
    """A figure and its unit, apart."""
    if isinstance(value, str):
        return value, ""
    if style in MONEY:
        return MONEY[style](Decimal(value), currency)
    return STYLES[style](float(value))


def dig(root: BaseModel, path: str) -> Value:
    """Follow a dotted path: ``verdicts.0.ttft_s.typical``."""
    found: object = root
    for part in path.split("."):
        if isinstance(found, (list, tuple)):
            found = found[int(part)]
        elif isinstance(found, dict):
            found = found[part]
        else:
            found = getattr(found, part)
    if found is None or isinstance(found, (float, int, Decimal, str)):
        return found
    raise TypeError(f"{path} is not one figure")

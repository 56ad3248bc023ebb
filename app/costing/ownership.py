"""Owning over years: what is left of the purchase, what work costs, when owning beats renting."""

from decimal import Decimal

MONTHS_PER_YEAR = 12


def share_of(amount: Decimal, share: float) -> Decimal:
    """A share of an amount, such as the spare parts; not rounded."""
    return amount * Decimal(repr(share))


def residual_value(purchase: Decimal, loss_per_year: float, years: int) -> Decimal:
    """What the machine still fetches: purchase x (1 - yearly loss) ^ years."""
    return purchase * (1 - Decimal(repr(loss_per_year))) ** years


def admin_per_year(hours_per_month: float, rate_per_hour: Decimal) -> Decimal:
    """A year of work: hours a month x 12 x what an hour costs."""
    return Decimal(repr(hours_per_month)) * MONTHS_PER_YEAR * rate_per_hour


def break_even_months(upfront: Decimal, own: Decimal, other: Decimal) -> float | None:
    """Months until upfront + own x month <= other x month; None: never.

    ``own`` and ``other`` are what a month costs on the owned machine and elsewhere.
    """
    if upfront <= 0 and own <= other:
        return 0.0
    if other <= own:
        return None
    return float(upfront / (other - own))

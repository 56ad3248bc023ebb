"""Amounts of money: decimal, never float; ranges of them; conversion at a stated rate.

An amount is a `Decimal` in major units of a currency (euros, not cents).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
PIVOT = "EUR"


class UnknownCurrencyError(Exception):
    """No exchange rate is stored for a currency."""

    def __init__(self, currency: str) -> None:
        super().__init__(f"No exchange rate is known for {currency}.")
        self.currency = currency


@dataclass(frozen=True, slots=True)
class AmountRange:
    """Lowest, typical and highest amount, in one currency that the caller knows."""

    low: Decimal
    typical: Decimal
    high: Decimal

    @classmethod
    def exactly(cls, amount: Decimal) -> "AmountRange":
        """One certain amount, such as a quote."""
        return cls(amount, amount, amount)

    @classmethod
    def between(cls, low: Decimal, high: Decimal) -> "AmountRange":
        """A range whose middle is the typical amount."""
        return cls(low, (low + high) / 2, high)

    def times(self, factor: Decimal | int) -> "AmountRange":
        """Every end multiplied: a quantity, or an exchange rate."""
        return AmountRange(self.low * factor, self.typical * factor, self.high * factor)

    def plus(self, amount: Decimal) -> "AmountRange":
        """Every end raised by a certain amount."""
        return AmountRange(self.low + amount, self.typical + amount, self.high + amount)

    def widened(self, factor: Decimal) -> "AmountRange":
        """Low divided and high multiplied by ``factor`` (1 or more); typical stays."""
        return AmountRange(self.low / factor, self.typical, self.high * factor)


def total(ranges: Iterable[AmountRange]) -> AmountRange | None:
    """Sum of all ends; None for nothing at all.

    Adding the ends is the cautious reading: it takes all prices to be high, or low, together.
    """
    ends = list(ranges)
    if not ends:
        return None
    return AmountRange(
        sum((r.low for r in ends), Decimal(0)),
        sum((r.typical for r in ends), Decimal(0)),
        sum((r.high for r in ends), Decimal(0)),
    )


def to_cents(amount: Decimal) -> Decimal:
    """Rounded to two decimals, half up, as shops do."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def exchange_factor(source: str, target: str, per_eur: Mapping[str, Decimal]) -> Decimal:
    """How many units of ``target`` one unit of ``source`` is worth.

    ``per_eur`` gives units of a currency for one euro (USD 1.1172 means 1 EUR = 1.1172 USD).

    Raises:
        UnknownCurrencyError: neither EUR nor listed in ``per_eur``.
    """
    if source == target:
        return Decimal(1)
    return _per_eur(target, per_eur) / _per_eur(source, per_eur)


def convert(amount: Decimal, source: str, target: str, per_eur: Mapping[str, Decimal]) -> Decimal:
    """``amount`` of ``source`` in ``target``; not rounded, so that sums stay exact.

    Raises:
        UnknownCurrencyError: see `exchange_factor`.
    """
    return amount * exchange_factor(source, target, per_eur)


def _per_eur(currency: str, per_eur: Mapping[str, Decimal]) -> Decimal:
    if currency == PIVOT:
        return Decimal(1)
    try:
        return per_eur[currency]
    except KeyError:
        raise UnknownCurrencyError(currency) from None

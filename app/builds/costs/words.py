"""What the sums of a cost assume, said in sentences."""

from collections.abc import Sequence

from app.builds.assessment import Power
from app.builds.assumptions import CostAssumptions
from app.builds.costs.bill import Line
from app.builds.spec import BuildSpec, EconomicsSpec
from app.builds.words import capital, listed, percent


def assumptions(
    spec: BuildSpec, bill: Sequence[Line], power: Power, data: CostAssumptions, unpriced: list[str]
) -> list[str]:
    """What the sums of a cost assume, in sentences."""
    economics = spec.economics
    sentences = [
        f"Under load {economics.hours_per_day:g} hours a day, every day; switched on but idle the "
        "rest of the time.",
        _worth(economics),
        f"{capital(listed(_not_counted(economics)))} are not counted.",
    ]
    if power.load_w is not None and power.source and "Sum of" in power.source:
        sentences.append(
            "Energy is counted at the parts' rated power, which is an upper bound: a card waiting "
            "for its memory draws less."
        )
    sentences.extend(_tax_sentences(bill))
    if any(line.price.basis == "range" for line in bill):
        share = data.amount("single_price_spread") * 100
        sentences.append(
            f"A price seen once is given ±{share:.0f} %; board, power supply, case, storage and "
            "cooler are dated ranges for the platform."
        )
    if unpriced:
        sentences.append(
            f"No price is known for {listed(unpriced)}: the purchase sum is a lower bound, and "
            "costs over the years and per token are left open."
        )
    return sentences


def _tax_sentences(bill: Sequence[Line]) -> list[str]:
    flags = {line.price.vat for line in bill if line.price.amounts is not None}
    sentences = []
    if "excluded" in flags:
        sentences.append("Prices seen in the US are without sales tax; none is added.")
    if "included" in flags:
        sentences.append("Prices seen in European shops are taken as they stand, with VAT.")
    if any(line.price.basis == "quoted" for line in bill):
        sentences.append("Whether the quote contains VAT is up to the quote.")
    return sentences


def _worth(economics: EconomicsSpec) -> str:
    years = f"{economics.years} {'year' if economics.years == 1 else 'years'}"
    if economics.depreciation_per_year == 1:
        return (
            f"Used for {years}, after which nothing is counted for what the machine is still worth."
        )
    return (
        f"Used for {years}; the machine, without shipping and spares, loses "
        f"{percent(economics.depreciation_per_year)} of its value every year and is then sold."
    )


def _not_counted(economics: EconomicsSpec) -> list[str]:
    """What nobody entered, and what is never counted."""
    left_out = [
        ("work", not economics.admin_hours_per_month),
        ("cooling of the room", not economics.cooling_factor),
        ("shipping", not economics.shipping),
        ("spare parts", not economics.spares_share),
    ]
    return [*(name for name, missing in left_out if missing), "space", "network", "repairs"]

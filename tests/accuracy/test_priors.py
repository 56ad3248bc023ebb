"""Every effect of the plan has a prior, and no prior is left of one that went."""

import pytest

from app.accuracy.priors import PRIORS, SCALES
from app.estimator.effects import EFFECTS, PLAN, REGIMES, Regime


@pytest.mark.parametrize("regime", REGIMES)
def test_priors_are_those_of_the_plan(regime: Regime) -> None:
    planned = {term: set(names) for term, names in PLAN[regime].items()}
    assert {term: set(priors) for term, priors in PRIORS[regime].items()} == planned
    assert all(p.deviation > 0 for priors in PRIORS[regime].values() for p in priors.values())
    assert SCALES[regime] > 0


def test_no_effect_is_defined_for_nothing() -> None:
    assert {n for terms in PLAN.values() for names in terms.values() for n in names} == set(EFFECTS)

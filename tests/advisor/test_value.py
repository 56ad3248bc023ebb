"""What a euro buys, over every machine on the market."""

from datetime import date

import numpy as np
import pytest

from app.advisor.value import value_of
from app.builds.assess import World, assess
from app.builds.problems import InvalidSpecError
from app.builds.query import spec_from_query

TODAY = date(2026, 11, 21)


def test_every_point_is_what_its_build_is_assessed_as(world: World) -> None:
    found = value_of("llama-3.1-8b-instruct", "q4_k_m", world, today=TODAY)
    assert len(found.points) > 100
    for point in found.points[:: len(found.points) // 12]:
        assessment = assess(spec_from_query(point.query), world, TODAY)
        assert assessment.cost.purchase.typical == point.cost
        assert assessment.speed.decode_tps.typical == pytest.approx(point.decode_tps, rel=1e-9)
        assert point.tps_per_1000 == pytest.approx(point.decode_tps / float(point.cost) * 1000)
        assert "offload" not in point.placement


def test_the_claim_is_judged_by_the_spread_of_the_points(world: World) -> None:
    found = value_of("gpt-oss-120b", "mxfp4", world, today=TODAY)
    ratios = [point.tps_per_1000 for point in found.points]
    assert found.low == pytest.approx(np.quantile(ratios, 0.1))
    assert found.high == pytest.approx(np.quantile(ratios, 0.9))
    assert found.exponent is not None
    assert ("does not hold" in found.sentence) == (found.high > 1.5 * found.low)
    assert max(found.points, key=lambda p: p.tps_per_1000).title in found.sentence


def test_dollars_are_euros_at_the_stored_rate(world: World) -> None:
    euros = value_of("llama-3.1-8b-instruct", "q4_k_m", world, today=TODAY)
    dollars = value_of("llama-3.1-8b-instruct", "q4_k_m", world, currency="USD", today=TODAY)
    assert dollars.median < euros.median


def test_what_nothing_holds_is_said(world: World) -> None:
    with pytest.raises(InvalidSpecError, match="model"):
        value_of("no-such-model", "q4_k_m", world, today=TODAY)

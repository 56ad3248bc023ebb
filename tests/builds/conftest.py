"""The whole world from the seed, once: catalogue, calibration, cost assumptions, limits."""

import pytest

from app.builds.assess import World, load_world
from app.builds.assessment import VerdictLimits
from app.catalogue.seed_files import SEED_DIR
from app.catalogue.snapshot import catalogue_from_seed


@pytest.fixture(scope="session")
def world() -> World:
    limits = VerdictLimits(
        interactive_ttft_s=3,
        interactive_decode_tps=10,
        background_total_s=300,
        offline_total_s=4 * 3600,
        mark_ttft_s=10,
        mark_decode_tps=10,
    )
    return load_world(catalogue_from_seed(), SEED_DIR, limits)

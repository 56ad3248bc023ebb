"""The REST face: `/api/v1` and the two health addresses."""

from fastapi import APIRouter

from app.api import (
    changes,
    comparisons,
    editing,
    estimates,
    evidence,
    health,
    importing,
    imports,
    publishing,
    recommendations,
    shares,
    sweeps,
    upgrades,
    value,
)
from app.api.catalogue import catalogue_router

PREFIX = "/api/v1"

router = APIRouter()
router.include_router(health.router)
# routes are tried in this order: what is asked most comes first
for _part in (
    estimates.router,
    catalogue_router(),
    changes.router,
    editing.router,
    sweeps.router,
    comparisons.router,
    upgrades.router,
    value.router,
    recommendations.router,
    evidence.router,
    imports.router,
    importing.router,
    publishing.router,
    shares.router,
):
    router.include_router(_part, prefix=PREFIX)

__all__ = ["PREFIX", "router"]

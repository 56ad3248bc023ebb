"""The catalogue as pages: lists of each kind, and a page for every entry."""

from fastapi import APIRouter

from app.pages.browse import lists

router = APIRouter()
router.include_router(lists.router)

__all__ = ["router"]

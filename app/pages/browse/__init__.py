"""The catalogue as pages: lists of each kind, and a page for every entry."""

from fastapi import APIRouter

from app.pages.browse import items, lists

router = APIRouter()
router.include_router(lists.router)
router.include_router(items.router)  # after the lists: an entry's address takes any name

__all__ = ["router"]

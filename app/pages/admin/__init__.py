"""The editors' pages: facts and prices with reason and source, history, undo, files, old prices."""

from fastapi import APIRouter

from app.pages.admin import history, imports, items, newer, prices, publish, sign_in

router = APIRouter()
for _part in (sign_in, history, imports, newer, prices, publish, items):
    router.include_router(_part.router, prefix="/admin")

__all__ = ["router"]

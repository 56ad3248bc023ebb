"""Old prices: still the same today, or another now, or withdrawn."""

import re
from datetime import UTC, date, datetime

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from app.builds.assess import World
from app.catalogue.editing import edits
from app.catalogue.editing.edits import EditConflictError, EditRefusedError
from app.catalogue.editing.fields import InvalidEditError, version_of
from app.catalogue.editing.stale import StalePrice, stale_prices
from app.catalogue.snapshot import UnknownSlug
from app.pages.admin.common import Editor, TheForm, admin_page, field_of
from app.serving.following import Follower
from app.serving.state import TheDatabase, TheFollower, TheWorld
from app.tokens import Token

router = APIRouter()

PER_PAGE = 25
_ADDRESS = re.compile(r"https?://[^\s;,)\"']{4,900}")


def old_prices(world: World) -> list[StalePrice]:
    """Prices older than the setting of which none newer is known."""
    days = float(world.costs.amount("stale_price_days"))
    return stale_prices(world.catalogue.prices, days, _today())


@router.get("/old-prices")
def stale(request: Request, editor: Editor, world: TheWorld, follower: TheFollower) -> HTMLResponse:
    """The list, oldest first."""
    return _page(request, editor, world, follower)


@router.post("/old-prices")
def confirm(
    request: Request,
    form: TheForm,
    editor: Editor,
    world: TheWorld,
    database: TheDatabase,
    follower: TheFollower,
) -> Response:
    """Still the same today: a new observation beside the old one."""
    slug, source = field_of(form, "price"), field_of(form, "source").strip()
    try:
        edits.confirm_price(
            database,
            slug,
            today=_today(),
            reason="Seen again at the same price.",
            source=source,
            who=editor.name,
        )
    except UnknownSlug as error:
        raise HTTPException(404, str(error)) from error
    except (InvalidEditError, EditRefusedError) as error:
        status = 422 if isinstance(error, InvalidEditError) else 409
        told = (slug, source, str(error))
        return _page(request, editor, world, follower, told=told, status=status)
    follower.refresh()
    return RedirectResponse(f"/admin/old-prices?confirmed={slug}", status_code=303)


@router.post("/withdraw")
def withdraw(
    request: Request, form: TheForm, editor: Editor, database: TheDatabase, follower: TheFollower
) -> Response:
    """Let a price count no longer."""
    slug = field_of(form, "price")
    try:
        made = edits.withdraw_price(
            database,
            slug,
            version=field_of(form, "version"),
            reason=field_of(form, "reason"),
            source=field_of(form, "source").strip(),
            who=editor.name,
        )
    except UnknownSlug as error:
        raise HTTPException(404, str(error)) from error
    except InvalidEditError as error:
        sentence = " ".join(f"{p.field.capitalize()}: {p.message}" for p in error.problems)
        return _withdraw_page(request, editor, follower, form, sentence, 422)
    except EditConflictError as error:
        return _withdraw_page(request, editor, follower, form, str(error), 409)
    follower.refresh()
    return RedirectResponse(f"/admin/catalogue/prices/{slug}?saved={made.id}", status_code=303)


def _withdraw_page(
    request: Request,
    editor: Token,
    follower: Follower,
    form: TheForm,
    sentence: str,
    status: int,
) -> HTMLResponse:
    """The little form again, on a page of its own, with what needs another look."""
    follower.refresh()
    catalogue = request.app.state.world.catalogue
    price = catalogue.of_kind("prices").get(field_of(form, "price"))
    if price is None:
        raise HTTPException(404, "There is no such price.")
    return admin_page(
        request,
        "withdraw.html",
        editor,
        follower,
        status=status,
        sentence=sentence,
        price=price,
        seen=version_of(price),
        reason=field_of(form, "reason"),
        source=field_of(form, "source"),
    )


def _page(
    request: Request,
    editor: Token,
    world: World,
    follower: Follower,
    *,
    told: tuple[str, str, str] = ("", "", ""),
    status: int = 200,
) -> HTMLResponse:
    found = old_prices(world)
    start = _number(request.query_params.get("from", ""))
    confirmed = request.query_params.get("confirmed", "")[:160]
    return admin_page(
        request,
        "old_prices.html",
        editor,
        follower,
        status=status,
        days=int(world.costs.amount("stale_price_days")),
        found=found[start : start + PER_PAGE],
        total=len(found),
        start=start,
        next=start + PER_PAGE if start + PER_PAGE < len(found) else None,
        addresses={s.price.slug: address_in(s.price.source) for s in found},
        told=told,
        confirmed=world.catalogue.of_kind("prices").get(confirmed) if confirmed else None,
    )


def address_in(source: str) -> str:
    """The first web address a source names; empty where it names none."""
    found = _ADDRESS.search(source)
    return found.group(0) if found else ""


def _number(text: str) -> int:
    return min(int(text), 1_000_000) if text.isascii() and text.isdigit() and len(text) < 8 else 0


def _today() -> date:
    return datetime.now(UTC).date()

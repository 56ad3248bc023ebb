"""Items of each kind: found, read with their sources and history, changed, added."""

from urllib.parse import urlencode

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy import Engine

from app.builds.assess import World
from app.catalogue.editing import edits
from app.catalogue.editing.edits import ITEM_KINDS, EditConflictError
from app.catalogue.editing.fields import FieldProblem, InvalidEditError, flatten, version_of
from app.catalogue.editing.history import newest_edits
from app.catalogue.editing.upgrade import edited_fields
from app.catalogue.facts import Fact, PriceFacts
from app.catalogue.kinds import KINDS, PRICED_KINDS
from app.catalogue.queries import list_items
from app.catalogue.snapshot import Catalogue, UnknownSlug
from app.pages.admin.common import (
    KIND_WORDS,
    ONE,
    AnyEditor,
    Editor,
    TheForm,
    admin_page,
    field_of,
    known_kind,
)
from app.pages.admin.forms import (
    Form,
    cells_of,
    form_of,
    resolved,
    today_cells,
)
from app.pages.admin.prices import old_prices
from app.pages.language import language_of
from app.serving.following import Follower
from app.serving.state import TheDatabase, TheFollower, TheWorld
from app.tokens import Token

router = APIRouter()

PER_PAGE = 50
EDITS_SHOWN = 8


@router.get("")
def overview(
    request: Request,
    editor: AnyEditor,
    world: TheWorld,
    database: TheDatabase,
    follower: TheFollower,
) -> Response:
    """Where to start: find an item, what is old, what was done last."""
    if not editor.allows("edit"):
        return RedirectResponse("/admin/publish", status_code=303)
    catalogue = world.catalogue
    return admin_page(
        request,
        "index.html",
        editor,
        follower,
        counts={kind: len(catalogue.of_kind(kind)) for kind in KIND_WORDS},
        found=_found(catalogue, request.query_params.get("q", "")[:80]),
        asked=request.query_params.get("q", "")[:80],
        stale=len(old_prices(world)),
        edits=newest_edits(database, limit=EDITS_SHOWN),
        revision=catalogue.revision,
    )


@router.get("/catalogue/{kind}")
def items(
    request: Request,
    kind: str,
    editor: Editor,
    world: TheWorld,
    follower: TheFollower,
    q: str = "",
    cursor: str | None = None,
) -> HTMLResponse:
    """Items of a kind, by name."""
    found = list_items(
        world.catalogue,
        known_kind(kind),
        {"q": q[:80]} if q.strip() else {},
        cursor=cursor,
        limit=PER_PAGE,
    )
    following = {"q": q, "cursor": found.next_cursor} if found.next_cursor else None
    return admin_page(
        request,
        "items.html",
        editor,
        follower,
        kind=kind,
        asked=q[:80],
        found=found,
        next=None if following is None else f"{request.url.path}?{urlencode(following)}",
    )


@router.get("/catalogue/{kind}/{slug}")
def item(
    request: Request,
    kind: str,
    slug: str,
    editor: Editor,
    world: TheWorld,
    database: TheDatabase,
    follower: TheFollower,
) -> HTMLResponse:
    """One item: its form, its prices, its history."""
    fact = _fact(world, kind, slug)
    form = form_of(
        kind,
        flatten(fact),
        version_of(fact),
        world.catalogue,
        edited=edited_fields(database, kind, fact.slug),
    )
    return _item_page(request, kind, fact, form, editor, world, database, follower)


@router.post("/catalogue/{kind}/{slug}")
def save(
    request: Request,
    kind: str,
    slug: str,
    form: TheForm,
    editor: Editor,
    world: TheWorld,
    database: TheDatabase,
    follower: TheFollower,
) -> Response:
    """Store what was changed; what cannot be stored comes back with nothing lost."""
    known_kind(kind)
    cells, version = cells_of(kind, form, language_of(request)), field_of(form, "version")
    reason, source = field_of(form, "reason"), field_of(form, "source").strip()
    try:
        made = edits.change(
            database,
            kind,
            slug,
            cells.values(kind),
            version=version,
            reason=reason,
            source=source,
            who=editor.name,
        )
    except UnknownSlug as error:
        raise HTTPException(404, str(error)) from error
    except InvalidEditError as error:
        fact = _fact(world, kind, slug)
        again = form_of(
            kind,
            flatten(fact),
            version,
            world.catalogue,
            cells=cells.shown(error.problems),
            problems=error.problems,
            reason=reason,
            source=source,
            edited=edited_fields(database, kind, slug),
        )
        return _item_page(request, kind, fact, again, editor, world, database, follower, status=422)
    except EditConflictError as error:
        follower.refresh()
        current = error.current
        again = form_of(
            kind,
            flatten(current),
            error.version,
            world.catalogue,
            cells=resolved(current, error, cells.read),
            reason=reason,
            source=source,
            edited=edited_fields(database, kind, slug),
            conflict=error,
        )
        return _item_page(
            request, kind, current, again, editor, world, database, follower, status=409
        )
    follower.refresh()
    return RedirectResponse(f"/admin/catalogue/{kind}/{slug}?saved={made.id}", status_code=303)


@router.get("/add/{kind}")
def new(
    request: Request, kind: str, editor: Editor, world: TheWorld, follower: TheFollower
) -> HTMLResponse:
    """An empty form; of a price with the item it is of."""
    query = request.query_params
    given = {"item_kind": query.get("item_kind", "")[:40], "item_slug": query.get("item", "")[:160]}
    cells = {**today_cells(), **given} if known_kind(kind) == "prices" else {}
    if given["item_kind"] == "memory-module":
        cells |= _memory_cells(world.catalogue, given["item_slug"])
    return _new_page(request, kind, cells, (), editor, world, follower)


@router.post("/add/{kind}")
def create(
    request: Request,
    kind: str,
    form: TheForm,
    editor: Editor,
    world: TheWorld,
    database: TheDatabase,
    follower: TheFollower,
) -> Response:
    """Add it, or say beside the field what needs another look."""
    known_kind(kind)
    cells = cells_of(kind, form, language_of(request))
    reason, source = field_of(form, "reason"), field_of(form, "source").strip()
    try:
        values = {n: v for n, v in cells.values(kind).items() if v is not None}
        made = edits.add(database, kind, values, reason=reason, source=source, who=editor.name)
    except InvalidEditError as error:
        return _new_page(
            request,
            kind,
            cells.shown(error.problems),
            error.problems,
            editor,
            world,
            follower,
            reason=reason,
            source=source,
            status=422,
        )
    follower.refresh()
    return RedirectResponse(f"/admin/catalogue/{kind}/{made.slug}?saved={made.id}", status_code=303)


def _item_page(
    request: Request,
    kind: str,
    fact: Fact,
    form: Form,
    editor: Token,
    world: World,
    database: Engine,
    follower: Follower,
    *,
    status: int = 200,
) -> HTMLResponse:
    item_kind = ITEM_KINDS.get(kind)
    catalogue = world.catalogue
    return admin_page(
        request,
        "item.html",
        editor,
        follower,
        status=status,
        kind=kind,
        fact=fact,
        form=form,
        item_kind=item_kind,
        prices=catalogue.prices_of(item_kind, fact.slug) if item_kind else (),
        price=fact if isinstance(fact, PriceFacts) else None,
        item_kinds=PRICED_KINDS,
        edits=newest_edits(database, kind=kind, slug=fact.slug, limit=EDITS_SHOWN),
        saved=request.query_params.get("saved", "")[:12],
    )


def _new_page(
    request: Request,
    kind: str,
    cells: dict[str, str],
    problems: tuple[FieldProblem, ...],
    editor: Token,
    world: World,
    follower: Follower,
    *,
    reason: str = "",
    source: str = "",
    status: int = 200,
) -> HTMLResponse:
    form = form_of(
        kind,
        _defaults(kind),
        "",
        world.catalogue,
        cells=cells,
        problems=problems,
        reason=reason,
        source=source,
        new=True,
    )
    item = None
    if kind == "prices" and cells.get("item_slug"):
        target = next((k for k, name in ITEM_KINDS.items() if name == cells["item_kind"]), None)
        entries = world.catalogue.of_kind(target) if target else {}
        item = entries.get(cells["item_slug"])
    return admin_page(
        request,
        "new.html",
        editor,
        follower,
        status=status,
        kind=kind,
        form=form,
        item=item,
        item_kind_of=next((k for k, n in ITEM_KINDS.items() if n == cells.get("item_kind")), ""),
        one_word=ONE[kind],
    )


def _defaults(kind: str) -> dict[str, object]:
    """What the facts take where nothing is said."""
    found: dict[str, object] = {}
    for name, info in KINDS[kind].facts.model_fields.items():
        default = info.get_default(call_default_factory=True, validated_data={})
        found[name] = None if info.is_required() or name == "cell_sources" else default
    return found


def _memory_cells(catalogue: Catalogue, slug: str) -> dict[str, str]:
    """A price of memory says what type it is and how much of it the amount buys."""
    module = catalogue.memory_modules.get(slug)
    if module is None or module.size_gib is None:
        return {}
    return {"memory_type": module.memory_type, "memory_gib": f"{module.size_gib:g}"}


def _fact(world: World, kind: str, slug: str) -> Fact:
    fact = world.catalogue.of_kind(known_kind(kind)).get(slug)
    if fact is None:
        raise HTTPException(404, f"Nothing in {kind} is called {slug!r}.")
    return fact


def _found(catalogue: Catalogue, words: str) -> list[tuple[str, Fact]]:
    """The first entries of each kind that match a search over all kinds."""
    if not words.strip():
        return []
    found: list[tuple[str, Fact]] = []
    for kind in KIND_WORDS:
        page = list_items(catalogue, kind, {"q": words}, limit=8)
        found += [(kind, fact) for fact in page.items]
    return found

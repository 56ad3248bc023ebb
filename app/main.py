"""create_app(): wiring only."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from threading import Event, Thread

from fastapi import FastAPI

from app import __version__, api, pages
from app.api.schema import add_schema
from app.language.phrasebook import prepare
from app.logs import configure_logging
from app.serving.access import Attempts
from app.serving.admission import limit_threads
from app.serving.answers import Answers
from app.serving.assets import STATIC_DIR, Assets
from app.serving.connections import STOPPING
from app.serving.errors import add_error_handlers
from app.serving.following import Follower
from app.serving.metrics import Metrics
from app.serving.middleware import add_middleware
from app.serving.searches import Searches, warm_up
from app.serving.state import tell_metrics
from app.settings import Settings, read_settings
from app.start import Started, settle_memory, start


def create_app(
    settings: Settings | None = None,
    *,
    warm: bool = False,
    alone: bool = False,
    started: Started | None = None,
) -> FastAPI:
    """The application; its data is opened when it starts, unless it is ``started`` already.

    ``warm``: get the advisor ready beside the first requests, some seconds of work. ``alone``: the
    process is there for this application only, and its garbage collector is set up for it.

    Raises:
        SettingsError: the environment holds a setting that cannot be used.
    """
    chosen = settings or read_settings()
    app = FastAPI(
        title="Rigwise",
        version=__version__,
        lifespan=_lifespan,
        openapi_url=f"{api.PREFIX}/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    app.state.settings, app.state.warm, app.state.alone = chosen, warm, alone
    app.state.started = started
    app.state.attempts = Attempts()
    app.state.metrics = Metrics()
    add_middleware(app, chosen)
    add_error_handlers(app)
    app.include_router(api.router)
    app.include_router(pages.router)
    app.mount("/static", Assets(directory=STATIC_DIR), name="static")
    add_schema(app)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[dict[str, Event]]:
    limit_threads()
    started: Started = app.state.started or start(app.state.settings)
    app.state.started = None  # the catalogue it holds is let go when a newer one is served
    app.state.world = started.world
    app.state.accuracy = started.accuracy
    app.state.database = started.database
    searches = Searches(longest_s=app.state.settings.search_seconds)
    app.state.searches, app.state.answers = searches, Answers()
    follower = Follower(app.state, started.database, started.state, warm=app.state.warm)
    app.state.follower = follower
    if app.state.warm:
        Thread(target=prepare, daemon=True).start()
        Thread(target=warm_up, args=(started.world,), daemon=True).start()
    following = asyncio.create_task(follower.follow())
    tell_metrics(app.state)
    if app.state.alone:
        settle_memory()
    yield {STOPPING: searches.stopping}
    following.cancel()
    with suppress(asyncio.CancelledError):
        await following
    started.database.dispose()


def serve_app(started: Started | None = None) -> FastAPI:
    """The application as a server process runs it, with its log set up."""
    settings = read_settings()
    configure_logging(settings.log_level)
    return create_app(settings, warm=settings.prepare_advisor, alone=True, started=started)

"""What request handlers, REST and pages alike, take from the running application."""

from typing import Annotated, cast

from fastapi import Depends, Request
from sqlalchemy import Engine
from starlette.datastructures import State

from app.accuracy.record import AccuracyRecord
from app.builds.assess import World
from app.serving.answers import Answers
from app.serving.following import Follower
from app.serving.metrics import Metrics
from app.serving.searches import Searches
from app.settings import Settings


async def _world(request: Request) -> World:  # async: a plain function would cost a thread
    return cast(World, request.app.state.world)


async def _accuracy(request: Request) -> AccuracyRecord:
    return cast(AccuracyRecord, request.app.state.accuracy)


async def _database(request: Request) -> Engine:
    return cast(Engine, request.app.state.database)


async def _searches(request: Request) -> Searches:
    return cast(Searches, request.app.state.searches)


async def _answers(request: Request) -> Answers:
    return cast(Answers, request.app.state.answers)


async def _follower(request: Request) -> Follower:
    return cast(Follower, request.app.state.follower)


async def _settings(request: Request) -> Settings:
    return cast(Settings, request.app.state.settings)


async def _metrics(request: Request) -> Metrics:
    return cast(Metrics, request.app.state.metrics)


def tell_metrics(state: State) -> None:
    """Let the metrics look up what the running application knows of itself."""
    metrics: Metrics = state.metrics
    answers: Answers = state.answers
    searches: Searches = state.searches
    follower: Follower = state.follower
    metrics.counts(
        "rigwise_estimates",
        "Estimates over REST: answered from memory, or worked out",
        "answer",
        lambda: {"kept": answers.hits, "new": answers.misses},
    )
    metrics.gauge("rigwise_searches_running", "Searches at work", lambda: searches.running)
    metrics.gauge("rigwise_searches_waiting", "Searches in the queue", lambda: searches.waiting)
    metrics.gauge(
        "rigwise_catalogue_state", "Number of the catalogue's state", lambda: follower.seen
    )
    metrics.gauge(
        "rigwise_catalogue_behind",
        "1 where a newer catalogue could not be read",
        lambda: float(bool(follower.problem)),
    )


TheWorld = Annotated[World, Depends(_world)]
TheAccuracy = Annotated[AccuracyRecord, Depends(_accuracy)]
TheSearches = Annotated[Searches, Depends(_searches)]
TheDatabase = Annotated[Engine, Depends(_database)]
TheAnswers = Annotated[Answers, Depends(_answers)]
TheMetrics = Annotated[Metrics, Depends(_metrics)]
TheFollower = Annotated[Follower, Depends(_follower)]
TheSettings = Annotated[Settings, Depends(_settings)]

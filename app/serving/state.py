"""What request handlers, REST and pages alike, take from the running application."""

from typing import Annotated, Any

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


def _of_state(name: str) -> Any:
    """Asks for what the application keeps under a name."""

    async def kept(request: Request) -> object:  # async: a plain function would cost a thread
        return getattr(request.app.state, name)

    return Depends(kept)


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


TheWorld = Annotated[World, _of_state("world")]
TheAccuracy = Annotated[AccuracyRecord, _of_state("accuracy")]
TheSearches = Annotated[Searches, _of_state("searches")]
TheDatabase = Annotated[Engine, _of_state("database")]
TheAnswers = Annotated[Answers, _of_state("answers")]
TheMetrics = Annotated[Metrics, _of_state("metrics")]
TheFollower = Annotated[Follower, _of_state("follower")]
TheSettings = Annotated[Settings, _of_state("settings")]

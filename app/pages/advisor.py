"""The advisor: one question in a plain form, whose address is its state, and a ranked list.

Without JavaScript the page answers when the search is done. With it, `/advisor/stream` tells how
far the search is and sends form and answer as one piece of HTML at the end; whoever hangs up ends
the search.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse

from app.advisor.advise import Progress
from app.advisor.answer import Recommendations
from app.advisor.query import question_from_pairs, question_to_query, values_of
from app.advisor.question import AdvisorSpec
from app.builds.assess import World
from app.builds.problems import InvalidSpecError, Problem
from app.builds.query import MAX_FIELDS
from app.language.languages import Language
from app.language.speaking import said, speaking
from app.pages import advisor_form as forms
from app.pages.language import language_of
from app.pages.rendering import page
from app.pages.typed import read_typed
from app.pages.words import Figures
from app.serving.searches import TICK_S, Searches
from app.serving.state import TheSearches, TheWorld

router = APIRouter()

#: How long the plain page searches before it shows what it has, seconds.
PATIENCE_S: Final = 30.0
#: The address of the question that leaves everything at its default.
ALL_DEFAULTS: Final = "goal=cheapest"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it came in: read, or the form as typed with what is wrong with it."""

    form: forms.AdvisorForm
    spec: AdvisorSpec | None = None
    found: Recommendations | None = None
    #: Whether its numbers came as links write them.
    canonical: bool = True

    @property
    def status(self) -> int:
        return 422 if self.form.problems or self.form.other_problems else 200

    @property
    def query(self) -> str:
        """The question's canonical address; empty where it could not be read."""
        return "" if self.spec is None else question_to_query(self.spec) or ALL_DEFAULTS


def read(pairs: forms.Pairs, language: Language = "en") -> Asked:
    """The question of an address or a submitted form."""
    typed = read_typed(pairs[:MAX_FIELDS], forms.NUMBERS, language)
    problems = list(typed.problems)
    spec = None
    try:
        if len(pairs) > MAX_FIELDS:
            sentence = f"A link holds at most {MAX_FIELDS} settings."
            raise InvalidSpecError([Problem("", sentence)])
        spec = question_from_pairs(forms.settings_of(typed.pairs))
    except InvalidSpecError as error:
        problems += error.problems
    if problems or spec is None:
        return Asked(forms.form_with_problems(typed.pairs, problems, pairs[:MAX_FIELDS]))
    return Asked(forms.form_of(spec), spec, canonical=typed.canonical)


async def answered(asked: Asked, searches: Searches, world: World, **how: Any) -> Asked:
    """The question with its answer, or with the sentences that say why there is none."""
    if asked.spec is None:
        return asked
    try:
        found = await searches.answer(asked.spec, world, **how)
    except InvalidSpecError as error:
        settings = list(values_of(asked.spec).items())
        return Asked(forms.form_with_problems(settings, error.problems))
    return Asked(asked.form, asked.spec, found)


@router.get("/advisor", response_class=HTMLResponse)
async def advisor(request: Request, world: TheWorld, searches: TheSearches) -> Response:
    """The whole page. A form sent without JavaScript is answered at its canonical address."""
    pairs = request.query_params.multi_items()
    if not pairs:
        return _page(request, world, Asked(forms.start_form()))
    asked = read(pairs, language_of(request))
    if asked.spec is not None and not (asked.canonical and forms.is_canonical(pairs)):
        return RedirectResponse(f"/advisor?{asked.query}", status_code=303)
    asked = await answered(
        asked, searches, world, gone=request.is_disconnected, patience_s=PATIENCE_S
    )
    return _page(request, world, asked)


@router.get("/advisor/stream")
async def stream(request: Request, world: TheWorld, searches: TheSearches) -> Response:
    """The same as server-sent events: ``progress`` while it searches, at the end ``answer``."""
    asked = read(request.query_params.multi_items(), language_of(request))
    if asked.spec is not None:
        searches.refuse_if_full()
    return StreamingResponse(
        _events(request, asked, world, searches),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _events(
    request: Request, asked: Asked, world: World, searches: Searches
) -> AsyncIterator[str]:
    """Whoever stops listening cancels this, and with it the search."""
    heard: list[Progress] = []

    def hear(progress: Progress) -> None:
        heard[:] = [progress]

    began = perf_counter()
    searching = asyncio.create_task(answered(asked, searches, world, progress=hear))
    try:
        while not (await asyncio.wait({searching}, timeout=TICK_S))[0]:
            yield _event("progress", _how_far(heard, perf_counter() - began))
        done = searching.result()
        html = bytes(_page(request, world, done, "advisor/body.html").body).decode()
        with speaking(language_of(request)):
            status = said(_status(done))
        yield _event("answer", {"query": done.query, "status": status, "html": html})
    finally:
        searching.cancel()


def _how_far(heard: Iterable[Progress], seconds: float) -> dict[str, Any]:
    latest = next(iter(heard), None)
    return {
        "assessed": latest.assessed if latest else 0,
        "served": latest.served if latest else 0,
        "best": latest.best if latest else None,
        "seconds": round(seconds, 1),
    }


def _status(asked: Asked) -> str:
    """What is read out when the answer stands."""
    if asked.found is None:
        return "The question needs another look."
    return asked.found.sentence


def _event(name: str, data: dict[str, Any]) -> str:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n"


def _page(
    request: Request, world: World, asked: Asked, template: str = "advisor/index.html"
) -> HTMLResponse:
    found = asked.found
    currency = found.question.limits.currency if found is not None else "EUR"
    lists = dict(forms.choices(world.catalogue))
    kinds = {"model": "models", "quant": "quantizations", "engine": "engines", "card": "gpus"}
    kinds["must"] = "models"
    for key, kind in (kinds | dict.fromkeys(forms.USE_KEYS, "use-cases")).items():
        base = lists["use_case"] if key in forms.USE_KEYS else lists[key]
        value, every = asked.form.values.get(key, ""), key == "must" or key in forms.USE_KEYS
        lists[key] = forms.with_own(base, value, world.catalogue, kind, every=every)
    return page(
        request,
        template,
        status=asked.status,
        asked=asked,
        form=asked.form,
        found=found,
        f=None if found is None else Figures(found, currency),
        choices=lists,
        card_keys=forms.CARD_KEYS,
        cards_keys=forms.CARDS_KEYS,
        use_keys=forms.USE_KEYS,
        examples=forms.EXAMPLES,
        limits=world.limits,
    )

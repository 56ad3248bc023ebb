"""The reader's language: which one it is, and pages written in it.

Templates and code are English. For another language Jinja is given templates whose words are turned
before it compiles them, and turns every text it is handed; figures take the language's signs.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse
from jinja2 import Environment, pass_eval_context
from jinja2.ext import Extension
from jinja2.nodes import EvalContext
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

from app.language.languages import Language, language_named, preferred
from app.language.numbers import localized
from app.language.phrasebook import Phrasebook, phrasebook_of
from app.language.templates import turned
from app.pages.choices import remembered

LANGUAGE_COOKIE: Final = "language"
#: What people read of what scripts are handed: of a chart's description, of a form's state.
_READ: Final = frozenset(
    {"text", "name", "title", "ticktext", "hovertext", "customdata", "problems", "reason"}
)

router = APIRouter()
_speaking: ContextVar[Language] = ContextVar("speaking", default="en")


class AsIs(str):
    """Text that is the same in every language: an address, a key, a class."""

    __slots__ = ()


def language_of(request: Request) -> Language:
    """The language the reader chose, from their cookie; else the one their browser asks for."""
    chosen = language_named(request.cookies.get(LANGUAGE_COOKIE, ""))
    return chosen or preferred(request.headers.get("Accept-Language", ""))


@router.post("/language")
def choose_language(
    request: Request,
    language: Annotated[str, Form(max_length=8)] = "en",
    back: Annotated[str, Form(max_length=8000)] = "/",
) -> RedirectResponse:
    """Remember the language for a year and go back to the page it was chosen on."""
    return remembered(request, LANGUAGE_COOKIE, language_named(language) or "en", back)


@contextmanager
def speaking(language: Language) -> Iterator[None]:
    """Within this, `said` and `figure_in` speak the language."""
    before = _speaking.set(language)
    try:
        yield
    finally:
        _speaking.reset(before)


def said(text: str) -> str:
    """A sentence in the language being spoken."""
    language = _speaking.get()
    return text if language == "en" else phrasebook_of(language)(text)


def figure_in(text: str) -> str:
    """A figure with the signs of the language being spoken."""
    return localized(text, _speaking.get())


def speak(environment: Environment, language: Language) -> None:
    """Make an environment write its templates in a language."""
    environment.filters["asis"] = _as_is
    if language == "en":
        return
    phrasebook = phrasebook_of(language)

    class Turned(Extension):
        """Templates in the language."""

        def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
            """Before Jinja reads it."""
            return turned(source, phrasebook.message)

    @pass_eval_context  # so that Jinja asks at each time, before it escapes
    def finalize(_: EvalContext, value: Any) -> Any:
        if type(value) is str:  # markup was written in the language, and what is as it is stays
            return phrasebook(value)
        return value

    environment.add_extension(Turned)
    environment.finalize = finalize
    environment.filters["tojson"] = _json_in(phrasebook)


def _as_is(value: Any) -> Any:
    return AsIs(value) if type(value) is str else value


def _json_in(phrasebook: Phrasebook) -> Callable[[Any], Markup]:
    def turn(value: Any, *, read: bool = False) -> Any:
        if isinstance(value, Mapping):
            return {key: turn(v, read=read or key in _READ) for key, v in value.items()}
        if isinstance(value, list | tuple):
            return [turn(v, read=read) for v in value]
        return phrasebook(value) if read and isinstance(value, str) else value

    def tojson(value: Any) -> Markup:
        return htmlsafe_json_dumps(turn(value))

    return tojson

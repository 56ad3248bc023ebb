"""The reader's language: which one it is, and pages written in it.

Templates and code are English. For another language Jinja is given templates whose words are turned
before it compiles them, and turns every text it is handed; figures take the language's signs.
"""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse
from jinja2 import Environment, pass_eval_context
from jinja2.ext import Extension
from jinja2.nodes import EvalContext
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

from app.language.languages import Language, language_named, preferred
from app.language.phrasebook import Phrasebook, phrasebook_of
from app.language.speaking import AsIs
from app.language.templates import turned
from app.pages.choices import remembered

LANGUAGE_COOKIE: Final = "language"
#: What an address says its language by.
LANGUAGE_KEY: Final = "lang"
_WITH_LANGUAGE: Final = ("/s/", "/configure.", "/configure/card.png")
#: What people read of what scripts are handed: of a chart's description, of a form's state.
_READ: Final = frozenset(
    {"text", "name", "title", "ticktext", "hovertext", "customdata", "problems", "reason", "filled"}
)

router = APIRouter()


def language_of(request: Request) -> Language:
    """The language of the address, else the reader's: from their cookie, then their browser."""
    chosen = language_named(request.cookies.get(LANGUAGE_COOKIE, ""))
    return (
        language_in_address(request)
        or chosen
        or preferred(request.headers.get("Accept-Language", ""))
    )


def language_in_address(request: Request) -> Language | None:
    """The language an address asks for, so that a link reads the same for everyone: ?lang=de.

    Only addresses of shares and files have one: other pages hold forms, whose next answer would not
    know of it.
    """
    if not request.url.path.startswith(_WITH_LANGUAGE):
        return None
    return language_named(request.query_params.get(LANGUAGE_KEY, ""))


@router.post("/language")
def choose_language(
    request: Request,
    language: Annotated[str, Form(max_length=8)] = "en",
    back: Annotated[str, Form(max_length=8000)] = "/",
) -> RedirectResponse:
    """Remember the language for a year and go back to the page it was chosen on."""
    return remembered(request, LANGUAGE_COOKIE, language_named(language) or "en", _unsaid(back))


def varied_by(request: Request) -> dict[str, str]:
    """Headers of a file that is not the same in every language: what its language is, and by what.

    An address that names its language gives the same to everyone.
    """
    headers: dict[str, str] = {"Content-Language": language_of(request)}
    if language_in_address(request) is None:
        headers["Vary"] = "Accept-Language, Cookie"
    return headers


def _unsaid(address: str) -> str:
    """An address without its language: who has just chosen another one wants to read that."""
    path, _, query = address.partition("?")
    kept = [(k, v) for k, v in parse_qsl(query, keep_blank_values=True) if k != LANGUAGE_KEY]
    if not path.startswith(_WITH_LANGUAGE):
        return address
    return f"{path}?{urlencode(kept)}" if kept else path


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

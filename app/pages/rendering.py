"""Templates, static addresses, the reader's theme and language: what every page is written with."""

import hashlib
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from app import __version__
from app.builds.answers.verdicts import WORDS
from app.builds.assessment import Assessment
from app.builds.query import GPU_COUNT_KEYS, GPU_KEYS, spec_to_query
from app.builds.spec import BuildSpec
from app.builds.words import capital
from app.exports.drawing import Drawing, svg
from app.exports.words import CLASS_WORDS, MARK_WORDS, TRUST, VAT_WORDS
from app.language.languages import LANGUAGES, OWN_NAMES, Language
from app.language.numbers import in_field
from app.language.speaking import day_in, speaking
from app.pages import charts, cost_chart, graphics, pareto_chart, snippets, words
from app.pages import form as forms
from app.pages.language import language_of, speak
from app.pages.terms import start_page, term

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "static"

Theme = Literal["auto", "light", "dark"]
THEMES: tuple[Theme, ...] = ("auto", "light", "dark")
THEME_COOKIE = "theme"

CLASS_ICONS = {name: name.replace("-", "") for name in WORDS}


@lru_cache(maxsize=64)
def _digest(path: Path, changed_ns: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:10]


def asset(name: str) -> str:
    """Address of a static file that changes with its content, so it can be cached for ever."""
    path = STATIC / name
    if not path.is_file():
        return f"/static/{name}"
    return f"/static/{name}?v={_digest(path, path.stat().st_mtime_ns)}"


def theme_of(request: Request) -> Theme:
    """The theme the reader chose, from their cookie."""
    chosen = request.cookies.get(THEME_COOKIE, "auto")
    return next((theme for theme in THEMES if theme == chosen), "auto")


def answer_context(assessment: Assessment) -> dict[str, Any]:
    """What the answer line and the result partials read."""
    return {
        "a": assessment,
        "f": words.Figures(assessment, assessment.cost.currency),
    }


def address_of(request: Request, path: str) -> str:
    """A full address on this service, as the reader reached it."""
    return str(request.base_url).rstrip("/") + path


def drawn(drawing: Drawing) -> Markup:
    """A drawing in the colours of the page; its words were escaped as it was written."""
    return Markup(svg(drawing, alone=False))  # noqa: S704


def own_machine(spec: BuildSpec) -> str:
    """The advisor's question what else runs on a machine, as its query string."""
    machine = spec_to_query(BuildSpec(machine=spec.machine))
    return urlencode({"goal": "best-model", "quant": "q4_k_m", "own": machine})


def model_words(assessment: Assessment) -> str:
    """The last part of the title: which model at which quantisation."""
    return assessment.title.rsplit(" · ", 1)[-1]


def page(
    request: Request,
    template: str,
    *,
    status: int = 200,
    headers: dict[str, str] | None = None,
    **context: Any,
) -> HTMLResponse:
    """Write one page or fragment, in the reader's language."""
    theme, language = theme_of(request), language_of(request)
    start_page()
    with speaking(language):
        html = (
            _environment(language)
            .get_template(template)
            .render(
                request=request,
                path=request.url.path,
                theme=theme,
                next_theme=THEMES[(THEMES.index(theme) + 1) % len(THEMES)],
                language=language,
                languages=[(name, OWN_NAMES[name]) for name in LANGUAGES],
                version=__version__,
                **context,
            )
        )
    response = HTMLResponse(html, status_code=status, headers=headers)
    response.headers["Content-Language"] = language
    response.headers.append("Vary", "Accept-Language, Cookie")
    return response


@lru_cache(maxsize=len(LANGUAGES))
def _environment(language: Language) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(ROOT / "templates"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        address_of=address_of,
        asset=asset,
        day_in=day_in,
        drawn=drawn,
        figure=words.figure,
        figures=answer_context,
        words=words,
        whisker=graphics.whisker,
        memory_bar=graphics.memory_bar,
        charts_of=charts.charts_of,
        pareto_charts_of=pareto_chart.pareto_charts_of,
        cost_charts_of=cost_chart.cost_charts_of,
        class_icons=CLASS_ICONS,
        class_words=CLASS_WORDS,
        mark_words=MARK_WORDS,
        vat_words=VAT_WORDS,
        trust=TRUST,
        model_words=model_words,
        own_machine=own_machine,
        gpu_keys=GPU_KEYS,
        gpu_count_keys=GPU_COUNT_KEYS,
        overrides=forms.OVERRIDES,
        term=term,
        snippets=snippets,
    )
    environment.filters["in_field"] = partial(in_field, language=language)
    environment.filters["plotted"] = charts.plotted
    environment.filters["query"] = spec_to_query
    environment.filters["capital"] = capital
    speak(environment, language)
    return environment

"""Import: a model from its config.json or a GGUF file, a GPU or CPU from a form.

Every step is a plain form. A preview shows what was understood, asks for what is missing and takes
corrections; keeping it gives it a name of its own, which the configurator takes like any other.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, cast

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException

from app.builds.importing import configure_query, figures_of, wanting
from app.builds.problems import InvalidSpecError
from app.builds.query import problems_of
from app.catalogue.editing.publishing import published
from app.catalogue.importers.config_keys import KEYS, Ask
from app.catalogue.importers.drafts import CountCheck, Draft, Kind, ModelDraft, check_of
from app.catalogue.importers.gguf_model import read_gguf, reading_of, summary_from_text
from app.catalogue.importers.hugging_face import FACTS, Reading, read_config
from app.catalogue.importers.json_text import UnreadableError
from app.catalogue.imports import keep_import, read_import
from app.catalogue.snapshot import Catalogue
from app.database import session_scope
from app.latest import Latest
from app.pages.errors import render_error
from app.pages.import_fields import (
    CLASSES,
    HARDWARE,
    INSTRUCTIONS,
    MORE_FROM,
    NUMBERS,
    Facts,
    facts_of,
    mix_of,
    module_types,
    suggestions,
)
from app.pages.language import language_of
from app.pages.rendering import page
from app.pages.typed import read_typed
from app.serving.access import visitor_token
from app.serving.state import TheDatabase, TheWorld
from app.settings import Settings

router = APIRouter()

What = Literal["config", "gguf", "gpu", "cpu"]
TABS: Final[dict[What, tuple[str, str]]] = {
    "config": ("/import", "Model from config.json"),
    "gguf": ("/import/gguf", "Model from a GGUF file"),
    "gpu": ("/import/gpu", "GPU"),
    "cpu": ("/import/cpu", "CPU"),
}
_KINDS: Final[dict[What, Kind]] = {"config": "model", "gguf": "model", "gpu": "gpu", "cpu": "cpu"}
#: Figures that can always be corrected, asked or not.
_CORRECTED: Final = (
    "num_hidden_layers",
    "hidden_size",
    "num_attention_heads",
    "num_key_value_heads",
    "head_dim",
    "intermediate_size",
    "vocab_size",
    "num_experts",
    "num_experts_per_tok",
    "moe_intermediate_size",
    "sliding_window",
    "max_position_embeddings",
    "params_total_b",
    "params_active_b",
    "kv_bytes_per_token_f16",
    "kv_fixed_bytes_per_seq",
)
_UNITS: Final = {
    "params_total_b": "billions",
    "params_active_b": "billions",
    "active_read_per_token_b": "billions",
    "params_published_b": "billions",
    "kv_bytes_per_token_f16": "bytes, 16 bit",
    "kv_fixed_bytes_per_seq": "bytes, 16 bit",
    "sliding_window": "tokens",
    "max_position_embeddings": "tokens",
}
_MOST_FIELDS: Final = 120
_lists: Latest[Catalogue, dict[str, list[str]]] = Latest(suggestions)
_types: Latest[Catalogue, list[tuple[str, str]]] = Latest(module_types)


@dataclass(frozen=True, slots=True)
class Preview:
    """What was understood."""

    draft: Draft
    facts: Facts
    wanting: list[str]
    check: CountCheck | None = None
    asks: tuple[Ask, ...] = ()
    layers: str = ""
    mix: list[tuple[str, str, str]] = field(default_factory=list)


@dataclass(slots=True)
class Asked:
    """A form as it was filled in, what needs another look, and what came of it."""

    what: What
    values: dict[str, str] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    preview: Preview | None = None

    def label(self, key: str) -> str:
        """What a field is called."""
        if self.what in HARDWARE:
            return next((f.label for f in HARDWARE[self.what] if f.key == key), key)
        return figure_label(key)


def figure_label(key: str) -> str:
    """What a figure of a model is called."""
    names = {"text": "config.json", "file": "File", "name": "Name", "summary": "File"}
    return names.get(key) or FACTS.get(key) or KEYS[key][0]


@router.get("/import", response_class=HTMLResponse)
def config_form(request: Request, world: TheWorld) -> Response:
    """Paste or choose a config.json."""
    return _page(request, world, Asked("config"))


@router.get("/import/{what}", response_class=HTMLResponse)
def form(request: Request, what: str, world: TheWorld) -> Response:
    """The other ways: a GGUF file, a GPU, a CPU."""
    chosen = next((name for name, (path, _) in TABS.items() if path == f"/import/{what}"), None)
    if chosen is None:
        raise HTTPException(404)
    return _page(request, world, Asked(chosen))


@router.post("/import", response_class=HTMLResponse)
async def config_preview(request: Request, world: TheWorld) -> Response:
    """What the config says, with the questions it leaves open."""
    return _page(request, world, await _asked(request, "config"))


@router.post("/import/keep", response_class=HTMLResponse)
async def keep(request: Request, world: TheWorld, database: TheDatabase) -> Response:
    """Keep what was previewed, under a name of its own."""
    asked = await _asked(request, None)
    if asked.preview is None or asked.problems:
        return _page(request, world, asked)
    draft, kind = asked.preview.draft, _KINDS[asked.what]

    def store() -> str:
        with session_scope(database) as session:
            return keep_import(session, kind, draft).slug

    slug = await run_in_threadpool(store)
    return RedirectResponse(f"/i/{slug}", status_code=303)


@router.post("/import/{what}", response_class=HTMLResponse)
async def preview(request: Request, what: str, world: TheWorld) -> Response:
    """As `config_preview`, of the other ways."""
    if what not in TABS or what == "config":
        raise HTTPException(404)
    return _page(request, world, await _asked(request, cast("What", what)))


@router.get("/i/{slug}", response_class=HTMLResponse)
def kept(request: Request, slug: str, world: TheWorld, database: TheDatabase) -> HTMLResponse:
    """An import: its facts, and where to go on."""
    with session_scope(database) as session:
        found = read_import(session, slug)
    if found is None:
        return render_error(
            request, 404, "There is nothing at this link", "It may have been mistyped or cut short."
        )
    token = visitor_token(request, database)
    return page(
        request,
        "import/kept.html",
        headers={"X-Robots-Tag": "noindex", "Cache-Control": "private, no-store"},
        kept=found,
        there=published(database, found),
        publisher=token is not None and token.allows("publish"),
        preview=_preview(found.draft),
        query=configure_query(found, world.catalogue),
    )


async def _asked(request: Request, what: What | None) -> Asked:
    """Read a form; ``None`` takes the kind from a field of it."""
    settings: Settings = request.app.state.settings
    part = max(settings.config_limit_bytes, 512_000)
    try:
        async with request.form(max_files=2, max_fields=_MOST_FIELDS, max_part_size=part) as sent:
            said = _text(sent, "what")
            chosen = what or (said if said in TABS else "config")
            asked = Asked(chosen, {k: _text(sent, k) for k in sent if k not in ("file", "what")})
            data = await _file(sent)
    except HTTPException as error:
        if error.status_code == 413:
            raise
        sentence = f"The form cannot be read; a text holds at most {part:,} bytes."
        field_name = "file" if what == "gguf" else "text"
        return Asked(what or "config", problems={field_name: sentence})
    typed = read_typed(asked.values.items(), NUMBERS, language_of(request))
    asked.problems = {problem.field: problem.message for problem in typed.problems}
    raw, asked.values = asked.values, typed.values
    await run_in_threadpool(_read, asked, data, settings)
    asked.values |= {key: raw[key] for key in asked.problems if key in raw and key in NUMBERS}
    return asked


async def _file(sent: FormData) -> bytes:
    file = sent.get("file")
    if isinstance(file, UploadFile) and (file.filename or file.size):
        return await file.read()
    return b""


def _text(sent: FormData, key: str) -> str:
    value = sent.get(key)
    return value if isinstance(value, str) else ""


def _read(asked: Asked, data: bytes, settings: Settings) -> None:
    """Understand what was brought; problems stand beside their field."""
    if asked.what in HARDWARE:
        _read_hardware(asked)
        return
    name = " ".join(asked.values.get("name", "").split())
    if len(name) > 120 or any(c in "<>" or not c.isprintable() for c in name):
        asked.problems["name"] = "Use plain text of at most 120 characters, without < and >."
        name = ""
    known = {k: v for k, v in asked.values.items() if k in KEYS or k in FACTS}
    try:
        figures = figures_of(known)
    except InvalidSpecError as error:
        asked.problems |= {problem.field: problem.message for problem in error.problems}
        figures = figures_of({k: v for k, v in known.items() if k not in asked.problems})
    place = "text" if asked.what == "config" else "file"
    try:
        read = _read_config if asked.what == "config" else _read_gguf
        reading = read(asked, data, name, figures, settings)
    except UnreadableError as error:
        asked.problems[place] = str(error)
        return
    layers = ", ".join(f"{n} {_LAYERS[kind]}" for kind, n in reading.kinds.items())
    asked.preview = _preview(reading.draft, reading.asks, layers)
    asked.values.setdefault("name", "")
    asked.values["name"] = asked.values["name"] or reading.draft.name


_LAYERS: Final = {
    "full": "with full attention",
    "window": "with a window",
    "delta": "with a gated delta net",
    "kda": "with delta attention",
    "mamba": "with Mamba",
    "lightning": "with lightning attention",
    "convolution": "with a short convolution",
    "beside": "with attention and Mamba side by side",
    "only-mlp": "with a feed-forward network alone",
    "only-moe": "with experts alone",
    "unknown": "of a kind that is not known",
}


def _read_config(
    asked: Asked, data: bytes, name: str, figures: Mapping[str, float], settings: Settings
) -> Reading:
    text: str | bytes = asked.values.get("text", "")
    most = settings.config_limit_bytes
    if data:
        if len(data) > most:
            raise UnreadableError(f"The file is larger than {most:,} bytes.")
        # what was chosen comes back as text, so that nothing has to be chosen twice
        asked.values["text"] = data.decode("utf-8", "replace").replace("\0", "\ufffd")
        text = data
    elif len(asked.values.get("text", "").encode("utf-8", "replace")) > most:
        raise UnreadableError(f"The text is longer than {most:,} bytes.")
    return read_config(text, name, figures)


def _read_gguf(
    asked: Asked, data: bytes, name: str, figures: Mapping[str, float], settings: Settings
) -> Reading:
    most = settings.gguf_limit_bytes
    if len(data) > most:
        raise UnreadableError(f"The file is larger than {most:,} bytes.")
    if data:
        reading, summary = read_gguf(data, name, figures)
        asked.values["summary"] = summary.model_dump_json(exclude_none=True)
        return reading
    carried = asked.values.get("summary", "")
    if not carried:
        raise UnreadableError("Choose a GGUF file.")
    return reading_of(summary_from_text(carried), name, figures)


def _read_hardware(asked: Asked) -> None:
    given: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for each in HARDWARE[asked.what]:
        value = asked.values.get(each.key, "").strip()
        if not value:
            continue
        if each.key == "isa":
            given["isa"] = INSTRUCTIONS.get(value, ())
        elif each.key == "memory_types":
            given["memory_types"] = (value,)
        else:
            given[each.key] = value
        if source := asked.values.get(f"source.{each.key}", "").strip():
            sources[each.key] = source
    whole = asked.values.get("source", "").strip()
    for each in HARDWARE[asked.what]:
        if each.needed and each.key not in given:
            asked.problems[each.key] = "This field is needed."
    kind = _KINDS[asked.what]
    try:
        draft = CLASSES[kind].model_validate(
            {"name": "-", "vendor": "-", **given, "source": whole or "Your figure"}
            | {"sources": sources}
        )
    except ValidationError as error:
        for problem in problems_of(error):
            first, _, rest = problem.field.partition(".")
            key = f"source.{rest}" if first == "sources" and rest else first
            asked.problems.setdefault(key, problem.message)
        return
    if not asked.problems:
        asked.preview = _preview(draft)


def _preview(draft: Draft, asks: tuple[Ask, ...] = (), layers: str = "") -> Preview:
    model = draft if isinstance(draft, ModelDraft) else None
    return Preview(
        draft=draft,
        facts=facts_of(draft),
        wanting=wanting(draft),
        check=check_of(model) if model else None,
        asks=asks,
        layers=layers,
        mix=mix_of(model) if model else [],
    )


def _more_is_open(asked: Asked) -> bool:
    """Whether something stands in the figures that fold away, or is wrong with them."""
    keys = [each.key for each in HARDWARE.get(asked.what, ())]
    folded = keys[keys.index(MORE_FROM[asked.what]) :] if keys else []
    touched = {k for k, v in asked.values.items() if v.strip()} | set(asked.problems)
    return any(key in touched or f"source.{key}" in touched for key in folded)


def _page(request: Request, world: TheWorld, asked: Asked) -> HTMLResponse:
    settings: Settings = request.app.state.settings
    asked_keys = [ask.key for ask in asked.preview.asks] if asked.preview else []
    changed = [k for k in (*_CORRECTED, *FACTS, *KEYS) if asked.values.get(k, "").strip()]
    corrected = dict.fromkeys([*_CORRECTED, *changed])
    return page(
        request,
        "import/index.html",
        status=422 if asked.problems else 200,
        headers={"Cache-Control": "no-store"},
        asked=asked,
        preview=asked.preview,
        tabs=TABS,
        fields=HARDWARE.get(asked.what, ()),
        more_from=MORE_FROM.get(asked.what),
        more_open=_more_is_open(asked),
        lists=_lists.of(world.catalogue),
        module_types=_types.of(world.catalogue),
        corrected=[k for k in corrected if k not in asked_keys and k != "params_published_b"],
        figure_label=figure_label,
        units=_UNITS,
        gguf_limit=settings.gguf_limit_bytes,
        config_limit=settings.config_limit_bytes,
    )

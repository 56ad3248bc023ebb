"""POST /imports: a config.json or the head of a GGUF file in, model facts out; keeping them."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from app.api.bodies import require_json
from app.builds.importing import configure_query, figures_of, wanting
from app.catalogue.editing.publishing import published
from app.catalogue.importers.config_keys import Ask
from app.catalogue.importers.drafts import (
    CountCheck,
    CpuDraft,
    GpuDraft,
    Kind,
    ModelDraft,
    check_of,
)
from app.catalogue.importers.gguf import TruncatedError
from app.catalogue.importers.gguf_model import Summary, read_gguf
from app.catalogue.importers.hugging_face import Reading, read_config
from app.catalogue.importers.json_text import UnreadableError
from app.catalogue.imports import Imported, keep_import, read_import
from app.database import session_scope
from app.serving.state import TheDatabase, TheWorld

router = APIRouter(prefix="/imports", tags=["imports"])

JSON_TYPES: Final = ("application/json", "text/plain")
BINARY_TYPES: Final = ("application/octet-stream",)
_FORM: Final = "multipart/form-data"
_PRIVATE: Final = {"X-Robots-Tag": "noindex", "Cache-Control": "private, no-store"}


def _body(types: tuple[str, ...], what: str, schema: dict[str, Any]) -> dict[str, Any]:
    """How a body that is a file is described."""
    form = {
        "type": "object",
        "required": ["file"],
        "properties": {"file": {"type": "string", "format": "binary"}},
    }
    content = {key: {"schema": form if key == _FORM else schema} for key in (*types, _FORM)}
    figures = {
        "name": "figures",
        "in": "query",
        "required": False,
        "description": (
            "`name`, and figures that complete or correct the file, by their key in a config "
            "(`head_dim=128`) or by their fact (`params_published_b=8.03`)"
        ),
        "schema": {"type": "object", "additionalProperties": {"type": "string"}},
        "style": "form",
        "explode": True,
    }
    body = {"required": True, "description": what, "content": content}
    return {"requestBody": body, "parameters": [figures]}


class Missing(BaseModel):
    """A figure the file does not state and the answer needs."""

    key: str = Field(description="The query key to give it by")
    label: str


class ModelReading(BaseModel):
    """A model as it was read. Nothing is stored: send ``facts`` to /imports to keep them."""

    kind: Literal["model"] = "model"
    facts: ModelDraft
    check: CountCheck = Field(description="Computed count of parameters against the published one")
    missing: list[Missing]
    model_type: str
    layers: dict[str, int] = Field(description="How many layers there are of each kind")


class GgufReading(ModelReading):
    """A model as the head of a GGUF file tells it."""

    version: int
    tensors: int
    parts: int | None = Field(description="Of a split file; null for a whole one")


class KeepModel(BaseModel):
    """A model to keep."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["model"]
    facts: ModelDraft


class KeepGpu(BaseModel):
    """A graphics card to keep."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["gpu"]
    facts: GpuDraft


class KeepCpu(BaseModel):
    """A CPU to keep."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["cpu"]
    facts: CpuDraft


Keep = Annotated[KeepModel | KeepGpu | KeepCpu, Field(discriminator="kind")]


class ImportOut(BaseModel):
    """An import as it is kept."""

    slug: str
    name: str = Field(description="What a BuildSpec names it by: import.SLUG")
    kind: Kind
    created_at: datetime
    facts: ModelDraft | GpuDraft | CpuDraft
    unknown: list[str] = Field(description="What estimates with it will say is unknown")
    url: str = Field(description="The page for people")
    configure: str = Field(description="A build that names it, to go on from")
    published_as: str | None = Field(
        default=None, description="Its slug in the catalogue, where an editor published it"
    )


@router.post(
    "/hugging-face-config",
    response_model=ModelReading,
    openapi_extra=_body(JSON_TYPES, "A model's config.json", {"type": "object"}),
)
async def hugging_face_config(request: Request) -> Response:
    """Read a model's config.json: its dimensions, parameters and KV bytes a token.

    What the config does not state is `null` and listed in `missing`; give it in the query. Nothing
    is stored.
    """
    data, name, figures = await _asked(request, JSON_TYPES)
    reading = _read_config(data, name, figures)
    return Response(_read(reading).model_dump_json(), media_type="application/json")


@router.post(
    "/gguf-header",
    response_model=GgufReading,
    openapi_extra=_body(
        BINARY_TYPES,
        "The first megabytes of a GGUF file: as many as its metadata and list of tensors take",
        {"type": "string", "format": "binary"},
    ),
)
async def gguf_header(request: Request) -> Response:
    """Read the head of a GGUF file: exact parameters and bytes, the mix of formats, KV bytes.

    A head that goes on beyond what was sent is refused, saying how many bytes are needed. Nothing
    is stored.
    """
    data, name, figures = await _asked(request, BINARY_TYPES)
    reading, summary = await run_in_threadpool(_read_gguf, data, name, figures)
    about = {"version": summary.version, "tensors": summary.tensors, "parts": summary.parts}
    answer = GgufReading(**_read(reading).model_dump(), **about)
    return Response(answer.model_dump_json(), media_type="application/json")


@router.post("", status_code=201, response_model=ImportOut, dependencies=[Depends(require_json)])
def keep(
    given: Keep, request: Request, response: Response, world: TheWorld, database: TheDatabase
) -> ImportOut:
    """Keep a model, GPU or CPU under a name nobody can guess; a BuildSpec can name it then."""
    with session_scope(database) as session:
        kept = keep_import(session, given.kind, given.facts)
    response.headers["Location"] = request.url_for("kept_import", slug=kept.slug).path
    response.headers.update(_PRIVATE)
    return _kept(kept, request, world)


@router.get("/{slug}", response_model=ImportOut, name="kept_import")
def kept(
    slug: str, request: Request, response: Response, world: TheWorld, database: TheDatabase
) -> ImportOut:
    """An import as it was kept."""
    with session_scope(database) as session:
        found = read_import(session, slug)
    if found is None:
        raise HTTPException(404, "Nothing is kept at this address.")
    response.headers.update(_PRIVATE)
    there = published(database, found)
    return _kept(found, request, world, None if there is None else there.slug)


def _kept(
    found: Imported, request: Request, world: TheWorld, published_as: str | None = None
) -> ImportOut:
    draft: Any = found.draft
    return ImportOut(
        slug=found.slug,
        name=found.name,
        kind=found.kind,
        created_at=found.created_at,
        facts=draft,
        unknown=wanting(found.draft),
        url=str(request.base_url.replace(path=f"/i/{found.slug}")),
        configure=f"/configure?{configure_query(found, world.catalogue)}",
        published_as=published_as,
    )


async def _asked(request: Request, types: tuple[str, ...]) -> tuple[bytes, str, dict[str, float]]:
    """The file, the name and the figures of a request. Raises HTTPException, InvalidSpecError."""
    query = dict(request.query_params)
    name = query.pop("name", "").strip()
    if len(name) > 120 or any(c in "<>" or not c.isprintable() for c in name):
        raise HTTPException(422, "name: Use plain text of at most 120 characters.")
    figures = figures_of(query)
    data = await _file(request, types)
    settings = request.app.state.settings
    most = settings.gguf_limit_bytes if types is BINARY_TYPES else settings.config_limit_bytes
    if len(data) > most:
        raise HTTPException(413, f"The file is larger than {most:,} bytes.")
    return data, name, figures


async def _file(request: Request, types: tuple[str, ...]) -> bytes:
    """The file, sent as it is or in a form. Raises HTTPException 413, 415 or 422."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind in types:
        return await request.body()
    if kind != _FORM:
        raise HTTPException(415, f"Send the file as one of: {', '.join(types)}, {_FORM}.")
    try:
        async with request.form(max_files=1, max_fields=4) as form:
            sent = form.get("file")
            if isinstance(sent, UploadFile):
                return await sent.read()
    except HTTPException as error:
        if error.status_code == 413:
            raise
        raise HTTPException(422, "The form cannot be read.") from error
    raise HTTPException(422, "The form has no file in a field called “file”.")


def _read_config(data: bytes, name: str, figures: dict[str, float]) -> Reading:
    try:
        return read_config(data, name, figures)
    except UnreadableError as error:
        raise HTTPException(422, str(error)) from error


def _read_gguf(data: bytes, name: str, figures: dict[str, float]) -> tuple[Reading, Summary]:
    try:
        return read_gguf(data, name, figures)
    except TruncatedError as error:
        headers = {"X-Bytes-Needed": str(error.needed)}
        raise HTTPException(422, str(error), headers=headers) from error
    except UnreadableError as error:
        raise HTTPException(422, str(error)) from error


def _read(reading: Reading) -> ModelReading:
    return ModelReading(
        facts=reading.draft,
        check=check_of(reading.draft),
        missing=[_missing(ask) for ask in reading.asks],
        model_type=reading.model_type,
        layers=dict(reading.kinds),
    )


def _missing(ask: Ask) -> Missing:
    return Missing(key=ask.key, label=ask.label)

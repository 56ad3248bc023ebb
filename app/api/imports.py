"""POST /imports/…: a user's own benchmark file in, measured against predicted out."""

from typing import Any, Final, Literal

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from app.accuracy.uploads import MAX_BYTES, UploadedRun, UploadError, read_upload
from app.accuracy.uploads.compare import ComparedRun, compare, context_of
from app.accuracy.uploads.runs import Tool
from app.builds.assess import World
from app.builds.spec import BuildSpec
from app.serving.state import TheWorld

router = APIRouter(prefix="/imports", tags=["imports"])

FILE_TYPES: Final = (
    "application/json",
    "application/jsonl",
    "application/x-ndjson",
    "text/csv",
    "text/markdown",
    "text/plain",
)
_FORM: Final = "multipart/form-data"
_OTHER: Final = {
    "llama-bench": "This is a serving benchmark's result: send it to /api/v1/imports/vllm-bench.",
    "vllm-bench": "This is llama-bench output: send it to /api/v1/imports/llama-bench.",
}
_FILE: Final[dict[str, Any]] = {"schema": {"type": "string"}}
_FIELD: Final[dict[str, Any]] = {
    "schema": {
        "type": "object",
        "required": ["file"],
        "properties": {"file": {"type": "string", "format": "binary"}},
    }
}
_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "description": "The file itself, at most 1 MiB and 2,000 runs, or a form with it as `file`",
        "content": {**dict.fromkeys(FILE_TYPES, _FILE), _FORM: _FIELD},
    }
}


class RunRead(BaseModel):
    """One run as the file tells it; null where it does not say."""

    test: str = Field(description="pp512, tg128 @ d4096, or prompt → answer of a request")
    engine: str | None
    backend: str | None
    engine_version: str | None
    device: str | None = Field(description="GPU, in the file's words")
    cpu: str | None
    model: str | None
    model_filename: str | None
    quantization: str | None
    n_gpu_layers: int | None
    n_cpu_moe: int | None
    n_batch: int | None
    n_ubatch: int | None
    threads: int | None
    flash_attn: str | None
    type_k: str | None
    type_v: str | None
    n_prompt: float | None
    n_gen: float | None
    depth: int | None
    stddev_tps: float | None
    concurrency: int | None
    tpot_ms: float | None
    output_throughput: float | None
    date: str | None


class MatchedParts(BaseModel):
    """What the catalogue calls the parts of a run."""

    gpu: str | None
    gpu_count: int | None
    cpu: str | None
    model: str | None
    quantization: str | None
    engine: str | None
    parallelism: str | None


class PredictedInterval(BaseModel):
    """What Rigwise would have said: an 80 % interval and its basis."""

    low: float
    typical: float
    high: float
    basis: Literal["measured", "calibrated", "theoretical", "unknown"]


class MeasuredQuantity(BaseModel):
    """One measured quantity beside its prediction."""

    quantity: Literal["prefill_tps", "decode_tps", "ttft_ms"] = Field(
        description="tok/s of all requests together, or milliseconds"
    )
    measured: float
    predicted: PredictedInterval
    ratio: float = Field(description="Measured over predicted, typical")
    inside: bool = Field(description="Whether the measured value lies in the interval")


class ImportedRun(BaseModel):
    """One run of the file, and what became of it."""

    read: RunRead
    matched: MatchedParts | None = Field(description="Null where the run could not be matched")
    reason: str | None = Field(description="Why a match or a prediction is missing")
    quantities: list[MeasuredQuantity]
    configure: str | None = Field(description="The build with these speeds as the user's own")


class Imported(BaseModel):
    """An uploaded benchmark, run by run, in the order of the file."""

    source: Literal["yours"] = "yours"
    runs: list[ImportedRun]


@router.post("/llama-bench", response_model=Imported, openapi_extra=_BODY)
async def llama_bench(request: Request, world: TheWorld) -> Response:
    """Compare llama-bench output (JSON, JSONL, CSV or markdown) with what Rigwise predicts.

    The query may name the build it was measured on with the configurator's keys
    (`?gpu=nvidia-geforce-rtx-4090&model=llama-3.1-8b-instruct`). Nothing is stored.
    """
    return await _imported(request, world, "llama-bench")


@router.post("/vllm-bench", response_model=Imported, openapi_extra=_BODY)
async def vllm_bench(request: Request, world: TheWorld) -> Response:
    """Compare a result file of `vllm bench serve --save-result` with what Rigwise predicts.

    The file names no hardware: say in the query which build it was, with the configurator's keys.
    Nothing is stored.
    """
    return await _imported(request, world, "vllm-bench")


async def _imported(request: Request, world: World, tool: Tool) -> Response:
    data, filename = await _file(request)
    context = context_of(request.url.query)
    answer = await run_in_threadpool(_answer, data, filename, tool, context, world)
    return Response(answer.model_dump_json(), media_type="application/json")


def _answer(
    data: bytes, filename: str | None, tool: Tool, context: BuildSpec | None, world: World
) -> Imported:
    try:
        runs = read_upload(data, filename)
    except UploadError as error:
        raise HTTPException(413 if error.too_large else 422, str(error)) from error
    if any(run.tool != tool for run in runs):
        raise HTTPException(422, _OTHER[tool])
    compared = compare(runs, world.catalogue, world.calibration, context)
    return Imported(runs=[_shown(found) for found in compared])


async def _file(request: Request) -> tuple[bytes, str | None]:
    """The file, sent as it is or in a form. Raises HTTPException 415 or 422."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind in FILE_TYPES:
        return await request.body(), None
    if kind != _FORM:
        raise HTTPException(415, f"Send the file as one of: {', '.join(FILE_TYPES)}, {_FORM}.")
    try:
        async with request.form(max_files=1, max_fields=4, max_part_size=MAX_BYTES) as form:
            sent = form.get("file")
            if isinstance(sent, UploadFile):
                return await sent.read(), sent.filename
    except HTTPException as error:
        if error.status_code == 413:
            raise
        raise HTTPException(422, "The form cannot be read.") from error
    raise HTTPException(422, "The form has no file in a field called “file”.")


def _shown(found: ComparedRun) -> ImportedRun:
    facts = found.facts
    return ImportedRun(
        read=_read(found.run),
        matched=None
        if facts is None
        else MatchedParts(
            gpu=facts.gpu_slug,
            gpu_count=facts.gpu_count,
            cpu=facts.cpu_slug,
            model=facts.model_slug,
            quantization=facts.quantization_slug,
            engine=facts.engine_slug,
            parallelism=facts.parallelism,
        ),
        reason=found.reason,
        quantities=[
            MeasuredQuantity.model_validate(
                {
                    "quantity": one.quantity,
                    "measured": one.measured,
                    "predicted": {
                        "low": one.predicted.low,
                        "typical": one.predicted.typical,
                        "high": one.predicted.high,
                        "basis": one.predicted.basis,
                    },
                    "ratio": one.ratio,
                    "inside": one.inside,
                }
            )
            for one in found.compared
        ],
        configure=f"/configure?{found.query}" if found.query else None,
    )


def _read(run: UploadedRun) -> RunRead:
    renamed = {
        "device": run.device_text,
        "cpu": run.cpu_text,
        "model": run.model_text,
        "quantization": run.quantization_text,
    }
    same = {name: getattr(run, name) for name in RunRead.model_fields if name not in renamed}
    return RunRead.model_validate({**same, **renamed})

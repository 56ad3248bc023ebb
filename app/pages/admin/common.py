"""What every page of the editors has: who is signed in, the way round, what went wrong."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Final

from fastapi import Depends, HTTPException, Request
from fastapi.responses import HTMLResponse
from starlette.datastructures import FormData, UploadFile

from app.builds.words import grouped
from app.catalogue.editing.fields import CELL, to_cell
from app.catalogue.editing.upgrade import newer_in_seed
from app.catalogue.kinds import KINDS
from app.pages.rendering import page
from app.serving.access import signed_in
from app.serving.following import Follower
from app.tokens import Token

#: Kinds in the order people look for them.
KIND_WORDS: Final[Mapping[str, str]] = {
    "cpus": "CPUs",
    "gpus": "GPUs",
    "memory-modules": "Memory modules",
    "platforms": "Platforms",
    "systems": "Systems",
    "interconnects": "Interconnects",
    "models": "Models",
    "quantizations": "Quantisations",
    "engines": "Engines",
    "use-cases": "Use cases",
    "prices": "Prices",
    "exchange-rates": "Exchange rates",
    "measurements": "Measurements",
}
ONE: Final[Mapping[str, str]] = {
    "cpus": "CPU",
    "gpus": "GPU",
    "memory-modules": "memory module",
    "platforms": "platform",
    "systems": "system",
    "interconnects": "interconnect",
    "models": "model",
    "quantizations": "quantisation",
    "engines": "engine",
    "use-cases": "use case",
    "prices": "price",
    "exchange-rates": "exchange rate",
    "measurements": "measurement",
}
ACTIONS: Final[Mapping[str, str]] = {
    "add": "added",
    "change": "changed",
    "withdraw": "withdrawn",
    "confirm": "seen again",
    "import": "imported",
    "publish": "published",
    "undo": "undone",
    "release": "release",
}
_SOURCES_OF: Final = "source of "

Editor = Annotated[Token, Depends(signed_in("edit"))]
AnyEditor = Annotated[Token, Depends(signed_in("edit", "publish"))]


async def _form(request: Request) -> FormData:
    return await request.form(max_files=1, max_fields=300, max_part_size=1_200_000)


TheForm = Annotated[FormData, Depends(_form)]


def field_of(form: FormData, name: str) -> str:
    """One field's text; empty where it is missing or a file."""
    value = form.get(name)
    return value if isinstance(value, str) else ""


def file_of(form: FormData, name: str) -> UploadFile | None:
    """The file chosen in a field, if one was."""
    value = form.get(name)
    return value if isinstance(value, UploadFile) and value.filename else None


def known_kind(kind: str) -> str:
    """The kind, if there is one of that name. Raises HTTPException: 404."""
    if kind not in KINDS:
        raise HTTPException(404, f"No catalogue kind is called {kind!r}.")
    return kind


def admin_page(
    request: Request,
    template: str,
    editor: Token,
    follower: Follower,
    *,
    status: int = 200,
    **context: Any,
) -> HTMLResponse:
    """One page of the editors; never stored by browsers or proxies."""
    return page(
        request,
        f"admin/{template}",
        status=status,
        headers={"Cache-Control": "no-store", "X-Robots-Tag": "noindex"},
        editor=editor,
        behind=follower.problem,
        newer_count=len(newer_in_seed(request.app.state.database)),
        kind_words=KIND_WORDS,
        one=ONE,
        actions=ACTIONS,
        cell=to_cell,
        field_words=field_words,
        money=money_words,
        **context,
    )


def money_words(amount: Decimal, currency: str) -> str:
    """An exact amount with its groups apart: 199 000 USD, 0.1644 USD."""
    exponent = amount.as_tuple().exponent
    decimals = max(0, -exponent) if isinstance(exponent, int) else 0
    return f"{grouped(amount, decimals)}\u00a0{currency}"


#: The end of a field's name to the unit it stands for.
_UNITS: Final = {
    "gib": "GiB",
    "gb": "GB",
    "mb": "MB",
    "gbs": "GB/s",
    "mts": "MT/s",
    "ghz": "GHz",
    "w": "W",
    "s": "s",
    "ms": "ms",
    "us": "µs",
    "db": "dB",
    "tflops": "TFLOPS",
    "tops": "TOPS",
    "usd": "USD",
    "b": "billion",
    "tps": "tok/s",
}
_WORDS: Final = {
    "pcie": "PCIe",
    "tdp": "TDP",
    "isa": "ISA",
    "ccds": "CCDs",
    "ccd": "CCD",
    "fclk": "FCLK",
    "psu": "PSU",
    "kv": "KV",
    "hf": "HF",
    "l2": "L2",
    "l3": "L3",
    "cpu": "CPU",
    "gpu": "GPU",
    "gpus": "GPUs",
    "igpu": "iGPU",
    "ecc": "ECC",
    "vat": "VAT",
    "ttft": "TTFT",
    "tpot": "TPOT",
    "nvlink": "NVLink",
    "mts": "MT/s",
    "gib": "GiB",
    "eur": "EUR",
    "fp4": "FP4",
    "fp8": "FP8",
    "fp16": "FP16",
    "bf16": "BF16",
    "fp32": "FP32",
    "int8": "INT8",
    "f16": "F16",
}


def field_words(name: str) -> tuple[str, str]:
    """A field's name for people, and its unit: memory_gib -> ("Memory", "GiB")."""
    if name.startswith(CELL):
        label, _ = field_words(name.removeprefix(CELL))
        return f"{_SOURCES_OF}{label}".capitalize(), ""
    parts = name.split("_")
    unit = ""
    if len(parts) > 1 and parts[-1] in _UNITS:
        unit = _UNITS[parts.pop()]
    elif len(parts) > 2 and parts[-2] in _UNITS and parts[-1] in ("max", "min", "dense"):
        unit = _UNITS[parts.pop(-2)]
    if parts[-1] == "slug" and len(parts) > 1:
        parts.pop()
    words = " ".join(_WORDS.get(part, part) for part in parts)
    return words[:1].upper() + words[1:], unit

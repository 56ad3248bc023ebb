"""Files of an assessment as responses: name, ETag, caching; the same for pages and REST."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Final, Literal, get_args

from fastapi import Request
from fastapi.responses import Response

from app import __version__
from app.builds.assessment import Assessment
from app.exports.csv_file import csv_of
from app.exports.report.make import report_of
from app.exports.safe import file_name
from app.language.languages import Language
from app.serving.etags import has_already

FileKind = Literal["pdf", "xlsx", "csv"]
KINDS: Final[tuple[FileKind, ...]] = get_args(FileKind)
MEDIA_TYPES: Final[dict[FileKind, str]] = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
#: A share never changes; a new release may write it differently, so a copy is asked about hourly.
KEEP: Final = "max-age=3600"
PRIVATE: Final = {
    "X-Robots-Tag": "noindex",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": f"private, {KEEP}",
}
_KEPT_FILES: Final = 32


def download(
    request: Request,
    kind: FileKind,
    assessment: Assessment,
    made: datetime,
    *,
    frozen: bool,
    address: str,
    language: Language = "en",
    **headers: str,
) -> Response:
    """One file of an assessment, offered for saving under a name made from its title.

    A CSV is for programs: it is the same in every language.
    """
    text = assessment.model_dump_json()
    name = file_name(assessment.title, kind)
    spoken: Language = "en" if kind == "csv" else language
    return unchanged_or(
        request,
        f"{kind}\n{spoken}\n{made.isoformat()}\n{address}\n{text}",
        lambda: _written(kind, text, made, frozen, address, spoken),
        MEDIA_TYPES[kind],
        **{"Content-Disposition": f'attachment; filename="{name}"', **headers},
    )


def unchanged_or(
    request: Request, what: str, write: Callable[[], bytes], media_type: str, **headers: str
) -> Response:
    """What ``write`` gives, or 304 where the reader has it; ``what`` names it."""
    digest = hashlib.sha256(f"{__version__}\n{what}".encode()).hexdigest()[:24]
    tag = f'W/"{digest}"'  # weak: the same answer may be sent in several compressions
    always = {**PRIVATE, "ETag": tag, **headers}
    if has_already(request.headers, tag):
        return Response(status_code=304, headers=always)
    return Response(write(), headers=always, media_type=media_type)


@lru_cache(maxsize=_KEPT_FILES)
def _written(
    kind: FileKind, text: str, made: datetime, frozen: bool, address: str, language: Language
) -> bytes:
    """The file's bytes; the same for the same answer, date, address and language."""
    assessment = Assessment.model_validate_json(text)
    if kind == "csv":
        return csv_of(assessment)
    # imported when the first file is asked for: their libraries take a quarter of a second to load
    if kind == "xlsx":
        from app.exports.xlsx_file import xlsx_of

        return xlsx_of(assessment, made, language)
    from app.exports.pdf_file import pdf_of

    report = report_of(assessment, made, frozen=frozen, address=address, language=language)
    return pdf_of(report)

"""Reading back what was written: figures from CSV and spreadsheets, words from a PDF."""

import csv
import io
import re
from typing import Any

from openpyxl import load_workbook
from pypdf import PdfReader


def figures_of_csv(content: bytes) -> dict[str, str]:
    """Path -> value as written."""
    rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig")))
    return {row["path"]: row["value"] for row in rows}


def sheets_of(content: bytes) -> dict[str, list[tuple[Any, ...]]]:
    """Name of each sheet -> its rows."""
    book = load_workbook(io.BytesIO(content), data_only=False)
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book.worksheets}


def pages_of_pdf(content: bytes) -> list[str]:
    """The text of each page."""
    return [page.extract_text() for page in PdfReader(io.BytesIO(content)).pages]


def squeezed(words: str) -> str:
    """Without spaces and signs, so that where a line breaks does not matter; fi is f and i."""
    letters = words.replace("\ufb01", "fi").replace("\ufb02", "fl")
    return re.sub(r"[\s\u202f\u00a0✓✗⚠?\[\]·]+", "", letters)
